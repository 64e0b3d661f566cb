//! A map from text to sets of numbers, which three tables store.
//!
//! What to notice: `A::COLLECTIONS` is a proxy that leads to a proxy. `entry("2")` gives the set under a key and creates a missing one, as
//! `or_insert_with` does for a map; the set is a view of rows, not a copy. A set of a new entity is known to be empty, so nothing is loaded for it.
//!
//! Counterpart: `examples/association/dict_of_sets_with_default.py` of SQLAlchemy.

#![allow(clippy::print_stdout, reason = "a recipe tells its story on the screen")]

#[cfg(test)]
mod tests;

use clap::Parser;
use orm::StatementKind;
use orm::engine::Statements;
use orm::prelude::*;

/// The primary key that all three tables have.
#[derive(Embed, Debug, Default)]
struct Base {
    #[entity(primary_key)]
    id: Auto<i64>,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "a")]
struct A {
    #[entity(embed, primary_key)]
    base: Base,
    #[entity(inverse = "a", key = "key")]
    bs: HasMany<B>,
}

impl A {
    /// The sets of numbers by key. A missing key gets a `B` without numbers.
    const COLLECTIONS: Proxy<Self, B, Keyed<String>, Proxy<B, C, ToMany, i64>> =
        Self::BS.proxy_inner(B::VALUES, |key| B { key, ..B::default() });
}

#[derive(Entity, Debug, Default)]
#[entity(table = "b")]
struct B {
    #[entity(embed, primary_key)]
    base: Base,
    #[entity(inverse = "bs")]
    a: BelongsTo<A>,
    #[entity(length = 30)]
    key: String,
    #[entity(inverse = "b")]
    cs: HasMany<C>,
}

impl B {
    /// The numbers of a `B`.
    const VALUES: Proxy<Self, C, ToMany, i64> = Self::CS.proxy_values(C::VALUE, |value| C { value, ..C::default() });
}

#[derive(Entity, Debug, Default)]
#[entity(table = "c")]
struct C {
    #[entity(embed, primary_key)]
    base: Base,
    #[entity(inverse = "cs")]
    b: BelongsTo<B>,
    value: i64,
}

#[derive(Parser)]
#[command(about = "A map from text to sets of numbers, which three tables store.")]
struct Args {
    /// The database to play in. Its tables `a`, `b` and `c` are dropped first, and stay afterwards.
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
    engine.drop_all(schema![A, B, C])?; // What an earlier run left in a file.
    if args.echo && !args.quiet {
        engine.set_echo(Echo::stdout().pretty().prefix("    | "))?;
    }

    title("Creating the tables in the order of their foreign keys");
    engine.create_all(schema![A, B, C])?;
    let recorder = engine.record();

    title("Saving a map with one set: one INSERT for each table");
    let mut session = Session::new(&engine);
    build(&mut session)?;
    session.commit()?;

    title("Reading the set under 1");
    let a = session.query::<A>().one()?;
    println!("1: {}", shown(&set(&mut session, a, "1")?));

    title("Adding 4 to the set: nothing is loaded again");
    session.proxy(a, A::COLLECTIONS).entry("1")?.insert(4)?;
    session.commit()?;

    title("Filling the set under 2, a key that is missing: its entry is created");
    session.proxy(a, A::COLLECTIONS).entry("2")?.extend([7, 8, 9])?;
    session.commit()?;
    println!("2: {}", shown(&set(&mut session, a, "2")?));

    title("Asking which maps have a set with an 8: two nested EXISTS");
    println!("{} of {}", session.query::<A>().filter(A::COLLECTIONS.any(C::VALUE.eq(8))).count()?, 1);

    title("Closing the session: a transaction that only read is rolled back");
    drop(session);

    compare(&recorder.take(), [8, 10, 0, 0]);
    Ok(())
}

/// One `A` whose set under 1 has three numbers.
fn build(session: &mut Session) -> orm::Result<Key<A>> {
    let a = session.add(A::default());
    session.proxy(a, A::COLLECTIONS).entry("1")?.set([1, 2, 3])?;
    Ok(a)
}

/// The numbers of the set under a key, which is created if it is missing.
fn set(session: &mut Session, a: Key<A>, key: &str) -> orm::Result<Vec<i64>> {
    let mut numbers = session.proxy(a, A::COLLECTIONS).entry(key)?.load()?;
    numbers.sort_unstable();
    Ok(numbers)
}

fn shown(numbers: &[i64]) -> String {
    let numbers: Vec<String> = numbers.iter().map(i64::to_string).collect();
    numbers.join(", ")
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
