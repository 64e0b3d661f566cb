//! Loading without a database: the statements that plans hand out, and what the unit of work holds once their rows came.

#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "load/database.rs"]
mod database;
#[path = "load/model.rs"]
mod model;
#[path = "load/plans.rs"]
mod plans;
#[path = "load/queries.rs"]
mod queries;
#[path = "load/script.rs"]
mod script;
