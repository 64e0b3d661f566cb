//! Expressions over tables that no entity is mapped to: the second of the three ways to work, as the tutorials walk it.

use orm::prelude::*;
use orm::{Result, text as raw};

use crate::Db;
use crate::sent::{check_kinds, check_words};

cases![
    rows_are_inserted,
    rows_are_selected_with_criteria_limit_and_order,
    two_tables_are_joined,
    rows_are_updated_and_deleted,
    criteria_combine_and_negate,
];

/// Cars, authors and books: plain tables.
fn with_tables(db: &Db) -> Result<Engine> {
    let engine = db.builder("sqlite://").build()?;
    let mut connection = engine.connect()?;
    for table in [
        "CREATE TABLE cars (id INTEGER PRIMARY KEY, name VARCHAR(30), price INTEGER)",
        "CREATE TABLE authors (author_id INTEGER PRIMARY KEY, name VARCHAR(30))",
        "CREATE TABLE books (book_id INTEGER PRIMARY KEY, title VARCHAR(50), author_id INTEGER REFERENCES authors)",
    ] {
        connection.execute(&raw(table))?;
    }
    connection.execute(&insert_cars())?;
    Ok(engine.clone())
}

fn insert_cars() -> orm::sql::Insert {
    let cars = table("cars");
    let columns = (cars.column::<i32>("id"), cars.column::<String>("name"), cars.column::<i32>("price"));
    insert(cars)
        .rows(columns, [(1, "Audi", 52_642), (2, "Citroen", 21_000), (3, "Skoda", 6_000), (4, "Volkswagen", 21_600)])
}

fn rows_are_inserted(db: &Db) -> Result<()> {
    let engine = with_tables(db)?;
    let recorder = engine.record();
    let cars = table("cars");
    let one = insert(cars.clone())
        .set(cars.column::<i32>("id"), 5)
        .set(cars.column::<String>("name"), "Bentley")
        .set(cars.column::<i32>("price"), 350_000);
    assert_eq!(engine.connect()?.execute(&one)?, 1);
    check_words(db, &recorder, &["INSERT INTO cars (id, name, price) VALUES (?, ?, ?)"]);
    let mut session = Session::new(&engine);
    assert_eq!(session.scalar(select(count_all()).select_from(cars))?, Some(5));
    Ok(())
}

fn rows_are_selected_with_criteria_limit_and_order(db: &Db) -> Result<()> {
    let engine = with_tables(db)?;
    let recorder = engine.record();
    let cars = table("cars");
    let (name, price) = (cars.column::<String>("name"), cars.column::<i32>("price"));
    let query = select((name.clone(), price.clone()))
        .filter(price.gt(10_000))
        .filter(name.clone().like("%en"))
        .order_by(name.asc())
        .limit(3);
    let rows = Session::new(&engine).all(query)?;
    assert_eq!(rows, [("Citroen".to_owned(), 21_000), ("Volkswagen".to_owned(), 21_600)]);
    check_words(
        db,
        &recorder,
        &[
            "BEGIN",
            "SELECT cars.name, cars.price FROM cars WHERE cars.price > ? AND orm_like(cars.name, ?) ORDER BY cars.name LIMIT ?",
            "ROLLBACK",
        ],
    );
    Ok(())
}

fn two_tables_are_joined(db: &Db) -> Result<()> {
    let engine = with_tables(db)?;
    let (authors, books) = (table("authors"), table("books"));
    let (author_id, name) = (authors.column::<i32>("author_id"), authors.column::<String>("name"));
    let (title, written_by) = (books.column::<String>("title"), books.column::<i32>("author_id"));
    engine.begin(|connection| {
        let people = [(1, "Jane Austen"), (2, "Leo Tolstoy")];
        connection.execute(&insert(authors.clone()).rows((author_id.clone(), name.clone()), people))?;
        let written = [(1, "Emma", 1), (2, "War and Peace", 2), (3, "Persuasion", 1)];
        let columns = (books.column::<i32>("book_id"), title.clone(), written_by.clone());
        connection.execute(&insert(books.clone()).rows(columns, written))
    })?;
    let recorder = engine.record();
    let query =
        select((name, title.clone())).select_from(authors).join_to(books, author_id.eq(written_by)).order_by(title);
    let mut session = Session::new(&engine);
    let rows = session.all(query)?;
    let read: Vec<(&str, &str)> = rows.iter().map(|(name, title)| (name.as_str(), title.as_str())).collect();
    assert_eq!(read, [("Jane Austen", "Emma"), ("Jane Austen", "Persuasion"), ("Leo Tolstoy", "War and Peace")]);
    check_kinds(&recorder, "begin select");
    Ok(())
}

fn rows_are_updated_and_deleted(db: &Db) -> Result<()> {
    let engine = with_tables(db)?;
    let recorder = engine.record();
    let cars = table("cars");
    let (name, price) = (cars.column::<String>("name"), cars.column::<i32>("price"));
    let mut session = Session::new(&engine);
    let raise = update(cars.clone()).set(price.clone(), price.clone() + 1_000).filter(price.clone().lt(10_000));
    assert_eq!(session.execute(&raise)?, 1);
    assert_eq!(session.execute(&delete(cars).filter(name.clone().eq("Audi")))?, 1);
    session.commit()?;
    check_words(
        db,
        &recorder,
        &[
            "BEGIN",
            "UPDATE cars SET price = cars.price + ? WHERE cars.price < ?",
            "DELETE FROM cars WHERE cars.name = ?",
            "COMMIT",
        ],
    );
    assert_eq!(session.all(select(price.clone()).order_by(price))?, [7_000, 21_000, 21_600]);
    Ok(())
}

fn criteria_combine_and_negate(db: &Db) -> Result<()> {
    let engine = with_tables(db)?;
    let cars = table("cars");
    let (name, price) = (cars.column::<String>("name"), cars.column::<i32>("price"));
    let mut session = Session::new(&engine);
    let mut names = |criterion: Expr<bool>| session.all(select(name.clone()).filter(criterion).order_by(name.clone()));
    assert_eq!(names(price.clone().between(21_000, 22_000))?, ["Citroen", "Volkswagen"]);
    assert_eq!(names(name.clone().in_(["Audi", "Lada"]))?, ["Audi"]);
    assert_eq!(names(not_(name.clone().starts_with("C").or(price.clone().gt(50_000))))?, ["Skoda", "Volkswagen"]);
    assert_eq!(names(name.clone().ilike("a%"))?, ["Audi"]);
    assert_eq!(names(and_([price.clone().gt(6_000), price.lt(21_600)]))?, ["Citroen"]);
    Ok(())
}
