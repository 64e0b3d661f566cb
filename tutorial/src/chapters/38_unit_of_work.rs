//! Chapter 38: a unit of work of your own, in eight stages, over plain SQL.

use std::collections::BTreeMap;

use orm::prelude::*;
use orm::{Connection, text};

use crate::Stage;

// ANCHOR: row
#[derive(Clone, Debug, PartialEq)]
struct Row {
    id: Option<i64>,
    name: String,
    parent: Option<usize>, // the place of the parent in memory
}
// ANCHOR_END: row

// ANCHOR: unit
#[derive(Default)]
struct Unit {
    rows: Vec<Option<Row>>, // what the program edits; a place is a key
    by_id: BTreeMap<i64, usize>, // 1: the identity map
    snapshots: BTreeMap<usize, Row>, // 2: rows as they were before the first edit
    deleted: Vec<usize>,    // 7: rows to delete
    journal: Vec<(usize, Option<Row>)>, // 8: what a rollback puts back
}
// ANCHOR_END: unit

impl Unit {
    // ANCHOR: identity
    /// 1: gives the place of a row; reads the row at most once.
    fn get(&mut self, connection: &mut Connection, id: i64) -> orm::Result<usize> {
        if let Some(place) = self.by_id.get(&id) {
            return Ok(*place);
        }
        let query = text("SELECT name FROM branch WHERE id = :id").bind("id", id);
        let name = connection.query(&query)?[0].get::<String>(0)?;
        self.rows.push(Some(Row { id: Some(id), name, parent: None }));
        self.by_id.insert(id, self.rows.len() - 1);
        Ok(self.rows.len() - 1)
    }
    // ANCHOR_END: identity

    // ANCHOR: add
    fn add(&mut self, name: &str, parent: Option<usize>) -> usize {
        self.journal.push((self.rows.len(), None));
        self.rows.push(Some(Row { id: None, name: name.into(), parent }));
        self.rows.len() - 1
    }
    // ANCHOR_END: add

    // ANCHOR: snapshot
    /// 2: keeps the row as it was, before the first edit since the last flush.
    fn edit(&mut self, place: usize) -> Option<&mut Row> {
        let row = self.rows.get(place)?.clone()?;
        self.journal.push((place, Some(row.clone())));
        if row.id.is_some() {
            self.snapshots.entry(place).or_insert(row);
        }
        self.rows[place].as_mut()
    }
    // ANCHOR_END: snapshot

    // ANCHOR: dirty
    /// 3: the rows whose name differs from their snapshot.
    fn dirty(&self) -> Vec<(i64, String)> {
        let changed = self.snapshots.iter().filter_map(|(place, before)| {
            let row = self.rows[*place].as_ref()?;
            (row.name != before.name).then(|| Some((row.id?, row.name.clone())))?
        });
        changed.collect()
    }
    // ANCHOR_END: dirty

    // ANCHOR: order
    /// 4: new rows by levels: those whose parent has a key can be inserted.
    fn ready(&self) -> Vec<usize> {
        let has_key =
            |place: usize| self.rows[place].as_ref().is_some_and(|row| row.id.is_some());
        let new = (0..self.rows.len()).filter(|place| {
            self.rows[*place]
                .as_ref()
                .is_some_and(|row| row.id.is_none() && row.parent.is_none_or(has_key))
        });
        new.collect()
    }
    // ANCHOR_END: order

    // ANCHOR: batch
    /// 5 and 6: one INSERT for a level; its children find the keys of their parents.
    fn insert(
        &mut self,
        connection: &mut Connection,
        level: &[usize],
    ) -> orm::Result<()> {
        let newest = text("SELECT coalesce(max(id), 0) FROM branch");
        let mut id = connection.query(&newest)?[0].get::<i64>(0)?;
        let mut values = Vec::new();
        for place in level {
            id += 1;
            let Some(mut row) = self.rows[*place].take() else { continue };
            let parent = row.parent.and_then(|place| self.rows[place].as_ref()?.id);
            values.push((id, row.name.clone(), parent));
            row.id = Some(id);
            self.rows[*place] = Some(row);
            self.by_id.insert(id, *place);
        }
        let columns = (Branch::ID, Branch::NAME, Branch::PARENT_ID);
        connection.execute(&insert("branch").rows(columns, values)).map(drop)
    }
    // ANCHOR_END: batch

