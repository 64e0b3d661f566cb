//! Employees in whole tables: each class has a table with all of its columns.
//!
//! What to notice: there is no discriminator column, and keys repeat: person 1, engineer 1 and manager 1 are three entities.
//! A query for one subclass reads one table; a query for every class is a `UNION ALL` with `NULL` for the columns that a class
//! lacks. In the original an engineer has no text form of its own and prints like a plain person; here each class has one.
//!
//! Counterpart: `examples/inheritance/concrete.py` of SQLAlchemy.

#![allow(clippy::print_stdout, reason = "a recipe tells its story on the screen")]

#[cfg(test)]
mod tests;

use std::fmt;

use clap::Parser;
use orm::prelude::*;
use orm::{Recorder, StatementKind};

#[derive(Entity, Debug, Default)]
struct Company {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 50)]
    name: String,
    #[entity(inverse = "company", cascade = "all, delete-orphan", order_by = "name")]
    employees: HasMany<Employee>,
}

/// An employee of any class. A query for it gives every class; each variant is an entity of its own too.
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
    company: BelongsTo<Company>,
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

impl fmt::Display for Employee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(Person { name, .. }) => write!(f, "Ordinary person {name}"),
            Self::Engineer(Engineer { person, status, engineer_name, primary_language }) => {
                let name = &person.name;
                write!(
                    f,
                    "Engineer {name}, status {status}, engineer name {engineer_name}, language {primary_language}"
                )
            }
            Self::Manager(Manager { person, status, manager_name }) => {
                write!(f, "Manager {}, status {status}, manager name {manager_name}", person.name)
            }
        }
    }
}

#[derive(Parser)]
#[command(about = "Employees in whole tables: each class has a table with all of its columns.")]
struct Args {
    /// The database to play in. Its tables `company`, `person`, `engineer` and `manager` are dropped first, and stay afterwards.
    #[arg(long, value_name = "URL", default_value = "sqlite://")]
    db_url: String,
    /// Shows every statement that is sent.
    #[arg(long, conflicts_with = "quiet")]
    echo: bool,
    /// Shows the story alone, as without `--echo`.
    #[arg(long)]
    quiet: bool,
}

fn main() -> orm::Result<()> {
    sigpipe::reset(); // A closed pipe, `| head -1`, ends the program without a word.
    let args = Args::parse();
    let engine = Engine::new(args.db_url)?;
    engine.drop_all(schema![Company, Employee])?; // What an earlier run left in a file.
    if args.echo && !args.quiet {
        engine.set_echo(Echo::stdout().pretty().prefix("    | "))?;
    }

    title("Creating the tables that are missing");
    engine.create_all(schema![Company, Employee])?;
    let recorder = engine.record();

    title("Saving five employees: one INSERT for each class");
    let mut session = Session::new(&engine);
    let company = hire(&mut session)?;
    session.commit()?;

    title("Employees of every class by one SELECT over a UNION ALL");
    for line in roster(&mut session, company)? {
        println!("{line}");
    }

    title("Spongebob as a person, then as an engineer: one entity");
    let (person, engineer) = spongebob(&mut session)?;
    println!("the same: {}", person.upcast() == engineer.upcast());

    title("Changing a field of the engineer: an UPDATE of the table `engineer`");
    session[engineer].engineer_name = "hes spongebob!".to_owned();
    session.commit()?;

    title("A filter over fields of two classes runs on the UNION ALL");
    for employee in engineer1_or_manager2(&mut session)? {
        println!("{}", session[employee]);
    }

    title("Companies by the fields of their employees: a join to the UNION ALL");
    for company in companies(&mut session)? {
        println!("Company {}", session[company].name);
    }

    title("Closing the session: a transaction that only read is rolled back");
    drop(session);

    compare(&recorder, [6, 6, 1]);
    Ok(())
}

/// A company of two managers, two engineers, and a person who is neither.
fn hire(session: &mut Session) -> orm::Result<Key<Company>> {
    let company = session.add(Company { name: "company1".to_owned(), ..Company::default() });
    session.rel(company, Company::EMPLOYEES).push(manager("mr krabs", "AAB", "manager1"))?;
    session.rel(company, Company::EMPLOYEES).push(engineer("spongebob", "BBA", "engineer1", "java"))?;
    session.rel(company, Company::EMPLOYEES).push(person("joesmith"))?;
    session.rel(company, Company::EMPLOYEES).push(engineer("patrick", "CGG", "engineer2", "python"))?;
    session.rel(company, Company::EMPLOYEES).push(manager("jsmith", "ABA", "manager2"))?;
    Ok(company)
}

/// The company and its employees, in lines.
fn roster(session: &mut Session, company: Key<Company>) -> orm::Result<Vec<String>> {
    let mut lines = vec![format!("Company {}", session.load(company)?.name)];
    for employee in session.rel(company, Company::EMPLOYEES).load()? {
        lines.push(session[employee].to_string());
    }
    Ok(lines)
}

/// The same row, asked for by two of its classes.
fn spongebob(session: &mut Session) -> orm::Result<(Key<Person>, Key<Engineer>)> {
    let person = session.query::<Person>().filter(Person::NAME.eq("spongebob")).one()?;
    let engineer = session.query::<Engineer>().filter(Person::NAME.eq("spongebob")).one()?;
    Ok((person, engineer))
}

/// A condition over fields that different classes add.
fn is_engineer1_or_manager2() -> Expr<bool> {
    Engineer::ENGINEER_NAME.eq("engineer1").or(Manager::MANAGER_NAME.eq("manager2"))
}

fn engineer1_or_manager2(session: &mut Session) -> orm::Result<Vec<Key<Employee>>> {
    session.query::<Employee>().filter(is_engineer1_or_manager2()).all()
}

fn companies(session: &mut Session) -> orm::Result<Vec<Key<Company>>> {
    session.query::<Company>().join(Company::EMPLOYEES).filter(is_engineer1_or_manager2()).all()
}

fn person(name: &str) -> Person {
    Person { name: name.to_owned(), ..Person::default() }
}

fn engineer(name: &str, status: &str, engineer_name: &str, language: &str) -> Engineer {
    let [status, engineer_name, primary_language] = [status, engineer_name, language].map(str::to_owned);
    Engineer { person: person(name), status, engineer_name, primary_language }
}

fn manager(name: &str, status: &str, manager_name: &str) -> Manager {
    Manager { person: person(name), status: status.to_owned(), manager_name: manager_name.to_owned() }
}

/// Prints the statements of this run beside those of SQLAlchemy's program.
fn compare(recorder: &Recorder, [selects, inserts, updates]: [usize; 3]) {
    let sent = recorder.take();
    title("Statements, here and in SQLAlchemy");
    for (kind, name, theirs) in [
        (StatementKind::Select, "SELECT", selects),
        (StatementKind::Insert, "INSERT", inserts),
        (StatementKind::Update, "UPDATE", updates),
    ] {
        println!("{name} {:>2} | {theirs:>2}", sent.count(kind));
    }
}

fn title(text: &str) {
    println!("\n{text}");
}
