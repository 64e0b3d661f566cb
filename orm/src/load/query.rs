//! Running a query: its rows, then level by level what its options want loaded with them.

use std::fmt;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::body::{Body, chain_from};
use super::execution::ExecutionOptions;
use super::option::{Branch, Options};
use super::plan::{Loader, reads_only};
use super::select::Select;
use super::selection::{Decode, RowContext, Selected};
use super::sink::{EntitySink, Existing};
use super::strategy::joined::{Graph, Joins};
use super::wrap::wrap;
use crate::engine::{Cause, Command, Outcome, Plan, Statement, phase};
use crate::error::{BoxedResult, Error, Result};
use crate::key::Slot;
use crate::mapping::RowShape;
use crate::row::RowReader;
use crate::sql::tree::{Node, SelectTree};

/// Runs a query and gives its rows: one statement, and one per level of what is loaded eagerly and 500 owners.
///
/// Where joined collections repeat the row of the only entity that is selected, it is given once.
pub struct QueryPlan<'s, Out, R = Vec<Out>> {
    sink: &'s mut dyn EntitySink,
    steps: QuerySteps<Out>,
    rows: R,
}

/// Where the rows of a query go.
pub trait TakeRows<Out> {
    /// Takes what was read from a row.
    ///
    /// # Errors
    /// When no more rows are wanted.
    fn take(&mut self, out: Out) -> Result<()>;
}

impl<Out> TakeRows<Out> for Vec<Out> {
    fn take(&mut self, out: Out) -> Result<()> {
        self.push(out);
        Ok(())
    }
}

/// Rows that are handed on one by one.
#[derive(Debug)]
pub struct Each<F>(F);

impl<Out, F: FnMut(Out) -> Result<()>> TakeRows<Out> for Each<F> {
    fn take(&mut self, out: Out) -> Result<()> {
        (self.0)(out)
    }
}

/// The steps of a query, to which whoever owns the entities is shown at each: between them it is free for others.
pub(crate) struct QuerySteps<Out> {
    statement: Arc<SelectTree>,
    decoder: Arc<dyn Decode<Row = Out>>,
    graphs: Vec<Graph>,
    /// The columns of the entities that are selected as values, where that is not every column.
    shapes: Vec<Arc<RowShape>>,
    loader: Loader,
    /// The entities that were given, where rows repeat them.
    given: Option<FxHashSet<Slot>>,
    execution: ExecutionOptions,
    stage: Stage,
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
    pub fn new(select: impl Into<Select<Out>>, sink: &'s mut dyn EntitySink) -> Result<Self> {
        Ok(Self { sink, steps: QuerySteps::new(select.into())?, rows: Vec::new() })
    }

    /// The rows, once the plan is done.
    pub fn into_rows(self) -> Vec<Out> {
        self.rows
    }

    /// The same, and the statement that gave them.
    pub(crate) fn into_rows_and_statement(self) -> (Vec<Out>, Arc<SelectTree>) {
        (self.rows, self.steps.statement)
    }

    /// The statement that fetches the rows.
    pub fn statement(&self) -> &SelectTree {
        &self.steps.statement
    }
}

impl<'s, Out: 'static, F: FnMut(Out) -> Result<()>> QueryPlan<'s, Out, Each<F>> {
    /// A query whose rows are handed on one by one and never kept. What entities load by default is left to be asked for.
    ///
    /// # Errors
    /// As [`QueryPlan::new`]; and options that need all rows first, as everything but the join of a single entity does.
    pub fn for_each(select: impl Into<Select<Out>>, sink: &'s mut dyn EntitySink, each: F) -> Result<Self> {
        Ok(Self { sink, steps: QuerySteps::streamed(select.into())?, rows: Each(each) })
    }
}

impl<Out, R> QueryPlan<'_, Out, R> {
    /// Runs under the criteria and hooks of a session too.
    #[must_use]
    pub fn under(self, session: &ExecutionOptions) -> Self {
        Self { steps: self.steps.under(session), ..self }
    }
}

