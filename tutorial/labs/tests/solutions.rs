//! Each solution passes all checks of its lab.
#![allow(unused, clippy::all, reason = "readers see them")]
#![allow(missing_docs, unreachable_pub, unused_qualifications, reason = "labs are no library")]
#![allow(clippy::unwrap_used, clippy::todo, clippy::print_stdout, reason = "readers see them")]

use std::process::ExitCode;

mod judged;

#[path = "../solutions/01_first_mapping.rs"]
mod lab_01;
#[path = "../solutions/02_nullable_unique_long.rs"]
mod lab_02;
#[path = "../solutions/03_add_and_commit.rs"]
mod lab_03;
#[path = "../solutions/04_same_row_same_key.rs"]
mod lab_04;
#[path = "../solutions/05_only_what_changed.rs"]
mod lab_05;
#[path = "../solutions/06_savepoint.rs"]
mod lab_06;
#[path = "../solutions/07_does_not_compile.rs"]
mod lab_07;

fn main() -> ExitCode {
    judged::pass(&[
        ("01", lab_01::checks::CHECKS),
        ("02", lab_02::checks::CHECKS),
        ("03", lab_03::checks::CHECKS),
        ("04", lab_04::checks::CHECKS),
        ("05", lab_05::checks::CHECKS),
        ("06", lab_06::checks::CHECKS),
        ("07", lab_07::checks::CHECKS),
    ])
}
