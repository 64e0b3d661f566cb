//! Patterns: `like`, `starts_with`, `contains`, `ends_with` and their forms that ignore case find the same rows on every database.

use orm::Result;
use orm::prelude::*;
use orm::sql::not_;

use crate::Db;

cases![
    case_counts,
    case_is_ignored_where_it_says_so,
    a_backslash_is_a_character,
    an_escape_character_is_the_callers,
    needles_are_taken_literally,
    a_needle_may_be_an_expression,
    null_matches_nothing,
    letters_beyond_ascii_match,
    a_zero_byte_is_a_character_or_refused,
    a_collation_that_ignores_case_changes_nothing,
    queries_by_hand_keep_the_like_of_the_database,
];

#[derive(Entity, Debug, Default)]
struct Word {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 50)]
    word: String,
    #[entity(length = 50)]
    part: Option<String>,
}

fn words(db: &Db, words: &[(&str, Option<&str>)]) -> Result<Session> {
    let mut session = Session::new(&db.engine(schema![Word])?);
    session.add_all(words.iter().map(|(word, part)| Word {
        word: (*word).into(),
        part: part.map(Into::into),
        ..Word::default()
    }));
    session.commit()?;
    Ok(session)
}

#[track_caller]
fn check(session: &mut Session, condition: Expr<bool>, expected: &[&str]) {
    let shown = format!("{condition:?}");
    let found = session.all(select(Word::WORD).filter(condition).order_by(Word::ID));
    assert_eq!(found.expect("an answer"), expected, "{shown}");
}

fn case_counts(db: &Db) -> Result<()> {
    let session = &mut words(db, &[("Rust", None), ("rust", None), ("RUSTY", None), ("trust", None)])?;
    check(session, Word::WORD.starts_with("ru"), &["rust"]);
    check(session, Word::WORD.contains("ust"), &["Rust", "rust", "trust"]);
    check(session, Word::WORD.ends_with("UST"), &[]);
    check(session, Word::WORD.like("ru%"), &["rust"]);
    check(session, Word::WORD.like("_ust"), &["Rust", "rust"]);
    check(session, Word::WORD.not_like("%us%"), &["RUSTY"]);
    check(session, not_(Word::WORD.starts_with("ru")), &["Rust", "RUSTY", "trust"]);
    check(session, Word::WORD.contains(""), &["Rust", "rust", "RUSTY", "trust"]);
    check(session, Word::WORD.like(""), &[]);
    Ok(())
}

fn case_is_ignored_where_it_says_so(db: &Db) -> Result<()> {
    let session = &mut words(db, &[("Rust", None), ("rust", None), ("RUSTY", None), ("50%_Off", None)])?;
    check(session, Word::WORD.ilike("rUs_"), &["Rust", "rust"]);
    check(session, Word::WORD.not_ilike("rus%"), &["50%_Off"]);
    check(session, Word::WORD.istarts_with("RU"), &["Rust", "rust", "RUSTY"]);
    check(session, Word::WORD.icontains("%_o"), &["50%_Off"]);
    check(session, Word::WORD.iends_with("sty"), &["RUSTY"]);
    check(session, Word::WORD.ilike_escape("50/%/_o%", '/'), &["50%_Off"]);
    Ok(())
}

fn a_backslash_is_a_character(db: &Db) -> Result<()> {
    let session = &mut words(
        db,
        &[("a\\b", Some("a\\%")), ("a%", Some("a\\%")), ("a\\%/|~^!", Some("%\\")), ("c:\\", Some("%\\"))],
    )?;
    check(session, Word::WORD.like("a\\%"), &["a\\b", "a\\%/|~^!"]);
    check(session, Word::WORD.like("%\\"), &["c:\\"]);
    check(session, Word::WORD.like("a\\_/|~^!"), &["a\\%/|~^!"]);
    check(session, Word::WORD.ilike("A\\B"), &["a\\b"]);
    check(session, Word::WORD.not_like("%\\%"), &["a%"]);
    // A pattern that only the database knows.
    check(session, Word::WORD.like(Word::PART), &["a\\b", "c:\\"]);
    check(session, Word::WORD.ilike(Word::PART), &["a\\b", "c:\\"]);
    check(session, Word::WORD.contains("\\"), &["a\\b", "a\\%/|~^!", "c:\\"]);
    check(session, Word::WORD.ends_with("\\"), &["c:\\"]);
    check(session, Word::WORD.starts_with("a\\"), &["a\\b", "a\\%/|~^!"]);
    Ok(())
}

fn an_escape_character_is_the_callers(db: &Db) -> Result<()> {
    let session = &mut words(db, &[("50%", None), ("500", None), ("a!b", None), ("a_b", None)])?;
    check(session, Word::WORD.like_escape("50!%", '!'), &["50%"]);
    check(session, Word::WORD.like_escape("a!!b", '!'), &["a!b"]);
    check(session, not_(Word::WORD.like_escape("%!_%", '!')), &["50%", "500", "a!b"]);
    for (pattern, escape) in [("a", '\''), ("a", 'é'), ("a", '\\'), ("a", '%'), ("a!", '!')] {
        let refused = session.all(select(Word::ID).filter(Word::WORD.like_escape(pattern, escape))).unwrap_err();
        assert!(refused.to_string().contains("escape"), "{refused}");
    }
    Ok(())
}

