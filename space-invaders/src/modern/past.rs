//! Time travel: what a tick changed is remembered by SQL alone, shown again by a query, and played on from.
//!
//! A row of the field is remembered from the tick that changed it until the next that did. Battle and players, which are few, are
//! remembered at each tick. Nothing of it is in memory, so that a game that was left has its past too.

use orm::prelude::*;

use super::rules::Modern;
use super::tables::{Battle, OPEN, PastBattle, PastPlayer};
use crate::why::Rule;

/// Ticks that are remembered.
pub const REMEMBERED: i32 = 600;
/// Ticks between two clearings of what is older.
const CLEARING: i32 = 50;

/// Ends the validity of rows that moved, changed their picture or went away.
const CLOSE: &str = "UPDATE past_coordinate SET to_tick = :tick WHERE to_tick = :open AND NOT EXISTS (\
    SELECT 1 FROM glyph_coordinate c WHERE c.id = past_coordinate.coordinate_id AND c.x = past_coordinate.x \
    AND c.y = past_coordinate.y AND c.glyph_id = past_coordinate.glyph_id)";
/// Remembers rows that are new or as they were not before.
const OPEN_NEW: &str = "INSERT INTO past_coordinate (coordinate_id, from_tick, to_tick, glyph_id, x, y, tick, label, score) \
    SELECT c.id, b.tick, 2147483647, c.glyph_id, c.x, c.y, c.tick, c.label, c.score FROM glyph_coordinate c, battle b \
    WHERE NOT EXISTS (SELECT 1 FROM past_coordinate p WHERE p.to_tick = 2147483647 AND p.coordinate_id = c.id)";
const BATTLE: &str = "INSERT INTO past_battle (tick, level, stage, wait, heading, flip, chance) \
    SELECT tick, level, stage, wait, heading, flip, chance FROM battle";
const PLAYERS: &str = "INSERT INTO past_player (tick, player_id, lives, score, safe_until, ship_id, missile_id) \
    SELECT b.tick, p.id, p.lives, p.score, p.safe_until, p.ship_id, p.missile_id FROM player p, battle b";

/// Puts the field, the players and the battle back to a tick.
const REWIND: [&str; 9] = [
    "UPDATE player SET ship_id = NULL, missile_id = NULL",
    "DELETE FROM glyph_coordinate",
    "INSERT INTO glyph_coordinate (id, glyph_id, x, y, tick, label, score) \
        SELECT coordinate_id, glyph_id, x, y, tick, label, score FROM past_coordinate \
        WHERE from_tick <= :tick AND to_tick > :tick",
    "UPDATE player SET \
        lives = (SELECT p.lives FROM past_player p WHERE p.tick = :tick AND p.player_id = player.id), \
        score = (SELECT p.score FROM past_player p WHERE p.tick = :tick AND p.player_id = player.id), \
        safe_until = (SELECT p.safe_until FROM past_player p WHERE p.tick = :tick AND p.player_id = player.id), \
        ship_id = (SELECT p.ship_id FROM past_player p WHERE p.tick = :tick AND p.player_id = player.id), \
        missile_id = (SELECT p.missile_id FROM past_player p WHERE p.tick = :tick AND p.player_id = player.id) \
        WHERE id IN (SELECT p.player_id FROM past_player p WHERE p.tick = :tick)",
    "UPDATE battle SET version = version + 1, tick = :tick, \
        level = (SELECT p.level FROM past_battle p WHERE p.tick = :tick), \
        stage = (SELECT p.stage FROM past_battle p WHERE p.tick = :tick), \
        wait = (SELECT p.wait FROM past_battle p WHERE p.tick = :tick), \
        heading = (SELECT p.heading FROM past_battle p WHERE p.tick = :tick), \
        flip = (SELECT p.flip FROM past_battle p WHERE p.tick = :tick), \
        chance = (SELECT p.chance FROM past_battle p WHERE p.tick = :tick)",
    "DELETE FROM past_coordinate WHERE from_tick > :tick",
    "UPDATE past_coordinate SET to_tick = 2147483647 WHERE to_tick > :tick",
    "DELETE FROM past_battle WHERE tick > :tick",
    "DELETE FROM past_player WHERE tick > :tick",
];

impl Modern {
    /// Remembers what a tick changed.
    pub(super) fn remember(&mut self, battle: Key<Battle>, moved: bool) -> orm::Result<()> {
        let tick = self.session[battle].tick;
        self.trace.rule(Rule::Past);
        if moved {
            self.session.execute(&text(CLOSE).bind("tick", tick).bind("open", OPEN))?;
            self.session.execute(&text(OPEN_NEW))?;
        }
        self.session.execute(&text(BATTLE))?;
        self.session.execute(&text(PLAYERS))?;
        if tick % CLEARING == 0 {
            let oldest = tick - REMEMBERED;
            for clearing in [
                "DELETE FROM past_coordinate WHERE to_tick <= :oldest",
                "DELETE FROM past_battle WHERE tick < :oldest",
                "DELETE FROM past_player WHERE tick < :oldest",
            ] {
                self.session.execute(&text(clearing).bind("oldest", oldest))?;
            }
        }
        Ok(())
    }

    /// Returns the first and the last tick that are remembered.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn remembered(&mut self) -> orm::Result<Option<(i32, i32)>> {
        let (first, last) = self.session.one(select((min(PastBattle::TICK), max(PastBattle::TICK))))?;
        let last = last.unwrap_or_default();
        Ok(first.map(|first| (first.max(last - REMEMBERED), last)))
    }

    /// Puts the game back to a tick that is remembered; what came after is forgotten.
    ///
    /// # Errors
    /// Whatever the database says; nothing changes then.
    pub fn rewind(&mut self, tick: i32) -> orm::Result<()> {
        let known = select(count(PastPlayer::PLAYER_ID)).filter(PastPlayer::TICK.eq(tick));
        if self.session.one(known)? == 0 {
            return Err(orm::Error::invalid(format!("tick {tick} is not remembered")));
        }
        self.trace.rule(Rule::Past);
        let outcome = REWIND.iter().try_for_each(|sql| {
            let statement = if sql.contains(":tick") { text(sql).bind("tick", tick) } else { text(sql) };
            self.session.execute(&statement).map(drop)
        });
        let outcome = outcome.and_then(|()| self.session.commit());
        if outcome.is_err() {
            self.session.rollback()?;
        }
        self.forget_rows()?;
        outcome
    }

    /// Lets go of every row in memory, after statements that passed the session by.
    pub(crate) fn forget_rows(&mut self) -> orm::Result<()> {
        self.session.close()?;
        self.look_pictures_up()?;
        self.session.rollback().map(drop)
    }
}
