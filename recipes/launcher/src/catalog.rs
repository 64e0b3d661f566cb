//! The table of families and recipes. A test holds it against the folders on disk.

use std::fmt::Write;

/// Recipes that belong together.
pub(crate) struct Family {
    /// The folder under `recipes/`.
    pub(crate) name: &'static str,
    /// What they teach: the first line of the folder's README.
    pub(crate) title: &'static str,
    pub(crate) recipes: &'static [Recipe],
}

/// A program that shows one thing.
#[derive(Debug)]
pub(crate) struct Recipe {
    /// The package, and its folder.
    pub(crate) name: &'static str,
    /// The first line of the program.
    pub(crate) caption: &'static str,
    /// SELECT, INSERT, UPDATE and DELETE statements of SQLAlchemy's example.
    pub(crate) beside: [usize; 4],
    /// What it uses, for the filter of the browser.
    pub(crate) tags: &'static str,
}

pub(crate) const FAMILIES: &[Family] = &[
    Family {
        name: "adjacency_list",
        title: "Trees in one table",
        recipes: &[Recipe {
            name: "adjacency-list",
            caption: "A tree in one table: saved, changed, orphaned, loaded four levels deep, deleted.",
            beside: [22, 10, 0, 5],
            tags: "cascade orphan self-referential selectin keyed map delete",
        }],
    },
    Family {
        name: "association",
        title: "Many to many, with data of its own",
        recipes: &[
            Recipe {
                name: "basic-association",
                caption: "Orders and items, many to many, through a line that has a price of its own.",
                beside: [6, 6, 0, 0],
                tags: "association object decimal join",
            },
            Recipe {
                name: "proxied-association",
                caption: "Orders and items, many to many, with the items of an order as a list of their own.",
                beside: [6, 6, 0, 0],
                tags: "association proxy list creator",
            },
            Recipe {
                name: "dict-of-sets-with-default",
                caption: "A map from text to sets of numbers, which three tables store.",
                beside: [8, 10, 0, 0],
                tags: "association proxy nested map set default",
            },
        ],
    },
    Family {
        name: "asyncio",
        title: "Programs that await",
        recipes: &[
            Recipe {
                name: "async-basic",
                caption: "The asynchronous engine without a session: a scope that commits, and rows all at once or one by one.",
                beside: [2, 1, 0, 0],
                tags: "async stream",
            },
            Recipe {
                name: "async-orm",
                caption: "An asynchronous session: graphs added and loaded along, entities streamed, a relationship loaded where it is asked for.",
                beside: [6, 8, 1, 0],
                tags: "async selectin stream",
            },
            Recipe {
                name: "async-orm-writeonly",
                caption: "Collections that are never loaded: they take members, and give a query of their members, awaited and streamed.",
                beside: [9, 8, 0, 0],
                tags: "async write-only stream query of a collection",
            },
            Recipe {
                name: "gather-orm-statements",
                caption: "Thirty queries at once, each on a connection of its own, their entities merged into one session.",
                beside: [30, 100, 0, 0],
                tags: "async gather identity map",
            },
            Recipe {
                name: "greenlet-orm",
                caption: "A routine in blocking style, lazy loads and all, run on an asynchronous session.",
                beside: [5, 8, 1, 0],
                tags: "async run_sync lazy N+1",
            },
        ],
    },
    Family {
        name: "custom_attributes",
        title: "Where attributes live, and who hears of their changes",
        recipes: &[
            Recipe {
                name: "active-column-defaults",
                caption: "The default of a column is read before anything is saved, and is kept for the INSERT.",
                beside: [1, 1, 0, 0],
                tags: "default attribute pending",
            },
            Recipe {
                name: "custom-management",
                caption: "Entities whose values live in a map: no fields, no derive, a mapping that is data.",
                beside: [4, 3, 1, 0],
                tags: "imperative mapping storage",
            },
            Recipe {
                name: "listen-for-events",
                caption: "One listener hears of every change of every attribute of every entity, with no database.",
                beside: [0, 0, 0, 0],
                tags: "listener event attribute set append remove",
            },
        ],
    },
    Family {
        name: "extending_query",
        title: "Conditions for every query",
        recipes: &[
            Recipe {
                name: "filter-public",
                caption: "Rows that are not public are hidden from every query, unless it asks for them.",
                beside: [9, 15, 0, 0],
                tags: "event on_execute criterion mixin",
            },
            Recipe {
                name: "temporal-range",
                caption: "A query sees the rows of a range of time, and so does everything that is loaded from its entities later.",
                beside: [6, 7, 0, 0],
                tags: "criterion mixin lazy selectin",
            },
        ],
    },
    Family {
        name: "dynamic_dict",
        title: "Collections too large to load",
        recipes: &[Recipe {
            name: "dynamic-dict",
            caption: "A map over children that is never loaded whole: each operation is a query.",
            beside: [7, 4, 0, 1],
            tags: "dynamic query of a collection map orphan",
        }],
    },
    Family {
        name: "generic_associations",
        title: "Addresses for several kinds of owners",
        recipes: &[
            Recipe {
                name: "discriminator-on-association",
                caption: "Addresses for customers and suppliers: each owner has an association, whose class tells the kind of owner.",
                beside: [4, 7, 0, 0],
                tags: "generic proxy nested polymorphic single table",
            },
            Recipe {
                name: "table-per-association",
                caption: "Addresses for customers and suppliers: a table between for each kind of owner.",
                beside: [2, 7, 0, 0],
                tags: "generic many-to-many",
            },
            Recipe {
                name: "table-per-related",
                caption: "Addresses for customers and suppliers: a table of addresses for each kind of owner.",
                beside: [2, 5, 0, 0],
                tags: "generic foreign key",
            },
        ],
    },
    Family {
        name: "graphs",
        title: "Graphs",
        recipes: &[Recipe {
            name: "directed-graph",
            caption: "A directed graph: nodes, and edges that lead from one to another.",
            beside: [10, 8, 0, 0],
            tags: "self-referential peers graph",
        }],
    },
    Family {
        name: "inheritance",
        title: "Classes of entities",
        recipes: &[
            Recipe {
                name: "inheritance-single",
                caption: "Employees in one table: three classes, told apart by a column.",
                beside: [10, 6, 1, 0],
                tags: "polymorphic single table",
            },
            Recipe {
                name: "inheritance-joined",
                caption: "Employees in joined tables: each class has a table for what it adds.",
                beside: [10, 8, 1, 0],
                tags: "polymorphic joined tables",
            },
            Recipe {
                name: "inheritance-concrete",
                caption: "Employees in whole tables: each class has a table with all of its columns.",
                beside: [6, 6, 1, 0],
                tags: "polymorphic concrete union",
            },
        ],
    },
    Family {
        name: "listeners",
        title: "Listeners",
        recipes: &[
            Recipe {
                name: "audit-log",
                caption: "A log of every row that is inserted, changed or deleted, written by the flush that does it.",
                beside: [5, 10, 3, 1],
                tags: "event after_flush history",
            },
            Recipe {
                name: "soft-delete",
                caption: "Books that are deleted stay as rows that no query shows, and can be restored.",
                beside: [7, 4, 2, 0],
                tags: "event before_flush criterion mixin",
            },
        ],
    },
    Family {
        name: "large_collection",
        title: "Collections that the database deletes",
        recipes: &[Recipe {
            name: "large-collection",
            caption: "Members of an organization, too many to load: they are pushed, queried and deleted without loading them all.",
            beside: [2, 7, 0, 1],
            tags: "passive deletes on delete cascade raise query of a collection",
        }],
    },
    Family {
        name: "materialized_paths",
        title: "Trees as paths",
        recipes: &[Recipe {
            name: "materialized-paths",
            caption: "A tree stored as paths: descendants by a prefix, ancestors by the path itself.",
            beside: [14, 1, 2, 0],
            tags: "tree path like prefix",
        }],
    },
    Family {
        name: "versioned_rows",
        title: "A change is a new row",
        recipes: &[
            Recipe {
                name: "versioned-rows",
                caption: "Each change of an entity is a new row: a listener turns the UPDATE into an INSERT.",
                beside: [6, 5, 1, 0],
                tags: "listener versioning history pending",
            },
            Recipe {
                name: "versioned-rows-w-versionid",
                caption: "Each change of an entity is a new row with the next version number; the version is part of the key.",
                beside: [8, 5, 3, 0],
                tags: "listener versioning history composite key subquery",
            },
            Recipe {
                name: "versioned-update-old-row",
                caption: "Each version of an entity is a row that is valid for a time; a change ends the old row and begins a new one.",
                beside: [17, 6, 2, 0],
                tags: "listener versioning history temporal criterion view join condition composite key",
            },
        ],
    },
    Family {
        name: "vertical",
        title: "Attributes as rows",
        recipes: &[
            Recipe {
                name: "vertical-dictlike",
                caption: "Facts about animals, stored as rows of keys and values, used as a map.",
                beside: [6, 6, 1, 0],
                tags: "association proxy map keyed exists any",
            },
            Recipe {
                name: "vertical-dictlike-polymorphic",
                caption: "Facts about animals, each of its own type: integers, texts, truths.",
                beside: [7, 5, 1, 0],
                tags: "hybrid setter comparator case cast keyed exists any",
            },
        ],
    },
];

