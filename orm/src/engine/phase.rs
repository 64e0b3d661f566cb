//! Spans of `tracing` around the phases of a statement, for profilers: target `orm::phase`, level TRACE.
//!
//! The phases are `plan`, `render`, `execute`, `bind`, `fetch`, `hydrate`, `link` and `flush`. Without a subscriber, a
//! phase costs one comparison with the global level, and no span is made. A loop over rows compares once for all rows.

use tracing::Level;
use tracing::level_filters::{LevelFilter, STATIC_MAX_LEVEL};

/// Whether a subscriber may listen to phases.
#[inline]
pub(crate) fn is_traced() -> bool {
    Level::TRACE <= STATIC_MAX_LEVEL && Level::TRACE <= LevelFilter::current()
}

/// Enters a phase until the guard is dropped: `let _render = phase!("render");`. With an expression, evaluates the
/// expression within the phase: `phase!("plan", plan.next_command())`. A loop passes what [`is_traced`] returned before
/// the loop: `phase!("hydrate" if traced)`.
macro_rules! phase {
    ($name:literal if $traced:expr) => {
        match $traced {
            true => Some($crate::engine::phase_span!($name).entered()),
            false => None,
        }
    };
    ($name:literal) => {
        $crate::engine::phase!($name if $crate::engine::is_traced())
    };
    ($name:literal, $work:expr) => {{
        let _phase = $crate::engine::phase!($name);
        $work
    }};
}

/// Makes the span of a phase, to instrument a future with it.
macro_rules! phase_span {
    ($name:literal) => {
        match $crate::engine::is_traced() {
            true => tracing::trace_span!(target: "orm::phase", $name),
            false => tracing::Span::none(),
        }
    };
}

pub(crate) use {phase, phase_span};
