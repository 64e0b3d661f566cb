//! In which order a flush writes rows: by foreign keys however they are declared, and by unique values that one row
//! takes from another.

use orm::prelude::*;
use orm::{Error, Result, StatementKind};

use crate::Db;
use crate::sent::check_kinds;

cases![
    a_named_reference_orders_tables,
    a_named_reference_orders_rows_of_one_table,
    a_named_reference_to_another_column_than_the_key,
    tables_that_refer_to_each_other_are_ordered_row_by_row,
    a_tree_by_values_is_ordered,
    a_named_reference_to_the_table_of_a_class,
    an_updated_row_follows_the_new_row_it_refers_to,
    numbers_move_down_by_one,
    numbers_move_up_by_one,
    keys_of_several_columns_are_handed_on,
    other_updates_still_share_a_statement,
    values_that_are_swapped_are_refused,
    updates_go_in_the_order_of_their_keys,
    a_key_is_renamed_and_taken_anew,
    a_chain_of_keys_is_renamed,
    a_renaming_that_fails_is_taken_back,
    a_new_row_follows_the_renaming_of_the_row_it_refers_to,
    a_row_that_refers_to_itself_goes,
    one_to_one_rows_change_owners,
    two_postponed_references_of_a_row_are_one_update,
];

#[derive(Entity, Debug, Default)]
struct Region {
    #[entity(primary_key)]
    id: i64,
    #[entity(length = 10, unique)]
    code: String,
    /// The region around it.
    #[entity(references = "region.id")]
    within: Option<i64>,
}

#[derive(Entity, Debug, Default)]
struct Town {
    #[entity(primary_key)]
    id: i64,
    #[entity(references = "region.id")]
    region_id: i64,
    #[entity(length = 10, references = "region.code")]
    code: Option<String>,
}

fn region(id: i64, within: Option<i64>) -> Region {
    Region { id, code: id.to_string(), within }
}

fn towns(db: &Db) -> Result<Session> {
    Ok(Session::new(&db.engine(schema![Region, Town])?))
}

fn a_named_reference_orders_tables(db: &Db) -> Result<()> {
    let mut session = towns(db)?;
    let recorder = session.engine().record();
    let town = session.add(Town { id: 1, region_id: 7, code: None });
    let region = session.add(region(7, None));
    session.flush()?;
    check_kinds(&recorder, "begin insert insert");
    session.commit()?;
    for town_first in [true, false] {
        let savepoint = session.begin_nested()?;
        if town_first {
            session.delete(town)?;
            session.delete(region)?;
        } else {
            session.delete(region)?;
            session.delete(town)?;
        }
        session.flush()?;
        session.rollback_to(savepoint)?;
    }
    Ok(())
}

fn a_named_reference_orders_rows_of_one_table(db: &Db) -> Result<()> {
    let mut session = towns(db)?;
    let keys = session.add_all([
        region(4, Some(3)),
        region(3, Some(2)),
        region(1, None),
        region(2, Some(1)),
        region(5, Some(5)),
    ]);
    session.commit()?;
    for key in [2, 0, 3, 1].map(|at| keys[at]) {
        session.delete(key)?;
    }
    session.commit()?;
    assert_eq!(session.all(select(Region::ID))?, [5]);
    Ok(())
}

fn a_named_reference_to_another_column_than_the_key(db: &Db) -> Result<()> {
    let mut session = towns(db)?;
    session.add(region(7, None));
    session.flush()?;
    let town = session.add(Town { id: 1, region_id: 7, code: Some("8".into()) });
    let eight = session.add(region(8, Some(7)));
    session.commit()?;
    session.delete(eight)?;
    session.delete(town)?;
    session.commit()?;
    assert_eq!(session.all(select(Region::ID))?, [7]);
    Ok(())
}

#[derive(Entity, Debug, Default)]
struct Egg {
    #[entity(primary_key)]
    id: i64,
    #[entity(references = "hen.id")]
    laid_by: Option<i64>,
}

#[derive(Entity, Debug, Default)]
struct Hen {
    #[entity(primary_key)]
    id: i64,
    #[entity(references = "egg.id")]
    hatched_from: Option<i64>,
}

