//! Listeners of flushes, rows, statements and transactions: when they are called, what they may do, and what becomes of their errors.

use std::sync::{Arc, Mutex};

use orm::event::{
    EntityKey, FlushScope, after_any_delete, after_any_insert, after_any_update, after_begin, after_commit,
    after_flush, after_insert, after_rollback, after_soft_rollback, before_any_delete, before_any_insert,
    before_any_update, before_commit, before_delete, before_flush, before_insert, before_mixin_insert, before_update,
    execution_option, on_execute,
};
use orm::prelude::*;
use orm::{Error, Result};

use crate::Db;
use crate::models::{Address, User};
use crate::sent::{check_kinds, check_words};

cases![
    listeners_of_a_flush_are_called_in_order,
    a_listener_of_a_flush_changes_what_is_written,
    nothing_to_write_calls_nobody,
    a_listener_of_a_row_changes_the_row,
    a_row_that_a_listener_adds_is_told_of_too,
    rows_that_are_added_without_end_are_an_error,
    cascades_are_told_of,
    batches_stay_batches,
    what_was_before_is_known_afterwards,
    generated_keys_are_known_afterwards,
    a_listener_sends_statements_with_the_flush,
    a_statement_of_a_listener_that_fails_undoes_the_flush,
    an_error_names_the_listener_and_undoes_the_flush,
    an_error_takes_back_what_listeners_have_changed,
    a_panic_leaves_the_session_as_before,
    a_listener_may_be_called_once,
    a_listener_is_removed,
    a_factory_gives_its_listeners_to_each_session,
    listeners_are_listed,
    a_class_and_those_below_it_are_heard,
    a_mixin_is_heard_in_every_entity,
    transactions_are_told_of,
    a_commit_writes_what_its_listener_changes,
    statements_are_seen_with_their_causes,
    a_statement_is_restricted_by_a_listener,
    a_listener_refuses_a_statement,
    options_travel_to_lazy_loads,
    a_listener_replaces_an_update_by_an_insert,
    a_listener_keeps_what_is_to_be_deleted,
    what_was_kept_may_be_deleted_again,
    a_deletion_that_goes_first_is_told_of,
    a_commit_that_fails_takes_back_what_its_listener_added,
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
}

fn session(db: &Db) -> Result<Session> {
    Ok(Session::new(&db.engine(schema![User, Address])?))
}

fn listeners_of_a_flush_are_called_in_order(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    let notes = Notes::default();
    let noted = |text: &'static str| {
        let notes = notes.clone();
        move |entity: EntityKey| notes.note(format!("{text} {}", entity.entity()))
    };
    let bare = |text: &'static str| {
        let notes = notes.clone();
        move || notes.note(text)
    };
    let (first, second) = (bare("before flush"), bare("before flush again"));
    session.listen(before_flush(move |_| {
        first();
        Ok(())
    }));
    session.listen(before_flush(move |_| {
        second();
        Ok(())
    }));
    macro_rules! any {
        ($($event:ident $text:literal),+) => {
            $(
                let note = noted($text);
                session.listen($event(move |_, entity| {
                    note(entity);
                    Ok(())
                }));
            )+
        };
    }
    any!(
        after_any_delete "after delete of", after_any_update "after update of", after_any_insert "after insert of",
        before_any_delete "before delete of", before_any_update "before update of", before_any_insert "before insert of"
    );
    let last = bare("after flush");
    session.listen(after_flush(move |_| {
        last();
        Ok(())
    }));
    session.add(User::with("ed", &["ed@x.org"]));
    session.flush()?;
    assert_eq!(
        notes.take(),
        [
            "before flush",
            "before flush again",
            "before insert of User",
            "before insert of Address",
            "after insert of User",
            "after insert of Address",
            "after flush",
        ]
    );
    let ed = session.query::<User>().one()?;
    session[ed].fullname = Some("Ed".into());
    let wendy = session.add(User::named("wendy"));
    session.commit()?;
    notes.take();
    session[ed].fullname = Some("Edward".into());
    session.delete(wendy)?;
    session.commit()?;
    assert_eq!(
        notes.take(),
        [
            "before flush",
            "before flush again",
            "before update of User",
            "before delete of User",
            "after update of User",
            "after delete of User",
            "after flush",
        ]
    );
    Ok(())
}

