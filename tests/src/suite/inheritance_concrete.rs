//! Hierarchies of classes of which each has a whole table: rows are known by their class and their key.

use orm::Result;
use orm::prelude::*;

use crate::Db;
use crate::sent::{check_kinds, check_silence, check_words};

cases![
    the_recipe_of_employees_in_whole_tables,
    each_table_counts_for_itself,
    a_query_gives_the_class_and_those_below,
    columns_and_values_of_classes,
    relationships_load_both_ways,
    criteria_and_aliases_reach_the_union,
    cascades_and_rollback_know_the_class,
    a_reference_to_the_root_says_the_class_too,
    a_foreign_key_to_several_tables_is_refused,
];

#[derive(Entity, Debug, Default)]
struct Company {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 50)]
    name: String,
    #[entity(inverse = "company", cascade = "all, delete-orphan")]
    employees: HasMany<Employee>,
}

#[derive(Entity, Debug)]
#[entity(inheritance = "concrete")]
enum Employee {
    Person(Person),
    Engineer(Engineer),
    Manager(Manager),
}

#[derive(Entity, Debug, Default)]
#[entity(table = "person", root = "Employee")]
struct Person {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "employees")]
    company: BelongsTo<Option<Company>>,
    #[entity(length = 50)]
    name: String,
}

#[derive(Entity, Debug, Default)]
#[entity(root = "Employee")]
struct Engineer {
    #[entity(base)]
    person: Person,
    #[entity(length = 30)]
    status: String,
    #[entity(length = 50)]
    engineer_name: String,
    primary_language: String,
    #[entity(inverse = "engineer", cascade = "all, delete-orphan")]
    machines: HasMany<Machine>,
}

#[derive(Entity, Debug, Default)]
#[entity(root = "Employee")]
struct Manager {
    #[entity(base)]
    person: Person,
    #[entity(length = 30)]
    status: String,
    #[entity(length = 50)]
    manager_name: String,
    #[entity(server_default = "3")]
    level: Auto<i64>,
}

#[derive(Entity, Debug, Default)]
struct Machine {
    #[entity(primary_key)]
    id: Auto<i64>,
    name: String,
    #[entity(inverse = "machines")]
    engineer: BelongsTo<Engineer>,
}

/// Refers to an employee of whatever class: by the class and the key.
#[derive(Entity, Debug, Default)]
struct Note {
    #[entity(primary_key)]
    id: Auto<i64>,
    text: String,
    #[entity(columns("employee_class", "employee_id"))]
    employee: BelongsTo<Employee>,
}

fn person(name: &str) -> Person {
    Person { name: name.to_owned(), ..Person::default() }
}

fn engineer(name: &str, status: &str, engineer_name: &str, language: &str) -> Engineer {
    Engineer {
        person: person(name),
        status: status.to_owned(),
        engineer_name: engineer_name.to_owned(),
        primary_language: language.to_owned(),
        machines: HasMany::default(),
    }
}

fn manager(name: &str, status: &str, manager_name: &str) -> Manager {
    let (status, manager_name) = (status.to_owned(), manager_name.to_owned());
    Manager { person: person(name), status, manager_name, ..Manager::default() }
}

impl Employee {
    fn text(&self) -> String {
        match self {
            Self::Person(it) => format!("Ordinary person {}", it.name),
            Self::Engineer(it) => format!("Engineer {}, {}, {}", it.person.name, it.engineer_name, it.primary_language),
            Self::Manager(it) => format!("Manager {}, {}", it.person.name, it.manager_name),
        }
    }
}

fn texts<E: Entity<Root = Employee>>(session: &Session, keys: impl IntoIterator<Item = Key<E>>) -> Vec<String> {
    let mut texts: Vec<String> = keys.into_iter().map(|key| session[key.upcast()].text()).collect();
    texts.sort();
    texts
}

fn hire(session: &mut Session) -> Result<Key<Company>> {
    let company = session.add(Company { name: "company1".into(), ..Company::default() });
    session.rel(company, Company::EMPLOYEES).push(manager("mr krabs", "AAB", "manager1"))?;
    session.rel(company, Company::EMPLOYEES).push(engineer("spongebob", "BBA", "engineer1", "java"))?;
    session.rel(company, Company::EMPLOYEES).push(person("joesmith"))?;
    session.rel(company, Company::EMPLOYEES).push(engineer("patrick", "CGG", "engineer2", "python"))?;
    session.rel(company, Company::EMPLOYEES).push(manager("jsmith", "ABA", "manager2"))?;
    Ok(company)
}

fn staffed(db: &Db) -> Result<Session> {
    let mut session = Session::new(&db.engine(schema![Company, Employee, Machine, Note])?);
    hire(&mut session)?;
    session.commit()?;
    session.expunge_all();
    Ok(session)
}

