//! Tables as data: create, drop, compare.
