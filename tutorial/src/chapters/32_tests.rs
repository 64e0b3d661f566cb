//! Chapter 32: tests of your own: statements as a contract, budgets, refusals.

use orm::engine::Cause;
use orm::prelude::*;
use orm::{StatementKind, assert_statements};

use crate::Stage;

// ANCHOR: model
#[derive(Entity, Debug, Default)]
struct Author {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 50)]
    name: String,
    #[entity(inverse = "author", order_by = "id")]
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
}
// ANCHOR_END: model

// ANCHOR: code
/// The code under test: a page of authors with their books.
fn shelf(session: &mut Session) -> orm::Result<Vec<String>> {
    let mut lines = Vec::new();
    for author in session.query::<Author>().order_by(Author::ID).all()? {
        let books = session.rel(author, Author::BOOKS).load()?;
        lines.push(format!("{}: {}", session[author].name, books.len()));
    }
    Ok(lines)
}
// ANCHOR_END: code

// ANCHOR: engine
/// A database for one test: in memory, empty, gone with the engine.
fn database() -> orm::Result<Engine> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![Author, Book])?;
    let mut session = Session::new(&engine);
    for name in ["Austen", "Brontë", "Carroll"] {
        let book = Book { title: "One".into(), ..Book::default() };
        let books = HasMany::of([book]);
        session.add(Author { name: name.into(), books, ..Author::default() });
    }
    session.commit()?;
    Ok(engine)
}
// ANCHOR_END: engine

// ANCHOR: words
fn words(engine: &Engine) -> orm::Result<()> {
    let mut session = Session::new(engine);
    let count = assert_statements!(
        engine,
        || session.one(select(count(Author::ID))),
        ["BEGIN", "SELECT count(author.id) FROM author"]
    )?;
    assert_eq!(count, 3);
    Ok(())
}
// ANCHOR_END: words

// ANCHOR: budget
fn within_budget(engine: &Engine, most: usize) -> Result<(), String> {
    let recorder = engine.record();
    shelf(&mut Session::new(engine)).map_err(|error| error.to_string())?;
    let sent = recorder.take();
    let selects = sent.count(StatementKind::Select);
    let lazy = sent.iter().filter(|it| matches!(it.cause, Cause::LazyLoad(_))).count();
    if selects <= most {
        return Ok(());
    }
    Err(format!("{selects} SELECT, {most} are allowed; {lazy} of them are lazy loads"))
}
// ANCHOR_END: budget

// ANCHOR: guard
fn guarded(engine: &Engine) -> orm::Result<Vec<String>> {
    let mut session = Session::new(engine);
    let budget = orm::budget!(session, select <= 4, insert <= 0);
    let lines = shelf(&mut session)?;
    budget.check(); // panics with the statements when there are more
    Ok(lines)
}
// ANCHOR_END: guard

// ANCHOR: refusal
fn refusal(engine: &Engine) -> orm::Result<()> {
    let mut session = Session::new(engine);
    session.add(Book { title: "without an author".into(), ..Book::default() });
    let error = session.commit().expect_err("a book needs an author");
    assert_eq!(error.code(), "unset-relationship"); // stable, unlike the text
    Ok(())
}
// ANCHOR_END: refusal

// ANCHOR: rollback
fn on_a_shared_database(session: &mut Session) -> orm::Result<i64> {
    session.add(Author { name: "only here".into(), ..Author::default() });
    let seen = session.query::<Author>().count()?; // flushed, visible to this session
    session.rollback()?; // and no other test ever sees it
    Ok(seen)
}
// ANCHOR_END: rollback

// ANCHOR: wrong
fn wrong(engine: &Engine) {
    let mut session = Session::new(engine);
    let lines = assert_statements!(
        engine,
        || shelf(&mut session),
        [
            "BEGIN",
            "SELECT author.id, author.name FROM author ORDER BY author.id",
            "SELECT book.id, book.title, book.author_id FROM book"
        ]
    );
    assert!(lines.is_ok());
}
// ANCHOR_END: wrong

/// The message of a test that fails, without its backtrace.
fn message_of(work: impl FnOnce() + std::panic::UnwindSafe) -> String {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let outcome = std::panic::catch_unwind(work);
    std::panic::set_hook(hook);
    match outcome {
        Err(panic) => panic.downcast::<String>().map(|text| *text).unwrap_or_default(),
        Ok(()) => "it passed".to_owned(),
    }
}

pub(crate) fn run(stage: &Stage) -> crate::Result<()> {
    let engine = database()?;
    words(&engine)?;
    let over = within_budget(&engine, 2).err().ok_or("three authors are four SELECTs")?;
    stage.show("budget", over);
    assert_eq!(within_budget(&engine, 4), Ok(()));
    assert_eq!(guarded(&engine)?.len(), 3);
    refusal(&engine)?;
    assert_eq!(on_a_shared_database(&mut Session::new(&engine))?, 4);
    let wrongly = engine.clone();
    stage
        .show("wrong", message_of(std::panic::AssertUnwindSafe(move || wrong(&wrongly))));
    Ok(())
}
