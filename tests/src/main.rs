//! Runs a command while a PostgreSQL, a MariaDB and a MySQL are there, and `ORM_POSTGRES_URL`, `ORM_MARIADB_URL` and `ORM_MYSQL_URL` say where:
//! `cargo run -p orm-tests --all-features -- cargo test --workspace --all-features`.

use std::process::ExitCode;

fn main() -> ExitCode {
    orm_tests::with_servers(std::env::args_os().skip(1))
}
