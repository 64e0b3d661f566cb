//! Hand-written SQL with `:name` parameters.

use std::fmt;

use super::connection::ConnectionCore;
use super::mode::Mode;
use super::statement::{Bind, SqlWriter, Statement, StatementKind};
use crate::error::{Error, Result};
use crate::text::{ParameterContext, ParameterContexts, Piece, code, foreign_parameter, is_several_statements, pieces};
use crate::value::{Value, ValueRef};

/// Makes a statement from hand-written SQL, in which `:name` is a parameter. The text is a whole statement, or a
/// fragment that can replace any expression.
///
/// Colons in strings, comments, quoted names and `::casts` are not parameters; `\:` is a colon. Values are
/// always bound and never become part of the text. A parameter without a value, and a value without a parameter, are
/// errors when the statement is sent.
///
/// On MariaDB and MySQL a parameter in a SELECT list is cast to the type of its value (text by `concat`), as the server
/// has no type for the parameter when it prepares the statement. Their drivers do not support GEOMETRY: select
/// `ST_AsText(place)` or `ST_AsBinary(place)` instead of the column.
///
/// ```
/// let engine = orm::Engine::new("sqlite://")?;
/// let rows = engine.connect()?.query(&orm::text("SELECT :x + 1 AS sum").bind("x", 41))?;
/// assert_eq!(rows[0].get::<i64>("sum")?, 42);
/// # Ok::<(), orm::Error>(())
/// ```
///
/// Counterpart: `sqlalchemy.text()`.
pub fn text(sql: impl AsRef<str>) -> TextClause {
    TextClause::new(sql.as_ref())
}

/// Hand-written SQL: a statement, or a fragment that can replace any expression. Made by [`text`].
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct TextClause {
    parts: Vec<TextClausePart>,
    /// Each parameter once, in the order of first use.
    parameters: Vec<Parameter>,
    kind: StatementKind,
    /// The first name for which there was a value and no parameter; reported when the statement is sent.
    stray: Option<String>,
    /// Whether the text has more than one statement.
    several: bool,
    /// Whether the text is a COPY whose rows come from the client or go to the client.
    copies: bool,
    /// Whether the text switches autocommit off.
    holds_back: bool,
    /// Whether the text uses variables of MariaDB, `@name`. Their type can change, but that of a prepared statement
    /// cannot.
    reads_variables: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum TextClausePart {
    Sql(String),
    /// The position of the parameter.
    Parameter(usize),
}

#[derive(Clone, PartialEq)]
struct Parameter {
    name: String,
    value: Option<ValueRef<'static>>,
    sensitive: bool,
}

impl fmt::Debug for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Parameter");
        shown.field("name", &self.name);
        match &self.value {
            Some(_) if self.sensitive => shown.field("value", &"***"),
            value => shown.field("value", value),
        };
        shown.finish()
    }
}

impl TextClause {
    fn new(sql: &str) -> Self {
        let mut parameters: Vec<Parameter> = Vec::new();
        let mut parts = Vec::new();
        for piece in pieces(sql) {
            match piece {
                Piece::Sql(sql) => parts.push(TextClausePart::Sql(sql.into_owned())),
                Piece::Parameter(name) => {
                    let known = parameters.iter().position(|parameter| parameter.name == name);
                    parts.push(TextClausePart::Parameter(known.unwrap_or(parameters.len())));
                    if known.is_none() {
                        parameters.push(Parameter { name: name.to_owned(), value: None, sensitive: false });
                    }
                }
            }
        }
        let kind = kind_of(sql);
        let copies = kind == StatementKind::Other && is_copy(sql);
        let holds_back = kind == StatementKind::Other && switches_autocommit_off(sql);
        let several = is_several_statements(sql);
        let reads_variables = foreign_parameter(sql, "@").is_some();
        Self { parts, parameters, kind, stray: None, several, copies, holds_back, reads_variables }
    }

    /// Gives every parameter of this name a value. A name that the text does not have is an error when the statement is
    /// sent.
    ///
    /// Counterpart: `TextClause.bindparams`.
    pub fn bind(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.set(name, value.into());
        self
    }

