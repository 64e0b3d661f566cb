//! The house rules that a machine can hold: rooms import only downward, the code map is true, what must not wait does not.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn architecture() -> String {
    fs::read_to_string(workspace().join("ARCHITECTURE.md")).unwrap()
}

/// Every source file of a folder, by its path from the workspace, in order.
fn sources(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut waiting = vec![workspace().join(folder)];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(workspace()).unwrap().to_string_lossy().replace('\\', "/");
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// What each room may import, from the table in ARCHITECTURE.md.
fn rooms() -> BTreeMap<String, BTreeSet<String>> {
    let names = |cell: &str| -> Vec<String> { cell.split('`').skip(1).step_by(2).map(str::to_owned).collect() };
    let text = architecture();
    let rows =
        text.lines().skip_while(|line| !line.starts_with("| floor")).skip(2).take_while(|line| line.starts_with('|'));
    let rows: Vec<Vec<&str>> = rows.map(|row| row.split('|').map(str::trim).collect()).collect();
    let foundations: BTreeSet<String> =
        rows.iter().filter(|row| matches!(row[1], "0" | "1")).flat_map(|row| names(row[2])).collect();
    let mut rooms = BTreeMap::new();
    for row in &rows {
        for room in names(row[2]) {
            let mut allowed: BTreeSet<String> = row[4].split_whitespace().map(str::to_owned).collect();
            allowed.extend(foundations.iter().cloned());
            allowed.insert(room.clone());
            rooms.insert(room, allowed);
        }
    }
    assert!(rooms.len() > 10, "the table of rooms was not found in ARCHITECTURE.md");
    rooms
}

/// Every path of a file that begins with `crate::`, unit tests left out.
#[derive(Default)]
struct Paths(Vec<Vec<String>>);

impl Paths {
    fn tree(&mut self, prefix: &[String], tree: &syn::UseTree) {
        let mut path = prefix.to_vec();
        match tree {
            syn::UseTree::Path(part) => {
                path.push(part.ident.to_string());
                self.tree(&path, &part.tree);
            }
            syn::UseTree::Name(part) => {
                path.push(part.ident.to_string());
                self.0.push(path);
            }
            syn::UseTree::Rename(part) => {
                path.push(part.ident.to_string());
                self.0.push(path);
            }
            syn::UseTree::Glob(_) => self.0.push(path),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.tree(prefix, tree)),
        }
    }
}

