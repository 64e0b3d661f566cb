//! Number of statements and rows that a test sends, by kind of statement.

use std::fmt;

use orm::StatementKind;
use orm::engine::RecordedStatement;

/// Statements that a test sent, and the rows that they read or wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Number of SELECT statements.
    pub select: usize,
    /// Number of INSERT statements.
    pub insert: usize,
    /// Number of UPDATE statements.
    pub update: usize,
    /// Number of DELETE statements.
    pub delete: usize,
    /// Number of statements of another kind, without BEGIN, COMMIT and the like.
    pub other: usize,
    /// Rows that were read or written.
    pub rows: usize,
}

impl Sent {
    /// Counts recorded statements.
    pub(crate) fn of<'s>(statements: impl IntoIterator<Item = &'s RecordedStatement>) -> Self {
        let mut sent = Self::default();
        statements.into_iter().for_each(|statement| sent.add(statement.kind, 1, statement.rows));
        sent
    }

    /// Adds statements of one kind.
    pub(crate) fn add(&mut self, kind: StatementKind, statements: usize, rows: usize) {
        match kind {
            StatementKind::Select => self.select += statements,
            StatementKind::Insert => self.insert += statements,
            StatementKind::Update => self.update += statements,
            StatementKind::Delete => self.delete += statements,
            StatementKind::Transaction => return,
            _ => self.other += statements,
        }
        self.rows += rows;
    }

    /// Adds the statements of another count.
    #[must_use]
    pub(crate) fn plus(mut self, other: Self) -> Self {
        self.select += other.select;
        self.insert += other.insert;
        self.update += other.update;
        self.delete += other.delete;
        self.other += other.other;
        self.rows += other.rows;
        self
    }

    /// Returns the number of statements of every kind.
    pub fn statements(&self) -> usize {
        self.select + self.insert + self.update + self.delete + self.other
    }

    /// Returns the kinds by name.
    pub(crate) fn kinds(&self) -> [(&'static str, usize); 5] {
        [
            ("SELECT", self.select),
            ("INSERT", self.insert),
            ("UPDATE", self.update),
            ("DELETE", self.delete),
            ("OTHER", self.other),
        ]
    }
}

impl fmt::Display for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named: Vec<String> = self
            .kinds()
            .iter()
            .filter(|(_, count)| *count > 0)
            .map(|(kind, count)| format!("{count} {kind}"))
            .collect();
        match named.is_empty() {
            true => f.write_str("no statement"),
            false => f.write_str(&named.join(", ")),
        }
    }
}
