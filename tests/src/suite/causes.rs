//! Recorded statements say why they were sent.

use std::io::Write;
use std::sync::{Arc, Mutex};

use orm::engine::Recorder;
use orm::prelude::*;
use orm::{Echo, Result, StatementKind};

use crate::Db;
use crate::models::{Address, User};

cases![
    a_query_flushes_first_and_says_so,
    ends_of_a_transaction_and_savepoints_name_themselves,
    a_flush_is_the_cause_of_its_savepoint,
    loads_name_their_relationship,
    levels_of_a_tree_are_eager,
    defaults_of_the_mapping_are_eager,
    get_and_refresh_differ,
    a_flush_is_the_cause_of_the_rows_that_it_reads,
    merge_is_the_cause_of_the_rows_that_it_reads,
    the_schema_is_a_cause,
    echo_shows_the_cause,
];

#[derive(Entity, Debug, Default)]
#[entity(table = "caused_node")]
struct Node {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "children")]
    parent: BelongsTo<Option<Self>>,
    #[entity(inverse = "parent", cascade = "all", order_by = "id")]
    children: HasMany<Self>,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "caused_album")]
struct Album {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(lazy = "selectin")]
    label: BelongsTo<Label>,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "caused_label")]
struct Label {
    #[entity(primary_key)]
    id: Auto<i64>,
}

/// The causes since the last call, with the kind of statement where it is about rows. Leaves out what a new connection is told.
fn causes(recorder: &Recorder) -> String {
    let statements = recorder.take();
    let shown = statements.iter().filter(|statement| statement.kind != StatementKind::Other).map(|statement| {
        let cause = statement.cause.to_string();
        match statement.kind {
            StatementKind::Transaction => cause,
            kind => format!("{kind:?} by {cause}"),
        }
    });
    shown.collect::<Vec<_>>().join(", ")
}

/// A session over one user with two addresses, all expired, and a recorder.
fn scene(db: &Db) -> Result<(Session, Key<User>, Recorder)> {
    let engine = db.engine(schema![User, Address])?;
    let mut session = Session::new(&engine);
    let ed = session.add(User::with("ed", &["ed@x.org", "ed@y.org"]));
    session.commit()?;
    let recorder = engine.record();
    Ok((session, ed, recorder))
}

fn a_query_flushes_first_and_says_so(db: &Db) -> Result<()> {
    let (mut session, ed, recorder) = scene(db)?;
    session.load(ed)?;
    session[ed].fullname = Some("Ed".to_owned());
    recorder.take();
    session.query::<User>().count()?;
    assert_eq!(causes(&recorder), "Update by autoflush, Select by query");
    session[ed].fullname = None;
    session.flush()?;
    let sent = recorder.take();
    let update = sent.iter().find(|statement| statement.kind == StatementKind::Update).expect("an UPDATE");
    assert_eq!(update.cause, orm::engine::Cause::Flush);
    session.execute(&text("UPDATE user_account SET fullname = NULL WHERE 1 = 0"))?;
    assert_eq!(causes(&recorder), "Update by query");
    session.rollback()?;
    Ok(())
}

fn ends_of_a_transaction_and_savepoints_name_themselves(db: &Db) -> Result<()> {
    let (mut session, _, recorder) = scene(db)?;
    session.add(User::named("wendy"));
    session.commit()?;
    // SQLite and MariaDB may ask for generated keys by a SELECT, which the flush sends.
    let sent = recorder.take();
    let first_and_last = |statements: &[orm::engine::RecordedStatement]| {
        let shown = statements.iter().filter(|statement| statement.kind != StatementKind::Other);
        let all: Vec<String> = shown.map(|statement| statement.cause.to_string()).collect();
        (all.first().cloned(), all.last().cloned())
    };
    assert_eq!(first_and_last(&sent), (Some("begin".to_owned()), Some("commit".to_owned())));
    session.query::<User>().count()?;
    let savepoint = session.begin_nested()?;
    session.rollback_to(savepoint)?;
    let savepoint = session.begin_nested()?;
    session.release(savepoint)?;
    session.rollback()?;
    assert_eq!(causes(&recorder), "begin, Select by query, savepoint, savepoint, savepoint, savepoint, rollback");
    Ok(())
}

/// A flush of several statements in a transaction with something to lose guards itself by a savepoint.
fn a_flush_is_the_cause_of_its_savepoint(db: &Db) -> Result<()> {
    let (mut session, ed, recorder) = scene(db)?;
    session.add(User::named("wendy"));
    session.flush()?;
    recorder.take();
    session.load(ed)?;
    session[ed].fullname = Some("Ed".to_owned());
    session.add(User::with("jack", &["jack@x.org"]));
    recorder.take();
    session.flush()?;
    let sent = recorder.take();
    let savepoints = sent.iter().filter(|statement| statement.kind == StatementKind::Transaction);
    let causes: Vec<String> = savepoints.map(|statement| statement.cause.to_string()).collect();
    assert!(!causes.is_empty() && causes.iter().all(|cause| cause == "flush"), "{causes:?}\n{:#?}", sent.sql());
    session.rollback()?;
    Ok(())
}

