//! Errors of the unit of work: entities, keys, relationships, flushes.

use orm::event::before_insert;
use orm::prelude::*;

use super::model::{Author, Book, author, start};
use crate::Stage;

// ANCHOR: stale-data
pub(super) fn stale_data(stage: &Stage) -> orm::Result<()> {
    let (mut session, jane) = start(stage)?;
    let mut other = Session::new(stage.engine());
    other.execute(&update("author").set(Author::NAME, "J. Austen"))?;
    other.commit()?;
    session[jane].name = "Jane Austen".into(); // memory shows "Jane"
    session.commit()
}
// ANCHOR_END: stale-data

// ANCHOR: circular-dependency
pub(super) fn circular_dependency(stage: &Stage) -> orm::Result<()> {
    let (mut session, jane) = start(stage)?;
    let book = || Book { author: BelongsTo::to(jane), ..Book::default() };
    let (one, two) = (session.add(book()), session.add(book()));
    session.rel(one, Book::PREQUEL).set(two)?;
    session.rel(two, Book::PREQUEL).set(one)?;
    session.commit()
}
// ANCHOR_END: circular-dependency

// ANCHOR: no-result
pub(super) fn no_result(stage: &Stage) -> orm::Result<()> {
    let (mut session, _) = start(stage)?;
    session.query::<Author>().filter(Author::NAME.eq("nobody")).one().map(drop)
}
// ANCHOR_END: no-result

// ANCHOR: multiple-results
pub(super) fn multiple_results(stage: &Stage) -> orm::Result<()> {
    let (mut session, _) = start(stage)?;
    session.add(author("Emily"));
    session.query::<Author>().one().map(drop)
}
// ANCHOR_END: multiple-results

// ANCHOR: object-deleted
pub(super) fn object_deleted(stage: &Stage) -> orm::Result<()> {
    let (mut session, jane) = start(stage)?;
    let mut other = Session::new(stage.engine());
    other.execute(&delete("author"))?;
    other.commit()?;
    session.load(jane).map(drop)
}
// ANCHOR_END: object-deleted

// ANCHOR: duplicate-identity
pub(super) fn duplicate_identity(stage: &Stage) -> orm::Result<()> {
    let (mut session, jane) = start(stage)?;
    let id = session.load(jane)?.id.get().unwrap_or_default();
    session.add(Author { id: id.into(), ..author("Emily") });
    session.commit()
}
// ANCHOR_END: duplicate-identity

// ANCHOR: unset-relationship
pub(super) fn unset_relationship(stage: &Stage) -> orm::Result<()> {
    let (mut session, _) = start(stage)?;
    session.add(Book::default()); // without an author
    session.commit()
}
// ANCHOR_END: unset-relationship

// ANCHOR: parent-deleted
pub(super) fn parent_deleted(stage: &Stage) -> orm::Result<()> {
    let (mut session, jane) = start(stage)?;
    session.rel(jane, Author::BOOKS).push(Book::default())?;
    session.commit()?;
    let mut session = Session::new(stage.engine());
    let jane = session.query::<Author>().options(selectin(Author::BOOKS)).one()?;
    session.delete(jane)?; // no cascade, and a book needs an author
    session.commit()
}
// ANCHOR_END: parent-deleted

// ANCHOR: raised-column
pub(super) fn raised_column(stage: &Stage) -> orm::Result<()> {
    let (mut session, jane) = start(stage)?;
    session.query::<Author>().options(raise_deferred(Author::BIO)).all()?;
    session.load_column(jane, Author::BIO).map(drop)
}
// ANCHOR_END: raised-column

// ANCHOR: raised-load
pub(super) fn raised_load(stage: &Stage) -> orm::Result<()> {
    let (mut session, _) = start(stage)?;
    let mut fresh = Session::new(session.engine());
    let jane = fresh.query::<Author>().one()?;
    session.close()?;
    fresh.rel(jane, Author::BOOKS).load().map(drop)
}
// ANCHOR_END: raised-load

// ANCHOR: repeated-load
pub(super) fn repeated_load(stage: &Stage) -> orm::Result<()> {
    let (mut session, jane) = start(stage)?;
    let emily = session.add(author("Emily"));
    session.add_all(
        [jane, emily].map(|author| Book { author: author.into(), ..Book::default() }),
    );
    session.commit()?;
    let mut strict =
        Session::builder(session.engine()).n_plus_one(NPlusOne::refuse()).build();
    session.close()?;
    for book in strict.query::<Book>().all()? {
        strict.rel(book, Book::AUTHOR).load()?;
    }
    Ok(())
}
// ANCHOR_END: repeated-load

// ANCHOR: listener-failed
pub(super) fn listener_failed(stage: &Stage) -> orm::Result<()> {
    let (mut session, _) = start(stage)?;
    session.listen(before_insert::<Author>(|scope, author| {
        match scope[author].name.is_empty() {
            true => Err(orm::Error::invalid("an author needs a name")),
            false => Ok(()),
        }
    }));
    session.add(author(""));
    session.flush()
}
// ANCHOR_END: listener-failed

// ANCHOR: not-computable
pub(super) fn not_computable(stage: &Stage) -> orm::Result<()> {
    let (session, author) = start(stage)?;
    Author::NAME.lt("b").of(&session[author]).map(drop)
}
// ANCHOR_END: not-computable

// ANCHOR: mapping
#[derive(Entity, Debug, Default)]
struct Shelf {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "shelf")]
    boxes: HasMany<Crate>,
}

