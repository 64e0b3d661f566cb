//! The edits that hits ask for: points, lost ships, and the rows that go away.

use std::collections::HashSet;

use orm::prelude::*;

use super::questions::Hit;
use super::rules::{Modern, Turn};
use super::setup::SAFETY;
use super::tables::Player;
use crate::models::Coordinate;

/// Points for a bomb that is shot.
const BOMB_POINTS: i32 = 5;
/// Points after which a player gets another ship.
const LIFE_EVERY: i32 = 1000;

impl Modern {
    /// Applies the hits: each shot has one target, and each target one shot.
    pub(super) fn strike(
        &mut self,
        turn: &Turn,
        hits: &[Hit],
        gone: &mut HashSet<Key<Coordinate>>,
    ) -> orm::Result<bool> {
        let before = gone.len();
        for Hit { shot, target, class } in hits {
            if gone.contains(shot) || gone.contains(target) {
                continue;
            }
            let shooter = self.shooter(turn, *shot);
            if class == "player" {
                self.sink(turn, *target)?;
            } else {
                gone.insert(*target);
                self.score(turn, shooter, *target, class)?;
                self.session.delete(*target)?;
            }
            gone.insert(*shot);
            if let Some(player) = shooter {
                self.session.rel(player, Player::MISSILE).clear()?;
            }
            self.session.delete(*shot)?;
        }
        Ok(gone.len() > before)
    }

    pub(super) fn shooter(&self, turn: &Turn, shot: Key<Coordinate>) -> Option<Key<Player>> {
        let id = self.session[shot].id.get();
        turn.players.iter().copied().find(|player| id.is_some() && self.session[*player].missile.id() == id.as_ref())
    }

    /// Adds the points of a hit, and shows them.
    fn score(
        &mut self,
        turn: &Turn,
        shooter: Option<Key<Player>>,
        target: Key<Coordinate>,
        class: &str,
    ) -> orm::Result<()> {
        let (Some(player), Coordinate { x, y, score, .. }) = (shooter, &self.session[target]) else { return Ok(()) };
        let (x, y) = (*x, *y);
        let points = if class == "bomb" { BOMB_POINTS } else { score.unwrap_or_default() };
        let before = self.session[player].score;
        self.session[player].score = before + points;
        if (before + points) / LIFE_EVERY > before / LIFE_EVERY {
            self.session[player].lives += 1;
        }
        if class == "army" || class == "saucer" {
            let splat = self.put("splat1", x, y);
            let tick = self.session[turn.battle].tick + 1;
            let row = self.session.edit(splat)?;
            (row.tick, row.label) = (Some(tick), Some(points.to_string()));
        }
        Ok(())
    }

    /// Takes a life; the next ship starts where the first did, unharmed for a while.
    fn sink(&mut self, turn: &Turn, ship: Key<Coordinate>) -> orm::Result<()> {
        let tick = self.session[turn.battle].tick + 1;
        let id = self.session[ship].id.get();
        let owner = turn.players.iter().copied().find(|player| self.session[*player].ship.id() == id.as_ref());
        let Some(player) = owner.filter(|player| self.session[*player].safe_until < tick) else { return Ok(()) };
        let (x, y) = (self.session[ship].x, self.session[ship].y);
        let splat = self.put("splat1", x, y);
        self.session[splat].tick = Some(tick);
        let row = self.session.edit(player)?;
        row.lives -= 1;
        row.safe_until = tick + SAFETY;
        match (row.lives, row.number) {
            (0, _) => {
                self.session.rel(player, Player::SHIP).clear()?;
                self.session.delete(ship)
            }
            (_, number) => {
                self.session[ship].x = if number == 1 { 33 } else { 50 };
                Ok(())
            }
        }
    }
}