    /// Binds a value that echo and errors mask.
    ///
    /// ```
    /// let login = orm::text("SELECT :token AS token").bind_sensitive("token", "secret");
    /// let rendered = orm::engine::render(&login, &orm::engine::Capabilities::sqlite())?;
    /// assert_eq!(rendered.parameters, ["***"]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn bind_sensitive(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.set(name, value.into());
        if let Some(parameter) = self.parameters.iter_mut().find(|parameter| parameter.name == name) {
            parameter.sensitive = true;
        }
        self
    }

    /// Binds several parameters.
    ///
    /// ```
    /// let user = orm::text("SELECT :id AS id, :name AS name").bind_all((("id", 7), ("name", "ed")));
    /// let rows = orm::Engine::new("sqlite://")?.connect()?.query(&user)?;
    /// assert_eq!(rows[0].get::<String>("name")?, "ed");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn bind_all(mut self, values: impl ParameterSet) -> Self {
        values.each(&mut |name, value| self.set(name, value));
        self
    }

    fn set(&mut self, name: &str, value: Value) {
        match self.parameters.iter_mut().find(|parameter| parameter.name == name) {
            Some(parameter) => parameter.value = Some(ValueRef::Owned(Box::new(value))),
            None => {
                self.stray.get_or_insert_with(|| name.to_owned());
            }
        }
    }

    /// Splits the text into its pieces, in order. The second value is the name of a bound value without a parameter.
    pub(crate) fn into_pieces(self) -> (Vec<TextPiece>, Option<String>) {
        let piece = |part| match part {
            TextClausePart::Sql(sql) => TextPiece::Sql(sql),
            TextClausePart::Parameter(position) => {
                let Parameter { name, value, sensitive } = self.parameters[position].clone();
                match value {
                    None => TextPiece::Open(name),
                    Some(value) if sensitive => TextPiece::Sensitive(value),
                    Some(value) => TextPiece::Bind(value.to_value()),
                }
            }
        };
        (self.parts.into_iter().map(piece).collect(), self.stray)
    }

    fn check_stray(&self) -> Result<()> {
        let Some(stray) = &self.stray else { return Ok(()) };
        let known = self.parameters.iter().map(|parameter| parameter.name.to_string()).collect();
        Err(Error::UnknownParameter { name: stray.to_string(), known: Some(known) })
    }
}

/// A piece of a [`TextClause`].
pub(crate) enum TextPiece {
    /// SQL that is sent unchanged.
    Sql(String),
    /// A parameter without a value.
    Open(String),
    /// A parameter and its value.
    Bind(Value),
    /// A parameter and its sensitive value.
    Sensitive(ValueRef<'static>),
}

impl Statement for TextClause {
    fn render<'b>(&'b self, out: &mut dyn SqlWriter<'b>) -> Result<()> {
        self.check_stray()?;
        if self.several && out.capabilities().only_first_statement {
            return Err(Error::invalid(format!(
                "the text holds several statements, of which {} runs only the first: send them one at a time",
                out.capabilities().name
            )));
        }
        if self.copies {
            // The drivers do not implement the COPY protocol, and libpq would wait forever for its end.
            return Err(Error::invalid(
                "COPY to or from the client is not spoken here: use `execute_many`, a query, or a file of the server's",
            ));
        }
        if self.holds_back && out.capabilities().hidden_commits {
            return Err(Error::invalid(
                "a connection without autocommit would lose what is written outside of a transaction: call begin() instead",
            ));
        }
        let mut text =
            TextWriter::new(out, (self.kind == StatementKind::Select).then_some(ParameterContext::Elsewhere));
        for part in &self.parts {
            match part {
                TextClausePart::Sql(sql) => text.push_sql(sql)?,
                TextClausePart::Parameter(position) => {
                    let Parameter { name, value, sensitive } = &self.parameters[*position];
                    let Some(value) = value else {
                        return Err(Error::MissingParameter { name: name.to_string() });
                    };
                    text.push_bind(if *sensitive { Bind::Sensitive(value) } else { Bind::from(value) })?;
                }
            }
        }
        Ok(())
    }

    fn kind(&self) -> StatementKind {
        self.kind
    }

