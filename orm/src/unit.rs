//! The unit of work: what changed, what must be written, in which order. No connection, no clock.
//!
//! [`UnitOfWork`] owns every entity of a session. Its parts own their rules: the arena says which key is honored, the identity map
//! keeps one entity per row, the journal takes memory back, relations keep both sides in step, collect and flush turn changes into statements.
//! Deliberately absent: anything that waits. A [`Flush`] hands out statements and is fed what came of them.

mod assigned;
mod attribute;
mod batch;
mod cascade;
mod chunked;
mod collect;
mod column_set;
mod deferred;
mod entity_row;
mod epoch;
mod fill;
mod flush;
mod flush_edges;
mod flush_plan;
mod former;
mod generated;
mod handover;
mod history;
mod holders;
mod intent;
mod key_index;
mod key_order;
mod lifecycle;
mod links;
mod load_into;
mod merge;
mod note;
mod order;
mod rekey;
mod relation;
mod renew;
mod replaced;
mod rollback;
mod row_order;
mod store;
mod succession;
mod synchronize;
mod transitions;
mod violation;
mod write;

use std::any::{Any, TypeId};
use std::num::NonZeroU32;
use std::ops::Index;
use std::sync::atomic::{AtomicU32, Ordering};

use rustc_hash::FxHashMap;

pub(crate) use self::attribute::{AttributeEdit, LinkEdit};
pub(crate) use self::deferred::ColumnLoadNeed;
pub(crate) use self::entity_row::{EntityRow, Written};
pub use self::flush_plan::{FlushEdge, FlushPlan, FlushStep};
pub use self::history::History;
pub use self::lifecycle::{State, Transition};
pub use self::rollback::RolledBack;
pub use self::synchronize::Synchronize;
pub(crate) use self::transitions::{StateMark, Transitions};

#[doc(hidden)]
pub use self::collect::MissingLoad;
#[doc(hidden)]
pub use self::flush::Flush;
#[doc(hidden)]
pub use self::merge::Merge;
#[doc(hidden)]
pub use self::replaced::WantedRows;
#[doc(hidden)]
pub use self::rollback::SavepointMark;

use self::assigned::Along;
use self::collect::Collecting;
use self::column_set::ColumnSet;
use self::epoch::Epochs;
use self::former::Formers;
use self::holders::Holders;
use self::key_index::KeyIndexes;
use self::load_into::PeersSeen;
use self::relation::Found;
use self::rollback::Undo;
use self::store::{Arena, ArenaId, Arenas, Change, Journal};
use crate::error::{Error, KeyProblem, Result};
use crate::key::{Key, Slot};
use crate::load::Stated;
use crate::mapping::{Entity, EntityMeta, KeyValues, PrimaryKey, Record, RelationKind, RelationPosition};
use crate::value::Value;

/// The entities of a session and everything that is known about their changes. No public API: programs work with a
/// session, and the tests of this crate drive a unit of work by scripts.
#[doc(hidden)]
pub struct UnitOfWork {
    session: NonZeroU32,
    epochs: Epochs,
    arenas: Arenas,
    kinds: FxHashMap<TypeId, ArenaId>,
    /// The arena that was asked for last: rows of one kind come together.
    recent: ArenaId,
    /// Inverses of changes, and the lists of those that are not flushed.
    journal: Journal,
    /// How far the deletions of the flush that is planned are collected.
    collecting: Collecting,
    /// Many-to-many relationships without another side: from a member nothing leads to those that it belongs to.
    one_way: Vec<(ArenaId, RelationPosition)>,
    /// Whether an entity type has a view-only relationship, which every write expires.
    has_views: bool,
    /// Who holds the members of many-to-many relationships that do not know.
    holders: Holders,
    /// Up to where peers were looked for last, by their relationship.
    peers_seen: FxHashMap<(ArenaId, RelationPosition), PeersSeen>,
    /// The members of long keyed collections by key.
    key_indexes: KeyIndexes,
    /// Loading strategies that were stated for one entity.
    strategies: FxHashMap<(ArenaId, Slot, RelationPosition), Stated>,
    /// Deferred columns whose load options of a query refused, by the entity that the query gave.
    raised_columns: FxHashMap<(ArenaId, Slot), ColumnSet>,
    /// Graphs that rollbacks handed back.
    formers: Formers,
    /// Whether rows were read under loader criteria.
    is_restricted: bool,
}

/// What a session knows of the entity with a primary key.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identified<E> {
    /// It is held, and its columns can be trusted.
    Fresh(Key<E>),
    /// It is held, and must be read again.
    Expired,
    /// It is not held.
    Absent,
}

