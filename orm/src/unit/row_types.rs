//! The SQL types of the columns of a list of rows, from the mapping: a `NULL` in one row must not change how the others are read.

use std::borrow::Cow;

use bigdecimal::BigDecimal;

use super::write::Field;
use crate::engine::{Bind, Capabilities, DialectName};
use crate::value::{DataType, ValueRef};

/// The type that the values of a column are cast to in a list of rows; `None` where the database needs no cast.
///
/// PostgreSQL takes the type of a list from its first row, MariaDB and MySQL from all rows: `NULL` beside a time would make texts of both.
pub(super) fn cast_type<'v>(
    field: &Field,
    values: impl Iterator<Item = &'v ValueRef<'v>>,
    capabilities: &Capabilities,
) -> Option<Cow<'static, str>> {
    match capabilities.dialect {
        // It stores what a value is, under the affinity of the column.
        DialectName::Sqlite => None,
        DialectName::Postgres => Some(postgres_type(&field.data_type).into()),
        DialectName::Mysql => mysql_type(&field.data_type, values),
    }
}

/// As wide as the type of an array would be: the column checks length and range, where a cast would cut.
fn postgres_type(data_type: &DataType) -> &'static str {
    match data_type {
        DataType::SmallInteger | DataType::Integer | DataType::BigInteger => "BIGINT",
        DataType::Float | DataType::Double => "DOUBLE PRECISION",
        DataType::Numeric(_) => "NUMERIC",
        DataType::Boolean => "BOOLEAN",
        DataType::Date => "DATE",
        DataType::Time => "TIME",
        DataType::DateTime => "TIMESTAMP",
        DataType::LargeBinary => "BYTEA",
        DataType::Uuid => "UUID",
        DataType::Json => "JSONB",
        DataType::String(_) | DataType::Text | DataType::Enum(_) => "TEXT",
    }
}

/// `NULL` is sent as an integer, which changes nothing beside integers, booleans and floats.
fn mysql_type<'v>(data_type: &DataType, values: impl Iterator<Item = &'v ValueRef<'v>>) -> Option<Cow<'static, str>> {
    match data_type {
        DataType::SmallInteger
        | DataType::Integer
        | DataType::BigInteger
        | DataType::Boolean
        | DataType::Float
        | DataType::Double => None,
        DataType::Date => Some("DATE".into()),
        DataType::Time => Some("TIME(6)".into()),
        DataType::DateTime => Some("DATETIME(6)".into()),
        DataType::Numeric(_) => Some(decimal_type(values).into()),
        // Sent as text, bytes could be none.
        DataType::LargeBinary | DataType::Uuid => Some("BINARY".into()),
        // Sent as CHAR without a cast, a text would lose the spaces at its end.
        DataType::String(_) | DataType::Text | DataType::Enum(_) | DataType::Json => Some("CHAR".into()),
    }
}

/// How many digits a decimal of MariaDB and MySQL has, and how many of them behind the point on both.
const DIGITS: i64 = 65;
const DECIMALS: i64 = 30;

/// A decimal that holds every value of the column in all rows. Digits behind the point are left out only where digits before the point
/// need the room, which the column in the table would not have either: its own scale may be another than that of the mapping.
fn decimal_type<'v>(values: impl Iterator<Item = &'v ValueRef<'v>>) -> String {
    let (mut whole, mut scale) = (0, 0);
    for value in values {
        if let Bind::Decimal(value) = Bind::from(value) {
            let behind = value.fractional_digit_count();
            scale = scale.max(behind);
            whole = whole.max(digits(value) - behind);
        }
    }
    format!("DECIMAL({DIGITS}, {})", scale.min(DIGITS - whole).clamp(0, DECIMALS))
}

fn digits(value: &BigDecimal) -> i64 {
    i64::try_from(value.digits()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Value;

    fn decimal(values: &[Option<&str>]) -> String {
        let owned = values.iter().map(|text| match text {
            Some(text) => ValueRef::Owned(Box::new(Value::Decimal(text.parse().expect("a number")))),
            None => ValueRef::Null,
        });
        let owned: Vec<_> = owned.collect();
        decimal_type(owned.iter())
    }

    #[test]
    fn a_decimal_type_holds_the_digits_of_all_rows() {
        let sixty = "9".repeat(60);
        assert_eq!(decimal(&[None, None]), "DECIMAL(65, 0)");
        assert_eq!(decimal(&[Some("1.25"), None, Some("-1000")]), "DECIMAL(65, 2)");
        assert_eq!(decimal(&[Some("1e20"), Some("1e-20")]), "DECIMAL(65, 20)");
        assert_eq!(decimal(&[Some("1e-50")]), "DECIMAL(65, 30)");
        assert_eq!(decimal(&[Some(&sixty), Some("0.1234567890")]), "DECIMAL(65, 5)");
        assert_eq!(decimal(&[Some("1e80"), Some("0.5")]), "DECIMAL(65, 0)");
    }
}
