//! Rendering of statements for every dialect.
//!
//! Differences between databases are fields of [`Capabilities`](crate::engine::Capabilities). Values become bound
//! parameters and names become identifiers. Text of a caller becomes SQL only in explicit text fragments.

mod decimal;
mod expr;
mod in_list;
mod like;
mod list;
mod select;
#[cfg(test)]
pub(super) mod tests;
mod write;

use std::any::Any;

pub(crate) use decimal::key as decimal_key;
pub(super) use expr::expression;
pub(super) use like::escape_fault;
pub(crate) use list::{bind_value, column, comma_list};
pub(super) use write::insert_rows;

use crate::engine::{Capabilities, SqlWriter, Statement, StatementKind};
use crate::error::Result;

use super::split_insert;
use super::tree::{DeleteTree, InsertTree, SelectTree, StatementTree, UpdateTree};
use super::visit::{CacheabilityCheck, MAX_CACHED_LIST, Visitor};

impl Statement for StatementTree {
    fn render<'b>(&'b self, out: &mut dyn SqlWriter<'b>) -> Result<()> {
        match self {
            Self::Select(tree) => tree.render(out),
            Self::Insert(tree) => tree.render(out),
            Self::Update(tree) => tree.render(out),
            Self::Delete(tree) => tree.render(out),
        }
    }

    fn kind(&self) -> StatementKind {
        match self {
            Self::Select(_) => StatementKind::Select,
            Self::Insert(_) => StatementKind::Insert,
            Self::Update(_) => StatementKind::Update,
            Self::Delete(_) => StatementKind::Delete,
        }
    }

    fn cacheable(&self) -> bool {
        match self {
            Self::Select(tree) => tree.cacheable(),
            Self::Insert(tree) => tree.cacheable(),
            Self::Update(tree) => tree.cacheable(),
            Self::Delete(tree) => tree.cacheable(),
        }
    }

    fn split<'s>(&'s self, capabilities: &Capabilities) -> Vec<Box<dyn Statement + 's>> {
        match self {
            Self::Insert(tree) => tree.split(capabilities),
            Self::Select(_) | Self::Update(_) | Self::Delete(_) => Vec::new(),
        }
    }
}

impl Statement for SelectTree {
    fn render<'b>(&'b self, out: &mut dyn SqlWriter<'b>) -> Result<()> {
        select::select(out, self)
    }

    fn kind(&self) -> StatementKind {
        StatementKind::Select
    }

    fn cacheable(&self) -> bool {
        let mut check = CacheabilityCheck::default();
        check.visit_select(self);
        !check.found
    }

    fn as_any(&self) -> Option<&dyn Any> {
        Some(self)
    }
}

impl Statement for InsertTree {
    fn render<'b>(&'b self, out: &mut dyn SqlWriter<'b>) -> Result<()> {
        write::insert(out, self)
    }

    fn kind(&self) -> StatementKind {
        StatementKind::Insert
    }

    fn cacheable(&self) -> bool {
        self.rows.len() <= MAX_CACHED_LIST
    }

    fn split<'s>(&'s self, capabilities: &Capabilities) -> Vec<Box<dyn Statement + 's>> {
        split_insert::split(self, capabilities)
    }
}

impl Statement for UpdateTree {
    fn render<'b>(&'b self, out: &mut dyn SqlWriter<'b>) -> Result<()> {
        write::update(out, self)
    }

    fn kind(&self) -> StatementKind {
        StatementKind::Update
    }

    fn cacheable(&self) -> bool {
        let mut check = CacheabilityCheck::default();
        check.visit_update(self);
        !check.found
    }
}

impl Statement for DeleteTree {
    fn render<'b>(&'b self, out: &mut dyn SqlWriter<'b>) -> Result<()> {
        write::delete(out, self)
    }

    fn kind(&self) -> StatementKind {
        StatementKind::Delete
    }

    fn cacheable(&self) -> bool {
        let mut check = CacheabilityCheck::default();
        check.visit_delete(self);
        !check.found
    }
}
