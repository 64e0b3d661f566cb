//! Graphs that a rollback hands back: added again, they are linked as they were.

use orm::prelude::*;
use orm::{Error, Result, RolledBack};

use crate::Db;
use crate::models::{Address, User};

cases![
    a_graph_is_whole_again_in_any_order,
    a_graph_that_failed_is_mended_and_added_again,
    many_to_many_links_come_back,
    many_to_many_links_of_one_side_come_back,
    a_tree_comes_back,
    association_objects_come_back,
    a_one_to_one_comes_back,
    references_to_entities_without_links_come_back,
    what_cannot_be_told_apart_is_refused,
    an_end_that_is_left_out_is_missing,
    links_to_what_stays_come_back,
    a_graph_is_rolled_back_twice,
    a_part_is_added_later,
    a_graph_goes_to_another_session,
    copies_are_newcomers,
];

#[derive(Entity, Debug, Default)]
struct Tag {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 20, unique)]
    name: String,
    #[entity(secondary = "post_tag", inverse = "tags", order_by = "id")]
    posts: ManyToMany<Post>,
}

#[derive(Entity, Debug, Default)]
struct Post {
    #[entity(primary_key)]
    id: Auto<i64>,
    title: String,
    #[entity(secondary = "post_tag", inverse = "posts", order_by = "name")]
    tags: ManyToMany<Tag>,
    #[entity(secondary = "post_word")]
    words: ManyToMany<Word>,
    author: BelongsTo<Option<Word>>,
}

/// Knows of nobody.
#[derive(Entity, Debug, Default, Clone)]
struct Word {
    #[entity(primary_key)]
    id: Auto<i64>,
    text: String,
}

#[derive(Entity, Debug, Default)]
struct Node {
    #[entity(primary_key)]
    id: Auto<i64>,
    name: String,
    #[entity(inverse = "children")]
    parent: BelongsTo<Option<Self>>,
    #[entity(inverse = "parent")]
    children: HasMany<Self>,
}

#[derive(Entity, Debug, Default)]
struct Order {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "order", cascade = "all, delete-orphan")]
    lines: HasMany<Line>,
    #[entity(inverse = "order")]
    bill: HasOne<Bill>,
}

#[derive(Entity, Debug, Default)]
struct Line {
    #[entity(primary_key, inverse = "lines")]
    order: BelongsTo<Order>,
    #[entity(primary_key)]
    item: BelongsTo<Word>,
    amount: i64,
}

#[derive(Entity, Debug, Default)]
struct Bill {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "bill")]
    order: BelongsTo<Order>,
}

fn all(db: &Db) -> Result<Session> {
    Ok(Session::new(&db.engine(schema![User, Address, Tag, Post, Word, Node, Order, Line, Bill])?))
}

/// How a graph is rolled back: before any flush, after one, or to a savepoint.
const WAYS: [&str; 3] = ["not flushed", "flushed", "in a savepoint"];

fn roll_back(session: &mut Session, way: &str, add: impl Fn(&mut Session) -> Result<()>) -> Result<RolledBack> {
    let savepoint = if way == "in a savepoint" { Some(session.begin_nested()?) } else { None };
    add(session)?;
    if way != "not flushed" {
        session.flush()?;
    }
    match savepoint {
        Some(savepoint) => session.rollback_to(savepoint),
        None => session.rollback(),
    }
}

fn addresses(session: &mut Session) -> Result<Vec<(String, String)>> {
    let rows = select((User::NAME, Address::EMAIL)).join(User::ADDRESSES).order_by((User::NAME, Address::EMAIL));
    session.all(rows)
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(one, other)| ((*one).to_owned(), (*other).to_owned())).collect()
}

