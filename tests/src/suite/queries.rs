//! Queries: criteria, joins, aggregates, subqueries, and the ways to take their rows.

use orm::prelude::*;
use orm::{Error, Result};

use crate::Db;
use crate::models::{Address, Department, User, Worker};
use crate::sent::{check_kinds, check_words};

cases![
    any_and_has,
    is_empty_and_contains,
    joins_by_relationship_and_by_foreign_key,
    outer_joins_give_options,
    aliases_take_a_table_twice,
    groups_and_having,
    distinct_limit_and_offset,
    exists_and_in_subqueries,
    a_subquery_is_joined,
    a_scalar_subquery_is_a_value,
    first_one_and_one_or_none,
    one_complains_about_none_and_several,
    count_and_scalar,
    for_each_streams,
    for_each_stops_at_an_error,
    untracked_entities_never_enter_the_session,
    columns_and_entities_mix,
    functions_and_case,
    null_is_matched_by_is_null,
    text_fragments_take_parameters,
    values_never_become_sql,
    a_query_is_a_value,
    a_joined_collection_is_still_one_entity,
    counts_respect_limits_and_duplicates,
    values_without_a_table,
    entities_by_alias,
];

/// Three users: two addresses, one, none. Nothing is held.
fn users(db: &Db) -> Result<Session> {
    let mut session = Session::new(&db.engine(schema![User, Address])?);
    session.add_all([
        User::with("ed", &["ed@x.org", "ed@y.org"]),
        User { fullname: Some("Wendy Williams".into()), ..User::with("wendy", &["wendy@x.org"]) },
        User::named("mary"),
    ]);
    session.commit()?;
    session.expunge_all();
    Ok(session)
}

fn names() -> Select<String> {
    select(User::NAME).order_by(User::NAME)
}

fn any_and_has(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    assert_eq!(session.all(names().filter(User::ADDRESSES.any(Address::EMAIL.like("%@y.org"))))?, ["ed"]);
    assert_eq!(session.all(names().filter(!User::ADDRESSES.any(Address::EMAIL.like("ed%"))))?, ["mary", "wendy"]);
    let emails = select(Address::EMAIL).filter(Address::USER.has(User::NAME.eq("wendy")));
    assert_eq!(session.all(emails)?, ["wendy@x.org"]);
    Ok(())
}

fn is_empty_and_contains(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    assert_eq!(session.all(names().filter(User::ADDRESSES.is_empty()))?, ["mary"]);
    assert_eq!(session.all(names().filter(User::ADDRESSES.contains(3)))?, ["wendy"]);
    assert_eq!(session.all(select(Address::EMAIL).filter(Address::USER.is(2)))?, ["wendy@x.org"]);
    Ok(())
}

fn joins_by_relationship_and_by_foreign_key(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let recorder = session.engine().record();
    let query = || select((User::NAME, Address::EMAIL)).filter(Address::EMAIL.like("%@x.org")).order_by(Address::ID);
    let expected = [("ed", "ed@x.org"), ("wendy", "wendy@x.org")].map(|(name, email)| (name.into(), email.into()));
    assert_eq!(session.all(query().join(User::ADDRESSES))?, expected);
    check_words(
        db,
        &recorder,
        &[
            "BEGIN",
            "SELECT user_account.name, address.email FROM user_account JOIN address ON user_account.id = address.user_id \
             WHERE orm_like(address.email, ?) ORDER BY address.id",
        ],
    );
    assert_eq!(session.all(query().join_entity::<Address>())?, expected);
    assert_eq!(session.all(query().join_on::<Address>(Address::USER_ID.eq(User::ID)))?, expected);
    Ok(())
}

fn outer_joins_give_options(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let query = select((entity::<User>(), optional(entity::<Address>())))
        .left_join(User::ADDRESSES)
        .order_by((User::ID, Address::ID));
    let rows = session.all(query)?;
    let emails: Vec<Option<&str>> =
        rows.iter().map(|(_, address)| address.map(|address| session[address].email.as_str())).collect();
    assert_eq!(emails, [Some("ed@x.org"), Some("ed@y.org"), Some("wendy@x.org"), None]);
    Ok(())
}

fn aliases_take_a_table_twice(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let (one, two) = (alias::<Address>("a1"), alias::<Address>("a2"));
    let query = select((User::NAME, one.column(Address::EMAIL), two.column(Address::EMAIL)))
        .join(User::ADDRESSES.onto(&one))
        .join(User::ADDRESSES.onto(&two))
        .filter(one.column(Address::ID).lt(two.column(Address::ID)));
    assert_eq!(session.all(query)?, [("ed".into(), "ed@x.org".into(), "ed@y.org".into())]);
    Ok(())
}

fn groups_and_having(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let counted = select((User::NAME, count(Address::ID).label("n")))
        .left_join(User::ADDRESSES)
        .group_by(User::NAME)
        .order_by((count(Address::ID).label("n").desc(), User::NAME));
    assert_eq!(session.all(&counted)?, [("ed".into(), 2), ("wendy".into(), 1), ("mary".into(), 0)]);
    let several = counted.having(count(Address::ID).gt(1));
    assert_eq!(session.all(several)?, [("ed".into(), 2)]);
    Ok(())
}

