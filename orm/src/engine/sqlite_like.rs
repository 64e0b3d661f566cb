//! `LIKE` for SQLite with the behaviour of the other databases: `orm_like(text, pattern [, escape])` is case-sensitive,
//! `orm_ilike` is not.
//!
//! Every connection registers the functions under these names, so hand-written SQL keeps SQLite's own LIKE.

use diesel::result::QueryResult;
use diesel::sql_types::{Bool, Nullable, Text};
use diesel::sqlite::SqliteConnection;

use super::like_pattern::is_like;

type Optional = Option<String>;
type NullableText = Nullable<Text>;

/// Registers the functions on a connection.
pub(super) fn register(connection: &mut SqliteConnection) -> QueryResult<()> {
    for (name, fold) in [("orm_like", false), ("orm_ilike", true)] {
        connection.register_sql_function::<(NullableText, NullableText), Nullable<Bool>, _, _, _>(
            name,
            true,
            move |(text, pattern): (Optional, Optional)| like(text, pattern, None, fold),
        )?;
        connection.register_sql_function::<(NullableText, NullableText, NullableText), Nullable<Bool>, _, _, _>(
            name,
            true,
            move |(text, pattern, escape): (Optional, Optional, Optional)| {
                like(text, pattern, escape.and_then(|escape| escape.chars().next()), fold)
            },
        )?;
    }
    Ok(())
}

fn like(text: Optional, pattern: Optional, escape: Option<char>, fold: bool) -> Option<bool> {
    let (text, pattern) = text.zip(pattern)?;
    Some(is_like(&text, &pattern, escape, fold))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_fits_whole_texts() {
        let fits = |text: &str, pattern: &str| like(Some(text.into()), Some(pattern.into()), None, false) == Some(true);
        for (text, pattern) in [
            ("", ""),
            ("", "%"),
            ("abc", "abc"),
            ("abc", "a%"),
            ("abc", "%c"),
            ("abc", "%b%"),
            ("abc", "_b_"),
            ("abc", "%%%"),
            ("aab", "%ab"),
            ("ababac", "%abac"),
            ("日本語", "日_語"),
            ("a\0b", "%\0b"),
            ("a\\b", "a\\b"),
            ("a\\b", "a\\%"),
            ("mississippi", "m%iss%ip%i"),
        ] {
            assert!(fits(text, pattern), "{text:?} LIKE {pattern:?}");
        }
        for (text, pattern) in [
            ("", "_"),
            ("abc", "ab"),
            ("abc", "bc"),
            ("abc", "ABC"),
            ("abc", "_%_%_%_"),
            ("a\0b", "a"),
            ("a\0b", "a\0"),
            ("abc", "%\0zzz"),
            ("a%", "a\\%"),
            ("mississippi", "m%issip%iss%"),
        ] {
            assert!(!fits(text, pattern), "{text:?} LIKE {pattern:?}");
        }
    }

    #[test]
    fn an_escaped_letter_stands_for_itself() {
        let fits = |text: &str, pattern: &str| like(Some(text.into()), Some(pattern.into()), Some('/'), false);
        assert_eq!(fits("50%", "50/%"), Some(true));
        assert_eq!(fits("500", "50/%"), Some(false));
        assert_eq!(fits("a_/", "a/_//"), Some(true));
        assert_eq!(like(None, Some("%".into()), None, false), None);
        assert_eq!(like(Some("a".into()), None, None, true), None);
    }

    #[test]
    fn case_is_ignored_where_it_is_to_be() {
        let fits = |text: &str, pattern: &str| like(Some(text.into()), Some(pattern.into()), None, true);
        assert_eq!(fits("Straße ÄÖ", "sTRAßE äö"), Some(true));
        assert_eq!(fits("Rust", "r_S%"), Some(true));
        assert_eq!(fits("Rust", "r_x%"), Some(false));
    }
}