/// All recipes, in the order in which they are listed and numbered.
pub(crate) fn recipes() -> impl Iterator<Item = &'static Recipe> {
    FAMILIES.iter().flat_map(|family| family.recipes)
}

/// The recipes by family, each with its number and its caption.
pub(crate) fn listing() -> String {
    let width = recipes().map(|recipe| recipe.name.len()).max().unwrap_or_default();
    let mut out = String::new();
    let mut number = 0;
    // Writing to a String cannot fail.
    for family in FAMILIES {
        let _ = writeln!(out, "{} (recipes/{})", family.title, family.name);
        for Recipe { name, caption, .. } in family.recipes {
            number += 1;
            let _ = writeln!(out, "  {number:>2}  {name:width$}  {caption}");
        }
        out.push('\n');
    }
    out.push_str("Run one with its SQL beside it: cargo run -p recipe NAME\n");
    out
}

/// The recipe with a name, or a number of the listing; else what to say, with the name that was probably meant.
pub(crate) fn find(wanted: &str) -> Result<&'static Recipe, String> {
    let same = |name: &str| name.replace('_', "-") == wanted.to_lowercase().replace('_', "-");
    if let Some(recipe) = recipes().find(|recipe| same(recipe.name)) {
        return Ok(recipe);
    }
    if let Ok(number) = wanted.parse::<usize>() {
        let numbered = number.checked_sub(1).and_then(|position| recipes().nth(position));
        return numbered
            .ok_or_else(|| format!("there are {} recipes, and {number} is not one of them", recipes().count()));
    }
    let likeness = |recipe: &&Recipe| strsim::jaro_winkler(recipe.name, wanted);
    let nearest = recipes().max_by(|a, b| likeness(a).total_cmp(&likeness(b))).filter(|recipe| likeness(recipe) > 0.6);
    Err(match nearest {
        Some(nearest) => format!("there is no recipe `{wanted}`; did you mean `{}`?", nearest.name),
        None => format!("there is no recipe `{wanted}`; `cargo run -p recipe` lists them"),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use std::collections::BTreeMap;
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::{FAMILIES, find, listing};

    fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
    }

    fn folders(parent: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(parent).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| path.is_dir()).collect()
    }

    fn name_of(path: &Path) -> String {
        path.file_name().unwrap().to_str().unwrap().to_owned()
    }

    /// Title by family, and caption by recipe, as the files say. A package without a program is a model that recipes share.
    fn on_disk() -> BTreeMap<String, (String, BTreeMap<String, String>)> {
        let mut families = BTreeMap::new();
        for family in folders(&folder()).iter().filter(|path| !matches!(name_of(path).as_str(), "launcher" | "testing"))
        {
            let readme = fs::read_to_string(family.join("README.md")).unwrap();
            let title = readme.lines().next().unwrap().trim_start_matches("# ").to_owned();
            let programs = folders(family).into_iter().filter(|path| path.join("src/main.rs").exists());
            let captions = programs.map(|path| {
                let program = fs::read_to_string(path.join("src/main.rs")).unwrap();
                (name_of(&path), program.lines().next().unwrap().trim_start_matches("//! ").to_owned())
            });
            families.insert(name_of(family), (title, captions.collect()));
        }
        families
    }

    #[test]
    fn the_table_is_what_is_on_disk() {
        let table: BTreeMap<_, _> = FAMILIES
            .iter()
            .map(|family| {
                let captions = family.recipes.iter().map(|recipe| (recipe.name.to_owned(), recipe.caption.to_owned()));
                (family.name.to_owned(), (family.title.to_owned(), captions.collect()))
            })
            .collect();
        assert_eq!(table, on_disk());
    }

    #[test]
    fn every_recipe_is_whole() {
        let workspace = fs::read_to_string(folder().parent().unwrap().join("Cargo.toml")).unwrap();
        for family in FAMILIES {
            let readme = fs::read_to_string(folder().join(family.name).join("README.md")).unwrap();
            for recipe in family.recipes {
                let path = folder().join(family.name).join(recipe.name);
                let program = fs::read_to_string(path.join("src/main.rs")).unwrap();
                let manifest = fs::read_to_string(path.join("Cargo.toml")).unwrap();
                let name = recipe.name;
                assert!(program.lines().count() < 250, "{name}: a lesson has fewer than 250 lines");
                assert!(program.contains("fn main() -> orm::Result<()>"), "{name}: main gives orm::Result<()>");
                // What has no counterpart was counted beside a program that was written for it.
                let counted = program.contains("a program that does the same with SQLAlchemy");
                assert!(counted || program.contains("Counterpart: `examples/"), "{name}: names its counterpart");
                assert!(program.contains(recipe.caption.trim_end_matches('.')), "{name}: --help says the caption");
                assert!(manifest.contains("postgres = [\"orm/postgres\""), "{name}: has the feature postgres");
                assert!(path.join("output.txt").exists(), "{name}: output.txt shows what it prints");
                assert!(readme.contains(&format!("`{name}`")), "{name}: the family's README tells of it");
                let member = format!("\"recipes/{}/{name}\"", family.name);
                assert!(workspace.contains(&member), "{name}: is a member of the workspace");
            }
        }
    }

    #[test]
    fn the_listing_has_every_recipe_with_its_number() {
        let listing = listing();
        assert!(listing.starts_with("Trees in one table (recipes/adjacency_list)\n   1  adjacency-list  "));
        for (number, recipe) in (1..).zip(super::recipes()) {
            let line =
                listing.lines().find(|line| line.trim_start().starts_with(&format!("{number}  {} ", recipe.name)));
            assert!(line.is_some_and(|line| line.ends_with(recipe.caption)), "{}:\n{listing}", recipe.name);
        }
    }

    #[test]
    fn a_recipe_is_found_by_name_or_number() {
        assert_eq!(find("adjacency-list").unwrap().name, "adjacency-list");
        assert_eq!(find("Adjacency_List").unwrap().name, "adjacency-list");
        assert_eq!(find("1").unwrap().name, "adjacency-list");
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_nearest() {
        assert_eq!(
            find("directedgraf").unwrap_err(),
            "there is no recipe `directedgraf`; did you mean `directed-graph`?"
        );
        assert_eq!(find("xyz").unwrap_err(), "there is no recipe `xyz`; `cargo run -p recipe` lists them");
        assert_eq!(
            find("0").unwrap_err(),
            format!("there are {} recipes, and 0 is not one of them", super::recipes().count())
        );
    }
}
