//! Parses hand-written SQL with `:name` parameters: strings, comments, quoted names, and nothing more of SQL.

use std::borrow::Cow;
use std::ops::Range;

/// A piece of SQL text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'t> {
    /// SQL; `\:` has become `:`.
    Sql(Cow<'t, str>),
    /// Name of a parameter, without the colon.
    Parameter(&'t str),
}

/// Splits a text at its parameters, in order.
///
/// A parameter is a colon and a name: a letter or `_`, then letters, digits and `_`. A colon is not a parameter in a
/// string (also `E'..'` and `$tag$..$tag$`), in a quoted identifier, in a comment, after another colon (`::` is a
/// cast), after a word (`a:b`), and after a backslash, which is removed.
///
/// Counterpart: the bind parameters of `sqlalchemy.text()`.
pub(crate) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut scanner = Scanner { text, at: 0, pending: 0, pieces: Vec::new() };
    while let Some(next) = scanner.rest().chars().next() {
        scanner.step(next);
    }
    scanner.flush(text.len());
    scanner.pieces
}

/// The parts of a text that are neither string, nor quoted name, nor comment, in order.
pub(crate) fn code(text: &str) -> Vec<&str> {
    let mut scanner = Scanner { text, at: 0, pending: 0, pieces: Vec::new() };
    let mut parts = Vec::new();
    while let Some(next) = scanner.rest().chars().next() {
        match scanner.opaque() {
            0 => scanner.at += next.len_utf8(),
            length => {
                parts.push(&text[scanner.pending..scanner.at]);
                scanner.at += length;
                scanner.pending = scanner.at;
            }
        }
    }
    parts.push(&text[scanner.pending..]);
    parts
}

/// The places of the placeholders that begin with `sign`: `?` alone, or `$` and a number.
pub(crate) fn placeholders(text: &str, sign: char) -> Vec<Range<usize>> {
    let mut scanner = Scanner { text, at: 0, pending: 0, pieces: Vec::new() };
    let mut places = Vec::new();
    while let Some(next) = scanner.rest().chars().next() {
        let digits = scanner.rest()[next.len_utf8()..].chars().take_while(char::is_ascii_digit).count();
        let width = next.len_utf8() + if sign == '?' { 0 } else { digits };
        match scanner.opaque() {
            0 if next == sign && (sign == '?' || digits > 0 && !scanner.follows_word()) => {
                places.push(scanner.at..scanner.at + width);
                scanner.at += width;
            }
            0 => scanner.at += next.len_utf8(),
            length => scanner.at += length,
        }
    }
    places
}

/// The first parameter of a database's own in SQL that was taken apart: `?`, or one of `signs` before a name or a
/// number.
pub(crate) fn foreign_parameter<'t>(sql: &'t str, signs: &str) -> Option<&'t str> {
    let found = |part: &'t str| {
        part.char_indices().filter(|(_, sign)| signs.contains(*sign)).find_map(|(at, sign)| {
            let rest = &part[at + sign.len_utf8()..];
            // `a$1` is a name, `a:1` and `::int` are no parameters either.
            let begins = !part[..at].ends_with(|before| is_word(before) || before == '$' || before == ':');
            let named = begins && rest.starts_with(is_word);
            (sign == '?' || named).then(|| &part[at..at + sign.len_utf8() + word_length(rest)])
        })
    };
    // Most texts have no such sign at all.
    if !sql.contains(|c| signs.contains(c)) {
        return None;
    }
    code(sql).into_iter().find_map(found)
}

