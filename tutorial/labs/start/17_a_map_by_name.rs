//! Lab 17: A map by name.
//!
//! A page has notes, and each note has a name. As a list, the collection takes two notes of the same name.
//!
//! Make it a map by name, and let `put` insert the note: the note that had the name before leaves the map, and its row is deleted as an orphan.

use orm::prelude::*;

#[derive(Entity, Debug, Default)]
pub struct Note {
    #[entity(primary_key)]
    pub id: Auto<i64>,
    #[entity(inverse = "notes")]
    pub page: BelongsTo<Page>,
    pub name: String,
    pub text: String,
}

// hole
#[derive(Entity, Debug, Default)]
pub struct Page {
    #[entity(primary_key)]
    pub id: Auto<i64>,
    #[entity(inverse = "page", cascade = "all, delete-orphan")]
    pub notes: HasMany<Note>,
}

/// Puts a note on a page, in place of the note that has the name.
pub fn put(session: &mut Session, page: Key<Page>, note: Note) -> orm::Result<Key<Note>> {
    session.rel(page, Page::NOTES).push(note)
}
// end of hole

// Do not change: what this lab must do.
#[path = "../checks/17_a_map_by_name.rs"]
pub mod checks;
