//! Chapter 26: hooks: listeners of flushes, rows and statements; loader criteria.

use std::sync::{Arc, Mutex};

use orm::event::{
    Listener, Transition, after_update, before_flush, before_insert, execution_option,
    on_append, on_execute, on_transition, validate,
};
use orm::load::LoaderCriterion;
use orm::prelude::*;

use crate::Stage;

// ANCHOR: model
#[derive(Embed, Debug, Default)]
struct Visibility {
    hidden: bool,
}

#[derive(Entity, Debug, Default)]
struct Author {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 30)]
    name: String,
    #[entity(length = 30)]
    slug: String,
    #[entity(inverse = "author", order_by = "id")]
    books: HasMany<Book>,
}

#[derive(Entity, Debug, Default)]
struct Book {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 30)]
    title: String,
    number: i64,
    #[entity(embed)]
    visibility: Visibility,
    #[entity(inverse = "books")]
    author: BelongsTo<Author>,
}

#[derive(Entity, Debug, Default)]
struct Change {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 80)]
    text: String,
}
// ANCHOR_END: model

// ANCHOR: slug
fn slug(session: &mut Session) -> orm::Result<String> {
    session.listen(before_insert::<Author>(|scope, author| {
        scope[author].slug = scope[author].name.to_lowercase().replace(' ', "-");
        Ok(())
    }));
    let jane = session.add(Author { name: "Jane Austen".into(), ..Author::default() });
    session.commit()?;
    Ok(session.load(jane)?.slug.clone())
}
// ANCHOR_END: slug

// ANCHOR: log
fn log(session: &mut Session) -> orm::Result<()> {
    session.listen(after_update::<Author>(|scope, author| {
        let name = scope[author].name.clone();
        scope.execute(insert("change").set(Change::TEXT, format!("renamed to {name}")));
        Ok(())
    }));
    let jane = session.query::<Author>().one()?;
    session[jane].name = "Jane".into();
    session.commit()
}
// ANCHOR_END: log

// ANCHOR: refuse
fn refuse(session: &mut Session) -> orm::Result<()> {
    session.listen(before_flush(|scope| match scope.deleted_of::<Author>().is_empty() {
        true => Ok(()),
        false => Err(orm::Error::invalid("authors stay")),
    }));
    let jane = session.query::<Author>().one()?;
    session.delete(jane)?;
    session.commit()
}
// ANCHOR_END: refuse

// ANCHOR: attributes
fn attributes(session: &mut Session) -> orm::Result<()> {
    session.listen(validate(Author::NAME, |name: String| match name.trim() {
        "" => Err("a name is needed"),
        trimmed => Ok(trimmed.to_owned()),
    }));
    session.listen(on_append(Author::BOOKS, |scope, change| {
        let books = scope[change.owner()].books.loaded().map_or(0, |books| books.len());
        scope.set(change.member(), Book::NUMBER, books as i64 + 1)
    }));
    let emily = session.add(Author::default());
    session.set(emily, Author::NAME, " Emily ")?;
    assert_eq!(session[emily].name, "Emily");
    for (title, number) in [("Wuthering Heights", 1), ("Poems", 2)] {
        let book = Book { title: title.into(), ..Book::default() };
        let book = session.rel(emily, Author::BOOKS).push(book)?;
        assert_eq!(session[book].number, number);
    }
    session.set(emily, Author::NAME, "   ")
}
// ANCHOR_END: attributes

// ANCHOR: visible
fn visible() -> LoaderCriterion {
    mixin_criterion::<Visibility>(|row| row.column(Visibility::HIDDEN).eq(false))
        .named("visible")
}

fn shelf(engine: &Engine) -> orm::Result<(usize, i64)> {
    let mut session = Session::builder(engine).criterion(visible()).build();
    let author = session.query::<Author>().options(joined(Author::BOOKS)).one()?;
    let books = session.rel(author, Author::BOOKS).load()?.len();
    let hidden_too =
        session.query::<Book>().options(without_criteria(["visible"])).count()?;
    Ok((books, hidden_too))
}
// ANCHOR_END: visible

// ANCHOR: execute
/// An option of a query: whoever gives it may see all.
struct Librarian;

fn by_option(engine: &Engine) -> orm::Result<(i64, i64)> {
    let mut session = Session::new(engine);
    session.listen(on_execute(|statement| {
        if statement.option::<Librarian>().is_none() {
            statement.add_criterion(visible());
        }
        Ok(())
    }));
    let reader = session.query::<Book>().count()?;
    let librarian =
        session.query::<Book>().options(execution_option(Librarian)).count()?;
    Ok((reader, librarian))
}
// ANCHOR_END: execute

// ANCHOR: heard
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<Transition>>>);

impl Heard {
    /// Makes a listener that notes each transition of an author.
    fn listener(&self) -> Listener {
        let heard = self.clone();
        on_transition::<Author>(move |_scope, _author, transition| {
            heard.0.lock().expect("no listener panics").push(transition);
        })
    }

    /// Says which transitions a call has caused.
    fn after(&self, call: &str) -> String {
        let heard = std::mem::take(&mut *self.0.lock().expect("no listener panics"));
        format!("{call:9} {heard:?}")
    }
}
// ANCHOR_END: heard

// ANCHOR: states
fn states(session: &mut Session) -> orm::Result<String> {
    let heard = Heard::default();
    session.listen(heard.listener());
    let anne = session.add(Author { name: "Anne".into(), ..Author::default() });
    let mut lines = vec![heard.after("add")];
    session.commit()?;
    lines.push(heard.after("commit"));
    session.delete(anne)?;
    lines.push(heard.after("delete"));
    session.flush()?;
    lines.push(heard.after("flush"));
    session.rollback()?;
    lines.push(heard.after("rollback"));
    session.expunge(anne)?;
    lines.push(heard.after("expunge"));
    session.query::<Author>().filter(Author::NAME.eq("Anne")).one()?;
    lines.push(heard.after("query"));
    Ok(lines.join("\n"))
}
// ANCHOR_END: states

pub(crate) fn run(stage: &Stage) -> crate::Result<()> {
    let engine = stage.engine();
    engine.create_all(schema![Author, Book, Change])?;
    let mut session = Session::new(engine);
    assert_eq!(stage.step("slug", || slug(&mut session))?, "jane-austen");
    session.commit()?;
    stage.step("log", || log(&mut session))?;
    stage.refused("refuse", || refuse(&mut session))?;
    session.rollback()?;
    stage.refused("attributes", || attributes(&mut session))?;
    session.rollback()?;
    let author = session.query::<Author>().one()?;
    for (title, hidden) in [("Emma", false), ("Sanditon", true)] {
        let visibility = Visibility { hidden };
        let book = Book { title: title.into(), visibility, ..Book::default() };
        session.rel(author, Author::BOOKS).push(book)?;
    }
    session.commit()?;
    drop(session);
    assert_eq!(stage.step("visible", || shelf(engine))?, (1, 2));
    assert_eq!(stage.step("execute", || by_option(engine))?, (1, 2));
    stage.show("states", states(&mut Session::new(engine))?);
    Ok(())
}
