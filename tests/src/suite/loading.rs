//! How relationships are loaded, and what each way costs.

use orm::prelude::*;
use orm::{Error, Result};

use crate::Db;
use crate::models::{Address, Department, User, Worker};
use crate::sent::{check_kinds, check_silence, check_words};

cases![
    lazy_is_one_statement_for_each_owner,
    peers_are_loaded_together,
    selectin_is_one_statement_a_level,
    selectin_of_a_to_one_loads_each_target_once,
    selectin_recurses_down_a_tree,
    selectin_of_nothing_sends_nothing,
    joined_is_one_statement,
    joined_counts_entities_not_rows,
    joined_to_one_shares_the_target,
    options_go_on_along_the_graph,
    many_to_many_is_loaded_eagerly,
    raise_refuses_to_load,
    raise_accepts_what_is_loaded,
    a_loaded_relationship_is_not_loaded_again,
    a_held_target_needs_no_statement,
    order_by_of_the_mapping_holds_for_each_strategy,
    a_default_strategy_can_be_overridden,
    eager_loads_fill_in_what_is_held_already,
    many_owners_are_loaded_in_chunks,
];

#[derive(Entity, Debug, Default)]
struct Node {
    #[entity(primary_key)]
    id: Auto<i64>,
    name: String,
    #[entity(inverse = "children")]
    parent: BelongsTo<Option<Self>>,
    #[entity(inverse = "parent", cascade = "all", order_by = "name desc")]
    children: HasMany<Self>,
}

impl Node {
    fn with(name: &str, children: impl IntoIterator<Item = Self>) -> Self {
        Self { name: name.to_owned(), children: HasMany::of(children), ..Self::default() }
    }
}

#[derive(Entity, Debug, Default)]
struct Song {
    #[entity(primary_key)]
    id: Auto<i64>,
    title: String,
    #[entity(secondary = "song_genre", inverse = "songs", order_by = "name")]
    genres: ManyToMany<Genre>,
    #[entity(lazy = "raise")]
    album: BelongsTo<Album>,
}

#[derive(Entity, Debug, Default)]
struct Genre {
    #[entity(primary_key)]
    id: Auto<i64>,
    name: String,
    #[entity(secondary = "song_genre", inverse = "genres")]
    songs: ManyToMany<Song>,
}

#[derive(Entity, Debug, Default)]
struct Album {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(lazy = "selectin")]
    label: BelongsTo<Option<Label>>,
}

#[derive(Entity, Debug, Default)]
struct Label {
    #[entity(primary_key)]
    id: Auto<i64>,
}

/// Three users: two addresses, one, none. Nothing is held.
fn users(db: &Db) -> Result<Session> {
    let mut session = Session::new(&db.engine(schema![User, Address])?);
    session.add_all([
        User::with("ed", &["e1@x.org", "e2@x.org"]),
        User::with("wendy", &["w@x.org"]),
        User::named("mary"),
    ]);
    session.commit()?;
    session.expunge_all();
    Ok(session)
}

fn by_id() -> Select<Key<User>> {
    select(entity::<User>()).order_by(User::ID)
}

/// How many addresses each user has, asked one by one.
fn counts(session: &mut Session, users: &[Key<User>]) -> Result<Vec<usize>> {
    users.iter().map(|user| Ok(session.rel(*user, User::ADDRESSES).load()?.len())).collect()
}

fn lazy_is_one_statement_for_each_owner(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let recorder = session.engine().record();
    let users = session.all(by_id())?;
    assert_eq!(counts(&mut session, &users)?, [2, 1, 0]);
    check_kinds(&recorder, "begin select select select select");
    assert_eq!(counts(&mut session, &users)?, [2, 1, 0]);
    check_silence(&recorder);
    Ok(())
}

fn peers_are_loaded_together(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let recorder = session.engine().record();
    let users = session.all(by_id().options(peers(User::ADDRESSES)))?;
    check_kinds(&recorder, "begin select");
    assert_eq!(counts(&mut session, &users)?, [2, 1, 0]);
    check_kinds(&recorder, "select");
    Ok(())
}

fn selectin_is_one_statement_a_level(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let recorder = session.engine().record();
    let users = session.all(by_id().options(selectin(User::ADDRESSES)))?;
    assert_eq!(counts(&mut session, &users)?, [2, 1, 0]);
    check_words(
        db,
        &recorder,
        &[
            "BEGIN",
            "SELECT user_account.id, user_account.name, user_account.fullname FROM user_account ORDER BY user_account.id",
            "SELECT address.id, address.email, address.user_id FROM address \
             WHERE address.user_id IN (?, ?, ?) ORDER BY address.id",
        ],
    );
    Ok(())
}