fn a_listener_of_a_flush_changes_what_is_written(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    session.listen(before_flush(|scope| {
        for user in scope.pending_of::<User>() {
            scope[user].fullname = Some(format!("{} Jones", scope[user].name));
            let address = scope.add(Address::at("new@x.org"));
            scope.push(user, User::ADDRESSES, address)?;
        }
        for user in scope.dirty_of::<User>() {
            scope.set(user, User::NAME, "changed")?;
        }
        Ok(())
    }));
    let ed = session.add(User::named("ed"));
    session.commit()?;
    assert_eq!(
        session.all(select((User::FULLNAME, Address::EMAIL)).join(User::ADDRESSES))?,
        [(Some("ed Jones".to_owned()), "new@x.org".to_owned())]
    );
    session.load(ed)?;
    session[ed].fullname = None;
    session.commit()?;
    assert_eq!(session.all(select((User::NAME, User::FULLNAME)))?, [("changed".to_owned(), None)]);
    Ok(())
}

fn nothing_to_write_calls_nobody(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    let ed = session.add(User::named("ed"));
    session.commit()?;
    let notes = Notes::default();
    let (before, after) = (notes.clone(), notes.clone());
    session.listen(before_flush(move |_| {
        before.note("before");
        Ok(())
    }));
    session.listen(after_flush(move |_| {
        after.note("after");
        Ok(())
    }));
    session.flush()?;
    session.query::<User>().all()?;
    session.commit()?;
    assert_eq!(notes.take(), Vec::<String>::new());
    // An edit that ends where it began is looked at, but writes nothing.
    session.load(ed)?;
    session[ed].name = "other".into();
    session[ed].name = "ed".into();
    session.flush()?;
    assert_eq!(notes.take(), ["before"]);
    Ok(())
}

fn a_listener_of_a_row_changes_the_row(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    session.listen(before_insert::<User>(|scope, user| {
        scope[user].fullname = Some("inserted".into());
        Ok(())
    }));
    session.listen(before_update::<User>(|scope, user| {
        scope[user].fullname = Some("updated".into());
        Ok(())
    }));
    let ed = session.add(User::named("ed"));
    session.commit()?;
    assert_eq!(session.load(ed)?.fullname.as_deref(), Some("inserted"));
    session[ed].name = "edward".into();
    let recorder = session.engine().record();
    session.commit()?;
    check_words(db, &recorder, &["UPDATE user_account SET name = ?, fullname = ? WHERE user_account.id = ?", "COMMIT"]);
    assert_eq!(session.load(ed)?.fullname.as_deref(), Some("updated"));
    Ok(())
}

fn a_row_that_a_listener_adds_is_told_of_too(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    let notes = Notes::default();
    let noted = notes.clone();
    session.listen(before_insert::<User>(|scope, user| {
        let address = scope.add(Address::at("of the listener"));
        scope.push(user, User::ADDRESSES, address)
    }));
    session.listen(before_insert::<Address>(move |scope, address| {
        noted.note(scope[address].email.clone());
        Ok(())
    }));
    session.add(User::with("ed", &["own"]));
    session.commit()?;
    assert_eq!(notes.take(), ["own", "of the listener"]);
    assert_eq!(session.query::<Address>().count()?, 2);
    Ok(())
}

fn rows_that_are_added_without_end_are_an_error(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    session.listen(before_insert::<User>(|scope, _| {
        let number = scope.pending().len();
        scope.add(User::named(&format!("user {number}")));
        Ok(())
    }));
    let ed = session.add(User::named("ed"));
    let recorder = session.engine().record();
    let refused = session.flush().expect_err("there is no end").to_string();
    assert!(refused.contains("100 rounds") && refused.contains("before_insert"), "{refused}");
    check_kinds(&recorder, "");
    assert_eq!(session.pending::<User>(), [ed], "none of those of the listener stays");
    Ok(())
}

