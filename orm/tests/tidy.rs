//! House rules as tests: rooms import only downward, the planning rooms never wait, every file has a module doc.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};

#[path = "tidy/words.rs"]
mod words;

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

/// The rooms of the floors 0 and 1.
fn foundations() -> BTreeSet<String> {
    let text = architecture();
    let rows = text.lines().filter(|line| line.starts_with("| 0 |") || line.starts_with("| 1 |"));
    rows.flat_map(|row| row.split('|').nth(2).unwrap().split('`').skip(1).step_by(2)).map(str::to_owned).collect()
}

/// What each room may import, from the table in ARCHITECTURE.md.
fn rooms() -> BTreeMap<String, BTreeSet<String>> {
    let names = |cell: &str| -> Vec<String> { cell.split('`').skip(1).step_by(2).map(str::to_owned).collect() };
    let text = architecture();
    let rows =
        text.lines().skip_while(|line| !line.starts_with("| floor")).skip(2).take_while(|line| line.starts_with('|'));
    let rows: Vec<Vec<&str>> = rows.map(|row| row.split('|').map(str::trim).collect()).collect();
    let foundations = foundations();
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

/// Names of the public methods of a file that take a query and give a changed one.
fn clauses(file: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(workspace().join(file)).unwrap();
    let changes = |line: &&str| line.starts_with("    pub fn ") && line.contains("(self") && line.contains("-> Self");
    let name = |line: &str| line["    pub fn ".len()..].split(['<', '(']).next().unwrap().to_owned();
    text.lines().filter(changes).map(name).collect()
}

#[test]
fn a_query_of_a_session_has_every_clause_of_a_select() {
    let (select, query) = (clauses("orm/src/load/select.rs"), clauses("orm/src/session/query.rs"));
    assert!(select.contains("left_join_on") && select.contains("select_from"), "{select:?}");
    assert_eq!(select, query);
}

/// The rooms of the floors 0 and 1 that such a room imports.
fn foundations_under(room: &str, foundations: &BTreeSet<String>) -> BTreeSet<String> {
    let names = root_names();
    let sources = sources("orm/src").into_iter().filter(|(file, _)| room_of(file).as_deref() == Some(room));
    let paths = sources.filter(|(file, _)| !is_test_file(file)).flat_map(|(_, text)| crate_paths(&text));
    let target = |path: Vec<String>| names.get(&path[1]).unwrap_or(&path[1]).clone();
    paths.map(target).filter(|target| target != room && foundations.contains(target)).collect()
}

#[test]
fn the_foundations_import_in_no_circle() {
    let rooms = foundations();
    let mut waiting: BTreeMap<String, BTreeSet<String>> =
        rooms.iter().map(|room| (room.clone(), foundations_under(room, &rooms))).collect();
    assert!(waiting["column_type"].contains("value"), "imports were not found: {waiting:?}");
    while let Some(free) = waiting.iter().find(|(_, under)| under.is_empty()).map(|(room, _)| room.clone()) {
        waiting.remove(&free);
        for under in waiting.values_mut() {
            under.remove(&free);
        }
    }
    assert!(waiting.is_empty(), "these import each other: {waiting:?}");
}

/// Privacy keeps the fields of arenas and of the journal inside `unit/store`. The traits of the mapping are public, so that this test keeps
/// their writing methods there.
#[test]
fn entities_change_through_the_store_alone() {
    let writers = [
        "record_mut",
        "reference_mut",
        "collection_mut",
        "set_value",
        "set_id",
        "set_target",
        "set_former",
        "take_new",
        "claim",
        "unset",
        "refresh",
        "as_any_mut",
    ];
    let is_store = |file: &str| file == "orm/src/unit/store.rs" || file.starts_with("orm/src/unit/store/");
    let (mut faults, mut inside) = (Vec::new(), 0);
    let own = "orm/src/unit.rs".to_owned();
    let text = fs::read_to_string(workspace().join(&own)).unwrap();
    let files = sources("orm/src/unit").into_iter().chain([(own, text)]);
    for (file, text) in files.filter(|(file, _)| !is_test_file(file)) {
        for (number, line) in text.lines().enumerate() {
            if let Some(writer) = writers.iter().find(|writer| line.contains(&format!(".{writer}("))) {
                match is_store(&file) {
                    true => inside += 1,
                    false => faults.push(format!("{file}:{}: `{writer}` belongs in unit/store", number + 1)),
                }
            }
        }
    }
    assert!(inside > 10, "the writers of unit/store were not found");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
