//! CAST in memory: the conversions that give the same value on every database.

use bigdecimal::{BigDecimal, ToPrimitive};

use super::arithmetic::integer;
use super::{Computed, Evaluation, Evaluator, Reason, refused};
use crate::decimal;
use crate::row::values::exact_f64;
use crate::sql::tree::Node;
use crate::value::{DataType, Value, ValueRef};

impl<'n> Evaluator<'n> {
    pub(super) fn cast(self, node: &'n Node, operand: &'n Node, to: &'n DataType) -> Evaluation<'n, Computed<'n>> {
        let computed = self.value(operand)?;
        if computed.is_null() {
            return Ok(computed);
        }
        match to {
            DataType::SmallInteger => to_integer(&computed, 16),
            DataType::Integer => to_integer(&computed, 32),
            DataType::BigInteger => to_integer(&computed, 64),
            DataType::Double => to_float(&computed),
            DataType::Numeric(Some(digits)) => to_decimal(&computed, *digits),
            DataType::String(length) => to_text(&computed, *length),
            DataType::Text => to_text(&computed, None),
            _ => Err(differs(&computed)),
        }
        .or_else(|reason| refused(node, reason))
    }
}

fn differs(computed: &Computed<'_>) -> Reason {
    format!("databases convert {} to this type differently; convert the value in the program", computed.view().kind())
        .into()
}

fn to_integer(computed: &Computed<'_>, bits: u8) -> Result<Computed<'static>, Reason> {
    match computed.view() {
        ValueRef::I64(value) => integer(Some(value), bits),
        // A fraction would be rounded or cut.
        ValueRef::F64(value) if value.fract() == 0.0 && exact_f64(value as i64) == Some(value) => {
            integer(Some(value as i64), bits)
        }
        ValueRef::Decimal(value) => integer(decimal::round(value, 0).to_i64(), bits),
        _ => Err(differs(computed)),
    }
}

fn to_float(computed: &Computed<'_>) -> Result<Computed<'static>, Reason> {
    match computed.view() {
        ValueRef::I64(value) => match exact_f64(value) {
            Some(value) => Ok(Computed::new(ValueRef::F64(value))),
            None => Err("the integer has more digits than a float".into()),
        },
        ValueRef::F64(value) if computed.bits == 64 => Ok(Computed::new(ValueRef::F64(value))),
        _ => Err(differs(computed)),
    }
}

fn to_decimal(computed: &Computed<'_>, digits: (u32, u32)) -> Result<Computed<'static>, Reason> {
    let value = match computed.view() {
        ValueRef::I64(value) => BigDecimal::from(value),
        ValueRef::Decimal(value) => value.clone(),
        _ => return Err(differs(computed)),
    };
    let fitted = decimal::fit(&value, Some(digits)).map_err(|error| error.to_string())?;
    Ok(Computed::owned(Value::Decimal(fitted)))
}

fn to_text(computed: &Computed<'_>, length: Option<u32>) -> Result<Computed<'static>, Reason> {
    let text = match computed.view() {
        ValueRef::I64(value) => value.to_string(),
        ValueRef::Text(text) => text.to_owned(),
        _ => return Err(differs(computed)),
    };
    if length.is_some_and(|length| text.chars().count() > length as usize) {
        return Err("databases disagree about a text that is longer than the type; check its length before".into());
    }
    Ok(Computed::owned(Value::Text(text)))
}
