//! Flush plans: the statements that a flush would send, their order, and the reasons, as text, JSON and DOT.

use std::fmt;

use serde_json::json;

use super::UnitOfWork;
use super::batch::{Batch, Operation};
use super::flush_edges::edges;
use super::lifecycle::State;
use super::store::ArenaId;
use crate::engine::{Bind, Capabilities, describe};
use crate::error::Result;
use crate::key::Slot;
use crate::mapping::{ColumnPosition, EntityMeta, Record, RelationKind};

/// The statements that a flush would send, in order and with reasons. `Display` writes them as text.
///
/// The plan is a description: nothing was sent and nothing has changed. Sensitive values are masked.
///
/// ```
/// use orm::prelude::*;
///
/// #[derive(Entity, Default)]
/// struct Author {
///     #[entity(primary_key)]
///     id: Auto<i64>,
///     #[entity(inverse = "author")]
///     books: HasMany<Book>,
/// }
///
/// #[derive(Entity, Default)]
/// struct Book {
///     #[entity(primary_key)]
///     id: Auto<i64>,
///     author: BelongsTo<Author>,
/// }
///
/// # fn main() -> orm::Result<()> {
/// let engine = Engine::new("sqlite://")?;
/// let mut session = Session::new(&engine);
/// session.add(Author { books: HasMany::of([Book::default()]), ..Author::default() });
/// let plan = session.flush_plan()?;
/// assert_eq!(plan.steps.len(), 2);
/// assert_eq!(plan.edges[0].reason, "Book.author refers to the new row");
/// assert_eq!(plan.to_json()["edges"][0]["before"], 0);
/// assert!(plan.to_dot().starts_with("digraph flush {"));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct FlushPlan {
    /// The statements, in order.
    pub steps: Vec<FlushStep>,
    /// The order that references and unique values ask for. Steps without an edge between them could be swapped.
    pub edges: Vec<FlushEdge>,
    /// Relationships that would be loaded first, because a deletion reaches through them, and rows whose keys new
    /// entities have.
    pub loads: Vec<String>,
}

/// A pair of steps of a [`FlushPlan`] whose order matters.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FlushEdge {
    /// Position of the step that comes first, in [`FlushPlan::steps`].
    pub before: usize,
    /// Position of the step that comes later.
    pub after: usize,
    /// Relationship or columns that ask for this order.
    pub reason: String,
}

/// One statement of a [`FlushPlan`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FlushStep {
    /// `INSERT`, `UPDATE` or `DELETE`.
    pub operation: &'static str,
    /// The table.
    pub table: &'static str,
    /// The columns that are written.
    pub columns: Vec<&'static str>,
    /// The rows, as text.
    pub rows: Vec<String>,
    /// Reason for the place of the statement.
    pub reason: String,
}

impl FlushPlan {
    /// The plan as JSON: an object with `loads`, `steps` (`operation`, `table`, `columns`, `rows`, `reason`) and
    /// `edges` (`before` and `after`, positions of steps counted from 0, and `reason`).
    pub fn to_json(&self) -> serde_json::Value {
        let step = |step: &FlushStep| {
            json!({
                "operation": step.operation,
                "table": step.table,
                "columns": step.columns,
                "rows": step.rows,
                "reason": step.reason,
            })
        };
        let edge = |edge: &FlushEdge| json!({ "before": edge.before, "after": edge.after, "reason": edge.reason });
        json!({
            "loads": self.loads,
            "steps": self.steps.iter().map(step).collect::<Vec<_>>(),
            "edges": self.edges.iter().map(edge).collect::<Vec<_>>(),
        })
    }

    /// The plan as a graph in the DOT language of Graphviz: a node for each statement, an edge for each reason.
    /// `dot -Tsvg` draws it.
    pub fn to_dot(&self) -> String {
        let mut dot = String::from("digraph flush {\n  node [shape=box];\n");
        for (position, step) in self.steps.iter().enumerate() {
            let rows = match step.rows.len() {
                1 => "1 row".to_owned(),
                rows => format!("{rows} rows"),
            };
            let label = format!("{}. {} {}\n{rows}", position + 1, step.operation, step.table);
            dot.push_str(&format!("  s{position} [label={}];\n", quoted(&label)));
        }
        for FlushEdge { before, after, reason } in &self.edges {
            dot.push_str(&format!("  s{before} -> s{after} [label={}];\n", quoted(reason)));
        }
        dot.push_str("}\n");
        dot
    }
}

