//! Lab 26: Read the message.
//!
//! Every error has a code, which programs compare and which stays the same when a message is improved. Three programs fail here, each in its own way. Read each
//! message, and write down the code of the error.

use orm::prelude::*;

#[derive(Entity, Debug, Default)]
pub struct Author {
    #[entity(primary_key)]
    pub id: Auto<i64>,
    #[entity(unique)]
    pub name: String,
    #[entity(inverse = "author", lazy = "raise")]
    pub books: HasMany<Book>,
}

#[derive(Entity, Debug, Default)]
pub struct Book {
    #[entity(primary_key)]
    pub id: Auto<i64>,
    #[entity(inverse = "books")]
    pub author: BelongsTo<Author>,
}

/// Looks for somebody who is not there.
pub fn program_1(session: &mut Session) -> orm::Result<()> {
    session.query::<Author>().filter(Author::NAME.eq("Nobody")).one().map(drop)
}

/// Adds the same name twice.
pub fn program_2(session: &mut Session) -> orm::Result<()> {
    session.add_all(["Jane", "Jane"].map(|name| Author { name: name.into(), ..Author::default() }));
    session.commit()
}

/// Asks for books that the query did not load.
pub fn program_3(session: &mut Session) -> orm::Result<()> {
    session.add(Author { name: "Jane".into(), ..Author::default() });
    session.commit()?;
    session.expunge_all();
    let jane = session.query::<Author>().one()?;
    session.rel(jane, Author::BOOKS).load().map(drop)
}

/// The codes of the three errors.
pub fn codes() -> [&'static str; 3] {
    // hole
    ["?", "?", "?"]
    // end of hole
}

// Do not change: what this lab must do.
#[path = "../checks/26_read_the_message.rs"]
pub mod checks;
