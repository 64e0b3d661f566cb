//! A query without its types: clauses in the making, and the tree that they become.

use super::option::Options;
use super::selection::{Items, Selected, Source};
use super::sink::Existing;
use crate::engine::fit_identifier;
use crate::error::{Error, Result};
use crate::mapping::rows::other_names;
use crate::sql::tree::{FromItem, Join, JoinKind, Name, Node, NodeList, OrderKey, SelectItem, SelectTree, TableRef};
use crate::sql::visit::{Visitor, adapt};
use crate::value::{Value, ValueRef};

/// The clauses of a query.
#[derive(Clone, Debug, Default)]
pub(crate) struct Body {
    pub(crate) distinct: bool,
    pub(crate) items: Vec<SelectItem>,
    pub(crate) entities: Vec<Selected>,
    pub(crate) values: Vec<Selected>,
    from: Vec<Source>,
    /// Whether the FROM clause was stated, and not inferred from what is selected.
    stated: bool,
    /// Tables that selected expressions name.
    mentioned: Vec<TableRef>,
    joins: Vec<Joined>,
    pub(crate) filters: Vec<Node>,
    pub(crate) group_by: Vec<Node>,
    pub(crate) having: Vec<Node>,
    pub(crate) order_by: Vec<OrderKey>,
    pub(crate) limit: Option<u64>,
    pub(crate) offset: Option<u64>,
    pub(crate) options: Options,
    pub(crate) existing: Existing,
    /// The first thing that went wrong while the query was built.
    fault: Option<String>,
}

/// Something that is joined.
#[derive(Clone, Debug)]
struct Joined {
    kind: JoinKind,
    source: Source,
    on: Node,
    /// A table that is joined together with it, and how the two belong to each other.
    between: Option<(Source, Node)>,
}

impl Joined {
    fn sources(&self) -> impl Iterator<Item = &Source> {
        self.between.iter().map(|(source, _)| source).chain([&self.source])
    }

    fn into_tree(self) -> Join {
        let Self { kind, source, on, between } = self;
        let item = match between {
            Some((Source { item: FromItem::Table(first), .. }, pairs)) => {
                let join = Join { kind: JoinKind::Inner, item: source.item, on: pairs };
                FromItem::Joined { first, joins: vec![join].into() }
            }
            _ => source.item,
        };
        Join { kind, item, on }
    }
}

impl Body {
    /// Selects, from the tables of what is selected.
    pub(crate) fn new(items: Items) -> Self {
        let Items { items, entities, values, sources, mentioned, fault } = items;
        Self { items, entities, values, from: sources, mentioned, fault, ..Self::default() }
    }

    /// Keeps the first fault; it comes out when the query is run.
    pub(crate) fn note(&mut self, outcome: Result<(), String>) {
        if let Err(fault) = outcome {
            self.fault.get_or_insert(fault);
        }
    }

    /// What rows are taken from so far, in order.
    pub(crate) fn sources(&self) -> impl Iterator<Item = &Source> {
        self.from.iter().chain(self.joins.iter().flat_map(Joined::sources))
    }

    /// States the FROM clause.
    pub(crate) fn select_from(&mut self, source: Source) {
        if !self.stated {
            self.from.clear();
            self.stated = true;
        }
        self.add_from(source);
    }

    /// Adds to the FROM clause what is not there yet.
    pub(crate) fn add_from(&mut self, source: Source) {
        if self.sources().all(|other| other.name() != source.name()) {
            self.from.push(source);
        }
    }

    /// Joins; what was in the FROM clause only because it is selected moves into the join.
    pub(crate) fn add_join(&mut self, kind: JoinKind, source: Source, on: Node) -> Result<(), ()> {
        self.join_through(kind, None, source, on)
    }

    /// The same, together with a table between: the condition decides about both, so that no row of that table stands alone.
    pub(crate) fn join_through(
        &mut self,
        kind: JoinKind,
        between: Option<(Source, Node)>,
        source: Source,
        on: Node,
    ) -> Result<(), ()> {
        if !self.stated && self.from.len() > 1 {
            self.from.retain(|other| other.name() != source.name());
        }
        if self.sources().any(|other| other.name() == source.name()) {
            return Err(());
        }
        let on = match &source.criterion {
            Some(criterion) => Node::And(vec![on, criterion.clone()].into()),
            None => on,
        };
        self.joins.push(Joined { kind, source, on, between });
        Ok(())
    }

    /// A table's own name, or a numbered one where that is taken.
    pub(crate) fn free_name(&self, table: &'static str) -> Name {
        let taken = |name: &str| self.sources().any(|source| source.name() == name);
        if !taken(table) {
            return Name::Borrowed(table);
        }
        let mut numbered = (1_u32..).map(|number| fit_identifier(format!("{table}_{number}")));
        numbered.find(|name| !taken(name)).map_or(Name::Borrowed(table), Name::Owned)
    }

