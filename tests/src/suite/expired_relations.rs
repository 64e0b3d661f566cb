//! Relationships of expired memory: `rel(..)` decides on fresh knowledge, and its changes outlive an expiry before the flush.

use orm::Result;
use orm::prelude::*;

use super::expired::check_stale;
use crate::Db;
use crate::models::{Address, Department, User, Worker};

cases![
    a_reference_that_rel_sets_is_written,
    a_reference_that_is_assigned_is_guarded,
    remove_asks_whose_member_it_is_now,
    remove_of_a_link_asks_whether_it_is_there,
    a_collection_is_set_and_cleared_as_it_is_now,
    push_of_a_member_of_before_is_written,
    push_of_a_link_of_before_is_written_once,
    one_to_one_is_the_same_from_either_side,
    the_last_of_several_keeps_the_place,
    a_keyed_map_is_the_same_from_either_side,
    a_relationship_survives_the_expiry_of_one_end,
];

/// A session with a department that has a worker, and one that has none, all of them expired.
type Office = (Engine, Session, [Key<Department>; 2], Key<Worker>);

fn office(db: &Db) -> Result<Office> {
    let engine = db.shared_engine(schema![Department, Worker])?;
    let mut session = Session::new(&engine);
    let departments =
        [Department::with("sales", &["ann"]), Department::default()].map(|department| session.add(department));
    session.flush()?;
    let ann = session.rel(departments[0], Department::WORKERS).load()?[0];
    session.rel(departments[1], Department::WORKERS).load()?;
    session.commit()?;
    Ok((engine, session, departments, ann))
}

/// Another session moves the worker.
fn transfer(engine: &Engine, department: Option<i64>) -> Result<()> {
    let mut other = Session::new(engine);
    let ann = other.get::<Worker>(1)?.unwrap();
    let department = department.map(|id| other.get::<Department>(id)).transpose()?.flatten();
    match department {
        Some(department) => drop(other.rel(ann, Worker::DEPARTMENT).set(department)?),
        None => other.rel(ann, Worker::DEPARTMENT).clear()?,
    }
    other.commit()
}

fn department_of_ann(engine: &Engine) -> Result<Option<i64>> {
    let mut other = Session::new(engine);
    other.one(select(Worker::DEPARTMENT_ID))
}

fn a_reference_that_rel_sets_is_written(db: &Db) -> Result<()> {
    let (engine, mut session, [sales, lab], ann) = office(db)?;
    transfer(&engine, None)?;
    session.rel(ann, Worker::DEPARTMENT).set(sales)?;
    session.commit()?;
    assert_eq!(department_of_ann(&engine)?, Some(1));
    transfer(&engine, Some(2))?;
    session.rel(ann, Worker::DEPARTMENT).set(sales)?;
    assert_eq!(session.rel(sales, Department::WORKERS).load()?, [ann]);
    session.commit()?;
    assert_eq!(department_of_ann(&engine)?, Some(1));
    session.rel(ann, Worker::DEPARTMENT).clear()?;
    session.commit()?;
    transfer(&engine, Some(2))?;
    session.rel(ann, Worker::DEPARTMENT).clear()?;
    session.commit()?;
    assert_eq!(department_of_ann(&engine)?, None);
    assert_eq!(session.rel(lab, Department::WORKERS).load()?, []);
    Ok(())
}

fn a_reference_that_is_assigned_is_guarded(db: &Db) -> Result<()> {
    let (engine, mut session, [_, lab], ann) = office(db)?;
    transfer(&engine, None)?;
    session[ann].department = BelongsTo::to(lab);
    check_stale(session.commit(), "department_id");
    session.rollback()?;
    session[ann].department = BelongsTo::by_id(2);
    check_stale(session.commit(), "department_id");
    session.rollback()?;
    session[ann].department = BelongsTo::new(Department::default());
    check_stale(session.commit(), "department_id");
    session.rollback()?;
    assert_eq!(department_of_ann(&engine)?, None);
    session.load(ann)?;
    session[ann].department = BelongsTo::to(lab);
    session.commit()?;
    assert_eq!(department_of_ann(&engine)?, Some(2));
    Ok(())
}

