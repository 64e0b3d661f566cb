//! What the database generated, asked for after an INSERT that cannot say it itself.
//!
//! Keys first: those that one INSERT generates are consecutive (a "simple insert", whose rows are counted before it runs, takes them in one
//! piece in every mode of InnoDB), so the first of them and the step between them tell all. Then other columns, by those keys.

use std::sync::Arc;

use super::batch::{Batch, Operation};
use super::flush::Flush;
use super::store::ArenaId;
use crate::engine::{Command, SqlWriter, Statement, StatementKind};
use crate::error::{Error, Result};
use crate::load::key_select::KeyColumns;
use crate::load::key_tree::rows_by_key;
use crate::mapping::{ColumnPosition, KeyValues};
use crate::row::{RowReader, read_typed};
use crate::value::Value;

/// What is being asked about the batch that was inserted last.
pub(super) enum Asked {
    /// The first key and the step to the next.
    Keys(Option<(i64, i64)>),
    /// The generated columns of the rows with these keys, row after row.
    Rows { keys: Vec<KeyValues>, values: Vec<Value> },
}

impl Flush<'_> {
    /// Whether what this batch leaves to the database has to be asked for; then by how many queries.
    pub(super) fn questions(&self, batch: &Batch) -> usize {
        let columns = self.returned_columns(batch);
        if self.capabilities.insert_returning || columns.is_empty() {
            return 0;
        }
        let keys = self.is_key_generated(batch);
        usize::from(keys) + usize::from(!keys || columns.len() > 1)
    }

    fn is_key_generated(&self, batch: &Batch) -> bool {
        let meta = self.unit.arenas[batch.kind].meta;
        !meta.is_joined_table(batch.table) && meta.row_key().iter().any(|column| !batch.columns.contains(*column))
    }

    /// The first question about a batch that was inserted.
    pub(super) fn first_question(&self, batch: &Batch) -> Result<Asked> {
        match self.is_key_generated(batch) {
            true => Ok(Asked::Keys(None)),
            false => Ok(Asked::Rows { keys: self.keys(batch, |_| Value::Null)?, values: Vec::new() }),
        }
    }

    /// The query that asks it.
    pub(super) fn question(&self, asked: &Asked, kind: ArenaId) -> Result<Command> {
        let meta = self.unit.arenas[kind].meta;
        match (asked, self.capabilities.last_insert_id) {
            (Asked::Keys(_), Some(sql)) => Ok(Command::Query(Arc::new(LastInsertId(sql)))),
            (Asked::Keys(_), None) => Err(Error::Unsupported {
                dialect: self.capabilities.name,
                feature: format!("INSERT ... RETURNING, which {} needs for its generated key", meta.name),
                instead: "give the key yourself instead of `Auto`".to_owned(),
            }),
            (Asked::Rows { keys, .. }, _) => {
                Ok(Command::Query(rows_by_key(meta, KeyColumns::Own(&meta.primary_key), keys, &[], meta.shape())?))
            }
        }
    }

    /// Takes a row of the answer.
    pub(super) fn answer(&self, asked: &mut Asked, batch: &Batch, row: &mut dyn RowReader) -> Result<()> {
        let meta = self.unit.arenas[batch.kind].meta;
        let located = |error: crate::row::ReadError| {
            let name = meta.columns.get(ColumnPosition(error.column)).map_or("generated key", |column| column.name);
            let sensitive = (meta.columns.positions()).any(|column| meta.is_sensitive(column));
            error.hidden(sensitive).locate(meta.name, name)
        };
        match asked {
            Asked::Keys(keys) => {
                let first = row.i64(0).map_err(located)?.filter(|first| *first > 0);
                *keys = first.zip(row.i64(1).map_err(located)?);
            }
            Asked::Rows { values, .. } => {
                for column in self.returned_columns(batch) {
                    values.push(
                        read_typed(row, meta.row_position(column), &meta.columns[column].data_type).map_err(located)?,
                    );
                }
            }
        }
        Ok(())
    }

    /// What an answered question leads to: the next one, or all generated values, row after row.
    pub(super) fn conclude(&self, asked: Asked, batch: &Batch) -> Result<Result<Vec<Value>, Asked>> {
        let meta = self.unit.arenas[batch.kind].meta;
        match asked {
            Asked::Rows { values, .. } => Ok(Ok(values)),
            Asked::Keys(None) => Err(Error::NoGeneratedKey { entity: meta.name }),
            Asked::Keys(Some((first, step))) => {
                let key = |row: usize| Value::I64(first.wrapping_add(step.wrapping_mul(row as i64)));
                match self.returned_columns(batch).len() {
                    1 => Ok(Ok((0..batch.rows.len()).map(key).collect())),
                    _ => Ok(Err(Asked::Rows { keys: self.keys(batch, key)?, values: Vec::new() })),
                }
            }
        }
    }

    /// The keys of inserted rows, of which `generated` gives the part that the database made.
    fn keys(&self, batch: &Batch, generated: impl Fn(usize) -> Value) -> Result<Vec<KeyValues>> {
        let meta = self.unit.arenas[batch.kind].meta;
        let mut keys = Vec::with_capacity(batch.rows.len());
        for (index, slot) in batch.rows.iter().enumerate() {
            let record = self.unit.arenas[batch.kind].tenant(*slot)?;
            let given = |column: ColumnPosition| {
                meta.is_joined_table(batch.table) || batch.columns.contains(column) || !meta.row_key().contains(&column)
            };
            let part = |column: &ColumnPosition| match given(*column) {
                true => record.value(*column).to_value(),
                false => generated(index),
            };
            keys.push(meta.primary_key.iter().map(part).collect());
        }
        Ok(keys)
    }

    /// How many queries follow the inserts of these batches.
    pub(super) fn all_questions(&self, batches: &[Batch]) -> usize {
        let inserts = batches.iter().filter(|batch| batch.operation == Operation::Insert);
        inserts.map(|batch| self.questions(batch)).sum()
    }
}

/// Asks for the first key that the INSERT before has generated on this connection.
struct LastInsertId(&'static str);

impl Statement for LastInsertId {
    fn render<'b>(&'b self, out: &mut dyn SqlWriter<'b>) -> Result<()> {
        out.push_sql(self.0);
        Ok(())
    }

    fn kind(&self) -> StatementKind {
        StatementKind::Select
    }
}
