//! Columns that rows are read without: which statements load them, and what the session knows of them.

use orm::prelude::*;
use orm::{Error, Result};

use crate::Db;
use crate::sent::{check_kinds, check_silence, check_words};

cases![
    a_query_leaves_deferred_columns_out,
    get_and_load_leave_deferred_columns_out,
    load_column_sends_one_select_for_the_column,
    a_group_is_loaded_together,
    null_is_loaded_and_not_loaded_is_no_value,
    several_entities_share_a_statement,
    undefer_selects_the_column_with_the_row,
    undefer_takes_groups_everything_and_several_columns,
    the_last_option_for_a_column_counts,
    load_only_leaves_out_what_it_does_not_name,
    undefer_fills_an_entity_in_memory,
    undefer_keeps_an_edit_in_memory,
    a_query_without_undefer_keeps_what_is_loaded,
    an_expired_entity_loses_its_deferred_column_to_a_query,
    refresh_reads_what_is_loaded,
    load_column_reads_an_expired_row,
    load_column_of_several_reads_expired_rows,
    populate_existing_unloads_what_it_does_not_read,
    options_nest_under_relationships,
    joined_loads_take_deferred_columns,
    contains_eager_takes_deferred_columns,
    lazy_loads_keep_the_options_of_their_query,
    limits_count_entities_beside_joined_collections,
    distinct_and_groups_take_deferred_columns,
    values_are_read_without_deferred_columns,
    rows_that_are_streamed_take_deferred_columns,
    columns_are_selected_filtered_and_sorted_by,
    an_alias_takes_deferred_columns,
    a_subquery_that_lacks_the_column_is_refused,
    raise_refuses_the_load,
    raise_of_the_mapping_refuses_the_load,
    options_for_nothing_are_refused,
    load_column_of_what_has_no_row_is_refused,
    criteria_hold_for_deferred_columns,
];

#[derive(Entity, Debug, Default)]
struct Author {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 50)]
    name: String,
    #[entity(text)]
    bio: Deferred<Option<String>>,
    #[entity(inverse = "author", cascade = "all, delete-orphan", order_by = "id")]
    books: HasMany<Book>,
}

#[derive(Entity, Debug, Default)]
struct Book {
    #[entity(group = "texts", text)]
    summary: Deferred<String>,
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 50)]
    title: String,
    #[entity(group = "texts", length = 50)]
    blurb: Deferred<Option<String>>,
    cover: Deferred<Option<Vec<u8>>>,
    #[entity(inverse = "books")]
    author: BelongsTo<Option<Author>>,
    #[entity(lazy = "raise")]
    index: Deferred<Option<i32>>,
}

impl Book {
    fn with(title: &str, summary: &str) -> Self {
        Self {
            title: title.into(),
            summary: Deferred::new(summary.into()),
            cover: Deferred::new(Some(vec![1, 2, 3])),
            ..Self::default()
        }
    }
}

/// An author with two books, none of whom is in memory.
fn shelf(db: &Db) -> Result<Session> {
    let mut session = Session::new(&db.engine(schema![Author, Book])?);
    session.add(Author {
        name: "Herbert".into(),
        bio: Deferred::new(Some("Wrote.".into())),
        books: HasMany::of([Book::with("Dune", "Sand."), Book::with("Soul", "Fire.")]),
        ..Author::default()
    });
    session.commit()?;
    session.expunge_all();
    Ok(session)
}

fn dune(session: &mut Session) -> Result<Key<Book>> {
    session.query::<Book>().filter(Book::TITLE.eq("Dune")).one()
}

fn summary(session: &Session, book: Key<Book>) -> Option<String> {
    session[book].summary.loaded().cloned()
}

fn a_query_leaves_deferred_columns_out(db: &Db) -> Result<()> {
    let mut session = shelf(db)?;
    let recorder = session.engine().record();
    let books = session.query::<Book>().order_by(Book::ID).all()?;
    check_words(db, &recorder, &["BEGIN", "SELECT book.id, book.title, book.author_id FROM book ORDER BY book.id"]);
    for book in books {
        assert_eq!((&session[book].summary, &session[book].cover), (&Deferred::NotLoaded, &Deferred::NotLoaded));
        assert!(!session.is_modified(book)?);
    }
    session.flush()?;
    check_silence(&recorder);
    Ok(())
}

