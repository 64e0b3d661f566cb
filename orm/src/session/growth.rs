//! How costs grow: four times the entities take four times the steps, give or take a logarithm, and never sixteen times.
//!
//! A step is a look at a slot (comparing, hashing, looking up), which every walk over entities takes, or a look at an entity type of the session.
//! So the counts are the same in every run.

use crate::key::{Key, steps};
use crate::prelude::*;
use crate::{Error, Result};

#[derive(Entity, Debug, Default)]
#[entity(table = "node")]
struct Node {
    #[entity(primary_key)]
    id: Auto<i64>,
    name: String,
    #[entity(inverse = "children")]
    parent: BelongsTo<Option<Self>>,
    #[entity(inverse = "parent", cascade = "all, delete-orphan")]
    children: HasMany<Self>,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "post")]
struct Post {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "posts", secondary = "post_tag")]
    tags: ManyToMany<Tag>,
    /// Nothing leads back.
    #[entity(secondary = "post_reader")]
    readers: ManyToMany<Reader>,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "tag")]
struct Tag {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "tags", secondary = "post_tag")]
    posts: ManyToMany<Post>,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "reader")]
struct Reader {
    #[entity(primary_key)]
    id: Auto<i64>,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "shelf")]
struct Shelf {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "shelf", key = "title", cascade = "all, delete-orphan")]
    books: HasMany<Book>,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "book")]
struct Book {
    #[entity(primary_key)]
    id: Auto<i64>,
    title: String,
    copies: i64,
    #[entity(inverse = "books")]
    shelf: BelongsTo<Option<Shelf>>,
}

/// A session on an empty database.
fn session() -> Result<Session> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![Node, Post, Tag, Reader, Shelf, Book])?;
    Ok(Session::new(&engine))
}

/// Checks how the steps of some work grow with its size. `work` gives the steps of what is measured.
#[track_caller]
fn check_growth(work: impl Fn(usize) -> Result<u64>) {
    let steps = |size: usize| work(size).unwrap_or_else(|error| panic!("with {size}: {error}"));
    let (few, many) = (steps(300), steps(1_200));
    assert!(
        many <= few * 6,
        "{many} steps with four times as many, which is {:.1} times {few}",
        many as f64 / few as f64
    );
}

fn node(name: usize) -> Node {
    Node { name: name.to_string(), ..Node::default() }
}

/// A root and so many children, flushed; the keys are forgotten by nobody.
fn wide(session: &mut Session, size: usize) -> Result<(Key<Node>, Vec<Key<Node>>)> {
    let root = session.add(node(0));
    let children = session.rel(root, Node::CHILDREN).extend((0..size).map(node))?;
    session.flush()?;
    Ok((root, children))
}

/// A chain of so many, each the child of the one before, committed; and its root.
fn chain(session: &mut Session, size: usize) -> Result<Key<Node>> {
    let root = session.add(node(0));
    let mut last = root;
    for number in 1..size {
        last = session.rel(last, Node::CHILDREN).push(node(number))?;
    }
    session.commit()?;
    Ok(root)
}

#[test]
fn members_of_a_keyed_collection_are_found_without_a_walk() {
    check_growth(|size| {
        let mut session = session()?;
        let shelf = session.add(Shelf::default());
        steps::of(|| {
            for number in 0..size {
                session.rel(shelf, Shelf::BOOKS).insert(Book { title: number.to_string(), ..Book::default() })?;
            }
            for number in 0..size {
                let found = session.rel(shelf, Shelf::BOOKS).get(&number.to_string())?;
                // An edit of a member does not make the next look-up begin anew, nor does one of its key.
                let Some(book) = found else { return Err(Error::invalid("a book is lost")) };
                session[book].copies += 1;
                session[book].title += "!";
            }
            for number in 0..size {
                session.rel(shelf, Shelf::BOOKS).remove(&format!("{number}!"))?;
            }
            session.commit()
        })
    });
}

#[test]
fn a_chain_is_deleted_by_its_root() {
    check_growth(|size| {
        let mut session = session()?;
        let root = chain(&mut session, size)?;
        session.expunge_all();
        let root = session.get::<Node>(session_id(root))?.ok_or_else(|| Error::invalid("no root"))?;
        steps::of(|| {
            session.delete(root)?;
            session.commit()
        })
    });
}

/// The first row of a table that has just been made.
fn session_id(_root: Key<Node>) -> i64 {
    1
}

#[test]
fn a_chain_is_loaded_level_by_level() {
    check_growth(|size| {
        let mut session = session()?;
        chain(&mut session, size)?;
        session.expunge_all();
        steps::of(|| {
            let roots =
                select(entity::<Node>()).filter(Node::ID.eq(1)).options(selectin(Node::CHILDREN).recurse(u32::MAX));
            session.all(roots)?;
            assert_eq!(session.held::<Node>().len(), size);
            Ok::<(), Error>(())
        })
    });
}

