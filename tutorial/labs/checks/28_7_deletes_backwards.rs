//! Checks of lab 28.7.

use labs::check;
use labs::own::given::{Command, Database, Result, Row, Table, Value};

use super::deletes;

labs::checks![books_go_before_their_author, a_row_that_was_never_inserted_needs_no_delete];

static AUTHOR: Table = Table { name: "author", columns: &["name"], references: &[] };
static BOOK: Table = Table { name: "book", columns: &["author_id", "title"], references: &[("author_id", "author")] };

fn books_go_before_their_author() -> Result<()> {
    let mut database = Database::new(&[&AUTHOR, &BOOK])?;
    database.ids(&Command::insert(&AUTHOR, &[vec!["Jane".into()]]))?;
    let book = |title: &str| vec![Value::Int(1), title.into()];
    database.ids(&Command::insert(&BOOK, &[book("Emma"), book("Persuasion")]))?;
    let rows = [database.rows(&AUTHOR)?, database.rows(&BOOK)?].concat();
    database.take_log();
    for command in deletes(&[&AUTHOR, &BOOK], &rows) {
        database.execute(&command)?;
    }
    check::log(
        &database.take_log(),
        &["DELETE FROM book WHERE id IN (?, ?)  [1, 2]", "DELETE FROM author WHERE id IN (?)  [1]"],
    );
    Ok(())
}

fn a_row_that_was_never_inserted_needs_no_delete() -> Result<()> {
    assert_eq!(deletes(&[&AUTHOR, &BOOK], &[Row::new(&AUTHOR, ["Jane".into()])]), []);
    Ok(())
}
