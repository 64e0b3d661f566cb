//! Lab 19: Guess the plan.
//!
//! A flush does not send the changes in the order in which they were made. It makes a plan: which statements, in which order. `session.flush_plan()` tells the
//! plan without sending anything.
//!
//! Read `change`, and write down the plan as you think it is: one line a statement, such as `INSERT book`. Each statement stands there once.

use orm::prelude::*;

#[derive(Entity, Debug, Default)]
pub struct Author {
    #[entity(primary_key)]
    pub id: Auto<i64>,
    pub name: String,
}

#[derive(Entity, Debug, Default)]
pub struct Book {
    #[entity(primary_key)]
    pub id: Auto<i64>,
    pub author: BelongsTo<Author>,
    pub title: String,
}

/// Deletes a book, adds a book of a new author, and gives the old author another name.
pub fn change(session: &mut Session, emma: Key<Book>, jane: Key<Author>) -> orm::Result<()> {
    session.delete(emma)?;
    let book = session.add(Book { title: "Frankenstein".into(), ..Book::default() });
    let mary = session.add(Author { name: "Mary".into(), ..Author::default() });
    session.rel(book, Book::AUTHOR).set(mary)?;
    session[jane].name = "Jane Austen".into();
    Ok(())
}

/// The statements of the flush, in order.
pub fn guess() -> Vec<&'static str> {
    // hole
    vec!["INSERT book", "INSERT author", "DELETE book", "UPDATE author"]
    // end of hole
}

// Do not change: what this lab must do.
#[path = "../checks/19_guess_the_plan.rs"]
pub mod checks;
