//! Entities that come in one row: the one that was asked for and those that outer joins bring along.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::contains_eager::refuse;
use super::{Strategy, Timing};
use crate::error::{BoxedResult, Error, Result};
use crate::key::Slot;
use crate::load::key_select::order_column;
use crate::load::members::{Members, SlotSet};
use crate::load::names::Names;
use crate::load::option::{Branch, Load, RelationshipTarget};
use crate::load::owners::OwnersSelect;
use crate::load::plan::{Loader, Place};
use crate::load::sink::{EntitySink, Existing, has_relation};
use crate::load::strategy;
use crate::mapping::join::{JoinColumns, equal, join_columns, on};
use crate::mapping::rows::{RowSource, bare_columns, column_of, columns_of, push_columns, push_some, tables_of};
use crate::mapping::{
    ColumnPosition, EntityMeta, LoaderStrategy, PlacedReader, RelationKind, RelationMeta, RelationPosition, RowShape,
};
use crate::row::RowReader;
use crate::sql::tree::{FromItem, Join, JoinKind, Name, Node as Expression, OrderKey, SelectTree, TableRef};

/// Loads a relationship in the same statement, by an outer join.
///
/// A collection multiplies the rows of the statement, so `limit` then counts entities within a subquery. In a query for more than one
/// entity, rows cannot be told apart any more; there a collection is loaded as by [`selectin`](super::selectin::selectin).
///
/// Counterpart: `sqlalchemy.orm.joinedload`.
pub fn joined<R: RelationshipTarget>(relationship: R) -> Load<R::Owner, R::Target> {
    Load::new(relationship, Some(LoaderStrategy::Joined))
}

pub(crate) struct Joined;

impl Strategy for Joined {
    fn timing(&self) -> Timing {
        Timing::InStatement
    }
}

/// How many tables are joined for one row at most; databases give up soon after. What is left is loaded by statements of its own.
const MAX_TABLES: usize = 24;

/// An entity of a row and what was joined to it.
#[derive(Debug)]
pub(crate) struct Graph {
    /// The entity itself, then what is joined, parents first.
    nodes: Vec<Node>,
    existing: Existing,
    /// Whether the rows have the key and deferred columns only, for entities that are held.
    fills: bool,
}

/// One entity of the row.
#[derive(Debug)]
struct Node {
    meta: &'static EntityMeta,
    /// The first of its columns.
    at: usize,
    /// The name that its table goes by in the statement.
    name: Name,
    branch: Branch,
    /// The columns of its rows, where that is not every column of the mapping.
    shape: Option<Arc<RowShape>>,
    via: Option<Via>,
    /// Whether more is to be loaded for the entities that arrive here, once all rows are read.
    followed: bool,
    arrived: SlotSet,
    /// The entity in the row that is being read.
    current: Option<Slot>,
}

/// The relationship that a node was joined by.
#[derive(Debug)]
struct Via {
    parent: usize,
    relation: RelationPosition,
    kind: RelationKind,
    owners: SlotSet,
    members: Members,
    seen: FxHashSet<(u32, Slot)>,
    /// Whether a member is stated with its row, and not once all rows are read.
    at_once: bool,
    /// Name of the join of the query that the rows come from; none where the join is added.
    source: Option<Name>,
}

/// What may be joined; the rest is loaded by statements of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Joins {
    /// Collections too, which repeats the row of their owner.
    All,
    /// At most one row each.
    References,
    /// Nothing.
    None,
}

impl Joins {
    fn allow(self, relation: &RelationMeta) -> bool {
        match self {
            Self::All => true,
            Self::References => !multiplies(relation.kind),
            Self::None => false,
        }
    }
}

impl Graph {
    /// The entity at the end of a branch, and what is to be joined to it. Its columns begin at `at`.
    pub(crate) fn new(meta: &'static EntityMeta, branch: Branch, at: usize, existing: Existing, joins: Joins) -> Self {
        let mut graph = Self { nodes: vec![Node::new(meta, branch, at, None)], existing, fills: false };
        let mut room = MAX_TABLES.saturating_sub(tables_of(meta));
        let mut position = 0;
        while position < graph.nodes.len() {
            graph.grow(position, joins, &mut room);
            position += 1;
        }
        graph
    }

    /// Deferred columns of entities that are held; their rows have the key and these columns.
    pub(crate) fn of_columns(meta: &'static EntityMeta, columns: &[ColumnPosition], at: usize) -> Self {
        let shape = Some(Arc::new(RowShape::key_and(meta, columns)));
        let node = Node { shape, ..Node::new(meta, Branch::default(), at, None) };
        Self { nodes: vec![node], existing: Existing::Keep, fills: true }
    }

