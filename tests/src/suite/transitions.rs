//! Listeners of states: which change of an entity's state is told, and when.

use std::sync::{Arc, Mutex};

use orm::event::{Transition, before_flush, on_any_transition, on_transition};
use orm::prelude::*;
use orm::{Error, Result};

use crate::Db;
use crate::models::{Address, User};

cases![
    additions_and_insertions_are_told,
    loads_are_told_once,
    deletions_are_told,
    a_rollback_tells_of_the_way_back,
    a_savepoint_tells_of_its_part,
    expunged_entities_are_told,
    a_new_version_is_told,
    a_failed_flush_tells_nothing,
    places_that_are_taken_again_are_told,
    a_listener_looks_at_the_entity,
];

#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().expect("nobody panics with the notes"))
    }
}

fn listened(db: &Db) -> Result<(Session, Notes)> {
    let mut session = Session::new(&db.engine(schema![User, Address])?);
    let notes = Notes::default();
    let noted = notes.0.clone();
    session.listen(on_any_transition(move |_, entity, transition| {
        noted.lock().expect("nobody panics with the notes").push(format!("{} {transition:?}", entity.entity()));
    }));
    Ok((session, notes))
}

const NOTHING: [&str; 0] = [];

fn additions_and_insertions_are_told(db: &Db) -> Result<()> {
    let (mut session, notes) = listened(db)?;
    let ed = session.add(User::with("ed", &["a"]));
    assert_eq!(notes.take(), ["User TransientToPending", "Address TransientToPending"]);
    session.flush()?;
    assert_eq!(notes.take(), ["User PendingToPersistent", "Address PendingToPersistent"]);
    session.rel(ed, User::ADDRESSES).push(Address::at("b"))?;
    assert_eq!(notes.take(), ["Address TransientToPending"]);
    session.commit()?;
    assert_eq!(notes.take(), ["Address PendingToPersistent"]);
    session[ed].name = "edward".into();
    session.commit()?;
    assert_eq!(notes.take(), NOTHING, "an edit changes no state");
    Ok(())
}

fn loads_are_told_once(db: &Db) -> Result<()> {
    let (mut session, notes) = listened(db)?;
    session.add(User::with("ed", &["a", "b"]));
    session.commit()?;
    let id = session.one(select(User::ID))?;
    session.expunge_all();
    notes.take();
    let ed = session.query::<User>().one()?;
    assert_eq!(notes.take(), ["User LoadedAsPersistent"]);
    session.rel(ed, User::ADDRESSES).load()?;
    assert_eq!(notes.take(), ["Address LoadedAsPersistent"; 2]);
    session.commit()?;
    session.load(ed)?;
    session.refresh(ed)?;
    session.query::<User>().options(selectin(User::ADDRESSES)).all()?;
    assert_eq!(notes.take(), NOTHING, "they were known");
    session.expunge_all();
    notes.take();
    session.get::<User>(id)?;
    assert_eq!(notes.take(), ["User LoadedAsPersistent"]);
    session.get::<User>(id)?;
    assert_eq!(notes.take(), NOTHING);
    Ok(())
}

fn deletions_are_told(db: &Db) -> Result<()> {
    let (mut session, notes) = listened(db)?;
    let ed = session.add(User::with("ed", &["a"]));
    session.commit()?;
    session.expunge_all();
    let id = session.one(select(User::ID))?;
    notes.take();
    assert!(!session.contains(ed));
    let ed = session.get::<User>(id)?.expect("ed");
    session.delete(ed)?;
    assert_eq!(notes.take(), ["User LoadedAsPersistent"], "a mark is no change of state");
    session.flush()?;
    let told = notes.take();
    assert_eq!(told.len(), 3, "{told:?}");
    assert_eq!(told.iter().filter(|told| told.ends_with("PersistentToDeleted")).count(), 2, "{told:?}");
    assert!(told.contains(&"Address LoadedAsPersistent".to_owned()), "{told:?}");
    session.commit()?;
    assert_eq!(notes.take().iter().filter(|told| told.ends_with("DeletedToDetached")).count(), 2);
    Ok(())
}

