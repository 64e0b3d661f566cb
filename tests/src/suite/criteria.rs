//! Loader criteria: one condition for every SELECT of an entity, wherever it stands.

use orm::prelude::*;
use orm::{Error, Result};

use crate::Db;
use crate::sent::{check_kinds, check_silence, check_words};

cases![
    a_criterion_of_a_session_is_in_every_query,
    a_criterion_of_a_query_is_in_that_query,
    a_joined_entity_is_restricted_in_the_join,
    an_alias_is_restricted_by_its_name,
    subqueries_are_restricted,
    conditions_over_relationships_are_restricted,
    every_strategy_loads_the_same_members,
    a_lazy_load_remembers_the_criteria_of_its_query,
    a_session_s_criterion_is_not_remembered_but_asked,
    get_and_load_are_restricted,
    what_is_in_memory_is_given,
    a_mixin_restricts_all_that_embed_it,
    a_mixin_is_named_by_each_alias,
    criteria_are_left_out_by_name,
    several_criteria_hold_together,
    counts_limits_and_streams_are_restricted,
    the_base_of_a_hierarchy_restricts_all_classes,
    a_class_restricts_its_own_rows_alone,
    a_class_with_a_table_of_its_own_is_restricted_among_the_others,
    a_cascade_reaches_what_is_hidden,
    a_merge_does_not_see_what_is_hidden,
    a_hidden_partner_loses_its_place,
    peers_of_another_query_keep_their_criteria,
    tables_by_name_are_not_restricted,
    a_criterion_over_foreign_columns_is_refused,
    a_criterion_may_have_a_subquery_of_its_own_table,
    no_statement_shows_a_row_of_another_tenant,
];

#[derive(Embed, Debug, Default)]
struct Owned {
    tenant: i64,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "writer")]
struct Writer {
    #[entity(primary_key)]
    id: Auto<i64>,
    name: String,
    #[entity(embed)]
    owned: Owned,
    #[entity(inverse = "writer", cascade = "all, delete-orphan", order_by = "id")]
    posts: HasMany<Post>,
    #[entity(inverse = "writer")]
    desk: HasOne<Desk>,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "post")]
struct Post {
    #[entity(primary_key)]
    id: Auto<i64>,
    title: String,
    deleted: bool,
    #[entity(embed)]
    owned: Owned,
    #[entity(inverse = "posts")]
    writer: BelongsTo<Writer>,
    #[entity(secondary = "post_label", inverse = "posts", order_by = "id")]
    labels: ManyToMany<Label>,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "label")]
struct Label {
    #[entity(primary_key)]
    id: Auto<i64>,
    word: String,
    #[entity(embed)]
    owned: Owned,
    #[entity(secondary = "post_label", inverse = "labels")]
    posts: ManyToMany<Post>,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "desk")]
struct Desk {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(embed)]
    owned: Owned,
    #[entity(inverse = "desk")]
    writer: BelongsTo<Option<Writer>>,
}

fn owned(tenant: i64) -> Owned {
    Owned { tenant }
}

fn post(title: &str, tenant: i64, deleted: bool) -> Post {
    Post { title: title.to_owned(), deleted, owned: owned(tenant), ..Post::default() }
}

/// Ann of tenant 1 with three posts, of which one is deleted and one is of tenant 2; Bob of tenant 2 with a post. Labels of both on Ann's first post.
fn engine(db: &Db) -> Result<Engine> {
    let engine = db.shared_engine(schema![Writer, Post, Label, Desk])?;
    let mut session = Session::new(&engine);
    let [ann, bob] = [("ann", 1), ("bob", 2)]
        .map(|(name, tenant)| session.add(Writer { name: name.into(), owned: owned(tenant), ..Writer::default() }));
    let posts = [post("one", 1, false), post("old", 1, true), post("theirs", 2, false)];
    let posts = session.rel(ann, Writer::POSTS).extend(posts)?;
    session.rel(bob, Writer::POSTS).push(post("bob's", 2, false))?;
    for tenant in [1, 2] {
        let label = Label { word: format!("label {tenant}"), owned: owned(tenant), ..Label::default() };
        session.rel(posts[0], Post::LABELS).push(label)?;
    }
    for (writer, tenant) in [(ann, 2), (bob, 1)] {
        session.rel(writer, Writer::DESK).set(Desk { owned: owned(tenant), ..Desk::default() })?;
    }
    session.commit()?;
    Ok(engine)
}