fn get_and_load_leave_deferred_columns_out(db: &Db) -> Result<()> {
    let mut session = shelf(db)?;
    let recorder = session.engine().record();
    let author = session.get::<Author>(1)?.unwrap();
    assert_eq!((session[author].name.as_str(), session[author].bio.is_loaded()), ("Herbert", false));
    check_words(db, &recorder, &["BEGIN", "SELECT author.id, author.name FROM author WHERE author.id = ?"]);
    let book = session.get::<Book>(1)?.unwrap();
    assert_eq!((session[book].title.as_str(), summary(&session, book)), ("Dune", None));
    session.commit()?;
    recorder.take();
    assert_eq!(session.load(book)?.title, "Dune");
    assert_eq!(session.get::<Author>(1)?, Some(author));
    check_words(
        db,
        &recorder,
        &[
            "BEGIN",
            "SELECT book.id, book.title, book.author_id FROM book WHERE book.id = ?",
            "SELECT author.id, author.name FROM author WHERE author.id = ?",
        ],
    );
    let books = session.rel(author, Author::BOOKS).load()?;
    assert_eq!(books.len(), 2);
    assert!(books.iter().all(|book| !session[*book].summary.is_loaded()));
    Ok(())
}

fn load_column_sends_one_select_for_the_column(db: &Db) -> Result<()> {
    let mut session = shelf(db)?;
    let book = dune(&mut session)?;
    let recorder = session.engine().record();
    assert_eq!(session.load_column(book, Book::COVER)?.as_deref(), Some([1, 2, 3].as_slice()));
    check_words(db, &recorder, &["SELECT book.id, book.cover FROM book WHERE book.id = ?"]);
    assert_eq!(session.load_column(book, Book::COVER)?.as_deref(), Some([1, 2, 3].as_slice()));
    assert!(!session.is_modified(book)?);
    session.flush()?;
    check_silence(&recorder);
    assert_eq!(summary(&session, book), None);
    Ok(())
}

fn a_group_is_loaded_together(db: &Db) -> Result<()> {
    let mut session = shelf(db)?;
    let book = dune(&mut session)?;
    let recorder = session.engine().record();
    assert_eq!(session.load_column(book, Book::BLURB)?, &None);
    check_words(db, &recorder, &["SELECT book.id, book.summary, book.blurb FROM book WHERE book.id = ?"]);
    assert_eq!(summary(&session, book).as_deref(), Some("Sand."));
    assert_eq!(session.load_column(book, Book::SUMMARY)?, "Sand.");
    check_silence(&recorder);
    Ok(())
}

fn null_is_loaded_and_not_loaded_is_no_value(db: &Db) -> Result<()> {
    let mut session = shelf(db)?;
    let book = session.add(Book { cover: Deferred::NotLoaded, ..Book::with("Empty", "None.") });
    session.flush()?;
    assert_eq!(session[book].cover, Deferred::NotLoaded);
    assert_eq!(session.load_column(book, Book::COVER)?, &None);
    assert_eq!(session[book].cover, Deferred::new(None));
    assert!(!session.is_modified(book)?);
    Ok(())
}

fn several_entities_share_a_statement(db: &Db) -> Result<()> {
    let mut session = shelf(db)?;
    let books = session.query::<Book>().order_by(Book::ID).all()?;
    session.load_column(books[0], Book::COVER)?;
    let recorder = session.engine().record();
    session.preload_column(books.clone(), Book::SUMMARY)?;
    check_kinds(&recorder, "select");
    assert_eq!(
        books.iter().map(|book| summary(&session, *book)).collect::<Vec<_>>(),
        [Some("Sand.".to_owned()), Some("Fire.".to_owned())]
    );
    session.preload_column(books.clone(), Book::COVER)?;
    check_words(db, &recorder, &["SELECT book.id, book.cover FROM book WHERE book.id = ?"]);
    session.preload_column(books, Book::COVER)?;
    session.preload_column(Vec::<Key<Book>>::new(), Book::COVER)?;
    check_silence(&recorder);
    Ok(())
}

