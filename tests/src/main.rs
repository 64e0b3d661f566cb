//! Runs a command while a PostgreSQL is there, and `ORM_POSTGRES_URL` says where:
//! `cargo run -p orm-tests --all-features -- cargo test --workspace --all-features`.

use std::process::ExitCode;

fn main() -> ExitCode {
    orm_tests::with_postgres(std::env::args_os().skip(1))
}
