//! The rules of the book, over its files as text: what mdBook itself passes over in silence.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

/// The files that the book is made of, by their path in the workspace.
#[derive(Clone, Debug)]
pub(crate) struct Book {
    pub(crate) files: BTreeMap<PathBuf, String>,
}

/// The columns that a page shows without scrolling.
const WIDTH: usize = 90;

impl Book {
    /// Reads the book, the tutorial, the recipes, the messages of the derive, and the codes of errors.
    pub(crate) fn read(workspace: &Path) -> Self {
        let mut files = BTreeMap::new();
        for folder in ["book", "tutorial", "recipes", "orm/tests/ui"] {
            read_folder(workspace, Path::new(folder), &mut files);
        }
        for file in ["orm/src/error/code.rs", "orm/src/lib.rs", "README.md", "ARCHITECTURE.md", "CHANGELOG.md"] {
            files.insert(file.into(), fs::read_to_string(workspace.join(file)).unwrap_or_default());
        }
        Self { files }
    }

    /// Everything that is wrong, each with the page and the line.
    pub(crate) fn faults(&self) -> Vec<String> {
        let rules: [fn(&Self) -> Vec<String>; 9] = [
            Self::includes,
            Self::anchors,
            Self::dialects,
            Self::summary,
            Self::links,
            Self::rust_blocks,
            Self::chapters,
            Self::named,
            Self::widths,
        ];
        rules.into_iter().flat_map(|rule| rule(self)).collect()
    }

    fn text(&self, path: &Path) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// The pages, each with its name in `book/src`.
    pub(crate) fn pages(&self) -> impl Iterator<Item = (&Path, &str)> {
        let source = Path::new("book/src");
        self.files.iter().filter_map(move |(path, text)| {
            let name = path.strip_prefix(source).ok()?;
            (name.extension()? == "md").then_some((name, text.as_str()))
        })
    }

    /// Each include names a file, and an anchor that the file has.
    fn includes(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (page, text) in self.pages() {
            for include in includes(text) {
                match (self.text(&include.path), include.anchor) {
                    (None, _) => faults.push(format!("{}: no file {}", page.display(), include.path.display())),
                    (Some(file), Some(anchor)) if !anchors(file).contains(anchor) => {
                        faults.push(format!("{}: no anchor {anchor} in {}", page.display(), include.path.display()));
                    }
                    _ => {}
                }
            }
        }
        faults
    }

    /// Each anchor of the code and of its messages is shown by a page.
    fn anchors(&self) -> Vec<String> {
        let shown: BTreeSet<(PathBuf, String)> = self
            .pages()
            .flat_map(|(_, text)| includes(text))
            .filter_map(|include| Some((include.path, include.anchor?.to_owned())))
            .collect();
        let code = |path: &Path| {
            let name = path.to_string_lossy();
            let code = ["tutorial/src/chapters", "tutorial/src/errors", "tutorial/src/bin"]
                .iter()
                .any(|folder| path.starts_with(folder));
            code || name.ends_with(".output.txt")
        };
        let mut faults = Vec::new();
        for (path, text) in self.files.iter().filter(|(path, _)| code(path)) {
            for anchor in anchors(text) {
                if !shown.contains(&(path.clone(), anchor.to_owned())) {
                    faults.push(format!("{}: no page shows the anchor {anchor}", path.display()));
                }
            }
        }
        faults
    }

    /// A page that shows the SQL of one database shows that of all three.
    fn dialects(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (page, text) in self.pages() {
            let shown = includes(text);
            for include in shown.iter().filter(|include| include.path.to_string_lossy().ends_with(".sqlite.sql")) {
                for other in ["postgres", "mariadb"] {
                    let path = include.path.to_string_lossy().replace(".sqlite.", &format!(".{other}."));
                    if !shown.iter().any(|it| it.path == Path::new(&path) && it.anchor == include.anchor) {
                        faults.push(format!("{}: {:?} has no tab for {other}", page.display(), include.anchor));
                    }
                }
            }
        }
        faults
    }

    /// Each page stands in SUMMARY, and each entry of SUMMARY has a page.
    fn summary(&self) -> Vec<String> {
        let summary = self.text(Path::new("book/src/SUMMARY.md")).unwrap_or_default();
        let listed: BTreeSet<&str> = links(summary).into_iter().map(|(_, link)| link).collect();
        let mut faults = Vec::new();
        for (page, _) in self.pages().filter(|(page, _)| *page != Path::new("SUMMARY.md")) {
            if !listed.contains(&*page.to_string_lossy()) {
                faults.push(format!("SUMMARY.md: no entry for {}", page.display()));
            }
        }
        for link in listed {
            if self.text(&Path::new("book/src").join(link)).is_none() {
                faults.push(format!("SUMMARY.md: no page {link}"));
            }
        }
        faults
    }

