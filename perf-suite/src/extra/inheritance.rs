//! Class hierarchies: one table, joined tables, a table for each class; written and read.

use crate::suite::Suite;

/// The same three classes under one strategy, in a module with `fill` and `read`.
macro_rules! hierarchy {
    ($room:ident, $root:meta, $person:literal $(, $engineer:literal, $manager:literal)?) => {
        mod $room {
            use std::hint::black_box;

            use orm::prelude::*;

            use crate::Result;
            use crate::suite::Context;

            #[derive(Entity, Debug)]
            #[$root]
            enum Employee {
                Person(Person),
                Engineer(Engineer),
                Manager(Manager),
            }

            #[derive(Entity, Debug, Default)]
            #[entity(table = $person, root = "Employee")]
            struct Person {
                #[entity(primary_key)]
                id: Auto<i64>,
                #[entity(length = 50)]
                name: String,
            }

            #[derive(Entity, Debug, Default)]
            #[entity(root = "Employee" $(, table = $engineer)?)]
            struct Engineer {
                #[entity(base)]
                person: Person,
                #[entity(length = 50)]
                primary_language: String,
            }

            #[derive(Entity, Debug, Default)]
            #[entity(root = "Employee" $(, table = $manager)?)]
            struct Manager {
                #[entity(base)]
                person: Person,
                #[entity(length = 50)]
                department: String,
            }

            pub(super) fn schema() -> orm::schema::Schema {
                schema![Employee]
            }

            /// Adds employees, a third of each class, in one flush.
            pub(super) fn add(context: &Context) -> Result<()> {
                let mut session = context.session();
                for n in 0..context.num() {
                    let person = Person { name: format!("employee {n}"), ..Person::default() };
                    match n % 3 {
                        0 => drop(session.add(person)),
                        1 => drop(session.add(Engineer { person, primary_language: "Rust".to_owned() })),
                        _ => drop(session.add(Manager { person, department: "sales".to_owned() })),
                    }
                }
                Ok(session.commit()?)
            }

            /// Reads the employees of every class.
            pub(super) fn read(context: &Context) -> Result<()> {
                let mut session = context.session();
                let employees = session.query::<Employee>().all()?;
                let letters: usize = employees.iter().map(|key| letters(&session[*key])).sum();
                black_box(letters);
                match employees.len() == context.num() {
                    true => Ok(()),
                    false => Err(format!("{} employees were read", employees.len()).into()),
                }
            }

            fn letters(employee: &Employee) -> usize {
                match employee {
                    Employee::Person(person) => person.name.len(),
                    Employee::Engineer(engineer) => engineer.person.name.len() + engineer.primary_language.len(),
                    Employee::Manager(manager) => manager.person.name.len() + manager.department.len(),
                }
            }
        }
    };
}

hierarchy!(single, entity(inheritance = "single", discriminator = "type"), "single_person");
hierarchy!(
    joined,
    entity(inheritance = "joined", discriminator = "type"),
    "joined_person",
    "joined_engineer",
    "joined_manager"
);
hierarchy!(concrete, entity(inheritance = "concrete"), "concrete_person", "concrete_engineer", "concrete_manager");

pub(super) fn suite() -> Suite {
    Suite::new("inheritance", 10_000)
        .about("three classes in one table, in joined tables, in a table each")
        .setup(|context| {
            for schema in [single::schema(), joined::schema(), concrete::schema()] {
                context.recreate(schema)?;
            }
            single::add(context)?;
            joined::add(context)?;
            concrete::add(context)
        })
        .test("test_single_read", "every class from one table", single::read)
        .test("test_joined_read", "every class by outer joins", joined::read)
        .test("test_concrete_read", "every class by a union", concrete::read)
        .test("test_single_insert", "new entities of three classes in one table", single::add)
        .test("test_joined_insert", "new entities of three classes in joined tables", joined::add)
        .test("test_concrete_insert", "new entities of three classes in a table each", concrete::add)
}