fn kept() -> orm::load::LoaderCriterion {
    criterion::<Post>(Post::DELETED.eq(false)).named("kept")
}

fn of_tenant(tenant: i64) -> orm::load::LoaderCriterion {
    mixin_criterion::<Owned>(move |row| row.column(Owned::TENANT).eq(tenant)).named("tenant")
}

fn titles(session: &Session, posts: &[Key<Post>]) -> Vec<String> {
    posts.iter().map(|post| session[*post].title.clone()).collect()
}

fn writer(session: &mut Session, name: &str) -> Result<Key<Writer>> {
    session.one(select(entity::<Writer>()).filter(Writer::NAME.eq(name)))
}

fn a_criterion_of_a_session_is_in_every_query(db: &Db) -> Result<()> {
    let mut session = Session::builder(&engine(db)?).criterion(kept()).build();
    let recorder = session.engine().record();
    let found = session.all(select(Post::TITLE).order_by(Post::ID))?;
    check_words(db, &recorder, &["BEGIN", "SELECT post.title FROM post WHERE post.deleted = ? ORDER BY post.id"]);
    assert_eq!(found, ["one", "theirs", "bob's"]);
    let posts = session.query::<Post>().filter(Post::OWNED.column(Owned::TENANT).eq(1)).all()?;
    assert_eq!(titles(&session, &posts), ["one"]);
    Ok(())
}

fn a_criterion_of_a_query_is_in_that_query(db: &Db) -> Result<()> {
    let mut session = Session::new(&engine(db)?);
    assert_eq!(session.query::<Post>().options(kept()).count()?, 3);
    assert_eq!(session.query::<Post>().count()?, 4);
    Ok(())
}

fn a_joined_entity_is_restricted_in_the_join(db: &Db) -> Result<()> {
    let mut session = Session::builder(&engine(db)?).criterion(of_tenant(1)).build();
    let recorder = session.engine().record();
    let pairs = select((Writer::NAME, optional(Desk::ID))).left_join(Writer::DESK);
    assert_eq!(session.all(pairs)?, [("ann".to_owned(), None)], "her desk is of another tenant, she is not");
    check_words(
        db,
        &recorder,
        &[
            "BEGIN",
            "SELECT writer.name, desk.id FROM writer \
             LEFT OUTER JOIN desk ON writer.id = desk.writer_id AND desk.tenant = ? WHERE writer.tenant = ?",
        ],
    );
    assert_eq!(session.all(select((Writer::NAME, Desk::ID)).join(Writer::DESK))?, []);
    Ok(())
}

fn an_alias_is_restricted_by_its_name(db: &Db) -> Result<()> {
    let mut session = Session::builder(&engine(db)?).criterion(kept()).build();
    let (one, other) = (alias::<Post>("one"), alias::<Post>("other"));
    let pairs = select((one.column(Post::TITLE), other.column(Post::TITLE)))
        .select_from(&one)
        .join_to(&other, one.column(Post::WRITER_ID).eq(other.column(Post::WRITER_ID)))
        .filter(one.column(Post::ID).lt(other.column(Post::ID)));
    assert_eq!(session.all(pairs)?, [("one".to_owned(), "theirs".to_owned())]);
    Ok(())
}

fn subqueries_are_restricted(db: &Db) -> Result<()> {
    let mut session = Session::builder(&engine(db)?).criterion(kept()).build();
    let with_old = Writer::ID.in_select(select(Post::WRITER_ID).filter(Post::TITLE.eq("old")));
    assert_eq!(session.all(select(Writer::NAME).filter(with_old))?, Vec::<String>::new());
    let posts = scalar(select(count(Post::ID)).filter(Post::WRITER_ID.eq(Writer::ID)));
    let counted = select((Writer::NAME, posts)).order_by(Writer::ID);
    assert_eq!(session.all(counted)?, [("ann".to_owned(), Some(2)), ("bob".to_owned(), Some(1))]);
    Ok(())
}

