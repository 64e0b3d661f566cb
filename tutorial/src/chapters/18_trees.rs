//! Chapter 18: trees in one table, kept in three ways and compared by statements.

use orm::prelude::*;
use orm::sql::{Alias, Expr};

use crate::Stage;

// ANCHOR: adjacency
#[derive(Entity, Debug, Default)]
struct Node {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 30)]
    name: String,
    #[entity(inverse = "children", index)]
    parent: BelongsTo<Option<Self>>,
    #[entity(inverse = "parent", order_by = "name", cascade = "all, delete-orphan")]
    children: HasMany<Self>,
}
// ANCHOR_END: adjacency

// ANCHOR: path
#[derive(Entity, Debug, Default)]
struct Folder {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 100, unique)]
    path: String, // "/root/a/x/"
    #[entity(on = Folder::is_below, order_by = "path")]
    below: ViewMany<Self>,
}

impl Folder {
    fn is_below(folder: &Alias<Self>, other: &Alias<Self>) -> Expr<bool> {
        let (above, path) = (folder.column(Self::PATH), other.column(Self::PATH));
        path.clone().starts_with(above.clone()).and(path.ne(above))
    }
}
// ANCHOR_END: path

// ANCHOR: sets
#[derive(Entity, Debug, Default)]
struct Category {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 30)]
    name: String,
    first: i32, // what lies between `first` and `last` is below this row
    last: i32,
}
// ANCHOR_END: sets

// ANCHOR: build
fn node(name: &str, children: impl IntoIterator<Item = Node>) -> Node {
    Node { name: name.into(), children: HasMany::of(children), ..Node::default() }
}

fn build(session: &mut Session) -> orm::Result<()> {
    let a = node("a", [node("x", []), node("y", [])]);
    session.add(node("root", [a, node("b", [])]));
    session.commit()
}
// ANCHOR_END: build

// ANCHOR: load
fn load(session: &mut Session) -> orm::Result<Key<Node>> {
    let whole = selectin(Node::CHILDREN).recurse(4); // at most four levels
    session.query::<Node>().filter(Node::PARENT.is_null()).options(whole).one()
}
// ANCHOR_END: load

// ANCHOR: walk
fn walk(
    session: &mut Session,
    node: Key<Node>,
    depth: usize,
    out: &mut String,
) -> orm::Result<()> {
    out.push_str(&format!("{}{}\n", "  ".repeat(depth), session[node].name));
    for child in session.rel(node, Node::CHILDREN).load()? {
        walk(session, child, depth + 1, out)?;
    }
    Ok(())
}
// ANCHOR_END: walk

// ANCHOR: move
fn move_x(session: &mut Session) -> orm::Result<()> {
    let x = session.query::<Node>().filter(Node::NAME.eq("x")).one()?;
    let b = session.query::<Node>().filter(Node::NAME.eq("b")).one()?;
    session.rel(b, Node::CHILDREN).push(x)?;
    session.commit()
}
// ANCHOR_END: move

// ANCHOR: below-path
fn below_path(session: &mut Session) -> orm::Result<Vec<String>> {
    let below = Folder::PATH.starts_with("/root/a/").and(Folder::PATH.ne("/root/a/"));
    session.all(select(Folder::PATH).filter(below).order_by(Folder::PATH))
}
// ANCHOR_END: below-path

// ANCHOR: below-view
fn below_view(session: &mut Session) -> orm::Result<Vec<String>> {
    let a = session.query::<Folder>().filter(Folder::PATH.eq("/root/a/")).one()?;
    let below = session.rel(a, Folder::BELOW).load()?;
    Ok(below.into_iter().map(|folder| session[folder].path.clone()).collect())
}
// ANCHOR_END: below-view

// ANCHOR: below-sets
fn below_sets(session: &mut Session) -> orm::Result<Vec<String>> {
    let above = alias::<Category>("above");
    let inside = Category::FIRST.gt(above.column(Category::FIRST));
    let query = select(Category::NAME)
        .join_to(&above, inside.and(Category::LAST.lt(above.column(Category::LAST))))
        .filter(above.column(Category::NAME).eq("a"))
        .order_by(Category::FIRST);
    session.all(query)
}
// ANCHOR_END: below-sets

// ANCHOR: insert-sets
fn insert_below_a(session: &mut Session) -> orm::Result<()> {
    let room = 7; // where `a` ended: everything behind moves by two
    let last = Category::LAST;
    session.execute(&update("category").set(last, last + 2).filter(last.ge(room)))?;
    let first = Category::FIRST;
    session.execute(&update("category").set(first, first + 2).filter(first.gt(room)))?;
    session.add(Category {
        name: "z".into(),
        first: room,
        last: room + 1,
        ..Category::default()
    });
    session.commit()
}
// ANCHOR_END: insert-sets

// ANCHOR: circle
fn circle(session: &mut Session) -> orm::Result<()> {
    let [chicken, egg] = ["chicken", "egg"].map(|name| session.add(node(name, [])));
    session.rel(chicken, Node::PARENT).set(egg)?;
    session.rel(egg, Node::PARENT).set(chicken)?; // who is inserted first?
    session.commit()
}
// ANCHOR_END: circle

fn rows(session: &mut Session) -> orm::Result<()> {
    for path in ["/root/", "/root/a/", "/root/a/x/", "/root/a/y/", "/root/b/"] {
        session.add(Folder { path: path.into(), ..Folder::default() });
    }
    for (name, first, last) in
        [("root", 1, 10), ("a", 2, 7), ("x", 3, 4), ("y", 5, 6), ("b", 8, 9)]
    {
        session.add(Category { name: name.into(), first, last, ..Category::default() });
    }
    session.commit()
}

pub(crate) fn run(stage: &Stage) -> crate::Result<()> {
    let engine = stage.engine();
    engine.create_all(schema![Node, Folder, Category])?;
    let mut session = Session::new(engine);
    stage.step("build", || build(&mut session))?;
    let mut session = Session::new(engine);
    rows(&mut session)?;
    let root = stage.step("load", || load(&mut session))?;
    let mut tree = String::new();
    stage.step("walk", || walk(&mut session, root, 0, &mut tree))?;
    stage.show("walk", tree);
    stage.step("move", || move_x(&mut session))?;
    let below = stage.step("below-path", || below_path(&mut session))?;
    assert_eq!(below, ["/root/a/x/", "/root/a/y/"]);
    let below = stage.step("below-view", || below_view(&mut session))?;
    assert_eq!(below, ["/root/a/x/", "/root/a/y/"]);
    assert_eq!(stage.step("below-sets", || below_sets(&mut session))?, ["x", "y"]);
    stage.step("insert-sets", || insert_below_a(&mut session))?;
    assert_eq!(below_sets(&mut session)?, ["x", "y", "z"]);
    stage.refused("circle", || circle(&mut session))?;
    Ok(())
}
