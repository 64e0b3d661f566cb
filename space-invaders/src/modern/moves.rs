//! The edits that move rows: the ship by a key, missiles, bombs and saucer by themselves, the army in step.

use std::collections::HashSet;

use orm::prelude::*;

use super::questions::{Army, Class};
use super::rules::{Modern, Turn};
use super::tables::Player;
use crate::bounds::MAX_X;
use crate::keys;
use crate::models::Coordinate;
use crate::why::Rule;

/// Ticks after which a splat disappears.
const SPLAT_LIFE: i32 = 10;

impl Modern {
    /// Moves the ship of the player who sits here, or fires.
    pub(super) fn steer(&mut self, turn: &Turn, key: keys::Key) -> orm::Result<bool> {
        self.trace.rule(Rule::Steer);
        let mine = turn.players.iter().find(|player| self.session[**player].number == self.number);
        let Some(player) = mine.copied() else { return Ok(false) };
        let Some(ship) = self.session.rel(player, Player::SHIP).load()? else { return Ok(false) };
        let bounds = self.bounds(ship)?;
        match key {
            keys::Key::Left if !bounds.left_bound() => self.session[ship].x -= 1,
            keys::Key::Right if !bounds.right_bound() => self.session[ship].x += 1,
            keys::Key::Fire if self.session[player].missile.id().is_none() => {
                let missile = self.put("missile", bounds.x + 2, bounds.y - 1);
                self.session.rel(player, Player::MISSILE).set(missile)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Moves missiles, bombs and the saucer, and lets old splats fade.
    pub(super) fn fly(
        &mut self,
        turn: &Turn,
        moving: &[Key<Coordinate>],
        tick: i32,
        gone: &mut HashSet<Key<Coordinate>>,
    ) -> orm::Result<bool> {
        let mut changed = false;
        for row in moving.iter().copied().filter(|row| !gone.contains(row)) {
            let bounds = self.bounds(row)?;
            let (dx, dy, left) = match self.class(row)? {
                Class::Missile if tick % 2 == 0 => (0, -1, bounds.top_bound()),
                Class::Bomb if tick % 3 == 0 => (0, 1, bounds.bottom_bound()),
                Class::Saucer if tick % 4 == 0 => (1, 0, bounds.right_edge_bound()),
                Class::Splat => {
                    let age = tick - self.session[row].tick.unwrap_or_default();
                    (0, 0, age > SPLAT_LIFE)
                }
                _ => continue,
            };
            if left {
                if let Some(player) = self.shooter(turn, row) {
                    self.session.rel(player, Player::MISSILE).clear()?;
                }
                self.session.delete(row)?;
            } else if (dx, dy) != (0, 0) {
                let at = self.session.edit(row)?;
                (at.x, at.y) = (at.x + dx, at.y + dy);
            } else {
                continue;
            }
            changed = true;
        }
        Ok(changed)
    }

    pub(super) fn march(
        &mut self,
        turn: &Turn,
        army: &Army,
        marching: &[Key<Coordinate>],
        gone: &HashSet<Key<Coordinate>>,
    ) -> orm::Result<()> {
        let battle = &mut self.session[turn.battle];
        battle.flip = !battle.flip;
        let drops = if battle.heading > 0 { army.right + 1 >= MAX_X } else { army.left - 1 <= 0 };
        let (dx, dy) = if drops { (0, 1) } else { (battle.heading, 0) };
        if drops {
            battle.heading = -battle.heading;
        }
        for member in marching.iter().copied().filter(|member| !gone.contains(member)) {
            let at = self.session.edit(member)?;
            (at.x, at.y) = (at.x + dx, at.y + dy);
        }
        Ok(())
    }
}
