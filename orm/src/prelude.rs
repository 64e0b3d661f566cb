//! The names that most programs need: `use orm::prelude::*;`.
//!
//! `Result` and `Error` are not included, so that a program's own `Result` is not shadowed: write `orm::Result<()>`.

pub use crate::column_type::ColumnType;
#[cfg(feature = "async")]
pub use crate::engine::AsyncEngine;
pub use crate::engine::{BeginMode, Echo, Engine, Isolation, NPlusOne};
pub use crate::error::DatabaseErrorKind;
pub use crate::key::Key;
pub use crate::load::{
    Select, contains_eager, contains_eager_from, criterion, default_load, defer, entity, every, everything, immediate,
    joined, lazy, load_only, mixin_criterion, optional, peers, raise, raise_deferred, raise_on_sql, select, selectin,
    subquery, undefer, undefer_group, untracked, without_criteria,
};
pub use crate::mapping::OverEntity;
pub use crate::mapping::{Auto, BelongsTo, Deferred, Embedded, HasMany, HasOne, ManyToMany, ViewMany, ViewOne};
pub use crate::mapping::{Keyed, NoCreator, Proxy, Relationship, ToMany, ToOne};
// The macro, and the room of tables.
pub use crate::schema;
#[cfg(feature = "async")]
pub use crate::session::AsyncSession;
pub use crate::session::{Savepoint, Session};
pub use crate::sql::{
    Assignments, Column, Expr, Expression, Hybrid, IntoExpr, Writable, alias, and_, avg, case, cast, coalesce, count,
    count_all, count_distinct, delete, exists, func, insert, length, literal, lower, max, min, not_, now, or_, scalar,
    sum, table, text, update, upper,
};
pub use crate::unit::{State, Synchronize};
pub use crate::value::Value;
// The traits and the derives of the same names.
pub use crate::mapping::Entity;
pub use crate::value_row::FromRow;
pub use orm_derive::{ColumnEnum, Embed, Entity, FromRow};
