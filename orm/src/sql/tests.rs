//! The typed edge: what is written in Rust, and the SQL and parameters that come of it.
#![allow(clippy::unwrap_used, reason = "tests")]

use bigdecimal::BigDecimal;

use super::render::tests::{check, on_each, rendered};
use super::tree::{FromItem, Node, SelectItem, SelectTree};
use super::*;
use crate::engine::{Capabilities, Statement};
use crate::error::Error;

struct User;

impl crate::key::Rooted for User {
    type Root = Self;
}

impl User {
    const ID: Column<Self, i64> = Column::new("u", "id");
    const NAME: Column<Self, String> = Column::new("u", "name");
    const NICK: Column<Self, Option<String>> = Column::new("u", "nick");
    const AGE: Column<Self, i32> = Column::new("u", "age");
    const SCORE: Column<Self, Option<i64>> = Column::new("u", "score");
    const RATIO: Column<Self, f64> = Column::new("u", "ratio");
    const PRICE: Column<Self, BigDecimal> = Column::new("u", "price");
    const ACTIVE: Column<Self, bool> = Column::new("u", "active");
}

/// Checks the SQL, alike on all dialects.
#[track_caller]
fn sql(expression: impl IntoNode, expected: &str) {
    check(&expression.into_node(), expected);
}

/// Checks SQL and parameters of a statement on SQLite.
#[track_caller]
fn statement(statement: &dyn Statement, expected: &str, parameters: &[&str]) {
    let (sql, binds) = rendered(statement, &Capabilities::sqlite()).unwrap();
    assert_eq!(sql, expected);
    assert_eq!(binds, parameters);
}

/// The type of an expression, to be asserted.
fn typed<T>(expression: Expr<T>) -> Expr<T> {
    expression
}

fn ids() -> SelectTree {
    let items = vec![SelectItem { node: User::ID.node(), label: None }];
    SelectTree { items, from: vec![FromItem::Table("u".into())], ..SelectTree::default() }
}

#[test]
fn comparisons() {
    sql(User::NAME.eq("ed"), "u.name = ?");
    sql(User::NAME.ne(String::from("ed")), "u.name != ?");
    let name = String::from("ed");
    sql(User::NAME.eq(&name), "u.name = ?");
    sql(User::NICK.eq(User::NAME), "u.nick = u.name");
    sql(User::AGE.lt(3), "u.age < ?");
    sql(User::AGE.le(3).and(User::AGE.ge(1)), "u.age <= ? AND u.age >= ?");
    sql(User::SCORE.gt(User::ID + 1), "u.score > u.id + ?");
    sql(User::AGE.between(1, 9), "u.age BETWEEN ? AND ?");
    sql(User::NICK.is_null(), "u.nick IS NULL");
    sql(User::NICK.is_not_null(), "u.nick IS NOT NULL");
    sql(User::AGE.in_([1, 2]), "u.age IN (?, ?)");
    sql(User::NAME.not_in(["a", "b"]), "u.name NOT IN (?, ?)");
    sql(User::ID.in_select(ids()), "u.id IN (SELECT u.id FROM u)");
    sql(User::ID.not_in_select(ids()), "u.id NOT IN (SELECT u.id FROM u)");
    sql(User::ID.eq(scalar::<i64>(ids())), "u.id = (SELECT u.id FROM u)");
    assert_eq!(on_each(&User::AGE.in_(Vec::<i32>::new()).into_node())[1], "FALSE");
}

#[test]
fn a_column_type_that_sends_null_is_tested_for_null() {
    #[derive(Debug)]
    struct Empty;
    impl crate::ColumnType for Empty {
        type Base = Self;
        fn data_type() -> crate::DataType {
            crate::DataType::Text
        }
        fn to_value(&self) -> crate::ValueRef<'_> {
            crate::ValueRef::Null
        }
        fn from_value(_: crate::Value) -> Result<Self, String> {
            Ok(Self)
        }
    }
    let column: Column<User, Empty> = Column::new("u", "x");
    sql(column.eq(Empty), "u.x IS NULL");
    sql(column.ne(Empty), "u.x IS NOT NULL");
}