#[test]
fn a_nested_graph_is_added_and_deleted() {
    check_growth(|size| {
        let mut session = session()?;
        steps::of(|| {
            let root = chain(&mut session, size)?;
            session.load(root)?;
            session.delete(root)?;
            session.commit()
        })
    });
}

#[test]
fn links_of_one_owner_are_made_cut_and_read_again() {
    check_growth(|size| {
        let mut session = session()?;
        let post = session.add(Post::default());
        let tags = session.add_all((0..size).map(|_| Tag::default()));
        session.commit()?;
        steps::of(|| {
            session.rel(post, Post::TAGS).extend(tags.iter().copied())?;
            // With the unflushed links in.
            session.no_autoflush(|session| session.rel(post, Post::TAGS).load())?;
            for tag in &tags {
                assert!(session.rel(post, Post::TAGS).contains(*tag)?);
            }
            session.commit()?;
            for tag in tags.iter().step_by(2) {
                session.rel(post, Post::TAGS).remove(*tag)?;
            }
            for tag in tags.iter().skip(1).step_by(2) {
                session.rel(*tag, Tag::POSTS).remove(post)?;
            }
            session.commit()
        })
    });
}

#[test]
fn members_are_put_in_another_order() {
    check_growth(|size| {
        let mut session = session()?;
        let (root, mut children) = wide(&mut session, size)?;
        steps::of(|| {
            children.reverse();
            session.rel(root, Node::CHILDREN).set(children.iter().copied())?;
            assert_eq!(session.rel(root, Node::CHILDREN).load()?, children);
            session.rollback().map(drop)
        })
    });
}

#[test]
fn members_move_from_one_owner_to_another() {
    check_growth(|size| {
        let mut session = session()?;
        let (_, children) = wide(&mut session, size)?;
        let other = session.add(node(0));
        session.flush()?;
        steps::of(|| {
            let savepoint = session.begin_nested()?;
            for child in &children {
                session.rel(*child, Node::PARENT).set(other)?;
            }
            session.flush()?;
            session.rollback_to(savepoint)?;
            for child in children.iter().rev() {
                session.rel(other, Node::CHILDREN).push(*child)?;
            }
            session.rollback().map(drop)
        })
    });
}

#[test]
fn members_are_taken_out_of_a_long_collection() {
    check_growth(|size| {
        let mut session = session()?;
        let (root, children) = wide(&mut session, size)?;
        steps::of(|| {
            for child in children {
                assert!(session.rel(root, Node::CHILDREN).contains(child)?);
                session.rel(root, Node::CHILDREN).remove(child)?;
            }
            session.commit()
        })
    });
}

#[test]
fn an_owner_goes_with_its_members() {
    check_growth(|size| {
        let mut session = session()?;
        let (root, _) = wide(&mut session, size)?;
        steps::of(|| {
            session.delete(root)?;
            session.commit()
        })
    });
}

#[test]
fn an_owner_of_links_goes_and_so_do_those_at_the_other_end() {
    check_growth(|size| {
        let mut session = session()?;
        let post = session.add(Post::default());
        let tags = session.rel(post, Post::TAGS).extend((0..size).map(|_| Tag::default()))?;
        let readers = session.rel(post, Post::READERS).extend((0..size).map(|_| Reader::default()))?;
        session.flush()?;
        steps::of(|| {
            for reader in readers {
                session.rel(post, Post::READERS).remove(reader)?;
                session.delete(reader)?;
                session.flush()?;
            }
            session.commit()?;
            for tag in tags {
                session.delete(tag)?;
                session.flush()?;
            }
            session.delete(post)?;
            session.commit()
        })
    });
}

#[test]
fn entities_are_edited_and_read_again_one_by_one() {
    check_growth(|size| {
        let mut session = session()?;
        let (_, children) = wide(&mut session, size)?;
        session.commit()?;
        steps::of(|| {
            session.no_autoflush(|session| {
                for child in &children {
                    session.load(*child)?;
                    session[*child].name += "!";
                }
                for child in &children {
                    session.refresh(*child)?;
                    session[*child].name += "?";
                }
                for child in children.iter().rev() {
                    session.expire(*child)?;
                }
                Ok::<(), Error>(())
            })?;
            session.commit()
        })
    });
}

#[test]
fn orphans_are_expired_one_by_one() {
    check_growth(|size| {
        let mut session = session()?;
        let (root, children) = wide(&mut session, size)?;
        session.commit()?;
        session.rel(root, Node::CHILDREN).load()?;
        steps::of(|| {
            session.no_autoflush(|session| {
                for child in &children {
                    session.rel(root, Node::CHILDREN).remove(*child)?;
                }
                children.iter().try_for_each(|child| session.expire(*child))
            })?;
            session.commit()?;
            assert_eq!(session.query::<Node>().count()?, 1);
            Ok(())
        })
    });
}

