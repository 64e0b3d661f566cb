//! What goes wrong in a program's hands: a precise error, a session that still works, nothing half-written.

use std::time::Duration;

use orm::prelude::*;
use orm::text as raw;
use orm::{DatabaseError, DatabaseErrorKind, Error, Result};

use crate::Db;
use crate::models::{Address, Department, User, Worker};
use crate::sent::check_kinds;
use crate::victim::Victim;

cases![
    an_unknown_scheme_is_named,
    an_unknown_option_is_named,
    a_password_never_shows,
    a_missing_table_is_named,
    a_missing_column_is_named,
    a_flush_into_a_missing_table_keeps_the_entities,
    a_value_of_another_type_names_the_column,
    null_in_a_field_that_cannot_be_null_names_the_column,
    a_row_that_cannot_be_read_leaves_nothing_behind,
    a_duplicate_key_names_entity_and_column,
    a_reference_to_nobody_is_a_foreign_key_violation,
    a_row_that_others_refer_to_cannot_be_deleted,
    a_required_relationship_must_be_set,
    a_check_constraint_is_named,
    nothing_of_a_failed_flush_is_written,
    a_failed_query_does_not_cost_what_was_written,
    a_full_pool_says_so,
    a_wrong_statement_shows_itself_and_its_parameters,
    a_sensitive_value_never_shows,
    a_zero_byte_is_kept_or_refused;
    (server): a_wrong_password, a_server_that_is_not_there, a_connection_lost_in_the_middle_of_a_flush,
    a_connection_lost_after_a_write;
    (snapshot_conflicts): a_lost_serialization_race_says_so;
];

/// Its table is made by hand, and not as the entity says.
#[derive(Entity, Debug, Default)]
struct Gauge {
    #[entity(primary_key)]
    id: Auto<i64>,
    level: i64,
}

#[derive(Entity, Debug, Default)]
#[entity(check(name = "ck_account_balance", sql = "balance >= 0"))]
struct Account {
    #[entity(primary_key)]
    id: Auto<i64>,
    balance: i64,
    #[entity(sensitive, unique)]
    secret: Option<String>,
}

fn users(db: &Db) -> Result<Session> {
    Ok(Session::new(&db.engine(schema![User, Address])?))
}

fn gauges(db: &Db, statements: &[&str]) -> Result<Session> {
    let engine = db.builder("sqlite://").build()?;
    engine.begin(|connection| statements.iter().try_for_each(|sql| connection.execute(&raw(sql)).map(drop)))?;
    Ok(Session::new(&engine))
}

fn refusal(error: Error) -> DatabaseError {
    match error {
        Error::Database(refused) => *refused,
        other => panic!("{other}"),
    }
}

/// The session takes new entities, and what it writes is there.
#[track_caller]
fn check_works(session: &mut Session) -> Result<()> {
    let before = session.query::<User>().count()?;
    session.add(User::named("still works"));
    session.commit()?;
    assert_eq!(session.query::<User>().count()?, before + 1);
    Ok(())
}

fn an_unknown_scheme_is_named(_: &Db) -> Result<()> {
    let refused = Engine::new("oracle://scott:tiger@host/db").unwrap_err();
    assert!(matches!(refused, Error::Configuration { .. }));
    let words = refused.to_string();
    assert!(words.contains("oracle") && words.contains("sqlite") && !words.contains("tiger"), "{words}");
    Ok(())
}

fn an_unknown_option_is_named(_: &Db) -> Result<()> {
    let refused = Engine::new("sqlite:///x.db?tiemout=3").unwrap_err().to_string();
    assert!(refused.contains("tiemout") && refused.contains("timeout"), "{refused}");
    Ok(())
}

