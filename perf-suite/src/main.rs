//! The performance suite on the command line, in the manner of SQLAlchemy's.
#![allow(clippy::print_stdout, reason = "a command line")]

use std::process;

use clap::{Parser, Subcommand};
use perf_suite::{Comparison, Ratios, Result, serve};

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
    /// Measures one side whenever a line comes in; `ratios` starts each side so.
    #[command(hide = true)]
    Serve {
        /// The workload.
        workload: String,
        /// The side, from 0.
        #[arg(long)]
        side: usize,
    },
    /// Runs one workload on one side, for a profiler.
    Run {
        /// The workload.
        workload: String,
        /// The side, from 0, as the columns of the table.
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
    let measures = matches!(command, Command::Ratios { .. } | Command::Run { .. });
    if measures && cfg!(debug_assertions) {
        println!(
            "This is a debug build: its times mean nothing. Run it with `cargo run --release -p perf-suite -- ...`."
        );
    }
    let all = Comparison::all(&db_url)?;
    match command {
        Command::List => all.iter().for_each(|line| println!("{:<24} {}", line.name(), line.title())),
        Command::Ratios { workloads, rounds, no_held } => {
            let chosen = match workloads.is_empty() {
                true => all,
                false => workloads.iter().map(|name| named(&all, name)).collect::<Result<_>>()?,
            };
            let program = std::env::current_exe()?;
            let start = |line: &Comparison, side: usize| {
                let mut command = process::Command::new(&program);
                command.args(["serve", &line.name(), "--side", &side.to_string(), "--db-url", &db_url]);
                command.args(num.map(|num| format!("--num={num}")));
                Ok(command)
            };
            let ratios = Ratios::measure(&chosen, num, rounds, start)?;
            let ratios = if no_held { ratios } else { ratios.with_held(&db_url, num.unwrap_or(100_000), rounds)? };
            print!("{ratios}");
        }
        Command::Serve { workload, side } => {
            let line = named(&all, &workload)?;
            serve(line, &db_url, side, num.unwrap_or(line.rows()))?;
        }
        Command::Run { workload, side, times } => {
            let line = named(&all, &workload)?;
            let (workload, rows) = (line.workload, num.unwrap_or(line.rows()));
            let mut sides = line.contest.sides(&db_url)?;
            let side = sides.get_mut(side).ok_or("there is no such side")?;
            for time in 0..times {
                let again = time > 0 && workload.only_reads();
                let elapsed = match again {
                    true => workload.measure_again(side.as_mut(), rows)?,
                    false => workload.measure(side.as_mut(), rows)?,
                };
                println!("{} {}: {elapsed:?}", side.name(), line.name());
            }
        }
    }
    Ok(())
}

fn named(all: &[Comparison], name: &str) -> Result<Comparison> {
    let found = all.iter().find(|line| line.name() == name);
    found.copied().ok_or_else(|| format!("no workload {name}; `list` names them").into())
}
