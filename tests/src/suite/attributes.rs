//! Listeners of attributes: when they are called, in which order, and what they may refuse or replace.

use std::sync::{Arc, Mutex};

use orm::event::{
    AttributeValue, ChangeKind, ChangeScope, EntityKey, before_flush, before_insert, on_any_change, on_append,
    on_change, on_mixin_change, on_mixin_set, on_remove, on_replace, on_set, validate,
};
use orm::prelude::*;
use orm::{Error, Result};

use crate::Db;
use crate::models::{Address, Department, User, Worker};
use crate::sent::check_silence;

cases![
    an_assignment_is_told_at_once,
    a_plain_assignment_is_told_by_the_next_flush,
    a_query_and_a_commit_tell_of_plain_assignments,
    values_of_a_new_entity_are_told_by_its_flush,
    each_value_is_told_once,
    a_replacement_is_what_memory_and_row_get,
    a_refused_assignment_leaves_memory_as_before,
    a_refused_plain_assignment_fails_the_flush,
    a_validator_mends_or_refuses,
    an_error_names_entity_attribute_and_listener,
    expired_memory_has_no_value_before,
    both_ends_of_a_relationship_are_told_at_once,
    a_collection_tells_its_own_end_first,
    an_entity_that_gives_way_is_told,
    a_one_to_one_is_an_assignment,
    many_to_many_links_are_told_at_both_ends,
    a_reference_that_was_assigned_is_told_by_the_flush,
    a_graph_that_is_added_is_told_by_its_flush,
    a_listener_edits_the_member_that_joins,
    a_listener_puts_another_member_in_place,
    a_listener_replaces_the_target_of_a_reference,
    a_replacement_of_another_type_changes_nothing,
    a_refused_member_is_not_pending,
    what_follows_from_a_change_may_be_refused_but_not_replaced,
    a_replaced_collection_is_told_whole,
    a_refused_member_of_a_replacement_takes_all_back,
    the_kth_listener_that_fails_leaves_memory_as_before,
    the_kth_listener_that_panics_leaves_memory_as_before,
    cascades_of_a_flush_are_not_told,
    the_edits_of_listeners_are_told_too,
    a_listener_that_replaces_its_own_replacement_is_an_error,
    a_mixin_is_heard_in_each_entity,
    a_class_hears_those_below_it,
    a_rollback_forgets_what_was_told,
    an_edit_that_is_dropped_is_told_anew,
    listeners_are_removed_and_called_once,
    sensitive_values_are_masked,
];

/// What listeners have noted, in order.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    fn note(&self, text: impl Into<String>) {
        self.0.lock().expect("nobody panics with the notes").push(text.into());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().expect("nobody panics with the notes"))
    }

    /// Hears of every change.
    fn listen(&self, session: &mut Session) {
        let notes = self.clone();
        session.listen(on_any_change(move |scope, change| {
            let (before, after) = (shown(scope, change.before()), shown(scope, change.after()));
            let entity = called(scope, change.entity());
            notes.note(match change.kind() {
                ChangeKind::Set => format!("{entity}.{} {before} -> {after}", change.attribute()),
                ChangeKind::Append => format!("{entity}.{} + {after}", change.attribute()),
                ChangeKind::Remove => format!("{entity}.{} - {before}", change.attribute()),
            });
            Ok(())
        }));
    }
}

fn shown(scope: &ChangeScope<'_>, value: Option<AttributeValue>) -> String {
    match value {
        None => "-".to_owned(),
        Some(AttributeValue::Column(Value::Text(text))) => text,
        Some(AttributeValue::Column(value)) => format!("{value:?}"),
        Some(AttributeValue::Related(entity)) => called(scope, entity),
    }
}

/// The name of an entity, or its type where it has none.
fn called(scope: &ChangeScope<'_>, entity: EntityKey) -> String {
    let column = |name: &str| match scope.value(entity, name) {
        Some(Value::Text(text)) if !text.is_empty() => Some(text),
        _ => None,
    };
    column("name").or_else(|| column("email")).unwrap_or_else(|| entity.entity().to_owned())
}

fn session(db: &Db) -> Result<Session> {
    Ok(Session::new(&db.engine(schema![User, Address])?))
}

/// A session, and a user with a row that is fresh.
fn with_ed(db: &Db) -> Result<(Session, Key<User>, Notes)> {
    let mut session = session(db)?;
    let ed = session.add(User::named("ed"));
    session.flush()?;
    let notes = Notes::default();
    notes.listen(&mut session);
    Ok((session, ed, notes))
}

fn an_assignment_is_told_at_once(db: &Db) -> Result<()> {
    let (mut session, ed, notes) = with_ed(db)?;
    let recorder = session.engine().record();
    session.set(ed, User::NAME, "edward")?;
    assert_eq!(notes.take(), ["ed.name ed -> edward"], "the entity is as before while the listener runs");
    session.set(ed, User::FULLNAME, Some("Ed Jones".to_owned()))?;
    assert_eq!(notes.take(), ["edward.fullname Null -> Ed Jones"]);
    check_silence(&recorder);
    session.commit()?;
    assert_eq!(notes.take(), Vec::<String>::new(), "told already");
    assert_eq!(session.one(select((User::NAME, User::FULLNAME)))?.0, "edward");
    Ok(())
}