#[test]
fn conditions_combine() {
    let (a, b, c) = (|| User::AGE.eq(1), || User::NAME.eq("x"), || User::ACTIVE);
    sql(a().and(b()).and(c()), "u.age = ? AND u.name = ? AND u.active");
    sql(a().and(b().or(c())), "u.age = ? AND (u.name = ? OR u.active)");
    sql(a() & (b() | !c()), "u.age = ? AND (u.name = ? OR NOT u.active)");
    sql(and_([a(), b()]).or(or_([c()])), "u.age = ? AND u.name = ? OR u.active");
    assert_eq!(on_each(&and_::<Expr<bool>>([]).into_node()), ["1 = 1", "TRUE", "TRUE"]);
    assert_eq!(on_each(&or_::<Expr<bool>>([]).into_node()), ["1 = 0", "FALSE", "FALSE"]);
    sql(not_(a()), "u.age != ?");
    sql(!User::AGE.gt(1), "u.age <= ?");
    sql(User::NICK.is_null().not(), "u.nick IS NOT NULL");
    assert_eq!(on_each(&User::NAME.like("x%").not().not().into_node())[0], "orm_like(u.name, ?)");
    sql(not_(a().and(b())), "NOT (u.age = ? AND u.name = ?)");
    sql(not_(not_(a().and(b()))), "u.age = ? AND u.name = ?");
    sql(not_(exists(ids())), "NOT EXISTS (SELECT u.id FROM u)");
}

#[test]
fn patterns_from_plain_text_are_escaped() {
    let pattern = |expression: Expr<bool>| {
        let tree = SelectTree { filters: vec![expression.into_node()], ..ids() };
        rendered(&tree, &Capabilities::sqlite()).unwrap()
    };
    let (sql, binds) = pattern(User::NAME.contains("50%_/x"));
    assert_eq!(sql, "SELECT u.id FROM u WHERE orm_like(u.name, ?, '/')");
    assert_eq!(binds, ["'%50/%/_//x%'"]);
    assert_eq!(pattern(User::NAME.starts_with("a")).1, ["'a%'"]);
    assert_eq!(pattern(User::NICK.ends_with("a")).1, ["'%a'"]);
    assert_eq!(pattern(User::NAME.like("a%")).1, ["'a%'"]);
    let unlike = on_each(&User::NAME.not_like("a%").into_node());
    let binary = "u.name NOT LIKE ? COLLATE utf8mb4_0900_bin";
    assert_eq!(unlike, ["NOT orm_like(u.name, ?)", "u.name NOT LIKE $1", binary]);
    let backslash = on_each(&User::NAME.like("\\/%").into_node());
    let other = "u.name LIKE ? COLLATE utf8mb4_0900_bin ESCAPE '|'";
    assert_eq!(backslash, ["orm_like(u.name, ?)", "u.name LIKE $1 ESCAPE ''", other]);
    let unknown = on_each(&User::NAME.like(User::NICK).into_node());
    let doubled = "u.name LIKE replace(u.nick, '/', '//') COLLATE utf8mb4_0900_bin ESCAPE '/'";
    assert_eq!(unknown, ["orm_like(u.name, u.nick)", "u.name LIKE u.nick ESCAPE ''", doubled]);
    assert_eq!(on_each(&User::NAME.ilike("a%").into_node())[1], "u.name ILIKE $1");
}

#[test]
fn arithmetic_keeps_track_of_null() {
    sql(typed::<i32>(User::AGE + 1), "u.age + ?");
    sql(typed::<Option<i64>>(User::SCORE * 2 - 1), "u.score * ? - ?");
    sql(typed::<Option<i64>>(User::ID - User::SCORE), "u.id - u.score");
    sql(typed::<i64>(User::ID % 2), "u.id % ?");
    sql(typed::<f64>(User::RATIO / 2.0), "u.ratio / ?");
    sql(-User::AGE, "-u.age");
    sql((User::AGE + 1) * 2, "(u.age + ?) * ?");
    assert_eq!(on_each(&(User::AGE / 2).into_node())[2], "u.age DIV ?");
    let full = typed::<Option<String>>(User::NAME.concat(" ").concat(User::NICK));
    assert_eq!(
        on_each(&full.into_node()),
        ["u.name || ? || u.nick", "u.name || $1 || u.nick", "concat(u.name, ?, u.nick)"]
    );
}

