//! A data-mapper ORM: session, unit of work, identity map, on diesel.

// The derives write `::orm::...`, also in the tests of this crate.
extern crate self as orm;

pub mod column_type;
mod error;
mod key;
mod row;
mod text;
mod topology;
mod value;

pub mod engine;
pub mod sql;

pub mod schema;

pub mod mapping;

pub mod load;

pub mod unit;

pub mod session;

pub mod prelude;

#[doc(hidden)]
pub mod __derive;

pub use column_type::ColumnType;
pub use engine::{Connection, Echo, Engine, Isolation, Recorder, StatementKind, text};
pub use error::{DatabaseError, DatabaseErrorKind, Error, KeyProblem, Result};
pub use key::{Key, Slot};
pub use mapping::{Auto, BelongsTo, Embedded, Entity, HasMany, HasOne, ManyToMany};
pub use orm_derive::{ColumnEnum, Embed, Entity};
pub use row::{ColumnIndex, FromValueRow, ReadError, ReadProblem, RowReader, ValueReader, ValueRow, read_typed};
pub use session::{Savepoint, Session};
pub use unit::{FlushPlan, Memory, RolledBack, State};
pub use value::{DataType, Value, ValueRef};
