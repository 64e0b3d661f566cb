//! Options for deferred columns take deferred columns of the right entity.

use orm::load::{selectin, undefer};
use orm::{Auto, BelongsTo, Deferred, Entity, HasMany, Key, Session};

#[derive(Entity)]
struct Author {
    #[entity(primary_key)]
    id: Auto<i64>,
    bio: Deferred<String>,
    #[entity(inverse = "author")]
    books: HasMany<Book>,
}

#[derive(Entity)]
struct Book {
    #[entity(primary_key)]
    id: Auto<i64>,
    title: String,
    summary: Deferred<String>,
    author: BelongsTo<Author>,
}

fn main() {
    let _ = undefer(Book::TITLE);
    let _ = selectin(Author::BOOKS).then(undefer(Author::BIO));
    let _ = undefer((Book::SUMMARY, Author::BIO));
}

fn loads(session: &mut Session, book: Key<Book>) {
    let _ = session.load_column(book, Book::TITLE);
    let _ = session.load_column(book, Author::BIO);
}