fn conditions_over_relationships_are_restricted(db: &Db) -> Result<()> {
    let mut session = Session::builder(&engine(db)?).criterion(kept()).criterion(of_tenant(1)).build();
    let old = select(Writer::NAME).filter(Writer::POSTS.any(Post::TITLE.eq("old")));
    assert_eq!(session.all(old)?, Vec::<String>::new());
    let one = select(Writer::NAME).filter(Writer::POSTS.any(Post::TITLE.eq("one")));
    assert_eq!(session.all(one)?, ["ann"]);
    let seated = select(Writer::NAME).filter(Writer::DESK.has(Desk::ID.gt(0)));
    assert_eq!(session.all(seated)?, Vec::<String>::new());
    let labelled = select(Post::TITLE).filter(Post::LABELS.any(Label::WORD.eq("label 2")));
    assert_eq!(session.all(labelled)?, Vec::<String>::new());
    Ok(())
}

fn every_strategy_loads_the_same_members(db: &Db) -> Result<()> {
    let engine = engine(db)?;
    for strategy in [lazy(Writer::POSTS), peers(Writer::POSTS), selectin(Writer::POSTS), joined(Writer::POSTS)] {
        let mut session = Session::builder(&engine).criterion(kept()).criterion(of_tenant(1)).build();
        let writers = session.query::<Writer>().options(strategy.clone()).all()?;
        assert_eq!(writers.len(), 1);
        let posts = session.rel(writers[0], Writer::POSTS).load()?;
        assert_eq!(titles(&session, &posts), ["one"], "{strategy:?}");
    }
    for strategy in [subquery(Writer::POSTS), immediate(Writer::POSTS), selectin(Writer::POSTS)] {
        let mut session = Session::new(&engine);
        let nested = strategy.then(selectin(Post::LABELS));
        let options = (nested, kept(), of_tenant(1));
        let writers = session.query::<Writer>().options(options).all()?;
        let recorder = session.engine().record();
        let posts = session.rel(writers[0], Writer::POSTS).load()?;
        assert_eq!(titles(&session, &posts), ["one"]);
        let labels = session.rel(posts[0], Post::LABELS).load()?;
        check_silence(&recorder);
        assert_eq!(labels.len(), 1);
        assert_eq!(session[labels[0]].word, "label 1");
    }
    Ok(())
}

fn a_lazy_load_remembers_the_criteria_of_its_query(db: &Db) -> Result<()> {
    let mut session = Session::new(&engine(db)?);
    let ann = session.one(select(entity::<Writer>()).filter(Writer::NAME.eq("ann")).options((kept(), of_tenant(1))))?;
    let posts = session.rel(ann, Writer::POSTS).load()?;
    assert_eq!(titles(&session, &posts), ["one"]);
    let labels = session.rel(posts[0], Post::LABELS).load()?;
    assert_eq!(labels.len(), 1, "and so do those that are loaded lazily from these");
    let bob = writer(&mut session, "bob")?;
    assert_eq!(session.rel(bob, Writer::POSTS).load()?.len(), 1, "but not those of another query");
    Ok(())
}

fn a_session_s_criterion_is_not_remembered_but_asked(db: &Db) -> Result<()> {
    let mut session = Session::builder(&engine(db)?).criterion(kept()).build();
    let bytes = session.memory().bookkeeping_bytes;
    let ann = writer(&mut session, "ann")?;
    let posts = session.rel(ann, Writer::POSTS).load()?;
    assert_eq!(titles(&session, &posts), ["one", "theirs"]);
    assert!(session.memory().bookkeeping_bytes < bytes + 10_000);
    Ok(())
}

fn get_and_load_are_restricted(db: &Db) -> Result<()> {
    let engine = engine(db)?;
    let old = Session::new(&engine).one(select(Post::ID).filter(Post::TITLE.eq("old")))?;
    let mut session = Session::builder(&engine).criterion(kept()).build();
    assert_eq!(session.get::<Post>(old)?, None);
    let one = session.one(select(entity::<Post>()).filter(Post::TITLE.eq("one")))?;
    session[one].deleted = true;
    session.commit()?;
    let gone = session.load(one).expect_err("the row is hidden now");
    assert!(matches!(gone, Error::ObjectDeleted { .. }), "{gone}");
    Ok(())
}

fn what_is_in_memory_is_given(db: &Db) -> Result<()> {
    let mut session = Session::new(&engine(db)?);
    let bob = writer(&mut session, "bob")?;
    let theirs = session.query::<Post>().options(of_tenant(2)).order_by(Post::ID).all()?;
    let recorder = session.engine().record();
    let last = *theirs.last().expect("bob's");
    assert_eq!(session.rel(last, Post::WRITER).load()?, Some(bob));
    check_silence(&recorder);
    Ok(())
}

