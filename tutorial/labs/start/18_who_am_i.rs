//! Lab 18: Who am I?
//!
//! Three classes of employees are variants of one enum and rows of one table. `who_is_who` asks for each class on its own: three statements, and the lines come
//! class by class.
//!
//! Ask once, for the enum, in the order of the ids, and let `match` tell the classes apart.

use orm::prelude::*;

/// An employee of any class.
#[derive(Entity, Debug)]
#[entity(inheritance = "single", discriminator = "type")]
pub enum Employee {
    Person(Person),
    Engineer(Engineer),
    Manager(Manager),
}

#[derive(Entity, Debug, Default)]
#[entity(table = "employee", root = "Employee")]
pub struct Person {
    #[entity(primary_key)]
    pub id: Auto<i64>,
    pub name: String,
}

#[derive(Entity, Debug, Default)]
#[entity(root = "Employee")]
pub struct Engineer {
    #[entity(base)]
    pub person: Person,
    pub language: String,
}

#[derive(Entity, Debug, Default)]
#[entity(root = "Employee")]
pub struct Manager {
    #[entity(base)]
    pub person: Person,
    pub team: String,
}

/// A line for each employee: the name, then `writes` and a language, or `leads` and a team.
pub fn who_is_who(session: &mut Session) -> orm::Result<Vec<String>> {
    let mut lines = Vec::new();
    // hole
    for key in session.query::<Engineer>().all()? {
        lines.push(format!("{} writes {}", session[key].person.name, session[key].language));
    }
    for key in session.query::<Manager>().all()? {
        lines.push(format!("{} leads {}", session[key].person.name, session[key].team));
    }
    for key in session.query::<Employee>().filter(Employee::TYPE.eq("person")).all()? {
        if let Employee::Person(person) = &session[key] {
            lines.push(person.name.clone());
        }
    }
    // end of hole
    Ok(lines)
}

// Do not change: what this lab must do.
#[path = "../checks/18_who_am_i.rs"]
pub mod checks;
