//! SQL for narrow pages: long statements are broken at their clauses, long lists are shortened.

/// The columns that a page shows without scrolling.
pub(crate) const WIDTH: usize = 88;

/// Keywords that begin a line of a long statement.
const CLAUSES: [&str; 16] = [
    "FROM",
    "WHERE",
    "SET",
    "VALUES",
    "GROUP",
    "ORDER",
    "HAVING",
    "LIMIT",
    "RETURNING",
    "UNION",
    "LEFT",
    "JOIN",
    "AND",
    "CROSS",
    "INTO",
    "ON",
];

/// How many parameters, or rows of parameters, a transcript shows.
const SHOWN: usize = 10;
const SHOWN_ROWS: usize = 4;

/// Breaks a statement into lines of at most `width` columns where spaces allow: at clauses, those of a
/// subquery indented, and where a line is full.
pub(crate) fn wrap(sql: &str, width: usize) -> Vec<String> {
    if sql.len() <= width {
        return vec![sql.to_owned()];
    }
    let indent = sql.len() - sql.trim_start().len();
    let mut lines: Vec<String> = Vec::new();
    let mut line = " ".repeat(indent);
    let mut depth = 0_usize;
    let mut subqueries: Vec<usize> = Vec::new(); // the depths at which they stand
    let mut before = "";
    for word in words(sql.trim_start()) {
        subqueries.retain(|subquery| *subquery <= depth);
        let within = subqueries.last().copied().unwrap_or(0);
        let level = (depth == within).then_some(subqueries.len());
        let step =
            level.filter(|_| begins_line(word, before, width.saturating_sub(line.len())));
        let full = line.len() + 1 + word.len() > width;
        let blank = line.trim().is_empty();
        if (step.is_some() || full) && !blank {
            lines.push(std::mem::take(&mut line));
            let more = if matches!(word, "AND" | "ON") { 1 } else { 0 };
            line = " ".repeat(
                indent + 4 * step.map_or(1 + level.unwrap_or(0), |step| step + more),
            );
        } else if !blank {
            line.push(' ');
        }
        line.push_str(word);
        depth =
            (depth + word.matches('(').count()).saturating_sub(word.matches(')').count());
        if word.ends_with("(SELECT") {
            subqueries.push(depth);
        }
        before = word;
    }
    lines.push(line);
    lines
}

/// Whether a word begins a line, where `left` columns are free in the line before.
fn begins_line(word: &str, before: &str, left: usize) -> bool {
    let of_pair =
        matches!(before, "LEFT" | "OUTER" | "DELETE" | "INSERT" | "CROSS" | "DISTINCT");
    let short = matches!(word, "ON" if left > 40) || matches!(word, "AND" if left > 30);
    CLAUSES.contains(&word) && !of_pair && !short
}

