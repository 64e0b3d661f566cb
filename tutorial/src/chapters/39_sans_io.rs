//! Chapter 39: plans without a database, and two loops that run them.

use std::sync::Arc;

use orm::engine::{Capabilities, Command, Outcome, Plan, Statement, render};
use orm::prelude::*;
use orm::{RowReader, ValueReader, ValueRow};

use crate::Stage;

// ANCHOR: plan
/// Counts the rows of several tables, one statement after another. Holds no connection.
struct Census {
    tables: Vec<&'static str>, // still to be asked
    counts: Vec<i64>,
}

impl Plan for Census {
    fn next_command(&mut self) -> orm::Result<Option<Command>> {
        let Some(table) = self.tables.pop() else { return Ok(None) };
        let count = text(format!("SELECT count(*) FROM {table}"));
        Ok(Some(Command::Query(Arc::new(count))))
    }

    fn row(&mut self, row: &mut dyn RowReader) -> Result<(), Box<orm::Error>> {
        let count = i64::read(row, 0).map_err(|error| error.locate("Census", "count"))?;
        self.counts.push(count);
        Ok(())
    }
    // ANCHOR_END: plan

    // ANCHOR: rest
    fn finished(&mut self) -> orm::Result<()> {
        Ok(())
    }

    fn write(&self) -> orm::Result<Box<dyn Statement + '_>> {
        unreachable!("a census only reads")
    }

    fn executed(&mut self, _: Outcome) -> orm::Result<()> {
        Ok(())
    }
    // ANCHOR_END: rest
}

fn census() -> Census {
    Census { tables: vec!["orders", "customer"], counts: Vec::new() }
}

// ANCHOR: blocking
fn blocking(engine: &Engine, plan: &mut Census) -> orm::Result<()> {
    engine.connect()?.run(plan)
}
// ANCHOR_END: blocking

// ANCHOR: awaited
async fn awaited(engine: &AsyncEngine, plan: &mut Census) -> orm::Result<()> {
    engine.connect().await?.run(plan).await
}
// ANCHOR_END: awaited

// ANCHOR: scripted
/// A third loop, for tests: answers are given, and no database is there.
fn scripted(plan: &mut Census, answers: &[i64]) -> orm::Result<Vec<String>> {
    let mut sent = Vec::new();
    let mut answers = answers.iter();
    while let Some(command) = plan.next_command()? {
        let Command::Query(statement) = command else {
            unreachable!("a census only reads")
        };
        sent.push(render(&*statement, &Capabilities::sqlite())?.sql);
        let values = answers.next().map(|count| Value::I64(*count)).into_iter().collect();
        let row = ValueRow { values, ..ValueRow::default() };
        plan.row(&mut ValueReader::new(&row)).map_err(|error| *error)?;
        plan.finished()?;
    }
    Ok(sent)
}
// ANCHOR_END: scripted

// ANCHOR: fault
/// What does the plan do when the second answer never comes?
fn fault(plan: &mut Census) -> orm::Result<Vec<String>> {
    scripted(plan, &[7])
}
// ANCHOR_END: fault

#[derive(Entity, Debug, Default)]
#[entity(table = "orders")]
struct Order {
    #[entity(primary_key)]
    id: Auto<i64>,
}

#[derive(Entity, Debug, Default)]
struct Customer {
    #[entity(primary_key)]
    id: Auto<i64>,
}

pub(crate) fn run(stage: &Stage) -> crate::Result<()> {
    let engine = stage.engine();
    engine.create_all(schema![Order, Customer])?;
    let mut session = Session::new(engine);
    session.add_all([Order::default(), Order::default()]);
    session.commit()?;

    let mut plan = census();
    stage.step("blocking", || blocking(engine, &mut plan))?;
    assert_eq!(plan.counts, [0, 2]);
    let mut plan = census();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let other = AsyncEngine::new(stage.url())?;
    stage.listen(other.record());
    runtime.block_on(stage.step_async("awaited", awaited(&other, &mut plan)))?;
    assert_eq!(plan.counts, [0, 2]);
    let mut plan = census();
    let sent = scripted(&mut plan, &[3, 5])?;
    assert_eq!(plan.counts, [3, 5]);
    stage.show("scripted", sent.join("\n"));
    stage.refused("fault", || fault(&mut census()))?;
    Ok(())
}