fn cascades_are_told_of(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    let notes = Notes::default();
    let noted = notes.clone();
    session.listen(before_delete::<Address>(move |scope, address| {
        noted.note(scope[address].email.clone());
        Ok(())
    }));
    session.add(User::with("ed", &["a", "b"]));
    session.commit()?;
    session.expunge_all();
    let id = session.one(select(User::ID))?;
    let ed = session.get::<User>(id)?.expect("ed");
    session.delete(ed)?;
    session.commit()?;
    assert_eq!(notes.take(), ["a", "b"], "they were not even loaded");
    Ok(())
}

fn batches_stay_batches(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    session.listen(before_insert::<User>(|scope, user| {
        scope[user].fullname = Some("x".into());
        Ok(())
    }));
    session.listen(after_insert::<User>(|_, _| Ok(())));
    session.add_all((0..20).map(|number| User::named(&format!("user {number}"))));
    let recorder = session.engine().record();
    session.flush()?;
    let inserts = recorder.statements().iter().filter(|it| it.sql.starts_with("INSERT")).count();
    assert_eq!(inserts, 1);
    Ok(())
}

fn what_was_before_is_known_afterwards(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    let notes = Notes::default();
    let (noted, all) = (notes.clone(), notes.clone());
    session.listen(after_any_update(move |scope, entity| {
        for change in scope.history(entity)? {
            noted.note(format!("{} {:?} -> {:?}", change.column, change.before, change.after));
        }
        Ok(())
    }));
    session.listen(after_flush(move |scope| {
        all.note(format!("{} {} {}", scope.inserted().len(), scope.updated().len(), scope.deleted().len()));
        Ok(())
    }));
    let ed = session.add(User::named("ed"));
    session.commit()?;
    notes.take();
    session.load(ed)?;
    session[ed].name = "edward".into();
    session.commit()?;
    let expected = format!("name {:?} -> {:?}", Some(Value::Text("ed".into())), Value::Text("edward".into()));
    assert_eq!(notes.take(), [expected, "0 1 0".to_owned()]);
    Ok(())
}

fn generated_keys_are_known_afterwards(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    let notes = Notes::default();
    let (before, after) = (notes.clone(), notes.clone());
    session.listen(before_insert::<Address>(move |scope, address| {
        before.note(format!("{:?}", scope[address].id.get().is_some()));
        Ok(())
    }));
    session.listen(after_insert::<Address>(move |scope, address| {
        let address = &scope[address];
        after.note(format!("{:?} {:?}", address.id.get().is_some(), address.user.id().is_some()));
        Ok(())
    }));
    session.add(User::with("ed", &["a"]));
    session.flush()?;
    assert_eq!(notes.take(), ["false", "true true"]);
    Ok(())
}

#[derive(Entity, Debug, Default)]
#[entity(table = "audit")]
struct Audit {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 100, unique)]
    text: String,
}

fn audit(text: impl Into<String>) -> impl orm::engine::Statement + 'static {
    insert(Audit::TEXT.table().to_owned()).set(Audit::TEXT, text.into())
}

fn a_listener_sends_statements_with_the_flush(db: &Db) -> Result<()> {
    let engine = db.engine(schema![User, Address, Audit])?;
    let mut session = Session::new(&engine);
    session.listen(before_insert::<User>(|scope, user| {
        let name = scope[user].name.clone();
        scope.execute(audit(format!("before {name}")));
        Ok(())
    }));
    session.listen(after_insert::<User>(|scope, user| {
        let (name, has_id) = (scope[user].name.clone(), scope[user].id.get().is_some());
        scope.execute(audit(format!("after {name} {has_id}")));
        Ok(())
    }));
    session.add(User::named("ed"));
    let recorder = engine.record();
    session.commit()?;
    let texts: Vec<String> = recorder.statements().iter().map(|it| it.sql.clone()).collect();
    let insert_of = |table: &str| {
        let is_it = |sql: &&String| sql.starts_with("INSERT INTO") && sql.contains(table);
        texts.iter().filter(is_it).count()
    };
    assert_eq!((insert_of("audit"), insert_of("user_account")), (2, 1), "{texts:#?}");
    assert_eq!(session.all(select(Audit::TEXT).order_by(Audit::ID))?, ["before ed", "after ed true"]);
    Ok(())
}

