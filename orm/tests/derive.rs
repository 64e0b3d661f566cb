//! What the derives make of structs: metadata, constants, and values that go in and come out.

#![deny(missing_docs)]
#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "derive/fake_row.rs"]
mod fake_row;
#[path = "derive/metadata.rs"]
mod metadata;
#[path = "derive/model.rs"]
mod model;
#[path = "derive/places.rs"]
mod places;
#[path = "derive/rows.rs"]
mod rows;
