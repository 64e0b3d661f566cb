//! Facts about animals, each of its own type: integers, texts, truths.
//!
//! What to notice: a fact has a column for each type, and a name that says which one counts. `FactValue` is the fact in memory. The hybrids
//! `INTEGER`, `STRING` and `BOOLEAN` are assigned: their setters write the name and one column, and leave the others alone.
//! `AnimalFact::VALUE.eq(5)` compares in SQL and in memory, by a CASE that chooses the column. The variant decides, so that `true` is never taken for 1.
//!
//! Counterpart: `examples/vertical/dictlike-polymorphic.py` of SQLAlchemy. The table from types to columns that a listener builds there is a
//! `match` here, which the compiler checks.

#![allow(clippy::print_stdout, reason = "a recipe tells its story on the screen")]

mod fact_value;
#[cfg(test)]
mod tests;

use clap::Parser;
use orm::StatementKind;
use orm::engine::Statements;
use orm::prelude::*;

use crate::fact_value::{FactType, FactValue};

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
    /// Whether an animal has a value under a key.
    fn is(key: &str, value: impl Into<FactValue>) -> Expr<bool> {
        Self::FACTS.any(AnimalFact::KEY.eq(key) & AnimalFact::VALUE.eq(value))
    }
}

#[derive(Entity, Debug, Default)]
#[entity(table = "animal_fact")]
struct AnimalFact {
    #[entity(primary_key, inverse = "facts")]
    animal: BelongsTo<Animal>,
    #[entity(primary_key, length = 64)]
    key: String,
    #[entity(column = "type")]
    fact_type: FactType,
    int_value: Option<i64>,
    #[entity(text)]
    char_value: Option<String>,
    boolean_value: Option<bool>,
}

impl AnimalFact {
    /// Compares the value of a fact.
    const VALUE: ValueComparator = ValueComparator;

    /// The value as a text, of whatever type it is.
    const TEXT: Hybrid<Self, Option<String>> = Hybrid::new("value", || {
        case::<String>()
            .when(Self::FACT_TYPE.eq(FactType::Integer), cast::<String>(Self::INT_VALUE))
            .when(Self::FACT_TYPE.eq(FactType::String), Self::CHAR_VALUE)
            .when(
                Self::FACT_TYPE.eq(FactType::Boolean),
                case::<String>().when(Self::BOOLEAN_VALUE.eq(true), "true").otherwise("false"),
            )
            .end()
    });

    const INTEGER: Hybrid<Self, Option<i64>, Writable> = Hybrid::new("integer", || Self::INT_VALUE.into())
        .setter(|value| Assignments::new(Self::FACT_TYPE, FactType::Integer).set(Self::INT_VALUE, value));

    const STRING: Hybrid<Self, Option<String>, Writable> = Hybrid::new("string", || Self::CHAR_VALUE.into())
        .setter(|value| Assignments::new(Self::FACT_TYPE, FactType::String).set(Self::CHAR_VALUE, value));

    const BOOLEAN: Hybrid<Self, Option<bool>, Writable> = Hybrid::new("boolean", || Self::BOOLEAN_VALUE.into())
        .setter(|value| Assignments::new(Self::FACT_TYPE, FactType::Boolean).set(Self::BOOLEAN_VALUE, value));

    fn new(key: &str, value: FactValue) -> Self {
        let mut fact = Self { key: key.to_owned(), fact_type: value.fact_type(), ..Self::default() };
        match value {
            FactValue::None => {}
            FactValue::Integer(number) => fact.int_value = Some(number),
            FactValue::String(text) => fact.char_value = Some(text),
            FactValue::Boolean(truth) => fact.boolean_value = Some(truth),
        }
        fact
    }

    /// The value of the column that counts.
    fn value(&self) -> FactValue {
        let value = match self.fact_type {
            FactType::None => None,
            FactType::Integer => self.int_value.map(FactValue::Integer),
            FactType::String => self.char_value.clone().map(FactValue::String),
            FactType::Boolean => self.boolean_value.map(FactValue::Boolean),
        };
        value.unwrap_or(FactValue::None)
    }
}

/// A comparator of its own: values are equal when type and text are.
struct ValueComparator;

