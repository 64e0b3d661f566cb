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
    let parent = session.rel(child, Node::PARENT).one()?;
    assert_eq!(names(&mut session, parent)?, ["child", "brother"]);
    session.commit()?;
    assert_eq!(session.rel(child, Node::PARENT).load()?, Some(parent));

    let error = session.rel(parent, Node::PARENT).one().map_err(|error| error.to_string());
    assert_eq!(error, Err("Node.parent is empty; load() gives an Option where that may be".to_owned()));
    Ok(())
}

#[derive(Entity, Debug, Default)]
struct Shelf {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "shelf", key = "title", order_by = "id", cascade = "all, delete-orphan")]
    books: HasMany<Book>,
    #[entity(inverse = "shelf", cascade = "all, delete-orphan")]
    label: HasOne<Label>,
}

#[derive(Entity, Debug, Default)]
struct Book {
    #[entity(primary_key)]
    id: Auto<i64>,
    title: String,
    #[entity(inverse = "books")]
    shelf: BelongsTo<Option<Shelf>>,
}

#[derive(Entity, Debug, Default)]
struct Label {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "label")]
    shelf: BelongsTo<Option<Shelf>>,
}

fn book(title: &str, shelf: Key<Shelf>) -> Book {
    Book { title: title.to_owned(), shelf: BelongsTo::to(shelf), ..Book::default() }
}

/// Whichever side is written to, a key of a map leads to one member; who was there is an orphan.
#[test]
fn a_newcomer_takes_the_place_of_the_member_with_its_key() -> orm::Result<()> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![Shelf, Book, Label])?;
    let mut session = Session::new(&engine);
    let shelf = session.add(Shelf::default());
    session.add(book("a", shelf));
    let second = session.add(book("a", shelf));
    assert_eq!(session.rel(shelf, Shelf::BOOKS).load()?, [("a".to_owned(), second)]);
    session.commit()?;
    assert_eq!(session.query::<Book>().all()?, [second]);

    assert_eq!(session.rel(shelf, Shelf::BOOKS).get("a")?, Some(second));
    let third = session.add(Book { title: "a".to_owned(), ..Book::default() });
    session.rel(third, Book::SHELF).set(shelf)?;
    assert_eq!(session.rel(shelf, Shelf::BOOKS).load()?, [("a".to_owned(), third)]);
    session.commit()?;
    assert_eq!(session.query::<Book>().all()?, [third]);
    Ok(())
}

#[test]
fn a_newcomer_takes_the_place_of_the_one_at_the_other_end() -> orm::Result<()> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![Shelf, Book, Label])?;
    let mut session = Session::new(&engine);
    let shelf = session.add(Shelf { label: HasOne::new(Label::default()), ..Shelf::default() });
    let second = session.add(Label { shelf: BelongsTo::to(shelf), ..Label::default() });
    assert_eq!(session.rel(shelf, Shelf::LABEL).load()?, Some(second));
    session.commit()?;
    assert_eq!(session.query::<Label>().all()?, [second]);
    Ok(())
}

fn titles(session: &mut Session, shelf: Key<Shelf>) -> orm::Result<Vec<String>> {
    Ok(session.rel(shelf, Shelf::BOOKS).load()?.into_iter().map(|(title, _)| title).collect())
}

/// The key under which a merged book is put in is the one that it brings, not the one that it had.
#[test]
fn a_merged_member_takes_the_place_that_its_new_key_leads_to() -> orm::Result<()> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![Shelf, Book, Label])?;
    let mut session = Session::new(&engine);
    let titled = |id: i64, title: &str| Book { id: Auto::from(id), title: title.to_owned(), ..Book::default() };
    let holding = |books: Vec<Book>| Shelf { id: Auto::from(1), books: HasMany::of(books), ..Shelf::default() };
    let shelf = session.add(holding(vec![titled(1, "a"), titled(2, "b")]));
    session.add(titled(3, "b"));
    session.commit()?;

    // It comes from elsewhere, where its title was one that is here.
    session.merge(holding(vec![titled(3, "c")]))?;
    assert_eq!(titles(&mut session, shelf)?, ["a", "b", "c"]);
    // It is here, and takes another's title.
    session.merge(holding(vec![titled(3, "b")]))?;
    assert_eq!(titles(&mut session, shelf)?, ["a", "b"]);
    session.commit()?;
    assert_eq!(session.all(select(Book::ID).order_by(Book::ID.asc()))?, [1, 3]);
    // Two change places.
    session.merge(holding(vec![titled(1, "b"), titled(3, "a")]))?;
    session.commit()?;
    assert_eq!(titles(&mut session, shelf)?, ["b", "a"]);
    Ok(())
}

#[derive(Entity, Debug, Default)]
struct Reader {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(secondary = "reader_topic", inverse = "readers", key = "word", order_by = "id")]
    topics: ManyToMany<Topic>,
}

#[derive(Entity, Debug, Default)]
struct Topic {
    #[entity(primary_key)]
    id: Auto<i64>,
    word: String,
    #[entity(secondary = "reader_topic", inverse = "topics")]
    readers: ManyToMany<Reader>,
}

#[test]
fn a_link_from_the_other_side_takes_the_place_of_the_member_with_its_key() -> orm::Result<()> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![Reader, Topic])?;
    let mut session = Session::new(&engine);
    let topic = || Topic { word: "rust".to_owned(), ..Topic::default() };
    let reader = session.add(Reader::default());
    let first = session.rel(reader, Reader::TOPICS).insert(topic())?;
    let second = session.add(topic());
    session.rel(second, Topic::READERS).push(reader)?;
    assert_eq!(session.rel(reader, Reader::TOPICS).load()?, [("rust".to_owned(), second)]);
    session.commit()?;
    assert_eq!(session.rel(reader, Reader::TOPICS).load()?, [("rust".to_owned(), second)]);
    assert_eq!(session.rel(first, Topic::READERS).load()?, []);
    session.rel(first, Topic::READERS).push(reader)?;
    session.commit()?;
    assert_eq!(session.rel(reader, Reader::TOPICS).load()?, [("rust".to_owned(), first)]);
    Ok(())
}
