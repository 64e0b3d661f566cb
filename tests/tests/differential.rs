//! The same queries on every database.

use std::process::ExitCode;

fn main() -> ExitCode {
    orm_tests::differential::run()
}
