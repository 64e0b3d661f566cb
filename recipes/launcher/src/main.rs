//! Browses the recipes, lists them, and runs one by name: `cargo run -p recipe`, `cargo run -p recipe -- --list`, `cargo run -p recipe adjacency-list`.
//!
//! A recipe runs with its SQL beside the story; `--quiet` leaves the story alone. Everything else after the name goes to the recipe.
//! A `--db-url` that begins with `postgresql://` switches the recipe's feature `postgres` on, one with `mariadb://` or `mysql://` the feature `mysql`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

mod browse;
mod catalog;
mod run;

use std::io::{self, IsTerminal};
use std::process::ExitCode;

use clap::Parser;

/// Browses the recipes, lists them, or runs one of them.
#[derive(Parser)]
#[command(
    name = "recipe",
    override_usage = "recipe [--list] [NAME [ARGS]...]",
    after_help = "Without a name, a terminal shows the browser. A recipe shows its SQL, unless `--quiet` stands among its arguments. \
                  `recipe NAME --help` says what else it takes."
)]
struct Args {
    /// Lists the recipes, and opens no browser.
    #[arg(long)]
    list: bool,
    /// The recipe, by name or number, and what goes to it, such as `--db-url sqlite:///tree.db`.
    #[arg(value_name = "NAME [ARGS]", trailing_var_arg = true)]
    recipe: Vec<String>,
}

fn main() -> ExitCode {
    sigpipe::reset(); // A closed pipe, `| head -1`, ends the program without a word.
    let Args { list, recipe } = Args::parse();
    let mut words = recipe.into_iter();
    let Some(name) = words.next() else {
        if list || !io::stdin().is_terminal() || !io::stdout().is_terminal() {
            print!("{}", catalog::listing());
            return ExitCode::SUCCESS;
        }
        return match browse::browse() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{error}");
                ExitCode::FAILURE
            }
        };
    };
    match catalog::find(&name) {
        Ok(recipe) => run::run(recipe, words.collect()),
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}
