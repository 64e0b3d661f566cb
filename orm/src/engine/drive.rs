//! The loop that runs a plan: the only place that waits for a database on behalf of a plan.

use super::connection::{ConnectionCore, locate};
use super::mode::{Mode, RowSink};
use super::phase::phase;
use super::plan::{Command, Outcome, Plan};
use crate::error::{BoxedResult, Result};
use crate::row::{RowReader, read_typed};
use crate::value::{DataType, Value};

impl<M: Mode> ConnectionCore<M> {
    /// Runs a plan to its end on this connection.
    pub(crate) async fn run<P: Plan + ?Sized>(&mut self, plan: &mut P) -> Result<()> {
        let cause = self.state.cause;
        while let Some(command) = phase!("plan", plan.next_command())? {
            if self.engine.observers().is_observed() {
                self.state.cause = plan.cause().unwrap_or(cause);
            }
            if let Err(error) = self.run_command(command, plan).await {
                self.state.cause = cause;
                return Err(plan.failed(error));
            }
        }
        self.state.cause = cause;
        Ok(())
    }

    async fn run_command<P: Plan + ?Sized>(&mut self, command: Command, plan: &mut P) -> Result<()> {
        match command {
            Command::Query(statement) => {
                self.load(&&*statement, &mut PlanRows(plan)).await?;
                plan.finished()
            }
            Command::Execute => {
                let write = plan.write()?;
                let rows = self.execute(&*write).await?;
                drop(write);
                plan.executed(Outcome { rows, returned: Vec::new() })
            }
            Command::ExecuteReturning { types } => {
                let mut returned = ReturnedValues { types: &types, values: Vec::new() };
                let write = plan.write()?;
                let rows = self.load(&&*write, &mut returned).await?;
                drop(write);
                plan.executed(Outcome { rows, returned: returned.values })
            }
        }
    }
}

/// Hands the rows of a query to a plan.
struct PlanRows<'p, P: ?Sized>(&'p mut P);

impl<P: Plan + ?Sized> RowSink for PlanRows<'_, P> {
    fn take(&mut self, row: &mut dyn RowReader) -> BoxedResult<()> {
        self.0.row(row)
    }
}

/// Collects the values that a write returns.
struct ReturnedValues<'t> {
    types: &'t [DataType],
    values: Vec<Value>,
}

impl RowSink for ReturnedValues<'_> {
    fn take(&mut self, row: &mut dyn RowReader) -> BoxedResult<()> {
        for (column, data_type) in self.types.iter().enumerate() {
            let value = read_typed(row, column, data_type);
            self.values.push(value.map_err(|error| locate(row, error))?);
        }
        Ok(())
    }
}
