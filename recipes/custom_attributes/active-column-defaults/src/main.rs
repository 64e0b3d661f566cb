//! The default of a column is read before anything is saved, and is kept for the INSERT.
//!
//! What to notice: `value_or_default` fills a field that is unset and returns the value. The default is evaluated once: the row gets the time that the
//! program has read, not the time of the INSERT.

#![allow(clippy::print_stdout, reason = "a recipe tells its story on the screen")]

#[cfg(test)]
mod tests;

use chrono::{NaiveDateTime, SubsecRound, TimeDelta, Utc};
use clap::Parser;
use orm::StatementKind;
use orm::engine::Statements;
use orm::prelude::*;

#[derive(Entity, Debug, Default)]
struct Widget {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(default = 30)]
    radius: Auto<i64>,
    #[entity(default = clock())]
    timestamp: Auto<NaiveDateTime>,
}

/// The time, with as many digits as databases keep.
fn clock() -> NaiveDateTime {
    Utc::now().naive_utc().trunc_subsecs(6)
}

#[derive(Parser)]
#[command(about = "The default of a column is read before anything is saved, and is kept for the INSERT.")]
struct Args {
    /// The database to play in. Its table `widget` is dropped first, and stays afterwards.
    #[arg(long, value_name = "URL", default_value = "sqlite://")]
    db_url: String,
    /// Shows every statement that is sent.
    #[arg(long, conflicts_with = "quiet")]
    echo: bool,
    /// Shows the story alone, as without `--echo`.
    #[arg(long)]
    quiet: bool,
}

fn main() -> orm::Result<()> {
    sigpipe::reset(); // A closed pipe, `| head -1`, ends the program without a word.
    let args = Args::parse();
    let engine = Engine::new(args.db_url)?;
    engine.drop_all(schema![Widget])?; // What an earlier run left in a file.
    if args.echo && !args.quiet {
        engine.set_echo(Echo::stdout().pretty().prefix("    | "))?;
    }
    engine.create_all(schema![Widget])?;
    let recorder = engine.record();

    title("A new widget: its fields are unset");
    let mut session = Session::new(&engine);
    let widget = session.add(Widget::default());
    println!("radius: {:?}", session[widget].radius.get());

    title("Its defaults, before anything is saved");
    let (radius, timestamp) = read(&mut session, widget)?;
    let is_recent = timestamp > clock() - TimeDelta::seconds(5);
    println!("radius: {radius}; the time is {}", if is_recent { "that of now" } else { "too old" });

    title("Saving the widget");
    session.commit()?;

    title("The row has the values that were read");
    let saved = first(&mut session)?;
    println!("{}", if saved == Some((radius, timestamp)) { "the same" } else { "other values" });
    drop(session);

    compare(&recorder.take(), [1, 1, 0, 0]);
    Ok(())
}

fn read(session: &mut Session, widget: Key<Widget>) -> orm::Result<(i64, NaiveDateTime)> {
    Ok((session.value_or_default(widget, Widget::RADIUS)?, session.value_or_default(widget, Widget::TIMESTAMP)?))
}

fn first(session: &mut Session) -> orm::Result<Option<(i64, NaiveDateTime)>> {
    session.first(select((Widget::RADIUS, Widget::TIMESTAMP)))
}

/// Prints the statements of this run beside those of a program that does the same with SQLAlchemy.
fn compare(sent: &Statements, theirs: [usize; 4]) {
    title("Statements, here and in SQLAlchemy");
    let kinds = [StatementKind::Select, StatementKind::Insert, StatementKind::Update, StatementKind::Delete];
    for ((kind, name), theirs) in kinds.into_iter().zip(["SELECT", "INSERT", "UPDATE", "DELETE"]).zip(theirs) {
        println!("{name} {:>2} | {theirs:>2}", sent.count(kind));
    }
}

fn title(text: &str) {
    println!("\n{text}");
}
