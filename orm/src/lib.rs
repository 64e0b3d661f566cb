//! A data-mapper ORM in the spirit of SQLAlchemy, on diesel: session, unit of work, identity map.
//!
//! # The first program
//!
//! ```
//! use orm::prelude::*;
//!
//! #[derive(Entity, Debug, Default)]
//! #[entity(table = "user_account")]
//! struct User {
//!     #[entity(primary_key)]
//!     id: Auto<i64>,                       // assigned by the database
//!     #[entity(length = 50, unique)]
//!     name: String,
//!     fullname: Option<String>,            // may be NULL
//!     #[entity(inverse = "user", cascade = "all, delete-orphan", order_by = "id")]
//!     addresses: HasMany<Address>,
//! }
//!
//! #[derive(Entity, Debug, Default)]
//! struct Address {
//!     #[entity(primary_key)]
//!     id: Auto<i64>,
//!     email: String,
//!     #[entity(column = "user_id", inverse = "addresses")]
//!     user: BelongsTo<User>,               // is the foreign key column
//! }
//!
//! let engine = Engine::new("sqlite://")?;  // opens nothing yet
//! engine.create_all(schema![User, Address])?;
//! let mut session = Session::new(&engine);
//!
//! let ed = session.add(User { name: "ed".into(), ..User::default() });
//! session.rel(ed, User::ADDRESSES).push(Address { email: "ed@x.org".into(), ..Address::default() })?;
//! session[ed].fullname = Some("Ed Jones".into());
//! session.commit()?;                       // INSERT, INSERT, COMMIT
//!
//! assert_eq!(session.query::<User>().filter(User::NAME.eq("ed")).one()?, ed);
//!
//! let users = session.query::<User>()
//!     .filter(User::ADDRESSES.any(Address::EMAIL.like("%@x.org")))
//!     .options(selectin(User::ADDRESSES))
//!     .order_by(User::NAME.asc())
//!     .all()?;
//! for user in users {
//!     for address in session.rel(user, User::ADDRESSES).load()? {
//!         println!("{} {}", session[user].name, session[address].email);
//!     }
//! }
//! let counts: Vec<(String, i64)> = session.all(
//!     select((User::NAME, count(Address::ID))).join(User::ADDRESSES).group_by(User::NAME),
//! )?;
//! assert_eq!(counts, [("ed".to_owned(), 1)]);
//! # Ok::<(), orm::Error>(())
//! ```
//!
//! # Concepts, in reading order
//!
//! 1. An [`Engine`] is a database: a URL and a connection pool. [`engine`] contains connections, transactions,
//!    hand-written SQL, echo and recorded statements.
//! 2. `#[derive(Entity)]` maps a struct to a table; [`mapping`] contains the field types and the mapping as data.
//!    [`schema!`] collects the tables.
//! 3. A [`Session`] owns entities and returns [`Key`]s. `session[key]` reads and edits an entity in memory and sends no
//!    statement.
//! 4. [`Session::rel`] reads and changes relationships, and keeps both sides in step.
//! 5. Queries are values: [`load::select`], conditions from [`sql`], eager loading with [`load::selectin`] and
//!    [`load::joined`].
//! 6. [`Session::flush`] writes changes in dependency order; [`Session::flush_plan`] shows the statements beforehand.
//! 7. [`Session::rollback`] and savepoints also restore the entities in memory.
//!
//! `use orm::prelude::*;` imports the names that most programs need; see [`prelude`].
//!
//! [`Error`] is the error type of all calls, with the location of the fault and a fix. [`Error::code`] is a stable name
//! of the kind of error, and [`DatabaseErrorKind`] distinguishes a unique violation from a lost connection.

// The derives write `::orm::...`, also in the tests of this crate.
extern crate self as orm;

pub mod column_type;
#[cfg_attr(
    not(feature = "sqlite"),
    allow(dead_code, reason = "the other databases compute with decimals by themselves")
)]
mod decimal;
mod error;
mod key;
mod row;
mod text;
mod topology;
mod value;
mod value_row;

pub mod engine;
pub mod sql;

pub mod schema;

pub mod mapping;

pub mod load;

pub mod unit;

pub mod event;

pub mod session;

pub mod prelude;

#[doc(hidden)]
pub mod __derive;

pub use column_type::ColumnType;
pub use engine::{BeginMode, Connection, Echo, Engine, Isolation, Recorder, StatementKind, text};
pub use error::{DatabaseError, DatabaseErrorKind, Error, KeyProblem, Result};
pub use key::{IsA, Key, Rooted, Slot};
pub use mapping::{Auto, BelongsTo, Deferred, Embedded, Entity, HasMany, HasOne, ManyToMany, ViewMany, ViewOne};
pub use orm_derive::{ColumnEnum, Embed, Entity, FromRow};
pub use row::{ReadError, ReadProblem, RowReader, read_typed};
#[cfg(feature = "async")]
pub use session::AsyncSession;
pub use session::{Savepoint, Session};
pub use unit::{FlushEdge, FlushPlan, FlushStep, Memory, RolledBack, State, Synchronize};
pub use value::{DataType, Value, ValueRef};
pub use value_row::{ColumnIndex, FromRow, FromValueRow, ValueReader, ValueRow};

#[cfg(all(doctest, feature = "sqlite"))]
#[doc = include_str!("../../book/src/expired-memory.md")]
struct ExpiredMemory;

#[cfg(all(doctest, feature = "sqlite"))]
#[doc = include_str!("../../book/src/sqlite-under-load.md")]
struct SqliteUnderLoad;

// One of its programs awaits. The recipes that do switch the feature on for every build of the whole workspace.
#[cfg(all(doctest, feature = "async"))]
#[doc = include_str!("../../README.md")]
struct Readme;
