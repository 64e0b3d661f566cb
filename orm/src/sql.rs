//! The SQL tree, its typed edge, and its rendering.
//!
//! [`tree`] is plain data: it can be walked, rewritten, cloned and compared. Typed columns and expressions build it, so that nonsense
//! does not compile; rendering writes it for each database. Tables are known by name only: what a name means is for the rooms above.

mod alias;
mod assign;
mod delete;
mod function;
mod insert;
mod insert_parts;
mod list;
mod listed;
pub(crate) mod mask;
mod nested;
mod nullability;
mod operator;
pub(crate) mod render;
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
pub use delete::{Delete, delete};
pub use function::{
    Case, avg, case, cast, coalesce, count, count_all, count_distinct, current_timestamp, func, length, literal, lower,
    max, min, now, sum, upper,
};
pub use insert::{Insert, insert};
pub use list::{ColumnList, ColumnRow, IntoNodes};
pub(crate) use nested::gives_decimal;
pub use nullability::{
    BothNull, EitherNull, Integer, IntoNode, IntoOperand, NotNull, Nullability, Nullable, Number, Operand, Scalar,
};
pub use operator::{BaseOf, Expression, IntoOrderKey, Subquery, and_, exists, not_, or_, scalar};
pub(crate) use typed::joined_name;
pub use typed::{Column, Expr, IntoExpr, Labeled, NamedColumn};
pub use update::{Update, update};