#[derive(Entity, Debug, Default)]
struct Crate {
    #[entity(primary_key)]
    id: Auto<i64>,
    shelf: BelongsTo<Shelf>, // lacks `inverse = "boxes"`
}

pub(super) fn mapping(stage: &Stage) -> orm::Result<()> {
    stage.engine().create_all(schema![Shelf, Crate])
}
// ANCHOR_END: mapping

// ANCHOR: row-deleted
pub(super) fn row_deleted(stage: &Stage) -> orm::Result<()> {
    let (mut session, jane) = start(stage)?;
    session.delete(jane)?;
    session.flush()?;
    session.set(jane, Author::NAME, "Jane Austen")
}
// ANCHOR_END: row-deleted

// ANCHOR: row-pending
pub(super) fn row_pending(stage: &Stage) -> orm::Result<()> {
    let (mut session, _) = start(stage)?;
    let emily = session.add(author("Emily"));
    session.delete(emily) // no flush has inserted it
}
// ANCHOR_END: row-pending

// ANCHOR: deleted-and-added
pub(super) fn deleted_and_added(stage: &Stage) -> orm::Result<()> {
    let (mut session, jane) = start(stage)?;
    let book = session.add(Book { author: jane.into(), ..Book::default() });
    session.commit()?;
    let id = session.load(jane)?.id;
    let successor = session.add(Author { id, ..author("Emily") });
    session.rel(book, Book::AUTHOR).set(successor)?; // its row still refers to Jane
    session.delete(jane)?;
    session.commit()
}
// ANCHOR_END: deleted-and-added

// ANCHOR: unique-value-cycle
pub(super) fn unique_value_cycle(stage: &Stage) -> orm::Result<()> {
    let (mut session, jane) = start(stage)?;
    let emily = session.add(author("Emily"));
    session.flush()?;
    session[jane].name = "Emily".into();
    session[emily].name = "Jane".into(); // both at once
    session.commit()
}
// ANCHOR_END: unique-value-cycle

// ANCHOR: unflushed-changes
pub(super) fn unflushed_changes(stage: &Stage) -> orm::Result<()> {
    let (mut session, jane) = start(stage)?;
    let emily = session.add(author("Emily"));
    let book = session.add(Book { author: BelongsTo::to(jane), ..Book::default() });
    session.commit()?;
    session.rel(book, Book::AUTHOR).set(emily)?; // both sides know
    session.no_autoflush(|session| session.refresh(book).map(drop))
}
// ANCHOR_END: unflushed-changes

// ANCHOR: empty-relationship
pub(super) fn empty_relationship(stage: &Stage) -> orm::Result<()> {
    let (mut session, jane) = start(stage)?;
    let book = session.add(Book { author: BelongsTo::to(jane), ..Book::default() });
    session.rel(book, Book::PREQUEL).one().map(drop)
}
// ANCHOR_END: empty-relationship

// ANCHOR: key-of-other-session
pub(super) fn key_of_other_session(stage: &Stage) -> orm::Result<()> {
    let (session, jane) = start(stage)?;
    Session::new(session.engine()).peek(jane).map(drop)
}
// ANCHOR_END: key-of-other-session

// ANCHOR: key-gone
pub(super) fn key_gone(stage: &Stage) -> orm::Result<()> {
    let (mut session, jane) = start(stage)?;
    session.expunge(jane)?;
    session.peek(jane).map(drop)
}
// ANCHOR_END: key-gone

// ANCHOR: key-of-other-class
#[derive(Entity, Debug)]
#[entity(inheritance = "single")]
enum Animal {
    Beast(Beast),
    Cat(Cat),
}

#[derive(Entity, Debug, Default)]
#[entity(table = "animal", root = "Animal")]
struct Beast {
    #[entity(primary_key)]
    id: Auto<i64>,
}

#[derive(Entity, Debug, Default)]
#[entity(root = "Animal")]
struct Cat {
    #[entity(base)]
    beast: Beast,
}

pub(super) fn key_of_other_class(stage: &Stage) -> orm::Result<()> {
    stage.engine().create_all(schema![Animal])?;
    let mut session = Session::new(stage.engine());
    let cat = session.add(Cat::default());
    session.commit()?;
    session.execute(&text("UPDATE animal SET type = 'beast'"))?;
    session.refresh(cat.upcast())?; // the row says: no cat
    session.peek(cat).map(drop)
}
// ANCHOR_END: key-of-other-class

// ANCHOR: pending-rollback
pub(super) fn pending_rollback(stage: &Stage) -> orm::Result<()> {
    let (mut session, _) = start(stage)?;
    session.add(author("Emily"));
    session.flush()?;
    let twice = text("INSERT OR ROLLBACK INTO author (name) VALUES ('Jane')");
    let refused = session.execute(&twice); // SQLite ends the transaction
    assert!(refused.is_err());
    session.query::<Author>().count().map(drop)
}
// ANCHOR_END: pending-rollback

// ANCHOR: savepoint-ended
pub(super) fn savepoint_ended(stage: &Stage) -> orm::Result<()> {
    let (mut session, _) = start(stage)?;
    let savepoint = session.begin_nested()?;
    session.release(savepoint)?;
    session.rollback_to(savepoint).map(drop)
}
// ANCHOR_END: savepoint-ended

// ANCHOR: transaction-borrowed
pub(super) fn transaction_borrowed(stage: &Stage) -> orm::Result<()> {
    let (mut session, _) = start(stage)?;
    session.with_connection(|connection| connection.commit())
}
// ANCHOR_END: transaction-borrowed
