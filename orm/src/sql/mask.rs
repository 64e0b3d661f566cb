//! Masks values beside sensitive columns, in conditions, computations and assignments.

use super::nested::TreeLevel;
use super::tree::{Node, Secret, TextPart};
use super::visit::{Rewriter, rewrite_node, rewrite_text};
use crate::value::Value;

/// Masks the values of an expression that uses a sensitive column, on either side: `lower(email) = ?`, `? = email`.
///
/// Operands of AND, OR and NOT are separate: a value in one operand does not belong to the column of another.
pub(crate) fn mask_beside_sensitive(node: Node) -> Node {
    match &node {
        Node::And(_) | Node::Or(_) | Node::Not(_) => node,
        _ if node.traits().sensitive => mask_all(node),
        _ => node,
    }
}

/// Masks every value of an expression.
pub(crate) fn mask_all(mut node: Node) -> Node {
    MaskValues.visit_node(&mut node);
    node
}

/// Whether an expression uses a sensitive column.
pub(crate) fn is_sensitive(node: &Node) -> bool {
    node.traits().sensitive
}

struct MaskValues;

impl Rewriter for MaskValues {
    fn visit_node(&mut self, node: &mut Node) {
        if !node.traits().shown {
            return;
        }
        match node {
            Node::Bind(value) => *node = Node::Sensitive(hidden(value)),
            _ => rewrite_node(self, node),
        }
    }

    fn visit_text(&mut self, part: &mut TextPart) {
        match part {
            TextPart::Bind(value) if !value.is_null() => *part = TextPart::Sensitive(hidden(value)),
            _ => rewrite_text(self, part),
        }
    }
}

fn hidden(value: &mut Value) -> Secret {
    std::mem::replace(value, Value::Null).into()
}
