//! Relationships loaded from the joins of the query itself.

use orm::prelude::*;
use orm::{Error, Result};

use crate::Db;
use crate::models::{Address, User};
use crate::sent::{check_kinds, check_silence, check_words};

cases![
    a_collection_comes_from_the_join_of_the_query,
    conditions_and_order_of_the_query_hold_for_the_collection,
    an_outer_join_gives_empty_collections,
    a_reference_comes_from_the_join_of_the_query,
    the_rows_of_an_alias_are_taken_by_its_name,
    the_rows_of_a_subquery_are_taken_by_its_name,
    options_lead_on_from_contained_members,
    a_collection_that_is_loaded_stays_as_it_is,
    an_unflushed_member_stays_in_the_collection,
    a_cascade_reaches_members_that_the_query_left_out,
    all_members_are_replaced_once_the_owner_is_expired,
    limit_counts_rows_of_the_join,
    references_stream_with_their_owners,
    a_relationship_that_is_not_joined_is_refused,
    a_collection_beside_other_entities_is_refused,
    a_query_that_moves_into_a_subquery_is_refused,
    a_row_that_belongs_to_another_owner_is_left_out,
];

/// Three users: two addresses, none, one. Nothing is held.
fn users(db: &Db) -> Result<Session> {
    let mut session = Session::new(&db.engine(schema![User, Address])?);
    session.add_all([User::with("ed", &["e1@home", "e2@work"]), User::named("mary"), User::with("wendy", &["w@home"])]);
    session.commit()?;
    session.expunge_all();
    Ok(session)
}

fn by_id() -> Select<Key<User>> {
    select(entity::<User>()).order_by(User::ID)
}

/// Names of the users with the emails that are in memory; `-` for a collection that is not loaded.
fn held(session: &Session, users: &[Key<User>]) -> Vec<String> {
    let emails = |user: Key<User>| match session[user].addresses.loaded() {
        Some(members) => members.map(|address| session[address].email.clone()).collect::<Vec<_>>().join(" "),
        None => "-".to_owned(),
    };
    users.iter().map(|user| format!("{}: {}", session[*user].name, emails(*user))).collect()
}

fn a_collection_comes_from_the_join_of_the_query(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let recorder = session.engine().record();
    let users = session.all(by_id().join(User::ADDRESSES).options(contains_eager(User::ADDRESSES)))?;
    check_words(
        db,
        &recorder,
        &[
            "BEGIN",
            "SELECT user_account.id, user_account.name, user_account.fullname, address.id, address.email, address.user_id \
             FROM user_account JOIN address ON user_account.id = address.user_id ORDER BY user_account.id",
        ],
    );
    assert_eq!(users.len(), 2, "each user once, however many rows");
    assert_eq!(held(&session, &users), ["ed: e1@home e2@work", "wendy: w@home"]);
    let recorder = session.engine().record();
    assert_eq!(session.rel(users[0], User::ADDRESSES).load()?.len(), 2);
    check_silence(&recorder);
    Ok(())
}

fn conditions_and_order_of_the_query_hold_for_the_collection(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let query = select(entity::<User>()).join(User::ADDRESSES).order_by((User::NAME.desc(), Address::EMAIL.desc()));
    let users = session.all(query.options(contains_eager(User::ADDRESSES)))?;
    assert_eq!(held(&session, &users), ["wendy: w@home", "ed: e2@work e1@home"]);
    session.expunge_all();
    let at_home = by_id().join(User::ADDRESSES).filter(Address::EMAIL.ends_with("@home"));
    let users = session.all(at_home.options(contains_eager(User::ADDRESSES)))?;
    assert_eq!(held(&session, &users), ["ed: e1@home", "wendy: w@home"]);
    Ok(())
}

fn an_outer_join_gives_empty_collections(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let recorder = session.engine().record();
    let users = session.all(by_id().left_join(User::ADDRESSES).options(contains_eager(User::ADDRESSES)))?;
    assert_eq!(held(&session, &users), ["ed: e1@home e2@work", "mary: ", "wendy: w@home"]);
    check_kinds(&recorder, "begin select");
    Ok(())
}

