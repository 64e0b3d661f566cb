//! The blocking loop over a plan. Nothing else in the crate waits for a database on behalf of one.

use super::connection::{Connection, locate};
use super::plan::{Command, Outcome, Plan};
use crate::error::Result;
use crate::row::read_typed;

impl Connection {
    /// Runs a plan to its end on this connection.
    ///
    /// # Errors
    /// The first failure, whether of the database or of the plan, as [`Plan::failed`] words it; the plan is not asked for more.
    pub fn run(&mut self, plan: &mut dyn Plan) -> Result<()> {
        while let Some(command) = plan.next_command()? {
            if let Err(error) = self.run_command(command, plan) {
                return Err(plan.failed(error));
            }
        }
        Ok(())
    }

    fn run_command(&mut self, command: Command, plan: &mut dyn Plan) -> Result<()> {
        match command {
            Command::Query(statement) => {
                self.stream(&*statement, |row| plan.row(row))?;
                plan.finished()
            }
            Command::Execute => {
                let rows = self.execute(&*plan.write()?)?;
                plan.executed(Outcome { rows, returned: Vec::new() })
            }
            Command::ExecuteReturning { types } => {
                let mut returned = Vec::new();
                let rows = self.stream(&*plan.write()?, |row| {
                    for (column, data_type) in types.iter().enumerate() {
                        let value = read_typed(row, column, data_type);
                        returned.push(value.map_err(|error| locate(row, error))?);
                    }
                    Ok(())
                })?;
                plan.executed(Outcome { rows, returned })
            }
        }
    }
}
