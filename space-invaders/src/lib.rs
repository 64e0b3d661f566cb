//! Space Invaders whose state is rows: what stands on the screen is a row, a collision is a query, a move is a flush.
//!
//! Reading order: [`models`] has the tables, [`bounds`] the formulas that memory and SQL share, [`rules`] the game.
//! None of them knows a terminal or a clock. [`scene`] turns rows into cells, [`screen`] cells into a frame, [`terminal`] is the loop.

pub mod bounds;
pub mod console;
pub mod headless;
pub mod keys;
pub mod log;
pub mod models;
pub mod modern;
pub mod pane;
pub mod pictures;
pub mod playable;
pub mod replay;
pub mod rules;
pub mod scene;
pub mod scores;
pub mod screen;
pub mod terminal;
pub mod watch;
pub mod why;
