//! Renders expressions, with only the parentheses that some database needs.

use super::decimal;
use super::in_list::in_list;
use super::like::like;
use super::list::{bind_value, column, comma_list};
use super::select::{select, select_keys};
use crate::engine::{Bind, Capabilities, SqlWriter, TextWriter};
use crate::error::{Error, Result};
use crate::sql::tree::{BinaryOp, ColumnRef, Function, Node, Secret, SelectTree, TextPart};
use crate::text::ParameterContext;
use crate::value::{DataType, ValueRef};

/// Operator precedence, lowest first.
///
/// Databases disagree about `||`, so `||` and arithmetic are always separated by parentheses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Precedence {
    /// Text of the caller, of unknown precedence.
    Unknown,
    Or,
    And,
    Not,
    Comparison,
    Concat,
    Sum,
    Product,
    Atom,
}

/// Writes an expression without surrounding parentheses.
///
/// Only dispatches to other functions, because its stack frame is needed once for each level of an expression.
pub(in crate::sql) fn expression<'b>(out: &mut dyn SqlWriter<'b>, node: &'b Node) -> Result<()> {
    match node {
        Node::Column(reference) => column_ref(out, reference),
        Node::Bind(value) => bind_value(out, value),
        Node::Sensitive(Secret(value)) => out.push_bind(Bind::Sensitive(value)),
        Node::Binary { left, op, right } => binary(out, left, *op, right),
        Node::Chain { first, rest } => chain(out, first, rest),
        Node::And(operands) => joined(out, operands, Precedence::And),
        Node::Or(operands) => joined(out, operands, Precedence::Or),
        Node::Not(inner) => around(out, "NOT ", inner, Precedence::Comparison, ""),
        Node::Negate(inner) if decimal::is_foreign(out.capabilities(), node) => decimal::negate(out, inner),
        Node::Negate(inner) => negate(out, inner),
        Node::IsNull { operand, negated: false } => around(out, "", operand, Precedence::Concat, " IS NULL"),
        Node::IsNull { operand, negated: true } => around(out, "", operand, Precedence::Concat, " IS NOT NULL"),
        Node::Between { operand, low, high, negated } => between(out, operand, [low, high], *negated),
        Node::InList { operand, list, negated } => in_list(out, operand, list, *negated),
        Node::InSelect { operand, select, negated } => in_select(out, operand, select, *negated),
        Node::Like { .. } => like(out, node),
        Node::Function { name, arguments, distinct } => function(out, name, arguments, *distinct),
        Node::Star => token(out, "*"),
        Node::Cast { operand, to } if cast_cuts(to, out.capabilities()) => integer_cast(out, operand),
        Node::Cast { operand, to } => cast(out, operand, to),
        Node::Typed { operand, to } if is_cast(to, out.capabilities()) => cast(out, operand, to),
        Node::Typed { operand, .. } => expression(out, operand),
        Node::Decimal(inner) => expression(out, inner),
        Node::Stored { operand, .. } if out.capabilities().decimals => expression(out, operand),
        Node::Stored { operand, digits } => decimal::stored(out, operand, *digits),
        Node::Case { .. } => case(out, node),
        Node::Tuple(parts) => tuple(out, parts),
        Node::Exists { select, negated: false } => subquery(out, "EXISTS (", select),
        Node::Exists { select, negated: true } => subquery(out, "NOT EXISTS (", select),
        Node::Scalar(select) => subquery(out, "(", select),
        Node::Text(parts) => text(out, parts, None),
        Node::LabelRef(label) => identifier(out, label),
        Node::Fault(fault) => Err(Error::invalid(fault)),
    }
}

fn column_ref(out: &mut dyn SqlWriter<'_>, reference: &ColumnRef) -> Result<()> {
    column(out, reference.table.as_deref(), &reference.name);
    if reference.sensitive {
        out.note_sensitive();
    }
    Ok(())
}

