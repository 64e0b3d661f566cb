//! `Ddl`: the statements that create and drop tables, indexes, foreign keys and comments.

use std::sync::Arc;

use super::column::Column;
use super::constraint::ForeignKey;
use super::dialect::{self, Comments};
use super::index::Index;
use super::naming;
use super::table::Table;
use crate::engine::{SqlWriter, Statement, StatementKind};
use crate::error::{Error, Result};
use crate::value::DataType;

/// A DDL statement.
///
/// ```
/// use orm::{DataType, engine::{Capabilities, render}};
/// use orm::schema::{Column, Ddl, Table};
/// let users = Table::new("user").column(Column::new("name", DataType::Text).not_null());
/// let create = render(&Ddl::create_table(users), &Capabilities::postgres())?;
/// assert_eq!(create.sql, "CREATE TABLE \"user\" (\n    name TEXT NOT NULL\n)");
/// # Ok::<(), orm::Error>(())
/// ```
///
/// Counterpart: `CreateTable`, `CreateIndex`, `AddConstraint` and `DropTable` in `sqlalchemy.schema`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ddl {
    table: Arc<Table>,
    action: Action,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Action {
    CreateTable { without: Vec<ForeignKey> },
    DropTable,
    CreateIndex(Index),
    AddForeignKey(ForeignKey),
    DropForeignKey(ForeignKey),
    CommentOnTable(String),
    CommentOnColumn(String, String),
}

impl Ddl {
    /// The name of the table that the statement creates.
    pub(super) fn created(&self) -> Option<&str> {
        matches!(self.action, Action::CreateTable { .. }).then_some(self.table.name.as_str())
    }

    /// Whether the statement adds an index, a foreign key or a comment to one of these tables.
    pub(super) fn completes(&self, tables: &[String]) -> bool {
        self.created().is_none() && tables.contains(&self.table.name)
    }

    /// `CREATE TABLE`, without the indexes and without comments that are separate statements.
    pub fn create_table(table: impl Into<Arc<Table>>) -> Self {
        Self::create_table_without(table, Vec::new())
    }

    /// `CREATE TABLE` without some foreign keys, which are added when their target tables exist.
    pub fn create_table_without(table: impl Into<Arc<Table>>, foreign_keys: Vec<ForeignKey>) -> Self {
        Self { table: table.into(), action: Action::CreateTable { without: foreign_keys } }
    }

    /// `DROP TABLE`, which also drops the indexes.
    pub fn drop_table(table: impl Into<Arc<Table>>) -> Self {
        Self { table: table.into(), action: Action::DropTable }
    }

    /// `CREATE INDEX`
    pub fn create_index(table: impl Into<Arc<Table>>, index: Index) -> Self {
        Self { table: table.into(), action: Action::CreateIndex(index) }
    }

    /// `ALTER TABLE ... ADD CONSTRAINT ... FOREIGN KEY`
    pub fn add_foreign_key(table: impl Into<Arc<Table>>, foreign_key: ForeignKey) -> Self {
        Self { table: table.into(), action: Action::AddForeignKey(foreign_key) }
    }

    /// `ALTER TABLE ... DROP CONSTRAINT`
    pub fn drop_foreign_key(table: impl Into<Arc<Table>>, foreign_key: ForeignKey) -> Self {
        Self { table: table.into(), action: Action::DropForeignKey(foreign_key) }
    }

    /// `COMMENT ON TABLE`
    pub fn comment_on_table(table: impl Into<Arc<Table>>, comment: impl Into<String>) -> Self {
        Self { table: table.into(), action: Action::CommentOnTable(comment.into()) }
    }

    /// `COMMENT ON COLUMN`
    pub fn comment_on_column(
        table: impl Into<Arc<Table>>,
        column: impl Into<String>,
        comment: impl Into<String>,
    ) -> Self {
        Self { table: table.into(), action: Action::CommentOnColumn(column.into(), comment.into()) }
    }

    /// The table of the statement.
    pub fn table(&self) -> &Arc<Table> {
        &self.table
    }
}

