//! Rendering: every statement of the tree writes itself against any dialect's writer.
//!
//! What differs between databases is read from [`Capabilities`](crate::engine::Capabilities); values travel as binds,
//! names as identifiers, and nothing else that a caller gives becomes SQL, except the text fragments that say so.

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
pub(crate) use list::{bind_value, column, comma_list};
pub(super) use write::insert_rows;

use crate::engine::{Capabilities, SqlWriter, Statement, StatementKind};
use crate::error::Result;

use super::insert_parts;
use super::tree::{DeleteTree, InsertTree, SelectTree, StatementTree, UpdateTree};
use super::visit::{LISTED, NotKept, Visitor};

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

    fn parts<'s>(&'s self, capabilities: &Capabilities) -> Vec<Box<dyn Statement + 's>> {
        match self {
            Self::Insert(tree) => tree.parts(capabilities),
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
        let mut not_kept = NotKept::default();
        not_kept.visit_select(self);
        !not_kept.found
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
        self.rows.len() <= LISTED
    }

    fn parts<'s>(&'s self, capabilities: &Capabilities) -> Vec<Box<dyn Statement + 's>> {
        insert_parts::parts(self, capabilities)
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
        let mut not_kept = NotKept::default();
        not_kept.visit_update(self);
        !not_kept.found
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
        let mut not_kept = NotKept::default();
        not_kept.visit_delete(self);
        !not_kept.found
    }
}
