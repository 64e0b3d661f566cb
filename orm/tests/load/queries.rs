//! Queries as values: what they become as SQL, and what cannot be said.

use orm::engine::{Capabilities, render};
use orm::load::{Existing, QueryPlan};
use orm::prelude::*;
use orm::sql::tree::SelectTree;
use orm::unit::UnitOfWork;

use crate::model::{Address, Club, Line, Member, Message, Node, Parcel, Profile, User};
use crate::script::{check_plan, rows};

#[track_caller]
fn check_sql(select: impl Into<SelectTree>, sql: &str, parameters: &[&str]) {
    let rendered = render(&select.into(), &Capabilities::sqlite()).unwrap();
    assert_eq!(rendered.sql, sql);
    assert_eq!(rendered.parameters, parameters);
}

#[track_caller]
fn check_fault<Out: 'static>(select: &Select<Out>, words: &[&str]) {
    let message = select.tree().unwrap_err().to_string();
    for word in words {
        assert!(message.contains(word), "{message}");
    }
}

#[test]
fn the_clauses_of_a_select() {
    check_sql(
        select((User::NAME, count(Address::ID).label("n")))
            .join(User::ADDRESSES)
            .filter(User::NAME.ne("ed"))
            .filter(Address::EMAIL.like("%@x.org"))
            .group_by(User::NAME)
            .having(count(Address::ID).gt(1))
            .order_by((count(Address::ID).label("n").desc(), User::NAME))
            .limit(10)
            .offset(20),
        "SELECT user_account.name, count(address.id) AS n FROM user_account \
         JOIN address ON user_account.id = address.user_id \
         WHERE user_account.name != ? AND orm_like(address.email, ?) GROUP BY user_account.name HAVING count(address.id) > ? \
         ORDER BY n DESC, user_account.name LIMIT ? OFFSET ?",
        &["'ed'", "'%@x.org'", "1", "10", "20"],
    );
    check_sql(select(User::NAME).distinct(), "SELECT DISTINCT user_account.name FROM user_account", &[]);
    check_sql(
        select((User::NAME, Address::EMAIL)).filter(User::ID.eq(Address::USER_ID)),
        "SELECT user_account.name, address.email FROM user_account, address WHERE user_account.id = address.user_id",
        &[],
    );
    check_sql(select(count(User::ID)), "SELECT count(user_account.id) FROM user_account", &[]);
    check_sql(select(count_all()).select_from(entity::<User>()), "SELECT count(*) FROM user_account", &[]);
}

/// Not the text itself, of which there would be one group; and not any column of that name.
#[test]
fn a_text_names_what_is_selected() {
    check_sql(
        select((lower(User::NAME).label("email"), count(Address::ID).label("n")))
            .join(User::ADDRESSES)
            .group_by("email")
            .order_by(("n", "email")),
        "SELECT lower(user_account.name) AS email, count(address.id) AS n FROM user_account \
         JOIN address ON user_account.id = address.user_id GROUP BY lower(user_account.name) ORDER BY n, email",
        &[],
    );
    // A database would not know an expression again when it has parameters.
    check_sql(
        select((coalesce(User::NAME, "none").label("name"), count_all())).group_by("name"),
        "SELECT coalesce(user_account.name, ?) AS name, count(*) FROM user_account GROUP BY name",
        &["'none'"],
    );
    check_sql(
        select((User::NAME, Node::NAME)).group_by(("name", User::ID)).order_by("name"),
        "SELECT user_account.name, node.name FROM user_account, node \
         GROUP BY user_account.name, user_account.id ORDER BY user_account.name",
        &[],
    );
}

#[test]
fn rows_are_typed() {
    let mut unit = UnitOfWork::new();
    let query =
        select((entity::<User>(), optional(entity::<Address>()), count(Address::ID), Address::EMAIL.label("e")));
    let mut plan = QueryPlan::new(query.left_join(User::ADDRESSES), &mut unit).unwrap();
    let sql = "SELECT user_account.id, user_account.name, address.id, address.email, address.user_id, \
               count(address.id), address.email AS e FROM user_account \
               LEFT OUTER JOIN address ON user_account.id = address.user_id";
    let rows = rows![[1, "ed", 10, "a", 1, 7, "a"], [2, "wendy", (), (), (), 0, "none"]];
    check_plan(&mut plan, vec![(sql, &[], rows)]);
    type Row = (Key<User>, Option<Key<Address>>, i64, String);
    let rows: Vec<Row> = plan.into_rows();
    assert_eq!(rows.len(), 2);
    assert_eq!(unit.entity(rows[0].1.unwrap()).unwrap().email, "a");
    assert_eq!((rows[1].1, rows[1].2, rows[1].3.as_str()), (None, 0, "none"));
}

