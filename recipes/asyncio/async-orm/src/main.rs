//! An asynchronous session: graphs added and loaded along, entities streamed, a relationship loaded where it is asked for.
//!
//! What to notice: the creation date is made by the database and is known after the flush, as the INSERT gives it back. Reading memory
//! (`session[a]`) needs no `.await` and never asks the database; loading a relationship does, and says so.
//!
//! Counterpart: `examples/asyncio/async_orm.py` of SQLAlchemy.

#![allow(clippy::print_stdout, reason = "a recipe tells its story on the screen")]

#[cfg(test)]
mod tests;

use std::ops::Index;

use chrono::NaiveDateTime;
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
    data: Option<String>,
    #[entity(server_default = "CURRENT_TIMESTAMP")]
    create_date: Auto<NaiveDateTime>,
    #[entity(inverse = "a", order_by = "id")]
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
    about = "An asynchronous session: graphs added and loaded along, entities streamed, a relationship loaded where it is asked for."
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

    title("Loading every A with its list: two SELECT statements");
    for line in all_at_once(&mut session).await? {
        println!("{line}");
    }

    title("Streaming the same entities: their lists are loaded already");
    for line in streamed(&mut session).await? {
        println!("{line}");
    }

    title("Changing the first A: one UPDATE");
    let first = change_the_first(&mut session).await?;

    title("Awaiting a list that is loaded sends no SQL");
    for b in session.rel(first, A::BS).load().await? {
        println!("  {}", session[b].data.as_deref().unwrap_or("nothing"));
    }

    title("Closing the session: a transaction that was not committed is rolled back");
    session.close().await?;

    compare(&recorder.take(), [6, 8, 1, 0]);
    Ok(())
}

async fn add(session: &mut AsyncSession) -> orm::Result<()> {
    session.add_all([A::new("a1", ["b1", "b2"]), A::new("a2", ["b3"]), A::new("a3", ["b4", "b5"])]);
    session.commit().await
}

/// Every `A`, with its `B`s.
fn with_bs() -> Select<Key<A>> {
    select(entity::<A>()).order_by(A::ID).options(selectin(A::BS))
}

async fn all_at_once(session: &mut AsyncSession) -> orm::Result<Vec<String>> {
    let found = session.all(with_bs()).await?;
    Ok(found.into_iter().flat_map(|a| describe(session, a)).collect())
}

async fn streamed(session: &mut AsyncSession) -> orm::Result<Vec<String>> {
    let mut lines = Vec::new();
    let mut stream = session.stream(select(entity::<A>()).order_by(A::ID)).await?;
    while let Some(a) = stream.next().await? {
        lines.extend(describe(&stream, a)); // The stream has borrowed the session, and shows its entities meanwhile.
    }
    Ok(lines)
}

/// Reads memory only: whoever shows entities by their keys will do.
fn describe<M>(memory: &M, a: Key<A>) -> Vec<String>
where
    M: Index<Key<A>, Output = A> + Index<Key<B>, Output = B>,
{
    let text = |data: &Option<String>| data.clone().unwrap_or_default();
    let a = &memory[a];
    let created = a.create_date.get().map_or_else(String::new, |date| date.format("%Y-%m-%d %H:%M:%S").to_string());
    let mut lines = vec![format!("{}, created {created}", text(&a.data))];
    lines.extend(a.bs.loaded().into_iter().flatten().map(|b| format!("  {}", text(&memory[b].data))));
    lines
}

async fn change_the_first(session: &mut AsyncSession) -> orm::Result<Key<A>> {
    let first = session.query::<A>().order_by(A::ID).limit(1).one().await?;
    session[first].data = Some("new data".to_owned());
    session.commit().await?;
    Ok(first)
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
