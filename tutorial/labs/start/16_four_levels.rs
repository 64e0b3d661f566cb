//! Lab 16: Four levels.
//!
//! Folders stand in folders: a tree in one table. `paths` loads the root and one level below it, and each deeper folder asks for its own children.
//!
//! The tree has four levels below the root. Load them all with the query, one statement a level.

use orm::prelude::*;

#[derive(Entity, Debug, Default)]
pub struct Folder {
    #[entity(primary_key)]
    pub id: Auto<i64>,
    pub name: String,
    #[entity(inverse = "children")]
    pub parent: BelongsTo<Option<Self>>,
    #[entity(inverse = "parent", order_by = "name")]
    pub children: HasMany<Self>,
}

/// Levels below the root.
const LEVELS: u32 = 4;

/// Paths of all folders below the one that is called `root`.
pub fn paths(session: &mut Session) -> orm::Result<Vec<String>> {
    // hole
    let options = selectin(Folder::CHILDREN);
    // end of hole
    let root = session.query::<Folder>().filter(Folder::NAME.eq("root")).options(options).one()?;
    let (mut paths, mut waiting) = (Vec::new(), vec![(root, String::new(), 1)]);
    while let Some((folder, path, level)) = waiting.pop() {
        for child in session.rel(folder, Folder::CHILDREN).load()? {
            let path = format!("{path}/{}", session[child].name);
            paths.push(path.clone());
            if level < LEVELS {
                waiting.push((child, path, level + 1));
            }
        }
    }
    paths.sort();
    Ok(paths)
}

// Do not change: what this lab must do.
#[path = "../checks/16_four_levels.rs"]
pub mod checks;
