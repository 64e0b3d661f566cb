//! Each version of an entity is a row that is valid for a time; a change ends the old row and begins a new one.
//!
//! What to notice: beginning and end are part of the primary key. A listener sends the UPDATE that ends the old row, and makes the edited entity a new one. A
//! criterion shows every query, join and relationship the rows that are valid now. Parent and child are joined by a condition of their own, as no foreign key
//! can lead to a row whose key changes.
//!
//! Counterpart: `examples/versioned_rows/versioned_update_old_row.py` of SQLAlchemy, which waits for the time to pass; here the time is the program's own.

#![allow(clippy::print_stdout, reason = "a recipe tells its story on the screen")]

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Duration, NaiveDateTime};
use clap::Parser;
use orm::StatementKind;
use orm::engine::Statements;
use orm::event::{FlushScope, before_flush};
use orm::prelude::*;
use orm::sql::{Alias, Expr, table};

/// The key of a version: which entity, and when the row is valid.
#[derive(Embed, Clone, Debug, Default)]
struct Version {
    #[entity(primary_key)]
    id: i64,
    #[entity(primary_key)]
    start: NaiveDateTime,
    #[entity(primary_key, column = "end")]
    until: NaiveDateTime,
}

#[derive(Entity, Debug, Default)]
struct Parent {
    #[entity(primary_key, embed)]
    version: Version,
    #[entity(length = 30)]
    data: String,
    child_n: i64,
    #[entity(on = |parent, child| Child::is_of(child, parent))]
    child: ViewOne<Child>,
}

#[derive(Entity, Debug, Default)]
struct Child {
    #[entity(primary_key, embed)]
    version: Version,
    #[entity(length = 30)]
    data: String,
    #[entity(on = Child::is_of)]
    parent: ViewOne<Parent>,
}

impl Child {
    fn is_of(child: &Alias<Self>, parent: &Alias<Parent>) -> Expr<bool> {
        child.column(Self::VERSION.column(Version::ID)).eq(parent.column(Parent::CHILD_N))
    }
}

/// The time of this program.
#[derive(Clone, Debug, Default)]
struct Clock(Arc<AtomicI64>);

impl Clock {
    /// The first day of 2026, and the seconds that have passed.
    fn now(&self) -> NaiveDateTime {
        let noon = DateTime::from_timestamp(1_767_268_800, 0).unwrap_or_default().naive_utc();
        noon + Duration::seconds(self.0.load(Ordering::Relaxed))
    }

    fn pass(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }

    /// A version of the entity with this number that is valid three days before and after now.
    fn version(&self, id: i64) -> Version {
        Version { id, start: self.now() - Duration::days(3), until: self.now() + Duration::days(3) }
    }
}

/// A session that sees what is valid now, and writes each change as a new version.
fn session(engine: &Engine, clock: &Clock) -> Session {
    let (seen, written) = (clock.clone(), clock.clone());
    let valid_now = mixin_criterion::<Version>(move |row| {
        let soon = seen.now() + Duration::seconds(1);
        row.column(Version::START).lt(soon).and(row.column(Version::UNTIL).gt(soon))
    });
    let new_versions = before_flush(move |scope| {
        for parent in scope.dirty_of::<Parent>() {
            end_row(scope, "parent", scope[parent].version.clone(), written.now());
            scope.make_pending(parent)?;
            begin_row(&mut scope[parent].version, written.now());
        }
        for child in scope.dirty_of::<Child>() {
            end_row(scope, "child", scope[child].version.clone(), written.now());
            scope.make_pending(child)?;
            begin_row(&mut scope[child].version, written.now());
        }
        Ok(())
    });
    Session::builder(engine).criterion(valid_now).listen(new_versions).build()
}

/// The old row ends now, which changes its primary key.
fn end_row(scope: &mut FlushScope<'_>, name: &'static str, old: Version, now: NaiveDateTime) {
    let row = table(name);
    let (start, end) = (row.column::<NaiveDateTime>("start"), row.column::<NaiveDateTime>("end"));
    let is_old = row.column::<i64>("id").eq(old.id).and(start.eq(old.start)).and(end.clone().eq(old.until));
    scope.execute(update(row).set(end, now).filter(is_old));
}

fn begin_row(version: &mut Version, now: NaiveDateTime) {
    (version.start, version.until) = (now, now + Duration::days(2));
}

#[derive(Parser)]
#[command(
    about = "Each version of an entity is a row that is valid for a time; a change ends the old row and begins a new one."
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
    engine.create_all(schema![Parent, Child])?;
    let recorder = engine.record();
    let clock = Clock::default();
    let mut session = session(&engine, &clock);

    title("Saving a parent and its child");
    save(&mut session, &clock, 1)?;
    show(&mut session)?;

    title("A second later: changing the child; the parent stays as it is");
    clock.pass(1);
    let (_, child) = find(&mut session)?;
    session[child].data = "elvis presley".to_owned();
    session.commit()?;
    show(&mut session)?;

    title("A second later: changing the parent");
    clock.pass(1);
    let (parent, _) = find(&mut session)?;
    session[parent].data = "c2 elvis presley".to_owned();
    session.commit()?;
    show(&mut session)?;

    title("Beside another parent and child, queries find the versions of now");
    save(&mut session, &clock, 2)?;
    for line in versions_of_now(&mut session)? {
        println!("{line}");
    }
    session.commit()?;

    compare(&recorder.take(), [17, 6, 2, 0]);
    Ok(())
}

fn save(session: &mut Session, clock: &Clock, id: i64) -> orm::Result<()> {
    let version = clock.version(id);
    let data = format!("c{id}");
    session.add(Parent { version: version.clone(), data, child_n: id, ..Parent::default() });
    session.add(Child { version, data: format!("child {id}"), ..Child::default() });
    session.commit()
}

/// The first parent and its child, as they are now.
fn find(session: &mut Session) -> orm::Result<(Key<Parent>, Key<Child>)> {
    let first = Parent::VERSION.column(Version::ID).eq(1);
    let parent = session.query::<Parent>().filter(first).one()?;
    let child = session.rel(parent, Parent::CHILD).one()?;
    Ok((parent, child))
}

/// What the last step of the story asks, a line for each query.
fn versions_of_now(session: &mut Session) -> orm::Result<Vec<String>> {
    let (parent, child) = find(session)?;
    let parents =
        session.query::<Parent>().filter(Parent::CHILD.has(Child::VERSION.column(Version::ID).eq(1))).all()?;
    let children = select(entity::<Child>()).join(Parent::CHILD).filter(Parent::VERSION.column(Version::ID).eq(1));
    let children = session.all(children)?;
    Ok(vec![
        format!("parent 1: {}, its child: {}", session[parent].data, session[child].data),
        format!("parents of child 1: {}, the same: {}", parents.len(), parents == [parent]),
        format!("children of parent 1: {}, the same: {}", children.len(), children == [child]),
    ])
}

/// All rows of both tables: a table that is named as such is not restricted.
fn show(session: &mut Session) -> orm::Result<()> {
    for name in ["parent", "child"] {
        for (start, end, data) in rows(session, name)? {
            println!("{name} from {} to {}: {data}", start.format("%b %e %T"), end.format("%b %e %T"));
        }
    }
    session.commit()
}

fn rows(session: &mut Session, name: &'static str) -> orm::Result<Vec<(NaiveDateTime, NaiveDateTime, String)>> {
    let row = table(name);
    let (start, end, data) = (row.column("start"), row.column("end"), row.column("data"));
    session.all(select((start, end.clone(), data)).select_from(row).order_by(end))
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
