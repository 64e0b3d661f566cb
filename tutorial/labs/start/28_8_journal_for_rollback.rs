//! Lab 28.8: Your own 8: a journal for rollback.
//!
//! A rollback takes the database back. Memory must follow, or the program goes on with rows that are not there. So each change writes its inverse into a
//! journal: a row that was added is to be removed, a row that was edited or deleted is to be put back as it was.
//!
//! All pieces are in this file now, and it is a unit of work. `rollback` ends the transaction and leaves memory as it is. Undo the journal.
//!
//! At the end, your unit of work and `orm` get the same two hundred random edits: their rows must be equal, and yours may not send more statements.

use labs::own::batches::{insert_all, update_all};
use labs::own::deletes::deletes;
use labs::own::given::{Command, Database, Key, Result, Row, Table};
use labs::own::identity_map::IdentityMap;
use labs::own::order::order;
use labs::own::snapshots::Snapshots;

/// How a change is undone.
#[derive(Debug)]
pub enum Inverse {
    /// The row was added.
    Remove(Key),
    /// The row was changed or taken out, and was like this before.
    Put(Key, Row),
}

/// A unit of work.
#[derive(Debug)]
pub struct UnitOfWork {
    /// The database.
    pub database: Database,
    tables: Vec<&'static Table>,
    map: IdentityMap,
    snapshots: Snapshots,
    new: Vec<Key>,
    deleted: Vec<Key>,
    journal: Vec<Inverse>,
    open: bool,
}

impl UnitOfWork {
    /// Rolls back: the database, and memory too.
    ///
    /// # Errors
    /// What the database says.
    pub fn rollback(&mut self) -> Result<()> {
        self.end("ROLLBACK")?;
        // hole
        // Memory stays as it is.
        // end of hole
        Ok(())
    }

    /// Begins with a database.
    ///
    /// # Errors
    /// When tables refer to each other in a circle.
    pub fn new(database: Database, tables: &[&'static Table]) -> Result<Self> {
        let (map, snapshots) = (IdentityMap::default(), Snapshots::default());
        let (new, deleted, journal) = (Vec::new(), Vec::new(), Vec::new());
        Ok(Self { database, tables: order(tables)?, map, snapshots, new, deleted, journal, open: false })
    }

    /// Adds a new row.
    pub fn add(&mut self, row: Row) -> Key {
        let key = self.map.add(row);
        self.new.push(key);
        self.journal.push(Inverse::Remove(key));
        key
    }

    /// A row by its key.
    pub fn get(&self, key: Key) -> Option<&Row> {
        self.map.get(key)
    }

    /// Lends a row for editing.
    pub fn edit(&mut self, key: Key) -> Option<&mut Row> {
        if let Some(row) = self.map.get(key).filter(|_| self.snapshots.before(key).is_none()) {
            self.journal.push(Inverse::Put(key, row.clone()));
        }
        self.snapshots.edit(&mut self.map, key)
    }

    /// Marks a row as deleted. A row that was never inserted is only forgotten.
    pub fn delete(&mut self, key: Key) {
        let Some(row) = self.map.get(key).cloned() else { return };
        self.journal.push(Inverse::Put(key, row));
        if self.new.contains(&key) {
            self.new.retain(|new| *new != key);
            self.map.remove(key);
        } else {
            self.deleted.push(key);
        }
    }

    /// Sends what has changed: new rows, parents first, then changed rows, then deletions, children first.
    ///
    /// # Errors
    /// What the database says.
    pub fn flush(&mut self) -> Result<()> {
        let new = self.ordered();
        let deleted = std::mem::take(&mut self.deleted);
        let changed = self.changed(&new, &deleted);
        if new.is_empty() && deleted.is_empty() && changed.is_empty() {
            return Ok(());
        }
        if !self.open {
            self.database.execute(&Command::text("BEGIN"))?;
            self.open = true;
        }
        for key in &new {
            self.journal.extend(self.map.get(*key).cloned().map(|row| Inverse::Put(*key, row)));
        }
        insert_all(&mut self.database, &mut self.map, &new)?;
        update_all(&mut self.database, &self.map, &changed)?;
        let gone: Vec<Row> = deleted.into_iter().filter_map(|key| self.map.remove(key)).collect();
        for command in deletes(&self.tables, &gone) {
            self.database.execute(&command)?;
        }
        self.snapshots.clear();
        Ok(())
    }

    /// Flushes and commits.
    ///
    /// # Errors
    /// What the database says.
    pub fn commit(&mut self) -> Result<()> {
        self.flush()?;
        self.end("COMMIT")?;
        self.journal.clear();
        Ok(())
    }

    fn end(&mut self, sql: &str) -> Result<()> {
        if std::mem::take(&mut self.open) {
            self.database.execute(&Command::text(sql))?;
        }
        Ok(())
    }

    /// New rows, those of parents first, otherwise in the order in which they were added.
    fn ordered(&mut self) -> Vec<Key> {
        let mut new = std::mem::take(&mut self.new);
        let place =
            |key: &Key| self.tables.iter().position(|table| self.map.get(*key).is_some_and(|row| row.table == *table));
        new.sort_by_key(place);
        new
    }

    /// Rows that were edited, before and now. New rows and rows that go are not among them.
    fn changed(&self, new: &[Key], deleted: &[Key]) -> Vec<(Row, Row)> {
        let edited = self.snapshots.edited().into_iter().filter(|key| !new.contains(key) && !deleted.contains(key));
        edited.filter_map(|key| Some((self.snapshots.before(key)?.clone(), self.map.get(key)?.clone()))).collect()
    }
}

// Do not change: what this lab must do.
#[path = "../checks/28_8_journal_for_rollback.rs"]
pub mod checks;
