//! The derive macros of the `orm` crate.
