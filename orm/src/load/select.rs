//! `Select`: a query as a value, independent of any session.

use std::fmt;
use std::sync::Arc;

use super::body::Body;
use super::clause::OrderKeys;
use super::join::JoinPath;
use super::option::LoadOptions;
use super::selection::{Decode, Items, Selection, Source};
use super::sink::Existing;
use super::source::{IntoSource, NamedSelect};
use crate::column_type::ColumnType;
use crate::error::Result;
use crate::mapping::Entity;
use crate::sql::tree::{FromItem, JoinKind, Name, Node, SelectItem, SelectTree};
use crate::sql::{Expr, IntoExpr, IntoNodes, Subquery};
use crate::value::Value;

/// A query that gives an `Out` for each row.
///
/// Each method takes the query and gives back a changed one. What cannot be done, such as an ambiguous join, is noted
/// and comes out as an error when the query is run.
///
/// Counterpart: `sqlalchemy.Select`.
#[must_use = "a query does nothing until a session runs it"]
pub struct Select<Out> {
    pub(crate) body: Body,
    pub(crate) decoder: Arc<dyn Decode<Row = Out>>,
}

/// Selects entities, columns, or a tuple of them.
///
/// ```
/// # use orm::prelude::*;
/// # #[derive(Entity, Debug, Default)]
/// # struct User { #[entity(primary_key)] id: Auto<i64>, name: String, #[entity(inverse = "user")] addresses: HasMany<Address> }
/// # #[derive(Entity, Debug, Default)]
/// # struct Address { #[entity(primary_key)] id: Auto<i64>, #[entity(inverse = "addresses")] user: BelongsTo<User> }
/// let counts = select((User::NAME, count(Address::ID).label("n"))).join(User::ADDRESSES).group_by(User::NAME);
/// let sql = orm::engine::render(&counts.tree()?, &orm::engine::Capabilities::sqlite())?.sql;
/// assert_eq!(
///     sql,
///     "SELECT user.name, count(address.id) AS n FROM user JOIN address ON user.id = address.user_id GROUP BY user.name"
/// );
/// # Ok::<(), orm::Error>(())
/// ```
///
/// Counterpart: `sqlalchemy.select`.
pub fn select<S: Selection>(selection: S) -> Select<S::Row> {
    let mut items = Items::default();
    let decoder = selection.select(&mut items);
    Select { body: Body::new(items), decoder: Arc::new(decoder) }
}

