//! Refuses values that a database would change or sort wrongly, before they are sent.

use bigdecimal::BigDecimal;
use chrono::Datelike;

use super::dialect::Capabilities;
use super::statement::{ArrayBind, Bind};
use crate::error::{Error, Result};
use crate::row::json;

/// Limit on the zeros that a decimal writes out: more than any database stores, and little memory.
const MAX_ZEROS: u64 = 1_000_000;

/// Depth of nested arrays and objects that `serde_json` can read.
const MAX_LEVELS: u32 = 127;

/// Refuses a parameter that the database cannot store unchanged.
///
/// # Errors
/// [`Error::UnsendableValue`], without the value, as the value may be sensitive.
pub(super) fn check(bind: Bind<'_>, capabilities: &Capabilities) -> Result<()> {
    let every = |all: bool, refuse: fn(&Capabilities) -> Error| if all { Ok(()) } else { Err(refuse(capabilities)) };
    let years = |year: i32| capabilities.far_years || !is_far_year(year);
    match bind {
        Bind::Decimal(value) if !has_room(value) => Err(too_many_zeros(capabilities)),
        Bind::Decimal(value) => every(capabilities.keeps_digits(value), too_many_digits),
        Bind::Date(date) => every(years(date.year()), far_year),
        Bind::DateTime(moment) => every(years(moment.year()), far_year),
        Bind::Json(document) => check_json(document, capabilities),
        Bind::Array(ArrayBind::Decimal(values)) => every(values.iter().flatten().all(|v| has_room(v)), too_many_zeros),
        Bind::Array(ArrayBind::Date(dates)) => every(dates.iter().flatten().all(|v| years(v.year())), far_year),
        Bind::Array(ArrayBind::DateTime(moments)) => every(moments.iter().flatten().all(|v| years(v.year())), far_year),
        Bind::Array(ArrayBind::Json(documents)) => {
            documents.iter().flatten().try_for_each(|document| check_json(document, capabilities))
        }
        Bind::Sensitive(value) => check(Bind::from(value), capabilities),
        Bind::Unloaded => Err(Error::unsendable(None, "a deferred column that is not loaded has no value to send")),
        _ => Ok(()),
    }
}

/// Whether a year is outside of 0 to 9999. Not every database stores and sorts such years.
pub(crate) fn is_far_year(year: i32) -> bool {
    !(0..=9999).contains(&year)
}

/// Whether the decimal can be written out. For `1e9000000000` a driver would run out of memory, which ends the process.
fn has_room(value: &BigDecimal) -> bool {
    value.fractional_digit_count().unsigned_abs() <= MAX_ZEROS
}

fn too_many_zeros(_: &Capabilities) -> Error {
    Error::unsendable(None, "a decimal of more than a million zeros cannot be sent")
}

impl Capabilities {
    /// Whether the database stores every digit of a decimal. Otherwise the database would round or refuse the value.
    pub(crate) fn keeps_digits(&self, value: &BigDecimal) -> bool {
        let Some((precision, scale)) = self.decimal_digits else { return true };
        let within = |value: &BigDecimal| {
            let behind = value.fractional_digit_count();
            let before = i64::try_from(value.digits()).unwrap_or(i64::MAX).saturating_sub(behind);
            behind <= i64::from(scale) && before.max(0) + behind.max(0) <= i64::from(precision)
        };
        // Zeros at the end are no digits to keep.
        within(value) || within(&value.normalized())
    }
}

fn too_many_digits(capabilities: &Capabilities) -> Error {
    let (precision, scale) = capabilities.decimal_digits.unwrap_or_default();
    let name = capabilities.name;
    Error::unsendable(
        None,
        format!(
            "a decimal of more than {precision} digits, or {scale} behind the point, cannot be sent: \
         {name} would change it; round it, `value.round(10)`"
        ),
    )
}

fn far_year(capabilities: &Capabilities) -> Error {
    let name = capabilities.name;
    Error::unsendable(
        None,
        format!(
            "a date outside of the years 0 to 9999 cannot be sent: {name} would change it, or sort it wrongly; \
         keep such years in an integer column"
        ),
    )
}

/// Refuses a document that could be written and never be read again, or would be read as another.
fn check_json(document: &serde_json::Value, capabilities: &Capabilities) -> Result<()> {
    fn fits(document: &serde_json::Value, levels: u32) -> bool {
        match document {
            serde_json::Value::Array(members) => levels > 0 && members.iter().all(|member| fits(member, levels - 1)),
            serde_json::Value::Object(members) => levels > 0 && members.values().all(|member| fits(member, levels - 1)),
            _ => true,
        }
    }
    if !fits(document, MAX_LEVELS) {
        let message = format!("JSON of more than {MAX_LEVELS} levels cannot be sent: it could not be read");
        return Err(Error::unsendable(None, message));
    }
    if capabilities.decimal_json && json::has_negative_zero(document) {
        let name = capabilities.name;
        let message = format!("JSON with the number -0.0 cannot be sent: {name} would make 0.0 of it; send 0.0");
        return Err(Error::unsendable(None, message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use chrono::NaiveDate;
    use serde_json::json;

    use super::*;
    use crate::value::Value;

    fn refused(value: Value) -> [bool; 4] {
        let databases =
            [Capabilities::sqlite(), Capabilities::postgres(), Capabilities::mariadb(), Capabilities::mysql()];
        databases.map(|capabilities| check(Bind::from(&value), &capabilities).is_err())
    }

    #[test]
    fn years_of_more_or_less_than_four_digits_are_for_postgresql() {
        for (year, far) in [(-1, true), (0, false), (9999, false), (10_000, true)] {
            let day = NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
            assert_eq!(refused(Value::Date(day)), [far, false, far, far], "{year}");
            assert_eq!(refused(Value::DateTime(day.and_hms_opt(0, 0, 0).unwrap())), [far, false, far, far], "{year}");
        }
    }

    #[test]
    fn decimals_keep_all_their_digits() {
        let many = "1234567890".repeat(6);
        for (text, refused_by) in [
            (format!("{many}12345"), [false, false]),
            (format!("-{many}123456"), [true, true]),
            (format!("{many}1234.5"), [false, false]),
            (format!("{many}1234.56"), [true, true]),
            (format!("9.5{}", "0".repeat(100)), [false, false]),
            ("1e64".to_owned(), [false, false]),
            ("1e65".to_owned(), [true, true]),
            ("1e-30".to_owned(), [false, false]),
            ("1e-31".to_owned(), [false, true]),
            ("1e-39".to_owned(), [true, true]),
        ] {
            let refused = refused(Value::Decimal(text.parse().unwrap()));
            assert_eq!(refused, [false, false, refused_by[0], refused_by[1]], "{text}");
        }
    }

    #[test]
    fn a_number_that_jsonb_would_change_is_refused() {
        assert_eq!(refused(Value::Json(json!({"a": [1, -0.0]}))), [false, true, false, false]);
        assert_eq!(refused(Value::Json(json!({"a": [1, 0.0, "-0.0"]}))), [false; 4]);
    }
}
