//! Exercises on `orm`: a lab is a file with a hole. Its checks judge the rows and the statements that the filled hole sends.
//!
//! - `start/NN_name.rs` is a lab as it is handed out, `solutions/NN_name.rs` the same with the hole filled, `checks/NN_name.rs` what both must do.
//! - `mine/NN_name.rs` is the reader's copy. The runner (`cargo run -p labs`) makes it, watches it and judges it.
//! - [`catalog`] lists the labs with their hints, [`check`] is what their checks are written with, [`runner`] the program.

// Solutions of a later lab name this crate, also where they are compiled as a part of it.
extern crate self as labs;

pub mod catalog;
pub mod check;
pub mod diff;
pub mod own;
pub mod runner;
