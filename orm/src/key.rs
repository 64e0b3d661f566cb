//! Keys: small, `Copy`, generational names of entities that a session owns.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::num::NonZeroU32;

/// A place in the arena of one kind of entity, with the generation of its tenant.
///
/// A place that was given up and taken again has another generation, so a stale slot is noticed.
#[derive(Clone, Copy, Eq, PartialOrd, Ord)]
#[cfg_attr(not(test), derive(PartialEq, Hash))]
pub struct Slot {
    /// The place, counted from 0 within one kind of entity.
    pub index: u32,
    /// How often the place has changed hands, counted from 1.
    pub generation: NonZeroU32,
}

/// The name of an entity of type `E` that a session owns.
///
/// Keys are `Copy`, compare by identity, and are honored only by the session that gave them: the key of
/// another session, or of an entity that has left, is an error and never reads somebody else's row.
pub struct Key<E> {
    session: NonZeroU32,
    slot: Slot,
    entity: PhantomData<fn() -> E>,
}

/// Whether an entity of type `Self` can stand where one of type `E` is wanted: it is of that class, or of one below it.
///
/// Every type is one of itself; `#[derive(Entity)]` writes the rest for the classes of a hierarchy.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` is no `{E}`",
    label = "neither `{E}` nor a class below it",
    note = "where the class of a key is only known at run time, `session.downcast::<{E}>(key)` asks for it"
)]
pub trait IsA<E> {}

impl<E> IsA<E> for E {}

/// A type that is held as its root: that of its hierarchy, or itself. Every entity is.
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
    /// The same entity as one of a class that it extends, `engineer.as_a::<Person>()`. To the root leads [`upcast`](Self::upcast).
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

/// Counts the steps of a thread, for tests of how costs grow: comparing, hashing and looking up slots is what every walk over entities does.
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

    /// How many steps something takes.
    pub(crate) fn of<E>(work: impl FnOnce() -> Result<(), E>) -> Result<u64, E> {
        let before = STEPS.get();
        work()?;
        Ok(STEPS.get() - before)
    }
}
