//! What the checks of a lab are written with: a list of functions, comparisons of statements, and the report that the runner reads.

mod report;
mod sent;

use std::any::Any;
use std::cell::RefCell;
use std::error::Error;
use std::panic::{self, AssertUnwindSafe};

pub use report::{print_report, read_report};
pub use sent::{at_most, collapsed, count, created, kinds, lines, log, nothing, statements};

/// A check of a lab: a function that fails by panicking or by returning an error.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// The function's name.
    pub name: &'static str,
    /// The function.
    pub run: fn() -> Result<(), Box<dyn Error>>,
}

/// Lists the checks of a lab as the constant `CHECKS`, in the order in which they run.
///
/// ```
/// labs::checks![one_is_one];
///
/// fn one_is_one() -> orm::Result<()> {
///     assert_eq!(1, 1);
///     Ok(())
/// }
/// ```
#[macro_export]
macro_rules! checks {
    ($($name:ident),* $(,)?) => {
        /// The checks of this lab.
        pub const CHECKS: &[$crate::check::Check] = &[$($crate::check::Check { name: stringify!($name), run: || $crate::check::boxed($name()) }),*];
    };
}

/// Boxes the error of a check, which may be that of `orm` or any other.
///
/// # Errors
/// The error of the check.
pub fn boxed<E: Into<Box<dyn Error>>>(result: Result<(), E>) -> Result<(), Box<dyn Error>> {
    result.map_err(Into::into)
}

/// The outcome of one check.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The check.
    pub name: String,
    /// Why it failed; `None` when it passed.
    pub failure: Option<String>,
    /// Statements that the check expects, where it compares statements.
    pub expected: Option<Vec<String>>,
    /// Statements that were sent.
    pub sent: Vec<String>,
}

thread_local! {
    /// What the check that runs on this thread has found out so far.
    static CURRENT: RefCell<Outcome> = RefCell::default();
}

/// Changes what is known of the check that runs on this thread.
fn note(change: impl FnOnce(&mut Outcome)) {
    CURRENT.with_borrow_mut(change);
}

/// Runs one check. A panic is a failure; it prints nothing.
pub fn run(check: &Check) -> Outcome {
    note(|outcome| *outcome = Outcome { name: check.name.replace('_', " "), ..Outcome::default() });
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| ()));
    let result = panic::catch_unwind(AssertUnwindSafe(check.run));
    panic::set_hook(hook);
    let failure = match result {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(format!("error: {error}")),
        Err(payload) => Some(text(payload.as_ref())),
    };
    CURRENT.with_borrow_mut(|outcome| Outcome { failure, ..std::mem::take(outcome) })
}

/// The text of a panic. Of two values that differ, a check names what it found first.
fn text(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str).or_else(|| payload.downcast_ref::<&str>().copied());
    let text = text.unwrap_or("a panic without a text");
    compared(text).unwrap_or_else(|| text.to_owned())
}

/// Puts the message of `assert_eq!` into plain words.
fn compared(text: &str) -> Option<String> {
    let rest = text.strip_prefix("assertion `left == right` failed")?;
    let (about, values) = rest.split_once("\n  left: ")?;
    let (found, expected) = values.split_once("\n right: ")?;
    let about = about.strip_prefix(": ").map(|about| format!("{about}: ")).unwrap_or_default();
    Some(format!("{about}expected {expected}, found {found}"))
}
