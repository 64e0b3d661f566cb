//! Memory and rows agree after what is seldom done: edits that are dropped, references that are assigned, graphs that are merged.
#![allow(missing_docs, reason = "tests")]

use orm::engine::text;
use orm::prelude::*;

/// Holds pages that it deletes when they are taken out.
#[derive(Entity, Debug, Default)]
struct Album {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "album", order_by = "id", cascade = "all, delete-orphan")]
    pages: HasMany<Page>,
    #[entity(inverse = "album", cascade = "all, delete-orphan")]
    cover: HasOne<Cover>,
}

/// So does a box.
#[derive(Entity, Debug, Default)]
struct Crate {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "stored", order_by = "id", cascade = "all, delete-orphan")]
    pages: HasMany<Page>,
}

#[derive(Entity, Debug, Default)]
struct Page {
    #[entity(primary_key)]
    id: Auto<i64>,
    title: String,
    #[entity(inverse = "pages")]
    album: BelongsTo<Option<Album>>,
    #[entity(inverse = "pages")]
    stored: BelongsTo<Option<Crate>>,
}

#[derive(Entity, Debug, Default)]
struct Cover {
    #[entity(primary_key)]
    id: Auto<i64>,
    color: String,
    #[entity(inverse = "cover")]
    album: BelongsTo<Option<Album>>,
}

/// Knows its writer and its words, and they nothing of it.
#[derive(Entity, Debug, Default)]
struct Letter {
    #[entity(primary_key)]
    id: Auto<i64>,
    title: String,
    writer: BelongsTo<Option<Writer>>,
    #[entity(secondary = "letter_word", order_by = "word")]
    words: ManyToMany<Word>,
    #[entity(secondary = "letter_stamp", inverse = "letters", order_by = "id")]
    stamps: ManyToMany<Stamp>,
}

#[derive(Entity, Debug, Default)]
struct Writer {
    #[entity(primary_key)]
    id: Auto<i64>,
    name: String,
}

#[derive(Entity, Debug, Default)]
struct Word {
    #[entity(primary_key)]
    word: String,
}

#[derive(Entity, Debug, Default)]
struct Stamp {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(secondary = "letter_stamp", inverse = "stamps", order_by = "id")]
    letters: ManyToMany<Letter>,
}

/// Goes by its name.
#[derive(Entity, Debug, Default)]
struct Club {
    #[entity(primary_key)]
    name: String,
    #[entity(secondary = "club_word", order_by = "word")]
    words: ManyToMany<Word>,
}

#[derive(Entity, Debug, Default)]
struct Draft {
    #[entity(primary_key)]
    id: Auto<i64>,
    text: String,
    #[entity(version)]
    version: i64,
}

/// Has items, each known by its list and its number.
#[derive(Entity, Debug, Default)]
struct Listing {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "listing", order_by = "number", cascade = "all, delete-orphan")]
    items: HasMany<Item>,
}

#[derive(Entity, Debug, Default)]
struct Item {
    #[entity(primary_key, inverse = "items")]
    listing: BelongsTo<Listing>,
    #[entity(primary_key)]
    number: i64,
    text: String,
}

/// Has one note at most for each word.
#[derive(Entity, Debug, Default)]
struct Glossary {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "glossary", key = "word", cascade = "all, delete-orphan")]
    notes: HasMany<Note>,
}

#[derive(Entity, Debug, Default)]
struct Note {
    #[entity(primary_key)]
    id: Auto<i64>,
    word: String,
    text: String,
    #[entity(inverse = "notes")]
    glossary: BelongsTo<Option<Glossary>>,
}

type DropEdit = fn(&mut Session, Key<Page>) -> orm::Result<()>;

fn engine() -> orm::Result<Engine> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![Album, Crate, Page, Cover, Letter, Writer, Word, Stamp, Club, Draft, Listing, Item])?;
    engine.create_all(schema![Glossary, Note])?;
    Ok(engine)
}

fn page(title: &str) -> Page {
    Page { title: title.to_owned(), ..Page::default() }
}

fn word(word: &str) -> Word {
    Word { word: word.to_owned() }
}