fn a_statement_of_a_listener_that_fails_undoes_the_flush(db: &Db) -> Result<()> {
    let engine = db.engine(schema![User, Address, Audit])?;
    let mut session = Session::new(&engine);
    session.add(Audit { text: "twice".into(), ..Audit::default() });
    session.flush()?;
    let token = session.listen(after_insert::<User>(|scope, _| {
        scope.execute(audit("twice"));
        Ok(())
    }));
    let ed = session.add(User::named("ed"));
    let Err(Error::Database(refused)) = session.flush() else { panic!("the text is unique") };
    assert_eq!(refused.kind, DatabaseErrorKind::UniqueViolation);
    assert_eq!(session.state(ed)?, State::Pending);
    assert!(session.unlisten(token));
    session.commit()?;
    assert_eq!(session.all(select(Audit::TEXT))?, ["twice"], "and what was flushed before stays");
    assert_eq!(session.query::<User>().count()?, 1);
    Ok(())
}

fn an_error_names_the_listener_and_undoes_the_flush(db: &Db) -> Result<()> {
    for when in ["before", "after"] {
        let mut session = session(db)?;
        let refuse = move |name: &str| match name {
            bad if bad.starts_with("bad") => Err(Error::invalid("no such name")),
            _ => Ok(()),
        };
        match when {
            "before" => session.listen(before_insert::<User>(move |scope, user| refuse(&scope[user].name))),
            _ => session.listen(after_insert::<User>(move |scope, user| refuse(&scope[user].name))),
        };
        let good = session.add(User::named(&format!("good {when}")));
        session.flush()?;
        let bad = session.add(User::named(&format!("bad {when}")));
        let failed = session.flush().expect_err("the name is refused");
        assert_eq!(failed.code(), "listener-failed");
        let text = failed.to_string();
        assert!(text.contains("events.rs:") && text.contains(&format!("`{when}_insert`")), "{text}");
        assert!(text.contains("no such name"), "{text}");
        assert_eq!((session.state(good)?, session.state(bad)?), (State::Persistent, State::Pending));
        session[bad].name = format!("better {when}");
        session.commit()?;
        let here = select(User::NAME).filter(User::NAME.ends_with(when)).order_by(User::NAME);
        assert_eq!(session.all(here)?, [format!("better {when}"), format!("good {when}")]);
    }
    Ok(())
}

fn an_error_takes_back_what_listeners_have_changed(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    let fresh = session.add(User::named("fresh"));
    let dirty = session.add(User::named("dirty"));
    session.commit()?;
    session.load(fresh)?;
    session.load(dirty)?;
    session[dirty].name = "edited".into();
    let pending = session.add(User::named("pending"));
    session.listen(before_flush(move |scope| {
        for user in [fresh, dirty, pending] {
            scope[user].name += " by the listener";
            scope[user].fullname = Some("by the listener".into());
        }
        scope.add(User::named("of the listener"));
        scope.delete(fresh)
    }));
    let token = session.listen(before_flush(|_| Err(Error::invalid("no"))));
    session.flush().expect_err("a listener says no");
    let names = [fresh, dirty, pending].map(|user| (session[user].name.clone(), session[user].fullname.clone()));
    assert_eq!(names, ["fresh", "edited", "pending"].map(|name| (name.to_owned(), None)));
    assert_eq!((session.state(fresh)?, session.pending::<User>()), (State::Persistent, vec![pending]));
    assert!(session.unlisten(token));
    session.commit()?;
    let names = session.all(select(User::NAME).order_by(User::NAME))?;
    assert_eq!(names, ["edited by the listener", "of the listener", "pending by the listener"]);
    Ok(())
}

