//! A statement written out once: text with gaps, and a parameter for each gap. Diesel walks it as often as it likes.

use super::dialect::{Capabilities, Placeholder, identifier};
use super::render::{Rendered, describe};
use super::statement::{Bind, SqlWriter, Statement, StatementKind};
use crate::error::{Error, Result};

/// A statement as a driver needs it, borrowed from the one that it was made of.
pub(super) struct Flat<'s> {
    capabilities: &'s Capabilities,
    /// The text without placeholders.
    sql: String,
    /// Where in the text each parameter stands, in order.
    binds: Vec<(usize, Bind<'s>)>,
    pub(super) kind: StatementKind,
    /// Whether the driver should keep the prepared statement.
    pub(super) cacheable: bool,
}

impl<'s> Flat<'s> {
    /// Writes a statement out.
    ///
    /// # Errors
    /// What the statement says when the dialect cannot say it.
    pub(super) fn of(statement: &'s dyn Statement, capabilities: &'s Capabilities) -> Result<Self> {
        let (kind, cacheable) = (statement.kind(), statement.cacheable());
        let mut flat =
            Self { capabilities, sql: String::with_capacity(128), binds: Vec::with_capacity(8), kind, cacheable };
        statement.render(&mut flat)?;
        Ok(flat)
    }

    /// Hands over every parameter with the text before it, then the text after the last.
    pub(super) fn walk<E>(&self, mut take: impl FnMut(&str, Option<Bind<'s>>) -> Result<(), E>) -> Result<(), E> {
        let mut from = 0;
        for (at, bind) in &self.binds {
            take(&self.sql[from..*at], Some(*bind))?;
            from = *at;
        }
        take(&self.sql[from..], None)
    }

    /// The parameters, in order.
    #[cfg(feature = "postgres")]
    pub(super) fn binds(&self) -> impl Iterator<Item = Bind<'s>> {
        self.binds.iter().map(|(_, bind)| *bind)
    }

    /// The statement for eyes: the text as it is sent, the parameters as text.
    pub(super) fn rendered(&self) -> Rendered {
        let mut rendered = Rendered::default();
        let written: Result<(), std::convert::Infallible> = self.walk(|sql, bind| {
            rendered.sql.push_str(sql);
            if let Some(bind) = bind {
                rendered.parameters.push(describe(bind));
                match self.capabilities.placeholder {
                    Placeholder::Question => rendered.sql.push('?'),
                    Placeholder::Dollar => rendered.sql.push_str(&format!("${}", rendered.parameters.len())),
                }
            }
            Ok(())
        });
        match written {
            Ok(()) => rendered,
        }
    }
}

impl<'s> SqlWriter<'s> for Flat<'s> {
    fn capabilities(&self) -> &Capabilities {
        self.capabilities
    }

    fn push_sql(&mut self, sql: &str) {
        self.sql.push_str(sql);
    }

    fn push_identifier(&mut self, name: &str) {
        identifier::write_identifier(self.capabilities, name, |part| self.sql.push_str(part));
    }

    fn push_bind(&mut self, bind: Bind<'s>) -> Result<()> {
        if matches!(bind, Bind::Array(_)) && !self.capabilities.arrays {
            return Err(Error::Unsupported {
                dialect: self.capabilities.name,
                feature: "array parameters".to_owned(),
                instead: "send one parameter for each member".to_owned(),
            });
        }
        self.binds.push((self.sql.len(), bind));
        Ok(())
    }
}
