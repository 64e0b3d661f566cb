//! Books that are deleted stay as rows that no query shows, and can be restored.
//!
//! What to notice: a listener of the flush turns each deletion of an entity with this mixin into a change of one column. A criterion of the factory hides such
//! rows from every SELECT. A query that wants them leaves the criterion out by its name.

#![allow(clippy::print_stdout, reason = "a recipe tells its story on the screen")]

#[cfg(test)]
mod tests;

use chrono::{NaiveDateTime, Utc};
use clap::Parser;
use orm::StatementKind;
use orm::engine::Statements;
use orm::event::before_flush;
use orm::prelude::*;
use orm::session::SessionBuilder;

/// What entities have in common that are hidden in place of deleted.
#[derive(Embed, Debug, Default)]
struct SoftDeletion {
    deleted_at: Option<NaiveDateTime>,
}

#[derive(Entity, Debug, Default)]
struct Author {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 30)]
    name: String,
    #[entity(embed)]
    deletion: SoftDeletion,
    #[entity(inverse = "author", cascade = "all, delete-orphan", order_by = "id")]
    books: HasMany<Book>,
}

#[derive(Entity, Debug, Default)]
struct Book {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 30)]
    title: String,
    #[entity(embed)]
    deletion: SoftDeletion,
    #[entity(inverse = "books")]
    author: BelongsTo<Author>,
}

/// The name of the criterion.
const HIDE_DELETED: &str = "hide deleted";

/// A factory of sessions that delete softly and show no deleted row.
fn sessions(engine: &Engine) -> SessionBuilder {
    let keep_rows = before_flush(|scope| {
        for entity in scope.deleted() {
            if let Some(row) = entity.mixin::<SoftDeletion>() {
                scope.keep(entity);
                scope.set_mixin(row, SoftDeletion::DELETED_AT, Some(Utc::now().naive_utc()))?;
            }
        }
        Ok(())
    });
    let hide = mixin_criterion::<SoftDeletion>(|row| row.column(SoftDeletion::DELETED_AT).is_null());
    Session::builder(engine).listen(keep_rows).criterion(hide.named(HIDE_DELETED))
}

#[derive(Parser)]
#[command(about = "Books that are deleted stay as rows that no query shows, and can be restored.")]
struct Args {
    /// The database to play in. Its tables `author` and `book` are dropped first, and stay afterwards.
    #[arg(long, value_name = "URL", default_value = "sqlite://")]
    db_url: String,
    /// Shows every statement that is sent.
    #[arg(long, conflicts_with = "quiet")]
    echo: bool,
    /// Shows the story alone, as without `--echo`.
    #[arg(long)]
    quiet: bool,
}

fn main() -> orm::Result<()> {
    sigpipe::reset(); // A closed pipe, `| head -1`, ends the program without a word.
    let args = Args::parse();
    let engine = Engine::new(args.db_url)?;
    engine.drop_all(schema![Author, Book])?; // What an earlier run left in a file.
    if args.echo && !args.quiet {
        engine.set_echo(Echo::stdout().pretty().prefix("    | "))?;
    }
    engine.create_all(schema![Author, Book])?;
    let recorder = engine.record();

    title("Saving an author with three books");
    let mut session = sessions(&engine).build();
    let books = ["Emma", "Persuasion", "Sanditon"].map(|title| Book { title: title.to_owned(), ..Book::default() });
    let jane = session.add(Author { name: "Jane".to_owned(), books: HasMany::of(books), ..Author::default() });
    session.commit()?;

    title("Deleting a book: an UPDATE");
    delete_last(&mut session, jane)?;

    title("What queries show: the row is hidden, in joins too");
    println!("{}", titles(&mut session)?.join(", "));
    println!("Jane has {} books", session.count(books_by_author())?);

    title("With deleted rows: the query leaves the criterion out");
    println!("{}", all_titles(&mut session)?.join(", "));

    title("Restoring the book");
    restore(&mut session, "Sanditon")?;
    println!("Jane has {} books", session.query::<Book>().count()?);
    drop(session);

    compare(&recorder.take(), [7, 4, 2, 0]);
    Ok(())
}

fn delete_last(session: &mut Session, author: Key<Author>) -> orm::Result<()> {
    let books = session.rel(author, Author::BOOKS).load()?;
    if let Some(last) = books.last() {
        session.delete(*last)?;
    }
    session.commit()
}

fn titles(session: &mut Session) -> orm::Result<Vec<String>> {
    session.all(select(Book::TITLE).order_by(Book::ID))
}

fn books_by_author() -> Select<(String, String)> {
    select((Author::NAME, Book::TITLE)).join(Author::BOOKS)
}

fn all_titles(session: &mut Session) -> orm::Result<Vec<String>> {
    session.all(select(Book::TITLE).order_by(Book::ID).options(without_criteria([HIDE_DELETED])))
}

fn restore(session: &mut Session, title: &str) -> orm::Result<()> {
    let deleted = select(entity::<Book>()).filter(Book::TITLE.eq(title));
    let book = session.one(deleted.options(without_criteria([HIDE_DELETED])))?;
    session[book].deletion.deleted_at = None;
    session.commit()
}

/// Prints the statements of this run beside those of a program that does the same with SQLAlchemy.
fn compare(sent: &Statements, theirs: [usize; 4]) {
    title("Statements, here and in SQLAlchemy");
    let kinds = [StatementKind::Select, StatementKind::Insert, StatementKind::Update, StatementKind::Delete];
    for ((kind, name), theirs) in kinds.into_iter().zip(["SELECT", "INSERT", "UPDATE", "DELETE"]).zip(theirs) {
        println!("{name} {:>2} | {theirs:>2}", sent.count(kind));
    }
}

fn title(text: &str) {
    println!("\n{text}");
}
