//! Sensitive columns: every value that meets one within a condition, a computation or an assignment is masked.

use super::nested::Level;
use super::tree::{Node, Secret, TextPart};
use super::visit::{Rewriter, rewrite_node, rewrite_text};
use crate::value::Value;

/// Masks the values of an expression in which a sensitive column takes part, wherever the two stand: `lower(email) = ?`, `? = email`.
///
/// AND, OR and NOT keep their conditions apart: a value of one says nothing of the column of another.
pub(crate) fn settled(node: Node) -> Node {
    match &node {
        Node::And(_) | Node::Or(_) | Node::Not(_) => node,
        _ if node.traits().sensitive => masked(node),
        _ => node,
    }
}

/// Masks every value of an expression; those that are masked already are not looked for again.
pub(crate) fn masked(mut node: Node) -> Node {
    Mask.visit_node(&mut node);
    node
}

/// Whether a sensitive column takes part in an expression.
pub(crate) fn is_sensitive(node: &Node) -> bool {
    node.traits().sensitive
}

struct Mask;

impl Rewriter for Mask {
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
