//! Members of an organization, too many to load: they are pushed, queried and deleted without loading them all.
//!
//! What to notice: to push a member loads nothing. To delete the organization sends one DELETE, as `passive_deletes` leaves the members to the
//! database's ON DELETE CASCADE. `lazy = "raise"` turns a load of the whole collection into an error.
//!
//! Counterpart: `examples/large_collection/large_collection.py` of SQLAlchemy 1.4.

#![allow(clippy::print_stdout, reason = "a recipe tells its story on the screen")]

#[cfg(test)]
mod tests;

use clap::Parser;
use orm::StatementKind;
use orm::engine::Statements;
use orm::prelude::*;

#[derive(Entity, Debug, Default)]
struct Organization {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 50)]
    name: String,
    #[entity(
        inverse = "organization",
        order_by = "id",
        lazy = "raise",
        passive_deletes,
        cascade = "all, delete-orphan"
    )]
    members: HasMany<Member>,
}

#[derive(Entity, Debug, Default)]
struct Member {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "members", on_delete = "cascade")]
    organization: BelongsTo<Organization>,
    #[entity(length = 50)]
    name: String,
}

#[derive(Parser)]
#[command(
    about = "Members of an organization, too many to load: they are pushed, queried and deleted without loading them all."
)]
struct Args {
    /// The database to play in. Its tables `organization` and `member` are dropped first, and stay afterwards.
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
    engine.drop_all(schema![Organization, Member])?; // What an earlier run left in a file.
    if args.echo && !args.quiet {
        engine.set_echo(Echo::stdout().pretty().prefix("    | "))?;
    }

    title("Creating the tables: the foreign key of a member has ON DELETE CASCADE");
    engine.create_all(schema![Organization, Member])?;
    let recorder = engine.record();
    let mut session = Session::new(&engine);

    title("Saving an organization with three members");
    let organization = session.add(Organization { name: "org one".to_owned(), ..Organization::default() });
    add_members(&mut session, organization, ["one", "two", "three"])?;
    session.commit()?;

    title("Querying some of the members in the database");
    for name in members_like(&mut session, organization, "member t%")? {
        println!("{name}");
    }

    title("Adding three members: one INSERT, nothing is loaded");
    add_members(&mut session, organization, ["four", "five", "six"])?;
    session.commit()?;

    title("Deleting the organization: one DELETE, the database deletes the members");
    session.delete(organization)?;
    session.commit()?;
    println!("{} members are left", session.query::<Member>().count()?);

    title("Closing the session: a transaction that only read is rolled back");
    drop(session);

    compare(&recorder.take(), [2, 7, 0, 1]);
    Ok(())
}

fn add_members(session: &mut Session, to: Key<Organization>, numbers: [&str; 3]) -> orm::Result<()> {
    let members = numbers.map(|number| Member { name: format!("member {number}"), ..Member::default() });
    session.rel(to, Organization::MEMBERS).extend(members).map(drop)
}

/// The names of the members that fit a pattern.
fn members_like(session: &mut Session, of: Key<Organization>, pattern: &str) -> orm::Result<Vec<String>> {
    let members = session.rel(of, Organization::MEMBERS).select()?;
    let found = session.all(members.filter(Member::NAME.like(pattern)))?;
    Ok(found.into_iter().map(|member| session[member].name.clone()).collect())
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
