//! Chapter 1: the first program, whole.

use crate::Stage;

#[path = "../bin/first.rs"]
#[allow(dead_code, reason = "its `main` is called where it is a program of its own")]
mod first;

pub(crate) fn run(stage: &Stage) -> crate::Result<()> {
    let printed = stage.step("program", || first::program(stage.engine()))?;
    stage.show("program", printed);
    Ok(())
}
