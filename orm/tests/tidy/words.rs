//! Measures the docs and comments of `orm`, and keeps the rules of its prose in the rooms that are rewritten.
//!
//! `cargo test -p orm --test tidy -- words::measures --nocapture` prints the figures of each room.

use std::collections::BTreeMap;
use std::fmt;

use super::{is_test_file, sources};

/// Words that no doc comment begins with: a doc begins with a verb or with the noun that the item is.
const OPENINGS: &[&str] = &["What", "Who", "Whoever", "Whose", "Whether", "As", "That", "How", "Where"];

/// Longest doc line, indentation included. Rows of tables cannot be broken.
const WIDTH: usize = 120;

/// Rooms whose prose is rewritten. The rules hold for these; add a room when its docs are done.
const FINISHED: &[&str] = &[
    "event",
    "__derive",
    "column_type",
    "decimal",
    "derive",
    "engine",
    "error",
    "key",
    "lib",
    "mapping",
    "prelude",
    "row",
    "schema",
    "sql",
    "text",
    "topology",
    "value",
    "value_row",
];

/// A doc comment, and the line of code that it describes.
struct Doc<'t> {
    text: Vec<&'t str>,
    /// First line of the item.
    item: &'t str,
    public: bool,
    /// Whether the item is hidden from the documentation.
    hidden: bool,
}

impl Doc<'_> {
    fn opening(&self) -> &str {
        let first = self.text.iter().map(|line| line.trim()).find(|line| !line.is_empty()).unwrap_or_default();
        first.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default()
    }

    fn has_example(&self) -> bool {
        self.text.iter().any(|line| line.trim_start().starts_with("```"))
    }

    fn is_public_function(&self) -> bool {
        let item = self.item.trim_start();
        self.public && ["pub fn ", "pub async fn ", "pub const fn ", "fn "].iter().any(|start| item.starts_with(start))
    }

    /// Prose without code blocks.
    fn prose(&self) -> impl Iterator<Item = &str> {
        let mut code = false;
        self.text.iter().copied().filter(move |line| {
            let fence = line.trim_start().starts_with("```");
            code ^= fence;
            !code && !fence
        })
    }
}

/// Every doc comment of a file. Functions of a public trait count as public functions.
fn docs(text: &str) -> Vec<Doc<'_>> {
    let mut found = Vec::new();
    let mut lines = text.lines().peekable();
    let mut in_trait = false;
    let mut pending: Option<Doc<'_>> = None;
    while let Some(line) = lines.next() {
        in_trait = if line.starts_with("pub trait ") || line.starts_with("        pub trait ") {
            true
        } else {
            in_trait && line != "}"
        };
        let trimmed = line.trim_start();
        if let Some(module) = trimmed.strip_prefix("//!") {
            let mut text = vec![module];
            while let Some(next) = lines.next_if(|next| next.trim_start().starts_with("//!")) {
                text.push(&next.trim_start()[3..]);
            }
            found.push(Doc { text, item: "mod", public: false, hidden: false });
        } else if let Some(doc) = trimmed.strip_prefix("///") {
            let pending = pending.get_or_insert(Doc { text: Vec::new(), item: "", public: false, hidden: false });
            pending.text.push(doc);
        } else if trimmed.starts_with("#[") {
            if let Some(pending) = &mut pending {
                pending.hidden |= trimmed.contains("doc(hidden)");
            }
        } else {
            let mut doc = pending.take();
            let public = trimmed.starts_with("pub ") || in_trait && trimmed.starts_with("fn ");
            if public && doc.is_none() {
                doc = Some(Doc { text: Vec::new(), item: "", public: false, hidden: false });
            }
            found.extend(doc.map(|doc| Doc { item: line, public, ..doc }));
        }
    }
    found
}

/// The figures of a room.
#[derive(Default)]
struct Measures {
    docs: usize,
    openings: usize,
    words: usize,
    what: usize,
    pronouns: usize,
    functions: usize,
    examples: usize,
    comments: usize,
    code: usize,
    wide: usize,
}

impl Measures {
    fn add_file(&mut self, text: &str) {
        for doc in docs(text) {
            self.functions += usize::from(doc.is_public_function() && !doc.hidden);
            self.examples += usize::from(doc.is_public_function() && !doc.hidden && doc.has_example());
            if doc.text.is_empty() {
                continue;
            }
            self.docs += 1;
            self.openings += usize::from(OPENINGS.contains(&doc.opening()));
            for word in doc.prose().flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '\'')) {
                let word = word.to_lowercase();
                self.words += usize::from(!word.is_empty());
                self.what += usize::from(word == "what");
                self.pronouns += usize::from(matches!(word.as_str(), "it" | "its" | "they"));
            }
        }
        for line in text.lines() {
            let trimmed = line.trim_start();
            let is_doc = trimmed.starts_with("///") || trimmed.starts_with("//!");
            self.wide += usize::from(is_doc && is_wide(line));
            self.comments += usize::from(trimmed.starts_with("//") && !is_doc);
            self.code += usize::from(!trimmed.is_empty() && !trimmed.starts_with("//"));
        }
    }
}

