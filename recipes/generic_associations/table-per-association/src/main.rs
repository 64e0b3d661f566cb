//! Addresses for customers and suppliers: a table between for each kind of owner.
//!
//! What to notice: `address` knows nothing of its owners. A macro writes each owner with its many-to-many relationship, and the
//! table between takes its name from the owner. Real foreign keys hold at both ends, and any number of owners can share an
//! address. From an address there is no way back to its owner.
//!
//! Counterpart: `examples/generic_associations/table_per_association.py` of SQLAlchemy.

#![allow(clippy::print_stdout, reason = "a recipe tells its story on the screen")]

#[cfg(test)]
mod tests;

use std::fmt;

use clap::Parser;
use orm::prelude::*;
use orm::{Recorder, StatementKind};

#[derive(Entity, Debug, Default)]
struct Address {
    #[entity(primary_key)]
    id: Auto<i64>,
    street: String,
    city: String,
    zip: String,
}

/// Declares an entity that has addresses: its name, its own text, and the table between it and `address`.
macro_rules! has_addresses {
    ($owner:ident, $text:ident, $table:tt) => {
        #[derive(Entity, Debug, Default)]
        struct $owner {
            #[entity(primary_key)]
            id: Auto<i64>,
            $text: String,
            #[entity(secondary = $table, order_by = "id")]
            addresses: ManyToMany<Address>,
        }
    };
}

has_addresses!(Customer, name, "customer_addresses");
has_addresses!(Supplier, company_name, "supplier_addresses");

impl Address {
    fn new(street: &str, city: &str, zip: &str) -> Self {
        let [street, city, zip] = [street, city, zip].map(str::to_owned);
        Self { street, city, zip, ..Self::default() }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { street, city, zip, .. } = self;
        write!(f, "Address(street={street:?}, city={city:?}, zip={zip:?})")
    }
}

#[derive(Parser)]
#[command(about = "Addresses for customers and suppliers: a table between for each kind of owner.")]
struct Args {
    /// The database to play in. Its tables `address`, `customer`, `supplier`, `customer_addresses` and `supplier_addresses` are dropped first, and stay afterwards.
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
    engine.drop_all(schema![Address, Customer, Supplier])?; // What an earlier run left in a file.
    if args.echo && !args.quiet {
        engine.set_echo(Echo::stdout().pretty().prefix("    | "))?;
    }

    title("Creating five tables: two of them stand between");
    engine.create_all(schema![Address, Customer, Supplier])?;
    let recorder = engine.record();

    title("Saving a customer and a supplier: their links are rows of two tables");
    let mut session = Session::new(&engine);
    save(&mut session)?;
    session.commit()?;

    title("Addresses of every customer: read through the table between");
    for line in addresses_of_customers(&mut session)? {
        println!("{line}");
    }

    title("Closing the session: a transaction that only read is rolled back");
    drop(session);

    compare(&recorder, [2, 7, 0]);
    Ok(())
}

fn save(session: &mut Session) -> orm::Result<()> {
    let customer = session.add(Customer { name: "customer 1".to_owned(), ..Customer::default() });
    session.rel(customer, Customer::ADDRESSES).extend([
        Address::new("123 anywhere street", "New York", "10110"),
        Address::new("40 main street", "San Francisco", "95732"),
    ])?;
    let supplier = session.add(Supplier { company_name: "Ace Hammers".to_owned(), ..Supplier::default() });
    session.rel(supplier, Supplier::ADDRESSES).push(Address::new("2569 west elm", "Detroit", "56785"))?;
    Ok(())
}

fn addresses_of_customers(session: &mut Session) -> orm::Result<Vec<String>> {
    let mut lines = Vec::new();
    for customer in session.query::<Customer>().all()? {
        for address in session.rel(customer, Customer::ADDRESSES).load()? {
            lines.push(session[address].to_string());
        }
    }
    Ok(lines)
}

/// Prints the statements of this run beside those of SQLAlchemy's program.
fn compare(recorder: &Recorder, [selects, inserts, updates]: [usize; 3]) {
    let sent = recorder.take();
    title("Statements, here and in SQLAlchemy");
    for (kind, name, theirs) in [
        (StatementKind::Select, "SELECT", selects),
        (StatementKind::Insert, "INSERT", inserts),
        (StatementKind::Update, "UPDATE", updates),
    ] {
        println!("{name} {:>2} | {theirs:>2}", sent.count(kind));
    }
}

fn title(text: &str) {
    println!("\n{text}");
}