fn loads_name_their_relationship(db: &Db) -> Result<()> {
    let (mut session, ed, recorder) = scene(db)?;
    let addresses = session.rel(ed, User::ADDRESSES).load()?;
    assert_eq!(causes(&recorder), "begin, Select by lazy load of User.addresses");
    assert_eq!(addresses.len(), 2);
    session.close()?;
    recorder.take();
    session.query::<User>().options(selectin(User::ADDRESSES)).all()?;
    assert_eq!(causes(&recorder), "begin, Select by query, Select by eager load of User.addresses");
    session.close()?;
    recorder.take();
    session.query::<User>().options(joined(User::ADDRESSES)).all()?;
    assert_eq!(causes(&recorder), "begin, Select by query");
    session.close()
}

fn levels_of_a_tree_are_eager(db: &Db) -> Result<()> {
    let engine = db.engine(schema![Node])?;
    let mut session = Session::new(&engine);
    let leaf = Node::default;
    session.add(Node { children: HasMany::of([Node { children: HasMany::of([leaf()]), ..leaf() }]), ..leaf() });
    session.commit()?;
    session.close()?;
    let recorder = engine.record();
    let roots = session.query::<Node>().filter(Node::PARENT_ID.is_null());
    roots.options(selectin(Node::CHILDREN).recurse(2)).one()?;
    let eager = "Select by eager load of Node.children";
    assert_eq!(causes(&recorder), format!("begin, Select by query, {eager}, {eager}"));
    session.close()
}

fn defaults_of_the_mapping_are_eager(db: &Db) -> Result<()> {
    let engine = db.engine(schema![Album, Label])?;
    let mut session = Session::new(&engine);
    let album = session.add(Album { label: BelongsTo::new(Label::default()), ..Album::default() });
    session.commit()?;
    let id = session.load(album)?.id;
    session.close()?;
    let recorder = engine.record();
    let eager = "Select by eager load of Album.label";
    let album = session.get::<Album>(id.get().expect("a key"))?.expect("an album");
    assert_eq!(causes(&recorder), format!("begin, Select by get, {eager}"));
    session.refresh(album)?;
    assert_eq!(causes(&recorder), format!("Select by refresh, {eager}"));
    session.close()
}

fn get_and_refresh_differ(db: &Db) -> Result<()> {
    let (mut session, ed, recorder) = scene(db)?;
    session.load(ed)?;
    session.refresh(ed)?;
    assert_eq!(causes(&recorder), "begin, Select by refresh, Select by refresh");
    session.close()?;
    recorder.take();
    let id = 1_i64;
    session.get::<User>(id)?;
    session.get::<User>(id)?;
    assert_eq!(causes(&recorder), "begin, Select by get", "the second is known");
    session.close()
}

fn a_flush_is_the_cause_of_the_rows_that_it_reads(db: &Db) -> Result<()> {
    let (mut session, ed, recorder) = scene(db)?;
    session.load(ed)?;
    session.delete(ed)?;
    recorder.take();
    session.flush()?;
    let sent = causes(&recorder);
    assert!(sent.starts_with("Select by flush, Delete by flush"), "{sent}");
    session.rollback()?;
    Ok(())
}

fn merge_is_the_cause_of_the_rows_that_it_reads(db: &Db) -> Result<()> {
    let (mut session, ed, recorder) = scene(db)?;
    let id = session.load(ed)?.id;
    session.close()?;
    recorder.take();
    session.merge(User { id, ..User::named("eddie") })?;
    assert_eq!(causes(&recorder), "begin, Select by merge");
    session.rollback()?;
    Ok(())
}

fn the_schema_is_a_cause(db: &Db) -> Result<()> {
    let engine = db.engine(schema![Node])?;
    let recorder = engine.record();
    engine.create_all(schema![User, Address])?;
    let sent = recorder.take();
    let created: Vec<String> = sent
        .iter()
        .filter(|statement| statement.sql.starts_with("CREATE TABLE"))
        .map(|statement| statement.cause.to_string())
        .collect();
    assert_eq!(created, ["schema", "schema"]);
    Ok(())
}

/// A writer whose text can be read.
#[derive(Clone, Default)]
struct Shown(Arc<Mutex<String>>);

impl Write for Shown {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("a text").push_str(&String::from_utf8_lossy(text));
        Ok(text.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn echo_shows_the_cause(db: &Db) -> Result<()> {
    let (mut session, ed, recorder) = scene(db)?;
    drop(recorder);
    let shown = Shown::default();
    session.engine().set_echo(Echo::writer(shown.clone()).causes().prefix("| "))?;
    session.rel(ed, User::ADDRESSES).load()?;
    session.rollback()?;
    session.engine().set_echo(false)?;
    let text = shown.0.lock().expect("a text");
    let causes: Vec<&str> = text.lines().filter(|line| line.starts_with("| -- ")).collect();
    assert_eq!(causes, ["| -- begin", "| -- lazy load of User.addresses", "| -- rollback"]);
    let first = text.lines().skip_while(|line| !line.contains("lazy load")).nth(1);
    assert!(first.is_some_and(|line| line.starts_with("| SELECT")), "{text}");
    Ok(())
}