fn token(out: &mut dyn SqlWriter<'_>, token: &str) -> Result<()> {
    out.push_sql(token);
    Ok(())
}

fn identifier(out: &mut dyn SqlWriter<'_>, name: &str) -> Result<()> {
    out.push_identifier(name);
    Ok(())
}

/// Writes an operand with text before and after it.
fn around<'b>(
    out: &mut dyn SqlWriter<'b>,
    before: &str,
    inner: &'b Node,
    least: Precedence,
    after: &str,
) -> Result<()> {
    out.push_sql(before);
    operand(out, inner, least)?;
    token(out, after)
}

fn between<'b>(out: &mut dyn SqlWriter<'b>, inner: &'b Node, bounds: [&'b Node; 2], negated: bool) -> Result<()> {
    let keyed = decimal::any_foreign(out.capabilities(), [inner, bounds[0], bounds[1]]);
    let signs = [if negated { " NOT BETWEEN " } else { " BETWEEN " }, " AND ", ""];
    for (node, sign) in [inner, bounds[0], bounds[1]].into_iter().zip(signs) {
        decimal::compared(out, keyed, node, Precedence::Concat)?;
        out.push_sql(sign);
    }
    Ok(())
}

fn in_select<'b>(out: &mut dyn SqlWriter<'b>, inner: &'b Node, tree: &'b SelectTree, negated: bool) -> Result<()> {
    let selected = |(at, tested): (usize, &'b Node)| {
        let item = tree.items.get(at).map(|item| &item.node);
        decimal::any_foreign(out.capabilities(), std::iter::once(tested).chain(item))
    };
    let keyed: Vec<bool> = decimal::parts(inner).iter().enumerate().map(selected).collect();
    decimal::row(out, inner, &keyed)?;
    out.push_sql(if negated { " NOT IN (" } else { " IN (" });
    select_keys(out, tree, &keyed)?;
    token(out, ")")
}

fn subquery<'b>(out: &mut dyn SqlWriter<'b>, before: &str, tree: &'b SelectTree) -> Result<()> {
    out.push_sql(before);
    select(out, tree)?;
    token(out, ")")
}

/// Writes a keyword and conditions joined by AND; nothing without conditions.
pub(super) fn conditions<'b>(out: &mut dyn SqlWriter<'b>, keyword: &str, conditions: &'b [Node]) -> Result<()> {
    if conditions.is_empty() {
        return Ok(());
    }
    out.push_sql(keyword);
    joined(out, conditions, Precedence::And)
}

/// Writes an operand, in parentheses when its precedence is too low.
pub(super) fn operand<'b>(out: &mut dyn SqlWriter<'b>, node: &'b Node, least: Precedence) -> Result<()> {
    if precedence(node, out.capabilities()) >= least {
        return expression(out, node);
    }
    out.push_sql("(");
    expression(out, node)?;
    out.push_sql(")");
    Ok(())
}

fn precedence(node: &Node, caps: &Capabilities) -> Precedence {
    match node {
        Node::Decimal(inner) => precedence(inner, caps),
        Node::Stored { operand, .. } if caps.decimals => precedence(operand, caps),
        // Decimals are computed by functions.
        Node::Binary { .. } | Node::Chain { .. } | Node::Negate(_) if decimal::is_foreign(caps, node) => {
            Precedence::Atom
        }
        Node::Binary { .. } | Node::Chain { .. } => match operator_of(node) {
            Some(BinaryOp::Concat) if caps.concat_operator => Precedence::Concat,
            Some(BinaryOp::Concat) => Precedence::Atom,
            Some(BinaryOp::Add | BinaryOp::Sub) => Precedence::Sum,
            Some(BinaryOp::Mul | BinaryOp::Div | BinaryOp::IntegerDiv | BinaryOp::Rem) => Precedence::Product,
            _ => Precedence::Comparison,
        },
        Node::And(operands) | Node::Or(operands) => match (&**operands, node) {
            ([], _) => constant_precedence(caps),
            ([only], _) => precedence(only, caps),
            (_, Node::And(_)) => Precedence::And,
            _ => Precedence::Or,
        },
        Node::InList { list, .. } if list.is_empty() => constant_precedence(caps),
        Node::Not(_) | Node::Exists { negated: true, .. } => Precedence::Not,
        Node::IsNull { .. }
        | Node::Between { .. }
        | Node::InList { .. }
        | Node::InSelect { .. }
        | Node::Like { .. } => Precedence::Comparison,
        Node::Typed { operand, to } if !is_cast(to, caps) => precedence(operand, caps),
        // Tighter than any operator, but not tight enough for a second sign: `--` begins a comment.
        Node::Negate(_) => Precedence::Product,
        Node::Text(parts) if !is_single_token(parts) => Precedence::Unknown,
        _ => Precedence::Atom,
    }
}

