//! Checks of lab 28.6.

use labs::check;
use labs::own::given::{Database, Key, Result, Row, Table, Value};
use labs::own::identity_map::IdentityMap;

use super::{MOST, batches, insert_all};

labs::checks![one_insert_a_table, each_row_gets_its_own_id, a_statement_takes_so_many_rows];

static AUTHOR: Table = Table { name: "author", columns: &["name"], references: &[] };
static BOOK: Table = Table { name: "book", columns: &["author_id", "title"], references: &[("author_id", "author")] };

/// Three authors with a book each, authors first.
fn new() -> (IdentityMap, Vec<Key>) {
    let mut map = IdentityMap::default();
    let mut keys: Vec<Key> = ["Jane", "Mary", "Emily"].map(|name| map.add(Row::new(&AUTHOR, [name.into()]))).to_vec();
    for author in keys.clone() {
        keys.push(map.add(Row::new(&BOOK, [Value::Of(author), "A book".into()])));
    }
    (map, keys)
}

fn one_insert_a_table() -> Result<()> {
    let (mut database, (mut map, keys)) = (Database::new(&[&AUTHOR, &BOOK])?, new());
    insert_all(&mut database, &mut map, &keys)?;
    check::log(
        &check::collapsed(database.take_log()),
        &[
            "INSERT INTO author (name) VALUES (?), (?), (?) RETURNING id",
            "INSERT INTO book (author_id, title) VALUES (?, ?), (?, ?), (?, ?) RETURNING id",
        ],
    );
    Ok(())
}

fn each_row_gets_its_own_id() -> Result<()> {
    let (mut database, (mut map, keys)) = (Database::new(&[&AUTHOR, &BOOK])?, new());
    insert_all(&mut database, &mut map, &keys)?;
    let ids: Vec<_> = keys.iter().map(|key| map.get(*key).and_then(|row| row.id)).collect();
    assert_eq!(ids, [1, 2, 3, 1, 2, 3].map(Some), "ids of three authors and their books");
    assert_eq!(database.rows(&BOOK)?[2].values[0], Value::Int(3), "the author of the third book");
    Ok(())
}

fn a_statement_takes_so_many_rows() -> Result<()> {
    let mut map = IdentityMap::default();
    let keys: Vec<Key> = (0..=MOST).map(|_| map.add(Row::new(&AUTHOR, ["Jane".into()]))).collect();
    let sizes: Vec<usize> = batches(&map, &keys).iter().map(Vec::len).collect();
    assert_eq!(sizes, [MOST, 1], "rows of each statement");
    Ok(())
}