fn a_plain_assignment_is_told_by_the_next_flush(db: &Db) -> Result<()> {
    let (mut session, ed, notes) = with_ed(db)?;
    session[ed].name = "edward".into();
    session[ed].name = "eddie".into();
    session.set(ed, User::FULLNAME, None::<String>)?;
    assert_eq!(notes.take(), ["eddie.fullname Null -> Null"], "the plain assignment waits");
    session.rel(ed, User::ADDRESSES).push(Address::at("ed@x.org"))?;
    assert_eq!(notes.take(), ["eddie.addresses + ed@x.org", "ed@x.org.user - -> eddie"]);
    session.flush()?;
    assert_eq!(notes.take(), ["ed@x.org.email - -> ed@x.org", "eddie.name ed -> eddie"], "pending entities come first");
    session.flush()?;
    assert_eq!(notes.take(), Vec::<String>::new());
    Ok(())
}

fn a_query_and_a_commit_tell_of_plain_assignments(db: &Db) -> Result<()> {
    let (mut session, ed, notes) = with_ed(db)?;
    session[ed].name = "a".into();
    session.no_autoflush(|session| session.query::<User>().count())?;
    assert_eq!(notes.take(), Vec::<String>::new(), "nothing was flushed");
    session.query::<User>().count()?;
    assert_eq!(notes.take(), ["a.name ed -> a"]);
    session[ed].name = "b".into();
    let savepoint = session.begin_nested()?;
    assert_eq!(notes.take(), ["b.name a -> b"]);
    session[ed].name = "c".into();
    session.rollback_to(savepoint)?;
    session.commit()?;
    assert_eq!(notes.take(), Vec::<String>::new(), "that one was taken back");
    session.load(ed)?;
    session[ed].name = "d".into();
    session.commit()?;
    assert_eq!(notes.take(), ["d.name b -> d"]);
    Ok(())
}

fn values_of_a_new_entity_are_told_by_its_flush(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    let notes = Notes::default();
    notes.listen(&mut session);
    let ed = session.add(User::named("ed"));
    assert_eq!(notes.take(), Vec::<String>::new());
    session.set(ed, User::NAME, "edward")?;
    assert_eq!(notes.take(), ["ed.name ed -> edward"]);
    session[ed].name = "eddie".into();
    session[ed].fullname = Some("Ed".into());
    session.flush()?;
    assert_eq!(
        notes.take(),
        ["eddie.name edward -> eddie", "eddie.fullname - -> Ed"],
        "neither the unset key nor NULL"
    );
    Ok(())
}

fn each_value_is_told_once(db: &Db) -> Result<()> {
    let (mut session, ed, notes) = with_ed(db)?;
    session.set(ed, User::NAME, "a")?;
    session.set(ed, User::NAME, "a")?;
    session[ed].name = "a".into();
    session.flush()?;
    assert_eq!(notes.take(), ["ed.name ed -> a", "a.name a -> a"], "set tells each time, the flush does not");
    session.set(ed, User::NAME, "b")?;
    session[ed].name = "a".into();
    session.flush()?;
    assert_eq!(notes.take(), ["a.name a -> b", "a.name b -> a"], "a value that went back is told too");
    Ok(())
}

fn a_replacement_is_what_memory_and_row_get(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    session.listen(on_set(User::NAME, |_, change| {
        change.replace(change.value().to_lowercase());
        Ok(())
    }));
    let notes = Notes::default();
    let noted = notes.clone();
    session.listen(on_set(User::NAME, move |scope, change| {
        noted.note(format!("{} {:?} {}", scope[change.key()].name, change.before(), change.value()));
        Ok(())
    }));
    let ed = session.add(User::named("ED"));
    session.flush()?;
    assert_eq!(session[ed].name, "ed");
    session.set(ed, User::NAME, "EDWARD")?;
    assert_eq!(session[ed].name, "edward");
    session[ed].name = "EDDIE".into();
    session.commit()?;
    assert_eq!(session.all(select(User::NAME))?, ["eddie"]);
    let expected = ["ED None ed", "ed Some(\"ed\") edward", "EDDIE Some(\"edward\") eddie"];
    assert_eq!(notes.take(), expected, "the second listener sees the replacement");
    Ok(())
}

fn a_refused_assignment_leaves_memory_as_before(db: &Db) -> Result<()> {
    let (mut session, ed, _) = with_ed(db)?;
    session.listen(on_set(User::NAME, |scope, change| {
        scope[change.key()].fullname = Some("touched".into());
        scope.add(User::named("of the listener"));
        match change.value().is_empty() {
            true => Err(Error::invalid("a name is needed")),
            false => Ok(()),
        }
    }));
    session[ed].fullname = Some("before".into());
    session.set(ed, User::NAME, "").expect_err("the listener refuses");
    assert_eq!((session[ed].name.as_str(), session[ed].fullname.as_deref()), ("ed", Some("before")));
    assert_eq!(session.pending::<User>(), []);
    session.set(ed, User::NAME, "x")?;
    assert_eq!(session[ed].fullname.as_deref(), Some("touched"));
    assert_eq!(session.pending::<User>().len(), 1);
    Ok(())
}

