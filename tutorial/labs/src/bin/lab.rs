//! The lab that the reader works on. The runner writes the file that `LABS_ROOT` names, and builds this program with `--cfg lab`.
//! The file names the lab and calls the checks.
#![allow(unused, clippy::all, reason = "the lab is the reader's")]
#![allow(missing_docs, unreachable_pub, unused_qualifications, reason = "the lab is the reader's")]
#![allow(clippy::unwrap_used, clippy::todo, clippy::print_stdout, reason = "the lab is the reader's")]
#![allow(unexpected_cfgs, reason = "`lab` is set by the runner")]

#[cfg(lab)]
include!(env!("LABS_ROOT"));

#[cfg(rust_analyzer)]
#[path = "lab/editor.rs"]
mod editor;

#[cfg(not(lab))]
fn main() {}
