//! Aliases, and tables without an entity.

use std::marker::PhantomData;

use super::tree::{ColumnRef, FromItem, Name, TableRef};
use super::typed::{Column, NamedColumn};
use crate::key::Rooted;

/// Makes an alias of an entity's table, so that a statement can use the table twice.
///
/// ```
/// # use orm::sql::{Column, Expression, alias};
/// # struct Address;
/// # impl orm::Rooted for Address { type Root = Self; }
/// # impl Address { const EMAIL: Column<Address, String> = Column::new("address", "email"); }
/// let (a1, a2) = (alias::<Address>("a1"), alias::<Address>("a2"));
/// let differ = a1.column(Address::EMAIL).ne(a2.column(Address::EMAIL));
/// ```
///
/// Counterpart: `sqlalchemy.orm.aliased`.
pub fn alias<E>(name: impl Into<Name>) -> Alias<E> {
    Alias { name: name.into(), entity: PhantomData }
}

/// An alias of the table of entity `E`; see [`alias`].
pub struct Alias<E> {
    name: Name,
    entity: PhantomData<fn() -> E>,
}

impl<E> Alias<E> {
    /// Name of the alias.
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// use orm::sql::alias;
    /// assert_eq!(alias::<User>("boss").name(), "boss");
    /// ```
    pub const fn name(&self) -> &Name {
        &self.name
    }

    /// A column of the entity, or of another class of its hierarchy, qualified by the alias.
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// use orm::sql::alias;
    /// assert_eq!(sql(alias::<User>("boss").column(User::NAME).eq(User::NAME)), "boss.name = user.name");
    /// ```
    pub fn column<C, T, L>(&self, column: Column<C, T, L>) -> NamedColumn<T>
    where
        C: Rooted,
        E: Rooted<Root = C::Root>,
    {
        let reference = ColumnRef::new(column.table_of_alias(&self.name), column.name());
        NamedColumn::new(reference).sensitive(column.masks())
    }
}

impl<E> Clone for Alias<E> {
    fn clone(&self) -> Self {
        alias(self.name.clone())
    }
}

impl<E> std::fmt::Debug for Alias<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} AS {}", std::any::type_name::<E>(), self.name)
    }
}

/// Names a table that no entity is mapped to.
///
/// ```
/// # use orm::sql::{Expression, table, update};
/// let cars = table("cars");
/// let price = cars.column::<i64>("price");
/// let raise = update(cars).set(price.clone(), price.clone() * 2).filter(price.lt(100));
/// ```
///
/// Counterpart: `sqlalchemy.table`.
pub fn table(name: impl Into<Name>) -> TableClause {
    TableClause { table: TableRef::named(name) }
}

/// A table by name; see [`table`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableClause {
    table: TableRef,
}

impl TableClause {
    /// Qualifies the table by a schema.
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// use orm::sql::{delete, table};
    /// assert_eq!(statement(&delete(table("user").schema("archive"))), "DELETE FROM archive.user");
    /// ```
    #[must_use]
    pub fn schema(mut self, schema: impl Into<Name>) -> Self {
        self.table.schema = Some(schema.into());
        self
    }

    /// Gives the table an alias.
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// use orm::sql::table;
    /// assert_eq!(sql(table("user").alias("boss").column::<String>("name").eq("ed")), "boss.name = ?");
    /// ```
    #[must_use]
    pub fn alias(mut self, alias: impl Into<Name>) -> Self {
        self.table.alias = Some(alias.into());
        self
    }

    /// A column of the table. The caller is responsible for its type.
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// use orm::sql::table;
    /// assert_eq!(sql(table("user").column::<i64>("age").ge(18)), "user.age >= ?");
    /// ```
    pub fn column<T>(&self, name: impl Into<Name>) -> NamedColumn<T> {
        let table = self.table.alias.as_ref().unwrap_or(&self.table.name).clone();
        NamedColumn::new(ColumnRef::new(table, name))
    }
}

impl From<TableClause> for TableRef {
    fn from(clause: TableClause) -> Self {
        clause.table
    }
}

impl From<TableClause> for FromItem {
    fn from(clause: TableClause) -> Self {
        Self::Table(clause.table)
    }
}

impl From<&'static str> for TableRef {
    fn from(name: &'static str) -> Self {
        table(name).into()
    }
}

impl From<String> for TableRef {
    fn from(name: String) -> Self {
        table(name).into()
    }
}
