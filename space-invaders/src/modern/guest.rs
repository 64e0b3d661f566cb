//! The second seat. A guest waits while there is no battle, and sits down again after the first player began a new one.

use orm::prelude::*;

use super::rules::Modern;
use super::setup::{LIVES, SAFETY, SHIP_ROW};
use super::tables::{Battle, Player};
use crate::keys;
use crate::why::Rule;

/// The second player of a battle.
#[derive(Clone, Debug)]
pub(super) struct Guest {
    /// Name for the list of high scores.
    pub(super) name: String,
    /// Reason why the guest has no seat at the moment.
    pub(super) waits: Option<String>,
}

impl Modern {
    /// Takes a step of the second player. Without a seat, the guest tries to sit down and drops the key.
    pub(super) fn step_as_guest(&mut self, key: Option<keys::Key>) -> orm::Result<()> {
        if self.waits().is_some() {
            return self.sit_down();
        }
        let Some(key) = key else { return Ok(()) };
        let outcome = self.retry(|game| {
            game.prepare(Some(key))?;
            game.write()
        });
        self.unless_begun_anew(outcome).map(drop)
    }

    /// Returns the reason why a guest has no seat at the moment.
    pub fn waits(&self) -> Option<&str> {
        self.guest.as_ref()?.waits.as_deref()
    }

    /// Takes the second seat, also once more. The guest goes on waiting where there is no battle.
    pub(super) fn sit_down(&mut self) -> orm::Result<()> {
        let Some(Guest { name, .. }) = self.guest.clone() else { return Ok(()) };
        self.trace.rule(Rule::SetUp);
        let outcome = self.retry(|game| {
            // Pictures of a battle that was dropped may still be in memory.
            game.session.close()?;
            game.look_pictures_up()?;
            game.take_seat(&name)
        });
        match self.unless_begun_anew(outcome)? {
            Some(true) => self.wait_for(None),
            Some(false) => self.wait_for(Some(String::new())),
            None => {}
        }
        Ok(())
    }

    /// Adds the second player to the battle; false where there is none.
    fn take_seat(&mut self, name: &str) -> orm::Result<bool> {
        // The lock comes before the reads: a long step of the first player would win every race.
        self.session.execute(&text("UPDATE battle SET presses = presses"))?;
        let battle = self.session.query::<Battle>().first()?;
        let (Some(battle), true) = (battle, self.pictures.contains_key("ship2")) else {
            self.session.rollback()?;
            return Ok(false);
        };
        if self.session.query::<Player>().filter(Player::NUMBER.eq(2)).count()? == 0 {
            let ship = self.put("ship2", 50, SHIP_ROW);
            let safe_until = self.session[battle].tick + SAFETY;
            let seat = Player { battle: BelongsTo::to(battle), ship: BelongsTo::to(ship), ..Player::default() };
            self.session.add(Player { number: 2, name: name.to_owned(), lives: LIVES, safe_until, ..seat });
            self.session[battle].presses += 1;
        }
        self.session.commit()?;
        Ok(true)
    }

    /// Makes a guest wait where an outcome says that the first player drops or creates the tables; `None` then.
    pub(super) fn unless_begun_anew<T>(&mut self, outcome: orm::Result<T>) -> orm::Result<Option<T>> {
        let error = match outcome {
            Ok(done) => return Ok(Some(done)),
            Err(error) if self.guest.is_none() => return Err(error),
            Err(error) => error,
        };
        let reason = match &error {
            orm::Error::Database(error) if error.kind == DatabaseErrorKind::MissingTable => String::new(),
            orm::Error::Database(error) if error.kind != DatabaseErrorKind::Disconnected => error.to_string(),
            orm::Error::InvalidRequest { .. } | orm::Error::ObjectDeleted { .. } | orm::Error::StaleData { .. } => {
                String::new()
            }
            _ => return Err(error),
        };
        self.session.close()?;
        self.wait_for(Some(reason));
        Ok(None)
    }

    pub(super) fn wait_for(&mut self, reason: Option<String>) {
        if let Some(guest) = &mut self.guest {
            guest.waits = reason;
        }
    }
}
