//! Echo with a line for each clause.

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

/// The same SQL with a line break before each clause of the outermost query. Text in quotes and parentheses stays as it is.
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

#[cfg(test)]
mod tests {
    use super::break_clauses;

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