    /// Each relative link leads to a page, and each fragment to a heading.
    fn links(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (page, text) in self.pages() {
            for (line, link) in links(text) {
                if link.contains("://") || link.starts_with("mailto:") {
                    continue;
                }
                let (path, fragment) = link.split_once('#').unwrap_or((link, ""));
                let target = if path.is_empty() { page.to_owned() } else { clean(page, path) };
                match self.text(&Path::new("book/src").join(&target)) {
                    None => faults.push(format!("{}:{line}: {link} leads nowhere", page.display())),
                    Some(text) if !fragment.is_empty() && !headings(text).contains(fragment) => {
                        faults.push(format!("{}:{line}: {link}: no heading #{fragment}", page.display()));
                    }
                    Some(_) => {}
                }
            }
        }
        faults
    }

    /// Each block of Rust is an include of code that runs, but on pages that are documentation tests of the library.
    fn rust_blocks(&self) -> Vec<String> {
        let library = self.text(Path::new("orm/src/lib.rs")).unwrap_or_default();
        let mut faults = Vec::new();
        for (page, text) in self.pages() {
            if library.contains(&format!("include_str!(\"../../book/src/{}\")", page.display())) {
                continue;
            }
            for block in blocks(text).into_iter().filter(|block| block.language.starts_with("rust")) {
                let all_included = block.lines.iter().all(|line| line.is_empty() || line.starts_with("{{#include "));
                if !all_included || block.lines.is_empty() {
                    faults.push(format!("{}:{}: Rust that no test runs", page.display(), block.line));
                }
            }
        }
        faults
    }

    /// Each chapter has a page with its number, its command, a lab or none, and three lines to remember.
    fn chapters(&self) -> Vec<String> {
        let sources: Vec<u8> = self.files.keys().filter_map(|path| number(path, "tutorial/src/chapters")).collect();
        let pages: Vec<(u8, &Path, &str)> =
            self.pages().filter_map(|(page, text)| Some((number(page, "")?, page, text))).collect();
        let mut faults = Vec::new();
        for number in &sources {
            if !pages.iter().any(|(page, ..)| page == number) {
                faults.push(format!("chapter {number} has no page"));
            }
        }
        for (number, page, text) in pages {
            let name = page.display();
            if !text.starts_with(&format!("# {number}. ")) {
                faults.push(format!("{name}: the title does not begin with `# {number}. `"));
            }
            if sources.contains(&number) && !text.contains(&format!("`cargo run -p tutorial -- {number:02}`")) {
                faults.push(format!("{name}: no command that runs the chapter"));
            }
            if !text.contains("\n- Lab: ") {
                faults.push(format!("{name}: neither names a lab nor says none"));
            }
            let lines = text
                .split_once("\n## Remember\n")
                .map_or(0, |(_, end)| end.lines().filter(|line| line.as_bytes().get(1) == Some(&b'.')).count());
            if lines != 3 {
                faults.push(format!("{name}: {lines} lines to remember instead of 3"));
            }
        }
        faults
    }

    /// Each recipe, each lab and each code of an error is named by a page; each that is named exists.
    fn named(&self) -> Vec<String> {
        let all: String = self.pages().map(|(_, text)| text).collect::<Vec<_>>().join("\n");
        let mut faults = Vec::new();
        for (command, names) in [("cargo run -p recipe ", self.recipes()), ("cargo run -p labs -- ", self.labs())] {
            for name in &names {
                if !all.contains(&format!("`{command}{name}`")) {
                    faults.push(format!("no page names `{command}{name}`"));
                }
            }
            for (_, rest) in all.match_indices(&format!("`{command}")).map(|(at, found)| (at, &all[at + found.len()..]))
            {
                let name = rest.split(['`', ' ']).next().unwrap_or_default();
                if !names.contains(name) {
                    faults.push(format!("a page names `{command}{name}`, which does not exist"));
                }
            }
        }
        let errors = self.text(Path::new("book/src/error-codes.md")).unwrap_or_default();
        for code in self.codes().into_iter().filter(|code| !headings(errors).contains(*code)) {
            faults.push(format!("error-codes.md: no section for {code}"));
        }
        faults
    }

    /// The codes of errors, as the library lists them.
    fn codes(&self) -> Vec<&str> {
        let source = self.text(Path::new("orm/src/error/code.rs")).unwrap_or_default();
        let (_, list) = source.split_once("const STABLE: &[&str] = &[").unwrap_or_default();
        let (list, _) = list.split_once("];").unwrap_or_default();
        list.lines().filter_map(|line| line.trim().strip_prefix('"')?.strip_suffix("\",")).collect()
    }

    /// The recipes: the names of the packages that have an `output.txt`.
    fn recipes(&self) -> BTreeSet<String> {
        let outputs = self.files.keys().filter(|path| path.starts_with("recipes") && path.ends_with("output.txt"));
        outputs.filter_map(|path| Some(path.parent()?.file_name()?.to_string_lossy().into_owned())).collect()
    }

