//! Text fragments: SQL as it stands, with `:name` parameters.

use super::nullability::{IntoNode, IntoOperand, NotNull};
use super::operator::IntoOrderKey;
use super::render;
use super::tree::{Node, OrderKey, TextPart};
use super::typed::{Expr, IntoExpr};
use crate::column_type::ColumnType;
use crate::engine::{SqlWriter, Statement, StatementKind};
use crate::error::Result;
use crate::text::{Piece, pieces};
use crate::value::Value;

/// SQL as it stands, in which `:name` is a parameter (`\:` is a colon).
///
/// Values never go into the text itself: bind them. A parameter without a value, and a value without a parameter, are errors when the statement is rendered.
///
/// ```
/// # use orm::sql::{text, and_, Column, Expression};
/// # struct User;
/// const NAME: Column<User, String> = Column::new("user_account", "name");
/// let adults = and_([NAME.ne("ed"), text("age > :age").bind("age", 17).typed::<bool>()]);
/// let shouting = text("upper(name)").typed::<String>().label("shouting");
/// ```
///
/// It is a whole statement too:
/// ```
/// # use orm::sql::text;
/// # use orm::engine::{Capabilities, render};
/// let rename = text("UPDATE user_account SET name = :name").bind("name", "ed");
/// assert_eq!(render(&rename, &Capabilities::postgres())?.sql, "UPDATE user_account SET name = $1");
/// # Ok::<(), orm::Error>(())
/// ```
///
/// Counterpart: `sqlalchemy.text`.
pub fn text(sql: impl AsRef<str>) -> TextClause {
    let parts = pieces(sql.as_ref()).into_iter().map(|piece| match piece {
        Piece::Sql(sql) => TextPart::Sql(sql.into_owned()),
        Piece::Parameter(name) => TextPart::Parameter(name.to_owned()),
    });
    TextClause { parts: parts.collect() }
}

/// A text fragment; see [`text`]. It fits wherever an expression does, of whatever type is expected there.
#[derive(Clone, Debug, PartialEq)]
pub struct TextClause {
    parts: Vec<TextPart>,
}

impl TextClause {
    /// Gives every parameter of this name a value.
    ///
    /// Counterpart: `TextClause.bindparams`.
    #[must_use]
    pub fn bind(mut self, name: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        let mut found = false;
        for part in &mut self.parts {
            if matches!(part, TextPart::Parameter(open) if open == name) {
                *part = TextPart::Bind(value.clone());
                found = true;
            }
        }
        if !found {
            self.parts.push(TextPart::Stray(name.to_owned()));
        }
        self
    }

    /// The fragment as an expression; the caller vouches for its type.
    pub fn typed<T>(self) -> Expr<T> {
        Expr::new(Node::Text(self.parts))
    }
}

impl<T: ColumnType> IntoExpr<T> for TextClause {
    fn into_node(self) -> Node {
        Node::Text(self.parts)
    }
}

impl<T: ColumnType> IntoOperand<T> for TextClause {
    type Null = NotNull;
}

impl IntoNode for TextClause {
    fn into_node(self) -> Node {
        Node::Text(self.parts)
    }
}

impl IntoOrderKey for TextClause {
    fn into_order_key(self) -> OrderKey {
        OrderKey { node: Node::Text(self.parts), descending: false, nulls_first: None }
    }
}

impl From<TextClause> for Expr<bool> {
    fn from(text: TextClause) -> Self {
        text.typed()
    }
}

impl Statement for TextClause {
    fn render<'b>(&'b self, out: &mut dyn SqlWriter<'b>) -> Result<()> {
        render::text(out, &self.parts)
    }

    /// What the first word says.
    fn kind(&self) -> StatementKind {
        let Some(TextPart::Sql(sql)) = self.parts.first() else { return StatementKind::Other };
        let word = sql.split_ascii_whitespace().next().unwrap_or_default().to_ascii_uppercase();
        match word.as_str() {
            "SELECT" | "VALUES" => StatementKind::Select,
            "INSERT" => StatementKind::Insert,
            "UPDATE" => StatementKind::Update,
            "DELETE" => StatementKind::Delete,
            "CREATE" | "ALTER" | "DROP" => StatementKind::Ddl,
            _ => StatementKind::Other,
        }
    }
}
