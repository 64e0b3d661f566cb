//! What a mapping can say: embedded structs, names, constraints, the tables that come of it.

use orm::prelude::*;
use orm::schema::{Column, Schema, Table};
use orm::{DataType, DatabaseErrorKind, Result, text as raw};

use crate::Db;
use crate::sent::check_kinds;

cases![
    embedded_columns_are_columns_of_the_entity,
    a_struct_embeds_twice_with_prefixes,
    an_embedded_relationship_is_loaded,
    names_in_the_database_may_differ,
    names_are_quoted_where_they_must_be,
    unique_over_several_columns,
    skipped_fields_are_not_stored,
    tables_are_created_in_order_and_dropped,
    tables_that_refer_to_each_other_are_created,
    a_mapping_that_contradicts_itself_creates_nothing;
    (server): every_word_of_the_database_can_be_a_name;
];

#[derive(Embed, Clone, Debug, Default, PartialEq)]
struct Place {
    street: String,
    city: Option<String>,
}

#[derive(Embed, Debug, Default)]
struct Authored {
    note: Option<String>,
    author: BelongsTo<Option<Writer>>,
}

#[derive(Entity, Debug, Default)]
struct Writer {
    #[entity(primary_key, column = "writer_number")]
    id: Auto<i64>,
    #[entity(column = "full name")]
    name: String,
    #[entity(embed)]
    home: Place,
    #[entity(embed(prefix = "work_"))]
    work: Place,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "order", unique(group, number))]
struct Order {
    #[entity(primary_key)]
    id: Auto<i64>,
    group: String,
    #[entity(column = "Number")]
    number: i32,
    #[entity(embed)]
    authored: Authored,
    #[entity(skip)]
    scratch: Vec<u8>,
}

#[derive(Entity, Debug, Default)]
struct Left {
    #[entity(primary_key)]
    id: Auto<i64>,
    right: BelongsTo<Option<Right>>,
}

#[derive(Entity, Debug, Default)]
struct Right {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(post_update)]
    left: BelongsTo<Option<Left>>,
}

/// Its inverse does not point back.
#[derive(Entity, Debug, Default)]
struct Crooked {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "other")]
    members: HasMany<Member>,
}

#[derive(Entity, Debug, Default)]
struct Member {
    #[entity(primary_key)]
    id: Auto<i64>,
    other: BelongsTo<Crooked>,
}

fn session(db: &Db) -> Result<Session> {
    Ok(Session::new(&db.engine(schema![Writer, Order])?))
}

fn place(street: &str, city: Option<&str>) -> Place {
    Place { street: street.to_owned(), city: city.map(str::to_owned) }
}

fn embedded_columns_are_columns_of_the_entity(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    let ann = session.add(Writer { home: place("a", Some("Rome")), ..Writer::default() });
    session.commit()?;
    let city = Writer::HOME.column(Place::CITY);
    assert_eq!(session.query::<Writer>().filter(city.eq("Rome")).one()?, ann);
    session.load(ann)?;
    session[ann].home.city = None;
    assert_eq!(session.history(ann)?[0].column, "city");
    session.commit()?;
    assert_eq!(session.load(ann)?.home, place("a", None));
    Ok(())
}

fn a_struct_embeds_twice_with_prefixes(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    let writer = Writer { home: place("home", None), work: place("work", Some("Bern")), ..Writer::default() };
    let ann = session.add(writer);
    session.commit()?;
    assert_eq!(session.load(ann)?.work, place("work", Some("Bern")));
    let streets = select((Writer::HOME.column(Place::STREET), Writer::WORK.column(Place::STREET)));
    assert_eq!(session.all(streets)?, [("home".to_owned(), "work".to_owned())]);
    Ok(())
}

fn an_embedded_relationship_is_loaded(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    let author = Authored { author: BelongsTo::new(Writer::default()), ..Authored::default() };
    let order = session.add(Order { authored: author, ..Order::default() });
    session.commit()?;
    let author = Order::AUTHORED.relationship(Authored::AUTHOR);
    let ann = session.rel(order, author).load()?;
    assert!(ann.is_some());
    session.rel(order, author).clear()?;
    session.commit()?;
    assert_eq!(session.rel(order, author).load()?, None);
    Ok(())
}

