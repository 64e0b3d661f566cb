//! A query sees the rows of a range of time, and so does everything that is loaded from its entities later.
//!
//! What to notice: the range is an option of one query, with two values. The lazy load of a relationship, which is another statement, still has it, as the
//! entities remember the options of the query that gave them.
//!
//! Counterpart: `examples/extending_query/temporal_range.py` of SQLAlchemy.

#![allow(clippy::print_stdout, reason = "a recipe tells its story on the screen")]

#[cfg(test)]
mod tests;

use chrono::{NaiveDate, NaiveDateTime, Utc};
use clap::Parser;
use orm::StatementKind;
use orm::engine::Statements;
use orm::load::LoaderCriterion;
use orm::prelude::*;

/// What entities have in common that belong to a moment.
#[derive(Embed, Debug, Default)]
struct Timed {
    #[entity(default = now)]
    timestamp: Auto<NaiveDateTime>,
}

#[derive(Entity, Debug, Default)]
struct Parent {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(embed)]
    timed: Timed,
    #[entity(inverse = "parent", order_by = "id")]
    children: HasMany<Child>,
}

#[derive(Entity, Debug, Default)]
struct Child {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(embed)]
    timed: Timed,
    #[entity(inverse = "children")]
    parent: BelongsTo<Parent>,
}

fn now() -> NaiveDateTime {
    Utc::now().naive_utc()
}

/// A moment in October 2009.
fn october(day: u32, hour: u32) -> NaiveDateTime {
    let date = NaiveDate::from_ymd_opt(2009, 10, day).unwrap_or_default();
    date.and_hms_opt(hour, 0, 0).unwrap_or_default()
}

/// Restricts every entity that is timed to a range, both ends included.
fn temporal_range(from: NaiveDateTime, to: NaiveDateTime) -> LoaderCriterion {
    mixin_criterion::<Timed>(move |row| row.column(Timed::TIMESTAMP).between(from, to))
}

#[derive(Parser)]
#[command(
    about = "A query sees the rows of a range of time, and so does everything that is loaded from its entities later."
)]
struct Args {
    /// The database to play in. Its tables `parent` and `child` are dropped first, and stay afterwards.
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
    engine.drop_all(schema![Parent, Child])?; // What an earlier run left in a file.
    if args.echo && !args.quiet {
        engine.set_echo(Echo::stdout().pretty().prefix("    | "))?;
    }

    title("Saving two parents with five children, at noon of days in October 2009");
    engine.create_all(schema![Parent, Child])?;
    let recorder = engine.record();
    fixture(&engine)?;

    title("Parents from the 16th to the 18th");
    let mut session = Session::new(&engine);
    let around_17 = temporal_range(october(16, 12), october(18, 12));
    let parents = session.query::<Parent>().options(around_17.clone()).order_by(Parent::ID).all()?;
    show(&session, &parents);

    title("Their children: the lazy load has the range of the query");
    for parent in &parents {
        let children = session.rel(*parent, Parent::CHILDREN).load()?;
        show(&session, &children);
    }

    title("The same with children loaded along: both SELECTs have the range");
    session.expire_all();
    let options = (around_17, selectin(Parent::CHILDREN));
    for parent in session.query::<Parent>().options(options).all()? {
        let children = session.rel(parent, Parent::CHILDREN).load()?;
        show(&session, &children);
    }

    title("A join and a longer range: in ON for the child, in WHERE for the parent");
    session.expire_all();
    let parents = with_child(&mut session, 2)?;
    show(&session, &parents);

    title("Its children: the lazy load has the longer range");
    for parent in parents {
        let children = session.rel(parent, Parent::CHILDREN).load()?;
        show(&session, &children);
    }
    drop(session);

    compare(&recorder.take(), [6, 7, 0, 0]);
    Ok(())
}

/// Two parents and their children, each at noon of a day.
fn fixture(engine: &Engine) -> orm::Result<()> {
    let at = |day| Timed { timestamp: Auto::Set(october(day, 12)) };
    let mut session = Session::new(engine);
    for (day, children) in [(15, vec![15, 17, 20]), (17, vec![12, 17])] {
        let parent = session.add(Parent { timed: at(day), ..Parent::default() });
        let children = children.into_iter().map(|day| Child { timed: at(day), ..Child::default() });
        session.rel(parent, Parent::CHILDREN).extend(children)?;
    }
    session.commit()
}

/// The parents that have a child, where both are from the 15th, 11 o'clock, to the 18th.
fn with_child(session: &mut Session, child: i64) -> orm::Result<Vec<Key<Parent>>> {
    let parents = select(entity::<Parent>()).join(Parent::CHILDREN).filter(Child::ID.eq(child));
    session.all(parents.options(temporal_range(october(15, 11), october(18, 12))))
}

/// An entity that has a moment.
trait Moment {
    fn line(&self) -> String;
}

impl Moment for Parent {
    fn line(&self) -> String {
        format!("parent {}", label(self.id, self.timed.timestamp))
    }
}

impl Moment for Child {
    fn line(&self) -> String {
        format!("child {}", label(self.id, self.timed.timestamp))
    }
}

fn label(id: Auto<i64>, timestamp: Auto<NaiveDateTime>) -> String {
    let day = timestamp.get().map(|moment| moment.format("%d October").to_string());
    format!("{} of {}", id.get().unwrap_or_default(), day.unwrap_or_default())
}

fn show<E: Entity + Moment>(session: &Session, keys: &[Key<E>]) {
    for key in keys {
        println!("{}", session[*key].line());
    }
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