fn tables_that_refer_to_each_other_are_ordered_row_by_row(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Egg, Hen])?);
    let eggs = session.add_all([
        Egg { id: 3, laid_by: Some(2) },
        Egg { id: 1, laid_by: None },
        Egg { id: 2, laid_by: Some(1) },
    ]);
    let hens = session.add_all([Hen { id: 2, hatched_from: Some(2) }, Hen { id: 1, hatched_from: Some(1) }]);
    session.commit()?;
    eggs.into_iter().try_for_each(|egg| session.delete(egg))?;
    hens.into_iter().try_for_each(|hen| session.delete(hen))?;
    session.commit()?;
    assert_eq!(session.query::<Egg>().count()? + session.query::<Hen>().count()?, 0);
    Ok(())
}

#[derive(Entity, Debug, Default)]
struct Node {
    #[entity(primary_key)]
    id: i64,
    parent: BelongsTo<Option<Self>>,
}

fn a_tree_by_values_is_ordered(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Node])?);
    let nodes = (1..=8)
        .rev()
        .map(|id| Node { id, parent: if id == 1 { BelongsTo::empty() } else { BelongsTo::by_id(id / 2) } });
    let keys = session.add_all(nodes);
    let own = session.add(Node { id: 9, parent: BelongsTo::by_id(9) });
    session.commit()?;
    assert_eq!(session.query::<Node>().count()?, 9);
    session.delete(own)?;
    for key in keys.into_iter().rev() {
        session.delete(key)?;
    }
    session.commit()?;
    assert_eq!(session.query::<Node>().count()?, 0);
    Ok(())
}

#[derive(Entity, Debug)]
#[entity(inheritance = "joined", discriminator = "type")]
enum Staff {
    Clerk(Clerk),
    Boss(Boss),
}

#[derive(Entity, Debug, Default)]
#[entity(root = "Staff", table = "clerk")]
struct Clerk {
    #[entity(primary_key)]
    id: i64,
}

#[derive(Entity, Debug, Default)]
#[entity(root = "Staff", table = "boss")]
struct Boss {
    #[entity(base)]
    base: Clerk,
    car: i64,
}

#[derive(Entity, Debug, Default)]
struct Desk {
    #[entity(primary_key)]
    id: i64,
    #[entity(references = "boss.id")]
    boss_id: i64,
}

fn a_named_reference_to_the_table_of_a_class(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Staff, Desk])?);
    let desk = session.add(Desk { id: 1, boss_id: 7 });
    let boss = session.add(Boss { base: Clerk { id: 7 }, car: 1 });
    session.commit()?;
    session.delete(boss)?;
    session.delete(desk)?;
    session.commit()?;
    assert_eq!(session.query::<Desk>().count()?, 0);
    Ok(())
}

fn an_updated_row_follows_the_new_row_it_refers_to(db: &Db) -> Result<()> {
    let mut session = towns(db)?;
    let one = session.add(region(1, None));
    session.commit()?;
    session.load(one)?;
    session[one].within = Some(2);
    session.add(region(2, None));
    session.commit()?;
    assert_eq!(session.load(one)?.within, Some(2));
    Ok(())
}

#[derive(Entity, Debug, Default)]
struct Track {
    #[entity(primary_key)]
    id: i64,
    #[entity(unique)]
    place: Option<i64>,
    text: i64,
}

fn tracks(db: &Db, order: impl IntoIterator<Item = i64>) -> Result<(Session, Vec<Key<Track>>)> {
    let mut session = Session::builder(&db.engine(schema![Track])?).expire_on_commit(false).build();
    let tracks = session.add_all(order.into_iter().map(|id| Track { id, place: Some(id), text: 0 }));
    session.commit()?;
    Ok((session, tracks))
}

fn places(session: &mut Session) -> Result<Vec<Option<i64>>> {
    session.all(select(Track::PLACE).order_by(Track::ID))
}