fn undefer_selects_the_column_with_the_row(db: &Db) -> Result<()> {
    let mut session = shelf(db)?;
    let recorder = session.engine().record();
    let book = session.query::<Book>().filter(Book::TITLE.eq("Dune")).options(undefer(Book::SUMMARY)).one()?;
    check_words(
        db,
        &recorder,
        &["BEGIN", "SELECT book.id, book.title, book.author_id, book.summary FROM book WHERE book.title = ?"],
    );
    assert_eq!(summary(&session, book).as_deref(), Some("Sand."));
    assert!(!session[book].cover.is_loaded());
    check_silence(&recorder);
    // Beside other things that are selected.
    session.expunge_all();
    let query = select((entity::<Book>(), Book::TITLE, optional(entity::<Author>())))
        .left_join(Book::AUTHOR)
        .order_by(Book::ID)
        .options((undefer(Book::COVER), undefer(Author::BIO)));
    let rows = session.all(query)?;
    let (book, title, author) = &rows[1];
    assert_eq!((title.as_str(), session[*book].title.as_str()), ("Soul", "Soul"));
    assert_eq!(session[*book].cover, Deferred::new(Some(vec![1, 2, 3])));
    assert_eq!(session[author.unwrap()].bio, Deferred::new(Some("Wrote.".to_owned())));
    Ok(())
}

fn undefer_takes_groups_everything_and_several_columns(db: &Db) -> Result<()> {
    let mut session = shelf(db)?;
    let mut loaded = |option: orm::load::ColumnLoad<Book>| -> Result<[bool; 4]> {
        session.expunge_all();
        let book = session.query::<Book>().filter(Book::TITLE.eq("Dune")).options(option).one()?;
        let Book { summary, blurb, cover, index, .. } = &session[book];
        Ok([summary.is_loaded(), blurb.is_loaded(), cover.is_loaded(), index.is_loaded()])
    };
    assert_eq!(loaded(undefer_group::<Book>("texts"))?, [true, true, false, false]);
    assert_eq!(loaded(undefer(every::<Book>()))?, [true; 4]);
    assert_eq!(loaded(undefer((Book::SUMMARY, Book::COVER)))?, [true, false, true, false]);
    assert_eq!(loaded(defer(Book::SUMMARY))?, [false; 4]);
    let author = session.query::<Author>().options((undefer(everything()), selectin(Author::BOOKS))).one()?;
    let books = session.rel(author, Author::BOOKS).load()?;
    assert!(session[author].bio.is_loaded() && session[books[1]].cover.is_loaded());
    Ok(())
}

fn the_last_option_for_a_column_counts(db: &Db) -> Result<()> {
    let mut session = shelf(db)?;
    let book = session
        .query::<Book>()
        .filter(Book::TITLE.eq("Dune"))
        .options((undefer(every::<Book>()), defer(Book::COVER)))
        .options(defer(Book::BLURB))
        .options(undefer(Book::BLURB))
        .one()?;
    let Book { summary, blurb, cover, .. } = &session[book];
    assert_eq!((summary.is_loaded(), blurb.is_loaded(), cover.is_loaded()), (true, true, false));
    Ok(())
}

fn load_only_leaves_out_what_it_does_not_name(db: &Db) -> Result<()> {
    let mut session = shelf(db)?;
    let options = (undefer(every::<Book>()), load_only(Book::COVER));
    let book = session.query::<Book>().filter(Book::TITLE.eq("Dune")).options(options).one()?;
    assert_eq!((session[book].cover.is_loaded(), session[book].summary.is_loaded()), (true, false));
    assert_eq!(session[book].title, "Dune");
    Ok(())
}

fn undefer_fills_an_entity_in_memory(db: &Db) -> Result<()> {
    let mut session = shelf(db)?;
    let book = dune(&mut session)?;
    session[book].title = "Dune 2".into();
    assert_eq!(session.history(book)?.len(), 1);
    let found = session.no_autoflush(|session| session.query::<Book>().options(undefer(every::<Book>())).all())?;
    assert!(found.contains(&book));
    assert_eq!((session[book].title.as_str(), summary(&session, book).as_deref()), ("Dune 2", Some("Sand.")));
    assert_eq!(session.history(book)?.len(), 1, "what was read is no edit");
    let recorder = session.engine().record();
    session.flush()?;
    check_words(db, &recorder, &["UPDATE book SET title = ? WHERE book.id = ?"]);
    Ok(())
}

