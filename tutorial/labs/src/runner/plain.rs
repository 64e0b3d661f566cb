//! The commands without a screen: each prints its answer and ends.

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;

use super::document::{Page, plain};
use super::home::{Home, State, story};
use super::judge::{Judge, Verdict};
use crate::catalog::{self, HINTS, Lab};

/// Width of what is printed.
const WIDTH: usize = 100;

/// Runs one lab, prints the outcome, and makes it the current one. Fails as long as the lab is not done.
///
/// # Errors
/// When cargo cannot be run, or a file or standard output cannot be written.
pub fn run(home: &Home, lab: &Lab) -> io::Result<ExitCode> {
    let mut state = home.state();
    home.begin(lab)?;
    state.current = lab.number.to_owned();
    home.save(&state)?;
    let verdict = judged(home, lab)?;
    record(&mut state, lab, &verdict);
    home.save(&state)?;
    let file = home.shown(lab);
    let task = story(&home.start(lab)?);
    let page = Page { lab, story: &task, file: &file, verdict: Some(&verdict), hints: &[], width: WIDTH };
    say(&plain(&page.lines()))?;
    if verdict.passed() {
        say(&after(&state, lab))?;
        return Ok(ExitCode::SUCCESS);
    }
    say(&format!("A hint: cargo run -p labs -- hint {0}\nAgain:  cargo run -p labs -- {0}\n", lab.number))?;
    Ok(ExitCode::FAILURE)
}

/// Notes whether a lab has passed.
pub fn record(state: &mut State, lab: &Lab, verdict: &Verdict) {
    if verdict.passed() {
        state.done.insert(lab.number.to_owned());
    } else if !matches!(verdict, Verdict::Stopped) {
        state.done.remove(lab.number);
    }
}

/// What comes after a lab that is done.
pub fn after(state: &State, lab: &Lab) -> String {
    match state.next(lab) {
        Some(next) => format!("Next: lab {}, {}: cargo run -p labs -- {}\n", next.number, next.title, next.number),
        None => "All labs are done.\n".to_owned(),
    }
}

/// Judges a lab; what cargo says while it builds goes to standard error.
fn judged(home: &Home, lab: &Lab) -> io::Result<Verdict> {
    let told = |line: &str| {
        if line.starts_with("Compiling ") && !line.starts_with("Compiling labs ") {
            // Nobody may be listening.
            let _ = writeln!(io::stderr(), "   {line}");
        }
    };
    Judge { home, stop: &AtomicBool::new(false), progress: &told }.judge(lab)
}

/// Prints all labs: done, current, open.
///
/// # Errors
/// When standard output cannot be written.
pub fn list(home: &Home) -> io::Result<ExitCode> {
    let state = home.state();
    let mut text = String::new();
    for lab in catalog::labs() {
        let mark = if state.done.contains(lab.number) { "✓" } else { " " };
        let here = if state.lab() == lab { ">" } else { " " };
        text.push_str(&format!("{here} {mark} {:<5} {}\n", lab.number, lab.title));
    }
    text.push_str(&format!("{} of {} labs are done.\n", state.done.len(), catalog::labs().len()));
    say(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// Prints the next hint of a lab after those that were seen before.
///
/// # Errors
/// When a file or standard output cannot be written.
pub fn hint(home: &Home, lab: &Lab) -> io::Result<ExitCode> {
    let mut state = home.state();
    let seen = (state.seen(lab) + 1).min(HINTS);
    state.hints.insert(lab.number.to_owned(), seen);
    home.save(&state)?;
    for (number, hint) in (1..).zip(home.hints(lab)?).take(seen) {
        say(&format!("Hint {number} of 3: {hint}\n"))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Gives the reader a fresh copy of a lab.
///
/// # Errors
/// When a file or standard output cannot be written.
pub fn reset(home: &Home, lab: &Lab) -> io::Result<ExitCode> {
    home.reset(lab)?;
    let mut state = home.state();
    state.done.remove(lab.number);
    state.hints.remove(lab.number);
    home.save(&state)?;
    say(&format!("{} is as it was handed out; your text is beside it, as .rs.old\n", home.shown(lab)))?;
    Ok(ExitCode::SUCCESS)
}

/// Prints the solution of a lab.
///
/// # Errors
/// When the file cannot be read or standard output cannot be written.
pub fn solution(home: &Home, lab: &Lab) -> io::Result<ExitCode> {
    say(&home.solution(lab)?)?;
    Ok(ExitCode::SUCCESS)
}

/// Judges every lab that the reader has begun. Fails when one of them is not done.
///
/// # Errors
/// When cargo cannot be run, or a file or standard output cannot be written.
pub fn check_all(home: &Home) -> io::Result<ExitCode> {
    let mut state = home.state();
    let mut open = 0;
    let begun: Vec<_> = catalog::labs().into_iter().filter(|lab| home.mine(lab).exists()).collect();
    for lab in &begun {
        let verdict = judged(home, lab)?;
        record(&mut state, lab, &verdict);
        open += usize::from(!verdict.passed());
        say(&format!("{}\n", line(lab, &verdict)))?;
    }
    home.save(&state)?;
    let all = catalog::labs().len();
    say(&format!("{} of {all} labs are begun, {} of them done.\n", begun.len(), begun.len() - open))?;
    Ok(if open == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A lab and its verdict on one line.
pub fn line(lab: &Lab, verdict: &Verdict) -> String {
    let mark = if verdict.passed() { "✓" } else { "✗" };
    let why = match verdict {
        Verdict::Broken(_) => "does not compile".to_owned(),
        Verdict::Crashed(_) => "ended before its checks".to_owned(),
        Verdict::Endless => "takes longer than 30 seconds".to_owned(),
        Verdict::Stopped => "was stopped".to_owned(),
        Verdict::Ran { .. } => verdict.failure().map_or_else(String::new, |outcome| outcome.name.clone()),
    };
    format!("{mark} {:<5} {}{}{why}", lab.number, lab.title, if why.is_empty() { "" } else { ": " })
}

fn say(text: &str) -> io::Result<()> {
    io::stdout().write_all(text.as_bytes())
}
