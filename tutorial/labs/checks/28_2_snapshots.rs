//! Checks of lab 28.2.

use labs::own::given::{Key, Result, Row, Table, Value};
use labs::own::identity_map::IdentityMap;

use super::Snapshots;

labs::checks![the_first_state_is_kept, reading_copies_nothing, a_key_without_a_row_is_none];

static AUTHOR: Table = Table { name: "author", columns: &["name"], references: &[] };

fn jane() -> (IdentityMap, Key) {
    let mut map = IdentityMap::default();
    let jane = map.take_in(Row { id: Some(1), ..Row::new(&AUTHOR, ["Jane".into()]) });
    (map, jane)
}

fn name(row: &Row) -> Option<&str> {
    match &row.values[..] {
        [Value::Text(name)] => Some(name),
        _ => None,
    }
}

fn the_first_state_is_kept() -> Result<()> {
    let ((mut map, jane), mut snapshots) = (jane(), Snapshots::default());
    for text in ["Jane A.", "Jane Austen"] {
        snapshots.edit(&mut map, jane).expect("a row that is held").values[0] = text.into();
    }
    assert_eq!(snapshots.before(jane).and_then(name), Some("Jane"), "the row as it was before the edits");
    assert_eq!(map.get(jane).and_then(name), Some("Jane Austen"), "the row as it is");
    assert_eq!(snapshots.edited(), [jane]);
    Ok(())
}

fn reading_copies_nothing() -> Result<()> {
    let ((map, jane), snapshots) = (jane(), Snapshots::default());
    assert_eq!(map.get(jane).and_then(name), Some("Jane"));
    assert_eq!(snapshots.edited(), []);
    Ok(())
}

fn a_key_without_a_row_is_none() -> Result<()> {
    let ((mut map, jane), mut snapshots) = (jane(), Snapshots::default());
    map.remove(jane);
    assert!(snapshots.edit(&mut map, jane).is_none(), "a row that was taken out is lent");
    assert_eq!(snapshots.edited(), []);
    Ok(())
}
