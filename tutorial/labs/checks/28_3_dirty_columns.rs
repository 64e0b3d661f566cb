//! Checks of lab 28.3.

use labs::check;
use labs::own::given::{Command, Database, Result, Row, Table, Value};

use super::update;

labs::checks![only_the_column_that_differs, back_again_is_no_update, another_program_keeps_its_column];

static AUTHOR: Table = Table { name: "author", columns: &["name", "born"], references: &[] };

fn jane(name: &str) -> Row {
    Row { id: Some(1), ..Row::new(&AUTHOR, [name.into(), "1775".into()]) }
}

fn database() -> Result<Database> {
    let mut database = Database::new(&[&AUTHOR])?;
    database.ids(&Command::insert(&AUTHOR, &[jane("Jane").values]))?;
    database.take_log();
    Ok(database)
}

fn only_the_column_that_differs() -> Result<()> {
    let mut database = database()?;
    let command = update(&jane("Jane"), &jane("Jane Austen")).expect("the name differs, and there is no UPDATE");
    database.execute(&command)?;
    check::log(&database.take_log(), &["UPDATE author SET name = ? WHERE id = ?  ['Jane Austen', 1]"]);
    Ok(())
}

fn back_again_is_no_update() -> Result<()> {
    assert_eq!(update(&jane("Jane"), &jane("Jane")), None);
    Ok(())
}

fn another_program_keeps_its_column() -> Result<()> {
    let mut database = database()?;
    database.execute(&Command::text("UPDATE author SET born = '16 December 1775'"))?;
    let command = update(&jane("Jane"), &jane("Jane Austen")).expect("the name differs, and there is no UPDATE");
    database.execute(&command)?;
    let values = &database.rows(&AUTHOR)?[0].values;
    assert_eq!(values[..], [Value::from("Jane Austen"), Value::from("16 December 1775")]);
    Ok(())
}
