//! Runs the tests of a suite: once to count statements, then against the clock, one round of all tests after the other.

use std::time::Duration;

use orm::Recorder;

use super::context::Context;
use super::sent::Sent;
use super::{Suite, Test};
use crate::Result;
use crate::workload::timed;

/// Figures of a suite.
#[derive(Clone, Debug)]
pub struct Measurement {
    /// The name of the suite.
    pub suite: &'static str,
    /// Number of items.
    pub num: usize,
    /// The tests that ran, in their order.
    pub tests: Vec<Measured>,
    /// The test that the others are compared with, if it ran.
    pub yardstick: Option<usize>,
}

/// Figures of a test.
#[derive(Clone, Debug)]
pub struct Measured {
    /// The name of the test.
    pub name: &'static str,
    /// The description of the test.
    pub about: &'static str,
    /// Statements and rows of one run.
    pub sent: Sent,
    /// Times of the timed runs.
    pub times: Vec<Duration>,
    /// Different statements with their number, in the order in which each was sent first.
    pub statements: Vec<(String, usize)>,
}

/// Middle and ends of some times.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The shortest time.
    pub least: Duration,
    /// The middle of the sorted times.
    pub median: Duration,
    /// The longest time.
    pub most: Duration,
}

impl Spread {
    /// Returns the spread of some times; zero of none.
    pub fn of(times: &[Duration]) -> Self {
        let mut sorted = times.to_vec();
        sorted.sort_unstable();
        let median = match sorted.len() {
            0 => Duration::ZERO,
            odd if odd % 2 == 1 => sorted[odd / 2],
            even => (sorted[even / 2 - 1] + sorted[even / 2]) / 2,
        };
        Self {
            least: sorted.first().copied().unwrap_or_default(),
            median,
            most: sorted.last().copied().unwrap_or_default(),
        }
    }

    /// Whether some run of the one took as long as some run of the other, so that their medians tell nothing.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.least <= other.most && other.least <= self.most
    }
}

impl Measured {
    /// Returns the spread of the times.
    pub fn spread(&self) -> Spread {
        Spread::of(&self.times)
    }
}

impl Measurement {
    /// Returns how many times as long as the yardstick a test takes; none for the yardstick itself, or without one.
    pub fn ratio(&self, test: usize) -> Option<f64> {
        let yardstick = self.yardstick.filter(|yardstick| *yardstick != test)?;
        let (time, unit) = (self.tests[test].spread().median, self.tests[yardstick].spread().median);
        (!unit.is_zero()).then(|| time.as_secs_f64() / unit.as_secs_f64())
    }

    /// Whether a test and the yardstick differ by no more than each varies. Takes two rounds to know.
    pub fn equals_yardstick(&self, test: usize) -> bool {
        self.yardstick.is_some_and(|yardstick| {
            let (test, yardstick) = (&self.tests[test], &self.tests[yardstick]);
            test.times.len() > 1 && test.spread().overlaps(&yardstick.spread())
        })
    }
}

/// Tests of a suite on one database.
pub(crate) struct Runner<'s> {
    suite: &'s Suite,
    tests: Vec<&'s Test>,
    pub(crate) context: Context,
    rounds: usize,
}

/// A step of a run, for whoever shows the progress.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Progress<'t> {
    /// The setup of the whole suite begins.
    SetupOnce,
    /// A test begins; `round` is 0 for the run that counts.
    Test { name: &'t str, round: usize },
    /// A test is done.
    Done,
}

impl<'s> Runner<'s> {
    pub(crate) fn new(suite: &'s Suite, tests: Vec<&'s Test>, context: Context, rounds: usize) -> Self {
        Self { suite, tests, context, rounds }
    }

    /// Number of runs of all tests together.
    pub(crate) fn runs(&self) -> usize {
        self.tests.len() * (self.rounds + 1)
    }

    /// Runs everything and drops the tables, also after a failure.
    pub(crate) fn run(&self, progress: &mut dyn FnMut(Progress<'_>)) -> Result<Measurement> {
        let outcome = self.run_all(progress);
        let cleaned = self.context.clean_up();
        let measurement = outcome?;
        cleaned?;
        Ok(measurement)
    }

    fn run_all(&self, progress: &mut dyn FnMut(Progress<'_>)) -> Result<Measurement> {
        self.set_up_once(progress)?;
        let mut tests = Vec::new();
        for test in &self.tests {
            progress(Progress::Test { name: test.name, round: 0 });
            tests.push(self.count(test)?);
            progress(Progress::Done);
        }
        for round in 1..=self.rounds {
            for (test, measured) in self.tests.iter().zip(&mut tests) {
                progress(Progress::Test { name: test.name, round });
                self.set_up(test)?;
                measured.times.push(timed(|| self.run_body(test))?.0);
                progress(Progress::Done);
            }
        }
        let yardstick = self.tests.iter().position(|test| Some(test.name) == self.suite.yardstick);
        Ok(Measurement { suite: self.suite.name, num: self.context.num(), tests, yardstick })
    }

    /// Prepares the database for the whole suite.
    pub(crate) fn set_up_once(&self, progress: &mut dyn FnMut(Progress<'_>)) -> Result<()> {
        match &self.suite.setup_once {
            Some(setup) => {
                progress(Progress::SetupOnce);
                setup(&self.context).map_err(|error| format!("setup of {}: {error}", self.suite.name).into())
            }
            None => Ok(()),
        }
    }

    /// Prepares the database for one run of a test.
    pub(crate) fn set_up(&self, test: &Test) -> Result<()> {
        match &self.suite.setup {
            Some(setup) => setup(&self.context).map_err(|error| format!("setup of {}: {error}", test.name).into()),
            None => Ok(()),
        }
    }

    /// Runs a test without its setup.
    pub(crate) fn run_body(&self, test: &Test) -> Result<()> {
        (test.body)(&self.context).map_err(|error| format!("{}: {error}", test.name).into())
    }

    /// Runs a test while its statements are recorded.
    pub(crate) fn count(&self, test: &Test) -> Result<Measured> {
        self.set_up(test)?;
        let recorder = self.context.engine().record();
        let by_hand = self.context.counted(|| self.run_body(test))?;
        let (sent, statements) = counted(&recorder);
        Ok(Measured { name: test.name, about: test.about, sent: sent.plus(by_hand), times: Vec::new(), statements })
    }

    pub(crate) fn tests(&self) -> &[&'s Test] {
        &self.tests
    }
}

/// Counts what was recorded, in all and by text.
fn counted(recorder: &Recorder) -> (Sent, Vec<(String, usize)>) {
    let recorded = recorder.take();
    let mut statements: Vec<(String, usize)> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for statement in recorded.iter() {
        let place = *places.entry(statement.sql.as_str()).or_insert_with(|| {
            statements.push((statement.sql.clone(), 0));
            statements.len() - 1
        });
        statements[place].1 += 1;
    }
    (Sent::of(recorded.iter()), statements)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle() {
        let times = [3, 1, 2, 10].map(Duration::from_millis);
        let spread = Spread::of(&times);
        assert_eq!(spread.median, Duration::from_micros(2500));
        assert_eq!((spread.least, spread.most), (Duration::from_millis(1), Duration::from_millis(10)));
        assert!(spread.overlaps(&Spread::of(&[Duration::from_millis(10)])));
        assert!(!spread.overlaps(&Spread::of(&[Duration::from_millis(11)])));
    }
}