fn undefer_keeps_an_edit_in_memory(db: &Db) -> Result<()> {
    let mut session = shelf(db)?;
    let book = dune(&mut session)?;
    session[book].summary = Deferred::new("Spice.".into());
    session.no_autoflush(|session| session.query::<Book>().options(undefer(every::<Book>())).all())?;
    assert_eq!(summary(&session, book).as_deref(), Some("Spice."));
    assert_eq!(session[book].cover, Deferred::new(Some(vec![1, 2, 3])));
    session.commit()?;
    session.expunge_all();
    let book = dune(&mut session)?;
    assert_eq!(session.load_column(book, Book::SUMMARY)?, "Spice.");
    Ok(())
}

fn a_query_without_undefer_keeps_what_is_loaded(db: &Db) -> Result<()> {
    let mut session = shelf(db)?;
    let book = dune(&mut session)?;
    session.load_column(book, Book::SUMMARY)?;
    assert_eq!(dune(&mut session)?, book);
    session.query::<Author>().options(joined(Author::BOOKS)).all()?;
    assert_eq!(summary(&session, book).as_deref(), Some("Sand."));
    Ok(())
}

fn an_expired_entity_loses_its_deferred_column_to_a_query(db: &Db) -> Result<()> {
    let mut session = shelf(db)?;
    let book = dune(&mut session)?;
    session.load_column(book, Book::SUMMARY)?;
    session.commit()?;
    let engine = session.engine().clone();
    engine.connect()?.execute(&text("UPDATE book SET summary = 'Worms.'"))?;
    // Memory shows what it had, as of other columns.
    assert_eq!(summary(&session, book).as_deref(), Some("Sand."));
    assert_eq!(dune(&mut session)?, book);
    assert_eq!(summary(&session, book), None);
    assert_eq!(session.load_column(book, Book::SUMMARY)?, "Worms.");
    Ok(())
}

fn refresh_reads_what_is_loaded(db: &Db) -> Result<()> {
    let mut session = shelf(db)?;
    let book = dune(&mut session)?;
    session.load_column(book, Book::COVER)?;
    session[book].title = "Lost".into();
    session.execute(&text("UPDATE book SET summary = 'Worms.', cover = NULL"))?;
    let recorder = session.engine().record();
    let fresh = session.refresh(book)?;
    assert_eq!((fresh.title.as_str(), fresh.cover.loaded()), ("Lost", Some(&None)));
    check_words(db, &recorder, &["SELECT book.id, book.title, book.author_id, book.cover FROM book WHERE book.id = ?"]);
    assert_eq!(summary(&session, book), None);
    session.commit()?;
    session.load(book)?;
    assert_eq!(session[book].cover.loaded(), Some(&None));
    recorder.take();
    session.load_column(book, Book::COVER)?;
    check_silence(&recorder);
    Ok(())
}

fn load_column_reads_an_expired_row(db: &Db) -> Result<()> {
    let mut session = shelf(db)?;
    let book = dune(&mut session)?;
    session.load_column(book, Book::COVER)?;
    session.commit()?;
    let engine = session.engine().clone();
    engine.connect()?.execute(&text("UPDATE book SET title = 'New', summary = 'Worms.', cover = NULL WHERE id = 1"))?;
    let recorder = session.engine().record();
    assert_eq!(session.load_column(book, Book::SUMMARY)?, "Worms.");
    assert_eq!((session[book].title.as_str(), session[book].cover.loaded()), ("New", Some(&None)));
    check_kinds(&recorder, "begin select");
    // An edit of the expired row is written first.
    session.commit()?;
    session[book].title = "Newer".into();
    recorder.take();
    assert_eq!(session.load_column(book, Book::SUMMARY)?, "Worms.");
    check_kinds(&recorder, "begin update select");
    assert_eq!(session[book].title, "Newer");
    // What was assigned is there.
    session.commit()?;
    session[book].summary = Deferred::new("Mine.".into());
    recorder.take();
    assert_eq!(session.load_column(book, Book::SUMMARY)?, "Mine.");
    check_silence(&recorder);
    Ok(())
}

