//! Runs a command while a PostgreSQL and a MariaDB are there, and `ORM_POSTGRES_URL` and `ORM_MYSQL_URL` say where:
//! `cargo run -p orm-tests --all-features -- cargo test --workspace --all-features`.

use std::process::ExitCode;

fn main() -> ExitCode {
    orm_tests::with_servers(std::env::args_os().skip(1))
}
