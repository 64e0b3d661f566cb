//! One row, one object: the identity map, `get`, `merge`.

use orm::prelude::*;
use orm::{Error, Result};

use crate::Db;
use crate::models::{Address, User};
use crate::sent::{check_kinds, check_silence, check_words};

cases![
    get_of_a_held_identity_sends_nothing,
    get_of_an_unknown_row_is_one_select,
    get_of_a_missing_row_is_none,
    a_query_gives_the_object_that_is_held,
    a_query_does_not_overwrite_edits,
    populate_existing_overwrites_what_is_clean,
    two_objects_of_one_identity_are_refused,
    an_identity_is_free_again_after_expunge,
    merge_updates_the_row_that_exists,
    merge_adds_what_has_no_row,
    merge_onto_a_held_object_keeps_its_key,
    merge_follows_the_graph,
    merge_follows_references,
    merge_of_an_edited_row,
    a_deleted_identity_is_not_found,
    the_primary_key_of_an_entity_is_known_in_every_state,
    a_primary_key_of_several_columns_is_a_tuple,
    a_class_of_a_table_of_its_own_has_a_shorter_key_than_the_hierarchy,
];

fn session(db: &Db) -> Result<Session> {
    Ok(Session::new(&db.engine(schema![User, Address])?))
}

/// A session that holds nothing, on a database with ed, number 1, and his address, number 1.
fn beside_ed(db: &Db) -> Result<Session> {
    let mut session = session(db)?;
    session.add(User::with("ed", &["a@x.org"]));
    session.commit()?;
    session.expunge_all();
    Ok(session)
}

fn get_of_a_held_identity_sends_nothing(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    let ed = session.add(User::named("ed"));
    session.flush()?;
    let recorder = session.engine().record();
    assert_eq!(session.get::<User>(1)?, Some(ed));
    check_silence(&recorder);
    Ok(())
}

fn get_of_an_unknown_row_is_one_select(db: &Db) -> Result<()> {
    let mut session = beside_ed(db)?;
    let recorder = session.engine().record();
    let ed = session.get::<User>(1)?.expect("it is there");
    assert_eq!(session[ed].name, "ed");
    assert_eq!(session.get::<User>(1)?, Some(ed));
    check_words(
        db,
        &recorder,
        &[
            "BEGIN",
            "SELECT user_account.id, user_account.name, user_account.fullname FROM user_account WHERE user_account.id = ?",
        ],
    );
    Ok(())
}

fn get_of_a_missing_row_is_none(db: &Db) -> Result<()> {
    let mut session = beside_ed(db)?;
    assert_eq!(session.get::<User>(7)?, None);
    assert_eq!(session.memory().entities, 0);
    Ok(())
}

fn a_query_gives_the_object_that_is_held(db: &Db) -> Result<()> {
    let mut session = beside_ed(db)?;
    let ed = session.get::<User>(1)?.expect("it is there");
    let pairs = session.all(select((entity::<User>(), entity::<Address>())).join(User::ADDRESSES))?;
    assert_eq!(pairs.len(), 1);
    assert_eq!(pairs[0].0, ed);
    assert_eq!(session.rel(pairs[0].1, Address::USER).load()?, Some(ed));
    Ok(())
}

fn a_query_does_not_overwrite_edits(db: &Db) -> Result<()> {
    let mut session = Session::builder(beside_ed(db)?.engine()).autoflush(false).build();
    let ed = session.get::<User>(1)?.expect("it is there");
    session[ed].name = "edited".into();
    session.query::<User>().all()?;
    assert_eq!(session[ed].name, "edited");
    Ok(())
}

fn populate_existing_overwrites_what_is_clean(db: &Db) -> Result<()> {
    let mut session = beside_ed(db)?;
    let ed = session.get::<User>(1)?.expect("it is there");
    session.execute(&update("user_account").set(User::NAME, "edward"))?;
    session.query::<User>().all()?;
    assert_eq!(session[ed].name, "ed");
    session.query::<User>().populate_existing().all()?;
    assert_eq!(session[ed].name, "edward");
    Ok(())
}

