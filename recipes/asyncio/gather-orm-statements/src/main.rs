//! Thirty queries at once, each on a connection of its own, their entities merged into one session.
//!
//! What to notice: the rows of all queries become entities of one session, one entity a row, however often it was found; merging sends nothing.
//! Each query sees what is committed when it runs: this is for reading what nobody changes meanwhile, and it is not always faster.
//!
//! Counterpart: `examples/asyncio/gather_orm_statements.py` of SQLAlchemy.

#![allow(clippy::print_stdout, reason = "a recipe tells its story on the screen")]

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;

use clap::Parser;
use orm::StatementKind;
use orm::engine::Statements;
use orm::load::Select;
use orm::prelude::*;

#[derive(Entity, Debug, Default)]
struct A {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 100)]
    data: String,
}

impl fmt::Display for A {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "A({}, {})", self.id.get().unwrap_or_default(), self.data)
    }
}

#[derive(Parser)]
#[command(about = "Thirty queries at once, each on a connection of its own, their entities merged into one session.")]
struct Args {
    /// The database to play in. Its table `a` is dropped first, and stays afterwards. In memory, SQLite has one connection: the queries take turns.
    #[arg(long, value_name = "URL", default_value = "sqlite://")]
    db_url: String,
    /// Shows every statement that is sent.
    #[arg(long, conflicts_with = "quiet")]
    echo: bool,
    /// Shows the story alone, as without `--echo`.
    #[arg(long)]
    quiet: bool,
    /// Which values are looked for: the same number, the same values.
    #[arg(long, default_value_t = 42)]
    seed: u64,
}

#[tokio::main]
async fn main() -> orm::Result<()> {
    sigpipe::reset(); // A closed pipe, `| head -1`, ends the program without a word.
    let args = Args::parse();
    let engine = AsyncEngine::new(args.db_url)?;
    engine.drop_all(schema![A]).await?; // What an earlier run left in a file.
    if args.echo && !args.quiet {
        engine.set_echo(Echo::stdout().pretty().prefix("    | "))?;
    }

    title("Creating the table with a hundred rows");
    engine.create_all(schema![A]).await?;
    let recorder = engine.record();
    let mut session = AsyncSession::new(&engine);
    add(&mut session, 100).await?;

    title("Running thirty queries at once");
    let mut session = AsyncSession::new(&engine);
    let mut random = fastrand::Rng::with_seed(args.seed);
    let wanted: Vec<String> = (0..30).map(|_| format!("a_{}", random.u32(0..100))).collect();
    let found: Vec<Key<A>> = session.gather(wanted.iter().map(|data| query_for(data))).await?.concat();
    println!("{} rows were found", found.len());

    title("Sharing entities: a row that several queries found is one entity");
    let distinct: BTreeSet<i64> = found.iter().filter_map(|a| session[*a].id.get()).collect();
    println!("{} entities are held", distinct.len());
    for (at, a) in found.iter().enumerate() {
        let times = found.iter().filter(|other| *other == a).count();
        if times > 1 && !found[..at].contains(a) {
            println!("{} was found by {times} queries", session[*a]);
        }
    }

    compare(&recorder.take(), [30, 100, 0, 0]);
    Ok(())
}

async fn add(session: &mut AsyncSession, rows: u32) -> orm::Result<()> {
    session.add_all((0..rows).map(|number| A { data: format!("a_{number}"), ..A::default() }));
    session.commit().await
}

fn query_for(data: &str) -> Select<Key<A>> {
    select(entity::<A>()).filter(A::DATA.eq(data))
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
