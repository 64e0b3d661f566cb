//! Orders and items, many to many, through a line that has a price of its own.
//!
//! What to notice: the line is an entity, not just a table between two others. Its primary key is made of its two foreign keys, and both
//! are filled in by the flush. Wherever lines are loaded, their items come along in the same statement, as the mapping says `joined`.
//!
//! Counterpart: `examples/association/basic_association.py` of SQLAlchemy.

#![allow(clippy::print_stdout, reason = "a recipe tells its story on the screen")]

#[cfg(test)]
mod tests;

use bigdecimal::BigDecimal;
use chrono::{Local, NaiveDateTime};
use clap::Parser;
use orm::StatementKind;
use orm::engine::Statements;
use orm::prelude::*;

// `order` is a reserved word of SQL. It is quoted wherever it stands, and nothing else is.
#[derive(Entity, Debug, Default)]
#[entity(table = "order")]
struct Order {
    #[entity(primary_key)]
    order_id: Auto<i64>,
    #[entity(length = 30)]
    customer_name: String,
    /// Called for each order that leaves it unset.
    #[entity(default = now)]
    order_date: Auto<NaiveDateTime>,
    #[entity(inverse = "order", order_by = "item", cascade = "all, delete-orphan")]
    order_items: HasMany<OrderItem>,
}

#[derive(Entity, Debug, Default)]
struct Item {
    #[entity(primary_key)]
    item_id: Auto<i64>,
    #[entity(length = 30)]
    description: String,
    #[entity(precision = 10, scale = 2)]
    price: BigDecimal,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "orderitem")]
struct OrderItem {
    #[entity(primary_key, inverse = "order_items")]
    order: BelongsTo<Order>,
    #[entity(primary_key, lazy = "joined")]
    item: BelongsTo<Item>,
    #[entity(precision = 10, scale = 2)]
    price: BigDecimal,
}

impl OrderItem {
    /// An item at a price of its own, or else at the list price, which is read again if need be.
    fn new(session: &mut Session, item: Key<Item>, price: Option<BigDecimal>) -> orm::Result<Self> {
        let price = match price {
            Some(price) => price,
            None => session.load(item)?.price.clone(),
        };
        Ok(Self { item: BelongsTo::to(item), price, ..Self::default() })
    }
}

/// An exact price.
fn price(cents: i64) -> BigDecimal {
    BigDecimal::new(cents.into(), 2)
}

fn now() -> NaiveDateTime {
    Local::now().naive_local()
}

#[derive(Parser)]
#[command(about = "Orders and items, many to many, through a line that has a price of its own.")]
struct Args {
    /// The database to play in. Its tables `order`, `item` and `orderitem` are dropped first, and stay afterwards.
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
    engine.drop_all(schema![Order, Item, OrderItem])?; // What an earlier run left in a file.
    if args.echo && !args.quiet {
        engine.set_echo(Echo::stdout().pretty().prefix("    | "))?;
    }

    title("Creating the tables in the order of their foreign keys");
    engine.create_all(schema![Order, Item, OrderItem])?;
    let recorder = engine.record();

    title("Saving a catalog of four items: one INSERT");
    let mut session = Session::new(&engine);
    let catalog = catalog(&mut session);
    session.commit()?;
    for item in catalog.all() {
        println!("{} at {}", session[item].description, session[item].price);
    }

    title("Ordering three items: the flush fills in both keys of each line");
    order(&mut session, &catalog)?;
    session.commit()?;

    title("Loading an order: its lines bring their items in one SELECT");
    let order = order_of(&mut session, "john smith")?;
    for (description, price) in lines(&mut session, order)? {
        println!("{description} at {price}");
    }

    title("Customers who bought the crowbar below its list price");
    println!("{}", bargain_hunters(&mut session, "MySQL Crowbar")?.join(", "));

    title("Closing the session: a transaction that only read is rolled back");
    drop(session);

    compare(&recorder.take(), [6, 6, 0, 0]);
    Ok(())
}

/// What can be bought.
struct Catalog {
    shirt: Key<Item>,
    mug: Key<Item>,
    hat: Key<Item>,
    crowbar: Key<Item>,
}

impl Catalog {
    fn all(&self) -> [Key<Item>; 4] {
        [self.shirt, self.mug, self.hat, self.crowbar]
    }
}

fn catalog(session: &mut Session) -> Catalog {
    let mut item = |description: &str, cents| {
        session.add(Item { description: description.to_owned(), price: price(cents), ..Item::default() })
    };
    Catalog {
        shirt: item("SA T-Shirt", 1099),
        mug: item("SA Mug", 650),
        hat: item("SA Hat", 899),
        crowbar: item("MySQL Crowbar", 1699),
    }
}

/// A mug and a hat at the list price, and a crowbar for less.
fn order(session: &mut Session, catalog: &Catalog) -> orm::Result<Key<Order>> {
    let order = session.add(Order { customer_name: "john smith".to_owned(), ..Order::default() });
    for (item, price) in [(catalog.mug, None), (catalog.crowbar, Some(price(1099))), (catalog.hat, None)] {
        let line = OrderItem::new(session, item, price)?;
        session.rel(order, Order::ORDER_ITEMS).push(line)?;
    }
    Ok(order)
}

fn order_of(session: &mut Session, customer: &str) -> orm::Result<Key<Order>> {
    session.query::<Order>().filter(Order::CUSTOMER_NAME.eq(customer)).one()
}

/// What was ordered, and for how much.
fn lines(session: &mut Session, order: Key<Order>) -> orm::Result<Vec<(String, BigDecimal)>> {
    let mut lines = Vec::new();
    for line in session.rel(order, Order::ORDER_ITEMS).load()? {
        // It came with the line: nothing is sent here.
        let item = session.rel(line, OrderItem::ITEM).one()?;
        lines.push((session[item].description.clone(), session[line].price.clone()));
    }
    Ok(lines)
}

/// Who paid less for an item than its list price.
fn bargain_hunters(session: &mut Session, description: &str) -> orm::Result<Vec<String>> {
    session.all(
        select(Order::CUSTOMER_NAME)
            .join_entity::<OrderItem>()
            .join_entity::<Item>()
            .filter(Item::DESCRIPTION.eq(description))
            .filter(Item::PRICE.gt(OrderItem::PRICE)),
    )
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
