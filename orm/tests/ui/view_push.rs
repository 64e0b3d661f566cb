//! A view-only relationship is never changed.

use orm::prelude::*;

#[derive(Entity, Default)]
struct Folder {
    #[entity(primary_key)]
    id: Auto<i64>,
    path: String,
    #[entity(on = |own, other| other.column(Folder::PATH).like(own.column(Folder::PATH).concat("/%")))]
    below: ViewMany<Folder>,
}

fn run(session: &mut Session, folder: Key<Folder>, other: Key<Folder>) -> orm::Result<()> {
    session.rel(folder, Folder::BELOW).push(other);
    Ok(())
}

fn main() {}
