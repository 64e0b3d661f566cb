//! A tick of the battle: all questions first, then all edits. Nothing is written before the flush behind it.

use std::collections::HashSet;

use super::questions::Army;
use super::rules::{Modern, Turn};
use super::tables::Stage;
use crate::bounds::Bounds;
use crate::keys;
use crate::why::Rule;

/// Ticks between two saucers.
const SAUCER_EVERY: i32 = 500;
/// Ticks that a cleared level stays.
const CLEARED_FOR: i32 = 90;

impl Modern {
    /// One tick of the battle: all questions, then all edits. Returns whether a row of the field changes.
    pub(super) fn tick(&mut self, turn: &Turn, key: Option<keys::Key>) -> orm::Result<bool> {
        let army = self.army()?;
        let landed = army.alive > 0 && self.has_landed(turn)?;
        self.trace.rule(Rule::Flight);
        let moving = self.of_class(&["missile", "bomb", "saucer", "splat"])?;
        let hits = self.hits(&moving)?;
        let tick = self.session[turn.battle].tick + 1;
        let level = self.session[turn.battle].level;
        let marching =
            if army.alive > 0 && i64::from(tick) % army.pace(level) == 0 { self.marching()? } else { Vec::new() };
        let crushed = if marching.is_empty() { Vec::new() } else { self.crushed()? };
        let bomber = self.bomber(turn, army.alive, tick)?;

        let mut gone = HashSet::new();
        let mut changed = self.strike(turn, &hits, &mut gone)?;
        changed |= self.fly(turn, &moving, tick, &mut gone)?;
        if !marching.is_empty() {
            self.march(turn, &army, &marching, &gone)?;
            for cell in crushed.into_iter().filter(|cell| gone.insert(*cell)) {
                self.session.delete(cell)?;
            }
            changed = true;
        }
        if let Some(bomber) = bomber.filter(|bomber| !gone.contains(bomber)) {
            let Bounds { x, y, width, height } = self.bounds(bomber)?;
            self.put("bomb", x + width / 2, y + height - 1);
            changed = true;
        }
        if tick % SAUCER_EVERY == 0 {
            let points = 100 * self.chance(turn.battle, 5) + 100;
            let saucer = self.put("saucer", -6, 1);
            self.session[saucer].score = Some(points);
            changed = true;
        }
        if let Some(key) = key {
            changed |= self.steer(turn, key)?;
        }
        changed |= self.judge(turn, &army, landed);
        Ok(changed)
    }

    /// Ends the level or the battle.
    fn judge(&mut self, turn: &Turn, army: &Army, landed: bool) -> bool {
        let over = landed || turn.players.iter().all(|player| self.session[*player].lives == 0);
        let (stage, message) = match (over, army.alive) {
            (true, _) => (Stage::Over, "lose_message"),
            (false, 0) => (Stage::Cleared, "win_message"),
            _ => return false,
        };
        let battle = &mut self.session[turn.battle];
        (battle.stage, battle.wait) = (stage, CLEARED_FOR);
        self.put(message, 15, 15);
        true
    }
}