#[test]
fn functions_and_their_types() {
    sql(count(User::ID), "count(u.id)");
    sql(count_distinct(User::NAME), "count(DISTINCT u.name)");
    sql(count_all().gt(2), "count(*) > ?");
    let sum_of = |node: Node| on_each(&node);
    assert_eq!(
        sum_of(typed::<Option<i64>>(sum(User::AGE)).into_node()),
        ["sum(u.age)", "CAST(sum(u.age) AS BIGINT)", "sum(u.age)"]
    );
    assert_eq!(
        sum_of(typed::<Option<f64>>(avg(User::SCORE)).into_node()),
        ["avg(u.score)", "CAST(avg(u.score) AS DOUBLE PRECISION)", "CAST(avg(u.score) AS DOUBLE)"]
    );
    assert_eq!(
        sum_of(typed::<Option<BigDecimal>>(sum(User::PRICE)).into_node()),
        ["orm_decimal_sum(u.price)", "sum(u.price)", "sum(u.price)"]
    );
    sql(typed::<Option<f64>>(avg(User::RATIO)), "avg(u.ratio)");
    sql(typed::<Option<String>>(max(User::NICK)), "max(u.nick)");
    sql(typed::<Option<i32>>(min(User::AGE)), "min(u.age)");
    sql(typed::<Option<String>>(lower(User::NICK)), "lower(u.nick)");
    sql(typed::<String>(upper(User::NAME)), "upper(u.name)");
    let length = typed::<Option<i64>>(length(User::NICK)).into_node();
    assert_eq!(on_each(&length)[1..], ["length(u.nick)", "char_length(u.nick)"]);
    sql(typed::<String>(coalesce(User::NICK, User::NAME)), "coalesce(u.nick, u.name)");
    let nested = typed::<String>(coalesce(User::NICK, coalesce(User::NICK, "none")));
    sql(nested, "coalesce(u.nick, u.nick, ?)");
    assert_eq!(
        on_each(&now().into_node())[..2],
        ["CURRENT_TIMESTAMP", "CAST(CURRENT_TIMESTAMP AS TIMESTAMP)"].map(str::to_owned)
    );
    sql(func::<String>("replace", (User::NAME, "a", "b")), "replace(u.name, ?, ?)");
    sql(func::<f64>("random", ()), "random()");
    assert_eq!(on_each(&cast::<String>(User::AGE).into_node())[1], "CAST(u.age AS VARCHAR)");
    let generation = case::<String>().when(User::AGE.lt(18), "young").otherwise(User::NAME);
    sql(generation, "CASE WHEN u.age < ? THEN ? ELSE u.name END");
    sql(typed::<Option<i64>>(case::<i64>().when(User::ACTIVE, 1).end()), "CASE WHEN u.active THEN ? END");
    sql(literal(7_i64), "?");
}

#[test]
fn labels_and_order() {
    let labeled = count(User::ID).label("n");
    let tree = SelectTree {
        items: vec![labeled.clone().into_item()],
        filters: vec![text("u.age > :age").bind("age", 3).typed::<bool>().into_node()],
        order_by: vec![
            labeled.desc().nulls_last(),
            User::NAME.into_order_key(),
            "n".into_order_key(),
            text("random()").into_order_key(),
        ],
        group_by: (User::NAME, User::AGE + 1).into_nodes(),
        ..ids()
    };
    statement(
        &tree,
        "SELECT count(u.id) AS n FROM u WHERE u.age > ? GROUP BY u.name, u.age + ? \
         ORDER BY n DESC NULLS LAST, u.name, n, random()",
        &["3", "1"],
    );
}

#[test]
fn inserts() {
    statement(&insert("u"), "INSERT INTO u DEFAULT VALUES", &[]);
    statement(
        &insert("u").set(User::NAME, "ed").set(User::NICK, None).set(User::SCORE, 3).returning(User::ID),
        "INSERT INTO u (name, nick, score) VALUES (?, ?, ?) RETURNING u.id",
        &["'ed'", "NULL", "3"],
    );
    statement(
        &insert("u").set(User::ACTIVE, true).rows((User::NAME, User::SCORE), [("a", Some(1)), ("b", None)]),
        "INSERT INTO u (active, name, score) VALUES (?, ?, ?), (?, ?, ?)",
        &["TRUE", "'a'", "1", "TRUE", "'b'", "NULL"],
    );
    let none: [(&str,); 0] = [];
    let empty = insert("u").rows((User::NAME,), none);
    assert!(matches!(rendered(&empty, &Capabilities::sqlite()), Err(Error::InvalidRequest { .. })));
}

#[test]
fn updates_and_deletes() {
    let returning: Update<(i64, Option<String>)> = update("u")
        .set(User::AGE, User::AGE + 1)
        .set(User::NICK, User::NAME)
        .filter(User::NAME.eq("ed"))
        .filter(User::ACTIVE.or(User::AGE.gt(3)))
        .returning((User::ID, User::NICK));
    statement(
        &returning,
        "UPDATE u SET age = u.age + ?, nick = u.name WHERE u.name = ? AND (u.active OR u.age > ?) RETURNING u.id, u.nick",
        &["1", "'ed'", "3"],
    );
    statement(&delete("u").filter(User::ID.eq(1)), "DELETE FROM u WHERE u.id = ?", &["1"]);
}

