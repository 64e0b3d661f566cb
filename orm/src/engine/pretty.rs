//! Echo with a line for each clause, and for the parameters of each row.

/// The words that begin a line. Longer ones first, so that `LEFT OUTER JOIN` is not broken in the middle.
const CLAUSES: &[&str] = &[
    "LEFT OUTER JOIN ",
    "LEFT JOIN ",
    "INNER JOIN ",
    "CROSS JOIN ",
    "JOIN ",
    "FROM ",
    "WHERE ",
    "GROUP BY ",
    "HAVING ",
    "ORDER BY ",
    "LIMIT ",
    "OFFSET ",
    "UNION ",
    "INTERSECT ",
    "EXCEPT ",
    "VALUES ",
    "SET ",
    "ON CONFLICT ",
    "RETURNING ",
];

/// Adds a line break before each clause of the outermost query. Text in quotes and parentheses is unchanged.
pub(super) fn break_clauses(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len() + 16);
    let mut depth = 0_usize;
    let mut quote = None;
    for (at, character) in sql.char_indices() {
        let after_space = out.ends_with(' ');
        if quote.is_none() && depth == 0 && after_space && CLAUSES.iter().any(|clause| sql[at..].starts_with(clause)) {
            // `LEFT` has begun the line already when `JOIN` comes.
            let begun = ["LEFT ", "OUTER ", "INNER ", "CROSS ", "DELETE "].iter().any(|word| out.ends_with(word));
            if !begun {
                out.pop();
                out.push('\n');
            }
        }
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (None, '\'' | '"' | '`') => quote = Some(character),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            _ => {}
        }
        out.push(character);
    }
    out
}

/// The rows of an INSERT: `VALUES (?, ?), (?, ?)`.
#[derive(Debug, PartialEq, Eq)]
struct Rows {
    /// Ends of the first row and of the last one.
    ends: (usize, usize),
    count: usize,
    /// Number of parameters of each row.
    width: usize,
}

/// Rows that are written out; of more, the first is.
const WRITTEN: usize = 3;
/// Lines of parameters that are shown.
const SHOWN: usize = 10;

/// Leaves all rows but the first out of an INSERT of many.
pub(super) fn shorten_rows(sql: &str) -> Option<String> {
    let Rows { ends: (first, last), count, .. } = rows(sql).filter(|rows| rows.count > WRITTEN)?;
    Some(format!("{}, .. {count} rows{}", &sql[..first], &sql[last..]))
}

/// The parameters of a statement: one line, or a line for each row of an INSERT.
pub(super) fn parameter_lines(sql: &str, parameters: &[String]) -> Vec<String> {
    let line = |parameters: &[String]| format!("[{}]", parameters.join(", "));
    match rows(sql) {
        Some(Rows { count, width, .. }) if count > 1 && width > 0 && count * width == parameters.len() => {
            let mut lines: Vec<String> = parameters.chunks(width).take(SHOWN).map(line).collect();
            if count > SHOWN {
                lines.push(format!(".. {} more rows", count - SHOWN));
            }
            lines
        }
        _ => vec![line(parameters)],
    }
}

fn rows(sql: &str) -> Option<Rows> {
    const VALUES: &str = " VALUES ";
    if !sql.starts_with("INSERT") {
        return None;
    }
    let start = sql.find(VALUES)? + VALUES.len();
    let (first, width) = group(sql, start)?;
    let (mut last, mut count) = (first, 1);
    while sql[last..].starts_with(", (")
        && let Some((end, parameters)) = group(sql, last + 2)
        && parameters == width
    {
        (last, count) = (end, count + 1);
    }
    Some(Rows { ends: (first, last), count, width })
}

/// End of the parentheses that begin at `start`, and the number of parameters in them.
fn group(sql: &str, start: usize) -> Option<(usize, usize)> {
    let (mut depth, mut parameters, mut quote) = (0_usize, 0, None);
    for (at, character) in sql[start..].char_indices() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"' | '`') => quote = Some(character),
            (None, '(') => depth += 1,
            (None, ')') if depth == 1 => return Some((start + at + 1, parameters)),
            (None, ')') => depth = depth.checked_sub(1)?,
            (None, '?' | '$') => parameters += 1,
            (None, _) if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{break_clauses, parameter_lines, shorten_rows};

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn rows_have_a_line_of_parameters_each() {
        let sql = "INSERT INTO line (a, b) VALUES (?, ?), (?, ?) RETURNING id";
        assert_eq!(parameter_lines(sql, &texts(&["1", "'x'", "2", "'y'"])), ["[1, 'x']", "[2, 'y']"]);
        let numbered = "INSERT INTO line (a, b) VALUES ($1, ')'), ($2, ')')";
        assert_eq!(parameter_lines(numbered, &texts(&["1", "2"])), ["[1]", "[2]"]);
        let one = "SELECT a FROM t WHERE a IN (?, ?)";
        assert_eq!(parameter_lines(one, &texts(&["1", "2"])), ["[1, 2]"]);
        let arrays = "INSERT INTO t (a) SELECT * FROM unnest($1)";
        assert_eq!(parameter_lines(arrays, &texts(&["{1,2}"])), ["[{1,2}]"]);
    }

    #[test]
    fn many_rows_are_counted() {
        let sql = "INSERT INTO t (a) VALUES (?), (?), (?), (?) RETURNING a";
        assert_eq!(shorten_rows(sql).as_deref(), Some("INSERT INTO t (a) VALUES (?), .. 4 rows RETURNING a"));
        assert_eq!(shorten_rows("INSERT INTO t (a) VALUES (?), (?)"), None);
        let many: Vec<String> = (0..12).map(|number| number.to_string()).collect();
        let sql = format!("INSERT INTO t (a) VALUES {}", ["(?)"; 12].join(", "));
        let lines = parameter_lines(&sql, &many);
        assert_eq!((lines.len(), lines[10].as_str()), (11, ".. 2 more rows"));
    }

    #[test]
    fn clauses_of_the_outermost_query_begin_a_line() {
        let sql =
            "SELECT a FROM t LEFT OUTER JOIN u ON u.id = t.id WHERE x IN (SELECT 1 FROM v) AND y = ' FROM ' ORDER BY a";
        let broken = "SELECT a\nFROM t\nLEFT OUTER JOIN u ON u.id = t.id\n\
                      WHERE x IN (SELECT 1 FROM v) AND y = ' FROM '\nORDER BY a";
        assert_eq!(break_clauses(sql), broken);
        assert_eq!(break_clauses("DELETE FROM t WHERE id = 1"), "DELETE FROM t\nWHERE id = 1");
    }
}