    fn cacheable(&self) -> bool {
        !self.reads_variables
    }
}

/// Names with values: an array or vector of pairs, or a tuple of pairs whose values differ in type.
///
/// ```
/// # let mut connection = orm::Engine::new("sqlite://")?.connect()?;
/// # connection.execute(&orm::text("CREATE TABLE point (x INTEGER, name TEXT)"))?;
/// let insert = orm::text("INSERT INTO point (x, name) VALUES (:x, :name)");
/// let rows = connection.execute_many(insert, [(("x", 1), ("name", "a")), (("x", 2), ("name", "b"))])?;
/// assert_eq!(rows, 2);
/// # Ok::<(), orm::Error>(())
/// ```
pub trait ParameterSet {
    /// Calls `take` with every name and its value.
    fn each(self, take: &mut dyn FnMut(&str, Value));
}

impl<N: AsRef<str>, V: Into<Value>, const COUNT: usize> ParameterSet for [(N, V); COUNT] {
    fn each(self, take: &mut dyn FnMut(&str, Value)) {
        for (name, value) in self {
            take(name.as_ref(), value.into());
        }
    }
}

impl<N: AsRef<str>, V: Into<Value>> ParameterSet for Vec<(N, V)> {
    fn each(self, take: &mut dyn FnMut(&str, Value)) {
        for (name, value) in self {
            take(name.as_ref(), value.into());
        }
    }
}

macro_rules! parameter_set {
    ($($type:ident $at:tt),+) => {
        impl<'n, $($type: Into<Value>),+> ParameterSet for ($((&'n str, $type),)+) {
            fn each(self, take: &mut dyn FnMut(&str, Value)) {
                $(take(self.$at.0, self.$at.1.into());)+
            }
        }
    };
}

parameter_set!(A 0);
parameter_set!(A 0, B 1);
parameter_set!(A 0, B 1, C 2);
parameter_set!(A 0, B 1, C 2, D 3);
parameter_set!(A 0, B 1, C 2, D 3, E 4);
parameter_set!(A 0, B 1, C 2, D 3, E 4, F 5);
parameter_set!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
parameter_set!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);

impl<M: Mode> ConnectionCore<M> {
    /// Runs a statement once for each set of values, all or none.
    pub(crate) async fn execute_many<S: ParameterSet>(
        &mut self,
        statement: TextClause,
        sets: impl IntoIterator<Item = S>,
    ) -> Result<usize> {
        let own = !self.in_transaction();
        if own {
            self.begin().await?;
        }
        let result = self.execute_each(statement, sets).await;
        match result {
            Ok(_) if own => self.commit().await?,
            Err(_) if own => self.rollback().await?,
            _ => {}
        }
        result
    }

    async fn execute_each<S: ParameterSet>(
        &mut self,
        mut statement: TextClause,
        sets: impl IntoIterator<Item = S>,
    ) -> Result<usize> {
        let mut rows = 0;
        // Values bound before hold for every set. A value of one set must not be sent with the next.
        let bound: Vec<_> = statement.parameters.iter().map(|parameter| parameter.value.clone()).collect();
        for set in sets {
            for (parameter, value) in statement.parameters.iter_mut().zip(&bound) {
                parameter.value.clone_from(value);
            }
            set.each(&mut |name, value| statement.set(name, value));
            rows += self.execute_by_hand(&statement).await?;
        }
        Ok(rows)
    }
}

/// Writes hand-written SQL and its parameters.
pub(crate) struct TextWriter<'w, 'b> {
    out: &'w mut dyn SqlWriter<'b>,
    /// `None` on databases that need no casts, and for statements without rows.
    contexts: Option<ParameterContexts>,
}

impl<'w, 'b> TextWriter<'w, 'b> {
    /// Writes SQL. `rows_from` is the context of its first parameter, for SQL that returns rows.
    pub(crate) fn new(out: &'w mut dyn SqlWriter<'b>, rows_from: Option<ParameterContext>) -> Self {
        let contexts = rows_from.filter(|_| out.capabilities().cast_parameters).map(ParameterContexts::new);
        Self { out, contexts }
    }

