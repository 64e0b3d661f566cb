//! Functions for exact decimals that every SQLite connection registers. SQLite itself would compare decimals as texts
//! and compute with floats.
//!
//! The functions occur in statements only, never in a schema, so that other programs can read and write the file.

use bigdecimal::{BigDecimal, FromPrimitive, ToPrimitive};
use diesel::connection::Connection;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::result::QueryResult;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{HasSqlType, SingleValue, SqlType, is_nullable};
use diesel::sqlite::{Sqlite, SqliteAggregateFunction, SqliteConnection, SqliteType, SqliteValue};

use super::sqlite_like;
use super::url::SqliteConfig;
use crate::decimal::{self, DecimalError};

/// Opens a connection and registers the functions.
pub(super) fn establish(config: &SqliteConfig) -> Result<SqliteConnection, String> {
    let mut connection = SqliteConnection::establish(&config.file_name()).map_err(|error| error.to_string())?;
    let registered = register(&mut connection).and_then(|()| sqlite_like::register(&mut connection));
    registered.map_err(|error| error.to_string())?;
    Ok(connection)
}

fn register(connection: &mut SqliteConnection) -> QueryResult<()> {
    one(connection, "orm_decimal", |value| Ok(Answer::Key(decimal::key(&value))))?;
    one(connection, "orm_decimal_text", |value| Ok(Answer::Decimal(value)))?;
    one(connection, "orm_decimal_plain", |value| Ok(Answer::Decimal(decimal::canonical(&value))))?;
    one(connection, "orm_decimal_abs", |value| Ok(Answer::Decimal(value.abs())))?;
    one(connection, "orm_decimal_integer", |value| {
        decimal::round(&value, 0).to_i64().map(Answer::Integer).ok_or(DecimalError::TooLarge)
    })?;
    one(connection, "orm_decimal_float", |value| {
        decimal::text(&value).parse().map(Answer::Float).map_err(|_| DecimalError::NoDecimal)
    })?;
    two(connection, "orm_decimal_add", |left, right| Some(left + right))?;
    two(connection, "orm_decimal_sub", |left, right| Some(left - right))?;
    two(connection, "orm_decimal_mul", |left, right| Some(left * right))?;
    // `NULL` by zero, as SQLite's own division.
    two(connection, "orm_decimal_div", |left, right| decimal::divide(&left, &right))?;
    two(connection, "orm_decimal_round", |value, scale| Some(decimal::round(&value, scale.to_i64()?)))?;
    connection.register_sql_function::<(Any, Any, Any), Any, _, _, _>("orm_decimal_fit", true, fit)?;
    connection.register_aggregate_function::<Any, Any, _, _, Sum>("orm_decimal_sum")?;
    connection.register_aggregate_function::<Any, Any, _, _, Average>("orm_decimal_avg")?;
    connection.register_aggregate_function::<Any, Any, _, _, Least>("orm_decimal_min")?;
    connection.register_aggregate_function::<Any, Any, _, _, Greatest>("orm_decimal_max")
}

/// Registers a function of one decimal, which is `NULL` of `NULL`.
fn one(
    connection: &mut SqliteConnection,
    name: &str,
    compute: impl Fn(BigDecimal) -> Result<Answer, DecimalError> + Send + std::panic::UnwindSafe + 'static,
) -> QueryResult<()> {
    connection.register_sql_function::<Any, Any, _, _, _>(name, true, move |value: Operand| {
        value.0.map_or(Ok(Answer::Null), &compute)
    })
}

/// Registers a function of two decimals, which is `NULL` of `NULL`.
fn two(
    connection: &mut SqliteConnection,
    name: &str,
    compute: impl Fn(BigDecimal, BigDecimal) -> Option<BigDecimal> + Send + std::panic::UnwindSafe + 'static,
) -> QueryResult<()> {
    connection.register_sql_function::<(Any, Any), Any, _, _, _>(
        name,
        true,
        move |(left, right): (Operand, Operand)| -> Result<Answer, DecimalError> {
            let computed = left.0.zip(right.0).and_then(|(left, right)| compute(left, right));
            Ok(computed.map_or(Answer::Null, Answer::Decimal))
        },
    )
}

