//! Assignments of values to columns, for INSERT and UPDATE.

use super::mask::mask_all;
use super::tree::{Name, Node};
use super::typed::{Column, Expr, Labeled, NamedColumn, bind, is_decimal};
use crate::column_type::ColumnType;
use crate::engine::TextClause;

/// A column that is assigned a value.
#[derive(Debug)]
pub struct AssignTarget {
    /// Name of the column, unqualified.
    pub(super) name: Name,
    sensitive: bool,
    /// For a decimal column: precision and scale, if the column has them.
    decimal: Option<Option<(u32, u32)>>,
}

impl AssignTarget {
    fn of<T: ColumnType>(name: Name, sensitive: bool, digits: impl FnOnce() -> Option<(u32, u32)>) -> Self {
        Self { name, sensitive, decimal: is_decimal::<T>().then(digits) }
    }

    /// The assigned node: masked when the column is sensitive, rounded when the column has a scale.
    pub(super) fn assigned(&self, node: Node) -> Node {
        let node = if self.sensitive { mask_all(node) } else { node };
        match self.decimal {
            Some(digits) => Node::Stored { operand: node.into(), digits },
            None => node,
        }
    }
}

/// A column that can be written: a column of an entity, or of a table by name.
#[diagnostic::on_unimplemented(message = "`{Self}` is not a column that can be written")]
pub trait Assignable {
    /// Type of the column.
    type Type: ColumnType;

    /// The column's name, sensitivity and scale.
    fn target(self) -> AssignTarget;
}

impl<E, T: ColumnType, L> Assignable for Column<E, T, L> {
    type Type = T;

    fn target(self) -> AssignTarget {
        AssignTarget::of::<T>(self.name().into(), self.masks(), || self.precision_and_scale())
    }
}

impl<T: ColumnType> Assignable for NamedColumn<T> {
    type Type = T;

    fn target(self) -> AssignTarget {
        AssignTarget::of::<T>(self.reference().name.clone(), self.masks(), || None)
    }
}

/// A value that can be assigned to a column of `T`: a `T`, a plain value for a nullable column, or an expression.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be written into a column of `{T}`",
    note = "NULL is `None`, and goes into columns of `Option` only"
)]
pub trait Assign<T> {
    /// The untyped node.
    fn into_assigned(self) -> Node;
}

impl<T: ColumnType> Assign<T> for T {
    fn into_assigned(self) -> Node {
        bind(&self)
    }
}

impl<T: ColumnType> Assign<Option<T>> for T {
    fn into_assigned(self) -> Node {
        bind(&self)
    }
}

impl Assign<String> for &str {
    fn into_assigned(self) -> Node {
        bind(&self.to_owned())
    }
}

impl Assign<Option<String>> for &str {
    fn into_assigned(self) -> Node {
        bind(&self.to_owned())
    }
}

impl<T: ColumnType, S: ColumnType<Base = T::Base>> Assign<T> for Expr<S> {
    fn into_assigned(self) -> Node {
        self.into_node()
    }
}

impl<E, L, T: ColumnType, S: ColumnType<Base = T::Base>> Assign<T> for Column<E, S, L> {
    fn into_assigned(self) -> Node {
        self.node()
    }
}

impl<T: ColumnType, S: ColumnType<Base = T::Base>> Assign<T> for NamedColumn<S> {
    fn into_assigned(self) -> Node {
        self.into_node()
    }
}

impl<T: ColumnType, S: ColumnType<Base = T::Base>> Assign<T> for Labeled<S> {
    fn into_assigned(self) -> Node {
        self.into_item().node
    }
}

impl<T: ColumnType> Assign<T> for TextClause {
    fn into_assigned(self) -> Node {
        self.typed::<T>().into_node()
    }
}

/// Columns to write, one or a tuple of up to eight.
pub trait AssignableList {
    /// The columns, in order.
    fn targets(self) -> Vec<AssignTarget>;
}

/// Values for the columns `C`, one for each: a tuple for a tuple.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a row of values for `{C}`",
    note = "give one value for each column, in their order"
)]
pub trait AssignRow<C> {
    /// The untyped nodes, in order.
    fn into_row(self) -> Vec<Node>;
}

impl<C: Assignable> AssignableList for C {
    fn targets(self) -> Vec<AssignTarget> {
        vec![self.target()]
    }
}

impl<E, T: ColumnType, L, V: Assign<T>> AssignRow<Column<E, T, L>> for V {
    fn into_row(self) -> Vec<Node> {
        vec![self.into_assigned()]
    }
}

impl<T: ColumnType, V: Assign<T>> AssignRow<NamedColumn<T>> for V {
    fn into_row(self) -> Vec<Node> {
        vec![self.into_assigned()]
    }
}

macro_rules! tuples {
    ($(($($column:ident $value:ident $index:tt),+))+) => {
        $(
            impl<$($column: Assignable),+> AssignableList for ($($column,)+) {
                fn targets(self) -> Vec<AssignTarget> {
                    vec![$(self.$index.target()),+]
                }
            }

            impl<$($column: Assignable, $value: Assign<$column::Type>),+> AssignRow<($($column,)+)> for ($($value,)+) {
                fn into_row(self) -> Vec<Node> {
                    vec![$(self.$index.into_assigned()),+]
                }
            }
        )+
    };
}

tuples! {
    (A V0 0)
    (A V0 0, B V1 1)
    (A V0 0, B V1 1, C V2 2)
    (A V0 0, B V1 1, C V2 2, D V3 3)
    (A V0 0, B V1 1, C V2 2, D V3 3, F V4 4)
    (A V0 0, B V1 1, C V2 2, D V3 3, F V4 4, G V5 5)
    (A V0 0, B V1 1, C V2 2, D V3 3, F V4 4, G V5 5, H V6 6)
    (A V0 0, B V1 1, C V2 2, D V3 3, F V4 4, G V5 5, H V6 6, I V7 7)
}
