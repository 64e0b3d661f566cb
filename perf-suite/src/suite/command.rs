//! The command line of one suite: checks the arguments, runs, prints.

use std::io::{IsTerminal, Write, stderr, stdout};
use std::process::ExitCode;

use clap::{CommandFactory, Parser, error::ErrorKind};
use indicatif::{ProgressBar, ProgressStyle};

use super::arguments::SuiteArguments;
use super::context::Context;
use super::run::{Progress, Runner};
use super::{Suite, Test, json, lines, names, profiled};
use crate::{DEBUG_BUILD, Result, beside};

#[derive(Parser)]
struct Alone {
    #[command(flatten)]
    arguments: SuiteArguments,
    /// The database; a temporary SQLite file unless given.
    #[arg(long, visible_alias = "db-url", value_name = "URL")]
    dburl: Option<String>,
    /// Number of items, instead of the suite's own.
    #[arg(long)]
    num: Option<usize>,
}

/// The command line of a program with one suite.
pub(crate) fn main(suite: &Suite) -> ExitCode {
    sigpipe::reset();
    let command = Alone::command().name(suite.name).about(suite.about).after_help(tests_help(suite));
    let Alone { arguments, dburl, num } = match parse::<Alone>(command) {
        Ok(alone) => alone,
        Err(error) => return fail(&error),
    };
    run_suite(suite, &arguments, dburl.as_deref(), num)
}

fn parse<P: clap::FromArgMatches>(command: clap::Command) -> std::result::Result<P, clap::Error> {
    P::from_arg_matches(&command.try_get_matches()?)
}

fn tests_help(suite: &Suite) -> String {
    let tests: Vec<String> = suite.tests.iter().map(|test| format!("  {}  {}", test.name, test.about)).collect();
    format!("Tests ({} items):\n{}", suite.num, tests.join("\n"))
}

/// Prints what clap says; the exit code is 2, or 0 after `--help`.
fn fail(error: &clap::Error) -> ExitCode {
    let _ = error.print();
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// Runs a suite as the arguments say and prints the report.
///
/// The exit code is 0 when every test ran, 1 when one failed, and 2 when a test is unknown: nothing runs then.
pub fn run_suite(suite: &Suite, arguments: &SuiteArguments, url: Option<&str>, num: Option<usize>) -> ExitCode {
    let tests = match chosen(suite, &arguments.test) {
        Ok(tests) => tests,
        Err(message) => {
            let error = clap::Error::raw(ErrorKind::InvalidValue, format!("{message}\n"));
            return fail(&error);
        }
    };
    match run(suite, tests, arguments, url, num.unwrap_or(suite.num)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The named tests in the order of the suite; all when none is named.
fn chosen<'s>(suite: &'s Suite, named: &[String]) -> std::result::Result<Vec<&'s Test>, String> {
    let known: Vec<&str> = suite.tests().collect();
    let unknown: Vec<&str> = named.iter().map(String::as_str).filter(|name| !known.contains(name)).collect();
    match unknown.is_empty() {
        true => {
            Ok(suite.tests.iter().filter(|test| named.is_empty() || named.iter().any(|n| n == test.name)).collect())
        }
        false => Err(names::unknown("test", &unknown, &known)),
    }
}

fn run(suite: &Suite, tests: Vec<&Test>, arguments: &SuiteArguments, url: Option<&str>, num: usize) -> Result<()> {
    announce(suite, &tests, arguments)?;
    let context = match url {
        Some(url) => Context::open(url, num, arguments.echo, arguments.anyway)?,
        None => Context::temporary(num, arguments.echo)?,
    };
    let runner = Runner::new(suite, tests, context, arguments.rounds as usize);
    match arguments.profiles() {
        true => profile(suite, &runner, arguments, num),
        false => time(&runner, arguments, url),
    }
}

/// The lines before the report; they go elsewhere where the report is for a machine.
fn announce(suite: &Suite, tests: &[&Test], arguments: &SuiteArguments) -> Result<()> {
    let mut notes: Box<dyn Write> = if arguments.json { Box::new(stderr()) } else { Box::new(stdout()) };
    if cfg!(debug_assertions) {
        writeln!(notes, "{DEBUG_BUILD}")?;
    }
    if suite.setup_once.is_some() {
        writeln!(notes, "Running setup once for {}", suite.name)?;
    }
    let named: Vec<&str> = tests.iter().map(|test| test.name).collect();
    writeln!(notes, "Tests to run: {}", named.join(", "))?;
    Ok(notes.flush()?)
}

fn time(runner: &Runner<'_>, arguments: &SuiteArguments, url: Option<&str>) -> Result<()> {
    let bar = progress_bar(runner.runs());
    let measurement = runner.run(&mut |progress| show(&bar, progress));
    bar.finish_and_clear();
    let measurement = measurement?;
    let mut out = stdout().lock();
    if arguments.json {
        return Ok(writeln!(out, "{:#}", json::report(&measurement))?);
    }
    out.write_all(lines::report(&measurement).as_bytes())?;
    if arguments.record {
        measurement.tests.iter().try_for_each(|test| out.write_all(lines::statements(test).as_bytes()))?;
    }
    out.write_all(beside::tables(&measurement, arguments, url)?.as_bytes())?;
    Ok(())
}

fn profile(suite: &Suite, runner: &Runner<'_>, arguments: &SuiteArguments, num: usize) -> Result<()> {
    let bar = progress_bar(runner.tests().len());
    let profiled = profiled::run(runner, &mut |progress| show(&bar, progress));
    bar.finish_and_clear();
    let profiled = profiled?;
    if let Some(file) = &arguments.raw {
        std::fs::write(file, profiled::raw(&profiled)).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    let mut out = stdout().lock();
    match arguments.json {
        true => writeln!(out, "{:#}", profiled::machine_report(suite.name, &profiled, num))?,
        false => out.write_all(profiled::report(&profiled, num, arguments).as_bytes())?,
    }
    Ok(())
}

/// A bar on a terminal, nothing elsewhere.
fn progress_bar(runs: usize) -> ProgressBar {
    if !stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(runs as u64);
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {elapsed} {msg}");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn show(bar: &ProgressBar, progress: Progress<'_>) {
    match progress {
        Progress::SetupOnce => bar.set_message("setup"),
        Progress::Test { name, round: 0 } => bar.set_message(format!("{name}, counting")),
        Progress::Test { name, round } => bar.set_message(format!("{name}, round {round}")),
        Progress::Done => bar.inc(1),
    }
}
