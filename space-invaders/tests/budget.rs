//! The number of statements of each phase: SELECT, INSERT, UPDATE, DELETE.
//!
//! The figures are those of SQLAlchemy's example under a strong identity map, where the session holds every glyph. Two rows need
//! fewer here: a hit deletes both rows by one statement, and the setup inserts the glyphs of a class together.

mod common;

use common::{engine, game, sent, tick, waiting};
use orm::StatementKind;
use space_invaders::keys::Key;
use space_invaders::rules::{Game, Phase, set_up};

#[test]
fn setup_creates_two_tables_and_commits_eleven_glyphs() {
    let engine = engine();
    let recorder = engine.record();
    set_up(&engine).expect("tables");
    let statements = recorder.take();
    let created = statements.iter().filter(|statement| statement.sql.starts_with("CREATE TABLE")).count();
    let rows: usize =
        statements.iter().filter(|statement| statement.kind == StatementKind::Insert).map(|insert| insert.rows).sum();
    assert_eq!((created, rows), (2, 11));
    // One INSERT for each of the six classes: rows of different classes do not share a statement.
    assert_eq!(statements.count(StatementKind::Insert), 6);
    assert_eq!(statements.last().map(|statement| statement.sql.as_str()), Some("COMMIT"));
}

#[test]
fn start_message() {
    let engine = engine();
    set_up(&engine).expect("tables");
    let recorder = engine.record();
    Game::new(&engine, 1).expect("a game");
    assert_eq!(sent(&recorder), [2, 1, 0, 0]);
}

/// 26 look-ups and rows, the ship, and the first picture.
#[test]
fn field_of_play_and_first_picture() {
    let engine = engine();
    let mut game = waiting(&engine);
    let recorder = engine.record();
    game.step(Some(Key::Other)).expect("a field");
    assert_eq!(sent(&recorder), [27, 26, 0, 1]);
    game.scene().expect("a picture");
    assert_eq!(sent(&recorder), [1, 0, 0, 0]);
}

#[test]
fn quiet_tick() {
    let engine = engine();
    let mut game = game(&engine);
    let recorder = engine.record();
    tick(&mut game, None);
    assert_eq!(sent(&recorder), [4, 0, 0, 0]);
}

#[test]
fn ship_moves() {
    let engine = engine();
    let mut game = game(&engine);
    let recorder = engine.record();
    for key in [Key::Left, Key::Right] {
        tick(&mut game, Some(key));
        assert_eq!(sent(&recorder), [4, 0, 1, 0]);
    }
}

#[test]
fn fire_and_fly() {
    let engine = engine();
    let mut game = game(&engine);
    let recorder = engine.record();
    tick(&mut game, Some(Key::Fire));
    assert_eq!(sent(&recorder), [5, 1, 0, 0]);
    tick(&mut game, None);
    assert_eq!(sent(&recorder), [5, 0, 1, 0]);
    tick(&mut game, None);
    assert_eq!(sent(&recorder), [4, 0, 0, 0]);
    // A second missile has to wait for the first.
    tick(&mut game, Some(Key::Fire));
    assert_eq!(sent(&recorder), [5, 0, 1, 0]);
}

#[test]
fn army_moves() {
    let engine = engine();
    let mut game = game(&engine);
    (1..25).for_each(|_| tick(&mut game, None));
    let recorder = engine.record();
    tick(&mut game, None);
    assert_eq!(sent(&recorder), [6, 0, 1, 0]);
    assert_eq!(game.leftmost().expect("an army"), Some(1));
}

/// The ship stands below the fourth column, x = 30 to 35, and fires from x = 36: one step left is a hit.
#[test]
fn hit_and_splat() {
    let engine = engine();
    let mut game = game(&engine);
    tick(&mut game, Some(Key::Left));
    tick(&mut game, Some(Key::Fire));
    let recorder = engine.record();
    while game.has_missile() {
        recorder.take();
        tick(&mut game, None);
    }
    assert_eq!(sent(&recorder), [6, 1, 0, 1]);
    assert_eq!(game.state().score, 10);
    tick(&mut game, None);
    assert_eq!(sent(&recorder)[1..], [0, 0, 0]);
    let last = (0..15).map(|_| {
        tick(&mut game, None);
        sent(&recorder)[3]
    });
    assert_eq!(last.sum::<usize>(), 1, "the splat is deleted once");
}

#[test]
fn pause() {
    let engine = engine();
    let mut game = game(&engine);
    let recorder = engine.record();
    tick(&mut game, Some(Key::Pause));
    assert_eq!(game.phase(), Phase::Paused);
    let frame = game.scene().expect("a picture");
    assert!(frame.text().contains("P A U S E D"));
    // Two counts of the army, glyph of the message, rows that the message covers, two pictures.
    assert_eq!(sent(&recorder), [6, 1, 0, 0]);
    tick(&mut game, None);
    assert_eq!(sent(&recorder), [1, 0, 0, 0], "time stands still");
    tick(&mut game, Some(Key::Pause));
    assert_eq!(game.phase(), Phase::Playing);
    // The rest of the tick that was interrupted, and its picture.
    assert_eq!(sent(&recorder), [2, 0, 0, 1]);
    assert_eq!(game.state().tick, 1);
}

#[test]
fn saucer_comes_and_flies() {
    let engine = engine();
    let mut game = game(&engine);
    (1..500).for_each(|_| tick(&mut game, None));
    let recorder = engine.record();
    // The army moves on tick 500 too: its three statements are not the saucer's.
    tick(&mut game, None);
    assert_eq!(sent(&recorder), [7, 1, 1, 0]);
    (501..504).for_each(|_| tick(&mut game, None));
    assert_eq!(sent(&recorder), [12, 0, 0, 0]);
    tick(&mut game, None);
    assert_eq!(sent(&recorder), [4, 0, 1, 0]);
}
