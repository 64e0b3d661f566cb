//! The suite on PostgreSQL.

use std::process::ExitCode;

fn main() -> ExitCode {
    orm_tests::on_postgres()
}
