//! Hierarchies of classes in one table.

use orm::Result;
use orm::prelude::*;

use crate::Db;
use crate::sent::{check_kinds, check_silence, check_words};

cases![
    the_recipe_of_employees,
    keys_of_several_classes_name_one_entity,
    a_query_gives_the_class_and_those_below,
    columns_of_classes_can_be_selected,
    values_of_a_class_need_no_session,
    get_knows_the_class,
    relationships_of_every_class_load,
    relationships_load_eagerly,
    peers_and_raise_know_who_has_the_relationship,
    criteria_reach_through_relationships,
    aliases_have_the_columns_of_every_class,
    a_reference_to_a_class_finds_no_other,
    many_to_many_takes_every_class,
    orphans_and_cascades_take_all_rows,
    a_rollback_takes_every_class_back,
    merge_keeps_the_class,
    expunge_gives_the_whole_or_nothing,
    refresh_reads_every_table,
    history_names_the_columns_of_the_class,
    an_unknown_identity_is_named,
    an_entity_does_not_change_its_class,
    a_flush_is_told_by_class,
    one_table_and_its_statements,
    a_subquery_gives_only_the_class,
    invaders_are_asked_for_by_a_class_in_the_middle,
];

employees!("single");

fn one_table_and_its_statements(db: &Db) -> Result<()> {
    let engine = db.engine(schema![Company, Employee, Machine, Project])?;
    let recorder = engine.record();
    let mut session = Session::new(&engine);
    let boss = session.add(manager("jsmith", "ABA", "manager2"));
    let chief = session.add(senior("squidward", "cto"));
    session.add(person("joe"));
    session.flush()?;
    check_words(
        db,
        &recorder,
        &[
            "BEGIN",
            "INSERT INTO person (company_id, name, type, status, manager_name) VALUES (?, ?, ?, ?, ?) RETURNING id",
            "INSERT INTO person (company_id, name, type, status, engineer_name, primary_language, title) \
             VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id, level",
            "INSERT INTO person (company_id, name, type) VALUES (?, ?, ?) RETURNING id",
        ],
    );
    session[chief].title = None;
    session[boss].person.name = "j".into();
    session.flush()?;
    session.query::<Engineer>().filter(Person::NAME.eq("x").or(Person::NAME.eq("y"))).all()?;
    let id = session[boss].person.id.get().expect("an id");
    session.expunge_all();
    session.get::<Senior>(id)?;
    check_words(
        db,
        &recorder,
        &[
            "SAVEPOINT flush",
            "UPDATE person SET name = ? WHERE person.id = ?",
            "UPDATE person SET title = ? WHERE person.id = ?",
            "RELEASE SAVEPOINT flush",
            "SELECT person.id, person.company_id, person.name, person.type, person.status, person.engineer_name, \
             person.primary_language, person.title, person.level FROM person \
             WHERE (person.name = ? OR person.name = ?) AND person.type IN (?, ?)",
            "SELECT person.id, person.company_id, person.name, person.type, person.status, person.engineer_name, \
             person.primary_language, person.title, person.level FROM person WHERE person.id = ? AND person.type IN (?)",
        ],
    );
    let everyone = session.query::<Person>().all()?;
    for key in everyone {
        session.delete(key)?;
    }
    session.flush()?;
    // The machines of the deleted are looked for first, as the deletion takes them along.
    check_words(
        db,
        &recorder,
        &[
            "SELECT person.id, person.company_id, person.name, person.type, person.status, person.engineer_name, \
             person.primary_language, person.manager_name, person.title, person.level FROM person",
            "SELECT machine.id, machine.name, machine.engineer_id FROM machine WHERE machine.engineer_id = ? ORDER BY machine.id",
            "SAVEPOINT flush",
            "DELETE FROM person WHERE person.id IN (?, ?, ?)",
            "RELEASE SAVEPOINT flush",
        ],
    );
    Ok(())
}

fn a_subquery_gives_only_the_class(db: &Db) -> Result<()> {
    let mut session = staffed(db)?;
    let everyone = select(entity::<Employee>()).as_subquery("everyone");
    let found = session.all(select(everyone.entity::<Engineer>()))?;
    assert_eq!(names(&session, found), ["patrick", "spongebob", "squidward"]);
    Ok(())
}