fn link_count(session: &mut Session, table: &str) -> orm::Result<i64> {
    let rows = text(format!("SELECT COUNT(*) FROM {table}"));
    session.with_connection(|connection| connection.query(&rows)?[0].get(0))
}

/// It never had an album, so it is no orphan when an edit that gave it one is dropped.
#[test]
fn a_dropped_edit_makes_no_orphan() -> orm::Result<()> {
    let mut session = Session::new(&engine()?);
    let (album, loose) = (session.add(Album::default()), session.add(page("loose")));
    session.commit()?;
    let drops: [DropEdit; 2] = [Session::expire, |session, page| session.refresh(page).map(drop)];
    for drop_edit in drops {
        session.load(loose)?;
        session[loose].album = BelongsTo::to(album);
        drop_edit(&mut session, loose)?;
        session.flush()?;
        session.load(loose)?;
        session.rel(album, Album::PAGES).push(loose)?;
        session.rel(album, Album::PAGES).remove(loose)?;
        drop_edit(&mut session, loose)?;
        let title = session.load(loose)?.title.clone();
        session[loose].title.push('!');
        session.commit()?;
        assert_eq!(session.query::<Page>().all()?, [loose]);
        assert_eq!(session.load(loose)?.title, title + "!");
        assert_eq!(session.rel(album, Album::PAGES).load()?, []);
    }
    Ok(())
}

/// What is taken out of one album and put into another is no orphan, though it was never in a crate.
#[test]
fn a_member_that_moves_is_no_orphan_of_another_kind() -> orm::Result<()> {
    let mut session = Session::new(&engine()?);
    let (one, other) = (session.add(Album::default()), session.add(Album::default()));
    let moved = session.rel(one, Album::PAGES).push(page("moved"))?;
    session.commit()?;
    session.rel(one, Album::PAGES).remove(moved)?;
    session.rel(other, Album::PAGES).push(moved)?;
    session.commit()?;
    assert_eq!(session.query::<Page>().all()?, [moved]);
    assert_eq!(session.rel(other, Album::PAGES).load()?, [moved]);
    Ok(())
}

#[test]
fn a_link_is_cut_before_its_far_end_is_deleted() -> orm::Result<()> {
    let mut session = Session::new(&engine()?);
    let letter = session.add(Letter::default());
    let kept = session.rel(letter, Letter::WORDS).push(word("dear"))?;
    let gone = session.rel(letter, Letter::WORDS).push(word("damned"))?;
    session.commit()?;
    session.rel(letter, Letter::WORDS).remove(gone)?;
    session.delete(gone)?;
    session.commit()?;
    assert_eq!(session.rel(letter, Letter::WORDS).load()?, [kept]);
    assert_eq!(session.query::<Word>().all()?, [kept]);
    Ok(())
}

#[test]
fn a_reference_that_is_assigned_to_a_newcomer_shows_at_the_other_end() -> orm::Result<()> {
    let mut session = Session::new(&engine()?);
    let old = session.add(Album::default());
    let moved = session.rel(old, Album::PAGES).push(page("moved"))?;
    session.commit()?;
    assert_eq!(session.rel(old, Album::PAGES).load()?, [moved]);
    session.load(moved)?;
    let new = session.add(Album::default());
    let first = session.rel(new, Album::PAGES).push(page("first"))?;
    let late = session.add(page("late"));
    session[moved].album = BelongsTo::to(new);
    session[late].album = BelongsTo::to(new);
    session.flush()?;
    let mut pages = session.rel(new, Album::PAGES).load()?;
    pages.sort_by_key(|page| session[*page].title.clone());
    assert_eq!(pages, [first, late, moved]);
    assert_eq!(session.rel(old, Album::PAGES).load()?, []);
    session.delete(old)?;
    session.commit()?;
    assert_eq!(session.query::<Page>().count()?, 3);
    Ok(())
}