fn the_recipe_of_employees_in_whole_tables(db: &Db) -> Result<()> {
    let engine = db.engine(schema![Company, Employee, Machine, Note])?;
    let recorder = engine.record();
    let mut session = Session::new(&engine);
    let company1 = hire(&mut session)?;
    session.flush()?;
    check_words(
        db,
        &recorder,
        &[
            "BEGIN",
            "INSERT INTO company (name) VALUES (?) RETURNING id",
            "INSERT INTO manager (company_id, name, status, manager_name) VALUES (?, ?, ?, ?), (?, ?, ?, ?) RETURNING id, level",
            "INSERT INTO engineer (company_id, name, status, engineer_name, primary_language) \
             VALUES (?, ?, ?, ?, ?), (?, ?, ?, ?, ?) RETURNING id",
            "INSERT INTO person (company_id, name) VALUES (?, ?) RETURNING id",
        ],
    );
    session.commit()?;
    recorder.take();

    let employees = session.rel(company1, Company::EMPLOYEES).load()?;
    assert_eq!(
        texts(&session, employees),
        [
            "Engineer patrick, engineer2, python",
            "Engineer spongebob, engineer1, java",
            "Manager jsmith, manager2",
            "Manager mr krabs, manager1",
            "Ordinary person joesmith",
        ]
    );
    check_kinds(&recorder, "begin select");

    let someone = session.query::<Person>().filter(Person::NAME.eq("spongebob")).one()?;
    check_words(
        db,
        &recorder,
        &["SELECT person.id, person.company_id, person.name, person.type, person.status, person.engineer_name, \
           person.primary_language, person.manager_name, person.level FROM (SELECT person.id, person.company_id, person.name, \
           'person' AS type, CAST(NULL AS TEXT) AS status, CAST(NULL AS TEXT) AS engineer_name, \
           CAST(NULL AS TEXT) AS primary_language, CAST(NULL AS TEXT) AS manager_name, CAST(NULL AS INTEGER) AS level FROM person \
           UNION ALL SELECT engineer.id, engineer.company_id, engineer.name, 'engineer' AS type, engineer.status, \
           engineer.engineer_name, engineer.primary_language, CAST(NULL AS TEXT) AS manager_name, CAST(NULL AS INTEGER) AS level \
           FROM engineer \
           UNION ALL SELECT manager.id, manager.company_id, manager.name, 'manager' AS type, manager.status, \
           CAST(NULL AS TEXT) AS engineer_name, CAST(NULL AS TEXT) AS primary_language, manager.manager_name, manager.level \
           FROM manager) AS person WHERE person.name = ?"],
    );
    let spongebob = session.query::<Engineer>().filter(Person::NAME.eq("spongebob")).one()?;
    assert_eq!(someone.upcast(), spongebob.upcast());
    check_words(
        db,
        &recorder,
        &["SELECT engineer.id, engineer.company_id, engineer.name, engineer.status, engineer.engineer_name, \
           engineer.primary_language FROM engineer WHERE engineer.name = ?"],
    );

    session[spongebob].engineer_name = "hes spongebob!".into();
    session.commit()?;
    check_words(db, &recorder, &["UPDATE engineer SET engineer_name = ? WHERE engineer.id = ?", "COMMIT"]);

    let either = || Engineer::ENGINEER_NAME.eq("engineer1").or(Manager::MANAGER_NAME.eq("manager2"));
    let found = session.query::<Employee>().filter(either()).all()?;
    assert_eq!(texts(&session, found), ["Manager jsmith, manager2"]);
    check_kinds(&recorder, "begin select");
    let found = session.query::<Company>().join(Company::EMPLOYEES).filter(either()).all()?;
    assert_eq!(found, [company1]);
    check_kinds(&recorder, "select");
    Ok(())
}

fn each_table_counts_for_itself(db: &Db) -> Result<()> {
    let mut session = staffed(db)?;
    let joe = session.get::<Person>(1)?.expect("a person");
    let krabs = session.get::<Manager>(1)?.expect("a manager");
    let bob = session.get::<Engineer>(1)?.expect("an engineer");
    assert_eq!(
        texts(&session, [joe.upcast(), krabs.upcast(), bob.upcast()]),
        ["Engineer spongebob, engineer1, java", "Manager mr krabs, manager1", "Ordinary person joesmith"]
    );
    let recorder = session.engine().record();
    assert_eq!(session.get::<Engineer>(1)?, Some(bob));
    assert_eq!(session.get::<Employee>(("manager".to_owned(), 1))?, Some(krabs.upcast()));
    check_silence(&recorder);
    session.expunge_all();
    let krabs = session.get::<Employee>(("manager".to_owned(), 1))?.expect("a manager");
    assert_eq!(texts(&session, [krabs]), ["Manager mr krabs, manager1"]);
    assert_eq!(session.get::<Engineer>(7)?, None);
    session[krabs] = match session.refresh(krabs)? {
        Employee::Manager(it) => Manager {
            person: Person { id: it.person.id, name: "krabs".into(), company: BelongsTo::empty() },
            status: it.status.clone(),
            manager_name: it.manager_name.clone(),
            level: it.level,
        }
        .into(),
        other => panic!("{other:?}"),
    };
    session.commit()?;
    assert_eq!(session.query::<Employee>().filter(Person::COMPANY.is_null()).one()?, krabs);
    Ok(())
}

