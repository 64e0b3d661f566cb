//! What rows can be taken from: entities, aliases and subqueries.

use super::selection::{Source, Tracked};
use crate::column_type::ColumnType;
use crate::mapping::Entity;
use crate::mapping::rows::RowSource;
use crate::sql::mask::is_sensitive;
use crate::sql::tree::{ColumnRef, FromItem, Name, Node, SelectItem, SelectTree};
use crate::sql::{Alias, NamedColumn, TableClause};

/// What rows can be taken from: `entity::<User>()`, an alias, a subquery.
pub trait IntoSource {
    /// Hands it over.
    #[doc(hidden)]
    fn into_source(self) -> Source;
}

impl<E: Entity> IntoSource for Tracked<E> {
    fn into_source(self) -> Source {
        Self::into_source(self)
    }
}

impl<E: Entity> IntoSource for &Alias<E> {
    fn into_source(self) -> Source {
        Tracked::from(self).into_source()
    }
}

/// A table that no entity is mapped to.
impl IntoSource for TableClause {
    fn into_source(self) -> Source {
        Source::plain(self.into())
    }
}

/// A query that rows can be taken from, by a name.
///
/// Counterpart: `Subquery`.
#[derive(Clone, Debug)]
pub struct NamedSelect {
    select: SelectTree,
    name: Name,
}

impl NamedSelect {
    pub(crate) fn new(select: SelectTree, name: Name) -> Self {
        Self { select, name }
    }

    /// One of its columns, by its label or its name. The caller vouches for the type.
    ///
    /// Counterpart: `subquery.c.name`.
    pub fn column<T: ColumnType>(&self, name: impl Into<Name>) -> NamedColumn<T> {
        let name = name.into();
        let given = |item: &&SelectItem| match (&item.label, &item.node) {
            (Some(label), _) => *label == name,
            (None, Node::Column(column)) => column.name == name,
            (None, _) => false,
        };
        let sensitive = self.select.items.iter().find(given).is_some_and(|item| is_sensitive(&item.node));
        NamedColumn::new(ColumnRef::new(self.name.clone(), name)).sensitive(sensitive)
    }

    /// Its rows as an entity, all of whose columns it gives under their names.
    ///
    /// Counterpart: `aliased(Address, subquery)`.
    pub fn entity<E: Entity>(&self) -> Tracked<E> {
        let meta = E::entity_meta();
        let RowSource { criterion, .. } = RowSource::of(meta, Some(self.name.clone()));
        Tracked::from_source(Source { meta: Some(meta), criterion, ..self.into_source() })
    }
}

impl IntoSource for &NamedSelect {
    fn into_source(self) -> Source {
        let item = FromItem::Select { select: self.select.clone().into(), alias: self.name.clone() };
        Source::plain(item)
    }
}
