//! Addresses for customers and suppliers: each owner has an association, whose class tells the kind of owner.
//!
//! What to notice: the association is a hierarchy in one table, with a class for each kind of owner. `Customer::ADDRESSES` is a proxy through it to the
//! list of addresses: `entry` creates the association for the first address. From an address, the class of its association leads to the owner.
//!
//! Counterpart: `examples/generic_associations/discriminator_on_association.py` of SQLAlchemy.

#![allow(clippy::print_stdout, reason = "a recipe tells its story on the screen")]

#[cfg(test)]
mod tests;

use std::fmt;

use clap::Parser;
use orm::StatementKind;
use orm::engine::Statements;
use orm::prelude::*;

/// What owns addresses, whichever kind it is: one table, a class for each kind.
#[derive(Entity, Debug)]
#[entity(inheritance = "single", discriminator = "discriminator")]
enum AddressAssociation {
    /// Of no owner: the base class.
    Association(Association),
    Customer(CustomerAssociation),
    Supplier(SupplierAssociation),
}

#[derive(Entity, Debug, Default)]
#[entity(table = "address_association", root = "AddressAssociation")]
struct Association {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "association", order_by = "id", cascade = "all, delete-orphan")]
    addresses: HasMany<Address>,
}

#[derive(Entity, Debug, Default)]
struct Address {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "addresses")]
    association: BelongsTo<AddressAssociation>,
    street: String,
    city: String,
    zip: String,
}

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

/// Declares an owner with its own text, and the class of its association.
macro_rules! has_addresses {
    ($owner:ident, $text:ident, $association:ident) => {
        #[derive(Entity, Debug, Default)]
        struct $owner {
            #[entity(primary_key)]
            id: Auto<i64>,
            $text: String,
            #[entity(column = "address_association_id", inverse = "parent", cascade = "all")]
            association: BelongsTo<$association>,
        }

        #[derive(Entity, Debug, Default)]
        #[entity(root = "AddressAssociation")]
        struct $association {
            #[entity(base)]
            association: Association,
            #[entity(inverse = "association")]
            parent: HasOne<$owner>,
        }

        impl $owner {
            /// The addresses, by way of the association.
            const ADDRESSES: Proxy<$owner, $association, ToOne, Relationship<Association, Address, ToMany>> =
                $owner::ASSOCIATION.proxy_inner(Association::ADDRESSES, $association::default);
        }

        impl fmt::Display for $owner {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({:?})", stringify!($owner), self.$text)
            }
        }
    };
}

has_addresses!(Customer, name, CustomerAssociation);
has_addresses!(Supplier, company_name, SupplierAssociation);

#[derive(Parser)]
#[command(
    about = "Addresses for customers and suppliers: each owner has an association, whose class tells the kind of owner."
)]
struct Args {
    /// The database to play in. Its tables `customer`, `supplier`, `address` and `address_association` are dropped first, and stay afterwards.
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
    engine.drop_all(schema![Customer, Supplier, Address, AddressAssociation])?; // What an earlier run left in a file.
    if args.echo && !args.quiet {
        engine.set_echo(Echo::stdout().pretty().prefix("    | "))?;
    }

    title("Creating four tables: their number does not grow with the kinds of owners");
    engine.create_all(schema![Customer, Supplier, Address, AddressAssociation])?;
    let recorder = engine.record();

    title("Saving a customer and a supplier: associations first");
    let mut session = Session::new(&engine);
    save(&mut session)?;
    session.commit()?;

    title("Addresses of every customer, each with its owner by the class of its association");
    for line in addresses_of_customers(&mut session)? {
        println!("{line}");
    }

    title("Closing the session: a transaction that only read is rolled back");
    drop(session);

    compare(&recorder.take(), [4, 7, 0, 0]);
    Ok(())
}

fn save(session: &mut Session) -> orm::Result<()> {
    let customer = session.add(Customer { name: "customer 1".to_owned(), ..Customer::default() });
    session.proxy(customer, Customer::ADDRESSES).entry()?.extend([
        Address::new("123 anywhere street", "New York", "10110"),
        Address::new("40 main street", "San Francisco", "95732"),
    ])?;
    let supplier = session.add(Supplier { company_name: "Ace Hammers".to_owned(), ..Supplier::default() });
    session.proxy(supplier, Supplier::ADDRESSES).entry()?.push(Address::new("2569 west elm", "Detroit", "56785"))?;
    Ok(())
}

fn addresses_of_customers(session: &mut Session) -> orm::Result<Vec<String>> {
    let mut lines = Vec::new();
    for customer in session.query::<Customer>().all()? {
        let Some(addresses) = session.proxy(customer, Customer::ADDRESSES).inner()? else { continue };
        for address in addresses.load()? {
            lines.push(session[address].to_string());
            lines.extend(owner(session, address)?);
        }
    }
    Ok(lines)
}

/// The owner of an address as text. The class of the association tells which relationship leads to the owner.
fn owner(session: &mut Session, address: Key<Address>) -> orm::Result<Option<String>> {
    let association = session.rel(address, Address::ASSOCIATION).one()?;
    if let Some(association) = session.downcast::<CustomerAssociation>(association)? {
        let customer = session.rel(association, CustomerAssociation::PARENT).load()?;
        return Ok(customer.map(|customer| session[customer].to_string()));
    }
    let Some(association) = session.downcast::<SupplierAssociation>(association)? else { return Ok(None) };
    let supplier = session.rel(association, SupplierAssociation::PARENT).load()?;
    Ok(supplier.map(|supplier| session[supplier].to_string()))
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
