//! One listener hears of every change of every attribute of every entity, with no database.
//!
//! What to notice: `session.set` and `session.rel` call the listener at once, before memory changes, so an entity prints as it was. A change of a relationship is
//! heard twice: at the end that the program named, and then at the other end.

#![allow(clippy::print_stdout, reason = "a recipe tells its story on the screen")]

#[cfg(test)]
mod tests;

use std::sync::mpsc;

use clap::Parser;
use orm::StatementKind;
use orm::engine::Statements;
use orm::event::{AttributeChange, AttributeValue, ChangeKind, ChangeScope, EntityKey, Listener, on_any_change};
use orm::prelude::*;

#[derive(Entity, Debug, Default)]
#[entity(table = "mytable")]
struct MyMappedClass {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 50)]
    data: Option<String>,
    #[entity(column = "related_id", inverse = "mapped")]
    related: BelongsTo<Option<Related>>,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "related")]
struct Related {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 50)]
    data: Option<String>,
    #[entity(inverse = "related", order_by = "id")]
    mapped: HasMany<MyMappedClass>,
}

/// A listener that reports each change.
fn reporter(reports: mpsc::Sender<String>) -> Listener {
    on_any_change(move |scope, change| {
        let report = report(scope, change);
        reports.send(report).map_err(|_| orm::Error::invalid("nobody reads the reports"))
    })
}

fn report(scope: &ChangeScope<'_>, change: &AttributeChange) -> String {
    let (entity, attribute) = (shown(scope, change.entity()), change.attribute());
    let value = |value: Option<AttributeValue>| match value {
        Some(AttributeValue::Column(Value::Text(text))) => Some(format!("\"{text}\"")),
        Some(AttributeValue::Related(entity)) => Some(shown(scope, entity)),
        _ => None,
    };
    let before = value(change.before()).map_or_else(String::new, |before| format!(", which was {before},"));
    match (change.kind(), value(change.after())) {
        (ChangeKind::Append, Some(member)) => format!("append {member} to {attribute} of {entity}"),
        (ChangeKind::Set, Some(after)) => format!("set {attribute} to {after}{before} on {entity}"),
        _ => format!("remove {attribute}{before} on {entity}"),
    }
}

/// `Related("r1")`
fn shown(scope: &ChangeScope<'_>, entity: EntityKey) -> String {
    match scope.value(entity, "data") {
        Some(Value::Text(data)) => format!("{}(\"{data}\")", entity.entity()),
        _ => format!("{}(none)", entity.entity()),
    }
}

#[derive(Parser)]
#[command(about = "One listener hears of every change of every attribute of every entity, with no database.")]
struct Args {
    /// The database to play in. Nothing is sent, so nothing is changed there.
    #[arg(long, value_name = "URL", default_value = "sqlite://")]
    db_url: String,
    /// Shows every statement that is sent: none.
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
    if args.echo && !args.quiet {
        engine.set_echo(Echo::stdout().pretty().prefix("    | "))?;
    }
    let recorder = engine.record();
    let (reports, heard) = mpsc::channel();
    let mut session = Session::builder(&engine).listen(reporter(reports)).build();
    let show = || heard.try_iter().for_each(|report| println!("{report}"));

    title("Two entities get their first values, and one refers to the other");
    let (m1, r1) = first_values(&mut session)?;
    show();

    title("A value is replaced");
    session.set(m1, MyMappedClass::DATA, Some("m1mod".to_owned()))?;
    show();

    title("A new entity joins the collection");
    join(&mut session, r1)?;
    show();

    title("A value is removed");
    session.set(m1, MyMappedClass::DATA, None)?;
    show();

    compare(&recorder.take(), [0, 0, 0, 0]);
    Ok(())
}

fn first_values(session: &mut Session) -> orm::Result<(Key<MyMappedClass>, Key<Related>)> {
    let (m1, r1) = (session.add(MyMappedClass::default()), session.add(Related::default()));
    session.set(r1, Related::DATA, Some("r1".to_owned()))?;
    session.set(m1, MyMappedClass::DATA, Some("m1".to_owned()))?;
    session.rel(m1, MyMappedClass::RELATED).set(r1)?;
    Ok((m1, r1))
}

fn join(session: &mut Session, owner: Key<Related>) -> orm::Result<()> {
    let m2 = session.add(MyMappedClass::default());
    session.set(m2, MyMappedClass::DATA, Some("m2".to_owned()))?;
    session.rel(owner, Related::MAPPED).push(m2)?;
    Ok(())
}

/// Prints the statements of this run beside those of a program that does the same with SQLAlchemy.
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
