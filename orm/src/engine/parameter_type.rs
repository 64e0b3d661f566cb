//! Casts a bound parameter to the type of its value, on databases where a parameter has no type before the statement
//! runs.

use std::borrow::Cow;

use super::statement::Bind;

/// Number of digits behind the point that MariaDB and MySQL both accept.
const MAX_DECIMALS: i64 = 30;

/// SQL before and after the placeholder of a parameter.
pub(super) type Around = (&'static str, Cow<'static, str>);

/// Casts a parameter that is sent as text: bytes and decimals. A decimal with more digits than the database supports is
/// not cast, and the database refuses it.
pub(super) fn of_text(bind: Bind<'_>) -> Option<Around> {
    match bind {
        Bind::Bytes(_) => cast(" AS BINARY)"),
        Bind::Decimal(value) => {
            let scale = value.fractional_digit_count().max(0);
            (scale <= MAX_DECIMALS).then(|| ("CAST(", format!(" AS DECIMAL(65, {scale}))").into()))
        }
        Bind::Sensitive(value) => of_text(Bind::from(value)),
        _ => None,
    }
}

/// Casts a parameter that may become a column of the result, so that the driver knows the column's type before the
/// statement runs. `NULL` needs no type.
pub(super) fn of_result(bind: Bind<'_>) -> Option<Around> {
    match bind {
        Bind::Bool(_) | Bind::I64(_) => cast(" AS SIGNED)"),
        Bind::F64(_) => cast(" AS DOUBLE)"),
        // Not CAST, because the collation of its result would override that of a compared column.
        Bind::Text(_) | Bind::Json(_) => Some(("concat(", ")".into())),
        Bind::Date(_) => cast(" AS DATE)"),
        Bind::Time(_) => cast(" AS TIME(6))"),
        Bind::DateTime(_) => cast(" AS DATETIME(6))"),
        Bind::Uuid(_) => cast(" AS BINARY(16))"),
        Bind::Bytes(_) | Bind::Decimal(_) => of_text(bind),
        Bind::Sensitive(value) => of_result(Bind::from(value)),
        Bind::Null | Bind::Unloaded | Bind::Array(_) => None,
    }
}

fn cast(to: &'static str) -> Option<Around> {
    Some(("CAST(", to.into()))
}
