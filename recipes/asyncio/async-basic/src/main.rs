//! The asynchronous engine without a session: a scope that commits, and rows all at once or one by one.
//!
//! What to notice: everything that asks the database has an `.await` behind it, and nothing else has. The scope of `begin` commits when its work
//! gives `Ok`, and rolls back when it gives `Err`, panics, or is dropped half-way.
//!
//! Counterpart: `examples/asyncio/basic.py` of SQLAlchemy.

#![allow(clippy::print_stdout, reason = "a recipe tells its story on the screen")]

#[cfg(test)]
mod tests;

use clap::Parser;
use orm::StatementKind;
use orm::engine::Statement;
use orm::engine::Statements;
use orm::prelude::*;

/// Here only the description of a table: no entity is made.
#[derive(Entity, Debug, Default)]
#[entity(table = "t1")]
struct Thing {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 100)]
    name: Option<String>,
}

#[derive(Parser)]
#[command(
    about = "The asynchronous engine without a session: a scope that commits, and rows all at once or one by one."
)]
struct Args {
    /// The database to play in. Its table `t1` is dropped first, and stays afterwards.
    #[arg(long, value_name = "URL", default_value = "sqlite://")]
    db_url: String,
    /// Shows every statement that is sent.
    #[arg(long, conflicts_with = "quiet")]
    echo: bool,
    /// Shows the story alone, as without `--echo`.
    #[arg(long)]
    quiet: bool,
}

#[tokio::main]
async fn main() -> orm::Result<()> {
    sigpipe::reset(); // A closed pipe, `| head -1`, ends the program without a word.
    let args = Args::parse();
    let engine = AsyncEngine::new(args.db_url)?; // Connects when it must, not here.
    engine.drop_all(schema![Thing]).await?; // What an earlier run left in a file.
    if args.echo && !args.quiet {
        engine.set_echo(Echo::stdout().pretty().prefix("    | "))?;
    }

    title("Creating the table if it is missing");
    engine.create_all(schema![Thing]).await?;
    let recorder = engine.record();

    title("Two names in one INSERT, in a scope that commits");
    name_things(&engine).await?;

    title("All rows at once");
    for (id, name) in all_at_once(&engine).await? {
        println!("({id}, {name})");
    }

    title("The same rows, one by one as they arrive");
    for (id, name) in one_by_one(&engine).await? {
        println!("({id}, {name})");
    }

    compare(&recorder.take(), [2, 1, 0, 0]);
    Ok(())
}

async fn name_things(engine: &AsyncEngine) -> orm::Result<()> {
    let names = ["some name 1", "some name 2"];
    engine.begin(async |connection| connection.execute(&insert("t1").rows(Thing::NAME, names)).await).await?;
    Ok(())
}

async fn all_at_once(engine: &AsyncEngine) -> orm::Result<Vec<(i64, String)>> {
    let mut connection = engine.connect().await?;
    let rows = connection.query(&everything()?).await?;
    rows.iter().map(|row| row.unpack()).collect()
}

async fn one_by_one(engine: &AsyncEngine) -> orm::Result<Vec<(i64, String)>> {
    let mut connection = engine.connect().await?;
    let statement = everything()?;
    let mut rows = connection.stream(&statement).await?;
    let mut seen = Vec::new();
    while let Some(row) = rows.next().await? {
        seen.push(row.unpack()?);
    }
    Ok(seen)
}

fn everything() -> orm::Result<impl Statement> {
    select((Thing::ID, Thing::NAME)).order_by(Thing::ID).tree()
}

/// Prints the statements of this run beside those of SQLAlchemy's program.
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
