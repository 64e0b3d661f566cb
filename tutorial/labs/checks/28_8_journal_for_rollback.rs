//! Checks of lab 28.8.

use labs::check;
use labs::own::given::{Database, Key, Result, Row, Table, Value};
use orm::prelude::{Auto, BelongsTo, Engine, Entity, Session, State, schema, select};

use super::UnitOfWork;

labs::checks![
    memory_goes_back_too,
    a_row_that_was_flushed_goes_back,
    a_flush_is_one_insert_a_table,
    two_hundred_random_edits_beside_orm,
];

static AUTHOR: Table = Table { name: "author", columns: &["name"], references: &[] };
static BOOK: Table = Table { name: "book", columns: &["author_id", "title"], references: &[("author_id", "author")] };

fn unit() -> Result<UnitOfWork> {
    UnitOfWork::new(Database::new(&[&AUTHOR, &BOOK])?, &[&BOOK, &AUTHOR])
}

fn author(name: &str) -> Row {
    Row::new(&AUTHOR, [name.into()])
}

fn book(author: Key, title: &str) -> Row {
    Row::new(&BOOK, [Value::Of(author), title.into()])
}

fn text(unit: &UnitOfWork, key: Key) -> String {
    match unit.get(key).and_then(|row| row.values.last()) {
        Some(Value::Text(text)) => text.clone(),
        other => format!("{other:?}"),
    }
}

/// A unit of work in which one author is committed.
fn jane() -> Result<(UnitOfWork, Key)> {
    let mut unit = unit()?;
    let jane = unit.add(author("Jane"));
    unit.commit()?;
    unit.database.take_log();
    Ok((unit, jane))
}

fn memory_goes_back_too() -> Result<()> {
    let (mut unit, jane) = jane()?;
    unit.edit(jane).expect("a row that is held").values[0] = "Jane Austen".into();
    let emma = unit.add(book(jane, "Emma"));
    unit.rollback()?;
    assert_eq!(text(&unit, jane), "Jane", "the author's name after the rollback");
    assert!(unit.get(emma).is_none(), "the book that was added is still there");
    unit.commit()?;
    check::log(&unit.database.take_log(), &[]);
    Ok(())
}

fn a_row_that_was_flushed_goes_back() -> Result<()> {
    let (mut unit, jane) = jane()?;
    let emma = unit.add(book(jane, "Emma"));
    unit.flush()?;
    unit.edit(jane).expect("a row that is held").values[0] = "Jane A.".into();
    unit.flush()?;
    unit.edit(jane).expect("a row that is held").values[0] = "Jane Austen".into();
    unit.delete(emma);
    unit.flush()?;
    unit.rollback()?;
    assert_eq!(text(&unit, jane), "Jane", "the author's name after three flushes and a rollback");
    assert!(unit.get(emma).is_none(), "the book that was added is still there");
    unit.delete(jane);
    unit.flush()?;
    unit.rollback()?;
    assert_eq!(text(&unit, jane), "Jane", "the author who was deleted, after the rollback");
    Ok(())
}

fn a_flush_is_one_insert_a_table() -> Result<()> {
    let mut unit = unit()?;
    for name in ["Jane", "Mary"] {
        let author = unit.add(author(name));
        unit.add(book(author, "A book"));
    }
    unit.commit()?;
    check::log(
        &unit.database.take_log(),
        &[
            "BEGIN",
            "INSERT INTO author (name) VALUES (?), (?) RETURNING id  ['Jane', 'Mary']",
            "INSERT INTO book (author_id, title) VALUES (?, ?), (?, ?) RETURNING id  [1, 'A book', 2, 'A book']",
            "COMMIT",
        ],
    );
    Ok(())
}

#[derive(Entity, Debug, Default)]
struct Author {
    #[entity(primary_key)]
    id: Auto<i64>,
    name: String,
}

#[derive(Entity, Debug, Default)]
struct Book {
    #[entity(primary_key)]
    id: Auto<i64>,
    author: BelongsTo<Author>,
    title: String,
}

/// A row, by its key in the unit of work and by its key in the session.
type Pair<E> = (Key, orm::Key<E>);

/// A unit of work and a session of `orm`, each on a database of its own, which get the same edits.
struct Both {
    unit: UnitOfWork,
    session: Session,
    authors: Vec<Pair<Author>>,
    /// Books, and the authors that they belong to.
    books: Vec<(Pair<Book>, Key)>,
}

impl Both {
    fn new() -> Result<Self> {
        let engine = Engine::new("sqlite://")?;
        engine.create_all(schema![Author, Book])?;
        // A flush that one of the two does by itself would change the ids.
        let session = Session::builder(&engine).autoflush(false).expire_on_commit(false).build();
        Ok(Self { unit: unit()?, session, authors: Vec::new(), books: Vec::new() })
    }

    /// Reads an entity again where a rollback has expired it, so that it can be edited.
    fn fresh<E: Entity>(&mut self, key: orm::Key<E>) -> Result<()> {
        if self.session.is_expired(key)? {
            self.session.load(key)?;
        }
        Ok(())
    }