#[test]
fn savepoints_are_set_and_rolled_back_one_by_one() {
    check_growth(|size| {
        let mut session = session()?;
        let (root, children) = wide(&mut session, size)?;
        steps::of(|| {
            for (number, child) in children.iter().enumerate() {
                let savepoint = session.begin_nested()?;
                session[*child].name += "!";
                session.rel(root, Node::CHILDREN).push(node(number))?;
                session.flush()?;
                match number % 3 {
                    0 => drop(session.rollback_to(savepoint)?),
                    1 => session.release(savepoint)?,
                    _ => {}
                }
            }
            session.rollback().map(drop)
        })
    });
}

#[test]
fn entities_are_expunged_one_by_one() {
    check_growth(|size| {
        let mut session = session()?;
        let tags = session.add_all((0..size).map(|_| Tag::default()));
        let posts = session.add_all((0..size).map(|_| Post::default()));
        for (post, tag) in posts.iter().zip(&tags) {
            session.rel(*post, Post::TAGS).push(*tag)?;
        }
        session.commit()?;
        let posts = session.query::<Post>().options(selectin(Post::TAGS)).all()?;
        let (_, children) = wide(&mut session, size)?;
        session.commit()?;
        steps::of(|| {
            posts.into_iter().try_for_each(|post| session.expunge(post).map(drop))?;
            children.into_iter().try_for_each(|child| session.expunge(child).map(drop))
        })
    });
}

#[test]
fn peers_are_looked_for_among_those_that_came_since() {
    check_growth(|size| {
        let mut session = session()?;
        session.add_all((0..size).map(|_| Post::default()));
        session.commit()?;
        session.expunge_all();
        steps::of(|| {
            for number in 1..=size {
                let one = select(entity::<Post>()).filter(Post::ID.eq(number as i64)).options(peers(Post::TAGS));
                let post = session.one(one)?;
                session.rel(post, Post::TAGS).load()?;
            }
            Ok::<(), Error>(())
        })
    });
}

#[test]
fn owners_come_with_their_members_in_one_statement() {
    check_growth(|size| {
        let mut session = session()?;
        let posts = session.add_all((0..size).map(|_| Post::default()));
        for post in posts {
            session.rel(post, Post::TAGS).extend((0..3).map(|_| Tag::default()))?;
        }
        session.commit()?;
        session.expunge_all();
        steps::of(|| {
            session.query::<Post>().options(joined(Post::TAGS)).all()?;
            session.expire_all();
            session.query::<Post>().options(selectin(Post::TAGS).then(joined(Tag::POSTS))).all().map(drop)
        })
    });
}

#[test]
fn a_graph_is_merged_over_rows() {
    check_growth(|size| {
        let mut session = session()?;
        let books = || {
            (1..=size).map(|number| Book {
                id: Auto::from(number as i64),
                title: number.to_string(),
                ..Book::default()
            })
        };
        let shelf = || Shelf { id: Auto::from(1), books: HasMany::of(books()) };
        session.add(shelf());
        session.commit()?;
        steps::of(|| {
            session.merge(shelf())?;
            for book in books() {
                session.merge(book)?;
            }
            session.commit()
        })
    });
}

/// Declares entity types of one shape, and a function that adds an entity of each of the first so many.
macro_rules! entity_types {
    ($($entity:ident)+) => {
        $(
            #[derive(Entity, Debug, Default)]
            struct $entity {
                #[entity(primary_key)]
                id: Auto<i64>,
                number: i64,
            }
        )+

        fn session_with(types: usize) -> Result<Session> {
            let engine = Engine::new("sqlite://")?;
            engine.create_all(schema![Shelf, Book, $($entity),+])?;
            let mut session = Session::new(&engine);
            let mut left = types;
            $(
                if left > 0 {
                    left -= 1;
                    session.add($entity::default());
                }
            )+
            session.commit()?;
            Ok(session)
        }
    };
}

entity_types! {
    A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13 A14 A15 A16 A17 A18 A19 A20 A21 A22 A23 A24
}

#[test]
fn a_flush_does_not_pay_for_the_types_that_it_does_not_touch() -> Result<()> {
    let steps_with = |types: usize| {
        let mut session = session_with(types)?;
        let shelf = session.add(Shelf::default());
        session.commit()?;
        steps::of(|| {
            for title in ["a", "b", "c"] {
                session.rel(shelf, Shelf::BOOKS).insert(Book { title: title.to_owned(), ..Book::default() })?;
                session.flush()?;
            }
            for (_, book) in session.rel(shelf, Shelf::BOOKS).load()? {
                session.edit(book)?.copies += 1;
            }
            session.commit()?;
            session.load(shelf)?;
            session.delete(shelf)?;
            session.commit()
        })
    };
    assert_eq!(steps_with(24)?, steps_with(3)?);
    Ok(())
}
