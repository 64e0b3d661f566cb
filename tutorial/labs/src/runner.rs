//! The program: finds the lab, builds and judges it, and shows the outcome, on a screen or line by line.

pub mod app;
pub mod document;
pub mod home;
pub mod judge;
pub mod plain;
pub mod screen;
pub mod watch;
