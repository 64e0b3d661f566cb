//! View-only relationships by a condition of the program's own.

use orm::engine::StatementKind;
use orm::mapping::{EntityMeta, RelationKind, RelationMeta};
use orm::prelude::*;
use orm::sql::{Alias, Expr, and_, cast, delete, text, update};
use orm::{Error, Result};

use crate::Db;
use crate::sent::{check_kinds, check_silence, check_words};

cases![
    a_condition_connects_the_rows,
    every_strategy_finds_the_same,
    a_view_is_loaded_once_until_rows_are_written,
    an_unflushed_edit_is_seen,
    statements_by_hand_are_seen,
    a_deleted_member_is_gone,
    a_savepoint_takes_its_writes_back,
    a_rollback_takes_everything_back,
    a_view_to_one_shows_the_first_in_order,
    constants_casts_and_ranges_join,
    a_subquery_stands_for_a_table_between,
    nulls_connect_nothing,
    a_new_entity_is_flushed_before_its_view_is_asked,
    conditions_of_queries_go_along_a_view,
    queries_join_along_a_view,
    a_view_is_filtered_and_counted_in_the_database,
    limits_count_owners_of_a_joined_view,
    options_lead_on_from_a_view,
    owners_with_keys_of_two_columns,
    classes_in_one_table_at_both_ends,
    classes_in_joined_tables_at_both_ends,
    criteria_hide_members_and_never_the_owner_at_hand,
    a_view_that_raises_is_refused,
    deletions_and_merges_do_not_follow_a_view,
    a_condition_without_columns_of_one_end_is_refused,
];

#[derive(Entity, Debug, Default)]
#[entity(table = "folder")]
struct Folder {
    #[entity(primary_key)]
    id: Auto<i64>,
    path: Option<String>,
    #[entity(on = Folder::is_below, order_by = "path")]
    below: ViewMany<Self>,
    #[entity(on = |folder, other| Folder::is_below(other, folder), order_by = "path")]
    above: ViewMany<Self>,
    #[entity(on = |folder, other| Folder::is_below(other, folder), order_by = "path desc")]
    parent: ViewOne<Self>,
}

impl Folder {
    fn is_below(folder: &Alias<Self>, other: &Alias<Self>) -> Expr<bool> {
        other.column(Self::PATH).like(folder.column(Self::PATH).concat("/%"))
    }
}

fn at(path: &str) -> Folder {
    Folder { path: Some(path.to_owned()), ..Folder::default() }
}

/// `a`, `a/b`, `a/b/c`, `a/d`, `e`, and one without a path. Nothing is held.
fn folders(db: &Db) -> Result<Session> {
    let mut session = Session::new(&db.shared_engine(schema![Folder])?);
    session.add_all(["a", "a/b", "a/b/c", "a/d", "e"].map(at));
    session.add(Folder::default());
    session.commit()?;
    session.expunge_all();
    Ok(session)
}

fn all() -> Select<Key<Folder>> {
    select(entity::<Folder>()).order_by(Folder::ID)
}

fn folder(session: &mut Session, path: &str) -> Result<Key<Folder>> {
    session.one(all().filter(Folder::PATH.eq(path)))
}

fn paths(session: &Session, folders: impl IntoIterator<Item = Key<Folder>>) -> String {
    let paths = folders.into_iter().map(|folder| session[folder].path.clone().unwrap_or_default());
    paths.collect::<Vec<_>>().join(" ")
}

fn below(session: &mut Session, folder: Key<Folder>) -> Result<String> {
    let below = session.rel(folder, Folder::BELOW).load()?;
    Ok(paths(session, below))
}