    /// The columns of the rows of the entity itself, where that is not every column of the mapping.
    pub(crate) fn shape(&self) -> Option<&Arc<RowShape>> {
        self.nodes[0].shape.as_ref()
    }

    /// The deferred columns that options load with the entity itself.
    pub(crate) fn deferred(&self) -> &[ColumnPosition] {
        self.shape().map_or(&[], |shape| &shape.deferred)
    }

    /// Adds the deferred columns that options load with the entity itself behind what a query selects. The entity goes by `name`.
    ///
    /// # Errors
    /// When the rows come from a subquery, which does not give such a column.
    pub(crate) fn select_deferred(&mut self, tree: &mut SelectTree, name: &Name) -> Result<()> {
        let root = &mut self.nodes[0];
        let deferred = match (&root.shape, root.meta.shape()) {
            (Some(shape), Some(base)) if !shape.deferred.is_empty() => {
                let first = tree.items.len() - root.at;
                let placed = base.with(root.meta, &shape.deferred, first);
                let deferred = shape.deferred.clone();
                root.shape = Some(Arc::new(placed));
                deferred
            }
            _ => return Ok(()),
        };
        check_given(tree, root.meta, name, &deferred)?;
        push_some(&mut tree.items, root.meta, name, &deferred);
        Ok(())
    }

    /// Adds the nodes that are joined to one while there is room for their tables, and notes what has to follow.
    fn grow(&mut self, parent: usize, joins: Joins, room: &mut usize) {
        let meta = self.nodes[parent].meta;
        self.nodes[parent].followed |= self.nodes[parent].branch.raised_columns(meta).is_some();
        for (relation, mapping) in meta.relations.enumerate() {
            let tables = || tables_of((mapping.target)()) + usize::from(mapping.secondary.is_some());
            let node = &mut self.nodes[parent];
            if let Some(source) = node.branch.source(relation) {
                let branch = node.branch.next(meta, relation);
                let via = Via { source: Some(source), ..Via::new(parent, relation, mapping.kind) };
                self.nodes.push(Node::new((mapping.target)(), branch, 0, Some(via)));
                continue;
            }
            match strategy::of(node.branch.strategy(meta, relation)).timing() {
                Timing::InStatement if joins.allow(mapping) && tables() <= *room => {
                    *room -= tables();
                    let branch = node.branch.next(meta, relation);
                    let via = Via::new(parent, relation, mapping.kind);
                    self.nodes.push(Node::new((mapping.target)(), branch, 0, Some(via)));
                }
                Timing::InStatement | Timing::WithOwners => node.followed = true,
                Timing::OnDemand => node.followed |= node.branch.is_chosen(meta, relation),
            }
        }
    }

    /// Whether nothing is joined.
    pub(crate) fn is_plain(&self) -> bool {
        self.nodes.len() == 1
    }

    /// Whether one entity may come in several rows.
    pub(crate) fn multiplies(&self) -> bool {
        self.vias().any(|via| multiplies(via.kind))
    }

    /// Whether joins that the graph adds repeat the rows of the query.
    pub(crate) fn joins_multiply(&self) -> bool {
        self.vias().any(|via| via.source.is_none() && multiplies(via.kind))
    }

    /// Whether a collection comes from a join of the query, which may leave out members.
    pub(crate) fn contains_collection(&self) -> bool {
        self.vias().any(|via| via.source.is_some() && via.kind != RelationKind::BelongsTo)
    }

    /// Refuses relationships from joins of the query.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] with the reason, if there is such a relationship; of collections alone, if
    /// `collections`.
    pub(crate) fn refuse_contained(&self, collections: bool, why: &str) -> Result<()> {
        let refused = |via: &&Via| via.source.is_some() && (!collections || multiplies(via.kind));
        match self.vias().find(refused) {
            Some(via) => refuse(self.nodes[via.parent].meta, via.relation, why),
            None => Ok(()),
        }
    }

    fn vias(&self) -> impl Iterator<Item = &Via> {
        self.nodes.iter().filter_map(|node| node.via.as_ref())
    }

