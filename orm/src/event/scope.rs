//! Scopes: a session during a flush, as its listeners see and change it.

use std::fmt;
use std::ops::{Index, IndexMut};

use crate::column_type::ColumnType;
use crate::engine::Statement;
use crate::error::Result;
use crate::key::{IsA, Key};
use crate::mapping::{
    ColumnPosition, Embedded, EmbeddedColumn, Entity, EntityMeta, Record, Relationship, ToMany, ToOne,
};
use crate::sql::Column;
use crate::unit::{EntityRow, History, State, UnitOfWork, Written};
use crate::value::Value;

/// An entity of whatever type, as given by a session that flushes.
///
/// Counterpart: an element of `Session.dirty`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct EntityKey {
    pub(super) row: EntityRow,
}

impl EntityKey {
    /// Returns the name of the entity's type; of a hierarchy, the name of the class.
    pub fn entity(&self) -> &'static str {
        self.row.name()
    }

    /// Returns the mapping of the entity's type; of a hierarchy, the mapping of the root.
    pub fn meta(&self) -> &'static EntityMeta {
        self.row.meta()
    }

    /// Returns the typed key, if the entity is an `E`.
    pub fn key<E: Entity>(&self) -> Option<Key<E>> {
        self.row.key()
    }

    /// Returns the entity as one that embeds `M`, if it does.
    pub fn mixin<M: Embedded>(&self) -> Option<MixinKey<M>> {
        let first = self.row.first_column_of(std::any::TypeId::of::<M>())?;
        Some(MixinKey { entity: *self, first, mixin: std::marker::PhantomData })
    }
}

impl fmt::Debug for EntityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", self.entity(), self.row.slot())
    }
}

/// An entity of whatever type that embeds `M`.
pub struct MixinKey<M> {
    entity: EntityKey,
    first: ColumnPosition,
    mixin: std::marker::PhantomData<fn() -> M>,
}

impl<M> MixinKey<M> {
    /// Returns the entity.
    pub fn entity(&self) -> EntityKey {
        self.entity
    }
}

impl<M> Clone for MixinKey<M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M> Copy for MixinKey<M> {}

impl<M> fmt::Debug for MixinKey<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.entity.fmt(f)
    }
}

/// The entities of a session that is about to write them: to look at, and to change. Changes of a listener are part of
/// the flush.
///
/// Counterpart: the `session` argument of a `before_flush` listener, and the `connection` argument of a mapper event.
pub struct FlushScope<'u> {
    pub(super) unit: &'u mut UnitOfWork,
    pub(super) statements: &'u mut Vec<Box<dyn Statement>>,
}

/// The entities of a session that has written them, before the flush is done: to look at. Their values before are
/// still known.
///
/// Counterpart: the arguments of an `after_flush` listener, and of `after_insert` and the like.
pub struct FlushedScope<'u> {
    pub(super) unit: &'u UnitOfWork,
    pub(super) written: &'u Written,
    pub(super) statements: &'u mut Vec<Box<dyn Statement>>,
}

/// The entities of a session whose attribute is about to change: to look at, and to change others. The changes of a
/// listener are taken back with the change itself if a listener refuses the change.
///
/// Counterpart: the `target` argument of an attribute event, and the objects that are reached from there.
pub struct ChangeScope<'u> {
    pub(super) unit: &'u mut UnitOfWork,
}

/// The entities of a session after their states have changed: to look at.
///
/// Counterpart: the `session` argument of a listener of a state.
pub struct StateScope<'u> {
    pub(super) unit: &'u UnitOfWork,
}

