//! A deleted row hands its primary key, or a unique value, on to a row that is written by the same flush.

use orm::prelude::*;
use orm::{DatabaseErrorKind, Error, Result};

use crate::Db;
use crate::models::{Address, User};
use crate::sent::check_kinds;

cases![
    a_new_row_takes_the_unique_value_of_a_deleted_one,
    an_updated_row_takes_the_unique_value_of_a_deleted_one,
    a_member_of_a_map_is_replaced_under_its_key,
    a_one_to_one_over_a_shared_key_is_replaced,
    members_of_a_composite_key_are_replaced,
    a_natural_key_is_deleted_and_added,
    what_refers_to_the_deleted_row_goes_before_it,
    links_of_the_deleted_row_go_before_it,
    a_row_that_moves_to_the_successor_lets_go_first,
    a_row_that_cannot_let_go_is_refused,
    an_edit_of_expired_memory_does_not_let_go_unseen,
    values_go_round_among_deleted_and_new_rows,
    a_rollback_gives_the_key_back,
    a_failing_successor_changes_nothing,
    without_a_handover_deletions_come_last,
];

#[derive(Entity, Debug, Default)]
#[entity(table = "cart")]
struct Cart {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "cart", cascade = "all, delete-orphan", key = "sku")]
    lines: HasMany<CartLine>,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "cart_line", unique(cart, sku))]
struct CartLine {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 20)]
    sku: String,
    quantity: i64,
    #[entity(inverse = "lines")]
    cart: BelongsTo<Cart>,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "account")]
struct Account {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "account", cascade = "all, delete-orphan")]
    profile: HasOne<Profile>,
    #[entity(inverse = "account", cascade = "all, delete-orphan", order_by = "number")]
    entries: HasMany<Entry>,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "profile")]
struct Profile {
    #[entity(primary_key, inverse = "profile")]
    account: BelongsTo<Account>,
    text: String,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "entry")]
struct Entry {
    #[entity(primary_key, inverse = "entries")]
    account: BelongsTo<Account>,
    #[entity(primary_key)]
    number: i32,
    text: String,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "team")]
struct Team {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 20, unique)]
    name: String,
    #[entity(inverse = "team", order_by = "name")]
    players: HasMany<Player>,
    #[entity(secondary = "team_sport", inverse = "teams", order_by = "name")]
    sports: ManyToMany<Sport>,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "player")]
struct Player {
    #[entity(primary_key)]
    id: Auto<i64>,
    name: String,
    #[entity(inverse = "players")]
    team: BelongsTo<Option<Team>>,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "sport")]
struct Sport {
    #[entity(primary_key, length = 20)]
    name: String,
    #[entity(secondary = "team_sport", inverse = "sports")]
    teams: ManyToMany<Team>,
}

fn users(db: &Db) -> Result<(Session, Key<User>)> {
    let mut session = Session::new(&db.engine(schema![User, Address])?);
    let ed = session.add(User::with("ed", &["old@x.org"]));
    session.commit()?;
    Ok((session, ed))
}

fn teams(db: &Db) -> Result<(Session, Key<Team>, Key<Player>)> {
    let mut session = Session::new(&db.engine(schema![Team, Player, Sport])?);
    let reds = session.add(Team { name: "reds".into(), ..Team::default() });
    let ann = session.rel(reds, Team::PLAYERS).push(Player { name: "ann".into(), ..Player::default() })?;
    session.rel(reds, Team::SPORTS).push(Sport { name: "chess".into(), ..Sport::default() })?;
    session.commit()?;
    Ok((session, reds, ann))
}

fn a_new_row_takes_the_unique_value_of_a_deleted_one(db: &Db) -> Result<()> {
    let (mut session, old) = users(db)?;
    session.delete(old)?;
    let new = session.add(User::with("ed", &["new@x.org"]));
    session.commit()?;
    assert_eq!(session.all(select(Address::EMAIL))?, ["new@x.org"]);
    assert_eq!(session.one(select(entity::<User>()).filter(User::NAME.eq("ed")))?, new);
    assert!(!session.contains(old));
    Ok(())
}

fn an_updated_row_takes_the_unique_value_of_a_deleted_one(db: &Db) -> Result<()> {
    let (mut session, ed) = users(db)?;
    let fred = session.add(User::named("fred"));
    session.commit()?;
    session.load(fred)?;
    session.delete(ed)?;
    session[fred].name = "ed".into();
    session.commit()?;
    assert_eq!(session.all(select(User::NAME))?, ["ed"]);
    assert_eq!(session.load(fred)?.name, "ed");
    Ok(())
}

fn a_member_of_a_map_is_replaced_under_its_key(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Cart, CartLine])?);
    let line = |quantity| CartLine { sku: "x".into(), quantity, ..CartLine::default() };
    let cart = session.add(Cart { lines: HasMany::of([line(1)]), ..Cart::default() });
    session.commit()?;
    for quantity in 2..4 {
        session.rel(cart, Cart::LINES).insert(line(quantity))?;
        session.commit()?;
        assert_eq!(session.all(select(CartLine::QUANTITY))?, [quantity]);
    }
    // By the foreign key, which no collection knows of.
    let old = session.query::<CartLine>().one()?;
    session.delete(old)?;
    session.add(CartLine { cart: BelongsTo::to(cart), ..line(9) });
    session.commit()?;
    assert_eq!(session.all(select(CartLine::QUANTITY))?, [9]);
    Ok(())
}

