//! Columns of types that the crate does not make itself, in tables that somebody else made: integers without a sign, ENUM, BINARY.

use orm::prelude::*;
use orm::text as raw;
use orm::{Error, Result};
use uuid::Uuid;

use crate::Db;

cases![
    ;
    (unsigned): a_number_without_a_sign_is_never_cut, sixteen_bytes_are_a_uuid, an_enum_of_the_database_is_read_and_held,
    generated_keys_may_come_in_steps, tables_are_made_for_transactions_and_unicode,
    a_geometry_is_refused_by_name_and_read_as_text_or_bytes;
];

#[derive(ColumnEnum, Clone, Copy, Debug, Default, PartialEq)]
enum Mood {
    #[default]
    Calm,
    VeryHappy,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "gauge")]
struct Gauge {
    #[entity(primary_key)]
    id: Auto<i64>,
    level: i64,
    mood: Mood,
    token: Uuid,
}

/// The table as somebody else made it.
fn gauges(db: &Db) -> Result<Session> {
    let engine = db.builder("sqlite://").build()?;
    engine.connect()?.execute(&raw(
        "CREATE TABLE gauge (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, level BIGINT UNSIGNED NOT NULL, \
         mood ENUM('calm', 'very_happy') NOT NULL, token BINARY(16) NOT NULL)",
    ))?;
    Ok(Session::new(&engine))
}

fn a_number_without_a_sign_is_never_cut(db: &Db) -> Result<()> {
    let mut session = gauges(db)?;
    let full = session.add(Gauge { level: i64::MAX, ..Gauge::default() });
    session.commit()?;
    assert_eq!(session.load(full)?.level, i64::MAX);
    // What the column cannot hold is refused on the way in, and keeps its value here.
    session[full].level = -1;
    let refused = session.commit().unwrap_err();
    assert!(refused.to_string().contains("Out of range") && refused.to_string().contains("level"), "{refused}");
    assert_eq!(session[full].level, -1);
    session.rollback()?;
    // What the field cannot hold is refused on the way out.
    let largest = raw("UPDATE gauge SET level = 18446744073709551615");
    session.with_connection(|connection| connection.execute(&largest))?;
    session.commit()?;
    match session.load(full) {
        Err(Error::Decode { column, found, .. }) => {
            assert_eq!((&*column, &*found), ("level", "an integer out of range"))
        }
        other => panic!("{other:?}"),
    }
    Ok(())
}

fn sixteen_bytes_are_a_uuid(db: &Db) -> Result<()> {
    let mut session = gauges(db)?;
    // The bytes of the second happen to be text.
    let tokens = [Uuid::new_v4(), Uuid::from_bytes(*b"sixteen letters!")];
    for token in tokens {
        session.add(Gauge { token, ..Gauge::default() });
    }
    session.commit()?;
    session.expunge_all();
    assert_eq!(session.all(select(Gauge::TOKEN).order_by(Gauge::ID))?, tokens);
    for token in tokens {
        assert_eq!(session.query::<Gauge>().filter(Gauge::TOKEN.eq(token)).count()?, 1);
    }
    let rows = session.with_connection(|connection| connection.query(&raw("SELECT token FROM gauge ORDER BY id")))?;
    for (row, token) in rows.iter().zip(tokens) {
        assert_eq!(row.get::<Uuid>(0)?, token);
    }
    Ok(())
}

fn an_enum_of_the_database_is_read_and_held(db: &Db) -> Result<()> {
    let mut session = gauges(db)?;
    let happy = session.add(Gauge { mood: Mood::VeryHappy, ..Gauge::default() });
    session.commit()?;
    assert_eq!(session.load(happy)?.mood, Mood::VeryHappy);
    assert_eq!(session.query::<Gauge>().filter(Gauge::MOOD.eq(Mood::VeryHappy)).count()?, 1);
    // A value that is none of them is refused, not stored as nothing.
    let other = session.with_connection(|connection| connection.execute(&raw("UPDATE gauge SET mood = 'Angry'")));
    assert!(other.unwrap_err().to_string().contains("mood"));
    session.rollback()?;
    assert_eq!(session.load(happy)?.mood, Mood::VeryHappy);
    Ok(())
}

fn generated_keys_may_come_in_steps(db: &Db) -> Result<()> {
    let steps = raw("SET auto_increment_increment = 7, auto_increment_offset = 3");
    let builder = db.builder("sqlite://").on_connect(move |connection| connection.execute(&steps).map(drop));
    let engine = builder.build()?;
    engine.create_all(schema![Gauge])?;
    let mut session = Session::new(&engine);
    let keys = session.add_all((0..2_500).map(|level| Gauge { level, ..Gauge::default() }));
    session.commit()?;
    let rows = session.all(select((Gauge::ID, Gauge::LEVEL)).order_by(Gauge::ID))?;
    assert_eq!(rows[1].0 - rows[0].0, 7);
    // What memory says of each is what its row says.
    for (key, (id, level)) in keys.into_iter().zip(rows) {
        assert_eq!((session[key].id.get(), session[key].level), (Some(id), level));
    }
    Ok(())
}

fn tables_are_made_for_transactions_and_unicode(db: &Db) -> Result<()> {
    let engine = db.builder("sqlite://").build()?;
    engine.create_all(schema![Gauge])?;
    let made = "SELECT ENGINE, TABLE_COLLATION FROM information_schema.TABLES \
                WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'gauge'";
    let rows = engine.connect()?.query(&raw(made))?;
    assert_eq!(rows[0].get::<String>(0)?, "InnoDB");
    assert_eq!(Some(&*rows[0].get::<String>(1)?), engine.capabilities().collation);
    assert!(rows[0].get::<String>(1)?.starts_with("utf8mb4_"));
    Ok(())
}

fn a_geometry_is_refused_by_name_and_read_as_text_or_bytes(db: &Db) -> Result<()> {
    let mut connection = db.builder("sqlite://").build()?.connect()?;
    connection.execute(&raw("CREATE TABLE spot (place POINT)"))?;
    connection.execute(&raw("INSERT INTO spot VALUES (POINT(1, 2)), (NULL)"))?;
    for _ in 0..2 {
        let refused = connection.query(&raw("SELECT place FROM spot")).unwrap_err().to_string();
        assert!(refused.contains("geometry") && refused.contains("ST_AsText"), "{refused}");
        let read = connection.query(&raw("SELECT ST_AsText(place), ST_AsBinary(place) FROM spot"))?;
        assert_eq!(read[0].get::<String>(0)?, "POINT(1 2)");
        assert_eq!(read[0].get::<Vec<u8>>(1)?.len(), 21);
        assert_eq!(read[1].get::<Option<String>>(0)?, None);
    }
    Ok(())
}