impl Statement for Ddl {
    fn render<'b>(&'b self, out: &mut dyn SqlWriter<'b>) -> Result<()> {
        let table = &*self.table;
        match &self.action {
            Action::CreateTable { without } => create_table(out, table, without)?,
            Action::DropTable => {
                out.push_sql("DROP TABLE ");
                qualified(out, table.schema.as_deref(), &table.name);
            }
            Action::CreateIndex(index) => create_index(out, table, index),
            Action::AddForeignKey(key) => {
                alter_table(out, table, "ALTER TABLE ... ADD CONSTRAINT")?;
                out.push_sql(" ADD ");
                foreign_key(out, table, key)?;
            }
            Action::DropForeignKey(key) => {
                alter_table(out, table, "ALTER TABLE ... DROP CONSTRAINT")?;
                out.push_sql(out.capabilities().ddl.drop_foreign_key);
                out.push_identifier(&key.name_in(table));
            }
            Action::CommentOnTable(comment) => {
                comment_on(out, "TABLE ")?;
                qualified(out, table.schema.as_deref(), &table.name);
                comment_is(out, comment);
            }
            Action::CommentOnColumn(column, comment) => {
                comment_on(out, "COLUMN ")?;
                qualified(out, table.schema.as_deref(), &table.name);
                out.push_sql(".");
                out.push_identifier(column);
                comment_is(out, comment);
            }
        }
        Ok(())
    }

    fn kind(&self) -> StatementKind {
        StatementKind::Ddl
    }

    fn cacheable(&self) -> bool {
        false
    }
}

fn create_table(out: &mut dyn SqlWriter<'_>, table: &Table, without: &[ForeignKey]) -> Result<()> {
    out.push_sql("CREATE TABLE ");
    qualified(out, table.schema.as_deref(), &table.name);
    out.push_sql(" (");
    for (at, definition) in table.columns.iter().enumerate() {
        out.push_sql(if at == 0 { "\n    " } else { NEXT_LINE });
        column(out, table, definition)?;
    }
    if !table.primary_key.is_empty() {
        out.push_sql(NEXT_LINE);
        out.push_sql("PRIMARY KEY ");
        names(out, &table.primary_key);
    }
    for unique in &table.uniques {
        out.push_sql(NEXT_LINE);
        constraint(out, &unique.name_in(table));
        out.push_sql("UNIQUE ");
        names(out, &unique.columns);
    }
    for key in table.foreign_keys.iter().filter(|key| !without.contains(key)) {
        out.push_sql(NEXT_LINE);
        foreign_key(out, table, key)?;
    }
    for check in &table.checks {
        out.push_sql(NEXT_LINE);
        constraint(out, &check.name_in(table));
        out.push_sql("CHECK (");
        out.push_sql(&check.condition);
        out.push_sql(")");
    }
    for definition in &table.columns {
        if let DataType::Enum(texts) = &definition.data_type {
            out.push_sql(NEXT_LINE);
            enum_check(out, table, &definition.name, texts);
        }
    }
    out.push_sql("\n)");
    let options = dialect::table_options(out.capabilities());
    out.push_sql(&options);
    if let Some(comment) = inline_comment(out, table.comment.as_deref()) {
        out.push_sql(" COMMENT=");
        out.push_sql(&comment);
    }
    Ok(())
}

const NEXT_LINE: &str = ",\n    ";

fn column(out: &mut dyn SqlWriter<'_>, table: &Table, column: &Column) -> Result<()> {
    let data_type = dialect::column_type(out.capabilities(), table, column)?;
    out.push_identifier(&column.name);
    out.push_sql(" ");
    out.push_sql(&data_type);
    if let Some(sql) = &column.server_default {
        let text = dialect::default_text(out.capabilities(), column, sql);
        out.push_sql(" DEFAULT ");
        out.push_sql(&text);
    }
    if !column.nullable {
        out.push_sql(" NOT NULL");
    }
    if column.generated {
        out.push_sql(out.capabilities().ddl.generated);
    }
    if let Some(comment) = inline_comment(out, column.comment.as_deref()) {
        out.push_sql(" COMMENT ");
        out.push_sql(&comment);
    }
    Ok(())
}