fn a_query_gives_the_class_and_those_below(db: &Db) -> Result<()> {
    let mut session = staffed(db)?;
    assert_eq!(session.query::<Person>().count()?, 5);
    assert_eq!(session.query::<Engineer>().count()?, 2);
    let managers = session.query::<Manager>().order_by(Person::NAME).all()?;
    assert_eq!(session[managers[0]].person.name, "jsmith");
    assert_eq!(session[managers[0]].level.get(), Some(3));
    let kinds = session.query::<Employee>().filter(Employee::TYPE.eq("engineer")).count()?;
    assert_eq!(kinds, 2);
    assert_eq!(session.query::<Employee>().order_by(Person::NAME).limit(2).all()?.len(), 2);
    Ok(())
}

fn columns_and_values_of_classes(db: &Db) -> Result<()> {
    let mut session = staffed(db)?;
    let rows = session.all(select((Person::NAME, Engineer::PRIMARY_LANGUAGE)).order_by(Person::NAME))?;
    assert_eq!(rows, [("patrick", "python"), ("spongebob", "java")].map(|(a, b)| (a.to_owned(), b.to_owned())));
    let names = session.all(select(Person::NAME).order_by(Person::NAME))?;
    assert_eq!(names, ["joesmith", "jsmith", "mr krabs", "patrick", "spongebob"]);
    let values = session.all(select(untracked::<Employee>()).filter(Person::NAME.eq("jsmith")))?;
    assert!(matches!(&values[..], [Employee::Manager(it)] if it.manager_name == "manager2"));
    let values = session.all(select(untracked::<Manager>()).filter(Person::NAME.eq("jsmith")))?;
    assert_eq!(values[0].manager_name, "manager2");
    Ok(())
}

fn relationships_load_both_ways(db: &Db) -> Result<()> {
    let mut session = staffed(db)?;
    let bob = session.get::<Engineer>(1)?.expect("an engineer");
    session.rel(bob, Engineer::MACHINES).push(Machine { name: "lathe".into(), ..Machine::default() })?;
    session.commit()?;
    session.expunge_all();
    let recorder = session.engine().record();
    let company =
        session.query::<Company>().options(selectin(Company::EMPLOYEES).then(selectin(Engineer::MACHINES))).one()?;
    check_kinds(&recorder, "begin select select select");
    assert_eq!(session.rel(company, Company::EMPLOYEES).load()?.len(), 5);
    let bob = session.get::<Engineer>(1)?.expect("an engineer");
    assert_eq!(session[bob].machines.loaded().expect("loaded").len(), 1);
    check_silence(&recorder);
    session.expunge_all();

    let company = session.query::<Company>().options(joined(Company::EMPLOYEES)).one()?;
    assert_eq!(session[company].employees.loaded().expect("loaded").len(), 5);
    check_kinds(&recorder, "select");
    session.expunge_all();
    let machine = session.query::<Machine>().options(joined(Machine::ENGINEER)).one()?;
    let owner = session.rel(machine, Machine::ENGINEER).one()?;
    assert_eq!(session[owner].person.name, "spongebob");
    check_kinds(&recorder, "select");
    session.expunge_all();
    let machine = session.query::<Machine>().one()?;
    let owner = session.rel(machine, Machine::ENGINEER).one()?;
    assert_eq!(session[owner].person.name, "spongebob");
    let company = session.rel(owner, Person::COMPANY).load()?.expect("a company");
    assert_eq!(session[company].name, "company1");
    Ok(())
}

