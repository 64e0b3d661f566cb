//! `Key` and `Slot`: small, `Copy` names of the entities of a session.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::num::NonZeroU32;

/// A position in an arena of the session, and the generation of the entity in it.
///
/// A position that is used again gets another generation, so that a stale slot is detected.
#[derive(Clone, Copy, Eq, PartialOrd, Ord)]
#[cfg_attr(not(test), derive(PartialEq, Hash))]
pub struct Slot {
    /// Position in the arena of one entity type, counted from 0.
    pub index: u32,
    /// Number of entities that the position has had, counted from 1.
    pub generation: NonZeroU32,
}

/// The name of an entity of type `E` in a session.
///
/// Keys are `Copy` and compare by identity. A key is valid only in the session that made it: a key of another session,
/// or of an entity that has left the session, is an error and never reads another entity.
pub struct Key<E> {
    session: NonZeroU32,
    slot: Slot,
    entity: PhantomData<fn() -> E>,
}

/// A class that can be used as an `E`: the same type, or a subclass of `E` in a hierarchy.
///
/// Implemented for every type and itself; `#[derive(Entity)]` implements it for the classes of a hierarchy.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` cannot be used as `{E}`",
    label = "expected a key of `{E}` or of a class that extends it",
    note = "pass the key of the entity that has the field: `session.rel(user, User::ADDRESSES)` takes a `Key<User>`",
    note = "if the class of a key is known at run time only, use `session.downcast::<{E}>(key)?`"
)]
pub trait IsA<E> {}

impl<E> IsA<E> for E {}

/// A type with a root: the enum of its hierarchy, or the type itself. Implemented for every entity.
pub trait Rooted {
    /// The root.
    type Root;
}

impl<E> Key<E> {
    #[doc(hidden)]
    pub fn from_parts(session: NonZeroU32, slot: Slot) -> Self {
        Self { session, slot, entity: PhantomData }
    }

    #[doc(hidden)]
    pub fn session(self) -> NonZeroU32 {
        self.session
    }

    #[doc(hidden)]
    pub fn slot(self) -> Slot {
        self.slot
    }
}

impl<C> Key<C> {
    /// Converts the key to one of a class that the entity extends: `engineer.as_a::<Person>()`. For the root, use
    /// [`upcast`](Self::upcast).
    pub fn as_a<E>(self) -> Key<E>
    where
        C: IsA<E>,
    {
        Key::from_parts(self.session, self.slot)
    }
}

// By hand: a derive would demand the same of `E`.
impl<E> Clone for Key<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for Key<E> {}

impl<E> PartialEq for Key<E> {
    fn eq(&self, other: &Self) -> bool {
        self.session == other.session && self.slot == other.slot
    }
}

impl<E> Eq for Key<E> {}

impl<E> PartialOrd for Key<E> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> Ord for Key<E> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.session, self.slot).cmp(&(other.session, other.slot))
    }
}

impl<E> Hash for Key<E> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.session.hash(state);
        self.slot.hash(state);
    }
}

impl<E> fmt::Debug for Key<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = std::any::type_name::<E>();
        let name = name.rsplit("::").next().unwrap_or(name);
        write!(f, "Key<{name}>({}v{})", self.slot.index, self.slot.generation)
    }
}

#[cfg(test)]
impl PartialEq for Slot {
    fn eq(&self, other: &Self) -> bool {
        steps::step();
        (self.index, self.generation) == (other.index, other.generation)
    }
}

#[cfg(test)]
impl Hash for Slot {
    fn hash<H: Hasher>(&self, state: &mut H) {
        steps::step();
        (self.index, self.generation).hash(state);
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}v{}", self.index, self.generation)
    }
}

/// Counts steps of a thread, for tests of complexity: comparing, hashing and looking up slots.
#[cfg(test)]
pub(crate) mod steps {
    use std::cell::Cell;

    thread_local! {
        static STEPS: Cell<u64> = const { Cell::new(0) };
    }

    /// One more.
    pub(crate) fn step() {
        STEPS.set(STEPS.get() + 1);
    }

    /// Number of steps of a closure.
    pub(crate) fn of<E>(work: impl FnOnce() -> Result<(), E>) -> Result<u64, E> {
        let before = STEPS.get();
        work()?;
        Ok(STEPS.get() - before)
    }
}