impl<'ast> Visit<'ast> for Paths {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        let is_test = |attribute: &syn::Attribute| {
            attribute.path().is_ident("cfg") && attribute.parse_args::<syn::Ident>().is_ok_and(|name| name == "test")
        };
        if !module.attrs.iter().any(is_test) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.tree(&[], &item.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.0.push(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }
}

fn crate_paths(text: &str) -> Vec<Vec<String>> {
    let mut paths = Paths::default();
    paths.visit_file(&syn::parse_file(text).unwrap());
    paths.0.into_iter().filter(|path| path.len() > 1 && path[0] == "crate").collect()
}

/// Which room a name at the root of the crate comes from.
fn root_names() -> BTreeMap<String, String> {
    let text = fs::read_to_string(workspace().join("orm/src/lib.rs")).unwrap();
    let mut paths = Paths::default();
    paths.visit_file(&syn::parse_file(&text).unwrap());
    paths.0.into_iter().filter(|path| path.len() == 2).map(|path| (path[1].clone(), path[0].clone())).collect()
}

fn room_of(file: &str) -> Option<String> {
    let inside = file.strip_prefix("orm/src/")?.trim_end_matches(".rs");
    let room = inside.split('/').next()?;
    (!matches!(room, "lib" | "prelude" | "__derive")).then(|| room.to_owned())
}

fn is_test_file(file: &str) -> bool {
    file.ends_with("/tests.rs")
}

#[test]
fn rooms_import_only_downward() {
    let (rooms, names) = (rooms(), root_names());
    let mut faults = Vec::new();
    for (file, text) in sources("orm/src").iter().filter(|(file, _)| !is_test_file(file)) {
        let Some(room) = room_of(file) else { continue };
        let allowed = rooms.get(&room).unwrap_or_else(|| panic!("{file}: the room `{room}` is not in ARCHITECTURE.md"));
        for path in crate_paths(text) {
            let target = if rooms.contains_key(&path[1]) { &path[1] } else { names.get(&path[1]).unwrap_or(&path[1]) };
            if rooms.contains_key(target) && !allowed.contains(target) {
                faults.push(format!("{file}: `{}` is above `{room}`", path.join("::")));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn what_decides_never_waits() {
    let connections = ["Engine", "EngineBuilder", "Connection", "Recorder", "PoolStatus"];
    let waiting = ["std::io", "std::time", "Instant::now", "SystemTime", "std::thread", "async fn", ".await"];
    let mut faults = Vec::new();
    for (file, text) in sources("orm/src").iter().filter(|(file, _)| !is_test_file(file)) {
        if !matches!(room_of(file).as_deref(), Some("sql" | "mapping" | "load" | "unit")) {
            continue;
        }
        for path in crate_paths(text) {
            if path.iter().any(|part| connections.contains(&part.as_str())) {
                faults.push(format!("{file} names a connection: {}", path.join("::")));
            }
        }
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let code = code.lines().filter(|line| !line.trim_start().starts_with("//"));
        for line in code {
            faults.extend(waiting.iter().filter(|word| line.contains(**word)).map(|word| format!("{file}: {word}")));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_file_says_what_it_is_for() {
    for (file, text) in sources("orm").iter().filter(|(file, _)| !file.contains("/ui/")) {
        assert!(text.starts_with("//! "), "{file} does not open with a sentence that says what belongs here");
    }
}

#[test]
fn the_code_map_is_true() {
    let text = architecture();
    let map = text.split("## Code map").nth(1).expect("ARCHITECTURE.md has a code map");
    let listed: BTreeSet<String> = map
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("- `"))
        .filter_map(|line| line.split('`').next())
        .map(str::to_owned)
        .collect();
    let on_disk: BTreeSet<String> = ["orm/src", "orm/derive/src"]
        .iter()
        .flat_map(|folder| sources(folder))
        .map(|(file, _)| file)
        .filter(|file| !is_test_file(file))
        .collect();
    let missing: Vec<_> = on_disk.difference(&listed).collect();
    let gone: Vec<_> = listed.difference(&on_disk).collect();
    assert!(
        missing.is_empty() && gone.is_empty(),
        "the code map lacks {missing:#?} and names {gone:#?}, which is not there"
    );
}

/// The lines of a file that are code: neither comments nor blank, unit tests left out.
fn code(text: &str) -> Vec<&str> {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with("//")).collect()
}

/// The part of ARCHITECTURE.md under a heading.
fn section(heading: &str) -> String {
    let text = architecture();
    let section = text.split(&format!("### {heading}\n")).nth(1).unwrap_or_else(|| panic!("no section {heading}"));
    section.split("\n#").next().unwrap_or_default().to_owned()
}

/// How many lines of code a cargo feature gates, and how many others this holds for.
fn gated(lines: &[&str], feature: &str, also: impl Fn(&str) -> bool) -> usize {
    let gates = [format!("#[cfg(feature = \"{feature}\")]"), format!("#[cfg(all(feature = \"{feature}\"")];
    let mut counted = 0;
    let mut gate: Option<usize> = None;
    for line in lines {
        let indent = line.len() - line.trim_start().len();
        if gates.iter().any(|gate| line.trim_start().starts_with(gate)) {
            gate.get_or_insert(indent);
        }
        counted += usize::from(gate.is_some() || also(line));
        // As rustfmt lays it out, an item ends at the indentation that it begins with.
        if gate == Some(indent) && line.ends_with(['}', ';', ',']) {
            gate = None;
        }
    }
    counted
}

#[test]
fn what_there_is_for_async_alone_is_counted() {
    let (mut own, mut elsewhere) = (0, 0);
    for (file, text) in sources("orm/src").iter().filter(|(file, _)| !is_test_file(file)) {
        match file.contains("awaiting") {
            true => own += code(text).len(),
            false => elsewhere += gated(&code(text), "async", |_| false),
        }
    }
    let section = section("What there is for async alone");
    let told = format!("{} lines, {own} of them in files named `awaiting`", own + elsewhere);
    assert!(section.trim_start().starts_with(&told), "there are {told}: {section}");
    assert!(own + elsewhere < 900, "{told}: what of them could serve code that blocks as well?");
}

/// One database, by the name of its cargo feature and the words that code about it is known by.
struct Database {
    heading: &'static str,
    feature: &'static str,
    words: &'static [&'static str],
}

const DATABASES: [Database; 3] = [
    Database { heading: "SQLite", feature: "sqlite", words: &["sqlite", "Sqlite", "SQLite"] },
    Database { heading: "PostgreSQL", feature: "postgres", words: &["postgres", "Postgres", "pg::", "Pg", "libpq"] },
    Database { heading: "MariaDB and MySQL", feature: "mysql", words: &["mysql", "Mysql", "MySQL", "maria", "Maria"] },
];

impl Database {
    /// How many lines of a file are about this database alone: all of its own, what its feature gates, and what names it.
    fn lines(&self, file: &str, text: &str) -> usize {
        let lines = code(text);
        let owner = DATABASES.iter().find(|database| file.rsplit('/').next().unwrap().contains(database.feature));
        match owner {
            Some(owner) if owner.feature == self.feature => return lines.len(),
            Some(_) => return 0,
            None => {}
        }
        gated(&lines, self.feature, |line| self.words.iter().any(|word| line.contains(word)))
    }

    /// The cells of this database's row: its own files, and then by files that others are in too.
    fn row(&self) -> [usize; 6] {
        let mut cells = [0; 6];
        for (file, text) in
            sources("orm/src").iter().filter(|(file, _)| !file.contains("awaiting") && !is_test_file(file))
        {
            let column = match file.strip_prefix("orm/src/engine/").unwrap_or_default() {
                "backend.rs" => 1,
                "refusal.rs" => 2,
                "url.rs" => 3,
                name if name.contains(self.feature) => 0,
                _ => 4,
            };
            cells[column] += self.lines(file, text);
        }
        cells[5] = cells.iter().sum();
        cells
    }
}

#[test]
fn what_there_is_for_one_database_alone_is_counted() {
    let section = section("What there is for one database alone");
    let mut faults = Vec::new();
    for database in &DATABASES {
        let cells = database.row();
        let row = format!("| {} | {} |", database.heading, cells.map(|lines| lines.to_string()).join(" | "));
        if !section.contains(&row) {
            faults.push(format!("the row is {row}"));
        }
        if cells[5] >= 600 {
            faults.push(format!("{} lines for {} alone", cells[5], database.heading));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