fn selectin_of_a_to_one_loads_each_target_once(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let recorder = session.engine().record();
    let addresses = session.query::<Address>().options(selectin(Address::USER)).order_by(Address::ID).all()?;
    check_kinds(&recorder, "begin select select");
    let users: Vec<_> =
        addresses.iter().map(|address| session.rel(*address, Address::USER).load()).collect::<Result<_>>()?;
    assert_eq!(users[0], users[1]);
    assert_ne!(users[0], users[2]);
    check_silence(&recorder);
    Ok(())
}

/// A tree four levels deep. Nothing is held.
fn tree(db: &Db) -> Result<Session> {
    let mut session = Session::new(&db.engine(schema![Node])?);
    let twig = Node::with("twig", [Node::with("leaf", [])]);
    session.add(Node::with("root", [Node::with("a", [twig]), Node::with("b", [])]));
    session.commit()?;
    session.expunge_all();
    Ok(session)
}

fn selectin_recurses_down_a_tree(db: &Db) -> Result<()> {
    let mut session = tree(db)?;
    let recorder = session.engine().record();
    let root =
        session.query::<Node>().filter(Node::NAME.eq("root")).options(selectin(Node::CHILDREN).recurse(4)).one()?;
    // The root, three levels with children, and one that finds no more.
    check_kinds(&recorder, "begin select select select select select");
    let mut level = vec![root];
    let mut names = Vec::new();
    while !level.is_empty() {
        let mut next = Vec::new();
        for node in level {
            names.push(session[node].name.clone());
            next.extend(session.rel(node, Node::CHILDREN).load()?);
        }
        level = next;
    }
    assert_eq!(names, ["root", "b", "a", "twig", "leaf"]);
    check_silence(&recorder);
    Ok(())
}

fn selectin_of_nothing_sends_nothing(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let recorder = session.engine().record();
    let none = session.all(by_id().filter(User::NAME.eq("nobody")).options(selectin(User::ADDRESSES)))?;
    assert!(none.is_empty());
    check_kinds(&recorder, "begin select");
    Ok(())
}

fn joined_is_one_statement(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let recorder = session.engine().record();
    let users = session.all(by_id().options(joined(User::ADDRESSES)))?;
    assert_eq!(users.len(), 3);
    assert_eq!(counts(&mut session, &users)?, [2, 1, 0]);
    check_kinds(&recorder, "begin select");
    Ok(())
}

fn joined_counts_entities_not_rows(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let recorder = session.engine().record();
    let users = session.all(by_id().limit(2).options(joined(User::ADDRESSES)))?;
    assert_eq!(counts(&mut session, &users)?, [2, 1]);
    check_kinds(&recorder, "begin select");
    Ok(())
}

fn joined_to_one_shares_the_target(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let recorder = session.engine().record();
    let addresses = session.query::<Address>().options(joined(Address::USER)).order_by(Address::ID).all()?;
    let ed = session.rel(addresses[0], Address::USER).load()?.expect("it has one");
    assert_eq!(session.rel(addresses[1], Address::USER).load()?, Some(ed));
    assert_eq!(session[ed].name, "ed");
    check_kinds(&recorder, "begin select");
    Ok(())
}

fn options_go_on_along_the_graph(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let recorder = session.engine().record();
    let back = selectin(User::ADDRESSES).then(joined(Address::USER));
    let addresses = session.query::<Address>().options(joined(Address::USER).then(back)).order_by(Address::ID).all()?;
    assert_eq!(addresses.len(), 3);
    check_kinds(&recorder, "begin select select");
    let ed = session.rel(addresses[0], Address::USER).load()?.expect("it has one");
    assert_eq!(session.rel(ed, User::ADDRESSES).load()?, addresses[..2]);
    check_silence(&recorder);
    Ok(())
}

/// Two songs of one album, with genres. Nothing is held.
fn songs(db: &Db) -> Result<Session> {
    let mut session = Session::new(&db.engine(schema![Label, Album, Song, Genre])?);
    let label = session.add(Label::default());
    let album = session.add(Album { label: label.into(), ..Album::default() });
    let genres = ["rock", "jazz"].map(|name| session.add(Genre { name: name.into(), ..Genre::default() }));
    for (title, genres) in [("one", &genres[..]), ("two", &genres[..1])] {
        let song = session.add(Song { title: title.into(), album: album.into(), ..Song::default() });
        session.rel(song, Song::GENRES).extend(genres.to_vec())?;
    }
    session.commit()?;
    session.expunge_all();
    Ok(session)
}

