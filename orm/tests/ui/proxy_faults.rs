//! A proxy over an attribute of another entity.

use orm::prelude::*;

#[derive(Entity, Debug, Default)]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    name: String,
    #[entity(inverse = "user")]
    keywords: HasMany<Keyword>,
}

#[derive(Entity, Debug, Default)]
struct Keyword {
    #[entity(primary_key)]
    id: Auto<i64>,
    word: String,
    #[entity(inverse = "keywords")]
    user: BelongsTo<User>,
}

impl User {
    const OF_ANOTHER_ENTITY: Proxy<User, Keyword, ToMany, String, NoCreator> =
        Proxy::without_creator(User::KEYWORDS, User::NAME);
}

fn main() {}