/// The foreign key is the truth: what has another by now does not go along.
#[test]
fn a_member_that_was_assigned_elsewhere_is_not_deleted_along() -> orm::Result<()> {
    let mut session = Session::new(&engine()?);
    let (old, new) = (session.add(Album::default()), session.add(Album::default()));
    let moved = session.rel(old, Album::PAGES).push(page("moved"))?;
    session.commit()?;
    let id = session.load(new)?.id.get().unwrap_or_default();
    assert_eq!(session.rel(old, Album::PAGES).load()?, [moved]);
    session.load(moved)?;
    session[moved].album = BelongsTo::by_id(id);
    session.delete(old)?;
    session.commit()?;
    assert_eq!(session.query::<Page>().all()?, [moved]);
    assert_eq!(session.rel(new, Album::PAGES).load()?, [moved]);
    Ok(())
}

#[test]
fn a_merged_newcomer_refers_to_the_row_that_exists() -> orm::Result<()> {
    let mut session = Session::new(&engine()?);
    session.add(Writer { name: "ann".to_owned(), ..Writer::default() });
    session.commit()?;
    let writer = Writer { id: Auto::from(1), name: "anna".to_owned() };
    let letter = session.merge(Letter { writer: BelongsTo::new(writer), ..Letter::default() })?;
    session.commit()?;
    let writer = session.rel(letter, Letter::WRITER).one()?;
    assert_eq!(session.load(writer)?.name, "anna");
    assert_eq!(session.query::<Writer>().count()?, 1);
    Ok(())
}

#[test]
fn a_merged_newcomer_is_linked_to_the_row_that_exists() -> orm::Result<()> {
    let mut session = Session::new(&engine()?);
    let dear = session.add(word("dear"));
    session.commit()?;
    let words = ManyToMany::of([word("dear"), word("sir")]);
    let letter = session.merge(Letter { words, ..Letter::default() })?;
    session.commit()?;
    let words = session.rel(letter, Letter::WORDS).load()?;
    assert_eq!(words.len(), 2);
    assert_eq!(words[0], dear);
    Ok(())
}

#[test]
fn a_merged_link_that_exists_is_not_made_again() -> orm::Result<()> {
    let engine = engine()?;
    let mut session = Session::new(&engine);
    session.add(Letter {
        words: ManyToMany::of([word("dear")]),
        stamps: ManyToMany::of([Stamp::default()]),
        ..Letter::default()
    });
    session.commit()?;
    let mut session = Session::new(&engine);
    let stamp = Stamp { id: Auto::from(1), ..Stamp::default() };
    let words = ManyToMany::of([word("dear"), word("sir")]);
    let letter =
        session.merge(Letter { id: Auto::from(1), words, stamps: ManyToMany::of([stamp]), ..Letter::default() })?;
    session.commit()?;
    assert_eq!(session.rel(letter, Letter::WORDS).load()?.len(), 2);
    assert_eq!(session.rel(letter, Letter::STAMPS).load()?.len(), 1);
    assert_eq!(link_count(&mut session, "letter_word")?, 2);
    Ok(())
}

#[test]
fn a_merged_one_to_one_takes_the_place_of_the_one_that_was_there() -> orm::Result<()> {
    let engine = engine()?;
    let mut session = Session::new(&engine);
    session.add(Album { cover: HasOne::new(Cover::default()), ..Album::default() });
    session.commit()?;
    let mut session = Session::new(&engine);
    let cover = Cover { color: "red".to_owned(), ..Cover::default() };
    let album = session.merge(Album { id: Auto::from(1), cover: HasOne::new(cover), ..Album::default() })?;
    session.commit()?;
    let covers = session.query::<Cover>().all()?;
    assert_eq!(covers.len(), 1);
    assert_eq!(session.load(covers[0])?.color, "red");
    assert_eq!(session.rel(album, Album::COVER).load()?, Some(covers[0]));
    Ok(())
}