fn load_column_of_several_reads_expired_rows(db: &Db) -> Result<()> {
    let mut session = shelf(db)?;
    let books = session.query::<Book>().order_by(Book::ID).all()?;
    session.preload_column(books.clone(), Book::COVER)?;
    session.commit()?;
    session.load(books[1])?;
    let recorder = session.engine().record();
    session.preload_column(books.clone(), Book::SUMMARY)?;
    check_kinds(&recorder, "select");
    let read: Vec<_> = books.iter().map(|book| (summary(&session, *book), session[*book].cover.is_loaded())).collect();
    assert_eq!(read, [(Some("Sand.".to_owned()), true), (Some("Fire.".to_owned()), true)]);
    Ok(())
}

fn populate_existing_unloads_what_it_does_not_read(db: &Db) -> Result<()> {
    let mut session = shelf(db)?;
    let book = dune(&mut session)?;
    session.load_column(book, Book::SUMMARY)?;
    session.load_column(book, Book::COVER)?;
    session.execute(&text("UPDATE book SET title = 'Dune 2', summary = 'Worms.'"))?;
    session.query::<Book>().populate_existing().options(undefer(Book::SUMMARY)).all()?;
    assert_eq!((session[book].title.as_str(), summary(&session, book).as_deref()), ("Dune 2", Some("Worms.")));
    assert!(!session[book].cover.is_loaded());
    Ok(())
}

fn options_nest_under_relationships(db: &Db) -> Result<()> {
    let mut session = shelf(db)?;
    let recorder = session.engine().record();
    for option in [selectin(Author::BOOKS), subquery(Author::BOOKS), immediate(Author::BOOKS)] {
        session.expunge_all();
        recorder.take();
        let author = session.query::<Author>().options(option.then(undefer_group::<Book>("texts"))).one()?;
        let sent = recorder.take();
        assert!(sent.iter().any(|sent| sent.sql.contains("summary")), "{sent:#?}");
        let books = session.rel(author, Author::BOOKS).load()?;
        let read: Vec<_> =
            books.iter().map(|book| (summary(&session, *book), session[*book].cover.is_loaded())).collect();
        assert_eq!(read, [(Some("Sand.".to_owned()), false), (Some("Fire.".to_owned()), false)]);
        assert!(!session[author].bio.is_loaded());
        check_silence(&recorder);
    }
    // From the other end, two levels deep.
    session.expunge_all();
    let option =
        selectin(Book::AUTHOR).then(undefer(Author::BIO)).then(selectin(Author::BOOKS).then(undefer(Book::COVER)));
    let books = session.query::<Book>().options((option, undefer(Book::SUMMARY))).order_by(Book::ID).all()?;
    assert!(session[books[0]].summary.is_loaded() && session[books[0]].cover.is_loaded());
    let author = session.rel(books[0], Book::AUTHOR).load()?.unwrap();
    assert!(session[author].bio.is_loaded());
    Ok(())
}

fn joined_loads_take_deferred_columns(db: &Db) -> Result<()> {
    let mut session = shelf(db)?;
    let recorder = session.engine().record();
    let option = joined(Author::BOOKS).then(undefer((Book::COVER, Book::SUMMARY)));
    let author = session.query::<Author>().options((option, undefer(Author::BIO))).one()?;
    check_kinds(&recorder, "begin select");
    let books = session.rel(author, Author::BOOKS).load()?;
    let read: Vec<_> = books.iter().map(|book| (summary(&session, *book), session[*book].blurb.is_loaded())).collect();
    assert_eq!(read, [(Some("Sand.".to_owned()), false), (Some("Fire.".to_owned()), false)]);
    assert_eq!(session[author].bio, Deferred::new(Some("Wrote.".to_owned())));
    session.expunge_all();
    let author = session.query::<Author>().options(joined(Author::BOOKS)).one()?;
    let books = session.rel(author, Author::BOOKS).load()?;
    assert_eq!((books.len(), session[books[0]].title.as_str(), summary(&session, books[0])), (2, "Dune", None));
    Ok(())
}

