//! Keys between the terminal and the ticks: a typed key waits for its tick, a held key counts at every second tick.

use std::collections::VecDeque;

use ratatui::crossterm::event::{KeyCode, KeyEventKind};

use crate::keys::Key;

/// Keys that wait for their tick at most.
const WAITING: usize = 4;
/// Ticks between two presses of a key that is held.
const HELD_EVERY: u64 = 2;

/// Keys that no tick has taken yet.
#[derive(Debug, Default)]
pub(super) struct Controls {
    keys: VecDeque<Key>,
    /// Commands that were typed behind a key that the game has not taken yet.
    commands: VecDeque<KeyCode>,
    held: Option<(KeyCode, Key)>,
    /// Whether the terminal reports releases. Others repeat a key that is held.
    reports_releases: bool,
}

impl Controls {
    /// Takes a key for the next tick, or for each tick until the key is released.
    pub(super) fn press(&mut self, code: KeyCode, key: Key, kind: KeyEventKind) {
        if self.reports_releases {
            if kind == KeyEventKind::Repeat && self.held.is_some() {
                return;
            }
            self.held = matches!(key, Key::Left | Key::Right).then_some((code, key));
        }
        if self.keys.len() < WAITING {
            self.keys.push_back(key);
        }
    }

    pub(super) fn release(&mut self, code: KeyCode) {
        self.reports_releases = true;
        self.held = self.held.take_if(|(held, _)| *held != code);
    }

    /// Returns the key of a tick.
    pub(super) fn next(&mut self, tick: u64) -> Option<Key> {
        let held = self.held.filter(|_| tick.is_multiple_of(HELD_EVERY)).map(|(_, key)| key);
        self.keys.pop_front().or(held)
    }

    /// Returns whether a typed key waits for its tick.
    pub(super) fn has_key(&self) -> bool {
        !self.keys.is_empty()
    }

    /// Keeps a key for later.
    pub(super) fn postpone(&mut self, code: KeyCode) {
        self.commands.push_back(code);
    }

    /// Returns the next key that was kept for later.
    pub(super) fn postponed(&mut self) -> Option<KeyCode> {
        self.commands.pop_front()
    }

    /// Returns whether keys are kept for later.
    pub(super) fn has_postponed(&self) -> bool {
        !self.commands.is_empty()
    }

    /// Drops every key, for a game that is not on the screen.
    pub(super) fn clear(&mut self) {
        *self = Self { reports_releases: self.reports_releases, ..Self::default() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_counts_once_on_a_terminal_that_reports_no_releases() {
        let mut controls = Controls::default();
        controls.press(KeyCode::Left, Key::Left, KeyEventKind::Press);
        assert_eq!([2, 3, 4].map(|tick| controls.next(tick)), [Some(Key::Left), None, None]);
    }

    #[test]
    fn a_held_key_counts_at_every_second_tick_until_its_release() {
        let mut controls = Controls::default();
        controls.release(KeyCode::Char('x'));
        controls.press(KeyCode::Left, Key::Left, KeyEventKind::Press);
        controls.press(KeyCode::Left, Key::Left, KeyEventKind::Repeat);
        let taken = [1, 2, 3, 4].map(|tick| controls.next(tick));
        assert_eq!(taken, [Some(Key::Left), Some(Key::Left), None, Some(Key::Left)]);
        controls.release(KeyCode::Left);
        assert_eq!([5, 6].map(|tick| controls.next(tick)), [None, None]);
    }

    #[test]
    fn the_release_of_another_key_ends_nothing() {
        let mut controls = Controls::default();
        controls.release(KeyCode::Right);
        controls.press(KeyCode::Left, Key::Left, KeyEventKind::Press);
        controls.release(KeyCode::Right);
        assert_eq!([1, 2].map(|tick| controls.next(tick)), [Some(Key::Left), Some(Key::Left)]);
    }
}