/// The operator that is applied last.
fn operator_of(node: &Node) -> Option<BinaryOp> {
    match node {
        Node::Binary { op, .. } => Some(*op),
        Node::Chain { rest, .. } => rest.last().map(|(op, _)| *op),
        _ => None,
    }
}

fn binary<'b>(out: &mut dyn SqlWriter<'b>, left: &'b Node, op: BinaryOp, right: &'b Node) -> Result<()> {
    if op == BinaryOp::Concat && !out.capabilities().concat_operator {
        return concat_function(out, [left, right]);
    }
    let keyed = decimal::any_foreign(out.capabilities(), [left, right]);
    if keyed && op.is_arithmetic() {
        return decimal::arithmetic(out, left, std::iter::once((op, right)));
    }
    match keyed {
        true => decimal::compared(out, true, left, Precedence::Concat)?,
        false => side(out, left, op, left_least(left, op))?,
    }
    right_side(out, op, right, keyed)
}

/// `a + b - c ...`, as far as the database bears.
fn chain<'b>(out: &mut dyn SqlWriter<'b>, first: &'b Node, rest: &'b [(BinaryOp, Node)]) -> Result<()> {
    let caps = out.capabilities();
    if rest.len() >= caps.max_chain {
        return Err(Error::Unsupported {
            dialect: caps.name,
            feature: format!("room for {} operands in a row, but for {} at most", rest.len() + 1, caps.max_chain),
            instead: "compute a part of them in the program, or by a query of its own".to_owned(),
        });
    }
    let Some((op, _)) = rest.first() else { return expression(out, first) };
    if *op == BinaryOp::Concat && !caps.concat_operator {
        return concat_function(out, std::iter::once(first).chain(rest.iter().map(|(_, operand)| operand)));
    }
    let operands = rest.iter().map(|(op, operand)| (*op, operand));
    if op.is_arithmetic() && decimal::any_foreign(caps, std::iter::once(first).chain(operands.clone().map(|it| it.1))) {
        return decimal::arithmetic(out, first, operands);
    }
    side(out, first, *op, left_least(first, *op))?;
    operands.into_iter().try_for_each(|(op, operand)| right_side(out, op, operand, false))
}

/// Writes an operator and its right operand; `keyed` when decimals are compared.
fn right_side<'b>(out: &mut dyn SqlWriter<'b>, op: BinaryOp, right: &'b Node, keyed: bool) -> Result<()> {
    let caps = out.capabilities();
    let (symbol, least) = match op {
        BinaryOp::Concat => (" || ", concat_least(right)),
        BinaryOp::Add => (" + ", associative(right, op, caps)),
        BinaryOp::Sub => (" - ", Precedence::Product),
        BinaryOp::Mul => (" * ", associative(right, op, caps)),
        BinaryOp::IntegerDiv if !caps.integer_division => (" DIV ", Precedence::Atom),
        BinaryOp::Div | BinaryOp::IntegerDiv => (" / ", Precedence::Atom),
        BinaryOp::Rem => (" % ", Precedence::Atom),
        BinaryOp::Eq => (" = ", Precedence::Concat),
        BinaryOp::NotEq => (" != ", Precedence::Concat),
        BinaryOp::Lt => (" < ", Precedence::Concat),
        BinaryOp::LtEq => (" <= ", Precedence::Concat),
        BinaryOp::Gt => (" > ", Precedence::Concat),
        BinaryOp::GtEq => (" >= ", Precedence::Concat),
    };
    out.push_sql(symbol);
    if keyed { decimal::compared(out, true, right, least) } else { side(out, right, op, least) }
}

