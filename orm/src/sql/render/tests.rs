//! Every kind of node on every dialect, as text and binds; each statement must also satisfy an independent parser.
#![allow(clippy::unwrap_used, reason = "tests")]

use sqlparser::dialect::{Dialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::parser::Parser;

use crate::engine::{Capabilities, DialectName, Rendered, Statement, render};
use crate::error::{Error, Result};
use crate::sql::tree::*;
use crate::value::{DataType, Value};

/// Renders to text and parameters, and parses the text.
pub(crate) fn rendered(statement: &dyn Statement, caps: &Capabilities) -> Result<(String, Vec<String>)> {
    let Rendered { sql, parameters } = render(statement, caps)?;
    let dialect: &dyn Dialect = match caps.dialect {
        DialectName::Sqlite => &SQLiteDialect {},
        DialectName::Postgres => &PostgreSqlDialect {},
        DialectName::Mysql => &MySqlDialect {},
    };
    Parser::parse_sql(dialect, &sql).unwrap_or_else(|error| panic!("{error}: {sql}"));
    Ok((sql, parameters))
}

/// Renders for SQLite.
pub(crate) fn sqlite(statement: &dyn Statement) -> String {
    rendered(statement, &Capabilities::sqlite()).unwrap().0
}

/// Renders an expression alone, on SQLite, PostgreSQL and MySQL.
pub(crate) fn on_each(node: &Node) -> [String; 3] {
    let tree = SelectTree { items: vec![item(node.clone())], ..SelectTree::default() };
    // The casts of parameters have a test of their own.
    let mut mysql = Capabilities::mysql();
    mysql.cast_parameters = false;
    [Capabilities::sqlite(), Capabilities::postgres(), mysql]
        .map(|caps| rendered(&tree, &caps).unwrap().0.trim_start_matches("SELECT ").to_owned())
}

/// Checks an expression that reads alike everywhere (placeholders apart).
#[track_caller]
pub(crate) fn check(node: &Node, expected: &str) {
    let [sqlite, postgres, mysql] = on_each(node);
    let mut count = 0;
    let dollars: String = expected
        .chars()
        .map(|c| {
            if c == '?' {
                count += 1;
                format!("${count}")
            } else {
                c.to_string()
            }
        })
        .collect();
    assert_eq!(sqlite, expected, "SQLite");
    assert_eq!(postgres, dollars, "PostgreSQL");
    assert_eq!(mysql, expected, "MySQL");
}

fn col(name: &'static str) -> Node {
    Node::Column(ColumnRef::new("t", name))
}

fn bind(value: i64) -> Node {
    Node::Bind(Value::I64(value))
}

fn text(value: &str) -> Node {
    Node::Bind(Value::Text(value.to_owned()))
}

fn item(node: Node) -> SelectItem {
    SelectItem { node, label: None }
}

fn named(name: &'static str) -> TableRef {
    TableRef::named(name)
}

fn binary(left: Node, op: BinaryOp, right: Node) -> Node {
    Node::Binary { left: left.into(), op, right: right.into() }
}

fn eq(left: Node, right: Node) -> Node {
    binary(left, BinaryOp::Eq, right)
}

fn users() -> SelectTree {
    SelectTree { items: vec![item(col("id"))], from: vec![FromItem::Table(named("t"))], ..SelectTree::default() }
}

#[test]
fn a_select_reads_as_sqlalchemy_would_write_it() {
    let column = |name: &'static str| Node::Column(ColumnRef::new("user_account", name));
    let tree = SelectTree {
        items: vec![item(column("id")), item(column("name"))],
        from: vec![FromItem::Table(named("user_account"))],
        filters: vec![eq(column("name"), text("ed"))],
        order_by: vec![OrderKey { node: column("id"), descending: false, nulls_first: None }],
        limit: Some(Value::I64(1)),
        ..SelectTree::default()
    };
    let (sql, binds) = rendered(&tree, &Capabilities::sqlite()).unwrap();
    assert_eq!(
        sql,
        "SELECT user_account.id, user_account.name FROM user_account \
         WHERE user_account.name = ? ORDER BY user_account.id LIMIT ?"
    );
    assert_eq!(binds, ["'ed'", "1"]);
}

#[test]
fn every_clause_in_its_place() {
    let mut tree = users();
    tree.distinct = true;
    tree.items = vec![
        SelectItem { node: col("name"), label: Some("who".into()) },
        SelectItem {
            node: Node::Function { name: "count".into(), arguments: vec![Node::Star].into(), distinct: false },
            label: Some("n".into()),
        },
    ];
    let address = TableRef { schema: Some("main".into()), alias: Some("a1".into()), ..TableRef::named("address") };
    tree.joins = vec![
        Join { kind: JoinKind::Inner, item: FromItem::Table(address), on: eq(col("id"), col("a")) },
        Join {
            kind: JoinKind::Left,
            item: FromItem::Select { select: users().into(), alias: "sub".into() },
            on: eq(col("id"), col("b")),
        },
    ];
    tree.filters = vec![eq(col("a"), bind(1)), Node::Or(vec![eq(col("b"), bind(2)), eq(col("c"), bind(3))].into())];
    tree.group_by = vec![col("name")];
    tree.having = vec![binary(Node::LabelRef("n".into()), BinaryOp::Gt, bind(4))];
    tree.order_by = vec![
        OrderKey { node: Node::LabelRef("n".into()), descending: true, nulls_first: Some(false) },
        OrderKey { node: Node::LabelRef("who".into()), descending: false, nulls_first: Some(true) },
    ];
    tree.offset = Some(Value::I64(5));
    let head = "SELECT DISTINCT t.name AS who, count(*) AS n FROM t JOIN main.address AS a1 ON t.id = t.a \
                LEFT OUTER JOIN (SELECT t.id FROM t) AS sub ON t.id = t.b ";
    let sql = |caps| rendered(&tree, &caps).unwrap().0;
    assert_eq!(
        sql(Capabilities::sqlite()),
        head.to_owned()
            + "WHERE t.a = ? AND (t.b = ? OR t.c = ?) GROUP BY t.name HAVING n > ? \
               ORDER BY n DESC NULLS LAST, who NULLS FIRST LIMIT -1 OFFSET ?"
    );
    assert_eq!(
        sql(Capabilities::postgres()),
        head.to_owned()
            + "WHERE t.a = $1 AND (t.b = $2 OR t.c = $3) GROUP BY t.name HAVING n > $4 \
               ORDER BY n DESC NULLS LAST, who NULLS FIRST OFFSET $5"
    );
    assert_eq!(
        sql(Capabilities::mysql()),
        head.to_owned()
            + "WHERE t.a = ? AND (t.b = ? OR t.c = ?) GROUP BY t.name HAVING n > ? \
               ORDER BY count(*) IS NULL, n DESC, who IS NULL DESC, who LIMIT 18446744073709551615 OFFSET ?"
    );
}

#[test]
fn parentheses_only_where_the_meaning_needs_them() {
    use BinaryOp::{Add, Concat, Eq, Gt, Mul, Sub};
    let (a, b, c) = (|| col("a"), || col("b"), || col("c"));
    let and = |operands: Vec<Node>| Node::And(operands.into());
    let or = |operands: Vec<Node>| Node::Or(operands.into());
    let not = |inner| Node::Not(NodeBox::from(inner));
    let negate = |inner| Node::Negate(NodeBox::from(inner));
    check(&binary(binary(a(), Add, b()), Mul, c()), "(t.a + t.b) * t.c");
    check(&binary(a(), Add, binary(b(), Mul, c())), "t.a + t.b * t.c");
    check(&binary(a(), Add, binary(b(), Add, c())), "t.a + t.b + t.c");
    check(&binary(a(), Sub, binary(b(), Sub, c())), "t.a - (t.b - t.c)");
    check(&binary(binary(a(), Sub, b()), Sub, c()), "t.a - t.b - t.c");
    check(&binary(a(), Mul, binary(b(), BinaryOp::Rem, c())), "t.a * (t.b % t.c)");
    check(&binary(a(), Mul, binary(binary(b(), Mul, c()), Mul, a())), "t.a * t.b * t.c * t.a");
    check(&binary(a(), Mul, binary(binary(b(), BinaryOp::Rem, c()), Mul, a())), "t.a * (t.b % t.c * t.a)");
    check(&binary(a(), Mul, binary(binary(b(), BinaryOp::Div, c()), Mul, a())), "t.a * (t.b / t.c * t.a)");
    check(&negate(negate(binary(a(), Add, b()))), "-(-(t.a + t.b))");
    check(&binary(a(), Sub, negate(b())), "t.a - -t.b");
    check(&binary(binary(a(), Gt, b()), Eq, c()), "(t.a > t.b) = t.c");
    check(&eq(binary(a(), Add, b()), c()), "t.a + t.b = t.c");
    check(&not(eq(a(), b())), "NOT t.a = t.b");
    check(&not(and(vec![a(), b()])), "NOT (t.a AND t.b)");
    check(&and(vec![a(), or(vec![b(), c()])]), "t.a AND (t.b OR t.c)");
    check(&or(vec![a(), and(vec![b(), c()])]), "t.a OR t.b AND t.c");
    check(&and(vec![or(vec![a()]), not(b())]), "t.a AND NOT t.b");
    check(&eq(not(a()), b()), "(NOT t.a) = t.b");
    check(&Node::IsNull { operand: eq(a(), b()).into(), negated: false }, "(t.a = t.b) IS NULL");
    let concat = binary(binary(a(), Concat, b()), Concat, binary(c(), Add, bind(1)));
    assert_eq!(on_each(&concat)[..2], ["t.a || t.b || (t.c + ?)", "t.a || t.b || (t.c + $1)"]);
    assert_eq!(on_each(&concat)[2], "concat(t.a, t.b, t.c + ?)");
}

#[test]
fn predicates() {
    let boxed = |node: Node| NodeBox::from(node);
    let between = Node::Between { operand: boxed(col("a")), low: boxed(bind(1)), high: boxed(bind(2)), negated: true };
    check(&between, "t.a NOT BETWEEN ? AND ?");
    check(&Node::IsNull { operand: boxed(col("a")), negated: true }, "t.a IS NOT NULL");
    check(
        &Node::InList { operand: boxed(col("a")), list: vec![bind(1), bind(2)].into(), negated: false },
        "t.a IN (?, ?)",
    );
    check(
        &Node::InSelect { operand: boxed(col("a")), select: boxed_select(), negated: true },
        "t.a NOT IN (SELECT t.id FROM t)",
    );
    check(&Node::Exists { select: boxed_select(), negated: true }, "NOT EXISTS (SELECT t.id FROM t)");
    check(&eq(Node::Scalar(boxed_select()), bind(1)), "(SELECT t.id FROM t) = ?");
    let case =
        Node::Case { whens: vec![(eq(col("a"), bind(1)), text("one"))].into(), otherwise: Some(boxed(text("many"))) };
    check(&case, "CASE WHEN t.a = ? THEN ? ELSE ? END");
    let distinct = Node::Function { name: "count".into(), arguments: vec![col("a")].into(), distinct: true };
    check(&distinct, "count(DISTINCT t.a)");
    check(&Node::Function { name: "now".into(), arguments: vec![].into(), distinct: false }, "CURRENT_TIMESTAMP");
}

fn boxed_select() -> SelectBox {
    users().into()
}

#[test]
fn what_dialects_write_differently() {
    let boxed = |node: Node| NodeBox::from(node);
    let empty = |negated| Node::InList { operand: boxed(col("a")), list: vec![].into(), negated };
    assert_eq!(on_each(&empty(false)), ["1 = 0", "FALSE", "FALSE"]);
    assert_eq!(on_each(&Node::Not(boxed(empty(true)))), ["NOT 1 = 1", "NOT TRUE", "NOT TRUE"]);
    assert_eq!(on_each(&eq(Node::And(vec![].into()), col("a"))), ["(1 = 1) = t.a", "TRUE = t.a", "TRUE = t.a"]);
    let like = |ignore_case, negated| Node::Like {
        operand: boxed(col("a")),
        pattern: boxed(text("x%")),
        escape: Some('/'),
        ignore_case,
        negated,
    };
    let letters = "t.a NOT LIKE ? COLLATE utf8mb4_0900_bin ESCAPE '/'";
    assert_eq!(on_each(&like(false, true)), ["NOT orm_like(t.a, ?, '/')", "t.a NOT LIKE $1 ESCAPE '/'", letters]);
    let lowered = "lower(t.a) LIKE lower(?) COLLATE utf8mb4_0900_bin ESCAPE '/'";
    assert_eq!(on_each(&like(true, false)), ["orm_ilike(t.a, ?, '/')", "t.a ILIKE $1 ESCAPE '/'", lowered]);
    let pair = |a, b| Node::Tuple(vec![a, b].into());
    let tuples = Node::InList {
        operand: boxed(pair(col("a"), col("b"))),
        list: vec![pair(bind(1), bind(2)), pair(bind(3), bind(4))].into(),
        negated: false,
    };
    assert_eq!(on_each(&tuples)[0], "(t.a, t.b) IN (VALUES (?, ?), (?, ?))");
    assert_eq!(on_each(&tuples)[1], "(t.a, t.b) IN (($1, $2), ($3, $4))");
    let division = binary(col("a"), BinaryOp::IntegerDiv, bind(2));
    assert_eq!(on_each(&division), ["t.a / ?", "t.a / $1", "t.a DIV ?"]);
    let sum = Node::Function { name: "sum".into(), arguments: vec![col("a")].into(), distinct: false };
    let sum = Node::Typed { operand: boxed(sum), to: DataType::BigInteger };
    assert_eq!(on_each(&sum), ["sum(t.a)", "CAST(sum(t.a) AS BIGINT)", "sum(t.a)"]);
    let cast = |to| on_each(&Node::Cast { operand: boxed(col("a")), to });
    assert_eq!(cast(DataType::String(Some(9))), ["TEXT", "VARCHAR(9)", "CHAR(9)"].map(|t| format!("CAST(t.a AS {t})")));
    assert_eq!(
        cast(DataType::Numeric(Some((9, 2)))),
        ["orm_decimal_fit(t.a, 9, 2)", "CAST(t.a AS NUMERIC(9, 2))", "CAST(t.a AS DECIMAL(9, 2))"].map(str::to_owned)
    );
    let integer = ["CAST(t.a AS INTEGER)", "CAST(t.a AS BIGINT)", "((round(t.a) + CAST(0 AS DECIMAL(19))) DIV 1)"];
    assert_eq!(cast(DataType::BigInteger), integer);
    assert_eq!(cast(DataType::Date), ["TEXT", "DATE", "DATE"].map(|t| format!("CAST(t.a AS {t})")));
}

#[test]
fn text_is_kept_apart_from_what_surrounds_it() {
    let fragment =
        Node::Text(vec![TextPart::Sql("a = ".into()), TextPart::Bind(Value::I64(1)), TextPart::Sql(" OR b".into())]);
    check(&fragment, "a = ? OR b");
    check(&Node::And(vec![fragment.clone()].into()), "a = ? OR b");
    check(&Node::And(vec![fragment, col("c")].into()), "(a = ? OR b) AND t.c");
    check(&eq(Node::Text(vec![TextPart::Sql("t.x".into())]), col("c")), "t.x = t.c");
    let open = Node::Text(vec![TextPart::Parameter("x".into())]);
    let tree = SelectTree { items: vec![item(open)], ..SelectTree::default() };
    let error = rendered(&tree, &Capabilities::sqlite()).unwrap_err();
    assert!(error.to_string().contains(":x without a value"), "{error}");
}

#[test]
fn inserts() {
    let insert = |columns: Vec<Name>, rows, returning| InsertTree { table: named("t"), columns, rows, returning };
    let two = insert(
        vec!["a".into(), "order".into()],
        vec![vec![bind(1), text("x")], vec![bind(2), binary(bind(1), BinaryOp::Add, bind(2))]],
        vec![item(col("id"))],
    );
    let (sql, binds) = rendered(&two, &Capabilities::postgres()).unwrap();
    assert_eq!(sql, "INSERT INTO t (a, \"order\") VALUES ($1, $2), ($3, $4 + $5) RETURNING t.id");
    assert_eq!(binds.len(), 5);
    let error = rendered(&two, &Capabilities::mysql()).unwrap_err();
    assert!(error.to_string().starts_with("MySQL has no INSERT ... RETURNING; run it without"), "{error}");

    let defaults = insert(vec![], vec![vec![]], vec![]);
    assert_eq!(sqlite(&defaults), "INSERT INTO t DEFAULT VALUES");
    assert_eq!(rendered(&defaults, &Capabilities::mysql()).unwrap().0, "INSERT INTO t () VALUES ()");
    let several = insert(vec![], vec![vec![], vec![]], vec![]);
    assert!(matches!(rendered(&several, &Capabilities::sqlite()), Err(Error::Unsupported { .. })));
    let ragged = insert(vec!["a".into()], vec![vec![]], vec![]);
    assert!(matches!(rendered(&ragged, &Capabilities::sqlite()), Err(Error::InvalidRequest { .. })));
}

#[test]
fn updates_and_deletes() {
    let mut update = UpdateTree {
        table: named("t"),
        set: vec![("age".into(), binary(col("age"), BinaryOp::Add, bind(1))), ("name".into(), text("x"))],
        filters: vec![eq(col("id"), bind(7))],
        returning: vec![],
    };
    assert_eq!(sqlite(&update), "UPDATE t SET age = t.age + ?, name = ? WHERE t.id = ?");
    update.set.clear();
    assert!(matches!(rendered(&update, &Capabilities::sqlite()), Err(Error::InvalidRequest { .. })));
    let delete =
        DeleteTree { table: named("t"), filters: vec![eq(col("id"), bind(7))], returning: vec![item(col("id"))] };
    assert_eq!(sqlite(&delete), "DELETE FROM t WHERE t.id = ? RETURNING t.id");
    assert!(matches!(rendered(&delete, &Capabilities::mysql()), Err(Error::Unsupported { .. })));
    let delete = StatementTree::Delete(DeleteTree { filters: vec![], returning: vec![], ..delete });
    assert_eq!(sqlite(&delete), "DELETE FROM t");
}

#[test]
fn hostile_input_stays_data() {
    let hostile = "x'; DROP TABLE t; --";
    let (sql, binds) =
        rendered(&SelectTree { filters: vec![eq(col("a"), text(hostile))], ..users() }, &Capabilities::sqlite())
            .unwrap();
    assert_eq!((sql.as_str(), binds), ("SELECT t.id FROM t WHERE t.a = ?", vec!["'x''; DROP TABLE t; --'".to_owned()]));

    let name = "a\"; DROP TABLE t; --";
    let reference = ColumnRef::new(name, name);
    let tree = SelectTree {
        items: vec![SelectItem { node: Node::Column(reference), label: Some(name.into()) }],
        from: vec![FromItem::Table(TableRef { alias: Some(name.into()), ..TableRef::named(name) })],
        ..SelectTree::default()
    };
    let quoted = "\"a\"\"; DROP TABLE t; --\"";
    assert_eq!(sqlite(&tree), format!("SELECT {quoted}.{quoted} AS {quoted} FROM {quoted} AS {quoted}"));

    let function = Node::Function { name: "f(1); DROP TABLE t; --".into(), arguments: vec![].into(), distinct: false };
    let sql = sqlite(&SelectTree { items: vec![item(function)], ..SelectTree::default() });
    assert_eq!(sql, "SELECT \"f(1); DROP TABLE t; --\"()");

    for escape in ['\'', '\\'] {
        let like = Node::Like {
            operand: col("a").into(),
            pattern: text("x").into(),
            escape: Some(escape),
            ignore_case: false,
            negated: false,
        };
        let tree = SelectTree { filters: vec![like], ..users() };
        assert!(rendered(&tree, &Capabilities::sqlite()).is_err());
    }
}

#[test]
fn sensitive_values_travel_marked() {
    let secret = Node::Sensitive(Value::Text("hunter2".into()).into());
    let tree = SelectTree { filters: vec![eq(col("a"), secret)], ..users() };
    let (sql, binds) = rendered(&tree, &Capabilities::sqlite()).unwrap();
    assert_eq!((sql.as_str(), binds), ("SELECT t.id FROM t WHERE t.a = ?", vec!["***".to_owned()]));
}

#[test]
fn a_parameter_of_a_result_is_cast_where_it_has_no_type() {
    let sum = binary(col("a"), BinaryOp::Add, bind(1));
    let tree = SelectTree { items: vec![item(sum), item(text("x"))], ..SelectTree::default() };
    let sql = rendered(&tree, &Capabilities::mysql()).unwrap().0;
    assert_eq!(sql, "SELECT t.a + CAST(? AS SIGNED), concat(?)");
}

/// MariaDB and MySQL count the bytes of a text by `length`, and a program that names that function means it.
#[test]
fn only_a_function_of_the_crate_is_spelled_by_the_dialect() {
    let call = |name: Function| Node::Function { name, arguments: vec![col("a")].into(), distinct: false };
    assert_eq!(on_each(&call(Function::CharacterLength)), ["length(t.a)", "length(t.a)", "char_length(t.a)"]);
    assert_eq!(on_each(&call("length".into())), ["length(t.a)"; 3]);
}
