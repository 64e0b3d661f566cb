//! On which columns a relationship joins its two tables.

use super::meta::{EntityMeta, RelationKind, RelationMeta, SecondaryMeta};
use crate::error::{Error, Result};
use crate::sql::tree::{BinaryOp, Node};

/// How the rows at both ends of a relationship find each other.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Link {
    /// Columns of one table equal columns of the other.
    Direct {
        /// The columns at the owner, by position.
        local: &'static [usize],
        /// The columns at the target, by position.
        remote: &'static [usize],
    },
    /// A row of a table between them refers to both primary keys.
    Secondary(&'static SecondaryMeta),
}

/// How a relationship joins.
///
/// # Errors
/// [`Error::Mapping`] when a side without columns names no inverse that has them.
pub(crate) fn link(meta: &'static EntityMeta, relation: &'static RelationMeta) -> Result<Link> {
    let target = (relation.target)();
    match relation.kind {
        RelationKind::BelongsTo => Ok(Link::Direct { local: &relation.columns, remote: &target.primary_key }),
        RelationKind::HasMany | RelationKind::HasOne => {
            let inverse = inverse(meta, relation, target)?;
            Ok(Link::Direct { local: meta.row_key(), remote: &inverse.columns })
        }
        RelationKind::ManyToMany => relation.secondary.as_ref().map(Link::Secondary).ok_or_else(|| {
            fault(format!("{}.{}: a many-to-many relationship needs a `secondary` table", meta.name, relation.name))
        }),
    }
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
