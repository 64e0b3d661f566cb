//! Spans of `tracing` around the phases of a statement, for profilers: target `orm::phase`, level TRACE.
//!
//! The phases are `plan`, `render`, `execute`, `bind`, `fetch`, `hydrate`, `link` and `flush`. Without a subscriber, a
//! span costs one comparison with the global level.

/// Makes the span of a phase, to enter it or to instrument a future with it.
macro_rules! phase {
    ($name:literal) => {
        tracing::trace_span!(target: "orm::phase", $name)
    };
}

pub(crate) use phase;
