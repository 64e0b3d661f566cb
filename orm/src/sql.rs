//! The SQL tree and its rendering.

pub mod tree;
mod typed;

pub use typed::{Column, Expr, IntoExpr};