fn remove_asks_whose_member_it_is_now(db: &Db) -> Result<()> {
    let (engine, mut session, [sales, _], ann) = office(db)?;
    transfer(&engine, Some(2))?;
    session.rel(sales, Department::WORKERS).remove(ann)?;
    session.commit()?;
    assert_eq!(department_of_ann(&engine)?, Some(2));
    // With orphans that are deleted.
    let engine = db.shared_builder().build()?;
    engine.create_all(schema![User, Address])?;
    let mut session = Session::new(&engine);
    let ed = session.add(User::with("ed", &["x"]));
    let jack = session.add(User::named("jack"));
    session.commit()?;
    let address = session.rel(ed, User::ADDRESSES).load()?[0];
    session.load(jack)?;
    session.commit()?;
    let mut other = Session::new(&engine);
    let (theirs, to) = (other.get::<Address>(1)?.unwrap(), other.get::<User>(2)?.unwrap());
    other.rel(theirs, Address::USER).set(to)?;
    other.commit()?;
    session.rel(ed, User::ADDRESSES).remove(address)?;
    session.commit()?;
    assert_eq!(other.load(theirs)?.email, "x");
    other.delete(theirs)?;
    other.commit()?;
    // Nobody's any more.
    session.rel(jack, User::ADDRESSES).remove(address)?;
    session.commit()?;
    Ok(())
}

#[derive(Entity, Debug, Default)]
struct Post {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(secondary = "post_tag", inverse = "posts", order_by = "id")]
    tags: ManyToMany<Tag>,
}

#[derive(Entity, Debug, Default)]
struct Tag {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(secondary = "post_tag", inverse = "tags", order_by = "id")]
    posts: ManyToMany<Post>,
}

fn links(engine: &Engine) -> Result<i64> {
    Session::new(engine).count(select(table("post_tag").column::<i64>("tag_id")).select_from(table("post_tag")))
}

fn tagged(db: &Db) -> Result<(Engine, Session, Key<Post>, Key<Tag>)> {
    let engine = db.shared_engine(schema![Post, Tag])?;
    let mut session = Session::new(&engine);
    let post = session.add(Post { tags: ManyToMany::of([Tag::default()]), ..Post::default() });
    session.commit()?;
    let tag = session.rel(post, Post::TAGS).load()?[0];
    session.commit()?;
    Ok((engine, session, post, tag))
}

fn cut(engine: &Engine) -> Result<()> {
    engine.connect()?.execute(&text("DELETE FROM post_tag")).map(drop)
}

fn remove_of_a_link_asks_whether_it_is_there(db: &Db) -> Result<()> {
    let (engine, mut session, post, tag) = tagged(db)?;
    cut(&engine)?;
    session.rel(post, Post::TAGS).remove(tag)?;
    session.commit()?;
    session.rel(tag, Tag::POSTS).remove(post)?;
    session.commit()?;
    assert_eq!(links(&engine)?, 0);
    Ok(())
}

fn a_collection_is_set_and_cleared_as_it_is_now(db: &Db) -> Result<()> {
    let (engine, mut session, [sales, lab], ann) = office(db)?;
    transfer(&engine, Some(2))?;
    session.rel(sales, Department::WORKERS).set([ann])?;
    session.commit()?;
    assert_eq!(department_of_ann(&engine)?, Some(1));
    transfer(&engine, Some(2))?;
    session.rel(lab, Department::WORKERS).set::<Key<Worker>>([])?;
    session.commit()?;
    assert_eq!(department_of_ann(&engine)?, None);
    let (engine, mut session, post, tag) = tagged(db)?;
    cut(&engine)?;
    session.rel(post, Post::TAGS).set([tag])?;
    session.commit()?;
    assert_eq!(links(&engine)?, 1);
    Ok(())
}

