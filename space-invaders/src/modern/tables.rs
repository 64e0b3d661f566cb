//! The tables of the modern game beside glyphs and coordinates: the battle, its players, and their past.

use orm::prelude::*;

use crate::models::{Coordinate, Picture};

/// State of a battle between two steps.
#[derive(ColumnEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// The start message waits for a key.
    #[default]
    Start,
    /// The battle goes on.
    Playing,
    /// The pause message waits for a key.
    Paused,
    /// No enemy is left; the next level begins when the wait is over.
    Cleared,
    /// No ship is left, or the army has landed.
    Over,
}

/// A battle: what no glyph says. Each change of anything raises the version, so that two writers never overwrite each other.
#[derive(Entity, Debug, Default)]
#[entity(table = "battle")]
pub struct Battle {
    /// Generated key.
    #[entity(primary_key)]
    pub id: Auto<i64>,
    /// Level, from 1.
    pub level: i32,
    /// State between two steps.
    pub stage: Stage,
    /// Steps that changed anything. Does not start again with a level.
    pub tick: i32,
    /// Ticks that a message still stays.
    pub wait: i32,
    /// 1 while the army moves right, -1 while it moves left.
    pub heading: i32,
    /// Whether the army shows its second picture.
    pub flip: bool,
    /// State of the random numbers.
    pub chance: i64,
    /// Keys that players pressed.
    pub presses: i32,
    /// Number of changes.
    #[entity(version)]
    pub version: i64,
}

/// A player of a battle.
#[derive(Entity, Debug, Default)]
#[entity(table = "player")]
pub struct Player {
    /// Generated key.
    #[entity(primary_key)]
    pub id: Auto<i64>,
    /// Battle that the player takes part in.
    pub battle: BelongsTo<Battle>,
    /// 1 for the player who began, 2 for the one who joined.
    pub number: i32,
    /// Name for the list of high scores.
    #[entity(length = 20)]
    pub name: String,
    /// Ships that are left, the one on the field included.
    pub lives: i32,
    /// Points.
    pub score: i32,
    /// Tick until which no bomb harms the ship.
    pub safe_until: i32,
    /// Ship on the field.
    pub ship: BelongsTo<Option<Coordinate>>,
    /// Missile in the air.
    pub missile: BelongsTo<Option<Coordinate>>,
}

/// Tick that ends the validity of what is still there.
pub(super) const OPEN: i32 = i32::MAX;

/// A row of the field as it was from one tick until before another.
#[derive(Entity, Debug, Default)]
#[entity(table = "past_coordinate")]
pub struct PastCoordinate {
    /// Generated key.
    #[entity(primary_key)]
    pub id: Auto<i64>,
    /// Key of the row.
    #[entity(index)]
    pub coordinate_id: i64,
    /// First tick.
    pub from_tick: i32,
    /// Tick after the last one; the greatest number while the row is as it was.
    #[entity(index)]
    pub to_tick: i32,
    /// Picture that stood there.
    pub glyph: BelongsTo<Picture>,
    /// Leftmost column.
    pub x: i32,
    /// Topmost row.
    pub y: i32,
    /// Tick at which a splat appeared.
    pub tick: Option<i32>,
    /// Text beside the glyph.
    #[entity(length = 30)]
    pub label: Option<String>,
    /// Points for a hit.
    pub score: Option<i32>,
}

/// A battle as it was at a tick.
#[derive(Entity, Debug, Default)]
#[entity(table = "past_battle")]
pub struct PastBattle {
    /// Tick.
    #[entity(primary_key)]
    pub tick: i32,
    /// As in [`Battle`].
    pub level: i32,
    /// As in [`Battle`].
    pub stage: Stage,
    /// As in [`Battle`].
    pub wait: i32,
    /// As in [`Battle`].
    pub heading: i32,
    /// As in [`Battle`].
    pub flip: bool,
    /// As in [`Battle`].
    pub chance: i64,
}

/// A player as at a tick.
#[derive(Entity, Debug, Default)]
#[entity(table = "past_player")]
pub struct PastPlayer {
    /// Tick.
    #[entity(primary_key)]
    pub tick: i32,
    /// Player.
    #[entity(primary_key)]
    pub player_id: i64,
    /// As in [`Player`].
    pub lives: i32,
    /// As in [`Player`].
    pub score: i32,
    /// As in [`Player`].
    pub safe_until: i32,
    /// As in [`Player`].
    pub ship_id: Option<i64>,
    /// As in [`Player`].
    pub missile_id: Option<i64>,
}