fn a_condition_connects_the_rows(db: &Db) -> Result<()> {
    let mut session = folders(db)?;
    let a = folder(&mut session, "a")?;
    let recorder = session.engine().record();
    assert_eq!(below(&mut session, a)?, "a/b a/b/c a/d");
    check_words(
        db,
        &recorder,
        &["SELECT folder_1.id, folder.id, folder.path FROM folder AS folder_1 \
           JOIN folder ON orm_like(folder.path, folder_1.path || ?) WHERE folder_1.id = ? ORDER BY folder.path"],
    );
    let c = folder(&mut session, "a/b/c")?;
    let above = session.rel(c, Folder::ABOVE).load()?;
    assert_eq!(paths(&session, above), "a a/b");
    let b = session.rel(c, Folder::PARENT).load()?;
    assert_eq!(paths(&session, b), "a/b");
    assert_eq!(session.rel(a, Folder::PARENT).load()?, None);
    assert!(session.rel(a, Folder::BELOW).contains(c)? && !session.rel(c, Folder::BELOW).contains(a)?);
    assert_eq!(Folder::BELOW.meta().kind, RelationKind::ViewMany);
    Ok(())
}

fn every_strategy_finds_the_same(db: &Db) -> Result<()> {
    let mut session = folders(db)?;
    let expected = ["a/b a/b/c a/d | ", "a/b/c | a", " | a/b", " | a", " | ", " | "];
    let mut seen = Vec::new();
    for strategy in ["lazy", "peers", "selectin", "subquery", "immediate", "joined"] {
        session.expunge_all();
        let recorder = session.engine().record();
        let query = match strategy {
            "peers" => all().options((peers(Folder::BELOW), peers(Folder::PARENT))),
            "selectin" => all().options((selectin(Folder::BELOW), selectin(Folder::PARENT))),
            "subquery" => all().options((subquery(Folder::BELOW), subquery(Folder::PARENT))),
            "immediate" => all().options((immediate(Folder::BELOW), immediate(Folder::PARENT))),
            "joined" => all().options((joined(Folder::BELOW), joined(Folder::PARENT))),
            _ => all(),
        };
        let folders = session.all(query)?;
        let mut found = Vec::new();
        for folder in &folders {
            let below = below(&mut session, *folder)?;
            let parent = session.rel(*folder, Folder::PARENT).load()?;
            found.push(format!("{below} | {}", paths(&session, parent)));
        }
        assert_eq!(found, expected, "{strategy}");
        seen.push(recorder.statements().iter().filter(|sent| sent.kind == StatementKind::Select).count());
    }
    assert_eq!(seen, [13, 3, 3, 5, 13, 1], "the subquery asks again for owners without members");
    Ok(())
}

fn a_view_is_loaded_once_until_rows_are_written(db: &Db) -> Result<()> {
    let mut session = folders(db)?;
    let a = folder(&mut session, "a")?;
    assert!(session[a].below.loaded().is_none() && !session.rel(a, Folder::BELOW).is_loaded()?);
    below(&mut session, a)?;
    let recorder = session.engine().record();
    assert_eq!(below(&mut session, a)?, "a/b a/b/c a/d");
    check_silence(&recorder);
    session.add(at("a/x"));
    session.flush()?;
    assert!(!session.rel(a, Folder::BELOW).is_loaded()?);
    assert_eq!(below(&mut session, a)?, "a/b a/b/c a/d a/x");
    session.commit()?;
    assert_eq!(session[a].below.loaded().map(Iterator::count), Some(4), "what was found last");
    check_kinds(&recorder, "insert select commit");
    Ok(())
}

fn an_unflushed_edit_is_seen(db: &Db) -> Result<()> {
    let mut session = folders(db)?;
    let a = folder(&mut session, "a")?;
    let e = folder(&mut session, "e")?;
    below(&mut session, a)?;
    session[e].path = Some("a/e".to_owned());
    assert_eq!(below(&mut session, a)?, "a/b a/b/c a/d a/e");
    session[a].path = Some("z".to_owned());
    assert_eq!(below(&mut session, a)?, "");
    let text = session.no_autoflush(|session| {
        session[a].path = Some("a".to_owned());
        below(session, a)
    })?;
    assert_eq!(text, "", "without a flush the database does not know");
    assert_eq!(below(&mut session, a)?, "a/b a/b/c a/d a/e");
    Ok(())
}