fn a_panic_leaves_the_session_as_before(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    session.listen(before_insert::<User>(|scope, user| {
        scope[user].name += "!";
        assert!(scope[user].name != "bad!", "no such name");
        Ok(())
    }));
    let ed = session.add(User::named("bad"));
    let flushed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| session.flush()));
    assert!(flushed.is_err());
    assert_eq!(session[ed].name, "bad");
    session[ed].name = "good".into();
    session.commit()?;
    assert_eq!(session.all(select(User::NAME))?, ["good!"]);
    Ok(())
}

fn a_listener_may_be_called_once(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    let named = |scope: &mut FlushScope<'_>, user: Key<User>| {
        scope[user].fullname = Some("first".into());
        Ok(())
    };
    session.listen(before_insert::<User>(named).once());
    session.add_all(["a", "b"].map(User::named));
    session.flush()?;
    session.add(User::named("c"));
    session.flush()?;
    let found = session.all(select(User::FULLNAME).order_by(User::ID))?;
    assert_eq!(found, [Some("first".to_owned()), None, None]);
    Ok(())
}

fn a_listener_is_removed(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    let token = session.listen(before_flush(|_| Err(Error::invalid("no"))));
    session.add(User::named("ed"));
    session.flush().expect_err("it listens");
    assert!(session.unlisten(token));
    assert!(!session.unlisten(token), "it is gone");
    session.flush()?;
    Ok(())
}

fn a_factory_gives_its_listeners_to_each_session(db: &Db) -> Result<()> {
    let engine = db.shared_engine(schema![User, Address])?;
    let factory = Session::builder(&engine).listen(before_insert::<User>(|scope, user| {
        scope[user].fullname = Some("by the factory".into());
        Ok(())
    }));
    for name in ["a", "b"] {
        let mut session = factory.build();
        session.add(User::named(name));
        session.commit()?;
    }
    let found = Session::new(&engine).all(select(User::FULLNAME))?;
    assert_eq!(found, [Some("by the factory".to_owned()), Some("by the factory".to_owned())]);
    Ok(())
}

fn listeners_are_listed(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    session.listen(before_flush(|_| Ok(())));
    session.listen(after_commit(|| ()));
    let listed = session.listeners().list();
    assert_eq!(listed.iter().map(|(event, _)| *event).collect::<Vec<_>>(), ["before_flush", "after_commit"]);
    assert!(listed.iter().all(|(_, location)| location.file().ends_with("events.rs")));
    assert!(format!("{:?}", session.listeners()).contains("before_flush of "));
    Ok(())
}

mod zoo {
    use orm::prelude::*;

    #[derive(Entity, Debug)]
    #[entity(inheritance = "single", discriminator = "kind")]
    pub(super) enum Animal {
        Beast(Beast),
        Dog(Dog),
        Puppy(Puppy),
    }

    #[derive(Entity, Debug, Default)]
    #[entity(root = "Animal", table = "zoo_animal")]
    pub(super) struct Beast {
        #[entity(primary_key)]
        pub(super) id: Auto<i64>,
        pub(super) name: String,
    }

    #[derive(Entity, Debug, Default)]
    #[entity(root = "Animal")]
    pub(super) struct Dog {
        #[entity(base)]
        pub(super) beast: Beast,
    }

    #[derive(Entity, Debug, Default)]
    #[entity(root = "Animal")]
    pub(super) struct Puppy {
        #[entity(base)]
        pub(super) dog: Dog,
    }
}