#[test]
fn untracked_entities_and_streams_leave_nothing_behind() {
    let mut unit = UnitOfWork::new();
    let mut names = Vec::new();
    let query = select(untracked::<User>());
    let mut plan = QueryPlan::for_each(&query, &mut unit, |user: User| {
        names.push(user.name);
        Ok(())
    })
    .unwrap();
    let sql = "SELECT user_account.id, user_account.name FROM user_account";
    check_plan(&mut plan, vec![(sql, &[], rows![[1, "ed"], [2, "wendy"]])]);
    drop(plan);
    assert_eq!(names, ["ed", "wendy"]);
    assert_eq!(unit.memory().entities, 0);

    let query = select(entity::<User>()).options(selectin(User::ADDRESSES));
    let refused = QueryPlan::for_each(&query, &mut unit, |_| Ok(())).err().unwrap().to_string();
    assert!(refused.contains("User.addresses"), "{refused}");
}

/// Whoever reads a stream sees it with its owner, and more rows need not come.
#[test]
fn a_streamed_row_brings_what_is_joined_to_it() {
    let mut unit = UnitOfWork::new();
    let query = select(entity::<User>()).options(joined(User::PROFILE));
    let mut plan = QueryPlan::for_each(&query, &mut unit, |_| Ok(())).unwrap();
    orm::engine::Plan::next_command(&mut plan).unwrap();
    for row in rows![[1, "ed", 7, 1], [2, "wendy", (), ()]] {
        orm::engine::Plan::row(&mut plan, &mut crate::script::FakeRow(row)).unwrap();
    }
    drop(plan);
    let profile = |id: i64| unit.entity(unit.lookup::<User>(&id).unwrap()).unwrap().profile.loaded();
    assert_eq!((profile(1), profile(2)), (Some(unit.lookup::<Profile>(&7)), Some(None)));
}

#[test]
fn a_row_without_the_entity_says_what_to_select() {
    let mut unit = UnitOfWork::new();
    let query = select((User::NAME, entity::<Address>())).left_join(User::ADDRESSES);
    let mut plan = QueryPlan::new(&query, &mut unit).unwrap();
    orm::engine::Plan::next_command(&mut plan).unwrap();
    let mut row = crate::script::FakeRow(rows![["ed", (), (), ()]].remove(0));
    let message = orm::engine::Plan::row(&mut plan, &mut row).unwrap_err().to_string();
    assert!(message.contains("optional(entity::<Address>())"), "{message}");
}

#[test]
fn existing_entities_are_kept_unless_the_query_overwrites_them() {
    let mut unit = UnitOfWork::new();
    let query = select(entity::<User>());
    let sql = "SELECT user_account.id, user_account.name FROM user_account";
    let mut run = |query: &Select<Key<User>>, name: &str| {
        let mut plan = QueryPlan::new(query, &mut unit).unwrap();
        check_plan(&mut plan, vec![(sql, &[], rows![[1, name]])]);
        let user = plan.into_rows()[0];
        unit.entity(user).unwrap().name.clone()
    };
    assert_eq!(run(&query, "ed"), "ed");
    assert_eq!(run(&query, "edward"), "ed");
    assert_eq!(run(&query.populate_existing(), "edward"), "edward");
    assert_eq!(Existing::default(), Existing::Keep);
}

#[test]
fn joins_by_relationship() {
    check_sql(
        select(Address::EMAIL).join(Address::USER),
        "SELECT address.email FROM address JOIN user_account ON address.user_id = user_account.id",
        &[],
    );
    check_sql(
        select(Member::ID).join(Member::CLUBS),
        "SELECT member.id FROM member JOIN member_club ON member.id = member_club.member_id \
         JOIN club ON member_club.club_id = club.name",
        &[],
    );
    check_sql(
        select(Parcel::ID).left_join(Parcel::LINE),
        "SELECT parcel.id FROM parcel LEFT OUTER JOIN order_line ON \
         parcel.order_number = order_line.number AND parcel.line_number = order_line.line",
        &[],
    );
    check_sql(
        select(User::NAME).join(User::PROFILE).left_join(User::ADDRESSES.and(Address::EMAIL.eq("x"))),
        "SELECT user_account.name FROM user_account JOIN profile ON user_account.id = profile.user_id \
         LEFT OUTER JOIN address ON user_account.id = address.user_id AND address.email = ?",
        &["'x'"],
    );
    // The condition decides about link and target together.
    check_sql(
        select(Member::ID).left_join(Member::CLUBS.and(Club::NAME.ne("golf"))),
        "SELECT member.id FROM member LEFT OUTER JOIN (member_club JOIN club ON member_club.club_id = club.name) \
         ON member.id = member_club.member_id AND club.name != ?",
        &["'golf'"],
    );
    // What is not selected comes into the FROM clause as the left side.
    check_sql(
        select(Address::EMAIL).join(User::ADDRESSES),
        "SELECT address.email FROM user_account JOIN address ON user_account.id = address.user_id",
        &[],
    );
    // Several tables and a join: each condition sees all of them.
    check_sql(
        select((User::NAME, Node::NAME)).join(User::ADDRESSES),
        "SELECT user_account.name, node.name FROM user_account JOIN node ON 1 = 1 \
         JOIN address ON user_account.id = address.user_id",
        &[],
    );
}