fn numbers_move_down_by_one(db: &Db) -> Result<()> {
    // Rows lie in another order than their numbers.
    let (mut session, tracks) = tracks(db, (1..=20).map(|id| id * 7 % 23))?;
    for track in tracks {
        session[track].place = session[track].place.map(|place| place - 1);
    }
    session.commit()?;
    let mut after = places(&mut session)?;
    after.sort_unstable();
    assert_eq!(after[0], Some(0));
    Ok(())
}

fn numbers_move_up_by_one(db: &Db) -> Result<()> {
    let (mut session, tracks) = tracks(db, 1..=5)?;
    for track in &tracks {
        session[*track].place = session[*track].place.map(|place| place + 1);
    }
    session.commit()?;
    assert_eq!(places(&mut session)?, (2..=6).map(Some).collect::<Vec<_>>());
    // The last gives its number up for none, and the others follow.
    for track in &tracks {
        session[*track].place = session[*track].place.map(|place| place + 1).filter(|place| *place < 7);
    }
    session.commit()?;
    assert_eq!(places(&mut session)?, [Some(3), Some(4), Some(5), Some(6), None]);
    Ok(())
}

#[derive(Entity, Debug, Default)]
struct Part {
    #[entity(primary_key)]
    document: i64,
    #[entity(primary_key)]
    number: i64,
}

fn keys_of_several_columns_are_handed_on(db: &Db) -> Result<()> {
    let mut session = Session::builder(&db.engine(schema![Part])?).expire_on_commit(false).build();
    let parts = session.add_all((1..=4).map(|number| Part { document: 1, number: number * 3 % 5 }));
    session.commit()?;
    for part in &parts {
        session[*part].number -= 1;
    }
    session.commit()?;
    assert_eq!(session.all(select(Part::NUMBER).order_by(Part::NUMBER))?, [0, 1, 2, 3]);
    let (first, third) = (session.get::<Part>((1, 1))?, session.get::<Part>((1, 3))?);
    let (first, third) = (first.expect("a row"), third.expect("a row"));
    session[first].number = 9;
    session[third].number = 1;
    session.commit()?;
    assert_eq!(session.get::<Part>((1, 1))?, Some(third));
    assert_eq!(session.get::<Part>((1, 9))?, Some(first));
    assert_eq!(session.get::<Part>((1, 3))?, None);
    Ok(())
}

fn other_updates_still_share_a_statement(db: &Db) -> Result<()> {
    let (mut session, tracks) = tracks(db, 1..=9)?;
    for track in &tracks {
        session[*track].place = session[*track].place.map(|place| place + 100);
    }
    let plan = session.flush_plan()?;
    assert_eq!(plan.steps.len(), 1, "{plan}");
    for (track, place) in tracks.iter().zip([Some(50), Some(1)]) {
        session[*track].place = place;
    }
    // Number 2 takes what number 1 gives up, and nobody else waits for it.
    let plan = session.flush_plan()?;
    assert_eq!(plan.steps.len(), 2, "{plan}");
    session.commit()?;
    assert_eq!(places(&mut session)?[..3], [Some(50), Some(1), Some(103)]);
    Ok(())
}

fn values_that_are_swapped_are_refused(db: &Db) -> Result<()> {
    let (mut session, tracks) = tracks(db, 1..=3)?;
    session[tracks[0]].place = Some(2);
    session[tracks[1]].place = Some(3);
    session[tracks[2]].place = Some(1);
    let refused = session.flush().unwrap_err().to_string();
    assert!(refused.contains("Track: 3 rows of this flush wait for each other"), "{refused}");
    session[tracks[2]].place = None;
    session.flush()?;
    session[tracks[2]].place = Some(1);
    session.commit()?;
    assert_eq!(places(&mut session)?, [Some(2), Some(3), Some(1)]);
    Ok(())
}

#[derive(Entity, Debug, Default)]
struct Token {
    #[entity(primary_key)]
    id: uuid::Uuid,
    v: i64,
}