/// Whether a text contains a second statement. A CREATE with a body of statements (`CREATE TRIGGER ... BEGIN ...; END`)
/// is one statement.
pub(crate) fn is_several_statements(sql: &str) -> bool {
    if !sql.contains(';') {
        return false;
    }
    let code = code(sql).join(" ");
    let is_blank = |part: &str| part.trim().is_empty();
    let mut statements = code.split(';').skip_while(|part| is_blank(part));
    let first = statements.next().unwrap_or_default();
    let mut words = first.split_whitespace().map(str::to_ascii_lowercase);
    let has_body = words.next().is_some_and(|verb| verb == "create") && words.take(3).any(|word| word == "trigger");
    if has_body {
        // The body ends with the last END, and there is one BEGIN.
        let code = code.to_ascii_lowercase();
        let begins = code.split(|c| !is_word(c)).filter(|word| *word == "begin").count();
        return begins > 1 || code.rsplit_once("end").is_some_and(|(_, rest)| !rest.split(';').all(is_blank));
    }
    !statements.all(is_blank)
}

/// Position of a parameter in a statement that returns rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ParameterContext {
    /// In the list of a SELECT, where the parameter may become part of a result.
    List,
    /// In a row of VALUES.
    Values,
    /// Any other position.
    Elsewhere,
}

/// Tracks the context of parameters while SQL is written.
#[derive(Clone, Debug)]
pub(crate) struct ParameterContexts {
    /// The place before each open parenthesis, the outermost first.
    outer: Vec<ParameterContext>,
    here: ParameterContext,
}

impl ParameterContexts {
    pub(crate) fn new(start: ParameterContext) -> Self {
        Self { outer: Vec::new(), here: start }
    }

    /// Returns the place of a parameter that follows the SQL read so far.
    pub(crate) fn here(&self) -> ParameterContext {
        self.here
    }

    /// Reads the SQL up to the next parameter.
    pub(crate) fn read(&mut self, sql: &str) {
        for part in code(sql) {
            let mut rest = part;
            while let Some(next) = rest.chars().next() {
                let word = &rest[..word_length(rest)];
                match next {
                    // The same within parentheses, until a clause begins there.
                    '(' => self.outer.push(self.here),
                    ')' => self.here = self.outer.pop().unwrap_or(self.here),
                    _ if word.eq_ignore_ascii_case("select") => self.here = ParameterContext::List,
                    _ if word.eq_ignore_ascii_case("values") => self.here = ParameterContext::Values,
                    _ if AFTER_LIST.iter().any(|end| word.eq_ignore_ascii_case(end)) => {
                        self.here = ParameterContext::Elsewhere
                    }
                    _ => {}
                }
                rest = &rest[word.len().max(next.len_utf8())..];
            }
        }
    }
}

/// Words that end a SELECT list, or the arguments of an aggregate.
const AFTER_LIST: [&str; 13] = [
    "fetch",
    "for",
    "from",
    "group",
    "having",
    "into",
    "limit",
    "offset",
    "order",
    "procedure",
    "separator",
    "where",
    "window",
];

struct Scanner<'t> {
    text: &'t str,
    /// Position of the scanner, in bytes.
    at: usize,
    /// Start of the text that is not part of a piece yet.
    pending: usize,
    pieces: Vec<Piece<'t>>,
}