fn a_mixin_restricts_all_that_embed_it(db: &Db) -> Result<()> {
    let mut session = Session::builder(&engine(db)?).criterion(of_tenant(1)).build();
    assert_eq!(session.query::<Writer>().count()?, 1);
    assert_eq!(session.query::<Post>().count()?, 2);
    assert_eq!(session.query::<Label>().count()?, 1);
    assert_eq!(session.query::<Desk>().count()?, 1);
    Ok(())
}

fn a_mixin_is_named_by_each_alias(db: &Db) -> Result<()> {
    let mut session = Session::builder(&engine(db)?).criterion(of_tenant(2)).build();
    let other = alias::<Writer>("other");
    let pairs =
        select((Writer::NAME, other.column(Writer::NAME))).join_to(&other, Writer::ID.ge(other.column(Writer::ID)));
    assert_eq!(session.all(pairs)?, [("bob".to_owned(), "bob".to_owned())]);
    Ok(())
}

fn criteria_are_left_out_by_name(db: &Db) -> Result<()> {
    let mut session = Session::builder(&engine(db)?).criterion(kept()).criterion(of_tenant(1)).build();
    assert_eq!(session.query::<Post>().count()?, 1);
    assert_eq!(session.query::<Post>().options(without_criteria(["kept"])).count()?, 2);
    assert_eq!(session.query::<Post>().options(without_criteria(["kept", "tenant"])).count()?, 4);
    assert_eq!(session.query::<Post>().options(without_criteria(["other"])).count()?, 1);
    let ann = session.query::<Writer>().options(without_criteria(["kept"])).one()?;
    assert_eq!(session.rel(ann, Writer::POSTS).load()?.len(), 2, "a lazy load leaves out what its query left out");
    Ok(())
}

fn several_criteria_hold_together(db: &Db) -> Result<()> {
    let mut session = Session::builder(&engine(db)?).criterion(kept()).build();
    let recorder = session.engine().record();
    assert_eq!(session.all(select(Post::TITLE).options(of_tenant(1)))?, ["one"]);
    check_words(db, &recorder, &["BEGIN", "SELECT post.title FROM post WHERE post.deleted = ? AND post.tenant = ?"]);
    // The same criterion twice is said once.
    let (twice, engine) = (kept(), session.engine().clone());
    drop(session);
    let mut session = Session::builder(&engine).criterion(twice.clone()).build();
    let recorder = session.engine().record();
    session.all(select(Post::TITLE).options(twice))?;
    check_words(db, &recorder, &["BEGIN", "SELECT post.title FROM post WHERE post.deleted = ?"]);
    Ok(())
}

fn counts_limits_and_streams_are_restricted(db: &Db) -> Result<()> {
    let mut session = Session::builder(&engine(db)?).criterion(kept()).criterion(of_tenant(1)).build();
    assert_eq!(session.count(select(Post::TITLE).distinct())?, 1);
    assert_eq!(session.first(select(Post::TITLE).order_by(Post::ID.desc()))?, Some("one".to_owned()));
    let limited = session.query::<Writer>().options(joined(Writer::POSTS)).order_by(Writer::ID).limit(2).all()?;
    assert_eq!(limited.len(), 1);
    assert_eq!(session.rel(limited[0], Writer::POSTS).load()?.len(), 1);
    let mut seen = Vec::new();
    session.for_each(select(Post::TITLE), |title| {
        seen.push(title);
        Ok(())
    })?;
    assert_eq!(seen, ["one"]);
    Ok(())
}

mod single {
    use orm::prelude::*;

    #[derive(Entity, Debug)]
    #[entity(inheritance = "single", discriminator = "kind")]
    pub(super) enum Animal {
        Beast(Beast),
        Dog(Dog),
        Puppy(Puppy),
    }

    #[derive(Entity, Debug, Default)]
    #[entity(root = "Animal", table = "animal")]
    pub(super) struct Beast {
        #[entity(primary_key)]
        pub(super) id: Auto<i64>,
        pub(super) name: String,
    }

    #[derive(Entity, Debug, Default)]
    #[entity(root = "Animal")]
    pub(super) struct Dog {
        #[entity(base)]
        pub(super) beast: Beast,
        pub(super) trained: bool,
    }