fn a_refused_plain_assignment_fails_the_flush(db: &Db) -> Result<()> {
    let (mut session, ed, notes) = with_ed(db)?;
    session.listen(on_set(User::NAME, |_, change| match change.value().as_str() {
        "" => Err(Error::invalid("a name is needed")),
        _ => Ok(()),
    }));
    let recorder = session.engine().record();
    session[ed].name = String::new();
    session[ed].fullname = Some("Ed".into());
    session.flush().expect_err("the listener refuses");
    session.query::<User>().count().expect_err("so does the autoflush");
    check_silence(&recorder);
    assert_eq!((session[ed].name.as_str(), session[ed].fullname.as_deref()), ("", Some("Ed")), "it is to be mended");
    notes.take();
    session[ed].name = "edward".into();
    session.commit()?;
    assert_eq!(notes.take(), ["edward.name ed -> edward", "edward.fullname Null -> Ed"]);
    Ok(())
}

fn a_validator_mends_or_refuses(db: &Db) -> Result<()> {
    let engine = db.engine(schema![User, Address])?;
    let factory =
        Session::builder(&engine).listen(validate(Address::EMAIL, |email: String| match email.contains('@') {
            true => Ok(email.trim().to_owned()),
            false => Err(format!("`{email}` has no @")),
        }));
    let mut session = factory.build();
    let ed = session.add(User::with("ed", &[" ed@x.org "]));
    session.flush()?;
    let address = session.rel(ed, User::ADDRESSES).load()?[0];
    assert_eq!(session[address].email, "ed@x.org");
    let refused = session.set(address, Address::EMAIL, "nobody").expect_err("no address").to_string();
    assert!(refused.contains("validate") && refused.contains("Address.email: `nobody` has no @"), "{refused}");
    session.rel(ed, User::ADDRESSES).push(Address::at("nowhere"))?;
    let refused = session.commit().expect_err("no address").to_string();
    assert!(refused.contains("`nowhere` has no @"), "{refused}");
    Ok(())
}

fn an_error_names_entity_attribute_and_listener(db: &Db) -> Result<()> {
    let (mut session, ed, _) = with_ed(db)?;
    let line = line!() + 1;
    session.listen(on_append(User::ADDRESSES, |_, _| Err(Error::invalid("no more"))));
    let refused = session.rel(ed, User::ADDRESSES).push(Address::at("a")).expect_err("no more");
    let Error::ListenerFailed { event, location, attribute, source, .. } = &refused else { panic!("{refused}") };
    assert_eq!((*event, location.line(), attribute.as_deref()), ("on_append", line, Some("User.addresses")));
    assert!(location.file().ends_with("attributes.rs"), "{location}");
    assert_eq!(source.to_string(), Error::invalid("no more").to_string());
    assert!(refused.to_string().contains("failed for User.addresses: "), "{refused}");
    Ok(())
}

fn expired_memory_has_no_value_before(db: &Db) -> Result<()> {
    let (mut session, ed, notes) = with_ed(db)?;
    session.commit()?;
    session.set(ed, User::NAME, "edward")?;
    assert_eq!(notes.take(), ["ed.name - -> edward"], "another session may have changed the row");
    session.commit()?;
    session[ed].name = "eddie".into();
    session.flush()?;
    assert_eq!(notes.take(), ["eddie.name - -> eddie"]);
    let address = session.rel(ed, User::ADDRESSES).push(Address::at("a"))?;
    let wendy = session.add(User::named("wendy"));
    session.commit()?;
    notes.take();
    session.rel(address, Address::USER).set(wendy)?;
    assert_eq!(notes.take(), ["a.user - -> wendy", "wendy.addresses + a"]);
    session.commit()?;
    assert_eq!(session.rel(wendy, User::ADDRESSES).load()?, [address]);
    Ok(())
}

fn both_ends_of_a_relationship_are_told_at_once(db: &Db) -> Result<()> {
    let (mut session, ed, notes) = with_ed(db)?;
    let wendy = session.add(User::named("wendy"));
    let address = session.rel(ed, User::ADDRESSES).push(Address::at("a"))?;
    session.flush()?;
    notes.take();
    session.rel(address, Address::USER).set(wendy)?;
    assert_eq!(notes.take(), ["a.user ed -> wendy", "ed.addresses - a", "wendy.addresses + a"]);
    session.rel(address, Address::USER).set(wendy)?;
    assert_eq!(notes.take(), Vec::<String>::new(), "nothing changes");
    session.rel(wendy, User::ADDRESSES).remove(address)?;
    assert_eq!(notes.take(), ["wendy.addresses - a", "a.user wendy -> -"]);
    session.rel(wendy, User::ADDRESSES).remove(address)?;
    assert_eq!(notes.take(), Vec::<String>::new(), "the address is no member");
    session.commit()?;
    assert_eq!(notes.take(), Vec::<String>::new());
    assert_eq!(session.query::<Address>().count()?, 0, "an orphan");
    Ok(())
}

fn a_collection_tells_its_own_end_first(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Department, Worker])?);
    let [sales, store] =
        ["sales", "store"].map(|name| session.add(Department { name: name.to_owned(), ..Department::default() }));
    let ann = session.rel(sales, Department::WORKERS).push(Worker::named("ann"))?;
    session.flush()?;
    let notes = Notes::default();
    notes.listen(&mut session);
    session.rel(store, Department::WORKERS).push(ann)?;
    assert_eq!(notes.take(), ["store.workers + ann", "ann.department sales -> store", "sales.workers - ann"]);
    session.rel(ann, Worker::DEPARTMENT).clear()?;
    assert_eq!(notes.take(), ["ann.department store -> -", "store.workers - ann"]);
    Ok(())
}

