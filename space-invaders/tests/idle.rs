//! The game that nobody plays ends the same way on every database.

mod common;

use orm::Engine;
use recipe_testing::{output, servers};
use space_invaders::headless::play;
use space_invaders::keys::Script;

const LOST: &str = "lost after tick 2725: 109 moves, 6 drops, leftmost 1, heading right, 5 saucers, 4 left, score 0";

fn idle(engine: &Engine) -> String {
    let mut game = common::waiting(engine);
    play(engine, &mut game, &Script::default(), 5000).expect("a whole game").to_string()
}

#[test]
fn the_program_prints_the_outcome_and_the_statements() {
    let printed = output(env!("CARGO_BIN_EXE_space-invaders"), &["--classic", "--headless"]);
    assert_eq!(printed, format!("{LOST}\nSELECT 11123 INSERT 5 UPDATE 439 DELETE 4\n"));
}

#[test]
fn a_server_gives_the_same_outcome() {
    for server in servers("space-invaders") {
        let engine = server.build().expect("a server");
        assert_eq!(idle(&engine).lines().next(), Some(LOST));
    }
}

#[test]
fn a_file_gives_the_same_outcome() {
    let folder = tempfile::tempdir().expect("a folder");
    let engine = Engine::new(format!("sqlite:///{}", folder.path().join("game.db").display())).expect("a file");
    assert_eq!(idle(&engine).lines().next(), Some(LOST));
}
