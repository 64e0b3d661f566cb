//! `CompiledStatement`: a statement compiled for a dialect, with its SQL text and its parameters in order.

use std::borrow::Cow;
use std::ops::Range;

use super::dialect::{Capabilities, IdentifierLimit, identifier, length};
use super::limits;
use super::parameter_type::{self, Around};
use super::phase::phase;
use super::render::{Rendered, describe};
use super::shape::StatementShape;
use super::statement::{Bind, SqlWriter, Statement, StatementKind};
use crate::error::{DatabaseError, Error, Result};
use crate::text;
use crate::value::Value;

/// Number of parameters that an error shows.
const SHOWN_PARAMETERS: usize = 50;

/// A statement compiled for a dialect, borrowed from the statement that was rendered. The text of a statement with a
/// shape is rendered only on demand.
pub struct CompiledStatement<'s> {
    statement: &'s dyn Statement,
    pub(super) capabilities: &'s Capabilities,
    /// The text with the dialect's placeholders; none of a statement with a shape.
    sql: Option<String>,
    /// Parameters, and where in the text each placeholder begins.
    binds: Vec<(usize, Bind<'s>)>,
    /// The parameters of a statement with a shape.
    values: &'s [Value],
    pub(super) shape: Option<&'static StatementShape>,
    /// Whether every parameter is masked.
    masked: bool,
    pub(super) kind: StatementKind,
    /// Whether the driver keeps the prepared statement.
    pub(super) cacheable: bool,
    /// Whether the driver may buffer the whole result.
    #[cfg_attr(not(feature = "postgres"), expect(dead_code, reason = "only PostgreSQL can hold results back"))]
    pub(super) buffered: bool,
    /// Whether the result has at most one row.
    #[cfg_attr(not(feature = "sqlite"), expect(dead_code, reason = "only SQLite would look for a second row"))]
    pub(super) at_most_one_row: bool,
}

impl<'s> CompiledStatement<'s> {
    /// Compiles a statement.
    ///
    /// # Errors
    /// An error of the rendering; an identifier that is too long; a zero byte, where a driver would end the text; an
    /// empty text.
    pub(super) fn of<S: Statement>(statement: &'s S, capabilities: &'s Capabilities) -> Result<Self> {
        let mut compiled = Self::new(statement, capabilities);
        compiled.write()?;
        Ok(compiled)
    }

    /// A statement that is not compiled yet: call [`write`](Self::write) or [`write_or_shape`](Self::write_or_shape)
    /// next.
    ///
    /// Separate from `write`, because a `Result<Self>` would be copied, and the struct is large.
    pub(super) fn new<S: Statement>(statement: &'s S, capabilities: &'s Capabilities) -> Self {
        Self {
            statement,
            capabilities,
            sql: None,
            binds: Vec::new(),
            values: &[],
            shape: None,
            masked: statement.masks_parameters(),
            kind: statement.kind(),
            cacheable: statement.cacheable(),
            buffered: statement.buffered(),
            at_most_one_row: statement.at_most_one_row(),
        }
    }

    /// Renders the statement.
    ///
    /// # Errors
    /// An error of the rendering; an identifier that is too long; a zero byte, where a driver would end the text; an
    /// empty text.
    pub(super) fn write(&mut self) -> Result<()> {
        let _render = phase!("render");
        let writing = Writing::of(self.statement, self.capabilities)?;
        check_text(&writing.sql)?;
        if writing.binds.len() > self.capabilities.max_binds {
            return Err(too_many_binds(self.kind, writing.binds.len(), self.capabilities));
        }
        self.binds = writing.binds;
        self.sql = Some(writing.sql);
        Ok(())
    }

    /// Compiles a statement that returns rows. For a statement with a shape only the parameters are noted, and no text
    /// is rendered.
    ///
    /// # Errors
    /// An error of the rendering.
    pub(super) fn write_or_shape<S: Statement>(&mut self, statement: &'s S) -> Result<()> {
        match statement.fixed() {
            Some((shape, values)) if self.capabilities.shapes => {
                values.iter().try_for_each(|value| limits::check(Bind::from(value), self.capabilities))?;
                self.shape = Some(shape);
                self.values = values;
                Ok(())
            }
            _ => self.write(),
        }
    }

