//! Loads by key and by relationship: which statements, in which order, and none for what is known.

use orm::engine::Capabilities;
use orm::load::{Existing, IdentityPlan, QueryPlan, RelationPlan, entity, joined, lazy, select, selectin, subquery};
use orm::mapping::{PrimaryKey, Relationship};
use orm::unit::UnitOfWork;
use orm::{Entity, Error, Key, Slot};

use crate::model::{Address, Author, Book, Club, Line, Member, Message, Node, Parcel, Publisher, User};
use crate::script::{Step, check_plan, check_plan_on, rows};

const USER: &str = "SELECT user_account.id, user_account.name FROM user_account";
const NODE: &str = "SELECT node.id, node.name, node.parent_id FROM node";
const ADDRESS: &str = "SELECT address.id, address.email, address.user_id FROM address";

/// Has the unit hold entities by having it load them.
fn hold<E: Entity>(unit: &mut UnitOfWork, rows: Vec<Vec<orm::Value>>) -> Vec<Key<E>> {
    let query = select(entity::<E>());
    let mut plan = QueryPlan::new(&query, unit).unwrap();
    let mut rows = Some(rows);
    while let Some(_command) = orm::engine::Plan::next_command(&mut plan).unwrap() {
        for row in rows.take().unwrap() {
            orm::engine::Plan::row(&mut plan, &mut crate::script::FakeRow(row)).unwrap();
        }
    }
    plan.into_rows()
}

fn slots<E>(keys: &[Key<E>]) -> Vec<Slot> {
    keys.iter().map(|key| key.slot()).collect()
}

fn load<O: Entity, T: Entity, K>(
    unit: &mut UnitOfWork,
    owners: &[Key<O>],
    relationship: Relationship<O, T, K>,
    steps: Vec<Step<'_>>,
) {
    let mut plan = RelationPlan::new(unit, O::entity_meta(), slots(owners), relationship.index());
    check_plan(&mut plan, steps);
}

#[test]
fn rows_are_found_by_key_in_the_order_of_the_keys() {
    let mut unit = UnitOfWork::new();
    let keys = [3_i64, 1, 2, 1].map(|id| id.to_values()).to_vec();
    let mut plan = IdentityPlan::new(&mut unit, User::entity_meta(), keys, Existing::Keep);
    let sql = format!("{USER} WHERE user_account.id IN (?, ?, ?)");
    check_plan(&mut plan, vec![(&sql, &["3", "1", "2"], rows![[1, "ed"], [3, "wendy"]])]);
    let found = plan.found().to_vec();
    assert_eq!(found[2], None);
    assert_eq!(found[1], found[3]);
    let name = |id: i64| unit.entity(unit.lookup::<User>(&id).unwrap()).unwrap().name.clone();
    assert_eq!((name(3), name(1)), ("wendy".to_owned(), "ed".to_owned()));
    assert_eq!(found[0].unwrap(), unit.lookup::<User>(&3).unwrap().slot());
}

#[test]
fn one_key_needs_no_list_and_many_come_in_batches() {
    let mut unit = UnitOfWork::new();
    let one = vec![7_i64.to_values()];
    let mut plan = IdentityPlan::new(&mut unit, User::entity_meta(), one, Existing::Keep);
    let sql = format!("{USER} WHERE user_account.id = ?");
    check_plan(&mut plan, vec![(&sql, &["7"], vec![])]);
    assert_eq!(plan.found(), [None]);

    let many = (0..1001_i64).map(|id| id.to_values()).collect();
    let mut plan = IdentityPlan::new(&mut unit, User::entity_meta(), many, Existing::Keep);
    let mut statements = 0;
    while orm::engine::Plan::next_command(&mut plan).unwrap().is_some() {
        statements += 1;
    }
    assert_eq!(statements, 3);
}