fn distinct_limit_and_offset(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let joined = || names().join(User::ADDRESSES);
    assert_eq!(session.all(joined())?, ["ed", "ed", "wendy"]);
    assert_eq!(session.all(joined().distinct())?, ["ed", "wendy"]);
    assert_eq!(session.all(names().limit(1).offset(1))?, ["mary"]);
    assert_eq!(session.all(names().offset(2))?, ["wendy"]);
    Ok(())
}

fn exists_and_in_subqueries(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let theirs = || select(Address::ID).filter(Address::USER_ID.eq(User::ID));
    assert_eq!(session.all(names().filter(theirs().exists()))?, ["ed", "wendy"]);
    assert_eq!(session.all(names().filter(not_(theirs().exists())))?, ["mary"]);
    let owners = || select(Address::USER_ID).filter(Address::EMAIL.like("%@y.org"));
    assert_eq!(session.all(names().filter(User::ID.in_select(owners())))?, ["ed"]);
    assert_eq!(session.all(names().filter(User::ID.not_in_select(owners())))?, ["mary", "wendy"]);
    assert_eq!(session.all(names().filter(User::NAME.in_(["ed", "fred"])))?, ["ed"]);
    assert_eq!(session.all(names().filter(User::NAME.in_(Vec::<String>::new())))?, Vec::<String>::new());
    Ok(())
}

fn a_subquery_is_joined(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let counts = select((Address::USER_ID, count_all().label("n"))).group_by(Address::USER_ID).as_subquery("counts");
    let query = select((User::NAME, counts.column::<Option<i64>>("n")))
        .left_join_to(&counts, User::ID.eq(counts.column::<i64>("user_id")))
        .order_by(User::ID);
    assert_eq!(session.all(query)?, [("ed".into(), Some(2)), ("wendy".into(), Some(1)), ("mary".into(), None)]);
    Ok(())
}

fn a_scalar_subquery_is_a_value(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let latest = scalar::<i64>(select(max(Address::USER_ID)));
    assert_eq!(session.all(names().filter(User::ID.eq(latest)))?, ["wendy"]);
    Ok(())
}

fn first_one_and_one_or_none(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let recorder = session.engine().record();
    let first = session.query::<User>().order_by(User::NAME.desc()).first()?.expect("there are three");
    assert_eq!(session[first].name, "wendy");
    let sent = recorder.take().without_transactions();
    assert!(sent[0].sql.contains(" LIMIT "), "{}", sent[0].sql);
    assert_eq!(session.query::<User>().filter(User::NAME.eq("wendy")).one()?, first);
    assert_eq!(session.query::<User>().filter(User::NAME.eq("fred")).one_or_none()?, None);
    assert_eq!(session.query::<User>().filter(User::NAME.eq("fred")).first()?, None);
    Ok(())
}

fn one_complains_about_none_and_several(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let none = session.query::<User>().filter(User::NAME.eq("fred")).one().unwrap_err();
    assert!(matches!(&none, Error::NoResultFound { statement, .. } if statement.contains("user_account")), "{none}");
    let several = session.one(names()).unwrap_err();
    assert!(matches!(several, Error::MultipleResultsFound { .. }), "{several}");
    let several = session.one_or_none(names()).unwrap_err();
    assert!(matches!(several, Error::MultipleResultsFound { .. }), "{several}");
    assert_eq!(session.query::<User>().count()?, 3);
    Ok(())
}

fn count_and_scalar(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let recorder = session.engine().record();
    assert_eq!(session.query::<User>().filter(User::NAME.ne("ed")).count()?, 2);
    assert_eq!(session.scalar(select(max(Address::ID)))?, Some(Some(3)));
    assert_eq!(session.scalar(names().filter(User::NAME.eq("fred")))?, None);
    check_kinds(&recorder, "begin select select select");
    assert_eq!(session.memory().entities, 0);
    Ok(())
}

fn for_each_streams(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let mut seen = Vec::new();
    session.for_each(names(), |name| {
        seen.push(name);
        Ok(())
    })?;
    assert_eq!(seen, ["ed", "mary", "wendy"]);
    let mut keys = 0;
    session.query::<User>().for_each(|_| {
        keys += 1;
        Ok(())
    })?;
    assert_eq!((keys, session.held::<User>().len()), (3, 3));
    Ok(())
}

fn for_each_stops_at_an_error(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let mut seen = 0;
    let stopped = session.for_each(names(), |_| {
        seen += 1;
        if seen == 2 { Err(Error::invalid("enough")) } else { Ok(()) }
    });
    assert_eq!(stopped.unwrap_err().to_string(), "enough");
    assert_eq!(seen, 2);
    // The session goes on.
    assert_eq!(session.all(names())?.len(), 3);
    Ok(())
}

fn untracked_entities_never_enter_the_session(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let users: Vec<User> = session.all(select(untracked::<User>()).order_by(User::ID))?;
    assert_eq!(users[1].fullname.as_deref(), Some("Wendy Williams"));
    assert_eq!(session.memory().entities, 0);
    Ok(())
}

