//! Each change of an entity is a new row with the next version number; the version is part of the key.
//!
//! What to notice: the listener sends one UPDATE with the flush, which says that older versions are not current, and makes the entity a new row. Whether a row is
//! current is stored in a column, and an expression over all versions says the same.

#![allow(clippy::print_stdout, reason = "a recipe tells its story on the screen")]

#[cfg(test)]
mod tests;

use clap::Parser;
use orm::StatementKind;
use orm::engine::Statements;
use orm::event::{FlushScope, before_flush};
use orm::prelude::*;
use orm::session::SessionBuilder;

#[derive(Entity, Debug, Default)]
struct Example {
    #[entity(primary_key)]
    id: i64,
    #[entity(primary_key)]
    version_id: i64,
    is_current_version: bool,
    #[entity(length = 30)]
    data: String,
}

#[derive(Entity, Debug, Default)]
struct Parent {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(columns("child_id", "child_version_id"), inverse = "parent")]
    child: BelongsTo<Option<Child>>,
}

#[derive(Entity, Debug, Default)]
struct Child {
    #[entity(primary_key)]
    id: i64,
    #[entity(primary_key)]
    version_id: i64,
    is_current_version: bool,
    #[entity(length = 30)]
    data: String,
    #[entity(inverse = "child")]
    parent: HasOne<Parent>,
}

/// A factory of sessions that write each change as the next version.
fn sessions(engine: &Engine) -> SessionBuilder {
    Session::builder(engine).listen(before_flush(|scope| {
        for example in scope.dirty_of::<Example>() {
            let older = Example::ID.eq(scope[example].id);
            scope.execute(update("example").set(Example::IS_CURRENT_VERSION, false).filter(older));
            scope.make_pending(example)?;
            scope[example].version_id += 1;
        }
        scope.dirty_of::<Child>().into_iter().try_for_each(|child| next_child(scope, child))
    }))
}

fn next_child(scope: &mut FlushScope<'_>, child: Key<Child>) -> orm::Result<()> {
    let older = Child::ID.eq(scope[child].id);
    scope.execute(update("child").set(Child::IS_CURRENT_VERSION, false).filter(older));
    let parent = scope[child].parent.loaded().flatten();
    scope.make_pending(child)?;
    scope[child].version_id += 1;
    match parent {
        Some(parent) => scope.point(parent, Parent::CHILD, child),
        None => Ok(()),
    }
}

#[derive(Parser)]
#[command(
    about = "Each change of an entity is a new row with the next version number; the version is part of the key."
)]
struct Args {
    /// The database to play in. Its tables `example`, `parent` and `child` are dropped first, and stay afterwards.
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
    engine.drop_all(schema![Example, Parent, Child])?; // What an earlier run left in a file.
    if args.echo && !args.quiet {
        engine.set_echo(Echo::stdout().pretty().prefix("    | "))?;
    }
    engine.create_all(schema![Example, Parent, Child])?;
    let recorder = engine.record();
    let mut session = sessions(&engine).build();

    title("Saving version 1 of an example");
    let example = session.add(example("e1"));
    session.commit()?;

    title("Changing the example: version 2");
    session.load(example)?; // The new row gets all columns, so all must be known.
    session[example].data = "e2".to_owned();
    session.commit()?;
    show(&examples(&mut session)?);

    title("Saving a parent with version 1 of a child");
    let parent = session.add(Parent { child: BelongsTo::new(child("c1")), ..Parent::default() });
    session.commit()?;

    title("Changing the child: version 2, and the parent follows");
    change_child(&mut session)?;
    show(&children(&mut session)?);
    let (id, version) = child_of(&mut session, parent)?;
    println!("The parent refers to child {id}, version {version}");
    drop(session);

    compare(&recorder.take(), [8, 5, 3, 0]);
    Ok(())
}

fn example(data: &str) -> Example {
    Example { id: 1, version_id: 1, is_current_version: true, data: data.to_owned() }
}

fn child(data: &str) -> Child {
    Child { id: 1, version_id: 1, is_current_version: true, data: data.to_owned(), ..Child::default() }
}

/// Key, version, whether the row is current as stored and as computed, data.
type Version = (i64, i64, bool, bool, String);

fn examples(session: &mut Session) -> orm::Result<Vec<Version>> {
    let other = alias::<Example>("other");
    let newest = select(max(other.column(Example::VERSION_ID))).select_from(&other);
    let newest = scalar(newest.filter(other.column(Example::ID).eq(Example::ID)));
    let is_newest = newest.eq(Example::VERSION_ID);
    let columns = (Example::ID, Example::VERSION_ID, Example::IS_CURRENT_VERSION, is_newest, Example::DATA);
    session.all(select(columns).order_by((Example::ID, Example::VERSION_ID)))
}

fn children(session: &mut Session) -> orm::Result<Vec<Version>> {
    let other = alias::<Child>("other");
    let newest = select(max(other.column(Child::VERSION_ID))).select_from(&other);
    let newest = scalar(newest.filter(other.column(Child::ID).eq(Child::ID)));
    let columns = (Child::ID, Child::VERSION_ID, Child::IS_CURRENT_VERSION, newest.eq(Child::VERSION_ID), Child::DATA);
    session.all(select(columns).order_by((Child::ID, Child::VERSION_ID)))
}

fn change_child(session: &mut Session) -> orm::Result<()> {
    let parent = session.query::<Parent>().options(joined(Parent::CHILD)).one()?;
    let child = session.rel(parent, Parent::CHILD).one()?;
    session.rel(child, Child::PARENT).load()?; // The listener asks memory who the parent is.
    session[child].data = "c2".to_owned();
    session.commit()
}

fn child_of(session: &mut Session, parent: Key<Parent>) -> orm::Result<(i64, i64)> {
    let parent = session.load(parent)?;
    Ok(parent.child.id().copied().unwrap_or_default())
}

fn show(rows: &[Version]) {
    for (id, version, is_current, is_newest, data) in rows {
        println!("{id}, version {version}: {data}; current: {is_current} (stored), {is_newest} (computed)");
    }
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