    #[derive(Entity, Debug, Default)]
    #[entity(root = "Animal")]
    pub(super) struct Puppy {
        #[entity(base)]
        pub(super) dog: Dog,
    }
}

mod joined_tables {
    use orm::prelude::*;

    #[derive(Entity, Debug)]
    #[entity(inheritance = "joined")]
    pub(super) enum Document {
        Paper(Paper),
        Letter(Letter),
    }

    #[derive(Entity, Debug, Default)]
    #[entity(root = "Document", table = "paper")]
    pub(super) struct Paper {
        #[entity(primary_key)]
        pub(super) id: Auto<i64>,
        pub(super) name: String,
    }

    #[derive(Entity, Debug, Default)]
    #[entity(root = "Document")]
    pub(super) struct Letter {
        #[entity(base)]
        pub(super) paper: Paper,
        pub(super) sent: bool,
    }
}

mod whole_tables {
    use orm::prelude::*;

    #[derive(Entity, Debug)]
    #[entity(inheritance = "concrete")]
    pub(super) enum Shape {
        Plain(Plain),
        Round(Round),
    }

    #[derive(Entity, Debug, Default)]
    #[entity(root = "Shape")]
    pub(super) struct Plain {
        #[entity(primary_key)]
        pub(super) id: Auto<i64>,
        pub(super) name: String,
    }

    #[derive(Entity, Debug, Default)]
    #[entity(root = "Shape")]
    pub(super) struct Round {
        #[entity(base)]
        pub(super) plain: Plain,
        pub(super) radius: i32,
    }
}

fn animals(db: &Db) -> Result<Engine> {
    use single::{Animal, Beast, Dog, Puppy};
    let engine = db.engine(schema![Animal])?;
    let mut session = Session::new(&engine);
    let beast = |name: &str| Beast { name: name.to_owned(), ..Beast::default() };
    let dog = |name: &str, trained| Dog { beast: beast(name), trained };
    session.add(beast("a"));
    session.add_all([dog("b", true), dog("c", false)]);
    session.add_all([true, false].map(|trained| Puppy { dog: dog(if trained { "d" } else { "e" }, trained) }));
    session.commit()?;
    Ok(engine)
}

fn the_base_of_a_hierarchy_restricts_all_classes(db: &Db) -> Result<()> {
    use single::{Animal, Beast, Dog, Puppy};
    let engine = animals(db)?;
    let mut session = Session::builder(&engine).criterion(criterion::<Animal>(Beast::NAME.gt("b"))).build();
    assert_eq!(session.all(select(Beast::NAME).order_by(Beast::NAME))?, ["c", "d", "e"]);
    assert_eq!(session.query::<Animal>().count()?, 3);
    assert_eq!(session.query::<Dog>().count()?, 3);
    assert_eq!(session.query::<Puppy>().count()?, 2);
    Ok(())
}

fn a_class_restricts_its_own_rows_alone(db: &Db) -> Result<()> {
    use single::{Animal, Beast, Dog, Puppy};
    let engine = animals(db)?;
    let mut session = Session::builder(&engine).criterion(criterion::<Dog>(Dog::TRAINED.eq(true))).build();
    let names = |session: &mut Session| session.all(select(Beast::NAME).order_by(Beast::NAME));
    assert_eq!(
        names(&mut session)?,
        ["a", "b", "d"],
        "what is no dog is not restricted, and no other dog slips through"
    );
    assert_eq!(session.query::<Animal>().all()?.len(), 3);
    assert_eq!(session.query::<Dog>().all()?.len(), 2);
    assert_eq!(session.query::<Puppy>().all()?.len(), 1);
    assert_eq!(session.one(select(count(Beast::NAME)))?, 3, "of a table that is named by a column alone, too");
    assert_eq!(session.one(select(count(Dog::TRAINED)))?, 2);
    let other = alias::<Animal>("other");
    assert_eq!(session.count(select(other.column(Beast::NAME)).select_from(&other))?, 3);
    Ok(())
}

