//! Conditions on relationships in queries: `User::ADDRESSES.any(..)`, `Address::USER.is(7)`.

use super::entity::Entity;
use super::join::{JoinColumns, equal, join_columns, on};
use super::key::{IntoPrimaryKey, PrimaryKey};
use super::meta::{EntityMeta, RelationKind};
use super::relationship::{CollectionKind, ReferenceKind, Relationship};
use super::rows::{RowSource, bare_columns, columns_of, link_columns, other_names};
use crate::engine::fit_identifier;
use crate::sql::mask::mask_beside_sensitive;
use crate::sql::tree::{BinaryOp, ColumnRef, FromItem, Join, JoinKind, Name, Node, SelectTree, TableRef};
use crate::sql::visit::{Visitor, adapt};
use crate::sql::{Expr, IntoExpr, joined_name, not_, or_};

impl<O: Entity, T: Entity, K: CollectionKind> Relationship<O, T, K> {
    /// Whether at least one related entity satisfies a condition on its columns.
    ///
    /// Counterpart: `User.addresses.any(..)`.
    pub fn any(self, criterion: impl IntoExpr<bool>) -> Expr<bool> {
        self.exists(Some(criterion.into_node()), false)
    }

    /// Whether there is a related entity.
    pub fn any_row(self) -> Expr<bool> {
        self.exists(None, false)
    }

    /// Whether there is no related entity.
    pub fn is_empty(self) -> Expr<bool> {
        self.exists(None, true)
    }

    /// Whether the entity with this primary key is related.
    ///
    /// Counterpart: `User.addresses.contains(address)`.
    pub fn contains(self, id: impl IntoPrimaryKey<T::PrimaryKey>) -> Expr<bool> {
        self.exists_with(&id.into_primary_key(), false)
    }
}

impl<O: Entity, T: Entity, K: ReferenceKind> Relationship<O, T, K> {
    /// Whether the related entity satisfies a condition on its columns; false when there is none.
    ///
    /// Counterpart: `Address.user.has(..)`.
    pub fn has(self, criterion: impl IntoExpr<bool>) -> Expr<bool> {
        self.exists(Some(criterion.into_node()), false)
    }

    /// Whether the related entity has this primary key.
    ///
    /// Counterpart: `Address.user == user`.
    pub fn is(self, id: impl IntoPrimaryKey<T::PrimaryKey>) -> Expr<bool> {
        match self.meta().kind {
            RelationKind::BelongsTo => Expr::new(self.refers_to(&id.into_primary_key())),
            _ => self.exists_with(&id.into_primary_key(), false),
        }
    }

    /// Whether the related entity has another primary key, or there is none.
    ///
    /// Counterpart: `Address.user != user`.
    pub fn is_not(self, id: impl IntoPrimaryKey<T::PrimaryKey>) -> Expr<bool> {
        if self.meta().kind != RelationKind::BelongsTo {
            return self.exists_with(&id.into_primary_key(), true);
        }
        let differs = not_(Expr::<bool>::new(self.refers_to(&id.into_primary_key())));
        match self.meta().nullable {
            true => or_([differs, Expr::new(self.null_test(false))]),
            false => differs,
        }
    }

    /// Whether there is no related entity.
    pub fn is_null(self) -> Expr<bool> {
        match self.meta().kind {
            RelationKind::BelongsTo => Expr::new(self.null_test(false)),
            _ => self.exists(None, true),
        }
    }

    /// Whether there is a related entity.
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

    /// Like `exists`, with the target's primary key as the condition. A secondary table contains that key already.
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

    /// Adds the target's rows that belong to the outer owner. With a secondary table, the target itself is joined only
    /// when it is `needed`.
    fn correlate(self, select: &mut SelectTree, name: &Name, needed: bool) {
        let (owner, target) = (O::entity_meta(), T::entity_meta());
        let outer = Name::Borrowed(owner.table);
        let alias = (name != target.table).then(|| name.clone());
        let rows = RowSource::of(target, alias);
        match join_columns(owner, self.meta()) {
            Ok(JoinColumns::Direct { local, remote }) => {
                select.filters.push(equal(columns_of(owner, &outer, local), columns_of(target, name, remote)));
                select.filters.extend(rows.criterion);
                select.from.push(rows.item);
            }
            Ok(JoinColumns::Secondary(secondary)) => {
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
            Ok(JoinColumns::On(condition)) => {
                select.filters.push(on(condition, (owner, &outer), (target, name)));
                select.filters.extend(rows.criterion);
                select.from.push(rows.item);
            }
            Err(error) => select.fault = Some(error.to_string()),
        }
    }
}

/// Replaces the target's table in a condition by the alias in the subquery.
pub(crate) fn rename(criterion: &mut Node, target: &'static EntityMeta, name: &Name) {
    adapt(criterion, target.table, name);
    for table in other_names(target, name) {
        adapt(criterion, table, name);
    }
    for position in target.table_positions().skip(1) {
        let (_, table) = target.table_name(position);
        if target.is_joined_table(position) && name != target.table {
            adapt(criterion, table, &joined_name(name, table));
        }
    }
}

/// `table.a = ? AND table.b = ?`
fn holds(columns: Vec<Node>, id: &impl PrimaryKey) -> Node {
    let values = id.to_values();
    let equal = columns.into_iter().zip(values).map(|(column, value)| {
        mask_beside_sensitive(Node::Binary { left: column.into(), op: BinaryOp::Eq, right: Node::Bind(value).into() })
    });
    let mut equal: Vec<Node> = equal.collect();
    if equal.len() == 1 { equal.swap_remove(0) } else { Node::And(equal.into()) }
}

/// Name of the target in the subquery: its table, or a free alias when the owner has the same table.
fn inner_name(owner: &'static EntityMeta, target: &'static EntityMeta, criterion: Option<&Node>) -> Name {
    if owner.table != target.table {
        return Name::Borrowed(target.table);
    }
    let mut used = UsedNames(Vec::new());
    if let Some(criterion) = criterion {
        used.visit_node(criterion);
    }
    let mut numbered = (1_u32..).map(|number| fit_identifier(format!("{}_{number}", target.table)));
    let free = numbered.find(|name| !used.0.contains(&name.as_str()));
    free.map_or(Name::Borrowed(target.table), Name::Owned)
}

/// The names by which an expression calls tables.
pub(super) struct UsedNames<'t>(pub(super) Vec<&'t str>);

impl<'t> Visitor<'t> for UsedNames<'t> {
    fn visit_table(&mut self, table: &'t TableRef) {
        self.0.push(table.alias.as_ref().unwrap_or(&table.name));
    }

    fn visit_column(&mut self, column: &'t ColumnRef) {
        self.0.extend(column.table.as_deref());
    }
}