#[test]
fn joins_onto_aliases() {
    let (parent, grandparent) = (alias::<Node>("parent"), alias::<Node>("grandparent"));
    check_sql(
        select((Node::NAME, grandparent.column(Node::NAME)))
            .join(Node::PARENT.onto(&parent))
            .join(Node::PARENT.from(&parent).onto(&grandparent))
            .filter(parent.column(Node::NAME).eq("x")),
        "SELECT node.name, grandparent.name FROM node JOIN node AS parent ON node.parent_id = parent.id \
         JOIN node AS grandparent ON parent.parent_id = grandparent.id WHERE parent.name = ?",
        &["'x'"],
    );
    let (one, two) = (alias::<Address>("a1"), alias::<Address>("a2"));
    check_sql(
        select(User::NAME).join(User::ADDRESSES.onto(&one)).join(User::ADDRESSES.onto(&two)),
        "SELECT user_account.name FROM user_account JOIN address AS a1 ON user_account.id = a1.user_id \
         JOIN address AS a2 ON user_account.id = a2.user_id",
        &[],
    );
    check_fault(&select(Node::NAME).join(Node::CHILDREN), &["`node` is already", "Node::CHILDREN.onto(&alias::<Node>"]);
}

#[test]
fn joins_by_the_sole_foreign_key_and_on_conditions() {
    check_sql(
        select(User::NAME).join_entity::<Address>(),
        "SELECT user_account.name FROM user_account JOIN address ON address.user_id = user_account.id",
        &[],
    );
    check_sql(
        select(Address::EMAIL).left_join_entity::<User>(),
        "SELECT address.email FROM address LEFT OUTER JOIN user_account ON address.user_id = user_account.id",
        &[],
    );
    check_sql(
        select(User::NAME).join_on::<Address>(Address::EMAIL.eq(User::NAME)),
        "SELECT user_account.name FROM user_account JOIN address ON address.email = user_account.name",
        &[],
    );
    check_fault(&select(count(User::ID)).join_entity::<Address>(), &["no entity", "`address`", ".select_from("]);
    check_fault(&select(User::NAME).join_entity::<Line>(), &["`user_account`", "`order_line`", "join_on::<Line>"]);
    check_fault(
        &select(User::NAME).join_entity::<Message>(),
        &["several", "`.join(Message::SENDER)` or `.join(Message::RECEIVER)`"],
    );
    check_fault(&select(User::NAME).join(User::PROFILE).join_entity::<Profile>(), &["`profile`"]);
}

#[test]
fn subqueries_give_rows_values_and_conditions() {
    let counts = select((Address::USER_ID, count_all().label("n"))).group_by(Address::USER_ID).as_subquery("counts");
    check_sql(
        select((entity::<User>(), counts.column::<Option<i64>>("n")))
            .left_join_to(&counts, User::ID.eq(counts.column::<i64>("user_id"))),
        "SELECT user_account.id, user_account.name, counts.n FROM user_account LEFT OUTER JOIN \
         (SELECT address.user_id, count(*) AS n FROM address GROUP BY address.user_id) AS counts \
         ON user_account.id = counts.user_id",
        &[],
    );
    let recent = select(entity::<Address>()).filter(Address::EMAIL.ne("j")).as_subquery("recent");
    check_sql(
        select((User::NAME, recent.entity::<Address>())).join(User::ADDRESSES.onto(&recent)),
        "SELECT user_account.name, recent.id, recent.email, recent.user_id FROM user_account JOIN \
         (SELECT address.id, address.email, address.user_id FROM address WHERE address.email != ?) AS recent \
         ON user_account.id = recent.user_id",
        &["'j'"],
    );
    check_sql(
        select(User::NAME).filter(User::ID.in_select(select(Address::USER_ID))),
        "SELECT user_account.name FROM user_account WHERE user_account.id IN (SELECT address.user_id FROM address)",
        &[],
    );
    check_sql(
        select(User::NAME).filter(select(Address::ID).filter(Address::USER_ID.eq(User::ID)).exists()),
        "SELECT user_account.name FROM user_account WHERE \
         EXISTS (SELECT 1 FROM address WHERE address.user_id = user_account.id)",
        &[],
    );
    // There is a count also of no rows, and no label in what selects nothing.
    check_sql(
        select(select(count(Address::ID)).filter(Address::EMAIL.eq("x")).exists()),
        "SELECT EXISTS (SELECT count(address.id) FROM address WHERE address.email = ?)",
        &["'x'"],
    );
    check_sql(
        select(select((User::ID, User::NAME.label("n"))).order_by("n").limit(5).exists()),
        "SELECT EXISTS (SELECT 1 FROM user_account LIMIT ?)",
        &["5"],
    );
    check_sql(
        select((User::ID, Address::ID)).order_by(User::ID).count(),
        "SELECT count(*) FROM (SELECT user_account.id, address.id AS column_2 FROM user_account, address) AS anon_1",
        &[],
    );
    check_sql(
        select((count(User::ID), count(User::ID), User::NAME)).group_by(User::NAME).count(),
        "SELECT count(*) FROM (SELECT count(user_account.id) AS column_1, count(user_account.id) AS column_2, \
         user_account.name FROM user_account GROUP BY user_account.name) AS anon_1",
        &[],
    );
    // A fault within a subquery is not lost.
    let faulty = select(Node::ID).join(Node::CHILDREN);
    let tree: SelectTree = select(User::NAME).filter(faulty.exists()).into();
    assert!(render(&tree, &Capabilities::sqlite()).unwrap_err().to_string().contains("already in the FROM clause"));
}

