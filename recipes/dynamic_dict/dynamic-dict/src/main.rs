//! A map over children that is never loaded whole: each operation is a query.
//!
//! What to notice: `session.rel(parent, Parent::CHILDREN).select()` is the query of the children, to filter, sort and limit; nothing loads the
//! collection. To push a child loads nothing either. The map itself is a struct of this program with three methods.
//!
//! Counterpart: `examples/dynamic_dict/dynamic_dict.py` of SQLAlchemy.

#![allow(clippy::print_stdout, reason = "a recipe tells its story on the screen")]

#[cfg(test)]
mod tests;

use clap::Parser;
use orm::StatementKind;
use orm::engine::Statements;
use orm::prelude::*;

#[derive(Entity, Debug, Default)]
struct Parent {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 50)]
    name: String,
    // `raise` makes sure that nothing loads the children by accident.
    #[entity(inverse = "parent", order_by = "id", lazy = "raise", cascade = "all, delete-orphan")]
    children: HasMany<Child>,
}

#[derive(Entity, Debug, Default)]
struct Child {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 50)]
    key: String,
    #[entity(inverse = "children")]
    parent: BelongsTo<Option<Parent>>,
}

/// The children of a parent as a map.
struct ChildMap(Key<Parent>);

impl ChildMap {
    fn keys(&self, session: &mut Session) -> orm::Result<Vec<String>> {
        let query = self.children(session)?;
        let children = session.all(query)?;
        Ok(children.into_iter().map(|child| session[child].key.clone()).collect())
    }

    fn get(&self, session: &mut Session, key: &str) -> orm::Result<Option<Key<Child>>> {
        let query = self.children(session)?;
        session.first(query.filter(Child::KEY.eq(key)))
    }

    /// Puts a child under its key, in place of the one that is there.
    fn set(&self, session: &mut Session, key: &str) -> orm::Result<Key<Child>> {
        if let Some(before) = self.get(session, key)? {
            session.rel(self.0, Parent::CHILDREN).remove(before)?;
        }
        session.rel(self.0, Parent::CHILDREN).push(Child { key: key.to_owned(), ..Child::default() })
    }

    /// The query of the children. The parent needs a row for it.
    fn children(&self, session: &mut Session) -> orm::Result<Select<Key<Child>>> {
        session.flush()?;
        session.rel(self.0, Parent::CHILDREN).select()
    }
}

#[derive(Parser)]
#[command(about = "A map over children that is never loaded whole: each operation is a query.")]
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

    title("Creating the tables in the order of their foreign keys");
    engine.create_all(schema![Parent, Child])?;
    let recorder = engine.record();
    let mut session = Session::new(&engine);
    let map = ChildMap(session.add(Parent { name: "p1".to_owned(), ..Parent::default() }));

    title("Setting k1: a query looks for the child that is there");
    map.set(&mut session, "k1")?;

    title("Setting k2: the query flushes k1");
    map.set(&mut session, "k2")?;

    title("Listing the keys");
    println!("{}", map.keys(&mut session)?.join(", "));

    title("Getting k1: one row, with LIMIT");
    let found = map.get(&mut session, "k1")?;
    tell(&session, found);

    title("Setting k2 again: the child that was there becomes an orphan");
    map.set(&mut session, "k2")?;

    title("Getting k2: the new child is inserted, the orphan is deleted");
    let found = map.get(&mut session, "k2")?;
    tell(&session, found);

    title("Listing the keys again");
    println!("{}", map.keys(&mut session)?.join(", "));

    title("Closing the session: what was not committed is rolled back");
    drop(session);

    compare(&recorder.take(), [7, 4, 0, 1]);
    Ok(())
}

fn tell(session: &Session, child: Option<Key<Child>>) {
    match child {
        Some(child) => println!("{}, row {}", session[child].key, session[child].id.get().unwrap_or_default()),
        None => println!("no child"),
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
