//! An `Auto` is no primary key: its value is.

use orm::prelude::*;

#[derive(Entity, Default)]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    name: String,
    #[entity(inverse = "user")]
    addresses: HasMany<Address>,
}

#[derive(Entity, Default)]
struct Address {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "addresses")]
    user: BelongsTo<User>,
}

fn run(session: &mut Session, user: Key<User>, address: Key<Address>) -> orm::Result<()> {
    session.get::<User>(session[user].id)?;
    Ok(())
}

fn main() {}
