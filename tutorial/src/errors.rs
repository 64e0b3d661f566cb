//! The page of error codes: the cause, the cure and a program for each code of [`orm::Error::code`].

mod engine;
mod model;
mod query;
mod server;
mod table;
mod unit;

use std::fmt::Write;

use crate::{Product, Stage, sql_text};

/// The program that provokes an error.
#[derive(Clone, Copy)]
pub enum Program {
    /// Runs on any database; the page shows SQLite's message.
    Any(fn(&Stage) -> orm::Result<()>),
    /// Runs on one product alone.
    On(Product, fn(&Stage) -> orm::Result<()>),
    /// No program of a few lines provokes the error; the reason.
    None(&'static str),
}

/// A code with its cause and cure.
pub struct ErrorCode {
    /// The code.
    pub code: &'static str,
    /// The event that leads to the error.
    pub cause: &'static str,
    /// The way out.
    pub cure: &'static str,
    /// The file of the program, in `tutorial/src/errors`, without `.rs`.
    pub file: &'static str,
    /// The program.
    pub program: Program,
}

pub use table::ERROR_CODES;

impl ErrorCode {
    /// The product whose message the page shows; `None` when there is no program.
    pub fn product(&self) -> Option<Product> {
        match self.program {
            Program::Any(_) => Some(Product::Sqlite),
            Program::On(product, _) => Some(product),
            Program::None(_) => None,
        }
    }

    /// Runs the program on an empty database of its product; `None` when the product is not available.
    ///
    /// # Errors
    /// A text that names the code when the program succeeds or fails in another way.
    pub fn provoke(&self) -> crate::Result<Option<String>> {
        let (Program::Any(program) | Program::On(_, program)) = self.program else {
            return Ok(None);
        };
        let Some(stage) = Stage::on(self.product().unwrap_or(Product::Sqlite))? else {
            return Ok(None);
        };
        match program(&stage) {
            Err(error) if error.code() == self.code => Ok(Some(error.to_string())),
            Err(error) => {
                Err(format!("`{}` gave `{}`: {error}", self.code, error.code()).into())
            }
            Ok(()) => Err(format!("the program of `{}` does not fail", self.code).into()),
        }
    }
}

/// The messages that a product gives, as a file with an anchor for each code; `None` when the product is not available.
///
/// # Errors
/// Every program that does not fail as it must.
pub(crate) fn messages(product: Product) -> crate::Result<Option<String>> {
    if !product.is_available() {
        return Ok(None);
    }
    let (mut file, mut faults) = (String::new(), Vec::new());
    for entry in ERROR_CODES.iter().filter(|entry| entry.product() == Some(product)) {
        match entry.provoke() {
            Ok(message) => {
                file.push_str(&section(entry.code, &message.unwrap_or_default()))
            }
            Err(fault) => faults.push(fault.to_string()),
        }
    }
    if faults.is_empty() { Ok(Some(file)) } else { Err(faults.join("\n").into()) }
}

/// A message between the anchors of its code.
fn section(code: &str, message: &str) -> String {
    let message = stable(message);
    let lines =
        message.lines().flat_map(|line| sql_text::wrap_text(line, sql_text::WIDTH));
    let message = lines.collect::<Vec<_>>().join("\n");
    format!("\n# ANCHOR: {code}\n{message}\n# ANCHOR_END: {code}\n")
}

/// The message without measured times, which differ from run to run.
fn stable(message: &str) -> String {
    let mut message = message.to_owned();
    if let Some((start, (_, rest))) = message
        .split_once("became free in ")
        .and_then(|(start, rest)| Some((start, rest.split_once(':')?)))
    {
        message = format!("{start}became free in 20ms:{rest}");
    }
    message
}

/// The page.
pub(crate) fn page() -> String {
    let mut page = String::from(
        "# Error codes\n\n`orm::Error::code()` gives the code of an error. A code never changes its meaning, while messages get better: \
         compare codes in programs, and search for them here.\nA test runs each program below and compares the code and the message. \
         This page is made by `cargo run -p tutorial -- write`.\n\nThe programs use these entities:\n\n\
         ```rust\n{{#include ../../tutorial/src/errors/model.rs:model}}\n```\n",
    );
    for entry in ERROR_CODES {
        let code = entry.code;
        let _ =
            write!(page, "\n## {code}\n\n{}\n\n**Cure:** {}\n", entry.cause, entry.cure);
        match entry.program {
            Program::None(reason) => {
                let _ = write!(page, "\nNo program here: {reason}\n");
            }
            Program::Any(_) | Program::On(..) => {
                let product = entry.product().unwrap_or(Product::Sqlite);
                if product != Product::Sqlite {
                    let _ = write!(page, "\nOn {}:\n", product.title());
                }
                let _ = write!(
                    page,
                    "\n```rust\n{{{{#include ../../tutorial/src/errors/{}.rs:{code}}}}}\n```\n\n\
                     ```text\n{{{{#include ../../tutorial/transcripts/errors.{}.txt:{code}}}}}\n```\n",
                    entry.file,
                    product.word()
                );
            }
        }
    }
    page
}