#[test]
fn arrays_are_used_where_there_are_some() {
    let mut unit = UnitOfWork::new();
    let keys = vec![1_i64.to_values(), 2_i64.to_values()];
    let mut plan = IdentityPlan::new(&mut unit, User::entity_meta(), keys, Existing::Keep);
    let sql = format!("{USER} WHERE user_account.id = ANY($1)");
    check_plan_on(&Capabilities::postgres(), &mut plan, vec![(&sql, &["[1, 2]"], rows![[2, "ed"]])]).unwrap();
    assert!(plan.found()[1].is_some());
}

#[test]
fn keys_of_several_columns() {
    let mut unit = UnitOfWork::new();
    let lines = hold::<Line>(&mut unit, rows![[1, 1], [1, 2], [2, 1]]);
    let select = "SELECT parcel.id, parcel.order_number, parcel.line_number FROM parcel";
    let sql = format!("{select} WHERE (parcel.order_number, parcel.line_number) IN (VALUES (?, ?), (?, ?), (?, ?))");
    let steps: Vec<Step<'_>> = vec![(&sql, &["1", "1", "1", "2", "2", "1"], rows![[7, 2, 1], [8, 1, 1], [9, 2, 1]])];
    load(&mut unit, &lines, Line::PARCELS, steps);
    let parcels = |line: usize| unit.entity(lines[line]).unwrap().parcels.loaded().unwrap().collect::<Vec<_>>();
    let parcel = |id: i64| unit.lookup::<Parcel>(&id).unwrap();
    assert_eq!(parcels(0), [parcel(8)]);
    assert_eq!(parcels(1), []);
    assert_eq!(parcels(2), [parcel(7), parcel(9)]);

    let sql =
        "SELECT order_line.number, order_line.line FROM order_line WHERE order_line.number = ? AND order_line.line = ?";
    let key = vec![(1_i64, 2_i32).to_values()];
    let mut plan = IdentityPlan::new(&mut unit, Line::entity_meta(), key, Existing::Keep);
    check_plan(&mut plan, vec![(sql, &["1", "2"], rows![[1, 2]])]);
}

#[test]
fn members_are_given_to_their_owners_and_known_ones_are_not_asked_for() {
    let mut unit = UnitOfWork::new();
    let users = hold::<User>(&mut unit, rows![[1, "ed"], [2, "wendy"], [3, "fred"]]);
    let sql = format!("{ADDRESS} WHERE address.user_id IN (?, ?, ?) ORDER BY address.id");
    let rows = rows![[10, "a", 2], [11, "b", 1], [12, "c", 2]];
    load(&mut unit, &users, User::ADDRESSES, vec![(&sql, &["1", "2", "3"], rows)]);
    let addresses = |user: usize| {
        let loaded = unit.entity(users[user]).unwrap().addresses.loaded().unwrap();
        loaded.map(|key| unit.entity(key).unwrap().email.clone()).collect::<Vec<_>>()
    };
    assert_eq!(addresses(0), ["b"]);
    assert_eq!(addresses(1), ["a", "c"]);
    assert_eq!(addresses(2), Vec::<String>::new());
    // Both sides are known now.
    load(&mut unit, &users, User::ADDRESSES, vec![]);
    let all = unit.keys::<Address>();
    load(&mut unit, &all, Address::USER, vec![]);
}

#[test]
fn one_owner_needs_no_list() {
    let mut unit = UnitOfWork::new();
    let users = hold::<User>(&mut unit, rows![[1, "ed"]]);
    let sql = format!("{ADDRESS} WHERE address.user_id = ? ORDER BY address.id");
    load(&mut unit, &users, User::ADDRESSES, vec![(&sql, &["1"], rows![[10, "a", 1]])]);
    let sql = "SELECT profile.id, profile.user_id FROM profile WHERE profile.user_id = ?";
    load(&mut unit, &users, User::PROFILE, vec![(sql, &["1"], rows![[5, 1]])]);
    assert!(unit.entity(users[0]).unwrap().profile.loaded().unwrap().is_some());
}