fn a_graph_is_whole_again_in_any_order(db: &Db) -> Result<()> {
    let mut session = all(db)?;
    for way in WAYS {
        for order in 0..3 {
            let mut back = roll_back(&mut session, way, |session| {
                session.add_all([User::with("ed", &["a", "b"]), User::with("ann", &["c"])]);
                Ok(())
            })?;
            let (users, addresses_back) = (back.drain::<User>(), back.drain::<Address>());
            let ed = match order {
                0 => {
                    let users = session.add_all(users);
                    session.add_all(addresses_back);
                    users[0]
                }
                1 => {
                    session.add_all(addresses_back);
                    session.add_all(users)[0]
                }
                _ => {
                    let mut addresses = addresses_back.into_iter().rev();
                    session.add_all(addresses.next());
                    let users = session.add_all(users);
                    session.add_all(addresses);
                    users[0]
                }
            };
            // Both sides agree before the flush.
            let members = session.no_autoflush(|session| session.rel(ed, User::ADDRESSES).load())?;
            assert_eq!(members.len(), 2, "{way}, {order}");
            session.flush()?;
            assert_eq!(addresses(&mut session)?, pairs(&[("ann", "c"), ("ed", "a"), ("ed", "b")]), "{way}, {order}");
            session.rollback()?;
        }
    }
    Ok(())
}

fn a_graph_that_failed_is_mended_and_added_again(db: &Db) -> Result<()> {
    let mut session = all(db)?;
    session.add(User::named("ed"));
    session.commit()?;
    let ed = session.add(User::with("ed", &["a"]));
    assert!(session.flush().is_err());
    let mut back = session.rollback()?;
    let mut user = back.take(ed).expect("it was added");
    user.name = "edward".into();
    session.add(user);
    session.add_all(back.drain::<Address>());
    session.commit()?;
    assert_eq!(addresses(&mut session)?, pairs(&[("edward", "a")]));
    Ok(())
}

fn post(title: &str, tags: &[&str]) -> Post {
    let tag = |name: &&str| Tag { name: (*name).to_owned(), ..Tag::default() };
    Post { title: title.to_owned(), tags: ManyToMany::of(tags.iter().map(tag)), ..Post::default() }
}

fn tags(session: &mut Session) -> Result<Vec<(String, String)>> {
    session.all(select((Post::TITLE, Tag::NAME)).join(Post::TAGS).order_by((Post::TITLE, Tag::NAME)))
}

fn many_to_many_links_come_back(db: &Db) -> Result<()> {
    let mut session = all(db)?;
    for way in WAYS {
        for posts_first in [true, false] {
            let mut back = roll_back(&mut session, way, |session| {
                let one = session.add(post("one", &["a", "b"]));
                let shared = session.rel(one, Post::TAGS).load()?[1];
                let two = session.add(post("two", &["c"]));
                session.rel(two, Post::TAGS).push(shared).map(drop)
            })?;
            let (posts, back) = (back.drain::<Post>(), back.drain::<Tag>());
            if posts_first {
                session.add_all(posts);
                session.add_all(back);
            } else {
                session.add_all(back);
                session.add_all(posts);
            }
            session.flush()?;
            let expected = pairs(&[("one", "a"), ("one", "b"), ("two", "b"), ("two", "c")]);
            assert_eq!(tags(&mut session)?, expected, "{way}, {posts_first}");
            session.rollback()?;
        }
    }
    Ok(())
}

fn word(text: &str) -> Word {
    Word { text: text.to_owned(), ..Word::default() }
}

fn words(session: &mut Session) -> Result<Vec<(String, String)>> {
    session.all(select((Post::TITLE, Word::TEXT)).join(Post::WORDS).order_by((Post::TITLE, Word::TEXT)))
}

