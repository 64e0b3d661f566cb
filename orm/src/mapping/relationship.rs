//! Relationship constants (`User::ADDRESSES`) and what a query can say with them.

use std::fmt;
use std::marker::PhantomData;

use super::entity::Entity;
use super::meta::RelationMeta;

/// A relationship of entity `O` to entity `T`; the constants that the derive writes.
///
/// `K` says how it is used: [`ToOne`], [`ToMany`] or [`Keyed`].
pub struct Relationship<O, T, K> {
    index: usize,
    name: &'static str,
    types: Ends<O, T, K>,
}

/// The owner, the target and the kind, of which a relationship holds no value.
pub(super) type Ends<O, T, K> = PhantomData<fn() -> (O, T, K)>;

/// At most one entity at the other end: `BelongsTo`, `HasOne`.
#[derive(Debug)]
pub enum ToOne {}

/// Any number of entities at the other end: `HasMany`, `ManyToMany`.
#[derive(Debug)]
pub enum ToMany {}

/// Any number of entities at the other end, by a key of type `C`: `HasMany` with `key = "..."`.
#[derive(Debug)]
pub struct Keyed<C>(PhantomData<fn() -> C>);

impl<O: Entity, T: Entity, K> Relationship<O, T, K> {
    /// The relationship at a position of the entity's mapping. The derive writes these.
    pub const fn new(index: usize, name: &'static str) -> Self {
        Self { index, name, types: PhantomData }
    }

    /// The position in the mapping of the entity.
    pub const fn index(self) -> usize {
        self.index
    }

    /// The field.
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// The mapping.
    pub fn meta(self) -> &'static RelationMeta {
        &O::entity_meta().relations[self.index]
    }
}

impl<O, T, K> Clone for Relationship<O, T, K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<O, T, K> Copy for Relationship<O, T, K> {}

impl<O, T, K> fmt::Debug for Relationship<O, T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
