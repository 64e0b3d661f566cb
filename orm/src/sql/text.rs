//! Text fragments as expressions: a [`text`](crate::engine::text) can replace an expression of any type.

use super::nullability::{IntoNode, IntoOperand, NotNull};
use super::operator::IntoOrderKey;
use super::tree::{Node, OrderKey, Secret, TextPart};
use super::typed::{Expr, IntoExpr, of_type};
use crate::column_type::ColumnType;
use crate::engine::{TextClause, TextPiece};

impl TextClause {
    /// Turns the fragment into an expression of type `T`. The caller is responsible for the type.
    ///
    /// ```
    /// # use orm::sql::{text, and_, Column, Expression};
    /// # struct User;
    /// const NAME: Column<User, String> = Column::new("user_account", "name");
    /// let adults = and_([NAME.ne("ed"), text("age > :age").bind("age", 17).typed::<bool>()]);
    /// let shouting = text("upper(name)").typed::<String>().label("shouting");
    /// ```
    pub fn typed<T: ColumnType>(self) -> Expr<T> {
        Expr::new(of_type::<T>(self.into_text_node()))
    }

    fn into_text_node(self) -> Node {
        let (pieces, stray) = self.into_pieces();
        let part = |piece| match piece {
            TextPiece::Sql(sql) => TextPart::Sql(sql),
            TextPiece::Open(name) => TextPart::Parameter(name),
            TextPiece::Bind(value) => TextPart::Bind(value),
            TextPiece::Sensitive(value) => TextPart::Sensitive(Secret(value)),
        };
        Node::Text(pieces.into_iter().map(part).chain(stray.map(TextPart::Stray)).collect())
    }
}

impl<T: ColumnType> IntoExpr<T> for TextClause {
    fn into_node(self) -> Node {
        of_type::<T>(self.into_text_node())
    }
}

impl<T: ColumnType> IntoOperand<T> for TextClause {
    type Null = NotNull;
}

impl IntoNode for TextClause {
    fn into_node(self) -> Node {
        self.into_text_node()
    }
}

impl IntoOrderKey for TextClause {
    fn into_order_key(self) -> OrderKey {
        OrderKey { node: self.into_text_node(), descending: false, nulls_first: None }
    }
}

impl From<TextClause> for Expr<bool> {
    fn from(text: TextClause) -> Self {
        text.typed()
    }
}
