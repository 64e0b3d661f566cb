//! The code of the book. Each chapter is a file of functions that run; the book's pages include parts of these files.
//!
//! - `chapters/NN_name.rs`: the functions of chapter NN, between `ANCHOR` comments.
//! - `../transcripts/NN_name.*.sql`: the SQL that each step sends, recorded on each database. Tests compare.
//! - [`Stage`]: the database of one run, and the recorder of its steps.
//!
//! `cargo run -p tutorial` lists the chapters, `cargo run -p tutorial -- 07` runs one.

mod chapters;
mod database;
mod errors;
mod files;
mod gallery;
mod pictures;
mod source;
mod sql_text;
mod stage;
mod transcript;

pub use chapters::{CHAPTERS, Chapter, PARTS, Part};
pub use database::Product;
pub use errors::{ERROR_CODES, ErrorCode, Program};
pub use files::{files, pages, transcripts};
pub use source::{Section, sections};
pub use stage::Stage;
pub use transcript::{Output, Step, Transcript};

use std::error::Error;
use std::path::{Path, PathBuf};

/// A result of the machinery: the error of a chapter, of a file, or of a server.
pub type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// The folder of the workspace.
pub fn workspace() -> PathBuf {
    let tutorial = Path::new(env!("CARGO_MANIFEST_DIR"));
    tutorial.parent().unwrap_or(tutorial).to_owned()
}