fn a_password_never_shows(_: &Db) -> Result<()> {
    let url = "postgresql://ed:hunter2@127.0.0.1:1/nowhere";
    let shown = match Engine::new(url) {
        Ok(engine) => format!("{engine:?} {} {:?}", engine.url(), engine.connect().map(drop)),
        // Built without PostgreSQL.
        Err(refused) => format!("{refused} {refused:?}"),
    };
    assert!(!shown.contains("hunter2"), "{shown}");
    Ok(())
}

fn a_missing_table_is_named(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let refused = refusal(session.query::<Gauge>().all().unwrap_err());
    assert_eq!((refused.kind, refused.table.as_deref()), (DatabaseErrorKind::MissingTable, Some("gauge")));
    check_works(&mut session)
}

fn a_missing_column_is_named(db: &Db) -> Result<()> {
    let mut session = gauges(db, &["CREATE TABLE gauge (id INTEGER PRIMARY KEY)"])?;
    let refused = refusal(session.query::<Gauge>().all().unwrap_err());
    assert_eq!(refused.kind, DatabaseErrorKind::MissingColumn);
    assert!(refused.column.as_deref().is_some_and(|column| column.contains("level")), "{refused:?}");
    Ok(())
}

fn a_flush_into_a_missing_table_keeps_the_entities(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    session.add(User::named("ed"));
    let gauge = session.add(Gauge::default());
    let refused = refusal(session.commit().unwrap_err());
    assert_eq!((refused.kind, refused.entity), (DatabaseErrorKind::MissingTable, Some("Gauge")));
    assert!(refused.statement.starts_with("INSERT INTO gauge"), "{}", refused.statement);
    session.expunge(gauge)?;
    session.commit()?;
    assert_eq!(session.all(select(User::NAME))?, ["ed"]);
    Ok(())
}

fn a_value_of_another_type_names_the_column(db: &Db) -> Result<()> {
    let table = "CREATE TABLE gauge (id INTEGER PRIMARY KEY, level TEXT)";
    let mut session = gauges(db, &[table, "INSERT INTO gauge VALUES (1, 'high')"])?;
    match session.query::<Gauge>().all().unwrap_err() {
        Error::Decode { entity, column, expected, found, .. } => {
            assert_eq!((entity.as_str(), column.as_str()), ("Gauge", "level"));
            assert!(expected.contains("integer") && found.contains("text"), "{expected} {found}");
        }
        other => panic!("{other}"),
    }
    // What can be read is read.
    assert_eq!(session.all(select(Gauge::ID))?, [1]);
    Ok(())
}

fn null_in_a_field_that_cannot_be_null_names_the_column(db: &Db) -> Result<()> {
    let table = "CREATE TABLE gauge (id INTEGER PRIMARY KEY, level INTEGER)";
    let mut session = gauges(db, &[table, "INSERT INTO gauge VALUES (1, NULL)"])?;
    match session.query::<Gauge>().all().unwrap_err() {
        Error::Decode { entity, column, found, .. } => {
            assert_eq!((entity.as_str(), column.as_str()), ("Gauge", "level"));
            assert!(found.contains("NULL"), "{found}");
        }
        other => panic!("{other}"),
    }
    Ok(())
}

fn a_row_that_cannot_be_read_leaves_nothing_behind(db: &Db) -> Result<()> {
    let table = "CREATE TABLE gauge (id INTEGER PRIMARY KEY, level INTEGER)";
    let mut session = gauges(db, &[table, "INSERT INTO gauge VALUES (1, 5), (2, NULL)"])?;
    assert!(session.query::<Gauge>().order_by(Gauge::ID).all().is_err());
    assert!(session.get::<Gauge>(2).is_err());
    assert!(session.held::<Gauge>().iter().all(|gauge| session[*gauge].level == 5));
    let five = session.get::<Gauge>(1)?.expect("it is there");
    session[five].level = 6;
    session.commit()?;
    assert_eq!(session.all(select(Gauge::LEVEL).filter(Gauge::ID.eq(1)))?, [6]);
    Ok(())
}