    /// The text as it is sent. For a statement with a shape, each call renders the text.
    ///
    /// # Errors
    /// An error of the rendering.
    pub(super) fn sql(&self) -> Result<Cow<'_, str>> {
        if let Some(sql) = &self.sql {
            return Ok(sql.into());
        }
        Ok(Writing::of(self.statement, self.capabilities)?.sql.into())
    }

    /// The text of a statement that is written.
    pub(super) fn text(&self) -> &str {
        self.sql.as_deref().unwrap_or_default()
    }

    /// Replaces the text of a statement that is written.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] when the placeholders of the text are not those of before, in their order.
    pub(super) fn set_text(&mut self, sql: String) -> Result<()> {
        let placeholder = self.capabilities.placeholder;
        let places = text::placeholders(&sql, placeholder.sign());
        let numbered = |(number, place): (usize, &Range<usize>)| {
            let mut expected = String::new();
            placeholder.write(number + 1, &mut expected);
            sql[place.clone()] == expected
        };
        if places.len() != self.binds.len() || !places.iter().enumerate().all(numbered) {
            let expected = self.binds.len();
            return Err(Error::invalid(format!(
                "the statement cannot be rewritten: it has {expected} parameters, and the new text does not have their \
                 placeholders once each and in their order: {sql}"
            )));
        }
        check_text(&sql)?;
        self.binds.iter_mut().zip(places).for_each(|(bind, place)| bind.0 = place.start);
        self.sql = Some(sql);
        Ok(())
    }

    /// Calls `take` with every parameter and the text before it, then with the text after the last. For a statement
    /// with a shape, `take` gets the parameters only.
    pub(super) fn walk<E>(&self, mut take: impl FnMut(&str, Option<Bind<'s>>) -> Result<(), E>) -> Result<(), E> {
        let _bind = phase!("bind");
        let Some(sql) = &self.sql else {
            return self.values.iter().try_for_each(|value| take("", Some(Bind::from(value))));
        };
        let mut from = 0;
        for (index, (at, bind)) in self.binds.iter().copied().enumerate() {
            take(&sql[from..at], Some(bind))?;
            from = at + self.capabilities.placeholder.width(index + 1);
        }
        take(&sql[from..], None)
    }

    /// The parameters, in order.
    pub(super) fn binds(&self) -> impl Iterator<Item = Bind<'s>> {
        self.values.iter().map(Bind::from).chain(self.binds.iter().map(|(_, bind)| *bind))
    }

    /// Refuses a hand-written statement whose returned rows the driver would drop.
    ///
    /// # Errors
    /// [`Error::Unsupported`] when the text contains RETURNING.
    #[cfg(any(feature = "mysql", feature = "async"))]
    pub(super) fn refuse_returning(&self) -> Result<()> {
        let sql = self.sql()?;
        let mut words = sql.split(|letter: char| !letter.is_alphanumeric());
        match !self.capabilities.write_returning && words.any(|word| word.eq_ignore_ascii_case("returning")) {
            true => Err(Error::Unsupported {
                dialect: self.capabilities.name,
                feature: "RETURNING through this driver".to_owned(),
                instead: "SELECT the rows in the same transaction".to_owned(),
            }),
            false => Ok(()),
        }
    }

    /// Adds the statement and its first parameters to an error.
    pub(super) fn describe(&self, refused: &mut DatabaseError) {
        let rendered = self.rendered();
        refused.statement = rendered.sql;
        refused.parameters = rendered.parameters;
        let more = refused.parameters.len().saturating_sub(SHOWN_PARAMETERS);
        if more > 0 {
            refused.parameters.truncate(SHOWN_PARAMETERS);
            refused.parameters.push(format!("... ({more} more)"));
        }
    }

    /// The statement for display: the text as it is sent, and the parameters as text.
    pub(super) fn rendered(&self) -> Rendered {
        // A text that cannot be written was never sent.
        let sql = self.sql().unwrap_or_default().into_owned();
        let parameters = self.binds().map(|bind| if self.is_masked(bind) { "***".to_owned() } else { describe(bind) });
        Rendered { sql, parameters: parameters.collect() }
    }

    fn is_masked(&self, bind: Bind<'_>) -> bool {
        matches!(bind, Bind::Sensitive(_)) || self.masked && !matches!(bind, Bind::Null)
    }

    /// The parameters that must not show.
    pub(super) fn masked_binds(&self) -> impl Iterator<Item = Bind<'s>> {
        self.binds().filter(|bind| self.is_masked(*bind))
    }

    /// Whether the statement uses a sensitive column. Only errors ask, so the statement is rendered again for the
    /// answer.
    pub(super) fn is_sensitive(&self) -> bool {
        let mut writing = Writing::new(self.capabilities, self.kind);
        let written = self.statement.render(&mut writing);
        written.is_err() || writing.sensitive || self.masked_binds().next().is_some()
    }
}

