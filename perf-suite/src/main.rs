//! The performance suite on the command line, in the manner of SQLAlchemy's.
#![allow(clippy::print_stdout, reason = "a command line")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand, error::ErrorKind};
use perf_suite::counts::{InstructionCounter, Table, compilers, counts};
use perf_suite::{
    Comparison, DEBUG_BUILD, Report, ReportOptions, Result, Suite, SuiteArguments, extra, originals, ratios_of,
    run_suite, serve, unknown_names, with_tables,
};

#[derive(Parser)]
#[command(
    name = "perf-suite",
    about = "How fast the ORM is: SQLAlchemy's suites, and ratios to the C library and to typed diesel",
    subcommand_negates_reqs = true
)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// The suite to run.
    suite: Option<String>,
    #[command(flatten)]
    suite_arguments: SuiteArguments,
    /// The database; a temporary SQLite file for a suite, SQLite in memory for the other commands unless given.
    #[arg(long, visible_alias = "dburl", global = true, value_name = "URL")]
    db_url: Option<String>,
    /// Number of items, instead of the own number of each suite or workload.
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
        /// Measures a debug build, and replaces tables that another program made.
        #[arg(long)]
        anyway: bool,
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
        /// The side: its name, such as `orm` or `diesel`, or its number from 0.
        #[arg(long, default_value = "orm")]
        side: String,
        /// How often.
        #[arg(long, default_value_t = 1)]
        times: usize,
        /// Replaces tables that another program made.
        #[arg(long)]
        anyway: bool,
    },
    /// Measures every workload on every side and draws charts: ratios, growth, memory.
    Report {
        /// The page that is written; its charts are printed as bars.
        #[arg(long, default_value = "perf-suite.html", value_name = "FILE")]
        out: PathBuf,
        /// Writes each chart as a picture in this folder.
        #[arg(long, value_name = "FOLDER")]
        svg: Option<PathBuf>,
        /// How many rounds the medians are taken over.
        #[arg(long, default_value_t = 5)]
        rounds: usize,
        /// The largest number of rows of the growth curves.
        #[arg(long, default_value_t = 1_000_000, value_name = "ROWS")]
        most: usize,
        /// Replaces tables that another program made.
        #[arg(long)]
        anyway: bool,
    },
    /// Counts statements, allocations and, under valgrind, instructions, and compares them with `counts.tsv`.
    Counts {
        /// Writes the file anew instead.
        #[arg(long)]
        write: bool,
    },
    /// Lists the suites with their tests, and the workloads.
    List,
}

fn main() -> ExitCode {
    sigpipe::reset();
    let suites: Vec<Suite> = originals().into_iter().chain(extra()).collect();
    let mut command = Arguments::command().after_help(suites_help(&suites));
    let arguments = match command.try_get_matches_from_mut(std::env::args_os()) {
        Ok(matches) => <Arguments as clap::FromArgMatches>::from_arg_matches(&matches),
        Err(error) => Err(error),
    };
    let arguments = arguments.unwrap_or_else(|error| error.exit());
    let Arguments { command: chosen, suite, suite_arguments, db_url, num } = arguments;
    let Some(chosen) = chosen else {
        let suite = named_suite(&suites, suite.as_deref()).unwrap_or_else(|(kind, message)| {
            command.error(kind, message).exit();
        });
        return run_suite(suite, &suite_arguments, db_url.as_deref(), num);
    };
    match run(chosen, db_url.as_deref().unwrap_or("sqlite://"), num, &suites) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn suites_help(suites: &[Suite]) -> String {
    let lines: Vec<String> =
        suites.iter().map(|suite| format!("  {:<17} {}", suite.name(), suite.description())).collect();
    format!("Suites:\n{}", lines.join("\n"))
}

fn named_suite<'s>(suites: &'s [Suite], name: Option<&str>) -> std::result::Result<&'s Suite, (ErrorKind, String)> {
    let known: Vec<&str> = suites.iter().map(Suite::name).collect();
    let Some(name) = name else {
        let message = format!("the argument <SUITE> is missing: one of {}", known.join(", "));
        return Err((ErrorKind::MissingRequiredArgument, message));
    };
    suites
        .iter()
        .find(|suite| suite.name() == name)
        .ok_or_else(|| (ErrorKind::InvalidValue, unknown_names("suite", &[name], &known)))
}