macro_rules! look {
    ($scope:ident) => {
        impl $scope<'_> {
            /// Returns an entity.
            ///
            /// # Errors
            /// [`Error::UnknownKey`](crate::Error::UnknownKey) when the key is not honored.
            pub fn peek<E: Entity>(&self, key: Key<E>) -> Result<&E> {
                self.unit.entity(key)
            }

            /// Returns the key of an entity as one of whatever type, for [`history`](Self::history) and the like.
            ///
            /// # Errors
            /// [`Error::UnknownKey`](crate::Error::UnknownKey) when the key is not honored.
            pub fn entity_key<E: Entity>(&self, key: Key<E>) -> Result<EntityKey> {
                Ok(EntityKey { row: self.unit.row_of_key(key)? })
            }

            /// Returns an entity of whatever type as a record of columns and relationships.
            pub fn record(&self, entity: EntityKey) -> Option<&dyn Record> {
                self.unit.record_of(entity.row)
            }

            /// Returns the value of a column of an entity of whatever type, by the column's name in the database.
            /// `None` for a deferred column that is not loaded.
            pub fn value(&self, entity: EntityKey, column: &str) -> Option<Value> {
                let at = entity.meta().columns.position(|it| it.name == column)?;
                let value = self.record(entity)?.value(at);
                (!value.is_unloaded()).then(|| value.to_value())
            }

            /// Returns the value of a column of an embedded struct.
            ///
            /// # Errors
            /// [`Error::Decode`](crate::Error::Decode) when the column holds something else.
            pub fn mixin_value<M, T: ColumnType, L>(
                &self,
                key: MixinKey<M>,
                column: EmbeddedColumn<M, T, L>,
            ) -> Result<T> {
                self.unit.column_of(key.entity.row, key.first.plus(column.index()))
            }

            /// Returns the columns that the flush writes, with the values before and after.
            pub fn history(&self, entity: EntityKey) -> Result<Vec<History>> {
                self.unit.history_of(entity.row)
            }

            /// Returns the state of an entity.
            ///
            /// # Errors
            /// [`Error::UnknownKey`](crate::Error::UnknownKey) when the key is not honored.
            pub fn state<E: Entity>(&self, key: Key<E>) -> Result<State> {
                self.unit.state(key)
            }
        }

        impl<E: Entity> Index<Key<E>> for $scope<'_> {
            type Output = E;

            fn index(&self, key: Key<E>) -> &E {
                &self.unit[key]
            }
        }

        impl fmt::Debug for $scope<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($scope)).field("unit", &self.unit).finish_non_exhaustive()
            }
        }
    };
}

look!(FlushScope);
look!(FlushedScope);
look!(ChangeScope);
look!(StateScope);

macro_rules! send {
    ($scope:ident) => {
        impl $scope<'_> {
            /// Sends a statement with the flush: before the first statement, or after the last one if the flush has
            /// sent them. One that fails fails the flush.
            pub fn execute(&mut self, statement: impl Statement + 'static) {
                self.statements.push(Box::new(statement));
            }
        }
    };
}

send!(FlushScope);
send!(FlushedScope);

impl FlushedScope<'_> {
    /// Returns the entities whose rows were inserted, in the order of their addition.
    pub fn inserted(&self) -> Vec<EntityKey> {
        self.written.inserted.iter().map(|row| EntityKey { row: *row }).collect()
    }

    /// Returns the entities whose rows were changed, in the order of their first edit.
    pub fn updated(&self) -> Vec<EntityKey> {
        self.written.updated.iter().map(|row| EntityKey { row: *row }).collect()
    }

    /// Returns the entities whose rows were deleted, by the program or by cascades.
    pub fn deleted(&self) -> Vec<EntityKey> {
        self.written.deleted.iter().map(|row| EntityKey { row: *row }).collect()
    }
}

impl<'u> FlushScope<'u> {
    pub(crate) fn new(unit: &'u mut UnitOfWork, statements: &'u mut Vec<Box<dyn Statement>>) -> Self {
        Self { unit, statements }
    }
}

impl FlushScope<'_> {
    /// Returns the entities that the flush inserts, in the order of their addition.
    pub fn pending(&self) -> Vec<EntityKey> {
        self.unit.pending_rows().map(|row| EntityKey { row }).collect()
    }

    /// Returns the entities with rows that the flush changes, in the order of their first edit.
    pub fn dirty(&self) -> Vec<EntityKey> {
        self.unit.dirty_rows().map(|row| EntityKey { row }).collect()
    }

    /// Returns the entities whose rows the flush deletes, in the order of marking. Before the flush,
    /// those that cascades will add are not among them.
    pub fn deleted(&self) -> Vec<EntityKey> {
        self.unit.deleted_rows().map(|row| EntityKey { row }).collect()
    }

    /// Returns the entities of a type that the flush inserts, in the order of their addition.
    pub fn pending_of<E: Entity>(&self) -> Vec<Key<E>> {
        self.unit.new_keys()
    }

    /// Returns the entities of a type that the flush changes, in the order of their first edit.
    pub fn dirty_of<E: Entity>(&self) -> Vec<Key<E>> {
        self.unit.dirty_keys()
    }

    /// Returns the entities of a type that the flush deletes, in the order of marking.
    pub fn deleted_of<E: Entity>(&self) -> Vec<Key<E>> {
        self.unit.deleted_keys()
    }

    /// Takes a mark for deletion back: the row stays. In [`before_flush`](super::before_flush), before cascades are
    /// decided, the entities that the deletion would reach are kept too.
    ///
    /// Counterpart: `session.add(entity)` of an entity in `session.deleted`.
    pub fn keep(&mut self, entity: EntityKey) {
        self.unit.keep(entity.row);
    }
}