fn many_to_many_links_of_one_side_come_back(db: &Db) -> Result<()> {
    let mut session = all(db)?;
    for way in WAYS {
        let mut back = roll_back(&mut session, way, |session| {
            let words = ["x", "y", "y"].map(word);
            session.add(Post { words: ManyToMany::of(words), ..post("one", &[]) });
            session.add(word("unlinked"));
            Ok(())
        })?;
        session.add_all(back.drain::<Word>().into_iter().rev());
        session.add_all(back.drain::<Post>());
        session.flush()?;
        assert_eq!(words(&mut session)?, pairs(&[("one", "x"), ("one", "y"), ("one", "y")]), "{way}");
        assert_eq!(session.query::<Word>().count()?, 4);
        session.rollback()?;
    }
    Ok(())
}

fn a_tree_comes_back(db: &Db) -> Result<()> {
    let mut session = all(db)?;
    let node = |name: &str, children: Vec<Node>| Node {
        name: name.into(),
        children: HasMany::of(children),
        ..Node::default()
    };
    for way in WAYS {
        let mut back = roll_back(&mut session, way, |session| {
            let twig = node("twig", vec![node("leaf", vec![])]);
            session.add(node("root", vec![twig, node("bud", vec![])]));
            Ok(())
        })?;
        session.add_all(back.drain::<Node>().into_iter().rev());
        session.flush()?;
        let nodes = session.query::<Node>().order_by(Node::NAME).all()?;
        let mut found = Vec::new();
        for key in nodes {
            let parent = session.rel(key, Node::PARENT).load()?;
            found.push((
                session[key].name.clone(),
                parent.map_or_else(String::new, |parent| session[parent].name.clone()),
            ));
        }
        assert_eq!(found, pairs(&[("bud", "root"), ("leaf", "twig"), ("root", ""), ("twig", "root")]), "{way}");
        session.rollback()?;
    }
    Ok(())
}

fn association_objects_come_back(db: &Db) -> Result<()> {
    let mut session = all(db)?;
    for way in WAYS {
        let mut back = roll_back(&mut session, way, |session| {
            let order = session.add(Order::default());
            for (amount, text) in [(1, "x"), (2, "y")] {
                let item = BelongsTo::new(word(text));
                session.add(Line { order: order.into(), item, amount });
            }
            Ok(())
        })?;
        session.add_all(back.drain::<Line>());
        session.add_all(back.drain::<Word>());
        session.add_all(back.drain::<Order>());
        session.flush()?;
        let rows = session.all(select((Line::AMOUNT, Word::TEXT)).join(Line::ITEM).order_by(Line::AMOUNT))?;
        assert_eq!(rows, [(1, "x".to_owned()), (2, "y".to_owned())], "{way}");
        session.rollback()?;
    }
    Ok(())
}

fn a_one_to_one_comes_back(db: &Db) -> Result<()> {
    let mut session = all(db)?;
    for way in WAYS {
        for bill_first in [true, false] {
            let mut back = roll_back(&mut session, way, |session| {
                session.add(Order { bill: HasOne::new(Bill::default()), ..Order::default() });
                Ok(())
            })?;
            let (orders, bills) = (back.drain::<Order>(), back.drain::<Bill>());
            let (order, bill) = if bill_first {
                let bills = session.add_all(bills);
                (session.add_all(orders)[0], bills[0])
            } else {
                (session.add_all(orders)[0], session.add_all(bills)[0])
            };
            session.flush()?;
            assert_eq!(session.rel(order, Order::BILL).load()?, Some(bill), "{way}");
            assert_eq!(session.rel(bill, Bill::ORDER).load()?, Some(order), "{way}");
            session.rollback()?;
        }
    }
    Ok(())
}

fn authors(session: &mut Session) -> Result<Vec<(String, String)>> {
    session.all(select((Post::TITLE, Word::TEXT)).join(Post::AUTHOR).order_by((Post::TITLE, Word::TEXT)))
}

fn add_authors(session: &mut Session) -> Result<()> {
    for (title, author) in [("one", "ed"), ("two", "ann"), ("three", "ed")] {
        session.add(Post { author: BelongsTo::new(word(author)), ..post(title, &[]) });
    }
    Ok(())
}

