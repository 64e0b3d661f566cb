//! Backends, connections, pool, transactions, and the loop that runs a plan.

pub(crate) mod dialect;
pub(crate) mod plan;
mod render;
pub(crate) mod statement;

pub use dialect::{Capabilities, DialectName, Placeholder};
pub use plan::{Command, Outcome, Plan};
pub use render::{Rendered, render};
pub use statement::{ArrayBind, Bind, SqlWriter, Statement, StatementKind};
