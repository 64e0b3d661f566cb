//! Arithmetic in memory: integers of the width that PostgreSQL computes with, floats, and exact decimals.

use bigdecimal::{BigDecimal, Zero};

use super::{Computed, Evaluation, Evaluator, KINDS, Reason, refused};
use crate::decimal;
use crate::sql::tree::{BinaryOp, Node};
use crate::value::{Value, ValueRef};

const BY_ZERO: &str =
    "databases disagree about a division by zero (an error, or NULL); exclude zero with `case` or a condition";
const OUT_OF_RANGE: &str = "its result is out of range, where databases give an error or a float";
const SINGLE: &str = "databases compute differently with 32-bit floats; convert them with `cast::<f64>`";
/// Digits behind the point that a quotient has at least on every database.
const QUOTIENT_DIGITS: i64 = 16;
/// Digits that MariaDB computes with: in all, and behind the point.
const DECIMAL_DIGITS: (u64, i64) = (65, 30);

impl<'n> Evaluator<'n> {
    /// Evaluates in the order in which databases do, which read the rendered text: `a + (b + c)` has no parentheses.
    pub(super) fn arithmetic(self, node: &'n Node) -> Evaluation<'n, Computed<'n>> {
        let mut operands = Vec::new();
        let first = flatten(node, &mut operands);
        let mut computed = self.value(first)?;
        for (op, operand) in operands {
            let right = self.value(operand)?;
            computed = match step(&computed, op, &right) {
                Ok(result) => result,
                Err(reason) => return refused(node, reason),
            };
        }
        Ok(computed)
    }

    pub(super) fn negate(self, node: &'n Node, inner: &'n Node) -> Evaluation<'n, Computed<'n>> {
        let computed = self.value(inner)?;
        let result = match computed.view() {
            ValueRef::Null => Ok(Computed::NULL),
            ValueRef::I64(value) => integer(value.checked_neg(), computed.bits),
            ValueRef::F64(value) if computed.bits == 64 => Ok(Computed::new(ValueRef::F64(-value))),
            ValueRef::F64(_) => Err(SINGLE.into()),
            ValueRef::Decimal(value) => Ok(Computed::owned(Value::Decimal(-value))),
            other => Err(format!("it is {}, and no number", other.kind()).into()),
        };
        result.or_else(|reason| refused(node, reason))
    }
}

/// Lists the operators and right operands as the rendered text has them; returns the first operand.
fn flatten<'n>(node: &'n Node, operands: &mut Vec<(BinaryOp, &'n Node)>) -> &'n Node {
    let (first, rest) = match node {
        Node::Binary { left, op, right } => (&**left, vec![(*op, &**right)]),
        Node::Chain { first, rest } => (&**first, rest.iter().map(|(op, operand)| (*op, operand)).collect()),
        node => return node,
    };
    let same = |(op, _): &(BinaryOp, &Node)| operator(first).is_some_and(|inner| inner.chains_with(*op));
    let first = if rest.first().is_some_and(same) { flatten(first, operands) } else { first };
    for (op, operand) in rest {
        if is_bare(op, operand) {
            let at = operands.len();
            let inner = flatten(operand, operands);
            operands.insert(at, (op, inner));
        } else {
            operands.push((op, operand));
        }
    }
    first
}

/// Whether a right operand is rendered without parentheses, although it has the same precedence.
fn is_bare(op: BinaryOp, operand: &Node) -> bool {
    match op {
        BinaryOp::Add => operator(operand) == Some(BinaryOp::Add),
        BinaryOp::Mul => is_product(operand),
        _ => false,
    }
}

/// Whether the expression is a product without other operators of the same precedence.
fn is_product(node: &Node) -> bool {
    let begins =
        |left: &Node| is_product(left) || !operator(left).is_some_and(|operator| operator.chains_with(BinaryOp::Mul));
    match node {
        Node::Binary { left, op: BinaryOp::Mul, .. } => begins(left),
        Node::Chain { first, rest } => rest.iter().all(|(op, _)| *op == BinaryOp::Mul) && begins(first),
        _ => false,
    }
}

/// The operator that is applied last.
fn operator(node: &Node) -> Option<BinaryOp> {
    match node {
        Node::Binary { op, .. } => Some(*op),
        Node::Chain { rest, .. } => rest.last().map(|(op, _)| *op),
        _ => None,
    }
}

fn step(left: &Computed<'_>, op: BinaryOp, right: &Computed<'_>) -> Result<Computed<'static>, Reason> {
    let bits = left.bits.max(right.bits);
    match (left.view(), right.view()) {
        (ValueRef::Null, _) | (_, ValueRef::Null) => Ok(Computed { bits, ..Computed::NULL }),
        (ValueRef::I64(left), ValueRef::I64(right)) => integers(left, op, right, bits),
        (ValueRef::F64(_), ValueRef::F64(_)) if left.bits.min(right.bits) < 64 => Err(SINGLE.into()),
        (ValueRef::F64(left), ValueRef::F64(right)) => floats(left, op, right),
        (ValueRef::Decimal(left), ValueRef::Decimal(right)) => decimals(left, op, right),
        (left, right) if left.kind() == right.kind() => {
            Err(format!("its sides are {}, and no numbers", left.kind()).into())
        }
        _ => Err(KINDS.into()),
    }
}

