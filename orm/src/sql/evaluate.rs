//! Evaluates an expression over values in memory, with the result that every database gives for the row.
//!
//! An expression is refused where databases disagree (the order of texts, letters beyond ASCII, division by zero), and
//! where the answer is not in memory (a subquery, a function by name). A refusal names the part of the expression and a
//! way out.

mod arithmetic;
mod cast;
mod compare;
mod function;

use std::borrow::Cow;

use super::render::expression;
use super::tree::{BinaryOp, ColumnRef, Node, Secret};
use crate::decimal;
use crate::engine::{Capabilities, SqlWriter, Statement, StatementKind, is_like, render};
use crate::error::Result as StatementResult;
use crate::value::{DataType, Value, ValueRef};

/// Reads the columns of the row over which an expression is evaluated.
pub(crate) trait ColumnSource {
    /// Returns the value of a column.
    ///
    /// # Errors
    /// The reason and a way out, when the column has no value in memory.
    fn column(&self, column: &ColumnRef) -> Result<Computed<'_>, Reason>;
}

/// The reason why a part of an expression cannot be evaluated, and a way out.
pub(crate) type Reason = Cow<'static, str>;

/// A part of an expression that cannot be evaluated in memory.
#[derive(Debug)]
pub(crate) struct Refusal<'n> {
    node: &'n Node,
    /// The reason, and a way out.
    pub(crate) reason: Reason,
}

impl<'n> Refusal<'n> {
    pub(crate) fn new(node: &'n Node, reason: impl Into<Reason>) -> Self {
        Self { node, reason: reason.into() }
    }

    /// The refused part, if it is a column.
    pub(crate) fn column(&self) -> Option<&'n ColumnRef> {
        match self.node {
            Node::Column(column) => Some(column),
            _ => None,
        }
    }

    /// The SQL of the refused part, for messages; values are placeholders.
    pub(crate) fn expression(&self) -> String {
        let text = render(&Fragment(self.node), &Capabilities::postgres());
        text.map_or_else(|error| error.to_string(), |rendered| rendered.sql)
    }
}

/// A value, and the width of its number: databases compute narrow numbers differently from wide ones.
#[derive(Clone, Debug)]
pub(crate) struct Computed<'a> {
    value: ValueRef<'a>,
    bits: u8,
}

impl<'a> Computed<'a> {
    /// `NULL`.
    pub(crate) const NULL: Self = Self { value: ValueRef::Null, bits: 64 };

    /// The value of a column of a type.
    pub(crate) fn of_type(value: ValueRef<'a>, data_type: &DataType) -> Self {
        let bits = match data_type {
            DataType::SmallInteger => 16,
            DataType::Integer | DataType::Float => 32,
            _ => 64,
        };
        Self { value, bits }
    }

    /// A value of full width.
    fn new(value: ValueRef<'a>) -> Self {
        Self { value, bits: 64 }
    }

    fn owned(value: Value) -> Self {
        match value {
            Value::I64(value) => Self::new(ValueRef::I64(value)),
            Value::F64(value) => Self::new(ValueRef::F64(value)),
            value => Self::new(ValueRef::Owned(Box::new(value))),
        }
    }

    fn truth(value: Option<bool>) -> Self {
        Self::new(value.map_or(ValueRef::Null, ValueRef::Bool))
    }

    fn is_null(&self) -> bool {
        self.value.is_null()
    }

    /// The value without its box.
    fn view(&self) -> ValueRef<'_> {
        match &self.value {
            ValueRef::Owned(value) => value.as_value_ref(),
            value => value.clone(),
        }
    }

    /// The value.
    pub(crate) fn into_value(self) -> Value {
        match self.value {
            ValueRef::Owned(value) => *value,
            value => value.to_value(),
        }
    }
}

pub(crate) type Evaluation<'n, T> = Result<T, Refusal<'n>>;

