//! Facts about animals, stored as rows of keys and values, used as a map.
//!
//! What to notice: `Animal::CHARACTERISTICS` is a proxy over a collection that is keyed by a column. To insert under a new key creates a fact, under a
//! known key it changes the value of the fact that is there. A query asks for values with `contains` and `any`: an EXISTS over the facts.
//!
//! Counterpart: `examples/vertical/dictlike.py` of SQLAlchemy.

#![allow(clippy::print_stdout, reason = "a recipe tells its story on the screen")]

#[cfg(test)]
mod tests;

use clap::Parser;
use orm::StatementKind;
use orm::engine::Statements;
use orm::prelude::*;

#[derive(Entity, Debug, Default)]
struct Animal {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 100)]
    name: String,
    #[entity(inverse = "animal", key = "key", order_by = "key", cascade = "all, delete-orphan")]
    facts: HasMany<AnimalFact>,
}

impl Animal {
    /// The values of an animal's facts by key.
    const CHARACTERISTICS: Proxy<Self, AnimalFact, Keyed<String>, String> =
        Self::FACTS.proxy_values(AnimalFact::VALUE, |key, value| AnimalFact { key, value, ..AnimalFact::default() });

    /// Whether an animal has a value under a key.
    fn is(key: &str, value: &str) -> Expr<bool> {
        Self::CHARACTERISTICS.any(AnimalFact::KEY.eq(key).and(AnimalFact::VALUE.eq(value)))
    }
}

#[derive(Entity, Debug, Default)]
#[entity(table = "animal_fact")]
struct AnimalFact {
    #[entity(primary_key, inverse = "facts")]
    animal: BelongsTo<Animal>,
    #[entity(primary_key, length = 64)]
    key: String,
    #[entity(text)]
    value: String,
}

#[derive(Parser)]
#[command(about = "Facts about animals, stored as rows of keys and values, used as a map.")]
struct Args {
    /// The database to play in. Its tables `animal` and `animal_fact` are dropped first, and stay afterwards.
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
    engine.drop_all(schema![Animal, AnimalFact])?; // What an earlier run left in a file.
    if args.echo && !args.quiet {
        engine.set_echo(Echo::stdout().pretty().prefix("    | "))?;
    }

    title("Creating the tables in the order of their foreign keys");
    engine.create_all(schema![Animal, AnimalFact])?;
    let recorder = engine.record();

    title("Describing a stoat: an entry of the map is a row");
    let mut session = Session::new(&engine);
    let stoat = describe(&mut session, "stoat", &[("color", "reddish"), ("cuteness", "somewhat")])?;
    if let Some(fact) = session.rel(stoat, Animal::FACTS).get("color")? {
        println!("a fact: {} = {}", session[fact].key, session[fact].value);
    }
    session.commit()?;

    title("Reading the stoat: its facts are loaded once");
    let stoat = animal(&mut session, "stoat")?;
    for (key, value) in session.proxy(stoat, Animal::CHARACTERISTICS).load()? {
        println!("{key}: {value}");
    }

    title("Changing a value and adding three animals sends nothing yet");
    session.proxy(stoat, Animal::CHARACTERISTICS).insert("cuteness", "very")?;
    more_animals(&mut session)?;

    title("Asking for reddish animals: the query flushes first");
    println!("{}", names(&mut session, Animal::is("color", "reddish"))?);

    title("Asking for brown animals");
    println!("{}", names(&mut session, Animal::is("color", "brown"))?);

    title("Asking for animals without poisonous elbows");
    println!("{}", names(&mut session, not_(Animal::is("poisonous-part", "elbows")))?);

    title("Asking for animals with the value somewhat under any key");
    println!("{}", names(&mut session, Animal::CHARACTERISTICS.contains("somewhat"))?);
    session.commit()?;

    compare(&recorder.take(), [6, 6, 1, 0]);
    Ok(())
}

fn describe(session: &mut Session, name: &str, facts: &[(&str, &str)]) -> orm::Result<Key<Animal>> {
    let animal = session.add(Animal { name: name.to_owned(), ..Animal::default() });
    session.proxy(animal, Animal::CHARACTERISTICS).set(facts.iter().copied())?;
    Ok(animal)
}

fn more_animals(session: &mut Session) -> orm::Result<()> {
    describe(session, "marten", &[("color", "brown"), ("cuteness", "somewhat")])?;
    describe(session, "shrew", &[("cuteness", "somewhat"), ("poisonous-part", "saliva")])?;
    describe(session, "slow loris", &[("cuteness", "fairly"), ("poisonous-part", "elbows")])?;
    Ok(())
}

fn animal(session: &mut Session, name: &str) -> orm::Result<Key<Animal>> {
    session.query::<Animal>().filter(Animal::NAME.eq(name)).one()
}

/// The names of the animals that meet a criterion.
fn names(session: &mut Session, criterion: Expr<bool>) -> orm::Result<String> {
    let found = session.query::<Animal>().filter(criterion).order_by(Animal::ID).all()?;
    Ok(found.into_iter().map(|animal| session[animal].name.as_str()).collect::<Vec<_>>().join(", "))
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
