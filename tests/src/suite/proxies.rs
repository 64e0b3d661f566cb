//! Association proxies: attributes of the entities at the other end, read, changed and asked for as if they were the owner's.

use orm::prelude::*;
use orm::{Error, Result};

use crate::Db;
use crate::sent::{check_kinds, check_silence, check_words};

cases![
    values_of_members_are_read_added_and_removed,
    a_set_of_values_adds_each_once,
    assigned_values_keep_the_members_that_have_them,
    entities_behind_members_are_a_list,
    a_creator_reads_the_entity_of_its_value,
    a_new_entity_is_added_through_a_proxy,
    keyed_values_are_a_map,
    assigned_pairs_replace_the_map,
    a_value_of_the_other_end_is_read_and_set,
    a_missing_other_end_is_created,
    a_proxy_leads_to_a_proxy,
    a_proxy_leads_to_a_collection,
    queries_ask_for_values,
    queries_ask_for_entities,
    queries_ask_through_two_proxies,
    queries_ask_for_the_other_end,
    a_proxy_over_its_own_table_is_asked,
    expired_members_are_read_again,
    a_rollback_takes_values_back,
    an_unknown_owner_is_an_error,
];

#[derive(Entity, Debug, Default)]
#[entity(table = "author")]
struct Author {
    #[entity(primary_key)]
    id: Auto<i64>,
    name: String,
    #[entity(inverse = "author", cascade = "all, delete-orphan")]
    keywords: HasMany<Keyword>,
    #[entity(inverse = "author", key = "name", cascade = "all, delete-orphan")]
    facts: HasMany<Fact>,
    #[entity(inverse = "author", cascade = "all, delete-orphan", order_by = "id")]
    readings: HasMany<Reading>,
    #[entity(inverse = "author", key = "name", cascade = "all, delete-orphan")]
    groups: HasMany<Group>,
    shelf: BelongsTo<Option<Shelf>>,
    mentor: BelongsTo<Option<Self>>,
}

impl Author {
    const WORDS: Proxy<Self, Keyword, ToMany, String> =
        Self::KEYWORDS.proxy_values(Keyword::WORD, |word| Keyword { word, ..Keyword::default() });
    const FACT: Proxy<Self, Fact, Keyed<String>, Option<i64>> =
        Self::FACTS.proxy_values(Fact::VALUE, |name, value| Fact { name, value, ..Fact::default() });
    const BOOKS: Proxy<Self, Reading, ToMany, Key<Book>> = Self::READINGS.proxy_entities(Reading::BOOK, Reading::of);
    const PRICED: Proxy<Self, Reading, ToMany, Key<Book>> = Self::READINGS
        .proxy_entities_reading(Reading::BOOK, |key, book| Reading { price: book.price, ..Reading::of(key) });
    const SETS: Proxy<Self, Group, Keyed<String>, Proxy<Group, Number, ToMany, i64>> =
        Self::GROUPS.proxy_inner(Group::VALUES, |name| Group { name, ..Group::default() });
    const ROOM: Proxy<Self, Shelf, ToOne, String> =
        Self::SHELF.proxy_values(Shelf::ROOM, |room| Shelf { room, ..Shelf::default() });
    const STORED: Proxy<Self, Shelf, ToOne, Relationship<Shelf, Book, ToMany>> =
        Self::SHELF.proxy_inner(Shelf::BOOKS, Shelf::default);
    const MENTOR_NAME: Proxy<Self, Self, ToOne, String, NoCreator> = Proxy::without_creator(Self::MENTOR, Self::NAME);
}

#[derive(Entity, Debug, Default)]
#[entity(table = "keyword")]
struct Keyword {
    #[entity(primary_key)]
    id: Auto<i64>,
    word: String,
    #[entity(inverse = "keywords")]
    author: BelongsTo<Author>,
}

impl Keyword {
    const AUTHOR_SHELF: Proxy<Self, Author, ToOne, Key<Shelf>, NoCreator> =
        Proxy::without_creator(Self::AUTHOR, Author::SHELF);
}

#[derive(Entity, Debug, Default)]
#[entity(table = "fact")]
struct Fact {
    #[entity(primary_key, inverse = "facts")]
    author: BelongsTo<Author>,
    #[entity(primary_key, length = 30)]
    name: String,
    value: Option<i64>,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "reading")]
