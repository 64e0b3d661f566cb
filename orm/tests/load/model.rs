//! The entities of these tests.

use orm::{Auto, BelongsTo, Entity, HasMany, HasOne, ManyToMany};

#[derive(Entity, Debug, Default)]
#[entity(table = "user_account")]
pub(crate) struct User {
    #[entity(primary_key)]
    pub(crate) id: Auto<i64>,
    pub(crate) name: String,
    #[entity(inverse = "user", order_by = "id")]
    pub(crate) addresses: HasMany<Address>,
    #[entity(inverse = "user")]
    pub(crate) profile: HasOne<Profile>,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "address")]
pub(crate) struct Address {
    #[entity(primary_key)]
    pub(crate) id: Auto<i64>,
    pub(crate) email: String,
    #[entity(inverse = "addresses")]
    pub(crate) user: BelongsTo<Option<User>>,
}

#[derive(Entity, Debug, Default)]
pub(crate) struct Profile {
    #[entity(primary_key)]
    pub(crate) id: Auto<i64>,
    #[entity(inverse = "profile")]
    pub(crate) user: BelongsTo<User>,
}

/// Two foreign keys to one entity.
#[derive(Entity, Debug, Default)]
pub(crate) struct Message {
    #[entity(primary_key)]
    pub(crate) id: Auto<i64>,
    pub(crate) sender: BelongsTo<User>,
    #[entity(lazy = "raise_on_sql")]
    pub(crate) receiver: BelongsTo<User>,
}

/// A tree.
#[derive(Entity, Debug, Default)]
pub(crate) struct Node {
    #[entity(primary_key)]
    pub(crate) id: Auto<i64>,
    pub(crate) name: String,
    #[entity(inverse = "children")]
    pub(crate) parent: BelongsTo<Option<Self>>,
    #[entity(inverse = "parent")]
    pub(crate) children: HasMany<Self>,
}

#[derive(Entity, Debug, Default)]
pub(crate) struct Member {
    #[entity(primary_key)]
    pub(crate) id: Auto<i64>,
    #[entity(secondary = "member_club", inverse = "members", order_by = "name desc")]
    pub(crate) clubs: ManyToMany<Club>,
    #[entity(secondary = "friendship", local = "from_id", remote = "to_id")]
    pub(crate) friends: ManyToMany<Self>,
}

#[derive(Entity, Debug, Default)]
pub(crate) struct Club {
    #[entity(primary_key)]
    pub(crate) name: String,
    #[entity(secondary = "member_club", inverse = "clubs")]
    pub(crate) members: ManyToMany<Member>,
}

/// A key of two columns.
#[derive(Entity, Debug, Default)]
#[entity(table = "order_line")]
pub(crate) struct Line {
    #[entity(primary_key)]
    pub(crate) number: i64,
    #[entity(primary_key)]
    pub(crate) line: i32,
    #[entity(inverse = "line")]
    pub(crate) parcels: HasMany<Parcel>,
}

#[derive(Entity, Debug, Default)]
pub(crate) struct Parcel {
    #[entity(primary_key)]
    pub(crate) id: Auto<i64>,
    #[entity(columns("order_number", "line_number"), inverse = "parcels")]
    pub(crate) line: BelongsTo<Line>,
}

/// Relationships that come with their entity when a query says nothing.
#[derive(Entity, Debug, Default)]
pub(crate) struct Author {
    #[entity(primary_key)]
    pub(crate) id: Auto<i64>,
    #[entity(inverse = "author", lazy = "selectin")]
    pub(crate) books: HasMany<Book>,
}

#[derive(Entity, Debug, Default)]
pub(crate) struct Book {
    #[entity(primary_key)]
    pub(crate) id: Auto<i64>,
    #[entity(inverse = "books", lazy = "joined")]
    pub(crate) author: BelongsTo<Author>,
    #[entity(lazy = "joined")]
    pub(crate) publisher: BelongsTo<Option<Publisher>>,
}

#[derive(Entity, Debug, Default)]
pub(crate) struct Publisher {
    #[entity(primary_key)]
    pub(crate) id: Auto<i64>,
}
