//! The options of a suite on the command line.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Options of a run. The names are those of SQLAlchemy's performance suite, and a few more.
#[derive(Args, Clone, Debug)]
pub struct SuiteArguments {
    /// Runs only these tests.
    #[arg(long, num_args = 1.., value_name = "NAME")]
    pub test: Vec<String>,
    /// Prints calls, statements, rows, allocations and bytes of each test in place of its time.
    #[arg(long)]
    pub profile: bool,
    /// Prints the table of spans of each test; implies `--profile`.
    #[arg(long)]
    pub dump: bool,
    /// Keys that sort this table, separated by commas: cumulative, time, calls, name.
    #[arg(long, value_name = "KEYS", value_delimiter = ',', default_value = "cumulative")]
    pub sort: Vec<SortKey>,
    /// Prints the callers of each span as well; implies `--dump`.
    #[arg(long)]
    pub callers: bool,
    /// Writes folded stacks of the spans, for flame graphs; implies `--profile`.
    #[arg(long, value_name = "FILE")]
    pub raw: Option<PathBuf>,
    /// Prints every statement.
    #[arg(long)]
    pub echo: bool,
    /// Prints each different statement once, with the number of times that it was sent.
    #[arg(long)]
    pub record: bool,
    /// Number of timed runs of each test; the tests take turns.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub rounds: u32,
    /// Prints JSON for machines.
    #[arg(long)]
    pub json: bool,
    /// Measures others beside the ORM: typed diesel, the C library, SQLAlchemy where Python has it.
    #[arg(long, value_name = "SIDES", value_delimiter = ',')]
    pub beside: Vec<Beside>,
    /// Replaces tables that another program made.
    #[arg(long)]
    pub anyway: bool,
}

/// A key that sorts the table of spans.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SortKey {
    /// Time within the span and the spans that it calls.
    #[value(alias = "cumtime")]
    Cumulative,
    /// Time within the span alone.
    #[value(alias = "tottime")]
    Time,
    /// Number of calls.
    #[value(alias = "ncalls")]
    Calls,
    /// File, line and name.
    #[value(aliases = ["filename", "stdname", "nfl"])]
    Name,
}

/// A library measured beside the ORM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Beside {
    /// Typed diesel.
    Diesel,
    /// A loop over the database's C library.
    C,
    /// SQLAlchemy's own suite, by Python.
    Sqlalchemy,
}

impl SuiteArguments {
    /// Whether the tests are profiled instead of timed.
    pub(crate) fn profiles(&self) -> bool {
        self.profile || self.dumps() || self.raw.is_some()
    }

    /// Whether the table of spans is printed.
    pub(crate) fn dumps(&self) -> bool {
        self.dump || self.callers
    }
}