struct Reading {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "readings")]
    author: BelongsTo<Author>,
    book: BelongsTo<Book>,
    price: i64,
}

impl Reading {
    fn of(book: Key<Book>) -> Self {
        Self { book: BelongsTo::to(book), ..Self::default() }
    }
}

#[derive(Entity, Debug, Default)]
#[entity(table = "book")]
struct Book {
    #[entity(primary_key)]
    id: Auto<i64>,
    title: String,
    price: i64,
    #[entity(inverse = "books")]
    shelf: BelongsTo<Option<Shelf>>,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "shelf")]
struct Shelf {
    #[entity(primary_key)]
    id: Auto<i64>,
    room: String,
    #[entity(inverse = "shelf")]
    books: HasMany<Book>,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "number_group")]
struct Group {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 30)]
    name: String,
    #[entity(inverse = "groups")]
    author: BelongsTo<Author>,
    #[entity(inverse = "group", cascade = "all, delete-orphan")]
    numbers: HasMany<Number>,
}

impl Group {
    const VALUES: Proxy<Self, Number, ToMany, i64> =
        Self::NUMBERS.proxy_values(Number::VALUE, |value| Number { value, ..Number::default() });
}

#[derive(Entity, Debug, Default)]
#[entity(table = "number")]
struct Number {
    #[entity(primary_key)]
    id: Auto<i64>,
    value: i64,
    #[entity(inverse = "numbers")]
    group: BelongsTo<Group>,
}

fn engine(db: &Db) -> Result<Engine> {
    db.engine(schema![Author, Keyword, Fact, Reading, Book, Shelf, Group, Number])
}

fn author(session: &mut Session, name: &str) -> Key<Author> {
    session.add(Author { name: name.to_owned(), ..Author::default() })
}

fn book(session: &mut Session, title: &str, price: i64) -> Key<Book> {
    session.add(Book { title: title.to_owned(), price, ..Book::default() })
}

fn values_of_members_are_read_added_and_removed(db: &Db) -> Result<()> {
    let mut session = Session::new(&engine(db)?);
    let ed = author(&mut session, "ed");
    session.proxy(ed, Author::WORDS).extend(["rust", "sql"])?;
    let keyword = session.proxy(ed, Author::WORDS).push("rust")?;
    assert_eq!(session[keyword].word, "rust");
    session.commit()?;
    let recorder = session.engine().record();
    assert_eq!(session.proxy(ed, Author::WORDS).load()?, ["rust", "sql", "rust"]);
    assert!(session.proxy(ed, Author::WORDS).contains("sql")?);
    assert!(!session.proxy(ed, Author::WORDS).contains("java")?);
    check_kinds(&recorder, "begin select");
    assert!(session.proxy(ed, Author::WORDS).remove("rust")?);
    assert!(!session.proxy(ed, Author::WORDS).remove("java")?);
    session.commit()?;
    check_kinds(&recorder, "delete commit");
    assert_eq!(session.proxy(ed, Author::WORDS).load()?, ["sql", "rust"]);
    session.proxy(ed, Author::WORDS).clear()?;
    session.commit()?;
    assert_eq!(session.query::<Keyword>().count()?, 0);
    Ok(())
}

fn a_set_of_values_adds_each_once(db: &Db) -> Result<()> {
    let mut session = Session::new(&engine(db)?);
    let ed = author(&mut session, "ed");
    assert!(session.proxy(ed, Author::WORDS).insert("rust")?);
    assert!(!session.proxy(ed, Author::WORDS).insert("rust")?);
    session.commit()?;
    assert!(!session.proxy(ed, Author::WORDS).insert("rust")?, "the members are loaded first");
    assert!(session.proxy(ed, Author::WORDS).insert("sql")?);
    session.commit()?;
    assert_eq!(session.query::<Keyword>().count()?, 2);
    Ok(())
}