    /// Forgets what has to follow, as rows that are handed on one by one are never all there, and keeps nothing until they are.
    ///
    /// # Errors
    /// When an option asked for it.
    pub(crate) fn let_stream(&mut self) -> Result<()> {
        for position in 0..self.nodes.len() {
            let joined = self.joined_to(position);
            let node = &mut self.nodes[position];
            if node.branch.raises(node.meta) {
                return Err(Error::invalid(format!(
                    "`raise_deferred` is noted for each {} once all rows are read: run the query without streaming, or \
                     mark the field `#[entity(lazy = \"raise\")]`",
                    node.meta.name
                )));
            }
            node.followed = false;
            node.via.iter_mut().for_each(|via| via.at_once = true);
            let asked = (node.meta.relations.positions())
                .find(|relation| node.branch.is_named(*relation) && !joined.contains(relation));
            if let Some(relation) = asked {
                return Err(Error::invalid(format!(
                    "{}.{} cannot be loaded along with rows that are handed on one by one: join it if it is a single entity, or run the query without streaming",
                    node.meta.name, node.meta.relations[relation].name
                )));
            }
        }
        Ok(())
    }

    /// The relationships of a node that are joined.
    fn joined_to(&self, position: usize) -> Vec<RelationPosition> {
        self.vias().filter(|via| via.parent == position).map(|via| via.relation).collect()
    }

    /// Adds the joins, their columns and their order to a statement that gives the entity under the name `root`.
    ///
    /// # Errors
    /// When a relationship cannot be joined.
    pub(crate) fn join_onto(&mut self, tree: &mut SelectTree, root: &Name) -> Result<()> {
        self.nodes[0].name = root.clone();
        if self.is_plain() {
            return Ok(());
        }
        let mut taken = Names::of(tree);
        for position in 1..self.nodes.len() {
            let Some(via) = &self.nodes[position].via else { continue };
            let owner = self.nodes[via.parent].meta;
            let relation = &owner.relations[via.relation];
            if let Some(source) = via.source.clone() {
                if !taken.contains(&source) {
                    let why = format!(
                        "the query does not join `{source}`: add `.join({0}::{1})`, or name the alias that it joins: \
                         `contains_eager_from({0}::{1}, &alias)`",
                        owner.name,
                        relation.name.to_uppercase()
                    );
                    return refuse(owner, via.relation, &why);
                }
                self.take_columns(position, source, tree);
                continue;
            }
            let alias = outer_join(tree, owner, relation, &self.nodes[via.parent].name, &mut taken)?;
            for (field, descending) in &relation.order_by {
                let target = (relation.target)();
                let node = column_of(target, &alias, order_column(target, field)?);
                tree.order_by.push(OrderKey { node, descending: *descending, nulls_first: None });
            }
            self.take_columns(position, alias, tree);
        }
        Ok(())
    }

    /// Selects the columns of a node, whose table goes by this name.
    fn take_columns(&mut self, position: usize, name: Name, tree: &mut SelectTree) {
        let node = &mut self.nodes[position];
        node.at = tree.items.len();
        match &node.shape {
            Some(shape) => push_some(&mut tree.items, node.meta, &name, &shape.columns),
            None => push_columns(&mut tree.items, node.meta, &name),
        }
        node.name = name;
    }

    /// Takes the entities of a row.
    ///
    /// # Errors
    /// When a column does not fit its field.
    #[inline]
    pub(crate) fn accept(&mut self, sink: &mut dyn EntitySink, row: &mut dyn RowReader) -> BoxedResult<Option<Slot>> {
        let root = &self.nodes[0];
        let slot = match &root.shape {
            None => sink.accept(root.meta, row, root.at, self.existing)?,
            Some(_) if self.fills => return root.fill(sink, row),
            Some(shape) => accept_placed((root.meta, root.at, shape), sink, row, self.existing)?,
        };
        if let Some(slot) = slot
            && (root.followed || !self.is_plain())
        {
            self.accept_others(slot, sink, row)?;
        }
        Ok(slot)
    }

    /// Takes what is joined to the entity of a row, and notes that more of it is to be loaded.
    #[inline(never)]
    fn accept_others(&mut self, slot: Slot, sink: &mut dyn EntitySink, row: &mut dyn RowReader) -> BoxedResult<()> {
        let root = &mut self.nodes[0];
        if root.followed {
            root.arrived.insert(slot);
        }
        root.current = Some(slot);
        (1..self.nodes.len()).try_for_each(|position| self.accept_joined(position, sink, row))
    }

