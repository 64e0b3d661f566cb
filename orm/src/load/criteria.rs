//! Loader criteria: conditions that are added to every SELECT of an entity, wherever the entity stands in the
//! statement.
//!
//! A criterion acts on the finished tree. The tree says of each table whose entity's rows are meant (`Origin`), so that
//! one walk reaches aliases, joins, subqueries and eager loads. Statements that are written without a tree become one
//! first; a session without criteria never does that.

use std::any::TypeId;
use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;
use std::sync::Arc;

use crate::mapping::rows::column_of;
use crate::mapping::{ColumnPosition, Embedded, EmbeddedColumn, Entity, EntityMeta, rename};
use crate::sql::tree::{ColumnRef, FromItem, Join, Name, Node, Origin, SelectTree, TableRef};
use crate::sql::visit::{Rewriter, Visitor, rewrite_join, rewrite_select};
use crate::sql::{Expr, IntoExpr};
use crate::value::Value;

/// Restricts every SELECT of `E` to the rows that meet a condition over the columns of `E`: the query itself, aliases,
/// joins, subqueries, conditions over relationships, eager and lazy loads. Classes below `E` are restricted with it.
///
/// A criterion that is an option of a query holds for that query and for lazy loads from its entities. An option of a
/// session ([`SessionBuilder::criterion`](crate::session::SessionBuilderOf::criterion)) holds for all that the session
/// reads. Of a joined entity, it is part of the `ON` clause, so that an outer join keeps
/// its left side. A flush is never restricted: what a cascade must delete is found even where it is hidden.
///
/// UPDATE and DELETE statements that a program writes are not restricted: `update("post").filter(..)` needs the
/// condition itself.
///
/// An entity that is in memory is not asked for again: `get` and a many-to-one relationship find it there, whatever the
/// criterion says.
///
/// ```
/// use orm::prelude::*;
///
/// #[derive(Entity, Debug, Default)]
/// struct User {
///     #[entity(primary_key)]
///     id: Auto<i64>,
///     #[entity(inverse = "user")]
///     posts: HasMany<Post>,
/// }
///
/// #[derive(Entity, Debug, Default)]
/// struct Post {
///     #[entity(primary_key)]
///     id: Auto<i64>,
///     deleted: bool,
///     #[entity(inverse = "posts")]
///     user: BelongsTo<User>,
/// }
///
/// # fn main() -> orm::Result<()> {
/// let engine = Engine::new("sqlite://")?;
/// engine.create_all(schema![User, Post])?;
/// let mut session = Session::builder(&engine).criterion(criterion::<Post>(Post::DELETED.eq(false))).build();
/// let user = session.add(User::default());
/// session.rel(user, User::POSTS).extend([Post::default(), Post { deleted: true, ..Post::default() }])?;
/// session.commit()?;
/// session.expunge_all();
///
/// assert_eq!(session.query::<Post>().count()?, 1);
/// let users = session.query::<User>().options(joined(User::POSTS)).all()?;
/// assert_eq!(session.rel(users[0], User::POSTS).load()?.len(), 1);
/// # Ok(()) }
/// ```
///
/// Counterpart: `with_loader_criteria`.
#[track_caller]
pub fn criterion<E: Entity>(condition: impl IntoExpr<bool>) -> LoaderCriterion {
    let node = condition.into_node();
    LoaderCriterion {
        scope: Scope::Entity(E::entity_meta),
        condition: Arc::new(move |_, _, _| node.clone()),
        name: None,
        location: Location::caller(),
    }
}