    /// Writes SQL. Refuses placeholders of the database, such as `?`: they would have no value, or take that of another
    /// parameter.
    pub(crate) fn push_sql(&mut self, sql: &str) -> Result<()> {
        if let Some(parameter) = foreign_parameter(sql, self.out.capabilities().parameter_signs) {
            return Err(Error::invalid(format!(
                "`{parameter}` is not a parameter here: write `:name` and bind it by name"
            )));
        }
        if let Some(contexts) = &mut self.contexts {
            contexts.read(sql);
        }
        self.out.push_sql(sql);
        Ok(())
    }

    /// Writes a parameter. A parameter that may become part of a result is cast to the type of its value.
    pub(crate) fn push_bind(&mut self, bind: Bind<'b>) -> Result<()> {
        match self.contexts.as_ref().map(ParameterContexts::here) {
            None | Some(ParameterContext::Elsewhere) => self.out.push_bind(bind),
            Some(ParameterContext::Values) if is_text_or_bytes(bind) => Err(Error::Unsupported {
                dialect: self.out.capabilities().name,
                feature: "text or bytes as a parameter of VALUES (the row would come back empty)".to_owned(),
                instead: "write SELECT :a UNION ALL SELECT :b".to_owned(),
            }),
            Some(_) => self.out.push_result_bind(bind),
        }
    }
}

fn is_text_or_bytes(bind: Bind<'_>) -> bool {
    match bind {
        Bind::Text(_) | Bind::Json(_) | Bind::Bytes(_) => true,
        Bind::Sensitive(value) => is_text_or_bytes(Bind::from(value)),
        _ => false,
    }
}

/// The kind of a statement, from its first word; for `WITH ...` from the first verb outside of parentheses.
fn kind_of(sql: &str) -> StatementKind {
    let mut words = outer_words(sql).into_iter();
    match words.next().as_deref() {
        Some("prepare") if words.next().as_deref() == Some("transaction") => Some(StatementKind::Transaction),
        Some("with") => words.map(|word| verb(&word)).find(|kind| *kind != StatementKind::Other),
        Some(word) => Some(verb(word)),
        None => None,
    }
    .unwrap_or(StatementKind::Other)
}

/// Whether this is `COPY ... FROM STDIN` or `COPY ... TO STDOUT`; PostgreSQL accepts either word with both directions.
fn is_copy(sql: &str) -> bool {
    let words = outer_words(sql);
    let is_client = |pair: &[String]| matches!(pair, [way, place] if matches!(&**way, "from" | "to") && matches!(&**place, "stdin" | "stdout"));
    words.first().is_some_and(|word| word == "copy") && words.windows(2).any(is_client)
}

/// Whether this is `SET autocommit = 0`, in any spelling, for this connection or for new ones.
fn switches_autocommit_off(sql: &str) -> bool {
    let words = outer_words(sql);
    let is_off = |pair: &[String]| matches!(pair, [name, value] if name == "autocommit" && !matches!(&**value, "1" | "on" | "true" | "default"));
    words.first().is_some_and(|word| word == "set") && words.windows(2).any(is_off)
}

