//! A column as data.

use super::constraint::ForeignKey;
use crate::value::DataType;

/// A column of a [`Table`](super::Table).
///
/// ```
/// use orm::{DataType, schema::Column};
///
/// let name = Column::new("name", DataType::String(Some(50))).not_null().unique();
/// assert!(!name.nullable);
/// ```
///
/// Counterpart: `sqlalchemy.Column`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type.
    pub data_type: DataType,
    /// Whether it can be `NULL`.
    pub nullable: bool,
    /// Whether the database counts it up: an identity column, `AUTO_INCREMENT`, or SQLite's rowid.
    pub generated: bool,
    /// The SQL text of its DEFAULT.
    pub server_default: Option<String>,
    /// What it is for; databases without comments do without.
    pub comment: Option<String>,
    /// What the table is to make of it when the column is put in.
    pub(super) parts: Vec<Part>,
}

/// What a column brings into its table beyond itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    PrimaryKey,
    Unique,
    Index,
    References(ForeignKey),
}

impl Column {
    /// A column that can be `NULL`.
    pub fn new(name: impl Into<String>, data_type: DataType) -> Self {
        Self {
            name: name.into(),
            data_type,
            nullable: true,
            generated: false,
            server_default: None,
            comment: None,
            parts: Vec::new(),
        }
    }

    /// Cannot be `NULL`.
    #[must_use]
    pub fn not_null(mut self) -> Self {
        self.nullable = false;
        self
    }

    /// Is the primary key, or the next column of a composite one; cannot be `NULL`.
    #[must_use]
    pub fn primary_key(mut self) -> Self {
        self.parts.push(Part::PrimaryKey);
        self.not_null()
    }

    /// The database counts it up: `Column::new("id", DataType::BigInteger).primary_key().generated()`.
    ///
    /// Counterpart: `autoincrement`, which SQLAlchemy also turns on by itself for a sole integer key.
    #[must_use]
    pub fn generated(mut self) -> Self {
        self.generated = true;
        self
    }

    /// Has this DEFAULT, as SQL text: `"0"`, `"'new'"`, `"CURRENT_TIMESTAMP"`.
    ///
    /// The text goes into the statement as it is, so it must come from the program, never from input.
    #[must_use]
    pub fn server_default(mut self, sql: impl Into<String>) -> Self {
        self.server_default = Some(sql.into());
        self
    }

    /// Has a unique constraint of its own; together with [`index`](Self::index), a unique index.
    #[must_use]
    pub fn unique(mut self) -> Self {
        self.parts.push(Part::Unique);
        self
    }

    /// Has an index of its own.
    #[must_use]
    pub fn index(mut self) -> Self {
        self.parts.push(Part::Index);
        self
    }

    /// Refers to a column of another table, or of its own.
    ///
    /// Counterpart: `ForeignKey("table.column")`. For actions, or several columns, give the table a [`ForeignKey`].
    #[must_use]
    pub fn references(mut self, table: impl Into<String>, column: impl Into<String>) -> Self {
        let key = ForeignKey::new([self.name.clone()], table, [column.into()]);
        self.parts.push(Part::References(key));
        self
    }

    /// Says what it is for.
    #[must_use]
    pub fn comment(mut self, text: impl Into<String>) -> Self {
        self.comment = Some(text.into());
        self
    }

    /// What contradicts itself within the column.
    pub(super) fn fault(&self) -> Option<&'static str> {
        let counts = matches!(self.data_type, DataType::SmallInteger | DataType::Integer | DataType::BigInteger);
        match &self.data_type {
            DataType::Enum(texts) if texts.is_empty() => Some("is an enum without any text; name its texts"),
            _ if self.generated && !counts => Some("is generated but no integer; assign its values yourself"),
            _ if self.generated && self.server_default.is_some() => {
                Some("is generated and has a default, too; leave one of them out")
            }
            _ => None,
        }
    }
}