fn assigned_values_keep_the_members_that_have_them(db: &Db) -> Result<()> {
    let mut session = Session::new(&engine(db)?);
    let ed = author(&mut session, "ed");
    session.proxy(ed, Author::WORDS).set(["a", "b", "b"])?;
    session.commit()?;
    let before = session.rel(ed, Author::KEYWORDS).load()?;
    session.proxy(ed, Author::WORDS).set(["b", "c", "a"])?;
    let after = session.rel(ed, Author::KEYWORDS).load()?;
    assert_eq!((after[0], after[2]), (before[1], before[0]), "members whose value stays");
    assert_eq!(session[after[1]].word, "c");
    let recorder = session.engine().record();
    session.commit()?;
    check_kinds(&recorder, "insert delete commit");
    assert_eq!(session.query::<Keyword>().count()?, 3);
    Ok(())
}

fn entities_behind_members_are_a_list(db: &Db) -> Result<()> {
    let mut session = Session::new(&engine(db)?);
    let ed = author(&mut session, "ed");
    let (emma, ulysses) = (book(&mut session, "Emma", 5), book(&mut session, "Ulysses", 9));
    session.proxy(ed, Author::BOOKS).push(emma)?;
    session.proxy(ed, Author::BOOKS).push(ulysses)?;
    session.commit()?;
    assert_eq!(session.proxy(ed, Author::BOOKS).load()?, [emma, ulysses]);
    assert!(session.proxy(ed, Author::BOOKS).contains(emma)?);
    assert!(session.proxy(ed, Author::BOOKS).remove(emma)?);
    session.commit()?;
    assert_eq!(session.proxy(ed, Author::BOOKS).load()?, [ulysses]);
    assert_eq!((session.query::<Reading>().count()?, session.query::<Book>().count()?), (1, 2));
    Ok(())
}

fn a_creator_reads_the_entity_of_its_value(db: &Db) -> Result<()> {
    let mut session = Session::new(&engine(db)?);
    let (ed, emma) = (author(&mut session, "ed"), book(&mut session, "Emma", 5));
    session.commit()?;
    let recorder = session.engine().record();
    let reading = session.proxy(ed, Author::PRICED).push(emma)?;
    check_kinds(&recorder, "begin select");
    assert_eq!(session[reading].price, 5);
    session.proxy(ed, Author::PRICED).push(emma)?;
    check_silence(&recorder);
    session.commit()?;
    assert_eq!(session.proxy(ed, Author::PRICED).load()?, [emma, emma]);
    Ok(())
}

fn a_new_entity_is_added_through_a_proxy(db: &Db) -> Result<()> {
    let mut session = Session::new(&engine(db)?);
    let ed = author(&mut session, "ed");
    session.proxy(ed, Author::PRICED).push(Book { title: "Emma".into(), price: 5, ..Book::default() })?;
    session.commit()?;
    let books = session.proxy(ed, Author::BOOKS).load()?;
    assert_eq!(session.load(books[0])?.title, "Emma");
    let reading = session.query::<Reading>().one()?;
    assert_eq!(session[reading].price, 5);
    Ok(())
}

fn keyed_values_are_a_map(db: &Db) -> Result<()> {
    let mut session = Session::new(&engine(db)?);
    let ed = author(&mut session, "ed");
    assert_eq!(session.proxy(ed, Author::FACT).insert("age", Some(30))?, None);
    assert_eq!(session.proxy(ed, Author::FACT).insert("height", None)?, None);
    session.commit()?;
    let recorder = session.engine().record();
    assert_eq!(session.proxy(ed, Author::FACT).get("age")?, Some(Some(30)));
    check_kinds(&recorder, "begin select");
    assert_eq!(session.proxy(ed, Author::FACT).get("height")?, Some(None));
    assert_eq!(session.proxy(ed, Author::FACT).get("weight")?, None);
    assert_eq!(session.proxy(ed, Author::FACT).insert("age", Some(31))?, Some(Some(30)));
    assert_eq!(session.proxy(ed, Author::FACT).insert("height", None)?, Some(None), "the same value");
    session.commit()?;
    check_kinds(&recorder, "update commit");
    let mut facts = session.proxy(ed, Author::FACT).load()?;
    facts.sort();
    assert_eq!(facts, [("age".to_owned(), Some(31)), ("height".to_owned(), None)]);
    assert_eq!(session.proxy(ed, Author::FACT).remove("age")?, Some(Some(31)));
    assert_eq!(session.proxy(ed, Author::FACT).remove("age")?, None);
    session.commit()?;
    assert_eq!(session.query::<Fact>().count()?, 1);
    Ok(())
}

