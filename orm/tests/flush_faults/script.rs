//! A driver without a database: renders what it is told to send, answers with counts and keys, and fails when it is told to.

use std::fmt::Write;

use orm::engine::{Capabilities, Command, Outcome, Plan, render};
use orm::mapping::{Entity, EntityMeta, PrimaryKey, Record};
use orm::unit::UnitOfWork;
use orm::{DatabaseError, DatabaseErrorKind, Error, Key, Result, Value};

use crate::entities::{Badge, Node, Person, Profile, Tag, Task, Team};
use crate::graph::{Desk, Entry, Widget};

/// What goes wrong with a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The database refuses it.
    Refused,
    /// It changes one row fewer than it should.
    Short,
    /// It changes the rows but gives nothing back.
    Silent,
}

/// A database that has everything and remembers nothing but the last key.
pub(crate) struct Script {
    pub(crate) capabilities: Capabilities,
    last_key: i64,
    /// Every statement that was sent, with its parameters.
    pub(crate) sent: Vec<String>,
}

impl Script {
    pub(crate) fn new(capabilities: Capabilities) -> Self {
        Self { capabilities, last_key: 0, sent: Vec::new() }
    }

    /// Flushes, and fails the command of that number; what fails is taken back.
    pub(crate) fn flush(&mut self, unit: &mut UnitOfWork, fault: Option<(usize, Fault)>) -> Result<()> {
        let mark = unit.mark();
        let outcome = self.send(unit, fault);
        if outcome.is_err() {
            unit.undo_to(mark);
        }
        outcome
    }

    fn send(&mut self, unit: &mut UnitOfWork, fault: Option<(usize, Fault)>) -> Result<()> {
        let capabilities = self.capabilities.clone();
        let rows: Vec<usize> = unit.flush_plan(&capabilities)?.steps.iter().map(|step| step.rows.len()).collect();
        let missing = unit.collect()?;
        assert!(missing.is_empty(), "everything is loaded: {missing:?}");
        let mut flush = unit.flush(&capabilities)?;
        assert_eq!(flush.commands(), rows.len(), "the plan says how many statements there are");
        let (last_key, sent) = (self.last_key, self.sent.len());
        for (index, rows) in rows.iter().copied().enumerate() {
            let fault = fault.filter(|(at, _)| *at == index).map(|(_, fault)| fault);
            let Some(command) = flush.next_command()? else { panic!("a command is missing") };
            if let Err(error) = self.answer(&mut flush, &command, rows, fault) {
                self.last_key = last_key;
                self.sent.truncate(sent);
                return Err(flush.failed(error));
            }
        }
        assert!(flush.next_command()?.is_none(), "a command too many");
        flush.finish();
        Ok(())
    }

    fn answer(&mut self, plan: &mut dyn Plan, command: &Command, rows: usize, fault: Option<Fault>) -> Result<()> {
        let rendered = render(&*plan.write()?, &self.capabilities)?;
        self.sent.push(format!("{} {:?}", rendered.sql, rendered.parameters));
        if fault == Some(Fault::Refused) {
            let refused = DatabaseError::new(DatabaseErrorKind::Other, "no");
            return Err(Error::Database(Box::new(refused)));
        }
        let mut outcome = Outcome { rows: rows - usize::from(fault == Some(Fault::Short)), returned: Vec::new() };
        if let Command::ExecuteReturning { types } = command
            && fault != Some(Fault::Silent)
        {
            for _ in 0..outcome.rows {
                self.last_key += 1;
                outcome.returned.extend(types.iter().map(|_| Value::I64(self.last_key)));
            }
        }
        plan.executed(outcome)
    }
}

/// Everything that can be seen of a unit of work.
pub(crate) fn portrait(unit: &mut UnitOfWork, capabilities: &Capabilities) -> String {
    let mut text = String::new();
    macro_rules! each {
        ($($entity:ident),+) => { $(of_kind::<$entity>(unit, &mut text);)+ };
    }
    each!(Team, Person, Task, Badge, Profile, Tag, Node, Widget, Entry, Desk);
    match unit.flush_plan(capabilities) {
        Ok(plan) => writeln!(text, "{plan}").unwrap(),
        Err(error) => writeln!(text, "{error}").unwrap(),
    }
    writeln!(text, "journal of {}", unit.memory().journal_entries).unwrap();
    text
}

fn of_kind<E: Entity>(unit: &UnitOfWork, text: &mut String) {
    let meta = E::entity_meta();
    for key in unit.keys::<E>() {
        let record: &dyn Record = unit.entity(key).unwrap();
        let columns: Vec<Value> = meta.columns.positions().map(|column| record.value(column).to_value()).collect();
        writeln!(
            text,
            "{} {:?} {:?} modified {} expired {}: {columns:?}",
            meta.name,
            key.slot(),
            unit.state(key).unwrap(),
            unit.is_modified(key).unwrap(),
            unit.is_expired(key).unwrap(),
        )
        .unwrap();
        for (index, relation) in meta.relations.enumerate() {
            if let Some(reference) = record.reference(index) {
                let target = reference.target().map(|(_, slot)| slot);
                writeln!(text, "    {} -> {target:?} {:?}", relation.name, reference.id_part(0)).unwrap();
            }
            if let Some(collection) = record.collection(index) {
                let collection = collection.collection();
                writeln!(text, "    {} = {:?} as of {}", relation.name, collection.members, collection.epoch).unwrap();
            }
        }
        for change in unit.history(key).unwrap() {
            writeln!(text, "    {change:?}").unwrap();
        }
        let found = E::PrimaryKey::from_parts(&key_of(record, meta));
        let found = found.ok().and_then(|id| unit.lookup::<E>(&id));
        writeln!(text, "    found as {:?}", found.map(|key| key.slot())).unwrap();
    }
    let slots = |keys: Vec<Key<E>>| keys.into_iter().map(Key::slot).collect::<Vec<_>>();
    writeln!(
        text,
        "{}: new {:?} dirty {:?} deleted {:?}",
        meta.name,
        slots(unit.new_keys()),
        slots(unit.dirty_keys()),
        slots(unit.deleted_keys())
    )
    .unwrap();
}

fn key_of(record: &dyn Record, meta: &EntityMeta) -> Vec<Value> {
    meta.primary_key.iter().map(|column| record.value(*column).to_value()).collect()
}
