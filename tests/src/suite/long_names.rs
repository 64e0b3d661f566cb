//! Long identifiers: names that the crate makes fit every database, and longer names of a program are refused.

use orm::engine::IdentifierLimit;
use orm::prelude::*;
use orm::schema::{Check, Column, Index, Schema, Table, Unique};
use orm::sql::tree::SelectTree;
use orm::{DataType, DatabaseErrorKind, Error, Result};

use crate::Db;
use crate::sent::check_kinds;

cases![
    collections_of_a_long_table_are_joined,
    a_long_table_is_joined_to_itself,
    a_query_joins_a_long_link_table_twice,
    criteria_reach_a_long_table,
    a_hierarchy_of_long_tables_is_read,
    an_alias_of_a_hierarchy_may_be_as_long_as_the_database_takes,
    constraints_of_long_tables_stay_apart,
    a_violation_names_the_columns_of_a_long_table,
    an_entity_whose_table_is_too_long_is_refused_by_name,
    names_of_tables_and_columns_that_are_too_long_are_refused,
    aliases_and_labels_that_are_too_long_are_refused,
    savepoints_that_are_too_long_are_refused,
];

#[derive(Entity, Debug, Default)]
#[entity(table = "owners_whose_table_has_a_name_of_exactly_sixty_three_bytes_ää")]
struct Owner {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "first", order_by = "id")]
    firsts: HasMany<Thing>,
    #[entity(inverse = "second", order_by = "id")]
    seconds: HasMany<Thing>,
    #[entity(
        secondary = "the_table_of_what_owners_like_of_all_the_things_that_there_are",
        local = "owner_id",
        remote = "thing_id",
        inverse = "likers",
        order_by = "id"
    )]
    liked: ManyToMany<Thing>,
    #[entity(inverse = "staff")]
    boss: BelongsTo<Option<Self>>,
    #[entity(inverse = "boss", order_by = "id")]
    staff: HasMany<Self>,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "another_table_whose_name_is_so_long_that_it_fills_sixty_bytes_")]
struct Thing {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "firsts")]
    first: BelongsTo<Option<Owner>>,
    #[entity(inverse = "seconds")]
    second: BelongsTo<Option<Owner>>,
    #[entity(
        secondary = "the_table_of_what_owners_like_of_all_the_things_that_there_are",
        local = "thing_id",
        remote = "owner_id",
        inverse = "liked",
        order_by = "id"
    )]
    likers: ManyToMany<Owner>,
    #[entity(unique, length = 20)]
    word_that_is_unique: Option<String>,
}

#[derive(Entity, Debug)]
#[entity(inheritance = "joined")]
enum Animal {
    Plain(Plain),
    Bird(Bird),
    Fish(Fish),
}

#[derive(Entity, Debug, Default)]
#[entity(root = "Animal", table = "the_table_of_all_animals_has_a_name_of_some_sixty_bytes_also")]
struct Plain {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "children")]
    parent: BelongsTo<Option<Animal>>,
    #[entity(inverse = "parent", order_by = "id")]
    children: HasMany<Animal>,
}

#[derive(Entity, Debug, Default)]
#[entity(root = "Animal", table = "the_table_of_animals_that_can_fly_is_named_as_long_as_one_can")]
struct Bird {
    #[entity(base)]
    plain: Plain,
    wings: i64,
}

#[derive(Entity, Debug, Default)]
#[entity(root = "Animal", table = "the_table_of_animals_that_can_swim_is_named_as_long_as_one_can")]
struct Fish {
    #[entity(base)]
    plain: Plain,
    fins: i64,
}

fn thing(word: &str) -> Thing {
    Thing { word_that_is_unique: Some(word.to_owned()), ..Thing::default() }
}

/// An owner with one, two and three things, and two of staff, committed and out of memory; another owner without any.
fn owned(db: &Db) -> Result<Session> {
    let mut session = Session::new(&db.engine(schema![Owner, Thing])?);
    session.add(Owner {
        firsts: HasMany::of([thing("a")]),
        seconds: HasMany::of([thing("b"), thing("c")]),
        liked: ManyToMany::of([thing("d"), thing("e"), thing("f")]),
        staff: HasMany::of([Owner::default(), Owner { liked: ManyToMany::of([thing("g")]), ..Owner::default() }]),
        ..Owner::default()
    });
    session.commit()?;
    session.expunge_all();
    Ok(session)
}

