//! Keys that the database takes for equal and that are not the same text: tables of others, whose collations ignore case.

use orm::Result;
use orm::prelude::*;

use crate::Db;

cases![
    members_are_found_by_keys_of_another_case,
    many_owners_find_their_members,
    references_of_another_case_lead_to_their_row,
    links_of_another_case_lead_to_both_sides,
    one_to_one_is_found_by_a_key_of_another_case,
    a_row_is_one_entity_whatever_the_case_of_its_key,
];

#[derive(Entity, Debug, Default)]
struct Tag {
    #[entity(primary_key, length = 20)]
    word: String,
    #[entity(inverse = "tag", order_by = "id")]
    uses: HasMany<TagUse>,
    #[entity(inverse = "tag")]
    note: HasOne<TagNote>,
    #[entity(secondary = "tag_page", inverse = "tags", order_by = "title")]
    pages: ManyToMany<Page>,
}

#[derive(Entity, Debug, Default)]
struct TagUse {
    #[entity(primary_key)]
    id: i64,
    #[entity(inverse = "uses")]
    tag: BelongsTo<Option<Tag>>,
}

#[derive(Entity, Debug, Default)]
struct TagNote {
    #[entity(primary_key)]
    id: i64,
    #[entity(inverse = "note")]
    tag: BelongsTo<Option<Tag>>,
}

#[derive(Entity, Debug, Default)]
struct Page {
    #[entity(primary_key, length = 20)]
    title: String,
    #[entity(secondary = "tag_page", inverse = "pages", order_by = "word")]
    tags: ManyToMany<Tag>,
}

/// Tables with rows whose foreign keys differ in case from the keys that they refer to; none where no collation that is built in ignores case.
fn tags(db: &Db) -> Result<Option<Session>> {
    let collation = db.caseless_collation();
    if collation.is_empty() {
        return Ok(None);
    }
    let key = format!("VARCHAR(20) {collation}");
    let mut session = Session::new(&db.shared_builder().build()?);
    for sql in [
        format!("CREATE TABLE tag (word {key} PRIMARY KEY)"),
        format!("CREATE TABLE page (title {key} PRIMARY KEY)"),
        format!("CREATE TABLE tag_use (id INTEGER PRIMARY KEY, tag_id {key})"),
        format!("CREATE TABLE tag_note (id INTEGER PRIMARY KEY, tag_id {key})"),
        format!("CREATE TABLE tag_page (tag_id {key}, page_id {key})"),
        "INSERT INTO tag VALUES ('rust'), ('Go'), ('c')".to_owned(),
        "INSERT INTO page VALUES ('One'), ('two')".to_owned(),
        "INSERT INTO tag_use VALUES (1, 'RUST'), (2, 'rust'), (3, 'Rust'), (4, 'go'), (5, NULL), (6, 'GO')".to_owned(),
        "INSERT INTO tag_note VALUES (1, 'RUST'), (2, 'c')".to_owned(),
        "INSERT INTO tag_page VALUES ('RUST', 'one'), ('rust', 'TWO'), ('GO', 'One')".to_owned(),
    ] {
        session.execute(&text(sql))?;
    }
    session.commit()?;
    Ok(Some(session))
}

fn ids(session: &mut Session, tag: Key<Tag>) -> Result<Vec<i64>> {
    let uses = session.rel(tag, Tag::USES).load()?;
    Ok(uses.into_iter().map(|key| session[key].id).collect())
}

fn members_are_found_by_keys_of_another_case(db: &Db) -> Result<()> {
    let Some(mut session) = tags(db)? else { return Ok(()) };
    for query in [
        select(entity::<Tag>()),
        select(entity::<Tag>()).options(joined(Tag::USES)),
        select(entity::<Tag>()).options(selectin(Tag::USES)),
        select(entity::<Tag>()).options(subquery(Tag::USES)),
        select(entity::<Tag>()).options(immediate(Tag::USES)),
        select(entity::<Tag>()).options(peers(Tag::USES)),
    ] {
        session.expunge_all();
        let tag = session.one(query.filter(Tag::WORD.eq("rust")))?;
        assert_eq!(ids(&mut session, tag)?, [1, 2, 3]);
        for member in session.rel(tag, Tag::USES).load()? {
            assert_eq!(session.rel(member, TagUse::TAG).load()?, Some(tag));
        }
    }
    Ok(())
}