fn updates_go_in_the_order_of_their_keys(db: &Db) -> Result<()> {
    let mut session = Session::builder(&db.engine(schema![Token, Part])?).expire_on_commit(false).build();
    let tokens = session.add_all((1..=4).map(|id| Token { id: uuid::Uuid::from_u128(id << 100), v: 0 }));
    session.commit()?;
    for token in tokens.iter().rev() {
        session[*token].v = 1;
    }
    let plan = session.flush_plan()?;
    assert!(plan.steps[0].rows.is_sorted(), "{plan}");
    session.commit()?;
    for token in [2, 0, 3, 1] {
        session.delete(tokens[token])?;
    }
    let plan = session.flush_plan()?;
    assert!(plan.steps[0].rows.is_sorted(), "{plan}");
    session.commit()
}

#[derive(Entity, Debug, Default)]
struct Nat {
    #[entity(primary_key, length = 20)]
    code: String,
    #[entity(unique)]
    v: i64,
}

fn nats(db: &Db, codes: &[&str]) -> Result<(Session, Vec<Key<Nat>>)> {
    let mut session = Session::builder(&db.engine(schema![Nat])?).expire_on_commit(false).build();
    let nats = session.add_all(codes.iter().zip(1..).map(|(code, v)| Nat { code: (*code).into(), v }));
    session.commit()?;
    Ok((session, nats))
}

fn codes(session: &mut Session) -> Result<Vec<(String, i64)>> {
    session.all(select((Nat::CODE, Nat::V)).order_by(Nat::CODE))
}

fn pairs(expected: &[(&str, i64)]) -> Vec<(String, i64)> {
    expected.iter().map(|(code, v)| ((*code).to_owned(), *v)).collect()
}

fn a_key_is_renamed_and_taken_anew(db: &Db) -> Result<()> {
    let (mut session, nats) = nats(db, &["a"])?;
    session[nats[0]].code = "b".into();
    let new = session.add(Nat { code: "a".into(), v: 2 });
    let recorder = session.engine().record();
    session.flush()?;
    check_kinds(&recorder, "begin update insert");
    assert_eq!((session.get::<Nat>("a")?, session.get::<Nat>("b")?), (Some(new), Some(nats[0])));
    session.rollback()?;
    assert_eq!((session.get::<Nat>("a")?, session.get::<Nat>("b")?), (Some(nats[0]), None));
    assert_eq!(codes(&mut session)?, pairs(&[("a", 1)]));
    Ok(())
}

fn a_chain_of_keys_is_renamed(db: &Db) -> Result<()> {
    let (mut session, nats) = nats(db, &["a", "b", "c"])?;
    for (nat, code) in nats.iter().zip(["b", "c", "d"]) {
        session[*nat].code = code.into();
    }
    let new = session.add(Nat { code: "a".into(), v: 9 });
    session.commit()?;
    assert_eq!(codes(&mut session)?, pairs(&[("a", 9), ("b", 1), ("c", 2), ("d", 3)]));
    let held = ["a", "b", "c", "d"].map(|code| session.get::<Nat>(code).ok().flatten());
    assert_eq!(held, [Some(new), Some(nats[0]), Some(nats[1]), Some(nats[2])]);
    assert_eq!(session.memory().entities, 4);
    Ok(())
}

fn a_renaming_that_fails_is_taken_back(db: &Db) -> Result<()> {
    let (mut session, nats) = nats(db, &["a", "b"])?;
    session[nats[1]].code = "c".into();
    session[nats[0]].code = "b".into();
    // The last statement of the flush is the one that fails.
    let new = session.add(Nat { code: "a".into(), v: 2 });
    assert!(matches!(session.flush(), Err(Error::Database(_))));
    assert_eq!(session.no_autoflush(|session| session.get::<Nat>("c"))?, None);
    session[new].v = 3;
    session.commit()?;
    assert_eq!(codes(&mut session)?, pairs(&[("a", 3), ("b", 1), ("c", 2)]));
    assert_eq!((session.get::<Nat>("b")?, session.get::<Nat>("c")?), (Some(nats[0]), Some(nats[1])));
    Ok(())
}

#[derive(Entity, Debug, Default)]
struct Folder {
    #[entity(primary_key, length = 20)]
    name: String,
    within: BelongsTo<Option<Self>>,
}