/// Minimum precedence of the left operand.
fn left_least(left: &Node, op: BinaryOp) -> Precedence {
    match op {
        BinaryOp::Concat => concat_least(left),
        BinaryOp::Add | BinaryOp::Sub => Precedence::Sum,
        BinaryOp::Mul | BinaryOp::Div | BinaryOp::IntegerDiv | BinaryOp::Rem => Precedence::Product,
        _ => Precedence::Concat,
    }
}

fn negate<'b>(out: &mut dyn SqlWriter<'b>, inner: &'b Node) -> Result<()> {
    out.push_sql("-");
    side(out, inner, BinaryOp::Sub, Precedence::Atom)
}

/// Writes an operand. In arithmetic, an untyped number would turn the result into a float.
fn side<'b>(out: &mut dyn SqlWriter<'b>, node: &'b Node, op: BinaryOp, least: Precedence) -> Result<()> {
    let arithmetic = matches!(op, BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div | BinaryOp::Rem);
    match bound_value(node) {
        Some(ValueRef::I64(_) | ValueRef::F64(_) | ValueRef::Decimal(_)) if arithmetic => result_value(out, node),
        _ => operand(out, node, least),
    }
}

/// Minimum precedence of the right operand of `+` or `*`. `a + (b + c)` needs no parentheses, `a + (b - c)` keeps them.
/// `a * (b / c * d)` keeps them as well: without them the division would come later.
fn associative(right: &Node, op: BinaryOp, caps: &Capabilities) -> Precedence {
    match (op, operator_of(right)) {
        (BinaryOp::Add, Some(BinaryOp::Add)) => Precedence::Sum,
        (BinaryOp::Add, _) => Precedence::Product,
        _ if is_product(right, caps) => Precedence::Product,
        _ => Precedence::Atom,
    }
}

/// Whether the expression is a product without other operators.
fn is_product(node: &Node, caps: &Capabilities) -> bool {
    let begins = |left: &Node| is_product(left, caps) || precedence(left, caps) != Precedence::Product;
    match node {
        Node::Binary { left, op: BinaryOp::Mul, .. } => begins(left),
        Node::Chain { first, rest } => rest.iter().all(|(op, _)| *op == BinaryOp::Mul) && begins(first),
        _ => false,
    }
}

fn concat_least(side: &Node) -> Precedence {
    match operator_of(side) {
        Some(BinaryOp::Concat) => Precedence::Concat,
        _ => Precedence::Atom,
    }
}

/// `concat(a, b, c)` for `a || b || c`.
fn concat_function<'b>(out: &mut dyn SqlWriter<'b>, operands: impl IntoIterator<Item = &'b Node>) -> Result<()> {
    fn arguments<'b>(out: &mut dyn SqlWriter<'b>, node: &'b Node) -> Result<()> {
        match node {
            Node::Binary { left, op: BinaryOp::Concat, right } => comma_list(out, [&**left, &**right], arguments),
            Node::Chain { first, rest } if operator_of(node) == Some(BinaryOp::Concat) => {
                let operands = std::iter::once(&**first).chain(rest.iter().map(|(_, operand)| operand));
                comma_list(out, operands, arguments)
            }
            _ => expression(out, node),
        }
    }
    out.push_sql("concat(");
    comma_list(out, operands, arguments)?;
    out.push_sql(")");
    Ok(())
}

