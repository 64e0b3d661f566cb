//! What the derives make of structs: metadata, constants, and values that go in and come out.

#![deny(missing_docs)]
#![allow(clippy::unwrap_used, reason = "tests")]

use orm::mapping::{Relationship, ToMany, ToOne};
use orm::sql::Column;
use orm::{Auto, BelongsTo, Entity, HasMany};

#[derive(Entity, Debug, Default)]
#[entity(table = "user_account")]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 50, unique, index)]
    name: String,
    fullname: Option<String>,
    #[entity(inverse = "user", cascade = "all, delete-orphan", order_by = "id")]
    addresses: HasMany<Address>,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "address")]
struct Address {
    #[entity(primary_key)]
    id: Auto<i64>,
    email: String,
    #[entity(column = "user_id", inverse = "addresses")]
    user: BelongsTo<User>,
}

#[test]
fn the_design() {
    let meta = User::entity_meta();
    assert_eq!(meta.table, "user_account");
    assert_eq!(meta.columns.len(), 3);
    let _: Column<User, Option<String>> = User::FULLNAME;
    let _: Relationship<User, Address, ToMany> = User::ADDRESSES;
    let _: Relationship<Address, User, ToOne> = Address::USER;
    let _: Column<Address, i64> = Address::USER_ID;
}