#[test]
fn a_merged_member_takes_the_place_of_the_one_with_its_key() -> orm::Result<()> {
    let engine = engine()?;
    let note = |word: &str, text: &str| Note { word: word.to_owned(), text: text.to_owned(), ..Note::default() };
    let mut session = Session::new(&engine);
    session.add(Glossary { notes: HasMany::of([note("a", "old"), note("b", "old")]), ..Glossary::default() });
    session.commit()?;
    let mut session = Session::new(&engine);
    session.merge(Glossary { id: Auto::from(1), notes: HasMany::of([note("a", "new")]) })?;
    session.commit()?;
    let mut texts = Vec::new();
    for found in session.query::<Note>().order_by(Note::WORD).all()? {
        let Note { word, text, .. } = session.load(found)?;
        texts.push(format!("{word} {text}"));
    }
    assert_eq!(texts, ["a new", "b old"]);
    Ok(())
}

#[test]
fn one_row_that_is_merged_twice_is_inserted_once() -> orm::Result<()> {
    let mut session = Session::new(&engine()?);
    let album = || Album { id: Auto::from(7), ..Album::default() };
    let pages = HasMany::of([Page { album: BelongsTo::new(album()), ..page("a") }]);
    session.merge(Album { pages, ..album() })?;
    session.commit()?;
    assert_eq!((session.query::<Album>().count()?, session.query::<Page>().count()?), (1, 1));
    Ok(())
}

#[test]
fn a_reference_that_holds_nothing_is_left_as_it_is_by_a_merge() -> orm::Result<()> {
    let mut session = Session::new(&engine()?);
    let album = session.add(Album::default());
    let kept = session.add(Page { album: BelongsTo::to(album), ..page("old") });
    session.commit()?;
    session.merge(Page { id: Auto::from(1), ..page("new") })?;
    session.commit()?;
    assert_eq!(session.load(kept)?.title, "new");
    assert_eq!(session.rel(kept, Page::ALBUM).load()?, Some(album));
    Ok(())
}

#[test]
fn a_stale_version_is_not_merged() -> orm::Result<()> {
    let mut session = Session::new(&engine()?);
    let draft = session.add(Draft { text: "one".to_owned(), ..Draft::default() });
    session.commit()?;
    session.load(draft)?;
    session[draft].text = "two".to_owned();
    session.commit()?;
    let stale = Draft { id: Auto::from(1), text: "from one".to_owned(), version: 1 };
    assert!(matches!(session.merge(stale), Err(orm::Error::StaleData { .. })));
    Ok(())
}

/// A later transaction may have set a savepoint that the database calls the same.
#[test]
fn a_savepoint_ends_with_its_transaction() -> orm::Result<()> {
    let mut session = Session::new(&engine()?);
    let stale = session.begin_nested()?;
    session.commit()?;
    let kept = session.add(page("kept"));
    let set = session.begin_nested()?;
    let added = session.add(page("added"));
    session.flush()?;
    assert!(session.rollback_to(stale).is_err());
    assert!(session.release(stale).is_err());
    assert_eq!(session.query::<Page>().order_by(Page::ID.asc()).all()?, [kept, added]);
    session.rollback_to(set)?;
    assert_eq!(session.query::<Page>().all()?, [kept]);
    Ok(())
}

/// What was read may never have been: it is read again. What was known before the savepoint is not.
#[test]
fn what_was_read_since_a_savepoint_is_expired_when_it_is_rolled_back() -> orm::Result<()> {
    let engine = engine()?;
    let mut session = Session::new(&engine);
    let [album, bare, known, read] = [(); 4].map(|()| session.add(Album::default()));
    let (inside, untouched) = (session.add(page("inside")), session.add(page("untouched")));
    session.rel(album, Album::PAGES).push(inside)?;
    session.commit()?;
    for before in [bare, known] {
        session.load(before)?;
        session.rel(before, Album::PAGES).load()?;
    }
    session.load(untouched)?;
    let savepoint = session.begin_nested()?;
    let edit = text("UPDATE page SET title = 'undone', album_id = :album WHERE title = 'inside'").bind("album", 4);
    session.execute(&edit)?;
    assert_eq!(session.load(inside)?.title, "undone");
    assert_eq!(session.rel(read, Album::PAGES).load()?, [inside]);
    assert_eq!(session.rel(album, Album::PAGES).load()?, []);
    session.rollback_to(savepoint)?;
    let recorder = engine.record();
    assert_eq!(session.load(inside)?.title, "inside");
    assert_eq!(session.load(untouched)?.title, "untouched");
    assert_eq!(session.rel(album, Album::PAGES).load()?, [inside]);
    assert_eq!(session.rel(read, Album::PAGES).load()?, []);
    assert_eq!(session.rel(known, Album::PAGES).load()?, []);
    assert_eq!(recorder.statements().len(), 3, "the page, and the collections that were read since: {recorder:?}");
    Ok(())
}