fn run(command: Command, db_url: &str, num: Option<usize>, suites: &[Suite]) -> Result<()> {
    if cfg!(debug_assertions)
        && matches!(command, Command::Ratios { .. } | Command::Run { .. } | Command::Report { .. })
    {
        println!("{DEBUG_BUILD}");
    }
    let all = Comparison::all(db_url)?;
    match command {
        Command::List => list(suites, &all),
        Command::Ratios { anyway: false, .. } if cfg!(debug_assertions) => {
            return Err("ratios of a debug build mean nothing; `--anyway` measures them".into());
        }
        Command::Ratios { workloads, rounds, no_held, anyway } => {
            with_tables(db_url, anyway, || ratios(&all, &workloads, db_url, num, (rounds, no_held)))?;
        }
        Command::Report { out, svg, rounds, most, anyway } => {
            let options = ReportOptions { url: db_url.to_owned(), num, rounds, most };
            with_tables(db_url, anyway, || report(&options, &out, svg.as_deref()))?;
        }
        Command::Counts { write } => count(write)?,
        Command::Serve { workload, side } => {
            let line = named(&all, &workload)?;
            serve(line, db_url, side, num.unwrap_or(line.rows()))?;
        }
        Command::Run { workload, side, times, anyway } => {
            let line = named(&all, &workload)?;
            let num = num.unwrap_or(line.rows());
            with_tables(db_url, anyway, || run_side(line, db_url, &side, num, times))?;
        }
    }
    Ok(())
}

fn list(suites: &[Suite], all: &[Comparison]) {
    for suite in suites {
        println!("{:<24} {}", suite.name(), suite.description());
        suite.tests().for_each(|test| println!("    {test}"));
    }
    all.iter().for_each(|line| println!("{:<24} {}", line.name(), line.title()));
}

fn ratios(
    all: &[Comparison],
    workloads: &[String],
    db_url: &str,
    num: Option<usize>,
    (rounds, no_held): (usize, bool),
) -> Result<()> {
    let chosen = match workloads.is_empty() {
        true => all.to_vec(),
        false => workloads.iter().map(|name| named(all, name)).collect::<Result<_>>()?,
    };
    let ratios = ratios_of(&chosen, db_url, num, rounds)?;
    let ratios = if no_held { ratios } else { ratios.with_held(db_url, num.unwrap_or(100_000), rounds)? };
    print!("{ratios}");
    Ok(())
}

fn report(options: &ReportOptions, out: &Path, pictures: Option<&Path>) -> Result<()> {
    let report = Report::measure(options)?;
    std::fs::write(out, report.page()).map_err(|error| format!("{}: {error}", out.display()))?;
    if let Some(folder) = pictures {
        report.write_pictures(folder)?;
    }
    let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).unwrap_or(80);
    println!("{}\nThe page is {}", report.text(columns), out.display());
    Ok(())
}

/// Counts everything; compares with the file, or writes it.
fn count(write: bool) -> Result<()> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("counts.tsv");
    let mut now = counts()?;
    match InstructionCounter::new(std::env::current_exe()?) {
        Some(counter) => now.extend(counter.counts()?),
        None => eprintln!("valgrind is not installed: no instructions are counted"),
    }
    if write {
        let table = Table { compilers: compilers()?, counts: now };
        return Ok(std::fs::write(&file, table.to_string())?);
    }
    let differences = Table::parse(&std::fs::read_to_string(&file)?)?.differences(&now, 0.02);
    differences.iter().for_each(|difference| println!("{difference}"));
    match differences.is_empty() {
        true => Ok(()),
        false => Err(format!("{} figures differ by more than 2 %", differences.len()).into()),
    }
}

fn run_side(line: Comparison, db_url: &str, named: &str, rows: usize, times: usize) -> Result<()> {
    let mut sides = line.contest.sides(db_url)?;
    let names: Vec<&str> = sides.iter().map(|side| side.name()).collect();
    let place = named.parse().ok().or_else(|| names.iter().position(|name| *name == named));
    let unknown = || unknown_names("side", &[named], &names);
    let side = place.and_then(|place: usize| sides.get_mut(place)).ok_or_else(unknown)?;
    for time in 0..times {
        let again = time > 0 && line.workload.only_reads();
        let elapsed = match again {
            true => line.workload.measure_again(side.as_mut(), rows)?,
            false => line.workload.measure(side.as_mut(), rows)?,
        };
        println!("{} {}: {elapsed:?}", side.name(), line.name());
    }
    Ok(())
}

fn named(all: &[Comparison], name: &str) -> Result<Comparison> {
    let found = all.iter().find(|line| line.name() == name);
    found.copied().ok_or_else(|| {
        let names: Vec<String> = all.iter().map(|line| line.name()).collect();
        unknown_names("workload", &[name], &names.iter().map(String::as_str).collect::<Vec<_>>()).into()
    })
}
