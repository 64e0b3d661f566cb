//! Lists the recipes and runs one by name: `cargo run -p recipe`, `cargo run -p recipe adjacency-list`.
//!
//! A recipe runs with its SQL beside the story; `--quiet` leaves the story alone. Everything else after the name goes to the recipe.
//! A `--db-url` that begins with `postgresql://` switches the recipe's feature `postgres` on, one with `mariadb://` or `mysql://` the feature `mysql`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

mod catalog;
mod choice;
mod run;

use std::process::ExitCode;

use clap::Parser;

/// Lists the recipes, or runs one of them.
#[derive(Parser)]
#[command(
    name = "recipe",
    override_usage = "recipe [--list] [NAME [ARGS]...]",
    after_help = "A recipe shows its SQL, unless `--quiet` stands among its arguments. `recipe NAME --help` says what else it takes."
)]
struct Args {
    /// Only lists the recipes, and asks for none.
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
    let chosen = match words.next() {
        Some(name) => Some(name),
        None => {
            print!("{}", catalog::listing());
            if list { None } else { choice::ask() }
        }
    };
    let Some(name) = chosen else { return ExitCode::SUCCESS };
    match catalog::find(&name) {
        Ok(recipe) => run::run(recipe, words.collect()),
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}
