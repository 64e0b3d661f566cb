//! Graphs of new entities that are added whole: everybody arrives once, and both sides of each relationship agree.
#![allow(missing_docs, reason = "tests")]

use orm::prelude::*;

#[derive(Entity, Debug, Default)]
struct Node {
    #[entity(primary_key)]
    id: Auto<i64>,
    name: String,
    #[entity(inverse = "children")]
    parent: BelongsTo<Option<Self>>,
    #[entity(inverse = "parent", order_by = "id", cascade = "all, delete-orphan")]
    children: HasMany<Self>,
}

fn node(name: &str) -> Node {
    Node { name: name.to_owned(), ..Node::default() }
}

fn names(session: &mut Session, parent: Key<Node>) -> orm::Result<Vec<String>> {
    let children = session.rel(parent, Node::CHILDREN).load()?;
    Ok(children.into_iter().map(|child| session[child].name.clone()).collect())
}

#[test]
fn children_that_come_with_their_parent_are_in_its_collection_once() -> orm::Result<()> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![Node])?;
    let mut session = Session::new(&engine);
    let b = Node { children: HasMany::of([node("c"), node("d")]), ..node("b") };
    let a = session.add(Node { children: HasMany::of([b, node("e")]), ..node("a") });
    assert_eq!(names(&mut session, a)?, ["b", "e"]);
    let b = session.rel(a, Node::CHILDREN).load()?[0];
    assert_eq!(names(&mut session, b)?, ["c", "d"]);
    assert_eq!(session.rel(b, Node::PARENT).load()?, Some(a));
    session.commit()?;
    assert_eq!(names(&mut session, b)?, ["c", "d"]);
    assert_eq!(session.query::<Node>().count()?, 5);
    Ok(())
}

#[test]
fn a_parent_that_comes_with_its_child_has_it_in_its_collection() -> orm::Result<()> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![Node])?;
    let mut session = Session::new(&engine);
    let parent = Node { children: HasMany::of([node("brother")]), ..node("parent") };
    let child = session.add(Node { parent: BelongsTo::new(parent), ..node("child") });
    let parent = session.rel(child, Node::PARENT).load()?;
    let parent = parent.ok_or_else(|| orm::Error::invalid("the child has lost its parent"))?;
    assert_eq!(names(&mut session, parent)?, ["child", "brother"]);
    session.commit()?;
    assert_eq!(session.rel(child, Node::PARENT).load()?, Some(parent));
    Ok(())
}