/// `a AND b AND ...` or `a OR b OR ...`; the neutral element when empty.
fn joined<'b>(out: &mut dyn SqlWriter<'b>, operands: &'b [Node], own: Precedence) -> Result<()> {
    match operands {
        [] => constant(out, own == Precedence::And),
        [only] => return expression(out, only),
        _ => return groups(out, operands, own),
    }
    Ok(())
}

/// Operands in a row; more than the parser of the database bears, in groups within parentheses.
fn groups<'b>(out: &mut dyn SqlWriter<'b>, operands: &'b [Node], own: Precedence) -> Result<()> {
    // A quarter, as groups stand within groups.
    let most = out.capabilities().max_chain / 4;
    let mut group = 1;
    while operands.len().div_ceil(group) > most {
        group *= most;
    }
    for (index, part) in operands.chunks(group).enumerate() {
        if index > 0 {
            out.push_sql(if own == Precedence::And { " AND " } else { " OR " });
        }
        match part {
            [only] => operand(out, only, own)?,
            _ => {
                out.push_sql("(");
                groups(out, part, own)?;
                out.push_sql(")");
            }
        }
    }
    Ok(())
}

/// A condition that always or never holds.
pub(super) fn constant(out: &mut dyn SqlWriter<'_>, holds: bool) {
    out.push_sql(match (holds, out.capabilities().booleans) {
        (true, true) => "TRUE",
        (false, true) => "FALSE",
        (true, false) => "1 = 1",
        (false, false) => "1 = 0",
    });
}

fn constant_precedence(caps: &Capabilities) -> Precedence {
    if caps.booleans { Precedence::Atom } else { Precedence::Comparison }
}

fn function<'b>(
    out: &mut dyn SqlWriter<'b>,
    function: &'b Function,
    arguments: &'b [Node],
    distinct: bool,
) -> Result<()> {
    let name = function.name();
    if let (Some(keyword), []) = (niladic(name), arguments) {
        out.push_sql(keyword);
        return Ok(());
    }
    if decimal::any_foreign(out.capabilities(), arguments) && !name.starts_with("orm_decimal") {
        return decimal::function(out, &name.to_ascii_lowercase(), arguments, distinct);
    }
    match function {
        Function::CharacterLength => {
            let name = out.capabilities().character_length;
            out.push_sql(name);
        }
        Function::Named(name) => function_name(out, name),
    }
    out.push_sql(if distinct { "(DISTINCT " } else { "(" });
    comma_list(out, arguments, result_value)?;
    out.push_sql(")");
    Ok(())
}

/// The functions that the standard writes without parentheses.
fn niladic(name: &str) -> Option<&'static str> {
    match name {
        "current_timestamp" | "now" => Some("CURRENT_TIMESTAMP"),
        "current_date" => Some("CURRENT_DATE"),
        "current_time" => Some("CURRENT_TIME"),
        _ => None,
    }
}

/// Writes a function's name, part by part. A part that is not a plain name is quoted, so that a name cannot inject SQL.
fn function_name(out: &mut dyn SqlWriter<'_>, name: &str) {
    for (index, part) in name.split('.').enumerate() {
        if index > 0 {
            out.push_sql(".");
        }
        let plain = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if plain {
            out.push_sql(part);
        } else {
            out.push_identifier(part);
        }
    }
}

/// Whether an expression of this type is cast.
fn is_cast(to: &DataType, caps: &Capabilities) -> bool {
    // A sum of integers is an exact decimal, which can be read directly.
    caps.cast_results && !cast_cuts(to, caps)
}

/// Whether a cast to this type silently changes numbers that are out of range.
fn cast_cuts(to: &DataType, caps: &Capabilities) -> bool {
    let integer = matches!(to, DataType::SmallInteger | DataType::Integer | DataType::BigInteger);
    integer && caps.casts_cut_integers
}

