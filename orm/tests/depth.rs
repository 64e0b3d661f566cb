//! Whatever nests, however deep: it works in a small thread, or is an error there, and never overflows the stack. What grows in a row is
//! no deeper for it.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use orm::engine::{Capabilities, Statement, render};
use orm::prelude::*;
use orm::sql::func;
use orm::sql::tree::{Node as Tree, SelectTree, StatementTree};
use orm::sql::visit::{Rewriter, Visitor};

/// A tree, whose rows refer to each other.
#[derive(Entity, Debug, Default)]
struct Node {
    #[entity(primary_key)]
    id: Auto<i64>,
    name: String,
    #[entity(inverse = "children")]
    parent: BelongsTo<Option<Self>>,
    #[entity(inverse = "parent")]
    children: HasMany<Self>,
}

type Grow = fn(Expr<bool>, usize) -> Expr<bool>;

/// Everything that takes an expression and gives one that is deeper.
const KINDS: &[(&str, Grow)] =
    &[
        ("and, or", |it, level| if level % 2 == 0 { it.and(Node::NAME.eq("a")) } else { it.or(Node::NAME.eq("b")) }),
        ("and, or on the right side", |it, level| {
            if level % 2 == 0 { Node::NAME.eq("a").and(it) } else { Node::NAME.eq("b").or(it) }
        }),
        ("not", |it, _| not_(func::<bool>("f", it))),
        ("=", |it, _| it.eq(true)),
        ("= on the right side", |it, _| literal(true).eq(it)),
        ("+, *", |it, level| if level % 2 == 0 { (number(it) + 1).eq(2) } else { (number(it) * 2).eq(2) }),
        ("||", |it, _| text_of(it).concat("x").eq("y")),
        ("|| on the right side", |it, _| Node::NAME.concat(text_of(it)).eq("y")),
        ("-", |it, _| (-number(it)).eq(1)),
        ("is null", |it, _| it.is_null()),
        ("between", |it, _| it.between(false, true)),
        ("upper bound", |it, _| literal(true).between(false, it)),
        ("in", |it, _| it.in_([true, false])),
        ("member of in", |it, _| Node::NAME.eq("a").in_([it])),
        ("in select", |it, _| Node::ID.in_select(select(Node::ID).filter(it))),
        ("selected in", |it, _| literal(true).in_select(select(it))),
        ("exists", |it, _| select(Node::ID).filter(it).exists()),
        ("scalar", |it, _| scalar::<bool>(select(it)).eq(true)),
        ("any", |it, _| Node::CHILDREN.any(it)),
        ("has", |it, _| Node::PARENT.has(it)),
        ("like", |it, _| text_of(it).like("x")),
        ("pattern", |it, _| Node::NAME.like(text_of(it))),
        ("ilike", |it, _| text_of(it).ilike("x")),
        ("function", |it, _| func::<bool>("f", (it, 1_i64))),
        ("coalesce", |it, _| coalesce(it, true).eq(true)),
        ("lower", |it, _| lower(text_of(it)).eq("x")),
        ("cast", |it, _| cast::<bool>(it)),
        ("max", |it, _| max(it).eq(true)),
        ("case, condition", |it, _| case::<bool>().when(it, true).otherwise(false)),
        ("case, result", |it, _| case::<bool>().when(Node::ID.eq(1), it).otherwise(false)),
        ("case, otherwise", |it, _| case::<bool>().when(Node::ID.eq(1), true).otherwise(it)),
        ("label", |it, _| it.label("x").eq(true)),
        ("having", |it, _| select(Node::ID).group_by(Node::ID).having(it).exists()),
        ("group", |it, _| select(Node::ID).group_by(it).exists()),
        ("order", |it, _| scalar::<i64>(select(Node::ID).order_by(it).limit(1)).eq(1)),
        ("join", |it, _| select(Node::ID).join_to(&alias::<Node>("other"), it).exists()),
        ("from", |it, _| {
            let inner = select(it.label("x")).as_subquery("inner");
            select(inner.column::<bool>("x")).select_from(&inner).exists()
        }),
        ("count", |it, _| scalar::<i64>(select(it).count()).eq(1)),
        ("tree by hand", |it, _| Expr::new(Tree::Not(it.into_node().into()))),
    ];

fn number(it: Expr<bool>) -> Expr<i64> {
    func("n", it)
}

fn text_of(it: Expr<bool>) -> Expr<String> {
    cast::<String>(it)
}

fn grown(grow: Grow, levels: usize) -> Expr<bool> {
    (0..levels).fold(Node::NAME.eq("a"), grow)
}

fn statement(condition: Expr<bool>) -> SelectTree {
    select(Node::ID).filter(condition).into()
}

fn dialects() -> [Capabilities; 4] {
    [Capabilities::sqlite(), Capabilities::postgres(), Capabilities::mariadb(), Capabilities::mysql()]
}

/// The most levels that are no error.
fn most(grow: Grow) -> usize {
    let fits = |levels: &usize| render(&statement(grown(grow, *levels)), &Capabilities::sqlite()).is_ok();
    (1..).take_while(fits).last().unwrap()
}

/// Does everything with a statement that goes down level by level.
fn do_everything(tree: SelectTree) -> Vec<orm::Result<String>> {
    struct Walk;
    impl Visitor<'_> for Walk {}
    impl Rewriter for Walk {}
    let mut tree = tree.clone();
    assert!(tree == tree.clone());
    assert!(!format!("{tree:?}").is_empty() && !format!("{tree:#?}").is_empty());
    Visitor::visit_select(&mut Walk, &tree);
    Rewriter::visit_select(&mut Walk, &mut tree);
    let mut tree = StatementTree::Select(tree);
    Rewriter::visit_statement(&mut Walk, &mut tree);
    let _ = (tree.cacheable(), orm::sql::visit::tables(&tree).len(), orm::sql::visit::binds(&tree).len());
    dialects().iter().map(|dialect| render(&tree, dialect).map(|rendered| rendered.sql)).collect()
}