fn a_new_row_follows_the_renaming_of_the_row_it_refers_to(db: &Db) -> Result<()> {
    let mut session = Session::builder(&db.engine(schema![Folder])?).expire_on_commit(false).build();
    let folder = |name: &str| Folder { name: name.into(), ..Folder::default() };
    let (a, b) = (session.add(folder("a")), session.add(folder("b")));
    session.commit()?;
    // A waits for the name of B, and the new one for A.
    session[a].name = "b".into();
    session[b].name = "c".into();
    session.add(Folder { within: BelongsTo::to(a), ..folder("new") });
    session.add(folder("a"));
    session.commit()?;
    let rows = session.all(select((Folder::NAME, Folder::WITHIN_ID)).order_by(Folder::NAME))?;
    let row = |name: &str, within: Option<&str>| (name.to_owned(), within.map(str::to_owned));
    assert_eq!(rows, [row("a", None), row("b", None), row("c", None), row("new", Some("b"))]);
    Ok(())
}

fn a_row_that_refers_to_itself_goes(db: &Db) -> Result<()> {
    let mut session = towns(db)?;
    let own = session.add(region(5, Some(5)));
    session.commit()?;
    session.delete(own)?;
    session.commit()?;
    assert_eq!(session.query::<Region>().count()?, 0);
    Ok(())
}

#[derive(Entity, Debug, Default)]
struct Owner {
    #[entity(primary_key)]
    id: i64,
    #[entity(inverse = "owner")]
    key: HasOne<DoorKey>,
}

#[derive(Entity, Debug, Default)]
struct DoorKey {
    #[entity(primary_key)]
    id: i64,
    #[entity(inverse = "key", unique)]
    owner: BelongsTo<Option<Owner>>,
}

fn one_to_one_rows_change_owners(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Owner, DoorKey])?);
    let owners =
        session.add_all((1..=3).map(|id| Owner { id, key: HasOne::new(DoorKey { id, ..DoorKey::default() }) }));
    session.commit()?;
    let mut keys = Vec::new();
    for owner in &owners {
        keys.push(session.rel(*owner, Owner::KEY).one()?);
    }
    // Each takes the key of the next; the first key is left over.
    session.rel(owners[0], Owner::KEY).set(keys[1])?;
    session.rel(owners[1], Owner::KEY).set(keys[2])?;
    session.commit()?;
    let rows = session.all(select((DoorKey::ID, DoorKey::OWNER_ID)).order_by(DoorKey::ID))?;
    assert_eq!(rows, [(1, None), (2, Some(1)), (3, Some(2))]);
    Ok(())
}

#[derive(Entity, Debug, Default)]
struct Album {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(post_update)]
    front: BelongsTo<Option<Picture>>,
    #[entity(post_update)]
    back: BelongsTo<Option<Picture>>,
    #[entity(inverse = "album")]
    pictures: HasMany<Picture>,
}

#[derive(Entity, Debug, Default)]
struct Picture {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "pictures")]
    album: BelongsTo<Album>,
}

fn two_postponed_references_of_a_row_are_one_update(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Album, Picture])?);
    let album =
        session.add(Album { pictures: HasMany::of([Picture::default(), Picture::default()]), ..Album::default() });
    let pictures = session.rel(album, Album::PICTURES).load()?;
    session.rel(album, Album::FRONT).set(pictures[0])?;
    session.rel(album, Album::BACK).set(pictures[1])?;
    let plan = session.flush_plan()?;
    let updates = plan.steps.iter().filter(|step| step.operation == "UPDATE").count();
    assert_eq!(updates, 1, "{plan}");
    let recorder = session.engine().record();
    session.commit()?;
    let sent = recorder.take();
    assert_eq!(sent.iter().filter(|sent| sent.kind == StatementKind::Update).count(), 1, "{:#?}", sent.sql());
    session.load(album)?;
    assert_eq!(session[album].back.id().copied(), session.load(pictures[1])?.id.get());
    // They are emptied together as well.
    session.rel(album, Album::PICTURES).load()?;
    for picture in pictures {
        session.delete(picture)?;
    }
    session.delete(album)?;
    let plan = session.flush_plan()?;
    assert_eq!(plan.steps.iter().filter(|step| step.operation == "UPDATE").count(), 1, "{plan}");
    session.commit()
}
