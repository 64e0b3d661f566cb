//! Running a query: its rows, then level by level what its options want loaded with them.

use std::fmt;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::body::chain_from;
use super::option::Branch;
use super::plan::{Loader, reads_only};
use super::select::Select;
use super::selection::{Decode, RowContext, Selected};
use super::sink::EntitySink;
use super::strategy::joined::{Graph, Joins};
use super::wrap::wrap;
use crate::engine::{Command, Outcome, Plan, Statement};
use crate::error::{Error, Result};
use crate::key::Slot;
use crate::row::RowReader;
use crate::sql::tree::SelectTree;

/// Runs a query and gives its rows: one statement, and one per level of what is loaded eagerly and 500 owners.
///
/// Where joined collections repeat the row of the only entity that is selected, it is given once.
pub struct QueryPlan<'s, Out> {
    sink: &'s mut dyn EntitySink,
    statement: Arc<SelectTree>,
    decoder: Arc<dyn Decode<Row = Out>>,
    graphs: Vec<Graph>,
    loader: Loader,
    /// The entities that were given, where rows repeat them.
    given: Option<FxHashSet<Slot>>,
    output: Output<'s, Out>,
    stage: Stage,
}

/// Where the rows go.
enum Output<'s, Out> {
    Rows(Vec<Out>),
    Each(Box<dyn FnMut(Out) -> Result<()> + 's>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Start,
    Rows,
    Relationships,
}

impl<'s, Out: 'static> QueryPlan<'s, Out> {
    /// A query whose rows are kept until it is done.
    ///
    /// # Errors
    /// What went wrong while the query was built; an option for an entity that is not selected.
    pub fn new(select: &Select<Out>, sink: &'s mut dyn EntitySink) -> Result<Self> {
        let joins = joins_of(select);
        Self::start(select, sink, joins, Output::Rows(Vec::new()))
    }

    /// A query whose rows are handed on one by one and never kept. What entities load by default is left to be asked for.
    ///
    /// # Errors
    /// As [`QueryPlan::new`]; and options that need all rows first, as everything but the join of a single entity does.
    pub fn for_each(
        select: &Select<Out>,
        sink: &'s mut dyn EntitySink,
        each: impl FnMut(Out) -> Result<()> + 's,
    ) -> Result<Self> {
        let joins = if joins_of(select) == Joins::None { Joins::None } else { Joins::References };
        let mut plan = Self::start(select, sink, joins, Output::Each(Box::new(each)))?;
        plan.graphs.iter_mut().try_for_each(Graph::let_stream)?;
        Ok(plan)
    }

    fn start(
        select: &Select<Out>,
        sink: &'s mut dyn EntitySink,
        joins: Joins,
        output: Output<'s, Out>,
    ) -> Result<Self> {
        check_options(select)?;
        let body = &select.body;
        let mut tree = select.tree()?;
        let graph = |selected: &Selected| {
            let branch = Branch::root(selected.meta, &body.options.0);
            Graph::new(selected.meta, branch, selected.at, body.existing, joins)
        };
        let mut graphs: Vec<Graph> = body.entities.iter().map(graph).collect();
        let repeats = graphs.iter().any(Graph::multiplies);
        for (graph, Selected { meta, name, .. }) in graphs.iter_mut().zip(&body.entities) {
            let counted = tree.limit.is_some() || tree.offset.is_some();
            let grouped = tree.distinct || !tree.group_by.is_empty();
            if (graph.multiplies() && counted) || (!graph.is_plain() && grouped) {
                let wrapped = wrap(&mut tree, meta, name);
                graph.join_onto(&mut tree, &wrapped.name)?;
                continue;
            }
            graph.join_onto(&mut tree, name)?;
        }
        chain_from(&mut tree);
        Ok(Self {
            sink,
            statement: Arc::new(tree),
            decoder: Arc::clone(&select.decoder),
            graphs,
            loader: Loader::new(body.existing),
            given: repeats.then(FxHashSet::default),
            output,
            stage: Stage::Start,
        })
    }

    /// The rows, once the plan is done.
    pub fn into_rows(self) -> Vec<Out> {
        match self.output {
            Output::Rows(rows) => rows,
            Output::Each(_) => Vec::new(),
        }
    }

    /// The statement that fetches the rows.
    pub fn statement(&self) -> &SelectTree {
        &self.statement
    }
}

/// What may be joined: rows of several things cannot be told apart once a collection repeats them, and a group has no further columns.
fn joins_of<Out>(select: &Select<Out>) -> Joins {
    let body = &select.body;
    let only_one = match body.entities.as_slice() {
        [only] => only.meta.columns.len() == body.items.len(),
        _ => false,
    };
    let grouped = body.distinct || !body.group_by.is_empty();
    match (only_one, grouped) {
        (true, _) => Joins::All,
        (false, false) => Joins::References,
        (false, true) => Joins::None,
    }
}

/// An option for an entity that is not selected would silently do nothing.
fn check_options<Out>(select: &Select<Out>) -> Result<()> {
    let selected = |owner| select.body.entities.iter().any(|entity| entity.meta == owner);
    match select.body.options.0.iter().find(|choice| !selected((choice.owner)())) {
        Some(choice) => {
            let (owner, relation) = ((choice.owner)(), choice.relation);
            Err(Error::invalid(format!(
                "an option names {}.{}, but the query selects no {} entity; for a relationship further on, use `.then(..)`",
                owner.name, owner.relations[relation].name, owner.name
            )))
        }
        None => Ok(()),
    }
}

impl<Out> Plan for QueryPlan<'_, Out> {
    fn next_command(&mut self) -> Result<Option<Command>> {
        match self.stage {
            Stage::Start => {
                self.stage = Stage::Rows;
                return Ok(Some(Command::Query(Arc::clone(&self.statement) as Arc<dyn Statement>)));
            }
            Stage::Rows => {
                self.stage = Stage::Relationships;
                for graph in &mut self.graphs {
                    graph.finish(self.sink, &mut self.loader)?;
                }
            }
            Stage::Relationships => {}
        }
        self.loader.next_command(self.sink)
    }

    fn row(&mut self, row: &mut dyn RowReader) -> Result<()> {
        if self.stage == Stage::Relationships {
            return self.loader.row(self.sink, row);
        }
        let mut context = RowContext { row, sink: self.sink, graphs: &mut self.graphs, root: None };
        let out = self.decoder.decode(&mut context)?;
        if let (Some(given), Some(root)) = (&mut self.given, context.root)
            && !given.insert(root)
        {
            return Ok(());
        }
        match &mut self.output {
            Output::Rows(rows) => rows.push(out),
            Output::Each(each) => each(out)?,
        }
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

impl<Out> fmt::Debug for QueryPlan<'_, Out> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueryPlan")
            .field("statement", &self.statement)
            .field("stage", &self.stage)
            .finish_non_exhaustive()
    }
}
