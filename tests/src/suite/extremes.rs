//! More, deeper and wider than usual.

use orm::Result;
use orm::prelude::*;

use crate::Db;
use crate::models::{Address, Department, User, Worker};
use crate::sent::{check_kinds, check_silence};

cases![
    a_table_of_many_columns,
    a_rollback_over_many_columns,
    a_deep_tree_is_added_loaded_and_deleted,
    a_long_chain_within_a_circle_of_rows,
    a_member_is_removed_without_loading,
    an_orphan_is_removed_without_loading,
    peers_of_a_to_one,
    members_stand_in_the_order_in_which_they_were_set,
    a_hundred_changes_of_different_shapes,
    hundreds_of_savepoints,
    one_row_is_edited_often,
];

#[derive(Entity, Debug, Default)]
struct Wide {
    #[entity(primary_key)]
    id: Auto<i64>,
    c0: Option<i64>,
    c1: Option<i64>,
    c2: Option<i64>,
    c3: Option<i64>,
    c4: Option<i64>,
    c5: Option<i64>,
    c6: Option<i64>,
    c7: Option<i64>,
    c8: Option<i64>,
    c9: Option<i64>,
    c10: Option<i64>,
    c11: Option<i64>,
    c12: Option<i64>,
    c13: Option<i64>,
    c14: Option<i64>,
    c15: Option<i64>,
    c16: Option<i64>,
    c17: Option<i64>,
    c18: Option<i64>,
    c19: Option<i64>,
    c20: Option<i64>,
    c21: Option<i64>,
    c22: Option<i64>,
    c23: Option<i64>,
    c24: Option<i64>,
    c25: Option<i64>,
    c26: Option<i64>,
    c27: Option<i64>,
    c28: Option<i64>,
    c29: Option<i64>,
    c30: Option<i64>,
    c31: Option<i64>,
    c32: Option<i64>,
    c33: Option<i64>,
    c34: Option<i64>,
    c35: Option<i64>,
    c36: Option<i64>,
    c37: Option<i64>,
    c38: Option<i64>,
    c39: Option<i64>,
    c40: Option<i64>,
    c41: Option<i64>,
    c42: Option<i64>,
    c43: Option<i64>,
    c44: Option<i64>,
    c45: Option<i64>,
    c46: Option<i64>,
    c47: Option<i64>,
    c48: Option<i64>,
    c49: Option<i64>,
    c50: Option<i64>,
    c51: Option<i64>,
    c52: Option<i64>,
    c53: Option<i64>,
    c54: Option<i64>,
    c55: Option<i64>,
    c56: Option<i64>,
    c57: Option<i64>,
    c58: Option<i64>,
    c59: Option<i64>,
    c60: Option<i64>,
    c61: Option<i64>,
    c62: Option<i64>,
    c63: Option<i64>,
    c64: Option<i64>,
    c65: Option<i64>,
    c66: Option<i64>,
    c67: Option<i64>,
    c68: Option<i64>,
    c69: Option<i64>,
    #[entity(server_default = "'last'")]
    last: Auto<String>,
}

#[derive(Entity, Debug, Default)]
struct Node {
    #[entity(primary_key)]
    id: Auto<i64>,
    depth: i32,
    #[entity(inverse = "children", index)]
    parent: BelongsTo<Option<Self>>,
    #[entity(inverse = "parent", cascade = "all")]
    children: HasMany<Self>,
}

fn departments(db: &Db) -> Result<Session> {
    Ok(Session::new(&db.engine(schema![Department, Worker])?))
}

fn a_table_of_many_columns(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Wide])?);
    let wide = session.add(Wide { c69: Some(69), ..Wide::default() });
    session.commit()?;
    let read = session.load(wide)?;
    assert_eq!((read.c69, read.c68, read.last.get()), (Some(69), None, Some("last".to_owned())));
    session[wide].c69 = Some(-1);
    session[wide].c0 = Some(0);
    session.commit()?;
    assert_eq!(session.all(select((Wide::C0, Wide::C1, Wide::C69)))?, [(Some(0), None, Some(-1))]);
    Ok(())
}

fn a_rollback_over_many_columns(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Wide])?);
    let wide = session.add(Wide { c69: Some(69), ..Wide::default() });
    session.flush()?;
    assert!(session[wide].last.is_set());
    let wide = session.rollback()?.take(wide).expect("it was added");
    assert_eq!((wide.id.get(), wide.c69, wide.last.get()), (None, Some(69), None));
    Ok(())
}

const DEPTH: i32 = 1_000;

fn a_deep_tree_is_added_loaded_and_deleted(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Node])?);
    let bottom = Node { depth: DEPTH, ..Node::default() };
    let root =
        (0..DEPTH).rev().fold(bottom, |child, depth| Node { depth, children: HasMany::of([child]), ..Node::default() });
    session.add(root);
    session.commit()?;
    session.expunge_all();
    let root = session
        .query::<Node>()
        .filter(Node::PARENT_ID.is_null())
        .options(selectin(Node::CHILDREN).recurse(u32::MAX))
        .one()?;
    let recorder = session.engine().record();
    let (mut node, mut depth) = (root, 0);
    while let Some(child) = session.rel(node, Node::CHILDREN).load()?.first().copied() {
        (node, depth) = (child, depth + 1);
        assert_eq!(session[node].depth, depth);
    }
    assert_eq!(depth, DEPTH);
    check_silence(&recorder);
    session.delete(root)?;
    session.commit()?;
    assert_eq!((session.query::<Node>().count()?, session.memory().entities), (0, 0));
    Ok(())
}