/// Refuses a part of an expression.
fn refused<'n, T>(node: &'n Node, reason: impl Into<Reason>) -> Evaluation<'n, T> {
    Err(Refusal::new(node, reason))
}

/// Evaluates an expression over the columns of a source.
pub(crate) fn evaluate<'n>(node: &'n Node, source: &'n dyn ColumnSource) -> Evaluation<'n, Computed<'n>> {
    Evaluator { source }.value(node)
}

/// Evaluates a condition over the columns of a source; `None` is `NULL`.
pub(crate) fn holds<'n>(condition: &'n Node, source: &'n dyn ColumnSource) -> Evaluation<'n, Option<bool>> {
    Evaluator { source }.truth(condition)
}

#[derive(Clone, Copy)]
struct Evaluator<'n> {
    source: &'n dyn ColumnSource,
}

impl<'n> Evaluator<'n> {
    fn value(self, node: &'n Node) -> Evaluation<'n, Computed<'n>> {
        match node {
            Node::Column(column) => self.column(node, column),
            Node::Bind(value) => Ok(Computed::new(value.as_value_ref())),
            Node::Sensitive(Secret(value)) => Ok(Computed::new(value.clone())),
            Node::Binary { op, .. } if op.is_arithmetic() => self.arithmetic(node),
            Node::Chain { rest, .. } if rest.first().is_some_and(|(op, _)| op.is_arithmetic()) => self.arithmetic(node),
            Node::Binary { left, op: BinaryOp::Concat, right } => self.concat(node, [&**left, &**right]),
            Node::Chain { first, rest } => {
                self.concat(node, std::iter::once(&**first).chain(rest.iter().map(|(_, operand)| operand)))
            }
            Node::Negate(inner) => self.negate(node, inner),
            Node::Function { name, arguments, distinct: false } => self.function(node, name, arguments),
            Node::Cast { operand, to } => self.cast(node, operand, to),
            Node::Typed { operand, .. } => self.value(operand),
            Node::Decimal(operand) => self.decimal(node, operand),
            Node::Stored { operand, digits } => self.stored(node, operand, *digits),
            Node::Case { whens, otherwise } => self.case(whens, otherwise.as_deref()),
            _ => self.truth(node).map(Computed::truth),
        }
    }

