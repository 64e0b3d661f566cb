//! A game whose rules panic at a tick: the terminal is restored, and the message stands behind the screen that was.

#![allow(clippy::panic, reason = "the panic is the point")]

use std::error::Error;

use orm::{Engine, Session};
use space_invaders::keys::Key;
use space_invaders::playable::Playable;
use space_invaders::replay::Recording;
use space_invaders::rules::{Game, set_up};
use space_invaders::scene::Scene;
use space_invaders::terminal::{self, Options};
use space_invaders::why::Trace;

/// Tick at which the rules panic.
const LAST: i32 = 10;

struct Broken(Game);

impl Playable for Broken {
    fn step(&mut self, key: Option<Key>) -> orm::Result<()> {
        assert!(self.0.state().tick < LAST, "a rule is broken at tick {LAST}");
        Playable::step(&mut self.0, key)
    }

    fn scene(&mut self) -> orm::Result<Scene> {
        self.0.scene()
    }

    fn tick(&self) -> i32 {
        self.0.tick()
    }

    fn is_playing(&self) -> bool {
        self.0.is_playing()
    }

    fn trace(&mut self) -> &mut Trace {
        self.0.trace()
    }

    fn session(&mut self) -> &mut Session {
        self.0.session()
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let engine = Engine::new("sqlite://")?;
    set_up(&engine)?;
    let mut game = Broken(Game::new(&engine, 1)?);
    let mut options = Options { speed: 60, replay: None, scores: None, recording: Recording::default() };
    terminal::run(&engine, &mut game, &mut options).map(drop)
}