fn contains_eager_takes_deferred_columns(db: &Db) -> Result<()> {
    let mut session = shelf(db)?;
    let query = select(entity::<Author>()).join(Author::BOOKS).filter(Book::SUMMARY.eq("Fire."));
    let option = contains_eager(Author::BOOKS).then(undefer(Book::SUMMARY));
    let author = session.one(query.options(option))?;
    let books = session.rel(author, Author::BOOKS).load()?;
    assert_eq!(summary(&session, books[0]).as_deref(), Some("Fire."));
    assert!(!session[books[0]].cover.is_loaded());
    Ok(())
}

fn lazy_loads_keep_the_options_of_their_query(db: &Db) -> Result<()> {
    let mut session = shelf(db)?;
    let option = default_load(Author::BOOKS).then(undefer(Book::SUMMARY));
    let author = session.query::<Author>().options(option).one()?;
    let recorder = session.engine().record();
    let books = session.rel(author, Author::BOOKS).load()?;
    check_kinds(&recorder, "select");
    assert_eq!(summary(&session, books[1]).as_deref(), Some("Fire."));
    Ok(())
}

fn limits_count_entities_beside_joined_collections(db: &Db) -> Result<()> {
    let mut session = shelf(db)?;
    let option = joined(Author::BOOKS).then(undefer(Book::COVER));
    let query = session.query::<Author>().options((option, undefer(Author::BIO))).order_by(Author::BIO).limit(1);
    let author = query.one()?;
    let books = session.rel(author, Author::BOOKS).load()?;
    assert_eq!((books.len(), session[author].bio.loaded()), (2, Some(&Some("Wrote.".to_owned()))));
    assert_eq!(session[books[1]].cover.loaded(), Some(&Some(vec![1, 2, 3])));
    session.expunge_all();
    let author = session.query::<Author>().options(joined(Author::BOOKS)).limit(1).one()?;
    assert_eq!((session[author].name.as_str(), session[author].bio.is_loaded()), ("Herbert", false));
    Ok(())
}

fn distinct_and_groups_take_deferred_columns(db: &Db) -> Result<()> {
    let mut session = shelf(db)?;
    let query = session.query::<Author>().join(Author::BOOKS).distinct();
    let author = query.options((undefer(Author::BIO), subquery(Author::BOOKS))).one()?;
    assert_eq!(session[author].bio.loaded(), Some(&Some("Wrote.".to_owned())));
    assert_eq!(session[author].books.loaded().map(|books| books.len()), Some(2));
    session.expunge_all();
    let query = select((entity::<Author>(), count(Book::ID))).join(Author::BOOKS).group_by(Author::ID);
    let (author, books) = session.one(query.options(undefer(Author::BIO)))?;
    assert_eq!((session[author].bio.is_loaded(), books), (true, 2));
    Ok(())
}

fn values_are_read_without_deferred_columns(db: &Db) -> Result<()> {
    let mut session = shelf(db)?;
    let query = select((untracked::<Book>(), Book::TITLE, untracked::<Author>())).join(Book::AUTHOR).order_by(Book::ID);
    let (book, title, author) = session.all(&query)?.remove(1);
    assert_eq!((book.title, title.as_str(), author.name.as_str()), ("Soul".to_owned(), "Soul", "Herbert"));
    assert_eq!((book.summary, author.bio), (Deferred::NotLoaded, Deferred::NotLoaded));
    let (book, title, author) = session.all(query.options((undefer(Book::SUMMARY), undefer(Author::BIO))))?.remove(1);
    assert_eq!((book.title, title.as_str(), author.name.as_str()), ("Soul".to_owned(), "Soul", "Herbert"));
    assert_eq!((book.summary, author.bio), (Deferred::new("Fire.".into()), Deferred::new(Some("Wrote.".into()))));
    assert_eq!(book.cover, Deferred::NotLoaded);
    assert!(session.held::<Book>().is_empty());
    Ok(())
}