    // ANCHOR: flush
    fn flush(&mut self, connection: &mut Connection) -> orm::Result<()> {
        loop {
            let level = self.ready();
            if level.is_empty() {
                break;
            }
            self.insert(connection, &level)?;
        }
        for (id, name) in self.dirty() {
            let update = text("UPDATE branch SET name = :name WHERE id = :id");
            connection.execute(&update.bind("name", name).bind("id", id))?;
        }
        self.snapshots.clear();
        self.delete_rows(connection)
    }
    // ANCHOR_END: flush

    // ANCHOR: delete
    /// 7: deletions run backwards: children were inserted after their parents.
    fn delete_rows(&mut self, connection: &mut Connection) -> orm::Result<()> {
        let mut places = std::mem::take(&mut self.deleted);
        places.sort_unstable_by_key(|place| self.rows[*place].as_ref().map(|row| row.id));
        places.reverse();
        for place in places {
            let Some(Row { id: Some(id), .. }) = self.rows[place].take() else {
                continue;
            };
            self.by_id.remove(&id);
            connection
                .execute(&text("DELETE FROM branch WHERE id = :id").bind("id", id))?;
        }
        Ok(())
    }
    // ANCHOR_END: delete

    // ANCHOR: rollback
    /// 8: takes memory back, newest change first.
    fn rollback(&mut self) {
        while let Some((place, before)) = self.journal.pop() {
            self.rows[place] = before;
        }
        self.snapshots.clear();
        self.by_id.retain(|_, place| self.rows[*place].is_some());
    }
    // ANCHOR_END: rollback
}

// ANCHOR: use
fn grow(connection: &mut Connection) -> orm::Result<Unit> {
    let mut unit = Unit::default();
    let twig = unit.add("twig", Some(1)); // its parent is the next one
    let root = unit.add("root", None);
    unit.add("second twig", Some(root));
    unit.flush(connection)?;
    if let Some(row) = unit.edit(twig) {
        row.name = "first twig".into();
    }
    unit.flush(connection)?;
    Ok(unit)
}
// ANCHOR_END: use

// ANCHOR: undo
fn undo(connection: &mut Connection, unit: &mut Unit) -> orm::Result<()> {
    unit.journal.clear(); // as a commit does
    let place = unit.get(connection, 1)?; // in the map: nothing is sent
    if let Some(row) = unit.edit(place) {
        row.name = "stump".into();
    }
    unit.rollback();
    assert_eq!(unit.rows[place].as_ref().map(|row| row.name.as_str()), Some("root"));
    unit.deleted = vec![0, 1, 2];
    unit.flush(connection)
}
// ANCHOR_END: undo

// ANCHOR: same
#[derive(Entity, Debug, Default)]
struct Branch {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 30)]
    name: String,
    #[entity(inverse = "twigs")]
    parent: BelongsTo<Option<Self>>,
    #[entity(inverse = "parent", cascade = "all, delete-orphan")]
    twigs: HasMany<Self>,
}

fn same(session: &mut Session) -> orm::Result<()> {
    let branch = |name: &str| Branch { name: name.into(), ..Branch::default() };
    let [twig, root] = ["twig", "root"].map(|name| session.add(branch(name)));
    session.rel(twig, Branch::PARENT).set(root)?;
    session.rel(root, Branch::TWIGS).push(branch("second twig"))?;
    session.flush()?;
    session[twig].name = "first twig".into();
    session.commit()
}
// ANCHOR_END: same

pub(crate) fn run(stage: &Stage) -> crate::Result<()> {
    let engine = stage.engine();
    engine.create_all(schema![Branch])?;
    let mut connection = engine.connect()?;
    let mut unit = stage.step("use", || grow(&mut connection))?;
    stage.step("undo", || undo(&mut connection, &mut unit))?;
    drop(connection);
    stage.step("same", || same(&mut Session::new(engine)))?;
    Ok(())
}