fn many_owners_find_their_members(db: &Db) -> Result<()> {
    let Some(mut session) = tags(db)? else { return Ok(()) };
    for query in [
        select(entity::<Tag>()).options(joined(Tag::USES)),
        select(entity::<Tag>()).options(selectin(Tag::USES)),
        select(entity::<Tag>()).options(subquery(Tag::USES)),
        select(entity::<Tag>()).options(immediate(Tag::USES)),
        select(entity::<Tag>()).options(peers(Tag::USES)),
        select(entity::<Tag>()),
    ] {
        session.expunge_all();
        let tags = session.all(query.order_by(Tag::WORD))?;
        let mut found = Vec::new();
        for tag in tags {
            found.push((session[tag].word.clone(), ids(&mut session, tag)?));
        }
        found.sort();
        let expected = [("Go".to_owned(), vec![4, 6]), ("c".to_owned(), vec![]), ("rust".to_owned(), vec![1, 2, 3])];
        assert_eq!(found, expected);
    }
    Ok(())
}

fn references_of_another_case_lead_to_their_row(db: &Db) -> Result<()> {
    let Some(mut session) = tags(db)? else { return Ok(()) };
    for query in [
        select(entity::<TagUse>()).options(joined(TagUse::TAG)),
        select(entity::<TagUse>()).options(selectin(TagUse::TAG)),
        select(entity::<TagUse>()).options(peers(TagUse::TAG)),
        select(entity::<TagUse>()),
    ] {
        session.expunge_all();
        let mut found = Vec::new();
        for member in session.all(query.order_by(TagUse::ID))? {
            let tag = session.rel(member, TagUse::TAG).load()?;
            found.push(tag.map(|tag| session[tag].word.clone()));
        }
        let (rust, go) = (Some("rust".to_owned()), Some("Go".to_owned()));
        assert_eq!(found, [rust.clone(), rust.clone(), rust, go.clone(), None, go]);
        assert_eq!(session.held::<Tag>().len(), 2);
    }
    Ok(())
}

fn links_of_another_case_lead_to_both_sides(db: &Db) -> Result<()> {
    let Some(mut session) = tags(db)? else { return Ok(()) };
    for query in [
        select(entity::<Tag>()).options(joined(Tag::PAGES)),
        select(entity::<Tag>()).options(selectin(Tag::PAGES)),
        select(entity::<Tag>()).options(peers(Tag::PAGES)),
        select(entity::<Tag>()),
    ] {
        session.expunge_all();
        let mut found = Vec::new();
        for tag in session.all(query)? {
            let pages = session.rel(tag, Tag::PAGES).load()?;
            let titles: Vec<String> = pages.into_iter().map(|page| session[page].title.clone()).collect();
            found.push((session[tag].word.clone(), titles.join(" ")));
        }
        found.sort();
        let expected = [("Go", "One"), ("c", ""), ("rust", "One two")];
        assert_eq!(found, expected.map(|(word, titles)| (word.to_owned(), titles.to_owned())));
    }
    Ok(())
}

fn one_to_one_is_found_by_a_key_of_another_case(db: &Db) -> Result<()> {
    let Some(mut session) = tags(db)? else { return Ok(()) };
    for query in [
        select(entity::<Tag>()).options(joined(Tag::NOTE)),
        select(entity::<Tag>()).options(selectin(Tag::NOTE)),
        select(entity::<Tag>()),
    ] {
        session.expunge_all();
        let mut found = Vec::new();
        for tag in session.all(query)? {
            let note = session.rel(tag, Tag::NOTE).load()?;
            found.push((session[tag].word.clone(), note.map(|note| session[note].id)));
        }
        found.sort();
        assert_eq!(found, [("Go".to_owned(), None), ("c".to_owned(), Some(2)), ("rust".to_owned(), Some(1))]);
    }
    Ok(())
}

fn a_row_is_one_entity_whatever_the_case_of_its_key(db: &Db) -> Result<()> {
    let Some(mut session) = tags(db)? else { return Ok(()) };
    let rust = session.get::<Tag>("rust".to_owned())?.expect("it is there");
    assert_eq!(session.get::<Tag>("RUST".to_owned())?, Some(rust));
    session.commit()?;
    assert_eq!(session.get::<Tag>("Rust".to_owned())?, Some(rust));
    assert_eq!(session.load(rust)?.word, "rust");
    // Somebody else writes the key in another case: the row is there, and the entity says so.
    session.execute(&text("UPDATE tag SET word = 'RUST' WHERE word = 'rust'"))?;
    let refused = session.refresh(rust).unwrap_err().to_string();
    assert!(refused.contains("differs") && refused.contains("get()"), "{refused}");
    session.rollback()?;
    assert_eq!(session.load(rust)?.word, "rust");
    Ok(())
}
