//! Which statements fetch what is asked for, and how rows become entities.

mod sink;

pub use sink::{Accepted, EntitySink, Existing};