/// The words outside of parentheses and quotes, in lower case.
fn outer_words(sql: &str) -> Vec<String> {
    let mut depth = 0_usize;
    let mut words = vec![String::new()];
    for character in code(sql).join(" ").chars() {
        match character {
            // `(SELECT ...) UNION ...` also begins with its verb.
            '(' if words.iter().any(|word| !word.is_empty()) => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        match words.last_mut() {
            Some(word) if depth == 0 && (character.is_alphanumeric() || character == '_') => {
                word.push(character.to_ascii_lowercase());
            }
            Some(word) if !word.is_empty() => words.push(String::new()),
            _ => {}
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn verb(word: &str) -> StatementKind {
    match word {
        "select" | "values" | "table" | "show" | "explain" => StatementKind::Select,
        "insert" | "replace" => StatementKind::Insert,
        "update" | "merge" => StatementKind::Update,
        "delete" => StatementKind::Delete,
        "create" | "alter" | "drop" | "truncate" | "comment" => StatementKind::Ddl,
        "begin" | "start" | "commit" | "end" | "rollback" | "abort" | "savepoint" | "release" => {
            StatementKind::Transaction
        }
        _ => StatementKind::Other,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::engine::{Capabilities, render};

    fn refusal(statement: &TextClause) -> String {
        render(statement, &Capabilities::sqlite()).unwrap_err().to_string()
    }

    #[test]
    fn parameters_become_placeholders() {
        let statement = text("SELECT :a, ':a', :b::int, :a").bind_all((("a", 1), ("b", "x")));
        let postgres = render(&statement, &Capabilities::postgres()).unwrap();
        assert_eq!(postgres.sql, "SELECT $1, ':a', $2::int, $3");
        assert_eq!(postgres.parameters, ["1", "'x'", "1"]);
        let secret = text("SELECT :a").bind_sensitive("a", "x");
        assert_eq!(render(&secret, &Capabilities::sqlite()).unwrap().parameters, ["***"]);
        let shown = format!("{:?}", text("SELECT :a, :b").bind_sensitive("a", "hunter2").bind("b", "seen"));
        assert!(!shown.contains("hunter2") && shown.contains("***") && shown.contains("seen"), "{shown}");
    }

    #[test]
    fn unknown_and_missing_names_are_errors() {
        let statement = text("SELECT :a, :b");
        assert_eq!(
            refusal(&statement.clone().bind("c", 1)),
            "a value was bound to :c, and the text has no such parameter; there are :a, :b"
        );
        assert!(refusal(&statement.bind("a", 1)).starts_with("the text has a parameter :b without a value"));
        assert!(refusal(&text("SELECT 1").bind("c", 1)).ends_with("; it has none"));
    }

    #[test]
    fn a_parameter_of_the_database_is_refused() {
        assert!(refusal(&text("SELECT ?")).starts_with("`?` is not a parameter"));
        assert!(refusal(&text("SELECT @x")).starts_with("`@x` is not a parameter"));
        assert!(render(&text("SELECT @x"), &Capabilities::mariadb()).is_ok());
        let twice = text("SELECT :a, $1").bind("a", 1);
        assert!(render(&twice, &Capabilities::postgres()).unwrap_err().to_string().starts_with("`$1` is not"));
        assert!(render(&text("SELECT '?' -- ?"), &Capabilities::sqlite()).is_ok());
        assert!(render(&text("SELECT a ? 'b'"), &Capabilities::postgres()).is_ok());
    }

    #[test]
    fn a_second_statement_is_refused_where_it_would_be_dropped() {
        assert!(refusal(&text("DELETE FROM a; DELETE FROM b")).contains("runs only the first"));
        assert!(render(&text("DELETE FROM a; DELETE FROM b"), &Capabilities::postgres()).is_ok());
    }

    #[test]
    fn a_copy_that_the_client_has_part_in_is_refused() {
        for sql in
            ["COPY t FROM STDIN", "copy t (a, b) from stdin with (format csv)", "-- x\nCOPY (SELECT 1) TO STDOUT;"]
        {
            let refused = render(&text(sql), &Capabilities::postgres()).unwrap_err().to_string();
            assert!(refused.starts_with("COPY to or from the client"), "{refused}");
        }
        for sql in
            ["COPY t FROM '/stdin'", "COPY \"stdin\" TO '/f'", "COPY stdout FROM PROGRAM 'cat'", "CALL f('to stdout')"]
        {
            assert!(render(&text(sql), &Capabilities::postgres()).is_ok(), "{sql}");
        }
    }

    #[test]
    fn the_kind_is_known_by_the_verb() {
        assert_eq!(kind_of("  select 1"), StatementKind::Select);
        assert_eq!(kind_of("-- x\n(SELECT 1)"), StatementKind::Select);
        assert_eq!(kind_of("WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a"), StatementKind::Insert);
        assert_eq!(kind_of("CREATE TABLE t (x)"), StatementKind::Ddl);
        assert_eq!(kind_of("PRAGMA foreign_keys"), StatementKind::Other);
        assert_eq!(kind_of("BEGIN"), StatementKind::Transaction);
        assert_eq!(kind_of(""), StatementKind::Other);
    }
}