fn statements_by_hand_are_seen(db: &Db) -> Result<()> {
    let mut session = folders(db)?;
    let a = folder(&mut session, "a")?;
    below(&mut session, a)?;
    session.execute(&update("folder").set(Folder::PATH, "a/z").filter(Folder::PATH.eq("e")))?;
    assert_eq!(session.rel(a, Folder::BELOW).load()?.len(), 4);
    session
        .with_connection(|connection| connection.execute(&text("DELETE FROM folder WHERE path = 'a/d'")).map(drop))?;
    assert_eq!(session.rel(a, Folder::BELOW).load()?.len(), 3);
    Ok(())
}

fn a_deleted_member_is_gone(db: &Db) -> Result<()> {
    let mut session = folders(db)?;
    let a = folder(&mut session, "a")?;
    let members = session.rel(a, Folder::BELOW).load()?;
    session.delete(members[0])?;
    assert_eq!(below(&mut session, a)?, "a/b/c a/d");
    session.expunge(members[1])?;
    let found = session.rel(a, Folder::BELOW).load()?;
    assert_eq!(paths(&session, found.clone()), "a/d", "who left the session is no member until rows are read again");
    session.expire(a)?;
    assert_eq!(below(&mut session, a)?, "a/b/c a/d");
    Ok(())
}

fn a_savepoint_takes_its_writes_back(db: &Db) -> Result<()> {
    let mut session = folders(db)?;
    let a = folder(&mut session, "a")?;
    below(&mut session, a)?;
    let savepoint = session.begin_nested()?;
    session.add(at("a/x"));
    assert_eq!(below(&mut session, a)?, "a/b a/b/c a/d a/x");
    session.rollback_to(savepoint)?;
    assert_eq!(below(&mut session, a)?, "a/b a/b/c a/d");
    Ok(())
}

fn a_rollback_takes_everything_back(db: &Db) -> Result<()> {
    let mut session = folders(db)?;
    let a = folder(&mut session, "a")?;
    let added = session.add(at("a/x"));
    assert_eq!(below(&mut session, a)?, "a/b a/b/c a/d a/x");
    let mut handed_back = session.rollback()?;
    assert_eq!(below(&mut session, a)?, "a/b a/b/c a/d");
    session.add_all(handed_back.take(added));
    assert_eq!(below(&mut session, a)?, "a/b a/b/c a/d a/x");
    Ok(())
}

#[derive(Entity, Debug, Default)]
#[entity(table = "customer")]
struct Customer {
    #[entity(primary_key)]
    id: Auto<i64>,
    /// A number as text.
    number: String,
    since: i64,
    until: Option<i64>,
    #[entity(on = |customer, order| and_([
        order.column(Order::CUSTOMER).eq(customer.column(Customer::ID)),
        order.column(Order::STATUS).eq("open"),
    ]), order_by = "day, id")]
    open: ViewMany<Order>,
    #[entity(on = |customer, order| order.column(Order::CUSTOMER).eq(customer.column(Customer::ID)), order_by = "day desc, id desc")]
    newest: ViewOne<Order>,
    #[entity(on = |customer, order| cast::<i64>(customer.column(Customer::NUMBER)).eq(order.column(Order::DAY)), order_by = "id")]
    numbered: ViewMany<Order>,
    #[entity(on = Customer::lasted, order_by = "id")]
    meanwhile: ViewMany<Order>,
    #[entity(on = Customer::shares, order_by = "id")]
    shared: ViewMany<Order>,
}

impl Customer {
    fn lasted(customer: &Alias<Self>, order: &Alias<Order>) -> Expr<bool> {
        order.column(Order::DAY).between(customer.column(Self::SINCE), customer.column(Self::UNTIL))
    }

    /// Orders that are linked to the customer by rows of a third table.
    fn shares(customer: &Alias<Self>, order: &Alias<Order>) -> Expr<bool> {
        let shares = select(Share::ORDER_NO).filter(Share::CUSTOMER_NO.eq(customer.column(Self::ID)));
        order.column(Order::ID).in_select(shares.filter(Share::WEIGHT.gt(0)))
    }
}

#[derive(Entity, Debug, Default)]
#[entity(table = "purchase")]
struct Order {
    #[entity(primary_key)]
    id: Auto<i64>,
    customer: Option<i64>,
    day: i64,
    status: String,
    #[entity(on = |order, customer| order.column(Order::CUSTOMER).eq(customer.column(Customer::ID)))]
    by: ViewOne<Customer>,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "share")]