#[test]
fn an_entity_that_was_read_anew_within_a_savepoint_is_expired_when_it_is_rolled_back() -> orm::Result<()> {
    let mut session = Session::new(&engine()?);
    let edited = session.add(page("before"));
    session.commit()?;
    let savepoint = session.begin_nested()?;
    session.load(edited)?;
    session[edited].title = "undone".to_owned();
    session.flush()?;
    session.expunge(edited)?;
    let anew = session.get::<Page>(1)?.expect("the row is there");
    assert_eq!(session[anew].title, "undone");
    session.rollback_to(savepoint)?;
    assert_eq!(session.load(anew)?.title, "before");
    Ok(())
}

#[test]
fn a_newcomer_that_was_assigned_goes_with_the_edit() -> orm::Result<()> {
    let mut session = Session::new(&engine()?);
    let kept = session.add(page("kept"));
    session.commit()?;
    session.load(kept)?;
    let drops: [DropEdit; 3] =
        [Session::expire, |session, page| session.refresh(page).map(drop), |session, _| session.rollback().map(drop)];
    for drop_edit in drops {
        session[kept].album = BelongsTo::new(Album::default());
        drop_edit(&mut session, kept)?;
        session.load(kept)?;
        session[kept].title.push('!');
        session.commit()?;
        assert_eq!(session.query::<Album>().count()?, 0);
        session.load(kept)?;
    }
    Ok(())
}

#[test]
fn a_reference_that_is_set_replaces_a_newcomer_that_was_assigned() -> orm::Result<()> {
    let mut session = Session::new(&engine()?);
    let (album, page) = (session.add(Album::default()), session.add(page("page")));
    session.commit()?;
    session.load(page)?;
    session[page].album = BelongsTo::new(Album::default());
    session.rel(page, Page::ALBUM).set(album)?;
    session.commit()?;
    assert_eq!(session.query::<Album>().all()?, [album]);
    assert_eq!(session.rel(page, Page::ALBUM).load()?, Some(album));
    session[page].album = BelongsTo::new(Album::default());
    session.rel(page, Page::ALBUM).clear()?;
    session.flush()?;
    assert_eq!(session.query::<Album>().all()?, [album]);
    Ok(())
}

/// The links that go are those of the row, whatever its key was edited to.
#[test]
fn a_deletion_cuts_the_links_of_its_row() -> orm::Result<()> {
    let mut session = Session::new(&engine()?);
    let club = |name: &str, words| Club { name: name.to_owned(), words: ManyToMany::of(words) };
    let chess = session.add(club("chess", [word("king")]));
    let go = session.add(club("go", [word("stone")]));
    session.commit()?;
    session.load(go)?;
    session[go].name = "chess".to_owned();
    session.delete(go)?;
    session.commit()?;
    assert_eq!(session.query::<Club>().all()?, [chess]);
    assert_eq!(session.rel(chess, Club::WORDS).load()?.len(), 1);
    assert_eq!(link_count(&mut session, "club_word")?, 1);
    Ok(())
}

/// What a rollback hands back can be added again.
#[test]
fn what_was_handed_back_is_added_again() -> orm::Result<()> {
    let mut session = Session::new(&engine()?);
    let album = session.add(Album::default());
    let page = session.rel(album, Album::PAGES).push(page("a"))?;
    session.flush()?;
    let mut back = session.rollback()?;
    let (album, page) = (back.take(album), back.take(page));
    let album = session.add(album.unwrap_or_default());
    let page = session.add(page.unwrap_or_default());
    session.rel(album, Album::PAGES).push(page)?;
    session.commit()?;
    assert_eq!(session.rel(album, Album::PAGES).load()?, [page]);
    Ok(())
}