fn account(db: &Db) -> Result<(Session, Key<Account>)> {
    let mut session = Session::new(&db.engine(schema![Account, Profile, Entry])?);
    let account = session.add(Account {
        profile: HasOne::new(Profile { text: "old".into(), ..Profile::default() }),
        entries: HasMany::of([entry(1, "a"), entry(2, "b")]),
        ..Account::default()
    });
    session.commit()?;
    Ok((session, account))
}

fn entry(number: i32, text: &str) -> Entry {
    Entry { number, text: text.into(), ..Entry::default() }
}

fn a_one_to_one_over_a_shared_key_is_replaced(db: &Db) -> Result<()> {
    let (mut session, account) = account(db)?;
    for text in ["new", "newer"] {
        let old = session.rel(account, Account::PROFILE).load()?.expect("there is one");
        session.rel(account, Account::PROFILE).set(Profile { text: text.into(), ..Profile::default() })?;
        session.commit()?;
        assert_eq!(session.all(select(Profile::TEXT))?, [text]);
        let new = session.rel(account, Account::PROFILE).load()?.expect("there is one");
        assert_ne!(old, new);
        assert_eq!(session.load(new)?.text, text);
        let id = session[account].id.get().expect("a number");
        assert_eq!(session.get::<Profile>(id)?, Some(new));
        assert!(!session.contains(old));
    }
    Ok(())
}

fn members_of_a_composite_key_are_replaced(db: &Db) -> Result<()> {
    let (mut session, account) = account(db)?;
    session.rel(account, Account::ENTRIES).set([entry(1, "A"), entry(3, "C")])?;
    session.commit()?;
    let rows = session.all(select((Entry::NUMBER, Entry::TEXT)).order_by(Entry::NUMBER))?;
    assert_eq!(rows, [(1, "A".to_owned()), (3, "C".to_owned())]);
    let loaded = session.rel(account, Account::ENTRIES).load()?;
    assert_eq!(loaded.into_iter().map(|key| session[key].number).collect::<Vec<_>>(), [1, 3]);
    Ok(())
}

fn a_natural_key_is_deleted_and_added(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Team, Player, Sport])?);
    let old = session.add(Sport { name: "chess".into(), ..Sport::default() });
    session.commit()?;
    session.delete(old)?;
    let new = session.add(Sport { name: "chess".into(), ..Sport::default() });
    session.flush()?;
    assert_eq!(session.get::<Sport>("chess")?, Some(new));
    session.commit()?;
    assert_eq!(session.get::<Sport>("chess")?, Some(new));
    assert_eq!(session.query::<Sport>().count()?, 1);
    Ok(())
}

fn what_refers_to_the_deleted_row_goes_before_it(db: &Db) -> Result<()> {
    let (mut session, old) = users(db)?;
    let recorder = session.engine().record();
    session.rel(old, User::ADDRESSES).load()?;
    session.delete(old)?;
    session.add(User::named("ed"));
    session.flush()?;
    let kinds: Vec<_> =
        recorder.take().iter().map(|it| it.sql.split(' ').take(3).collect::<Vec<_>>().join(" ")).collect();
    let writes: Vec<_> = kinds.iter().filter(|sql| !sql.starts_with("SELECT")).map(String::as_str).collect();
    assert_eq!(
        writes.into_iter().filter(|sql| sql.starts_with("DELETE") || sql.starts_with("INSERT")).collect::<Vec<_>>(),
        ["DELETE FROM address", "DELETE FROM user_account", "INSERT INTO user_account"]
    );
    Ok(())
}

fn links_of_the_deleted_row_go_before_it(db: &Db) -> Result<()> {
    let (mut session, reds, ann) = teams(db)?;
    session.rel(ann, Player::TEAM).clear()?;
    session.flush()?;
    let chess = session.get::<Sport>("chess")?.expect("it is there");
    session.delete(reds)?;
    let new = session.add(Team { name: "reds".into(), ..Team::default() });
    session.rel(new, Team::SPORTS).push(chess)?;
    session.commit()?;
    assert_eq!(session.rel(new, Team::SPORTS).load()?, [chess]);
    assert_eq!(session.rel(chess, Sport::TEAMS).load()?, [new]);
    Ok(())
}

fn a_row_that_moves_to_the_successor_lets_go_first(db: &Db) -> Result<()> {
    let (mut session, reds, ann) = teams(db)?;
    let new = session.add(Team { name: "reds".into(), ..Team::default() });
    session.rel(ann, Player::TEAM).set(new)?;
    session.delete(reds)?;
    session.commit()?;
    assert_eq!(session.rel(new, Team::PLAYERS).load()?, [ann]);
    let rows = select((Team::NAME, Player::NAME)).join(Team::PLAYERS);
    assert_eq!(session.all(rows)?, [("reds".to_owned(), "ann".to_owned())]);
    Ok(())
}

