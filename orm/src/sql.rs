//! The SQL tree and its rendering.

mod nullability;
mod operator;
pub(crate) mod render;
pub mod tree;
mod typed;

pub use nullability::{
    BothNull, EitherNull, Integer, IntoNode, IntoOperand, NotNull, Nullability, Nullable, Number, Operand, Scalar,
};
pub use operator::{BaseOf, Expression, IntoOrderKey, Subquery, and_, exists, not_, or_, scalar};
pub use typed::{Column, Expr, IntoExpr, Labeled, NamedColumn};
