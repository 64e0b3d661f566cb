//! A performance suite: tests that do one thing in several ways, with their setup, and the command line around them.

mod arguments;
mod command;
mod context;
mod json;
mod lines;
mod names;
mod ownership;
mod profiled;
mod run;
mod sent;

use std::fmt;
use std::process::ExitCode;

pub use arguments::{Beside, SortKey, SuiteArguments};
pub use command::run_suite;
pub use context::Context;
pub use names::unknown as unknown_names;
pub use ownership::with_tables;
pub use run::{Measured, Measurement, Spread};
pub use sent::Sent;

use crate::Result;
use crate::profile::Allocations;

type Step = Box<dyn Fn(&Context) -> Result<()>>;

/// A named list of tests, run worst to best by convention, with a default number of items.
///
/// [`main`](Self::main) gives a program the whole command line: `--test`, `--num`, `--rounds`, `--profile`, `--json` and the others.
///
/// ```
/// use orm::prelude::*;
/// use perf_suite::Suite;
///
/// #[derive(Entity, Debug, Default)]
/// struct User {
///     #[entity(primary_key)]
///     id: Auto<i64>,
///     name: String,
/// }
///
/// let suite = Suite::new("users", 100)
///     .setup(|context| context.recreate(schema![User]))
///     .test("test_add", "one flush for all users", |context| {
///         let mut session = context.session();
///         session.add_all((0..context.num()).map(|n| User { name: format!("user {n}"), ..User::default() }));
///         Ok(session.commit()?)
///     });
/// let measurement = suite.measure("sqlite://", 10, 1)?;
/// assert_eq!(measurement.tests[0].sent.insert, 1);
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
///
/// Counterpart: `Profiler.init` and its decorators in `examples/performance` of SQLAlchemy.
pub struct Suite {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) num: usize,
    pub(crate) setup_once: Option<Step>,
    pub(crate) setup: Option<Step>,
    pub(crate) tests: Vec<Test>,
    pub(crate) yardstick: Option<&'static str>,
}

/// A test of a suite.
pub(crate) struct Test {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) body: Step,
}

impl Suite {
    /// A suite without tests. `num` is the number of items unless the command line says `--num`.
    pub fn new(name: &'static str, num: usize) -> Self {
        Self { name, about: "", num, setup_once: None, setup: None, tests: Vec::new(), yardstick: None }
    }

    /// Describes the suite in one line, for `list` and `--help`.
    #[must_use]
    pub fn about(mut self, about: &'static str) -> Self {
        self.about = about;
        self
    }

    /// Prepares the database once, before the first test.
    ///
    /// # Panics
    /// When the suite has such a function already.
    #[must_use]
    pub fn setup_once(mut self, setup: impl Fn(&Context) -> Result<()> + 'static) -> Self {
        assert!(self.setup_once.is_none(), "the suite {} has a setup_once already", self.name);
        self.setup_once = Some(Box::new(setup));
        self
    }

    /// Prepares the database before each run of each test. Not timed.
    ///
    /// # Panics
    /// When the suite has such a function already.
    #[must_use]
    pub fn setup(mut self, setup: impl Fn(&Context) -> Result<()> + 'static) -> Self {
        assert!(self.setup.is_none(), "the suite {} has a setup already", self.name);
        self.setup = Some(Box::new(setup));
        self
    }

    /// Adds a test with a description of one line. The clock covers the whole function.
    ///
    /// # Panics
    /// When the suite has a test of this name already.
    #[must_use]
    pub fn test(
        mut self,
        name: &'static str,
        about: &'static str,
        body: impl Fn(&Context) -> Result<()> + 'static,
    ) -> Self {
        assert!(self.tests.iter().all(|test| test.name != name), "the suite {} has a test {name} already", self.name);
        self.tests.push(Test { name, about, body: Box::new(body) });
        self
    }

    /// Names the test that the others are compared with: the report shows how many times as long they take.
    #[must_use]
    pub fn yardstick(mut self, test: &'static str) -> Self {
        self.yardstick = Some(test);
        self
    }

    /// Returns the name of the suite.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the line that describes the suite.
    pub fn description(&self) -> &'static str {
        self.about
    }

    /// Returns the names of the tests, in the order in which they run.
    pub fn tests(&self) -> impl Iterator<Item = &'static str> {
        self.tests.iter().map(|test| test.name)
    }

    /// Runs every test: once to count its statements, then `rounds` times against the clock.
    ///
    /// # Errors
    /// When a test or the setup fails, or the database holds tables of the suite that another program made.
    pub fn measure(&self, url: &str, num: usize, rounds: usize) -> Result<Measurement> {
        run::Runner::new(self, self.tests.iter().collect(), Context::open(url, num, false, false)?, rounds)
            .run(&mut |_| ())
    }

    /// Runs every test twice: once to count its statements, once to count its allocations.
    ///
    /// # Errors
    /// As [`measure`](Self::measure).
    pub fn profile(&self, num: usize) -> Result<Vec<(&'static str, Sent, Allocations)>> {
        let runner = run::Runner::new(self, self.tests.iter().collect(), Context::temporary(num, false)?, 0);
        let profiled = profiled::run(&runner, &mut |_| ())?;
        Ok(profiled.into_iter().map(profiled::Profiled::counts).collect())
    }

    /// Reads the command line and runs the suite: the whole of a program's `main`.
    ///
    /// The exit code is 0 when every test ran, 1 when one failed, and 2 when the command line is wrong.
    pub fn main(self) -> ExitCode {
        command::main(&self)
    }
}

impl fmt::Debug for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Suite")
            .field("name", &self.name)
            .field("num", &self.num)
            .field("tests", &self.tests().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