fn is_wide(line: &str) -> bool {
    line.chars().count() > WIDTH && !line.trim_start().starts_with("/// |")
}

/// A share in percent.
fn percent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}

impl fmt::Display for Measures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { docs, openings, words, what, pronouns, functions, examples, comments, code, wide } = *self;
        write!(
            f,
            "{docs:6} {:7.1}% {:7.1} {:7.1}",
            percent(openings, docs),
            per_thousand(what, words),
            per_thousand(pronouns, words)
        )?;
        write!(f, " {functions:6} {:7.1}% {:8.1} {wide:5}", percent(examples, functions), percent(comments, code))
    }
}

fn per_thousand(part: usize, whole: usize) -> f64 {
    10.0 * percent(part, whole)
}

/// The part of the sources that a file belongs to, as the measures list them.
fn room(file: &str) -> String {
    let mut parts = file.split('/').skip(1);
    match (parts.next(), parts.next(), parts.next()) {
        (Some("derive"), ..) => "derive".to_owned(),
        (Some("src"), Some(folder), Some(_)) => folder.to_owned(),
        (Some("src"), Some(file), None) => file.trim_end_matches(".rs").to_owned(),
        _ => "other".to_owned(),
    }
}

/// The files of the finished rooms, tests left out.
fn finished() -> impl Iterator<Item = (String, String)> {
    let files = sources("orm/src").into_iter().chain(sources("orm/derive/src"));
    files.filter(|(file, _)| !is_test_file(file) && FINISHED.contains(&room(file).as_str()))
}

#[test]
fn a_doc_begins_with_a_verb_or_a_noun() {
    let mut faults = Vec::new();
    for (file, text) in finished() {
        for doc in docs(&text).iter().filter(|doc| OPENINGS.contains(&doc.opening())) {
            // `Whether` describes a bool; a signature of several lines does not show its type here.
            let is_bool = doc.item.contains("bool") || doc.item.trim_end().ends_with(['(', '>']);
            if doc.opening() != "Whether" || !is_bool {
                faults.push(format!("{file}: {}", doc.text.first().unwrap_or(&"").trim()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_line_of_docs_fits_the_width() {
    let is_doc = |line: &str| ["///", "//!"].iter().any(|start| line.trim_start().starts_with(start));
    let mut faults = Vec::new();
    for (file, text) in finished() {
        let wide = text.lines().filter(|line| is_doc(line) && is_wide(line));
        faults.extend(wide.map(|line| format!("{file}: {}", line.trim())));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn pronouns_are_rare() {
    let mut rooms: BTreeMap<String, Measures> = BTreeMap::new();
    for (file, text) in finished() {
        rooms.entry(room(&file)).or_default().add_file(&text);
    }
    for (room, measures) in rooms {
        let Measures { words, what, pronouns, .. } = measures;
        // A short room may have one.
        assert!(what <= 1 + words / 500, "{room}: `what` stands {what} times in {words} words");
        assert!(pronouns <= 3 + words / 66, "{room}: it, its and they stand {pronouns} times in {words} words");
    }
}

/// Names that two public types share on purpose: a column of a schema, and a column in SQL.
const SHARED: &[&str] = &["Column"];

#[test]
fn no_two_public_types_have_one_name() {
    let mut owners: BTreeMap<String, String> = BTreeMap::new();
    let mut faults = Vec::new();
    for (file, text) in sources("orm/src").into_iter().filter(|(file, _)| !is_test_file(file)) {
        for line in text.lines().filter(|line| line.starts_with("pub ")) {
            let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_').skip(1);
            if !matches!(words.next(), Some("struct" | "enum" | "trait")) {
                continue;
            }
            let name = words.next().unwrap_or_default().to_owned();
            if let Some(other) = owners.insert(name.clone(), file.clone())
                && !SHARED.contains(&name.as_str())
            {
                faults.push(format!("`{name}` is a type in {other} and in {file}"));
            }
        }
    }
    assert!(owners.len() > 100, "the types were not found");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
#[allow(clippy::print_stdout, reason = "a table for whoever asks with --nocapture")]
fn measures() {
    let mut rooms: BTreeMap<String, Measures> = BTreeMap::new();
    let files = sources("orm/src").into_iter().chain(sources("orm/derive/src"));
    for (file, text) in files.filter(|(file, _)| !is_test_file(file)) {
        rooms.entry(room(&file)).or_default().add_file(&text);
        rooms.entry("~ all".to_owned()).or_default().add_file(&text);
    }
    println!("{:14}   docs opening  what/k  it../k    fns example  comments  wide", "room");
    for (room, measures) in &rooms {
        println!("{room:14} {measures}");
    }
    assert!(rooms["~ all"].docs > 1000, "the docs were not found");
}