fn criteria_and_aliases_reach_the_union(db: &Db) -> Result<()> {
    let mut session = staffed(db)?;
    let with = |criterion: Expr<bool>| select(entity::<Company>()).filter(criterion);
    assert_eq!(session.count(with(Company::EMPLOYEES.any(Engineer::STATUS.eq("CGG"))))?, 1);
    assert_eq!(session.count(with(Company::EMPLOYEES.any(Manager::STATUS.eq("CGX"))))?, 0);
    let other = alias::<Employee>("other");
    let pairs = select((entity::<Engineer>(), &other))
        .join_to(&other, other.column(Person::NAME).lt(Person::NAME))
        .filter(other.column(Manager::MANAGER_NAME).eq("manager2"))
        .filter(Engineer::PRIMARY_LANGUAGE.eq("java"));
    let pairs = session.all(pairs)?;
    assert_eq!(texts(&session, pairs.iter().map(|pair| pair.1)), ["Manager jsmith, manager2"]);
    let company = select(entity::<Company>())
        .join(Company::EMPLOYEES.onto(&other))
        .filter(other.column(Manager::MANAGER_NAME).eq("manager1"));
    assert_eq!(session.all(company)?.len(), 1);
    Ok(())
}

fn cascades_and_rollback_know_the_class(db: &Db) -> Result<()> {
    let mut session = staffed(db)?;
    let company = session.query::<Company>().one()?;
    let bob = session.get::<Engineer>(1)?.expect("an engineer");
    session.rel(bob, Engineer::MACHINES).push(Machine { name: "lathe".into(), ..Machine::default() })?;
    session.rel(company, Company::EMPLOYEES).remove(bob)?;
    let newcomer = session.add(manager("new", "N", "new"));
    session.flush()?;
    assert_eq!(session.query::<Employee>().count()?, 5);
    let mut back = session.rollback()?;
    assert_eq!(back.take(newcomer).map(|it| it.manager_name), Some("new".to_owned()));
    assert_eq!(session.load(bob)?.engineer_name, "engineer1");
    assert_eq!(session.query::<Employee>().count()?, 5);

    let mut given = engineer("merged", "M", "merged", "c");
    given.person.id = 1.into();
    assert_eq!(session.merge(given)?, bob);
    session.commit()?;
    assert_eq!(session.load(bob)?.person.name, "merged");
    session.delete(company)?;
    session.commit()?;
    assert_eq!(session.query::<Employee>().count()?, 0);
    Ok(())
}

fn a_reference_to_the_root_says_the_class_too(db: &Db) -> Result<()> {
    let mut session = staffed(db)?;
    let krabs = session.get::<Manager>(1)?.expect("a manager");
    session.add(Note { text: "of one held".into(), employee: BelongsTo::to(krabs), ..Note::default() });
    let newcomer = session.add(engineer("new", "N", "new", "c"));
    session.add(Note { text: "of one new".into(), employee: BelongsTo::to(newcomer), ..Note::default() });
    session.commit()?;
    session.expunge_all();
    let notes = session.query::<Note>().order_by(Note::ID).options(selectin(Note::EMPLOYEE)).all()?;
    let employees = notes.iter().map(|note| session[*note].employee.loaded().expect("loaded")).collect::<Vec<_>>();
    assert_eq!(texts(&session, employees), ["Engineer new, new, c", "Manager mr krabs, manager1"]);
    session.expunge_all();
    let note = session.query::<Note>().filter(Note::EMPLOYEE.has(Manager::MANAGER_NAME.eq("manager1"))).one()?;
    assert_eq!(session[note].text, "of one held");
    let employee = session.rel(note, Note::EMPLOYEE).one()?;
    assert_eq!(texts(&session, [employee]), ["Manager mr krabs, manager1"]);
    Ok(())
}

/// A class with others below it, and a foreign key to it.
mod refused {
    use orm::prelude::*;

    #[derive(Entity, Debug)]
    #[entity(inheritance = "concrete")]
    pub(super) enum Shape {
        Plain(Plain),
        Round(Round),
    }

    #[derive(Entity, Debug, Default)]
    #[entity(root = "Shape")]
    pub(super) struct Plain {
        #[entity(primary_key)]
        pub(super) id: Auto<i64>,
        #[entity(inverse = "shape")]
        pub(super) labels: HasMany<Label>,
    }

    #[derive(Entity, Debug, Default)]
    #[entity(root = "Shape")]
    pub(super) struct Round {
        #[entity(base)]
        pub(super) plain: Plain,
        pub(super) radius: i32,
    }

    #[derive(Entity, Debug, Default)]
    pub(super) struct Label {
        #[entity(primary_key)]
        pub(super) id: Auto<i64>,
        #[entity(inverse = "labels")]
        pub(super) shape: BelongsTo<Plain>,
    }
}

fn a_foreign_key_to_several_tables_is_refused(db: &Db) -> Result<()> {
    let refused = db.engine(schema![refused::Shape, refused::Label]).unwrap_err().to_string();
    for fault in ["Shape.labels: what refers to it leads to one table", "Label.shape: a foreign key leads to one table"]
    {
        assert!(refused.contains(fault), "{refused}");
    }
    Ok(())
}