fn references_to_entities_without_links_come_back(db: &Db) -> Result<()> {
    let mut session = all(db)?;
    for way in WAYS {
        let mut back = roll_back(&mut session, way, add_authors)?;
        session.add_all(back.drain::<Post>());
        session.add_all(back.drain::<Word>());
        session.flush()?;
        assert_eq!(authors(&mut session)?, pairs(&[("one", "ed"), ("three", "ed"), ("two", "ann")]), "{way}");
        // Two of the same name are two rows all the same.
        assert_eq!(session.query::<Word>().count()?, 3);
        session.rollback()?;
    }
    Ok(())
}

fn what_cannot_be_told_apart_is_refused(db: &Db) -> Result<()> {
    let mut session = all(db)?;
    let mut back = roll_back(&mut session, "flushed", add_authors)?;
    let mut words_back = back.drain::<Word>();
    words_back[1].text = "changed".into();
    session.add_all(words_back);
    session.add_all(back.drain::<Post>());
    let refused = session.flush().unwrap_err().to_string();
    assert!(refused.contains("Post.author: the Word under it was rolled back"), "{refused}");
    session.rollback()?;
    let mut back = roll_back(&mut session, "flushed", |session| {
        session.add(Post { words: ManyToMany::of([word("x")]), ..post("one", &[]) });
        Ok(())
    })?;
    let post = session.add_all(back.drain::<Post>())[0];
    let other = session.add(word("y"));
    let refused = session.flush().unwrap_err().to_string();
    assert!(refused.contains("Post.words: a Word in it was rolled back"), "{refused}");
    session.rel(post, Post::WORDS).push(other)?;
    session.commit()?;
    assert_eq!(words(&mut session)?, pairs(&[("one", "y")]));
    Ok(())
}

fn an_end_that_is_left_out_is_missing(db: &Db) -> Result<()> {
    let mut session = all(db)?;
    let add = |session: &mut Session| {
        session.add(User::with("ed", &["a", "b"]));
        session.add(post("one", &["x", "y"]));
        Ok(())
    };
    let mut back = roll_back(&mut session, "flushed", add)?;
    session.add_all(back.drain::<User>());
    session.add_all(back.drain::<Address>().into_iter().skip(1));
    session.add_all(back.drain::<Post>());
    session.add_all(back.drain::<Tag>().into_iter().take(1));
    session.flush()?;
    assert_eq!(addresses(&mut session)?, pairs(&[("ed", "b")]));
    assert_eq!(tags(&mut session)?, pairs(&[("one", "x")]));
    session.rollback()?;
    let mut back = roll_back(&mut session, "flushed", add)?;
    let addresses_back = session.add_all(back.drain::<Address>());
    let refused = session.flush().unwrap_err().to_string();
    assert!(refused.contains("Address.user: the User under it was rolled back"), "{refused}");
    let ann = session.add(User::named("ann"));
    for address in addresses_back {
        session.rel(address, Address::USER).set(ann)?;
    }
    session.commit()?;
    assert_eq!(addresses(&mut session)?, pairs(&[("ann", "a"), ("ann", "b")]));
    Ok(())
}

fn links_to_what_stays_come_back(db: &Db) -> Result<()> {
    let mut session = all(db)?;
    let ed = session.add(User::named("ed"));
    let tag = session.add(Tag { name: "old".into(), ..Tag::default() });
    session.commit()?;
    for way in WAYS {
        let mut back = roll_back(&mut session, way, |session| {
            session.rel(ed, User::ADDRESSES).push(Address::at("a"))?;
            let post = session.add(post("one", &["new"]));
            session.rel(post, Post::TAGS).push(tag).map(drop)
        })?;
        session.add_all(back.drain::<Post>());
        session.add_all(back.drain::<Tag>());
        session.add_all(back.drain::<Address>());
        session.flush()?;
        assert_eq!(addresses(&mut session)?, pairs(&[("ed", "a")]), "{way}");
        assert_eq!(tags(&mut session)?, pairs(&[("one", "new"), ("one", "old")]), "{way}");
        session.rollback()?;
    }
    Ok(())
}

