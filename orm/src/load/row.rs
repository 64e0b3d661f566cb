//! The row of one entity by its primary key, where nothing is loaded with it: what programs ask for most, and so with the least around it.

use std::marker::PhantomData;

use super::key_select::write_row_select;
use super::strategy;
use crate::engine::{SqlWriter, Statement, StatementKind, StatementShape};
use crate::error::Result;
use crate::mapping::Entity;
use crate::value::Value;

/// The SELECT of one entity by its primary key. It is not made into a plan, as there is nothing to go on with after its row; and for each
/// entity it has one text, which is written once a connection.
pub struct RowSelect<'k, E> {
    key: &'k [Value],
    entity: PhantomData<fn() -> E>,
}

impl<'k, E: Entity> RowSelect<'k, E> {
    /// Whether the row is all there is to load; else [`IdentityPlan`](super::IdentityPlan) loads it.
    pub fn suffices() -> bool {
        let meta = E::entity_meta();
        meta.polymorphism.is_none()
            && !meta.relations.iter().any(|relation| strategy::of(relation.lazy).timing().is_eager())
    }

    /// The row with this key.
    pub fn new(key: &'k [Value]) -> Self {
        Self { key, entity: PhantomData }
    }
}

impl<E: Entity> Statement for RowSelect<'_, E> {
    fn render<'b>(&'b self, out: &mut dyn SqlWriter<'b>) -> Result<()> {
        write_row_select(out, E::entity_meta(), self.key)
    }

    fn kind(&self) -> StatementKind {
        StatementKind::Select
    }

    fn masks_parameters(&self) -> bool {
        let meta = E::entity_meta();
        meta.primary_key.iter().any(|column| meta.is_sensitive(*column))
    }

    fn at_most_one_row(&self) -> bool {
        true
    }

    fn fixed(&self) -> Option<(&'static StatementShape, &[Value])> {
        Some((const { &StatementShape::of::<RowSelect<'static, E>>() }, self.key))
    }
}