impl<Out: 'static> QuerySteps<Out> {
    /// The steps of a query whose rows are kept until it is done.
    ///
    /// # Errors
    /// As [`QueryPlan::new`].
    pub(crate) fn new(select: Select<Out>) -> Result<Self> {
        let joins = joins_of(&select.body);
        Self::start(select, joins)
    }

    /// The steps of a query whose rows are handed on one by one.
    ///
    /// # Errors
    /// As [`QueryPlan::for_each`].
    pub(crate) fn streamed(select: Select<Out>) -> Result<Self> {
        let joins = if joins_of(&select.body) == Joins::None { Joins::None } else { Joins::References };
        let mut steps = Self::start(select, joins)?;
        steps.graphs.iter_mut().try_for_each(Graph::let_stream)?;
        Ok(steps)
    }

    fn start(select: Select<Out>, joins: Joins) -> Result<Self> {
        let Select { mut body, decoder } = select;
        body.options.check()?;
        check_options(&body)?;
        let entities = std::mem::take(&mut body.entities);
        let values = std::mem::take(&mut body.values);
        let (options, existing) = (std::mem::take(&mut body.options), body.existing);
        let mut tree = body.into_sound_tree()?;
        let graph = |selected: &Selected| {
            let branch = Branch::root(selected.meta, &options);
            Graph::new(selected.meta, branch, selected.at, existing, joins)
        };
        let mut graphs: Vec<Graph> = entities.iter().map(graph).collect();
        if joins != Joins::All {
            let why = "rows of several entities or groups cannot tell its members apart; load it by `selectin`";
            graphs.iter().try_for_each(|graph| graph.refuse_contained(true, why))?;
        }
        let repeats = graphs.iter().any(Graph::multiplies);
        for (graph, Selected { meta, name, .. }) in graphs.iter_mut().zip(&entities) {
            let counted = tree.limit.is_some() || tree.offset.is_some();
            let grouped = tree.distinct || !tree.group_by.is_empty();
            if (graph.joins_multiply() && counted) || (!graph.is_plain() && grouped) {
                let why = "the query moves into a subquery, where its joins cannot be seen: leave out DISTINCT, GROUP BY \
                           and joined collections beside a limit, or load it by `selectin`";
                graph.refuse_contained(false, why)?;
                let name = wrap(&mut tree, meta, name, graph.deferred());
                graph.select_deferred(&mut tree, &name)?;
                graph.join_onto(&mut tree, &name)?;
                continue;
            }
            graph.select_deferred(&mut tree, name)?;
            graph.join_onto(&mut tree, name)?;
        }
        let shapes = select_values(&mut tree, &values, &options)?;
        chain_from(&mut tree);
        Ok(Self {
            statement: Arc::new(tree),
            decoder,
            graphs,
            shapes,
            loader: Loader::new(existing),
            given: repeats.then(FxHashSet::default),
            execution: options.execution,
            stage: Stage::Start,
        })
    }
}

/// What may be joined: rows of several things cannot be told apart once a collection repeats them, and a group has no further columns.
fn joins_of(body: &Body) -> Joins {
    let only_one = match body.entities.as_slice() {
        [only] => only.meta.width() == body.items.len(),
        _ => false,
    };
    let grouped = body.distinct || !body.group_by.is_empty();
    // Text cannot be moved out of that query, as it may be more than an expression: `name DESC`.
    if body.order_by.iter().any(|key| matches!(key.node, Node::Text(_))) {
        return match (only_one && body.limit.is_none() && body.offset.is_none(), grouped) {
            (_, true) => Joins::None,
            (true, false) => Joins::All,
            (false, false) => Joins::References,
        };
    }
    match (only_one, grouped) {
        (true, _) => Joins::All,
        (false, false) => Joins::References,
        (false, true) => Joins::None,
    }
}

/// Adds the deferred columns that options load with entities that are selected as values; gives the columns of each.
///
/// # Errors
/// When the rows come from a subquery, which does not give such a column.
fn select_values(tree: &mut SelectTree, values: &[Selected], options: &Options) -> Result<Vec<Arc<RowShape>>> {
    let select = |selected: &Selected| {
        let branch = Branch::root(selected.meta, options);
        let mut graph = Graph::new(selected.meta, branch, selected.at, Existing::Keep, Joins::None);
        graph.select_deferred(tree, &selected.name)?;
        Ok(graph.shape().cloned())
    };
    values.iter().map(select).filter_map(Result::transpose).collect()
}