fn a_class_and_those_below_it_are_heard(db: &Db) -> Result<()> {
    use zoo::{Animal, Beast, Dog, Puppy};
    let mut session = Session::new(&db.engine(schema![Animal])?);
    let notes = Notes::default();
    let (all, dogs, names) = (notes.clone(), notes.clone(), notes.clone());
    session.listen(before_insert::<Animal>(move |_, _| {
        all.note("animal");
        Ok(())
    }));
    session.listen(before_insert::<Dog>(move |scope, dog| {
        scope[dog].beast.name += "!";
        dogs.note("dog");
        Ok(())
    }));
    session.listen(before_any_insert(move |_, entity| {
        names.note(entity.entity());
        Ok(())
    }));
    let beast = |name: &str| Beast { name: name.to_owned(), ..Beast::default() };
    session.add(beast("a"));
    session.add(Puppy { dog: Dog { beast: beast("b") } });
    session.commit()?;
    assert_eq!(notes.take(), ["animal", "Beast", "animal", "dog", "Puppy"]);
    assert_eq!(session.all(select(Beast::NAME).order_by(Beast::ID))?, ["a", "b!"]);
    Ok(())
}

#[derive(Embed, Debug, Default)]
struct Stamped {
    stamp: Option<String>,
    count: i64,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "stamped_note")]
struct Note {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(embed)]
    stamped: Stamped,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "stamped_task")]
struct Task {
    #[entity(primary_key)]
    id: Auto<i64>,
    title: String,
    #[entity(embed)]
    stamped: Stamped,
}

fn a_mixin_is_heard_in_every_entity(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Note, Task, User, Address])?);
    session.listen(before_mixin_insert::<Stamped>(|scope, row| {
        let count: i64 = scope.mixin_value(row, Stamped::COUNT)?;
        scope.set_mixin(row, Stamped::COUNT, count + 1)?;
        scope.set_mixin(row, Stamped::STAMP, Some(row.entity().entity().to_owned()))
    }));
    let note = session.add(Note::default());
    let task = session.add(Task { stamped: Stamped { count: 6, ..Stamped::default() }, ..Task::default() });
    session.add(User::named("ed"));
    session.commit()?;
    let note = &session.load(note)?.stamped;
    assert_eq!((note.stamp.as_deref(), note.count), (Some("Note"), 1));
    let task = &session.load(task)?.stamped;
    assert_eq!((task.stamp.as_deref(), task.count), (Some("Task"), 7));
    Ok(())
}

fn transactions_are_told_of(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    let notes = Notes::default();
    let noted = |text: &'static str| {
        let notes = notes.clone();
        move || notes.note(text)
    };
    session.listen(after_begin(noted("begun")));
    session.listen(after_commit(noted("committed")));
    session.listen(after_rollback(noted("rolled back")));
    session.listen(after_soft_rollback(noted("back at the savepoint")));
    session.add(User::named("ed"));
    session.commit()?;
    assert_eq!(notes.take(), ["begun", "committed"]);
    session.add(User::named("wendy"));
    let savepoint = session.begin_nested()?;
    session.rollback_to(savepoint)?;
    session.rollback()?;
    assert_eq!(notes.take(), ["begun", "back at the savepoint", "rolled back"]);
    session.rollback()?;
    assert_eq!(notes.take(), Vec::<String>::new(), "nothing was to be rolled back");
    Ok(())
}

fn a_commit_writes_what_its_listener_changes(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    let notes = Notes::default();
    let flushed = notes.clone();
    session.listen(before_commit(|scope| {
        scope.add(User::named("at the end"));
        Ok(())
    }));
    session.listen(before_insert::<User>(move |scope, user| {
        flushed.note(scope[user].name.clone());
        Ok(())
    }));
    session.commit()?;
    assert_eq!(session.all(select(User::NAME))?, ["at the end"]);
    assert_eq!(notes.take(), ["at the end"]);
    let refuse = session.listen(before_commit(|_| Err(Error::invalid("not now"))));
    let refused = session.commit().expect_err("a listener says no");
    assert!(refused.to_string().contains("`before_commit`"), "{refused}");
    assert_eq!(session.pending::<User>(), [], "what the first listener added is taken back");
    session.unlisten(refuse);
    session.rollback()?;
    Ok(())
}