fn two_objects_of_one_identity_are_refused(db: &Db) -> Result<()> {
    let mut session = beside_ed(db)?;
    let ed = session.get::<User>(1)?.expect("it is there");
    let twin = session.add(User { id: Auto::from(1), ..User::named("twin") });
    let recorder = session.engine().record();
    let refused = session.flush().unwrap_err();
    assert!(matches!(&refused, Error::DuplicateIdentity { entity: "User", key, .. } if key.contains('1')), "{refused}");
    // Nothing was written: the transaction has nothing to lose, and begins anew when it is needed.
    check_kinds(&recorder, "rollback");
    session.expunge(twin)?;
    assert_eq!(session.get::<User>(1)?, Some(ed));
    Ok(())
}

fn an_identity_is_free_again_after_expunge(db: &Db) -> Result<()> {
    let mut session = beside_ed(db)?;
    let old = session.get::<User>(1)?.expect("it is there");
    session.expunge(old)?;
    let new = session.get::<User>(1)?.expect("it is there");
    assert_ne!(old, new);
    assert!(!session.contains(old));
    Ok(())
}

fn merge_updates_the_row_that_exists(db: &Db) -> Result<()> {
    let mut session = beside_ed(db)?;
    let recorder = session.engine().record();
    let ed = session.merge(User { id: Auto::from(1), fullname: Some("Ed".into()), ..User::named("ed") })?;
    session.commit()?;
    check_kinds(&recorder, "begin select update commit");
    assert_eq!(session.load(ed)?.fullname.as_deref(), Some("Ed"));
    assert_eq!(session.query::<User>().count()?, 1);
    Ok(())
}

fn merge_adds_what_has_no_row(db: &Db) -> Result<()> {
    let mut session = beside_ed(db)?;
    let wendy = session.merge(User::named("wendy"))?;
    let mary = session.merge(User { id: Auto::from(10), ..User::named("mary") })?;
    session.commit()?;
    assert_eq!(session.load(wendy)?.name, "wendy");
    assert_eq!(session.get::<User>(10)?, Some(mary));
    assert_eq!(session.query::<User>().count()?, 3);
    Ok(())
}

fn merge_onto_a_held_object_keeps_its_key(db: &Db) -> Result<()> {
    let mut session = beside_ed(db)?;
    let ed = session.get::<User>(1)?.expect("it is there");
    let merged = session.merge(User { id: Auto::from(1), ..User::named("edward") })?;
    assert_eq!(merged, ed);
    assert_eq!(session[ed].name, "edward");
    assert_eq!(session.held::<User>(), [ed]);
    assert!(session.pending::<User>().is_empty());
    Ok(())
}

fn merge_follows_the_graph(db: &Db) -> Result<()> {
    let mut session = beside_ed(db)?;
    let known = Address { id: Auto::from(1), ..Address::at("changed@x.org") };
    let graph =
        User { id: Auto::from(1), addresses: HasMany::of([known, Address::at("new@x.org")]), ..User::named("ed") };
    let ed = session.merge(graph)?;
    session.commit()?;
    let addresses = session.rel(ed, User::ADDRESSES).load()?;
    let emails: Vec<&str> = addresses.iter().map(|address| session[*address].email.as_str()).collect();
    assert_eq!(emails, ["changed@x.org", "new@x.org"]);
    Ok(())
}

fn a_deleted_identity_is_not_found(db: &Db) -> Result<()> {
    let mut session = beside_ed(db)?;
    let ed = session.get::<User>(1)?.expect("it is there");
    session.delete(ed)?;
    session.flush()?;
    assert_eq!(session.get::<User>(1)?, None);
    assert!(session.query::<User>().all()?.is_empty());
    Ok(())
}