/// Half a mebibyte: a quarter of what threads of std and tokio have, as the caller needs some for itself.
fn in_a_thread(work: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(1 << 19).spawn(work).unwrap().join().unwrap();
}

#[test]
fn what_nests_works_or_is_an_error_in_a_small_thread() {
    for (name, grow) in KINDS {
        in_a_thread(move || {
            let most = most(*grow);
            assert!(most >= 10, "{name}: {most} levels");
            for rendered in do_everything(statement(grown(*grow, most))) {
                rendered.unwrap();
            }
            for rendered in do_everything(statement(grown(*grow, 20_000))) {
                let error = rendered.unwrap_err().to_string();
                assert!(error.contains("levels deep"), "{name}: {error}");
            }
        });
    }
}

/// How many operands a chain has that would take minutes if each new one cost the others anything.
const MANY: usize = 20_000;

#[test]
fn conditions_in_a_row_are_one_level_however_many() {
    in_a_thread(|| {
        let by_or = (0..MANY as i64).fold(Node::ID.eq(-1), |all, id| all.or(Node::ID.eq(id)));
        let by_and = (0..MANY as i64).fold(Node::ID.eq(-1), |all, id| all.and(Node::ID.ne(id)));
        let by_operator = (0..MANY as i64).fold(Node::ID.eq(-1), |all, id| all | Node::ID.eq(id));
        for condition in [by_or, by_and, by_operator] {
            for rendered in do_everything(statement(condition)) {
                let sql = rendered.unwrap();
                assert_eq!(sql.matches(" OR ").count() + sql.matches(" AND ").count(), MANY);
            }
        }
    });
}

#[test]
fn operands_in_a_row_are_one_level_and_an_error_where_the_database_bears_no_more() {
    in_a_thread(|| {
        let sum = |count: i64| (0..count).fold(Node::ID + 0, |sum, number| sum + number - Node::ID).eq(0);
        let product = |count: i64| (0..count).fold(Node::ID * 1, |product, _| product * 1 / 1).eq(0);
        let text = |count: i64| (0..count).fold(Node::NAME.concat(""), |text, _| text.concat("x")).eq("x");
        for condition in [sum(150), product(150), text(300)] {
            do_everything(statement(condition)).into_iter().for_each(|rendered| drop(rendered.unwrap()));
        }
        let many = MANY as i64;
        for condition in [sum(many), product(many)] {
            for rendered in do_everything(statement(condition)) {
                let error = rendered.unwrap_err().to_string();
                assert!(error.contains("operands in a row"), "{error}");
            }
        }
        assert!(do_everything(statement(text(many)))[0].is_err());
    });
}

#[test]
fn groups_of_conditions_keep_their_meaning() {
    let ids = 0..2_000_i64;
    let any = ids.clone().fold(Node::ID.eq(-1), |all, id| all.or(Node::ID.eq(id))).and(Node::NAME.eq("a"));
    let sql = render(&statement(any), &Capabilities::sqlite()).unwrap().sql;
    let (open, close) = (sql.matches('(').count(), sql.matches(')').count());
    assert!(open > 1 && open == close && sql.ends_with(") AND node.name = ?"), "{sql}");
}

#[test]
fn options_within_each_other_are_an_error_where_there_are_too_many() {
    in_a_thread(|| {
        let engine = Engine::new("sqlite://").unwrap();
        engine.create_all(orm::schema![Node]).unwrap();
        let mut session = Session::new(&engine);
        let option = |levels| (1..levels).fold(selectin(Node::CHILDREN), |it, _| selectin(Node::CHILDREN).then(it));
        let key = session.add(chain(1));
        session.commit().unwrap();
        let all = |levels| select(entity::<Node>()).options(option(levels));
        assert_eq!(session.all(all(128)).unwrap(), [key]);
        let error = session.all(all(50_000)).unwrap_err().to_string();
        assert!(error.contains("Node.children") && error.contains(".recurse(depth)"), "{error}");
        assert_eq!(session.all(all(1)).unwrap(), [key]);
        let options = option(128);
        assert!(!format!("{:?}", options.clone()).is_empty());
    });
}

/// Nodes each of which holds the next as its child.
fn chain(length: usize) -> Node {
    (1..length).fold(Node::default(), |child, _| Node { children: HasMany::of([child]), ..Node::default() })
}

/// Nodes each of which holds the next as its parent.
fn upward_chain(length: usize) -> Node {
    (1..length).fold(Node::default(), |parent, _| Node { parent: BelongsTo::new(parent), ..Node::default() })
}

#[test]
fn a_chain_of_new_entities_may_be_of_any_length() {
    const LENGTH: usize = 30_000;
    for chain in [chain, upward_chain] {
        in_a_thread(move || {
            drop(chain(LENGTH));
            assert!(!format!("{:?}", chain(LENGTH)).is_empty());
            let engine = Engine::new("sqlite://").unwrap();
            engine.create_all(orm::schema![Node]).unwrap();
            let mut session = Session::new(&engine);
            session.add(chain(LENGTH));
            assert_eq!(session.memory().entities, LENGTH);
            session.rollback().unwrap();
            let key = session.merge(chain(LENGTH)).unwrap();
            session[key].parent = BelongsTo::new(chain(LENGTH));
            session.rollback().unwrap();
            let key = session.add(Node::default());
            session[key].children = HasMany::of([chain(LENGTH)]);
            session.flush().unwrap_err();
            session.expunge(key).unwrap();
        });
    }
}