fn statements_are_seen_with_their_causes(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    session.add(User::with("ed", &["a"]));
    session.commit()?;
    session.expunge_all();
    let notes = Notes::default();
    let noted = notes.clone();
    session.listen(on_execute(move |statement| {
        noted.note(format!("{}{}", statement.cause(), if statement.reads::<Address>() { " *" } else { "" }));
        Ok(())
    }));
    let id = session.one(select(User::ID))?;
    let ed = session.get::<User>(id)?.expect("ed");
    session.rel(ed, User::ADDRESSES).load()?;
    session.expire(ed)?;
    session.load(ed)?;
    session.query::<User>().options(selectin(User::ADDRESSES)).all()?;
    session.expire_all();
    session.query::<User>().options(selectin(User::ADDRESSES)).all()?;
    assert_eq!(
        notes.take(),
        [
            "query",
            "get",
            "lazy load of User.addresses *",
            "refresh",
            "query",
            "eager load of User.addresses *",
            "query",
            "eager load of User.addresses *",
        ]
    );
    Ok(())
}

struct Everyone;

fn a_statement_is_restricted_by_a_listener(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    session.add_all([User::with("ed", &["a", "b"]), User::with("wendy", &["c"])]);
    session.commit()?;
    session.expunge_all();
    session.listen(on_execute(|statement| {
        if statement.option::<Everyone>().is_none() {
            statement.add_criterion(criterion::<User>(User::NAME.eq("ed")));
            statement.add_criterion(criterion::<Address>(Address::EMAIL.ne("b")));
        }
        Ok(())
    }));
    let users = session.query::<User>().all()?;
    assert_eq!(users.len(), 1);
    assert_eq!(session.rel(users[0], User::ADDRESSES).load()?.len(), 1);
    assert_eq!(session.query::<User>().options(execution_option(Everyone)).count()?, 2);
    let joined = select((User::NAME, Address::EMAIL)).join(User::ADDRESSES);
    assert_eq!(session.all(joined)?, [("ed".to_owned(), "a".to_owned())]);
    Ok(())
}

fn a_listener_refuses_a_statement(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    session.listen(on_execute(|statement| match statement.reads::<Address>() {
        true => Err(Error::invalid("addresses are private")),
        false => Ok(()),
    }));
    session.add(User::with("ed", &["a"]));
    session.commit()?;
    let ed = session.query::<User>().one()?;
    session.expire(ed)?;
    let refused = session.rel(ed, User::ADDRESSES).load().expect_err("a listener says no");
    assert!(refused.to_string().contains("addresses are private"), "{refused}");
    assert_eq!(session.query::<User>().count()?, 1, "the session goes on");
    Ok(())
}

fn options_travel_to_lazy_loads(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    session.add(User::with("ed", &["a"]));
    session.commit()?;
    session.expunge_all();
    let notes = Notes::default();
    let noted = notes.clone();
    session.listen(on_execute(move |statement| {
        noted.note(format!("{} {}", statement.cause(), statement.option::<Everyone>().is_some()));
        Ok(())
    }));
    let ed = session.query::<User>().options(execution_option(Everyone)).one()?;
    session.rel(ed, User::ADDRESSES).load()?;
    session.query::<User>().one()?;
    assert_eq!(notes.take(), ["query true", "lazy load of User.addresses true", "query false"]);
    Ok(())
}

/// Rows that are never changed: each change becomes a new row.
fn a_listener_replaces_an_update_by_an_insert(db: &Db) -> Result<()> {
    let engine = db.engine(schema![Audit])?;
    let mut session = Session::new(&engine);
    session.listen(before_flush(|scope| {
        for text in scope.dirty_of::<Audit>() {
            let copy = Audit { text: scope[text].text.clone(), ..Audit::default() };
            let before = scope.history(scope.dirty()[0])?[0].before.clone();
            let Some(Value::Text(before)) = before else { return Err(Error::invalid("the text has changed")) };
            scope[text].text = before;
            scope.add(copy);
        }
        Ok(())
    }));
    let text = session.add(Audit { text: "one".into(), ..Audit::default() });
    session.commit()?;
    session.load(text)?;
    session[text].text = "two".into();
    let recorder = engine.record();
    session.commit()?;
    check_kinds(&recorder, "insert commit");
    assert_eq!(session.all(select(Audit::TEXT).order_by(Audit::ID))?, ["one", "two"]);
    Ok(())
}

