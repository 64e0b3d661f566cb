//! The members of an `IN` list, and the single parameter that replaces them where the database accepts fewer parameters
//! than there are members.

use std::borrow::Cow;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::OnceLock;

use bigdecimal::BigDecimal;
use chrono::Datelike;

use super::nested::{Nested, NestedPart, NodeTraits};
use super::tree::{Node, Secret};
use crate::engine::{ArrayBind, is_far_year};
use crate::row::iso;
use crate::value::{DataType, Value, ValueRef};

/// The members of an `IN` list; reads as a slice.
#[derive(Default)]
pub struct InListMembers {
    nodes: Vec<Node>,
    /// Made when a list is first rendered as one parameter, which the statement then borrows.
    array: OnceLock<Option<ArrayBind<'static>>>,
    json_array: OnceLock<Option<JsonArray>>,
}

/// The members as a JSON array.
pub(super) struct JsonArray {
    pub(super) text: ValueRef<'static>,
    /// Type of every member that is not `NULL`. Decimals have a (precision, scale) that fits all of them.
    pub(super) members: DataType,
    /// Whether a member is sensitive.
    pub(super) sensitive: bool,
}

impl InListMembers {
    /// The members as an array. `None` when they are not values of one type, or one is sensitive.
    pub(super) fn array(&self) -> Option<&ArrayBind<'static>> {
        self.array.get_or_init(|| array(&self.nodes)).as_ref()
    }

    /// The members as a JSON array. `None` when they are not values of one type, or are JSON documents.
    pub(super) fn json_array(&self) -> Option<&JsonArray> {
        self.json_array.get_or_init(|| json_array(&self.nodes)).as_ref()
    }
}

/// The value of a member, and whether it is sensitive.
fn value(node: &Node) -> Option<(Cow<'_, Value>, bool)> {
    match node {
        Node::Bind(value) => Some((Cow::Borrowed(value), false)),
        Node::Sensitive(Secret(value)) => Some((Cow::Owned(value.to_value()), true)),
        _ => None,
    }
}

fn array(nodes: &[Node]) -> Option<ArrayBind<'static>> {
    macro_rules! members {
        ($variant:ident, $wrap:expr) => {{
            let member = |node: &Node| match node {
                Node::Bind(Value::Null) => Some(None),
                Node::Bind(Value::$variant(value)) => Some(Some($wrap(value.clone()))),
                _ => None,
            };
            ArrayBind::$variant(nodes.iter().map(member).collect::<Option<_>>()?)
        }};
    }
    let known = nodes.iter().find(|node| !matches!(node, Node::Bind(Value::Null)));
    let Some(Node::Bind(first)) = known else { return None };
    Some(match first {
        Value::Null | Value::Unloaded => return None,
        Value::Bool(_) => members!(Bool, std::convert::identity),
        Value::I64(_) => members!(I64, std::convert::identity),
        Value::F64(_) => members!(F64, std::convert::identity),
        Value::Text(_) => members!(Text, Cow::Owned),
        Value::Bytes(_) => members!(Bytes, Cow::Owned),
        Value::Date(_) => members!(Date, std::convert::identity),
        Value::Time(_) => members!(Time, std::convert::identity),
        Value::DateTime(_) => members!(DateTime, std::convert::identity),
        Value::Decimal(_) => members!(Decimal, Cow::Owned),
        Value::Uuid(_) => members!(Uuid, std::convert::identity),
        Value::Json(_) => members!(Json, Cow::Owned),
    })
}

/// Limit on the digits of a decimal within a JSON array. No database of this crate that reads such arrays holds more.
const MAX_DIGITS: u64 = 1_000;

/// Digits before and after the point that fit all decimals.
#[derive(Default)]
struct DecimalDigits {
    before: u32,
    behind: u32,
}

impl DecimalDigits {
    /// Extends the digits for a decimal. `None` for a decimal with more digits than any database stores.
    fn hold(&mut self, value: &BigDecimal) -> Option<()> {
        let behind = value.fractional_digit_count();
        if value.digits() > MAX_DIGITS || behind.unsigned_abs() > MAX_DIGITS {
            return None;
        }
        let before = i64::try_from(value.digits()).ok()? - behind;
        self.before = self.before.max(u32::try_from(before.max(1)).ok()?);
        self.behind = self.behind.max(u32::try_from(behind.max(0)).ok()?);
        Some(())
    }
}

