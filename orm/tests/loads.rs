//! Queries and loads on a database, where two features meet: what comes back, and what was sent.
#![allow(missing_docs, reason = "tests")]

use orm::engine::text;
use orm::prelude::*;

#[derive(Entity, Debug, Default)]
struct Writer {
    #[entity(primary_key)]
    id: Auto<i64>,
    name: String,
    #[entity(inverse = "writer", order_by = "id")]
    books: HasMany<Book>,
}

#[derive(Entity, Debug, Default)]
struct Book {
    #[entity(primary_key)]
    id: Auto<i64>,
    name: String,
    #[entity(inverse = "books")]
    writer: BelongsTo<Option<Writer>>,
    #[entity(secondary = "book_topic", inverse = "books", order_by = "word")]
    topics: ManyToMany<Topic>,
}

#[derive(Entity, Debug, Default)]
struct Topic {
    #[entity(primary_key)]
    word: String,
    #[entity(secondary = "book_topic", inverse = "topics", order_by = "id")]
    books: ManyToMany<Book>,
}

/// Has a column that is called as the keys are that a query around it sorts by.
#[derive(Entity, Debug, Default)]
struct Rank {
    #[entity(primary_key)]
    id: Auto<i64>,
    order_2: i64,
    #[entity(inverse = "rank")]
    steps: HasMany<Step>,
}

#[derive(Entity, Debug, Default)]
struct Step {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "steps")]
    rank: BelongsTo<Rank>,
}

/// A hierarchy whose classes have a table each, and three of them for the rows of a bird.
#[derive(Entity, Debug)]
#[entity(inheritance = "joined", discriminator = "kind")]
enum Animal {
    Creature(Creature),
    Bird(Bird),
    Parrot(Parrot),
}

#[derive(Entity, Debug, Default)]
#[entity(root = "Animal")]
struct Creature {
    #[entity(primary_key)]
    id: Auto<i64>,
}

#[derive(Entity, Debug, Default)]
#[entity(root = "Animal")]
struct Bird {
    #[entity(base)]
    creature: Creature,
    mother: BelongsTo<Option<Self>>,
}

#[derive(Entity, Debug, Default)]
#[entity(root = "Animal")]
struct Parrot {
    #[entity(base)]
    bird: Bird,
    words: i64,
}

/// Two writers, three books of theirs and one of nobody's, and three topics.
fn session() -> orm::Result<Session> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![Writer, Book, Topic])?;
    let mut session = Session::new(&engine);
    session.with_connection(|connection| {
        for rows in [
            "writer (id, name) VALUES (1, 'ann'), (2, 'bob'), (3, 'cid')",
            "book (id, name, writer_id) VALUES (1, 'one', 1), (2, 'two', 1), (3, 'three', 2), (4, 'four', NULL)",
            "topic (word) VALUES ('art'), ('bread'), ('cats')",
            "book_topic (book_id, topic_id) VALUES (1, 'art'), (1, 'bread'), (1, 'cats'), (2, 'bread'), (3, 'cats')",
        ] {
            connection.execute(&text(format!("INSERT INTO {rows}")))?;
        }
        Ok(())
    })?;
    session.commit()?;
    Ok(session)
}

#[test]
fn there_is_no_first_of_no_rows() -> orm::Result<()> {
    let mut session = session()?;
    let names = select(Writer::NAME).order_by(Writer::NAME.desc());
    assert_eq!(session.first(&names)?.as_deref(), Some("cid"));
    assert_eq!(session.first(names.clone().limit(2))?.as_deref(), Some("cid"));
    assert_eq!(session.first(names.limit(0))?, None);
    Ok(())
}

/// A count of no rows is a row.
#[test]
fn an_aggregate_exists_without_rows() -> orm::Result<()> {
    let mut session = session()?;
    let none = select(count(Book::ID)).filter(Book::NAME.eq("none"));
    assert_eq!(session.all(select((none.clone().exists(), exists(none))))?, [(true, true)]);
    let labeled = select((Book::ID, upper(Book::NAME).label("n"))).order_by("n");
    assert_eq!(session.all(select((labeled.clone().exists(), exists(labeled))))?, [(true, true)]);
    Ok(())
}

