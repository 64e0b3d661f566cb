//! A unit of work in eight pieces, on diesel and SQLite: each piece is the solution of a stage of lab 28, and later stages build on it.
#![allow(missing_docs, reason = "the checks of a stage are part of its file")]

pub mod given;

#[path = "../solutions/28_6_batches.rs"]
pub mod batches;
#[path = "../solutions/28_7_deletes_backwards.rs"]
pub mod deletes;
#[path = "../solutions/28_3_dirty_columns.rs"]
pub mod dirty_columns;
#[path = "../solutions/28_1_identity_map.rs"]
pub mod identity_map;
#[path = "../solutions/28_5_keys_to_children.rs"]
pub mod keys;
#[path = "../solutions/28_4_order_by_foreign_key.rs"]
pub mod order;
#[path = "../solutions/28_2_snapshots.rs"]
pub mod snapshots;