/// A string of the DOT language.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

impl fmt::Display for FlushPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for load in &self.loads {
            writeln!(f, "load {load}")?;
        }
        for (index, step) in self.steps.iter().enumerate() {
            let columns =
                if step.columns.is_empty() { String::new() } else { format!(" ({})", step.columns.join(", ")) };
            writeln!(f, "{}. {} {}{columns}: {}", index + 1, step.operation, step.table, step.reason)?;
            for row in step.rows.iter().take(5) {
                writeln!(f, "     {row}")?;
            }
            if step.rows.len() > 5 {
                writeln!(f, "     ... and {} more", step.rows.len() - 5)?;
            }
        }
        Ok(())
    }
}

impl UnitOfWork {
    /// What a flush would do, in which order and why, without doing it.
    ///
    /// # Errors
    /// What the flush would find wrong before it sends anything.
    pub fn flush_plan(&mut self, capabilities: &Capabilities) -> Result<FlushPlan> {
        self.begin_flush()?;
        let mark = self.mark();
        let planned = self.plan_text(capabilities);
        self.undo_to(mark);
        planned
    }

    fn plan_text(&mut self, capabilities: &Capabilities) -> Result<FlushPlan> {
        let loads = self.collect()?;
        let text = |load: &super::MissingLoad| {
            let relation = &load.meta.relations[load.relation];
            let goes = |owner: &Slot| {
                self.known_kind(load.meta).is_some_and(|kind| self.arenas[kind].state(*owner) == Some(State::Deleting))
            };
            let why = if load.owners.iter().all(goes) { "deleted" } else { "changed" };
            format!("{}.{} of {} {why}", load.meta.name, relation.name, load.owners.len())
        };
        let contested = self.contested_keys();
        let rows = |(meta, keys): &(&EntityMeta, Vec<_>)| {
            format!("{} expired {} whose keys new ones have", keys.len(), meta.name)
        };
        let loads = loads.iter().map(text).chain(contested.iter().map(rows)).collect();
        let (batches, _) = self.batches(capabilities)?;
        let steps = batches.iter().map(|batch| self.step_text(batch)).collect();
        Ok(FlushPlan { steps, edges: edges(self, &batches), loads })
    }

    fn step_text(&self, batch: &Batch) -> FlushStep {
        let meta = self.arenas[batch.kind].meta;
        let relation = meta.relations.get(batch.relation);
        let secondary = relation.and_then(|relation| relation.secondary.as_ref());
        let (operation, reason) = match batch.operation {
            Operation::Insert => ("INSERT", format!("new{}", self.neighbors(batch, "after", State::Pending))),
            Operation::Update => ("UPDATE", format!("changed{}", self.neighbors(batch, "after", State::Pending))),
            Operation::PostUpdate => ("UPDATE", "closes a circle, so both rows had to be there first".to_owned()),
            Operation::PreDelete => ("UPDATE", "opens a circle, so that the rows can go".to_owned()),
            Operation::Delete => ("DELETE", format!("deleted{}", self.neighbors(batch, "before", State::Deleting))),
            Operation::Link => ("INSERT", "linked".to_owned()),
            Operation::Unlink => ("DELETE", "no longer linked".to_owned()),
            Operation::UnlinkIfThere => ("DELETE", "no longer linked, if they still were".to_owned()),
            Operation::UnlinkAll => ("DELETE", "links of deleted rows".to_owned()),
        };
        let links = matches!(
            batch.operation,
            Operation::Link | Operation::Unlink | Operation::UnlinkIfThere | Operation::UnlinkAll
        );
        let table = secondary.filter(|_| links).map_or(meta.table_name(batch.table).1, |secondary| secondary.table);
        let columns = match secondary {
            Some(secondary) if links => secondary.local.iter().chain(&secondary.remote).copied().collect(),
            _ => batch.columns.iter().map(|column| meta.columns[column].name).collect(),
        };
        let others = batch.others.iter().copied().map(Some).chain(std::iter::repeat(None));
        let rows = batch.rows.iter().zip(others).map(|(slot, other)| self.row_text(batch, *slot, other)).collect();
        FlushStep { operation, table, columns, rows, reason }
    }