    fn edit(&mut self, random: &mut fastrand::Rng, number: usize) -> Result<()> {
        let (author_at, book_at) = (random.usize(..self.authors.len().max(1)), random.usize(..self.books.len().max(1)));
        let text = format!("text {number}");
        let choice = random.u8(..8);
        match (choice, self.authors.get(author_at).copied(), self.books.get(book_at).copied()) {
            (2 | 3, Some(author), _) => self.add_book(author, &text),
            (4, Some(author), _) => self.rename(author, &text)?,
            (5, _, Some((book, _))) => self.retitle(book, &text)?,
            (6, Some(author), Some((book, _))) => {
                self.retitle(book, &text)?;
                self.move_book(book_at, author)?;
            }
            (7, Some(_), Some(_)) if number % 3 == 0 => self.delete_author(author_at)?,
            (7, _, Some(_)) => self.delete_book(book_at)?,
            _ => {
                let key = self.session.add(Author { name: text.clone(), ..Author::default() });
                self.authors.push((self.unit.add(author(&text)), key));
            }
        }
        Ok(())
    }

    fn add_book(&mut self, (ours, theirs): Pair<Author>, title: &str) {
        let key = self.session.add(Book { author: BelongsTo::to(theirs), title: title.into(), ..Book::default() });
        self.books.push(((self.unit.add(book(ours, title)), key), ours));
    }

    fn rename(&mut self, (ours, theirs): Pair<Author>, name: &str) -> Result<()> {
        self.fresh(theirs)?;
        self.session[theirs].name = name.into();
        self.unit.edit(ours).expect("an author").values[0] = name.into();
        Ok(())
    }

    fn retitle(&mut self, (ours, theirs): Pair<Book>, title: &str) -> Result<()> {
        self.fresh(theirs)?;
        self.session[theirs].title = title.into();
        self.unit.edit(ours).expect("a book").values[1] = title.into();
        Ok(())
    }

    fn move_book(&mut self, at: usize, (ours, theirs): Pair<Author>) -> Result<()> {
        let ((book, key), author) = &mut self.books[at];
        self.session.rel(*key, Book::AUTHOR).set(theirs)?;
        self.unit.edit(*book).expect("a book").values[0] = Value::Of(ours);
        *author = ours;
        Ok(())
    }

    fn delete_book(&mut self, at: usize) -> Result<()> {
        let ((ours, theirs), _) = self.books.remove(at);
        self.unit.delete(ours);
        self.drop_row(theirs)
    }

    /// Deletes a row of `orm`, or forgets the entity where no flush has inserted a row.
    fn drop_row<E: Entity>(&mut self, key: orm::Key<E>) -> Result<()> {
        if self.session.state(key)? == State::Pending {
            self.session.expunge(key)?;
            return Ok(());
        }
        Ok(self.session.delete(key)?)
    }

    /// Deletes an author, after the author's books.
    fn delete_author(&mut self, at: usize) -> Result<()> {
        let (ours, theirs) = self.authors.remove(at);
        while let Some(book) = self.books.iter().position(|(_, author)| *author == ours) {
            self.delete_book(book)?;
        }
        self.unit.delete(ours);
        self.drop_row(theirs)
    }

    /// Compares the rows of both databases.
    fn compare(&mut self) -> Result<()> {
        let authors: Vec<(i64, String)> = self.session.all(select((Author::ID, Author::NAME)).order_by(Author::ID))?;
        let books = select((Book::ID, Book::AUTHOR_ID, Book::TITLE)).order_by(Book::ID);
        let books: Vec<(i64, i64, String)> = self.session.all(books)?;
        self.session.commit()?;
        let theirs: (Vec<_>, Vec<_>) = (
            authors.into_iter().map(|(id, name)| (Some(id), vec![Value::Text(name)])).collect(),
            books
                .into_iter()
                .map(|(id, author, title)| (Some(id), vec![Value::Int(author), Value::Text(title)]))
                .collect(),
        );
        let mut ours = |table| {
            Ok::<_, Box<dyn std::error::Error>>(
                self.unit.database.rows(table)?.into_iter().map(|row| (row.id, row.values)).collect(),
            )
        };
        assert_eq!((ours(&AUTHOR)?, ours(&BOOK)?), theirs, "rows beside those of orm");
        Ok(())
    }
}

/// Statements that write.
fn writes(sql: &str) -> bool {
    ["INSERT", "UPDATE", "DELETE"].iter().any(|verb| sql.starts_with(verb))
}

fn random_edits(seed: u64) -> Result<()> {
    let (mut both, mut random) = (Both::new()?, fastrand::Rng::with_seed(seed));
    let recorder = both.session.engine().record();
    let mut committed = (both.authors.clone(), both.books.clone());
    for number in 1..=200 {
        both.edit(&mut random, number)?;
        if number % 7 == 0 {
            both.session.flush()?;
            both.unit.flush()?;
        }
        if number % 40 == 0 {
            both.session.rollback()?;
            both.unit.rollback()?;
            (both.authors, both.books) = committed.clone();
        } else if number % 20 == 0 {
            both.session.commit()?;
            both.unit.commit()?;
            committed = (both.authors.clone(), both.books.clone());
            both.compare()?;
        }
    }
    let theirs = recorder.take().iter().filter(|sent| writes(&sent.sql)).count();
    let ours = both.unit.database.take_log().iter().filter(|sql| writes(sql)).count();
    assert!(ours <= theirs, "{ours} statements that write, and orm sent {theirs}");
    Ok(())
}

fn two_hundred_random_edits_beside_orm() -> Result<()> {
    (0..20).try_for_each(random_edits)
}
