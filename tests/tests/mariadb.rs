//! The suite on MariaDB.

use std::process::ExitCode;

fn main() -> ExitCode {
    orm_tests::on_mariadb()
}