/// The list is part of the key of its items, whether they say so or only come with it.
#[test]
fn a_merged_part_of_a_key_is_that_of_the_graph() -> orm::Result<()> {
    let mut session = Session::new(&engine()?);
    let item = |number, text: &str| Item { number, text: text.to_owned(), ..Item::default() };
    let listing = |items| Listing { id: Auto::from(1), items };
    session.add(listing(HasMany::of([item(1, "one")])));
    session.commit()?;
    let texts = |session: &mut Session, listing| -> orm::Result<Vec<String>> {
        let items = session.rel(listing, Listing::ITEMS).load()?;
        Ok(items.into_iter().map(|item| session[item].text.clone()).collect())
    };
    for known in [true, false] {
        if !known {
            session.expunge_all();
        }
        let first = Item { listing: BelongsTo::by_id(1), ..item(1, "uno") };
        let merged = session.merge(listing(HasMany::of([first, item(2, "due")])))?;
        session.commit()?;
        assert_eq!(texts(&mut session, merged)?, ["uno", "due"]);
        let merged = session.merge(listing(HasMany::of([item(1, "one"), item(2, "two")])))?;
        session.commit()?;
        assert_eq!(texts(&mut session, merged)?, ["one", "two"]);
    }
    Ok(())
}

#[test]
fn what_was_deleted_is_put_into_no_relationship_and_gets_none() -> orm::Result<()> {
    let mut session = Session::new(&engine()?);
    let album = session.add(Album::default());
    let torn = session.rel(album, Album::PAGES).push(page("torn"))?;
    let letter = session.add(Letter::default());
    let stamp = session.rel(letter, Letter::STAMPS).push(Stamp::default())?;
    session.flush()?;
    session.delete(torn)?;
    session.delete(stamp)?;
    session.flush()?;
    let refused = [
        session.rel(album, Album::PAGES).push(torn).map(drop),
        session.rel(torn, Page::ALBUM).set(album).map(drop),
        session.rel(letter, Letter::STAMPS).push(stamp).map(drop),
        session.rel(stamp, Stamp::LETTERS).push(letter).map(drop),
    ];
    for outcome in refused {
        let Err(error @ orm::Error::RowDeleted { .. }) = outcome else { panic!("{outcome:?}") };
        assert!(error.to_string().contains("with key 1 was deleted in this transaction"), "{error}");
    }
    session.commit()?;
    let count = |table: &str| -> orm::Result<i64> {
        session.engine().connect()?.query(&text(format!("SELECT count(*) FROM {table}")))?[0].get(0)
    };
    assert_eq!((count("page")?, count("letter_stamp")?), (0, 0));
    Ok(())
}

/// A word knows nothing of the letters that have it.
#[test]
fn what_leaves_the_session_is_found_again_by_who_links_to_it_one_way() -> orm::Result<()> {
    let mut session = Session::new(&engine()?);
    let letter = session.add(Letter::default());
    let kept = session.rel(letter, Letter::WORDS).push(word("dear"))?;
    let gone = session.rel(letter, Letter::WORDS).push(word("sir"))?;
    session.commit()?;
    assert_eq!(session.rel(letter, Letter::WORDS).load()?, [kept, gone]);
    session.expunge(gone)?;
    let words = session.rel(letter, Letter::WORDS).load()?;
    let words: Vec<&str> = words.iter().map(|word| session[*word].word.as_str()).collect();
    assert_eq!(words, ["dear", "sir"]);
    session.expunge(kept)?;
    let sir = session.rel(letter, Letter::WORDS).load()?[1];
    session.rel(letter, Letter::WORDS).remove(sir)?;
    session.delete(sir)?;
    session.flush()?;
    assert_eq!(session.rel(letter, Letter::WORDS).load()?.len(), 1);
    session.rollback()?;
    assert_eq!(session.rel(letter, Letter::WORDS).load()?.len(), 2);
    Ok(())
}
