//! Comparisons in memory: `=`, `<`, BETWEEN and IN, with `NULL` as the third truth value.

use std::cmp::Ordering;

use super::{Computed, Evaluation, Evaluator, KINDS, Reason, refused};
use crate::sql::tree::{BinaryOp, Node};
use crate::value::ValueRef;

/// The order of texts depends on the database.
const TEXT_ORDER: &str = "the order of texts depends on the database's collation; ask the database by a query";

impl<'n> Evaluator<'n> {
    pub(super) fn comparison(
        self,
        node: &'n Node,
        left: &'n Node,
        op: BinaryOp,
        right: &'n Node,
    ) -> Evaluation<'n, Option<bool>> {
        let (left, right) = (self.value(left)?, self.value(right)?);
        compare(&left, op, &right).or_else(|reason| refused(node, reason))
    }

    /// `a BETWEEN low AND high` is `a >= low AND a <= high`: one bound may decide although the other is `NULL`.
    pub(super) fn between(
        self,
        node: &'n Node,
        operand: &'n Node,
        [low, high]: [&'n Node; 2],
        negated: bool,
    ) -> Evaluation<'n, Option<bool>> {
        let (operand, low, high) = (self.value(operand)?, self.value(low)?, self.value(high)?);
        let bounds = compare(&operand, BinaryOp::GtEq, &low)
            .and_then(|above| Ok(both(above, compare(&operand, BinaryOp::LtEq, &high)?)));
        match bounds {
            Ok(within) => Ok(within.map(|within| within != negated)),
            Err(reason) => refused(node, reason),
        }
    }

    pub(super) fn in_list(
        self,
        node: &'n Node,
        operand: &'n Node,
        list: &'n [Node],
        negated: bool,
    ) -> Evaluation<'n, Option<bool>> {
        // As rendered: a list without members is a constant, even for NULL.
        let mut found = Some(false);
        let tested = if list.is_empty() { Vec::new() } else { self.row(operand)? };
        for member in list {
            let member = self.row(member)?;
            if member.len() != tested.len() {
                return refused(node, "its rows have different numbers of columns");
            }
            let equal = tested.iter().zip(&member).try_fold(Some(true), |all, (left, right)| {
                Ok::<_, Reason>(both(all, compare(left, BinaryOp::Eq, right)?))
            });
            match equal {
                // Not returned yet: a member that cannot be compared is refused by its kind, not by its place.
                Ok(Some(true)) => found = Some(true),
                Ok(None) if found == Some(false) => found = None,
                Ok(_) => {}
                Err(reason) => return refused(node, reason),
            }
        }
        Ok(found.map(|found| found != negated))
    }

    /// The columns of a row that is compared.
    fn row(self, node: &'n Node) -> Evaluation<'n, Vec<Computed<'n>>> {
        match node {
            Node::Tuple(parts) => parts.iter().map(|part| self.value(part)).collect(),
            node => Ok(vec![self.value(node)?]),
        }
    }
}

/// `a AND b`
fn both(left: Option<bool>, right: Option<bool>) -> Option<bool> {
    match (left, right) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

/// Compares two values; `None` when one of them is `NULL`.
pub(super) fn compare(left: &Computed<'_>, op: BinaryOp, right: &Computed<'_>) -> Result<Option<bool>, Reason> {
    if left.is_null() || right.is_null() {
        return Ok(None);
    }
    if let BinaryOp::Eq | BinaryOp::NotEq = op {
        return Ok(Some(equal(left, right)? == (op == BinaryOp::Eq)));
    }
    let order = order(&left.view(), &right.view())?;
    Ok(Some(match op {
        BinaryOp::Lt => order.is_lt(),
        BinaryOp::LtEq => order.is_le(),
        BinaryOp::Gt => order.is_gt(),
        BinaryOp::GtEq => order.is_ge(),
        _ => return Err("it is no comparison".into()),
    }))
}

fn equal(left: &Computed<'_>, right: &Computed<'_>) -> Result<bool, Reason> {
    match (left.view(), right.view()) {
        (ValueRef::Text(left), ValueRef::Text(right)) => Ok(left == right),
        (left, right) => Ok(order(&left, &right)?.is_eq()),
    }
}

fn order(left: &ValueRef<'_>, right: &ValueRef<'_>) -> Result<Ordering, Reason> {
    match (left, right) {
        (ValueRef::Bool(left), ValueRef::Bool(right)) => Ok(left.cmp(right)),
        (ValueRef::I64(left), ValueRef::I64(right)) => Ok(left.cmp(right)),
        (ValueRef::F64(left), ValueRef::F64(right)) => {
            left.partial_cmp(right).ok_or_else(|| "databases disagree about numbers that are none (NaN)".into())
        }
        (ValueRef::Decimal(left), ValueRef::Decimal(right)) => Ok(left.cmp(right)),
        (ValueRef::Bytes(left), ValueRef::Bytes(right)) => Ok(left.cmp(right)),
        (ValueRef::Date(left), ValueRef::Date(right)) => Ok(left.cmp(right)),
        (ValueRef::Time(left), ValueRef::Time(right)) => Ok(left.cmp(right)),
        (ValueRef::DateTime(left), ValueRef::DateTime(right)) => Ok(left.cmp(right)),
        (ValueRef::Uuid(left), ValueRef::Uuid(right)) => Ok(left.cmp(right)),
        (ValueRef::Text(_), ValueRef::Text(_)) => Err(TEXT_ORDER.into()),
        (ValueRef::Json(_), ValueRef::Json(_)) => {
            Err("databases compare JSON differently; ask the database by a query".into())
        }
        _ => Err(KINDS.into()),
    }
}
