//! Chapter 36: reading our messages: those of the compiler, and those of a running program.

use std::error::Error as _;
use std::fs;

use orm::prelude::*;

use crate::{Stage, workspace};

// ANCHOR: model
#[derive(Entity, Debug, Default)]
#[entity(unique(name = "one_name_per_team", columns(team, name)))]
struct Player {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 20)]
    team: String,
    #[entity(length = 20)]
    name: String,
}
// ANCHOR_END: model

fn player(team: &str, name: &str) -> Player {
    Player { team: team.into(), name: name.into(), ..Player::default() }
}

// ANCHOR: read
fn read(session: &mut Session) -> orm::Result<()> {
    let keys = session.add_all([
        player("red", "ann"),
        player("red", "bob"),
        player("red", "ann"),
    ]);
    let Err(error) = session.commit() else { unreachable!("ann is there twice") };

    assert_eq!(error.code(), "unique-violation"); // for programs and searches
    let orm::Error::Database(refusal) = &error else {
        unreachable!("the database refused")
    };
    assert_eq!(refusal.kind, DatabaseErrorKind::UniqueViolation);
    assert_eq!(refusal.entity, Some("Player")); // whose row it was
    assert!(refusal.statement.starts_with("INSERT INTO player"));
    let _driver = error.source(); // the driver's own error, where there is one

    session.delete(keys[2]).unwrap_or_default(); // it has no row: nothing to delete
    Err(error)
}
// ANCHOR_END: read

// ANCHOR: sensitive
#[derive(Entity, Debug, Default)]
struct Login {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 40, unique, sensitive)]
    token: String,
}

fn sensitive(session: &mut Session) -> orm::Result<()> {
    let login = |token: &str| Login { token: token.into(), ..Login::default() };
    session.add_all([login("secret-1"), login("secret-1")]);
    session.commit()
}
// ANCHOR_END: sensitive

/// The messages of the compiler that this chapter shows; tests of the library compare them with what the compiler says.
const COMPILED: [(&str, &str); 4] = [
    ("no-key", "no_primary_key"),
    ("misspelled", "unknown_attribute"),
    ("no-column", "not_a_column_type"),
    ("no-inverse", "has_many_without_inverse"),
];

pub(crate) fn run(stage: &Stage) -> crate::Result<()> {
    stage.engine().create_all(schema![Player, Login])?;
    let mut session = Session::new(stage.engine());
    stage.refused("read", || read(&mut session))?;
    session.rollback()?;
    stage.refused("sensitive", || sensitive(&mut session))?;
    for (name, file) in COMPILED {
        let path = workspace().join(format!("orm/tests/ui/{file}.stderr"));
        let message = fs::read_to_string(path)?;
        let first = message
            .lines()
            .take_while(|line| !line.is_empty() && !line.starts_with("help:"));
        stage.show(name, first.collect::<Vec<_>>().join("\n"));
    }
    Ok(())
}
