//! Orders and items, many to many, with the items of an order as a list of their own.
//!
//! What to notice: `Order::ITEMS` is a proxy, a constant over a relationship and a reference of the entity there. To push an item creates the
//! line, whose creator reads the price of the item. To read the items costs what to read the lines costs. Lines of another price are pushed as before.
//!
//! Counterpart: `examples/association/proxied_association.py` of SQLAlchemy.

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

impl Order {
    /// The items of an order, through its lines. A new item gets a line at the list price.
    const ITEMS: Proxy<Self, OrderItem, ToMany, Key<Item>> =
        Self::ORDER_ITEMS.proxy_entities_reading(OrderItem::ITEM, |key, item| OrderItem::new(key, item.price.clone()));
}

impl OrderItem {
    fn new(item: Key<Item>, price: BigDecimal) -> Self {
        Self { item: BelongsTo::to(item), price, ..Self::default() }
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
#[command(about = "Orders and items, many to many, with the items of an order as a list of their own.")]
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

    title("Ordering three items: two go through the proxy, one as a line of its own price");
    order(&mut session, &catalog)?;
    session.commit()?;

    title("Loading an order: its lines bring their items in one SELECT");
    let order = order_of(&mut session, "john smith")?;
    for (description, paid, list) in lines(&mut session, order)? {
        println!("{description} for {paid}, listed at {list}");
    }

    title("Reading the items through the proxy sends nothing");
    for (description, list) in items(&mut session, order)? {
        println!("{description} at {list}");
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
    session.proxy(order, Order::ITEMS).extend([catalog.mug, catalog.hat])?;
    session.rel(order, Order::ORDER_ITEMS).push(OrderItem::new(catalog.crowbar, price(1099)))?;
    Ok(order)
}

fn order_of(session: &mut Session, customer: &str) -> orm::Result<Key<Order>> {
    session.query::<Order>().filter(Order::CUSTOMER_NAME.eq(customer)).one()
}

/// The lines of an order: description, price paid, list price.
fn lines(session: &mut Session, order: Key<Order>) -> orm::Result<Vec<(String, BigDecimal, BigDecimal)>> {
    let mut lines = Vec::new();
    for line in session.rel(order, Order::ORDER_ITEMS).load()? {
        // The item came with the line: nothing is sent here.
        let item = session.rel(line, OrderItem::ITEM).one()?;
        let (item, line) = (&session[item], &session[line]);
        lines.push((item.description.clone(), line.price.clone(), item.price.clone()));
    }
    Ok(lines)
}

/// The items of an order: description and list price.
fn items(session: &mut Session, order: Key<Order>) -> orm::Result<Vec<(String, BigDecimal)>> {
    let items = session.proxy(order, Order::ITEMS).load()?;
    Ok(items.into_iter().map(|item| (session[item].description.clone(), session[item].price.clone())).collect())
}

/// Customers who paid less for an item than its list price.
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