fn rows_that_are_streamed_take_deferred_columns(db: &Db) -> Result<()> {
    let mut session = shelf(db)?;
    let mut texts = Vec::new();
    session.for_each(select(untracked::<Book>()).order_by(Book::ID).options(undefer(Book::SUMMARY)), |book| {
        texts.extend(book.summary.into_loaded());
        Ok(())
    })?;
    assert_eq!(texts, ["Sand.", "Fire."]);
    let mut keys = Vec::new();
    session.query::<Book>().order_by(Book::ID).options(undefer(Book::SUMMARY)).for_each(|book| {
        keys.push(book);
        Ok(())
    })?;
    assert_eq!(summary(&session, keys[1]).as_deref(), Some("Fire."));
    let refused = session.query::<Book>().options(raise_deferred(Book::COVER)).for_each(|_| Ok(()));
    assert!(refused.unwrap_err().to_string().contains("without streaming"));
    Ok(())
}

fn columns_are_selected_filtered_and_sorted_by(db: &Db) -> Result<()> {
    #[derive(FromRow, Debug, PartialEq)]
    struct Text {
        title: String,
        summary: String,
        cover: Deferred<Option<Vec<u8>>>,
    }
    let mut session = shelf(db)?;
    let query = select((Book::TITLE, Book::SUMMARY, Book::COVER)).filter(Book::SUMMARY.like("F%"));
    assert_eq!(session.one(query.clone())?, ("Soul".to_owned(), "Fire.".to_owned(), Some(vec![1, 2, 3])));
    let rows = session
        .with_connection(|connection| connection.query(&text("SELECT title, summary, cover FROM book ORDER BY id")))?;
    let first: Text = rows[0].unpack()?;
    assert_eq!((first.title.as_str(), first.summary.as_str(), first.cover.is_loaded()), ("Dune", "Sand.", true));
    let titles = session.all(select(Book::TITLE).order_by(Book::SUMMARY))?;
    assert_eq!(titles, ["Soul", "Dune"]);
    session.execute(&update("book").set(Book::SUMMARY, "Same.").filter(Book::ID.eq(1)))?;
    let book = dune(&mut session)?;
    assert_eq!(session.load_column(book, Book::SUMMARY)?, "Same.");
    Ok(())
}

fn an_alias_takes_deferred_columns(db: &Db) -> Result<()> {
    let mut session = shelf(db)?;
    let other = alias::<Book>("other");
    let query = select((entity::<Book>(), &other))
        .join_to(&other, other.column(Book::ID).gt(Book::ID))
        .options(undefer(Book::SUMMARY));
    let (first, second) = session.one(query)?;
    assert_eq!(
        (summary(&session, first).as_deref(), summary(&session, second).as_deref()),
        (Some("Sand."), Some("Fire."))
    );
    Ok(())
}

fn a_subquery_that_lacks_the_column_is_refused(db: &Db) -> Result<()> {
    let mut session = shelf(db)?;
    let inner = select(entity::<Book>()).filter(Book::TITLE.eq("Dune")).as_subquery("dune");
    let query = select(inner.entity::<Book>());
    let book = session.one(&query)?;
    assert_eq!((session[book].title.as_str(), summary(&session, book)), ("Dune", None));
    let refused = session.one(query.options(undefer(Book::SUMMARY))).unwrap_err().to_string();
    assert!(refused.contains("Book.summary") && refused.contains("load_column"), "{refused}");
    Ok(())
}

fn raise_refuses_the_load(db: &Db) -> Result<()> {
    let mut session = shelf(db)?;
    let options = (undefer(Book::SUMMARY), raise_deferred((Book::COVER, Book::BLURB)));
    let books = session.query::<Book>().options(options).order_by(Book::ID).all()?;
    let recorder = session.engine().record();
    let refused = session.load_column(books[0], Book::COVER).unwrap_err();
    assert!(matches!(refused, Error::RaisedColumn { entity: "Book", column: "cover", .. }), "{refused}");
    assert!(refused.to_string().contains("undefer(Book::COVER)"), "{refused}");
    assert!(session.preload_column(books.clone(), Book::BLURB).is_err());
    session.load_column(books[0], Book::SUMMARY)?;
    check_silence(&recorder);
    // A later option gives the column back, and what is loaded can be read.
    session.query::<Book>().options(defer(every::<Book>())).all()?;
    session.load_column(books[0], Book::COVER)?;
    session.query::<Book>().options(raise_deferred(every::<Book>())).all()?;
    session.load_column(books[0], Book::COVER)?;
    assert!(session.load_column(books[1], Book::COVER).is_err());
    let author = session.query::<Author>().options(selectin(Author::BOOKS).then(raise_deferred(everything()))).one()?;
    session.load_column(author, Author::BIO)?;
    Ok(())
}

