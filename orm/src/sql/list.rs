//! Lists of expressions (one expression, a tuple, an array or a `Vec`) and the rows that they return.

use super::hybrid::Hybrid;
use super::nullability::IntoNode;
use super::operator::Expression;
use super::tree::{Node, SelectItem};
use super::typed::{Column, Expr, Labeled, NamedColumn};
use crate::column_type::ColumnType;
use crate::row::{ReadError, RowReader};

/// Expressions of any types: arguments of a function, keys to group by. One, a tuple, an array or a `Vec`.
#[diagnostic::on_unimplemented(message = "`{Self}` is not a list of SQL expressions")]
pub trait IntoNodes {
    /// The untyped nodes, in order.
    fn into_nodes(self) -> Vec<Node>;
}

/// Expressions to select, and the type of their row: the value of one expression, or a tuple of values.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be selected",
    note = "name columns or expressions, one or up to eight as a tuple"
)]
pub trait ColumnList {
    /// The row.
    type Row: ColumnRow;

    /// The select items, in order.
    fn into_items(self) -> Vec<SelectItem>;
}

/// A row of plain columns: one [`ColumnType`], or a tuple of up to eight.
pub trait ColumnRow: Sized {
    /// Number of columns.
    const WIDTH: usize;

    /// Reads the row from the columns that begin at `at`.
    ///
    /// # Errors
    /// When a column holds a value of another type.
    fn read(row: &mut dyn RowReader, at: usize) -> Result<Self, ReadError>;
}

impl<N: IntoNode> IntoNodes for N {
    fn into_nodes(self) -> Vec<Node> {
        vec![self.into_node()]
    }
}

impl<N: IntoNode, const LENGTH: usize> IntoNodes for [N; LENGTH] {
    fn into_nodes(self) -> Vec<Node> {
        self.into_iter().map(IntoNode::into_node).collect()
    }
}

impl IntoNodes for Vec<Node> {
    fn into_nodes(self) -> Vec<Node> {
        self
    }
}

impl IntoNodes for () {
    fn into_nodes(self) -> Vec<Node> {
        Vec::new()
    }
}

/// Implements the traits for one expression. A blanket implementation for `Expression` would conflict with the one for
/// tuples.
macro_rules! single_columns {
    ($([$($generic:ident),*] $type:ty;)+) => {
        $(impl<$($generic,)* T: ColumnType> ColumnList for $type {
            type Row = T;

            fn into_items(self) -> Vec<SelectItem> {
                vec![Expression::into_item(self)]
            }
        })+
    };
}

single_columns! {
    [] Expr<T>;
    [E, L] Column<E, T, L>;
    [E, W] Hybrid<E, T, W>;
    [] NamedColumn<T>;
    [] Labeled<T>;
}

impl<T: ColumnType> ColumnRow for T {
    const WIDTH: usize = 1;

    fn read(row: &mut dyn RowReader, at: usize) -> Result<Self, ReadError> {
        T::read(row, at)
    }
}

macro_rules! tuples {
    ($(($($part:ident $index:tt),+))+) => {
        $(
            impl<$($part: IntoNode),+> IntoNodes for ($($part,)+) {
                fn into_nodes(self) -> Vec<Node> {
                    vec![$(self.$index.into_node()),+]
                }
            }

            impl<$($part: Expression),+> ColumnList for ($($part,)+) {
                type Row = ($($part::Type,)+);

                fn into_items(self) -> Vec<SelectItem> {
                    vec![$(Expression::into_item(self.$index)),+]
                }
            }

            impl<$($part: ColumnType),+> ColumnRow for ($($part,)+) {
                const WIDTH: usize = [$($index),+].len();

                fn read(row: &mut dyn RowReader, at: usize) -> Result<Self, ReadError> {
                    Ok(($(<$part as ColumnType>::read(row, at + $index)?,)+))
                }
            }
        )+
    };
}

tuples! {
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, F 4)
    (A 0, B 1, C 2, D 3, F 4, G 5)
    (A 0, B 1, C 2, D 3, F 4, G 5, H 6)
    (A 0, B 1, C 2, D 3, F 4, G 5, H 6, I 7)
}
