//! What a flush sends, in which order and how many statements.

use orm::prelude::*;
use orm::{Error, Result};

use crate::Db;
use crate::models::{Address, User};
use crate::sent::{check_kinds, check_silence, check_words};

cases![
    a_violation_names_its_constraint_and_its_columns,
    a_violation_names_the_entity_of_the_batch,
    rows_of_null_are_no_twins,
    a_violation_of_a_statement_names_its_constraint_and_its_columns,
    the_order_is_the_same_however_entities_are_added,
    deletions_go_backwards,
    like_entities_share_statements,
    like_changes_share_statements,
    entities_with_different_columns_set_are_all_inserted,
    a_tree_is_inserted_parents_first,
    a_tree_is_deleted_children_first,
    a_row_that_points_to_itself,
    a_circle_is_closed_by_a_later_update,
    a_circle_is_opened_before_it_is_deleted,
    a_circle_that_cannot_be_broken_names_its_tables,
    keys_reach_grandchildren_in_one_flush,
    composite_keys_are_referred_to,
    an_association_object_has_the_keys_of_both_ends,
    a_natural_key_can_change,
    a_unique_value_moves_from_one_row_to_another,
    a_plan_tells_what_a_flush_would_do,
    an_empty_flush_sends_nothing,
];

#[derive(Entity, Debug, Default)]
struct Node {
    #[entity(primary_key)]
    id: Auto<i64>,
    name: String,
    #[entity(inverse = "children")]
    parent: BelongsTo<Option<Self>>,
    #[entity(inverse = "parent", cascade = "all", order_by = "id")]
    children: HasMany<Self>,
}

impl Node {
    fn with(name: &str, children: impl IntoIterator<Item = Self>) -> Self {
        Self { name: name.to_owned(), children: HasMany::of(children), ..Self::default() }
    }

    fn leaf(name: &str) -> Self {
        Self::with(name, [])
    }
}

/// A team has players, and one of them leads it.
#[derive(Entity, Debug, Default)]
struct Team {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(post_update)]
    captain: BelongsTo<Option<Player>>,
    #[entity(inverse = "team", cascade = "all")]
    players: HasMany<Player>,
}

#[derive(Entity, Debug, Default)]
struct Player {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "players")]
    team: BelongsTo<Team>,
}

/// Each needs the other first.
#[derive(Entity, Debug, Default)]
struct Hen {
    #[entity(primary_key)]
    id: Auto<i64>,
    egg: BelongsTo<Egg>,
}

#[derive(Entity, Debug, Default)]
struct Egg {
    #[entity(primary_key)]
    id: Auto<i64>,
    hen: BelongsTo<Hen>,
}

/// A key of two columns that the program gives.
#[derive(Entity, Debug, Default)]
struct OrderLine {
    #[entity(primary_key)]
    number: i64,
    #[entity(primary_key)]
    line: i32,
    article: String,
    #[entity(inverse = "line", cascade = "all, delete-orphan", order_by = "id")]
    parcels: HasMany<Parcel>,
}

#[derive(Entity, Debug, Default)]
struct Parcel {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(columns("order_number", "line_number"), inverse = "parcels")]
    line: BelongsTo<OrderLine>,
}

/// An association object: the price of an article in a shop.
#[derive(Entity, Debug, Default)]
struct Offer {
    #[entity(primary_key, inverse = "offers")]
    shop: BelongsTo<Shop>,
    #[entity(primary_key)]
    article: BelongsTo<Article>,
    price: i64,
}

#[derive(Entity, Debug, Default)]
struct Shop {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "shop", cascade = "all, delete-orphan")]
    offers: HasMany<Offer>,
}

#[derive(Entity, Debug, Default)]
struct Article {
    #[entity(primary_key)]
    code: String,
}

#[derive(Entity, Debug, Default)]
struct Country {
    #[entity(primary_key)]
    code: String,
    name: String,
    #[entity(inverse = "country")]
    cities: HasMany<City>,
}

#[derive(Entity, Debug, Default)]
struct City {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "cities", on_update = "cascade")]
    country: BelongsTo<Country>,
}

fn users(db: &Db) -> Result<Session> {
    Ok(Session::new(&db.engine(schema![User, Address])?))
}

fn nodes(db: &Db) -> Result<Session> {
    Ok(Session::new(&db.engine(schema![Node])?))
}

fn the_order_is_the_same_however_entities_are_added(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    // The child first: it waits for its parent all the same.
    let address = session.add(Address::at("a@x.org"));
    let ed = session.add(User::named("ed"));
    session.rel(address, Address::USER).set(ed)?;
    let recorder = session.engine().record();
    session.flush()?;
    check_words(
        db,
        &recorder,
        &[
            "BEGIN",
            "INSERT INTO user_account (name, fullname) VALUES (?, ?) RETURNING id",
            "INSERT INTO address (email, user_id) VALUES (?, ?) RETURNING id",
        ],
    );
    Ok(())
}

