//! Flush plans: the edges between their statements, as JSON and as a graph.

use orm::prelude::*;
use orm::{FlushPlan, Result};
use serde_json::json;

use crate::Db;

cases![
    references_order_what_is_written,
    references_order_what_is_deleted_backwards,
    links_stand_between_both_ends,
    a_circle_is_closed_after_both_rows_and_opened_before,
    values_that_are_handed_on_order_rows,
    rows_of_one_entity_in_two_tables_are_ordered,
    independent_statements_have_no_edge,
    a_plan_is_json,
    a_plan_is_a_graph,
];

#[derive(Entity, Debug, Default)]
struct Author {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(unique, length = 40)]
    name: String,
    #[entity(inverse = "author", cascade = "all")]
    books: HasMany<Book>,
}

#[derive(Entity, Debug, Default)]
struct Book {
    #[entity(primary_key)]
    id: Auto<i64>,
    title: String,
    #[entity(inverse = "books")]
    author: BelongsTo<Option<Author>>,
    #[entity(secondary = "book_topic")]
    topics: ManyToMany<Topic>,
}

#[derive(Entity, Debug, Default)]
struct Topic {
    #[entity(primary_key)]
    id: Auto<i64>,
    word: String,
}

#[derive(Entity, Debug, Default)]
struct Team {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(post_update)]
    captain: BelongsTo<Option<Player>>,
}

#[derive(Entity, Debug, Default)]
struct Player {
    #[entity(primary_key)]
    id: Auto<i64>,
    team: BelongsTo<Option<Team>>,
}

fn author(name: &str) -> Author {
    Author { name: name.to_owned(), ..Author::default() }
}

fn session(db: &Db) -> Result<Session> {
    let engine = db.engine(schema![Author, Book, Topic, Team, Player])?;
    Ok(Session::builder(&engine).autoflush(false).build())
}

/// The edges as `INSERT author > INSERT book: reason`.
fn edges(plan: &FlushPlan) -> Vec<String> {
    let name = |step: usize| format!("{} {}", plan.steps[step].operation, plan.steps[step].table);
    plan.edges.iter().map(|edge| format!("{} > {}: {}", name(edge.before), name(edge.after), edge.reason)).collect()
}

fn references_order_what_is_written(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    let old = session.add(Book { title: "Old".into(), ..Book::default() });
    session.flush()?;
    let jane = session.add(Author { books: HasMany::of([Book::default()]), ..author("jane") });
    session.rel(old, Book::AUTHOR).set(jane)?;
    let expected = [
        "INSERT author > UPDATE book: Book.author refers to the new row",
        "INSERT author > INSERT book: Book.author refers to the new row",
    ];
    let mut found = edges(&session.flush_plan()?);
    found.sort_unstable_by(|one, other| other.cmp(one));
    assert_eq!(found, expected);
    session.commit()
}

fn references_order_what_is_deleted_backwards(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    let jane = session.add(Author { books: HasMany::of([Book::default(), Book::default()]), ..author("jane") });
    session.flush()?;
    session.delete(jane)?;
    let expected = [
        "DELETE book_topic > DELETE book: Book.topics links the row that goes",
        "DELETE book > DELETE author: Book.author refers to the row that goes",
    ];
    assert_eq!(edges(&session.flush_plan()?), expected);
    session.commit()
}

fn links_stand_between_both_ends(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    let topic = Topic { word: "rust".into(), ..Topic::default() };
    let book = session.add(Book { topics: ManyToMany::of([topic]), ..Book::default() });
    let expected = [
        "INSERT book > INSERT book_topic: Book.topics links the new row",
        "INSERT topic > INSERT book_topic: Book.topics links the new row",
    ];
    let mut found = edges(&session.flush_plan()?);
    found.sort_unstable();
    assert_eq!(found, expected);
    session.flush()?;
    session.delete(book)?;
    assert_eq!(edges(&session.flush_plan()?), ["DELETE book_topic > DELETE book: Book.topics links the row that goes"]);
    session.commit()
}