    /// The value of a condition.
    fn truth(self, node: &'n Node) -> Evaluation<'n, Option<bool>> {
        match node {
            Node::Binary { left, op, right } if !op.is_arithmetic() && *op != BinaryOp::Concat => {
                self.comparison(node, left, *op, right)
            }
            Node::And(nodes) => self.junction(nodes, false),
            Node::Or(nodes) => self.junction(nodes, true),
            Node::Not(inner) => Ok(self.truth(inner)?.map(|holds| !holds)),
            Node::IsNull { operand, negated } => Ok(Some(self.value(operand)?.is_null() != *negated)),
            Node::Between { operand, low, high, negated } => self.between(node, operand, [low, high], *negated),
            Node::InList { operand, list, negated } => self.in_list(node, operand, list, *negated),
            Node::Like { .. } => self.like(node),
            Node::InSelect { .. } | Node::Exists { .. } | Node::Scalar(_) => {
                refused(node, "it asks other rows; ask the database by a query, or give the hybrid a body in Rust")
            }
            Node::Text(_) => refused(node, "it is SQL text; say it as an expression, or ask the database by a query"),
            Node::Function { distinct: true, .. } | Node::Star => refused(node, AGGREGATE),
            Node::LabelRef(_) => refused(node, "a label names a column of a query; say the expression itself"),
            Node::Tuple(_) => refused(node, "several values are no single one; compare them with `in_`"),
            Node::Fault(fault) => refused(node, fault.clone()),
            _ => match self.value(node)?.view() {
                ValueRef::Null => Ok(None),
                ValueRef::Bool(holds) => Ok(Some(holds)),
                other => refused(node, format!("it is {}, and a condition is true, false or NULL", other.kind())),
            },
        }
    }

    fn column(self, node: &'n Node, column: &'n ColumnRef) -> Evaluation<'n, Computed<'n>> {
        self.source.column(column).map_err(|reason| Refusal::new(node, reason))
    }

    /// AND (`decisive` is false) or OR (`decisive` is true). A decisive operand decides, even beside one that cannot be
    /// evaluated.
    fn junction(self, nodes: &'n [Node], decisive: bool) -> Evaluation<'n, Option<bool>> {
        let (mut null, mut refusal) = (false, None);
        for node in nodes {
            match self.truth(node) {
                Ok(Some(holds)) if holds == decisive => return Ok(Some(decisive)),
                Ok(Some(_)) => {}
                Ok(None) => null = true,
                Err(refused) => refusal = refusal.or(Some(refused)),
            }
        }
        match refusal {
            Some(refusal) => Err(refusal),
            None => Ok((!null).then_some(!decisive)),
        }
    }

    fn case(self, whens: &'n [(Node, Node)], otherwise: Option<&'n Node>) -> Evaluation<'n, Computed<'n>> {
        for (condition, result) in whens {
            if self.truth(condition)? == Some(true) {
                return self.value(result);
            }
        }
        otherwise.map_or(Ok(Computed::NULL), |otherwise| self.value(otherwise))
    }

    fn like(self, node: &'n Node) -> Evaluation<'n, Option<bool>> {
        let Node::Like { operand, pattern, escape, ignore_case, negated } = node else { return Ok(None) };
        let (text, pattern) = (self.value(operand)?, self.value(pattern)?);
        let (text, pattern) = match (text.view(), pattern.view()) {
            (ValueRef::Null, _) | (_, ValueRef::Null) => return Ok(None),
            (ValueRef::Text(text), ValueRef::Text(pattern)) => (text.to_owned(), pattern.to_owned()),
            _ => return refused(node, "LIKE compares texts"),
        };
        if let Some(fault) = super::render::escape_fault(*escape, &pattern) {
            return refused(node, fault);
        }
        if *ignore_case && !(text.is_ascii() && pattern.is_ascii()) {
            return refused(node, LETTERS);
        }
        Ok(Some(is_like(&text, &pattern, *escape, *ignore_case) != *negated))
    }

    /// An exact decimal whose form does not show the type.
    fn decimal(self, node: &'n Node, operand: &'n Node) -> Evaluation<'n, Computed<'n>> {
        let computed = self.value(operand)?;
        match computed.view() {
            ValueRef::Null | ValueRef::Decimal(_) => Ok(computed),
            other => refused(node, format!("it is {} in memory, and a decimal in the database", other.kind())),
        }
    }

    /// A decimal as its column holds it.
    fn stored(self, node: &'n Node, operand: &'n Node, digits: Option<(u32, u32)>) -> Evaluation<'n, Computed<'n>> {
        let computed = self.value(operand)?;
        match computed.view() {
            ValueRef::Decimal(value) => match decimal::fit(value, digits) {
                Ok(fitted) => Ok(Computed::owned(Value::Decimal(fitted))),
                Err(error) => refused(node, error.to_string()),
            },
            _ => Ok(computed),
        }
    }
}

const AGGREGATE: &str = "an aggregate needs all rows of a query; ask the database by a query";
const LETTERS: &str = "databases disagree about letters beyond ASCII; ask the database by a query";
const KINDS: &str = "its sides are values of different kinds; convert one of them with `cast`";

/// An expression as a statement, for its text.
struct Fragment<'n>(&'n Node);

impl Statement for Fragment<'_> {
    fn render<'b>(&'b self, out: &mut dyn SqlWriter<'b>) -> StatementResult<()> {
        expression(out, self.0)
    }

    fn kind(&self) -> StatementKind {
        StatementKind::Select
    }
}