fn deletions_go_backwards(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let ed = session.add(User::with("ed", &["a@x.org"]));
    session.flush()?;
    session.delete(ed)?;
    let recorder = session.engine().record();
    session.flush()?;
    check_words(
        db,
        &recorder,
        &[
            "SAVEPOINT flush",
            "DELETE FROM address WHERE address.id = ?",
            "DELETE FROM user_account WHERE user_account.id = ?",
            "RELEASE SAVEPOINT flush",
        ],
    );
    Ok(())
}

fn like_entities_share_statements(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let users = session.add_all((0..500).map(|number| User::with(&number.to_string(), &["a@x.org"])));
    let recorder = session.engine().record();
    session.commit()?;
    let sent = recorder.take().without_transactions();
    assert!(sent.len() <= 12, "{:#?}", sent.sql());
    // Generated keys come back to the right rows, in order.
    let named = session.all(select((User::ID, User::NAME)).order_by(User::ID))?;
    assert!(named.iter().enumerate().all(|(at, (_, name))| *name == at.to_string()));
    assert_eq!(session.load(users[499])?.id.get(), Some(named[499].0));
    Ok(())
}

fn like_changes_share_statements(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let users = session.add_all((0..100).map(|number| User::named(&number.to_string())));
    session.flush()?;
    for user in &users {
        session[*user].fullname = Some(format!("number {}", session[*user].name));
    }
    let recorder = session.engine().record();
    session.flush()?;
    let sent = recorder.take().without_transactions();
    // By arrays or by a join with a list of rows, where there is a round trip to save.
    let capabilities = session.engine().capabilities();
    let most = if capabilities.arrays || capabilities.update_join { 1 } else { 100 };
    assert!(sent.len() <= most, "{:#?}", sent.sql());
    assert_eq!(session.query::<User>().filter(User::FULLNAME.like("number %")).count()?, 100);
    Ok(())
}

fn entities_with_different_columns_set_are_all_inserted(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    session.add(User::named("a"));
    session.add(User { id: Auto::from(10), ..User::named("b") });
    session.add(User { fullname: Some("C".into()), ..User::named("c") });
    session.commit()?;
    let rows = session.all(select((User::NAME, User::FULLNAME)).order_by(User::NAME))?;
    let expected = [("a", None), ("b", None), ("c", Some("C"))];
    assert_eq!(rows, expected.map(|(name, full)| (name.to_owned(), full.map(str::to_owned))));
    assert_eq!(session.scalar(select(User::ID).filter(User::NAME.eq("b")))?, Some(10));
    Ok(())
}

fn a_tree_is_inserted_parents_first(db: &Db) -> Result<()> {
    let mut session = nodes(db)?;
    // The root is added last.
    let leaf = session.add(Node::leaf("leaf"));
    let branch = session.add(Node::leaf("branch"));
    let root = session.add(Node::leaf("root"));
    session.rel(branch, Node::CHILDREN).push(leaf)?;
    session.rel(root, Node::CHILDREN).push(branch)?;
    let recorder = session.engine().record();
    session.commit()?;
    check_kinds(&recorder, "begin insert insert insert commit");
    let ids = [root, branch, leaf].map(|node| session.load(node).map(|node| node.id.get()));
    assert_eq!(ids.map(Result::unwrap), [Some(1), Some(2), Some(3)]);
    Ok(())
}

fn a_tree_is_deleted_children_first(db: &Db) -> Result<()> {
    let mut session = nodes(db)?;
    let root = session.add(Node::with("root", [Node::with("branch", [Node::leaf("leaf")]), Node::leaf("twig")]));
    session.flush()?;
    session.delete(root)?;
    let recorder = session.engine().record();
    session.flush()?;
    assert!(recorder.take().count(orm::StatementKind::Delete) <= 3);
    assert_eq!(session.query::<Node>().count()?, 0);
    Ok(())
}

fn a_row_that_points_to_itself(db: &Db) -> Result<()> {
    let mut session = nodes(db)?;
    let node = session.add(Node { id: Auto::from(1), ..Node::leaf("ouroboros") });
    session.flush()?;
    session.rel(node, Node::PARENT).set(node)?;
    session.commit()?;
    assert_eq!(session.all(select(Node::PARENT_ID))?, [Some(1)]);
    session.delete(node)?;
    session.commit()?;
    assert_eq!(session.query::<Node>().count()?, 0);
    Ok(())
}

/// A team with two players whose first is captain.
fn team(session: &mut Session) -> Result<Key<Team>> {
    let team = session.add(Team { players: HasMany::of([Player::default(), Player::default()]), ..Team::default() });
    let players = session.rel(team, Team::PLAYERS).load()?;
    session.rel(team, Team::CAPTAIN).set(players[0])?;
    Ok(team)
}

