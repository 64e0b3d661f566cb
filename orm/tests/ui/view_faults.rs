//! A view-only relationship says when a row is in it, and nothing else.

use orm::prelude::*;

#[derive(Entity, Default)]
struct Folder {
    #[entity(primary_key)]
    id: Auto<i64>,
    path: String,
    below: ViewMany<Folder>,
    #[entity(on = |own, other| own.column(Folder::ID).eq(other.column(Folder::ID)), cascade = "all")]
    same: ViewOne<Folder>,
    #[entity(on = |own, other| own.column(Folder::ID).eq(other.column(Folder::ID)))]
    written: HasMany<Folder>,
}

#[derive(Embed, Default)]
struct Place {
    #[entity(on = |own, other| own.column(Folder::ID).eq(other.column(Folder::ID)))]
    near: ViewMany<Folder>,
}

fn main() {}