struct Share {
    #[entity(primary_key)]
    customer_no: i64,
    #[entity(primary_key)]
    order_no: i64,
    weight: i32,
}

/// Two customers; orders of the first on days 3, 5, 5 and 8, one of the second, one of nobody.
fn shop(db: &Db) -> Result<Session> {
    let mut session = Session::new(&db.shared_engine(schema![Customer, Order, Share])?);
    let ids = [("5", 4, Some(6)), ("x7", 0, None)].map(|(number, since, until)| {
        session.add(Customer { number: number.trim_start_matches('x').into(), since, until, ..Customer::default() })
    });
    session.flush()?;
    let [first, second] = ids.map(|customer| session[customer].id.get());
    let orders = [
        (first, 3, "open"),
        (first, 5, "done"),
        (first, 5, "open"),
        (first, 8, "open"),
        (second, 7, "done"),
        (None, 5, "open"),
    ];
    let orders = orders.map(|(customer, day, status)| {
        session.add(Order { customer, day, status: status.to_owned(), ..Order::default() })
    });
    session.flush()?;
    for (customer, order, weight) in [(first, 0, 1), (first, 4, 2), (first, 5, 0), (second, 0, 1)] {
        let order_no = session[orders[order]].id.get().unwrap_or_default();
        session.add(Share { customer_no: customer.unwrap_or_default(), order_no, weight });
    }
    session.commit()?;
    session.expunge_all();
    Ok(session)
}

fn customers(session: &mut Session) -> Result<Vec<Key<Customer>>> {
    session.all(select(entity::<Customer>()).order_by(Customer::ID))
}

/// Days and states of orders: `3o 5d`.
fn days(session: &Session, orders: impl IntoIterator<Item = Key<Order>>) -> String {
    let day = |order: Key<Order>| format!("{}{}", session[order].day, &session[order].status[..1]);
    orders.into_iter().map(day).collect::<Vec<_>>().join(" ")
}

fn a_view_to_one_shows_the_first_in_order(db: &Db) -> Result<()> {
    let mut session = shop(db)?;
    let query = select(entity::<Customer>()).order_by(Customer::ID);
    for options in [selectin(Customer::NEWEST), joined(Customer::NEWEST), subquery(Customer::NEWEST)] {
        session.expunge_all();
        let customers = session.all(query.clone().options(options))?;
        let recorder = session.engine().record();
        let newest = session.rel(customers[0], Customer::NEWEST).one()?;
        assert_eq!(days(&session, [newest]), "8o");
        assert_eq!(session[customers[0]].newest.loaded(), Some(Some(newest)));
        check_silence(&recorder);
    }
    let customers = customers(&mut session)?;
    let newest = session.rel(customers[0], Customer::NEWEST).one()?;
    session.delete(newest)?;
    let newest = session.rel(customers[0], Customer::NEWEST).load()?;
    assert_eq!(days(&session, newest), "5o");
    let by = session.rel(newest.unwrap_or_else(|| panic!("there is one")), Order::BY).one()?;
    assert_eq!(by, customers[0]);
    session.execute(&delete("purchase"))?;
    assert!(matches!(session.rel(customers[0], Customer::NEWEST).one(), Err(Error::EmptyRelationship { .. })));
    Ok(())
}

fn constants_casts_and_ranges_join(db: &Db) -> Result<()> {
    let mut session = shop(db)?;
    let customers = customers(&mut session)?;
    let open = session.rel(customers[0], Customer::OPEN).load()?;
    assert_eq!(days(&session, open), "3o 5o 8o");
    let numbered = session.rel(customers[0], Customer::NUMBERED).load()?;
    assert_eq!(days(&session, numbered), "5d 5o 5o");
    let numbered = session.rel(customers[1], Customer::NUMBERED).load()?;
    assert_eq!(days(&session, numbered), "7d");
    let meanwhile = session.rel(customers[0], Customer::MEANWHILE).load()?;
    assert_eq!(days(&session, meanwhile), "5d 5o 5o");
    Ok(())
}

