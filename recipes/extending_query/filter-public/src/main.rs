//! Rows that are not public are hidden from every query, unless it asks for them.
//!
//! What to notice: the rule is a listener of the session, given once. It finds the tables by a mixin, in the WHERE of a query, in the ON of a join, and in
//! the SELECT of a relationship. A query leaves the rule out by an option of its own.
//!
//! Counterpart: `examples/extending_query/filter_public.py` of SQLAlchemy.

#![allow(clippy::print_stdout, reason = "a recipe tells its story on the screen")]

#[cfg(test)]
mod tests;

use clap::Parser;
use orm::StatementKind;
use orm::engine::Statements;
use orm::event::{execution_option, on_execute};
use orm::prelude::*;

/// What entities have in common that may be private.
#[derive(Embed, Debug, Default)]
struct Visibility {
    public: bool,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "user")]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 30)]
    name: String,
    #[entity(embed)]
    visibility: Visibility,
    #[entity(inverse = "user", order_by = "id")]
    addresses: HasMany<Address>,
}

#[derive(Entity, Debug, Default)]
struct Address {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 30)]
    email: String,
    #[entity(embed)]
    visibility: Visibility,
    #[entity(inverse = "addresses")]
    user: BelongsTo<User>,
}

/// Option of a query that shows private rows too.
struct IncludePrivate;

/// Sessions that hide what is not public.
fn session(engine: &Engine) -> Session {
    let hide_private = on_execute(|statement| {
        if statement.option::<IncludePrivate>().is_none() {
            statement.add_criterion(mixin_criterion::<Visibility>(|row| row.column(Visibility::PUBLIC).eq(true)));
        }
        Ok(())
    });
    Session::builder(engine).listen(hide_private).build()
}

#[derive(Parser)]
#[command(about = "Rows that are not public are hidden from every query, unless it asks for them.")]
struct Args {
    /// The database to play in. Its tables `user` and `address` are dropped first, and stay afterwards.
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
    engine.drop_all(schema![User, Address])?; // What an earlier run left in a file.
    if args.echo && !args.quiet {
        engine.set_echo(Echo::stdout().pretty().prefix("    | "))?;
    }

    title("Saving five users with ten addresses: two INSERTs");
    engine.create_all(schema![User, Address])?;
    let recorder = engine.record();
    fixture(&engine)?;

    title("Public users, and their public addresses: both SELECTs have the rule");
    let mut session = session(&engine);
    for (name, emails) in users(&mut session)? {
        println!("{name}: {}", emails.join(", "));
    }

    title("A join: the rule is in WHERE for the user, in ON for the address");
    println!("{} pairs", pairs(&mut session)?.len());

    title("The same join with private rows: an option leaves the rule out");
    println!("{} pairs", all_pairs(&mut session)?.len());

    title("Counting addresses: public ones, then all");
    println!("{}", session.count(addresses())?);
    println!("{}", session.count(addresses().options(execution_option(IncludePrivate)))?);

    title("A public address of a private user: the lazy load has the rule too");
    let address = session.one(addresses().filter(Address::EMAIL.eq("u4a2")))?;
    println!("its user: {}", name_of(&mut session, address)?);

    title("Loading that user with private rows: memory answers from then on");
    session.query::<User>().filter(User::NAME.eq("u4")).options(execution_option(IncludePrivate)).one()?;
    println!("its user: {}", name_of(&mut session, address)?);
    drop(session);

    compare(&recorder.take(), [9, 15, 0, 0]);
    Ok(())
}

/// Users 1 to 5 with two addresses each, some of them private.
fn fixture(engine: &Engine) -> orm::Result<()> {
    let visible = |public| Visibility { public };
    let mut session = Session::new(engine);
    let public = [
        ("u1", true, [true, true]),
        ("u2", true, [false, true]),
        ("u3", false, [false, false]),
        ("u4", false, [false, true]),
        ("u5", true, [true, false]),
    ];
    for (name, is_public, addresses) in public {
        let user = User { name: name.to_owned(), visibility: visible(is_public), ..User::default() };
        let user = session.add(user);
        let address = |(number, is_public)| Address {
            email: format!("{name}a{number}"),
            visibility: visible(is_public),
            ..Address::default()
        };
        session.rel(user, User::ADDRESSES).extend((1..).zip(addresses).map(address))?;
    }
    session.commit()
}

fn addresses() -> Select<Key<Address>> {
    select(entity::<Address>())
}

fn users(session: &mut Session) -> orm::Result<Vec<(String, Vec<String>)>> {
    let mut users = Vec::new();
    for user in session.query::<User>().options(selectin(User::ADDRESSES)).order_by(User::ID).all()? {
        let loaded = session.rel(user, User::ADDRESSES).load()?;
        let emails = loaded.into_iter().map(|address| session[address].email.clone()).collect();
        users.push((session[user].name.clone(), emails));
    }
    Ok(users)
}

fn pairs(session: &mut Session) -> orm::Result<Vec<(i64, i64)>> {
    session.all(select((User::ID, Address::ID)).join(User::ADDRESSES).order_by(Address::ID))
}

fn all_pairs(session: &mut Session) -> orm::Result<Vec<(i64, i64)>> {
    let pairs = select((User::ID, Address::ID)).join(User::ADDRESSES).order_by(Address::ID);
    session.all(pairs.options(execution_option(IncludePrivate)))
}

/// The name of the user of an address, if the session may see the user.
fn name_of(session: &mut Session, address: Key<Address>) -> orm::Result<String> {
    let user = session.rel(address, Address::USER).load()?;
    Ok(user.map_or_else(|| "none".to_owned(), |user| session[user].name.clone()))
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
