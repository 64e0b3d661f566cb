//! A step of the modern game: a transaction that is prepared, written, and taken again when it loses a race.

use std::collections::BTreeMap;

use orm::prelude::*;

use super::guest::Guest;
use super::setup::SAFETY;
use super::tables::{Battle, Player, Stage};
use crate::keys;
use crate::models::{Coordinate, Picture};
use crate::why::{Rule, Trace};

/// How often a step that lost a race is taken again.
pub(super) const ATTEMPTS: usize = 20;

/// A game at the controls of one player: its session, and the keys of the pictures. Everything else is rows.
#[derive(Debug)]
pub struct Modern {
    pub(crate) session: Session,
    pub(crate) trace: Trace,
    /// Number of the player that sits here.
    pub(super) number: i32,
    /// Second player, at whose controls the session is.
    pub(super) guest: Option<Guest>,
    /// Keys of the pictures by name.
    pub(super) pictures: BTreeMap<String, Key<Picture>>,
    /// Steps that lost a race and were taken again.
    pub(super) races: u32,
    /// Whether the step locks the battle before it reads: it has lost a race before.
    pub(super) insists: bool,
    /// The game in numbers, as the last picture showed it.
    pub(super) shown: Standing,
    /// What a step has to write: whether rows of the field are among it.
    pub(super) prepared: Option<(Key<Battle>, bool)>,
}

/// The game in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// State between two steps.
    pub stage: Stage,
    /// Level, from 1.
    pub level: i32,
    /// Tick.
    pub tick: i32,
    /// Name, points and ships of each player.
    pub players: Vec<(String, i32, i32)>,
}

/// Rows that a step looks at.
pub(super) struct Turn {
    pub(super) battle: Key<Battle>,
    pub(super) players: Vec<Key<Player>>,
}

impl Modern {
    /// Takes a step: a transaction. One that loses a race for a row that another player changed is taken again.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn step(&mut self, key: Option<keys::Key>) -> orm::Result<()> {
        if self.guest.is_some() {
            return self.step_as_guest(key);
        }
        self.retry(|game| {
            game.prepare(key)?;
            game.write()
        })
    }

    /// Prepares a step and returns what it would write; [`write`](Self::write) sends it.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn plan(&mut self, key: Option<keys::Key>) -> orm::Result<String> {
        self.prepare(key)?;
        Ok(self.session.flush_plan()?.to_string())
    }

    /// Returns how many steps lost a race.
    pub fn races(&self) -> u32 {
        self.races
    }

    /// Returns the game in numbers.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn standing(&mut self) -> orm::Result<Standing> {
        let Turn { battle, players } = self.turn()?;
        let Battle { stage, level, tick, .. } = self.session[battle];
        let player = |key: &Key<Player>| {
            let player = &self.session[*key];
            (player.name.clone(), player.score, player.lives)
        };
        let players = players.iter().map(player).collect();
        self.session.rollback()?;
        Ok(Standing { stage, level, tick, players })
    }

    /// Returns the game in numbers as the last picture showed it: no statement.
    pub fn shown(&self) -> &Standing {
        &self.shown
    }

    /// Returns the session, to look at the rows.
    pub fn session(&mut self) -> &mut Session {
        &mut self.session
    }

    /// Takes a transaction again while it loses races.
    pub(super) fn retry<T>(&mut self, mut work: impl FnMut(&mut Self) -> orm::Result<T>) -> orm::Result<T> {
        let mut left = ATTEMPTS;
        loop {
            let error = match work(self) {
                Ok(done) => {
                    self.insists = false;
                    return Ok(done);
                }
                Err(error) => error,
            };
            self.prepared = None;
            self.session.rollback()?;
            let lost = matches!(error, orm::Error::StaleData { .. } | orm::Error::ObjectDeleted { .. });
            left -= 1;
            if left == 0 || !(lost || error.is_retryable()) {
                return Err(error);
            }
            self.races += 1;
            // A long step would lose to a short one again and again.
            self.insists = true;
        }
    }

    /// Reads the battle, its players and their ships: one SELECT.
    fn turn(&mut self) -> orm::Result<Turn> {
        self.trace.rule(Rule::Turn);
        if self.insists {
            self.session.execute(&text("UPDATE battle SET presses = presses"))?;
        }
        let ships = joined(Player::SHIP).then(joined(Coordinate::GLYPH));
        let players = self.session.query::<Player>().options((joined(Player::BATTLE), ships)).order_by(Player::NUMBER);
        let players = players.all()?;
        let Some(first) = players.first() else {
            return Err(orm::Error::invalid("the game has no player: its tables were emptied"));
        };
        let battle = self.session.rel(*first, Player::BATTLE).one()?;
        Ok(Turn { battle, players })
    }

    /// Asks and edits; writes nothing.
    pub(super) fn prepare(&mut self, key: Option<keys::Key>) -> orm::Result<()> {
        let turn = self.turn()?;
        let battle = turn.battle;
        // The guest moves a ship; time and everything else are the first player's.
        let changed = match (self.session[battle].stage, key) {
            (Stage::Start | Stage::Paused, Some(_)) => self.go_on(&turn)?,
            (Stage::Playing, Some(keys::Key::Pause)) => self.pause(&turn),
            (Stage::Playing, key) if self.number == 1 => self.tick(&turn, key)?,
            (Stage::Playing, Some(key)) => self.steer(&turn, key)?,
            (Stage::Cleared, _) if self.number == 1 => self.wait(&turn)?,
            _ => return self.session.rollback().map(drop),
        };
        if self.number == 1 {
            self.session[battle].tick += 1;
        } else {
            self.session[battle].presses += 1;
        }
        self.prepared = Some((battle, changed));
        Ok(())
    }

    /// Writes what a step prepared, and remembers it.
    ///
    /// # Errors
    /// Whatever the database says; [`orm::Error::StaleData`] where another player was faster.
    pub fn write(&mut self) -> orm::Result<()> {
        let Some((battle, changed)) = self.prepared.take() else { return Ok(()) };
        self.trace.rule(Rule::Flush);
        self.session.flush()?;
        if self.number == 1 {
            self.remember(battle, changed)?;
        }
        self.trace.rule(Rule::Flush);
        self.session.commit()
    }

    fn pause(&mut self, turn: &Turn) -> bool {
        self.session[turn.battle].stage = Stage::Paused;
        self.put("pause_message", 15, 15);
        true
    }

    fn go_on(&mut self, turn: &Turn) -> orm::Result<bool> {
        self.trace.rule(Rule::Message);
        for message in self.of_class(&["message"])? {
            self.session.delete(message)?;
        }
        self.session[turn.battle].stage = Stage::Playing;
        Ok(true)
    }

    /// Waits after a cleared level, then sets up the next.
    fn wait(&mut self, turn: &Turn) -> orm::Result<bool> {
        self.session[turn.battle].wait -= 1;
        if self.session[turn.battle].wait > 0 {
            return Ok(false);
        }
        let gone = self.session.query::<Coordinate>().all()?;
        for player in &turn.players {
            self.session.rel(*player, Player::MISSILE).clear()?;
            self.session.rel(*player, Player::SHIP).clear()?;
            let safe_until = self.session[turn.battle].tick + SAFETY;
            self.session[*player].safe_until = safe_until;
        }
        for row in gone {
            self.session.delete(row)?;
        }
        let battle = &mut self.session[turn.battle];
        battle.level += 1;
        battle.stage = Stage::Playing;
        (battle.heading, battle.flip) = (1, false);
        let level = battle.level;
        self.set_field(&turn.players, level)?;
        Ok(true)
    }
}