fn a_subquery_stands_for_a_table_between(db: &Db) -> Result<()> {
    let mut session = shop(db)?;
    for options in [selectin(Customer::SHARED), joined(Customer::SHARED), subquery(Customer::SHARED)] {
        session.expunge_all();
        let query = select(entity::<Customer>()).order_by(Customer::ID).options(options);
        let customers = session.all(query)?;
        let shared = customers.iter().map(|customer| session.rel(*customer, Customer::SHARED).load());
        let shared: Vec<Vec<Key<Order>>> = shared.collect::<Result<_>>()?;
        assert_eq!(shared.map_days(&session), ["3o 7d", "3o"]);
    }
    Ok(())
}

trait MapDays {
    fn map_days(self, session: &Session) -> Vec<String>;
}

impl MapDays for Vec<Vec<Key<Order>>> {
    fn map_days(self, session: &Session) -> Vec<String> {
        self.into_iter().map(|orders| days(session, orders)).collect()
    }
}

fn nulls_connect_nothing(db: &Db) -> Result<()> {
    let mut session = shop(db)?;
    let customers = customers(&mut session)?;
    assert_eq!(session.rel(customers[1], Customer::MEANWHILE).load()?, [], "without an end nothing is between");
    let of_nobody = session.one(select(entity::<Order>()).filter(Order::CUSTOMER.is_null()))?;
    assert_eq!(session.rel(of_nobody, Order::BY).load()?, None);
    let orders = session.all(select(entity::<Order>()).order_by(Order::ID).options(joined(Order::BY)))?;
    let recorder = session.engine().record();
    assert_eq!(session.rel(orders[4], Order::BY).load()?, Some(customers[1]));
    assert_eq!(session.rel(orders[5], Order::BY).load()?, None);
    check_silence(&recorder);
    Ok(())
}

fn a_new_entity_is_flushed_before_its_view_is_asked(db: &Db) -> Result<()> {
    let mut session = folders(db)?;
    let root = session.add(at("e"));
    let child = session.add(at("e/f"));
    let recorder = session.engine().record();
    assert_eq!(session.rel(root, Folder::BELOW).load()?, [child]);
    check_kinds(&recorder, "begin insert select");
    let loner = session.no_autoflush(|session| {
        let loner = session.add(at("a"));
        assert_eq!(session.rel(loner, Folder::BELOW).load()?, [], "what has no row is connected to none");
        Ok::<_, Error>(loner)
    })?;
    assert_eq!(below(&mut session, loner)?, "a/b a/b/c a/d");
    Ok(())
}

fn conditions_of_queries_go_along_a_view(db: &Db) -> Result<()> {
    let mut session = folders(db)?;
    let found = |session: &mut Session, condition: Expr<bool>| {
        let found = session.all(all().filter(condition))?;
        Ok::<_, Error>(paths(session, found))
    };
    let c = folder(&mut session, "a/b/c")?;
    let id = session[c].id.get().unwrap_or_default();
    assert_eq!(found(&mut session, Folder::BELOW.any_row())?, "a a/b");
    assert_eq!(found(&mut session, Folder::BELOW.any(Folder::PATH.eq("a/d")))?, "a");
    assert_eq!(found(&mut session, Folder::BELOW.contains(id))?, "a a/b");
    assert_eq!(found(&mut session, Folder::ABOVE.is_empty().and(Folder::PATH.is_not_null()))?, "a e");
    assert_eq!(found(&mut session, Folder::PARENT.has(Folder::PATH.eq("a/b")))?, "a/b/c");
    assert_eq!(found(&mut session, Folder::PARENT.is_null().and(Folder::PATH.ne("e")))?, "a");
    let recorder = session.engine().record();
    found(&mut session, Folder::BELOW.any(Folder::PATH.eq("a/d")))?;
    check_words(
        db,
        &recorder,
        &["SELECT folder.id, folder.path FROM folder WHERE EXISTS (SELECT 1 FROM folder AS folder_1 \
           WHERE orm_like(folder_1.path, folder.path || ?) AND folder_1.path = ?) ORDER BY folder.id"],
    );
    Ok(())
}

