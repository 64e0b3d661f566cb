//! Graphs that a rollback handed back: added again, entities are linked as they were.
//!
//! A rollback takes the places of new entities away, so that a link between two of them can name neither. Its fields
//! keep the [`FormerLinks`] places instead: that of their own entity and those at the other ends. As entities are added
//! again, in any order, the unit of work learns which place each has now, and links it with those that are there; the
//! others wait. An entity without any link field is known again by its columns.

use rustc_hash::{FxHashMap, FxHashSet};

use super::UnitOfWork;
use super::lifecycle::Place;
use super::rollback::Undo;
use super::store::ArenaId;
use crate::error::{Error, Result};
use crate::key::Slot;
use crate::mapping::{FormerLinks, FormerSlot, IndexVec, KeyValues, RelationKind, RelationPosition};
use crate::value::Value;

/// Entities that were handed back, and what became of them.
#[derive(Default)]
pub(super) struct Formers {
    /// Where an entity is now, by its former place.
    placed: FxHashMap<(ArenaId, FormerSlot), Slot>,
    /// Links of entities that are there, by the former place of the other end, which is not.
    waiting: FxHashMap<(ArenaId, FormerSlot), Vec<WaitingLink>>,
    /// FormerLinks places of entities without a link field that others refer to, by their columns.
    by_columns: FxHashMap<(ArenaId, KeyValues), Vec<FormerSlot>>,
    /// At how many entries those of entities that have left are swept out.
    sweep_at: usize,
}

/// The entity that has a link, and the position of the relationship.
type WaitingLink = (ArenaId, Slot, RelationPosition);

/// The links of one entity before a rollback, by the position of the relationship.
type Links = IndexVec<RelationPosition, Option<Link>>;

/// A link before a rollback.
enum Link {
    Reference { id: KeyValues, target: Option<FormerSlot>, former: Vec<FormerSlot> },
    Members(Vec<FormerSlot>),
}

/// The links of entities that are about to be handed back, and those to whom they lead.
#[derive(Default)]
pub(super) struct Departing {
    links: FxHashMap<(ArenaId, Slot), Links>,
    ends: FxHashSet<(ArenaId, Slot)>,
}

impl Departing {
    pub(super) fn is_empty(&self) -> bool {
        self.links.is_empty()
    }
}

impl Formers {
    /// Where an entity is that had this place, or where it was last.
    fn latest(&self, unit: &UnitOfWork, kind: ArenaId, mut place: FormerSlot) -> FormerSlot {
        while !is_held(unit, kind, place)
            && let Some(slot) = self.placed.get(&(kind, place))
        {
            place = (unit.session, *slot);
        }
        place
    }

