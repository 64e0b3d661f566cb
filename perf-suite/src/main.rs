//! The performance suite on the command line, in the manner of SQLAlchemy's.
#![allow(clippy::print_stdout, reason = "a command line")]

use clap::{Parser, Subcommand};
use perf_suite::{Ratios, Result, Workload, sides};

#[derive(Parser)]
#[command(about = "How fast the ORM is, beside loops over the C library and beside typed diesel")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// The database; without a file, each side has a SQLite of its own in memory.
    #[arg(long, global = true, default_value = "sqlite://")]
    db_url: String,
    /// How many rows, instead of each workload's own number.
    #[arg(long, global = true)]
    num: Option<usize>,
}

#[derive(Subcommand)]
enum Command {
    /// Measures all sides in turns and prints a table of ratios to the C library.
    Ratios {
        /// Only these workloads.
        workloads: Vec<String>,
        /// How many rounds the medians are taken over.
        #[arg(long, default_value_t = 9)]
        rounds: usize,
        /// Leave out what has no yardstick.
        #[arg(long)]
        no_held: bool,
    },
    /// Runs one workload on one side, for a profiler.
    Run {
        /// The workload.
        workload: String,
        /// The side, from 0: the C library, the ORM, diesel.
        #[arg(long, default_value_t = 1)]
        side: usize,
        /// How often.
        #[arg(long, default_value_t = 1)]
        times: usize,
    },
    /// Lists the workloads.
    List,
}

fn main() -> Result<()> {
    let Arguments { command, db_url, num } = Arguments::parse();
    match command {
        Command::List => {
            Workload::ALL.iter().for_each(|workload| println!("{:<16} {}", workload.name(), workload.title()))
        }
        Command::Ratios { workloads, rounds, no_held } => {
            let chosen = match workloads.is_empty() {
                true => Workload::ALL.to_vec(),
                false => workloads.iter().map(|name| named(name)).collect::<Result<_>>()?,
            };
            let ratios = Ratios::measure(&db_url, &chosen, num, rounds)?;
            let ratios = if no_held { ratios } else { ratios.with_held(&db_url, num.unwrap_or(100_000), rounds)? };
            print!("{ratios}");
        }
        Command::Run { workload, side, times } => {
            let workload = named(&workload)?;
            let rows = num.unwrap_or(workload.rows());
            let mut sides = sides(&db_url)?;
            let side = sides.get_mut(side).ok_or("there are three sides")?;
            for time in 0..times {
                let again = time > 0 && workload.only_reads();
                let elapsed = match again {
                    true => workload.measure_again(side.as_mut(), rows)?,
                    false => workload.measure(side.as_mut(), rows)?,
                };
                println!("{} {}: {elapsed:?}", side.name(), workload.name());
            }
        }
    }
    Ok(())
}

fn named(name: &str) -> Result<Workload> {
    let found = Workload::ALL.into_iter().find(|workload| workload.name() == name);
    found.ok_or_else(|| format!("no workload {name}; `list` names them").into())
}
