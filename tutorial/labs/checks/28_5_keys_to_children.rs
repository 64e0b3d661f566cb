//! Checks of lab 28.5.

use labs::check;
use labs::own::given::{Database, Result, Row, Table, Value};
use labs::own::identity_map::IdentityMap;

use super::insert;

labs::checks![the_book_gets_the_id_of_its_author, a_row_without_an_id_is_an_error];

static AUTHOR: Table = Table { name: "author", columns: &["name"], references: &[] };
static BOOK: Table = Table { name: "book", columns: &["author_id", "title"], references: &[("author_id", "author")] };

fn the_book_gets_the_id_of_its_author() -> Result<()> {
    let (mut database, mut map) = (Database::new(&[&AUTHOR, &BOOK])?, IdentityMap::default());
    let jane = map.add(Row::new(&AUTHOR, ["Jane".into()]));
    let emma = map.add(Row::new(&BOOK, [Value::Of(jane), "Emma".into()]));
    insert(&mut database, &mut map, jane)?;
    insert(&mut database, &mut map, emma)?;
    check::log(
        &database.take_log(),
        &[
            "INSERT INTO author (name) VALUES (?) RETURNING id  ['Jane']",
            "INSERT INTO book (author_id, title) VALUES (?, ?) RETURNING id  [1, 'Emma']",
        ],
    );
    assert_eq!(map.find(&BOOK, 1), Some(emma), "the key of book 1");
    Ok(())
}

fn a_row_without_an_id_is_an_error() -> Result<()> {
    let (mut database, mut map) = (Database::new(&[&AUTHOR, &BOOK])?, IdentityMap::default());
    let jane = map.add(Row::new(&AUTHOR, ["Jane".into()]));
    let emma = map.add(Row::new(&BOOK, [Value::Of(jane), "Emma".into()]));
    assert!(insert(&mut database, &mut map, emma).is_err(), "a book was inserted before its author");
    check::log(&database.take_log(), &[]);
    Ok(())
}
