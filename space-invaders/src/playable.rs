//! The games as the terminal sees them: a step, a picture, and what the modern game can do besides.

use orm::Session;

use crate::console;
use crate::keys::Key;
use crate::modern::{Modern, Stage};
use crate::rules::{Game, Phase};
use crate::scene::Scene;
use crate::why::Trace;

/// Steps that the message at the end of a classic round stays: two seconds.
const REST: u32 = 120;

/// A game that a terminal can play.
pub trait Playable {
    /// Takes a step.
    ///
    /// # Errors
    /// Whatever the database says.
    fn step(&mut self, key: Option<Key>) -> orm::Result<()>;

    /// Draws the field.
    ///
    /// # Errors
    /// Whatever the database says.
    fn scene(&mut self) -> orm::Result<Scene>;

    /// Returns the tick that the last picture showed.
    fn tick(&self) -> i32;

    /// Returns whether the game goes on, as of the last picture.
    fn is_playing(&self) -> bool;

    /// Returns name, points and level of each player of a game that is over and counts for the list of high scores.
    fn result(&self) -> Vec<(String, i32, i32)> {
        Vec::new()
    }

    /// Returns the record of statements by rule.
    fn trace(&mut self) -> &mut Trace;

    /// Returns the session, for the console.
    fn session(&mut self) -> &mut Session;

    /// Makes what the console did permanent, where steps are transactions.
    ///
    /// # Errors
    /// Whatever the database says.
    fn keep(&mut self) -> orm::Result<()> {
        Ok(())
    }

    /// Prepares a step, and returns the flush that it needs. `None` where steps are not prepared.
    ///
    /// # Errors
    /// Whatever the database says.
    fn plan(&mut self, _key: Option<Key>) -> orm::Result<Option<String>> {
        Ok(None)
    }

    /// Writes the step that was prepared.
    ///
    /// # Errors
    /// Whatever the database says.
    fn write(&mut self) -> orm::Result<()> {
        Ok(())
    }

    /// Returns the first and the last tick that are remembered.
    ///
    /// # Errors
    /// Whatever the database says.
    fn remembered(&mut self) -> orm::Result<Option<(i32, i32)>> {
        Ok(None)
    }

    /// Draws a tick that is remembered.
    ///
    /// # Errors
    /// Whatever the database says.
    fn scene_at(&mut self, _tick: i32) -> orm::Result<Scene> {
        self.scene()
    }

    /// Goes back to a tick that is remembered.
    ///
    /// # Errors
    /// Whatever the database says.
    fn rewind(&mut self, _tick: i32) -> orm::Result<()> {
        Ok(())
    }

    /// Returns how many steps lost a race against another player.
    fn races(&self) -> u32 {
        0
    }
}

/// Runs a statement of the console, and keeps what it did.
///
/// # Errors
/// Whatever the database says; the game goes on.
pub fn run_sql(game: &mut dyn Playable, sql: &str) -> orm::Result<String> {
    game.trace().rule(crate::why::Rule::Console);
    let said = console::run(game.session(), sql)?;
    game.keep()?;
    Ok(said)
}

impl Playable for Game {
    fn step(&mut self, key: Option<Key>) -> orm::Result<()> {
        let ended = matches!(self.phase(), Phase::Won | Phase::Lost);
        self.rested = if ended { self.rested + 1 } else { 0 };
        let outcome = match (ended, key) {
            (true, _) if self.rested < REST => Ok(()),
            (true, _) => self.next_round(),
            (_, key) => Self::step(self, key).map(drop),
        };
        match outcome {
            // The console took away a row that the rules return to: a new round.
            Err(orm::Error::ObjectDeleted { .. } | orm::Error::NoResultFound { .. }) => self.next_round(),
            outcome => outcome,
        }
    }

    fn scene(&mut self) -> orm::Result<Scene> {
        Self::scene(self)
    }

    fn tick(&self) -> i32 {
        self.state().tick
    }

    fn is_playing(&self) -> bool {
        self.phase() == Phase::Playing
    }

    fn trace(&mut self) -> &mut Trace {
        &mut self.trace
    }

    fn session(&mut self) -> &mut Session {
        &mut self.session
    }
}

impl Playable for Modern {
    fn step(&mut self, key: Option<Key>) -> orm::Result<()> {
        Self::step(self, key)
    }

    fn scene(&mut self) -> orm::Result<Scene> {
        Self::scene(self)
    }

    fn tick(&self) -> i32 {
        self.shown().tick
    }

    fn is_playing(&self) -> bool {
        self.shown().stage == Stage::Playing
    }

    fn result(&self) -> Vec<(String, i32, i32)> {
        let standing = self.shown();
        match standing.stage {
            Stage::Over => {
                let result = |(name, score, _): &(String, i32, i32)| (name.clone(), *score, standing.level);
                standing.players.iter().map(result).collect()
            }
            _ => Vec::new(),
        }
    }

    fn trace(&mut self) -> &mut Trace {
        &mut self.trace
    }

    fn session(&mut self) -> &mut Session {
        &mut self.session
    }

    fn keep(&mut self) -> orm::Result<()> {
        self.session.commit()?;
        self.forget_rows()
    }

    fn plan(&mut self, key: Option<Key>) -> orm::Result<Option<String>> {
        Self::plan(self, key).map(Some)
    }

    fn write(&mut self) -> orm::Result<()> {
        Self::write(self)
    }

    fn remembered(&mut self) -> orm::Result<Option<(i32, i32)>> {
        Self::remembered(self)
    }

    fn scene_at(&mut self, tick: i32) -> orm::Result<Scene> {
        Self::scene_at(self, tick)
    }

    fn rewind(&mut self, tick: i32) -> orm::Result<()> {
        Self::rewind(self, tick)
    }

    fn races(&self) -> u32 {
        Self::races(self)
    }
}