#[derive(Entity, Debug, Default)]
#[entity(table = "listened_ship")]
struct Ship {
    #[entity(primary_key)]
    id: Auto<i64>,
    name: String,
    #[entity(inverse = "ship")]
    captain: HasOne<Captain>,
    #[entity(inverse = "ship", key = "place")]
    cabins: HasMany<Cabin>,
    #[entity(secondary = "listened_ship_port", inverse = "ships", order_by = "id")]
    ports: ManyToMany<Port>,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "listened_captain")]
struct Captain {
    #[entity(primary_key)]
    id: Auto<i64>,
    name: String,
    #[entity(inverse = "captain")]
    ship: BelongsTo<Option<Ship>>,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "listened_cabin")]
struct Cabin {
    #[entity(primary_key)]
    id: Auto<i64>,
    name: String,
    #[entity(length = 20)]
    place: String,
    #[entity(inverse = "cabins")]
    ship: BelongsTo<Option<Ship>>,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "listened_port")]
struct Port {
    #[entity(primary_key)]
    id: Auto<i64>,
    name: String,
    #[entity(secondary = "listened_ship_port", inverse = "ports", order_by = "id")]
    ships: ManyToMany<Ship>,
}

fn captain(name: &str) -> Captain {
    Captain { name: name.to_owned(), ..Captain::default() }
}

fn port(name: &str) -> Port {
    Port { name: name.to_owned(), ..Port::default() }
}

fn cabin(name: &str, place: &str) -> Cabin {
    Cabin { name: name.to_owned(), place: place.to_owned(), ..Cabin::default() }
}

fn with_ship(db: &Db) -> Result<(Session, Key<Ship>, Notes)> {
    let mut session = Session::new(&db.engine(schema![Ship, Captain, Cabin, Port])?);
    let ship = session.add(Ship { name: "ship".to_owned(), ..Ship::default() });
    session.flush()?;
    let notes = Notes::default();
    notes.listen(&mut session);
    Ok((session, ship, notes))
}

fn an_entity_that_gives_way_is_told(db: &Db) -> Result<()> {
    let (mut session, ship, notes) = with_ship(db)?;
    session.rel(ship, Ship::CABINS).insert(cabin("old", "bow"))?;
    session.flush()?;
    notes.take();
    session.rel(ship, Ship::CABINS).insert(cabin("new", "bow"))?;
    assert_eq!(notes.take(), ["ship.cabins + new", "new.ship - -> ship", "old.ship ship -> -", "ship.cabins - old"]);
    session.rel(ship, Ship::CABINS).remove("bow")?;
    assert_eq!(notes.take(), ["ship.cabins - new", "new.ship ship -> -"]);
    Ok(())
}

fn a_one_to_one_is_an_assignment(db: &Db) -> Result<()> {
    let (mut session, ship, notes) = with_ship(db)?;
    let ahab = session.rel(ship, Ship::CAPTAIN).set(captain("ahab"))?;
    assert_eq!(notes.take(), ["ship.captain - -> ahab", "ahab.ship - -> ship"]);
    session.flush()?;
    notes.take();
    let nemo = session.add(captain("nemo"));
    session.rel(nemo, Captain::SHIP).set(ship)?;
    assert_eq!(notes.take(), ["nemo.ship - -> ship", "ship.captain ahab -> nemo", "ahab.ship ship -> -"]);
    session.rel(ship, Ship::CAPTAIN).set(ahab)?;
    assert_eq!(notes.take(), ["ship.captain nemo -> ahab", "ahab.ship - -> ship", "nemo.ship ship -> -"]);
    session.rel(ship, Ship::CAPTAIN).clear()?;
    assert_eq!(notes.take(), ["ship.captain ahab -> -", "ahab.ship ship -> -"]);
    Ok(())
}

fn many_to_many_links_are_told_at_both_ends(db: &Db) -> Result<()> {
    let (mut session, ship, notes) = with_ship(db)?;
    let rome = session.rel(ship, Ship::PORTS).push(port("rome"))?;
    assert_eq!(notes.take(), ["ship.ports + rome", "rome.ships + ship"]);
    session.rel(rome, Port::SHIPS).push(ship)?;
    assert_eq!(notes.take(), Vec::<String>::new(), "the link is there");
    session.flush()?;
    assert_eq!(notes.take(), ["rome.name - -> rome"]);
    session.rel(rome, Port::SHIPS).remove(ship)?;
    assert_eq!(notes.take(), ["rome.ships - ship", "ship.ports - rome"]);
    session.commit()?;
    assert_eq!(notes.take(), Vec::<String>::new());
    // A graph that is added is told of by its flush, links included.
    session.add(Ship { name: "boat".to_owned(), ports: ManyToMany::of([port("oslo")]), ..Ship::default() });
    session.flush()?;
    let told = notes.take();
    assert_eq!(told.len(), 4, "{told:?}");
    assert_eq!(told[..2], ["boat.name - -> boat", "oslo.name - -> oslo"]);
    assert!(
        told.contains(&"boat.ports + oslo".to_owned()) && told.contains(&"oslo.ships + boat".to_owned()),
        "{told:?}"
    );
    Ok(())
}

