//! Thirty queries at once, each on a connection of its own, their entities merged into one session.
//!
//! What to notice: the rows of all queries become entities of one session, one entity a row, however often it was found; merging sends nothing.
//! Each query sees what is committed when it runs: this is for reading what nobody changes meanwhile, and it is not always faster.
//!
//! Counterpart: `examples/asyncio/gather_orm_statements.py` of SQLAlchemy.

#![allow(clippy::print_stdout, reason = "a recipe tells its story on the screen")]

#[cfg(test)]
mod tests;

use std::fmt;

use clap::Parser;
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

    title("Creating the table, and a hundred rows in it");
    engine.create_all(schema![A]).await?;
    let mut session = AsyncSession::new(&engine);
    add(&mut session, 100).await?;

    title("Thirty queries at once, each for one value; what they find is one session's");
    let mut session = AsyncSession::new(&engine);
    let mut random = fastrand::Rng::with_seed(args.seed);
    let wanted: Vec<String> = (0..30).map(|_| format!("a_{}", random.u32(0..100))).collect();
    for found in session.gather(wanted.iter().map(|data| query_for(data))).await? {
        let found: Vec<String> = found.into_iter().map(|a| session[a].to_string()).collect();
        println!("[{}]", found.join(", "));
    }
    Ok(())
}

async fn add(session: &mut AsyncSession, rows: u32) -> orm::Result<()> {
    session.add_all((0..rows).map(|number| A { data: format!("a_{number}"), ..A::default() }));
    session.commit().await
}

fn query_for(data: &str) -> Select<Key<A>> {
    select(entity::<A>()).filter(A::DATA.eq(data))
}

fn title(text: &str) {
    println!("\n{text}");
}