fn integers(left: i64, op: BinaryOp, right: i64, bits: u8) -> Result<Computed<'static>, Reason> {
    let result = match op {
        BinaryOp::Add => left.checked_add(right),
        BinaryOp::Sub => left.checked_sub(right),
        BinaryOp::Mul => left.checked_mul(right),
        BinaryOp::IntegerDiv | BinaryOp::Rem if right == 0 => return Err(BY_ZERO.into()),
        BinaryOp::IntegerDiv => left.checked_div(right),
        BinaryOp::Rem => left.checked_rem(right),
        _ => return Err("databases disagree about `/` between integers of an untyped expression".into()),
    };
    integer(result, bits)
}

/// An integer that has room in the width that PostgreSQL computes with.
pub(super) fn integer(value: Option<i64>, bits: u8) -> Result<Computed<'static>, Reason> {
    let fits = |value: &i64| match bits {
        16 => i16::try_from(*value).is_ok(),
        32 => i32::try_from(*value).is_ok(),
        _ => true,
    };
    let value = value.filter(fits).ok_or(OUT_OF_RANGE)?;
    Ok(Computed { value: ValueRef::I64(value), bits })
}

fn floats(left: f64, op: BinaryOp, right: f64) -> Result<Computed<'static>, Reason> {
    if !(left.is_finite() && right.is_finite()) {
        return Err("databases disagree about numbers that are infinite or none (NaN)".into());
    }
    let result = match op {
        BinaryOp::Add => left + right,
        BinaryOp::Sub => left - right,
        BinaryOp::Mul => left * right,
        BinaryOp::Div if right == 0.0 => return Err(BY_ZERO.into()),
        BinaryOp::Div => left / right,
        _ => return Err("it is no operator of floats".into()),
    };
    let vanishes = matches!(op, BinaryOp::Mul | BinaryOp::Div) && left != 0.0 && (op == BinaryOp::Div || right != 0.0);
    // A number so small that digits are lost is an error on PostgreSQL.
    if !result.is_finite() || (vanishes && !result.is_normal()) {
        return Err(OUT_OF_RANGE.into());
    }
    Ok(Computed::new(ValueRef::F64(result)))
}

fn decimals(left: &BigDecimal, op: BinaryOp, right: &BigDecimal) -> Result<Computed<'static>, Reason> {
    let result = match op {
        BinaryOp::Add => left + right,
        BinaryOp::Sub => left - right,
        BinaryOp::Mul => left * right,
        BinaryOp::Div if right.is_zero() => return Err(BY_ZERO.into()),
        BinaryOp::Div => quotient(left, right)?,
        _ => return Err("it is no operator of decimals".into()),
    };
    let (digits, scale) = (result.digits(), result.fractional_digit_count());
    if scale > DECIMAL_DIGITS.1 || digits > DECIMAL_DIGITS.0 - DECIMAL_DIGITS.1.unsigned_abs() {
        return Err("databases round decimals of so many digits differently; ask the database by a query".into());
    }
    Ok(Computed::owned(Value::Decimal(result)))
}

/// A quotient whose digits end before the databases round differently.
fn quotient(left: &BigDecimal, right: &BigDecimal) -> Result<BigDecimal, Reason> {
    let quotient = decimal::divide(left, right).map(|quotient| quotient.normalized());
    match quotient {
        Some(quotient) if quotient.fractional_digit_count() <= QUOTIENT_DIGITS && &quotient * right == *left => {
            Ok(quotient)
        }
        _ => Err("databases round the quotient to different numbers of digits; ask the database by a query".into()),
    }
}
