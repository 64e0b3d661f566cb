//! Changes of state that listeners hear of, at the end of the call that made them.

use super::Core;
use crate::engine::Mode;
use crate::unit::Transitions;

impl<M: Mode> Core<M> {
    /// Watches states from now on if anybody listens, and no longer if nobody does.
    pub(super) fn watch_states(&mut self) {
        match (self.options.listeners.hear_states(), self.state_mark.is_some()) {
            (true, false) => self.state_mark = Some(self.unit.state_mark()),
            (false, true) => self.state_mark = None,
            _ => {}
        }
    }

    /// Tells of the changes since the last call.
    #[inline]
    pub(super) fn tell_states(&mut self) {
        if self.state_mark.is_some() {
            self.tell_states_watched();
        }
    }

    #[cold]
    fn tell_states_watched(&mut self) {
        let Some(mark) = &mut self.state_mark else { return };
        let transitions = self.unit.transitions_since(mark);
        *mark = self.unit.state_mark();
        self.options.listeners.on_transitions(&self.unit, &transitions);
    }

    /// The changes that a call is about to make, if anybody listens; those until now are told before.
    pub(super) fn coming_transitions(&mut self, find: impl FnOnce(&mut Self) -> Transitions) -> Transitions {
        if self.state_mark.is_none() {
            return Transitions::new();
        }
        self.tell_states();
        find(self)
    }

    /// Drops every entity.
    pub(super) fn expunge_all(&mut self) {
        let leaving = self.coming_transitions(|core| core.unit.transitions_of_expunge_all());
        self.unit.expunge_all();
        self.told_changes.clear();
        self.tell_transitions(&leaving);
    }

    /// Tells of changes that a call has made.
    pub(super) fn tell_transitions(&mut self, transitions: &Transitions) {
        if let Some(mark) = &mut self.state_mark {
            *mark = self.unit.state_mark();
            self.options.listeners.on_transitions(&self.unit, transitions);
        }
    }
}
