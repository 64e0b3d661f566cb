//! Exact decimals for SQLite: parsing, comparison and arithmetic of the registered functions.
//!
//! A decimal is stored as text, or as a number in a table that another program created. For a comparison it is
//! converted to a key: bytes that sort like the numbers, and are equal for equal numbers.

use std::fmt;

use bigdecimal::num_bigint::{BigInt, Sign};
use bigdecimal::{BigDecimal, RoundingMode, Zero};

/// Limit on the zeros of a decimal, the same as for sending.
const MAX_ZEROS: i64 = 1_000_000;

/// Why a function has no answer; never with the value, which may be sensitive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DecimalError {
    /// Text or bytes that are no number.
    NoDecimal,
    /// More digits than the column or the type allows.
    TooLarge,
}

impl fmt::Display for DecimalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoDecimal => "a value that is no decimal stands where a decimal is compared or computed with",
            Self::TooLarge => "a decimal has more digits before the point than its column or type has room for",
        })
    }
}

impl std::error::Error for DecimalError {}

/// Parses a decimal from the text of a column.
pub(crate) fn parse(text: &str) -> Result<BigDecimal, DecimalError> {
    let value: BigDecimal = text.trim().parse().map_err(|_| DecimalError::NoDecimal)?;
    if value.fractional_digit_count().abs() > MAX_ZEROS { Err(DecimalError::TooLarge) } else { Ok(value) }
}

/// Sign, exponent and significant digits of a number, without zeros at either end; zero has no digits.
struct DigitParts {
    negative: bool,
    exponent: i64,
    digits: Vec<u8>,
}

impl DigitParts {
    fn of(value: &BigDecimal) -> Self {
        let (integer, scale) = value.as_bigint_and_scale();
        let mut digits = integer.magnitude().to_str_radix(10).into_bytes();
        let exponent = digits.len() as i64 - scale;
        while digits.last() == Some(&b'0') {
            digits.pop();
        }
        Self { negative: integer.sign() == Sign::Minus, exponent, digits }
    }

    /// The leading digit in base 10,000 and its weight, from which PostgreSQL derives the scale of a quotient.
    fn leading(&self) -> (i64, u32) {
        if self.digits.is_empty() {
            return (0, 0);
        }
        let weight = (self.exponent - 1).div_euclid(4);
        let length = (self.exponent - 4 * weight) as usize;
        let digit = |at: usize| self.digits.get(at).map_or(0, |digit| u32::from(digit - b'0'));
        (weight, (0..length).fold(0, |number, at| number * 10 + digit(at)))
    }
}

const NEGATIVE: u8 = 0x10;
const ZERO: u8 = 0x20;
const POSITIVE: u8 = 0x30;
/// Ends the digits of a negative number: of two with the same beginning, the one with fewer digits is larger.
const END: u8 = 0xff;

/// Bytes that sort as the numbers do: a sign, the exponent, the digits; the complement of both below zero.
pub(crate) fn key(value: &BigDecimal) -> Vec<u8> {
    let parts = DigitParts::of(value);
    if parts.digits.is_empty() {
        return vec![ZERO];
    }
    let mut key = Vec::with_capacity(parts.digits.len() + 6);
    key.push(if parts.negative { NEGATIVE } else { POSITIVE });
    // Cannot overflow within the limits on zeros and texts.
    let exponent = i32::try_from(parts.exponent).unwrap_or(i32::MAX) as u32 ^ 0x8000_0000;
    key.extend(exponent.to_be_bytes());
    key.extend(&parts.digits);
    if parts.negative {
        key[1..].iter_mut().for_each(|byte| *byte = !*byte);
        key.push(END);
    }
    key
}

/// The number behind a key.
pub(crate) fn from_key(key: &[u8]) -> Result<BigDecimal, DecimalError> {
    let (negative, rest) = match key {
        [ZERO] => return Ok(BigDecimal::zero()),
        [POSITIVE, rest @ ..] => (false, rest.to_vec()),
        [NEGATIVE, rest @ .., END] => (true, rest.iter().map(|byte| !byte).collect()),
        _ => return Err(DecimalError::NoDecimal),
    };
    let (exponent, digits) = rest.split_first_chunk::<4>().ok_or(DecimalError::NoDecimal)?;
    let exponent = i64::from((u32::from_be_bytes(*exponent) ^ 0x8000_0000) as i32);
    let integer = BigInt::parse_bytes(digits, 10).ok_or(DecimalError::NoDecimal)?;
    let value = BigDecimal::new(integer, digits.len() as i64 - exponent);
    Ok(if negative { -value } else { value })
}

/// Text without an exponent, with the zeros that the number has behind the point.
pub(crate) fn text(value: &BigDecimal) -> String {
    value.to_plain_string()
}

/// The one text of a number where a column has no scale: without zeros at the end.
pub(crate) fn canonical(value: &BigDecimal) -> BigDecimal {
    let value = value.normalized();
    // Zeros before the point are digits of the number.
    if value.fractional_digit_count() < 0 { value.with_scale(0) } else { value }
}

