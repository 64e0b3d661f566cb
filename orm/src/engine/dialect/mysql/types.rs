//! The types of MariaDB and MySQL: of columns, of casts, and of the columns of a list of rows.

use std::borrow::Cow;

use bigdecimal::BigDecimal;

use crate::engine::dialect::ddl::{Absent, ColumnFacts, common_type};
use crate::engine::statement::Bind;
use crate::value::{DataType, ValueRef};

pub(super) fn column_type(column: &ColumnFacts, data_type: &DataType) -> Result<Cow<'static, str>, Absent> {
    if column.generated && !column.leads_key {
        return Err(Absent {
            feature: "generated column that does not lead a key",
            instead: "put it first in the primary key, or assign its values yourself",
        });
    }
    Ok(match data_type {
        // A key needs a length. What is longer is refused, never cut.
        DataType::String(None) if column.is_indexed => "VARCHAR(255)".into(),
        DataType::String(None) | DataType::Text => "LONGTEXT".into(),
        DataType::Numeric(None) => {
            // NUMERIC without digits is NUMERIC(10, 0), which silently rounds.
            return Err(Absent {
                feature: "exact NUMERIC without a precision",
                instead: "give the column precision and scale",
            });
        }
        DataType::LargeBinary if column.is_indexed => "VARBINARY(255)".into(),
        DataType::Float => "FLOAT".into(),
        DataType::Double => "DOUBLE".into(),
        DataType::Boolean => "BOOL".into(),
        DataType::Time => "TIME(6)".into(),
        DataType::DateTime => "DATETIME(6)".into(),
        DataType::LargeBinary => "LONGBLOB".into(),
        DataType::Uuid => "BINARY(16)".into(),
        DataType::Json => "JSON".into(),
        other => common_type(other),
    })
}

/// MySQL casts to few types, with names of its own.
pub(super) fn cast_type(to: &DataType) -> Cow<'static, str> {
    match to {
        DataType::SmallInteger | DataType::Integer | DataType::BigInteger | DataType::Boolean => "SIGNED",
        DataType::String(Some(length)) => return format!("CHAR({length})").into(),
        DataType::String(None) | DataType::Text | DataType::Enum(_) => "CHAR",
        DataType::Float | DataType::Double => "DOUBLE",
        DataType::Numeric(Some((precision, scale))) => return format!("DECIMAL({precision}, {scale})").into(),
        DataType::Numeric(None) => "DECIMAL(65, 30)",
        DataType::Date => "DATE",
        DataType::Time => "TIME(6)",
        DataType::DateTime => "DATETIME(6)",
        DataType::LargeBinary => "BINARY",
        DataType::Uuid => "BINARY(16)",
        // MariaDB's JSON type is text, and MariaDB has no cast to JSON.
        DataType::Json => "CHAR",
    }
    .into()
}

/// `JSON_TABLE`, by which the members of a document become rows.
pub(super) fn listed_rows(members: &DataType, _keyed: bool) -> (Cow<'static, str>, Cow<'static, str>) {
    let (value, data_type): (_, Cow<'static, str>) = match members {
        DataType::BigInteger => ("listed.v", "BIGINT".into()),
        DataType::Double => ("listed.v", "DOUBLE".into()),
        DataType::Numeric(Some((precision, scale))) => ("listed.v", format!("DECIMAL({precision}, {scale})").into()),
        DataType::Date => ("listed.v", "DATE".into()),
        DataType::Time => ("listed.v", "TIME(6)".into()),
        DataType::DateTime => ("listed.v", "DATETIME(6)".into()),
        DataType::Uuid => ("unhex(replace(listed.v, '-', ''))", "CHAR(36)".into()),
        DataType::LargeBinary => ("unhex(listed.v)", "LONGTEXT".into()),
        _ => ("listed.v", "LONGTEXT".into()),
    };
    let after = format!(", '$[*]' COLUMNS (v {data_type} PATH '$')) AS listed)");
    (format!("SELECT {value} FROM JSON_TABLE(").into(), after.into())
}

/// `NULL` is sent as an integer, which does not change the type of integers, booleans and floats.
pub(super) fn row_type<'v>(
    data_type: &DataType,
    values: &mut dyn Iterator<Item = &'v ValueRef<'v>>,
) -> Option<Cow<'static, str>> {
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
        // Without the cast a text is sent as CHAR and would lose trailing spaces.
        DataType::String(_) | DataType::Text | DataType::Enum(_) | DataType::Json => Some("CHAR".into()),
    }
}

/// Precision and scale of the largest decimal type: 65 digits, of which MariaDB and MySQL both keep 30 behind the
/// point.
const DIGITS: i64 = 65;
const DECIMALS: i64 = 30;

/// A decimal type that holds the values of the column in all rows. Digits after the point are dropped only where the
/// digits before it need the space. The scale is not that of the mapping, which may differ from the table's.
fn decimal_type<'v>(values: &mut dyn Iterator<Item = &'v ValueRef<'v>>) -> String {
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
        decimal_type(&mut owned.iter())
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
