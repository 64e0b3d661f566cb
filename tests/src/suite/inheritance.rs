//! Hierarchies of classes: an enum is the root, its variants are the classes, and keys of several classes name the same entity.
//!
//! What a program sees is the same however the classes are spread over tables: the model and its tests are written once, as a macro, and
//! `inheritance_single.rs` and `inheritance_joined.rs` run them each way, beside what differs: the statements.

/// A company, its employees of four classes, the machines of the engineers, and projects.
macro_rules! employees {
    ($inheritance:tt) => {
        #[derive(Entity, Debug, Default)]
        struct Company {
            #[entity(primary_key)]
            id: Auto<i64>,
            #[entity(length = 50)]
            name: String,
            #[entity(inverse = "company", cascade = "all, delete-orphan", order_by = "id")]
            employees: HasMany<Employee>,
        }

        #[derive(Entity, Debug)]
        #[entity(inheritance = $inheritance, discriminator = "type")]
        enum Employee {
            Person(Person),
            Engineer(Engineer),
            Manager(Manager),
            #[entity(identity = "chief")]
            Senior(Senior),
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
            #[entity(length = 50)]
            primary_language: String,
            #[entity(inverse = "engineer", cascade = "all, delete-orphan", order_by = "id")]
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
        }

        #[derive(Entity, Debug, Default)]
        #[entity(root = "Employee", index(title))]
        struct Senior {
            #[entity(base, column = "engineer_id")]
            engineer: Engineer,
            #[entity(length = 20)]
            title: Option<String>,
            #[entity(server_default = "7")]
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

        #[derive(Entity, Debug, Default)]
        struct Project {
            #[entity(primary_key)]
            id: Auto<i64>,
            name: String,
            lead: BelongsTo<Option<Engineer>>,
            #[entity(secondary = "project_member", remote = "person_id", order_by = "id")]
            members: ManyToMany<Employee>,
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
            Manager { person: person(name), status: status.to_owned(), manager_name: manager_name.to_owned() }
        }

        fn senior(name: &str, title: &str) -> Senior {
            Senior { engineer: engineer(name, "S", name, "rust"), title: Some(title.to_owned()), ..Senior::default() }
        }

        fn machine(name: &str) -> Machine {
            Machine { name: name.to_owned(), ..Machine::default() }
        }

        impl Employee {
            fn text(&self) -> String {
                match self {
                    Self::Person(it) => format!("Ordinary person {}", it.name),
                    Self::Engineer(it) => format!(
                        "Engineer {}, status {}, engineer_name {}, primary_language {}",
                        it.person.name, it.status, it.engineer_name, it.primary_language
                    ),
                    Self::Manager(it) => {
                        format!("Manager {}, status {}, manager_name {}", it.person.name, it.status, it.manager_name)
                    }
                    Self::Senior(it) => format!("Senior {}", it.engineer.person.name),
                }
            }

            fn name(&self) -> &str {
                match self {
                    Self::Person(it) => &it.name,
                    Self::Engineer(it) => &it.person.name,
                    Self::Manager(it) => &it.person.name,
                    Self::Senior(it) => &it.engineer.person.name,
                }
            }
        }

        fn started(db: &Db) -> Result<Session> {
            Ok(Session::new(&db.engine(schema![Company, Employee, Machine, Project])?))
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

        /// The company of the recipe and a senior with two machines, committed and out of memory.
        fn staffed(db: &Db) -> Result<Session> {
            let mut session = started(db)?;
            let company = hire(&mut session)?;
            let chief = session.rel(company, Company::EMPLOYEES).push(senior("squidward", "cto"))?;
            let chief = session.downcast::<Senior>(chief)?.expect("a senior");
            session.rel(chief, Engineer::MACHINES).extend([machine("lathe"), machine("press")])?;
            session.commit()?;
            session.expunge_all();
            Ok(session)
        }

        fn texts(session: &Session, keys: &[Key<Employee>]) -> Vec<String> {
            let mut texts: Vec<String> = keys.iter().map(|key| session[*key].text()).collect();
            texts.sort();
            texts
        }

        fn names<E: Entity<Root = Employee>>(session: &Session, keys: impl IntoIterator<Item = Key<E>>) -> Vec<String> {
            let mut names: Vec<String> = keys.into_iter().map(|key| session[key.upcast()].name().to_owned()).collect();
            names.sort();
            names
        }

        fn the_recipe_of_employees(db: &Db) -> Result<()> {
            let engine = db.engine(schema![Company, Employee, Machine, Project])?;
            let recorder = engine.record();
            let mut session = Session::new(&engine);
            let company1 = hire(&mut session)?;
            session.commit()?;
            check_kinds(&recorder, "begin insert insert insert insert commit");

            let employees = session.rel(company1, Company::EMPLOYEES).load()?;
            assert_eq!(
                texts(&session, &employees),
                [
                    "Engineer patrick, status CGG, engineer_name engineer2, primary_language python",
                    "Engineer spongebob, status BBA, engineer_name engineer1, primary_language java",
                    "Manager jsmith, status ABA, manager_name manager2",
                    "Manager mr krabs, status AAB, manager_name manager1",
                    "Ordinary person joesmith",
                ]
            );
            check_kinds(&recorder, "begin select");

            let someone = session.query::<Person>().filter(Person::NAME.eq("spongebob")).one()?;
            let spongebob = session.query::<Engineer>().filter(Person::NAME.eq("spongebob")).one()?;
            assert_eq!(someone.upcast(), spongebob.upcast());
            assert_eq!(session[someone].name, "spongebob");
            check_kinds(&recorder, "select select");

            session[spongebob].engineer_name = "hes spongebob!".into();
            session.commit()?;
            check_kinds(&recorder, "update commit");

            let either = || Engineer::ENGINEER_NAME.eq("engineer1").or(Manager::MANAGER_NAME.eq("manager2"));
            let found = session.query::<Employee>().filter(either()).all()?;
            assert_eq!(texts(&session, &found), ["Manager jsmith, status ABA, manager_name manager2"]);
            check_kinds(&recorder, "begin select");
            let found = session.query::<Company>().join(Company::EMPLOYEES).filter(either()).all()?;
            assert_eq!(found, [company1]);
            check_kinds(&recorder, "select");
            Ok(())
        }

        fn keys_of_several_classes_name_one_entity(db: &Db) -> Result<()> {
            let mut session = started(db)?;
            let chief = session.add(senior("squidward", "cto"));
            let as_engineer = session.downcast::<Engineer>(chief)?.expect("an engineer too");
            let as_person = session.downcast::<Person>(as_engineer)?.expect("a person too");
            assert_eq!(as_engineer.upcast(), chief.upcast());
            assert_eq!(session.downcast::<Manager>(as_person)?, None);
            session[as_person].name = "squid".into();
            session[as_engineer].status = "T".into();
            assert_eq!(session[chief].engineer.person.name, "squid");
            let Employee::Senior(inside) = &session[chief.upcast()] else { panic!("a senior") };
            assert_eq!(inside.engineer.status, "T");
            session.commit()?;
            assert_eq!(session.load(chief)?.level.get(), Some(7));
            Ok(())
        }

        fn a_query_gives_the_class_and_those_below(db: &Db) -> Result<()> {
            let mut session = staffed(db)?;
            let found = session.query::<Engineer>().order_by(Person::NAME).all()?;
            assert_eq!(names(&session, found), ["patrick", "spongebob", "squidward"]);
            let found = session.query::<Senior>().all()?;
            assert_eq!(names(&session, found), ["squidward"]);
            assert_eq!(session.query::<Person>().count()?, 6);
            assert_eq!(session.query::<Manager>().count()?, 2);
            assert_eq!(session.query::<Employee>().count()?, 6);
            let found = session.query::<Employee>().filter(Employee::TYPE.eq("chief")).all()?;
            assert_eq!(names(&session, found), ["squidward"]);
            let first = session.query::<Engineer>().order_by(Engineer::ENGINEER_NAME.desc()).limit(1).all()?;
            assert_eq!(names(&session, first), ["squidward"]);
            assert_eq!(session.held::<Engineer>().len(), 3);
            assert_eq!(session.held::<Employee>().len(), 3);
            Ok(())
        }

        fn columns_of_classes_can_be_selected(db: &Db) -> Result<()> {
            let mut session = staffed(db)?;
            let rows = session.all(select((Person::NAME, Engineer::PRIMARY_LANGUAGE)).order_by(Person::NAME))?;
            let expected = [("patrick", "python"), ("spongebob", "java"), ("squidward", "rust")];
            assert_eq!(rows, expected.map(|(name, language)| (name.to_owned(), language.to_owned())));
            let kinds = session.all(select((Employee::TYPE, count_all())).group_by(Employee::TYPE).order_by(Employee::TYPE))?;
            let expected = [("chief", 1), ("engineer", 2), ("manager", 2), ("person", 1)];
            assert_eq!(kinds, expected.map(|(kind, count)| (kind.to_owned(), count)));
            let levels = session.all(select(Senior::LEVEL))?;
            assert_eq!(levels, [7]);
            Ok(())
        }

        fn values_of_a_class_need_no_session(db: &Db) -> Result<()> {
            let mut session = staffed(db)?;
            let engineers = session.all(select(untracked::<Engineer>()).order_by(Person::NAME))?;
            assert_eq!(engineers.iter().map(|it| it.primary_language.as_str()).collect::<Vec<_>>(), ["python", "java", "rust"]);
            let people = session.all(select(untracked::<Person>()).order_by(Person::NAME))?;
            assert_eq!(people.len(), 6);
            let employees = session.all(select(untracked::<Employee>()).filter(Person::NAME.eq("squidward")))?;
            assert!(matches!(&employees[..], [Employee::Senior(it)] if it.title.as_deref() == Some("cto")));
            assert!(session.held::<Employee>().is_empty());
            Ok(())
        }

        fn get_knows_the_class(db: &Db) -> Result<()> {
            let mut session = staffed(db)?;
            let found = session.query::<Manager>().filter(Person::NAME.eq("jsmith")).one()?;
            let id = session[found].person.id.get().expect("an id");
            let recorder = session.engine().record();
            assert_eq!(session.get::<Manager>(id)?, Some(found));
            assert_eq!(session.get::<Employee>(id)?, Some(found.upcast()));
            assert_eq!(session.get::<Engineer>(id)?, None);
            check_silence(&recorder);
            session.expunge_all();
            assert_eq!(session.get::<Engineer>(id)?, None);
            check_kinds(&recorder, "select");
            let again = session.get::<Person>(id)?.expect("a person");
            check_kinds(&recorder, "select");
            assert_eq!(session[again.upcast()].text(), "Manager jsmith, status ABA, manager_name manager2");
            check_silence(&recorder);
            Ok(())
        }

        fn relationships_of_every_class_load(db: &Db) -> Result<()> {
            let mut session = staffed(db)?;
            let chief = session.query::<Senior>().one()?;
            let company = session.rel(chief, Person::COMPANY).load()?.expect("a company");
            assert_eq!(session[company].name, "company1");
            let machines = session.rel(chief, Engineer::MACHINES).load()?;
            assert_eq!(machines.len(), 2);
            let owner = session.rel(machines[0], Machine::ENGINEER).one()?;
            assert_eq!(owner.upcast(), chief.upcast());
            session.expunge_all();

            let found = session.query::<Machine>().filter(Machine::NAME.eq("press")).one()?;
            let owner = session.rel(found, Machine::ENGINEER).one()?;
            assert_eq!(session[owner.upcast()].text(), "Senior squidward");
            Ok(())
        }

        fn relationships_load_eagerly(db: &Db) -> Result<()> {
            let mut session = staffed(db)?;
            let recorder = session.engine().record();
            let options = selectin(Company::EMPLOYEES).then(selectin(Engineer::MACHINES));
            let company = session.query::<Company>().options(options).one()?;
            check_kinds(&recorder, "begin select select select");
            let employees: Vec<Key<Employee>> = session[company].employees.loaded().expect("loaded").collect();
            assert_eq!(names(&session, employees).len(), 6);
            let chief = session.held::<Senior>()[0];
            assert_eq!(session[chief].engineer.machines.loaded().expect("loaded").len(), 2);
            session.expunge_all();

            let company = session.query::<Company>().options(joined(Company::EMPLOYEES)).one()?;
            assert_eq!(session[company].employees.loaded().expect("loaded").len(), 6);
            check_kinds(&recorder, "select");
            session.expunge_all();

            let employees = session.query::<Employee>().options(joined(Engineer::MACHINES)).all()?;
            assert_eq!(employees.len(), 6);
            check_kinds(&recorder, "select");
            let chief = session.held::<Senior>()[0];
            assert_eq!(session.rel(chief, Engineer::MACHINES).load()?.len(), 2);
            check_silence(&recorder);
            session.expunge_all();

            // What LIMIT counts are entities, however the machines are loaded.
            let some = session.query::<Engineer>().options(joined(Engineer::MACHINES)).order_by(Person::NAME.desc()).limit(2).all()?;
            assert_eq!(names(&session, some.clone()), ["spongebob", "squidward"]);
            assert_eq!(session[some[0]].machines.loaded().expect("loaded").len(), 2);
            check_kinds(&recorder, "select");
            session.expunge_all();

            let machines = session.query::<Machine>().options(joined(Machine::ENGINEER)).all()?;
            recorder.take();
            let owner = session.rel(machines[0], Machine::ENGINEER).one()?;
            assert_eq!(session[owner.upcast()].text(), "Senior squidward");
            check_silence(&recorder);
            Ok(())
        }

        fn peers_and_raise_know_who_has_the_relationship(db: &Db) -> Result<()> {
            let mut session = staffed(db)?;
            let recorder = session.engine().record();
            session.query::<Employee>().options(peers(Engineer::MACHINES)).all()?;
            recorder.take();
            let engineers = session.held::<Engineer>();
            for engineer in &engineers {
                session.rel(*engineer, Engineer::MACHINES).load()?;
            }
            check_kinds(&recorder, "select");
            session.expunge_all();
            let found = session.query::<Engineer>().options(raise(Engineer::MACHINES)).first()?.expect("an engineer");
            let refused = session.rel(found, Engineer::MACHINES).load().unwrap_err();
            assert!(matches!(refused, orm::Error::RaisedLoad { relationship: "machines", .. }), "{refused}");
            Ok(())
        }

        fn criteria_reach_through_relationships(db: &Db) -> Result<()> {
            let mut session = staffed(db)?;
            let count = |session: &mut Session, criterion: Expr<bool>| session.query::<Company>().filter(criterion).count();
            assert_eq!(count(&mut session, Company::EMPLOYEES.any(Engineer::STATUS.eq("CGG")))?, 1);
            assert_eq!(count(&mut session, Company::EMPLOYEES.any(Senior::TITLE.eq("nobody")))?, 0);
            let found = session.query::<Machine>().filter(Machine::ENGINEER.has(Person::NAME.eq("squidward"))).all()?;
            assert_eq!(found.len(), 2);
            let found = session.query::<Employee>().filter(Engineer::MACHINES.any(Machine::NAME.eq("press"))).all()?;
            assert_eq!(names(&session, found), ["squidward"]);
            let found = session.query::<Machine>().join(Machine::ENGINEER).filter(Senior::TITLE.eq("cto")).all()?;
            assert_eq!(found.len(), 2);
            let found = session.query::<Engineer>().join(Engineer::MACHINES).filter(Machine::NAME.eq("press")).all()?;
            assert_eq!(names(&session, found), ["squidward"]);
            let none = session.query::<Employee>().filter(Person::COMPANY.is_null()).all()?;
            assert!(none.is_empty());
            Ok(())
        }

        fn aliases_have_the_columns_of_every_class(db: &Db) -> Result<()> {
            let mut session = staffed(db)?;
            let other = alias::<Employee>("other");
            let pairs = select((entity::<Engineer>(), &other))
                .join_to(&other, other.column(Person::NAME).lt(Person::NAME))
                .filter(other.column(Engineer::PRIMARY_LANGUAGE).eq("java"))
                .filter(Senior::TITLE.eq("cto"));
            let pairs = session.all(pairs)?;
            assert_eq!(pairs.len(), 1);
            assert_eq!(names(&session, [pairs[0].0]), ["squidward"]);
            assert_eq!(names(&session, [pairs[0].1]), ["spongebob"]);
            let engineers = alias::<Engineer>("e");
            let found = session.all(select(&engineers).filter(engineers.column(Engineer::STATUS).eq("BBA")))?;
            assert_eq!(names(&session, found), ["spongebob"]);
            let company = select(entity::<Company>())
                .join(Company::EMPLOYEES.onto(&other))
                .filter(other.column(Manager::MANAGER_NAME).eq("manager1"));
            assert_eq!(session.all(company)?.len(), 1);
            Ok(())
        }

        fn a_reference_to_a_class_finds_no_other(db: &Db) -> Result<()> {
            let mut session = staffed(db)?;
            let boss = session.query::<Manager>().filter(Person::NAME.eq("jsmith")).one()?;
            let id = session[boss].person.id.get().expect("an id");
            let project = session.add(Project { name: "p".into(), lead: BelongsTo::by_id(id), ..Project::default() });
            assert_eq!(session.no_autoflush(|session| session.rel(project, Project::LEAD).load())?, None);
            Ok(())
        }

        fn many_to_many_takes_every_class(db: &Db) -> Result<()> {
            let mut session = staffed(db)?;
            let chief = session.query::<Senior>().one()?;
            let boss = session.query::<Manager>().filter(Person::NAME.eq("jsmith")).one()?;
            let project = session.add(Project { name: "p".into(), lead: BelongsTo::to(chief), ..Project::default() });
            session.rel(project, Project::MEMBERS).push(boss)?;
            session.rel(project, Project::MEMBERS).push(chief)?;
            session.rel(project, Project::MEMBERS).push(person("newcomer"))?;
            session.commit()?;
            session.expunge_all();
            let project = session.query::<Project>().options((selectin(Project::MEMBERS), joined(Project::LEAD))).one()?;
            let members = session.rel(project, Project::MEMBERS).load()?;
            assert_eq!(names(&session, members), ["jsmith", "newcomer", "squidward"]);
            let lead = session.rel(project, Project::LEAD).one()?;
            assert_eq!(session[lead.upcast()].text(), "Senior squidward");
            let boss = session.held::<Manager>()[0];
            session.rel(project, Project::MEMBERS).remove(boss)?;
            session.commit()?;
            assert_eq!(session.rel(project, Project::MEMBERS).load()?.len(), 2);
            Ok(())
        }

        fn orphans_and_cascades_take_all_rows(db: &Db) -> Result<()> {
            let mut session = staffed(db)?;
            let company = session.query::<Company>().one()?;
            let chief = session.query::<Senior>().one()?;
            session.rel(company, Company::EMPLOYEES).remove(chief)?;
            session.commit()?;
            assert_eq!(session.query::<Employee>().count()?, 5);
            assert_eq!(session.query::<Machine>().count()?, 0);
            session.delete(company)?;
            session.commit()?;
            assert_eq!(session.query::<Employee>().count()?, 0);
            assert_eq!(session.query::<Company>().count()?, 0);
            Ok(())
        }

        fn a_rollback_takes_every_class_back(db: &Db) -> Result<()> {
            let mut session = staffed(db)?;
            let chief = session.query::<Senior>().one()?;
            session[chief].engineer.person.name = "other".into();
            session[chief].title = None;
            let newcomer = session.add(manager("new", "N", "new"));
            let second = session.add(engineer("second", "N", "second", "c"));
            session.flush()?;
            session[chief].engineer.status = "X".into();
            let mut back = session.rollback()?;
            assert_eq!(session[chief].engineer.person.name, "squidward");
            assert_eq!(session[chief].title.as_deref(), Some("cto"));
            assert_eq!(session.load(chief)?.engineer.status, "S");
            assert!(session.peek(newcomer).is_err());
            assert_eq!(back.take(newcomer).map(|it| it.manager_name), Some("new".to_owned()));
            let as_root = back.take(second.upcast());
            assert!(matches!(as_root, Some(Employee::Engineer(it)) if it.person.id.get().is_none()));
            assert!(back.is_empty());
            Ok(())
        }

        fn merge_keeps_the_class(db: &Db) -> Result<()> {
            let mut session = staffed(db)?;
            let chief = session.query::<Senior>().one()?;
            let id = session[chief].engineer.person.id.get().expect("an id");
            let mut given = senior("merged", "ceo");
            given.engineer.person.id = id.into();
            assert_eq!(session.merge(given)?, chief);
            assert_eq!(session[chief].title.as_deref(), Some("ceo"));
            assert_eq!(session[chief].level.get(), Some(7));
            session.commit()?;
            let mut other = manager("merged", "A", "B");
            other.person.id = id.into();
            let refused = session.merge(other).unwrap_err().to_string();
            assert!(refused.contains("a Manager is merged, but the row with key") && refused.contains("is a Senior"), "{refused}");
            session.rollback()?;
            assert_eq!(session.load(chief)?.engineer.person.name, "merged");
            Ok(())
        }

        fn expunge_gives_the_whole_or_nothing(db: &Db) -> Result<()> {
            let mut session = staffed(db)?;
            let chief = session.query::<Senior>().one()?;
            let as_person = session.downcast::<Person>(chief)?.expect("a person");
            let refused = session.expunge(as_person).unwrap_err().to_string();
            assert!(refused.starts_with("the Person is a Senior"), "{refused}");
            assert!(session.contains(chief));
            let value = session.expunge(chief)?;
            assert_eq!(value.title.as_deref(), Some("cto"));
            assert!(!session.contains(as_person));
            Ok(())
        }

        fn refresh_reads_every_table(db: &Db) -> Result<()> {
            let mut session = staffed(db)?;
            let chief = session.query::<Senior>().one()?;
            session[chief].title = Some("edited".into());
            session[chief].engineer.person.name = "edited".into();
            assert_eq!(session.refresh(chief)?.title.as_deref(), Some("cto"));
            assert_eq!(session[chief].engineer.person.name, "squidward");
            let as_person = session.downcast::<Person>(chief)?.expect("a person");
            session.expire(as_person)?;
            assert!(session.is_expired(chief)?);
            assert_eq!(session.load(as_person)?.name, "squidward");
            assert!(!session.is_expired(chief)?);
            Ok(())
        }

        fn history_names_the_columns_of_the_class(db: &Db) -> Result<()> {
            let mut session = staffed(db)?;
            let boss = session.query::<Manager>().filter(Person::NAME.eq("jsmith")).one()?;
            session[boss].person.name = "j".into();
            session[boss].manager_name = "m".into();
            let changed: Vec<&str> = session.history(boss)?.iter().map(|it| it.column).collect();
            assert_eq!(changed, ["name", "manager_name"]);
            assert_eq!(session.dirty::<Manager>(), [boss]);
            assert!(session.dirty::<Engineer>().is_empty());
            let new = session.add(person("new"));
            assert_eq!(session.pending::<Employee>(), [new.upcast()]);
            assert!(session.pending::<Senior>().is_empty());
            let columns: Vec<&str> = session.history(new)?.iter().map(|it| it.column).collect();
            assert_eq!(columns, ["id", "company_id", "name", "type"]);
            session.delete(boss)?;
            assert_eq!(session.deleted::<Person>().len(), 1);
            Ok(())
        }

        fn an_unknown_identity_is_named(db: &Db) -> Result<()> {
            let mut session = staffed(db)?;
            session.execute(&update("person").set(Employee::TYPE, "robot").filter(Person::NAME.eq("joesmith")))?;
            let refused = session.query::<Employee>().all().unwrap_err().to_string();
            assert_eq!(
                refused,
                "Employee.type: expected one of `person`, `engineer`, `manager`, `chief`, the row holds `robot`"
            );
            assert_eq!(session.query::<Engineer>().all()?.len(), 3);
            Ok(())
        }

        fn an_entity_does_not_change_its_class(db: &Db) -> Result<()> {
            let mut session = staffed(db)?;
            let boss = session.query::<Manager>().filter(Person::NAME.eq("jsmith")).one()?;
            let id = session[boss].person.id.get().expect("an id");
            let mut other = person("jsmith");
            other.id = id.into();
            session[boss.upcast()] = other.into();
            let refused = session.flush().unwrap_err().to_string();
            assert!(refused.contains("does not change its class"), "{refused}");
            session.rollback()?;
            assert_eq!(session.load(boss)?.manager_name, "manager2");
            Ok(())
        }

        fn a_flush_is_told_by_class(db: &Db) -> Result<()> {
            let mut session = started(db)?;
            session.add(senior("squidward", "cto"));
            let plan = session.flush_plan()?.to_string();
            assert!(plan.contains("new Senior #1: ") && plan.contains("INSERT person"), "{plan}");
            Ok(())
        }
    };
}