fn assigned_pairs_replace_the_map(db: &Db) -> Result<()> {
    let mut session = Session::new(&engine(db)?);
    let ed = author(&mut session, "ed");
    session.proxy(ed, Author::FACT).set([("a", Some(1)), ("b", Some(2))])?;
    session.commit()?;
    session.proxy(ed, Author::FACT).set([("b", Some(3)), ("c", Some(4))])?;
    let recorder = session.engine().record();
    session.commit()?;
    check_kinds(&recorder, "update insert delete commit");
    let mut facts = session.proxy(ed, Author::FACT).load()?;
    facts.sort();
    assert_eq!(facts, [("b".to_owned(), Some(3)), ("c".to_owned(), Some(4))]);
    Ok(())
}

fn a_value_of_the_other_end_is_read_and_set(db: &Db) -> Result<()> {
    let mut session = Session::new(&engine(db)?);
    let ed = author(&mut session, "ed");
    let shelf = session.add(Shelf { room: "hall".into(), ..Shelf::default() });
    session.rel(ed, Author::SHELF).set(shelf)?;
    session.commit()?;
    assert_eq!(session.proxy(ed, Author::ROOM).load()?.as_deref(), Some("hall"));
    let recorder = session.engine().record();
    session.proxy(ed, Author::ROOM).set("hall")?;
    session.flush()?;
    check_silence(&recorder);
    session.proxy(ed, Author::ROOM).set("attic")?;
    session.commit()?;
    check_kinds(&recorder, "update commit");
    assert_eq!(session.load(shelf)?.room, "attic");
    let keyword = session.rel(ed, Author::KEYWORDS).push(Keyword { word: "x".into(), ..Keyword::default() })?;
    assert_eq!(session.proxy(keyword, Keyword::AUTHOR_SHELF).load()?, Some(shelf));
    Ok(())
}

fn a_missing_other_end_is_created(db: &Db) -> Result<()> {
    let mut session = Session::new(&engine(db)?);
    let ed = author(&mut session, "ed");
    session.commit()?;
    assert_eq!(session.proxy(ed, Author::ROOM).load()?, None);
    session.proxy(ed, Author::ROOM).set("attic")?;
    let recorder = session.engine().record();
    session.commit()?;
    check_kinds(&recorder, "insert update commit");
    assert_eq!(session.proxy(ed, Author::ROOM).load()?.as_deref(), Some("attic"));
    assert_eq!(session.proxy(ed, Author::MENTOR_NAME).load()?, None);
    Ok(())
}

fn a_proxy_leads_to_a_proxy(db: &Db) -> Result<()> {
    let mut session = Session::new(&engine(db)?);
    let ed = author(&mut session, "ed");
    session.proxy(ed, Author::SETS).entry("1")?.extend([1, 2, 3])?;
    let recorder = session.engine().record();
    session.commit()?;
    check_kinds(&recorder, "begin insert insert insert commit");
    let numbers = session.proxy(ed, Author::SETS).inner("1")?.expect("there is one").load()?;
    assert_eq!(numbers, [1, 2, 3]);
    check_kinds(&recorder, "begin select select");
    assert!(session.proxy(ed, Author::SETS).entry("1")?.insert(4)?);
    assert!(!session.proxy(ed, Author::SETS).entry("1")?.insert(3)?);
    session.commit()?;
    check_kinds(&recorder, "insert commit");
    assert!(session.proxy(ed, Author::SETS).inner("2")?.is_none());
    session.proxy(ed, Author::SETS).entry("2")?.set([7])?;
    session.commit()?;
    assert_eq!(session.proxy(ed, Author::SETS).keys()?, ["1", "2"]);
    assert!(session.proxy(ed, Author::SETS).take_out("1")?);
    assert!(!session.proxy(ed, Author::SETS).take_out("1")?);
    session.commit()?;
    assert_eq!((session.query::<Group>().count()?, session.query::<Number>().count()?), (1, 1));
    Ok(())
}

