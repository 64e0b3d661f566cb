//! What a query can ask of a relationship: `User::ADDRESSES.any(..)`, `Address::USER.is(7)`.

use super::entity::Entity;
use super::join::{Link, equal, link};
use super::key::PrimaryKey;
use super::meta::{EntityMeta, RelationKind};
use super::relationship::{Keyed, Relationship, ToMany, ToOne};
use super::rows::{Rows, bare_columns, columns_of, link_columns, other_names};
use crate::engine::fitted;
use crate::sql::mask::settled;
use crate::sql::tree::{BinaryOp, ColumnRef, FromItem, Join, JoinKind, Name, Node, SelectTree, TableRef};
use crate::sql::visit::{Visitor, adapt};
use crate::sql::{Expr, IntoExpr, joined_name, not_, or_};

/// A relationship with any number of entities at the other end.
pub trait Many {}

impl Many for ToMany {}
impl<C> Many for Keyed<C> {}

impl<O: Entity, T: Entity, K: Many> Relationship<O, T, K> {
    /// Whether an entity at the other end meets a criterion over its own columns.
    ///
    /// Counterpart: `User.addresses.any(..)`.
    pub fn any(self, criterion: impl IntoExpr<bool>) -> Expr<bool> {
        self.exists(Some(criterion.into_node()), false)
    }

    /// Whether there is any entity at the other end.
    pub fn any_row(self) -> Expr<bool> {
        self.exists(None, false)
    }

    /// Whether there is no entity at the other end.
    pub fn is_empty(self) -> Expr<bool> {
        self.exists(None, true)
    }

    /// Whether the entity with this primary key is at the other end.
    ///
    /// Counterpart: `User.addresses.contains(address)`.
    pub fn contains(self, id: impl Into<T::PrimaryKey>) -> Expr<bool> {
        self.exists_with(&id.into(), false)
    }
}

impl<O: Entity, T: Entity> Relationship<O, T, ToOne> {
    /// Whether the entity at the other end meets a criterion over its own columns; false when there is none.
    ///
    /// Counterpart: `Address.user.has(..)`.
    pub fn has(self, criterion: impl IntoExpr<bool>) -> Expr<bool> {
        self.exists(Some(criterion.into_node()), false)
    }

    /// Whether the entity at the other end is the one with this primary key.
    ///
    /// Counterpart: `Address.user == user`.
    pub fn is(self, id: impl Into<T::PrimaryKey>) -> Expr<bool> {
        match self.meta().kind {
            RelationKind::BelongsTo => Expr::new(self.refers_to(&id.into())),
            _ => self.exists_with(&id.into(), false),
        }
    }

    /// Whether the entity at the other end is another than the one with this primary key, or there is none.
    ///
    /// Counterpart: `Address.user != user`.
    pub fn is_not(self, id: impl Into<T::PrimaryKey>) -> Expr<bool> {
        if self.meta().kind != RelationKind::BelongsTo {
            return self.exists_with(&id.into(), true);
        }
        let differs = not_(Expr::<bool>::new(self.refers_to(&id.into())));
        match self.meta().nullable {
            true => or_([differs, Expr::new(self.null_test(false))]),
            false => differs,
        }
    }

    /// Whether there is no entity at the other end.
    pub fn is_null(self) -> Expr<bool> {
        match self.meta().kind {
            RelationKind::BelongsTo => Expr::new(self.null_test(false)),
            _ => self.exists(None, true),
        }
    }

    /// Whether there is an entity at the other end.
    pub fn is_not_null(self) -> Expr<bool> {
        match self.meta().kind {
            RelationKind::BelongsTo => Expr::new(self.null_test(true)),
            _ => self.exists(None, false),
        }
    }

    /// The foreign key holds these values.
    fn refers_to(self, id: &T::PrimaryKey) -> Node {
        let owner = O::entity_meta();
        holds(columns_of(owner, &owner.table.into(), &self.meta().columns), id)
    }

    fn null_test(self, negated: bool) -> Node {
        let owner = O::entity_meta();
        // A foreign key of several columns is empty when one of them is.
        let tests = columns_of(owner, &owner.table.into(), &self.meta().columns)
            .into_iter()
            .map(|column| Node::IsNull { operand: column.into(), negated });
        let mut tests: Vec<Node> = tests.collect();
        match (tests.len(), negated) {
            (1, _) => tests.swap_remove(0),
            (_, true) => Node::And(tests.into()),
            (_, false) => Node::Or(tests.into()),
        }
    }
}