    /// The tree. A fault goes with it and comes out as an error when it is rendered.
    pub(crate) fn into_tree(self) -> SelectTree {
        let (missing, renamed) = (self.missing(), self.renamed());
        let mut tree = SelectTree {
            distinct: self.distinct,
            items: self.items,
            from: Vec::with_capacity(self.from.len() + missing.len()),
            joins: self.joins.into_iter().map(Joined::into_tree).collect(),
            filters: self.filters,
            group_by: self.group_by,
            having: self.having,
            order_by: self.order_by,
            limit: self.limit.map(count),
            offset: self.offset.map(count),
            fault: self.fault,
        };
        for Source { item, criterion, .. } in self.from {
            tree.from.push(item);
            tree.filters.extend(criterion);
        }
        tree.from.extend(missing.into_iter().map(FromItem::Table));
        let SelectTree { items, group_by, order_by, .. } = &mut tree;
        group_by.iter_mut().for_each(|node| name_group(node, items));
        order_by.iter_mut().for_each(|key| name_column(&mut key.node, items));
        for (table, name) in renamed {
            nodes_of(&mut tree).for_each(|node| adapt(node, table, &name));
        }
        chain_from(&mut tree);
        tree
    }

    /// The tree.
    ///
    /// # Errors
    /// What went wrong while the query was built.
    pub(crate) fn into_sound_tree(self) -> Result<SelectTree> {
        let tree = self.into_tree();
        match tree.fault {
            Some(fault) => Err(Error::invalid(fault)),
            None => Ok(tree),
        }
    }

    /// Tables that selected expressions name, and that rows are not taken from yet; none where the FROM clause was stated.
    fn missing(&self) -> Vec<TableRef> {
        let called = |source: &Source, name: &Name| {
            source.meta.is_some_and(|meta| other_names(meta, source.name()).contains(&&**name))
        };
        let is_there = |TableRef { name, .. }: &TableRef| {
            self.sources().any(|source| source.item.shows(name) || called(source, name))
        };
        match self.stated {
            true => Vec::new(),
            false => self.mentioned.iter().filter(|table| !is_there(table)).cloned().collect(),
        }
    }

    /// Tables whose columns go by other names here.
    fn renamed(&self) -> Vec<(&'static str, Name)> {
        let renamed = self.sources().flat_map(|source| {
            let names = source.meta.map_or_else(Vec::new, |meta| other_names(meta, source.name()));
            names.into_iter().map(|table| (table, source.name().clone()))
        });
        renamed.filter(|(table, _)| !self.sources().any(|source| source.item.shows(table))).collect()
    }
}

/// The expressions of a query, its subqueries' own left out.
fn nodes_of(tree: &mut SelectTree) -> impl Iterator<Item = &mut Node> {
    let SelectTree { items, joins, filters, group_by, having, order_by, .. } = tree;
    let items = items.iter_mut().map(|item| &mut item.node);
    let joins = joins.iter_mut().map(|join| &mut join.on);
    let order = order_by.iter_mut().map(|key| &mut key.node);
    items.chain(joins).chain(filters).chain(group_by).chain(having).chain(order)
}

/// Makes a name to group by what it is the label of: a column of that name would come first there. Where that has parameters the label
/// stays, as the database could not tell that it is the same expression.
fn name_group(node: &mut Node, items: &[SelectItem]) {
    struct Parameters(bool);
    impl<'t> Visitor<'t> for Parameters {
        fn visit_bind(&mut self, _value: &'t Value) {
            self.0 = true;
        }

        fn visit_sensitive(&mut self, _value: &'t ValueRef<'static>) {
            self.0 = true;
        }
    }
    name_column(node, items);
    let Node::LabelRef(name) = node else { return };
    let Some(item) = items.iter().find(|item| item.label.as_ref() == Some(name)) else { return };
    let mut parameters = Parameters(false);
    parameters.visit_node(&item.node);
    if !parameters.0 {
        *node = item.node.clone();
    }
}

/// Makes a name that is nobody's label the selected column of that name: bare, another table of the statement could have one too.
fn name_column(node: &mut Node, items: &[SelectItem]) {
    let Node::LabelRef(name) = node else { return };
    let called = |item: &&SelectItem| matches!(&item.node, Node::Column(column) if column.name == *name);
    if items.iter().all(|item| item.label.as_ref() != Some(name))
        && let Some(item) = items.iter().filter(|item| item.label.is_none()).find(called)
    {
        *node = item.node.clone();
    }
}

/// A number of rows; more than a database can count means all of them.
fn count(rows: u64) -> Value {
    Value::I64(i64::try_from(rows).unwrap_or(i64::MAX))
}

/// `FROM a, b JOIN c` lets the condition see `b` only: with joins, several tables become `FROM a JOIN b ON TRUE JOIN c`.
pub(crate) fn chain_from(tree: &mut SelectTree) {
    if tree.joins.is_empty() || tree.from.len() < 2 {
        return;
    }
    let products =
        tree.from.drain(1..).map(|item| Join { kind: JoinKind::Inner, item, on: Node::And(NodeList::default()) });
    let products: Vec<Join> = products.collect();
    tree.joins.splice(0..0, products);
}