fn a_long_chain_within_a_circle_of_rows(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Node])?);
    let nodes = session.add_all((0..50).map(|depth| Node { depth, ..Node::default() }));
    session.flush()?;
    for (at, node) in nodes.iter().enumerate() {
        session.rel(*node, Node::PARENT).set(nodes[(at + 1) % nodes.len()])?;
    }
    session.commit()?;
    session.expunge_all();
    let first = session.get::<Node>(1)?.expect("it is there");
    let recorder = session.engine().record();
    let again = select(entity::<Node>()).filter(Node::ID.eq(1)).options(selectin(Node::PARENT).recurse(u32::MAX));
    assert_eq!(session.one(again)?, first);
    assert_eq!(session.held::<Node>().len(), 50);
    // Each row once: the circle ends where it began.
    assert!(recorder.take().len() <= 51);
    Ok(())
}

fn a_member_is_removed_without_loading(db: &Db) -> Result<()> {
    let mut session = departments(db)?;
    let sales = session.add(Department::with("sales", &["ann", "bob"]));
    session.commit()?;
    session.expunge_all();
    let sales = session.query::<Department>().one().unwrap_or(sales);
    let ann = session.query::<Worker>().filter(Worker::NAME.eq("ann")).one()?;
    let recorder = session.engine().record();
    session.rel(sales, Department::WORKERS).remove(ann)?;
    session.flush()?;
    check_kinds(&recorder, "update");
    assert_eq!(session.rel(sales, Department::WORKERS).load()?.len(), 1);
    assert_eq!(session.rel(ann, Worker::DEPARTMENT).load()?, None);
    Ok(())
}

fn an_orphan_is_removed_without_loading(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![User, Address])?);
    session.add(User::with("ed", &["a@x.org", "b@x.org"]));
    session.commit()?;
    session.expunge_all();
    let ed = session.query::<User>().one()?;
    let address = session.query::<Address>().filter(Address::EMAIL.eq("a@x.org")).one()?;
    session.rel(ed, User::ADDRESSES).remove(address)?;
    session.commit()?;
    assert_eq!(session.all(select(Address::EMAIL))?, ["b@x.org"]);
    Ok(())
}

fn peers_of_a_to_one(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![User, Address])?);
    session.add_all(["a", "b", "c"].map(|name| User::with(name, &["x", "y"])));
    session.commit()?;
    session.expunge_all();
    let addresses = session.query::<Address>().options(peers(Address::USER)).order_by(Address::ID).all()?;
    let recorder = session.engine().record();
    for address in addresses {
        assert!(session.rel(address, Address::USER).load()?.is_some());
    }
    check_kinds(&recorder, "select");
    Ok(())
}

fn members_stand_in_the_order_in_which_they_were_set(db: &Db) -> Result<()> {
    let mut session = departments(db)?;
    let sales = session.add(Department::with("sales", &["ann", "bob"]));
    session.flush()?;
    let workers = session.rel(sales, Department::WORKERS).load()?;
    let cleo = session.add(Worker::named("cleo"));
    let order = [cleo, workers[1], workers[0]];
    session.rel(sales, Department::WORKERS).set(order)?;
    assert_eq!(session.rel(sales, Department::WORKERS).load()?, order);
    Ok(())
}

fn a_hundred_changes_of_different_shapes(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![User, Address])?);
    let users = session.add_all((0..100).map(|number| User::with(&number.to_string(), &["a", "b"])));
    session.commit()?;
    for (number, user) in users.iter().enumerate() {
        session.load(*user)?;
        match number % 4 {
            0 => session[*user].name = format!("name {number}"),
            1 => session[*user].fullname = Some(format!("full {number}")),
            2 => session.delete(*user)?,
            _ => drop(session.rel(*user, User::ADDRESSES).push(Address::at("c"))?),
        }
    }
    session.add(User::named("new"));
    session.commit()?;
    assert_eq!((session.query::<User>().count()?, session.query::<Address>().count()?), (76, 175));
    assert_eq!(session.query::<User>().filter(User::NAME.like("name %")).count()?, 25);
    assert_eq!(session.query::<User>().filter(User::FULLNAME.like("full %")).count()?, 25);
    Ok(())
}

fn hundreds_of_savepoints(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![User, Address])?);
    for number in 0..300 {
        let savepoint = session.begin_nested()?;
        session.add(User::named(&number.to_string()));
        if number % 3 == 0 { drop(session.rollback_to(savepoint)?) } else { session.release(savepoint)? }
    }
    session.commit()?;
    assert_eq!(session.query::<User>().count()?, 200);
    Ok(())
}

fn one_row_is_edited_often(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![User, Address])?);
    let ed = session.add(User::named("ed"));
    session.commit()?;
    session.load(ed)?;
    let recorder = session.engine().record();
    for number in 0..10_000 {
        session[ed].fullname = Some(number.to_string());
    }
    assert!(session.memory().journal_entries < 10);
    session.commit()?;
    check_kinds(&recorder, "update commit");
    assert_eq!(session.load(ed)?.fullname.as_deref(), Some("9999"));
    Ok(())
}