fn a_reference_that_was_assigned_is_told_by_the_flush(db: &Db) -> Result<()> {
    let (mut session, ed, notes) = with_ed(db)?;
    let wendy = session.add(User::named("wendy"));
    let address = session.rel(ed, User::ADDRESSES).push(Address::at("a"))?;
    session.flush()?;
    notes.take();
    session[address].user = BelongsTo::to(wendy);
    assert_eq!(notes.take(), Vec::<String>::new());
    session.flush()?;
    assert_eq!(notes.take(), ["a.user ed -> wendy", "ed.addresses - a", "wendy.addresses + a"]);
    session[address].user = BelongsTo::new(User::named("jack"));
    session.flush()?;
    let told = notes.take();
    assert!(told.contains(&"a.user wendy -> jack".to_owned()) && told.contains(&"jack.name - -> jack".to_owned()));
    assert_eq!(told.len(), 4, "{told:?}");
    Ok(())
}

fn a_graph_that_is_added_is_told_by_its_flush(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    let notes = Notes::default();
    notes.listen(&mut session);
    session.add(User::with("ed", &["a"]));
    session.flush()?;
    assert_eq!(notes.take(), ["ed.name - -> ed", "a.email - -> a", "a.user - -> ed", "ed.addresses + a"]);
    Ok(())
}

fn a_listener_edits_the_member_that_joins(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    session.listen(on_append(User::ADDRESSES, |scope, change| {
        let email = format!("{}@x.org", scope[change.owner()].name);
        scope.set(change.member(), Address::EMAIL, email)
    }));
    let ed = session.add(User::named("ed"));
    session.rel(ed, User::ADDRESSES).push(Address::default())?;
    session.commit()?;
    assert_eq!(session.all(select(Address::EMAIL))?, ["ed@x.org"]);
    Ok(())
}

fn a_listener_puts_another_member_in_place(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    let ed = session.add(User::named("ed"));
    let spare = session.rel(ed, User::ADDRESSES).push(Address::at("spare"))?;
    session.rel(ed, User::ADDRESSES).remove(spare)?;
    session.listen(on_append(User::ADDRESSES, move |_, change| {
        change.replace(spare);
        Ok(())
    }));
    let wendy = session.add(User::named("wendy"));
    let other = session.add(Address::at("other"));
    assert_eq!(session.rel(wendy, User::ADDRESSES).push(other)?, spare);
    assert_eq!(session.rel(wendy, User::ADDRESSES).load()?, [spare]);
    session.expunge(other)?;
    session.commit()?;
    assert_eq!(session.all(select((User::NAME, Address::EMAIL)).join(User::ADDRESSES))?.len(), 1);
    Ok(())
}

fn a_listener_replaces_the_target_of_a_reference(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Department, Worker])?);
    let [closed, store] =
        ["closed", "store"].map(|name| session.add(Department { name: name.to_owned(), ..Department::default() }));
    session.flush()?;
    session.listen(on_set(Worker::DEPARTMENT, move |_, change| {
        if *change.value() == Some(closed) {
            change.replace(Some(store));
        }
        Ok(())
    }));
    let [ann, bob] = ["ann", "bob"].map(|name| session.add(Worker::named(name)));
    assert_eq!(session.rel(ann, Worker::DEPARTMENT).set(closed)?, store);
    assert_eq!(session.rel(store, Department::WORKERS).load()?, [ann]);
    session[bob].department = BelongsTo::to(closed);
    session.flush()?;
    assert_eq!(session.rel(bob, Worker::DEPARTMENT).load()?, Some(store));
    assert_eq!(session.rel(store, Department::WORKERS).load()?, [ann, bob]);
    assert_eq!(session.rel(closed, Department::WORKERS).load()?, []);
    Ok(())
}

fn a_replacement_of_another_type_changes_nothing(db: &Db) -> Result<()> {
    let (mut session, ed, _) = with_ed(db)?;
    let wendy = session.add(User::named("wendy"));
    let address = session.rel(ed, User::ADDRESSES).push(Address { email: "e@x.org".into(), ..Address::default() })?;
    session.flush()?;
    let refused = Notes::default();
    let notes = refused.clone();
    session.listen(on_change::<Address>(move |_, change| {
        // An address cannot be the user of an address. The listener goes on all the same.
        let error = change.replace(AttributeValue::Related(change.entity())).unwrap_err();
        notes.note(error.to_string());
        Ok(())
    }));
    session.rel(address, Address::USER).set(wendy)?;
    let told = refused.take();
    assert!(told.len() == 1 && told[0].contains("Address.user does not take a Address"), "{told:?}");
    assert_eq!(session.rel(address, Address::USER).one()?, wendy);
    session.commit()?;
    assert_eq!(session.one(select(User::NAME).join(User::ADDRESSES))?, "wendy");
    Ok(())
}

fn a_refused_member_is_not_pending(db: &Db) -> Result<()> {
    let (mut session, ed, _) = with_ed(db)?;
    session.listen(on_append(User::ADDRESSES, |_, _| Err(Error::invalid("no more"))));
    session.rel(ed, User::ADDRESSES).push(Address::at("a")).expect_err("no more");
    assert_eq!(session.pending::<Address>(), []);
    assert_eq!(session.rel(ed, User::ADDRESSES).load()?, []);
    let address = session.add(Address::at("b"));
    session.rel(ed, User::ADDRESSES).push(address).expect_err("no more");
    assert_eq!(session.pending::<Address>(), [address], "it was there before");
    session.rel(address, Address::USER).set(ed).expect_err("refused at the other end");
    assert_eq!(session.rel(address, Address::USER).load()?, None);
    Ok(())
}

