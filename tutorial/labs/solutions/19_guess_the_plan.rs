//! Lab 19: Guess the plan. Solution.
//!
//! The order is that of the foreign keys, not that of the program. `println!("{}", session.flush_plan()?)` shows rows and reasons as well.

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
    vec!["UPDATE author", "INSERT author", "INSERT book", "DELETE book"]
    // end of hole
}

// Do not change: what this lab must do.
#[path = "../checks/19_guess_the_plan.rs"]
pub mod checks;
