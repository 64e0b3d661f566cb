//! Events: listeners that a session calls when an attribute changes, and when it flushes, writes a row, reads or ends a
//! transaction.
//!
//! A listener is a function and its event, made by one of the functions of this module. A session takes listeners by
//! [`Session::listen`](crate::Session::listen), a factory by
//! [`SessionBuilder::listen`](crate::session::SessionBuilderOf::listen). A listener never waits for a database, so
//! blocking and awaited sessions call the same listeners. Listeners change entities in memory, and add statements that
//! the flush sends. The listener that was added first is called first.
//!
//! | event | called | may edit | an error fails |
//! | --- | --- | --- | --- |
//! | [`on_set`], [`on_append`], [`on_remove`], [`validate`] | before an attribute changes | yes | the change |
//! | [`on_replace`] | before all members of a collection are replaced | yes | the change |
//! | [`before_commit`] | when `commit` begins | yes | the commit |
//! | [`before_flush`] | when a flush with changes begins | yes | the flush |
//! | [`before_insert`], `before_update`, `before_delete` | for each row, before the first statement | yes | the flush |
//! | [`after_insert`], `after_update`, `after_delete` | for each row, after the last statement | no | the flush |
//! | [`after_flush`] | after these | no | the flush |
//! | [`after_begin`] | when the transaction has begun | no | |
//! | [`after_commit`], [`after_rollback`] | when the transaction has ended | no | |
//! | [`after_soft_rollback`] | when a savepoint was rolled back to | no | |
//! | [`on_execute`] | before each SELECT of entities | no | the read |
//! | [`on_transition`] | when an entity was added, loaded, inserted, deleted, or has left the session | no | |
//!
//! The listeners of rows exist for one type, for all entities (`before_any_insert`), and for entities that embed a
//! struct (`before_mixin_insert`). The `before_` ones are called once a flush for each row, when cascades are decided.
//!
//! The listeners of attributes exist for one attribute, for all of a type ([`on_change`]), for all entities
//! ([`on_any_change`]), and for entities that embed a struct ([`on_mixin_change`]). They are called:
//!
//! - by [`Session::set`](crate::Session::set) and the changes of [`Session::rel`](crate::Session::rel): at once, before
//!   memory changes. An error leaves memory as before the call, the edits of listeners included;
//! - for a plain `session[key].name = ..` or `session[key].user = BelongsTo::to(..)`, and for the values with which an
//!   entity was added: by the next flush, before its other listeners. That is the flush of `flush`, `commit`,
//!   `begin_nested`, or of a query or load that flushes first. The flush compares values: of several assignments
//!   it tells of the last, and of none where the value is as before. An error fails the flush;
//! - for the assignments of other listeners during a flush: in the next round of that flush.
//!
//! Each value is told once. The cascades of a flush (references that are emptied, because their entity is deleted),
//! keys, defaults and versions that a flush fills in, and values that are read are no changes of a program, and are not
//! told.
//!
//! A flush that fails leaves rows and memory as before the flush, the edits of listeners included.

mod attribute;
mod change;
mod execute;
mod flush;
mod listener;
mod listeners;
mod scope;
mod state;
mod told_changes;

pub use crate::unit::Transition;
pub use attribute::{
    AssignedAttribute, AttributeFilter, on_any_change, on_append, on_change, on_mixin_change, on_mixin_set, on_remove,
    on_replace, on_set, validate,
};
pub use change::{Assignment, AttributeChange, AttributeValue, ChangeKind, Membership, Replacement};
pub use execute::{ExecutedStatement, ExecutionOption, execution_option, on_execute};
pub(crate) use flush::{HeardFlush, Statements, Told};
pub(crate) use listener::TransactionEvent;
pub use listener::{
    Listener, after_any_delete, after_any_insert, after_any_update, after_begin, after_commit, after_delete,
    after_flush, after_insert, after_mixin_delete, after_mixin_insert, after_mixin_update, after_rollback,
    after_soft_rollback, after_update, before_any_delete, before_any_insert, before_any_update, before_commit,
    before_delete, before_flush, before_insert, before_mixin_delete, before_mixin_insert, before_mixin_update,
    before_update,
};
pub use listeners::{ListenerToken, Listeners};
pub use scope::{ChangeScope, EntityKey, FlushScope, FlushedScope, MixinKey, StateScope};
pub use state::{on_any_transition, on_mixin_transition, on_transition};
pub(crate) use told_changes::{ToldChanges, tell_replacement};