fn a_class_with_a_table_of_its_own_is_restricted_among_the_others(db: &Db) -> Result<()> {
    use joined_tables::{Document, Letter, Paper};
    use whole_tables::{Plain, Round, Shape};
    let engine = db.shared_engine(schema![Document, Shape])?;
    let mut session = Session::new(&engine);
    session.add(Paper { name: "a".into(), ..Paper::default() });
    let letter = |name: &str, sent| Letter { paper: Paper { name: name.to_owned(), ..Paper::default() }, sent };
    session.add_all([letter("b", true), letter("c", false)]);
    session.add(Plain { name: "d".into(), ..Plain::default() });
    let round = |name: &str, radius| Round { plain: Plain { name: name.to_owned(), ..Plain::default() }, radius };
    session.add_all([round("e", 1), round("f", 2)]);
    session.commit()?;
    let mut session = Session::builder(&engine)
        .criterion(criterion::<Letter>(Letter::SENT.eq(true)))
        .criterion(criterion::<Round>(Round::RADIUS.eq(1)))
        .build();
    assert_eq!(session.query::<Document>().all()?.len(), 2);
    assert_eq!(session.query::<Letter>().all()?.len(), 1);
    let other = alias::<Document>("other");
    assert_eq!(session.all(select(&other))?.len(), 2);
    let alone = session.one(select(count(Letter::SENT)).options(criterion::<Document>(Paper::NAME.ne("a"))));
    let refused = alone.expect_err("the name is in another table").to_string();
    assert!(refused.contains("`.select_from(entity::<Letter>())`"), "{refused}");
    assert_eq!(session.query::<Shape>().all()?.len(), 2);
    assert_eq!(session.query::<Round>().all()?.len(), 1);
    let mut session = Session::builder(&engine)
        .criterion(criterion::<Document>(Paper::NAME.ne("b")))
        .criterion(criterion::<Shape>(Plain::NAME.ne("e")))
        .build();
    assert_eq!(session.query::<Document>().all()?.len(), 2);
    assert_eq!(session.query::<Letter>().all()?.len(), 1);
    assert_eq!(session.query::<Shape>().all()?.len(), 2);
    assert_eq!(session.query::<Round>().all()?.len(), 1);
    Ok(())
}

fn a_cascade_reaches_what_is_hidden(db: &Db) -> Result<()> {
    let mut session = Session::builder(&engine(db)?).criterion(kept()).criterion(of_tenant(1)).build();
    let ann = writer(&mut session, "ann")?;
    assert_eq!(session.rel(ann, Writer::POSTS).load()?.len(), 1);
    session.delete(ann)?;
    session.commit()?;
    let mut all = Session::new(session.engine());
    assert_eq!(all.all(select(Writer::NAME))?, ["bob"]);
    assert_eq!(all.all(select(Post::TITLE))?, ["bob's"], "no post of hers stays without her");
    Ok(())
}

fn a_merge_does_not_see_what_is_hidden(db: &Db) -> Result<()> {
    let engine = engine(db)?;
    let (id, writer) = Session::new(&engine).one(select((Post::ID, Post::WRITER_ID)).filter(Post::TITLE.eq("old")))?;
    let mut session = Session::builder(&engine).criterion(kept()).build();
    let copy = Post { id: Auto::Set(id), writer: BelongsTo::by_id(writer), ..post("new", 1, false) };
    let merged = session.merge(copy)?;
    assert_eq!(session.state(merged)?, State::Pending);
    let refused = session.commit().expect_err("the key is taken by the hidden row");
    let Error::Database(refused) = refused else { panic!("{refused}") };
    assert_eq!(refused.kind, DatabaseErrorKind::UniqueViolation);
    Ok(())
}

fn a_hidden_partner_loses_its_place(db: &Db) -> Result<()> {
    let mut session = Session::builder(&engine(db)?).criterion(of_tenant(1)).build();
    let ann = writer(&mut session, "ann")?;
    assert_eq!(session.rel(ann, Writer::DESK).load()?, None, "her desk is of another tenant");
    session.rel(ann, Writer::DESK).set(Desk { owned: owned(1), ..Desk::default() })?;
    session.commit()?;
    let id = session.one(select(Writer::ID).filter(Writer::NAME.eq("ann")))?;
    let mut all = Session::new(session.engine());
    assert_eq!(all.query::<Desk>().filter(Desk::WRITER.is(id)).count()?, 1, "two desks cannot be hers");
    Ok(())
}

