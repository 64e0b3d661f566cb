//! The files that chapters make: transcripts and generated pages.

use std::path::PathBuf;

use crate::{
    CHAPTERS, Chapter, Product, Stage, Transcript, gallery, pictures, workspace,
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
        (book.join("gallery.md"), gallery::page(&workspace().join("recipes"))?),
        (book.join("pictures/states.svg"), pictures::states()),
    ])
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
    Ok(files)
}

fn play(chapter: &Chapter, product: Product) -> crate::Result<Option<Transcript>> {
    let Some(stage) = Stage::on(product)? else { return Ok(None) };
    (chapter.run)(&stage).map_err(|error| {
        format!("chapter {} on {}: {error}", chapter.number, product.word())
    })?;
    Ok(Some(stage.finish()))
}
