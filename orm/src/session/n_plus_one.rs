//! Detection of N+1 loads: a loop that loads one relationship for one entity after another, a SELECT each.

use std::panic::Location;

use rustc_hash::FxHashMap;

use crate::engine::{LoadedRelationship, NPlusOne, RepeatedLoadAction};
use crate::error::{Error, Result};

/// A relationship that was loaded lazily more often in one transaction than the session's [`NPlusOne`] policy allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RepeatedLoad {
    /// The relationship.
    pub relationship: LoadedRelationship,
    /// Number of SELECTs that loaded the relationship, in the transaction that had most of them.
    pub loads: usize,
    /// The call of [`rel`](super::SessionOf::rel) at which the load was one too many.
    pub location: &'static Location<'static>,
}

/// Lazy loads of a session.
#[derive(Debug)]
pub(super) struct LazyLoads {
    policy: NPlusOne,
    /// The transaction that `counts` is about.
    transaction: usize,
    counts: FxHashMap<LoadedRelationship, usize>,
    repeated: Vec<RepeatedLoad>,
}

impl LazyLoads {
    pub(super) fn new(policy: NPlusOne) -> Self {
        Self { policy, transaction: 0, counts: FxHashMap::default(), repeated: Vec::new() }
    }

    pub(super) fn is_watching(&self) -> bool {
        self.policy.action != RepeatedLoadAction::Allow
    }

    pub(super) fn repeated(&self) -> &[RepeatedLoad] {
        &self.repeated
    }

    /// Notes a lazy load that is about to be sent.
    ///
    /// # Errors
    /// [`Error::RepeatedLoad`] when the policy refuses the load.
    pub(super) fn note(
        &mut self,
        transaction: usize,
        relationship: LoadedRelationship,
        location: &'static Location<'static>,
    ) -> Result<()> {
        if self.transaction != transaction {
            self.transaction = transaction;
            self.counts.clear();
        }
        let loads = self.counts.entry(relationship).or_default();
        *loads += 1;
        let loads = *loads;
        if loads <= self.policy.allowed {
            return Ok(());
        }
        let first = loads == self.policy.allowed + 1;
        match self.policy.action {
            RepeatedLoadAction::Refuse => {
                // It was not sent.
                self.counts.insert(relationship, loads - 1);
                Err(error(relationship, loads, location))
            }
            action => {
                if action == RepeatedLoadAction::Warn && first {
                    tracing::warn!(target: "orm::n_plus_one", "{}", error(relationship, loads, location));
                }
                self.count(RepeatedLoad { relationship, loads, location });
                Ok(())
            }
        }
    }

    fn count(&mut self, load: RepeatedLoad) {
        match self.repeated.iter_mut().find(|other| other.relationship == load.relationship) {
            Some(other) => other.loads = other.loads.max(load.loads),
            None => self.repeated.push(load),
        }
    }
}

fn error(relationship: LoadedRelationship, loads: usize, location: &'static Location<'static>) -> Error {
    let LoadedRelationship { entity, relationship, .. } = relationship;
    Error::RepeatedLoad { entity, relationship, constant: relationship.to_uppercase(), loads, location }
}