impl ValueComparator {
    fn eq(self, value: impl Into<FactValue>) -> Expr<bool> {
        let value = value.into();
        let of_type = AnimalFact::FACT_TYPE.eq(value.fact_type());
        match value.text() {
            Some(text) => of_type & AnimalFact::TEXT.eq(text),
            None => of_type,
        }
    }

    fn ne(self, value: impl Into<FactValue>) -> Expr<bool> {
        not_(self.eq(value))
    }
}

#[derive(Parser)]
#[command(about = "Facts about animals, each of its own type: integers, texts, truths.")]
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

    title("Describing a stoat: a text, an integer, a truth");
    let mut session = Session::new(&engine);
    describe_stoat(&mut session)?;

    title("Reading the stoat: each fact has a type");
    let stoat = animal(&mut session, "stoat")?;
    for (key, fact) in session.rel(stoat, Animal::FACTS).load()? {
        println!("{key}: {} ({:?})", session[fact].value(), session[fact].fact_type);
    }

    title("Changing an integer to a text: two columns are written");
    put(&mut session, stoat, "cuteness", "very cute")?;
    session.commit()?;

    title("Describing a marten and a shrew");
    more_animals(&mut session)?;

    title("Asking for animals like weasels");
    println!("{}", names(&mut session, Animal::is("weasel-like", true))?);

    title("Asking again: that is an EXISTS over facts");
    let weasel_like = AnimalFact::KEY.eq("weasel-like") & AnimalFact::VALUE.eq(true);
    println!("{}", names(&mut session, Animal::FACTS.any(weasel_like))?);

    title("Asking for animals that are known to be harmless");
    println!("{}", names(&mut session, Animal::is("poisonous", false))?);

    title("Asking for animals that are not known to be poisonous");
    println!("{}", names(&mut session, harmless())?);

    title("Asking for animals with the value 5 under any key");
    println!("{}", names(&mut session, Animal::FACTS.any(AnimalFact::VALUE.eq(5)))?);

    compare(&recorder.take(), [7, 5, 1, 0]);
    Ok(())
}

fn describe_stoat(session: &mut Session) -> orm::Result<()> {
    let stoat = session.add(Animal { name: "stoat".to_owned(), ..Animal::default() });
    put(session, stoat, "color", "red")?;
    put(session, stoat, "cuteness", 7)?;
    put(session, stoat, "weasel-like", true)?;
    session.commit()
}

fn more_animals(session: &mut Session) -> orm::Result<()> {
    for (name, weasel_like, poisonous) in [("marten", true, false), ("shrew", false, true)] {
        let animal = session.add(Animal { name: name.to_owned(), ..Animal::default() });
        put(session, animal, "cuteness", 5)?;
        put(session, animal, "weasel-like", weasel_like)?;
        put(session, animal, "poisonous", poisonous)?;
    }
    session.commit()
}

/// Puts a value under a key, as `animal[key] = value` does in a map.
fn put(session: &mut Session, animal: Key<Animal>, key: &str, value: impl Into<FactValue>) -> orm::Result<()> {
    let value = value.into();
    match session.rel(animal, Animal::FACTS).get(key)? {
        Some(fact) => assign(session, fact, value),
        None => session.rel(animal, Animal::FACTS).insert(AnimalFact::new(key, value)).map(drop),
    }
}

/// Assigns a value: the type, and the column of that type.
fn assign(session: &mut Session, fact: Key<AnimalFact>, value: FactValue) -> orm::Result<()> {
    match value {
        FactValue::None => session.set(fact, AnimalFact::FACT_TYPE, FactType::None),
        FactValue::Integer(number) => session.set_hybrid(fact, AnimalFact::INTEGER, Some(number)),
        FactValue::String(text) => session.set_hybrid(fact, AnimalFact::STRING, Some(text)),
        FactValue::Boolean(truth) => session.set_hybrid(fact, AnimalFact::BOOLEAN, Some(truth)),
    }
}

/// Whether an animal is harmless, or nothing is known of it: no fact says that it is poisonous.
fn harmless() -> Expr<bool> {
    not_(Animal::FACTS.any(AnimalFact::KEY.eq("poisonous") & AnimalFact::VALUE.ne(false)))
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
