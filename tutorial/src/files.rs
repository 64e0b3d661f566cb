//! The files that chapters make: transcripts and generated pages.

use std::path::PathBuf;

use crate::{
    CHAPTERS, Chapter, Product, Stage, Transcript, errors, gallery, pictures, workspace,
};

/// Runs every chapter on every available product; gives each file that this makes with its text.
///
/// # Errors
/// The error of the first chapter that fails, with the number of the chapter.
pub fn files() -> crate::Result<Vec<(PathBuf, String)>> {
    let mut files = Vec::new();
    for product in Product::ALL.into_iter().filter(|product| product.is_available()) {
        files.extend(transcripts(product)?);
    }
    files.extend(pages()?);
    Ok(files)
}

/// The pages and pictures of the book that are made by code.
///
/// # Errors
/// The error of the file system.
pub fn pages() -> crate::Result<Vec<(PathBuf, String)>> {
    let book = workspace().join("book/src");
    Ok(vec![
        (book.join("error-codes.md"), errors::page()),
        (book.join("gallery.md"), gallery::page(&workspace().join("recipes"))?),
        (book.join("pictures/states.svg"), pictures::states()),
        (book.join("pictures/transitions.svg"), pictures::transitions()),
        (book.join("pictures/loading.svg"), loading()?),
        (book.join("pictures/one-to-many.svg"), one_to_many()),
        (book.join("pictures/many-to-many.svg"), many_to_many()),
    ])
}

/// The bars of chapter 16, from the counts that the chapter makes.
fn loading() -> crate::Result<String> {
    let chapter =
        CHAPTERS.iter().find(|chapter| chapter.number == 16).ok_or("no chapter 16")?;
    let transcript = play(chapter, Product::Sqlite)?.unwrap_or_default();
    let counts = transcript
        .outputs
        .iter()
        .find(|output| output.name == "counts")
        .ok_or("no counts")?;
    let bars: Vec<(&str, usize)> = counts
        .text
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            Some((words.next()?, words.next()?.parse().ok()?))
        })
        .collect();
    Ok(pictures::bars("SELECT statements for a hundred users", &bars))
}

fn one_to_many() -> String {
    let tables: [(&str, &[&str]); 2] =
        [("user_account", &["id", "name"]), ("address", &["id", "email", "user_id"])];
    pictures::tables("An address refers to a user", &tables, &[(1, 0)])
}

fn many_to_many() -> String {
    let tables: [(&str, &[&str]); 3] = [
        ("student", &["id", "name"]),
        ("student_course", &["student_id", "course_id"]),
        ("course", &["id", "title"]),
    ];
    pictures::tables("A table between refers to both", &tables, &[(1, 0), (1, 2)])
}

/// Runs every chapter on a product; gives the files of the transcripts with their texts.
///
/// # Errors
/// The error of the first chapter that fails, with the number of the chapter.
pub fn transcripts(product: Product) -> crate::Result<Vec<(PathBuf, String)>> {
    let folder = workspace().join("tutorial/transcripts");
    let mut files = Vec::new();
    for chapter in CHAPTERS {
        let Some(transcript) = play(chapter, product)? else { continue };
        let name = chapter.file;
        let sql = folder.join(format!("{name}.{}.sql", product.word()));
        files.push((sql, transcript.sql(name, product.word())));
        let output = transcript.output();
        if product == Product::Sqlite && !output.is_empty() {
            files.push((folder.join(format!("{name}.output.txt")), output));
        }
    }
    if let Some(messages) = errors::messages(product)? {
        files.push((folder.join(format!("errors.{}.txt", product.word())), messages));
    }
    Ok(files)
}

fn play(chapter: &Chapter, product: Product) -> crate::Result<Option<Transcript>> {
    let Some(stage) = Stage::on(product)? else { return Ok(None) };
    (chapter.run)(&stage).map_err(|error| {
        format!("chapter {} on {}: {error}", chapter.number, product.word())
    })?;
    Ok(Some(stage.finish()))
}
