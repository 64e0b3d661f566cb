//! `Table`: a table as data, with or without an entity.

use super::column::{Column, ColumnExtra};
use super::constraint::{Check, ForeignKey, Unique};
use super::index::Index;

/// A table: columns, keys, constraints, indexes.
///
/// ```
/// use orm::DataType;
/// use orm::schema::{Column, Schema, Table};
///
/// let cars = Table::new("cars")
///     .column(Column::new("id", DataType::BigInteger).primary_key().generated())
///     .column(Column::new("plate", DataType::String(Some(10))).not_null().unique())
///     .column(Column::new("owner_id", DataType::BigInteger).references("people", "id"));
/// assert_eq!(cars.primary_key, ["id"]);
/// assert!(Schema::new().table(cars).check().is_ok());
/// ```
///
/// Counterpart: `sqlalchemy.Table`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Table {
    /// Schema of the table; the connection's default when `None`.
    pub schema: Option<String>,
    /// Name of the table.
    pub name: String,
    /// Columns, in order.
    pub columns: Vec<Column>,
    /// Names of the primary key columns, in order.
    pub primary_key: Vec<String>,
    /// Foreign keys.
    pub foreign_keys: Vec<ForeignKey>,
    /// Unique constraints.
    pub uniques: Vec<Unique>,
    /// CHECK constraints, without those of enum columns.
    pub checks: Vec<Check>,
    /// Indexes.
    pub indexes: Vec<Index>,
    /// Comment, for databases that have comments.
    pub comment: Option<String>,
}

impl Table {
    /// Makes a table without columns.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            schema: None,
            name: name.into(),
            columns: Vec::new(),
            primary_key: Vec::new(),
            foreign_keys: Vec::new(),
            uniques: Vec::new(),
            checks: Vec::new(),
            indexes: Vec::new(),
            comment: None,
        }
    }

    /// Puts the table into a schema (PostgreSQL), database (MySQL) or attached file (SQLite).
    #[must_use]
    pub fn in_schema(mut self, schema: impl Into<String>) -> Self {
        self.schema = Some(schema.into());
        self
    }

    /// Adds a column, with its constraints and indexes.
    #[must_use]
    pub fn column(mut self, mut column: Column) -> Self {
        let extras = std::mem::take(&mut column.extras);
        let names = [column.name.clone()];
        match (extras.contains(&ColumnExtra::Unique), extras.contains(&ColumnExtra::Index)) {
            (true, true) => self.indexes.push(Index::new(names).unique()),
            (true, false) => self.uniques.push(Unique::new(names)),
            (false, true) => self.indexes.push(Index::new(names)),
            (false, false) => {}
        }
        for part in extras {
            match part {
                ColumnExtra::PrimaryKey => self.primary_key.push(column.name.clone()),
                ColumnExtra::References(key) => self.foreign_keys.push(key),
                ColumnExtra::Unique | ColumnExtra::Index => {}
            }
        }
        self.columns.push(column);
        self
    }

    /// Adds a foreign key.
    #[must_use]
    pub fn foreign_key(mut self, foreign_key: ForeignKey) -> Self {
        self.foreign_keys.push(foreign_key);
        self
    }

    /// Adds a unique constraint.
    #[must_use]
    pub fn unique(mut self, unique: Unique) -> Self {
        self.uniques.push(unique);
        self
    }

    /// Adds a CHECK constraint.
    #[must_use]
    pub fn check(mut self, check: Check) -> Self {
        self.checks.push(check);
        self
    }

    /// Adds an index.
    #[must_use]
    pub fn index(mut self, index: Index) -> Self {
        self.indexes.push(index);
        self
    }

    /// Sets the comment.
    #[must_use]
    pub fn comment(mut self, text: impl Into<String>) -> Self {
        self.comment = Some(text.into());
        self
    }

    /// Returns the column with a name.
    pub fn find_column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Name with the schema, `shop.cars`, for messages.
    pub fn full_name(&self) -> String {
        self.schema.as_ref().map_or_else(|| self.name.clone(), |schema| format!("{schema}.{}", self.name))
    }

    /// Whether the column is the whole primary key.
    pub(super) fn is_sole_key(&self, column: &Column) -> bool {
        self.primary_key.len() == 1 && self.primary_key[0] == column.name
    }

    /// Whether the column is part of a key or an index.
    pub(super) fn is_indexed(&self, column: &Column) -> bool {
        let foreign = self.foreign_keys.iter().map(|key| &key.columns);
        let unique = self.uniques.iter().map(|unique| &unique.columns);
        let indexed = self.indexes.iter().map(|index| &index.columns);
        let mut lists = std::iter::once(&self.primary_key).chain(foreign).chain(unique).chain(indexed);
        lists.any(|names| names.contains(&column.name))
    }

    /// Returns contradictions in the table, one sentence each.
    pub(super) fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let name = self.full_name();
        if self.columns.is_empty() {
            faults.push(format!("table {name} has no columns; give it some with .column(..)"));
        }
        for (at, column) in self.columns.iter().enumerate() {
            if self.columns[..at].iter().any(|earlier| earlier.name == column.name) {
                faults.push(format!("table {name} has two columns named {}; rename one", column.name));
            }
            faults.extend(column.fault().map(|fault| format!("column {name}.{} {fault}", column.name)));
        }
        let uniques = self.uniques.iter().map(|unique| ("unique constraint", &unique.columns));
        let indexes = self.indexes.iter().map(|index| ("index", &index.columns));
        let foreign_keys = self.foreign_keys.iter().map(|key| ("foreign key", &key.columns));
        for (what, columns) in uniques.chain(indexes).chain(foreign_keys) {
            if columns.is_empty() {
                faults.push(format!("table {name}: its {what} covers no columns; name some"));
            }
            faults.extend(self.missing(what, columns));
        }
        faults.extend(self.missing("primary key", &self.primary_key));
        for key in self.foreign_keys.iter().filter(|key| key.columns.len() != key.target_columns.len()) {
            faults.push(format!(
                "table {name}: the foreign key ({}) refers to {} ({}); name as many columns on both sides",
                key.columns.join(", "),
                key.target,
                key.target_columns.join(", "),
            ));
        }
        faults
    }

    /// Returns a sentence for each column that the table does not have.
    fn missing(&self, what: &str, columns: &[String]) -> Vec<String> {
        let missing = columns.iter().filter(|column| self.find_column(column).is_none());
        let sentence = |column| {
            format!(
                "table {}: the {what} ({}) names the column {column}, which does not exist; add it or correct the name",
                self.full_name(),
                columns.join(", ")
            )
        };
        missing.map(sentence).collect()
    }
}

/// Converts names to owned strings.
pub(super) fn owned<N: IntoIterator<Item: Into<String>>>(names: N) -> Vec<String> {
    names.into_iter().map(Into::into).collect()
}
