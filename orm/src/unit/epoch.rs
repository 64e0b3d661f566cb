//! As of when what is in memory is known to be true, at no cost per entity.

/// The epoch of what must be read again before it can be trusted.
pub(super) const EXPIRED: u32 = 1;

/// Counts epochs: each entity and each collection has that in which it was read.
pub(super) struct Epochs {
    now: u32,
    /// What was read before is expired: a transaction has ended meanwhile.
    since: u32,
    /// Epoch of the last write. View-only relationships that were loaded before it are expired.
    views_since: u32,
    /// What was read in these, first and last included, may never have been: a savepoint was rolled back. In order, and apart.
    undone: Vec<(u32, u32)>,
}

impl Epochs {
    pub(super) fn new() -> Self {
        Self { now: EXPIRED + 1, since: EXPIRED + 1, views_since: EXPIRED + 1, undone: Vec::new() }
    }

    /// The epoch of what is read now.
    pub(super) fn now(&self) -> u32 {
        self.now
    }

    /// Whether what was read in an epoch can still be trusted.
    pub(super) fn is_fresh(&self, epoch: u32) -> bool {
        epoch >= self.since && epoch <= self.now && (self.undone.is_empty() || !self.is_undone(epoch))
    }

    /// The same of what a view-only relationship showed.
    pub(super) fn is_fresh_view(&self, epoch: u32) -> bool {
        epoch >= self.views_since && self.is_fresh(epoch)
    }

    /// Rows were written: what view-only relationships showed before can be trusted no more.
    pub(super) fn expire_views(&mut self) {
        self.next();
        self.views_since = self.now;
    }

    fn is_undone(&self, epoch: u32) -> bool {
        let behind = self.undone.partition_point(|(first, _)| *first <= epoch);
        behind > 0 && epoch <= self.undone[behind - 1].1
    }

    /// Nothing that was read before can be trusted any more.
    pub(super) fn expire_all(&mut self) {
        self.next();
        self.since = self.now;
        self.undone.clear();
    }

    /// A savepoint is set: gives what takes [`undo_to`](Self::undo_to) back there.
    pub(super) fn set_savepoint(&mut self) -> u32 {
        let before = self.now;
        self.next();
        before
    }

    /// What was read since a savepoint can be trusted no more.
    pub(super) fn undo_to(&mut self, before: u32) {
        if before >= self.now {
            // They were counted anew since.
            return self.expire_all();
        }
        while self.undone.last().is_some_and(|(first, _)| *first > before) {
            self.undone.pop();
        }
        self.undone.push((before + 1, self.now));
        self.next();
    }

    fn next(&mut self) {
        match self.now.checked_add(1) {
            Some(next) => self.now = next,
            // After 2^32 epochs they are counted anew, and everything is read again.
            None => *self = Self::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_since_a_savepoint_that_is_rolled_back_is_expired_and_nothing_else() {
        let mut epochs = Epochs::new();
        let first = epochs.now();
        let outer = epochs.set_savepoint();
        let in_outer = epochs.now();
        let inner = epochs.set_savepoint();
        let in_inner = epochs.now();
        epochs.undo_to(inner);
        let after_inner = epochs.now();
        let fresh = |epochs: &Epochs| [first, in_outer, in_inner, after_inner].map(|epoch| epochs.is_fresh(epoch));
        assert_eq!(fresh(&epochs), [true, true, false, true]);
        epochs.undo_to(outer);
        assert_eq!(fresh(&epochs), [true, false, false, false]);
        assert!(epochs.is_fresh(epochs.now()) && !epochs.is_fresh(EXPIRED));
        epochs.expire_all();
        assert_eq!(fresh(&epochs), [false; 4]);
        assert!(epochs.is_fresh(epochs.now()) && epochs.undone.is_empty());
    }

    #[test]
    fn what_views_showed_is_expired_by_every_write_and_by_what_expires_the_rest() {
        let mut epochs = Epochs::new();
        let before = epochs.now();
        assert!(epochs.is_fresh_view(before));
        epochs.expire_views();
        assert!(epochs.is_fresh(before) && !epochs.is_fresh_view(before) && epochs.is_fresh_view(epochs.now()));
        let savepoint = epochs.set_savepoint();
        let within = epochs.now();
        epochs.undo_to(savepoint);
        assert!(!epochs.is_fresh_view(within) && epochs.is_fresh_view(savepoint));
        epochs.expire_all();
        assert!(!epochs.is_fresh_view(savepoint) && epochs.is_fresh_view(epochs.now()));
    }

    #[test]
    fn epochs_that_are_counted_anew_take_nothing_old_for_fresh() {
        let mut epochs = Epochs { now: u32::MAX, since: 7, views_since: 7, undone: vec![(9, 9)] };
        assert!(epochs.is_fresh(u32::MAX) && epochs.is_fresh(8) && !epochs.is_fresh(9));
        epochs.set_savepoint();
        assert!(!epochs.is_fresh(u32::MAX) && !epochs.is_fresh(8) && epochs.is_fresh(epochs.now()));
    }
}
