//! Natural and composite keys, a circle of rows, and links of a kind with itself.

use orm::prelude::*;

#[derive(Entity, Debug, Default)]
#[entity(table = "club")]
pub(crate) struct Club {
    #[entity(primary_key)]
    pub(crate) code: String,
    pub(crate) name: String,
    #[entity(inverse = "club", cascade = "all, delete-orphan")]
    pub(crate) memberships: HasMany<Membership>,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "member", check = "name <> 'bad'")]
pub(crate) struct Member {
    #[entity(primary_key)]
    pub(crate) id: Auto<i64>,
    pub(crate) name: String,
    #[entity(version)]
    pub(crate) version: i64,
    #[entity(inverse = "sponsored")]
    pub(crate) sponsor: BelongsTo<Option<Self>>,
    #[entity(inverse = "sponsor")]
    pub(crate) sponsored: HasMany<Self>,
    #[entity(post_update)]
    pub(crate) buddy: BelongsTo<Option<Self>>,
    #[entity(inverse = "member", cascade = "all, delete-orphan")]
    pub(crate) memberships: HasMany<Membership>,
    #[entity(secondary = "friendship", local = "from_id", remote = "to_id", inverse = "befriended")]
    pub(crate) friends: ManyToMany<Self>,
    #[entity(secondary = "friendship", local = "to_id", remote = "from_id", inverse = "friends")]
    pub(crate) befriended: ManyToMany<Self>,
}

/// An association object: its key is made of two foreign keys.
#[derive(Entity, Debug, Default)]
#[entity(table = "membership")]
pub(crate) struct Membership {
    #[entity(primary_key, inverse = "memberships")]
    pub(crate) member: BelongsTo<Member>,
    #[entity(primary_key, inverse = "memberships", on_update = "cascade")]
    pub(crate) club: BelongsTo<Club>,
    pub(crate) role: String,
}

/// Its favorite is one of its entries: a circle.
#[derive(Entity, Debug, Default)]
#[entity(table = "widget")]
pub(crate) struct Widget {
    #[entity(primary_key)]
    pub(crate) id: Auto<i64>,
    pub(crate) name: String,
    #[entity(post_update, inverse = "favorite_of")]
    pub(crate) favorite: BelongsTo<Option<Entry>>,
    #[entity(inverse = "widget", cascade = "all, delete-orphan")]
    pub(crate) entries: HasMany<Entry>,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "entry")]
pub(crate) struct Entry {
    #[entity(primary_key)]
    pub(crate) id: Auto<i64>,
    pub(crate) name: String,
    #[entity(inverse = "entries")]
    pub(crate) widget: BelongsTo<Widget>,
    #[entity(inverse = "favorite")]
    pub(crate) favorite_of: HasMany<Widget>,
}
