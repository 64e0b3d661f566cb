//! The labs: `cargo run -p labs` watches the current one, `cargo run -p labs -- 08` runs lab 8 once.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::Parser;
use labs::catalog::{self, Lab};
use labs::runner::home::Home;
use labs::runner::{plain, watch};

/// Exercises on `orm`: fill the hole in a file, and see the SQL that is expected beside the SQL that is sent.
#[derive(Parser)]
#[command(
    name = "labs",
    override_usage = "labs [COMMAND] [LAB]",
    after_help = "Without arguments, `labs` watches the current lab in a terminal, and runs it once elsewhere.\n\n\
        Commands:\n  \
        08           runs lab 8 once and makes it the current lab\n  \
        list         lists all labs\n  \
        watch 08     watches lab 8\n  \
        hint 08      shows one hint more: a word, a place, code\n  \
        solution 08  shows the solution\n  \
        reset 08     makes a fresh copy of the lab and keeps yours beside it\n  \
        check        judges every lab that was begun\n\n\
        A LAB is a number or a word of its title. Without it, the current lab is meant."
)]
struct Args {
    /// What to do, or the lab to run.
    command: Option<String>,
    /// The lab.
    lab: Option<String>,
}

fn main() -> ExitCode {
    sigpipe::reset(); // A closed pipe, `| head -1`, ends the program without a word.
    match run(&Args::parse()) {
        Ok(code) => code,
        Err(message) => {
            // Nobody may be listening.
            let _ = writeln!(io::stderr(), "{message}");
            ExitCode::from(2)
        }
    }
}

fn run(args: &Args) -> Result<ExitCode, String> {
    let home = Home::new();
    let lab = match &args.lab {
        Some(asked) => catalog::find(asked)?,
        None => home.state().lab(),
    };
    let done = match args.command.as_deref() {
        None if io::stdin().is_terminal() && io::stdout().is_terminal() => watch::run(&home, lab),
        None => plain::run(&home, lab),
        Some("list") => plain::list(&home),
        Some("watch") => watch::run(&home, lab),
        Some("hint") => plain::hint(&home, lab),
        Some("solution") => plain::solution(&home, lab),
        Some("reset") => plain::reset(&home, lab),
        Some("check") => plain::check_all(&home),
        Some(asked) => plain::run(&home, found(asked, args)?),
    };
    done.map_err(|error| error.to_string())
}

/// The lab that is named in place of a command.
fn found(asked: &str, args: &Args) -> Result<&'static Lab, String> {
    match &args.lab {
        None => catalog::find(asked),
        Some(_) => Err(format!("there is no command `{asked}`: `labs --help` shows the commands")),
    }
}