fn a_circle_is_closed_by_a_later_update(db: &Db) -> Result<()> {
    let engine = db.engine(schema![Team, Player])?;
    let mut session = Session::builder(&engine).autoflush(false).build();
    let team = team(&mut session)?;
    let reasons: Vec<String> = session.flush_plan()?.steps.into_iter().map(|step| step.reason).collect();
    let closes = "closes a circle, so both rows had to be there first";
    assert_eq!(reasons, ["new", "new, after team that they refer to", closes]);
    let recorder = engine.record();
    session.commit()?;
    check_kinds(&recorder, "begin insert insert update commit");
    let captain = session.rel(team, Team::CAPTAIN).load()?;
    assert_eq!(captain, session.rel(team, Team::PLAYERS).load()?.first().copied());
    Ok(())
}

fn a_circle_is_opened_before_it_is_deleted(db: &Db) -> Result<()> {
    let engine = db.engine(schema![Team, Player])?;
    let mut session = Session::builder(&engine).autoflush(false).build();
    let team = team(&mut session)?;
    session.commit()?;
    session.load(team)?;
    session.delete(team)?;
    let recorder = engine.record();
    session.commit()?;
    check_kinds(&recorder, "select update delete delete commit");
    assert_eq!(session.query::<Player>().count()?, 0);
    Ok(())
}

fn a_circle_that_cannot_be_broken_names_its_tables(db: &Db) -> Result<()> {
    let engine = db.engine(schema![Hen, Egg])?;
    let mut session = Session::new(&engine);
    let (hen, egg) = (session.add(Hen::default()), session.add(Egg::default()));
    session.rel(hen, Hen::EGG).set(egg)?;
    session.rel(egg, Egg::HEN).set(hen)?;
    let recorder = engine.record();
    match session.flush().unwrap_err() {
        Error::CircularDependency { tables, .. } => {
            assert!(tables.iter().any(|table| table == "hen") && tables.iter().any(|table| table == "egg"));
        }
        other => panic!("{other}"),
    }
    check_silence(&recorder);
    Ok(())
}

fn keys_reach_grandchildren_in_one_flush(db: &Db) -> Result<()> {
    let mut session = nodes(db)?;
    let root = session.add(Node::with("1", [Node::with("2", [Node::with("3", [Node::leaf("4")])])]));
    session.commit()?;
    let parents = session.all(select((Node::ID, Node::PARENT_ID)).order_by(Node::ID))?;
    assert_eq!(parents, [(1, None), (2, Some(1)), (3, Some(2)), (4, Some(3))]);
    assert_eq!(session.load(root)?.name, "1");
    Ok(())
}

fn composite_keys_are_referred_to(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![OrderLine, Parcel])?);
    let line = session.add(OrderLine { number: 7, line: 2, article: "tea".into(), ..OrderLine::default() });
    let parcel = session.rel(line, OrderLine::PARCELS).push(Parcel::default())?;
    session.commit()?;
    assert_eq!(session.all(select((Parcel::ORDER_NUMBER, Parcel::LINE_NUMBER)))?, [(7, 2)]);
    assert_eq!(session.get::<OrderLine>((7, 2))?, Some(line));
    assert_eq!(session.get::<OrderLine>((2, 7))?, None);
    session.expunge_all();
    let line = session.get::<OrderLine>((7, 2))?.expect("it is there");
    assert_eq!(session.rel(line, OrderLine::PARCELS).load()?.len(), 1);
    assert!(!session.contains(parcel));
    session.delete(line)?;
    session.commit()?;
    assert_eq!(session.query::<Parcel>().count()?, 0);
    Ok(())
}

fn an_association_object_has_the_keys_of_both_ends(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Shop, Article, Offer])?);
    let shop = session.add(Shop::default());
    let tea = session.add(Article { code: "tea".into() });
    let offer = session.add(Offer { shop: shop.into(), article: tea.into(), price: 3 });
    session.commit()?;
    session[offer].price = 4;
    session.commit()?;
    assert_eq!(session.all(select((Offer::SHOP_ID, Offer::PRICE)))?, [(1, 4)]);
    assert_eq!(session.rel(shop, Shop::OFFERS).load()?, [offer]);
    session.rel(shop, Shop::OFFERS).remove(offer)?;
    session.commit()?;
    assert_eq!(session.query::<Offer>().count()?, 0);
    Ok(())
}

fn a_natural_key_can_change(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Country, City])?);
    let country = session.add(Country { code: "xx".into(), name: "Utopia".into(), ..Country::default() });
    let city = session.rel(country, Country::CITIES).push(City::default())?;
    session.commit()?;
    session.load(country)?;
    session[country].code = "ut".into();
    session.flush()?;
    let recorder = session.engine().record();
    assert_eq!(session.get::<Country>("ut")?, Some(country));
    check_silence(&recorder);
    session.commit()?;
    assert_eq!(session.get::<Country>("xx")?, None);
    assert_eq!(session.all(select(City::COUNTRY_ID))?, ["ut"]);
    assert_eq!(session.rel(city, City::COUNTRY).load()?, Some(country));
    Ok(())
}

