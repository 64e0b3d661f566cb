//! Checks of lab 28.4.

use labs::check;
use labs::own::given::{Command, Database, Result, Table, Value};

use super::order;

labs::checks![parents_come_first, the_database_takes_the_rows, a_table_may_refer_to_itself, a_circle_is_named];

static AUTHOR: Table = Table { name: "author", columns: &["name"], references: &[] };
static BOOK: Table = Table { name: "book", columns: &["author_id", "title"], references: &[("author_id", "author")] };
static REVIEW: Table = Table { name: "review", columns: &["book_id"], references: &[("book_id", "book")] };
static FOLDER: Table = Table { name: "folder", columns: &["parent_id"], references: &[("parent_id", "folder")] };
static HEN: Table = Table { name: "hen", columns: &["egg_id"], references: &[("egg_id", "egg")] };
static EGG: Table = Table { name: "egg", columns: &["hen_id"], references: &[("hen_id", "hen")] };

fn names(tables: &[&Table]) -> Vec<&'static str> {
    tables.iter().map(|table| table.name).collect()
}

fn parents_come_first() -> Result<()> {
    let ordered = order(&[&REVIEW, &BOOK, &AUTHOR])?;
    assert_eq!(names(&ordered), ["author", "book", "review"], "tables in the order of their foreign keys");
    Ok(())
}

fn the_database_takes_the_rows() -> Result<()> {
    let mut database = Database::new(&[&AUTHOR, &BOOK, &REVIEW])?;
    for table in order(&[&BOOK, &REVIEW, &AUTHOR])? {
        let values =
            table.columns.iter().map(|column| if column.ends_with("_id") { Value::Int(1) } else { "text".into() });
        database.ids(&Command::insert(table, &[values.collect()]))?;
    }
    check::log(
        &database.take_log(),
        &[
            "INSERT INTO author (name) VALUES (?) RETURNING id  ['text']",
            "INSERT INTO book (author_id, title) VALUES (?, ?) RETURNING id  [1, 'text']",
            "INSERT INTO review (book_id) VALUES (?) RETURNING id  [1]",
        ],
    );
    Ok(())
}

fn a_table_may_refer_to_itself() -> Result<()> {
    assert_eq!(names(&order(&[&FOLDER, &AUTHOR])?), ["folder", "author"]);
    Ok(())
}

fn a_circle_is_named() -> Result<()> {
    let error = order(&[&AUTHOR, &HEN, &EGG]).expect_err("hen and egg are no order").to_string();
    assert!(error.contains("hen") && error.contains("egg") && !error.contains("author"), "the message: {error}");
    Ok(())
}