/// Refuses a text that drivers do not send as it stands.
fn check_text(sql: &str) -> Result<()> {
    if sql.contains('\0') {
        return Err(Error::invalid("the statement cannot be sent: its text contains a zero byte"));
    }
    // Every database refuses an empty text, but MariaDB's driver crashes before.
    if sql.trim().is_empty() {
        return Err(Error::invalid("the statement cannot be sent: its text is empty"));
    }
    Ok(())
}

/// Error for a statement with more parameters than the database accepts.
fn too_many_binds(kind: StatementKind, count: usize, capabilities: &Capabilities) -> Error {
    Error::TooManyParameters {
        kind: format!("{kind:?}"),
        count,
        dialect: capabilities.name,
        limit: capabilities.max_binds,
    }
}

/// A statement being written.
struct Writing<'c, 's> {
    capabilities: &'c Capabilities,
    sql: String,
    binds: Vec<(usize, Bind<'s>)>,
    sensitive: bool,
    longest: IdentifierLimit,
    /// The first identifier that is longer.
    too_long: Option<String>,
}

impl<'c, 's> Writing<'c, 's> {
    fn new(capabilities: &'c Capabilities, kind: StatementKind) -> Self {
        let longest = capabilities.identifier_limit(kind);
        let sql = String::with_capacity(128);
        Self { capabilities, sql, binds: Vec::new(), sensitive: false, longest, too_long: None }
    }

    /// Renders a statement.
    ///
    /// # Errors
    /// An error of the rendering; an identifier that the database would truncate.
    fn of(statement: &'s dyn Statement, capabilities: &'c Capabilities) -> Result<Self> {
        let mut writing = Self::new(capabilities, statement.kind());
        statement.render(&mut writing)?;
        match writing.too_long {
            Some(name) => Err(length::too_long(&name, writing.longest, capabilities)),
            None => Ok(writing),
        }
    }
}

impl<'s> SqlWriter<'s> for Writing<'_, 's> {
    fn capabilities(&self) -> &Capabilities {
        self.capabilities
    }

    fn push_sql(&mut self, sql: &str) {
        self.sql.push_str(sql);
    }

    fn push_identifier(&mut self, name: &str) {
        if !self.longest.holds(name) && self.too_long.is_none() {
            self.too_long = Some(name.to_owned());
        }
        identifier::write_identifier(self.capabilities, name, |part| self.sql.push_str(part));
    }

    fn note_sensitive(&mut self) {
        self.sensitive = true;
    }

    fn push_bind(&mut self, bind: Bind<'s>) -> Result<()> {
        self.push(bind, if self.capabilities.text_parameters { parameter_type::of_text(bind) } else { None })
    }

    fn push_result_bind(&mut self, bind: Bind<'s>) -> Result<()> {
        match self.capabilities.cast_parameters {
            true => self.push(bind, parameter_type::of_result(bind)),
            false => self.push_bind(bind),
        }
    }
}

impl<'s> Writing<'_, 's> {
    fn push(&mut self, bind: Bind<'s>, around: Option<Around>) -> Result<()> {
        if matches!(bind, Bind::Array(_)) && !self.capabilities.arrays {
            return Err(Error::Unsupported {
                dialect: self.capabilities.name,
                feature: "array parameters".to_owned(),
                instead: "send one parameter for each member".to_owned(),
            });
        }
        limits::check(bind, self.capabilities)?;
        self.sql.push_str(around.as_ref().map_or("", |(before, _)| before));
        self.binds.push((self.sql.len(), bind));
        self.capabilities.placeholder.write(self.binds.len(), &mut self.sql);
        self.sql.push_str(around.as_ref().map_or("", |(_, after)| after));
        Ok(())
    }
}
