//! The entities of the model: every kind of relationship, each with a cascade of its own.

use orm::prelude::*;

/// Lets its people go when it goes.
#[derive(Entity, Debug, Default)]
#[entity(table = "team", check = "size >= 0")]
pub(crate) struct Team {
    #[entity(primary_key)]
    pub(crate) id: Auto<i64>,
    pub(crate) name: String,
    pub(crate) size: i64,
    #[entity(inverse = "team")]
    pub(crate) people: HasMany<Person>,
}

/// In the middle of everything.
#[derive(Entity, Debug, Default)]
#[entity(table = "person", check = "size >= 0")]
pub(crate) struct Person {
    #[entity(primary_key)]
    pub(crate) id: Auto<i64>,
    pub(crate) name: String,
    pub(crate) size: i64,
    #[entity(inverse = "people")]
    pub(crate) team: BelongsTo<Option<Team>>,
    #[entity(inverse = "person", cascade = "all, delete-orphan", order_by = "id")]
    pub(crate) tasks: HasMany<Task>,
    #[entity(inverse = "person")]
    pub(crate) badges: HasMany<Badge>,
    #[entity(inverse = "person", cascade = "all, delete-orphan")]
    pub(crate) profile: HasOne<Profile>,
    #[entity(secondary = "person_tag", inverse = "people")]
    pub(crate) tags: ManyToMany<Tag>,
}

/// Goes with its person, and when it is taken from it; counts its versions.
#[derive(Entity, Debug, Default)]
#[entity(table = "task", check = "size >= 0")]
pub(crate) struct Task {
    #[entity(primary_key)]
    pub(crate) id: Auto<i64>,
    pub(crate) name: String,
    pub(crate) size: i64,
    #[entity(version)]
    pub(crate) version: i64,
    #[entity(inverse = "tasks")]
    pub(crate) person: BelongsTo<Person>,
}

/// Needs a person, and no cascade helps: the person cannot go while it is there.
#[derive(Entity, Debug, Default)]
#[entity(table = "badge", check = "size >= 0")]
pub(crate) struct Badge {
    #[entity(primary_key)]
    pub(crate) id: Auto<i64>,
    pub(crate) name: String,
    pub(crate) size: i64,
    #[entity(inverse = "badges")]
    pub(crate) person: BelongsTo<Person>,
}

/// At most one for each person.
#[derive(Entity, Debug, Default)]
#[entity(table = "profile", check = "size >= 0")]
pub(crate) struct Profile {
    #[entity(primary_key)]
    pub(crate) id: Auto<i64>,
    pub(crate) name: String,
    pub(crate) size: i64,
    #[entity(inverse = "profile")]
    pub(crate) person: BelongsTo<Person>,
}

/// Many to many.
#[derive(Entity, Debug, Default)]
#[entity(table = "tag", check = "size >= 0")]
pub(crate) struct Tag {
    #[entity(primary_key)]
    pub(crate) id: Auto<i64>,
    pub(crate) name: String,
    pub(crate) size: i64,
    #[entity(secondary = "person_tag", inverse = "tags")]
    pub(crate) people: ManyToMany<Person>,
}

/// A tree, its children by name.
#[derive(Entity, Debug, Default)]
#[entity(table = "node", check = "size >= 0")]
pub(crate) struct Node {
    #[entity(primary_key)]
    pub(crate) id: Auto<i64>,
    pub(crate) name: String,
    pub(crate) size: i64,
    #[entity(inverse = "children")]
    pub(crate) parent: BelongsTo<Option<Self>>,
    #[entity(inverse = "parent", key = "name", cascade = "all, delete-orphan")]
    pub(crate) children: HasMany<Self>,
}
