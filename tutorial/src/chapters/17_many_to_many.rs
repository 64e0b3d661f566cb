//! Chapter 17: many to many: a table between, and an entity between.

use chrono::NaiveDate;
use orm::prelude::*;

use crate::Stage;

// ANCHOR: model
#[derive(Entity, Debug, Default)]
struct Student {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 50)]
    name: String,
    #[entity(secondary = "student_course", inverse = "students", order_by = "id")]
    courses: ManyToMany<Course>,
}

#[derive(Entity, Debug, Default)]
struct Course {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 100)]
    title: String,
    #[entity(secondary = "student_course", inverse = "courses", order_by = "id")]
    students: ManyToMany<Student>,
}
// ANCHOR_END: model

// ANCHOR: object
#[derive(Entity, Debug, Default)]
struct Loan {
    #[entity(primary_key)]
    student: BelongsTo<Student>,
    #[entity(primary_key, inverse = "loans", lazy = "joined")]
    book: BelongsTo<Book>,
    since: NaiveDate, // a column of the link itself
}

#[derive(Entity, Debug, Default)]
struct Book {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 100)]
    title: String,
    #[entity(inverse = "book", cascade = "all, delete-orphan")]
    loans: HasMany<Loan>,
}
// ANCHOR_END: object

// ANCHOR: proxy
impl Book {
    /// The students who have the book. A new one gets a loan.
    const BORROWERS: Proxy<Self, Loan, ToMany, Key<Student>> =
        Self::LOANS.proxy_entities(Loan::STUDENT, Loan::to);
}

impl Loan {
    fn to(student: Key<Student>) -> Self {
        let since = NaiveDate::from_ymd_opt(2026, 2, 1).unwrap_or_default();
        Self { student: BelongsTo::to(student), since, ..Self::default() }
    }
}
// ANCHOR_END: proxy

fn course(title: &str) -> Course {
    Course { title: title.into(), ..Course::default() }
}

fn student(name: &str) -> Student {
    Student { name: name.into(), ..Student::default() }
}

// ANCHOR: link
fn enrol(session: &mut Session) -> orm::Result<[Key<Student>; 2]> {
    let [math, physics] =
        ["Mathematics", "Physics"].map(|title| session.add(course(title)));
    let [alice, bob] = ["Alice", "Bob"].map(|name| session.add(student(name)));
    session.rel(alice, Student::COURSES).extend([math, physics])?;
    session.rel(math, Course::STUDENTS).push(bob)?; // from the other side
    session.commit()?;
    Ok([alice, bob])
}
// ANCHOR_END: link

// ANCHOR: read
fn titles(session: &mut Session, student: Key<Student>) -> orm::Result<Vec<String>> {
    let courses = session.rel(student, Student::COURSES).load()?;
    Ok(courses.into_iter().map(|course| session[course].title.clone()).collect())
}
// ANCHOR_END: read

// ANCHOR: unlink
fn unlink(session: &mut Session, alice: Key<Student>) -> orm::Result<()> {
    let courses = session.rel(alice, Student::COURSES).load()?;
    session.rel(alice, Student::COURSES).remove(courses[1])?; // the course itself stays
    session.commit()
}
// ANCHOR_END: unlink

// ANCHOR: query
fn who_learns(session: &mut Session) -> orm::Result<Vec<String>> {
    let query = select(Student::NAME).join(Student::COURSES);
    session.all(query.filter(Course::TITLE.eq("Mathematics")).order_by(Student::NAME))
}
// ANCHOR_END: query

// ANCHOR: lend
fn lend(session: &mut Session, to: Key<Student>) -> orm::Result<Key<Loan>> {
    let book = session.add(Book { title: "Euclid".into(), ..Book::default() });
    let since = NaiveDate::from_ymd_opt(2026, 2, 1).unwrap_or_default();
    let loan = Loan { student: BelongsTo::to(to), since, ..Loan::default() };
    let loan = session.rel(book, Book::LOANS).push(loan)?;
    session.commit()?;
    Ok(loan)
}
// ANCHOR_END: lend

// ANCHOR: loans
fn loans(session: &mut Session, of: i64) -> orm::Result<Vec<(String, NaiveDate)>> {
    let query = session.query::<Loan>().filter(Loan::STUDENT.is(of));
    let mut found = Vec::new();
    for loan in query.all()? {
        let book = session.rel(loan, Loan::BOOK).one()?; // came with the loan
        found.push((session[book].title.clone(), session[loan].since));
    }
    Ok(found)
}
// ANCHOR_END: loans

// ANCHOR: borrow
fn borrow(
    session: &mut Session,
    book: Key<Book>,
    student: Key<Student>,
) -> orm::Result<Vec<String>> {
    session.proxy(book, Book::BORROWERS).push(student)?; // creates the loan
    session.commit()?;
    let students = session.proxy(book, Book::BORROWERS).load()?;
    Ok(students.into_iter().map(|student| session[student].name.clone()).collect())
}
// ANCHOR_END: borrow

// ANCHOR: borrowed
fn borrowed(session: &mut Session, by: &str) -> orm::Result<Vec<String>> {
    session.all(select(Book::TITLE).filter(Book::BORROWERS.any(Student::NAME.eq(by))))
}
// ANCHOR_END: borrowed

// ANCHOR: twice
fn twice(engine: &Engine) -> orm::Result<()> {
    let mut session = Session::new(engine); // knows neither side of the link
    let (alice, math) = (session.get::<Student>(1)?, session.get::<Course>(1)?);
    if let (Some(alice), Some(math)) = (alice, math) {
        session.rel(alice, Student::COURSES).push(math)?;
    }
    session.commit()
}
// ANCHOR_END: twice

pub(crate) fn run(stage: &Stage) -> crate::Result<()> {
    let engine = stage.engine();
    engine.create_all(schema![Student, Course, Book, Loan])?;
    let mut session = Session::new(engine);
    let [alice, bob] = stage.step("link", || enrol(&mut session))?;
    session.expunge_all();
    let _ = bob;
    let alice = session.get::<Student>(1)?.filter(|_| !session.contains(alice));
    let alice = alice.ok_or("alice is row 1")?;
    let courses = stage.step("read", || titles(&mut session, alice))?;
    assert_eq!(courses, ["Mathematics", "Physics"]);
    stage.step("unlink", || unlink(&mut session, alice))?;
    assert_eq!(stage.step("query", || who_learns(&mut session))?, ["Alice", "Bob"]);
    session.commit()?;
    stage.step("lend", || lend(&mut session, alice))?;
    let mut fresh = Session::new(engine);
    assert_eq!(stage.step("loans", || loans(&mut fresh, 1))?[0].0, "Euclid");
    let students = (fresh.get::<Book>(1)?, fresh.get::<Student>(2)?);
    let (book, bob) = students.0.zip(students.1).ok_or("Euclid and Bob are there")?;
    let names = stage.step("borrow", || borrow(&mut fresh, book, bob))?;
    assert_eq!(names, ["Alice", "Bob"]);
    assert_eq!(stage.step("borrowed", || borrowed(&mut fresh, "Bob"))?, ["Euclid"]);
    drop(fresh);
    stage.refused("twice", || twice(engine))?;
    Ok(())
}