fn push_of_a_member_of_before_is_written(db: &Db) -> Result<()> {
    let (engine, mut session, [sales, _], ann) = office(db)?;
    transfer(&engine, Some(2))?;
    session.rel(sales, Department::WORKERS).push(ann)?;
    assert_eq!(session.rel(sales, Department::WORKERS).load()?, [ann]);
    session.commit()?;
    assert_eq!(department_of_ann(&engine)?, Some(1));
    Ok(())
}

fn push_of_a_link_of_before_is_written_once(db: &Db) -> Result<()> {
    let (engine, mut session, post, tag) = tagged(db)?;
    session.rel(post, Post::TAGS).push(tag)?;
    session.commit()?;
    assert_eq!(links(&engine)?, 1);
    cut(&engine)?;
    session.rel(tag, Tag::POSTS).push(post)?;
    session.commit()?;
    assert_eq!(links(&engine)?, 1);
    assert_eq!(session.rel(post, Post::TAGS).load()?, [tag]);
    Ok(())
}

#[derive(Entity, Debug, Default)]
struct Owner {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "owner")]
    badge: HasOne<Badge>,
}

#[derive(Entity, Debug, Default)]
struct Badge {
    #[entity(primary_key)]
    id: Auto<i64>,
    name: String,
    #[entity(inverse = "badge")]
    owner: BelongsTo<Option<Owner>>,
}

fn badge(name: &str) -> Badge {
    Badge { name: name.into(), ..Badge::default() }
}

fn one_to_one_is_the_same_from_either_side(db: &Db) -> Result<()> {
    let engine = db.shared_engine(schema![Owner, Badge])?;
    for (loaded, set) in [(false, true), (true, true), (false, false), (true, false)] {
        let mut session = Session::new(&engine);
        session.execute(&delete("badge"))?;
        session.execute(&delete("owner"))?;
        let owner = session.add(Owner::default());
        session.add(Badge { owner: BelongsTo::to(owner), ..badge("old") });
        session.add(badge("new"));
        session.commit()?;
        session.expunge_all();
        let owner = session.query::<Owner>().one()?;
        if loaded {
            session.rel(owner, Owner::BADGE).load()?;
        }
        if set {
            let new = session.query::<Badge>().filter(Badge::NAME.eq("new")).one()?;
            session.rel(new, Badge::OWNER).set(owner)?;
        } else {
            session.add(Badge { owner: BelongsTo::to(owner), ..badge("newer") });
        }
        let recorder = engine.record();
        session.flush()?;
        let with_owner = select(Badge::NAME).filter(Badge::OWNER.is_not_null());
        let sent = recorder.take();
        assert!(sent.len() <= if loaded { 4 } else { 5 }, "{:#?}", sent.sql());
        assert_eq!(session.all(with_owner)?, [if set { "new" } else { "newer" }], "loaded: {loaded}, set: {set}");
        session.commit()?;
    }
    // An owner who is expired, whose badge another session has given away.
    let mut session = Session::new(&engine);
    let owner = session.query::<Owner>().one()?;
    let old = session.rel(owner, Owner::BADGE).one()?;
    let newest = session.add(badge("newest"));
    session.commit()?;
    let mut other = Session::new(&engine);
    let theirs = other.query::<Badge>().filter(Badge::OWNER.is_not_null()).one()?;
    let elsewhere = other.add(Owner::default());
    other.rel(theirs, Badge::OWNER).set(elsewhere)?;
    other.commit()?;
    session.rel(newest, Badge::OWNER).set(owner)?;
    session.commit()?;
    assert_eq!(session.count(select(Badge::NAME).filter(Badge::OWNER.is_not_null()))?, 2);
    assert_eq!(session.rel(owner, Owner::BADGE).load()?, Some(newest));
    assert!(session.rel(old, Badge::OWNER).load()?.is_some());
    Ok(())
}