/// Rounds to a scale, half away from zero as PostgreSQL does.
pub(crate) fn round(value: &BigDecimal, scale: i64) -> BigDecimal {
    value.with_scale_round(scale, RoundingMode::HalfUp)
}

/// Rounds a number to the digits of a column.
pub(crate) fn fit(value: &BigDecimal, digits: Option<(u32, u32)>) -> Result<BigDecimal, DecimalError> {
    let Some((precision, scale)) = digits else { return Ok(canonical(value)) };
    let rounded = round(value, i64::from(scale));
    let whole = DigitParts::of(&rounded);
    let fits = whole.digits.is_empty() || whole.exponent <= i64::from(precision) - i64::from(scale);
    if fits { Ok(rounded) } else { Err(DecimalError::TooLarge) }
}

/// Least number of digits of a quotient that count.
const SIGNIFICANT: i64 = 16;

/// Divides to as many digits as PostgreSQL; `None` by zero.
pub(crate) fn divide(left: &BigDecimal, right: &BigDecimal) -> Option<BigDecimal> {
    if right.is_zero() {
        return None;
    }
    let ((left_weight, left_digit), (right_weight, right_digit)) =
        (DigitParts::of(left).leading(), DigitParts::of(right).leading());
    let weight = left_weight - right_weight - i64::from(left_digit <= right_digit);
    let scales = [left.fractional_digit_count(), right.fractional_digit_count(), 0];
    let scale = scales.into_iter().fold(SIGNIFICANT - weight * 4, i64::max).min(1_000);
    let (left, left_scale) = left.as_bigint_and_scale();
    let (right, right_scale) = right.as_bigint_and_scale();
    // left / right = (left * 10^shift / right) / 10^scale
    let shift = scale + right_scale - left_scale;
    let power = |exponent: i64| BigInt::from(10).pow(u32::try_from(exponent).unwrap_or(0));
    let (left, right) = (left.as_ref() * power(shift.max(0)), right.as_ref() * power((-shift).max(0)));
    // Half away from zero.
    let doubled = left.magnitude() * 2_u32 + right.magnitude();
    let quotient = BigInt::from(doubled / (right.magnitude() * 2_u32));
    let negative = (left.sign() == Sign::Minus) != (right.sign() == Sign::Minus);
    Some(BigDecimal::new(if negative { -quotient } else { quotient }, scale))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use proptest::prelude::*;

    use super::*;

    fn number(text: &str) -> BigDecimal {
        parse(text).unwrap()
    }

    fn numbers() -> impl Strategy<Value = BigDecimal> {
        prop_oneof![
            (any::<i64>(), -20_i64..40).prop_map(|(digits, scale)| BigDecimal::new(digits.into(), scale)),
            (-200_i64..200, -2_i64..3).prop_map(|(digits, scale)| BigDecimal::new(digits.into(), scale)),
        ]
    }

    proptest! {
        #[test]
        fn keys_sort_as_numbers_do(left in numbers(), right in numbers()) {
            prop_assert_eq!(key(&left).cmp(&key(&right)), left.cmp(&right));
        }

        #[test]
        fn a_key_has_one_number(value in numbers()) {
            prop_assert_eq!(from_key(&key(&value)).unwrap(), value);
        }

        #[test]
        fn equal_numbers_have_one_text(value in numbers(), zeros in 0_i64..5) {
            let longer = value.with_scale(value.fractional_digit_count().max(0) + zeros);
            prop_assert_eq!(text(&canonical(&longer)), text(&canonical(&value)));
            prop_assert_eq!(canonical(&value), value);
        }
    }

    #[test]
    fn a_column_holds_its_scale_or_refuses() {
        let fitted = |value: &str| fit(&number(value), Some((5, 2))).map(|value| text(&value));
        for (value, held) in [("9.5", "9.50"), ("9.555", "9.56"), ("-9.555", "-9.56"), ("1e2", "100.00"), ("0", "0.00")]
        {
            assert_eq!(fitted(value).as_deref(), Ok(held));
        }
        assert_eq!(fitted("999.99").as_deref(), Ok("999.99"));
        assert_eq!(fitted("999.995"), Err(DecimalError::TooLarge));
        assert_eq!(fitted("-1000"), Err(DecimalError::TooLarge));
    }

    /// The quotients are PostgreSQL's.
    #[test]
    fn quotients_have_the_digits_of_postgresql() {
        let cases = [
            ("1", "3", "0.33333333333333333333"),
            ("9.50", "3", "3.1666666666666667"),
            ("-100", "7", "-14.2857142857142857"),
            ("100", "10", "10.0000000000000000"),
            ("0.01", "300", "0.000033333333333333333333"),
            ("123456789012.34", "3", "41152263004.11333333"),
            ("0", "5", "0.00000000000000000000"),
        ];
        for (left, right, quotient) in cases {
            assert_eq!(text(&divide(&number(left), &number(right)).unwrap()), quotient, "{left} / {right}");
        }
        assert_eq!(divide(&number("1"), &number("0.0")), None);
    }
}