fn peers_of_another_query_keep_their_criteria(db: &Db) -> Result<()> {
    let engine = engine(db)?;
    for asks_first in ["ann", "bob"] {
        let mut session = Session::new(&engine);
        let named = |name: &str| select(entity::<Writer>()).filter(Writer::NAME.eq(name)).options(peers(Writer::POSTS));
        let ann = session.one(named("ann").options(of_tenant(1)))?;
        let bob = session.one(named("bob"))?;
        session.rel(if asks_first == "ann" { ann } else { bob }, Writer::POSTS).load()?;
        assert_eq!(session.rel(ann, Writer::POSTS).load()?.len(), 2);
        assert_eq!(session.rel(bob, Writer::POSTS).load()?.len(), 1);
    }
    Ok(())
}

fn tables_by_name_are_not_restricted(db: &Db) -> Result<()> {
    let mut session = Session::builder(&engine(db)?).criterion(kept()).build();
    let posts = table("post");
    assert_eq!(session.all(select(count_all()).select_from(posts))?, [4]);
    Ok(())
}

fn a_criterion_over_foreign_columns_is_refused(db: &Db) -> Result<()> {
    let wrong = criterion::<Post>(Writer::NAME.eq("ann")).named("hers");
    let mut session = Session::builder(&engine(db)?).criterion(wrong).build();
    let recorder = session.engine().record();
    let refused = session.query::<Post>().all().expect_err("a post has no name").to_string();
    assert!(refused.contains("the criterion `hers` for `Post` of") && refused.contains("criteria.rs"), "{refused}");
    assert!(refused.contains("`writer.name`") && refused.contains(".has(..)"), "{refused}");
    check_kinds(&recorder, "begin");
    assert_eq!(session.query::<Writer>().count()?, 2, "and the session goes on");
    let right = criterion::<Post>(Post::WRITER.has(Writer::NAME.eq("ann")));
    let mut session = Session::builder(session.engine()).criterion(right).build();
    assert_eq!(session.query::<Post>().count()?, 3);
    Ok(())
}

fn a_criterion_may_have_a_subquery_of_its_own_table(db: &Db) -> Result<()> {
    let first = criterion::<Post>(Post::ID.in_select(select(min(Post::ID)).group_by(Post::WRITER_ID)));
    let mut session = Session::builder(&engine(db)?).criterion(first).build();
    assert_eq!(session.all(select(Post::TITLE).order_by(Post::ID))?, ["one", "bob's"]);
    Ok(())
}

/// Everything that a session can read, each way: nobody sees a row of another tenant.
fn no_statement_shows_a_row_of_another_tenant(db: &Db) -> Result<()> {
    let engine = engine(db)?;
    for tenant in [1, 2] {
        let mut session = Session::builder(&engine).criterion(of_tenant(tenant)).build();
        let eager = (joined(Writer::POSTS).then(selectin(Post::LABELS)), joined(Writer::DESK));
        let writers = session.query::<Writer>().options(eager).all()?;
        for writer in &writers {
            for post in session.rel(*writer, Writer::POSTS).load()? {
                session.rel(post, Post::LABELS).load()?;
                session.rel(post, Post::WRITER).load()?;
            }
            session.rel(*writer, Writer::DESK).load()?;
            let posts = session.rel(*writer, Writer::POSTS).select()?;
            session.all(posts)?;
        }
        session.all(select((entity::<Post>(), entity::<Writer>())).join(Post::WRITER))?;
        session.all(select((entity::<Post>(), optional(entity::<Label>()))).left_join(Post::LABELS))?;
        for id in 1..=5 {
            session.get::<Post>(id)?;
            session.get::<Label>(id)?;
            session.get::<Desk>(id)?;
            session.get::<Writer>(id)?;
        }
        session.expire_all();
        for post in session.held::<Post>() {
            session.load(post)?;
            session.rel(post, Post::LABELS).load()?;
            session.refresh(post)?;
        }
        for label in session.held::<Label>() {
            session.rel(label, Label::POSTS).load()?;
        }
        let seen = |owned: &Owned| assert_eq!(owned.tenant, tenant);
        session.held::<Writer>().into_iter().for_each(|key| seen(&session[key].owned));
        session.held::<Post>().into_iter().for_each(|key| seen(&session[key].owned));
        session.held::<Label>().into_iter().for_each(|key| seen(&session[key].owned));
        session.held::<Desk>().into_iter().for_each(|key| seen(&session[key].owned));
        assert!(!session.held::<Post>().is_empty() && !session.held::<Desk>().is_empty());
        let untracked = session.all(select(untracked::<Post>()))?;
        untracked.iter().for_each(|post| seen(&post.owned));
    }
    Ok(())
}
