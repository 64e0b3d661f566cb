//! The SQL tree and its rendering.

pub(crate) mod render;
pub mod tree;
mod typed;

pub use typed::{Column, Expr, IntoExpr};
