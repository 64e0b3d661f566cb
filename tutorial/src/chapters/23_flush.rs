//! Chapter 23: what a flush does: the plan, the order, the batches.

use orm::prelude::*;

use crate::Stage;

// ANCHOR: model
#[derive(Entity, Debug, Default)]
struct Author {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 50)]
    name: String,
    #[entity(inverse = "author", order_by = "id", cascade = "all, delete-orphan")]
    books: HasMany<Book>,
}

#[derive(Entity, Debug, Default)]
struct Book {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 100)]
    title: String,
    #[entity(inverse = "books")]
    author: BelongsTo<Author>,
    #[entity(length = 20)]
    shelf: Option<String>,
}
// ANCHOR_END: model

fn book(title: &str) -> Book {
    Book { title: title.into(), ..Book::default() }
}

// ANCHOR: wrong-way
fn add_backwards(session: &mut Session) -> orm::Result<Key<Author>> {
    let emma = session.add(book("Emma")); // the book first: no author, no key
    let jane = session.add(Author { name: "Jane Austen".into(), ..Author::default() });
    session.rel(emma, Book::AUTHOR).set(jane)?;
    session.rel(jane, Author::BOOKS).push(book("Persuasion"))?;
    Ok(jane)
}
// ANCHOR_END: wrong-way

// ANCHOR: plan
fn plan(session: &mut Session) -> orm::Result<String> {
    Ok(session.flush_plan()?.to_string()) // sends nothing, changes nothing
}
// ANCHOR_END: plan

// ANCHOR: flush
fn flush(session: &mut Session) -> orm::Result<()> {
    session.commit()
}
// ANCHOR_END: flush

// ANCHOR: mixed
fn mixed(session: &mut Session, jane: Key<Author>) -> orm::Result<()> {
    let books = session.rel(jane, Author::BOOKS).load()?;
    session[books[0]].shelf = Some("A3".into());
    session[books[1]].title = "Persuasion, 2nd edition".into();
    session[jane].name = "J. Austen".into();
    session.rel(jane, Author::BOOKS).push(book("Sanditon"))?;
    Ok(())
}
// ANCHOR_END: mixed

// ANCHOR: delete
fn delete_author(session: &mut Session, jane: Key<Author>) -> orm::Result<()> {
    session.delete(jane)?;
    session.commit()
}
// ANCHOR_END: delete

// ANCHOR: nothing
fn nothing(session: &mut Session) -> orm::Result<()> {
    session.flush()?;
    session.commit()
}
// ANCHOR_END: nothing

// ANCHOR: quiet
fn quiet(session: &mut Session) -> orm::Result<(i64, i64)> {
    session.add(Author { name: "Mary Shelley".into(), ..Author::default() });
    let before = session.no_autoflush(|session| session.query::<Author>().count())?;
    let after = session.query::<Author>().count()?; // flushes first
    session.rollback()?;
    Ok((before, after))
}
// ANCHOR_END: quiet

// ANCHOR: unset
fn unset(session: &mut Session) -> orm::Result<()> {
    session.add(book("Anonymous")); // a book must have an author
    session.commit()
}
// ANCHOR_END: unset

pub(crate) fn run(stage: &Stage) -> crate::Result<()> {
    let engine = stage.engine();
    engine.create_all(schema![Author, Book])?;
    let mut session = Session::new(engine);
    let jane = stage.step("wrong-way", || add_backwards(&mut session))?;
    let text = stage.step("plan", || plan(&mut session))?;
    stage.show("plan", text);
    stage.step("flush", || flush(&mut session))?;
    mixed(&mut session, jane)?;
    let text = plan(&mut session)?;
    stage.show("mixed", text);
    stage.step("mixed", || flush(&mut session))?;
    stage.step("nothing", || nothing(&mut session))?;
    let mut session = Session::new(engine);
    let jane = session.query::<Author>().one()?;
    stage.step("delete", || delete_author(&mut session, jane))?;
    assert_eq!(stage.step("quiet", || quiet(&mut session))?, (0, 1));
    stage.refused("unset", || unset(&mut session))?;
    Ok(())
}
