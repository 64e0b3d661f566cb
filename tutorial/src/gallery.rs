//! The page of the recipes: captions, notes, outputs and statement counts, read from the recipes' own files.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use crate::sql_text::{WIDTH, wrap_text};

/// Statements by kind.
type Counts = [usize; 4];

/// The kinds of statements that the tests of recipes count.
const KINDS: [&str; 4] = ["SELECT", "INSERT", "UPDATE", "DELETE"];

/// Writes the page from the folder of the recipes.
///
/// # Errors
/// The error of the file system.
pub(crate) fn page(recipes: &Path) -> crate::Result<String> {
    let mut page = String::from(
        "# The recipes\n\nEach recipe is one program that shows one thing. `cargo run -p recipe` lists the recipes; the \
         commands below run one with its SQL.\nThis page is made of the recipes' files by `cargo run -p tutorial -- write`.\n",
    );
    for family in folders(recipes)? {
        let readme = fs::read_to_string(family.join("README.md")).unwrap_or_default();
        let programs: Vec<PathBuf> = folders(&family)?
            .into_iter()
            .filter(|recipe| recipe.join("output.txt").exists())
            .collect();
        if programs.is_empty() {
            continue;
        }
        let title =
            readme.lines().next().unwrap_or_default().trim_start_matches('#').trim();
        let _ = writeln!(page, "\n## {title}");
        for recipe in programs {
            page.push_str(&entry(&recipe)?);
        }
    }
    Ok(page)
}

/// The section of one recipe.
fn entry(recipe: &Path) -> crate::Result<String> {
    let name = recipe
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let source = fs::read_to_string(recipe.join("src/main.rs"))?;
    let output = fs::read_to_string(recipe.join("output.txt"))?;
    let tests = fs::read_to_string(recipe.join("src/tests.rs")).unwrap_or_default();
    let lines: Vec<String> =
        output.lines().flat_map(|line| wrap_text(line, WIDTH)).collect();
    let mut text =
        format!("\n### {name}\n\n`cargo run -p recipe {name}`\n\n{}\n", notes(&source));
    if let Some(counts) = counts(&tests) {
        let _ = write!(text, "\n{counts}");
    }
    let _ = write!(
        text,
        "\n<details>\n<summary>Its output</summary>\n\n```text\n{}\n```\n\n</details>\n",
        lines.join("\n").trim_end()
    );
    Ok(text)
}

/// The comment at the head of a program.
fn notes(source: &str) -> String {
    let lines = source.lines().map_while(|line| line.strip_prefix("//!"));
    lines.map(str::trim_start).collect::<Vec<_>>().join("\n")
}

/// The statements that the steps in the tests send, beside SQLAlchemy's for the same steps, which the tests have as comments.
fn counts(tests: &str) -> Option<String> {
    let pairs: Vec<(Counts, Counts)> = tests.lines().filter_map(pair).collect();
    if pairs.is_empty() {
        return None;
    }
    let sum = |side: fn(&(Counts, Counts)) -> Counts, kind: usize| -> usize {
        pairs.iter().map(|pair| side(pair)[kind]).sum()
    };
    let mut table =
        String::from("| its steps send | orm | SQLAlchemy |\n| --- | --: | --: |\n");
    for (kind, word) in KINDS.iter().enumerate() {
        let _ = writeln!(
            table,
            "| {word} | {} | {} |",
            sum(|it| it.0, kind),
            sum(|it| it.1, kind)
        );
    }
    Some(table)
}

/// The two counts of a line such as `assert_eq!(sent(&recorder), [0, 3, 0, 0]); // 0, 6, 0, 0`.
fn pair(line: &str) -> Option<(Counts, Counts)> {
    let (_, rest) = line.split_once("assert_eq!(sent(&recorder), [")?;
    let (ours, rest) = rest.split_once(']')?;
    let (_, theirs) = rest.split_once("// ")?;
    Some((four(ours)?, four(theirs)?))
}

fn four(text: &str) -> Option<Counts> {
    let numbers: Vec<usize> =
        text.split(',').map_while(|number| number.trim().parse().ok()).collect();
    numbers.try_into().ok()
}

fn folders(of: &Path) -> crate::Result<Vec<PathBuf>> {
    let mut folders: Vec<PathBuf> = fs::read_dir(of)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    Ok(folders)
}

#[cfg(test)]
mod tests {
    use super::{counts, pair};

    #[test]
    fn counts_are_read_from_tests() {
        let line = "    assert_eq!(sent(&recorder), [2, 0, 0, 1]); // 7, 0, 0, 4";
        assert_eq!(pair(line), Some(([2, 0, 0, 1], [7, 0, 0, 4])));
        let table = counts(&format!("{line}\n{line}\nlet x = 1;")).unwrap_or_default();
        assert!(
            table.contains("| SELECT | 4 | 14 |") && table.contains("| DELETE | 2 | 8 |"),
            "{table}"
        );
        assert_eq!(counts("no counts"), None);
    }
}
