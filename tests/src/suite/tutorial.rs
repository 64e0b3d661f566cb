//! The object-relational tutorial, step by step up to the rollback: what it observes, and what it sends.

use orm::mapping::ColumnPosition;
use orm::prelude::*;
use orm::unit::State;
use orm::{Error, Result};

use crate::Db;
use crate::sent::{check_kinds, check_silence, check_words};

cases![
    the_mapping_is_data,
    the_schema_is_created_once,
    a_new_value_has_no_identity,
    adding_and_updating,
    an_identity_is_one_object,
    a_commit_expires_and_gives_the_connection_back,
    rolling_back,
];

#[derive(Entity, Debug, Default, PartialEq)]
#[entity(table = "users")]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    name: Option<String>,
    fullname: Option<String>,
    nickname: Option<String>,
}

impl User {
    fn new(name: &str, fullname: &str, nickname: &str) -> Self {
        let text = |text: &str| Some(text.to_owned());
        Self { name: text(name), fullname: text(fullname), nickname: text(nickname), ..Self::default() }
    }

    fn ed() -> Self {
        Self::new("ed", "Ed Jones", "edsnickname")
    }

    fn others() -> [Self; 3] {
        [
            Self::new("wendy", "Wendy Williams", "windy"),
            Self::new("mary", "Mary Contrary", "mary"),
            Self::new("fred", "Fred Flintstone", "freddy"),
        ]
    }
}

fn the_mapping_is_data(_: &Db) -> Result<()> {
    let meta = User::entity_meta();
    let columns: Vec<&str> = meta.columns.iter().map(|column| column.name).collect();
    assert_eq!((meta.table, columns), ("users", vec!["id", "name", "fullname", "nickname"]));
    assert_eq!(meta.primary_key, [ColumnPosition(0)]);
    Ok(())
}

fn the_schema_is_created_once(db: &Db) -> Result<()> {
    let engine = db.builder("sqlite://").build()?;
    let recorder = engine.record();
    engine.create_all(schema![User])?;
    check_kinds(&recorder, "begin select ddl commit");
    engine.create_all(schema![User])?;
    check_kinds(&recorder, "begin select commit");
    Ok(())
}

fn a_new_value_has_no_identity(_: &Db) -> Result<()> {
    let ed = User::ed();
    assert_eq!(ed.name.as_deref(), Some("ed"));
    assert_eq!(ed.nickname.as_deref(), Some("edsnickname"));
    assert_eq!(ed.id.get(), None);
    Ok(())
}

fn adding_and_updating(db: &Db) -> Result<()> {
    let engine = db.engine(schema![User])?;
    let recorder = engine.record();
    let mut session = Session::new(&engine);

    let ed = session.add(User::ed());
    check_silence(&recorder);
    assert_eq!(session.state(ed)?, State::Pending);

    // The query flushes first.
    let ours = session.query::<User>().filter(User::NAME.eq("ed")).first()?;
    assert_eq!(ours, Some(ed));
    check_words(
        db,
        &recorder,
        &[
            "BEGIN",
            "INSERT INTO users (name, fullname, nickname) VALUES (?, ?, ?) RETURNING id",
            "SELECT users.id, users.name, users.fullname, users.nickname FROM users WHERE users.name = ? LIMIT ?",
        ],
    );

    let others = session.add_all(User::others());
    session[ed].nickname = Some("eddie".to_owned());
    assert_eq!(session.dirty::<User>(), [ed]);
    assert_eq!(session.pending::<User>(), others);

    session.commit()?;
    // One INSERT where the tutorial sends three.
    check_words(
        db,
        &recorder,
        &[
            "SAVEPOINT flush",
            "UPDATE users SET nickname = ? WHERE users.id = ?",
            "INSERT INTO users (name, fullname, nickname) VALUES (?, ?, ?), (?, ?, ?), (?, ?, ?) RETURNING id",
            "RELEASE SAVEPOINT flush",
            "COMMIT",
        ],
    );
    assert_eq!(session.load(ed)?.id, 1);
    assert_eq!(session[ed].nickname.as_deref(), Some("eddie"));
    check_kinds(&recorder, "begin select");
    Ok(())
}

fn an_identity_is_one_object(db: &Db) -> Result<()> {
    let engine = db.engine(schema![User])?;
    let mut session = Session::new(&engine);
    let ed = session.add(User::ed());
    session.flush()?;
    assert_eq!(session.query::<User>().all()?, [ed]);
    assert_eq!(session.get::<User>(1)?, Some(ed));
    assert_eq!(session.held::<User>(), [ed]);
    // A second object of the same identity is refused.
    session.add(User { id: Auto::from(1), ..User::ed() });
    let refused = session.flush().unwrap_err();
    assert!(matches!(refused, Error::DuplicateIdentity { entity: "User", .. }), "{refused}");
    Ok(())
}

fn a_commit_expires_and_gives_the_connection_back(db: &Db) -> Result<()> {
    let engine = db.engine(schema![User])?;
    let mut session = Session::new(&engine);
    let ed = session.add(User::ed());
    session.commit()?;
    assert!(!session.in_transaction());
    assert_eq!(engine.pool_status().in_use, 0);
    assert!(session.is_expired(ed)?);
    assert_eq!(session.load(ed)?.name.as_deref(), Some("ed"));
    assert!(session.in_transaction() && !session.is_expired(ed)?);
    Ok(())
}

fn rolling_back(db: &Db) -> Result<()> {
    let engine = db.engine(schema![User])?;
    let mut session = Session::new(&engine);
    let ed = session.add(User::ed());
    session.commit()?;

    session.load(ed)?;
    session[ed].name = Some("Edwardo".to_owned());
    let fake = session.add(User::new("fakeuser", "Invalid", "12345"));
    let found = session.query::<User>().filter(User::NAME.in_(["Edwardo", "fakeuser"])).order_by(User::ID).all()?;
    assert_eq!(found, [ed, fake]);

    let mut handed_back = session.rollback()?;
    assert_eq!(session[ed].name.as_deref(), Some("ed"));
    assert_eq!(session.load(ed)?.name.as_deref(), Some("ed"));
    assert!(!session.contains(fake));
    assert_eq!(handed_back.take(fake), Some(User::new("fakeuser", "Invalid", "12345")));
    let names = session.all(select(User::NAME).filter(User::NAME.in_(["ed", "fakeuser"])))?;
    assert_eq!(names, [Some("ed".to_owned())]);
    Ok(())
}
