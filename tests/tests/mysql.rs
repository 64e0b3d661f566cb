//! The suite on MySQL.

use std::process::ExitCode;

fn main() -> ExitCode {
    orm_tests::on_mysql()
}
