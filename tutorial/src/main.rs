//! `cargo run -p tutorial`: lists the chapters, runs one, renews or compares the transcripts.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for people")]

use std::process::ExitCode;

use clap::Parser;
use tutorial::{
    CHAPTERS, Chapter, Output, PARTS, Product, Section, Stage, Transcript, files,
    sections,
};

#[derive(Parser)]
#[command(about = "The chapters of the book as programs.")]
struct Args {
    /// A chapter's number, `write`, or `check`; without it, the chapters are listed.
    what: Option<String>,
    /// The database to run a chapter on: sqlite, postgres (ORM_POSTGRES_URL), mariadb (ORM_MARIADB_URL).
    #[arg(long, default_value = "sqlite")]
    on: String,
}

fn main() -> ExitCode {
    sigpipe::reset(); // A closed pipe, `| head -1`, ends the program without a word.
    work(&Args::parse()).unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}

fn work(args: &Args) -> tutorial::Result<ExitCode> {
    match args.what.as_deref() {
        None => list(),
        Some("write") => write()?,
        Some("check") => return check(),
        Some(number) => run(chapter(number)?, &args.on)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn list() {
    for part in PARTS {
        println!("{}", part.title);
        for chapter in CHAPTERS.iter().filter(|chapter| part.has(chapter)) {
            println!("  {:02}  {}", chapter.number, chapter.title);
        }
    }
    println!("\nRun one with its SQL: cargo run -p tutorial -- 07");
}

/// Finds a chapter by its number.
fn chapter(number: &str) -> tutorial::Result<&'static Chapter> {
    let found = number
        .parse()
        .ok()
        .and_then(|number: u8| CHAPTERS.iter().find(|it| it.number == number));
    let Some(found) = found else {
        return Err(format!(
            "no chapter with code has the number `{number}`; `cargo run -p tutorial` lists the chapters"
        )
        .into());
    };
    Ok(found)
}

/// Prints the code of each step, and the SQL that the step sent.
fn run(chapter: &Chapter, on: &str) -> tutorial::Result<()> {
    let product = Product::ALL.into_iter().find(|product| product.word() == on);
    let product =
        product.ok_or_else(|| format!("`{on}` is none of sqlite, postgres, mariadb"))?;
    let Some(stage) = Stage::on(product)? else {
        return Err(format!(
                "{on} is not available: switch its cargo feature on, and set {} to the URL of a server",
                product.variable().unwrap_or("nothing")
            ).into());
    };
    println!("{}. {}\n", chapter.number, chapter.title);
    let outcome = (chapter.run)(&stage);
    tell(chapter, &stage.finish());
    outcome
}

/// Prints what the chapter has recorded: each step, and before it the texts that belong to no step.
fn tell(chapter: &Chapter, transcript: &Transcript) {
    let parts = sections(chapter.source);
    let alone =
        |output: &&Output| transcript.steps.iter().all(|step| step.name != output.name);
    for at in 0..=transcript.steps.len() {
        let here = transcript.outputs.iter().filter(|output| output.steps_before == at);
        for output in here.filter(alone) {
            begin(output.name, &parts);
            end(output.name, transcript);
        }
        let Some(step) = transcript.steps.get(at) else { break };
        begin(step.name, &parts);
        step.text().lines().for_each(|line| println!("    | {line}"));
        end(step.name, transcript);
    }
}

/// Prints the name of a section, as on the page, and its code.
fn begin(name: &str, parts: &[Section<'_>]) {
    println!("== {name}");
    if let Some(part) = parts.iter().find(|part| part.name == name) {
        part.lines.iter().for_each(|line| println!("{line}"));
    }
}

/// Prints the texts of a section.
fn end(name: &str, transcript: &Transcript) {
    for output in transcript.outputs.iter().filter(|output| output.name == name) {
        output.text.lines().for_each(|line| println!("    > {line}"));
    }
    println!();
}

fn write() -> tutorial::Result<()> {
    for (path, text) in files()? {
        if std::fs::read_to_string(&path).ok().as_ref() != Some(&text) {
            std::fs::write(&path, &text).map_err(|error| {
                format!("{} cannot be written: {error}", path.display())
            })?;
            println!("wrote {}", path.display());
        }
    }
    Ok(())
}

fn check() -> tutorial::Result<ExitCode> {
    let mut same = true;
    for (path, text) in files()? {
        if std::fs::read_to_string(&path).ok().as_ref() != Some(&text) {
            same = false;
            println!("differs: {}", path.display());
        }
    }
    if same {
        println!("all files are as the chapters make them");
        return Ok(ExitCode::SUCCESS);
    }
    println!("\nLook at what has changed, then: cargo run -p tutorial -- write");
    Ok(ExitCode::FAILURE)
}
