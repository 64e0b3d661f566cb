//! What a query joins: the target of a relationship, or an entity by the sole foreign key that leads to it.

use super::body::Body;
use super::selection::Source;
use super::source::IntoSource;
use crate::mapping::join::{JoinColumns, equal, join_columns, on};
use crate::mapping::rows::{bare_columns, columns_of};
use crate::mapping::{Entity, EntityMeta, RelationKind, RelationPosition, Relationship};
use crate::sql::tree::{FromItem, JoinKind, Name, Node, TableRef};
use crate::sql::{Alias, IntoExpr};

/// A relationship to join along, and the names of its ends where they are not the tables' own.
///
/// `User::ADDRESSES` alone is one; so is `User::ADDRESSES.onto(&alias)`.
#[derive(Clone, Debug)]
pub struct JoinPath {
    owner: &'static EntityMeta,
    relation: RelationPosition,
    from: Option<Name>,
    onto: Option<Source>,
    and: Vec<Node>,
}

impl<O: Entity, T: Entity, K> From<Relationship<O, T, K>> for JoinPath {
    fn from(relationship: Relationship<O, T, K>) -> Self {
        Self::of(relationship)
    }
}

impl JoinPath {
    fn of<O: Entity, T: Entity, K>(relationship: Relationship<O, T, K>) -> Self {
        Self { owner: O::entity_meta(), relation: relationship.index(), from: None, onto: None, and: Vec::new() }
    }

    /// From the owner under another name.
    pub fn from<O: Entity>(self, alias: &Alias<O>) -> Self {
        Self { from: Some(alias.name().clone()), ..self }
    }

    /// Onto the target under another name: an alias, or a subquery that gives its rows.
    pub fn onto(self, target: impl IntoSource) -> Self {
        Self { onto: Some(target.into_source()), ..self }
    }

    /// Only with rows for which this holds too.
    ///
    /// Counterpart: `User.addresses.and_(..)`.
    pub fn and(mut self, condition: impl IntoExpr<bool>) -> Self {
        self.and.push(condition.into_node());
        self
    }
}

impl<O: Entity, T: Entity, K> Relationship<O, T, K> {
    /// To join from the owner under another name.
    pub fn from(self, alias: &Alias<O>) -> JoinPath {
        JoinPath::of(self).from(alias)
    }

    /// To join onto the target under another name: an alias, or a subquery that gives its rows.
    ///
    /// Counterpart: `User.addresses.of_type(alias)`.
    pub fn onto(self, target: impl IntoSource) -> JoinPath {
        JoinPath::of(self).onto(target)
    }

    /// To join only rows for which this holds too.
    ///
    /// Counterpart: `User.addresses.and_(..)`.
    pub fn and(self, condition: impl IntoExpr<bool>) -> JoinPath {
        JoinPath::of(self).and(condition)
    }
}

impl Body {
    /// Joins along a relationship; a many-to-many one through its table.
    pub(crate) fn join_path(&mut self, kind: JoinKind, path: JoinPath) -> Result<(), String> {
        let JoinPath { owner, relation, from, onto, and } = path;
        let relation = &owner.relations[relation];
        let target = (relation.target)();
        let source = onto.unwrap_or_else(|| Source::entity(target, None));
        let source = Source { meta: Some(target), ..source };
        let right = source.name().clone();
        let left = self.left_of(owner, from, &right);
        let taken = || {
            let (owner, constant) = (owner.name, relation.name.to_uppercase());
            let name = target.name;
            format!(
                "`{right}` is already in the FROM clause; join under another name: \
                 `.join({owner}::{constant}.onto(&alias::<{name}>(\"other\")))`"
            )
        };
        if right == left {
            return Err(taken());
        }
        match join_columns(owner, relation).map_err(|error| error.to_string())? {
            JoinColumns::Direct { local, remote } => {
                let on = equal(columns_of(owner, &left, local), columns_of(target, &right, remote));
                self.add_join(kind, source, with(on, and)).map_err(|()| taken())
            }
            JoinColumns::On(condition) => {
                let on = on(condition, (owner, &left), (target, &right));
                self.add_join(kind, source, with(on, and)).map_err(|()| taken())
            }
            JoinColumns::Secondary(secondary) => {
                let between = self.free_name(secondary.table);
                let alias = (between != secondary.table).then(|| between.clone());
                let table = TableRef { alias, ..TableRef::named(secondary.table) };
                let own = columns_of(owner, &left, owner.row_key());
                let on = equal(own, bare_columns(&between, &secondary.local));
                let through = Source::plain(FromItem::Table(table));
                let theirs = columns_of(target, &right, &target.primary_key);
                let pairs = equal(bare_columns(&between, &secondary.remote), theirs);
                let simple = matches!(source.item, FromItem::Table(_)) && source.criterion.is_none() && and.is_empty();
                // A link to what the join leaves out must not give a row of its own.
                if kind == JoinKind::Left && !simple {
                    return self
                        .join_through(kind, Some((through, pairs)), source, with(on, and))
                        .map_err(|()| taken());
                }
                self.add_join(kind, through, on).map_err(|()| taken())?;
                self.add_join(kind, source, with(pairs, and)).map_err(|()| taken())
            }
        }
    }

