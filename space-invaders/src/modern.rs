//! The modern game: lives, bombs, shields, levels, two players, time travel. Every addition to the classic is a row and a query.
//!
//! A step is a transaction. Its queries come first, its edits after them, and one flush writes the edits: [`Modern::plan`] can
//! show the flush before it is sent. Whoever loses a race for the battle's version rolls back and takes the step again.

mod guest;
mod hits;
mod moves;
mod past;
mod questions;
mod rules;
mod scene;
mod setup;
mod tables;
mod tick;

pub use past::REMEMBERED;
pub use rules::{Modern, Standing};
pub use scene::Spectator;
pub use setup::{Seat, drop_tables, is_unfinished};
pub use tables::{Battle, PastBattle, PastCoordinate, PastPlayer, Player, Stage};
