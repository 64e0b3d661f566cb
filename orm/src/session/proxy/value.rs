//! The values that a proxy shows: those of a column, and the keys of entities.

use std::hash::Hash;
use std::panic::Location;

use super::super::SessionOf;
use super::super::rel::RelOf;
use crate::column_type::ColumnType;
use crate::engine::Mode;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::mapping::{Creator, Entity, ProxyKind, ProxyTarget, Relationship, ToOne};
use crate::sql::Column;
use crate::value::Value;

/// A value that a proxy shows: of a column, or the key of an entity.
pub trait ProxyValue<T: Entity>: ProxyTarget<T> {
    /// Reads the value of a member; `None` where a reference is empty.
    #[doc(hidden)]
    fn read<M: Mode>(
        session: &mut SessionOf<M>,
        member: Key<T>,
        path: Self::Path,
        location: &'static Location<'static>,
    ) -> impl Future<Output = Result<Option<Self>>>;

    /// Gives the attribute of a member another value.
    #[doc(hidden)]
    fn write<M: Mode>(
        self,
        session: &mut SessionOf<M>,
        member: Key<T>,
        path: Self::Path,
        location: &'static Location<'static>,
    ) -> impl Future<Output = Result<()>>;

    /// Creates a member.
    #[doc(hidden)]
    fn create<M: Mode, K: ProxyKind>(
        self,
        session: &mut SessionOf<M>,
        creator: Creator<Self::Creator<K>, Self::Reader<K>>,
        name: K::Name,
    ) -> impl Future<Output = Result<T>>;

    /// Type that tells the value from others.
    #[doc(hidden)]
    type Identity: Eq + Hash;

    /// Returns the value or key that tells the value from others.
    #[doc(hidden)]
    fn identity(&self) -> Self::Identity;
}

impl<T: Entity, V: ColumnType> ProxyValue<T> for V {
    async fn read<M: Mode>(
        session: &mut SessionOf<M>,
        member: Key<T>,
        column: Column<T, V>,
        _: &'static Location<'static>,
    ) -> Result<Option<Self>> {
        session.core.freshen(member).await?;
        let (meta, entity) = (T::entity_meta(), session.core.unit.entity(member)?);
        let Some(index) = meta.columns.position(|found| found.name == column.name()) else {
            return Err(Error::invalid(format!("{} has no column `{}`", meta.name, column.name())));
        };
        let value = entity.value(index).to_value();
        let found = value.kind();
        let value = Self::from_value(value).map_err(|expected| Error::Decode {
            entity: meta.name.to_owned(),
            column: column.name().to_owned(),
            expected,
            found: found.to_owned(),
        })?;
        Ok(Some(value))
    }

    async fn write<M: Mode>(
        self,
        session: &mut SessionOf<M>,
        member: Key<T>,
        column: Column<T, V>,
        location: &'static Location<'static>,
    ) -> Result<()> {
        let before = <Self as ProxyValue<T>>::read(session, member, column, location).await?;
        let (before, value) = (before.map(Value::from), Value::from(self));
        match before.is_some_and(|before| before == value) {
            true => Ok(()),
            false => session.core.assign(member, column.name(), value),
        }
    }

    async fn create<M: Mode, K: ProxyKind>(
        self,
        _: &mut SessionOf<M>,
        creator: Creator<Self::Creator<K>, Self::Reader<K>>,
        name: K::Name,
    ) -> Result<T> {
        match creator {
            Creator::Value(creator) => Ok(K::create(creator, name, self)),
            Creator::Entity(_) | Creator::Absent => Err(creates_nothing::<T>()),
        }
    }

    type Identity = Value;

    fn identity(&self) -> Value {
        self.to_value().to_value()
    }
}

impl<T: Entity, U: Entity> ProxyValue<T> for Key<U> {
    async fn read<M: Mode>(
        session: &mut SessionOf<M>,
        member: Key<T>,
        reference: Relationship<T, U, ToOne>,
        location: &'static Location<'static>,
    ) -> Result<Option<Self>> {
        RelOf::at(session, member, reference, location).other().await
    }

    async fn write<M: Mode>(
        self,
        session: &mut SessionOf<M>,
        member: Key<T>,
        reference: Relationship<T, U, ToOne>,
        location: &'static Location<'static>,
    ) -> Result<()> {
        RelOf::at(session, member, reference, location).point_to(self).await.map(drop)
    }

    async fn create<M: Mode, K: ProxyKind>(
        self,
        session: &mut SessionOf<M>,
        creator: Creator<Self::Creator<K>, Self::Reader<K>>,
        name: K::Name,
    ) -> Result<T> {
        match creator {
            Creator::Value(creator) => Ok(K::create(creator, name, self)),
            Creator::Entity(reader) => {
                session.core.freshen(self).await?;
                Ok(K::create_for(reader, name, self, session.core.unit.entity(self)?))
            }
            Creator::Absent => Err(creates_nothing::<T>()),
        }
    }

    type Identity = Self;

    fn identity(&self) -> Self {
        *self
    }
}

/// Cannot happen: methods that create need the marker [`Creates`], which only proxies with a creator have.
pub(super) fn creates_nothing<T: Entity>() -> Error {
    Error::invalid(format!("the proxy has no function that creates a {}", T::entity_meta().name))
}

/// A value to put into a proxy: the value, `&str` where that is a `String`, an entity or the key of one where that is
/// a key.
pub trait IntoProxied<V> {
    /// Returns the value; adds an entity to the session.
    fn into_proxied<M: Mode>(self, session: &mut SessionOf<M>) -> V;
}

impl<V> IntoProxied<V> for V {
    fn into_proxied<M: Mode>(self, _session: &mut SessionOf<M>) -> V {
        self
    }
}

impl IntoProxied<String> for &str {
    fn into_proxied<M: Mode>(self, _session: &mut SessionOf<M>) -> String {
        self.to_owned()
    }
}

impl<U: Entity> IntoProxied<Key<U>> for U {
    fn into_proxied<M: Mode>(self, session: &mut SessionOf<M>) -> Key<U> {
        session.add(self)
    }
}