/// Rounds a decimal to the (precision, scale) of a column.
fn fit((value, precision, scale): (Operand, Operand, Operand)) -> Result<Answer, DecimalError> {
    let count = |operand: Operand| operand.0.and_then(|number| number.to_u32());
    let digits = count(precision).zip(count(scale));
    value.0.map_or(Ok(Answer::Null), |value| decimal::fit(&value, digits).map(Answer::Decimal))
}

/// The SQL type of a value of any storage class.
struct Any;

impl SqlType for Any {
    type IsNull = is_nullable::NotNull;
}

impl SingleValue for Any {}

impl HasSqlType<Any> for Sqlite {
    fn metadata(_: &mut ()) -> SqliteType {
        SqliteType::Text
    }
}

/// An argument: a decimal as text, a number, or the key of a decimal; or `NULL`.
#[derive(Debug, FromSqlRow)]
struct Operand(Option<BigDecimal>);

impl FromSql<Any, Sqlite> for Operand {
    fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        let number = match value.value_type() {
            None => return Ok(Self(None)),
            Some(SqliteType::Text) => decimal::parse(value.read_text())?,
            Some(SqliteType::Binary) => decimal::from_key(value.read_blob())?,
            // The shortest digits that stand for this float.
            Some(SqliteType::Double | SqliteType::Float) => decimal::parse(&value.read_double().to_string())?,
            Some(SqliteType::Long | SqliteType::Integer | SqliteType::SmallInt) => {
                BigDecimal::from_i64(value.read_long()).ok_or(DecimalError::NoDecimal)?
            }
        };
        Ok(Self(Some(number)))
    }

    fn from_nullable_sql(value: Option<SqliteValue<'_, '_, '_>>) -> deserialize::Result<Self> {
        value.map_or(Ok(Self(None)), Self::from_sql)
    }
}

/// The result of a function.
#[derive(Debug)]
enum Answer {
    Null,
    Key(Vec<u8>),
    Decimal(BigDecimal),
    Integer(i64),
    Float(f64),
}

impl ToSql<Any, Sqlite> for Result<Answer, DecimalError> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        match self {
            Ok(Answer::Null) => return Ok(IsNull::Yes),
            Ok(Answer::Key(key)) => out.set_value(key.as_slice()),
            Ok(Answer::Decimal(value)) => out.set_value(decimal::text(value)),
            Ok(Answer::Integer(value)) => out.set_value(*value),
            Ok(Answer::Float(value)) => out.set_value(*value),
            Err(problem) => return Err(Box::new(*problem)),
        }
        Ok(IsNull::No)
    }
}

/// The sum of the decimals so far, and how many there are.
#[derive(Debug, Default)]
struct Total {
    sum: BigDecimal,
    count: u64,
}

impl Total {
    fn add(&mut self, value: Operand) {
        if let Some(value) = value.0 {
            self.sum += value;
            self.count += 1;
        }
    }
}

/// The smallest or largest decimal so far.
#[derive(Debug, Default)]
struct Extreme(Option<BigDecimal>);

impl Extreme {
    fn take(&mut self, value: Operand, replaces: fn(&BigDecimal, &BigDecimal) -> bool) {
        if let Some(value) = value.0
            && self.0.as_ref().is_none_or(|held| replaces(&value, held))
        {
            self.0 = Some(value);
        }
    }
}

/// Declares an aggregate: the step for a row, and the final value. The aggregate of no rows, or of `NULL`s only, is
/// `NULL`.
macro_rules! aggregate {
    ($name:ident, $state:ident, $row:expr, $end:expr) => {
        #[derive(Debug, Default)]
        struct $name($state);

        impl SqliteAggregateFunction<Operand> for $name {
            type Output = Result<Answer, DecimalError>;

            fn step(&mut self, value: Operand) {
                let step: fn(&mut $state, Operand) = $row;
                step(&mut self.0, value);
            }

            fn finalize(aggregator: Option<Self>) -> Self::Output {
                let end: fn($state) -> Option<BigDecimal> = $end;
                Ok(aggregator.and_then(|it| end(it.0)).map_or(Answer::Null, Answer::Decimal))
            }
        }
    };
}

aggregate!(Sum, Total, Total::add, |total| (total.count > 0).then_some(total.sum));
aggregate!(Average, Total, Total::add, |total| decimal::divide(&total.sum, &BigDecimal::from(total.count)));
aggregate!(Least, Extreme, |it, value| it.take(value, |value, held| value < held), |it| it.0);
aggregate!(Greatest, Extreme, |it, value| it.take(value, |value, held| value > held), |it| it.0);
