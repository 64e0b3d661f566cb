//! Hierarchies of classes in tables that are joined: each class has what it adds in a table of its own.

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
    tables_are_written_from_the_base_down,
    a_key_in_several_tables_stays,
    a_version_counts_the_changes_of_every_table,
    a_subquery_of_several_tables_is_refused,
    a_limit_and_a_joined_collection_take_one_statement,
    a_limit_counts_entities_in_every_order,
];

employees!("joined");

fn tables_are_written_from_the_base_down(db: &Db) -> Result<()> {
    let engine = db.engine(schema![Company, Employee, Machine, Project])?;
    let recorder = engine.record();
    let mut session = Session::new(&engine);
    let boss = session.add(manager("jsmith", "ABA", "manager2"));
    let chief = session.add(senior("squidward", "cto"));
    let joe = session.add(person("joe"));
    session.flush()?;
    check_words(
        db,
        &recorder,
        &[
            "BEGIN",
            "INSERT INTO person (company_id, name, type) VALUES (?, ?, ?), (?, ?, ?), (?, ?, ?) RETURNING id",
            "INSERT INTO engineer (id, status, engineer_name, primary_language) VALUES (?, ?, ?, ?)",
            "INSERT INTO manager (id, status, manager_name) VALUES (?, ?, ?)",
            "INSERT INTO senior (engineer_id, title) VALUES (?, ?) RETURNING level",
        ],
    );
    session[chief].title = None;
    session[boss].person.name = "j".into();
    session.flush()?;
    check_words(
        db,
        &recorder,
        &[
            "SAVEPOINT flush",
            "UPDATE person SET name = ? WHERE person.id = ?",
            "UPDATE senior SET title = ? WHERE senior.engineer_id = ?",
            "RELEASE SAVEPOINT flush",
        ],
    );
    session.query::<Engineer>().filter(Person::NAME.eq("x")).all()?;
    let employees = || select(entity::<Company>()).join(Company::EMPLOYEES).filter(Manager::STATUS.eq("ABA"));
    session.all(employees())?;
    check_words(
        db,
        &recorder,
        &[
            "SELECT person.id, person.company_id, person.name, person.type, engineer.status, engineer.engineer_name, \
             engineer.primary_language, senior.title, senior.level FROM person \
             JOIN engineer ON person.id = engineer.id LEFT OUTER JOIN senior ON person.id = senior.engineer_id \
             WHERE person.name = ?",
            "SELECT company.id, company.name FROM company JOIN (person LEFT OUTER JOIN engineer ON person.id = engineer.id \
             LEFT OUTER JOIN manager ON person.id = manager.id LEFT OUTER JOIN senior ON person.id = senior.engineer_id) \
             ON company.id = person.company_id WHERE manager.status = ?",
        ],
    );
    session.delete(boss)?;
    session.delete(joe)?;
    session.flush()?;
    check_words(
        db,
        &recorder,
        &[
            "SAVEPOINT flush",
            "DELETE FROM manager WHERE manager.id = ?",
            "DELETE FROM person WHERE person.id IN (?, ?)",
            "RELEASE SAVEPOINT flush",
        ],
    );
    Ok(())
}

fn a_key_in_several_tables_stays(db: &Db) -> Result<()> {
    let mut session = staffed(db)?;
    let boss = session.query::<Manager>().filter(Person::NAME.eq("jsmith")).one()?;
    session[boss].person.id = 99.into();
    let refused = session.flush().unwrap_err().to_string();
    assert!(refused.starts_with("Manager: the primary key ties the rows of several tables together"), "{refused}");
    session.rollback()?;
    assert_eq!(session.query::<Manager>().count()?, 2);
    Ok(())
}

fn a_subquery_of_several_tables_is_refused(db: &Db) -> Result<()> {
    let mut session = staffed(db)?;
    let inner = select(entity::<Engineer>()).as_subquery("inner_one");
    let refused = session.all(select(inner.entity::<Engineer>())).unwrap_err().to_string();
    assert!(refused.starts_with("Engineer stands in several tables"), "{refused}");
    let keys = select(Person::ID).filter(Person::NAME.eq("squidward"));
    let found = session.query::<Engineer>().filter(Person::ID.in_select(keys)).all()?;
    assert_eq!(names(&session, found), ["squidward"]);
    Ok(())
}

fn a_limit_and_a_joined_collection_take_one_statement(db: &Db) -> Result<()> {
    let mut session = staffed(db)?;
    let recorder = session.engine().record();
    let query = session.query::<Engineer>().options(joined(Engineer::MACHINES));
    let found = query.order_by((Engineer::ENGINEER_NAME.desc(), Person::ID)).limit(1).all()?;
    assert_eq!(names(&session, found.clone()), ["squidward"]);
    assert_eq!(session[found[0]].machines.loaded().expect("loaded").len(), 2);
    check_words(
        db,
        &recorder,
        &[
            "BEGIN",
            "SELECT person.id, person.company_id, person.name, person.type, engineer.status, engineer.engineer_name, \
             engineer.primary_language, senior.title, senior.level, machine_1.id, machine_1.name, machine_1.engineer_id FROM \
             (SELECT person.id, engineer.engineer_name AS order_1 FROM person JOIN engineer ON person.id = engineer.id \
             LEFT OUTER JOIN senior ON person.id = senior.engineer_id ORDER BY engineer.engineer_name DESC, person.id LIMIT ?) AS anon_1 \
             JOIN (person JOIN engineer ON person.id = engineer.id \
             LEFT OUTER JOIN senior ON person.id = senior.engineer_id) ON anon_1.id = person.id \
             LEFT OUTER JOIN machine AS machine_1 ON person.id = machine_1.engineer_id \
             ORDER BY anon_1.order_1 DESC, anon_1.id, machine_1.id",
        ],
    );
    Ok(())
}

