//! Programs that create the same tables at the same moment.

use std::process::ExitCode;

fn main() -> ExitCode {
    orm_tests::processes::run()
}