    fn accept_joined(
        &mut self,
        position: usize,
        sink: &mut dyn EntitySink,
        row: &mut dyn RowReader,
    ) -> BoxedResult<()> {
        let (before, rest) = self.nodes.split_at_mut(position);
        let node = &mut rest[0];
        let Some(via) = &mut node.via else { return Ok(()) };
        let parent = &before[via.parent];
        node.current = None;
        let Some(owner) = parent.current else { return Ok(()) };
        if !has_relation(sink, parent.meta, owner, via.relation) {
            return Ok(());
        }
        let slot = match &node.shape {
            None => sink.accept(node.meta, row, node.at, self.existing)?,
            Some(shape) => accept_placed((node.meta, node.at, shape), sink, row, self.existing)?,
        };
        if let Some(slot) = slot.filter(|_| node.followed) {
            node.arrived.insert(slot);
        }
        node.current = slot;
        if via.kind != RelationKind::BelongsTo && via.at_once {
            return Ok(via.state(sink, parent.meta, owner, slot.as_slice(), self.existing)?);
        }
        if via.kind != RelationKind::BelongsTo {
            via.take_member(owner, slot);
            return Ok(());
        }
        let Some(slot) = slot else { return Ok(()) };
        if leads_to(sink, parent.meta, owner, via.relation, slot) {
            sink.set_target(parent.meta, owner, via.relation, Some(slot))?;
        }
        Ok(())
    }

    /// States the joined collections, and hands on what is still to be loaded. `select` is the statement that gave the rows, where it can be repeated.
    ///
    /// # Errors
    /// When an owner has left.
    pub(crate) fn finish(
        &mut self,
        sink: &mut dyn EntitySink,
        loader: &mut Loader,
        select: Option<&Arc<SelectTree>>,
    ) -> Result<()> {
        for position in 1..self.nodes.len() {
            let (before, rest) = self.nodes.split_at_mut(position);
            let Some(via) = &mut rest[0].via else { continue };
            via.state_members(sink, before[via.parent].meta, self.existing)?;
        }
        for position in 0..self.nodes.len() {
            let joined: Vec<RelationPosition> =
                self.vias().filter(|via| via.parent == position).map(|via| via.relation).collect();
            let node = &mut self.nodes[position];
            if node.followed {
                let owners = select.map(|select| OwnersSelect {
                    select: Arc::clone(select),
                    name: node.name.clone(),
                    at: node.at,
                });
                let arrived = node.arrived.take();
                let place = Place { branch: &node.branch, owners: owners.as_ref() };
                loader.follow(sink, node.meta, &arrived, place, &joined)?;
            }
        }
        Ok(())
    }
}

impl Node {
    fn new(meta: &'static EntityMeta, branch: Branch, at: usize, via: Option<Via>) -> Self {
        let name = Name::Borrowed(meta.table);
        let shape = meta.shape().map(|base| match branch.loaded_columns(meta) {
            columns if columns.is_empty() => Arc::clone(base),
            columns => Arc::new(base.with(meta, &columns, base.columns.len())),
        });
        Self { meta, at, name, branch, shape, via, followed: false, arrived: SlotSet::default(), current: None }
    }

    /// Takes the deferred columns of an entity that is held.
    fn fill(&self, sink: &mut dyn EntitySink, row: &mut dyn RowReader) -> BoxedResult<Option<Slot>> {
        let Some(shape) = &self.shape else { return Ok(None) };
        let mut placed = PlacedReader::of_shape(row, self.at, self.meta, shape);
        sink.fill_columns(self.meta, &mut placed, &shape.deferred)
    }
}