fn raise_of_the_mapping_refuses_the_load(db: &Db) -> Result<()> {
    let mut session = shelf(db)?;
    let book = dune(&mut session)?;
    assert!(matches!(session.load_column(book, Book::INDEX), Err(Error::RaisedColumn { .. })));
    session.query::<Book>().options(undefer(Book::INDEX)).all()?;
    assert_eq!(session.load_column(book, Book::INDEX)?, &None);
    Ok(())
}

fn options_for_nothing_are_refused(db: &Db) -> Result<()> {
    let mut session = shelf(db)?;
    let recorder = session.engine().record();
    let no_group = session.query::<Book>().options(undefer_group::<Book>("text")).all().unwrap_err().to_string();
    assert!(no_group.contains("Book has no group `text`") && no_group.contains("texts"), "{no_group}");
    let no_group = session.query::<Author>().options(undefer_group::<Author>("x")).all().unwrap_err().to_string();
    assert!(no_group.contains("#[entity(group = \"x\")]"), "{no_group}");
    let nested = selectin(Author::BOOKS).then(undefer_group::<Book>("text"));
    assert!(session.query::<Author>().options(nested).all().is_err());
    let stray = session.query::<Author>().options(undefer(Book::SUMMARY)).all().unwrap_err().to_string();
    assert!(stray.contains("Book.summary") && stray.contains(".then(..)"), "{stray}");
    check_silence(&recorder);
    Ok(())
}

fn load_column_of_what_has_no_row_is_refused(db: &Db) -> Result<()> {
    let mut session = shelf(db)?;
    let pending = session.add(Book::with("New", "Text."));
    assert_eq!(session.load_column(pending, Book::SUMMARY)?, "Text.");
    assert!(matches!(session.load_column(pending, Book::BLURB), Err(Error::RowPending { .. })));
    session.flush()?;
    let book = dune(&mut session)?;
    session.delete(book)?;
    session.flush()?;
    assert!(matches!(session.load_column(book, Book::SUMMARY), Err(Error::RowDeleted { .. })));
    let soul = session.query::<Book>().filter(Book::TITLE.eq("Soul")).one()?;
    session.execute(&text("DELETE FROM book WHERE title = 'Soul'"))?;
    assert!(matches!(session.load_column(soul, Book::SUMMARY), Err(Error::ObjectDeleted { .. })));
    session.expunge(pending)?;
    assert!(matches!(session.load_column(pending, Book::SUMMARY), Err(Error::UnknownKey { .. })));
    Ok(())
}

fn criteria_hold_for_deferred_columns(db: &Db) -> Result<()> {
    let mut session = shelf(db)?;
    let query = session.query::<Book>().options((undefer(Book::SUMMARY), criterion::<Book>(Book::TITLE.eq("Soul"))));
    let books = query.all()?;
    assert_eq!((books.len(), summary(&session, books[0]).as_deref()), (1, Some("Fire.")));
    session.commit()?;
    let engine = session.engine().clone();
    let mut session = Session::builder(&engine).criterion(criterion::<Book>(Book::TITLE.ne("Soul"))).build();
    let author = session.query::<Author>().options(selectin(Author::BOOKS).then(undefer(Book::COVER))).one()?;
    let books = session.rel(author, Author::BOOKS).load()?;
    assert_eq!((books.len(), session[books[0]].cover.is_loaded()), (1, true));
    assert_eq!(session.load_column(books[0], Book::SUMMARY)?, "Sand.");
    Ok(())
}