/// Three levels: a query for the class in the middle gives those below it too.
mod invaders {
    use orm::prelude::*;

    #[derive(Entity, Debug)]
    #[entity(inheritance = "single", discriminator = "kind")]
    pub(super) enum Picture {
        Glyph(Glyph),
        Enemy(EnemyGlyph),
        Army(ArmyGlyph),
        Saucer(SaucerGlyph),
        Player(PlayerGlyph),
    }

    #[derive(Entity, Debug, Default)]
    #[entity(root = "Picture")]
    pub(super) struct Glyph {
        #[entity(primary_key)]
        pub(super) id: Auto<i64>,
        pub(super) name: String,
        pub(super) width: i32,
    }

    #[derive(Entity, Debug, Default)]
    #[entity(root = "Picture")]
    pub(super) struct EnemyGlyph {
        #[entity(base)]
        pub(super) glyph: Glyph,
    }

    #[derive(Entity, Debug, Default)]
    #[entity(root = "Picture")]
    pub(super) struct ArmyGlyph {
        #[entity(base)]
        pub(super) enemy: EnemyGlyph,
    }

    #[derive(Entity, Debug, Default)]
    #[entity(root = "Picture")]
    pub(super) struct SaucerGlyph {
        #[entity(base)]
        pub(super) enemy: EnemyGlyph,
    }

    #[derive(Entity, Debug, Default)]
    #[entity(root = "Picture")]
    pub(super) struct PlayerGlyph {
        #[entity(base)]
        pub(super) glyph: Glyph,
    }

    #[derive(Entity, Debug, Default)]
    pub(super) struct Coordinate {
        #[entity(primary_key)]
        pub(super) id: Auto<i64>,
        pub(super) x: i32,
        #[entity(lazy = "joined")]
        pub(super) glyph: BelongsTo<Picture>,
    }
}

fn invaders_are_asked_for_by_a_class_in_the_middle(db: &Db) -> Result<()> {
    use invaders::{ArmyGlyph, Coordinate, EnemyGlyph, Glyph, Picture, PlayerGlyph, SaucerGlyph};
    let glyph = |name: &str, width| Glyph { name: name.into(), width, ..Glyph::default() };
    let mut session = Session::new(&db.engine(schema![Picture, Coordinate])?);
    let army = session.add(ArmyGlyph { enemy: EnemyGlyph { glyph: glyph("enemy1", 5) } });
    let saucer = session.add(SaucerGlyph { enemy: EnemyGlyph { glyph: glyph("saucer", 15) } });
    let ship = session.add(PlayerGlyph { glyph: glyph("ship", 5) });
    for (x, picture) in [(0, army.upcast()), (10, army.upcast()), (-6, saucer.upcast()), (33, ship.upcast())] {
        session.add(Coordinate { x, glyph: BelongsTo::to(picture), ..Coordinate::default() });
    }
    session.commit()?;
    session.expunge_all();
    let recorder = session.engine().record();

    let enemies = session.query::<EnemyGlyph>().order_by(Glyph::NAME).all()?;
    let names: Vec<&str> = enemies.iter().map(|key| session[*key].glyph.name.as_str()).collect();
    assert_eq!(names, ["enemy1", "saucer"]);
    check_words(
        db,
        &recorder,
        &[
            "BEGIN",
            "SELECT glyph.id, glyph.name, glyph.width, glyph.kind FROM glyph WHERE glyph.kind IN (?, ?, ?) ORDER BY glyph.name",
        ],
    );
    assert!(matches!(session[enemies[1].upcast()], Picture::Saucer(_)));

    let hits =
        select((Coordinate::X, Glyph::WIDTH)).join(Coordinate::GLYPH).filter(Picture::KIND.in_(["army", "saucer"]));
    assert_eq!(session.all(hits.order_by(Coordinate::X))?, [(-6, 15), (0, 5), (10, 5)]);
    recorder.take();
    let all = session.query::<Coordinate>().order_by(Coordinate::X).all()?;
    check_kinds(&recorder, "select");
    let first = session.rel(all[0], Coordinate::GLYPH).one()?;
    assert!(matches!(session[first], Picture::Saucer(_)));
    check_silence(&recorder);
    Ok(())
}