fn many_to_many_is_loaded_eagerly(db: &Db) -> Result<()> {
    let mut session = songs(db)?;
    for (option, statements) in [(selectin(Song::GENRES), "select select"), (joined(Song::GENRES), "select")] {
        session.expunge_all();
        session.query::<Genre>().count()?;
        let recorder = session.engine().record();
        let songs = session.query::<Song>().options(option).order_by(Song::TITLE).all()?;
        check_kinds(&recorder, statements);
        let names = songs.iter().map(|song| {
            let genres = session.rel(*song, Song::GENRES).load()?;
            Ok(genres.iter().map(|genre| session[*genre].name.clone()).collect())
        });
        assert_eq!(names.collect::<Result<Vec<Vec<String>>>>()?, [vec!["jazz", "rock"], vec!["rock"]]);
        check_silence(&recorder);
    }
    Ok(())
}

fn raise_refuses_to_load(db: &Db) -> Result<()> {
    let mut session = songs(db)?;
    let song = session.query::<Song>().first()?.expect("there are two");
    let recorder = session.engine().record();
    let refused = session.rel(song, Song::ALBUM).load().unwrap_err();
    assert!(matches!(refused, Error::RaisedLoad { entity: "Song", relationship: "album", .. }), "{refused}");
    assert!(refused.to_string().contains("selectin(Song::ALBUM)"), "{refused}");
    check_silence(&recorder);
    Ok(())
}

fn raise_accepts_what_is_loaded(db: &Db) -> Result<()> {
    let mut session = songs(db)?;
    let song = session.query::<Song>().options(joined(Song::ALBUM)).first()?.expect("there are two");
    assert!(session.rel(song, Song::ALBUM).load()?.is_some());
    Ok(())
}

fn a_loaded_relationship_is_not_loaded_again(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let users = session.all(by_id())?;
    let addresses = session.rel(users[0], User::ADDRESSES).load()?;
    let recorder = session.engine().record();
    assert!(session.rel(users[0], User::ADDRESSES).is_loaded()?);
    assert!(!session.rel(users[1], User::ADDRESSES).is_loaded()?);
    assert!(session.rel(users[0], User::ADDRESSES).contains(addresses[1])?);
    check_silence(&recorder);
    Ok(())
}

fn a_held_target_needs_no_statement(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let users = session.all(by_id())?;
    let addresses = session.query::<Address>().order_by(Address::ID).all()?;
    let recorder = session.engine().record();
    assert_eq!(session.rel(addresses[0], Address::USER).load()?, Some(users[0]));
    assert_eq!(session.rel(addresses[2], Address::USER).load()?, Some(users[1]));
    check_silence(&recorder);
    Ok(())
}

fn order_by_of_the_mapping_holds_for_each_strategy(db: &Db) -> Result<()> {
    let mut session = tree(db)?;
    for option in [lazy(Node::CHILDREN), peers(Node::CHILDREN), selectin(Node::CHILDREN), joined(Node::CHILDREN)] {
        session.expunge_all();
        let root = session.query::<Node>().filter(Node::NAME.eq("root")).options(option.clone()).one()?;
        let children = session.rel(root, Node::CHILDREN).load()?;
        let names: Vec<&str> = children.iter().map(|child| session[*child].name.as_str()).collect();
        assert_eq!(names, ["b", "a"], "{option:?}");
    }
    Ok(())
}

fn a_default_strategy_can_be_overridden(db: &Db) -> Result<()> {
    let mut session = songs(db)?;
    let recorder = session.engine().record();
    session.query::<Album>().all()?;
    check_kinds(&recorder, "begin select select");
    session.expunge_all();
    let album = session.query::<Album>().options(lazy(Album::LABEL)).one()?;
    check_kinds(&recorder, "select");
    assert!(session.rel(album, Album::LABEL).load()?.is_some());
    check_kinds(&recorder, "select");
    Ok(())
}

fn eager_loads_fill_in_what_is_held_already(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let users = session.all(by_id())?;
    session.all(by_id().options(selectin(User::ADDRESSES)))?;
    let recorder = session.engine().record();
    assert_eq!(counts(&mut session, &users)?, [2, 1, 0]);
    check_silence(&recorder);
    Ok(())
}

fn many_owners_are_loaded_in_chunks(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Department, Worker])?);
    session.add_all((0..1_200).map(|number| Department::with(&number.to_string(), &["ann"])));
    session.commit()?;
    session.expunge_all();
    let recorder = session.engine().record();
    let all = session.query::<Department>().options(selectin(Department::WORKERS)).all()?;
    // 500 owners a statement.
    check_kinds(&recorder, "begin select select select select");
    let last = *all.last().expect("there are 1,200");
    assert_eq!(session.rel(last, Department::WORKERS).load()?.len(), 1);
    check_silence(&recorder);
    Ok(())
}