fn a_reference_comes_from_the_join_of_the_query(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let recorder = session.engine().record();
    let query = select(entity::<Address>()).join(Address::USER).filter(User::NAME.eq("ed")).order_by(Address::ID);
    let addresses = session.all(query.options(contains_eager(Address::USER)))?;
    let owners = addresses.iter().map(|address| session.rel(*address, Address::USER).load());
    let owners: Vec<_> = owners.collect::<Result<_>>()?;
    assert_eq!(owners.len(), 2);
    assert!(owners.iter().all(|owner| owner.is_some_and(|owner| session[owner].name == "ed")));
    check_kinds(&recorder, "begin select");
    Ok(())
}

fn the_rows_of_an_alias_are_taken_by_its_name(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let (home, recorder) = (alias::<Address>("home"), session.engine().record());
    let query = by_id()
        .join(User::ADDRESSES)
        .join(User::ADDRESSES.onto(&home))
        .filter(Address::EMAIL.ends_with("@work"))
        .filter(home.column(Address::EMAIL).ends_with("@home"));
    let users = session.all(query.options(contains_eager_from(User::ADDRESSES, &home)))?;
    assert_eq!(held(&session, &users), ["ed: e1@home"]);
    check_kinds(&recorder, "begin select");
    Ok(())
}

fn the_rows_of_a_subquery_are_taken_by_its_name(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let work = select(entity::<Address>()).filter(Address::EMAIL.ends_with("@work")).as_subquery("work");
    let query = by_id().join(User::ADDRESSES.onto(&work));
    let users = session.all(query.options(contains_eager_from(User::ADDRESSES, &work)))?;
    assert_eq!(held(&session, &users), ["ed: e2@work"]);
    Ok(())
}

fn options_lead_on_from_contained_members(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let (other, recorder) = (alias::<User>("other"), session.engine().record());
    let query =
        by_id().join(User::ADDRESSES).join(Address::USER.onto(&other)).filter(other.column(User::NAME).eq("ed"));
    let on = contains_eager(User::ADDRESSES)
        .then(contains_eager_from(Address::USER, &other).then(selectin(User::ADDRESSES)));
    let users = session.all(query.options(on))?;
    assert_eq!(held(&session, &users), ["ed: e1@home e2@work"]);
    check_kinds(&recorder, "begin select");
    Ok(())
}

fn a_collection_that_is_loaded_stays_as_it_is(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let ed = session.one(by_id().filter(User::NAME.eq("ed")).options(selectin(User::ADDRESSES)))?;
    let at_home = || {
        let query = by_id().join(User::ADDRESSES).filter(Address::EMAIL.eq("e1@home"));
        query.options(contains_eager(User::ADDRESSES))
    };
    session.all(at_home())?;
    assert_eq!(held(&session, &[ed]), ["ed: e1@home e2@work"]);
    session.all(at_home().populate_existing())?;
    assert_eq!(held(&session, &[ed]), ["ed: e1@home"], "as the query was told to refresh");
    Ok(())
}

fn an_unflushed_member_stays_in_the_collection(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let ed = session.one(by_id().filter(User::NAME.eq("ed")))?;
    session.rel(ed, User::ADDRESSES).push(Address { email: "e3@new".into(), ..Address::default() })?;
    session
        .no_autoflush(|session| session.all(by_id().join(User::ADDRESSES).options(contains_eager(User::ADDRESSES))))?;
    assert_eq!(held(&session, &[ed]), ["ed: e1@home e2@work e3@new"]);
    session.commit()?;
    assert_eq!(session.rel(ed, User::ADDRESSES).load()?.len(), 3);
    Ok(())
}

fn a_cascade_reaches_members_that_the_query_left_out(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let at_home = by_id().join(User::ADDRESSES).filter(Address::EMAIL.eq("e1@home"));
    let ed = session.one(at_home.options(contains_eager(User::ADDRESSES)))?;
    assert_eq!(held(&session, &[ed]), ["ed: e1@home"]);
    session.delete(ed)?;
    session.commit()?;
    let left = session.all(select(Address::EMAIL).order_by(Address::EMAIL))?;
    assert_eq!(left, ["w@home"], "the address that the query left out went, too");
    Ok(())
}