fn a_rollback_tells_of_the_way_back(db: &Db) -> Result<()> {
    let (mut session, notes) = listened(db)?;
    let ed = session.add(User::named("ed"));
    session.commit()?;
    session.add(Address { user: BelongsTo::to(ed), ..Address::at("inserted") });
    session.flush()?;
    session.add(Address { user: BelongsTo::to(ed), ..Address::at("pending") });
    notes.take();
    session.rollback()?;
    assert_eq!(notes.take(), ["Address PersistentToTransient", "Address PendingToTransient"]);
    session.delete(ed)?;
    session.flush()?;
    assert_eq!(notes.take(), ["User PersistentToDeleted"]);
    session.rollback()?;
    assert_eq!(notes.take(), ["User DeletedToPersistent"]);
    session.add(User::named("wendy"));
    session.close()?;
    assert_eq!(notes.take(), ["User TransientToPending", "User PendingToTransient", "User PersistentToDetached"]);
    Ok(())
}

fn a_savepoint_tells_of_its_part(db: &Db) -> Result<()> {
    let (mut session, notes) = listened(db)?;
    let ed = session.add(User::named("ed"));
    let savepoint = session.begin_nested()?;
    let wendy = session.add(User::named("wendy"));
    session.flush()?;
    session.delete(wendy)?;
    session.flush()?;
    notes.take();
    session.rollback_to(savepoint)?;
    assert_eq!(notes.take(), ["User PersistentToTransient"], "one way back for each entity");
    assert_eq!(session.state(ed)?, State::Persistent);
    session.commit()?;
    assert_eq!(notes.take(), NOTHING);
    Ok(())
}

fn expunged_entities_are_told(db: &Db) -> Result<()> {
    let (mut session, notes) = listened(db)?;
    let ed = session.add(User::with("ed", &["a"]));
    session.flush()?;
    let wendy = session.add(User::named("wendy"));
    notes.take();
    session.expunge(wendy)?;
    assert_eq!(notes.take(), ["User PendingToTransient"]);
    session.expunge(ed)?;
    assert_eq!(notes.take(), ["User PersistentToDetached", "Address PersistentToDetached"], "with the cascade");
    session.expunge(ed).expect_err("it is gone");
    assert_eq!(notes.take(), NOTHING);
    Ok(())
}

fn a_new_version_is_told(db: &Db) -> Result<()> {
    let (mut session, notes) = listened(db)?;
    let ed = session.add(User::named("ed"));
    session.commit()?;
    session.load(ed)?;
    session[ed].name = "edward".into();
    notes.take();
    session.make_pending(ed)?;
    session.flush()?;
    assert_eq!(notes.take(), ["User PersistentToPending", "User PendingToPersistent"]);
    session.rollback()?;
    session.load(ed)?;
    session.make_pending(ed)?;
    notes.take();
    session.rollback()?;
    assert_eq!(notes.take(), ["User PendingToPersistent"]);
    Ok(())
}

fn a_failed_flush_tells_nothing(db: &Db) -> Result<()> {
    let (mut session, notes) = listened(db)?;
    let token = session.listen(before_flush(|scope| {
        scope.add(User::named("of the listener"));
        Err(Error::invalid("no"))
    }));
    session.add(User::named("ed"));
    notes.take();
    session.flush().expect_err("the listener refuses");
    session.unlisten(token);
    session.add(User::named("wendy"));
    assert_eq!(notes.take(), ["User TransientToPending"]);
    session.flush()?;
    assert_eq!(notes.take(), ["User PendingToPersistent"; 2]);
    Ok(())
}

fn places_that_are_taken_again_are_told(db: &Db) -> Result<()> {
    let (mut session, notes) = listened(db)?;
    session.add_all((0..5).map(|number| User::named(&format!("user {number}"))));
    session.commit()?;
    for _ in 0..20 {
        session.expunge_all();
        notes.take();
        let users = session.query::<User>().all()?;
        assert_eq!((users.len(), notes.take().len()), (5, 5));
    }
    Ok(())
}

fn a_listener_looks_at_the_entity(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![User, Address])?);
    let names = Arc::new(Mutex::new(Vec::new()));
    let noted = names.clone();
    session.listen(on_transition::<User>(move |scope, user, transition| {
        let name = scope.peek(user).map_or_else(|_| "gone".to_owned(), |user| user.name.clone());
        noted.lock().expect("nobody panics with the names").push((name, transition));
    }));
    let ed = session.add(User::with("ed", &["a"]));
    session.expunge(ed)?;
    let seen = std::mem::take(&mut *names.lock().expect("nobody panics with the names"));
    let expected = [("ed", Transition::TransientToPending), ("gone", Transition::PendingToTransient)];
    assert_eq!(seen, expected.map(|(name, transition)| (name.to_owned(), transition)));
    Ok(())
}
