//! A value of one of several types, and the name of its type.

use std::fmt;

use orm::prelude::*;

/// The value of a fact.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum FactValue {
    None,
    Integer(i64),
    String(String),
    Boolean(bool),
}

/// The name of a type, as it stands in the row.
#[derive(ColumnEnum, Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum FactType {
    #[default]
    None,
    Integer,
    String,
    Boolean,
}

impl FactValue {
    /// The name of the type that the value has.
    pub(crate) fn fact_type(&self) -> FactType {
        match self {
            Self::None => FactType::None,
            Self::Integer(_) => FactType::Integer,
            Self::String(_) => FactType::String,
            Self::Boolean(_) => FactType::Boolean,
        }
    }

    /// The text that `AnimalFact::TEXT` gives for the value.
    pub(crate) fn text(&self) -> Option<String> {
        match self {
            Self::None => None,
            Self::Integer(number) => Some(number.to_string()),
            Self::String(text) => Some(text.clone()),
            Self::Boolean(truth) => Some(truth.to_string()),
        }
    }
}

impl From<i64> for FactValue {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<&str> for FactValue {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<bool> for FactValue {
    fn from(truth: bool) -> Self {
        Self::Boolean(truth)
    }
}

impl fmt::Display for FactValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text().unwrap_or_else(|| "nothing".to_owned()))
    }
}