fn all_members_are_replaced_once_the_owner_is_expired(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let at_home = by_id().join(User::ADDRESSES).filter(Address::EMAIL.eq("e1@home"));
    let ed = session.one(at_home.options(contains_eager(User::ADDRESSES)))?;
    session.expire(ed)?;
    session.rel(ed, User::ADDRESSES).set([Address { email: "e3@new".into(), ..Address::default() }])?;
    session.commit()?;
    let left = session.all(select(Address::EMAIL).order_by(Address::EMAIL))?;
    assert_eq!(left, ["e3@new", "w@home"], "the address that the query left out was replaced, too");
    Ok(())
}

fn limit_counts_rows_of_the_join(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let query = by_id().join(User::ADDRESSES).order_by(Address::ID).limit(1);
    let users = session.all(query.options(contains_eager(User::ADDRESSES)))?;
    assert_eq!(held(&session, &users), ["ed: e1@home"]);
    Ok(())
}

fn references_stream_with_their_owners(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let query = select(entity::<Address>()).join(Address::USER).order_by(Address::ID);
    let mut count = 0;
    session.for_each(query.options(contains_eager(Address::USER)), |_| {
        count += 1;
        Ok(())
    })?;
    assert_eq!(count, 3);
    let collections = by_id().join(User::ADDRESSES).options(contains_eager(User::ADDRESSES));
    let error = session.for_each(collections, |_| Ok(())).unwrap_err();
    check_refusal(&error, "User.addresses", "`selectin`");
    Ok(())
}

#[track_caller]
fn check_refusal(error: &Error, relationship: &str, cure: &str) {
    assert!(matches!(error, Error::InvalidRequest { .. }), "{error:?}");
    let text = error.to_string();
    assert!(text.contains(&format!("contains_eager cannot load {relationship}")) && text.contains(cure), "{text}");
}

fn a_relationship_that_is_not_joined_is_refused(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let recorder = session.engine().record();
    let refused = |session: &mut Session, query: Select<Key<User>>, relationship: &str| {
        let error = session.all(query).unwrap_err();
        check_refusal(&error, relationship, "the query does not join");
        assert!(error.to_string().contains("contains_eager_from("), "{error}");
    };
    refused(&mut session, by_id().options(contains_eager(User::ADDRESSES)), "User.addresses");
    let home = alias::<Address>("home");
    let onto = by_id().join(User::ADDRESSES.onto(&home));
    refused(&mut session, onto.options(contains_eager(User::ADDRESSES)), "User.addresses");
    check_silence(&recorder);
    // The SELECT that a select-in load sends has no join of the program.
    let further =
        by_id().options(selectin(User::ADDRESSES).then(contains_eager_from(Address::USER, &alias::<User>("other"))));
    refused(&mut session, further, "Address.user");
    assert!(session.all(by_id())?.len() == 3, "the session goes on");
    Ok(())
}

fn a_collection_beside_other_entities_is_refused(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let pairs = || select((entity::<User>(), entity::<Address>())).join(User::ADDRESSES).order_by(Address::ID);
    let error = session.all(pairs().options(contains_eager(User::ADDRESSES))).unwrap_err();
    check_refusal(&error, "User.addresses", "`selectin`");
    let rows = session.all(pairs().options(contains_eager(Address::USER)))?;
    assert_eq!(rows.len(), 3, "a reference repeats no row");
    Ok(())
}

fn a_query_that_moves_into_a_subquery_is_refused(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let distinct = by_id().join(User::ADDRESSES).distinct().options(contains_eager(User::ADDRESSES));
    check_refusal(&session.all(distinct).unwrap_err(), "User.addresses", "DISTINCT");
    let query = select(entity::<Address>()).join(Address::USER).order_by(Address::ID).limit(2);
    let both = (contains_eager(Address::USER).then(joined(User::ADDRESSES)),);
    check_refusal(&session.all(query.options(both)).unwrap_err(), "Address.user", "limit");
    Ok(())
}

fn by_name(session: &Session, mut users: Vec<Key<User>>) -> Vec<Key<User>> {
    users.sort_by_key(|user| session[*user].name.clone());
    users
}

fn a_row_that_belongs_to_another_owner_is_left_out(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    // Every address beside every user.
    let query = by_id().join_on::<Address>(Address::ID.gt(0)).order_by(Address::ID);
    let users = session.all(query.options(contains_eager(User::ADDRESSES)))?;
    let users: Vec<_> = by_name(&session, users);
    assert_eq!(held(&session, &users), ["ed: e1@home e2@work", "mary: ", "wendy: w@home"]);
    Ok(())
}