    /// Another rollback hands entities back: those of before are known by their link fields only.
    pub(super) fn forget_columns(&mut self) {
        self.by_columns.clear();
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

/// Whether a place is one of this session in which an entity lives that has a row, or will have one.
fn is_held(unit: &UnitOfWork, kind: ArenaId, (session, slot): FormerSlot) -> bool {
    session == unit.session && unit.arenas[kind].place(slot).is_some_and(Place::is_there)
}

impl UnitOfWork {
    /// The links of the entities that going back to a mark hands back, as they are now.
    pub(super) fn links_since(&self, mark: usize) -> Departing {
        let added = self.journal.since(mark).filter_map(|undo| match undo {
            Undo::Added { kind, slot } if self.arenas[*kind].place(*slot).is_some() => Some((*kind, *slot)),
            _ => None,
        });
        let mut departing = Departing::default();
        for (kind, slot) in added {
            let links = self.links_of(kind, slot);
            for (link, relation) in links.iter().zip(&self.arenas[kind].meta.relations) {
                let Some(target_kind) = self.known_kind((relation.target)()) else { continue };
                let ends = match link {
                    Some(Link::Reference { target, .. }) => target.as_slice(),
                    Some(Link::Members(members)) => members.as_slice(),
                    None => &[],
                };
                departing.ends.extend(ends.iter().map(|(_, slot)| (target_kind, *slot)));
            }
            departing.links.insert((kind, slot), links);
        }
        departing
    }

    fn links_of(&self, kind: ArenaId, slot: Slot) -> Links {
        let Some(record) = self.record(kind, slot) else { return Links::new() };
        let here = |slot: &Slot| (self.session, *slot);
        let link = |(index, relation): (RelationPosition, &crate::mapping::RelationMeta)| {
            if let Some(reference) = record.reference(index) {
                let id = (0..relation.columns.len()).map(|part| reference.id_part(part).to_value()).collect();
                let former = reference.former().map(|former| former.ends.clone()).unwrap_or_default();
                return Some(Link::Reference { id, target: reference.target(), former });
            }
            if relation.kind.is_view() {
                return None;
            }
            let known = record.collection(index)?.collection();
            let missing = known.former.iter().flat_map(|former| former.ends.iter().copied());
            Some(Link::Members(known.members.iter().map(here).chain(missing).collect()))
        };
        self.arenas[kind].meta.relations.enumerate().map(link).collect()
    }

    /// Makes the fields of an entity that is handed back keep its links.
    pub(super) fn keep_links(&mut self, kind: ArenaId, slot: Slot, departing: &Departing) {
        let Some(links) = departing.links.get(&(kind, slot)) else { return };
        let (session, own) = (self.session, (self.session, slot));
        let targets: IndexVec<RelationPosition, Option<ArenaId>> =
            self.arenas[kind].meta.relations.iter().map(|relation| self.known_kind((relation.target)())).collect();
        let is_back = |relation: RelationPosition, (of, slot): FormerSlot| {
            of == session && targets[relation].is_some_and(|kind| departing.links.contains_key(&(kind, slot)))
        };
        let relations = &self.arenas[kind].meta.relations;
        let mut has_link = false;
        for (relation, link) in links.enumerate() {
            match link {
                Some(Link::Reference { id, target, former }) => {
                    let back = target.filter(|target| is_back(relation, *target));
                    let none = KeyValues::from_elem(Value::Null, id.len());
                    // What the field held before fits it again; the key of a row that is undone is none.
                    let id = if back.is_some() { &none } else { id };
                    self.revert_reference(kind, slot, relation, id, target.filter(|_| back.is_none()));
                    let ends = back.map_or_else(|| former.clone(), |back| vec![back]);
                    self.set_former_target(kind, slot, relation, Some(FormerLinks { own, ends }));
                }
                Some(Link::Members(members)) => {
                    // Where the other end has a reference, that counts.
                    let counts = |end: &FormerSlot| {
                        relations[relation].kind == RelationKind::ManyToMany || !is_back(relation, *end)
                    };
                    let ends = members.iter().copied().filter(counts).collect();
                    self.set_former_members(kind, slot, relation, FormerLinks { own, ends });
                }
                None => continue,
            }
            has_link = true;
        }
        if !has_link && departing.ends.contains(&(kind, slot)) {
            let key = (kind, self.columns_of(kind, slot));
            self.formers.by_columns.entry(key).or_default().push(own);
        }
    }

    fn columns_of(&self, kind: ArenaId, slot: Slot) -> KeyValues {
        let Some(record) = self.record(kind, slot) else { return KeyValues::new() };
        (self.arenas[kind].meta.columns.positions()).map(|column| record.value(column).to_value()).collect()
    }

    /// An entity was put in a place: if a rollback handed it back before, those who wait for it are linked.
    pub(super) fn recognize(&mut self, kind: ArenaId, slot: Slot) {
        let Some(own) = self.own_former(kind, slot) else { return };
        self.formers.placed.insert((kind, own), slot);
        for (waiting_kind, waiting, relation) in self.formers.waiting.remove(&(kind, own)).unwrap_or_default() {
            if !is_held(self, waiting_kind, (self.session, waiting)) {
                continue;
            }
            match self.arenas[waiting_kind].meta.relations[relation].kind {
                RelationKind::BelongsTo => {
                    let reference = self.record(waiting_kind, waiting).and_then(|record| record.reference(relation));
                    if reference
                        .is_some_and(|reference| reference.former().is_some_and(|former| former.ends.contains(&own)))
                    {
                        self.refer(waiting_kind, waiting, relation, Some(slot));
                    }
                }
                _ => {
                    self.forget_former_member(waiting_kind, waiting, relation, own);
                    // A mapping without an inverse is refused when the schema is checked.
                    let _ = self.join(waiting_kind, waiting, relation, slot);
                }
            }
        }
    }

    /// The place that an entity had before a rollback handed it back.
    fn own_former(&mut self, kind: ArenaId, slot: Slot) -> Option<FormerSlot> {
        let meta = self.arenas[kind].meta;
        let record = self.record(kind, slot)?;
        let mut has_link = false;
        for relation in meta.relations.positions() {
            let former = match (record.reference(relation), record.collection(relation)) {
                (Some(reference), _) => reference.former(),
                (_, Some(field)) => field.collection().former.as_deref(),
                _ => continue,
            };
            if let Some(former) = former {
                return Some(former.own);
            }
            has_link = true;
        }
        if has_link || self.formers.by_columns.is_empty() {
            return None;
        }
        let key = (kind, self.columns_of(kind, slot));
        let places = self.formers.by_columns.get_mut(&key)?;
        // Those with the same columns stand for each other; the first that was added comes first.
        let own = places.pop();
        if places.is_empty() {
            self.formers.by_columns.remove(&key);
        }
        own
    }

    /// The entity at the other end of a reference that was handed back; waits for it where it is not added again yet.
    pub(super) fn former_target(&mut self, kind: ArenaId, slot: Slot, relation: RelationPosition) -> Option<Slot> {
        let reference = self.record(kind, slot)?.reference(relation)?;
        let former = reference.former()?.clone();
        let (there, missing) = self.find_former(kind, slot, relation, &former);
        let waits = (!missing.is_empty()).then_some(FormerLinks { ends: missing, ..former });
        self.set_former_target(kind, slot, relation, waits);
        there.first().copied()
    }

    /// Puts the members into a collection that was handed back; waits for those that are not added again yet.
    pub(super) fn settle_former_members(&mut self, kind: ArenaId, slot: Slot, relation: RelationPosition) {
        let Some(former) = self.take_former_members(kind, slot, relation) else { return };
        let (there, missing) = self.find_former(kind, slot, relation, &former);
        if !missing.is_empty() {
            self.set_former_members(kind, slot, relation, FormerLinks { ends: missing, ..*former });
        }
        for member in there {
            // A mapping without an inverse is refused when the schema is checked.
            let _ = self.join(kind, slot, relation, member);
        }
    }

    /// Who of those at the other end is there, and who is not.
    fn find_former(
        &mut self,
        kind: ArenaId,
        slot: Slot,
        relation: RelationPosition,
        former: &FormerLinks,
    ) -> (Vec<Slot>, Vec<FormerSlot>) {
        let meta = &self.arenas[kind].meta.relations[relation];
        let target_kind = self.kind_of((meta.target)());
        let (mut there, mut missing) = (Vec::new(), Vec::new());
        for end in &former.ends {
            let end = self.formers.latest(self, target_kind, *end);
            if is_held(self, target_kind, end) {
                there.push(end.1);
            } else if matches!(meta.kind, RelationKind::BelongsTo | RelationKind::ManyToMany) {
                self.formers.waiting.entry((target_kind, end)).or_default().push((kind, slot, relation));
                missing.push(end);
            }
        }
        (there, missing)
    }

    /// Refuses a reference to an entity that a rollback handed back with this one, and that was not added again or is
    /// not known again.
    pub(super) fn check_former(&self, kind: ArenaId, slot: Slot, relation: RelationPosition) -> Result<()> {
        let reference = self.record(kind, slot).and_then(|record| record.reference(relation));
        if reference.and_then(|reference| reference.former()).is_none_or(|former| former.ends.is_empty()) {
            return Ok(());
        }
        let meta = self.arenas[kind].meta;
        let (entity, name, target) = (meta.name, meta.relations[relation].name, (meta.relations[relation].target)());
        Err(Error::invalid(format!(
            "{entity}.{name}: the {} under it was rolled back and is not added again as it was handed back: add it, unchanged if it has no \
             relationships by which it is known again, or set `session.rel(key, {entity}::{})`",
            target.name,
            name.to_uppercase()
        )))
    }

    /// Refuses a flush where a many-to-many link waits for an entity without link fields, and one that may be it was
    /// changed before it was added again.
    pub(super) fn check_unrecognized(&self) -> Result<()> {
        for ((kind, _), places) in &self.formers.by_columns {
            let links = places.iter().filter_map(|place| self.formers.waiting.get(&(*kind, *place))).flatten();
            for (owner_kind, owner, relation) in links {
                // A reference is checked where its row is written.
                if self.arenas[*owner_kind].meta.relations[*relation].kind != RelationKind::ManyToMany {
                    continue;
                }
                let known = self.collection(*owner_kind, *owner, *relation);
                let is_new = self.journal.pending().contains(&(*owner_kind, *owner));
                let may_be = |slot: &Slot| {
                    !known.is_some_and(|known| known.members.contains(*slot))
                        && !self.formers.placed.iter().any(|((of, _), placed)| of == kind && placed == slot)
                };
                if is_new && self.journal.pending().iter().any(|(of, slot)| of == kind && may_be(slot)) {
                    let meta = self.arenas[*owner_kind].meta;
                    let (name, target) = (meta.relations[*relation].name, self.arenas[*kind].meta.name);
                    return Err(Error::invalid(format!(
                        "{}.{name}: a {target} in it was rolled back, and which of those that were added it is cannot be told, as it was \
                         changed and has no relationships by which it is known again: put it in by `session.rel(key, {}::{})`",
                        meta.name,
                        meta.name,
                        name.to_uppercase()
                    )));
                }
            }
        }
        Ok(())
    }

    /// Forgets places that lead to nobody any more, now and then.
    pub(super) fn sweep_formers(&mut self) {
        if self.formers.placed.len() + self.formers.waiting.len() <= self.formers.sweep_at {
            return;
        }
        let mut formers = std::mem::take(&mut self.formers);
        let latest: Vec<((ArenaId, FormerSlot), Slot)> =
            formers.placed.keys().map(|key| (*key, formers.latest(self, key.0, key.1).1)).collect();
        formers.placed =
            latest.into_iter().filter(|((kind, _), slot)| self.arenas[*kind].place(*slot).is_some()).collect();
        formers.waiting.retain(|_, links| {
            links.retain(|(kind, slot, _)| self.arenas[*kind].place(*slot).is_some());
            !links.is_empty()
        });
        formers.sweep_at = 2 * (formers.placed.len() + formers.waiting.len()).max(64);
        self.formers = formers;
    }
}