fn what_follows_from_a_change_may_be_refused_but_not_replaced(db: &Db) -> Result<()> {
    let (mut session, ed, _) = with_ed(db)?;
    let wendy = session.add(User::named("wendy"));
    session.listen(on_set(Address::USER, move |_, change| {
        change.replace(Some(wendy));
        Ok(())
    }));
    let refused = session.rel(ed, User::ADDRESSES).push(Address::at("a")).expect_err("from the other end").to_string();
    assert!(refused.contains("Address.user") && refused.contains("replace the value there"), "{refused}");
    assert_eq!((session.pending::<Address>(), session.rel(ed, User::ADDRESSES).load()?), (vec![], vec![]));
    Ok(())
}

fn a_replaced_collection_is_told_whole(db: &Db) -> Result<()> {
    let (mut session, ed, notes) = with_ed(db)?;
    let [a, b, c] = ["a", "b", "c"].map(Address::at).map(|address| session.add(address));
    session.rel(ed, User::ADDRESSES).extend([a, b])?;
    notes.take();
    let noted = notes.clone();
    session.listen(on_replace(User::ADDRESSES, move |_, change| {
        noted.note(format!("{} members for {}", change.members().len(), change.before().len()));
        change.members_mut().reverse();
        Ok(())
    }));
    assert_eq!(session.rel(ed, User::ADDRESSES).set([b, c])?, [c, b]);
    let expected = ["2 members for 2", "ed.addresses - a", "a.user ed -> -", "ed.addresses + c", "c.user - -> ed"];
    assert_eq!(notes.take(), expected);
    assert_eq!(session.rel(ed, User::ADDRESSES).load()?, [c, b]);
    Ok(())
}

fn a_refused_member_of_a_replacement_takes_all_back(db: &Db) -> Result<()> {
    let (mut session, ed, _) = with_ed(db)?;
    let [a, b] = ["a", "b"].map(Address::at).map(|address| session.add(address));
    session.rel(ed, User::ADDRESSES).extend([a, b])?;
    session.listen(on_append(User::ADDRESSES, |scope, change| match scope[change.member()].email.as_str() {
        "bad" => Err(Error::invalid("bad")),
        _ => Ok(()),
    }));
    session.rel(ed, User::ADDRESSES).set(["good", "bad"].map(Address::at)).expect_err("one is bad");
    assert_eq!(session.rel(ed, User::ADDRESSES).load()?, [a, b]);
    assert_eq!(session.pending::<Address>(), [a, b]);
    let set = session.rel(ed, User::ADDRESSES).set([Address::at("good")])?;
    assert_eq!(session.rel(ed, User::ADDRESSES).load()?, set);
    Ok(())
}

#[derive(Clone, Copy)]
struct Keys {
    ed: Key<User>,
    wendy: Key<User>,
    a: Key<Address>,
    b: Key<Address>,
}

type Step = fn(&mut Session, Keys) -> Result<()>;

/// What is assigned beforehand, and a change of each kind, some of them with several consequences.
const CHANGES: &[(Step, Step)] = &[
    (|_, _| Ok(()), |session, keys| session.set(keys.ed, User::NAME, "edward")),
    (|_, _| Ok(()), |session, keys| session.rel(keys.wendy, User::ADDRESSES).push(keys.a).map(drop)),
    (|_, _| Ok(()), |session, keys| session.rel(keys.wendy, User::ADDRESSES).push(Address::at("c")).map(drop)),
    (|_, _| Ok(()), |session, keys| session.rel(keys.a, Address::USER).set(keys.wendy).map(drop)),
    (|_, _| Ok(()), |session, keys| session.rel(keys.a, Address::USER).set(User::named("jack")).map(drop)),
    (|_, _| Ok(()), |session, keys| session.rel(keys.ed, User::ADDRESSES).remove(keys.a)),
    (|_, _| Ok(()), |session, keys| session.rel(keys.ed, User::ADDRESSES).set(["c", "d"].map(Address::at)).map(drop)),
    (|_, _| Ok(()), |session, keys| session.rel(keys.wendy, User::ADDRESSES).set([keys.a, keys.b]).map(drop)),
    (
        |session, keys| {
            session[keys.ed].name = "edward".into();
            session[keys.a].user = BelongsTo::to(keys.wendy);
            session.add(Address { user: BelongsTo::to(keys.ed), ..Address::at("new") });
            Ok(())
        },
        |session, _| session.flush(),
    ),
];

/// Memory in words.
fn memory(session: &mut Session, Keys { ed, wendy, a, b }: Keys) -> Result<String> {
    session.no_autoflush(|session| {
        let of_users = [ed, wendy].map(|user| session.rel(user, User::ADDRESSES).load().ok());
        let of_addresses = [a, b].map(|address| session.rel(address, Address::USER).load().ok());
        let mut histories = [session.history(ed)?, session.history(wendy)?, session.history(a)?, session.history(b)?];
        // A flush fills in the key of a reference that was assigned, and nothing takes that back.
        histories.iter_mut().for_each(|history| history.retain(|change| change.column != "user_id"));
        let pending = (session.pending::<User>(), session.pending::<Address>());
        Ok(format!("{of_users:?} {of_addresses:?} {histories:?} {pending:?}"))
    })
}