fn json_array(nodes: &[Node]) -> Option<JsonArray> {
    let (mut members, mut sensitive) = (None, false);
    let mut digits = DecimalDigits::default();
    let mut json = Vec::with_capacity(nodes.len());
    for node in nodes {
        let (value, masked) = value(node)?;
        sensitive |= masked;
        let (member, data_type) = match &*value {
            Value::Null => {
                json.push(serde_json::Value::Null);
                continue;
            }
            Value::Bool(value) => (i64::from(*value).into(), DataType::BigInteger),
            Value::I64(value) => ((*value).into(), DataType::BigInteger),
            // Databases end a text of JSON there.
            Value::Text(text) if text.contains('\0') => return None,
            Value::Text(text) => (text.clone().into(), DataType::Text),
            // A database without such years refuses the value as a parameter, but would silently read NULL from JSON.
            Value::Date(date) if is_far_year(date.year()) => return None,
            Value::DateTime(moment) if is_far_year(moment.year()) => return None,
            Value::Date(date) => (iso::date_text(date).into(), DataType::Date),
            Value::Time(time) => (iso::time_text(time).into(), DataType::Time),
            Value::DateTime(moment) => (iso::datetime_text(moment).into(), DataType::DateTime),
            Value::Uuid(uuid) => (uuid.to_string().into(), DataType::Uuid),
            // As text: databases read numbers of JSON as floats, and SQLite not to the last bit.
            Value::F64(value) if value.is_finite() => (format!("{value:e}").into(), DataType::Double),
            Value::Decimal(value) => {
                let value = value.normalized();
                digits.hold(&value)?;
                (value.to_plain_string().into(), DataType::Numeric(None))
            }
            Value::Bytes(bytes) => (hex(bytes).into(), DataType::LargeBinary),
            Value::F64(_) | Value::Json(_) | Value::Unloaded => return None,
        };
        if *members.get_or_insert_with(|| data_type.clone()) != data_type {
            return None;
        }
        json.push(member);
    }
    let text = Value::Text(serde_json::Value::Array(json).to_string());
    let members = match members? {
        DataType::Numeric(_) => DataType::Numeric(Some((digits.before + digits.behind, digits.behind))),
        members => members,
    };
    Some(JsonArray { text: ValueRef::Owned(Box::new(text)), members, sensitive })
}

/// Writes two hexadecimal digits a byte.
fn hex(bytes: &[u8]) -> String {
    const HEX_DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |half: u8| char::from(HEX_DIGITS[usize::from(half)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

impl Deref for InListMembers {
    type Target = [Node];

    fn deref(&self) -> &[Node] {
        &self.nodes
    }
}

impl DerefMut for InListMembers {
    fn deref_mut(&mut self) -> &mut [Node] {
        (self.array, self.json_array) = Default::default();
        &mut self.nodes
    }
}

impl<'l> IntoIterator for &'l InListMembers {
    type Item = &'l Node;
    type IntoIter = std::slice::Iter<'l, Node>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'l> IntoIterator for &'l mut InListMembers {
    type Item = &'l mut Node;
    type IntoIter = std::slice::IterMut<'l, Node>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

impl NestedPart for InListMembers {
    fn traits(&self) -> NodeTraits {
        self.nodes.traits()
    }

    fn fault(message: String) -> Self {
        Vec::fault(message).into()
    }
}

impl From<Vec<Node>> for InListMembers {
    fn from(nodes: Vec<Node>) -> Self {
        Self { nodes, ..Self::default() }
    }
}

impl From<Vec<Node>> for Nested<InListMembers> {
    fn from(nodes: Vec<Node>) -> Self {
        InListMembers::from(nodes).into()
    }
}

impl FromIterator<Node> for Nested<InListMembers> {
    fn from_iter<I: IntoIterator<Item = Node>>(nodes: I) -> Self {
        nodes.into_iter().collect::<Vec<_>>().into()
    }
}

impl Clone for InListMembers {
    fn clone(&self) -> Self {
        self.nodes.clone().into()
    }
}

impl PartialEq for InListMembers {
    fn eq(&self, other: &Self) -> bool {
        self.nodes == other.nodes
    }
}

impl fmt::Debug for InListMembers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.nodes.fmt(f)
    }
}