fn merge_follows_references(db: &Db) -> Result<()> {
    let mut session = beside_ed(db)?;
    let ed = User { id: Auto::from(1), ..User::named("edward") };
    let address = session.merge(Address { id: Auto::from(1), user: BelongsTo::new(ed), ..Address::at("b@x.org") })?;
    session.commit()?;
    let owner = session.rel(address, Address::USER).load()?.expect("it has one");
    assert_eq!(session.load(owner)?.name, "edward");
    assert_eq!(session.load(address)?.email, "b@x.org");
    assert_eq!(session.query::<User>().count()? + session.query::<Address>().count()?, 2);
    Ok(())
}

fn merge_of_an_edited_row(db: &Db) -> Result<()> {
    let mut session = Session::builder(beside_ed(db)?.engine()).autoflush(false).build();
    let ed = session.get::<User>(1)?.expect("it is there");
    session[ed].fullname = Some("lost".into());
    session.merge(User { id: Auto::from(1), fullname: Some("Ed".into()), ..User::named("ed") })?;
    session.commit()?;
    assert_eq!(session.load(ed)?.fullname.as_deref(), Some("Ed"));
    Ok(())
}

fn the_primary_key_of_an_entity_is_known_in_every_state(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    let ed = session.add(User::named("ed"));
    assert_eq!(session.id(ed)?, None);
    session.commit()?;
    let recorder = session.engine().record();
    assert!(session.is_expired(ed)?);
    let id = session.id(ed)?.expect("the row is written");
    session.delete(ed)?;
    assert_eq!(session.id(ed)?, Some(id));
    check_silence(&recorder);
    session.flush()?;
    assert_eq!(session.id(ed)?, Some(id));
    session.rollback()?;
    assert_eq!(session.id(ed)?, Some(id));
    session.expunge(ed)?;
    assert!(matches!(session.id(ed), Err(Error::UnknownKey { .. })));
    Ok(())
}

#[derive(Entity, Debug, Default)]
struct Seat {
    #[entity(primary_key)]
    row: i64,
    #[entity(primary_key, length = 1)]
    letter: String,
}

fn a_primary_key_of_several_columns_is_a_tuple(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Seat])?);
    let seat = session.add(Seat { row: 7, letter: "A".into() });
    session.commit()?;
    assert_eq!(session.id(seat)?, Some((7, "A".to_owned())));
    // An edit of the key is one of memory until it is flushed.
    session.load(seat)?;
    session[seat].letter = "B".into();
    assert_eq!(session.id(seat)?, Some((7, "A".to_owned())));
    session.flush()?;
    assert_eq!(session.id(seat)?, Some((7, "B".to_owned())));
    session.rollback()?;
    assert_eq!(session.id(seat)?, Some((7, "A".to_owned())));
    Ok(())
}

#[derive(Entity, Debug)]
#[entity(inheritance = "concrete")]
enum Pet {
    Animal(Animal),
    Dog(Dog),
}

#[derive(Entity, Debug, Default)]
#[entity(root = "Pet")]
struct Animal {
    #[entity(primary_key)]
    id: Auto<i64>,
}

#[derive(Entity, Debug, Default)]
#[entity(root = "Pet")]
struct Dog {
    #[entity(base)]
    animal: Animal,
    #[entity(length = 20)]
    breed: String,
}

fn a_class_of_a_table_of_its_own_has_a_shorter_key_than_the_hierarchy(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Pet])?);
    let dog = session.add(Dog { breed: "pug".into(), ..Dog::default() });
    session.commit()?;
    let id = session.id(dog)?.expect("the row is written");
    assert_eq!(session.get::<Dog>(id)?, Some(dog));
    let pet = session.one(select(entity::<Pet>()))?;
    assert_eq!(session.id(pet)?, Some(("dog".to_owned(), id)));
    Ok(())
}