fn a_duplicate_key_names_entity_and_column(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    session.add(User::named("ed"));
    session.commit()?;
    let twin = session.add(User::named("ed"));
    let error = session.commit().unwrap_err();
    let words = error.to_string();
    let refused = refusal(error);
    assert_eq!((refused.kind, refused.entity), (DatabaseErrorKind::UniqueViolation, Some("User")));
    assert_eq!(refused.table.as_deref(), Some("user_account"));
    // SQLite names the column, the others the constraint.
    let named = refused.column.or(refused.constraint).unwrap_or_default();
    assert!(named.contains("name"), "{named}");
    assert!(words.contains("INSERT INTO user_account") && words.contains("'ed'"), "{words}");
    session[twin].name = "twin".into();
    session.commit()?;
    check_works(&mut session)
}

fn a_reference_to_nobody_is_a_foreign_key_violation(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let address = session.add(Address { user: BelongsTo::by_id(99), ..Address::at("a@x.org") });
    let refused = refusal(session.commit().unwrap_err());
    assert_eq!(refused.kind, DatabaseErrorKind::ForeignKeyViolation);
    session.rel(address, Address::USER).set(User::named("ed"))?;
    session.commit()?;
    check_works(&mut session)
}

fn a_row_that_others_refer_to_cannot_be_deleted(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    session.add(User::with("ed", &["a@x.org"]));
    session.commit()?;
    let refused = refusal(session.execute(&delete("user_account")).unwrap_err());
    assert_eq!(refused.kind, DatabaseErrorKind::ForeignKeyViolation);
    session.rollback()?;
    check_works(&mut session)
}

fn a_required_relationship_must_be_set(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let address = session.add(Address::at("a@x.org"));
    let recorder = session.engine().record();
    let unset = session.commit().unwrap_err();
    assert!(matches!(unset, Error::UnsetRelationship { entity: "Address", relationship: "user", .. }), "{unset}");
    assert_eq!(recorder.take().count(orm::StatementKind::Insert), 0);
    session.rel(address, Address::USER).set(User::named("ed"))?;
    session.commit()?;
    check_works(&mut session)
}

fn a_check_constraint_is_named(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Account])?);
    let account = session.add(Account { balance: -1, ..Account::default() });
    let refused = refusal(session.commit().unwrap_err());
    assert_eq!((refused.kind, refused.entity), (DatabaseErrorKind::CheckViolation, Some("Account")));
    assert_eq!(refused.constraint.as_deref(), Some("ck_account_balance"));
    session[account].balance = 1;
    session.commit()
}

fn nothing_of_a_failed_flush_is_written(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![User, Address, Department, Worker])?);
    let ed = session.add(User::with("ed", &["a@x.org"]));
    session.commit()?;
    session.load(ed)?;
    session[ed].fullname = Some("Ed".into());
    session.add(Department::with("sales", &["ann"]));
    session.add(Address { user: BelongsTo::by_id(99), ..Address::at("nobody") });
    assert!(session.flush().is_err());
    session.rollback()?;
    assert_eq!(session.query::<Department>().count()? + session.query::<Worker>().count()?, 0);
    assert_eq!(session.all(select(User::FULLNAME))?, [None]);
    check_works(&mut session)
}

fn a_failed_query_does_not_cost_what_was_written(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let ed = session.add(User::named("ed"));
    session.flush()?;
    assert!(session.query::<Gauge>().all().is_err());
    match session.commit() {
        Ok(()) => assert_eq!(session.load(ed)?.name, "ed"),
        // PostgreSQL gives the whole transaction up; the entity comes back whole.
        Err(Error::PendingRollback { reason, .. }) => {
            assert!(reason.contains("gauge"), "{reason}");
            let mut back = session.rollback()?;
            assert_eq!(back.take(ed).map(|ed| ed.name), Some("ed".to_owned()));
        }
        Err(other) => panic!("{other}"),
    }
    check_works(&mut session)
}

