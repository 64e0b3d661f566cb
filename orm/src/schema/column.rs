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
    /// Name of the column.
    pub name: String,
    /// Type of the column.
    pub data_type: DataType,
    /// Whether the column can be `NULL`.
    pub nullable: bool,
    /// Whether the database generates the values: an identity column, `AUTO_INCREMENT`, or SQLite's rowid.
    pub generated: bool,
    /// SQL text of the DEFAULT.
    pub server_default: Option<String>,
    /// Comment, for databases that have comments.
    pub comment: Option<String>,
    /// Constraints and indexes that the column adds to its table.
    pub(super) extras: Vec<ColumnExtra>,
}

/// A constraint or an index that a column adds to its table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ColumnExtra {
    PrimaryKey,
    Unique,
    Index,
    References(ForeignKey),
}

impl Column {
    /// Makes a nullable column.
    pub fn new(name: impl Into<String>, data_type: DataType) -> Self {
        Self {
            name: name.into(),
            data_type,
            nullable: true,
            generated: false,
            server_default: None,
            comment: None,
            extras: Vec::new(),
        }
    }

    /// Makes the column NOT NULL.
    #[must_use]
    pub fn not_null(mut self) -> Self {
        self.nullable = false;
        self
    }

    /// Makes the column part of the primary key, after earlier ones. The column becomes NOT NULL.
    #[must_use]
    pub fn primary_key(mut self) -> Self {
        self.extras.push(ColumnExtra::PrimaryKey);
        self.not_null()
    }

    /// Lets the database generate the values: `Column::new("id", DataType::BigInteger).primary_key().generated()`.
    ///
    /// Counterpart: `autoincrement`, which SQLAlchemy enables for a single integer key.
    #[must_use]
    pub fn generated(mut self) -> Self {
        self.generated = true;
        self
    }

    /// Sets the DEFAULT as SQL text: `"0"`, `"'new'"`, `"CURRENT_TIMESTAMP"`.
    ///
    /// The text is written into the statement unchanged: it must come from the program, never from user input.
    #[must_use]
    pub fn server_default(mut self, sql: impl Into<String>) -> Self {
        self.server_default = Some(sql.into());
        self
    }

    /// Adds a unique constraint; together with [`index`](Self::index), a unique index.
    #[must_use]
    pub fn unique(mut self) -> Self {
        self.extras.push(ColumnExtra::Unique);
        self
    }

    /// Adds an index.
    #[must_use]
    pub fn index(mut self) -> Self {
        self.extras.push(ColumnExtra::Index);
        self
    }

    /// Adds a foreign key to a column of another table, or of the same table.
    ///
    /// Counterpart: `ForeignKey("table.column")`. For actions or several columns, add a [`ForeignKey`] to the table.
    #[must_use]
    pub fn references(mut self, table: impl Into<String>, column: impl Into<String>) -> Self {
        let key = ForeignKey::new([self.name.clone()], table, [column.into()]);
        self.extras.push(ColumnExtra::References(key));
        self
    }

    /// Sets the comment.
    #[must_use]
    pub fn comment(mut self, text: impl Into<String>) -> Self {
        self.comment = Some(text.into());
        self
    }

    /// Returns a contradiction in the column.
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
