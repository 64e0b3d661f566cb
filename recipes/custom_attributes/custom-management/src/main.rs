//! Entities whose values live in a map: no fields, no derive, a mapping that is data.
//!
//! What to notice: `state.rs` stores the values of every class in one generic struct. The session reads and writes columns by
//! position, so that identity map, flush, lazy loading and rollback do not know the difference.
//!
//! Counterpart: `examples/custom_attributes/custom_management.py` of SQLAlchemy.

#![allow(clippy::print_stdout, reason = "a recipe tells its story on the screen")]

mod state;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use clap::Parser;
use orm::StatementKind;
use orm::engine::Statements;
use orm::mapping::{
    CollectionField, ColumnMeta, EntityMeta, ReferenceField, RelationKind, RelationMeta, RelationPosition,
    Relationship, ToMany,
};
use orm::prelude::*;

use state::{Class, Links, Row};

/// An entity of the table `table1`.
type A = Row<ClassA>;
/// An entity of the table `table2`.
type B = Row<ClassB>;

const BS: Relationship<A, B, ToMany> = Relationship::new(0, "bs");

#[derive(Debug, Default)]
struct ClassA;

#[derive(Debug, Default)]
struct ClassB;

impl Class for ClassA {
    type Links = LinksOfA;

    fn mapping() -> &'static EntityMeta {
        static MAPPING: LazyLock<EntityMeta> = LazyLock::new(|| {
            let mut mapping = EntityMeta::of::<A>("A", "table1");
            let id = mapping.columns.push(ColumnMeta::of::<Auto<i64>>("id", "id"));
            mapping.columns.push(ColumnMeta::of::<String>("name", "name"));
            mapping.primary_key.push(id);
            let order_by = vec![("id", false)];
            mapping.relations.push(RelationMeta {
                inverse: Some("a"),
                order_by,
                ..RelationMeta::of::<B>("bs", RelationKind::HasMany)
            });
            mapping
        });
        &MAPPING
    }
}

impl Class for ClassB {
    type Links = LinksOfB;

    fn mapping() -> &'static EntityMeta {
        static MAPPING: LazyLock<EntityMeta> = LazyLock::new(|| {
            let mut mapping = EntityMeta::of::<B>("B", "table2");
            let id = mapping.columns.push(ColumnMeta::of::<Auto<i64>>("id", "id"));
            mapping.columns.push(ColumnMeta::of::<String>("name", "name"));
            let owner = mapping.columns.push(ColumnMeta::of::<Option<i64>>("a", "t1id"));
            mapping.primary_key.push(id);
            let foreign_key = RelationMeta {
                columns: vec![owner],
                nullable: true,
                inverse: Some("bs"),
                ..RelationMeta::of::<A>("a", RelationKind::BelongsTo)
            };
            mapping.relations.push(foreign_key);
            mapping
        });
        &MAPPING
    }
}

#[derive(Debug, Default)]
struct LinksOfA {
    bs: HasMany<B>,
}

#[derive(Debug, Default)]
struct LinksOfB {
    a: BelongsTo<Option<A>>,
}

impl Links for LinksOfA {
    fn collection(&self, relation: RelationPosition) -> Option<&dyn CollectionField> {
        (relation == RelationPosition(0)).then_some(&self.bs as &dyn CollectionField)
    }

    fn collection_mut(&mut self, relation: RelationPosition) -> Option<&mut dyn CollectionField> {
        (relation == RelationPosition(0)).then_some(&mut self.bs as &mut dyn CollectionField)
    }
}

impl Links for LinksOfB {
    fn reference(&self, relation: RelationPosition) -> Option<&dyn ReferenceField> {
        (relation == RelationPosition(0)).then_some(&self.a as &dyn ReferenceField)
    }

    fn reference_mut(&mut self, relation: RelationPosition) -> Option<&mut dyn ReferenceField> {
        (relation == RelationPosition(0)).then_some(&mut self.a as &mut dyn ReferenceField)
    }
}

#[derive(Parser)]
#[command(about = "Entities whose values live in a map: no fields, no derive, a mapping that is data.")]
struct Args {
    /// The database to play in. Its tables `table1` and `table2` are dropped first, and stay afterwards.
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
    engine.drop_all(schema![A, B])?; // What an earlier run left in a file.
    if args.echo && !args.quiet {
        engine.set_echo(Echo::stdout().pretty().prefix("    | "))?;
    }

    title("Creating the tables that are missing");
    engine.create_all(schema![A, B])?;
    let recorder = engine.record();

    title("Reading attributes before anything is saved");
    let mut session = Session::new(&engine);
    let a1 = build(&mut session)?;
    tell(&mut session, a1)?;

    title("Saving a1 with its two members");
    session.commit()?;

    title("Fetching a1 by its key");
    let a1 = fetch(&mut session)?;
    tell(&mut session, a1)?;

    title("Removing the first member: its foreign key becomes NULL");
    remove_first(&mut session, a1)?;
    session.commit()?;

    title("Fetching a1 again");
    let a1 = fetch(&mut session)?;
    tell(&mut session, a1)?;

    title("Closing the session: a transaction that only read is rolled back");
    session.close()?;

    compare(&recorder.take(), [4, 3, 1, 0]);
    Ok(())
}

fn build(session: &mut Session) -> orm::Result<Key<A>> {
    let a1 = session.add(A::named("a1"));
    session.rel(a1, BS).extend([B::named("b1"), B::named("b2")])?;
    Ok(a1)
}

fn fetch(session: &mut Session) -> orm::Result<Key<A>> {
    session.get::<A>(1)?.ok_or_else(|| orm::Error::invalid("a1 is gone"))
}

fn remove_first(session: &mut Session, a1: Key<A>) -> orm::Result<()> {
    match session.rel(a1, BS).load()?.first() {
        Some(first) => session.rel(a1, BS).remove(*first),
        None => Ok(()),
    }
}

fn tell(session: &mut Session, a1: Key<A>) -> orm::Result<()> {
    let names = names(session, a1)?;
    println!("{} has {}", session.load(a1)?.text("name"), names.join(", "));
    Ok(())
}

fn names(session: &mut Session, a1: Key<A>) -> orm::Result<Vec<String>> {
    let members = session.rel(a1, BS).load()?;
    members.into_iter().map(|member| Ok(session.load(member)?.text("name").to_owned())).collect()
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
