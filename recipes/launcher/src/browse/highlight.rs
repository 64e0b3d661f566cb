//! Colours for Rust and SQL: comments, literals, numbers and words that matter. No parser.

use ratatui::style::{Color, Style};
use ratatui::text::{Line, Span};

const RUST: [&str; 22] = [
    "as", "async", "await", "const", "else", "enum", "fn", "for", "if", "impl", "in", "let", "match", "mod", "mut",
    "pub", "return", "struct", "trait", "type", "use", "while",
];
const SQL: [&str; 40] = [
    "SELECT",
    "FROM",
    "WHERE",
    "JOIN",
    "LEFT",
    "OUTER",
    "ON",
    "AND",
    "OR",
    "NOT",
    "IN",
    "IS",
    "NULL",
    "INSERT",
    "INTO",
    "VALUES",
    "RETURNING",
    "UPDATE",
    "SET",
    "DELETE",
    "CREATE",
    "TABLE",
    "DROP",
    "PRIMARY",
    "KEY",
    "REFERENCES",
    "ORDER",
    "BY",
    "GROUP",
    "HAVING",
    "LIMIT",
    "OFFSET",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "SAVEPOINT",
    "RELEASE",
    "AS",
    "UNION",
    "WITH",
];

/// A language that is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    Rust,
    Sql,
}

/// Colours a line; leaves it plain where colours may not be used.
pub(crate) fn line(text: &str, language: Language, colours: bool) -> Line<'static> {
    if !colours {
        return Line::from(text.to_owned());
    }
    let mut spans = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (length, colour) = token(rest, first, language);
        let (word, after) = rest.split_at(length);
        spans.push(Span::styled(word.to_owned(), colour.map_or_else(Style::new, |colour| Style::new().fg(colour))));
        rest = after;
    }
    Line::from(spans)
}

/// Length in bytes of the first token, and its colour.
fn token(text: &str, first: char, language: Language) -> (usize, Option<Color>) {
    let comment = if language == Language::Rust { "//" } else { "--" };
    let quote = if language == Language::Rust { '"' } else { '\'' };
    if text.starts_with(comment) {
        return (text.len(), Some(Color::DarkGray));
    }
    if first == quote {
        let end = text.char_indices().skip(1).find(|(at, symbol)| *symbol == quote && !text[..*at].ends_with('\\'));
        return (end.map_or(text.len(), |(at, symbol)| at + symbol.len_utf8()), Some(Color::Green));
    }
    if !first.is_alphanumeric() && first != '_' {
        return (first.len_utf8(), None);
    }
    let end = text.find(|symbol: char| !symbol.is_alphanumeric() && symbol != '_').unwrap_or(text.len());
    let word = &text[..end];
    let colour = match language {
        _ if first.is_ascii_digit() => Some(Color::Magenta),
        Language::Rust if RUST.contains(&word) => Some(Color::Yellow),
        Language::Rust if first.is_uppercase() => Some(Color::Cyan),
        Language::Sql if SQL.contains(&word) => Some(Color::Yellow),
        _ => None,
    };
    (end, colour)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str, language: Language) -> Vec<(String, Option<Color>)> {
        line(text, language, true).spans.iter().map(|span| (span.content.to_string(), span.style.fg)).collect()
    }

    #[test]
    fn words_literals_and_comments_have_colours() {
        let rust = parts("let x = \"a\"; // why", Language::Rust);
        assert!(rust.contains(&("let".to_owned(), Some(Color::Yellow))));
        assert!(rust.contains(&("\"a\"".to_owned(), Some(Color::Green))));
        assert!(rust.contains(&("// why".to_owned(), Some(Color::DarkGray))));
        let sql = parts("SELECT id FROM t WHERE n = 'é' AND k = 7", Language::Sql);
        assert!(sql.contains(&("SELECT".to_owned(), Some(Color::Yellow))));
        assert!(sql.contains(&("'é'".to_owned(), Some(Color::Green))));
        assert!(sql.contains(&("7".to_owned(), Some(Color::Magenta))));
    }

    #[test]
    fn nothing_is_lost_and_nothing_is_coloured_without_colours() {
        for text in ["", "é \"open", "SELECT 'it''s' -- x", "'"] {
            let text_of = |line: Line<'_>| line.spans.iter().map(|span| span.content.to_string()).collect::<String>();
            assert_eq!(text_of(line(text, Language::Sql, true)), text);
            assert!(line(text, Language::Rust, false).spans.iter().all(|span| span.style.fg.is_none()));
        }
    }
}