fn a_unique_value_moves_from_one_row_to_another(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let old = session.add(User::named("ed"));
    session.flush()?;
    session[old].name = "edward".into();
    session.add(User::named("ed"));
    session.commit()?;
    assert_eq!(session.query::<User>().count()?, 2);
    Ok(())
}

fn a_plan_tells_what_a_flush_would_do(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let ed = session.add(User::named("ed"));
    session.flush()?;
    session[ed].fullname = Some("Ed".into());
    session.rel(ed, User::ADDRESSES).push(Address::at("a@x.org"))?;
    let recorder = session.engine().record();
    let plan = session.flush_plan()?;
    let steps: Vec<(&str, &str)> = plan.steps.iter().map(|step| (step.operation, step.table)).collect();
    assert_eq!(steps, [("UPDATE", "user_account"), ("INSERT", "address")]);
    assert_eq!(plan.steps[0].columns, ["fullname"]);
    let text = plan.to_string();
    assert!(text.contains("1. UPDATE user_account (fullname)"), "{text}");
    // It is a plan: nothing was sent and all is still to do.
    check_silence(&recorder);
    assert!(session.is_modified(ed)?);
    Ok(())
}

fn an_empty_flush_sends_nothing(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let recorder = session.engine().record();
    session.flush()?;
    session.commit()?;
    check_silence(&recorder);
    Ok(())
}

fn a_violation_names_its_constraint_and_its_columns(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![User, Address])?);
    session.add_all([User::named("ed"), User::named("ed")]);
    let Error::Database(unique) = session.flush().unwrap_err() else { panic!("a violation") };
    assert_eq!(unique.entity, Some("User"));
    assert_eq!(unique.table.as_deref(), Some("user_account"));
    assert_eq!(unique.column.as_deref(), Some("name"));
    assert!(unique.constraint.is_some_and(|name| name.contains("user_account_name")));
    Ok(())
}

fn a_violation_names_the_entity_of_the_batch(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![User, Address])?);
    let refused = |session: &mut Session| {
        let Error::Database(unique) = session.flush().unwrap_err() else { panic!("a violation") };
        let key = unique.key::<User>();
        assert_eq!(unique.key::<Address>(), None, "an entity of another type");
        key
    };
    let [_, _, twin] = ["ed", "wendy", "ed"].map(|name| session.add(User::named(name)));
    assert_eq!(refused(&mut session), Some(twin), "two rows of one statement");
    session[twin].name = "fred".into();
    session.commit()?;

    let alone = session.add(User::named("wendy"));
    assert_eq!(refused(&mut session), Some(alone), "the only row of its statement");
    session[alone].name = "jack".into();
    session.commit()?;

    let [_, second, _] = ["mary", "jack", "zoe"].map(|name| session.add(User::named(name)));
    // SQLite quotes no values.
    assert_eq!(refused(&mut session), db.abilities().server.then_some(second), "a row of the table has the value");
    session[second].name = "susan".into();
    session.commit()?;
    assert_eq!(session.query::<User>().count()?, 7);
    Ok(())
}

fn a_violation_of_a_statement_names_its_constraint_and_its_columns(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![User, Address])?);
    session.add(User::named("ed"));
    session.commit()?;
    let insert = insert("user_account").set(User::NAME, "ed");
    let Error::Database(unique) = session.execute(&insert).unwrap_err() else { panic!("a violation") };
    assert_eq!(unique.table.as_deref(), Some("user_account"));
    assert_eq!(unique.column.as_deref(), Some("name"));
    assert!(unique.constraint.is_some_and(|name| name.contains("user_account_name")));
    session.rollback()?;
    Ok(())
}

#[derive(Entity, Debug, Default)]
struct Badge {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(unique, length = 20)]
    number: Option<String>,
}

fn rows_of_null_are_no_twins(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Badge])?);
    let badge = |number: Option<&str>| Badge { number: number.map(str::to_owned), ..Badge::default() };
    session.add(badge(Some("7")));
    session.commit()?;
    let [_, _, taken] = [None, None, Some("7")].map(|number| session.add(badge(number)));
    let Error::Database(unique) = session.flush().unwrap_err() else { panic!("a violation") };
    assert_eq!(unique.key::<Badge>(), db.abilities().server.then_some(taken));
    session[taken].number = None;
    session.commit()?;
    assert_eq!(session.query::<Badge>().filter(Badge::NUMBER.is_null()).count()?, 3);
    Ok(())
}