/// How much a session holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Memory {
    /// How many entities.
    pub entities: usize,
    /// Bytes of the places they stand in; what they point to (text and the like) is not counted.
    pub entity_bytes: usize,
    /// Bytes of identity maps and other bookkeeping.
    pub bookkeeping_bytes: usize,
    /// Changes that a rollback could still take back.
    pub journal_entries: usize,
}

impl UnitOfWork {
    /// Without any entity, tagged unlike any other of this process.
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        // After 2^32 - 1 sessions the tags begin again.
        let tag = NEXT.fetch_add(1, Ordering::Relaxed);
        Self {
            session: NonZeroU32::new(tag).unwrap_or(NonZeroU32::MIN),
            epochs: Epochs::new(),
            arenas: Arenas::default(),
            kinds: FxHashMap::default(),
            recent: ArenaId::default(),
            journal: Journal::default(),
            collecting: Collecting::default(),
            one_way: Vec::new(),
            has_views: false,
            holders: Holders::default(),
            peers_seen: FxHashMap::default(),
            key_indexes: KeyIndexes::default(),
            strategies: FxHashMap::default(),
            raised_columns: FxHashMap::default(),
            formers: Formers::default(),
            is_restricted: false,
        }
    }

    /// Takes an entity in, with everything new that hangs on it, as pending.
    pub fn add<E: Entity>(&mut self, entity: E) -> Key<E> {
        let slot = self.admit(E::entity_meta(), Box::new(entity.into_root()), Along::SaveUpdate);
        Key::from_parts(self.session, slot)
    }

    /// The entity to edit. The first edit since the last flush takes a snapshot of its columns.
    ///
    /// # Errors
    /// [`Error::UnknownKey`] when the key is not honored.
    pub fn edit<E: Entity>(&mut self, key: Key<E>) -> Result<&mut E> {
        let kind = self.check(key)?;
        self.note_edit(kind, key.slot());
        // A reference that is assigned leads elsewhere.
        self.forget_peers(kind);
        let gone = self.arenas[kind].gone();
        self.lend(kind, key.slot()).ok_or(gone)
    }

    /// The entity as it is in memory.
    ///
    /// # Errors
    /// [`Error::UnknownKey`] when the key is not honored.
    pub fn entity<E: Entity>(&self, key: Key<E>) -> Result<&E> {
        let kind = self.check(key)?;
        let arena = &self.arenas[kind];
        arena.entity(key.slot()).ok_or_else(|| arena.gone())
    }

    /// The entity with a primary key, if it is held; of a hierarchy the one of whatever class.
    pub fn lookup<E: Entity>(&self, id: &E::PrimaryKey) -> Option<Key<E::Root>> {
        let (_, slot) = self.locate::<E>(&id.to_values())?;
        Some(Key::from_parts(self.session, slot))
    }

    /// What is known of the entity with a primary key.
    pub fn identify<E: Entity>(&self, id: &[Value]) -> Identified<E::Root> {
        match self.locate::<E>(id) {
            None => Identified::Absent,
            Some((kind, slot)) if self.is_expired_at(kind, slot) => Identified::Expired,
            Some((_, slot)) => Identified::Fresh(Key::from_parts(self.session, slot)),
        }
    }

    #[inline]
    fn locate<E: Entity>(&self, id: &[Value]) -> Option<(ArenaId, Slot)> {
        let kind = self.kind::<E>()?;
        let slot = match TypeId::of::<E>() == TypeId::of::<E::Root>() {
            true => self.arenas[kind].find(id),
            false => self.arenas[kind].find(&E::entity_meta().key_in_root(id)),
        };
        Some((kind, slot?))
    }

    /// The same entity as one of a class of its hierarchy, if it is one.
    ///
    /// # Errors
    /// [`Error::UnknownKey`] when the key is not honored.
    pub fn downcast<E: Entity>(&self, key: Key<E::Root>) -> Result<Option<Key<E>>> {
        let kind = self.check(key)?;
        let is_one = self.is_one(E::entity_meta(), kind, key.slot());
        Ok(is_one.then(|| Key::from_parts(self.session, key.slot())))
    }

    /// What an entity is to the database.
    ///
    /// # Errors
    /// [`Error::UnknownKey`] when the key is not honored.
    pub fn state<E: Entity>(&self, key: Key<E>) -> Result<State> {
        let kind = self.check(key)?;
        self.arenas[kind].state(key.slot()).ok_or_else(|| self.arenas[kind].gone())
    }

    /// The primary key of an entity's row.
    ///
    /// # Errors
    /// [`Error::UnknownKey`] when the key is not honored.
    pub fn id<E: Entity>(&self, key: Key<E>) -> Result<Option<E::PrimaryKey>> {
        let kind = self.check(key)?;
        let meta = E::entity_meta();
        let Some(values) = self.identity_as(meta, kind, key.slot()) else { return Ok(None) };
        let misfit = |expected: String| {
            Error::invalid(format!("the primary key of {} is {}, not {expected}", meta.name, key_text(meta, &values)))
        };
        E::PrimaryKey::from_parts(&values).map(Some).map_err(misfit)
    }

    /// Marks an entity for deletion by the next flush.
    ///
    /// # Errors
    /// [`Error::UnknownKey`] when the key is not honored; [`Error::RowPending`] when the entity has no row yet; [`Error::ObjectDeleted`]
    /// when its row is gone and its primary key that of another.
    pub fn delete<E: Entity>(&mut self, key: Key<E>) -> Result<()> {
        let kind = self.check_present(key)?;
        match self.arenas[kind].state(key.slot()) {
            Some(State::Pending) => Err(Error::RowPending {
                entity: self.arenas[kind].meta.name,
                way_out: ", so there is nothing to delete; take it out with expunge()",
            }),
            _ => {
                self.mark_deleting(kind, key.slot());
                Ok(())
            }
        }
    }

    /// Whether a flush would have anything to do.
    pub fn has_changes(&self) -> bool {
        self.journal.has_unflushed()
    }

    /// Whether nothing has changed in memory since the transaction began.
    pub fn is_as_begun(&self) -> bool {
        self.journal.is_empty()
    }

    /// The transaction is over and its changes are there to stay.
    pub fn commit(&mut self, expire: bool) {
        for undo in self.journal.take_entries() {
            if let Undo::State { kind, slot, .. } | Undo::Replaced { kind, slot, .. } | Undo::Removed { kind, slot, .. } =
                undo
                && self.arenas[kind].place(slot).is_some_and(|place| !place.is_there())
            {
                self.forget_strategies(kind, slot);
                self.evict(kind, slot);
            }
        }
        self.sweep_formers();
        if expire {
            self.expire_all();
        }
    }

    /// The transaction is over and its changes are not: memory is as it was when it began, and expired.
    pub fn rollback(&mut self) -> RolledBack {
        let handed_back = self.undo_to(0);
        self.forget_unflushed();
        self.expire_all();
        handed_back
    }

    /// Everything must be read again before it can be trusted. Costs nothing per entity.
    pub fn expire_all(&mut self) {
        self.epochs.expire_all();
    }

    /// Whether the columns of an entity must be read again before they can be trusted.
    ///
    /// # Errors
    /// [`Error::UnknownKey`] when the key is not honored; [`Error::ObjectDeleted`] when its row is gone and its primary key that of another.
    pub fn is_expired<E: Entity>(&self, key: Key<E>) -> Result<bool> {
        let kind = self.check_present(key)?;
        Ok(self.is_expired_at(kind, key.slot()))
    }

    /// Every entity of a type that the session holds, in order of arrival.
    pub fn keys<E: Entity>(&self) -> Vec<Key<E>> {
        let Some(kind) = self.kind::<E>() else { return Vec::new() };
        let is_one = |slot: &Slot| self.is_one(E::entity_meta(), kind, *slot);
        self.arenas[kind].slots().filter(is_one).map(|slot| Key::from_parts(self.session, slot)).collect()
    }

    /// How much the session holds.
    pub fn memory(&self) -> Memory {
        let mut memory = Memory { journal_entries: self.journal.len(), ..Memory::default() };
        memory.bookkeeping_bytes += self.strategies.capacity()
            * size_of::<((ArenaId, Slot, RelationPosition), Stated)>()
            + self.raised_columns.capacity() * size_of::<((ArenaId, Slot), ColumnSet)>();
        for arena in self.arenas.iter() {
            let (bookkeeping, entities) = arena.bytes();
            memory.entities += arena.len();
            memory.entity_bytes += entities;
            memory.bookkeeping_bytes += bookkeeping;
        }
        memory
    }

    /// The tag in the keys of this session.
    pub fn session(&self) -> NonZeroU32 {
        self.session
    }

    /// The arena of a kind of entity, made at first use.
    #[inline]
    fn kind_of(&mut self, meta: &'static EntityMeta) -> ArenaId {
        match self.arenas.get(self.recent) {
            Some(arena) if std::ptr::eq(arena.meta, meta) => self.recent,
            _ => self.enter_kind(meta),
        }
    }

    fn enter_kind(&mut self, meta: &'static EntityMeta) -> ArenaId {
        let Self { arenas, one_way, has_views, .. } = self;
        self.recent = *self.kinds.entry((meta.type_id)()).or_insert_with(|| {
            let kind = arenas.push(Arena::new(meta.root()));
            let arena = &arenas[kind];
            let alone = |index: &RelationPosition| {
                arena.meta.relations[*index].kind == RelationKind::ManyToMany && arena.inverses[*index].is_none()
            };
            *has_views |= arena.meta.relations.iter().any(|relation| relation.kind.is_view());
            one_way.extend(arena.inverses.positions().filter(alone).map(|index| (kind, index)));
            kind
        });
        self.recent
    }

    /// The arena of a kind of entity, if there is one.
    fn known_kind(&self, meta: &'static EntityMeta) -> Option<ArenaId> {
        self.kinds.get(&(meta.type_id)()).copied()
    }

    /// The arena of a type of entity, if there is one.
    #[inline]
    fn kind<E: Entity>(&self) -> Option<ArenaId> {
        match self.arenas.get(self.recent) {
            Some(arena) if std::ptr::eq(arena.meta, E::Root::entity_meta()) => Some(self.recent),
            _ => self.kinds.get(&TypeId::of::<E::Root>()).copied(),
        }
    }

    /// The arena that honors a key.
    fn check<E: Entity>(&self, key: Key<E>) -> Result<ArenaId> {
        let entity = || E::entity_meta().name;
        if key.session() != self.session {
            return Err(Error::UnknownKey { entity: entity(), problem: KeyProblem::OtherSession });
        }
        let gone = || Error::UnknownKey { entity: entity(), problem: KeyProblem::Gone };
        let kind = self.kind::<E>().ok_or_else(gone)?;
        self.arenas[kind].place(key.slot()).ok_or_else(gone)?;
        // Known at compile time, so that it costs nothing outside hierarchies.
        if TypeId::of::<E>() != TypeId::of::<E::Root>() && !self.is_one(E::entity_meta(), kind, key.slot()) {
            return Err(Error::UnknownKey { entity: entity(), problem: KeyProblem::OtherClass });
        }
        Ok(kind)
    }

    /// The same; refuses what has no row any more, as relationships of it would never be written.
    fn check_row<E: Entity>(&self, key: Key<E>) -> Result<ArenaId> {
        self.check_present(key)?;
        self.check_there(key, "cannot be changed")
    }

    /// The same, with what cannot be done without a row.
    fn check_there<E: Entity>(&self, key: Key<E>, refused: &'static str) -> Result<ArenaId> {
        let kind = self.check(key)?;
        if self.arenas[kind].state(key.slot()) != Some(State::Deleted) {
            return Ok(kind);
        }
        let identity = self.identity_of(kind, key.slot()).unwrap_or_default();
        Err(Error::RowDeleted {
            entity: E::entity_meta().name,
            key: key_text(self.arenas[kind].meta, &identity),
            refused,
        })
    }

    /// Whether an entity is of the class that a mapping is about, or of one below it; outside hierarchies it always is.
    fn is_one(&self, meta: &EntityMeta, kind: ArenaId, slot: Slot) -> bool {
        match &meta.polymorphism {
            None => true,
            Some(polymorphism) => self.record(kind, slot).is_some_and(|record| polymorphism.includes(record.class())),
        }
    }

    /// The entity of a kind that a mapping is about, by its primary key, if it is held.
    fn find_one(&self, meta: &'static EntityMeta, key: &[Value]) -> Option<Slot> {
        let kind = self.known_kind(meta)?;
        self.arenas[kind].find(&meta.key_in_root(key)).filter(|slot| self.is_one(meta, kind, *slot))
    }

    /// Whether an entity has a relationship: those of another class of its hierarchy may.
    fn has_relation(&self, kind: ArenaId, slot: Slot, relation: RelationPosition) -> bool {
        self.arenas[kind].meta.polymorphism.is_none()
            || self.record(kind, slot).is_some_and(|record| record.has_relation(relation))
    }

    /// Which class of its hierarchy an entity is.
    fn class_of(&self, kind: ArenaId, slot: Slot) -> usize {
        match self.arenas[kind].meta.polymorphism {
            None => 0,
            Some(_) => self.record(kind, slot).map_or(0, Record::class),
        }
    }

    /// Takes an entity without its type in, and everything new that hangs on it and comes along.
    fn admit(&mut self, meta: &'static EntityMeta, entity: Box<dyn Any + Send>, along: Along) -> Slot {
        let root = self.place(meta, entity);
        let kind = self.kind_of(meta);
        let mut found = self.settle(Found { kind, slot: root, joined: None }, along);
        found.reverse();
        self.settle_all(found, along);
        root
    }

    /// Takes in what hangs on newcomers, and on those in turn.
    fn settle_all(&mut self, mut waiting: Vec<Found>, along: Along) {
        // Depth first, and without recursion: a graph may be a long chain.
        while let Some(newcomer) = waiting.pop() {
            let mut found = self.settle(newcomer, along);
            found.reverse();
            waiting.append(&mut found);
        }
    }

    /// Puts an entity in its arena as pending.
    fn place(&mut self, meta: &'static EntityMeta, entity: Box<dyn Any + Send>) -> Slot {
        let (kind, slot) = self.admit_pending(meta, entity);
        self.open_collections(kind, slot);
        self.recognize(kind, slot);
        slot
    }

    fn mark_deleting(&mut self, kind: ArenaId, slot: Slot) {
        if self.arenas[kind].state(slot) == Some(State::Persistent) {
            self.apply(kind, slot, Change::State(State::Deleting));
        }
    }

    /// Relationships of this kind of entity may be unknown again, of whichever entity.
    fn forget_peers(&mut self, kind: ArenaId) {
        if !self.peers_seen.is_empty() {
            self.peers_seen.retain(|(seen, _), _| *seen != kind);
        }
    }

    fn is_expired_at(&self, kind: ArenaId, slot: Slot) -> bool {
        match self.arenas[kind].place(slot) {
            Some(place) => place.state == Some(State::Persistent) && !self.epochs.is_fresh(place.epoch),
            None => false,
        }
    }

    fn record(&self, kind: ArenaId, slot: Slot) -> Option<&dyn Record> {
        self.arenas[kind].record(slot)
    }

    fn forget_unflushed(&mut self) {
        self.journal.forget_unflushed();
        self.collecting = Collecting::default();
    }

    /// The primary key of an entity that has a row; `None` while it has not.
    fn identity_of(&self, kind: ArenaId, slot: Slot) -> Option<KeyValues> {
        match self.arenas[kind].state(slot)? {
            State::Pending => None,
            _ => self.snapshot_key(kind, slot).or_else(|| self.arenas[kind].key_values(slot)),
        }
    }

    /// The same as a class of the hierarchy has it, which a foreign key to that class holds.
    fn identity_as(&self, meta: &EntityMeta, kind: ArenaId, slot: Slot) -> Option<KeyValues> {
        self.identity_of(kind, slot).map(|key| meta.key_from_root(key))
    }

    /// The primary key before an unflushed edit.
    fn snapshot_key(&self, kind: ArenaId, slot: Slot) -> Option<KeyValues> {
        let before = self.snapshot(kind, slot)?;
        Some(self.arenas[kind].meta.primary_key.iter().map(|column| before.values[*column].clone()).collect())
    }
}