#[test]
fn targets_come_from_the_identity_map_and_the_missing_in_one_statement() {
    let mut unit = UnitOfWork::new();
    hold::<User>(&mut unit, rows![[1, "ed"]]);
    let addresses =
        hold::<Address>(&mut unit, rows![[10, "a", 1], [11, "b", 2], [12, "c", ()], [13, "d", 2], [14, "e", 3]]);
    let sql = format!("{USER} WHERE user_account.id IN (?, ?)");
    load(&mut unit, &addresses, Address::USER, vec![(&sql, &["2", "3"], rows![[2, "wendy"]])]);
    let user = |address: usize| unit.entity(addresses[address]).unwrap().user.loaded();
    assert_eq!(user(0), unit.lookup::<User>(&1));
    assert_eq!(user(1), unit.lookup::<User>(&2));
    assert!(user(1).is_some());
    assert_eq!(user(3), user(1));
    assert_eq!((user(2), user(4)), (None, None));
}

#[test]
fn expired_targets_are_read_again() {
    let mut unit = UnitOfWork::new();
    let users = hold::<User>(&mut unit, rows![[1, "ed"]]);
    let addresses = hold::<Address>(&mut unit, rows![[10, "a", 1]]);
    unit.expire_all();
    let sql = format!("{USER} WHERE user_account.id = ?");
    load(&mut unit, &addresses, Address::USER, vec![(&sql, &["1"], rows![[1, "edward"]])]);
    assert_eq!(unit.entity(users[0]).unwrap().name, "edward");
}

#[test]
fn many_to_many_goes_through_the_table_between() {
    let mut unit = UnitOfWork::new();
    let members = hold::<Member>(&mut unit, rows![[1], [2]]);
    let sql = "SELECT member_club.member_id, club.name FROM member_club JOIN club ON member_club.club_id = club.name \
               WHERE member_club.member_id IN (?, ?) ORDER BY club.name DESC";
    let rows = rows![[1, "golf"], [2, "golf"], [1, "chess"]];
    load(&mut unit, &members, Member::CLUBS, vec![(sql, &["1", "2"], rows)]);
    let clubs = |member: usize| unit.entity(members[member]).unwrap().clubs.loaded().unwrap().collect::<Vec<_>>();
    let club = |name: &str| unit.lookup::<Club>(&name.to_owned()).unwrap();
    assert_eq!(clubs(0), [club("golf"), club("chess")]);
    assert_eq!(clubs(1), [club("golf")]);
}

#[test]
fn a_tree_costs_one_statement_a_level_while_there_are_rows() {
    let mut unit = UnitOfWork::new();
    let query = select(entity::<Node>()).filter(Node::PARENT.is_null()).options(selectin(Node::CHILDREN).recurse(4));
    let mut plan = QueryPlan::new(&query, &mut unit).unwrap();
    let sql = |keys: usize| format!("{NODE} WHERE node.parent_id IN ({})", vec!["?"; keys].join(", "));
    let one = format!("{NODE} WHERE node.parent_id = ?");
    let two = sql(2);
    let root = format!("{NODE} WHERE node.parent_id IS NULL");
    let steps: Vec<Step<'_>> = vec![
        (&root, &[], rows![[1, "root", ()]]),
        (&one, &["1"], rows![[2, "a", 1], [3, "b", 1]]),
        (&two, &["2", "3"], rows![[4, "c", 3]]),
        (&one, &["4"], vec![]),
    ];
    check_plan(&mut plan, steps);
    let root = plan.into_rows()[0];
    assert_eq!(unit.entity(root).unwrap().children.loaded().unwrap().len(), 2);
}

