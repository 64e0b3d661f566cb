//! Events: listeners that a session calls when it flushes, writes a row, reads or ends a transaction.
//!
//! A listener is a function with the event that it waits for, made by one of the functions here and given to a session
//! ([`Session::listen`](crate::Session::listen)) or to a factory ([`SessionBuilder::listen`](crate::session::SessionBuilderOf::listen)). It never
//! waits for a database, so that blocking and awaited sessions call the same listeners: it changes entities in memory, and adds statements that
//! the flush sends. Listeners are called in the order in which they were added.
//!
//! | event | called | may change entities | an error |
//! | --- | --- | --- | --- |
//! | [`before_commit`] | when `commit` begins | yes | fails the commit; the transaction goes on |
//! | [`before_flush`] | when a flush begins that has something to do | yes | fails the flush |
//! | [`before_insert`], [`before_update`], [`before_delete`] | once a flush for each row, when cascades are decided and before its first statement | yes | fails the flush |
//! | [`after_insert`], [`after_update`], [`after_delete`] | for each row, after the last statement of the flush | no | fails the flush |
//! | [`after_flush`] | after these | no | fails the flush |
//! | [`after_begin`] | when the transaction has begun | no | is not possible |
//! | [`after_commit`], [`after_rollback`], [`after_soft_rollback`] | when the transaction has ended, or went back to a savepoint | no | is not possible |
//! | [`on_execute`] | before each SELECT of entities | no | fails the read |
//!
//! A flush that fails because of a listener leaves rows and memory as they were before it; what the listeners have changed is undone too.

mod execute;
mod flush;
mod listener;
mod listeners;
mod scope;

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
pub use scope::{EntityKey, FlushScope, FlushedScope, MixinKey};
