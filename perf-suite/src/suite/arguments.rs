//! The options of a suite on the command line.

use clap::Args;

/// Options of a run. The names are those of SQLAlchemy's performance suite, and a few more.
#[derive(Args, Clone, Debug)]
pub struct SuiteArguments {
    /// Runs only these tests.
    #[arg(long, num_args = 1.., value_name = "NAME")]
    pub test: Vec<String>,
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
    /// Replaces tables that another program made.
    #[arg(long)]
    pub anyway: bool,
}
