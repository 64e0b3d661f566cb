//! Errors of queries, values, rows and texts.

use bigdecimal::BigDecimal;
use orm::prelude::*;

use super::model::{Author, Book, start};
use crate::Stage;

// ANCHOR: decode
pub(super) fn decode(stage: &Stage) -> orm::Result<()> {
    let (mut session, _) = start(stage)?;
    session.all(select(text("'many'").typed::<i64>())).map(drop)
}
// ANCHOR_END: decode

// ANCHOR: missing-entity
pub(super) fn missing_entity(stage: &Stage) -> orm::Result<()> {
    let (mut session, _) = start(stage)?;
    let pairs = select((entity::<Author>(), entity::<Book>())); // not optional
    session.all(pairs.left_join(Author::BOOKS)).map(drop)
}
// ANCHOR_END: missing-entity

// ANCHOR: unsendable-value
#[derive(Entity, Debug, Default)]
struct Price {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(precision = 6, scale = 2)]
    amount: BigDecimal,
}

pub(super) fn unsendable_value(stage: &Stage) -> orm::Result<()> {
    stage.engine().create_all(schema![Price])?;
    let mut session = Session::new(stage.engine());
    let amount = BigDecimal::from(1_000_000); // six digits in all
    session.add(Price { amount, ..Price::default() });
    session.commit()
}
// ANCHOR_END: unsendable-value

// ANCHOR: too-many-parameters
pub(super) fn too_many_parameters(stage: &Stage) -> orm::Result<()> {
    let (mut session, _) = start(stage)?;
    let one_of_many = or_((0..70_000_i64).map(|id| Author::ID.eq(id))); // use in_
    session.query::<Author>().filter(one_of_many).all().map(drop)
}
// ANCHOR_END: too-many-parameters

// ANCHOR: missing-parameter
pub(super) fn missing_parameter(stage: &Stage) -> orm::Result<()> {
    let query = text("SELECT :x + 1"); // .bind("x", ..) is missing
    stage.engine().connect()?.query(&query).map(drop)
}
// ANCHOR_END: missing-parameter

// ANCHOR: unknown-parameter
pub(super) fn unknown_parameter(stage: &Stage) -> orm::Result<()> {
    let query = text("SELECT :x + 1").bind("x", 1).bind("y", 2);
    stage.engine().connect()?.query(&query).map(drop)
}
// ANCHOR_END: unknown-parameter

// ANCHOR: unknown-column
pub(super) fn unknown_column(stage: &Stage) -> orm::Result<()> {
    let rows = stage.engine().connect()?.query(&text("SELECT 1 AS a"))?;
    rows[0].get::<i64>("b").map(drop)
}
// ANCHOR_END: unknown-column

// ANCHOR: ambiguous-column
pub(super) fn ambiguous_column(stage: &Stage) -> orm::Result<()> {
    let rows = stage.engine().connect()?.query(&text("SELECT 1 AS a, 2 AS a"))?;
    rows[0].get::<i64>("a").map(drop)
}
// ANCHOR_END: ambiguous-column

// ANCHOR: column-out-of-range
pub(super) fn column_out_of_range(stage: &Stage) -> orm::Result<()> {
    let rows = stage.engine().connect()?.query(&text("SELECT 1 AS a"))?;
    rows[0].get::<i64>(1).map(drop) // counted from 0
}
// ANCHOR_END: column-out-of-range

// ANCHOR: invalid-request
pub(super) fn invalid_request(stage: &Stage) -> orm::Result<()> {
    let (mut session, _) = start(stage)?;
    let ambiguous = select((Author::NAME, Book::PAGES)).join(Book::PREQUEL);
    session.all(ambiguous).map(drop)
}
// ANCHOR_END: invalid-request

// ANCHOR: missing-table
pub(super) fn missing_table(stage: &Stage) -> orm::Result<()> {
    Session::new(stage.engine()).query::<Author>().all().map(drop) // before create_all
}
// ANCHOR_END: missing-table

// ANCHOR: missing-column
pub(super) fn missing_column(stage: &Stage) -> orm::Result<()> {
    let mut connection = stage.engine().connect()?;
    connection.execute(&text("CREATE TABLE author (id INTEGER PRIMARY KEY)"))?;
    drop(connection);
    Session::new(stage.engine()).query::<Author>().all().map(drop)
}
// ANCHOR_END: missing-column

// ANCHOR: database-error
pub(super) fn database_error(stage: &Stage) -> orm::Result<()> {
    stage.engine().connect()?.query(&text("SELEKT 1")).map(drop)
}
// ANCHOR_END: database-error

// ANCHOR: unique-violation
pub(super) fn unique_violation(stage: &Stage) -> orm::Result<()> {
    let (mut session, _) = start(stage)?;
    session.add(Author { name: "Jane".into(), ..Author::default() });
    session.commit()
}
// ANCHOR_END: unique-violation

// ANCHOR: foreign-key-violation
pub(super) fn foreign_key_violation(stage: &Stage) -> orm::Result<()> {
    let (mut session, _) = start(stage)?;
    session.add(Book { author: BelongsTo::by_id(99), ..Book::default() });
    session.commit()
}
// ANCHOR_END: foreign-key-violation

// ANCHOR: not-null-violation
pub(super) fn not_null_violation(stage: &Stage) -> orm::Result<()> {
    let (mut session, _) = start(stage)?;
    session.execute(&text("UPDATE author SET name = NULL")).map(drop)
}
// ANCHOR_END: not-null-violation

// ANCHOR: check-violation
pub(super) fn check_violation(stage: &Stage) -> orm::Result<()> {
    let (mut session, jane) = start(stage)?;
    session.add(Book { author: BelongsTo::to(jane), pages: -1, ..Book::default() });
    session.commit()
}
// ANCHOR_END: check-violation
