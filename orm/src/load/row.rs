//! The row of one entity by its primary key, where nothing is loaded with it: what programs ask for most, and so with the least around it.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::key_select::{KeyColumns, KeySelect, Keys};
use super::plan::reads_only;
use super::sink::{EntitySink, Existing};
use crate::engine::{Bind, Command, Outcome, Plan, Shape, SqlWriter, Statement, StatementKind};
use crate::error::Result;
use crate::key::Slot;
use crate::mapping::{Entity, KeyValues, LazyStrategy};
use crate::row::RowReader;

/// Loads one row by its primary key: one statement, whose text is written once a connection.
pub struct RowPlan<'s, E> {
    sink: &'s mut dyn EntitySink,
    statement: Option<Arc<RowSelect<E>>>,
    existing: Existing,
    found: Option<Slot>,
}

impl<'s, E: Entity> RowPlan<'s, E> {
    /// Whether the row is all there is to load; else [`IdentityPlan`](super::IdentityPlan) loads it.
    pub fn suffices() -> bool {
        let eager = |lazy: LazyStrategy| matches!(lazy, LazyStrategy::SelectIn | LazyStrategy::Joined);
        let meta = E::entity_meta();
        meta.lineage.is_none() && !meta.relations.iter().any(|relation| eager(relation.lazy))
    }

    /// The row with this key.
    pub fn new(sink: &'s mut dyn EntitySink, key: KeyValues, existing: Existing) -> Self {
        let meta = E::entity_meta();
        let select = KeySelect { meta, by: KeyColumns::Own(&meta.primary_key), keys: Keys::One(key), order: &[] };
        Self { sink, statement: Some(Arc::new(RowSelect { select, entity: PhantomData })), existing, found: None }
    }

    /// What was found; `None` when there is no such row.
    pub fn found(&self) -> Option<Slot> {
        self.found
    }
}

impl<E: Entity> Plan for RowPlan<'_, E> {
    fn next_command(&mut self) -> Result<Option<Command>> {
        Ok(self.statement.take().map(|statement| Command::Query(statement)))
    }

    fn row(&mut self, row: &mut dyn RowReader) -> Result<()> {
        let accepted = self.sink.accept(E::entity_meta(), row, 0, self.existing)?;
        self.found = accepted.map(|accepted| accepted.slot);
        Ok(())
    }

    fn finished(&mut self) -> Result<()> {
        Ok(())
    }

    fn write(&self) -> Result<Box<dyn Statement + '_>> {
        Err(reads_only())
    }

    fn executed(&mut self, _outcome: Outcome) -> Result<()> {
        Err(reads_only())
    }
}

impl<E: Entity> fmt::Display for RowPlan<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "load {} by its primary key", E::entity_meta().name)
    }
}

/// The SELECT of one entity by its primary key; for each entity it has one text.
struct RowSelect<E> {
    select: KeySelect,
    entity: PhantomData<fn() -> E>,
}

impl<E: Entity> Statement for RowSelect<E> {
    fn render<'b>(&'b self, out: &mut dyn SqlWriter<'b>) -> Result<()> {
        self.select.render(out)
    }

    fn kind(&self) -> StatementKind {
        StatementKind::Select
    }

    fn at_most_one_row(&self) -> bool {
        true
    }

    fn fixed<'b>(&'b self, take: &mut dyn FnMut(Bind<'b>)) -> Option<&'static Shape> {
        let Keys::One(key) = &self.select.keys else { return None };
        key.iter().for_each(|value| take(Bind::from(value)));
        Some(const { &Shape::of::<Self>() })
    }
}