fn queries_join_along_a_view(db: &Db) -> Result<()> {
    let mut session = folders(db)?;
    let other = alias::<Folder>("other");
    let query = select((Folder::PATH, other.column(Folder::PATH)))
        .join(Folder::BELOW.onto(&other).and(other.column(Folder::PATH).ne("a/d")))
        .order_by((Folder::PATH, other.column(Folder::PATH)));
    let text = |path: &str| Some(path.to_owned());
    let pairs = [("a", "a/b"), ("a", "a/b/c"), ("a/b", "a/b/c")].map(|(one, two)| (text(one), text(two)));
    assert_eq!(session.all(query)?, pairs);
    let counts = select((Folder::PATH, count(other.column(Folder::ID))))
        .left_join(Folder::BELOW.onto(&other))
        .filter(Folder::PATH.is_not_null())
        .group_by(Folder::PATH)
        .order_by(Folder::PATH);
    assert_eq!(session.all(counts)?.iter().map(|(_, count)| *count).collect::<Vec<_>>(), [3, 1, 0, 0, 0]);
    Ok(())
}

fn a_view_is_filtered_and_counted_in_the_database(db: &Db) -> Result<()> {
    let mut session = folders(db)?;
    let a = folder(&mut session, "a")?;
    let recorder = session.engine().record();
    let below = session.rel(a, Folder::BELOW).select()?;
    assert_eq!(session.count(below.clone())?, 3);
    let found = session.all(below.filter(Folder::PATH.ne("a/b")))?;
    assert_eq!(paths(&session, found), "a/b/c a/d");
    let words: Vec<String> = recorder.statements().iter().map(|sent| sent.sql.to_owned()).collect();
    assert!(words[1].contains("EXISTS"), "{words:?}");
    assert!(session[a].below.loaded().is_none());
    Ok(())
}

fn limits_count_owners_of_a_joined_view(db: &Db) -> Result<()> {
    let mut session = folders(db)?;
    let recorder = session.engine().record();
    let folders = session.all(all().limit(2).options(joined(Folder::BELOW)))?;
    assert_eq!(paths(&session, folders.clone()), "a a/b");
    assert_eq!(below(&mut session, folders[0])?, "a/b a/b/c a/d");
    assert_eq!(below(&mut session, folders[1])?, "a/b/c");
    check_kinds(&recorder, "begin select");
    Ok(())
}

fn options_lead_on_from_a_view(db: &Db) -> Result<()> {
    let mut session = folders(db)?;
    for option in [
        selectin(Folder::BELOW).then(joined(Folder::PARENT)),
        joined(Folder::BELOW).then(selectin(Folder::PARENT)),
        subquery(Folder::BELOW).then(subquery(Folder::PARENT)),
    ] {
        session.expunge_all();
        let a = session.one(all().filter(Folder::PATH.eq("a")).options(option))?;
        let recorder = session.engine().record();
        let mut parents = Vec::new();
        for member in session.rel(a, Folder::BELOW).load()? {
            parents.extend(session.rel(member, Folder::PARENT).load()?);
        }
        assert_eq!(paths(&session, parents), "a a/b a");
        check_silence(&recorder);
    }
    Ok(())
}

#[derive(Entity, Debug, Default)]
#[entity(table = "room")]
struct Room {
    #[entity(primary_key)]
    house: i64,
    #[entity(primary_key, length = 20)]
    name: String,
    size: i32,
    #[entity(on = |room, other| other.column(Room::HOUSE).eq(room.column(Room::HOUSE)).and(other.column(Room::SIZE).gt(room.column(Room::SIZE))), order_by = "size")]
    larger: ViewMany<Self>,
}

fn owners_with_keys_of_two_columns(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.shared_engine(schema![Room])?);
    for (house, name, size) in [(1, "hall", 3), (1, "bath", 1), (1, "attic", 2), (2, "hall", 9), (2, "bath", 8)] {
        session.add(Room { house, name: name.to_owned(), size, ..Room::default() });
    }
    session.commit()?;
    let query = select(entity::<Room>()).order_by((Room::HOUSE, Room::SIZE));
    for options in [selectin(Room::LARGER), joined(Room::LARGER), subquery(Room::LARGER), peers(Room::LARGER)] {
        session.expunge_all();
        let rooms = session.all(query.clone().options(options))?;
        let mut larger = Vec::new();
        for room in &rooms {
            let names = session.rel(*room, Room::LARGER).load()?;
            larger.push(names.iter().map(|room| session[*room].name.clone()).collect::<Vec<_>>().join(" "));
        }
        assert_eq!(larger, ["attic hall", "hall", "", "hall", ""]);
    }
    Ok(())
}