#[test]
fn tables_without_entities() {
    let cars = table("cars").schema("main");
    let price = cars.column::<i64>("price");
    let raise = update(cars.clone()).set(price.clone(), price.clone() * 2).filter(price.clone().lt(100));
    statement(&raise, "UPDATE main.cars SET price = cars.price * ? WHERE cars.price < ?", &["2", "100"]);
    statement(&insert("cars").values(price, 5), "INSERT INTO cars (price) VALUES (?)", &["5"]);
    sql(cars.alias("c").column::<String>("name").eq("x"), "c.name = ?");
}

#[test]
fn text_needs_all_its_values_and_no_others() {
    let check = |clause: TextClause| {
        let tree = SelectTree { filters: vec![clause.typed::<bool>().into_node()], ..ids() };
        rendered(&tree, &Capabilities::sqlite())
    };
    let (sql, binds) =
        check(text(r"a = :x AND b = :y AND c = :x AND d = '\:z'").bind("x", 1).bind("y", "it's")).unwrap();
    assert_eq!(sql, r"SELECT u.id FROM u WHERE a = ? AND b = ? AND c = ? AND d = '\:z'");
    assert_eq!(binds, ["1", "'it''s'", "1"]);
    assert!(check(text("a = :x")).unwrap_err().to_string().contains(":x without a value"));
    assert!(check(text("a = :x").bind("x", 1).bind("z", 1)).unwrap_err().to_string().contains(":z"));
}

#[test]
fn one_alias_beside_another() {
    let (a, b) = (alias::<User>("a"), alias::<User>("b"));
    sql(a.column(User::AGE).gt(b.column(User::AGE) + 1), "a.age > b.age + ?");
}

#[test]
fn statements_whose_text_changes_with_the_data_are_not_kept() {
    let with = |ids: Vec<i64>| delete("u").filter(User::NAME.eq("x").or(User::ID.in_(ids)));
    assert!(with(vec![1; 8]).cacheable());
    assert!(!with(vec![1; 9]).cacheable());
    assert!(!insert("u").rows((User::ID,), (0..9).map(|id| (id,))).cacheable());
}

/// Where a database has no decimals, functions of the engine take them; elsewhere nothing is added.
#[test]
fn decimals_are_compared_and_computed_by_functions() {
    let number = || "9.5".parse::<BigDecimal>().unwrap();
    let cases = [
        (User::PRICE.gt(number()).into_node(), "orm_decimal(u.price) > orm_decimal(?)", "u.price > $1"),
        (literal(number()).lt(User::PRICE).into_node(), "orm_decimal(?) < orm_decimal(u.price)", "$1 < u.price"),
        (
            User::PRICE.in_([number()]).and(User::AGE.gt(1)).into_node(),
            "orm_decimal(u.price) IN (orm_decimal(?)) AND u.age > ?",
            "u.price IN ($1) AND u.age > $2",
        ),
        (
            (User::PRICE + number() - number()).into_node(),
            "orm_decimal_sub(orm_decimal_add(u.price, ?), ?)",
            "u.price + $1 - $2",
        ),
        (
            ((User::PRICE + number()) * number()).eq(number()).into_node(),
            "orm_decimal(orm_decimal_mul(orm_decimal_add(u.price, ?), ?)) = orm_decimal(?)",
            "(u.price + $1) * $2 = $3",
        ),
        (
            count_distinct(coalesce(User::PRICE, number())).into_node(),
            "count(DISTINCT orm_decimal(coalesce(u.price, ?)))",
            "count(DISTINCT coalesce(u.price, $1))",
        ),
        (
            text("price").typed::<BigDecimal>().between(number(), number()).into_node(),
            "orm_decimal(price) BETWEEN orm_decimal(?) AND orm_decimal(?)",
            "price BETWEEN $1 AND $2",
        ),
        (cast::<i64>(User::PRICE).into_node(), "orm_decimal_integer(u.price)", "CAST(u.price AS BIGINT)"),
    ];
    for (node, on_sqlite, on_postgres) in cases {
        assert_eq!(on_each(&node)[..2], [on_sqlite, on_postgres]);
    }
    let unknown = func::<BigDecimal>("power", (User::PRICE, number())).into_node();
    let tree = SelectTree { items: vec![SelectItem { node: unknown, label: None }], ..SelectTree::default() };
    let refused = rendered(&tree, &Capabilities::sqlite()).unwrap_err().to_string();
    assert!(refused.contains("power") && refused.contains("cast::<f64>"), "{refused}");
}
