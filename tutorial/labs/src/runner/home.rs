//! The folder of the labs: the files as they are handed out, the reader's copies, and how far the reader is.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use crate::catalog::{self, HINTS, Lab};

/// The folder of the labs.
#[derive(Clone, Debug)]
pub struct Home {
    folder: PathBuf,
}

/// How far the reader is. It is kept in the file `.labs-state`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Number of the lab that the reader works on.
    pub current: String,
    /// Numbers of the labs that have passed.
    pub done: BTreeSet<String>,
    /// Number of hints that the reader has seen, for each lab.
    pub hints: BTreeMap<String, usize>,
}

impl Home {
    /// The folder that `LABS_HOME` names, or that of this package.
    pub fn new() -> Self {
        let named = std::env::var_os("LABS_HOME").map(PathBuf::from);
        Self::at(named.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR"))))
    }

    /// Another folder, with `start`, `checks` and `solutions` in it.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// The reader's copy of a lab.
    pub fn mine(&self, lab: &Lab) -> PathBuf {
        self.folder.join("mine").join(lab.file).with_extension("rs")
    }

    /// The reader's copy as a path from the folder of the workspace, or from the root where that is somewhere else.
    pub fn shown(&self, lab: &Lab) -> String {
        let path = self.mine(lab);
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize();
        let inside = workspace.ok().and_then(|workspace| path.strip_prefix(workspace).ok().map(Path::to_owned));
        inside.unwrap_or(path).display().to_string()
    }

    /// Makes the reader's copy of a lab unless it is there.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn begin(&self, lab: &Lab) -> io::Result<PathBuf> {
        let path = self.mine(lab);
        if !path.exists() {
            write(&path, &self.start(lab)?)?;
        }
        Ok(path)
    }

    /// Replaces the reader's copy of a lab by the lab as it is handed out. The old text is kept beside it, with the ending `.rs.old`.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn reset(&self, lab: &Lab) -> io::Result<()> {
        let path = self.mine(lab);
        if path.exists() {
            std::fs::rename(&path, path.with_extension("rs.old"))?;
        }
        self.begin(lab).map(drop)
    }

    /// The text of a lab as it is handed out.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn start(&self, lab: &Lab) -> io::Result<String> {
        read(&self.folder.join("start").join(lab.file).with_extension("rs"))
    }

    /// The text of a lab with its hole filled.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn solution(&self, lab: &Lab) -> io::Result<String> {
        read(&self.folder.join("solutions").join(lab.file).with_extension("rs"))
    }

    /// The three hints of a lab: a word, a place, and the hole of the solution as code.
    ///
    /// # Errors
    /// When the solution cannot be read.
    pub fn hints(&self, lab: &Lab) -> io::Result<[String; HINTS]> {
        let [word, place] = lab.hints.map(str::to_owned);
        Ok([word, place, format!("\n{}", hole(&self.solution(lab)?))])
    }

    /// Writes the root file of a lab's program, unless it is there as it should be, and returns its path.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn root(&self, lab: &Lab, file: &Path) -> io::Result<PathBuf> {
        let path = self.folder.join("mine/.root.rs");
        let module = format!("lab_{}", lab.number.replace('.', "_"));
        let text = format!(
            "#[path = {file:?}]\nmod {module};\n\nfn main() {{\n    labs::check::print_report({module}::checks::CHECKS);\n}}\n"
        );
        if read(&path).ok().as_deref() != Some(&text) {
            write(&path, &text)?;
        }
        Ok(path)
    }

    /// Reads how far the reader is. Without the file, the first lab is next.
    pub fn state(&self) -> State {
        let mut state = State { current: "01".to_owned(), ..State::default() };
        for line in read(&self.folder.join(".labs-state")).unwrap_or_default().lines() {
            match line.split(' ').collect::<Vec<_>>()[..] {
                ["current", number] if catalog::find(number).is_ok() => state.current = number.to_owned(),
                ["done", number] => drop(state.done.insert(number.to_owned())),
                ["hints", number, seen] => drop(state.hints.insert(number.to_owned(), seen.parse().unwrap_or(0))),
                _ => {}
            }
        }
        state
    }

    /// Writes down how far the reader is.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self, state: &State) -> io::Result<()> {
        let mut text = format!("current {}\n", state.current);
        for number in &state.done {
            text.push_str(&format!("done {number}\n"));
        }
        for (number, seen) in &state.hints {
            text.push_str(&format!("hints {number} {seen}\n"));
        }
        write(&self.folder.join(".labs-state"), &text)
    }
}

impl Default for Home {
    fn default() -> Self {
        Self::new()
    }
}

impl State {
    /// The lab that the reader works on.
    pub fn lab(&self) -> &'static Lab {
        catalog::find(&self.current).unwrap_or_else(|_| catalog::labs()[0])
    }

    /// The first lab after `lab` that has not passed, or the first of all; `None` when all have.
    pub fn next(&self, lab: &Lab) -> Option<&'static Lab> {
        let labs = catalog::labs();
        let (before, after) = labs.split_at(catalog::position(lab) + 1);
        after.iter().chain(before).copied().find(|lab| !self.done.contains(lab.number))
    }

    /// Number of hints of a lab that the reader has seen.
    pub fn seen(&self, lab: &Lab) -> usize {
        self.hints.get(lab.number).copied().unwrap_or(0).min(HINTS)
    }
}

/// The task of a lab: the `//!` lines at the head of its file, each paragraph on one line.
pub fn story(text: &str) -> String {
    let mut story = String::new();
    for line in text.lines().map_while(|line| line.strip_prefix("//!")) {
        let line = line.strip_prefix(' ').unwrap_or(line);
        let own_line = line.starts_with(['-', ' ', '`', '|']);
        if line.is_empty() {
            story.push_str("\n\n");
            continue;
        }
        if !story.is_empty() && !story.ends_with('\n') {
            story.push(if own_line { '\n' } else { ' ' });
        }
        story.push_str(line);
    }
    story
}

/// The lines of a file's hole.
fn hole(text: &str) -> String {
    let after = text.lines().skip_while(|line| line.trim() != "// hole").skip(1);
    after.take_while(|line| line.trim() != "// end of hole").collect::<Vec<_>>().join("\n")
}

fn read(path: &Path) -> io::Result<String> {
    std::fs::read_to_string(path).map_err(|error| named(path, &error))
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    folder.and_then(|()| std::fs::write(path, text)).map_err(|error| named(path, &error))
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
