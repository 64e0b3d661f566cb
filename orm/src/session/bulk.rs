//! Bulk UPDATE and DELETE that the entities in memory follow.

use super::{Core, Session};
use crate::engine::{Cause, Mode, facades};
use crate::error::Result;
use crate::sql::BulkStatement;
use crate::unit::Synchronize;

facades! {
    impl Session, super::AsyncSession {
        /// Runs an UPDATE or DELETE on the session's transaction, after a flush, and makes the entities in memory follow; returns the number
        /// of changed rows. Entities whose row is updated have the new values and are not dirty. Entities whose row is deleted become
        /// [`State::Deleted`](crate::State::Deleted), and leave the collections. A rollback brings all of them back.
        ///
        /// Sends the one statement. With [`Synchronize::Evaluate`] and [`Synchronize::Auto`] costs an evaluation for each entity of the
        /// table in memory.
        ///
        /// ```
        /// use orm::prelude::*;
        ///
        /// #[derive(Entity, Debug, Default)]
        /// struct Item {
        ///     #[entity(primary_key)]
        ///     id: Auto<i64>,
        ///     price: i64,
        /// }
        ///
        /// # fn main() -> orm::Result<()> {
        /// # let engine = Engine::new("sqlite://")?;
        /// # engine.create_all(schema![Item])?;
        /// let mut session = Session::new(&engine);
        /// let items = session.add_all([3, 8].map(|price| Item { price, ..Item::default() }));
        ///
        /// let raise = update("item").set(Item::PRICE, Item::PRICE * 2).filter(Item::PRICE.lt(5));
        /// assert_eq!(session.execute_synchronized(raise, Synchronize::Auto)?, 1);
        /// assert_eq!((session[items[0]].price, session[items[1]].price), (6, 8));
        ///
        /// session.execute_synchronized(delete("item").filter(Item::PRICE.eq(8)), Synchronize::Evaluate)?;
        /// assert_eq!(session.state(items[1])?, State::Deleted);
        /// # Ok(()) }
        /// ```
        ///
        /// An entity whose new value cannot be evaluated expires, and so does an entity with a deferred column that the condition needs and
        /// that is not loaded. An expired entity stays expired. Everything expires when the statement changes a primary key, a foreign key
        /// or a discriminator, when it changes a table between two entities, and when the database deletes or changes rows that refer to
        /// deleted ones (`on_delete`). Listeners of attributes and of flushes are not called.
        ///
        /// # Errors
        /// With [`Synchronize::Evaluate`]: [`Error::NotComputable`](crate::Error::NotComputable), which names the part of the condition that
        /// cannot be evaluated, before the statement is sent. Whatever the database says; memory is then as before.
        ///
        /// Counterpart: `Session.execute` of an UPDATE or DELETE with the execution option `synchronize_session`.
        pub fn execute_synchronized(
            &mut self,
            statement: impl Into<BulkStatement>,
            how: Synchronize,
        ) -> Result<usize> {
            self.core.execute_synchronized(statement.into(), how)
        }
    }
}

impl<M: Mode> Core<M> {
    async fn execute_synchronized(&mut self, statement: BulkStatement, how: Synchronize) -> Result<usize> {
        self.autoflush().await?;
        let engine = self.link.engine().clone();
        let mut bulk = self.unit.bulk_write(statement, how, engine.capabilities())?;
        self.link.write(Cause::Query, &mut bulk, true).await?;
        let rows = bulk.finish();
        self.tell_states();
        Ok(rows)
    }
}