fn a_full_pool_says_so(db: &Db) -> Result<()> {
    let builder = db.shared_builder().pool_size(1).max_overflow(0);
    let engine = builder.pool_timeout(Duration::from_millis(50)).build()?;
    engine.create_all(schema![User, Address])?;
    let (mut one, mut two) = (Session::new(&engine), Session::new(&engine));
    let ed = one.add(User::named("ed"));
    one.flush()?;
    let wendy = two.add(User::named("wendy"));
    let full = two.flush().unwrap_err();
    assert!(matches!(full, Error::PoolTimeout { limit: 1, .. }), "{full}");
    one.commit()?;
    two.commit()?;
    assert_eq!(two.load(wendy)?.name, "wendy");
    assert_eq!(two.query::<User>().count()?, 2);
    two.commit()?;
    assert_eq!(one.load(ed)?.name, "ed");
    Ok(())
}

fn a_wrong_statement_shows_itself_and_its_parameters(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let wrong = session
        .with_connection(|connection| connection.query(&raw("SELEC :x").bind("x", "value")))
        .unwrap_err()
        .to_string();
    assert!(wrong.contains("statement: SELEC") && wrong.contains("'value'"), "{wrong}");
    session.rollback()?;
    check_works(&mut session)
}

fn a_sensitive_value_never_shows(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Account])?);
    let secret = || Some("hunter2".to_owned());
    let recorder = session.engine().record();
    session.add(Account { secret: secret(), ..Account::default() });
    session.commit()?;
    session.add(Account { secret: secret(), ..Account::default() });
    let refused = session.commit().unwrap_err();
    let recorded = format!("{:?}", recorder.statements());
    let shown = format!("{refused} {refused:?} {recorded} {}", session.flush_plan()?);
    assert!(!shown.contains("hunter2"), "{shown}");
    session.rollback()?;
    let recorder = session.engine().record();
    let other = alias::<Account>("other");
    let conditions = [
        Account::SECRET.eq("hunter2"),
        Account::SECRET.between("hunter2", "hunter2"),
        Account::SECRET.in_(["hunter2"]),
        Account::SECRET.starts_with("hunter2"),
    ];
    for condition in conditions {
        assert_eq!(session.query::<Account>().filter(condition).count()?, 1);
    }
    let aliased =
        select(other.column(Account::ID)).select_from(&other).filter(other.column(Account::SECRET).ne("hunter2"));
    assert!(session.all(aliased)?.is_empty());
    session.execute(&update("account").set(Account::SECRET, "*hunter2*"))?;
    session.execute(&insert("account").values((Account::SECRET, Account::BALANCE), ("hunter2", 7)))?;
    let shown = format!("{:?}", recorder.statements());
    assert!(!shown.contains("hunter2") && shown.contains("***"), "{shown}");
    Ok(())
}

fn a_wrong_password(db: &Db) -> Result<()> {
    let role = format!("orm_test_{}", std::process::id());
    let admin = db.builder("sqlite://").build()?;
    admin.connect()?.execute(&raw(db.product()?.create_user(&role)))?;
    let connect = |password: &str| {
        let url = db.url_as(&format!("{role}:{password}")).unwrap_or_default();
        Engine::new(url)?.connect().map(drop)
    };
    let (right, wrong) = (connect("right"), connect("hunter2"));
    admin.connect()?.execute(&raw(db.product()?.drop_user(&role)))?;
    right?;
    match wrong {
        Err(Error::Connect { url, message, .. }) => {
            assert!(message.contains("password") && message.contains(&role), "{message}");
            assert!(!format!("{url} {message}").contains("hunter2"), "{url} {message}");
        }
        Err(other) => panic!("{other}"),
        // A server of somebody else's that trusts everybody has no wrong password.
        Ok(()) => {}
    }
    Ok(())
}

