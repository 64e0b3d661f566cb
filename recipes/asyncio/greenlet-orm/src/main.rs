//! A routine in blocking style, lazy loads and all, run on an asynchronous session.
//!
//! What to notice: `fetch_and_update` knows nothing of asynchronous code, and runs on a plain `Session` just as well. `run_blocking` lends it the
//! entities, the connection and the transaction of the asynchronous session, on a thread that may block; afterwards everything is back.
//!
//! Counterpart: `examples/asyncio/greenlet_orm.py` of SQLAlchemy.

#![allow(clippy::print_stdout, reason = "a recipe tells its story on the screen")]

#[cfg(test)]
mod tests;

use clap::Parser;
use orm::StatementKind;
use orm::engine::Statements;
use orm::prelude::*;

#[derive(Entity, Debug, Default)]
struct A {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 100)]
    data: Option<String>,
    #[entity(inverse = "a", order_by = "id")]
    bs: HasMany<B>,
}

#[derive(Entity, Debug, Default)]
struct B {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "bs")]
    a: BelongsTo<Option<A>>,
    #[entity(length = 100)]
    data: Option<String>,
}

impl A {
    fn new<const N: usize>(data: &str, bs: [&str; N]) -> Self {
        let bs = bs.map(|data| B { data: Some(data.to_owned()), ..B::default() });
        Self { data: Some(data.to_owned()), bs: HasMany::of(bs), ..Self::default() }
    }
}

#[derive(Parser)]
#[command(about = "A routine in blocking style, lazy loads and all, run on an asynchronous session.")]
struct Args {
    /// The database to play in. Its tables `a` and `b` are dropped first, and stay afterwards.
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
    let engine = AsyncEngine::new(args.db_url)?;
    engine.drop_all(schema![A, B]).await?; // What an earlier run left in a file.
    if args.echo && !args.quiet {
        engine.set_echo(Echo::stdout().pretty().prefix("    | "))?;
    }

    title("Creating the tables that are missing");
    engine.create_all(schema![A, B]).await?;
    let recorder = engine.record();
    let mut session = AsyncSession::new(&engine);

    title("Saving three graphs");
    add(&mut session).await?;
    session.close().await?; // Forgets them: what follows has to ask the database.

    title("Running a blocking routine: each list is loaded on access, an N+1");
    let lines = session.run_blocking(fetch_and_update).await?;
    for line in lines {
        println!("{line}");
    }

    title("Committing the change of the routine");
    session.commit().await?;
    let sent = recorder.take();

    title("Curing the N+1: one option loads all lists by one SELECT");
    session.close().await?;
    let everything = select(entity::<A>()).order_by(A::ID).options(selectin(A::BS));
    for a in session.all(everything).await? {
        let bs = session[a].bs.loaded().map_or(0, |bs| bs.len());
        println!("{} has {bs}", session[a].data.as_deref().unwrap_or_default());
    }
    let cured = recorder.take().count(StatementKind::Select);
    println!("{cured} SELECT statements in place of {}", sent.count(StatementKind::Select));

    title("Closing the session: a transaction that was not committed is rolled back");
    session.close().await?;

    compare(&sent, [5, 8, 1, 0]);
    Ok(())
}

async fn add(session: &mut AsyncSession) -> orm::Result<()> {
    session.add_all([A::new("a1", ["b1", "b2"]), A::new("a2", ["b3"]), A::new("a3", ["b4", "b5"])]);
    session.commit().await
}

/// Reads everything, and changes the first.
fn fetch_and_update(session: &mut Session) -> orm::Result<Vec<String>> {
    let text = |data: &Option<String>| data.clone().unwrap_or_default();
    let mut lines = Vec::new();
    for a in session.query::<A>().order_by(A::ID).all()? {
        lines.push(text(&session[a].data));
        for b in session.rel(a, A::BS).load()? {
            lines.push(format!("  {}", text(&session[b].data)));
        }
    }
    if let Some(first) = session.query::<A>().order_by(A::ID).first()? {
        session[first].data = Some("new data".to_owned());
    }
    Ok(lines)
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