/// A bird with two fish for children, the second of which has a bird, committed and out of memory.
fn animals(db: &Db) -> Result<Session> {
    let mut session = Session::new(&db.engine(schema![Animal])?);
    let plain = |children: Vec<Animal>| Plain { children: HasMany::of(children), ..Plain::default() };
    let bird = |wings, children| Animal::Bird(Bird { plain: plain(children), wings });
    let fish = |fins, children| Animal::Fish(Fish { plain: plain(children), fins });
    let fry = fish(6, vec![bird(4, vec![])]);
    session.add(bird(2, vec![fish(5, vec![]), fry]));
    session.commit()?;
    session.expunge_all();
    Ok(session)
}

fn collections_of_a_long_table_are_joined(db: &Db) -> Result<()> {
    let mut session = owned(db)?;
    let recorder = session.engine().record();
    let all = (joined(Owner::FIRSTS), joined(Owner::SECONDS), joined(Owner::LIKED));
    for limit in [None, Some(1)] {
        session.expunge_all();
        let query = session.query::<Owner>().options(all.clone()).order_by(Owner::ID);
        let owners = limit.into_iter().fold(query, |query, rows| query.limit(rows)).all()?;
        let owner = owners[0];
        assert_eq!(session.rel(owner, Owner::FIRSTS).load()?.len(), 1);
        assert_eq!(session.rel(owner, Owner::SECONDS).load()?.len(), 2);
        let liked = session.rel(owner, Owner::LIKED).load()?;
        let words: Vec<_> = liked.iter().map(|thing| session[*thing].word_that_is_unique.as_deref()).collect();
        assert_eq!(words, [Some("d"), Some("e"), Some("f")]);
    }
    check_kinds(&recorder, "begin select select");
    Ok(())
}

fn a_long_table_is_joined_to_itself(db: &Db) -> Result<()> {
    let mut session = owned(db)?;
    let recorder = session.engine().record();
    let below = joined(Owner::STAFF).then(joined(Owner::STAFF).then(joined(Owner::LIKED)));
    let owner = session.query::<Owner>().options(below).order_by(Owner::ID).limit(1).one()?;
    let staff = session.rel(owner, Owner::STAFF).load()?;
    assert_eq!(staff.len(), 2);
    assert!(session.rel(staff[1], Owner::STAFF).load()?.is_empty());
    check_kinds(&recorder, "begin select");
    let (one, other) = (alias::<Owner>("one"), alias::<Owner>("other"));
    let pairs = select((one.column(Owner::ID), other.column(Owner::ID)))
        .join(Owner::STAFF.onto(&one))
        .join(Owner::STAFF.onto(&other))
        .filter(one.column(Owner::ID).lt(other.column(Owner::ID)));
    assert_eq!(session.all(pairs)?.len(), 1);
    Ok(())
}

fn a_query_joins_a_long_link_table_twice(db: &Db) -> Result<()> {
    let mut session = owned(db)?;
    let (one, other) = (alias::<Thing>("one"), alias::<Thing>("other"));
    let pairs = select((one.column(Thing::ID), other.column(Thing::ID)))
        .select_from(entity::<Owner>())
        .join(Owner::LIKED.onto(&one))
        .join(Owner::LIKED.onto(&other));
    assert_eq!(session.all(pairs)?.len(), 3 * 3 + 1);
    Ok(())
}

fn criteria_reach_a_long_table(db: &Db) -> Result<()> {
    let mut session = owned(db)?;
    let ids = |session: &mut Session, criterion| session.all(select(Owner::ID).filter(criterion).order_by(Owner::ID));
    let boss = ids(&mut session, Owner::SECONDS.any(Thing::WORD_THAT_IS_UNIQUE.eq("c")))?;
    assert_eq!(boss.len(), 1);
    assert_eq!(ids(&mut session, Owner::LIKED.any(Thing::WORD_THAT_IS_UNIQUE.eq("e")))?, boss);
    assert_eq!(ids(&mut session, Owner::STAFF.any(Owner::LIKED.any_row()))?, boss);
    assert_eq!(ids(&mut session, Owner::STAFF.any(Owner::STAFF.any_row()))?.len(), 0);
    assert_eq!(ids(&mut session, Owner::BOSS.has(Owner::ID.eq(boss[0])))?.len(), 2);
    let query = session.query::<Owner>().filter(Owner::STAFF.any_row()).options(joined(Owner::STAFF)).limit(1);
    let found = query.one()?;
    assert_eq!(session.rel(found, Owner::STAFF).load()?.len(), 2);
    Ok(())
}

