//! A driver without a database: it knows which statement must come next and which rows to answer with.

use bigdecimal::BigDecimal;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use orm::engine::{Capabilities, Command, Plan, render};
use orm::{ReadError, Result, RowReader, Value};
use uuid::Uuid;

/// A statement with its parameters, and the rows that answer it.
pub(crate) type Step<'a> = (&'a str, &'a [&'a str], Vec<Vec<Value>>);

/// Runs a plan on SQLite's dialect; the statements must be these and no others.
pub(crate) fn check_plan(plan: &mut dyn Plan, steps: Vec<Step<'_>>) {
    check_plan_on(&Capabilities::sqlite(), plan, steps).unwrap();
}

/// Runs a plan on a dialect.
pub(crate) fn check_plan_on(capabilities: &Capabilities, plan: &mut dyn Plan, steps: Vec<Step<'_>>) -> Result<()> {
    let mut steps = steps.into_iter();
    while let Some(command) = plan.next_command()? {
        let Command::Query(statement) = command else { panic!("a load only queries") };
        let rendered = render(&*statement, capabilities)?;
        let Some((sql, parameters, rows)) = steps.next() else { panic!("one statement too many: {}", rendered.sql) };
        assert_eq!(rendered.sql, sql);
        assert_eq!(rendered.parameters, parameters);
        for row in rows {
            plan.row(&mut FakeRow(row))?;
        }
        plan.finished()?;
    }
    assert!(steps.next().is_none(), "a statement is missing");
    Ok(())
}

/// What stands for a value in a row of a script.
pub(crate) trait Cell {
    fn value(self) -> Value;
}

impl Cell for i64 {
    fn value(self) -> Value {
        Value::I64(self)
    }
}

impl Cell for &str {
    fn value(self) -> Value {
        Value::Text(self.to_owned())
    }
}

impl Cell for () {
    fn value(self) -> Value {
        Value::Null
    }
}

macro_rules! rows {
    ($([$($cell:expr),* $(,)?]),* $(,)?) => {
        vec![$(vec![$(crate::script::Cell::value($cell)),*]),*]
    };
}
pub(crate) use rows;

pub(crate) struct FakeRow(pub(crate) Vec<Value>);

macro_rules! getters {
    ($($getter:ident: $type:ty = $variant:ident;)+) => {
        $(fn $getter(&mut self, column: usize) -> Result<Option<$type>, ReadError> {
            match self.value(column)? {
                Value::Null => Ok(None),
                Value::$variant(value) => Ok(Some(value)),
                other => Err(ReadError::new(column, stringify!($getter), other.kind())),
            }
        })+
    };
}

impl RowReader for FakeRow {
    fn width(&self) -> usize {
        self.0.len()
    }

    fn column_name(&self, _column: usize) -> Option<&str> {
        None
    }

    fn is_null(&mut self, column: usize) -> Result<bool, ReadError> {
        self.value(column).map(|value| value.is_null())
    }

    fn value(&mut self, column: usize) -> Result<Value, ReadError> {
        self.0.get(column).cloned().ok_or_else(|| ReadError::new(column, "a column", "nothing"))
    }

    getters! {
        bool: bool = Bool;
        i64: i64 = I64;
        f64: f64 = F64;
        string: String = Text;
        bytes: Vec<u8> = Bytes;
        date: NaiveDate = Date;
        time: NaiveTime = Time;
        datetime: NaiveDateTime = DateTime;
        decimal: BigDecimal = Decimal;
        uuid: Uuid = Uuid;
        json: serde_json::Value = Json;
    }
}
