//! JSON as text: parsed without changing a number, and written so that no database changes one.

#[cfg(any(feature = "postgres", test))]
use std::fmt::Write;

use bigdecimal::BigDecimal;
use serde_json::{Number, Value};

/// Error text for a value that is not JSON.
const NO_JSON: &str = "text that is no JSON";
const INEXACT: &str = "JSON with a number of more digits than 64 bits keep; \
                       select it as text, `cast::<String>(..)`, or store the number as a string";

/// Parses a document.
///
/// # Errors
/// In words: text that is no JSON; a number that neither an integer of 64 bits nor an `f64` keeps, which `serde_json`
/// would round.
pub(crate) fn parse(text: &[u8]) -> Result<Value, &'static str> {
    let document = serde_json::from_slice(text).map_err(|_| NO_JSON)?;
    if numbers(text).all(is_kept) { Ok(document) } else { Err(INEXACT) }
}

/// The numbers of a document, as text.
fn numbers(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut at = 0;
    std::iter::from_fn(move || {
        while let Some(&byte) = text.get(at) {
            match byte {
                b'"' => at += string_length(&text[at..]),
                b'-' | b'0'..=b'9' => {
                    let rest = &text[at..];
                    let length = rest.iter().position(|byte| !is_of_number(*byte)).unwrap_or(rest.len());
                    at += length;
                    return Some(&rest[..length]);
                }
                _ => at += 1,
            }
        }
        None
    })
}

fn string_length(text: &[u8]) -> usize {
    let mut length = 1;
    while let Some(&byte) = text.get(length) {
        match byte {
            b'"' => return length + 1,
            b'\\' => length += 2,
            _ => length += 1,
        }
    }
    length
}

fn is_of_number(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E')
}

/// Digits that every `f64` keeps.
const KEPT_DIGITS: usize = 15;

/// Whether a number is unchanged when it is parsed. Most numbers are short and need no arithmetic.
fn is_kept(number: &[u8]) -> bool {
    if number.len() <= KEPT_DIGITS && !number.iter().any(|byte| matches!(byte, b'e' | b'E')) {
        return true;
    }
    let Ok(text) = std::str::from_utf8(number) else { return false };
    if text.parse::<i64>().is_ok() || text.parse::<u64>().is_ok() {
        return true;
    }
    let Ok(float) = text.parse::<f64>() else { return false };
    if float == 0.0 {
        // Apart, as the exponent may be beyond all arithmetic.
        let mantissa = number.iter().take_while(|byte| !matches!(byte, b'e' | b'E'));
        return mantissa.filter(|byte| byte.is_ascii_digit()).all(|digit| *digit == b'0');
    }
    let exact = |text: &str| text.parse::<BigDecimal>().ok();
    // Of two shortest texts that are equally near to a float, serde_json and the standard library write different ones.
    let written = || Number::from_f64(float).map(|number| number.to_string());
    let number = exact(text);
    float.is_finite() && (number == exact(&format!("{float:e}")) || number == written().and_then(|text| exact(&text)))
}

/// Writes a document for a database that stores numbers as decimals: `1e16` would be read back as an integer.
#[cfg(any(feature = "postgres", test))]
pub(crate) fn decimal_text(document: &Value) -> String {
    let mut out = String::with_capacity(128);
    write(document, &mut out);
    out
}

#[cfg(any(feature = "postgres", test))]
fn write(document: &Value, out: &mut String) {
    let separate = |index: usize, out: &mut String| out.push_str(if index == 0 { "" } else { "," });
    match document {
        Value::Number(number) => write_number(number, out),
        Value::Array(members) => {
            out.push('[');
            for (index, member) in members.iter().enumerate() {
                separate(index, out);
                write(member, out);
            }
            out.push(']');
        }
        Value::Object(members) => {
            out.push('{');
            for (index, (name, member)) in members.iter().enumerate() {
                separate(index, out);
                push(out, serde_json::json!(name));
                out.push(':');
                write(member, out);
            }
            out.push('}');
        }
        Value::Null | Value::Bool(_) | Value::String(_) => push(out, document),
    }
}

#[cfg(any(feature = "postgres", test))]
fn write_number(number: &Number, out: &mut String) {
    match number.as_f64() {
        // Debug writes a point, and an exponent where there are many zeros; Display writes the zeros, and no point.
        Some(float) if number.is_f64() => {
            let text = float.to_string();
            out.push_str(&text);
            out.push_str(if text.contains('.') { "" } else { ".0" });
        }
        _ => push(out, number),
    }
}

#[cfg(any(feature = "postgres", test))]
fn push(out: &mut String, value: impl std::fmt::Display) {
    // Writing to a String cannot fail.
    let _ = write!(out, "{value}");
}

/// Whether the document contains the float -0, which decimals do not have.
pub(crate) fn has_negative_zero(document: &Value) -> bool {
    match document {
        Value::Number(number) => {
            number.is_f64() && number.as_f64().is_some_and(|float| float == 0.0 && float.is_sign_negative())
        }
        Value::Array(members) => members.iter().any(has_negative_zero),
        Value::Object(members) => members.values().any(has_negative_zero),
        Value::Null | Value::Bool(_) | Value::String(_) => false,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn bits(value: &Value) -> Option<u64> {
        value[0].is_f64().then(|| value[0].as_f64().unwrap().to_bits())
    }

    proptest! {
        #[test]
        fn every_float_keeps_its_bits(pattern: u64) {
            let float = f64::from_bits(pattern);
            prop_assume!(float.is_finite());
            let document = json!([float]);
            prop_assert_eq!(bits(&parse(document.to_string().as_bytes()).unwrap()), Some(pattern));
            prop_assert_eq!(bits(&parse(decimal_text(&document).as_bytes()).unwrap()), Some(pattern));
        }

        #[test]
        fn every_integer_of_64_bits_is_kept(signed: i64, unsigned: u64) {
            let document = json!([signed, {"n": unsigned}]);
            prop_assert_eq!(&parse(document.to_string().as_bytes()).unwrap(), &document);
            prop_assert_eq!(&parse(decimal_text(&document).as_bytes()).unwrap(), &document);
        }

        #[test]
        fn texts_are_written_as_serde_json_writes_them(key: String, value: String) {
            let document = json!({key: [value, null, true, {}, []]});
            prop_assert_eq!(decimal_text(&document), document.to_string());
        }
    }

    #[test]
    fn a_number_that_would_change_is_refused() {
        let kept = [
            "0.1000",
            "1E+2",
            "-0",
            "0e999999999999",
            "18446744073709551615",
            "1e23",
            "5e-324",
            "[\"1.00000000000000000001\\\"\"]",
        ];
        // Both are the nearest of so few digits to one float: serde_json writes the one, the standard library the
        // other.
        let ties = ["1477100886561.0312", "1477100886561.0313"];
        for text in kept.into_iter().chain(ties) {
            assert!(parse(text.as_bytes()).is_ok(), "{text}");
        }
        let changed =
            ["18446744073709551616", "0.12345678901234567890", "1e-999999999999", "[{\"a\": 9007199254740993.0}]"];
        for text in changed {
            assert_eq!(parse(text.as_bytes()), Err(INEXACT), "{text}");
        }
        for text in ["", "x", "1e400", "[1"] {
            assert_eq!(parse(text.as_bytes()), Err(NO_JSON), "{text}");
        }
    }

    #[test]
    fn the_order_of_names_is_kept() {
        let text = r#"{"b":1,"a":{"d":2,"c":3}}"#;
        assert_eq!(parse(text.as_bytes()).unwrap().to_string(), text);
    }
}