macro_rules! staff {
    ($module:ident, $inheritance:literal) => {
        mod $module {
            use orm::prelude::*;

            #[derive(Entity, Debug)]
            #[entity(inheritance = $inheritance)]
            pub(super) enum Staff {
                Person(Person),
                Pilot(Pilot),
            }

            #[derive(Entity, Debug, Default)]
            #[entity(root = "Staff", table = "person")]
            pub(super) struct Person {
                #[entity(primary_key)]
                pub(super) id: Auto<i64>,
                pub(super) name: String,
                #[entity(on = |person, pilot| pilot.column(Pilot::LICENCE).eq(person.column(Person::NAME)), order_by = "hours")]
                pub(super) named_like_me: ViewMany<Pilot>,
            }

            #[derive(Entity, Debug, Default)]
            #[entity(root = "Staff")]
            pub(super) struct Pilot {
                #[entity(base)]
                pub(super) base: Person,
                pub(super) licence: Option<String>,
                pub(super) hours: Option<i32>,
                #[entity(on = |pilot, other| other.column(Pilot::HOURS).gt(pilot.column(Pilot::HOURS)), order_by = "hours desc")]
                pub(super) best: ViewOne<Pilot>,
            }
        }
    };
}

staff!(in_one_table, "single");
staff!(in_joined_tables, "joined");

macro_rules! check_staff {
    ($module:ident, $db:expr) => {{
        use $module::{Person, Pilot, Staff};
        let mut session = Session::new(&$db.shared_engine(schema![Staff])?);
        session.add(Person { name: "ann".into(), ..Person::default() });
        let pilot = |name: &str, licence: &str, hours| Pilot {
            base: Person { name: name.into(), ..Person::default() },
            licence: Some(licence.into()),
            hours: Some(hours),
            ..Pilot::default()
        };
        session.add_all([pilot("bob", "ann", 7), pilot("cid", "ann", 5), pilot("dee", "bob", 9)]);
        session.commit()?;
        for strategy in 0..4 {
            session.expunge_all();
            let query = select(entity::<Person>()).order_by(Person::ID);
            let people = session.all(match strategy {
                0 => query.options(selectin(Person::NAMED_LIKE_ME)),
                1 => query.options(joined(Person::NAMED_LIKE_ME)),
                2 => query.options(subquery(Person::NAMED_LIKE_ME)),
                _ => query,
            })?;
            let mut found = Vec::new();
            for person in &people {
                let pilots = session.rel(*person, Person::NAMED_LIKE_ME).load()?;
                found.push(pilots.iter().map(|pilot| session[*pilot].base.name.clone()).collect::<Vec<_>>().join(" "));
            }
            assert_eq!(found, ["cid bob", "dee", "", ""]);
            session.expunge_all();
            let query = select(entity::<Pilot>()).order_by(Pilot::HOURS);
            let pilots = session.all(match strategy {
                0 => query.options(selectin(Pilot::BEST)),
                1 => query.options(joined(Pilot::BEST)),
                2 => query.options(subquery(Pilot::BEST)),
                _ => query,
            })?;
            let mut best = Vec::new();
            for pilot in &pilots {
                let found = session.rel(*pilot, Pilot::BEST).load()?;
                best.push(found.map_or("-".to_owned(), |found| session[found].base.name.clone()));
            }
            assert_eq!(best, ["dee", "dee", "-"]);
        }
        let names = select(Person::NAME).order_by(Person::NAME);
        assert_eq!(session.all(names.clone().filter(Person::NAMED_LIKE_ME.any(Pilot::HOURS.gt(6))))?, ["ann", "bob"]);
        let pilots = select(Pilot::LICENCE).filter(Pilot::BEST.is_null());
        assert_eq!(session.all(pilots)?, [Some("bob".to_owned())]);
        let other = alias::<Pilot>("other");
        let joined = names.join(Person::NAMED_LIKE_ME.onto(&other)).filter(other.column(Pilot::HOURS).lt(6));
        assert_eq!(session.all(joined)?, ["ann"]);
        let ann = session.one(select(entity::<Person>()).filter(Person::NAME.eq("ann")))?;
        let query = session.rel(ann, Person::NAMED_LIKE_ME).select()?;
        assert_eq!(session.count(query)?, 2);
    }};
}