    /// Joins an entity by the only foreign key between it and what is there already.
    pub(crate) fn join_entity(&mut self, kind: JoinKind, target: &'static EntityMeta) -> Result<(), String> {
        let source = Source::entity(target, None);
        let candidates: Vec<Candidate> = self
            .sources()
            .filter(|other| other.name() != source.name())
            .filter_map(|other| other.meta.map(|meta| (meta, other.name().clone())))
            .flat_map(|(meta, name)| between(meta, &name, target, source.name()))
            .collect();
        match candidates.as_slice() {
            [only] => {
                let on = only.on.clone();
                self.add_join(kind, source, on).map_err(|()| format!("`{}` is already joined", target.table))
            }
            [] if self.sources().next().is_none() => Err(format!(
                "there is no entity yet to which `{}` could be joined: name one, `.select_from(entity::<..>())`",
                target.table
            )),
            [] => {
                let there: Vec<String> = self.sources().map(|other| format!("`{}`", other.name())).collect();
                Err(format!(
                    "no foreign key leads from {} to `{table}` or back; say how to join: `.join_on::<{name}>(condition)`",
                    there.join(", "),
                    table = target.table,
                    name = target.name,
                ))
            }
            several => {
                let ways: Vec<&str> = several.iter().map(|candidate| candidate.way.as_str()).collect();
                Err(format!("several foreign keys join `{}`; choose one: {}", target.table, ways.join(" or ")))
            }
        }
    }

    /// The name of the left side of a join onto `target`: the owner under its own name, or else under any other. An owner that is not
    /// there yet comes into the FROM clause.
    fn left_of(&mut self, owner: &'static EntityMeta, name: Option<Name>, target: &Name) -> Name {
        if let Some(name) = name {
            return name;
        }
        let own = |source: &&Source| source.meta.is_some_and(|meta| meta.is_kin(owner)) && source.name() != target;
        let left = self.sources().find(|source| own(source) && source.name() == owner.table);
        if let Some(source) = left.or_else(|| self.sources().find(own)) {
            return source.name().clone();
        }
        let source = Source::entity(owner, None);
        let name = source.name().clone();
        self.add_from(source);
        name
    }
}

/// A way to join, and how to write it.
struct Candidate {
    on: Node,
    way: String,
}

/// The foreign keys between two entities, either way.
fn between(meta: &'static EntityMeta, name: &Name, target: &'static EntityMeta, target_name: &Name) -> Vec<Candidate> {
    let mut candidates = foreign_keys(meta, name, target, target_name, target.name);
    candidates.extend(foreign_keys(target, target_name, meta, name, target.name));
    candidates
}

/// The foreign keys of one entity that lead to another.
fn foreign_keys(
    meta: &'static EntityMeta,
    name: &Name,
    target: &'static EntityMeta,
    target_name: &Name,
    joined: &str,
) -> Vec<Candidate> {
    let relations = meta
        .relations
        .iter()
        .filter(|relation| relation.kind == RelationKind::BelongsTo && (relation.target)().is_kin(target))
        .map(|relation| Candidate {
            on: equal(columns_of(meta, name, &relation.columns), columns_of(target, target_name, &target.primary_key)),
            way: format!("`.join({}::{})`", meta.name, relation.name.to_uppercase()),
        });
    let columns = meta.columns.iter().filter_map(|column| {
        let reference = column.references.filter(|reference| reference.table == target.table)?;
        Some(Candidate {
            on: equal(bare_columns(name, &[column.name]), bare_columns(target_name, &[reference.column])),
            way: format!(
                "`.join_on::<{joined}>(..)` over `{}.{} = {}.{}`",
                meta.table, column.name, target.table, reference.column
            ),
        })
    });
    relations.chain(columns).collect()
}

fn with(on: Node, mut and: Vec<Node>) -> Node {
    if and.is_empty() {
        return on;
    }
    and.insert(0, on);
    Node::And(and.into())
}
