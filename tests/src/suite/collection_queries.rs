//! The query of a collection: its members are filtered, sorted and counted in the database.

use orm::prelude::*;
use orm::{Error, Result};

use crate::Db;
use crate::models::{Address, User};
use crate::sent::{check_kinds, check_silence, check_words};

cases![
    members_are_filtered_in_the_database,
    members_are_counted_and_limited,
    linked_members_are_queried,
    members_of_a_map_are_queried,
    added_members_are_seen,
    an_owner_without_a_row_is_refused,
    an_expired_owner_needs_no_statement,
];

#[derive(Entity, Debug, Default)]
#[entity(table = "song")]
struct Song {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(secondary = "song_tag", inverse = "songs", order_by = "word")]
    tags: ManyToMany<Tag>,
    #[entity(inverse = "song", key = "language")]
    titles: HasMany<Title>,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "tag")]
struct Tag {
    #[entity(primary_key, length = 20)]
    word: String,
    #[entity(secondary = "song_tag", inverse = "tags")]
    songs: ManyToMany<Song>,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "title")]
struct Title {
    #[entity(primary_key)]
    id: Auto<i64>,
    language: String,
    #[entity(inverse = "titles")]
    song: BelongsTo<Song>,
}

/// Ed with three addresses, and wendy with one. Nothing is held but ed.
fn ed(db: &Db) -> Result<(Session, Key<User>)> {
    let mut session = Session::new(&db.engine(schema![User, Address])?);
    session.add_all([User::with("ed", &["c@x.org", "a@x.org", "b@y.org"]), User::with("wendy", &["a@x.org"])]);
    session.commit()?;
    session.expunge_all();
    let ed = session.one(select(entity::<User>()).filter(User::NAME.eq("ed")))?;
    Ok((session, ed))
}

fn members_are_filtered_in_the_database(db: &Db) -> Result<()> {
    let (mut session, ed) = ed(db)?;
    let recorder = session.engine().record();
    let addresses = session.rel(ed, User::ADDRESSES).select()?;
    check_silence(&recorder);
    let found = session.all(addresses.filter(Address::EMAIL.ne("b@y.org")))?;
    check_words(
        db,
        &recorder,
        &["SELECT address.id, address.email, address.user_id FROM address \
           WHERE address.user_id = ? AND address.email != ? ORDER BY address.id"],
    );
    assert_eq!(found.iter().map(|key| session[*key].email.as_str()).collect::<Vec<_>>(), ["c@x.org", "a@x.org"]);
    assert!(session[ed].addresses.loaded().is_none(), "a part is not the collection");
    Ok(())
}

fn members_are_counted_and_limited(db: &Db) -> Result<()> {
    let (mut session, ed) = ed(db)?;
    let addresses = session.rel(ed, User::ADDRESSES).select()?;
    assert_eq!(session.count(addresses.clone())?, 3);
    let recorder = session.engine().record();
    let last = session.first(addresses.clone().offset(2))?.expect("there are three");
    assert_eq!(session[last].email, "b@y.org");
    check_kinds(&recorder, "select");
    assert_eq!(session.all(addresses.limit(2))?.len(), 2);
    Ok(())
}

fn song(db: &Db) -> Result<(Session, Key<Song>)> {
    let mut session = Session::new(&db.engine(schema![Song, Tag, Title])?);
    let songs = [session.add(Song::default()), session.add(Song::default())];
    for word in ["slow", "old", "loud"] {
        session.rel(songs[0], Song::TAGS).push(Tag { word: word.into(), ..Tag::default() })?;
    }
    session.rel(songs[1], Song::TAGS).push(Tag { word: "new".into(), ..Tag::default() })?;
    for language in ["en", "de"] {
        session.rel(songs[0], Song::TITLES).insert(Title { language: language.into(), ..Title::default() })?;
    }
    session.commit()?;
    Ok((session, songs[0]))
}

fn linked_members_are_queried(db: &Db) -> Result<()> {
    let (mut session, song) = song(db)?;
    let tags = session.rel(song, Song::TAGS).select()?;
    let found = session.all(tags.clone())?;
    assert_eq!(found.iter().map(|tag| session[*tag].word.as_str()).collect::<Vec<_>>(), ["loud", "old", "slow"]);
    assert_eq!(session.all(tags.filter(Tag::WORD.gt("m")))?.len(), 2);
    let slow = session.get::<Tag>("slow")?.expect("it is there");
    let songs = session.rel(slow, Tag::SONGS).select()?;
    assert_eq!(session.all(songs)?, [song]);
    Ok(())
}

fn members_of_a_map_are_queried(db: &Db) -> Result<()> {
    let (mut session, song) = song(db)?;
    let titles = session.rel(song, Song::TITLES).select()?;
    let german = session.one(titles.filter(Title::LANGUAGE.eq("de")))?;
    assert_eq!(session[german].language, "de");
    Ok(())
}

fn added_members_are_seen(db: &Db) -> Result<()> {
    let (mut session, ed) = ed(db)?;
    let new = session.rel(ed, User::ADDRESSES).push(Address::at("d@x.org"))?;
    let addresses = session.rel(ed, User::ADDRESSES).select()?;
    assert_eq!(session.all(addresses.filter(Address::EMAIL.eq("d@x.org")))?, [new]);
    Ok(())
}

fn an_owner_without_a_row_is_refused(db: &Db) -> Result<()> {
    let (mut session, ed) = ed(db)?;
    let new = session.add(User::named("new"));
    let refused = session.rel(new, User::ADDRESSES).select().map(drop).unwrap_err();
    assert!(matches!(refused, Error::RowPending { entity: "User", .. }), "{refused}");
    assert!(refused.to_string().contains("flush it before"), "{refused}");
    session.flush()?;
    let addresses = session.rel(new, User::ADDRESSES).select()?;
    assert_eq!(session.count(addresses)?, 0);
    session.expunge(ed)?;
    assert!(matches!(session.rel(ed, User::ADDRESSES).select().map(drop), Err(Error::UnknownKey { .. })));
    Ok(())
}

fn an_expired_owner_needs_no_statement(db: &Db) -> Result<()> {
    let (mut session, ed) = ed(db)?;
    session.commit()?;
    let recorder = session.engine().record();
    let addresses = session.rel(ed, User::ADDRESSES).select()?;
    check_silence(&recorder);
    assert_eq!(session.count(addresses)?, 3);
    check_kinds(&recorder, "begin select");
    Ok(())
}
