//! The loop over a plan. Nothing else in the crate waits for a database on behalf of one.

use super::connection::{Core, locate};
use super::plan::{Command, Outcome, Plan};
use super::wire::{Mode, Taker};
use crate::error::{Result, Slim};
use crate::row::{RowReader, read_typed};
use crate::value::{DataType, Value};

impl<M: Mode> Core<M> {
    /// Runs a plan to its end on this connection.
    pub(crate) async fn run<P: Plan + ?Sized>(&mut self, plan: &mut P) -> Result<()> {
        let cause = self.line.cause;
        while let Some(command) = plan.next_command()? {
            if self.engine.watch().is_listening() {
                self.line.cause = plan.cause().unwrap_or(cause);
            }
            if let Err(error) = self.run_command(command, plan).await {
                self.line.cause = cause;
                return Err(plan.failed(error));
            }
        }
        self.line.cause = cause;
        Ok(())
    }

    async fn run_command<P: Plan + ?Sized>(&mut self, command: Command, plan: &mut P) -> Result<()> {
        match command {
            Command::Query(statement) => {
                self.load(&&*statement, &mut Rows(plan)).await?;
                plan.finished()
            }
            Command::Execute => {
                let write = plan.write()?;
                let rows = self.execute(&*write).await?;
                drop(write);
                plan.executed(Outcome { rows, returned: Vec::new() })
            }
            Command::ExecuteReturning { types } => {
                let mut returned = Returned { types: &types, values: Vec::new() };
                let write = plan.write()?;
                let rows = self.load(&&*write, &mut returned).await?;
                drop(write);
                plan.executed(Outcome { rows, returned: returned.values })
            }
        }
    }
}

/// Hands the rows of a query to a plan.
struct Rows<'p, P: ?Sized>(&'p mut P);

impl<P: Plan + ?Sized> Taker for Rows<'_, P> {
    fn take(&mut self, row: &mut dyn RowReader) -> Slim<()> {
        self.0.row(row)
    }
}

/// Takes what a write returns.
struct Returned<'t> {
    types: &'t [DataType],
    values: Vec<Value>,
}

impl Taker for Returned<'_> {
    fn take(&mut self, row: &mut dyn RowReader) -> Slim<()> {
        for (column, data_type) in self.types.iter().enumerate() {
            let value = read_typed(row, column, data_type);
            self.values.push(value.map_err(|error| locate(row, error))?);
        }
        Ok(())
    }
}
