//! The same loads on real databases: SQLite always, PostgreSQL where `ORM_POSTGRES_URL` names a server.

use orm::Error;
use orm::engine::{Connection, Engine, Recorder, text};
use orm::load::{Existing, IdentityPlan, QueryPlan, RelationPlan, Select};
use orm::mapping::PrimaryKey;
use orm::prelude::*;
use orm::schema::SchemaPlan;
use orm::unit::UnitOfWork;

use crate::model::{Address, Club, Line, Member, Node, Parcel, Profile, User};

/// A connection, what it sent, and the entities that came of it.
struct Setting {
    connection: Connection,
    recorder: Recorder,
    unit: UnitOfWork,
}

impl Setting {
    /// Fresh tables with rows.
    fn new(engine: &Engine) -> Self {
        let schema = orm::schema![User, Address, Profile, Node, Member, Club, Line, Parcel];
        let mut connection = engine.connect().unwrap();
        let caps = engine.capabilities().clone();
        connection.run(&mut SchemaPlan::drop_all(&schema, &caps).unwrap()).unwrap();
        connection.run(&mut SchemaPlan::create_all(&schema, &caps).unwrap()).unwrap();
        for rows in [
            "user_account (id, name) VALUES (1, 'ed'), (2, 'wendy'), (3, 'fred')",
            "address (id, email, user_id) VALUES (1, 'ed@x', 1), (2, 'ed@y', 1), (3, 'wendy@x', 2), (4, 'nobody@x', NULL)",
            "profile (id, user_id) VALUES (1, 2)",
            "node (id, name, parent_id) VALUES (1, 'root', NULL), (2, 'a', 1), (3, 'b', 1), (4, 'aa', 2), (5, 'aaa', 4), (6, 'aaaa', 5), (7, 'aaaaa', 6)",
            "member (id) VALUES (1), (2), (3)",
            "club (name) VALUES ('chess'), ('golf')",
            "member_club (member_id, club_id) VALUES (1, 'chess'), (1, 'golf'), (2, 'golf')",
            "friendship (from_id, to_id) VALUES (1, 2), (1, 3)",
            "order_line (number, line) VALUES (1, 1), (1, 2), (2, 1)",
            "parcel (id, order_number, line_number) VALUES (1, 1, 1), (2, 1, 1), (3, 2, 1)",
        ] {
            connection.execute(&text(format!("INSERT INTO {rows}"))).unwrap();
        }
        let recorder = engine.record();
        Self { connection, recorder, unit: UnitOfWork::new() }
    }

    fn all<Out: 'static>(&mut self, query: &Select<Out>) -> Vec<Out> {
        let mut plan = QueryPlan::new(query, &mut self.unit).unwrap();
        self.connection.run(&mut plan).unwrap();
        plan.into_rows()
    }

    /// How many statements were sent since it was asked last.
    #[track_caller]
    fn sent(&self, expected: usize) {
        let statements = self.recorder.take();
        assert_eq!(statements.sql().len(), expected, "{:#?}", statements.sql());
    }

    fn names(&self, nodes: &[Key<Node>]) -> Vec<&str> {
        nodes.iter().map(|node| self.unit.entity(*node).unwrap().name.as_str()).collect()
    }
}

fn select_in_loads_cost_one_statement_a_level(engine: &Engine) {
    let mut set = Setting::new(engine);
    let root = select(entity::<Node>()).filter(Node::PARENT.is_null());
    let roots = set.all(&root.options(selectin(Node::CHILDREN).recurse(4)));
    set.sent(5);
    assert_eq!(set.names(&roots), ["root"]);
    let mut level = roots;
    let mut counts = Vec::new();
    while let Some(children) = level
        .iter()
        .map(|node| set.unit.entity(*node).unwrap().children.loaded().map(Iterator::collect::<Vec<_>>))
        .collect::<Option<Vec<_>>>()
    {
        level = children.concat();
        counts.push(level.len());
    }
    assert_eq!(counts, [2, 1, 1, 1]);
    assert_eq!(set.names(&level), ["aaaa"]);

    let users = select(entity::<User>()).order_by(User::ID);
    let users = set.all(&users.options((selectin(User::ADDRESSES), selectin(User::PROFILE))));
    set.sent(3);
    let user = set.unit.entity(users[0]).unwrap();
    assert_eq!((user.addresses.loaded().unwrap().len(), user.profile.loaded().unwrap()), (2, None));
    assert!(set.unit.entity(users[1]).unwrap().profile.loaded().unwrap().is_some());
}

