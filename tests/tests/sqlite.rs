//! The suite on SQLite.

use std::process::ExitCode;

fn main() -> ExitCode {
    orm_tests::on_sqlite()
}