fn a_listener_keeps_what_is_to_be_deleted(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    let token = session.listen(before_flush(|scope| {
        for entity in scope.deleted() {
            scope.keep(entity);
            if let Some(user) = entity.key::<User>() {
                scope[user].fullname = Some("deleted".into());
            }
        }
        Ok(())
    }));
    let [ed, wendy] = ["ed", "wendy"].map(|name| session.add(User::with(name, &[name])));
    session.commit()?;
    session.delete(ed)?;
    session.delete(wendy)?;
    let recorder = session.engine().record();
    session.commit()?;
    check_kinds(&recorder, "begin update commit");
    assert_eq!((session.state(ed)?, session.state(wendy)?), (State::Persistent, State::Persistent));
    let found = session.all(select((User::FULLNAME, Address::EMAIL)).join(User::ADDRESSES).order_by(User::ID))?;
    let deleted = || Some("deleted".to_owned());
    assert_eq!(found, [(deleted(), "ed".to_owned()), (deleted(), "wendy".to_owned())], "no cascade took place");
    session.unlisten(token);
    session.delete(ed)?;
    session.commit()?;
    assert_eq!(session.all(select(User::NAME))?, ["wendy"]);
    Ok(())
}

fn what_was_kept_may_be_deleted_again(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    let users = ["a", "b", "c"].map(|name| session.add(User::named(name)));
    session.commit()?;
    session.listen(before_flush(|scope| {
        let first = scope.deleted()[0];
        scope.keep(first);
        let user = first.key::<User>().expect("a user");
        scope.delete(user)
    }));
    for user in users {
        session.delete(user)?;
    }
    let refuse = session.listen(before_flush(|_| Err(Error::invalid("not yet"))));
    session.flush().expect_err("a listener says no");
    assert_eq!(session.deleted::<User>(), users, "each once, in order");
    session.unlisten(refuse);
    let recorder = session.engine().record();
    session.commit()?;
    check_kinds(&recorder, "begin select delete commit");
    assert_eq!(session.query::<User>().count()?, 0);
    Ok(())
}

/// A deleted row that hands a unique value on goes first, and is a deletion like any other.
fn a_deletion_that_goes_first_is_told_of(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    let [ed, wendy] = ["ed", "wendy"].map(|name| session.add(User::named(name)));
    session.commit()?;
    let notes = Notes::default();
    let (row, all) = (notes.clone(), notes.clone());
    session.listen(after_any_delete(move |scope, entity| {
        row.note(format!("{:?}", scope.value(entity, "name")));
        Ok(())
    }));
    session.listen(after_flush(move |scope| {
        all.note(format!("{} {}", scope.updated().len(), scope.deleted().len()));
        Ok(())
    }));
    session.load(wendy)?;
    session.load(ed)?;
    session.delete(ed)?;
    session[wendy].name = "ed".into();
    session.commit()?;
    assert_eq!(session.all(select(User::NAME))?, ["ed"]);
    assert_eq!(notes.take(), [format!("{:?}", Some(Value::Text("ed".into()))), "1 1".to_owned()]);
    Ok(())
}

fn a_commit_that_fails_takes_back_what_its_listener_added(db: &Db) -> Result<()> {
    let engine = db.engine(schema![User, Address, Audit])?;
    let mut session = Session::new(&engine);
    session.listen(before_commit(|scope| {
        scope.add(Audit { text: "committed".into(), ..Audit::default() });
        Ok(())
    }));
    session.add(User::named("ed"));
    let twin = session.add(User::named("ed"));
    let refused = session.commit().expect_err("names are unique");
    assert!(matches!(refused, Error::Database(_)), "{refused}");
    assert_eq!(session.pending::<Audit>(), []);
    session[twin].name = "wendy".into();
    session.commit()?;
    assert_eq!(session.all(select(Audit::TEXT))?, ["committed"], "once, though the listener was called twice");
    Ok(())
}