macro_rules! change {
    ($scope:ident) => {
        impl $scope<'_> {
            /// Adds an entity, which the next flush inserts, or the one that calls.
            pub fn add<E: Entity>(&mut self, entity: E) -> Key<E> {
                self.unit.add(entity)
            }

            /// Returns an entity to edit.
            ///
            /// # Errors
            /// [`Error::UnknownKey`](crate::Error::UnknownKey) when the key is not honored.
            pub fn edit<E: Entity>(&mut self, key: Key<E>) -> Result<&mut E> {
                self.unit.edit_within_flush(key)
            }

            /// Assigns a column of an entity, which the flush writes even if the value is the same. Attribute listeners
            /// hear of the assignment at the flush.
            ///
            /// # Errors
            /// The errors of [`Session::set`](crate::Session::set).
            pub fn set<C: IsA<O>, O: Entity, T: ColumnType, L>(
                &mut self,
                key: Key<C>,
                column: Column<O, T, L>,
                value: impl Into<T>,
            ) -> Result<()> {
                let key = key.as_a();
                self.unit.record_before_listener(key)?;
                self.unit.assign(key, column.name(), value.into().into())
            }

            /// Assigns a column of an embedded struct.
            ///
            /// # Errors
            /// [`Error::Decode`](crate::Error::Decode) when the column does not take the value.
            pub fn set_mixin<M, T: ColumnType, L>(
                &mut self,
                key: MixinKey<M>,
                column: EmbeddedColumn<M, T, L>,
                value: impl Into<T>,
            ) -> Result<()> {
                self.unit.write_column_of(key.entity.row, key.first.plus(column.index()), value.into().into())
            }

            /// Makes an entity with a row a new one: see [`Session::make_pending`](crate::Session::make_pending).
            ///
            /// # Errors
            /// The errors of [`Session::make_pending`](crate::Session::make_pending).
            pub fn make_pending<E: Entity>(&mut self, key: Key<E>) -> Result<()> {
                self.unit.make_pending(key)
            }

            /// Marks an entity for deletion by the flush.
            ///
            /// # Errors
            /// The errors of [`Session::delete`](crate::Session::delete).
            pub fn delete<E: Entity>(&mut self, key: Key<E>) -> Result<()> {
                self.unit.delete(key)
            }

            /// Puts an entity into a collection.
            ///
            /// # Errors
            /// The errors of [`push`](crate::session::RelOf::push).
            pub fn push<O: Entity, T: Entity>(
                &mut self,
                owner: Key<O>,
                relationship: Relationship<O, T, ToMany>,
                member: Key<T>,
            ) -> Result<()> {
                self.unit.put_in(owner, relationship, member)
            }

            /// Sets a reference, or the other end of a one-to-one relationship.
            ///
            /// # Errors
            /// The errors of [`set`](crate::session::RelOf::set).
            pub fn point<O: Entity, T: Entity>(
                &mut self,
                owner: Key<O>,
                relationship: Relationship<O, T, ToOne>,
                target: Key<T>,
            ) -> Result<()> {
                match relationship.meta().kind {
                    crate::mapping::RelationKind::BelongsTo => self.unit.point_to(owner, relationship, Some(target)),
                    _ => self.unit.put_in(owner, relationship, target),
                }
            }
        }

        impl<E: Entity> IndexMut<Key<E>> for $scope<'_> {
            fn index_mut(&mut self, key: Key<E>) -> &mut E {
                match self.edit(key) {
                    Ok(entity) => entity,
                    Err(error) => panic!("{error}"),
                }
            }
        }
    };
}

change!(FlushScope);
change!(ChangeScope);
