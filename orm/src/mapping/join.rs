//! The columns, or the condition, on which a relationship joins two tables.

use super::meta::{EntityMeta, JoinCondition, RelationKind, RelationMeta, SecondaryMeta};
use super::position::ColumnPosition;
use crate::error::{Error, Result};
use crate::sql::joined_name;
use crate::sql::tree::{BinaryOp, Name, Node};
use crate::sql::visit::adapt;

/// The connection between the rows of a relationship.
#[derive(Clone, Copy, Debug)]
pub(crate) enum JoinColumns {
    /// Columns of one table equal columns of the other.
    Direct {
        /// Columns of the owner, by position.
        local: &'static [ColumnPosition],
        /// Columns of the target, by position.
        remote: &'static [ColumnPosition],
    },
    /// Rows of a secondary table refer to both primary keys.
    Secondary(&'static SecondaryMeta),
    /// A condition of the program's own.
    On(JoinCondition),
}

/// Returns what connects the rows of a relationship.
///
/// # Errors
/// [`Error::Mapping`] when a side without foreign key has no inverse with one.
pub(crate) fn join_columns(meta: &'static EntityMeta, relation: &'static RelationMeta) -> Result<JoinColumns> {
    let target = (relation.target)();
    match relation.kind {
        RelationKind::BelongsTo => Ok(JoinColumns::Direct { local: &relation.columns, remote: &target.primary_key }),
        RelationKind::HasMany | RelationKind::HasOne => {
            let inverse = inverse(meta, relation, target)?;
            Ok(JoinColumns::Direct { local: meta.row_key(), remote: &inverse.columns })
        }
        RelationKind::ManyToMany => relation.secondary.as_ref().map(JoinColumns::Secondary).ok_or_else(|| {
            fault(format!("{}.{}: a many-to-many relationship needs a `secondary` table", meta.name, relation.name))
        }),
        RelationKind::ViewMany | RelationKind::ViewOne => relation.condition.map(JoinColumns::On).ok_or_else(|| {
            fault(format!("{}.{}: a view-only relationship needs a `condition`", meta.name, relation.name))
        }),
    }
}

/// An entity, and the name by which a statement calls it.
pub(crate) type Named<'n> = (&'static EntityMeta, &'n Name);

/// The join condition of a view-only relationship, for the names that a statement uses.
pub(crate) fn on(condition: JoinCondition, owner: Named<'_>, target: Named<'_>) -> Node {
    let mut on = condition(owner.1, target.1);
    for (meta, name) in [owner, target] {
        // An alias has names of its own for the tables of a hierarchy; the entity's own name leaves them theirs.
        for position in meta.table_positions().filter(|position| name == meta.table && meta.is_joined_table(*position))
        {
            let (_, table) = meta.table_name(position);
            adapt(&mut on, &joined_name(name, table), &Name::Borrowed(table));
        }
    }
    on
}

/// The `BelongsTo` at the other end of a collection.
fn inverse(
    meta: &'static EntityMeta,
    relation: &'static RelationMeta,
    target: &'static EntityMeta,
) -> Result<&'static RelationMeta> {
    relation
        .inverse
        .and_then(|name| target.relation_of_field(name))
        .map(|position| &target.relations[position])
        .filter(|inverse| inverse.kind == RelationKind::BelongsTo)
        .ok_or_else(|| {
            fault(format!(
                "{}.{}: its `inverse` must name the `BelongsTo<{}>` field of {}",
                meta.name, relation.name, meta.name, target.name
            ))
        })
}

fn fault(fault: String) -> Error {
    Error::Mapping { faults: vec![fault] }
}

/// `left.a = right.x AND left.b = right.y`
pub(crate) fn equal(left: Vec<Node>, right: Vec<Node>) -> Node {
    let pairs = left.into_iter().zip(right).map(|(left, right)| Node::Binary {
        left: left.into(),
        op: BinaryOp::Eq,
        right: right.into(),
    });
    let mut pairs: Vec<_> = pairs.collect();
    match pairs.len() {
        1 => pairs.swap_remove(0),
        _ => Node::And(pairs.into()),
    }
}