#[test]
fn the_depth_of_a_recursion_is_a_bound() {
    let mut unit = UnitOfWork::new();
    let query = select(entity::<Node>()).options(selectin(Node::CHILDREN).recurse(2));
    let mut plan = QueryPlan::new(&query, &mut unit).unwrap();
    let one = format!("{NODE} WHERE node.parent_id = ?");
    let steps: Vec<Step<'_>> = vec![
        (NODE, &[], rows![[1, "root", ()]]),
        (&one, &["1"], rows![[2, "a", 1]]),
        (&one, &["2"], rows![[3, "b", 2]]),
    ];
    check_plan(&mut plan, steps);
    assert_eq!(plan.into_rows().len(), 1);
    let leaf = unit.lookup::<Node>(&3).unwrap();
    assert!(unit.entity(leaf).unwrap().children.loaded().is_none());
}

#[test]
fn joined_collections_give_each_root_once_and_count_within_a_subquery() {
    let mut unit = UnitOfWork::new();
    let query = select(entity::<User>()).options(joined(User::ADDRESSES));
    let mut plan = QueryPlan::new(&query, &mut unit).unwrap();
    let sql = "SELECT user_account.id, user_account.name, address_1.id, address_1.email, address_1.user_id \
               FROM user_account LEFT OUTER JOIN address AS address_1 ON user_account.id = address_1.user_id \
               ORDER BY address_1.id";
    let rows = rows![[1, "ed", 10, "a", 1], [2, "wendy", (), (), ()], [1, "ed", 11, "b", 1]];
    check_plan(&mut plan, vec![(sql, &[], rows)]);
    let users = plan.into_rows();
    assert_eq!(users.len(), 2);
    let count = |user: usize| unit.entity(users[user]).unwrap().addresses.loaded().unwrap().len();
    assert_eq!((count(0), count(1)), (2, 0));

    let query = query.order_by(orm::sql::Expression::desc(User::NAME)).limit(1);
    let mut plan = QueryPlan::new(&query, &mut unit).unwrap();
    let sql = "SELECT anon_1.id, anon_1.name, address_1.id, address_1.email, address_1.user_id FROM \
               (SELECT user_account.id, user_account.name FROM user_account ORDER BY user_account.name DESC LIMIT ?) AS anon_1 \
               LEFT OUTER JOIN address AS address_1 ON anon_1.id = address_1.user_id \
               ORDER BY anon_1.name DESC, address_1.id";
    check_plan(&mut plan, vec![(sql, &["1"], rows![[2, "wendy", (), (), ()]])]);
    assert_eq!(plan.into_rows(), [users[1]]);
}

#[test]
fn joined_references_and_paths_beyond_them() {
    let mut unit = UnitOfWork::new();
    let query = select(entity::<Address>()).options(joined(Address::USER).then(selectin(User::ADDRESSES)));
    let mut plan = QueryPlan::new(&query, &mut unit).unwrap();
    let sql = "SELECT address.id, address.email, address.user_id, user_account_1.id, user_account_1.name FROM address \
               LEFT OUTER JOIN user_account AS user_account_1 ON address.user_id = user_account_1.id";
    let more = format!("{ADDRESS} WHERE address.user_id = ? ORDER BY address.id");
    let rows = rows![[10, "a", 1, 1, "ed"], [11, "b", (), (), ()]];
    let steps: Vec<Step<'_>> = vec![(sql, &[], rows), (&more, &["1"], rows![[10, "a", 1], [12, "c", 1]])];
    check_plan(&mut plan, steps);
    let addresses = plan.into_rows();
    let user = unit.entity(addresses[0]).unwrap().user.loaded().unwrap();
    assert_eq!(unit.entity(user).unwrap().addresses.loaded().unwrap().len(), 2);
}

#[test]
fn many_to_many_is_joined_through_both_tables() {
    let mut unit = UnitOfWork::new();
    let query = select(entity::<Member>()).options(joined(Member::FRIENDS));
    let mut plan = QueryPlan::new(&query, &mut unit).unwrap();
    let sql = "SELECT member.id, member_1.id FROM member \
               LEFT OUTER JOIN friendship AS friendship_1 ON member.id = friendship_1.from_id \
               LEFT OUTER JOIN member AS member_1 ON friendship_1.to_id = member_1.id";
    check_plan(&mut plan, vec![(sql, &[], rows![[1, 2], [1, 3], [2, ()]])]);
    let members = plan.into_rows();
    assert_eq!(members.len(), 2);
    assert_eq!(unit.entity(members[0]).unwrap().friends.loaded().unwrap().len(), 2);
    assert_eq!(unit.keys::<Member>().len(), 3);
}