fn a_row_that_cannot_let_go_is_refused(db: &Db) -> Result<()> {
    let (mut session, old) = users(db)?;
    let address = session.rel(old, User::ADDRESSES).load()?[0];
    let new = session.add(User::named("ed"));
    session.rel(address, Address::USER).set(new)?;
    session.delete(old)?;
    let refused = session.flush().unwrap_err();
    assert!(
        matches!(&refused, Error::Database(error) if error.kind == DatabaseErrorKind::UniqueViolation),
        "{refused}"
    );
    // In two flushes it goes.
    session[new].name = "for the time being".into();
    session.flush()?;
    session[new].name = "ed".into();
    session.commit()?;
    assert_eq!(session.all(select(User::NAME))?, ["ed"]);
    assert_eq!(session.rel(new, User::ADDRESSES).load()?, [address]);
    Ok(())
}

fn an_edit_of_expired_memory_does_not_let_go_unseen(db: &Db) -> Result<()> {
    let (mut session, reds, ann) = teams(db)?;
    let blues = session.add(Team { name: "blues".into(), ..Team::default() });
    session.commit()?;
    // By the statement, of which memory does not know.
    let id = session[blues].id.get().expect("a number");
    session.execute(&update("player").set(Player::TEAM_ID, Some(id)))?;
    session.commit()?;
    let new = session.add(Team { name: "reds".into(), ..Team::default() });
    session[ann].team = BelongsTo::to(new);
    session.delete(reds)?;
    assert!(session.flush().is_err());
    session.rollback()?;
    assert_eq!(session.all(select(Player::TEAM_ID))?, [Some(id)]);
    Ok(())
}

fn values_go_round_among_deleted_and_new_rows(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![User, Address])?);
    let users = session.add_all(["a", "b", "c"].map(User::named));
    session.commit()?;
    users.iter().try_for_each(|user| session.load(*user).map(|_| ()))?;
    // a goes, b becomes a, c becomes b, a new one becomes c.
    session.delete(users[0])?;
    session[users[1]].name = "a".into();
    session[users[2]].name = "b".into();
    let new = session.add(User::named("c"));
    session.commit()?;
    let names = session.all(select((User::ID, User::NAME)).order_by(User::NAME))?;
    let id = |user: Key<User>| *session[user].id.as_ref().expect("a number");
    let expected = [(users[1], "a"), (users[2], "b"), (new, "c")].map(|(user, name)| (id(user), name.to_owned()));
    assert_eq!(names, expected);
    Ok(())
}

fn a_rollback_gives_the_key_back(db: &Db) -> Result<()> {
    let (mut session, account) = account(db)?;
    let old = session.rel(account, Account::PROFILE).load()?.expect("there is one");
    let id = *session[account].id.as_ref().expect("a number");
    let savepoint = session.begin_nested()?;
    session.rel(account, Account::PROFILE).set(Profile { text: "new".into(), ..Profile::default() })?;
    session.flush()?;
    let new = session.get::<Profile>(id)?.expect("it is there");
    assert_ne!(old, new);
    session.rollback_to(savepoint)?;
    assert_eq!(session.get::<Profile>(id)?, Some(old));
    assert_eq!(session.load(old)?.text, "old");
    assert_eq!(session.rel(account, Account::PROFILE).load()?, Some(old));
    // Once more, with the whole transaction.
    session.rel(account, Account::PROFILE).set(Profile { text: "new".into(), ..Profile::default() })?;
    session.flush()?;
    session.rollback()?;
    assert_eq!(session.get::<Profile>(id)?, Some(old));
    assert_eq!(session.load(old)?.text, "old");
    Ok(())
}

fn a_failing_successor_changes_nothing(db: &Db) -> Result<()> {
    let (mut session, ed) = users(db)?;
    session.add(User::named("fred"));
    session.commit()?;
    session.delete(ed)?;
    let new = session.add(User::named("ed"));
    let rival = session.add(User::named("fred"));
    assert!(session.flush().is_err());
    assert_eq!(session.state(ed)?, State::Deleting);
    session[rival].name = "wendy".into();
    session.commit()?;
    assert!(session.contains(new) && !session.contains(ed));
    assert_eq!(session.all(select(User::NAME).order_by(User::NAME))?, ["ed", "fred", "wendy"]);
    Ok(())
}

fn without_a_handover_deletions_come_last(db: &Db) -> Result<()> {
    let (mut session, ed) = users(db)?;
    let address = session.rel(ed, User::ADDRESSES).load()?[0];
    let recorder = session.engine().record();
    session.delete(address)?;
    session.add(User::named("fred"));
    session.flush()?;
    let kinds = recorder.take();
    let writes: Vec<_> = kinds.iter().map(|it| it.sql.as_str()).collect();
    let insert = writes.iter().position(|sql| sql.starts_with("INSERT")).expect("sent");
    let delete = writes.iter().position(|sql| sql.starts_with("DELETE")).expect("sent");
    assert!(insert < delete, "{writes:?}");
    session.commit()?;
    recorder.take();
    session.commit()?;
    check_kinds(&recorder, "");
    Ok(())
}