/// Links to other topics give no rows of their own.
#[test]
fn an_outer_join_on_a_condition_goes_through_a_table_between() -> orm::Result<()> {
    let mut session = session()?;
    let books = select((Book::NAME, optional(Topic::WORD))).order_by(Book::ID);
    let found = session.all(books.clone().left_join(Book::TOPICS.and(Topic::WORD.eq("bread"))))?;
    let found: Vec<_> = found.iter().map(|(name, word)| (name.as_str(), word.as_deref())).collect();
    assert_eq!(found, [("one", Some("bread")), ("two", Some("bread")), ("three", None), ("four", None)]);
    let cats = select(entity::<Topic>()).filter(Topic::WORD.eq("cats")).as_subquery("cats");
    let count = count(cats.column::<String>("word")).label("n");
    let counts = select((Book::NAME, count)).left_join(Book::TOPICS.onto(&cats)).group_by("name").order_by(Book::ID);
    let counts = session.all(counts)?;
    assert_eq!(counts.iter().map(|(_, count)| *count).collect::<Vec<_>>(), [1, 0, 1, 0]);
    let both = books.left_join(Book::TOPICS.and(Topic::WORD.eq("art")));
    let other = alias::<Topic>("other");
    let both = both.left_join(Book::TOPICS.onto(&other).and(other.column(Topic::WORD).gt("art")));
    assert_eq!(session.all(both)?.len(), 5);
    // A joined load keeps clear of the names in the parentheses.
    let topic = alias::<Topic>("topic_1");
    let query = select(entity::<Book>()).left_join(Book::TOPICS.onto(&topic).and(topic.column(Topic::WORD).eq("art")));
    let books = session.all(query.order_by(Book::ID).options(joined(Book::TOPICS)))?;
    let loaded = books.iter().map(|book| session[*book].topics.loaded().map(|topics| topics.len()));
    assert_eq!(loaded.collect::<Vec<_>>(), [Some(3), Some(1), Some(1), Some(0)]);
    Ok(())
}

/// It may be more than an expression, and so cannot be selected along; the collection is loaded by a statement of its own then.
#[test]
fn text_sorts_a_query_with_a_limit_and_a_joined_collection() -> orm::Result<()> {
    let mut session = session()?;
    let recorder = session.engine().record();
    let writers = select(entity::<Writer>()).order_by(text("writer.name DESC")).options(joined(Writer::BOOKS));
    for query in [writers.clone().offset(1).limit(1), writers.clone().filter(Writer::NAME.eq("bob")).distinct()] {
        let writer = session.one(query.populate_existing())?;
        assert_eq!(
            (session[writer].name.as_str(), session[writer].books.loaded().map(|it| it.len())),
            ("bob", Some(1))
        );
    }
    assert_eq!(session.all(writers)?.len(), 3);
    assert_eq!(recorder.take().count(orm::StatementKind::Select), 5);
    Ok(())
}

#[test]
fn the_last_option_about_an_entity_counts_also_where_it_says_what_the_mapping_says() -> orm::Result<()> {
    let mut session = session()?;
    let ann = select(entity::<Writer>()).filter(Writer::NAME.eq("ann"));
    let key = session.one(ann.clone().options(raise(Writer::BOOKS)))?;
    assert!(session.rel(key, Writer::BOOKS).load().is_err());
    // A query that says nothing leaves it so.
    session.one(&ann)?;
    assert!(session.rel(key, Writer::BOOKS).load().is_err());
    session.one(ann.options(lazy(Writer::BOOKS)))?;
    assert_eq!(session.rel(key, Writer::BOOKS).load()?.len(), 2);
    Ok(())
}

/// A database joins some sixty tables at most; what is further away is loaded by statements of its own.
#[test]
fn a_recursion_joins_no_more_tables_than_a_database_takes() -> orm::Result<()> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![Animal])?;
    let mut session = Session::new(&engine);
    let mut youngest = session.add(Bird::default());
    for _ in 0..30 {
        youngest = session.add(Bird { mother: BelongsTo::to(youngest), ..Bird::default() });
    }
    session.commit()?;
    session.expunge_all();
    let recorder = session.engine().record();
    let youngest = select(entity::<Bird>()).order_by(Creature::ID.desc()).limit(1);
    let mut next = Some(session.one(youngest.options(joined(Bird::MOTHER).recurse(u32::MAX)))?);
    let mut generations = 0;
    while let Some(bird) = next {
        generations += 1;
        next = session[bird].mother.loaded();
    }
    assert_eq!(generations, 31);
    let statements = recorder.take().without_transactions();
    let joins: Vec<usize> = statements.sql().iter().map(|sql| sql.matches(" JOIN ").count()).collect();
    assert_eq!(joins, [23; 4]);
    Ok(())
}

