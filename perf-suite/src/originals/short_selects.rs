//! One row by its key, many times: by a query, by a statement built anew, and by one statement that is used again.
//!
//! The tests without a cache send a text that the connection has not seen, so that the driver prepares each anew. The tests with a cache
//! send the same text each time. The ORM keeps no compiled texts of its own: what is cached is the driver's prepared statement.
//!
//! Counterpart: `examples/performance/short_selects.py` of SQLAlchemy.

use std::hint::black_box;

use orm::engine::{SqlWriter, Statement};
use orm::prelude::*;

use orm::StatementKind;

use crate::Result;
use crate::fixture::shuffled;
use crate::suite::{Context, Suite};

/// Number of rows of the table.
const ROWS: usize = 10_999;

/// The whole table.
#[derive(Entity, Debug, Default)]
#[entity(table = "customer")]
struct CustomerTable {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 255)]
    name: String,
    #[entity(length = 255)]
    description: String,
    q: i64,
    p: i64,
    x: Option<i64>,
    y: Option<i64>,
    z: Option<i64>,
}

/// The columns that the tests read: `x`, `y` and `z` are deferred in the original.
#[derive(Entity, Debug, Default)]
struct Customer {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 255)]
    name: String,
    #[entity(length = 255)]
    description: String,
    q: i64,
    p: i64,
}

pub(super) fn suite() -> Suite {
    Suite::new("short_selects", 10_000)
        .about("one row by its key, many times")
        .setup(set_up)
        .test("test_orm_query_classic_style", "`session.query()` of the entity", |context| classic(context, Cache::Off))
        .test("test_orm_query_classic_style_w_cache", "the same, statement kept prepared", |context| {
            classic(context, Cache::On)
        })
        .test("test_orm_query_new_style", "`select()` of the entity", |context| new_style(context, Cache::Off))
        .test("test_orm_query_new_style_cache", "the same, statement kept prepared", |context| {
            new_style(context, Cache::On)
        })
        .test("test_orm_query_classic_style_cols_only", "`select()` of three columns", |context| {
            cols_only(context, Cache::Off)
        })
        .test("test_orm_query_classic_style_cols_only_cache", "the same, statement kept prepared", |context| {
            cols_only(context, Cache::On)
        })
        .test("test_core_new_stmt_each_time", "statement built anew, on a connection", |context| {
            core_new(context, Cache::Off)
        })
        .test("test_core_new_stmt_each_time_compiled_cache", "the same, statement kept prepared", |context| {
            core_new(context, Cache::On)
        })
        .test("test_core_reuse_stmt", "one statement with a bound parameter", |context| core_reuse(context, Cache::Off))
        .test("test_core_reuse_stmt_compiled_cache", "the same, statement kept prepared", |context| {
            core_reuse(context, Cache::On)
        })
        .yardstick("test_core_reuse_stmt_compiled_cache")
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Cache {
    Off,
    On,
}

fn set_up(context: &Context) -> Result<()> {
    context.recreate(schema![CustomerTable])?;
    let customers = (1..=ROWS as i64).map(|id| CustomerTable {
        id: Auto::Set(id),
        name: format!("c{id}name"),
        description: format!("c{id}desc"),
        q: id * 10,
        p: id * 20,
        x: Some(id * 30),
        y: Some(id * 40),
        z: None,
    });
    let mut session = context.session();
    session.add_all(customers);
    Ok(session.commit()?)
}

/// Different keys in no order.
fn ids(context: &Context) -> Result<Vec<i64>> {
    match context.num() {
        num if num <= ROWS => Ok(shuffled(ROWS).into_iter().take(num).collect()),
        num => Err(format!("{num} different keys were asked for, and the table has {ROWS} rows").into()),
    }
}

/// The condition of a query; without a cache, one that no other query has.
fn condition(id: i64, cache: Cache) -> Expr<bool> {
    let by_key = Customer::ID.eq(id);
    match cache {
        Cache::On => by_key,
        Cache::Off => by_key.and(text(format!("{id} = {id}")).typed::<bool>()),
    }
}

fn classic(context: &Context, cache: Cache) -> Result<()> {
    let mut session = context.session();
    for id in ids(context)? {
        let key = session.query::<Customer>().filter(condition(id, cache)).one()?;
        black_box(&session[key]);
    }
    Ok(())
}

fn new_style(context: &Context, cache: Cache) -> Result<()> {
    let mut session = context.session();
    for id in ids(context)? {
        let key = session.one(select(entity::<Customer>()).filter(condition(id, cache)))?;
        black_box(&session[key]);
    }
    Ok(())
}

fn cols_only(context: &Context, cache: Cache) -> Result<()> {
    let mut session = context.session();
    for id in ids(context)? {
        let columns = select((Customer::ID, Customer::NAME, Customer::DESCRIPTION));
        black_box(session.one(columns.filter(condition(id, cache)))?);
    }
    Ok(())
}

fn core_new(context: &Context, cache: Cache) -> Result<()> {
    let mut connection = context.engine().connect()?;
    for id in ids(context)? {
        let columns = select((Customer::ID, Customer::NAME, Customer::DESCRIPTION));
        let tree = columns.filter(condition(id, Cache::On)).tree()?;
        let rows = match cache {
            Cache::On => connection.query(&tree)?,
            Cache::Off => connection.query(&Unprepared(&tree))?,
        };
        black_box(rows);
    }
    Ok(())
}

fn core_reuse(context: &Context, cache: Cache) -> Result<()> {
    let mut connection = context.engine().connect()?;
    let statement = text("SELECT id, name, description FROM customer WHERE id = :id");
    for id in ids(context)? {
        let bound = statement.clone().bind("id", id);
        let rows = match cache {
            Cache::On => connection.query(&bound)?,
            Cache::Off => connection.query(&Unprepared(&bound))?,
        };
        black_box(rows);
    }
    Ok(())
}

/// A statement that the driver does not keep prepared.
struct Unprepared<'s, S>(&'s S);

impl<S: Statement> Statement for Unprepared<'_, S> {
    fn render<'b>(&'b self, out: &mut dyn SqlWriter<'b>) -> orm::Result<()> {
        self.0.render(out)
    }

    fn kind(&self) -> StatementKind {
        self.0.kind()
    }

    fn cacheable(&self) -> bool {
        false
    }
}
