//! Functions in memory: those that give the same result on every database.

use super::arithmetic::integer;
use super::compare::compare;
use super::{AGGREGATE, Computed, Evaluation, Evaluator, LETTERS, Reason, refused};
use crate::sql::tree::{BinaryOp, Function, Node};
use crate::value::{Value, ValueRef};

const TEXTS: &str = "it joins texts; convert other values with `cast::<String>`";

impl<'n> Evaluator<'n> {
    pub(super) fn function(
        self,
        node: &'n Node,
        function: &'n Function,
        arguments: &'n [Node],
    ) -> Evaluation<'n, Computed<'n>> {
        let name = function.name().to_ascii_lowercase();
        match (function, name.as_str(), arguments) {
            (_, "coalesce", _) => self.coalesce(arguments),
            (Function::CharacterLength, _, [text]) => self.of_text(node, text, characters),
            (_, "lower", [text]) => self.of_text(node, text, |text| in_case(text, str::to_ascii_lowercase)),
            (_, "upper", [text]) => self.of_text(node, text, |text| in_case(text, str::to_ascii_uppercase)),
            (_, "replace", [text, from, to]) => self.replace(node, [text, from, to]),
            (_, "abs", [number]) => self.absolute(node, number),
            (_, "nullif", [left, right]) => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                match compare(&left, BinaryOp::Eq, &right) {
                    Ok(Some(true)) => Ok(Computed::NULL),
                    Ok(_) => Ok(left),
                    Err(reason) => refused(node, reason),
                }
            }
            (_, "count" | "sum" | "avg" | "min" | "max", _) => refused(node, AGGREGATE),
            (_, "now" | "current_timestamp" | "current_date" | "current_time", _) => {
                refused(node, "it is the clock of the database; pass the time as a value")
            }
            _ => refused(
                node,
                format!("the function `{name}` is the database's; ask by a query, or give the hybrid a body in Rust"),
            ),
        }
    }

    /// The first value that is not `NULL`.
    fn coalesce(self, arguments: &'n [Node]) -> Evaluation<'n, Computed<'n>> {
        for argument in arguments {
            let computed = self.value(argument)?;
            if !computed.is_null() {
                return Ok(computed);
            }
        }
        Ok(Computed::NULL)
    }

    pub(super) fn concat(
        self,
        node: &'n Node,
        operands: impl IntoIterator<Item = &'n Node>,
    ) -> Evaluation<'n, Computed<'n>> {
        let mut joined = Some(String::new());
        for operand in operands {
            let computed = self.value(operand)?;
            match (computed.view(), &mut joined) {
                (ValueRef::Null, _) => joined = None,
                (ValueRef::Text(text), Some(joined)) => joined.push_str(text),
                (ValueRef::Text(_), None) => {}
                _ => return refused(node, TEXTS),
            }
        }
        Ok(joined.map_or(Computed::NULL, |text| Computed::owned(Value::Text(text))))
    }

    fn of_text(
        self,
        node: &'n Node,
        argument: &'n Node,
        compute: impl FnOnce(&str) -> Result<Value, Reason>,
    ) -> Evaluation<'n, Computed<'n>> {
        let computed = self.value(argument)?;
        let result = match computed.view() {
            ValueRef::Null => Ok(Value::Null),
            ValueRef::Text(text) => compute(text),
            other => Err(format!("it is {}, and no text", other.kind()).into()),
        };
        result.map(Computed::owned).or_else(|reason| refused(node, reason))
    }

    fn replace(self, node: &'n Node, [text, from, to]: [&'n Node; 3]) -> Evaluation<'n, Computed<'n>> {
        let (text, from, to) = (self.value(text)?, self.value(from)?, self.value(to)?);
        match (text.view(), from.view(), to.view()) {
            (ValueRef::Null, ..) | (_, ValueRef::Null, _) | (.., ValueRef::Null) => Ok(Computed::NULL),
            (ValueRef::Text(text), ValueRef::Text(""), ValueRef::Text(_)) => {
                Ok(Computed::owned(Value::Text(text.to_owned())))
            }
            (ValueRef::Text(text), ValueRef::Text(from), ValueRef::Text(to)) => {
                Ok(Computed::owned(Value::Text(text.replace(from, to))))
            }
            _ => refused(node, "it replaces a text in a text by a text"),
        }
    }

    fn absolute(self, node: &'n Node, argument: &'n Node) -> Evaluation<'n, Computed<'n>> {
        let computed = self.value(argument)?;
        let result = match computed.view() {
            ValueRef::Null => Ok(Computed::NULL),
            ValueRef::I64(value) => integer(value.checked_abs(), computed.bits),
            ValueRef::F64(value) => Ok(Computed { value: ValueRef::F64(value.abs()), bits: computed.bits }),
            ValueRef::Decimal(value) => Ok(Computed::owned(Value::Decimal(value.abs()))),
            other => Err(format!("it is {}, and no number", other.kind()).into()),
        };
        result.or_else(|reason| refused(node, reason))
    }
}

/// Number of characters. SQLite stops at a zero byte.
fn characters(text: &str) -> Result<Value, Reason> {
    if text.contains('\0') {
        return Err("databases disagree about the length of a text with a zero byte".into());
    }
    i64::try_from(text.chars().count()).map(Value::I64).map_err(|_| "the text is too long".into())
}

/// A text in small or large letters. SQLite changes ASCII letters only.
fn in_case(text: &str, change: fn(&str) -> String) -> Result<Value, Reason> {
    if text.is_ascii() { Ok(Value::Text(change(text))) } else { Err(LETTERS.into()) }
}