/// Two users and their addresses, with rows; some are edited since.
fn edited(session: &mut Session) -> Result<Keys> {
    let [ed, wendy] = ["ed", "wendy"].map(|name| session.add(User::named(name)));
    let [a, b] = ["a", "b"].map(Address::at).map(|address| session.add(address));
    session.rel(ed, User::ADDRESSES).extend([a, b])?;
    session.flush()?;
    session[a].email = "A".into();
    session[ed].fullname = Some("Ed".into());
    Ok(Keys { ed, wendy, a, b })
}

/// Lets the k-th call of a listener fail, for every k, and looks at memory afterwards.
fn fail_each(db: &Db, fail: fn() -> Result<()>) -> Result<()> {
    let engine = db.engine(schema![User, Address])?;
    for (number, (prepare, change)) in CHANGES.iter().enumerate() {
        for k in 0.. {
            let mut session = Session::new(&engine);
            let keys = edited(&mut session)?;
            prepare(&mut session, keys)?;
            let before = memory(&mut session, keys)?;
            let calls = Arc::new(Mutex::new(0));
            let token = session.listen(on_any_change(move |scope, change| {
                if let Some(user) = change.entity().key::<User>() {
                    scope[user].fullname = Some("touched".into());
                }
                let called = {
                    let mut calls = calls.lock().expect("nobody panics with the number");
                    *calls += 1;
                    *calls - 1
                };
                if called == k { fail() } else { Ok(()) }
            }));
            let outcome =
                std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| change(&mut session, keys).map_err(drop)));
            session.unlisten(token);
            if matches!(outcome, Ok(Ok(()))) {
                assert!(k > 0, "nobody was told of change {number}");
                break;
            }
            assert_eq!(memory(&mut session, keys)?, before, "change {number}, call {k}");
            change(&mut session, keys)?;
            session.flush()?;
            session.rollback()?;
        }
    }
    Ok(())
}

fn the_kth_listener_that_fails_leaves_memory_as_before(db: &Db) -> Result<()> {
    fail_each(db, || Err(Error::invalid("no")))
}

fn the_kth_listener_that_panics_leaves_memory_as_before(db: &Db) -> Result<()> {
    fail_each(db, || panic!("a listener panics"))
}

/// A refusal cannot stand in the way of a deletion: what the flush does to the other ends is not told.
fn cascades_of_a_flush_are_not_told(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![User, Address, Department, Worker])?);
    let ed = session.add(User::with("ed", &["a"]));
    let sales = session.add(Department::with("sales", &["ann"]));
    session.commit()?;
    session.listen(on_remove(User::ADDRESSES, |_, _| Err(Error::invalid("never"))));
    session.listen(on_set(Worker::DEPARTMENT, |_, _| Err(Error::invalid("never"))));
    session.delete(ed)?;
    session.delete(sales)?;
    session.commit()?;
    assert_eq!((session.query::<Address>().count()?, session.query::<Worker>().count()?), (0, 1));
    Ok(())
}

fn the_edits_of_listeners_are_told_too(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    let notes = Notes::default();
    notes.listen(&mut session);
    session.listen(before_flush(|scope| {
        for user in scope.pending_of::<User>() {
            scope[user].fullname = Some("by the flush".into());
        }
        Ok(())
    }));
    session.listen(before_insert::<User>(|scope, user| scope.set(user, User::NAME, "by the row")));
    session.add(User::named("ed"));
    session.commit()?;
    assert_eq!(
        notes.take(),
        ["ed.name - -> ed", "ed.fullname - -> by the flush", "by the row.name ed -> by the row"],
        "each in its round"
    );
    assert_eq!(session.all(select(User::NAME))?, ["by the row"]);
    Ok(())
}

fn a_listener_that_replaces_its_own_replacement_is_an_error(db: &Db) -> Result<()> {
    let (mut session, ed, _) = with_ed(db)?;
    session.listen(on_set(User::NAME, |scope, change| {
        let fullname = format!("{}!", scope[change.key()].fullname.as_deref().unwrap_or_default());
        scope.set(change.key(), User::FULLNAME, Some(fullname))
    }));
    session.listen(on_set(User::FULLNAME, |scope, change| {
        let name = format!("{}?", scope[change.key()].name);
        scope.set(change.key(), User::NAME, name)
    }));
    session[ed].name = "a".into();
    let refused = session.flush().expect_err("there is no end").to_string();
    assert!(refused.contains("100 rounds") && refused.contains("on_set"), "{refused}");
    assert_eq!((session[ed].name.as_str(), session[ed].fullname.as_deref()), ("a", None));
    Ok(())
}

#[derive(Embed, Debug, Default)]
struct Priced {
    #[entity(length = 20)]
    currency: String,
    cents: i64,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "listened_book")]
struct Book {
    #[entity(primary_key)]
    id: Auto<i64>,
    name: String,
    #[entity(embed)]
    price: Priced,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "listened_pen")]
struct Pen {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(embed)]
    price: Priced,
}