impl<Out: 'static> Select<Out> {
    fn with(mut self, change: impl FnOnce(&mut Body)) -> Self {
        change(&mut self.body);
        self
    }

    fn try_with(mut self, change: impl FnOnce(&mut Body) -> Result<(), String>) -> Self {
        let outcome = change(&mut self.body);
        self.body.note(outcome);
        self
    }

    /// Only rows for which this holds; further calls add conditions that must hold too.
    pub fn filter(self, condition: impl IntoExpr<bool>) -> Self {
        self.with(|body| match condition.into_node() {
            Node::And(conditions) => body.filters.extend(conditions.into_inner()),
            condition => body.filters.push(condition),
        })
    }

    /// Sorts by a key, or by several as a tuple or a list; further calls sort what is equal so far. A text names something that is
    /// selected, by its label or as a column.
    pub fn order_by(self, keys: impl OrderKeys) -> Self {
        self.with(|body| body.order_by.extend(keys.into_order_keys()))
    }

    /// At most so many rows.
    pub fn limit(self, rows: u64) -> Self {
        self.with(|body| body.limit = Some(rows))
    }

    /// Without the first so many rows.
    pub fn offset(self, rows: u64) -> Self {
        self.with(|body| body.offset = Some(rows))
    }

    /// Equal rows once.
    pub fn distinct(self) -> Self {
        self.with(|body| body.distinct = true)
    }

    /// One row for each value of an expression, or of several as a tuple. A text names something that is selected, as in
    /// [`order_by`](Self::order_by).
    pub fn group_by(self, expressions: impl IntoNodes) -> Self {
        self.with(|body| body.group_by.extend(expressions.into_nodes().into_iter().map(by_name)))
    }

    /// Only groups for which this holds.
    pub fn having(self, condition: impl IntoExpr<bool>) -> Self {
        self.with(|body| body.having.push(condition.into_node()))
    }

    /// Joins the target of a relationship: `User::ADDRESSES`, or `User::ADDRESSES.onto(&alias)`.
    ///
    /// Counterpart: `Select.join(User.addresses)`, `.join(User.addresses.of_type(alias))`.
    pub fn join(self, path: impl Into<JoinPath>) -> Self {
        self.try_with(|body| body.join_path(JoinKind::Inner, path.into()))
    }

    /// Joins the target of a relationship, and keeps rows that have none.
    pub fn left_join(self, path: impl Into<JoinPath>) -> Self {
        self.try_with(|body| body.join_path(JoinKind::Left, path.into()))
    }

    /// Joins an entity by the sole foreign key between it and what the query takes rows from; none or several are an error that names them.
    ///
    /// Counterpart: `Select.join(Address)`.
    pub fn join_entity<E: Entity>(self) -> Self {
        self.try_with(|body| body.join_entity(JoinKind::Inner, E::entity_meta()))
    }

    /// The same, and keeps rows that have no partner.
    pub fn left_join_entity<E: Entity>(self) -> Self {
        self.try_with(|body| body.join_entity(JoinKind::Left, E::entity_meta()))
    }

    /// Joins an entity on a condition.
    pub fn join_on<E: Entity>(self, condition: impl IntoExpr<bool>) -> Self {
        self.join_source(JoinKind::Inner, Source::entity(E::entity_meta(), None), condition.into_node())
    }

    /// Joins an entity on a condition, and keeps rows that have no partner.
    pub fn left_join_on<E: Entity>(self, condition: impl IntoExpr<bool>) -> Self {
        self.join_source(JoinKind::Left, Source::entity(E::entity_meta(), None), condition.into_node())
    }

    /// Joins an alias or a subquery on a condition.
    pub fn join_to(self, source: impl IntoSource, condition: impl IntoExpr<bool>) -> Self {
        self.join_source(JoinKind::Inner, source.into_source(), condition.into_node())
    }

    /// Joins an alias or a subquery on a condition, and keeps rows that have no partner.
    pub fn left_join_to(self, source: impl IntoSource, condition: impl IntoExpr<bool>) -> Self {
        self.join_source(JoinKind::Left, source.into_source(), condition.into_node())
    }

    fn join_source(self, kind: JoinKind, source: Source, on: Node) -> Self {
        self.try_with(|body| {
            let name = source.name().clone();
            body.add_join(kind, source, on)
                .map_err(|()| format!("`{name}` is already in the FROM clause; join under another name: `alias(..)`"))
        })
    }

    /// Takes rows from this, and not from what is selected; further calls add more.
    pub fn select_from(self, source: impl IntoSource) -> Self {
        self.with(|body| body.select_from(source.into_source()))
    }

    /// How relationships of the selected entities are loaded: one option, or a tuple of them.
    pub fn options(self, options: impl LoadOptions) -> Self {
        self.with(|body| options.hand_over(&mut body.options))
    }

    /// Overwrites entities that the session holds already with what the rows say, unless they have unflushed edits.
    ///
    /// Counterpart: `execution_options(populate_existing=True)`.
    pub fn populate_existing(self) -> Self {
        self.with(|body| body.existing = Existing::Refresh)
    }

    /// The query as something to take rows from: `select_from` it, `join_to` it, name its columns.
    ///
    /// Counterpart: `Select.subquery()`.
    pub fn as_subquery(self, name: impl Into<Name>) -> NamedSelect {
        NamedSelect::new(self.body.into_tree(), name.into())
    }

    /// Whether the query gives any row.
    ///
    /// Counterpart: `Select.exists()`.
    pub fn exists(self) -> Expr<bool> {
        let mut tree = self.body.into_tree();
        tree.order_by.clear();
        // What is computed may be an aggregate, which gives a row where there is none.
        let plain = tree.items.iter().all(|item| matches!(item.node, Node::Column(_)));
        if plain && !tree.distinct && tree.group_by.is_empty() {
            tree.items.clear();
        }
        Expr::new(Node::Exists { select: tree.into(), negated: false })
    }

    /// The number of rows that the query gives.
    ///
    /// Counterpart: `Query.count()`.
    pub fn count(self) -> Select<i64> {
        let execution = self.body.options.execution.clone();
        let mut inner = self.body.into_tree();
        if inner.limit.is_none() && inner.offset.is_none() {
            inner.order_by.clear();
        }
        label_twins(&mut inner.items);
        let all = Node::Function { name: "count".into(), arguments: vec![Node::Star].into(), distinct: false };
        let item = FromItem::Select { select: inner.into(), alias: "anon_1".into() };
        select(Expr::<i64>::new(all)).with(|body| {
            body.options.execution = execution;
            body.select_from(Source::plain(item));
        })
    }

    /// The untyped tree, without what the options would join.
    ///
    /// # Errors
    /// What went wrong while the query was built.
    pub fn tree(&self) -> Result<SelectTree> {
        self.body.clone().into_sound_tree()
    }
}

/// A text to group by is no value, which would make one group of all rows: it is the name of what is selected.
fn by_name(node: Node) -> Node {
    match node {
        Node::Bind(Value::Text(name)) => Node::LabelRef(Name::Owned(name)),
        node => node,
    }
}

/// What is computed gets labels, and so do columns of equal names: some databases refuse a subquery that has two of one name.
fn label_twins(items: &mut [SelectItem]) {
    let mut seen = rustc_hash::FxHashSet::default();
    for (position, item) in items.iter_mut().enumerate() {
        let name = match (&item.label, &item.node) {
            (Some(label), _) => Some(label),
            (None, Node::Column(column)) => Some(&column.name),
            (None, _) => None,
        };
        if name.is_none_or(|name| !seen.insert(name.to_string())) {
            item.label = Some(Name::Owned(format!("column_{}", position + 1)));
        }
    }
}

/// What takes a query takes one that is to be kept, too.
impl<Out> From<&Self> for Select<Out> {
    fn from(select: &Self) -> Self {
        select.clone()
    }
}

impl<Out> Clone for Select<Out> {
    fn clone(&self) -> Self {
        Self { body: self.body.clone(), decoder: Arc::clone(&self.decoder) }
    }
}

impl<Out> fmt::Debug for Select<Out> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.body.fmt(f)
    }
}

impl<Out> From<Select<Out>> for SelectTree {
    fn from(select: Select<Out>) -> Self {
        select.body.into_tree()
    }
}

impl<T: ColumnType<Base = B>, B> Subquery<B> for Select<T> {
    fn into_select(self) -> SelectTree {
        self.body.into_tree()
    }
}