/// Though another option followed the same relationship from the same row before.
fn each_option_goes_as_far_as_it_says(engine: &Engine) {
    let mut set = Setting::new(engine);
    let down = selectin(Node::CHILDREN).recurse(4);
    let children = |set: &Setting, name: &str| {
        let found = (1..=7).filter_map(|id| set.unit.lookup::<Node>(&id)).find(|key| set.names(&[*key]) == [name]);
        set.unit.entity(found.unwrap()).unwrap().children.loaded().map(Iterator::collect::<Vec<_>>)
    };
    let options = (selectin(Node::CHILDREN).recurse(1), selectin(Node::PARENT).then(down));
    set.all(&select(entity::<Node>()).filter(Node::NAME.eq("a")).options(options));
    assert_eq!(set.names(&children(&set, "aaa").unwrap()), ["aaaa"]);
    assert_eq!(children(&set, "aaaa"), None);
}

fn joined_loads_cost_one_statement(engine: &Engine) {
    let mut set = Setting::new(engine);
    let members = select(entity::<Member>()).order_by(Member::ID);
    let options = (joined(Member::CLUBS), joined(Member::FRIENDS).then(selectin(Member::CLUBS)));
    let members = set.all(&members.limit(2).options(options));
    // The friends' clubs follow; those of the second member came with the join.
    set.sent(2);
    assert_eq!(members.len(), 2);
    let member = set.unit.entity(members[0]).unwrap();
    let clubs: Vec<_> =
        member.clubs.loaded().unwrap().map(|club| set.unit.entity(club).unwrap().name.as_str()).collect();
    assert_eq!(clubs, ["golf", "chess"]);
    assert_eq!(member.friends.loaded().unwrap().len(), 2);
    let third = set.unit.lookup::<Member>(&3).unwrap();
    assert_eq!(set.unit.entity(third).unwrap().clubs.loaded().unwrap().len(), 0);

    let rows = set.all(&select((entity::<Address>(), User::NAME)).join(Address::USER).options(joined(Address::USER)));
    set.sent(1);
    assert_eq!(rows.len(), 3);
}

fn keys_of_any_kind(engine: &Engine) {
    let mut set = Setting::new(engine);
    let lines = set.all(&select(entity::<Line>()).order_by((Line::NUMBER, Line::LINE)));
    let slots = lines.iter().map(|key| key.slot()).collect();
    let mut plan = RelationPlan::new(&mut set.unit, Line::entity_meta(), slots, Line::PARCELS.index());
    set.connection.run(&mut plan).unwrap();
    let counts = lines.iter().map(|key| set.unit.entity(*key).unwrap().parcels.loaded().unwrap().len());
    assert_eq!(counts.collect::<Vec<_>>(), [2, 0, 1]);
    set.sent(2);

    let keys = ["golf", "none", "chess"].map(|name| name.to_owned().to_values()).to_vec();
    let mut plan = IdentityPlan::new(&mut set.unit, Club::entity_meta(), keys, Existing::Keep);
    set.connection.run(&mut plan).unwrap();
    assert_eq!(plan.found().iter().map(Option::is_some).collect::<Vec<_>>(), [true, false, true]);

    let parcels = set.all(&select(entity::<Parcel>()).options(joined(Parcel::LINE)));
    let line = set.unit.entity(parcels[2]).unwrap().line.loaded().unwrap();
    assert_eq!(set.unit.entity(line).unwrap().number, 2);
}