#[test]
fn raise_on_sql_refuses_what_is_not_in_memory() {
    let mut unit = UnitOfWork::new();
    let messages = hold::<Message>(&mut unit, rows![[1, 1, 2]]);
    let (meta, receiver) = (Message::entity_meta(), Message::RECEIVER.index());
    let refused = RelationPlan::lazy(&mut unit, meta, messages[0].slot(), receiver).err().unwrap();
    assert!(matches!(refused, Error::RaisedLoad { relationship: "receiver", .. }), "{refused}");
    hold::<User>(&mut unit, rows![[2, "ed"]]);
    let mut plan = RelationPlan::lazy(&mut unit, meta, messages[0].slot(), receiver).unwrap();
    check_plan(&mut plan, vec![]);
}

#[test]
fn an_option_for_what_is_not_selected_is_an_error() {
    let mut unit = UnitOfWork::new();
    let query = select(entity::<User>()).options(selectin(Address::USER));
    let message = QueryPlan::new(&query, &mut unit).err().unwrap().to_string();
    assert!(message.contains("Address.user") && message.contains("selects no entity that has it"), "{message}");
}

#[test]
fn defaults_come_along_also_beyond_the_first_level_but_do_not_go_in_circles() {
    let mut unit = UnitOfWork::new();
    let query = select(entity::<Author>());
    let mut plan = QueryPlan::new(&query, &mut unit).unwrap();
    let books = "SELECT book.id, book.author_id, book.publisher_id, publisher_1.id FROM book \
                 LEFT OUTER JOIN publisher AS publisher_1 ON book.publisher_id = publisher_1.id WHERE book.author_id IN (?, ?)";
    let rows = rows![[10, 1, 7, 7], [11, 2, (), ()], [12, 1, 7, 7]];
    check_plan(&mut plan, vec![("SELECT author.id FROM author", &[], rows![[1], [2]]), (books, &["1", "2"], rows)]);
    let authors = plan.into_rows();
    assert_eq!(unit.entity(authors[0]).unwrap().books.loaded().unwrap().len(), 2);
    let book = unit.entity(unit.lookup::<Book>(&12).unwrap()).unwrap();
    assert_eq!((book.author.loaded(), book.publisher.loaded()), (Some(authors[0]), unit.lookup::<Publisher>(&7)));
    assert!(book.publisher.loaded().is_some());

    let mut unit = UnitOfWork::new();
    let mut plan = IdentityPlan::new(&mut unit, Book::entity_meta(), vec![10_i64.to_values()], Existing::Keep);
    let sql = "SELECT book.id, book.author_id, book.publisher_id, author_1.id, publisher_1.id FROM book \
               LEFT OUTER JOIN author AS author_1 ON book.author_id = author_1.id \
               LEFT OUTER JOIN publisher AS publisher_1 ON book.publisher_id = publisher_1.id WHERE book.id = ?";
    check_plan(&mut plan, vec![(sql, &["10"], rows![[10, 1, (), 1, ()]])]);
    assert!(plan.found()[0].is_some());

    // What a query says counts more.
    let query = select(entity::<Author>()).options(lazy(Author::BOOKS));
    let mut plan = QueryPlan::new(&query, &mut unit).unwrap();
    check_plan(&mut plan, vec![("SELECT author.id FROM author", &[], rows![[1]])]);
}

