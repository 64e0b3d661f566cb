//! Splits an INSERT with more rows than the database accepts in one statement.

use std::ops::Range;

use super::render::insert_rows;
use super::tree::{InsertTree, Node, SelectTree};
use super::visit::{MAX_CACHED_LIST, Visitor};
use crate::engine::{Bind, Capabilities, SqlWriter, Statement, StatementKind, bytes_of};
use crate::error::Result;
use crate::value::{Value, ValueRef};

/// Splits an INSERT into several. Returns none when one statement suffices, or when a row contains a subquery, which
/// would see rows of an earlier statement.
pub(super) fn split<'t>(tree: &'t InsertTree, capabilities: &Capabilities) -> Vec<Box<dyn Statement + 't>> {
    if tree.rows.len() < 2 {
        return Vec::new();
    }
    let (mut all, mut start, mut size) = (Vec::new(), 0, RowSize::default());
    for (position, row) in tree.rows.iter().enumerate() {
        let row = RowSize::of(row);
        if row.asks {
            return Vec::new();
        }
        let fits = size.binds + row.binds <= capabilities.max_binds
            && size.bytes + row.bytes <= capabilities.max_statement_bytes;
        if !fits && position > start {
            all.push(InsertChunk::new(tree, start..position));
            (start, size) = (position, RowSize::default());
        }
        size = RowSize { binds: size.binds + row.binds, bytes: size.bytes + row.bytes, asks: false };
    }
    if all.is_empty() {
        return Vec::new();
    }
    all.push(InsertChunk::new(tree, start..tree.rows.len()));
    all
}

/// Number of parameters and bytes of a row.
#[derive(Default)]
struct RowSize {
    binds: usize,
    bytes: usize,
    /// Whether the row contains a subquery.
    asks: bool,
}

impl RowSize {
    fn of(row: &[Node]) -> Self {
        let mut size = Self::default();
        row.iter().for_each(|node| size.visit_node(node));
        size
    }

    fn add(&mut self, bind: Bind<'_>) {
        self.binds += 1;
        self.bytes += bytes_of(bind);
    }
}

impl<'t> Visitor<'t> for RowSize {
    fn visit_select(&mut self, _: &'t SelectTree) {
        self.asks = true;
    }

    fn visit_bind(&mut self, value: &'t Value) {
        self.add(value.into());
    }

    fn visit_sensitive(&mut self, value: &'t ValueRef<'static>) {
        self.add(value.into());
    }
}

/// Some rows of an INSERT.
struct InsertChunk<'t> {
    tree: &'t InsertTree,
    rows: Range<usize>,
}

impl<'t> InsertChunk<'t> {
    #[expect(clippy::new_ret_no_self, reason = "it is only ever a statement")]
    fn new(tree: &'t InsertTree, rows: Range<usize>) -> Box<dyn Statement + 't> {
        Box::new(Self { tree, rows })
    }
}

impl Statement for InsertChunk<'_> {
    fn render<'b>(&'b self, out: &mut dyn SqlWriter<'b>) -> Result<()> {
        insert_rows(out, self.tree, &self.tree.rows[self.rows.clone()])
    }

    fn kind(&self) -> StatementKind {
        StatementKind::Insert
    }

    fn cacheable(&self) -> bool {
        self.rows.len() <= MAX_CACHED_LIST
    }
}
