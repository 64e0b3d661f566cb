//! Checks of lab 28.1.

use labs::check;
use labs::own::given::{Command, Database, Key, Result, Row, Table, Value};

use super::IdentityMap;

labs::checks![the_same_row_has_the_same_key, what_is_held_is_not_overwritten, tables_count_for_themselves];

static AUTHOR: Table = Table { name: "author", columns: &["name"], references: &[] };
static BOOK: Table = Table { name: "book", columns: &["title"], references: &[] };

/// A database with an author and a book, both of id 1.
fn database() -> Result<Database> {
    let mut database = Database::new(&[&AUTHOR, &BOOK])?;
    database.ids(&Command::insert(&AUTHOR, &[vec!["Jane".into()]]))?;
    database.ids(&Command::insert(&BOOK, &[vec!["Emma".into()]]))?;
    database.take_log();
    Ok(database)
}

fn read(database: &mut Database, map: &mut IdentityMap, table: &'static Table) -> Result<Vec<Key>> {
    Ok(database.rows(table)?.into_iter().map(|row| map.take_in(row)).collect())
}

fn the_same_row_has_the_same_key() -> Result<()> {
    let (mut database, mut map) = (database()?, IdentityMap::default());
    let first = read(&mut database, &mut map, &AUTHOR)?;
    let again = read(&mut database, &mut map, &AUTHOR)?;
    let third = read(&mut database, &mut map, &AUTHOR)?;
    let select = "SELECT json_array(id, name) AS row FROM author ORDER BY id";
    check::log(&database.take_log(), &[select, select, select]);
    assert_eq!(again[0], first[0], "the key of the row that was read again");
    assert_eq!(third[0], first[0], "the key of the row that was read a third time");
    assert_eq!(map.find(&AUTHOR, 1), Some(first[0]), "the key that the map knows for author 1");
    Ok(())
}

fn what_is_held_is_not_overwritten() -> Result<()> {
    let (mut database, mut map) = (database()?, IdentityMap::default());
    let jane = read(&mut database, &mut map, &AUTHOR)?[0];
    let edited = Row { values: vec!["Jane Austen".into()], ..map.get(jane).expect("a row that is held").clone() };
    map.put(jane, edited);
    read(&mut database, &mut map, &AUTHOR)?;
    assert_eq!(map.get(jane).expect("a row that is held").values, [Value::from("Jane Austen")]);
    Ok(())
}

fn tables_count_for_themselves() -> Result<()> {
    let (mut database, mut map) = (database()?, IdentityMap::default());
    let jane = read(&mut database, &mut map, &AUTHOR)?[0];
    let emma = read(&mut database, &mut map, &BOOK)?[0];
    assert_ne!(jane, emma, "an author and a book with the same id have one key");
    assert_eq!((map.find(&AUTHOR, 1), map.find(&BOOK, 1)), (Some(jane), Some(emma)));
    Ok(())
}