fn names_in_the_database_may_differ(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    let ann = session.add(Writer { name: "Ann".into(), ..Writer::default() });
    session.commit()?;
    let number = table("writer").column::<i64>("writer_number");
    assert_eq!(session.all(select(number))?, [1]);
    session[ann].name = "Anna".into();
    session.commit()?;
    assert_eq!(session.get::<Writer>(1)?, Some(ann));
    assert_eq!(session.load(ann)?.name, "Anna");
    Ok(())
}

fn names_are_quoted_where_they_must_be(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    let recorder = session.engine().record();
    let order = session.add(Order { group: "a".into(), number: 1, ..Order::default() });
    session.flush()?;
    let quote = session.engine().capabilities().identifier_quote;
    let sent = recorder.take().without_transactions()[0].sql.replace(quote, "\"");
    assert!(sent.starts_with(r#"INSERT INTO "order" ("group", "Number", note, author_id)"#), "{sent}");
    session[order].number = 2;
    session.flush()?;
    let found = session.query::<Order>().filter(Order::NUMBER.eq(2)).order_by(Order::GROUP).all()?;
    assert_eq!(found, [order]);
    session.delete(order)?;
    session.commit()
}

fn every_word_of_the_database_can_be_a_name(db: &Db) -> Result<()> {
    let engine = db.builder("sqlite://").build()?;
    let rows = engine.connect()?.query(&raw(db.product()?.words()))?;
    let words = rows.iter().map(|row| row.get::<String>(0)).collect::<Result<Vec<_>>>()?;
    assert!(words.len() > 400, "{}", words.len());
    let column = |word: &String| Column::new(word.to_lowercase(), DataType::SmallInteger);
    let table = words.iter().map(column).fold(Table::new("words"), Table::column);
    engine.create_all(Schema::new().table(table))
}

fn unique_over_several_columns(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    let order = |group: &str, number| Order { group: group.to_owned(), number, ..Order::default() };
    session.add_all([order("a", 1), order("a", 2), order("b", 1)]);
    session.commit()?;
    session.add(order("b", 1));
    assert_eq!(session.commit().unwrap_err().database_kind(), Some(DatabaseErrorKind::UniqueViolation));
    session.rollback()?;
    assert_eq!(session.query::<Order>().count()?, 3);
    Ok(())
}

fn skipped_fields_are_not_stored(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    let order = session.add(Order { scratch: vec![1], ..Order::default() });
    session.commit()?;
    // What is not a column is not touched by reading again.
    assert_eq!(session.load(order)?.scratch, [1]);
    assert_eq!(session.one(select(untracked::<Order>()))?.scratch, Vec::<u8>::new());
    Ok(())
}

fn tables_are_created_in_order_and_dropped(db: &Db) -> Result<()> {
    let engine = db.builder("sqlite://").build()?;
    // The one that refers first.
    engine.create_all(schema![Order, Writer])?;
    let recorder = engine.record();
    engine.create_all(schema![Order, Writer])?;
    check_kinds(&recorder, "begin select commit");
    engine.drop_all(schema![Order, Writer])?;
    let missing = Session::new(&engine).query::<Order>().count().unwrap_err();
    assert_eq!(missing.database_kind(), Some(DatabaseErrorKind::MissingTable));
    engine.drop_all(schema![Order, Writer])?;
    engine.create_all(schema![Order, Writer])
}

fn tables_that_refer_to_each_other_are_created(db: &Db) -> Result<()> {
    let engine = db.engine(schema![Left, Right])?;
    let mut session = Session::new(&engine);
    let left = session.add(Left { right: BelongsTo::new(Right::default()), ..Left::default() });
    let right = session.rel(left, Left::RIGHT).load()?.expect("it has one");
    session.rel(right, Right::LEFT).set(left)?;
    session.commit()?;
    assert_eq!(session.rel(right, Right::LEFT).load()?, Some(left));
    drop(session);
    engine.drop_all(schema![Left, Right])
}

fn a_mapping_that_contradicts_itself_creates_nothing(db: &Db) -> Result<()> {
    let engine = db.builder("sqlite://").build()?;
    let recorder = engine.record();
    let refused = engine.create_all(schema![Writer, Crooked, Member]).unwrap_err();
    assert!(refused.to_string().contains("Crooked.members"), "{refused}");
    check_kinds(&recorder, "");
    Ok(())
}