/// The words of a statement: text between spaces, where quoted text is one word.
fn words(sql: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let (mut start, mut quote) = (0, None);
    for (at, c) in sql.char_indices() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (None, '\'' | '"' | '`') => quote = Some(c),
            (None, ' ') => {
                words.push(&sql[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    words.push(&sql[start..]);
    words
}

/// Breaks prose into lines of at most `width` columns; what goes on is indented further.
pub(crate) fn wrap_text(text: &str, width: usize) -> Vec<String> {
    let indent = " ".repeat(text.len() - text.trim_start().len());
    let mut lines = Vec::new();
    let mut line = indent.clone();
    for word in text.trim_start().split(' ') {
        let blank = line.trim().is_empty();
        if !blank && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(std::mem::replace(&mut line, format!("{indent}    ")));
        } else if !blank {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

/// Shortens long runs of placeholders: `?, ?, ?`, `(?, ?), (?, ?)` and `($1, $2), ($3, $4)`.
pub(crate) fn shorten(sql: &str) -> String {
    let text = shorten_tuples(sql).unwrap_or_else(|| sql.to_owned());
    shorten_run(&text, "?", SHOWN)
}

/// The tuple of placeholders at the beginning of a text, `(?, ?)` or `($1, $2)`.
fn tuple_at(text: &str) -> Option<&str> {
    let tuple = &text[..text.find(')')? + 1];
    let inside = tuple.strip_prefix('(')?;
    let placeholders = inside.chars().all(|c| "?, )$".contains(c) || c.is_ascii_digit());
    (placeholders && inside.starts_with(['?', '$'])).then_some(tuple)
}

/// The first tuple of placeholders.
fn first_tuple(sql: &str) -> Option<&str> {
    sql.match_indices('(').find_map(|(at, _)| tuple_at(&sql[at..]))
}

/// Replaces a run of many tuples by the first two and their number.
fn shorten_tuples(sql: &str) -> Option<String> {
    let first = first_tuple(sql)?;
    let start = sql.find(first)?;
    let mut ends = vec![start + first.len()];
    while let Some(tuple) = sql[*ends.last()?..].strip_prefix(", ").and_then(tuple_at) {
        ends.push(ends.last()? + 2 + tuple.len());
    }
    let (second, last) = (*ends.get(1)?, *ends.last()?);
    let number = ends.len();
    (number > SHOWN_ROWS)
        .then(|| format!("{}, … {number} in all{}", &sql[..second], &sql[last..]))
}

/// Replaces a run of more than `most` equal items by its beginning and its length.
fn shorten_run(sql: &str, item: &str, most: usize) -> String {
    let unit = format!("{item}, ");
    let run = unit.repeat(most);
    let Some(start) = sql.find(&run) else { return sql.to_owned() };
    let mut end = start;
    while sql[end..].starts_with(&unit) {
        end += unit.len();
    }
    if !sql[end..].starts_with(item) {
        return sql.to_owned();
    }
    let number = (end - start) / unit.len() + 1;
    let rest = &sql[end + item.len()..];
    format!("{}{unit}{unit}… {number} in all{rest}", &sql[..start])
}

/// The parameters of a statement as comments, one line for each row of an INSERT.
pub(crate) fn parameter_lines(sql: &str, parameters: &[String]) -> Vec<String> {
    if parameters.is_empty() {
        return Vec::new();
    }
    let of_row = first_tuple(sql).map_or(0, |tuple| tuple.matches(['?', '$']).count());
    if sql.contains("VALUES")
        && of_row > 0
        && parameters.len() > of_row
        && parameters.len().is_multiple_of(of_row)
    {
        let rows: Vec<&[String]> = parameters.chunks(of_row).collect();
        let mut lines: Vec<String> = rows
            .iter()
            .take(SHOWN_ROWS)
            .flat_map(|row| comment(&row.join(", ")))
            .collect();
        if rows.len() > SHOWN_ROWS {
            lines.push(format!("--   … {} rows in all", rows.len()));
        }
        return lines;
    }
    let mut shown = parameters
        .iter()
        .take(SHOWN)
        .map(|it| shorten_array(it))
        .collect::<Vec<_>>()
        .join(", ");
    if parameters.len() > SHOWN {
        shown.push_str(&format!(", … {} in all", parameters.len()));
    }
    comment(&shown)
}

/// Shortens the text of a long array, which PostgreSQL gets as one parameter.
fn shorten_array(parameter: &str) -> String {
    let items: Vec<&str> = parameter.split(", ").collect();
    if items.len() <= SHOWN {
        return parameter.to_owned();
    }
    let end = parameter
        .chars()
        .last()
        .filter(|c| matches!(c, ']' | '}'))
        .map(String::from)
        .unwrap_or_default();
    format!("{}, … {} in all{end}", items[..3].join(", "), items.len())
}

fn comment(text: &str) -> Vec<String> {
    wrap_text(text, WIDTH - 5).into_iter().map(|line| format!("--   {line}")).collect()
}

#[cfg(test)]
mod tests {
    use super::{parameter_lines, shorten, wrap, wrap_text};

    #[test]
    fn prose_keeps_its_indentation() {
        assert_eq!(wrap_text("  one two three", 9), ["  one two", "      three"]);
        assert_eq!(wrap_text("", 9), [""]);
    }

    #[test]
    fn long_statements_break_at_clauses() {
        let sql =
            "SELECT user.id, user.name FROM user WHERE user.name = ? ORDER BY user.id";
        assert_eq!(wrap(sql, 90), [sql]);
        let broken = [
            "SELECT user.id, user.name",
            "FROM user",
            "WHERE user.name = ?",
            "ORDER BY user.id",
        ];
        assert_eq!(wrap(sql, 40), broken);
        let nested = "SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE EXISTS (SELECT 1 FROM v))";
        let broken = [
            "SELECT a",
            "FROM t",
            "WHERE EXISTS (SELECT 1",
            "    FROM u",
            "    WHERE EXISTS (SELECT 1",
            "        FROM v))",
        ];
        assert_eq!(wrap(nested, 40), broken);
        assert_eq!(
            wrap("SELECT 'FROM here' FROM t", 20),
            ["SELECT 'FROM here'", "FROM t"]
        );
    }

    #[test]
    fn long_lists_are_shortened_and_rows_stand_apart() {
        let list = format!("x IN ({})", ["?"; 100].join(", "));
        assert_eq!(shorten(&list), "x IN (?, ?, … 100 in all)");
        let rows = format!("INSERT INTO t (a, b) VALUES {}", ["(?, ?)"; 9].join(", "));
        assert_eq!(
            shorten(&rows),
            "INSERT INTO t (a, b) VALUES (?, ?), (?, ?), … 9 in all"
        );
        let numbered =
            "VALUES ($1, $2), ($3, $4), ($5, $6), ($7, $8), ($9, $10) RETURNING id";
        assert_eq!(
            shorten(numbered),
            "VALUES ($1, $2), ($3, $4), … 5 in all RETURNING id"
        );
        let two = ["1", "'a'", "2", "'b'"].map(str::to_owned);
        let sql = "INSERT INTO t (a, b) VALUES (?, ?), (?, ?)";
        assert_eq!(parameter_lines(sql, &two), ["--   1, 'a'", "--   2, 'b'"]);
    }
}
