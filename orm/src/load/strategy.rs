//! How relationships are loaded: one file a strategy.

pub(crate) mod joined;
pub(crate) mod lazy;
pub(crate) mod selectin;
