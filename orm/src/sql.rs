//! SQL as typed expressions and statements, and their rendering for each database.
//!
//! Typed columns and expressions ([`Column`], [`Expr`], [`Expression`]) build a [`tree`] of plain data, so that a
//! comparison of an integer with text does not compile. The tree can be walked ([`visit`]), rewritten, cloned and
//! compared. Rendering writes the tree for a dialect. Tables are known by name only; this module does not know
//! entities.

mod alias;
mod assign;
mod bulk;
mod delete;
pub(crate) mod evaluate;
mod function;
mod hybrid;
mod in_list_members;
mod insert;
mod list;
pub(crate) mod mask;
mod nested;
mod nullability;
mod operator;
pub(crate) mod render;
mod split_insert;
#[cfg(test)]
mod tests;
mod text;
pub mod tree;
mod typed;
mod update;
pub mod visit;

pub use crate::engine::{TextClause, text};
pub use alias::{Alias, TableClause, alias, table};
pub use assign::{Assign, AssignRow, Assignable, AssignableList};
pub use bulk::BulkStatement;
pub use delete::{Delete, delete};
pub use function::{
    Case, avg, case, cast, coalesce, count, count_all, count_distinct, current_timestamp, func, length, literal, lower,
    max, min, now, sum, upper,
};
pub use hybrid::{Assignments, Hybrid, ReadOnly, Settable, Writable};
pub use insert::{Insert, insert};
pub use list::{ColumnList, ColumnRow, IntoNodes};
pub(crate) use nested::gives_decimal;
pub use nullability::{
    BothNull, EitherNull, Integer, IntoNode, IntoOperand, NotNull, Nullability, Nullable, Number, Operand, Scalar,
};
pub use operator::{BaseOf, Expression, IntoOrderKey, Subquery, and_, exists, not_, or_, scalar};
pub(crate) use typed::joined_name;
pub use typed::{Column, Expr, IntoExpr, Labeled, NamedColumn, OnDemand, WithRow};
pub use update::{Update, update};
