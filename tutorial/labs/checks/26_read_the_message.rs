//! Checks of lab 26.

use orm::prelude::*;

use super::{Author, Book, codes, program_1, program_2, program_3};

labs::checks![the_first_code, the_second_code, the_third_code];

fn check(number: usize, program: fn(&mut Session) -> orm::Result<()>) -> orm::Result<()> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![Author, Book])?;
    let error = program(&mut Session::new(&engine)).expect_err("the program does not fail");
    let named = codes()[number - 1];
    assert!(error.code() == named, "program {number} ends with another code than `{named}`. The message:\n\n{error}");
    Ok(())
}

fn the_first_code() -> orm::Result<()> {
    check(1, program_1)
}

fn the_second_code() -> orm::Result<()> {
    check(2, program_2)
}

fn the_third_code() -> orm::Result<()> {
    check(3, program_3)
}
