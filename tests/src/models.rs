//! The entities that several features share.

use orm::{Auto, BelongsTo, Entity, HasMany};

/// A user, who owns addresses: they go when the user goes, or when they are taken out.
#[derive(Entity, Debug, Default)]
#[entity(table = "user_account")]
pub(crate) struct User {
    #[entity(primary_key)]
    pub(crate) id: Auto<i64>,
    #[entity(length = 50, unique)]
    pub(crate) name: String,
    pub(crate) fullname: Option<String>,
    #[entity(inverse = "user", cascade = "all, delete-orphan", order_by = "id")]
    pub(crate) addresses: HasMany<Address>,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "address")]
pub(crate) struct Address {
    #[entity(primary_key)]
    pub(crate) id: Auto<i64>,
    pub(crate) email: String,
    #[entity(inverse = "addresses")]
    pub(crate) user: BelongsTo<User>,
}

impl User {
    pub(crate) fn named(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// A user with addresses.
    pub(crate) fn with(name: &str, emails: &[&str]) -> Self {
        let addresses = HasMany::of(emails.iter().map(|email| Address::at(email)));
        Self { addresses, ..Self::named(name) }
    }
}

impl Address {
    pub(crate) fn at(email: &str) -> Self {
        Self { email: email.to_owned(), ..Self::default() }
    }
}

/// A department, which lets its workers go: it owns none of them.
#[derive(Entity, Debug, Default)]
#[entity(table = "department")]
pub(crate) struct Department {
    #[entity(primary_key)]
    pub(crate) id: Auto<i64>,
    pub(crate) name: String,
    #[entity(inverse = "department", order_by = "id")]
    pub(crate) workers: HasMany<Worker>,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "worker")]
pub(crate) struct Worker {
    #[entity(primary_key)]
    pub(crate) id: Auto<i64>,
    pub(crate) name: String,
    #[entity(inverse = "workers")]
    pub(crate) department: BelongsTo<Option<Department>>,
}

impl Department {
    /// A department with workers.
    pub(crate) fn with(name: &str, workers: &[&str]) -> Self {
        let workers = HasMany::of(workers.iter().map(|name| Worker::named(name)));
        Self { name: name.to_owned(), workers, ..Self::default() }
    }
}

impl Worker {
    pub(crate) fn named(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }
}