fn a_hierarchy_of_long_tables_is_read(db: &Db) -> Result<()> {
    let mut session = animals(db)?;
    let below = joined(Plain::CHILDREN).then(joined(Plain::CHILDREN));
    for limit in [10, 1] {
        session.expunge_all();
        let top =
            session.query::<Animal>().filter(Plain::PARENT.is_null()).options(below.clone()).limit(limit).one()?;
        let children = session.rel(top, Plain::CHILDREN).load()?;
        assert_eq!(children.len(), 2);
        assert!(matches!(&session[children[0]], Animal::Fish(fish) if fish.fins == 5));
        let last = session.rel(children[1], Plain::CHILDREN).load()?;
        assert!(matches!(&session[last[0]], Animal::Bird(bird) if bird.wings == 4));
    }
    let fry = select(Plain::ID).filter(Plain::CHILDREN.any(Bird::WINGS.eq(4)));
    let of_fish = select(Plain::ID).filter(Plain::CHILDREN.any(Fish::FINS.eq(5)));
    assert_eq!((session.all(fry)?.len(), session.all(of_fish)?.len()), (1, 1));
    Ok(())
}

fn an_alias_of_a_hierarchy_may_be_as_long_as_the_database_takes(db: &Db) -> Result<()> {
    let mut session = animals(db)?;
    let other = alias::<Animal>("ö".repeat(31));
    let pairs = select((Plain::ID, other.column(Fish::FINS)))
        .join(Plain::CHILDREN.onto(&other))
        .filter(other.column(Fish::FINS).gt(1))
        .filter(other.column(Bird::WINGS).is_null());
    let fins: Vec<Option<i64>> = session.all(pairs)?.into_iter().map(|(_, fins)| Some(fins)).collect();
    assert_eq!(fins.len(), 2);
    Ok(())
}

/// A table whose constraints and indexes have names that begin alike for more than 64 characters.
fn crowded() -> Table {
    let added = |table: Table, end: &&str| {
        let name = format!("column_whose_name_differs_at_its_end_only_{end}");
        let unique = Unique::new([name.clone(), "id".to_owned()]);
        let check = Check::new(format!("{name} <> 'three'"));
        table
            .column(Column::new(name.clone(), DataType::Enum(vec!["one", "two"])))
            .unique(unique)
            .index(Index::new([name]))
            .check(check)
    };
    let table = Table::new("a_table_whose_name_is_so_long_that_not_much_more_is_possible");
    let table = table.column(Column::new("id", DataType::BigInteger).primary_key());
    ["a", "b"].iter().fold(table, added)
}

fn constraints_of_long_tables_stay_apart(db: &Db) -> Result<()> {
    let engine = db.engine(schema![Owner, Thing, Animal])?;
    let recorder = engine.record();
    engine.create_all(schema![Owner, Thing, Animal])?;
    assert_eq!(recorder.take().count(orm::StatementKind::Ddl), 0, "everything is there");
    engine.drop_all(schema![Owner, Thing, Animal])?;
    engine.create_all(schema![Owner, Thing, Animal])?;
    let crowded = Schema::new().table(crowded());
    engine.create_all(&crowded)?;
    recorder.take();
    engine.create_all(&crowded)?;
    assert_eq!(recorder.take().count(orm::StatementKind::Ddl), 0, "everything is there");
    engine.drop_all(&crowded)
}

fn a_violation_names_the_columns_of_a_long_table(db: &Db) -> Result<()> {
    let mut session = owned(db)?;
    session.add(thing("a"));
    let refused = session.flush().unwrap_err();
    let Error::Database(refused) = &refused else { panic!("{refused}") };
    assert_eq!(refused.kind, DatabaseErrorKind::UniqueViolation);
    assert_eq!(refused.column.as_deref(), Some("word_that_is_unique"));
    assert!(refused.constraint.as_ref().is_some_and(|name| name.len() <= 63), "{:?}", refused.constraint);
    session.rollback()?;
    let taken = session.query::<Owner>().first()?.expect("an owner");
    let id = session[taken].id;
    session.expunge_all();
    session.add(Owner { id, ..Owner::default() });
    let refused = session.flush().unwrap_err();
    let Error::Database(refused) = &refused else { panic!("{refused}") };
    assert_eq!(refused.kind, DatabaseErrorKind::UniqueViolation);
    assert_eq!(refused.column.as_deref(), Some("id"));
    Ok(())
}

#[derive(Entity, Debug, Default)]
#[entity(table = "a_table_whose_name_has_more_characters_than_postgresql_and_mariadb_take")]
struct Endless {
    #[entity(primary_key)]
    id: i64,
}

