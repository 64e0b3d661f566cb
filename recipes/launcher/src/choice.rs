//! Asks which recipe to run, where somebody is there to answer.

use std::io::{self, BufRead, IsTerminal, Write};

/// The answer; none when nobody is there, or nothing was chosen.
pub(crate) fn ask() -> Option<String> {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return None;
    }
    print!("Which one? A number or a name, or Enter to leave: ");
    io::stdout().flush().ok()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).ok()?;
    let answer = answer.trim();
    (!answer.is_empty()).then(|| answer.to_owned())
}
