//! The names that a program needs, one by one: `use orm::prelude::*;`.

pub use crate::column_type::ColumnType;
pub use crate::engine::Engine;
pub use crate::error::{Error, Result};
pub use crate::key::Key;
pub use crate::load::{entity, joined, lazy, optional, peers, raise, select, selectin, untracked};
pub use crate::mapping::{Auto, BelongsTo, Embedded, HasMany, HasOne, ManyToMany};
// The macro, and the room of tables.
pub use crate::schema;
pub use crate::session::Session;
pub use crate::sql::{
    Column, Expr, Expression, IntoExpr, alias, and_, avg, case, cast, coalesce, count, count_all, count_distinct,
    delete, exists, func, insert, length, literal, lower, max, min, not_, now, or_, scalar, sum, table, text, update,
    upper,
};
pub use crate::value::Value;
// The traits and the derives of the same names.
pub use crate::mapping::Entity;
pub use orm_derive::{ColumnEnum, Embed, Entity};
