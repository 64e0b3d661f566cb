//! Storage of an entity: a map of values in place of fields, and the links to other entities.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::marker::PhantomData;

use orm::mapping::{CollectionField, ColumnPosition, EntityMeta, Record, ReferenceField, RelationPosition};
use orm::prelude::*;
use orm::{ReadError, RowReader, ValueRef, read_typed};

/// A class of entities: its mapping, and the links that its entities have.
pub(crate) trait Class: Debug + Default + Send + Sync + 'static {
    /// Links to other entities.
    type Links: Links;

    /// Returns the mapping.
    fn mapping() -> &'static EntityMeta;
}

/// The links of an entity by the position of their relationship.
pub(crate) trait Links: Debug + Default + Send + Sync + 'static {
    /// Returns a many-to-one link.
    fn reference(&self, _relation: RelationPosition) -> Option<&dyn ReferenceField> {
        None
    }

    /// Returns a many-to-one link, to change it.
    fn reference_mut(&mut self, _relation: RelationPosition) -> Option<&mut dyn ReferenceField> {
        None
    }

    /// Returns a collection.
    fn collection(&self, _relation: RelationPosition) -> Option<&dyn CollectionField> {
        None
    }

    /// Returns a collection, to change it.
    fn collection_mut(&mut self, _relation: RelationPosition) -> Option<&mut dyn CollectionField> {
        None
    }
}

/// An entity of a class. Its values are in a map by column name; a value that is absent is NULL.
#[derive(Debug, Default)]
pub(crate) struct Row<C: Class> {
    values: BTreeMap<&'static str, Value>,
    pub(crate) links: C::Links,
    class: PhantomData<C>,
}

impl<C: Class> Row<C> {
    /// Returns an entity with a name.
    pub(crate) fn named(name: &str) -> Self {
        let mut row = Self::default();
        row.values.insert("name", Value::Text(name.to_owned()));
        row
    }

    /// Returns the text of a column.
    pub(crate) fn text(&self, column: &str) -> &str {
        match self.values.get(column) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    fn column(column: ColumnPosition) -> &'static str {
        C::mapping().columns[column].name
    }

    /// The relationship whose foreign key a column is.
    fn foreign_key(column: ColumnPosition) -> Option<RelationPosition> {
        C::mapping().relations.position(|relation| relation.columns.contains(&column))
    }
}

impl<C: Class> Record for Row<C> {
    fn meta(&self) -> &'static EntityMeta {
        C::mapping()
    }

    fn value(&self, column: ColumnPosition) -> ValueRef<'_> {
        if C::mapping().columns.get(column).is_none() {
            return ValueRef::Null;
        }
        match Self::foreign_key(column).and_then(|relation| self.links.reference(relation)) {
            Some(reference) => reference.id_part(0),
            None => self.values.get(Self::column(column)).map_or(ValueRef::Null, Value::as_value_ref),
        }
    }

    fn is_unset(&self, column: ColumnPosition) -> bool {
        C::mapping().columns[column].generated && !self.values.contains_key(Self::column(column))
    }

    fn unset(&mut self, column: ColumnPosition) {
        self.values.remove(Self::column(column));
    }

    fn set_value(&mut self, column: ColumnPosition, value: Value) -> Result<(), String> {
        if let Some(reference) = Self::foreign_key(column).and_then(|relation| self.links.reference_mut(relation)) {
            return reference.set_part(0, value);
        }
        match value {
            Value::Null => drop(self.values.remove(Self::column(column))),
            value => drop(self.values.insert(Self::column(column), value)),
        }
        Ok(())
    }

    fn reference(&self, relation: RelationPosition) -> Option<&dyn ReferenceField> {
        self.links.reference(relation)
    }

    fn reference_mut(&mut self, relation: RelationPosition) -> Option<&mut dyn ReferenceField> {
        self.links.reference_mut(relation)
    }

    fn collection(&self, relation: RelationPosition) -> Option<&dyn CollectionField> {
        self.links.collection(relation)
    }

    fn collection_mut(&mut self, relation: RelationPosition) -> Option<&mut dyn CollectionField> {
        self.links.collection_mut(relation)
    }

    fn refresh(&mut self, row: &mut dyn RowReader, at: usize) -> Result<(), ReadError> {
        for (column, meta) in C::mapping().columns.enumerate() {
            let value = read_typed(row, at + column.0, &meta.data_type)?;
            if self.value(column).to_value() != value {
                self.set_value(column, value).map_err(|expected| ReadError::new(at + column.0, expected, "another"))?;
            }
        }
        Ok(())
    }
}

/// An entity of its own, in no hierarchy.
impl<C: Class> Entity for Row<C> {
    type PrimaryKey = i64;
    type Root = Self;

    fn entity_meta() -> &'static EntityMeta {
        C::mapping()
    }

    fn hydrate(row: &mut dyn RowReader, at: usize) -> Result<Self, ReadError> {
        let mut entity = Self::default();
        entity.refresh(row, at)?;
        Ok(entity)
    }

    fn view(root: &Self) -> Option<&Self> {
        Some(root)
    }

    fn view_mut(root: &mut Self) -> Option<&mut Self> {
        Some(root)
    }

    fn into_root(self) -> Self {
        self
    }

    fn from_root(root: Self) -> Result<Self, Self> {
        Ok(root)
    }
}
