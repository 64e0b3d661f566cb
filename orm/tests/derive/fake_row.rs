//! A row that is a list of values.

use bigdecimal::BigDecimal;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use orm::{ReadError, RowReader, Value};
use uuid::Uuid;

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
