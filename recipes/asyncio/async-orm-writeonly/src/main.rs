//! Collections that are never loaded: they take members, and give a query of their members, awaited and streamed.
//!
//! What to notice: `lazy = "raise"` makes a load of the whole collection an error. `session.rel(a, A::BS).select()` is the query of its members: it
//! is sorted, counted or streamed like any query. A stream borrows its session, so that the keys of the outer stream are kept before the inner ones begin.
//!
//! Counterpart: `examples/asyncio/async_orm_writeonly.py` of SQLAlchemy.

#![allow(clippy::print_stdout, reason = "a recipe tells its story on the screen")]

#[cfg(test)]
mod tests;

use chrono::NaiveDateTime;
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
    #[entity(server_default = "CURRENT_TIMESTAMP")]
    create_date: Auto<NaiveDateTime>,
    #[entity(inverse = "a", order_by = "id", lazy = "raise")]
    bs: HasMany<B>,
}

#[derive(Entity, Debug, Default)]
struct B {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "bs")]
    a: BelongsTo<A>,
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
#[command(
    about = "Collections that are never loaded: they take members, and give a query of their members, awaited and streamed."
)]
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
    let mut session = AsyncSession::builder(&engine).expire_on_commit(false).build();

    title("Saving three graphs: one INSERT a table");
    add(&mut session).await?;
    session.close().await?; // Forgets them: what follows has to ask the database.

    title("Reading every A, and the query of its members");
    for line in all_at_once(&mut session).await? {
        println!("{line}");
    }

    title("Streaming the same: first the As, then the members of each");
    for line in streamed(&mut session).await? {
        println!("{line}");
    }

    title("Loading a whole collection by accident is an error");
    let first = first(&mut session).await?;
    if let Err(error) = session.rel(first, A::BS).load().await {
        println!("{}", error.code());
    }

    title("Adding a member and a change: nothing is loaded");
    session.rel(first, A::BS).push(B { data: Some("b6".to_owned()), ..B::default() })?;
    session[first].data = Some("new data".to_owned());
    session.commit().await?;

    session.close().await?;
    compare(&recorder.take(), [9, 8, 0, 0]);
    Ok(())
}

async fn add(session: &mut AsyncSession) -> orm::Result<()> {
    session.add_all([A::new("a1", ["b1", "b2"]), A::new("a2", ["b3"]), A::new("a3", ["b4", "b5"])]);
    session.commit().await
}

async fn all_at_once(session: &mut AsyncSession) -> orm::Result<Vec<String>> {
    let mut lines = Vec::new();
    for a in session.query::<A>().order_by(A::ID).all().await? {
        lines.push(describe(&session[a]));
        let members = session.rel(a, A::BS).select()?;
        for b in session.all(members).await? {
            lines.push(format!("  {}", text(&session[b].data)));
        }
    }
    Ok(lines)
}

async fn streamed(session: &mut AsyncSession) -> orm::Result<Vec<String>> {
    let mut found = Vec::new();
    let mut stream = session.stream(select(entity::<A>()).order_by(A::ID)).await?;
    while let Some(a) = stream.next().await? {
        found.push((a, describe(&stream[a])));
    }
    // The stream lets go of the session here.
    stream.close().await?;
    let mut lines = Vec::new();
    for (a, line) in found {
        lines.push(line);
        let members = session.rel(a, A::BS).select()?;
        let mut stream = session.stream(members).await?;
        while let Some(b) = stream.next().await? {
            lines.push(format!("  {}", text(&stream[b].data)));
        }
    }
    Ok(lines)
}

async fn first(session: &mut AsyncSession) -> orm::Result<Key<A>> {
    session.query::<A>().order_by(A::ID).limit(1).one().await
}

fn describe(a: &A) -> String {
    let created = a.create_date.get().map_or_else(String::new, |date| date.format("%Y-%m-%d %H:%M:%S").to_string());
    format!("{}, created {created}", text(&a.data))
}

fn text(data: &Option<String>) -> &str {
    data.as_deref().unwrap_or("nothing")
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