fn queries_are_understood(engine: &Engine) {
    let mut set = Setting::new(engine);
    let rows = select((User::NAME, count(Address::ID).label("n")))
        .left_join(User::ADDRESSES)
        .group_by(User::NAME)
        .order_by((count(Address::ID).label("n").desc(), User::NAME));
    let expected = [("ed", 2), ("wendy", 1), ("fred", 0)].map(|(name, count)| (name.to_owned(), count));
    assert_eq!(set.all(&rows), expected);
    assert_eq!(set.all(&rows.clone().count()), [3]);

    let named = |condition: Expr<bool>| select(User::NAME).filter(condition).order_by(User::NAME);
    assert_eq!(set.all(&named(User::ADDRESSES.any(Address::EMAIL.like("%@y")))), ["ed"]);
    assert_eq!(set.all(&named(User::ADDRESSES.is_empty())), ["fred"]);
    assert_eq!(set.all(&named(User::ADDRESSES.contains(3))), ["wendy"]);
    assert_eq!(set.all(&named(User::PROFILE.is_not_null())), ["wendy"]);
    assert_eq!(set.all(&named(User::ID.in_select(select(Address::USER_ID)))), ["ed", "wendy"]);
    let emails = |condition: Expr<bool>| select(Address::EMAIL).filter(condition).order_by(Address::ID);
    assert_eq!(set.all(&emails(Address::USER.has(User::NAME.eq("ed")))), ["ed@x", "ed@y"]);
    assert_eq!(set.all(&emails(Address::USER.is_not(1))), ["wendy@x", "nobody@x"]);
    let grand = Node::CHILDREN.any(Node::CHILDREN.any(Node::NAME.eq("aaa")));
    assert_eq!(set.all(&select(Node::NAME).filter(grand)), ["a"]);
    assert_eq!(set.all(&select(Member::ID).filter(Member::FRIENDS.any(Member::ID.eq(3)))), [1]);
    let product = select((User::NAME, Club::NAME)).join(User::PROFILE).order_by(Club::NAME);
    assert_eq!(set.all(&product).len(), 2);

    let parent = alias::<Node>("parent");
    let pairs = select((&parent, Node::NAME)).join(Node::PARENT.onto(&parent)).filter(Node::NAME.eq("aa"));
    let pairs = set.all(&pairs);
    assert_eq!(set.names(&[pairs[0].0]), ["a"]);
    let left = select((User::NAME, optional(entity::<Address>()))).left_join(User::ADDRESSES).filter(User::ID.eq(3));
    assert_eq!(set.all(&left), [("fred".to_owned(), None)]);
    let first = select(entity::<User>()).order_by(User::ID).limit(2).offset(1).options(joined(User::ADDRESSES));
    assert_eq!(set.all(&first).len(), 2);
}

fn everything(engine: &Engine) {
    select_in_loads_cost_one_statement_a_level(engine);
    each_option_goes_as_far_as_it_says(engine);
    joined_loads_cost_one_statement(engine);
    keys_of_any_kind(engine);
    queries_are_understood(engine);
}

#[test]
fn on_sqlite() {
    everything(&Engine::new("sqlite://").unwrap());
}

#[cfg(feature = "postgres")]
#[test]
fn on_postgresql() {
    let Ok(url) = std::env::var("ORM_POSTGRES_URL") else {
        return eprintln!("skipped: ORM_POSTGRES_URL names no server");
    };
    everything(&Engine::new(url).unwrap());
}

#[test]
fn a_strategy_may_be_stated_for_one_query() {
    let engine = Engine::new("sqlite://").unwrap();
    drop(Setting::new(&engine));
    let recorder = engine.record();
    let mut session = Session::new(&engine);
    let users = session.query::<User>().order_by(User::ID).options(raise(User::PROFILE)).all().unwrap();
    let refused = session.rel(users[0], User::PROFILE).load().unwrap_err();
    assert!(matches!(refused, Error::RaisedLoad { .. }), "{refused}");
    session.query::<User>().options(peers(User::ADDRESSES)).all().unwrap();
    recorder.take();
    for user in users {
        session.rel(user, User::ADDRESSES).load().unwrap();
    }
    assert_eq!(recorder.take().without_transactions().sql().len(), 1);
}
