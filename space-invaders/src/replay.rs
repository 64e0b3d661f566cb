//! Recordings: the seed of a game and its keys by step, from which the same game follows.

use std::fmt;

use crate::keys::{Key, Script};

/// What a game follows from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recording {
    /// Seed of the random numbers.
    pub seed: u64,
    /// Whether it is the classic game.
    pub classic: bool,
    /// Keys by step.
    pub keys: Script,
}

impl Recording {
    /// Reads a recording.
    ///
    /// # Errors
    /// The first line that is not as it must be, with its number.
    pub fn parse(text: &str) -> Result<Self, String> {
        let head = text.lines().next().unwrap_or_default();
        let words: Vec<&str> = head.split(' ').collect();
        let ["#", "space-invaders", kind @ ("classic" | "modern"), "seed", seed] = words.as_slice() else {
            return Err(format!(
                "line 1: `{head}` is not `# space-invaders modern seed NUMBER`: record a game with --record"
            ));
        };
        let seed = seed.parse().map_err(|_| format!("line 1: `{seed}` is not a seed"))?;
        Ok(Self { seed, classic: *kind == "classic", keys: Script::parse(text)? })
    }

    /// Notes a key.
    pub fn press(&mut self, step: u64, key: Option<Key>) {
        if let Some(key) = key {
            self.keys.press(step, key);
        }
    }
}

impl fmt::Display for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.classic { "classic" } else { "modern" };
        writeln!(f, "# space-invaders {kind} seed {}", self.seed)?;
        self.keys.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_reads_what_it_writes() {
        let mut recording = Recording { seed: 7, ..Recording::default() };
        recording.press(3, Some(Key::Fire));
        assert_eq!(Recording::parse(&recording.to_string()), Ok(recording));
    }

    #[test]
    fn a_file_that_is_no_recording_is_refused() {
        let problem = Recording::parse("3 j\n").expect_err("no head");
        assert!(problem.starts_with("line 1: `3 j` is not"), "{problem}");
    }
}