fn a_server_that_is_not_there(db: &Db) -> Result<()> {
    let engine = Engine::new(format!("{}://ed:hunter2@127.0.0.1:1/nowhere", db.product()?.scheme()))?;
    let mut session = Session::new(&engine);
    let ed = session.add(User::named("ed"));
    let refused = session.flush().unwrap_err();
    assert!(matches!(&refused, Error::Connect { url, .. } if url.contains("127.0.0.1:1")), "{refused}");
    assert!(session.contains(ed));
    Ok(())
}

/// A session whose connection can be struck.
fn victim(db: &Db) -> Result<(Victim, Session)> {
    let victim = Victim::new(db, db.builder("sqlite://"))?;
    victim.engine.create_all(schema![User, Address])?;
    let session = Session::new(&victim.engine);
    Ok((victim, session))
}

fn a_connection_lost_in_the_middle_of_a_flush(db: &Db) -> Result<()> {
    let (victim, mut session) = victim(db)?;
    let ed = session.add(User::with("ed", &["a@x.org"]));
    let armed = victim.kill_before_text("INSERT INTO address")?;
    let lost = session.commit().unwrap_err();
    assert!(armed.struck()?.is_some() && lost.is_disconnect(), "{lost}");
    assert_eq!(refusal(lost).entity, Some("Address"));
    // The user was sent, and is not there.
    assert_eq!(session[ed].id.get(), None);
    // What a new connection is told does not count.
    victim.engine.connect()?;
    let recorder = victim.engine.record();
    session.commit()?;
    check_kinds(&recorder, "begin insert insert commit");
    assert_eq!(session.query::<User>().all()?, [ed]);
    check_works(&mut session)
}

fn a_connection_lost_after_a_write(db: &Db) -> Result<()> {
    let (victim, mut session) = victim(db)?;
    let ed = session.add(User::named("ed"));
    session.flush()?;
    session.rel(ed, User::ADDRESSES).push(Address::at("a@x.org"))?;
    let armed = victim.kill_before_text("INSERT INTO address")?;
    assert!(session.commit().unwrap_err().is_disconnect());
    assert!(armed.struck()?.is_some());
    // What was written before is lost, too: the session says so until it is rolled back.
    assert!(matches!(session.commit().unwrap_err(), Error::PendingRollback { .. }));
    assert!(matches!(session.query::<User>().all().unwrap_err(), Error::PendingRollback { .. }));
    let mut back = session.rollback()?;
    assert_eq!(back.take(ed).map(|ed| ed.name), Some("ed".to_owned()));
    assert_eq!(session.query::<User>().count()?, 0);
    check_works(&mut session)
}

fn a_lost_serialization_race_says_so(db: &Db) -> Result<()> {
    let engine = db.engine(schema![Account])?;
    let builder = Session::builder(&engine).isolation(Isolation::Serializable);
    let (mut one, mut two) = (builder.build(), builder.build());
    let account = one.add(Account { balance: 1, ..Account::default() });
    one.commit()?;
    one.load(account)?;
    let same = two.get::<Account>(1)?.expect("it is there");
    one[account].balance = 2;
    one.commit()?;
    two[same].balance = 3;
    let lost = refusal(two.commit().unwrap_err());
    assert_eq!(lost.kind, DatabaseErrorKind::SerializationFailure);
    two.rollback()?;
    assert_eq!(two.load(same)?.balance, 2);
    two[same].balance = 3;
    two.commit()
}

fn a_zero_byte_is_kept_or_refused(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let ed = session.add(User::named("e\0d"));
    if let Err(refused) = session.commit() {
        let refused = refused.to_string();
        assert!(refused.contains("0x00") || refused.contains("zero"), "{refused}");
        session[ed].name = "ed".into();
        session.commit()?;
        return check_works(&mut session);
    }
    assert_eq!(session.load(ed)?.name, "e\0d");
    assert_eq!(session.query::<User>().filter(User::NAME.eq("e\0d")).all()?, [ed]);
    check_works(&mut session)
}