fn classes_in_one_table_at_both_ends(db: &Db) -> Result<()> {
    check_staff!(in_one_table, db);
    Ok(())
}

fn classes_in_joined_tables_at_both_ends(db: &Db) -> Result<()> {
    check_staff!(in_joined_tables, db);
    Ok(())
}

fn criteria_hide_members_and_never_the_owner_at_hand(db: &Db) -> Result<()> {
    let engine = folders(db)?.engine().clone();
    let mut session = Session::builder(&engine).criterion(criterion::<Folder>(Folder::PATH.ne("a/d"))).build();
    let a = folder(&mut session, "a")?;
    assert_eq!(below(&mut session, a)?, "a/b a/b/c");
    let mut session = Session::new(&engine);
    let d = folder(&mut session, "a/d")?;
    let hidden = criterion::<Folder>(Folder::PATH.ne("a/d"));
    let parents = session.all(all().options((hidden, selectin(Folder::ABOVE))))?;
    assert_eq!(parents.len(), 4);
    let above = session.rel(d, Folder::ABOVE).load()?;
    assert_eq!(paths(&session, above), "a");
    Ok(())
}

fn a_view_that_raises_is_refused(db: &Db) -> Result<()> {
    let mut session = folders(db)?;
    let a = session.first(all().options(raise(Folder::BELOW)))?.unwrap_or_else(|| panic!("there is one"));
    let refused = session.rel(a, Folder::BELOW).load();
    assert!(matches!(refused, Err(Error::RaisedLoad { .. })), "{refused:?}");
    Ok(())
}

fn deletions_and_merges_do_not_follow_a_view(db: &Db) -> Result<()> {
    let mut session = folders(db)?;
    let a = folder(&mut session, "a")?;
    below(&mut session, a)?;
    let id = session[a].id;
    let merged = session.merge(Folder { id, path: Some("a2".to_owned()), ..Folder::default() })?;
    assert_eq!(merged, a);
    assert_eq!(below(&mut session, a)?, "");
    session[a].path = Some("a".to_owned());
    assert_eq!(below(&mut session, a)?, "a/b a/b/c a/d");
    let recorder = session.engine().record();
    session.delete(a)?;
    session.flush()?;
    check_kinds(&recorder, "delete");
    assert_eq!(session.count(all())?, 5);
    Ok(())
}

fn a_condition_without_columns_of_one_end_is_refused(db: &Db) -> Result<()> {
    #[derive(Entity, Debug, Default)]
    #[entity(table = "lonely")]
    struct Lonely {
        #[entity(primary_key)]
        id: Auto<i64>,
        #[entity(on = |own, _| own.column(Lonely::ID).gt(5))]
        own: ViewMany<Self>,
        #[entity(on = |_, other| other.column(Lonely::ID).gt(5))]
        other: ViewOne<Self>,
    }
    let refused = db.shared_engine(schema![Lonely]).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(refused.contains("Lonely.own: is joined by a condition without a column of Lonely"), "{refused}");
    assert!(refused.contains("compare a column of the second argument of `on`"), "{refused}");
    assert!(refused.contains("Lonely.other"), "{refused}");
    let mut relation = RelationMeta::of::<Lonely>("bare", RelationKind::ViewMany);
    relation.condition = None;
    let mut meta = EntityMeta::of::<Lonely>("Lonely", "lonely");
    meta.relations.push(relation);
    let refused = orm::mapping::check(&[&meta]).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(refused.contains("Lonely.bare: has no condition"), "{refused}");
    Ok(())
}