impl<O: Entity, T: Entity, K> Relationship<O, T, K> {
    /// `[NOT] EXISTS (SELECT 1 FROM target WHERE owner.key = target.key AND criterion)`
    fn exists(self, criterion: Option<Node>, negated: bool) -> Expr<bool> {
        let mut select = SelectTree::default();
        let name = inner_name(O::entity_meta(), T::entity_meta(), criterion.as_ref());
        self.correlate(&mut select, &name, criterion.is_some());
        if let Some(mut criterion) = criterion {
            rename(&mut criterion, T::entity_meta(), &name);
            select.filters.push(criterion);
        }
        Expr::new(Node::Exists { select: select.into(), negated })
    }

    /// The same with the primary key of the target; a table between has it already.
    fn exists_with(self, id: &T::PrimaryKey, negated: bool) -> Expr<bool> {
        let mut select = SelectTree::default();
        let target = T::entity_meta();
        let name = inner_name(O::entity_meta(), target, None);
        self.correlate(&mut select, &name, false);
        select.filters.push(match &self.meta().secondary {
            Some(secondary) => {
                let table = secondary.table.into();
                holds(link_columns(&table, &secondary.remote, target, &target.primary_key), id)
            }
            None => holds(columns_of(target, &name, &target.primary_key), id),
        });
        Expr::new(Node::Exists { select: select.into(), negated })
    }

    /// Takes rows of the target, under a name, that belong to the owner of the statement around. Where there is a table between, the target
    /// itself is taken only when it is `needed`.
    fn correlate(self, select: &mut SelectTree, name: &Name, needed: bool) {
        let (owner, target) = (O::entity_meta(), T::entity_meta());
        let outer = Name::Borrowed(owner.table);
        let alias = (name != target.table).then(|| name.clone());
        let rows = Rows::of(target, alias);
        match link(owner, self.meta()) {
            Ok(Link::Direct { local, remote }) => {
                select.filters.push(equal(columns_of(owner, &outer, local), columns_of(target, name, remote)));
                select.filters.extend(rows.criterion);
                select.from.push(rows.item);
            }
            Ok(Link::Secondary(secondary)) => {
                let between = Name::Borrowed(secondary.table);
                let table = TableRef::named(between.clone());
                select.from.push(FromItem::Table(table));
                let own = columns_of(owner, &outer, owner.row_key());
                select.filters.push(equal(own, bare_columns(&between, &secondary.local)));
                if needed {
                    let theirs = columns_of(target, name, &target.primary_key);
                    let on = rows.on(equal(bare_columns(&between, &secondary.remote), theirs));
                    select.joins.push(Join { kind: JoinKind::Inner, item: rows.item, on });
                }
            }
            Err(error) => select.fault = Some(error.to_string()),
        }
    }
}

/// Makes the columns of the target in a criterion those of the name that it goes by.
pub(crate) fn rename(criterion: &mut Node, target: &'static EntityMeta, name: &Name) {
    adapt(criterion, target.table, name);
    for table in other_names(target, name) {
        adapt(criterion, table, name);
    }
    for part in target.lineage.iter().flat_map(|lineage| 1..lineage.classes.len()) {
        let (_, table) = target.table_of_part(part);
        if target.is_apart(part) && name != target.table {
            adapt(criterion, table, &joined_name(name, table));
        }
    }
}

/// `table.a = ? AND table.b = ?`
fn holds(columns: Vec<Node>, id: &impl PrimaryKey) -> Node {
    let values = id.to_values();
    let equal = columns.into_iter().zip(values).map(|(column, value)| {
        settled(Node::Binary { left: column.into(), op: BinaryOp::Eq, right: Node::Bind(value).into() })
    });
    let mut equal: Vec<Node> = equal.collect();
    if equal.len() == 1 { equal.swap_remove(0) } else { Node::And(equal.into()) }
}

/// What the target goes by in the subquery: its own name, or where that is the owner's too, one that the criterion does not use.
fn inner_name(owner: &'static EntityMeta, target: &'static EntityMeta, criterion: Option<&Node>) -> Name {
    if owner.table != target.table {
        return Name::Borrowed(target.table);
    }
    let mut used = UsedNames(Vec::new());
    if let Some(criterion) = criterion {
        used.visit_node(criterion);
    }
    let mut numbered = (1_u32..).map(|number| fitted(format!("{}_{number}", target.table)));
    let free = numbered.find(|name| !used.0.contains(&name.as_str()));
    free.map_or(Name::Borrowed(target.table), Name::Owned)
}

/// The names by which an expression calls tables.
struct UsedNames<'t>(Vec<&'t str>);

impl<'t> Visitor<'t> for UsedNames<'t> {
    fn visit_table(&mut self, table: &'t TableRef) {
        self.0.push(table.alias.as_ref().unwrap_or(&table.name));
    }

    fn visit_column(&mut self, column: &'t ColumnRef) {
        self.0.extend(column.table.as_deref());
    }
}