fn a_circle_is_closed_after_both_rows_and_opened_before(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    let team = session.add(Team::default());
    let player = session.add(Player { team: BelongsTo::to(team), ..Player::default() });
    session.rel(team, Team::CAPTAIN).set(player)?;
    let closes = "Team.captain closes a circle: both rows come first";
    let expected = [
        "INSERT team > INSERT player: Player.team refers to the new row".to_owned(),
        format!("INSERT team > UPDATE team: {closes}"),
        format!("INSERT player > UPDATE team: {closes}"),
    ];
    assert_eq!(edges(&session.flush_plan()?), expected);
    session.flush()?;
    session.delete(team)?;
    session.delete(player)?;
    let opens = "Team.captain lets go of the row first";
    let mut found = edges(&session.flush_plan()?);
    found.sort_unstable();
    let expected = [
        "DELETE player > DELETE team: Player.team refers to the row that goes".to_owned(),
        format!("UPDATE team > DELETE player: {opens}"),
        format!("UPDATE team > DELETE team: {opens}"),
    ];
    assert_eq!(found, expected);
    session.commit()
}

fn values_that_are_handed_on_order_rows(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    let authors = session.add_all([author("ann"), author("bob")]);
    session.flush()?;
    // A deleted row hands its name to a new one.
    session.delete(authors[0])?;
    session.add(author("ann"));
    assert_eq!(edges(&session.flush_plan()?), ["DELETE author > INSERT author: Author.name is handed on"]);
    session.flush()?;
    // A changed one to another.
    let cid = session.add(author("cid"));
    session.flush()?;
    session[authors[1]].name = "dan".into();
    session[cid].name = "bob".into();
    assert_eq!(edges(&session.flush_plan()?), ["UPDATE author > UPDATE author: Author.name is handed on"]);
    session.commit()
}

#[derive(Entity, Debug)]
#[entity(inheritance = "joined", discriminator = "kind")]
enum Vehicle {
    Car(Car),
    Truck(Truck),
}

#[derive(Entity, Debug, Default)]
#[entity(root = "Vehicle")]
struct Car {
    #[entity(primary_key)]
    id: Auto<i64>,
    wheels: i64,
}

#[derive(Entity, Debug, Default)]
#[entity(root = "Vehicle")]
struct Truck {
    #[entity(base)]
    car: Car,
    tons: i64,
}

fn rows_of_one_entity_in_two_tables_are_ordered(db: &Db) -> Result<()> {
    let engine = db.engine(schema![Vehicle])?;
    let mut session = Session::builder(&engine).autoflush(false).build();
    let truck = session.add(Truck { tons: 7, ..Truck::default() });
    assert_eq!(edges(&session.flush_plan()?), ["INSERT car > INSERT truck: rows of one Vehicle in two tables"]);
    session.flush()?;
    session.delete(truck)?;
    assert_eq!(edges(&session.flush_plan()?), ["DELETE truck > DELETE car: rows of one Vehicle in two tables"]);
    session.commit()
}

fn independent_statements_have_no_edge(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    session.add(author("jane"));
    session.add(Topic::default());
    let plan = session.flush_plan()?;
    assert_eq!((plan.steps.len(), plan.edges.len()), (2, 0), "{plan}");
    session.commit()
}

fn a_plan_is_json(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    session.add(Author { books: HasMany::of([Book { title: "Emma".into(), ..Book::default() }]), ..author("jane") });
    let plan = session.flush_plan()?.to_json();
    assert_eq!(plan["loads"], json!([]));
    assert_eq!(plan["steps"][0]["operation"], "INSERT");
    assert_eq!(plan["steps"][0]["columns"], json!(["name"]));
    assert_eq!(plan["steps"][1]["rows"], json!(["new Book #1: 'Emma', <key of new Author #1>"]));
    assert_eq!(plan["edges"], json!([{ "before": 0, "after": 1, "reason": "Book.author refers to the new row" }]));
    Ok(())
}

fn a_plan_is_a_graph(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    session.add(Author { books: HasMany::of([Book::default(), Book::default()]), ..author("jane") });
    let expected = r#"digraph flush {
  node [shape=box];
  s0 [label="1. INSERT author\n1 row"];
  s1 [label="2. INSERT book\n2 rows"];
  s0 -> s1 [label="Book.author refers to the new row"];
}
"#;
    assert_eq!(session.flush_plan()?.to_dot(), expected);
    Ok(())
}
