//! Constraints of a table as data: foreign keys, unique constraints and checks.

use std::borrow::Cow;

use super::naming;
use super::table::{Table, owned};

/// Action of the database on a referring row when the referred row is deleted or its key changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReferentialAction {
    /// Refuse.
    Restrict,
    /// Refuse at the end of the statement.
    NoAction,
    /// Deletes or updates the referring row as well.
    Cascade,
    /// Empty the reference.
    SetNull,
    /// Reset the reference.
    SetDefault,
}

/// Columns that hold the key of a row of another table, or of the same.
///
/// Counterpart: `sqlalchemy.ForeignKeyConstraint`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ForeignKey {
    /// Name of the constraint; generated from table and columns when `None`.
    pub name: Option<String>,
    /// The columns.
    pub columns: Vec<String>,
    /// The schema of the table referred to.
    pub target_schema: Option<String>,
    /// The table referred to.
    pub target: String,
    /// The columns referred to, in the same order.
    pub target_columns: Vec<String>,
    /// ON DELETE.
    pub on_delete: Option<ReferentialAction>,
    /// ON UPDATE.
    pub on_update: Option<ReferentialAction>,
}

/// Columns whose values, taken together, occur once. `NULL`s never equal each other.
///
/// Counterpart: `sqlalchemy.UniqueConstraint`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unique {
    /// Name of the constraint; generated from table and columns when `None`.
    pub name: Option<String>,
    /// The columns.
    pub columns: Vec<String>,
}

/// A CHECK constraint: a condition on every row.
///
/// Counterpart: `sqlalchemy.CheckConstraint`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Check {
    /// Name of the constraint; generated from the table and a hash of the condition when `None`.
    pub name: Option<String>,
    /// The condition as SQL text.
    pub condition: String,
}

impl ForeignKey {
    /// `FOREIGN KEY (columns) REFERENCES target (target_columns)`
    pub fn new<C, T>(columns: C, target: impl Into<String>, target_columns: T) -> Self
    where
        C: IntoIterator<Item: Into<String>>,
        T: IntoIterator<Item: Into<String>>,
    {
        Self {
            name: None,
            columns: owned(columns),
            target_schema: None,
            target: target.into(),
            target_columns: owned(target_columns),
            on_delete: None,
            on_update: None,
        }
    }

    /// Has this name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Refers to a table of this schema.
    #[must_use]
    pub fn in_schema(mut self, schema: impl Into<String>) -> Self {
        self.target_schema = Some(schema.into());
        self
    }

    /// Sets the action when the referred row is deleted.
    #[must_use]
    pub fn on_delete(mut self, action: ReferentialAction) -> Self {
        self.on_delete = Some(action);
        self
    }

    /// Sets the action when the key of the referred row changes.
    #[must_use]
    pub fn on_update(mut self, action: ReferentialAction) -> Self {
        self.on_update = Some(action);
        self
    }

    /// The name in the database, as a foreign key of a table.
    pub fn name_in(&self, table: &Table) -> Cow<'_, str> {
        given_or(self.name.as_deref(), || naming::foreign_key(&table.name, &self.columns, &self.target))
    }

    /// Whether the foreign key refers to a table.
    pub fn refers_to(&self, table: &Table) -> bool {
        self.target == table.name && self.target_schema == table.schema
    }
}

impl Unique {
    /// `UNIQUE (columns)`
    pub fn new<C: IntoIterator<Item: Into<String>>>(columns: C) -> Self {
        Self { name: None, columns: owned(columns) }
    }

    /// Has this name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The name in the database, as a constraint of a table.
    pub fn name_in(&self, table: &Table) -> Cow<'_, str> {
        given_or(self.name.as_deref(), || naming::unique(&table.name, &self.columns))
    }
}

impl Check {
    /// Makes `CHECK (condition)`. The text is written into the statement unchanged: it must come from the program,
    /// never from user input.
    pub fn new(condition: impl Into<String>) -> Self {
        Self { name: None, condition: condition.into() }
    }

    /// Has this name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The name in the database, as a constraint of a table.
    pub fn name_in(&self, table: &Table) -> Cow<'_, str> {
        given_or(self.name.as_deref(), || naming::check(&table.name, &self.condition))
    }
}

impl ReferentialAction {
    /// The action in SQL.
    pub const fn sql(self) -> &'static str {
        match self {
            Self::Restrict => "RESTRICT",
            Self::NoAction => "NO ACTION",
            Self::Cascade => "CASCADE",
            Self::SetNull => "SET NULL",
            Self::SetDefault => "SET DEFAULT",
        }
    }
}

/// Returns the given name, or the generated one.
pub(super) fn given_or(name: Option<&str>, convention: impl FnOnce() -> String) -> Cow<'_, str> {
    name.map_or_else(|| Cow::Owned(convention()), Cow::Borrowed)
}