/// An option for an entity that is not selected would silently do nothing.
fn check_options(body: &Body) -> Result<()> {
    let selected = || body.entities.iter().map(|entity| entity.meta);
    let mut with_values = body.entities.iter().chain(&body.values).map(|entity| entity.meta);
    let stray = body.options.columns.iter().find(|choice| !with_values.clone().any(|meta| choice.includes(meta)));
    if let Some(choice) = stray.filter(|choice| !choice.is_for_all() || with_values.next().is_none()) {
        return Err(Error::invalid(format!(
            "an option names {choice}, but the query selects no entity that has it; for the entities at the other end \
             of a relationship, use `.then(..)`",
        )));
    }
    match body.options.choices.iter().find(|choice| !choice.is_for(selected())) {
        Some(choice) => Err(Error::invalid(format!(
            "an option names {}, but the query selects no entity that has it; for a relationship further on, use `.then(..)`",
            choice.reach()
        ))),
        None => Ok(()),
    }
}

impl<Out> QuerySteps<Out> {
    /// Runs under the criteria and hooks of a session too.
    pub(crate) fn under(mut self, session: &ExecutionOptions) -> Self {
        self.execution = self.execution.under(session);
        self
    }

    /// The next thing to do.
    ///
    /// # Errors
    /// As [`Plan::next_command`].
    pub(crate) fn next_command(&mut self, sink: &mut dyn EntitySink) -> Result<Option<Command>> {
        if !self.execution.is_empty() || self.graphs.iter().any(Graph::contains_collection) {
            sink.note_restricted();
        }
        let command = self.next_unrestricted(sink)?;
        let cause = self.cause().unwrap_or_default();
        command.map(|command| self.execution.apply(command, cause)).transpose()
    }

    fn next_unrestricted(&mut self, sink: &mut dyn EntitySink) -> Result<Option<Command>> {
        match self.stage {
            Stage::Start => {
                self.stage = Stage::Rows;
                return Ok(Some(Command::Query(Arc::clone(&self.statement) as Arc<dyn Statement>)));
            }
            Stage::Rows => {
                self.stage = Stage::Relationships;
                let _link = phase!("link");
                for graph in &mut self.graphs {
                    graph.finish(sink, &mut self.loader, Some(&self.statement))?;
                }
            }
            Stage::Relationships => {}
        }
        self.loader.next_command(sink)
    }

    /// Returns the reason for the command that was handed out last, unless it is the query itself.
    pub(crate) fn cause(&self) -> Option<Cause> {
        self.loader.cause(0)
    }

    /// Takes one row of the statement that was handed out last; what it gives, unless it is of a relationship or was given before.
    ///
    /// # Errors
    /// As [`Plan::row`].
    pub(crate) fn row(&mut self, sink: &mut dyn EntitySink, row: &mut dyn RowReader) -> BoxedResult<Option<Out>> {
        if self.stage == Stage::Relationships {
            self.loader.row(sink, row)?;
            return Ok(None);
        }
        let Self { graphs, shapes, statement, .. } = self;
        let mut context = RowContext { row, sink, graphs, shapes, root: None, items: &statement.items };
        let out = self.decoder.decode(&mut context)?;
        if let (Some(given), Some(root)) = (&mut self.given, context.root)
            && !given.insert(root)
        {
            return Ok(None);
        }
        Ok(Some(out))
    }
}

impl<Out, R: TakeRows<Out>> Plan for QueryPlan<'_, Out, R> {
    fn next_command(&mut self) -> Result<Option<Command>> {
        self.steps.next_command(self.sink)
    }

    fn row(&mut self, row: &mut dyn RowReader) -> BoxedResult<()> {
        match self.steps.row(self.sink, row)? {
            Some(out) => Ok(self.rows.take(out)?),
            None => Ok(()),
        }
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

    fn cause(&self) -> Option<Cause> {
        self.steps.cause()
    }
}

impl<Out, R> fmt::Debug for QueryPlan<'_, Out, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueryPlan")
            .field("statement", &self.steps.statement)
            .field("stage", &self.steps.stage)
            .finish_non_exhaustive()
    }
}