#[test]
fn criteria_over_relationships() {
    let user = "SELECT user_account.id FROM user_account WHERE ";
    check_sql(
        select(User::ID).filter(User::ADDRESSES.any(Address::EMAIL.like("%@x.org"))),
        &format!(
            "{user}EXISTS (SELECT 1 FROM address WHERE user_account.id = address.user_id AND orm_like(address.email, ?))"
        ),
        &["'%@x.org'"],
    );
    check_sql(
        select(User::ID).filter(User::ADDRESSES.is_empty()),
        &format!("{user}NOT EXISTS (SELECT 1 FROM address WHERE user_account.id = address.user_id)"),
        &[],
    );
    check_sql(
        select(User::ID).filter(User::ADDRESSES.contains(7)),
        &format!("{user}EXISTS (SELECT 1 FROM address WHERE user_account.id = address.user_id AND address.id = ?)"),
        &["7"],
    );
    check_sql(
        select(User::ID).filter(User::PROFILE.is_null()),
        &format!("{user}NOT EXISTS (SELECT 1 FROM profile WHERE user_account.id = profile.user_id)"),
        &[],
    );
    let address = "SELECT address.id FROM address WHERE ";
    check_sql(
        select(Address::ID).filter(Address::USER.has(User::NAME.eq("ed"))),
        &format!(
            "{address}EXISTS (SELECT 1 FROM user_account WHERE address.user_id = user_account.id AND user_account.name = ?)"
        ),
        &["'ed'"],
    );
    check_sql(select(Address::ID).filter(Address::USER.is(3)), &format!("{address}address.user_id = ?"), &["3"]);
    check_sql(
        select(Address::ID).filter(Address::USER.is_not(3)),
        &format!("{address}address.user_id != ? OR address.user_id IS NULL"),
        &["3"],
    );
    check_sql(
        select(Address::ID).filter(Address::USER.is_not_null()),
        &format!("{address}address.user_id IS NOT NULL"),
        &[],
    );
    check_sql(
        select(Parcel::ID).filter(Parcel::LINE.is((1, 2))),
        "SELECT parcel.id FROM parcel WHERE parcel.order_number = ? AND parcel.line_number = ?",
        &["1", "2"],
    );
}

#[test]
fn criteria_over_the_same_table_and_through_a_table_between() {
    let inner = Node::CHILDREN.any(Node::NAME.eq("leaf"));
    check_sql(
        select(Node::ID).filter(Node::CHILDREN.any(inner.and(Node::NAME.eq("branch")))),
        "SELECT node.id FROM node WHERE EXISTS (SELECT 1 FROM node AS node_2 WHERE node.id = node_2.parent_id AND \
         EXISTS (SELECT 1 FROM node AS node_1 WHERE node_2.id = node_1.parent_id AND node_1.name = ?) AND node_2.name = ?)",
        &["'leaf'", "'branch'"],
    );
    check_sql(
        select(Member::ID).filter(Member::FRIENDS.any(Member::ID.gt(5))),
        "SELECT member.id FROM member WHERE EXISTS (SELECT 1 FROM friendship \
         JOIN member AS member_1 ON friendship.to_id = member_1.id WHERE member.id = friendship.from_id AND member_1.id > ?)",
        &["5"],
    );
    check_sql(
        select(Member::ID).filter(Member::CLUBS.contains("golf")),
        "SELECT member.id FROM member WHERE EXISTS (SELECT 1 FROM member_club \
         WHERE member.id = member_club.member_id AND member_club.club_id = ?)",
        &["'golf'"],
    );
}