/// Restricts every SELECT of the entities that embed `M` to the rows that meet a condition, which is asked once for
/// each of their tables; else as [`criterion`].
///
/// ```
/// use orm::prelude::*;
///
/// #[derive(Embed, Debug, Default)]
/// struct Published {
///     public: bool,
/// }
///
/// #[derive(Entity, Debug, Default)]
/// struct User {
///     #[entity(primary_key)]
///     id: Auto<i64>,
///     #[entity(embed)]
///     published: Published,
/// }
///
/// # fn main() -> orm::Result<()> {
/// let engine = Engine::new("sqlite://")?;
/// engine.create_all(schema![User])?;
/// let mut session = Session::new(&engine);
/// session.add_all([true, false].map(|public| User { published: Published { public }, ..User::default() }));
/// let public = mixin_criterion::<Published>(|row| row.column(Published::PUBLIC).eq(true));
/// assert_eq!(session.query::<User>().options(public).count()?, 1);
/// # Ok(()) }
/// ```
///
/// Counterpart: `with_loader_criteria(Mixin, lambda cls: .., include_aliases=True)`.
#[track_caller]
pub fn mixin_criterion<M: Embedded>(
    condition: impl Fn(MixinRow<'_, M>) -> Expr<bool> + Send + Sync + 'static,
) -> LoaderCriterion {
    let condition =
        move |meta, table: &Name, first| condition(MixinRow { meta, table, first, mixin: PhantomData }).into_node();
    LoaderCriterion {
        scope: Scope::Mixin(TypeId::of::<M>()),
        condition: Arc::new(condition),
        name: None,
        location: Location::caller(),
    }
}

/// Writes the condition for the rows of an entity: of its mapping, the name of its table, and the first column of what
/// restricts it.
type Condition = dyn Fn(&'static EntityMeta, &Name, ColumnPosition) -> Node + Send + Sync;

/// A condition for every SELECT of an entity; see [`criterion`] and [`mixin_criterion`].
#[derive(Clone)]
#[must_use = "a criterion does nothing until it is given to `.options(..)` or to a session"]
pub struct LoaderCriterion {
    scope: Scope,
    condition: Arc<Condition>,
    name: Option<&'static str>,
    location: &'static Location<'static>,
}

/// The entities that a criterion is for.
#[derive(Clone, Copy)]
enum Scope {
    /// An entity, and the classes below it.
    Entity(fn() -> &'static EntityMeta),
    /// The entities that embed a struct of this type.
    Mixin(TypeId),
}

/// The columns of an embedded struct in one table of a statement, whichever entity and alias it is.
pub struct MixinRow<'t, M> {
    meta: &'static EntityMeta,
    table: &'t Name,
    first: ColumnPosition,
    mixin: PhantomData<fn() -> M>,
}

impl<M> MixinRow<'_, M> {
    /// Returns a column of the embedded struct, as the table has it.
    pub fn column<T, L>(&self, column: EmbeddedColumn<M, T, L>) -> Expr<T> {
        Expr::new(column_of(self.meta, self.table, self.first.plus(column.index())))
    }

    /// Returns the name of the entity.
    pub fn entity(&self) -> &'static str {
        self.meta.name
    }
}

impl<M> fmt::Debug for MixinRow<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} as {}", self.meta.name, self.table)
    }
}

impl LoaderCriterion {
    /// Names the criterion, so that a query can leave it out: [`without_criteria`](super::without_criteria).
    pub fn named(mut self, name: &'static str) -> Self {
        self.name = Some(name);
        self
    }

    pub(super) fn name(&self) -> Option<&'static str> {
        self.name
    }

    /// The conditions for the rows of a table; none where the criterion is not for them.
    ///
    /// # Errors
    /// A text that says which column is foreign to the entity.
    fn for_table(&self, table: &TableRef) -> Result<Vec<Node>, String> {
        let Some((origin, meta)) = table.origin.and_then(|origin| Some((origin, origin.mapping::<EntityMeta>()?)))
        else {
            return Ok(Vec::new());
        };
        let name = table.alias.as_ref().unwrap_or(&table.name);
        let rows = RowsOfTable { meta, origin, name };
        if table.name != meta.table && origin.class().is_none() && !self.places_in(meta).is_empty() {
            return Err(format!(
                "{self} cannot restrict the table `{}` alone, which has a part of the rows of `{name}`: \
                 say `.select_from(entity::<{name}>())`",
                table.name,
                name = meta.name
            ));
        }
        let mut conditions = Vec::new();
        for (class, first) in self.places_in(meta).into_iter().filter(|(class, _)| rows.may_be_of(*class)) {
            let mut condition = (self.condition)(meta, name, first);
            if let Scope::Entity(entity) = self.scope {
                self.check(&condition, entity())?;
                rename(&mut condition, entity(), name);
            }
            conditions.push(rows.if_of(class, condition));
        }
        Ok(conditions)
    }

    /// The classes of an entity that are restricted, and the first column of what restricts them: a struct may be
    /// embedded twice.
    fn places_in(&self, meta: &'static EntityMeta) -> Vec<(usize, ColumnPosition)> {
        match self.scope {
            Scope::Entity(entity) if entity().is_kin(meta) => vec![(entity().class(), ColumnPosition(0))],
            Scope::Entity(_) => Vec::new(),
            Scope::Mixin(mixin) => {
                let embedded = meta.embeds.iter().filter(|(embedded, _)| *embedded == mixin);
                let class = |first: ColumnPosition| {
                    meta.polymorphism.as_ref().map_or(0, |polymorphism| polymorphism.owner_of(first))
                };
                embedded.map(|(_, first)| (class(*first), *first)).collect()
            }
        }
    }

    /// Refuses a condition over columns that the entity lacks: the database would only say that there is no such
    /// column.
    fn check(&self, condition: &Node, entity: &'static EntityMeta) -> Result<(), String> {
        let mut foreign = ForeignColumn { entity, found: None };
        foreign.visit_node(condition);
        match foreign.found {
            None => Ok(()),
            Some(column) => Err(format!(
                "{self} names `{column}`, which is no column of `{}`: ask through a relationship, `{}::...any(..)` or `.has(..)`",
                entity.name, entity.name
            )),
        }
    }
}

