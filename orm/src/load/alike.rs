//! Keys that a database may take for equal and that are not equal in memory: texts under a collation that ignores case, accents, or blanks at
//! the end, in tables that the crate has not made.

use crate::value::Value;

/// Whether a database may take two keys for equal. Of letters beyond ASCII only the database knows.
pub(crate) fn is_alike(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Text(one), Value::Text(other)) => {
            let blank = |text: &str| text.trim_end_matches(' ').to_ascii_lowercase();
            one == other || !one.is_ascii() || !other.is_ascii() || blank(one) == blank(other)
        }
        _ => one == other,
    }
}

/// What is the same in keys that differ in case or in blanks at the end only.
pub(super) fn folded(key: &Value) -> Value {
    match key {
        Value::Text(text) => Value::Text(text.trim_end_matches(' ').to_lowercase()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_alike_but_for_case_and_blanks_at_the_end() {
        let text = |text: &str| Value::Text(text.to_owned());
        assert!(is_alike(&text("Rust  "), &text("rUST")) && is_alike(&text("\u{e9}"), &text("e")));
        assert!(!is_alike(&text(" rust"), &text("rust")) && !is_alike(&text("a"), &text("b")));
        assert!(is_alike(&Value::I64(1), &Value::I64(1)) && !is_alike(&Value::I64(1), &Value::I64(2)));
    }
}
