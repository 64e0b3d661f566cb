//! Chapter 21: one class, many tables: hierarchies as enums.

use orm::prelude::*;

use crate::Stage;

// ANCHOR: joined
#[derive(Entity, Debug)]
#[entity(inheritance = "joined", discriminator = "type")]
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
    #[entity(length = 50)]
    name: String,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "engineer", root = "Employee")]
struct Engineer {
    #[entity(base)]
    person: Person, // what an engineer extends
    #[entity(length = 30)]
    language: String,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "manager", root = "Employee")]
struct Manager {
    #[entity(base)]
    person: Person,
    reports: i32,
}
// ANCHOR_END: joined

// ANCHOR: single
#[derive(Entity, Debug)]
#[entity(inheritance = "single", discriminator = "kind")]
enum Shape {
    Figure(Figure),
    Circle(Circle),
}

#[derive(Entity, Debug, Default)]
#[entity(table = "shape", root = "Shape")]
struct Figure {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 20)]
    colour: String,
}

#[derive(Entity, Debug, Default)]
#[entity(root = "Shape")]
struct Circle {
    #[entity(base)]
    figure: Figure,
    radius: i32, // NULL for other classes
}
// ANCHOR_END: single

// ANCHOR: concrete
#[derive(Entity, Debug)]
#[entity(inheritance = "concrete")]
enum Vehicle {
    Car(Car),
    Lorry(Lorry),
}

#[derive(Entity, Debug, Default)]
#[entity(table = "car", root = "Vehicle")]
struct Car {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 10)]
    plate: String,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "lorry", root = "Vehicle")]
struct Lorry {
    #[entity(base)]
    car: Car, // the table `lorry` has these columns, too
    tons: i32,
}
// ANCHOR_END: concrete

fn person(name: &str) -> Person {
    Person { name: name.into(), ..Person::default() }
}

// ANCHOR: create
fn create(engine: &Engine) -> orm::Result<()> {
    engine.create_all(schema![Employee, Shape, Vehicle])
}
// ANCHOR_END: create

// ANCHOR: save
fn save(session: &mut Session) -> orm::Result<()> {
    session.add(person("pat"));
    session.add(Engineer { person: person("eva"), language: "rust".into() });
    session.add(Manager { person: person("max"), reports: 2 });
    session.commit()
}
// ANCHOR_END: save

// ANCHOR: match
fn describe(session: &mut Session) -> orm::Result<Vec<String>> {
    let mut lines = Vec::new();
    for key in session.query::<Employee>().order_by(Person::ID).all()? {
        lines.push(match &session[key] {
            Employee::Person(person) => person.name.clone(),
            Employee::Engineer(it) => {
                format!("{} writes {}", it.person.name, it.language)
            }
            Employee::Manager(it) => format!("{} leads {}", it.person.name, it.reports),
        });
    }
    Ok(lines)
}
// ANCHOR_END: match

// ANCHOR: class
fn of_class(session: &mut Session) -> orm::Result<()> {
    let eva: Key<Engineer> = session.query::<Engineer>().one()?;
    session[eva].language = "sql".into(); // one table changes
    session.commit()?;

    let anybody: Key<Employee> = eva.upcast();
    assert_eq!(session.downcast::<Engineer>(anybody)?, Some(eva));
    assert_eq!(session.downcast::<Manager>(anybody)?, None);
    Ok(())
}
// ANCHOR_END: class

// ANCHOR: one-table
fn shapes(session: &mut Session) -> orm::Result<usize> {
    let figure = |colour: &str| Figure { colour: colour.into(), ..Figure::default() };
    session.add(figure("red"));
    session.add(Circle { figure: figure("blue"), radius: 3 });
    session.commit()?;
    Ok(session.query::<Circle>().all()?.len())
}
// ANCHOR_END: one-table

// ANCHOR: whole-tables
fn vehicles(session: &mut Session) -> orm::Result<usize> {
    let car = |plate: &str| Car { plate: plate.into(), ..Car::default() };
    session.add(car("A 1"));
    session.add(Lorry { car: car("B 2"), tons: 12 });
    session.commit()?;
    Ok(session.query::<Vehicle>().all()?.len())
}
// ANCHOR_END: whole-tables

// ANCHOR: delete
fn dismiss(session: &mut Session) -> orm::Result<()> {
    let eva = session.query::<Engineer>().one()?;
    session.delete(eva)?;
    session.commit()
}
// ANCHOR_END: delete

// ANCHOR: no-such
fn no_such(session: &mut Session) -> orm::Result<Key<Engineer>> {
    session.query::<Engineer>().filter(Person::NAME.eq("max")).one() // a manager
}
// ANCHOR_END: no-such

pub(crate) fn run(stage: &Stage) -> crate::Result<()> {
    let engine = stage.engine();
    stage.step("create", || create(engine))?;
    let mut session = Session::new(engine);
    stage.step("save", || save(&mut session))?;
    let mut session = Session::new(engine);
    let lines = stage.step("match", || describe(&mut session))?;
    assert_eq!(lines, ["pat", "eva writes rust", "max leads 2"]);
    stage.step("class", || of_class(&mut session))?;
    assert_eq!(stage.step("one-table", || shapes(&mut session))?, 1);
    assert_eq!(stage.step("whole-tables", || vehicles(&mut session))?, 2);
    stage.refused("no-such", || no_such(&mut session))?;
    stage.step("delete", || dismiss(&mut session))?;
    Ok(())
}