fn an_entity_whose_table_is_too_long_is_refused_by_name(db: &Db) -> Result<()> {
    let engine = db.builder("sqlite://").build()?;
    let created = engine.create_all(schema![Endless]).is_ok();
    assert_eq!(created, engine.capabilities().max_identifier.holds(Endless::ID.table()));
    let mut session = Session::new(&engine);
    for _ in 0..2 {
        session.add(Endless { id: 1 });
        let outcomes = [
            session.flush(),
            session.get::<Endless>(2).map(drop),
            session.query::<Endless>().all().map(drop),
            session.execute(&insert(Endless::ID.table()).set(Endless::ID, 3)).map(drop),
        ];
        for outcome in outcomes {
            match outcome {
                Ok(()) => assert!(created),
                Err(refused) => {
                    let refused = refused.to_string();
                    assert!(!created && refused.contains(Endless::ID.table()), "{refused}");
                }
            }
        }
        session.rollback()?;
    }
    Ok(())
}

/// Checks that a name works, or is refused by name, as the limit says.
#[track_caller]
fn check_limit<T>(limit: IdentifierLimit, name: &str, outcome: Result<T>) {
    match outcome {
        Ok(_) => assert!(limit.holds(name), "{name} should be refused"),
        Err(error) => {
            let message = error.to_string();
            assert!(!limit.holds(name), "{message}");
            assert!(message.contains(&format!("has no room for the name `{name}`")), "{message}");
        }
    }
}

/// Names around the limits of the databases; the last is longer than every one of them.
fn names() -> Vec<String> {
    let letters = [("a", 63), ("a", 64), ("a", 65), ("ä", 31), ("ä", 32), ("ä", 64), ("ä", 65), ("a", 256), ("ä", 257)];
    letters.iter().map(|(letter, count)| letter.repeat(*count)).collect()
}

fn names_of_tables_and_columns_that_are_too_long_are_refused(db: &Db) -> Result<()> {
    let engine = db.builder("sqlite://").build()?;
    let limit = engine.capabilities().max_identifier;
    let column = |name: &str| Column::new(name, DataType::Integer);
    for name in names() {
        let of_table = Schema::new().table(Table::new(name.clone()).column(column("id")));
        check_limit(limit, &name, engine.create_all(&of_table));
        engine.drop_all(&of_table)?;
        let of_column = Schema::new().table(Table::new("plain").column(column(&name)));
        check_limit(limit, &name, engine.create_all(&of_column));
        engine.drop_all(&of_column)?;
        let plain = || Table::new("plain").column(column("id"));
        for table in [
            plain().unique(Unique::new(["id"]).named(name.clone())),
            plain().check(Check::new("id > 0").named(name.clone())),
            plain().index(Index::new(["id"]).named(name.clone())),
        ] {
            let schema = Schema::new().table(table);
            check_limit(limit, &name, engine.create_all(&schema));
            engine.drop_all(&schema)?;
        }
    }
    Ok(())
}

fn aliases_and_labels_that_are_too_long_are_refused(db: &Db) -> Result<()> {
    let mut session = owned(db)?;
    let limit = session.engine().capabilities().max_alias;
    for name in names() {
        let other = alias::<Owner>(name.clone());
        let aliased = select(other.column(Owner::ID)).select_from(&other);
        check_limit(limit, &name, session.all(aliased));
        let joined = session.query::<Owner>().join(Owner::STAFF.onto(&other)).options(joined(Owner::FIRSTS)).all();
        check_limit(limit, &name, joined);
        check_limit(limit, &name, session.all(select(Owner::ID.label(name.clone()))));
        let inner = select(Owner::ID).as_subquery(name.clone());
        check_limit(limit, &name, session.all(select(inner.column::<i64>("id")).select_from(&inner)));
        // Nothing was sent, so that the transaction goes on.
        assert_eq!(session.query::<Owner>().count()?, 3);
    }
    Ok(())
}

fn savepoints_that_are_too_long_are_refused(db: &Db) -> Result<()> {
    let engine = db.engine(schema![Thing, Owner])?;
    let limit = engine.capabilities().max_alias;
    let rows = SelectTree::from(select(Thing::ID));
    engine.begin(|connection| {
        for (name, id) in names().into_iter().zip(1..) {
            let longer = format!("{name}_");
            check_limit(limit, &name, connection.savepoint(&name));
            if limit.holds(&name) {
                connection.execute(&insert(Thing::ID.table()).set(Thing::ID, id))?;
            }
            check_limit(limit, &longer, connection.savepoint(&longer));
            if limit.holds(&name) {
                connection.rollback_to(&name)?;
                assert_eq!(connection.query(&rows)?.len(), 0, "{name}");
            }
        }
        Ok(())
    })
}
