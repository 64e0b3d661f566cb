//! The unit of work: what changed, what must be written, in which order. No connection, no clock.
