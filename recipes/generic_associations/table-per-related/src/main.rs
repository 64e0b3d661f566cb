//! Addresses for customers and suppliers: a table of addresses for each kind of owner.
//!
//! What to notice: `customer_address` and `supplier_address` are two entities that one macro writes, so each has a plain foreign
//! key to its owner, `NOT NULL` or not, with an index, as any other child. What they have in common is an embedded struct. A
//! trait leads from the owner to the type of its addresses.
//!
//! Counterpart: `examples/generic_associations/table_per_related.py` of SQLAlchemy.

#![allow(clippy::print_stdout, reason = "a recipe tells its story on the screen")]

#[cfg(test)]
mod tests;

use std::fmt;

use clap::Parser;
use orm::prelude::*;
use orm::{Recorder, StatementKind};

/// The columns of an address, embedded wherever there is one.
#[derive(Embed, Debug, Default)]
struct Place {
    street: String,
    city: String,
    zip: String,
}

impl Place {
    fn new(street: &str, city: &str, zip: &str) -> Self {
        let [street, city, zip] = [street, city, zip].map(str::to_owned);
        Self { street, city, zip }
    }
}

/// An owner of addresses.
trait HasAddresses {
    /// The entity that its addresses are.
    type Address;

    /// An address of this kind of owner.
    fn address(street: &str, city: &str, zip: &str) -> Self::Address;
}

/// Declares an owner with its own text, and the entity that its addresses are.
macro_rules! has_addresses {
    ($owner:ident, $text:ident, $address:ident) => {
        #[derive(Entity, Debug, Default)]
        struct $owner {
            #[entity(primary_key)]
            id: Auto<i64>,
            $text: String,
            #[entity(inverse = "parent", order_by = "id")]
            addresses: HasMany<$address>,
        }

        #[derive(Entity, Debug, Default)]
        struct $address {
            #[entity(primary_key)]
            id: Auto<i64>,
            #[entity(inverse = "addresses")]
            parent: BelongsTo<Option<$owner>>,
            #[entity(embed)]
            place: Place,
        }

        impl HasAddresses for $owner {
            type Address = $address;

            fn address(street: &str, city: &str, zip: &str) -> $address {
                $address { place: Place::new(street, city, zip), ..$address::default() }
            }
        }

        impl fmt::Display for $owner {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({:?})", stringify!($owner), self.$text)
            }
        }

        impl fmt::Display for $address {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let Place { street, city, zip } = &self.place;
                write!(f, "{}(street={street:?}, city={city:?}, zip={zip:?})", stringify!($address))
            }
        }
    };
}

has_addresses!(Customer, name, CustomerAddress);
has_addresses!(Supplier, company_name, SupplierAddress);

#[derive(Parser)]
#[command(about = "Addresses for customers and suppliers: a table of addresses for each kind of owner.")]
struct Args {
    /// The database to play in. Its tables `customer`, `supplier`, `customer_address` and `supplier_address` are dropped first, and stay afterwards.
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
    engine.drop_all(schema![Customer, CustomerAddress, Supplier, SupplierAddress])?; // What an earlier run left in a file.
    if args.echo && !args.quiet {
        engine.set_echo(Echo::stdout().pretty().prefix("    | "))?;
    }

    title("Creating four tables: each owner has one for its addresses");
    engine.create_all(schema![Customer, CustomerAddress, Supplier, SupplierAddress])?;
    let recorder = engine.record();

    title("Saving a customer and a supplier with their addresses");
    let mut session = Session::new(&engine);
    save(&mut session)?;
    session.commit()?;

    title("Addresses of every customer, each with its customer from memory");
    for line in addresses_of_customers(&mut session)? {
        println!("{line}");
    }

    title("Closing the session: a transaction that only read is rolled back");
    drop(session);

    compare(&recorder, [2, 5, 0]);
    Ok(())
}

fn save(session: &mut Session) -> orm::Result<()> {
    let customer = session.add(Customer { name: "customer 1".to_owned(), ..Customer::default() });
    session.rel(customer, Customer::ADDRESSES).extend([
        Customer::address("123 anywhere street", "New York", "10110"),
        Customer::address("40 main street", "San Francisco", "95732"),
    ])?;
    let supplier = session.add(Supplier { company_name: "Ace Hammers".to_owned(), ..Supplier::default() });
    session.rel(supplier, Supplier::ADDRESSES).push(Supplier::address("2569 west elm", "Detroit", "56785"))?;
    Ok(())
}

fn addresses_of_customers(session: &mut Session) -> orm::Result<Vec<String>> {
    let mut lines = Vec::new();
    for customer in session.query::<Customer>().all()? {
        for address in session.rel(customer, Customer::ADDRESSES).load()? {
            lines.push(session[address].to_string());
            // The customer is in the session: nothing is sent.
            if let Some(parent) = session.rel(address, CustomerAddress::PARENT).load()? {
                lines.push(session[parent].to_string());
            }
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
