//! Games to test with, in memory.
#![allow(dead_code, reason = "each test file uses a part")]

use orm::{Engine, Recorder};
use space_invaders::headless::Counts;
use space_invaders::keys::Key;
use space_invaders::rules::{Game, set_up};

/// A game behind its start message.
pub(crate) fn game(engine: &Engine) -> Game {
    let mut game = waiting(engine);
    game.step(Some(Key::Other)).expect("a field of play");
    game.scene().expect("a first picture");
    game
}

/// A game that shows its start message.
pub(crate) fn waiting(engine: &Engine) -> Game {
    set_up(engine).expect("tables");
    Game::new(engine, 1).expect("a game")
}

/// A database in memory.
pub(crate) fn engine() -> Engine {
    Engine::new("sqlite://").expect("a database in memory")
}

/// SELECT, INSERT, UPDATE and DELETE statements since the last call.
pub(crate) fn sent(recorder: &Recorder) -> [usize; 4] {
    let Counts { select, insert, update, delete } = Counts::of(&recorder.take());
    [select, insert, update, delete]
}

/// One step and its picture.
pub(crate) fn tick(game: &mut Game, key: Option<Key>) {
    game.step(key).expect("a tick");
    game.scene().expect("a picture");
}