/// All at once, or one by one.
#[test]
fn what_options_say_leaves_with_the_entities() -> orm::Result<()> {
    let mut session = session()?;
    let query = select(entity::<Writer>()).options(raise(Writer::BOOKS));
    let mut bytes = Vec::new();
    for round in 0..40 {
        let writers = session.all(&query)?;
        match round % 2 {
            0 => session.expunge_all(),
            _ => writers.into_iter().try_for_each(|writer| session.expunge(writer).map(drop))?,
        }
        bytes.push(session.memory().bookkeeping_bytes);
    }
    assert!(bytes[2..].iter().all(|later| *later <= bytes[1]), "{bytes:?}");
    Ok(())
}

#[test]
fn a_key_to_sort_by_is_no_column_of_the_entity() -> orm::Result<()> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![Rank, Step])?;
    let mut session = Session::new(&engine);
    let ranks = [3, 1, 2].map(|order_2| session.add(Rank { order_2, ..Rank::default() }));
    let (by_column, negated) = (Rank::ORDER_2.desc(), (-Rank::ORDER_2).desc());
    let query = || select(entity::<Rank>()).limit(3).options(joined(Rank::STEPS));
    assert_eq!(session.all(query().order_by(by_column))?, [ranks[0], ranks[2], ranks[1]]);
    assert_eq!(session.all(query().order_by(negated.clone()))?, [ranks[1], ranks[2], ranks[0]]);
    let halves = (Rank::ORDER_2 / 2_i64).asc();
    assert_eq!(session.all(query().order_by((halves, negated)))?, [ranks[1], ranks[2], ranks[0]]);
    Ok(())
}

/// A database may take for equal what is not: then the row that comes is the one that is held, and not another of the same row.
#[test]
fn a_key_in_other_letters_leads_to_the_entity_that_is_held() -> orm::Result<()> {
    let engine = Engine::new("sqlite://")?;
    engine.connect()?.execute(&text("CREATE TABLE topic (word TEXT COLLATE NOCASE PRIMARY KEY NOT NULL)"))?;
    engine.connect()?.execute(&text("INSERT INTO topic (word) VALUES ('Rust')"))?;
    let mut session = Session::new(&engine);
    let rust = session.get::<Topic>("Rust".to_owned())?;
    assert!(rust.is_some());
    let recorder = engine.record();
    assert_eq!(session.get::<Topic>("rust".to_owned())?, rust);
    assert_eq!(recorder.statements().count(orm::StatementKind::Select), 1);
    assert_eq!(session.memory().entities, 1);
    Ok(())
}

/// Each clause is also one of `Select`, whose tests say what it gives.
#[test]
fn a_query_of_a_session_joins_and_takes_rows_as_a_select_does() -> orm::Result<()> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![Writer, Book, Topic])?;
    let mut session = Session::new(&engine);
    let ann = session.add(Writer { name: "ann".to_owned(), ..Writer::default() });
    let bob = session.add(Writer { name: "bob".to_owned(), ..Writer::default() });
    session.rel(ann, Writer::BOOKS).push(Book { name: "one".to_owned(), ..Book::default() })?;
    session.commit()?;

    let book = alias::<Book>("book_1");
    let none = Book::NAME.is_null();
    assert_eq!(session.query::<Writer>().left_join_entity::<Book>().filter(none).all()?, [bob]);
    let wrote = Book::NAME.eq("one").and(Book::WRITER_ID.eq(Writer::ID));
    let all = session.query::<Writer>().left_join_on::<Book>(wrote).order_by(Writer::ID).all()?;
    assert_eq!(all, [ann, bob]);
    let wrote = book.column(Book::WRITER_ID).eq(Writer::ID);
    assert_eq!(session.query::<Writer>().join_to(&book, wrote.clone()).all()?, [ann]);
    let all = session.query::<Writer>().left_join_to(&book, wrote).order_by(Writer::ID).all()?;
    assert_eq!(all, [ann, bob]);
    let recorder = engine.record();
    let none = session
        .query::<Writer>()
        .select_from(table("book"))
        .select_from(table("writer"))
        .filter(Writer::NAME.eq("nobody"));
    assert_eq!(none.all()?, []);
    assert!(recorder.take().sql()[0].contains(" FROM book, writer WHERE "));
    Ok(())
}