#[test]
fn distinct_entities_are_joined_outside_of_the_subquery() {
    let mut unit = UnitOfWork::new();
    let query = select(entity::<User>()).join(User::ADDRESSES).order_by(Address::EMAIL).distinct();
    let query = query.options(joined(User::PROFILE));
    let mut plan = QueryPlan::new(&query, &mut unit).unwrap();
    let sql = "SELECT anon_1.id, anon_1.name, profile_1.id, profile_1.user_id FROM \
               (SELECT DISTINCT user_account.id, user_account.name, address.email AS order_2 FROM user_account \
               JOIN address ON user_account.id = address.user_id) AS anon_1 \
               LEFT OUTER JOIN profile AS profile_1 ON anon_1.id = profile_1.user_id ORDER BY anon_1.order_2";
    check_plan(&mut plan, vec![(sql, &[], rows![[1, "ed", (), ()]])]);
    let users = plan.into_rows();
    assert_eq!(unit.entity(users[0]).unwrap().profile.loaded(), Some(None));
}

#[test]
fn what_is_joined_repeats_nothing_where_rows_hold_more_than_the_entity() {
    let mut unit = UnitOfWork::new();
    let query = select((entity::<User>(), User::NAME)).options(joined(User::ADDRESSES));
    let mut plan = QueryPlan::new(&query, &mut unit).unwrap();
    let sql = "SELECT user_account.id, user_account.name, user_account.name FROM user_account";
    let more = format!("{ADDRESS} WHERE address.user_id = ? ORDER BY address.id");
    check_plan(&mut plan, vec![(sql, &[], rows![[1, "ed", "ed"]]), (&more, &["1"], vec![])]);
}

#[test]
fn rows_in_circles_are_visited_once() {
    let mut unit = UnitOfWork::new();
    let friends = "SELECT friendship.from_id, member.id FROM friendship JOIN member ON friendship.to_id = member.id";
    let (one, two) =
        (format!("{friends} WHERE friendship.from_id = ?"), format!("{friends} WHERE friendship.from_id IN (?, ?)"));
    let query = select(entity::<Member>()).filter(orm::sql::Expression::eq(Member::ID, 1));
    let query = query.options(selectin(Member::FRIENDS).recurse(u32::MAX));
    let mut plan = QueryPlan::new(&query, &mut unit).unwrap();
    let steps: Vec<Step<'_>> = vec![
        ("SELECT member.id FROM member WHERE member.id = ?", &["1"], rows![[1]]),
        (&one, &["1"], rows![[1, 2], [1, 3]]),
        (&two, &["2", "3"], rows![[2, 3], [3, 1]]),
    ];
    check_plan(&mut plan, steps);
    assert_eq!(plan.into_rows().len(), 1);

    let query = select(entity::<Node>()).options(joined(Node::PARENT).recurse(u32::MAX));
    let plan = QueryPlan::new(&query, &mut unit).unwrap();
    assert_eq!(plan.statement().joins.len(), 23);
}

#[test]
fn an_owner_that_a_subquery_no_longer_gives_is_asked_for_by_key() {
    let mut unit = UnitOfWork::new();
    let query = select(entity::<User>()).options(subquery(User::ADDRESSES));
    let mut plan = QueryPlan::new(&query, &mut unit).unwrap();
    let within =
        format!("{ADDRESS} WHERE address.user_id IN (SELECT user_account.id FROM user_account) ORDER BY address.id");
    // Meanwhile another transaction wrote, so that the subquery gives user 3 and not user 2.
    let one = format!("{ADDRESS} WHERE address.user_id = ? ORDER BY address.id");
    let steps = vec![
        (USER, &[] as &[&str], rows![[1, "ed"], [2, "wendy"]]),
        (&within, &[], rows![[10, "a", 1], [11, "b", 3]]),
        (&one, &["2"], rows![[12, "c", 2]]),
    ];
    check_plan(&mut plan, steps);
    let users = plan.into_rows();
    let addresses = |user: Key<User>| unit.entity(user).unwrap().addresses.loaded().map(|members| members.len());
    assert_eq!(users.iter().map(|user| addresses(*user)).collect::<Vec<_>>(), [Some(1), Some(1)]);
}
