//! Each change of an entity is a new row: a listener turns the UPDATE into an INSERT.
//!
//! What to notice: the program edits entities as always, and its keys stay. A parent that refers to a child follows to the child's new row, as the listener
//! makes it refer to the child anew.

#![allow(clippy::print_stdout, reason = "a recipe tells its story on the screen")]

#[cfg(test)]
mod tests;

use clap::Parser;
use orm::StatementKind;
use orm::engine::Statements;
use orm::event::before_flush;
use orm::prelude::*;
use orm::session::SessionBuilder;

#[derive(Entity, Debug, Default)]
struct Example {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 30)]
    data: String,
}

#[derive(Entity, Debug, Default)]
struct Parent {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "parent")]
    child: BelongsTo<Option<Child>>,
}

#[derive(Entity, Debug, Default)]
struct Child {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 30)]
    data: String,
    #[entity(inverse = "child")]
    parent: HasOne<Parent>,
}

/// A factory of sessions that write each change as a new row.
fn sessions(engine: &Engine) -> SessionBuilder {
    Session::builder(engine).listen(before_flush(|scope| {
        for example in scope.dirty_of::<Example>() {
            scope.make_pending(example)?;
        }
        for child in scope.dirty_of::<Child>() {
            let parent = scope[child].parent.loaded().flatten();
            scope.make_pending(child)?;
            if let Some(parent) = parent {
                scope.point(parent, Parent::CHILD, child)?;
            }
        }
        Ok(())
    }))
}

#[derive(Parser)]
#[command(about = "Each change of an entity is a new row: a listener turns the UPDATE into an INSERT.")]
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

    title("Saving an example");
    let example = session.add(Example { data: "e1".to_owned(), ..Example::default() });
    session.commit()?;

    title("Changing the example: an INSERT");
    session.load(example)?; // The new row gets all columns, so all must be known.
    session[example].data = "e2".to_owned();
    session.commit()?;
    show(&examples(&mut session)?);

    title("Saving a parent with a child");
    let parent = session.add(Parent {
        child: BelongsTo::new(Child { data: "c1".to_owned(), ..Child::default() }),
        ..Parent::default()
    });
    session.commit()?;

    title("Changing the child: an INSERT, and the parent follows");
    change_child(&mut session)?;
    show(&children(&mut session)?);
    println!("The child of the parent is row {}", child_of(&mut session, parent)?);
    drop(session);

    compare(&recorder.take(), [6, 5, 1, 0]);
    Ok(())
}

fn examples(session: &mut Session) -> orm::Result<Vec<(i64, String)>> {
    session.all(select((Example::ID, Example::DATA)).order_by(Example::ID))
}

fn children(session: &mut Session) -> orm::Result<Vec<(i64, String)>> {
    session.all(select((Child::ID, Child::DATA)).order_by(Child::ID))
}

fn change_child(session: &mut Session) -> orm::Result<()> {
    let parent = session.query::<Parent>().options(joined(Parent::CHILD)).one()?;
    let child = session.rel(parent, Parent::CHILD).one()?;
    session.rel(child, Child::PARENT).load()?; // The listener asks memory who the parent is.
    session[child].data = "c2".to_owned();
    session.commit()
}

fn child_of(session: &mut Session, parent: Key<Parent>) -> orm::Result<i64> {
    let parent = session.load(parent)?;
    Ok(parent.child.id().copied().unwrap_or_default())
}

fn show(rows: &[(i64, String)]) {
    for (id, data) in rows {
        println!("{id}: {data}");
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