fn the_last_of_several_keeps_the_place(db: &Db) -> Result<()> {
    let engine = db.shared_engine(schema![Owner, Badge])?;
    for known in [false, true] {
        let mut session = Session::new(&engine);
        let owner = session.add(Owner::default());
        session.add(Badge { owner: BelongsTo::to(owner), ..badge("old") });
        let names = ["first", "second", "third"];
        let new = session.add_all(names.map(badge));
        session.flush()?;
        if known {
            session.rel(owner, Owner::BADGE).load()?;
        } else {
            session.commit()?;
            session.expunge_all();
        }
        let owner = session.query::<Owner>().order_by(Owner::ID.desc()).first()?.unwrap();
        session.commit()?;
        let new = match known {
            true => new,
            false => session.query::<Badge>().filter(Badge::OWNER.is_null()).order_by(Badge::ID).all()?,
        };
        for name in [2, 0, 1] {
            session.rel(new[name], Badge::OWNER).set(owner)?;
        }
        session.commit()?;
        assert_eq!(session.all(select(Badge::NAME).filter(Badge::OWNER.is_not_null()))?, ["second"], "known: {known}");
        session.execute(&delete("badge"))?;
        session.commit()?;
    }
    Ok(())
}

#[derive(Entity, Debug, Default)]
struct Shelf {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "shelf", key = "place", order_by = "id")]
    books: HasMany<Book>,
}

#[derive(Entity, Debug, Default)]
struct Book {
    #[entity(primary_key)]
    id: Auto<i64>,
    place: i64,
    #[entity(inverse = "books")]
    shelf: BelongsTo<Option<Shelf>>,
}

fn a_keyed_map_is_the_same_from_either_side(db: &Db) -> Result<()> {
    let engine = db.shared_engine(schema![Shelf, Book])?;
    for loaded in [true, false] {
        let mut session = Session::new(&engine);
        session.execute(&delete("book"))?;
        session.execute(&delete("shelf"))?;
        let shelf = session.add(Shelf::default());
        session.add_all([1, 2].map(|place| Book { place, shelf: BelongsTo::to(shelf), ..Book::default() }));
        let new = session.add(Book { place: 2, ..Book::default() });
        session.commit()?;
        if loaded {
            session.rel(shelf, Shelf::BOOKS).load()?;
        }
        session.rel(new, Book::SHELF).set(shelf)?;
        session.commit()?;
        assert_eq!(session.count(select(Book::ID).filter(Book::SHELF.is_not_null()))?, 2, "loaded: {loaded}");
        assert_eq!(session.rel(shelf, Shelf::BOOKS).get(&2)?, Some(new));
    }
    Ok(())
}

fn a_relationship_survives_the_expiry_of_one_end(db: &Db) -> Result<()> {
    for refresh in [true, false] {
        for pushed in [true, false] {
            let (engine, mut session, [sales, lab], ann) = office(db)?;
            session.load(ann)?;
            session[ann].name = "anna".into();
            match pushed {
                true => drop(session.rel(lab, Department::WORKERS).push(ann)?),
                false => drop(session.rel(ann, Worker::DEPARTMENT).set(lab)?),
            }
            match refresh {
                true => drop(session.refresh(ann)?),
                false => session.expire(ann)?,
            }
            assert_eq!(session.rel(lab, Department::WORKERS).load()?, [ann]);
            assert_eq!(session.rel(sales, Department::WORKERS).load()?, []);
            session.commit()?;
            assert_eq!(department_of_ann(&engine)?, Some(2), "refresh: {refresh}, pushed: {pushed}");
            // The edit of a column is dropped.
            assert_eq!(session.load(ann)?.name, "ann");
            session.rel(lab, Department::WORKERS).remove(ann)?;
            session.expire(ann)?;
            session.expire(lab)?;
            session.commit()?;
            assert_eq!(department_of_ann(&engine)?, None);
            session.execute(&delete("worker"))?;
            session.execute(&delete("department"))?;
            session.commit()?;
            engine.drop_all(schema![Department, Worker])?;
        }
    }
    let (engine, mut session, post, tag) = tagged(db)?;
    session.rel(post, Post::TAGS).remove(tag)?;
    session.refresh(post)?;
    session.refresh(tag)?;
    session.commit()?;
    assert_eq!(links(&engine)?, 0);
    Ok(())
}
