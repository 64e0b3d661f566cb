//! A proxy without a creator takes no values.

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
    const READ_ONLY: Proxy<User, Keyword, ToMany, String, NoCreator> =
        Proxy::without_creator(User::KEYWORDS, Keyword::WORD);
}

fn main() -> orm::Result<()> {
    let engine = Engine::new("sqlite://")?;
    let mut session = Session::new(&engine);
    let ed = session.add(User::default());
    session.proxy(ed, User::READ_ONLY).push("rust")?;
    Ok(())
}
