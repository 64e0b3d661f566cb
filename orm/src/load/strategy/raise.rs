//! Forbidden loads: asking for a relationship that is not loaded is an error, which finds N+1 loads early.

use super::{Asked, Strategy, Timing};
use crate::error::{Error, Result};
use crate::key::Slot;
use crate::load::option::{Load, RelationshipTarget};
use crate::load::sink::EntitySink;
use crate::mapping::LoaderStrategy;

/// Makes asking for a relationship that is not loaded an error.
///
/// Counterpart: `sqlalchemy.orm.raiseload`.
pub fn raise<R: RelationshipTarget>(relationship: R) -> Load<R::Owner, R::Target> {
    Load::new(relationship, Some(LoaderStrategy::Raise))
}

/// Makes asking for a relationship an error where a SELECT would be needed. A reference to an entity in memory needs none.
///
/// Counterpart: `raiseload(.., sql_only=True)`.
pub fn raise_on_sql<R: RelationshipTarget>(relationship: R) -> Load<R::Owner, R::Target> {
    Load::new(relationship, Some(LoaderStrategy::RaiseOnSql))
}

pub(crate) struct Raise;

impl Strategy for Raise {
    fn timing(&self) -> Timing {
        Timing::OnDemand
    }

    fn owners_to_load(&self, sink: &mut dyn EntitySink, asked: Asked) -> Result<Vec<Slot>> {
        check(asked, asked.is_loaded(sink))
    }
}

pub(crate) struct RaiseOnSql;

impl Strategy for RaiseOnSql {
    fn timing(&self) -> Timing {
        Timing::OnDemand
    }

    fn owners_to_load(&self, sink: &mut dyn EntitySink, asked: Asked) -> Result<Vec<Slot>> {
        check(asked, asked.is_known(sink))
    }
}

fn check(asked: Asked, allowed: bool) -> Result<Vec<Slot>> {
    if allowed {
        return Ok(vec![asked.owner]);
    }
    let relationship = asked.meta.relations[asked.relation].name;
    Err(Error::RaisedLoad { entity: asked.meta.name, relationship, constant: relationship.to_uppercase() })
}
