//! Hybrids beside the database: the check that a body in Rust and the expression agree.

use super::{Core, Session};
use crate::column_type::ColumnType;
use crate::engine::{Mode, facades};
use crate::error::Result;
use crate::load::{entity, select};
use crate::mapping::{Entity, KeyValues};
use crate::sql::Hybrid;
use crate::unit::key_text;

facades! {
    impl Session, super::AsyncSession {
        /// Checks that the body of a hybrid and the database agree about every row of the entity: a helper for tests, for expressions that
        /// cannot be evaluated in memory. Flushes, then sends one SELECT of the entities together with the expression. Returns the number
        /// of compared rows.
        ///
        /// ```
        /// use orm::prelude::*;
        ///
        /// #[derive(Entity, Debug, Default)]
        /// struct User {
        ///     #[entity(primary_key)]
        ///     id: Auto<i64>,
        ///     name: String,
        /// }
        ///
        /// impl User {
        ///     const INITIAL: Hybrid<Self, String> = Hybrid::new("initial", || func("substr", (Self::NAME, 1, 1)))
        ///         .body(|user| user.name.chars().take(1).collect());
        /// }
        ///
        /// # fn main() -> orm::Result<()> {
        /// # let engine = Engine::new("sqlite://")?;
        /// # engine.create_all(schema![User])?;
        /// let mut session = Session::new(&engine);
        /// session.add_all(["ed", "\u{e9}lo\u{ef}se", ""].map(|name| User { name: name.into(), ..User::default() }));
        /// assert_eq!(session.check_hybrid(User::INITIAL)?, 3);
        /// # Ok(()) }
        /// ```
        ///
        /// # Errors
        /// [`Error::InvalidRequest`](crate::Error::InvalidRequest) with the key of the row and both values, when they differ, or when the
        /// hybrid has no body; whatever the database says.
        ///
        /// Counterpart: none; `hybrid_property.expression` beside a Python body is not checked.
        pub fn check_hybrid<E: Entity, T: ColumnType, W: 'static>(&mut self, hybrid: Hybrid<E, T, W>) -> Result<usize> {
            self.core.check_hybrid(hybrid)
        }
    }
}

impl<M: Mode> Core<M> {
    async fn check_hybrid<E: Entity, T: ColumnType, W>(&mut self, hybrid: Hybrid<E, T, W>) -> Result<usize> {
        let body = hybrid.checked_body()?;
        let rows = self.all(select((entity::<E>(), hybrid.expr()))).await?;
        for (key, in_sql) in &rows {
            let entity = self.unit.entity(*key)?;
            let in_rust = body(entity);
            hybrid.compare(|| format!("for the row with the key {}", key_of(entity)), &in_rust, in_sql)?;
        }
        Ok(rows.len())
    }
}

/// The primary key of an entity, for messages.
fn key_of<E: Entity>(entity: &E) -> String {
    let meta = E::entity_meta();
    let key: KeyValues = meta.primary_key.iter().map(|column| entity.value(*column).to_value()).collect();
    key_text(meta, &key)
}
