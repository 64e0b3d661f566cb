//! Storage of an entity: a map of values in place of fields, and the links to other entities.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::marker::PhantomData;

use orm::mapping::{CollectionField, EntityMeta, Record, ReferenceField};
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
    fn reference(&self, _relation: usize) -> Option<&dyn ReferenceField> {
        None
    }

    /// Returns a many-to-one link, to change it.
    fn reference_mut(&mut self, _relation: usize) -> Option<&mut dyn ReferenceField> {
        None
    }

    /// Returns a collection.
    fn collection(&self, _relation: usize) -> Option<&dyn CollectionField> {
        None
    }

    /// Returns a collection, to change it.
    fn collection_mut(&mut self, _relation: usize) -> Option<&mut dyn CollectionField> {
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

    fn column(column: usize) -> &'static str {
        C::mapping().columns[column].name
    }

    /// The relationship whose foreign key a column is.
    fn foreign_key(column: usize) -> Option<usize> {
        C::mapping().relations.iter().position(|relation| relation.columns.contains(&column))
    }
}

impl<C: Class> Record for Row<C> {
    fn meta(&self) -> &'static EntityMeta {
        C::mapping()
    }

    fn value(&self, column: usize) -> ValueRef<'_> {
        if column >= C::mapping().columns.len() {
            return ValueRef::Null;
        }
        match Self::foreign_key(column).and_then(|relation| self.links.reference(relation)) {
            Some(reference) => reference.id_part(0),
            None => self.values.get(Self::column(column)).map_or(ValueRef::Null, Value::as_value_ref),
        }
    }

    fn is_unset(&self, column: usize) -> bool {
        C::mapping().columns[column].generated && !self.values.contains_key(Self::column(column))
    }

    fn unset(&mut self, column: usize) {
        self.values.remove(Self::column(column));
    }

    fn set_value(&mut self, column: usize, value: Value) -> Result<(), String> {
        if let Some(reference) = Self::foreign_key(column).and_then(|relation| self.links.reference_mut(relation)) {
            return reference.set_part(0, value);
        }
        match value {
            Value::Null => drop(self.values.remove(Self::column(column))),
            value => drop(self.values.insert(Self::column(column), value)),
        }
        Ok(())
    }

    fn reference(&self, relation: usize) -> Option<&dyn ReferenceField> {
        self.links.reference(relation)
    }

    fn reference_mut(&mut self, relation: usize) -> Option<&mut dyn ReferenceField> {
        self.links.reference_mut(relation)
    }

    fn collection(&self, relation: usize) -> Option<&dyn CollectionField> {
        self.links.collection(relation)
    }

    fn collection_mut(&mut self, relation: usize) -> Option<&mut dyn CollectionField> {
        self.links.collection_mut(relation)
    }

    fn refresh(&mut self, row: &mut dyn RowReader, at: usize) -> Result<(), ReadError> {
        for (column, meta) in C::mapping().columns.iter().enumerate() {
            let value = read_typed(row, at + column, &meta.data_type)?;
            if self.value(column).to_value() != value {
                self.set_value(column, value).map_err(|expected| ReadError::new(at + column, expected, "another"))?;
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