fn a_graph_is_rolled_back_twice(db: &Db) -> Result<()> {
    let mut session = all(db)?;
    let mut back = roll_back(&mut session, "flushed", |session| {
        session.add(User::with("ed", &["a", "b"]));
        session.add(post("one", &["x", "y"]));
        Ok(())
    })?;
    for _ in 0..3 {
        // What is left out once still belongs to the others.
        let mut addresses_back = back.drain::<Address>();
        let left_out = addresses_back.pop();
        let mut tags_back = back.drain::<Tag>();
        let tag_left_out = tags_back.pop();
        session.add_all(back.drain::<Post>());
        session.add_all(addresses_back);
        session.add_all(tags_back);
        session.add_all(back.drain::<User>());
        session.flush()?;
        back = session.rollback()?;
        session.add_all(left_out);
        session.add_all(tag_left_out);
        session.add_all(back.drain::<User>());
        session.add_all(back.drain::<Tag>());
        session.add_all(back.drain::<Post>());
        session.add_all(back.drain::<Address>());
        session.flush()?;
        assert_eq!(addresses(&mut session)?, pairs(&[("ed", "a"), ("ed", "b")]));
        assert_eq!(tags(&mut session)?, pairs(&[("one", "x"), ("one", "y")]));
        back = session.rollback()?;
    }
    Ok(())
}

fn a_part_is_added_later(db: &Db) -> Result<()> {
    let mut session = all(db)?;
    let mut back = roll_back(&mut session, "flushed", |session| {
        session.add(User::with("ed", &["a"]));
        session.add(post("one", &["x"]));
        Ok(())
    })?;
    session.add_all(back.drain::<User>());
    session.add_all(back.drain::<Post>());
    session.commit()?;
    session.add_all(back.drain::<Address>());
    session.add_all(back.drain::<Tag>());
    session.commit()?;
    assert_eq!(addresses(&mut session)?, pairs(&[("ed", "a")]));
    assert_eq!(tags(&mut session)?, pairs(&[("one", "x")]));
    Ok(())
}

fn a_graph_goes_to_another_session(db: &Db) -> Result<()> {
    let mut session = all(db)?;
    let mut back = roll_back(&mut session, "flushed", |session| {
        session.add(User::with("ed", &["a", "b"]));
        session.add(post("one", &["x", "y"]));
        Ok(())
    })?;
    let mut other = Session::new(session.engine());
    // Places of the other session mean nothing here.
    other.add(User::named("ann"));
    other.flush()?;
    other.add_all(back.drain::<Address>());
    other.add_all(back.drain::<User>());
    other.add_all(back.drain::<Tag>());
    other.add_all(back.drain::<Post>());
    other.commit()?;
    assert_eq!(addresses(&mut other)?, pairs(&[("ed", "a"), ("ed", "b")]));
    assert_eq!(tags(&mut other)?, pairs(&[("one", "x"), ("one", "y")]));
    Ok(())
}

fn copies_are_newcomers(db: &Db) -> Result<()> {
    let mut session = all(db)?;
    let mut back = roll_back(&mut session, "flushed", |session| {
        session.add(Post { author: BelongsTo::new(word("ed")), ..post("one", &[]) });
        Ok(())
    })?;
    let author = back.drain::<Word>().pop().expect("it was added");
    let copy = session.add(author.clone());
    let original = session.add(author);
    let post = session.add_all(back.drain::<Post>())[0];
    session.flush()?;
    // Equal ones stand for each other: the first that came is the author.
    assert_eq!(session.rel(post, Post::AUTHOR).load()?, Some(copy));
    assert_ne!(session[copy].id, session[original].id);
    assert!(matches!(session.delete(copy).and_then(|()| session.flush()), Err(Error::Database(_))));
    Ok(())
}