impl<'t> Scanner<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    /// Length of the string, quoted name or comment that begins here; 0 for none.
    fn opaque(&self) -> usize {
        let rest = self.rest();
        match rest.as_bytes().first() {
            Some(b'\'') if self.is_escape_string() => escape_string(rest),
            Some(b'\'' | b'"' | b'`') => 1 + through(&rest[1..], &rest[..1]),
            Some(b'-') if rest.starts_with("--") => through(rest, "\n"),
            Some(b'/') if rest.starts_with("/*") => 2 + through(&rest[2..], "*/"),
            Some(b'$') if !self.follows_word() => dollar_string(rest),
            _ => 0,
        }
    }

    fn step(&mut self, next: char) {
        let rest = self.rest();
        match next {
            _ if self.opaque() > 0 => self.at += self.opaque(),
            '\\' if rest[1..].starts_with(':') => {
                self.flush(self.at);
                self.pending = self.at + 1;
                self.at += 2;
            }
            ':' => self.colon(),
            _ => self.at += next.len_utf8(),
        }
    }

    fn colon(&mut self) {
        let rest = &self.rest()[1..];
        if rest.starts_with(':') {
            self.at += 2;
            return;
        }
        let length = word_length(rest);
        let is_name = rest.starts_with(|c: char| c.is_alphabetic() || c == '_');
        if !is_name || self.follows_word() {
            self.at += 1 + length;
            return;
        }
        self.flush(self.at);
        self.pieces.push(Piece::Parameter(&rest[..length]));
        self.at += 1 + length;
        self.pending = self.at;
    }

    /// Adds the SQL up to `end`, to the last piece if that is SQL as well.
    fn flush(&mut self, end: usize) {
        let sql = &self.text[self.pending..end];
        match self.pieces.last_mut() {
            _ if sql.is_empty() => {}
            Some(Piece::Sql(before)) => before.to_mut().push_str(sql),
            _ => self.pieces.push(Piece::Sql(Cow::Borrowed(sql))),
        }
        self.pending = end;
    }

    fn follows_word(&self) -> bool {
        self.text[..self.at].ends_with(is_word)
    }

    /// Whether the quote here opens PostgreSQL's `E'...'`, in which a backslash escapes.
    fn is_escape_string(&self) -> bool {
        let mut before = self.text[..self.at].chars().rev();
        matches!(before.next(), Some('e' | 'E')) && !before.next().is_some_and(is_word)
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn word_length(text: &str) -> usize {
    text.find(|c: char| !is_word(c)).unwrap_or(text.len())
}

/// Position after the first `end`, or the end of the text.
fn through(text: &str, end: &str) -> usize {
    text.find(end).map_or(text.len(), |found| found + end.len())
}

/// Length of the string that begins here, with backslash escapes.
fn escape_string(text: &str) -> usize {
    let mut escaped = true;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\'' if text[at + 1..].starts_with('\'') => escaped = true,
            '\'' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Length of the `$tag$...$tag$` that begins here; 0 when the dollar begins none.
fn dollar_string(text: &str) -> usize {
    let tag = word_length(&text[1..]) + 2;
    let opens = text.as_bytes().get(tag - 1) == Some(&b'$') && !text[1..].starts_with(|c: char| c.is_ascii_digit());
    if opens { tag + through(&text[tag..], &text[..tag]) } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks the parameters of a text: `expected` writes them as `<name>`.
    #[track_caller]
    fn check(text: &str, expected: &str) {
        let mut found = String::new();
        for piece in pieces(text) {
            match piece {
                Piece::Sql(sql) => found.push_str(&sql),
                Piece::Parameter(name) => found.push_str(&format!("<{name}>")),
            }
        }
        assert_eq!(found, expected);
    }

    #[test]
    fn parameters_are_found() {
        check("", "");
        check("SELECT 1", "SELECT 1");
        check("age > :age AND x=:_x1", "age > <age> AND x=<_x1>");
        check(":a:b", "<a>:b");
        check("f(:a,:b)[:i]", "f(<a>,<b>)[<i>]");
        check("größe = :größe", "größe = <größe>");
    }

    #[test]
    fn colons_that_mean_something_else_are_left_alone() {
        check("a::text, :b::int", "a::text, <b>::int");
        check("x = ':no' AND y = :yes", "x = ':no' AND y = <yes>");
        check("'it''s :no' || :yes", "'it''s :no' || <yes>");
        check(r"E'it\'s :no' || :yes", r"E'it\'s :no' || <yes>");
        check(r"E'a''b\':no' || :yes", r"E'a''b\':no' || <yes>");
        check(r"'c:\' || :yes", r"'c:\' || <yes>");
        check("\"a:b \"\" :no\" = :yes", "\"a:b \"\" :no\" = <yes>");
        check("`:no` = :yes", "`:no` = <yes>");
        check("-- :no\n:yes", "-- :no\n<yes>");
        check("/* :no */ :yes", "/* :no */ <yes>");
        check("$$ :no $$ :yes", "$$ :no $$ <yes>");
        check("$f$ ':no $$ $f$ :yes", "$f$ ':no $$ $f$ <yes>");
        check("$1 + :yes", "$1 + <yes>");
        check("12:34, a[1:2], x := 1", "12:34, a[1:2], x := 1");
    }

    #[test]
    fn code_leaves_out_what_is_quoted() {
        assert_eq!(code("a 'b' c -- d\ne").concat(), "a  c e");
        assert_eq!(code("'b'").concat(), "");
    }

    #[test]
    fn parameters_of_the_database_are_found() {
        let found = |sql| foreign_parameter(sql, "?:@$");
        assert_eq!(found("a = ? AND b"), Some("?"));
        assert_eq!(found("a = ?12"), Some("?12"));
        assert_eq!(found("(@größe)"), Some("@größe"));
        assert_eq!([found("$1"), found("a+$x"), found(":1")], [Some("$1"), Some("$x"), Some(":1")]);
        for fine in ["'?' || \"@a\" -- $1", "a$1", "a[1:2]", "a::int", "a @> b", "$", "12:34"] {
            assert_eq!(found(fine), None, "{fine}");
        }
        assert_eq!(foreign_parameter("a ? @b", "$"), None);
    }

    #[test]
    fn places_of_parameters_are_found() {
        let found = |sql, start| {
            let mut places = ParameterContexts::new(start);
            let mut found = String::new();
            for piece in pieces(sql) {
                match (piece, places.here()) {
                    (Piece::Sql(sql), _) => places.read(&sql),
                    (Piece::Parameter(name), ParameterContext::List) => found.push_str(name),
                    (Piece::Parameter(name), ParameterContext::Values) => found.push_str(&name.to_uppercase()),
                    (Piece::Parameter(_), ParameterContext::Elsewhere) => {}
                }
            }
            found
        };
        let found_in = |sql| found(sql, ParameterContext::Elsewhere);
        assert_eq!(found_in("SELECT :a, f(:b, (:c)) 'from' FROM t WHERE x = :d AND y IN (:e) LIMIT :f"), "abc");
        assert_eq!(found_in("SELECT extract(day FROM :a), :b FROM (SELECT :c WHERE :d) AS t JOIN v ON :e"), "bc");
        assert_eq!(found_in("WITH t AS (SELECT :a) SELECT x FROM t UNION SELECT :b ORDER BY :c"), "ab");
        assert_eq!(found_in("VALUES (:a), (:b + (SELECT :c)) LIMIT :d"), "ABc");
        assert_eq!(found_in("UPDATE t SET a = :a"), "");
        assert_eq!(
            found("coalesce(:a, max(:b) OVER (ORDER BY :c ROWS :d PRECEDING), :e)", ParameterContext::List),
            "abe"
        );
        assert_eq!(found("group_concat(:a SEPARATOR :b)", ParameterContext::List), "a");
    }

    #[test]
    fn statements_are_counted() {
        let trigger = "CREATE TRIGGER t BEGIN a; b; END";
        let several = ["a; b", "; a; b", "BEGIN; a", "CREATE TABLE a (x); CREATE TABLE b (x)"].map(str::to_owned);
        let several = several.into_iter().chain([format!("{trigger}; DELETE FROM a"), format!("{trigger};{trigger}")]);
        let one =
            ["", ";", "a", "a;", "a; -- b;", "a; /* ; */ ;", "';' || \";\"", "create temp trigger t begin a; b; end"];
        assert!(several.into_iter().all(|sql| is_several_statements(&sql)));
        assert!(!one.into_iter().any(is_several_statements));
    }

    #[test]
    fn a_backslash_keeps_a_colon() {
        check(r"a \:b = :c", "a :b = <c>");
        assert_eq!(pieces(r"a\:b"), [Piece::Sql("a:b".into())]);
    }

    #[test]
    fn what_never_ends_is_taken_to_the_end() {
        for open in ["'a :b", "\"a :b", "-- :b", "/* :b", "$$ :b", r"E'\", ":", "\\", "$", "a$"] {
            check(open, open);
        }
    }
}
