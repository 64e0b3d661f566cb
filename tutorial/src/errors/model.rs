//! The entities of the programs that provoke errors.

use orm::prelude::*;

use crate::Stage;

// ANCHOR: model
#[derive(Entity, Debug, Default)]
pub(super) struct Author {
    #[entity(primary_key)]
    pub(super) id: Auto<i64>,
    #[entity(length = 50, unique)]
    pub(super) name: String,
    pub(super) bio: Deferred<Option<String>>,
    #[entity(inverse = "author", lazy = "raise")]
    pub(super) books: HasMany<Book>,
}

#[derive(Entity, Debug, Default)]
#[entity(check = "pages >= 0")]
pub(super) struct Book {
    #[entity(primary_key)]
    pub(super) id: Auto<i64>,
    #[entity(inverse = "books")]
    pub(super) author: BelongsTo<Author>,
    #[entity(inverse = "sequel")]
    pub(super) prequel: BelongsTo<Option<Self>>,
    #[entity(inverse = "prequel")]
    pub(super) sequel: HasOne<Self>,
    pub(super) pages: i32,
}
// ANCHOR_END: model

pub(super) fn author(name: &str) -> Author {
    Author { name: name.into(), ..Author::default() }
}

/// A session that holds one author, whose row is committed.
pub(super) fn start(stage: &Stage) -> orm::Result<(Session, Key<Author>)> {
    let mut session = Session::new(stage.engine());
    session.engine().create_all(schema![Author, Book])?;
    let jane = session.add(author("Jane"));
    session.commit()?;
    session.load(jane)?;
    session.commit()?;
    Ok((session, jane))
}