fn foreign_key(out: &mut dyn SqlWriter<'_>, table: &Table, key: &ForeignKey) -> Result<()> {
    constraint(out, &key.name_in(table));
    out.push_sql("FOREIGN KEY ");
    names(out, &key.columns);
    out.push_sql(" REFERENCES ");
    let schema = dialect::target_schema(out.capabilities(), table, key)?;
    qualified(out, schema, &key.target);
    out.push_sql(" ");
    names(out, &key.target_columns);
    for (event, action) in [(" ON DELETE ", key.on_delete), (" ON UPDATE ", key.on_update)] {
        if let Some(action) = action {
            out.push_sql(event);
            out.push_sql(action.sql());
        }
    }
    Ok(())
}

fn enum_check(out: &mut dyn SqlWriter<'_>, table: &Table, column: &str, texts: &[&'static str]) {
    constraint(out, &naming::enum_check(&table.name, column));
    out.push_sql("CHECK (");
    out.push_identifier(column);
    out.push_sql(" IN (");
    for (at, text) in texts.iter().enumerate() {
        let literal = dialect::literal(out.capabilities(), text);
        out.push_sql(if at == 0 { "" } else { ", " });
        out.push_sql(&literal);
    }
    out.push_sql("))");
}

fn create_index(out: &mut dyn SqlWriter<'_>, table: &Table, index: &Index) {
    let schema = table.schema.as_deref();
    let (of_index, of_table) = if out.capabilities().ddl.index_holds_schema { (schema, None) } else { (None, schema) };
    out.push_sql(if index.unique { "CREATE UNIQUE INDEX " } else { "CREATE INDEX " });
    qualified(out, of_index, &index.name_in(table));
    out.push_sql(" ON ");
    qualified(out, of_table, &table.name);
    out.push_sql(" ");
    names(out, &index.columns);
}

fn alter_table(out: &mut dyn SqlWriter<'_>, table: &Table, feature: &str) -> Result<()> {
    let caps = out.capabilities();
    if !caps.alter_constraints {
        return Err(Error::Unsupported {
            dialect: caps.name,
            feature: format!("{feature} (table {})", table.full_name()),
            instead: "state the constraint when the table is created".to_owned(),
        });
    }
    out.push_sql("ALTER TABLE ");
    qualified(out, table.schema.as_deref(), &table.name);
    Ok(())
}

fn comment_on(out: &mut dyn SqlWriter<'_>, what: &str) -> Result<()> {
    let caps = out.capabilities();
    if dialect::comments(caps) != Comments::Statement {
        return Err(Error::Unsupported {
            dialect: caps.name,
            feature: "COMMENT ON".to_owned(),
            instead: "create the table with its comments, which keeps them where the database can".to_owned(),
        });
    }
    out.push_sql("COMMENT ON ");
    out.push_sql(what);
    Ok(())
}

fn comment_is(out: &mut dyn SqlWriter<'_>, comment: &str) {
    let literal = dialect::literal(out.capabilities(), comment);
    out.push_sql(" IS ");
    out.push_sql(&literal);
}

fn inline_comment(out: &mut dyn SqlWriter<'_>, comment: Option<&str>) -> Option<String> {
    let caps = out.capabilities();
    comment.filter(|_| dialect::comments(caps) == Comments::Inline).map(|comment| dialect::literal(caps, comment))
}

fn constraint(out: &mut dyn SqlWriter<'_>, name: &str) {
    out.push_sql("CONSTRAINT ");
    out.push_identifier(name);
    out.push_sql(" ");
}

fn qualified(out: &mut dyn SqlWriter<'_>, schema: Option<&str>, name: &str) {
    if let Some(schema) = schema {
        out.push_identifier(schema);
        out.push_sql(".");
    }
    out.push_identifier(name);
}

fn names(out: &mut dyn SqlWriter<'_>, names: &[String]) {
    out.push_sql("(");
    for (at, name) in names.iter().enumerate() {
        out.push_sql(if at == 0 { "" } else { ", " });
        out.push_identifier(name);
    }
    out.push_sql(")");
}