fn columns_and_entities_mix(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let rows: Vec<(Key<User>, String, i64)> = session
        .all(select((entity::<User>(), Address::EMAIL, Address::ID)).join(User::ADDRESSES).order_by(Address::ID))?;
    assert_eq!(rows[0].0, rows[1].0);
    assert_eq!((rows[2].1.as_str(), rows[2].2), ("wendy@x.org", 3));
    Ok(())
}

fn functions_and_case(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let shout = select((upper(User::NAME), length(User::NAME), coalesce(User::FULLNAME, "unknown")));
    let row = session.one(shout.filter(lower(User::NAME).eq("mary")))?;
    assert_eq!(row, ("MARY".into(), 4, "unknown".into()));
    let size = case::<String>().when(length(User::NAME).gt(4), "long").otherwise("short");
    assert_eq!(session.all(select(size).order_by(User::ID))?, ["short", "long", "short"]);
    let totals = session.one(select((sum(Address::ID), min(Address::EMAIL), avg(Address::ID))))?;
    assert_eq!(totals, (Some(6), Some("ed@x.org".into()), Some(2.0)));
    assert_eq!(session.one(select(cast::<String>(User::ID)).filter(User::ID.eq(1)))?, "1");
    Ok(())
}

fn null_is_matched_by_is_null(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    assert_eq!(session.all(names().filter(User::FULLNAME.is_null()))?, ["ed", "mary"]);
    assert_eq!(session.all(names().filter(User::FULLNAME.is_not_null()))?, ["wendy"]);
    let ordered = select(User::NAME).order_by((User::FULLNAME.asc().nulls_last(), User::NAME));
    assert_eq!(session.all(ordered)?, ["wendy", "ed", "mary"]);
    Ok(())
}

fn text_fragments_take_parameters(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let long = text("length(user_account.name) > :least").bind("least", 3).typed::<bool>();
    assert_eq!(session.all(names().filter(long))?, ["mary", "wendy"]);
    Ok(())
}

fn values_never_become_sql(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let evil = "x'); DROP TABLE address; --";
    let robert = session.add(User::named(evil));
    session.commit()?;
    assert_eq!(session.load(robert)?.name, evil);
    assert_eq!(session.query::<User>().filter(User::NAME.eq(evil)).one()?, robert);
    assert_eq!(session.all(names().filter(User::NAME.contains("%")))?, Vec::<String>::new());
    assert_eq!(session.query::<Address>().count()?, 3);
    Ok(())
}

fn a_query_is_a_value(db: &Db) -> Result<()> {
    let engine = db.engine(schema![Department, Worker])?;
    let crowded = select(Department::NAME)
        .join(Department::WORKERS)
        .group_by(Department::NAME)
        .having(count_all().ge(2))
        .order_by(Department::NAME);
    let mut session = Session::new(&engine);
    session.add(Department::with("sales", &["ann", "bob"]));
    assert_eq!(session.all(&crowded)?, ["sales"]);
    session.add(Department::with("lab", &["cleo", "dan"]));
    assert_eq!(session.all(&crowded)?, ["lab", "sales"]);
    assert_eq!(session.count(&crowded)?, 2);
    Ok(())
}

fn a_joined_collection_is_still_one_entity(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let ed = session.query::<User>().filter(User::NAME.eq("ed")).options(joined(User::ADDRESSES)).one()?;
    assert_eq!(session.rel(ed, User::ADDRESSES).load()?.len(), 2);
    let first = session.query::<User>().options(joined(User::ADDRESSES)).order_by(User::NAME).first()?;
    assert_eq!(first, Some(ed));
    assert_eq!(session.query::<User>().options(joined(User::ADDRESSES)).count()?, 3);
    Ok(())
}

fn counts_respect_limits_and_duplicates(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    assert_eq!(session.query::<User>().limit(2).count()?, 2);
    assert_eq!(session.query::<User>().offset(1).count()?, 2);
    assert_eq!(session.query::<User>().join(User::ADDRESSES).count()?, 3);
    assert_eq!(session.query::<User>().join(User::ADDRESSES).distinct().count()?, 2);
    assert_eq!(session.query::<User>().join(User::ADDRESSES).group_by(User::ID).count()?, 2);
    Ok(())
}

fn values_without_a_table(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    assert_eq!(session.scalar(select(literal(7_i64)))?, Some(7));
    assert_eq!(session.one(select((literal("a".to_owned()).concat("b"), literal(7_i64) * 6)))?, ("ab".into(), 42));
    Ok(())
}

fn entities_by_alias(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let other = alias::<User>("other");
    let pairs = select((entity::<User>(), &other))
        .join_to(&other, other.column(User::ID).gt(User::ID))
        .order_by((User::ID, other.column(User::ID)));
    let pairs = session.all(pairs)?;
    assert_eq!(pairs.len(), 3);
    // The same row is the same object, by whatever name it was selected.
    assert_eq!((pairs[0].1, pairs[1].1), (pairs[2].0, pairs[2].1));
    assert_eq!(session.held::<User>().len(), 3);
    Ok(())
}