    /// The labs: `08` for `08_both_sides.rs`, `28.1` for `28_1_identity_map.rs`.
    fn labs(&self) -> BTreeSet<String> {
        let folder = Path::new("tutorial/labs/start");
        let files = self.files.keys().filter(|path| path.parent() == Some(folder));
        let names = files.filter_map(|path| path.file_stem()?.to_str());
        names
            .map(|name| {
                let numbers = name.split('_').take_while(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
                numbers.collect::<Vec<_>>().join(".")
            })
            .collect()
    }

    /// No line of code is wider than a page, includes put in.
    fn widths(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (page, text) in self.pages() {
            for block in blocks(text) {
                for line in block.lines.iter().flat_map(|line| self.expanded(line)) {
                    if line.chars().count() > WIDTH {
                        faults.push(format!("{}:{}: wide line: {line}", page.display(), block.line));
                    }
                }
            }
        }
        faults
    }

    /// A line of a page, with what it includes.
    fn expanded(&self, line: &str) -> Vec<String> {
        let Some(include) = includes(line).into_iter().next() else { return vec![line.to_owned()] };
        let file = self.text(&include.path).unwrap_or_default();
        let Some(anchor) = include.anchor else { return file.lines().map(str::to_owned).collect() };
        let ends = |line: &str, mark: &str| line.trim_end().ends_with(&format!("{mark}: {anchor}"));
        let inside = file.lines().skip_while(|line| !ends(line, "ANCHOR")).skip(1);
        inside.take_while(|line| !ends(line, "ANCHOR_END")).map(str::to_owned).collect()
    }
}

fn read_folder(workspace: &Path, folder: &Path, files: &mut BTreeMap<PathBuf, String>) {
    let Ok(entries) = fs::read_dir(workspace.join(folder)) else { return };
    for entry in entries.filter_map(Result::ok) {
        let path = folder.join(entry.file_name());
        if entry.path().is_dir() {
            read_folder(workspace, &path, files);
        } else if let Ok(text) = fs::read_to_string(entry.path()) {
            files.insert(path, text);
        }
    }
}

/// The number in front of a file's name, in a folder: 7 for `07_taking_it_back.rs`.
fn number(path: &Path, folder: &str) -> Option<u8> {
    let in_folder = path.parent() == Some(Path::new(folder));
    let (number, rest) = path.file_name()?.to_str()?.split_at_checked(2)?;
    (in_folder && rest.starts_with(['_', '-'])).then(|| number.parse().ok())?
}

/// A path as seen from a page, without `..`.
fn clean(page: &Path, link: &str) -> PathBuf {
    let mut path = page.parent().unwrap_or(Path::new("")).to_owned();
    for part in Path::new(link).components() {
        match part {
            Component::ParentDir if path.parent().is_some() => {
                path.pop();
            }
            part => path.push(part),
        }
    }
    path
}

struct Include<'t> {
    path: PathBuf,
    anchor: Option<&'t str>,
}

/// The includes of a text that stands in `book/src`.
fn includes(text: &str) -> Vec<Include<'_>> {
    let found = text.split("{{#include ").skip(1).filter_map(|rest| rest.split_once("}}"));
    found
        .map(|(target, _)| {
            let (path, anchor) = target.split_once(':').map_or((target, None), |(path, anchor)| (path, Some(anchor)));
            Include { path: clean(Path::new("book/src/page.md"), path.trim()), anchor }
        })
        .collect()
}

/// The names of the anchors of a file.
fn anchors(text: &str) -> BTreeSet<&str> {
    text.lines().filter_map(|line| line.split_once("ANCHOR: ")).map(|(_, name)| name.trim()).collect()
}

struct Block<'t> {
    language: &'t str,
    line: usize,
    lines: Vec<&'t str>,
}

/// The fenced blocks of a page.
fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let mut inside = false;
    for (at, line) in text.lines().enumerate() {
        match (line.trim_start().strip_prefix("```"), inside) {
            (Some(_), true) => inside = false,
            (Some(language), false) => {
                inside = true;
                blocks.push(Block { language, line: at + 1, lines: Vec::new() });
            }
            (None, true) => blocks.last_mut().into_iter().for_each(|block| block.lines.push(line)),
            (None, false) => {}
        }
    }
    blocks
}

/// The text of a page outside of its fenced blocks, by line.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut inside = false;
    text.lines().enumerate().filter_map(move |(at, line)| {
        let fence = line.trim_start().starts_with("```");
        inside ^= fence;
        (!inside && !fence).then_some((at + 1, line))
    })
}

/// The targets of links, `[text](target)`, with their lines; code between backticks is left out.
fn links(text: &str) -> Vec<(usize, &str)> {
    let mut links = Vec::new();
    for (at, line) in prose(text) {
        let mut from = 0;
        while let Some(found) = line[from..].find("](") {
            let start = from + found + 2;
            let end = line[start..].find(')').map_or(line.len(), |end| start + end);
            let in_code = line[..start].matches('`').count() % 2 == 1;
            if !in_code {
                links.push((at, &line[start..end]));
            }
            from = end;
        }
    }
    links
}

/// The fragments of a page's headings, as mdBook makes them.
fn headings(text: &str) -> BTreeSet<String> {
    let titles = prose(text).filter_map(|(_, line)| line.strip_prefix('#'));
    titles
        .map(|title| {
            let title = title.trim_start_matches('#').trim();
            let kept = title.chars().filter_map(|c| match c {
                c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c.to_ascii_lowercase()),
                c if c.is_whitespace() => Some('-'),
                _ => None,
            });
            kept.collect()
        })
        .collect()
}