/// Every way to say which entities come, and how many: those that come with a joined collection are those that come without.
fn a_limit_counts_entities_in_every_order(db: &Db) -> Result<()> {
    let mut session = staffed(db)?;
    let owner = session.query::<Engineer>().filter(Person::NAME.eq("patrick")).one()?;
    session.rel(owner, Engineer::MACHINES).push(machine("saw"))?;
    session.commit()?;
    let engineers = || select(entity::<Engineer>());
    let queries = || {
        [
            engineers().order_by(Person::NAME),
            engineers().order_by(Engineer::STATUS.desc()),
            engineers().order_by((length(Engineer::PRIMARY_LANGUAGE), Person::ID.desc())),
            engineers().order_by((Senior::TITLE.desc(), Person::NAME)).filter(Person::NAME.ne("nobody")),
            engineers().order_by(Person::NAME).distinct(),
            engineers().order_by(Person::ID).filter(Engineer::MACHINES.any_row()),
        ]
    };
    for (plain, whole) in queries().into_iter().zip(queries()) {
        for (limit, offset) in [(1, 0), (2, 0), (1, 1), (5, 1)] {
            session.expunge_all();
            let plain = session.all(plain.clone().limit(limit).offset(offset))?;
            let plain: Vec<String> = plain.iter().map(|key| session[*key].person.name.clone()).collect();
            session.expunge_all();
            let recorder = session.engine().record();
            let whole = session.all(whole.clone().limit(limit).offset(offset).options(joined(Engineer::MACHINES)))?;
            check_kinds(&recorder, "select");
            let whole: Vec<String> = whole
                .iter()
                .map(|key| {
                    let engineer = &session[*key];
                    let expected = match engineer.person.name.as_str() {
                        "squidward" => 2,
                        "patrick" => 1,
                        _ => 0,
                    };
                    assert_eq!(engineer.machines.loaded().expect("loaded").len(), expected);
                    engineer.person.name.clone()
                })
                .collect();
            assert_eq!(plain, whole);
        }
    }
    let other = alias::<Employee>("anon_1");
    let named = select(&other).filter(other.column(Engineer::STATUS).eq("S")).order_by(other.column(Engineer::STATUS));
    session.expunge_all();
    let found = session.all(named.limit(1).options(joined(Engineer::MACHINES)))?;
    assert_eq!(names(&session, found), ["squidward"]);
    Ok(())
}

/// Versions are counted in the table of the base class.
mod versioned {
    use orm::prelude::*;

    #[derive(Entity, Debug)]
    #[entity(inheritance = "joined")]
    pub(super) enum Document {
        Base(Base),
        Letter(Letter),
    }

    #[derive(Entity, Debug, Default)]
    #[entity(root = "Document", table = "document")]
    pub(super) struct Base {
        #[entity(primary_key)]
        pub(super) id: Auto<i64>,
        #[entity(version)]
        pub(super) version: i64,
        pub(super) name: String,
    }

    #[derive(Entity, Debug, Default)]
    #[entity(root = "Document")]
    pub(super) struct Letter {
        #[entity(base)]
        pub(super) document: Base,
        pub(super) recipient: String,
    }
}

fn a_version_counts_the_changes_of_every_table(db: &Db) -> Result<()> {
    use versioned::{Base, Document, Letter};
    let engine = db.shared_engine(schema![Document])?;
    let mut session = Session::new(&engine);
    let letter = session.add(Letter { document: Base { name: "a".into(), ..Base::default() }, recipient: "b".into() });
    session.commit()?;
    let id = session.load(letter)?.document.id.get().expect("an id");
    let mut other = Session::new(&engine);
    let theirs = other.get::<Letter>(id)?.expect("the letter");
    other[theirs].recipient = "theirs".into();
    session.rollback()?;
    other.commit()?;
    assert_eq!(other.load(theirs)?.document.version, 2);
    other.rollback()?;

    // Only the table of the letter changes, and the version tells that somebody else was first.
    session[letter].recipient = "ours".into();
    let refused = session.flush().unwrap_err();
    assert!(matches!(refused, orm::Error::StaleData { expected: 1, found: 0, .. }), "{refused}");
    session.rollback()?;
    assert_eq!(session.load(letter)?.recipient, "theirs");
    session.delete(letter)?;
    session.commit()?;
    assert_eq!(session.query::<Document>().count()?, 0);
    Ok(())
}