fn a_proxy_leads_to_a_collection(db: &Db) -> Result<()> {
    let mut session = Session::new(&engine(db)?);
    let ed = author(&mut session, "ed");
    assert!(session.proxy(ed, Author::STORED).inner()?.is_none());
    session.proxy(ed, Author::STORED).entry()?.push(Book { title: "Emma".into(), ..Book::default() })?;
    session.commit()?;
    let books = session.proxy(ed, Author::STORED).inner()?.expect("a shelf").load()?;
    assert_eq!(session[books[0]].title, "Emma");
    let found = session.query::<Author>().filter(Author::STORED.has(Book::TITLE.eq("Emma"))).one()?;
    assert_eq!(found, ed);
    assert_eq!(session.query::<Author>().filter(Author::STORED.has(Book::TITLE.eq("Ulysses"))).count()?, 0);
    Ok(())
}

/// A session, two authors, two books.
type Library = (Session, [Key<Author>; 2], [Key<Book>; 2]);

/// Ed with two words, two books, two facts, a shelf and a mentor; wendy with other ones.
fn library(db: &Db) -> Result<Library> {
    let mut session = Session::new(&engine(db)?);
    let [ed, wendy] = ["ed", "wendy"].map(|name| author(&mut session, name));
    let books = [book(&mut session, "Emma", 5), book(&mut session, "Ulysses", 9)];
    session.proxy(ed, Author::WORDS).extend(["rust", "sql"])?;
    session.proxy(wendy, Author::WORDS).extend(["java"])?;
    session.proxy(ed, Author::BOOKS).push(books[0])?;
    session.proxy(wendy, Author::BOOKS).extend(books)?;
    session.proxy(ed, Author::FACT).insert("age", Some(30))?;
    session.proxy(ed, Author::ROOM).set("hall")?;
    session.proxy(ed, Author::SETS).entry("1")?.extend([1, 2])?;
    session.rel(ed, Author::MENTOR).set(wendy)?;
    session.commit()?;
    Ok((session, [ed, wendy], books))
}

fn queries_ask_for_values(db: &Db) -> Result<()> {
    let (mut session, [ed, wendy], _) = library(db)?;
    let recorder = session.engine().record();
    let mut ask = |criterion: Expr<bool>| session.query::<Author>().filter(criterion).order_by(Author::NAME).all();
    assert_eq!(ask(Author::WORDS.contains("sql"))?, [ed]);
    check_words(
        db,
        &recorder,
        &[
            "BEGIN",
            "SELECT author.id, author.name, author.shelf_id, author.mentor_id FROM author WHERE EXISTS \
           (SELECT 1 FROM keyword WHERE author.id = keyword.author_id AND keyword.word = ?) ORDER BY author.name",
        ],
    );
    assert_eq!(ask(not_(Author::WORDS.contains("sql")))?, [wendy]);
    assert_eq!(ask(Author::WORDS.any(Keyword::WORD.like("%a%")))?, [wendy]);
    assert_eq!(ask(Author::FACT.contains(30))?, [ed]);
    assert_eq!(ask(Author::FACT.any(Fact::NAME.eq("age").and(Fact::VALUE.gt(20))))?, [ed]);
    assert_eq!(ask(Author::FACT.is_empty())?, [wendy]);
    Ok(())
}

fn queries_ask_for_entities(db: &Db) -> Result<()> {
    let (mut session, [ed, wendy], [emma, ulysses]) = library(db)?;
    let [emma, ulysses] = [emma, ulysses].map(|book| session[book].id.get().expect("a key"));
    let mut ask = |criterion: Expr<bool>| session.query::<Author>().filter(criterion).order_by(Author::NAME).all();
    assert_eq!(ask(Author::BOOKS.contains(emma))?, [ed, wendy]);
    assert_eq!(ask(Author::BOOKS.contains(ulysses))?, [wendy]);
    assert_eq!(ask(Author::BOOKS.any(Book::PRICE.gt(6)))?, [wendy]);
    Ok(())
}

fn queries_ask_through_two_proxies(db: &Db) -> Result<()> {
    let (mut session, [ed, _], _) = library(db)?;
    let mut ask = |criterion: Expr<bool>| session.query::<Author>().filter(criterion).all();
    assert_eq!(ask(Author::SETS.any(Number::VALUE.eq(2)))?, [ed]);
    assert!(ask(Author::SETS.any(Number::VALUE.eq(3)))?.is_empty());
    Ok(())
}