/// Takes a row that lacks columns and whose first column is at a position.
#[inline(never)]
fn accept_placed(
    (meta, at, shape): (&'static EntityMeta, usize, &RowShape),
    sink: &mut dyn EntitySink,
    row: &mut dyn RowReader,
    existing: Existing,
) -> BoxedResult<Option<Slot>> {
    let mut placed = PlacedReader::of_shape(row, at, meta, shape);
    sink.accept_placed(meta, &mut placed, &shape.deferred, existing)
}

impl Via {
    fn new(parent: usize, relation: RelationPosition, kind: RelationKind) -> Self {
        Self {
            parent,
            relation,
            kind,
            owners: SlotSet::default(),
            members: Members::default(),
            seen: FxHashSet::default(),
            at_once: false,
            source: None,
        }
    }

    /// Notes a member, once however often the rows repeat it.
    fn take_member(&mut self, owner: Slot, member: Option<Slot>) {
        let (owner, _) = self.owners.insert(owner);
        let Some(member) = member else { return };
        if self.seen.insert((owner, member)) {
            self.members.push(owner, member);
        }
    }

    fn state_members(
        &mut self,
        sink: &mut dyn EntitySink,
        meta: &'static EntityMeta,
        existing: Existing,
    ) -> Result<()> {
        let owners = self.owners.take();
        let grouped = std::mem::take(&mut self.members).grouped(owners.len());
        self.seen.clear();
        for (number, owner) in owners.into_iter().enumerate() {
            self.state(sink, meta, owner, grouped.of(number), existing)?;
        }
        Ok(())
    }

    /// States the members of an owner, unless they are known.
    fn state(
        &self,
        sink: &mut dyn EntitySink,
        meta: &'static EntityMeta,
        owner: Slot,
        members: &[Slot],
        existing: Existing,
    ) -> Result<()> {
        if existing == Existing::Refresh || !sink.is_loaded(meta, owner, self.relation) {
            sink.set_members(meta, owner, self.relation, members)?;
        }
        Ok(())
    }
}

/// Refuses deferred columns of an entity whose rows come from a subquery that does not give these columns.
fn check_given(tree: &SelectTree, meta: &'static EntityMeta, name: &Name, columns: &[ColumnPosition]) -> Result<()> {
    let items = tree.from.iter().chain(tree.joins.iter().map(|join| &join.item));
    let within = items.filter_map(|item| match item {
        FromItem::Select { select, alias } if alias == name => Some(select),
        _ => None,
    });
    for select in within {
        let gives = |column: &ColumnPosition| {
            select.items.iter().any(|item| match (&item.label, &item.node) {
                (Some(label), _) => *label == meta.columns[*column].name,
                (None, Expression::Column(it)) => it.name == meta.columns[*column].name,
                (None, _) => false,
            })
        };
        if let Some(column) = columns.iter().find(|column| !gives(column)) {
            return Err(Error::invalid(format!(
                "{0}.{1} is deferred, and the subquery `{name}` does not give the column: select the key there, and the \
                 entity by `.filter(.. .in_select(..))`, or load the column afterwards by `session.load_column(..)`",
                meta.name, meta.columns[*column].field
            )));
        }
    }
    Ok(())
}

/// Whether a join along such a relationship may give an owner more than one row.
fn multiplies(kind: RelationKind) -> bool {
    !matches!(kind, RelationKind::BelongsTo | RelationKind::HasOne)
}

/// Whether the reference in memory, which may have been edited since, names this entity.
fn leads_to(
    sink: &dyn EntitySink,
    meta: &'static EntityMeta,
    owner: Slot,
    relation: RelationPosition,
    target: Slot,
) -> bool {
    let target_meta = (meta.relations[relation].target)();
    let (Some(owner), Some(target)) = (sink.record(meta, owner), sink.record(target_meta, target)) else {
        return false;
    };
    owner.reference(relation).is_some_and(|reference| {
        let parts = target_meta.primary_key.iter().enumerate();
        parts.fold(reference.has_id(), |same, (part, position)| {
            same && reference.id_part(part) == target.value(*position)
        })
    })
}

/// Joins the target of a relationship under a fresh alias, and gives the alias.
fn outer_join(
    tree: &mut SelectTree,
    owner: &'static EntityMeta,
    relation: &'static RelationMeta,
    owner_name: &Name,
    taken: &mut Names,
) -> Result<Name> {
    let target = (relation.target)();
    let alias = taken.fresh(target.table);
    let rows = RowSource::of(target, Some(alias.clone()));
    let mut join = |item: FromItem, on: Expression| tree.joins.push(Join { kind: JoinKind::Left, item, on });
    match join_columns(owner, relation)? {
        JoinColumns::Direct { local, remote } => {
            let on = equal(columns_of(owner, owner_name, local), columns_of(target, &alias, remote));
            let on = rows.on(on);
            join(rows.item, on);
        }
        JoinColumns::Secondary(secondary) => {
            let between = taken.fresh(secondary.table);
            let own = columns_of(owner, owner_name, owner.row_key());
            let on = equal(own, bare_columns(&between, &secondary.local));
            let table = TableRef { alias: Some(between.clone()), ..TableRef::named(secondary.table) };
            join(FromItem::Table(table), on);
            let theirs = columns_of(target, &alias, &target.primary_key);
            let on = rows.on(equal(bare_columns(&between, &secondary.remote), theirs));
            join(rows.item, on);
        }
        JoinColumns::On(condition) => {
            let on = rows.on(on(condition, (owner, owner_name), (target, &alias)));
            join(rows.item, on);
        }
    }
    Ok(alias)
}
