//! The tables of a run, from the SQL that it sent: the columns that it created, and the statements that used each table.

use super::story::Step;

/// Statements that are counted, in this order.
pub(crate) const KINDS: [&str; 4] = ["SELECT", "INSERT", "UPDATE", "DELETE"];

/// A table that a run created or used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) name: String,
    /// Columns and constraints of `CREATE TABLE`. Empty where the table was there before.
    pub(crate) columns: Vec<String>,
    /// Statements of the step by kind.
    pub(crate) here: [usize; 4],
    /// Statements of the whole run by kind.
    pub(crate) in_all: [usize; 4],
}

/// Returns the tables in the order in which the run first names them.
pub(crate) fn tables(steps: &[Step], step: usize) -> Vec<Table> {
    let mut tables: Vec<Table> = Vec::new();
    for (at, Step { sql, .. }) in steps.iter().enumerate() {
        for statement in statements(sql) {
            if let Some((name, columns)) = created(&statement) {
                of_name(&mut tables, name).columns = columns;
            }
            let Some(kind) = KINDS.iter().position(|kind| statement.starts_with(kind)) else { continue };
            for name in named(&statement) {
                let table = of_name(&mut tables, name);
                table.in_all[kind] += 1;
                table.here[kind] += usize::from(at == step);
            }
        }
    }
    tables
}

fn of_name<'t>(tables: &'t mut Vec<Table>, name: &str) -> &'t mut Table {
    let at = tables.iter().position(|table| table.name == name).unwrap_or_else(|| {
        tables.push(Table { name: name.to_owned(), ..Table::default() });
        tables.len() - 1
    });
    &mut tables[at]
}

/// Joins the lines of each statement. A clause begins a line, parameters stand in brackets.
fn statements(sql: &[String]) -> Vec<String> {
    const VERBS: [&str; 10] =
        ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "CREATE ", "DROP ", "ALTER ", "WITH ", "BEGIN", "COMMIT"];
    let mut statements: Vec<String> = Vec::new();
    for line in sql.iter().filter(|line| !line.trim_start().starts_with('[')) {
        match statements.last_mut() {
            Some(last) if !VERBS.iter().any(|verb| line.starts_with(verb)) => {
                last.push(' ');
                last.push_str(line.trim());
            }
            _ => statements.push(line.trim().to_owned()),
        }
    }
    statements
}

fn created(statement: &str) -> Option<(&str, Vec<String>)> {
    let rest = statement.strip_prefix("CREATE TABLE ")?;
    let rest = rest.strip_prefix("IF NOT EXISTS ").unwrap_or(rest);
    let (name, list) = rest.split_once(" (")?;
    let (mut columns, mut depth, mut column) = (Vec::new(), 0_usize, String::new());
    for symbol in list.chars() {
        match symbol {
            ')' if depth == 0 => break,
            ',' if depth == 0 => columns.push(std::mem::take(&mut column).trim().to_owned()),
            _ => {
                depth = match symbol {
                    '(' => depth + 1,
                    ')' => depth - 1,
                    _ => depth,
                };
                column.push(symbol);
            }
        }
    }
    columns.push(column.trim().to_owned());
    Some((unquoted(name), columns))
}

/// Names behind FROM, JOIN, INTO and UPDATE, each once.
fn named(statement: &str) -> Vec<&str> {
    let words: Vec<&str> = statement.split_whitespace().collect();
    let mut names: Vec<&str> = Vec::new();
    for pair in words.windows(2) {
        let name = unquoted(pair[1].trim_end_matches([',', ')']));
        let leads = matches!(pair[0].trim_start_matches('('), "FROM" | "JOIN" | "INTO" | "UPDATE");
        let is_name = !name.is_empty() && !name.starts_with(['(', '?', '$']) && !is_catalog(name);
        if leads && is_name && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn is_catalog(name: &str) -> bool {
    ["sqlite_", "pg_", "information_schema", "SET", "unnest"].iter().any(|prefix| name.starts_with(prefix))
}

fn unquoted(name: &str) -> &str {
    name.trim_matches(['"', '`'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(sql: &[&str]) -> Step {
        Step { sql: sql.iter().map(|&line| line.to_owned()).collect(), ..Step::default() }
    }

    #[test]
    fn columns_and_statements_by_table() {
        let steps = [
            step(&[
                "CREATE TABLE \"order\" (id INTEGER PRIMARY KEY, price NUMERIC(8, 2) NOT NULL)",
                "CREATE TABLE line (id INTEGER PRIMARY KEY)",
            ]),
            step(&[
                "INSERT INTO \"order\" (price)",
                "VALUES (?)",
                "  [1]",
                "SELECT line.id",
                "FROM line",
                "JOIN \"order\" ON x",
            ]),
            step(&["DELETE FROM line", "WHERE id IN (SELECT id FROM \"order\")", "  [2]", "COMMIT"]),
        ];
        let tables = tables(&steps, 1);
        assert_eq!(tables[0].name, "order");
        assert_eq!(tables[0].columns, ["id INTEGER PRIMARY KEY", "price NUMERIC(8, 2) NOT NULL"]);
        assert_eq!((tables[0].here, tables[0].in_all), ([1, 1, 0, 0], [1, 1, 0, 1]));
        assert_eq!((tables[1].here, tables[1].in_all), ([1, 0, 0, 0], [1, 0, 0, 1]));
    }

    #[test]
    fn the_catalog_is_no_table_of_the_recipe() {
        let steps = [step(&["SELECT name", "FROM sqlite_master", "WHERE type = 'table'"])];
        assert_eq!(tables(&steps, 0), []);
    }
}