/// `((round(a) + 0) DIV 1)`: an error for a number that is out of range, where `CAST(a AS SIGNED)` would return the
/// largest integer.
///
/// The zero has 19 digits, because MariaDB computes a quotient of fewer digits in 32 bits and truncates.
fn integer_cast<'b>(out: &mut dyn SqlWriter<'b>, operand: &'b Node) -> Result<()> {
    out.push_sql("((round(");
    expression(out, operand)?;
    out.push_sql(") + CAST(0 AS DECIMAL(19))) DIV 1)");
    Ok(())
}

fn cast<'b>(out: &mut dyn SqlWriter<'b>, operand: &'b Node, to: &DataType) -> Result<()> {
    if decimal::cast(out, operand, to)? {
        return Ok(());
    }
    out.push_sql("CAST(");
    expression(out, operand)?;
    let name = (out.capabilities().cast_type)(to);
    out.push_sql(" AS ");
    out.push_sql(&name);
    out.push_sql(")");
    Ok(())
}

/// Writes an expression that may become a column of the result. A parameter is cast where it has no type before the
/// statement runs.
pub(super) fn result_value<'b>(out: &mut dyn SqlWriter<'b>, node: &'b Node) -> Result<()> {
    match node {
        _ if !out.capabilities().cast_parameters => expression(out, node),
        Node::Bind(value) => out.push_result_bind(Bind::from(value)),
        Node::Sensitive(Secret(value)) => out.push_result_bind(Bind::Sensitive(value)),
        Node::Text(parts) => text(out, parts, Some(ParameterContext::List)),
        Node::Decimal(inner) => result_value(out, inner),
        _ => expression(out, node),
    }
}

/// The value of a node that is a bound value.
fn bound_value(node: &Node) -> Option<ValueRef<'_>> {
    match node {
        Node::Bind(value) => Some(value.as_value_ref()),
        Node::Sensitive(Secret(ValueRef::Owned(value))) => Some(value.as_value_ref()),
        Node::Sensitive(Secret(value)) => Some(value.clone()),
        _ => None,
    }
}

fn case<'b>(out: &mut dyn SqlWriter<'b>, node: &'b Node) -> Result<()> {
    let Node::Case { whens, otherwise } = node else { return Ok(()) };
    if whens.is_empty() {
        return Err(Error::invalid("a CASE has no condition; call when() at least once"));
    }
    out.push_sql("CASE");
    for (condition, result) in whens {
        out.push_sql(" WHEN ");
        expression(out, condition)?;
        out.push_sql(" THEN ");
        result_value(out, result)?;
    }
    if let Some(otherwise) = otherwise {
        out.push_sql(" ELSE ");
        result_value(out, otherwise)?;
    }
    out.push_sql(" END");
    Ok(())
}

fn tuple<'b>(out: &mut dyn SqlWriter<'b>, parts: &'b [Node]) -> Result<()> {
    out.push_sql("(");
    comma_list(out, parts, expression)?;
    out.push_sql(")");
    Ok(())
}

/// Writes a text fragment with its parameters.
fn text<'b>(out: &mut dyn SqlWriter<'b>, parts: &'b [TextPart], rows_from: Option<ParameterContext>) -> Result<()> {
    let mut text = TextWriter::new(out, rows_from);
    for part in parts {
        match part {
            TextPart::Sql(sql) => text.push_sql(sql)?,
            TextPart::Bind(value) => text.push_bind(Bind::from(value))?,
            TextPart::Sensitive(Secret(value)) => text.push_bind(Bind::Sensitive(value))?,
            TextPart::Parameter(name) => {
                return Err(Error::MissingParameter { name: name.to_string() });
            }
            TextPart::Stray(name) => {
                return Err(Error::UnknownParameter { name: name.to_string(), known: None });
            }
        }
    }
    Ok(())
}

/// Whether the text is a single name, number or parameter, which needs no parentheses.
fn is_single_token(parts: &[TextPart]) -> bool {
    match parts {
        [TextPart::Sql(sql)] => sql.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.')),
        [TextPart::Bind(_) | TextPart::Sensitive(_) | TextPart::Parameter(_)] => true,
        _ => false,
    }
}
