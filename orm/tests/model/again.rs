//! What a rollback hands back is added again; a number is given out again.

use super::*;

impl Pair {
    /// Rolls back, and adds what is handed back again in another order: it is linked as it was.
    pub(crate) fn add_again(&mut self, savepoint: Option<u8>, order: u64) {
        let at = savepoint.and_then(|pick| self.savepoint(pick));
        let first = at.map_or(self.first, |at| self.savepoints[at].2);
        // What is to come back must be in memory.
        let new: Vec<usize> = self.now.items.keys().copied().filter(|id| *id >= first).collect();
        let linked = |kind| matches!(kind, Kind::Person | Kind::Tag);
        let known = new.iter().all(|id| {
            self.now.items.get(id).is_some_and(|item| !linked(item.kind) || item.life == Life::Pending)
                || self.load(*id)
        });
        let before = self.now.clone();
        let can_come_back = known && self.is_closed(&before, first);
        let mut handed_back = match at {
            Some(at) => self.roll_back_to(at),
            None => self.roll_back(),
        };
        handed_back.retain(|entity| before.items.contains_key(&entity.id));
        let sibling = |entity: &HandedBack| {
            let item = &before.items[&entity.id];
            (item.kind, item.parent, if item.kind == Kind::Node { entity.name.clone() } else { entity.id.to_string() })
        };
        let siblings: BTreeSet<_> = handed_back.iter().map(sibling).collect();
        if !can_come_back || siblings.len() < handed_back.len() {
            return;
        }
        handed_back.sort_by_key(|entity| (entity.id as u64 + 1).wrapping_mul(order | 1));
        let mut now_known_as = BTreeMap::new();
        for HandedBack { id, name, size, add } in handed_back {
            let key = add(&mut self.session);
            let new = self.arrive(key, before.items[&id].kind, &name, None);
            self.item(new).size = size;
            now_known_as.insert(id, new);
        }
        let now = |id: usize| now_known_as.get(&id).copied().unwrap_or(id);
        for (old, new) in &now_known_as {
            self.now.items.get_mut(new).unwrap().parent = before.items[old].parent.map(now);
        }
        let links = before.links.iter().filter(|(person, tag)| *person >= first || *tag >= first);
        self.now.links.extend(links.map(|(person, tag)| (now(*person), now(*tag))));
    }

    /// Whether no link leads out of what was added since, but those that leave what stays alone.
    fn is_closed(&self, world: &World, first: usize) -> bool {
        let is_new = |id: usize| id >= first;
        let items = world.items.iter().all(|(id, item)| match item.parent {
            _ if is_new(*id) && item.life == Life::Deleting => false,
            Some(parent) if is_new(*id) && !is_new(parent) => {
                !matches!(item.kind, Kind::Profile | Kind::Node) && self.keys.contains_key(&parent)
            }
            Some(parent) => is_new(*id) || !is_new(parent),
            None => true,
        });
        let links = world.links.iter().all(|(person, tag)| {
            is_new(*person) == is_new(*tag) || (self.keys.contains_key(person) && self.keys.contains_key(tag))
        });
        items && links
    }

    /// The last row of a kind, on which nothing hangs, goes behind the session.
    pub(crate) fn delete_behind(&mut self, kind: Kind) {
        self.commit();
        if self.now != self.committed {
            return;
        }
        let last = self.now.of_kind(kind).into_iter().max_by_key(|id| self.rows[id]);
        let hangs = |id: usize| {
            self.now.items.values().any(|item| item.parent == Some(id))
                || self.now.links.iter().any(|(person, tag)| *person == id || *tag == id)
        };
        let Some(id) = last.filter(|id| !hangs(*id)) else { return };
        let delete = format!("DELETE FROM {} WHERE id = {}", kind.table(), self.rows[&id]);
        self.engine.begin(|connection| connection.execute(&text(delete))).unwrap();
        for world in [&mut self.now, &mut self.flushed, &mut self.committed] {
            world.items.remove(&id);
        }
        self.ghosts.extend(self.keys.remove(&id));
        self.session.expire_all();
    }

    /// The key of a row that is gone reads no other, whoever has its number now.
    pub(crate) fn check_ghosts(&mut self) {
        for ghost in self.ghosts.clone() {
            each!(ghost, key => assert!(self.session.load(key).is_err(), "{ghost:?} reads the row of another"));
            let Ok(State::Persistent) = each!(ghost, key => self.session.state(key)) else { continue };
            let number = each!(ghost, key => self.session[key].id.get().unwrap());
            let same_kind = |key: &AnyKey| std::mem::discriminant(key) == std::mem::discriminant(&ghost);
            let has_number = |id: &usize| {
                self.rows.get(id) == Some(&number)
                    && self.flushed.items.contains_key(id)
                    && self.keys.get(id).is_some_and(same_kind)
            };
            let other = self.keys.keys().find(|id| has_number(id));
            assert_eq!(other, None, "{ghost:?} has the number of another and would be written");
        }
    }
}