impl fmt::Display for LoaderCriterion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the criterion ")?;
        if let Some(name) = self.name {
            write!(f, "`{name}` ")?;
        }
        if let Scope::Entity(entity) = self.scope {
            write!(f, "for `{}` ", entity().name)?;
        }
        write!(f, "of {}:{}", self.location.file(), self.location.line())
    }
}

impl fmt::Debug for LoaderCriterion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

// Two of the same origin: conditions are functions, which do not compare.
impl PartialEq for LoaderCriterion {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.condition, &other.condition) && self.name == other.name
    }
}

/// The rows of an entity in one table of a statement.
struct RowsOfTable<'t> {
    meta: &'static EntityMeta,
    origin: Origin,
    name: &'t Name,
}

impl RowsOfTable<'_> {
    /// The classes whose rows may be there; none outside any hierarchy.
    fn classes(&self) -> Option<Vec<usize>> {
        let polymorphism = self.meta.polymorphism.as_ref()?;
        Some(self.origin.class().map_or_else(|| polymorphism.this().subtree.clone(), |class| vec![class]))
    }

    /// Whether rows of a class, or of one below it, may be there.
    fn may_be_of(&self, class: usize) -> bool {
        match (&self.meta.polymorphism, self.classes()) {
            (Some(polymorphism), Some(classes)) => {
                classes.iter().any(|it| polymorphism.classes[class].subtree.contains(it))
            }
            _ => true,
        }
    }

    /// A condition that binds the rows of a class alone, where there may be rows of others.
    fn if_of(&self, class: usize, condition: Node) -> Node {
        let (Some(polymorphism), Some(classes)) = (&self.meta.polymorphism, self.classes()) else { return condition };
        let subtree = &polymorphism.classes[class].subtree;
        if classes.iter().all(|it| subtree.contains(it)) {
            return condition;
        }
        let identities =
            subtree.iter().map(|it| Node::Bind(Value::Text(polymorphism.classes[*it].identity.to_owned())));
        let is_other = Node::InList {
            operand: column_of(self.meta, self.name, polymorphism.discriminator).into(),
            list: identities.collect(),
            negated: true,
        };
        Node::Or(vec![is_other, condition].into())
    }
}

/// Finds a column that no table of an entity has. Subqueries have tables of their own.
struct ForeignColumn {
    entity: &'static EntityMeta,
    found: Option<String>,
}

impl<'t> Visitor<'t> for ForeignColumn {
    fn visit_select(&mut self, _select: &'t SelectTree) {}

    fn visit_column(&mut self, column: &'t ColumnRef) {
        let Some(table) = &column.table else { return };
        let is_own = *table == self.entity.table
            || self.entity.table_positions().any(|position| *table == self.entity.table_name(position).1)
            || self
                .entity
                .polymorphism
                .iter()
                .flat_map(|polymorphism| polymorphism.classes.iter())
                .any(|class| *table == class.table);
        if !is_own {
            self.found.get_or_insert_with(|| format!("{table}.{}", column.name));
        }
    }
}

/// Adds criteria to a tree.
pub(super) struct Restriction<'c> {
    criteria: &'c [LoaderCriterion],
    fault: Option<String>,
}

impl<'c> Restriction<'c> {
    pub(super) fn new(criteria: &'c [LoaderCriterion]) -> Self {
        Self { criteria, fault: None }
    }

    pub(super) fn apply(mut self, tree: &mut SelectTree) {
        self.visit_select(tree);
        if let Some(fault) = self.fault {
            tree.fault.get_or_insert(fault);
        }
    }

    /// The conditions for something that rows are taken from.
    fn conditions(&mut self, item: &FromItem) -> Vec<Node> {
        let (FromItem::Table(table) | FromItem::Joined { first: table, .. }) = item else { return Vec::new() };
        let mut conditions = Vec::new();
        for criterion in self.criteria {
            match criterion.for_table(table) {
                Ok(condition) => conditions.extend(condition),
                Err(fault) => drop(self.fault.get_or_insert(fault)),
            }
        }
        conditions
    }
}

impl Rewriter for Restriction<'_> {
    fn visit_select(&mut self, select: &mut SelectTree) {
        // First what is within: the subqueries of a criterion are as the program wrote them.
        rewrite_select(self, select);
        let conditions: Vec<Node> = select.from.iter().flat_map(|item| self.conditions(item)).collect();
        select.filters.extend(conditions);
    }

    fn visit_join(&mut self, join: &mut Join) {
        rewrite_join(self, join);
        let mut conditions = self.conditions(&join.item);
        if !conditions.is_empty() {
            conditions.insert(0, std::mem::replace(&mut join.on, Node::And(Vec::new().into())));
            join.on = Node::And(conditions.into());
        }
    }
}
