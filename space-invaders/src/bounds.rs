//! The box of a glyph on the field, and the questions about it, written once for memory and for SQL.
//!
//! `Bounds<i32>` answers with a `bool`; `Bounds<Expr<i32>>` answers with a condition for a query. SQLAlchemy calls
//! such a formula a hybrid.

use std::ops::Add;

use orm::prelude::*;
use orm::sql::Alias;

use crate::models::{Coordinate, Glyph, Picture};

/// First column that a glyph must not cover.
pub const MAX_X: i32 = 65;
/// First row that a glyph must not cover.
pub const MAX_Y: i32 = 32;

/// A number that the formulas compute with: an `i32`, or an expression of SQL.
pub trait Number: Clone + Add<Output = Self> + From<i32> {
    /// Answer to a comparison.
    type Truth: Truth;

    /// Returns whether the number is greater than another.
    fn above(self, other: Self) -> Self::Truth;
}

/// An answer: a `bool`, or a condition of SQL.
pub trait Truth {
    /// Returns whether both hold.
    fn both(self, other: Self) -> Self;
    /// Returns whether the answer is no.
    fn fails(self) -> Self;
}

impl Number for i32 {
    type Truth = bool;

    fn above(self, other: Self) -> bool {
        self > other
    }
}

impl Truth for bool {
    fn both(self, other: Self) -> Self {
        self && other
    }

    fn fails(self) -> Self {
        !self
    }
}

/// A number of SQL. The newtype is where the operators of this crate's trait can be implemented.
#[derive(Clone, Debug)]
pub struct Sql(Expr<i32>);

impl From<i32> for Sql {
    fn from(value: i32) -> Self {
        Self(literal(value))
    }
}

impl Add for Sql {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Number for Sql {
    type Truth = Expr<bool>;

    fn above(self, other: Self) -> Expr<bool> {
        self.0.gt(other.0)
    }
}

impl Truth for Expr<bool> {
    fn both(self, other: Self) -> Self {
        self.and(other)
    }

    fn fails(self) -> Self {
        not_(self)
    }
}

/// The box of a glyph: its upper left corner and its size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounds<N> {
    /// Leftmost column.
    pub x: N,
    /// Topmost row.
    pub y: N,
    /// Columns.
    pub width: N,
    /// Rows.
    pub height: N,
}

impl Bounds<Sql> {
    /// Returns the box of a second row of the same query, by the aliases of the row and its glyph.
    pub fn of(row: &Alias<Coordinate>, glyph: &Alias<Picture>) -> Self {
        let sql = |node| Sql(Expr::new(node));
        Self {
            x: sql(Expression::into_node(row.column(Coordinate::X))),
            y: sql(Expression::into_node(row.column(Coordinate::Y))),
            width: sql(Expression::into_node(glyph.column(Glyph::WIDTH))),
            height: sql(Expression::into_node(glyph.column(Glyph::HEIGHT))),
        }
    }

    /// Returns the box as columns, for a query that joins the glyph.
    pub fn columns() -> Self {
        let sql = |node| Sql(Expr::new(node));
        Self {
            x: sql(Expression::into_node(Coordinate::X)),
            y: sql(Expression::into_node(Coordinate::Y)),
            width: sql(Expression::into_node(Glyph::WIDTH)),
            height: sql(Expression::into_node(Glyph::HEIGHT)),
        }
    }

    /// Returns the column behind the rightmost one, to select it.
    pub fn right(self) -> Expr<i32> {
        (self.x + self.width).0
    }
}

impl Bounds<i32> {
    /// Returns the same box for a query; its numbers become bind parameters.
    pub fn bound(&self) -> Bounds<Sql> {
        let Self { x, y, width, height } = *self;
        Bounds { x: x.into(), y: y.into(), width: width.into(), height: height.into() }
    }
}

impl<N: Number> Bounds<N> {
    /// Returns whether the glyph has reached the bottom of the field.
    pub fn bottom_bound(&self) -> N::Truth {
        N::from(MAX_Y).above(self.y.clone() + self.height.clone()).fails()
    }

    /// Returns whether the glyph has reached the top of the field.
    pub fn top_bound(&self) -> N::Truth {
        self.y.clone().above(0.into()).fails()
    }

    /// Returns whether the glyph touches the left side.
    pub fn left_bound(&self) -> N::Truth {
        self.x.clone().above(0.into()).fails()
    }

    /// Returns whether the glyph touches the right side.
    pub fn right_bound(&self) -> N::Truth {
        N::from(MAX_X).above(self.x.clone() + self.width.clone()).fails()
    }

    /// Returns whether the glyph has left the field on the right.
    pub fn right_edge_bound(&self) -> N::Truth {
        self.x.clone().above(MAX_X.into())
    }

    /// Returns whether two boxes meet. Boxes that only touch do.
    pub fn intersects(&self, other: &Self) -> N::Truth {
        let apart = |low: &N, size: &N, high: &N| high.clone().above(low.clone() + size.clone()).fails();
        apart(&self.x, &self.width, &other.x)
            .both(apart(&other.x, &other.width, &self.x))
            .both(apart(&self.y, &self.height, &other.y))
            .both(apart(&other.y, &other.height, &self.y))
    }
}
