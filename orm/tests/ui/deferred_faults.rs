//! What a deferred column cannot be.

use orm::{Auto, BelongsTo, Deferred, Entity, HasMany};

#[derive(Entity)]
#[entity(unique(title, summary))]
struct Book {
    #[entity(primary_key)]
    id: Deferred<i64>,
    title: String,
    summary: Deferred<String>,
    cover: Option<Deferred<Vec<u8>>>,
    pages: Deferred<Auto<i64>>,
    author: Deferred<BelongsTo<Author>>,
    #[entity(version)]
    version: Deferred<i64>,
    #[entity(unique)]
    isbn: Deferred<String>,
    #[entity(references = "author.id")]
    editor: Deferred<i64>,
    #[entity(lazy = "select")]
    notes: Deferred<String>,
    #[entity(group = "texts")]
    blurb: String,
}

#[derive(Entity)]
struct Author {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "author", key = "summary")]
    letters: HasMany<Letter>,
}

#[derive(Entity)]
struct Letter {
    #[entity(primary_key)]
    id: Auto<i64>,
    summary: Deferred<String>,
    author: BelongsTo<Author>,
}

fn main() {}