fn needles_are_taken_literally(db: &Db) -> Result<()> {
    let all = ["50%", "500", "a_b", "acb", "a/b", "[x]", "*?", "'\"", "a  "];
    let session = &mut words(db, &all.map(|word| (word, None)))?;
    for word in all {
        check(session, Word::WORD.starts_with(word), &[word]);
        check(session, Word::WORD.contains(word), &[word]);
        check(session, Word::WORD.ends_with(word), &[word]);
    }
    check(session, Word::WORD.contains("%"), &["50%"]);
    check(session, Word::WORD.contains("_"), &["a_b"]);
    check(session, Word::WORD.ends_with(" "), &["a  "]);
    Ok(())
}

fn a_needle_may_be_an_expression(db: &Db) -> Result<()> {
    let rows = [
        ("abc", Some("ab")),
        ("a%c", Some("a%")),
        ("abc", Some("a%")),
        ("x/_y", Some("/_")),
        ("ABC", Some("ab")),
        ("abc", None),
    ];
    let session = &mut words(db, &rows)?;
    check(session, Word::WORD.starts_with(Word::PART), &["abc", "a%c"]);
    check(session, Word::WORD.contains(Word::PART), &["abc", "a%c", "x/_y"]);
    check(session, Word::WORD.ends_with(Word::PART.concat("y")), &["x/_y"]);
    check(session, Word::WORD.icontains(Word::PART), &["abc", "a%c", "x/_y", "ABC"]);
    check(session, lower(Word::WORD).starts_with(lower(Word::PART)), &["abc", "a%c", "ABC"]);
    check(session, Word::WORD.like(Word::PART.concat("%")), &["abc", "a%c", "abc"]);
    check(session, literal("abcd".to_owned()).starts_with(Word::WORD), &["abc", "abc", "abc"]);
    Ok(())
}

fn null_matches_nothing(db: &Db) -> Result<()> {
    let session = &mut words(db, &[("a", None), ("b", Some("b"))])?;
    check(session, Word::PART.like("%"), &["b"]);
    check(session, Word::PART.not_like("x"), &["b"]);
    check(session, not_(Word::PART.contains("x")), &["b"]);
    check(session, Word::WORD.starts_with(Word::PART), &["b"]);
    check(session, not_(Word::WORD.istarts_with(Word::PART)), &[]);
    Ok(())
}

fn letters_beyond_ascii_match(db: &Db) -> Result<()> {
    let session =
        &mut words(db, &[("Äpfel", None), ("äpfel", None), ("日本語", None), ("🦀 crab", None), ("e\u{301}", None)])?;
    check(session, Word::WORD.starts_with("ä"), &["äpfel"]);
    check(session, Word::WORD.contains("本"), &["日本語"]);
    check(session, Word::WORD.like("日_語"), &["日本語"]);
    check(session, Word::WORD.like("_ crab"), &["🦀 crab"]);
    check(session, Word::WORD.like("é"), &[]);
    check(session, Word::WORD.ilike("🦀 CRAB"), &["🦀 crab"]);
    Ok(())
}

fn a_zero_byte_is_a_character_or_refused(db: &Db) -> Result<()> {
    let mut session = words(db, &[("abc", None), ("a", None)])?;
    session.add(Word { word: "a\0b".into(), ..Word::default() });
    // PostgreSQL keeps no zero byte, neither in a column nor in a parameter.
    let stored = session.commit().is_ok();
    session.rollback()?;
    for (condition, expected) in [
        (Word::WORD.contains("\0zzz"), vec![]),
        (Word::WORD.starts_with("a\0zzz"), vec![]),
        (Word::WORD.ends_with("\0zzz"), vec![]),
        (Word::WORD.contains("a\0b"), vec!["a\0b"]),
        (Word::WORD.ends_with("\0b"), vec!["a\0b"]),
        (Word::WORD.icontains("\0B"), vec!["a\0b"]),
        (Word::WORD.like("%\0%"), vec!["a\0b"]),
        (Word::WORD.ilike("A\0_"), vec!["a\0b"]),
    ] {
        match session.all(select(Word::WORD).filter(condition)) {
            Ok(found) => assert!(stored && found == expected, "{found:?}"),
            Err(_) => assert!(!stored),
        }
        session.rollback()?;
    }
    if stored {
        check(&mut session, Word::WORD.like("a"), &["a"]);
    }
    Ok(())
}

fn a_collation_that_ignores_case_changes_nothing(db: &Db) -> Result<()> {
    let engine = db.shared_builder().build()?;
    let collation = db.caseless_collation();
    let mut session = Session::new(&engine);
    let create = format!(
        "CREATE TABLE word (id BIGINT PRIMARY KEY, word VARCHAR(50) {collation}, part VARCHAR(50) {collation})"
    );
    session.execute(&text(create))?;
    for (id, word) in [(1, "Rust"), (2, "rust")] {
        session.execute(&insert("word").set(Word::ID, id).set(Word::WORD, word).set(Word::PART, "ru"))?;
    }
    check(&mut session, Word::WORD.like("ru%"), &["rust"]);
    check(&mut session, Word::WORD.starts_with("ru"), &["rust"]);
    check(&mut session, Word::WORD.contains(Word::PART), &["rust"]);
    check(&mut session, Word::WORD.like(Word::PART.concat("%")), &["rust"]);
    check(&mut session, Word::WORD.ilike("RU%"), &["Rust", "rust"]);
    Ok(())
}

fn queries_by_hand_keep_the_like_of_the_database(db: &Db) -> Result<()> {
    let mut session = words(db, &[("Rust", None)])?;
    let by_hand = text("word LIKE 'Ru%'").typed::<bool>();
    check(&mut session, by_hand, &["Rust"]);
    Ok(())
}