fn a_mixin_is_heard_in_each_entity(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Book, Pen, User, Address])?);
    let notes = Notes::default();
    let noted = notes.clone();
    session.listen(on_mixin_change::<Priced>(move |_, change| {
        noted.note(format!("{}.{}", change.entity().entity(), change.attribute()));
        Ok(())
    }));
    session.listen(on_mixin_set(Priced::CURRENCY, |_, change| match change.after() {
        Some(AttributeValue::Column(Value::Text(text))) => {
            change.replace(AttributeValue::Column(Value::Text(text.to_uppercase())))
        }
        _ => Ok(()),
    }));
    session.add(User::named("ed"));
    let price = |cents| Priced { currency: "eur".into(), cents };
    let book = session.add(Book { name: "Emma".into(), price: price(3), ..Book::default() });
    let pen = session.add(Pen { price: price(7), ..Pen::default() });
    session.commit()?;
    assert_eq!(session.load(book)?.price.currency, "EUR");
    assert_eq!(session.load(pen)?.price.currency, "EUR");
    let told = notes.take();
    assert_eq!(told, ["Book.name", "Book.currency", "Book.cents", "Pen.currency", "Pen.cents"], "every attribute");
    Ok(())
}

mod staff {
    use orm::prelude::*;

    #[derive(Entity, Debug)]
    #[entity(inheritance = "single", discriminator = "kind")]
    pub(super) enum Staff {
        Person(Person),
        Boss(Boss),
    }

    #[derive(Entity, Debug, Default)]
    #[entity(root = "Staff", table = "listened_staff")]
    pub(super) struct Person {
        #[entity(primary_key)]
        pub(super) id: Auto<i64>,
        #[entity(length = 30)]
        pub(super) name: String,
    }

    #[derive(Entity, Debug, Default)]
    #[entity(root = "Staff")]
    pub(super) struct Boss {
        #[entity(base)]
        pub(super) person: Person,
        pub(super) car: Option<String>,
    }
}

fn a_class_hears_those_below_it(db: &Db) -> Result<()> {
    use staff::{Boss, Person, Staff};
    let mut session = Session::new(&db.engine(schema![Staff])?);
    let notes = Notes::default();
    let (names, bosses, cars) = (notes.clone(), notes.clone(), notes.clone());
    session.listen(on_set(Person::NAME, move |_, change| {
        names.note(format!("name {}", change.value()));
        Ok(())
    }));
    session.listen(on_change::<Boss>(move |_, change| {
        bosses.note(format!("boss {} {}", change.entity().entity(), change.attribute()));
        Ok(())
    }));
    session.listen(on_set(Boss::CAR, move |_, change| {
        cars.note(format!("car {:?}", change.value()));
        Ok(())
    }));
    let person = |name: &str| Person { name: name.to_owned(), ..Person::default() };
    let ann = session.add(person("ann"));
    let bob = session.add(Boss { person: person("bob"), car: None });
    session.flush()?;
    assert_eq!(notes.take(), ["name ann", "name bob", "boss Boss name"]);
    session.set(bob, Boss::CAR, Some("red".to_owned()))?;
    session.set(bob, Person::NAME, "bo")?;
    session.set(ann, Person::NAME, "an")?;
    assert_eq!(notes.take(), ["boss Boss car", "car Some(\"red\")", "name bo", "boss Boss name", "name an"]);
    Ok(())
}

fn a_rollback_forgets_what_was_told(db: &Db) -> Result<()> {
    let (mut session, ed, notes) = with_ed(db)?;
    session.commit()?;
    session.load(ed)?;
    session.set(ed, User::NAME, "edward")?;
    session.rollback()?;
    session.load(ed)?;
    notes.take();
    session[ed].name = "edward".into();
    session.flush()?;
    assert_eq!(notes.take(), ["edward.name ed -> edward"]);
    Ok(())
}

fn an_edit_that_is_dropped_is_told_anew(db: &Db) -> Result<()> {
    let (mut session, ed, notes) = with_ed(db)?;
    session.set(ed, User::NAME, "edward")?;
    session.expire(ed)?;
    session.load(ed)?;
    notes.take();
    session[ed].name = "edward".into();
    session.flush()?;
    assert_eq!(notes.take(), ["edward.name ed -> edward"]);
    Ok(())
}

fn listeners_are_removed_and_called_once(db: &Db) -> Result<()> {
    let (mut session, ed, _) = with_ed(db)?;
    let notes = Notes::default();
    let (first, second) = (notes.clone(), notes.clone());
    session.listen(
        on_set(User::NAME, move |_, change| {
            first.note(format!("once {}", change.value()));
            Ok(())
        })
        .once(),
    );
    let token = session.listen(on_set(User::NAME, move |_, change| {
        second.note(change.value().clone());
        Ok(())
    }));
    session.set(ed, User::NAME, "a")?;
    session.set(ed, User::NAME, "b")?;
    session.unlisten(token);
    session.set(ed, User::NAME, "c")?;
    assert_eq!(notes.take(), ["once a", "a", "b"]);
    let listed: Vec<_> = session.listeners().list().into_iter().map(|(event, _)| event).collect();
    assert_eq!(listed, ["on_any_change", "on_set"]);
    Ok(())
}

#[derive(Entity, Debug, Default)]
#[entity(table = "listened_account")]
struct Account {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(sensitive)]
    secret: String,
}

fn sensitive_values_are_masked(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Account])?);
    let notes = Notes::default();
    let noted = notes.clone();
    session.listen(on_any_change(move |_, change| {
        noted.note(format!("{change:?}"));
        Ok(())
    }));
    let account = session.add(Account::default());
    session.set(account, Account::SECRET, "open sesame")?;
    assert_eq!(notes.take(), ["Set Account.secret *** -> ***"]);
    Ok(())
}