/// Panics on a key that is not honored, as an index out of range does.
impl<E: Entity> Index<Key<E>> for UnitOfWork {
    type Output = E;

    fn index(&self, key: Key<E>) -> &E {
        match self.entity(key) {
            Ok(entity) => entity,
            Err(error) => panic!("{error}"),
        }
    }
}

impl Default for UnitOfWork {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for UnitOfWork {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UnitOfWork")
            .field("session", &self.session)
            .field("memory", &self.memory())
            .field("pending", &self.journal.pending().len())
            .field("edited", &self.journal.edited().len())
            .field("deleting", &self.journal.deleting().len())
            .finish_non_exhaustive()
    }
}

/// A primary key as text, for messages.
pub(crate) fn key_text(meta: &EntityMeta, key: &[Value]) -> String {
    let hides = |part: usize| meta.primary_key.get(part).is_some_and(|column| meta.is_sensitive(*column));
    // A key of one class of a hierarchy may have fewer parts.
    let hides_all = key.len() != meta.primary_key.len() && (0..meta.primary_key.len()).any(hides);
    let part = |(part, value): (usize, &Value)| match value {
        _ if hides_all || hides(part) => "***".to_owned(),
        Value::I64(v) => v.to_string(),
        Value::Text(v) => format!("{v:?}"),
        Value::Uuid(v) => v.to_string(),
        other => format!("{other:?}"),
    };
    let parts: Vec<String> = key.iter().enumerate().map(part).collect();
    if parts.len() == 1 { parts.concat() } else { format!("({})", parts.join(", ")) }
}
