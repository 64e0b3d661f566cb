//! Keys of a player, and the file form of a scripted game: a line `STEP KEY` for each key.

use std::collections::BTreeMap;
use std::fmt;

/// A key of the player.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// Moves the ship left.
    Left,
    /// Moves the ship right.
    Right,
    /// Fires a missile.
    Fire,
    /// Pauses the game.
    Pause,
    /// Any other key, which only answers a message.
    Other,
}

impl Key {
    const NAMES: [(&'static str, Self); 5] =
        [("j", Self::Left), ("l", Self::Right), ("space", Self::Fire), ("p", Self::Pause), ("other", Self::Other)];
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::NAMES.iter().find(|(_, key)| key == self).map_or("other", |(name, _)| name);
        f.write_str(name)
    }
}

/// Keys by the step at which they are pressed. Steps are counted from 1 and run on from one level to the next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script(BTreeMap<u64, Key>);

impl Script {
    /// Reads a script. A line that starts with `#` is a comment.
    ///
    /// # Errors
    /// The first line that is neither, with its number.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut keys = BTreeMap::new();
        for (at, line) in text.lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let parsed = line.trim().split_once(' ').and_then(|(step, name)| {
                let key = Key::NAMES.iter().find(|(known, _)| *known == name.trim())?.1;
                Some((step.parse().ok()?, key))
            });
            let problem =
                || format!("line {}: `{line}` is not `STEP KEY`, with a KEY of j, l, space, p, other", at + 1);
            let (step, key) = parsed.ok_or_else(problem)?;
            keys.insert(step, key);
        }
        Ok(Self(keys))
    }

    /// Returns the key that is pressed at a step.
    pub fn at(&self, step: u64) -> Option<Key> {
        self.0.get(&step).copied()
    }

    /// Returns whether no key is pressed at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Notes a key.
    pub fn press(&mut self, step: u64, key: Key) {
        self.0.insert(step, key);
    }
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|(step, key)| writeln!(f, "{step} {key}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_reads_what_it_writes() {
        let text = "3 j\n5 space\n9 p\n";
        assert_eq!(Script::parse(text).map(|script| script.to_string()), Ok(text.to_owned()));
    }

    #[test]
    fn a_bad_line_is_named() {
        let problem = Script::parse("# keys\n3 j\nx k\n").expect_err("a bad line");
        assert_eq!(problem, "line 3: `x k` is not `STEP KEY`, with a KEY of j, l, space, p, other");
    }
}