fn queries_ask_for_the_other_end(db: &Db) -> Result<()> {
    let (mut session, [ed, wendy], _) = library(db)?;
    let shelf = session.rel(ed, Author::SHELF).one()?;
    let shelf = session.load(shelf)?.id.get().expect("a key");
    let mut ask = |criterion: Expr<bool>| session.query::<Author>().filter(criterion).all();
    assert_eq!(ask(Author::ROOM.eq("hall"))?, [ed]);
    assert!(ask(Author::ROOM.ne("hall"))?.is_empty());
    assert_eq!(ask(Author::ROOM.ne("attic"))?, [ed]);
    assert_eq!(ask(Author::ROOM.is_null())?, [wendy]);
    assert_eq!(ask(Author::ROOM.has(Shelf::ROOM.like("h%")))?, [ed]);
    let keywords = session.query::<Keyword>().filter(Keyword::AUTHOR_SHELF.is(shelf)).count()?;
    let without = session.query::<Keyword>().filter(Keyword::AUTHOR_SHELF.is_null()).count()?;
    assert_eq!((keywords, without), (2, 1));
    Ok(())
}

fn a_proxy_over_its_own_table_is_asked(db: &Db) -> Result<()> {
    let (mut session, [ed, wendy], _) = library(db)?;
    assert_eq!(session.proxy(ed, Author::MENTOR_NAME).load()?.as_deref(), Some("wendy"));
    let pupils = session.query::<Author>().filter(Author::MENTOR_NAME.eq("wendy")).all()?;
    assert_eq!(pupils, [ed]);
    let others = session.query::<Author>().filter(Author::MENTOR_NAME.is_null()).all()?;
    assert_eq!(others, [wendy]);
    Ok(())
}

fn expired_members_are_read_again(db: &Db) -> Result<()> {
    let engine = engine(db)?;
    let mut session = Session::new(&engine);
    let ed = author(&mut session, "ed");
    session.proxy(ed, Author::WORDS).extend(["a", "b"])?;
    session.commit()?;
    let members = session.rel(ed, Author::KEYWORDS).load()?;
    session.execute(&text("UPDATE keyword SET word = 'c' WHERE word = 'a'"))?;
    session.expire(members[0])?;
    assert_eq!(session.proxy(ed, Author::WORDS).load()?, ["c", "b"]);
    Ok(())
}

fn a_rollback_takes_values_back(db: &Db) -> Result<()> {
    let mut session = Session::new(&engine(db)?);
    let ed = author(&mut session, "ed");
    session.proxy(ed, Author::WORDS).extend(["a"])?;
    session.proxy(ed, Author::ROOM).set("hall")?;
    session.proxy(ed, Author::FACT).insert("age", Some(1))?;
    session.commit()?;
    session.proxy(ed, Author::WORDS).set(["b", "c"])?;
    session.proxy(ed, Author::ROOM).set("attic")?;
    session.proxy(ed, Author::FACT).insert("age", Some(2))?;
    session.flush()?;
    session.rollback()?;
    assert_eq!(session.proxy(ed, Author::WORDS).load()?, ["a"]);
    assert_eq!(session.proxy(ed, Author::ROOM).load()?.as_deref(), Some("hall"));
    assert_eq!(session.proxy(ed, Author::FACT).get("age")?, Some(Some(1)));
    Ok(())
}

fn an_unknown_owner_is_an_error(db: &Db) -> Result<()> {
    let engine = engine(db)?;
    let (mut session, mut other) = (Session::new(&engine), Session::new(&engine));
    let ed = author(&mut other, "ed");
    assert!(matches!(session.proxy(ed, Author::WORDS).load(), Err(Error::UnknownKey { .. })));
    assert!(matches!(session.proxy(ed, Author::WORDS).push("a"), Err(Error::UnknownKey { .. })));
    assert!(matches!(session.proxy(ed, Author::ROOM).set("hall"), Err(Error::UnknownKey { .. })));
    assert!(session.pending::<Keyword>().is_empty() && session.pending::<Shelf>().is_empty(), "nothing is added");
    Ok(())
}