    /// The tables whose rows in this flush the rows of a batch refer to, and so why the batch stands where it does.
    fn neighbors(&self, batch: &Batch, order: &str, state: State) -> String {
        let mut tables: Vec<&str> = Vec::new();
        for (index, relation) in self.arenas[batch.kind].meta.relations.enumerate() {
            let table = (relation.target)().table;
            let refers = |slot: &Slot| match state {
                State::Pending => self.pending_target(batch.kind, *slot, index).is_some(),
                _ => self.row_target(batch.kind, *slot, index).is_some_and(|target| {
                    self.known_kind((relation.target)())
                        .is_some_and(|kind| self.arenas[kind].state(target) == Some(state))
                }),
            };
            let orders = relation.kind == RelationKind::BelongsTo && !relation.post_update;
            if orders && !tables.contains(&table) && batch.rows.iter().any(refers) {
                tables.push(table);
            }
        }
        if tables.is_empty() { String::new() } else { format!(", {order} {} that they refer to", tables.join(", ")) }
    }

    fn row_text(&self, batch: &Batch, slot: Slot, other: Option<Slot>) -> String {
        let meta = self.arenas[batch.kind].meta;
        let name = self.name_of(batch.kind, slot);
        if let Some(other) = other {
            let member_kind = self.known_kind((meta.relations[batch.relation].target)());
            return format!("{name} - {}", member_kind.map_or_else(String::new, |kind| self.name_of(kind, other)));
        }
        let values: Vec<String> = batch.columns.iter().map(|column| self.value_text(batch, slot, column)).collect();
        if values.is_empty() { name } else { format!("{name}: {}", values.join(", ")) }
    }

    fn value_text(&self, batch: &Batch, slot: Slot, column: ColumnPosition) -> String {
        let meta = self.arenas[batch.kind].meta;
        let through = meta.relations.position(|relation| relation.columns.contains(&column));
        if let Some(relation) = through
            && let Some(target) = self.pending_target(batch.kind, slot, relation)
            && let Some(target_kind) = self.known_kind((meta.relations[relation].target)())
        {
            return match batch.operation {
                // It is written by a statement of its own, once it is known.
                Operation::Insert | Operation::Update if meta.relations[relation].post_update => "NULL".to_owned(),
                _ => format!("<key of {}>", self.name_of(target_kind, target)),
            };
        }
        match self.record(batch.kind, slot) {
            _ if batch.operation == Operation::PreDelete => "NULL".to_owned(),
            Some(record) if self.is_filled_in(batch, slot, column, record) => "<filled in>".to_owned(),
            _ if meta.is_sensitive(column) => "***".to_owned(),
            Some(record) => describe(Bind::from(&record.value(column))),
            None => String::new(),
        }
    }

    /// Whether only the flush itself finds the value: a default, what changes with every update, the next version.
    fn is_filled_in(&self, batch: &Batch, slot: Slot, column: ColumnPosition, record: &dyn Record) -> bool {
        let mapped = &self.arenas[batch.kind].meta.columns[column];
        let counts = self.arenas[batch.kind].meta.version == Some(column);
        match batch.operation {
            Operation::Insert => counts || mapped.default.is_some() && record.is_unset(column),
            Operation::Update => (counts || mapped.onupdate.is_some()) && self.is_unchanged(batch.kind, slot, column),
            _ => false,
        }
    }

    /// `User 7`, or `new User #2` while it has no key.
    fn name_of(&self, kind: ArenaId, slot: Slot) -> String {
        let name = self.arenas[kind].meta.class_name(self.class_of(kind, slot));
        match self.identity_of(kind, slot) {
            Some(key) => format!("{name} {}", super::key_text(self.arenas[kind].meta, &key)),
            None => format!("new {name} #{}", slot.index + 1),
        }
    }
}
