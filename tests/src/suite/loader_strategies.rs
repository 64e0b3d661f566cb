//! Subquery and immediate loading, forbidden loads, and options for every relationship.

use orm::mapping::LoaderStrategy;
use orm::prelude::*;
use orm::{Error, Result};

use crate::Db;
use crate::models::{Address, User};
use crate::sent::{check_kinds, check_silence, check_words};

cases![
    subquery_repeats_the_query_of_the_owners,
    subquery_serves_any_number_of_owners,
    subquery_keeps_the_limit_of_the_owners,
    subquery_of_grouped_and_distinct_owners,
    subquery_goes_on_from_a_subquery,
    subquery_of_references_and_links,
    subquery_of_composite_keys,
    subquery_goes_on_from_a_joined_entity,
    subquery_without_a_query_is_a_select_in,
    subquery_of_a_mapping_is_the_default,
    immediate_is_one_statement_for_each_owner,
    raise_on_sql_accepts_a_held_target,
    every_relationship_of_an_entity_by_one_option,
    everything_reaches_all_levels,
    the_default_of_the_mapping_leads_on,
    options_of_a_lazy_relationship_hold_when_it_is_loaded,
    an_option_without_its_owner_is_refused,
    all_strategies_load_the_same_graph,
];

#[derive(Entity, Debug, Default)]
#[entity(table = "region")]
struct Region {
    #[entity(primary_key)]
    country: String,
    #[entity(primary_key)]
    code: i64,
    #[entity(inverse = "region", order_by = "name", lazy = "subquery")]
    shops: HasMany<Shop>,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "shop")]
struct Shop {
    #[entity(primary_key)]
    id: Auto<i64>,
    name: String,
    #[entity(inverse = "shops", columns("region_country", "region_code"))]
    region: BelongsTo<Option<Region>>,
    #[entity(secondary = "shop_good", inverse = "shops", order_by = "name")]
    goods: ManyToMany<Good>,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "good")]
struct Good {
    #[entity(primary_key)]
    id: Auto<i64>,
    name: String,
    #[entity(secondary = "shop_good", inverse = "goods")]
    shops: ManyToMany<Shop>,
}

/// Four users: two addresses, one, none, one. Nothing is held.
fn users(db: &Db) -> Result<Session> {
    let mut session = Session::new(&db.engine(schema![User, Address])?);
    session.add_all([
        User::with("ed", &["e1@x.org", "e2@x.org"]),
        User::with("wendy", &["w@x.org"]),
        User::named("mary"),
        User::with("fred", &["f@x.org"]),
    ]);
    session.commit()?;
    session.expunge_all();
    Ok(session)
}

/// Two regions of one number in two countries, three shops and two goods. Nothing is held.
fn shops(db: &Db) -> Result<Session> {
    let mut session = Session::new(&db.engine(schema![Region, Shop, Good])?);
    let goods = ["apple", "pear"].map(|name| session.add(Good { name: name.into(), ..Good::default() }));
    for (country, shops) in [("at", &["a", "b"][..]), ("de", &["c"])] {
        let region = session.add(Region { country: country.into(), code: 1, ..Region::default() });
        for name in shops {
            let shop = session.rel(region, Region::SHOPS).push(Shop { name: (*name).into(), ..Shop::default() })?;
            session.rel(shop, Shop::GOODS).push(goods[0])?;
        }
    }
    session.commit()?;
    session.expunge_all();
    Ok(session)
}

fn by_id() -> Select<Key<User>> {
    select(entity::<User>()).order_by(User::ID)
}

/// The users' addresses as far as they are in memory.
fn loaded(session: &Session, users: &[Key<User>]) -> Vec<Option<usize>> {
    users.iter().map(|user| session[*user].addresses.loaded().map(|members| members.len())).collect()
}

fn subquery_repeats_the_query_of_the_owners(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let recorder = session.engine().record();
    let query = by_id().filter(User::NAME.ne("fred")).options(subquery(User::ADDRESSES));
    let users = session.all(query)?;
    check_words(
        db,
        &recorder,
        &[
            "BEGIN",
            "SELECT user_account.id, user_account.name, user_account.fullname FROM user_account \
             WHERE user_account.name != ? ORDER BY user_account.id",
            "SELECT address.id, address.email, address.user_id FROM address WHERE address.user_id IN \
             (SELECT user_account.id FROM user_account WHERE user_account.name != ?) ORDER BY address.id",
            // Mary, for whom no row came.
            "SELECT address.id, address.email, address.user_id FROM address WHERE address.user_id = ? ORDER BY address.id",
        ],
    );
    assert_eq!(loaded(&session, &users), [Some(2), Some(1), Some(0)]);
    Ok(())
}

fn subquery_serves_any_number_of_owners(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![User, Address])?);
    session.add_all((0..1_200).map(|number| User::with(&format!("u{number}"), &["a@x.org"])));
    session.commit()?;
    session.expunge_all();
    let recorder = session.engine().record();
    let users = session.all(by_id().options(subquery(User::ADDRESSES)))?;
    check_kinds(&recorder, "begin select select");
    assert!(loaded(&session, &users).iter().all(|count| *count == Some(1)));
    Ok(())
}

fn subquery_keeps_the_limit_of_the_owners(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let recorder = session.engine().record();
    let last = select(entity::<User>()).order_by(User::ID.desc()).limit(2).offset(1);
    let users = session.all(last.options(subquery(User::ADDRESSES)))?;
    check_kinds(&recorder, "begin select select select");
    assert_eq!(loaded(&session, &users), [Some(0), Some(1)]);
    assert_eq!(session[users[1]].name, "wendy");
    // Only the addresses of these users came.
    assert_eq!(session.memory().entities, 3);
    Ok(())
}

fn subquery_of_grouped_and_distinct_owners(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let distinct = by_id().join(User::ADDRESSES).distinct();
    let grouped = by_id().join(User::ADDRESSES).group_by(User::ID).having(count(Address::ID).gt(1));
    for (query, expected) in [(distinct, &[Some(2), Some(1), Some(1)][..]), (grouped, &[Some(2)])] {
        session.expunge_all();
        let recorder = session.engine().record();
        let users = session.all(query.options(subquery(User::ADDRESSES)))?;
        assert_eq!(recorder.take().iter().filter(|it| it.sql.starts_with("SELECT")).count(), 2);
        assert_eq!(loaded(&session, &users), expected);
    }
    Ok(())
}

fn subquery_goes_on_from_a_subquery(db: &Db) -> Result<()> {
    let mut session = shops(db)?;
    let recorder = session.engine().record();
    let query = select(entity::<Region>()).filter(Region::COUNTRY.eq("at"));
    let region = session.one(query.options(subquery(Region::SHOPS).then(subquery(Shop::GOODS))))?;
    let sent = recorder.take();
    assert_eq!(sent.len(), 4, "{sent:?}");
    let last = &sent[3].sql;
    assert_eq!(last.matches("SELECT").count(), 3, "a query within a query within a query: {last}");
    let shops = session[region].shops.loaded().expect("loaded").collect::<Vec<_>>();
    assert_eq!(shops.len(), 2);
    for shop in shops {
        assert_eq!(session[shop].goods.loaded().map(|goods| goods.len()), Some(1));
    }
    check_silence(&recorder);
    Ok(())
}

fn subquery_of_references_and_links(db: &Db) -> Result<()> {
    let mut session = shops(db)?;
    let recorder = session.engine().record();
    let goods = session.all(select(entity::<Good>()).order_by(Good::NAME).options(subquery(Good::SHOPS)))?;
    check_kinds(&recorder, "begin select select select");
    let counts = |good: &Key<Good>| session[*good].shops.loaded().map(|shops| shops.len());
    assert_eq!(goods.iter().map(counts).collect::<Vec<_>>(), [Some(3), Some(0)]);
    session.expunge_all();
    let shops = session
        .all(select(entity::<Shop>()).order_by(Shop::NAME).options(subquery(Shop::REGION).then(lazy(Region::SHOPS))))?;
    check_kinds(&recorder, "select select");
    let mut countries = Vec::new();
    for shop in shops {
        let region = session.rel(shop, Shop::REGION).load()?.expect("each has one");
        countries.push(session[region].country.clone());
    }
    assert_eq!(countries, ["at", "at", "de"]);
    check_silence(&recorder);
    Ok(())
}

fn subquery_of_composite_keys(db: &Db) -> Result<()> {
    let mut session = shops(db)?;
    let query = select(entity::<Region>()).order_by(Region::COUNTRY);
    for query in [query.clone(), query.clone().limit(5), query.distinct()] {
        session.expunge_all();
        let recorder = session.engine().record();
        let regions = session.all(query.options(subquery(Region::SHOPS)))?;
        assert_eq!(recorder.take().iter().filter(|it| it.sql.starts_with("SELECT")).count(), 2);
        let counts = |region: &Key<Region>| session[*region].shops.loaded().map(|shops| shops.len());
        assert_eq!(regions.iter().map(counts).collect::<Vec<_>>(), [Some(2), Some(1)]);
    }
    Ok(())
}

fn subquery_goes_on_from_a_joined_entity(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let recorder = session.engine().record();
    let option = joined(Address::USER).then(subquery(User::ADDRESSES));
    let query = select(entity::<Address>()).filter(Address::EMAIL.like("e%")).order_by(Address::ID).options(option);
    let addresses = session.all(query)?;
    check_kinds(&recorder, "begin select select");
    let ed = session.rel(addresses[0], Address::USER).load()?.expect("each has one");
    assert_eq!(loaded(&session, &[ed]), [Some(2)]);
    check_silence(&recorder);
    Ok(())
}

fn subquery_without_a_query_is_a_select_in(db: &Db) -> Result<()> {
    let mut session = shops(db)?;
    let recorder = session.engine().record();
    // The mapping says `subquery`, and no query gives the region.
    let region = session.get::<Region>(("at".to_owned(), 1))?.expect("it is there");
    check_kinds(&recorder, "begin select select");
    assert_eq!(session[region].shops.loaded().map(|shops| shops.len()), Some(2));
    Ok(())
}

fn subquery_of_a_mapping_is_the_default(db: &Db) -> Result<()> {
    let mut session = shops(db)?;
    assert_eq!(Region::SHOPS.meta().lazy, LoaderStrategy::Subquery);
    let recorder = session.engine().record();
    let regions = session.all(select(entity::<Region>()).order_by(Region::COUNTRY))?;
    check_kinds(&recorder, "begin select select");
    assert_eq!(session[regions[0]].shops.loaded().map(|shops| shops.len()), Some(2));
    // Along with rows that come one by one, nothing is loaded that the mapping alone wants.
    session.expunge_all();
    session.for_each(select(entity::<Region>()), |_| Ok(()))?;
    check_kinds(&recorder, "select");
    Ok(())
}

fn immediate_is_one_statement_for_each_owner(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let recorder = session.engine().record();
    let users = session.all(by_id().options(immediate(User::ADDRESSES)))?;
    check_kinds(&recorder, "begin select select select select select");
    assert_eq!(loaded(&session, &users), [Some(2), Some(1), Some(0), Some(1)]);
    session.expunge_all();
    let users = session.all(by_id())?;
    recorder.take();
    let addresses = session.all(select(entity::<Address>()).options(immediate(Address::USER)))?;
    check_kinds(&recorder, "select");
    assert_eq!((users.len(), addresses.len()), (4, 4));
    Ok(())
}

fn raise_on_sql_accepts_a_held_target(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let query = select(entity::<Address>()).order_by(Address::ID);
    let addresses = session.all(query.clone().options(raise_on_sql(Address::USER)))?;
    let recorder = session.engine().record();
    let refused = session.rel(addresses[0], Address::USER).load().unwrap_err();
    assert!(matches!(refused, Error::RaisedLoad { entity: "Address", relationship: "user", .. }), "{refused}");
    check_silence(&recorder);
    let ed = session.one(by_id().filter(User::NAME.eq("ed")))?;
    assert_eq!(session.rel(addresses[0], Address::USER).load()?, Some(ed));
    // Another address's user is still elsewhere.
    assert!(session.rel(addresses[2], Address::USER).load().is_err());
    Ok(())
}

fn every_relationship_of_an_entity_by_one_option(db: &Db) -> Result<()> {
    let mut session = shops(db)?;
    let shop = session.query::<Shop>().options(raise(every::<Shop>())).first()?.expect("there are three");
    assert!(session.rel(shop, Shop::REGION).load().is_err());
    assert!(session.rel(shop, Shop::GOODS).load().is_err());
    session.expunge_all();
    // An option that names a relationship counts more, wherever it stands.
    let recorder = session.engine().record();
    for options in [vec![Options::Named, Options::Every], vec![Options::Every, Options::Named]] {
        session.expunge_all();
        let mut query = select(entity::<Shop>()).order_by(Shop::ID).limit(1);
        for option in options {
            query = match option {
                Options::Named => query.options(selectin(Shop::GOODS)),
                Options::Every => query.options(raise(every::<Shop>())),
            };
        }
        recorder.take();
        let shop = session.one(query)?;
        check_kinds(&recorder, "select select");
        assert_eq!(session.rel(shop, Shop::GOODS).load()?.len(), 1);
        assert!(session.rel(shop, Shop::REGION).load().is_err());
        check_silence(&recorder);
    }
    Ok(())
}

enum Options {
    Named,
    Every,
}

fn everything_reaches_all_levels(db: &Db) -> Result<()> {
    let mut session = shops(db)?;
    let query = select(entity::<Region>()).filter(Region::COUNTRY.eq("at"));
    let region = session.one(query.clone().options((raise(everything()), selectin(Region::SHOPS))))?;
    let shops = session.rel(region, Region::SHOPS).load()?;
    assert!(session.rel(shops[0], Shop::GOODS).load().is_err(), "goods are beyond the named relationship");
    session.expunge_all();
    // Eagerly to the end: what leads back to where it came from is not followed.
    let recorder = session.engine().record();
    let region = session.one(query.options(selectin(everything())))?;
    check_kinds(&recorder, "select select select");
    let shops = session[region].shops.loaded().expect("loaded").collect::<Vec<_>>();
    assert_eq!(session[shops[0]].goods.loaded().map(|goods| goods.len()), Some(1));
    Ok(())
}

fn the_default_of_the_mapping_leads_on(db: &Db) -> Result<()> {
    let mut session = shops(db)?;
    let recorder = session.engine().record();
    // `subquery` by the mapping, and the goods of the shops with them.
    let query = select(entity::<Region>()).options(default_load(Region::SHOPS).then(selectin(Shop::GOODS)));
    session.all(query)?;
    check_kinds(&recorder, "begin select select select");
    Ok(())
}

fn options_of_a_lazy_relationship_hold_when_it_is_loaded(db: &Db) -> Result<()> {
    let mut session = shops(db)?;
    let recorder = session.engine().record();
    let option = lazy(Region::SHOPS).then(selectin(Shop::GOODS));
    let region = session.query::<Region>().filter(Region::COUNTRY.eq("at")).options(option).one()?;
    check_kinds(&recorder, "begin select");
    let shops = session.rel(region, Region::SHOPS).load()?;
    check_kinds(&recorder, "select select");
    assert_eq!(session[shops[1]].goods.loaded().map(|goods| goods.len()), Some(1));
    Ok(())
}

fn an_option_without_its_owner_is_refused(db: &Db) -> Result<()> {
    let mut session = shops(db)?;
    let recorder = session.engine().record();
    let refused = session.all(select(entity::<Good>()).options(raise(every::<Shop>()))).unwrap_err();
    assert!(refused.to_string().contains("every relationship of Shop"), "{refused}");
    check_silence(&recorder);
    Ok(())
}

/// The strategies that load without an error, as the option for a relationship.
macro_rules! strategies {
    ($relationship:expr) => {
        [
            ("lazy", lazy($relationship)),
            ("peers", peers($relationship)),
            ("selectin", selectin($relationship)),
            ("subquery", subquery($relationship)),
            ("immediate", immediate($relationship)),
            ("joined", joined($relationship)),
            ("default", default_load($relationship)),
        ]
    };
}

/// A random graph: regions with shops, shops without a region, goods of some shops.
fn random_graph(session: &mut Session, random: &mut fastrand::Rng) -> Result<()> {
    let goods: Vec<_> = (0..5).map(|at| session.add(Good { name: format!("g{at}"), ..Good::default() })).collect();
    for number in 0..6 {
        let region = session.add(Region { country: format!("c{}", number % 2), code: number, ..Region::default() });
        for at in 0..random.u8(0..4) {
            let shop = Shop { name: format!("s{number}{at}"), ..Shop::default() };
            let shop = session.rel(region, Region::SHOPS).push(shop)?;
            for good in goods.iter().filter(|_| random.bool()) {
                session.rel(shop, Shop::GOODS).push(*good)?;
            }
        }
    }
    session.add(Shop { name: "alone".into(), ..Shop::default() });
    session.commit()
}

/// The regions with their shops, the goods of these, and the shops of the goods.
fn print(session: &mut Session, regions: Vec<Key<Region>>) -> Result<String> {
    let mut printed = String::new();
    for region in regions {
        printed += &format!("{}{}:", session[region].country, session[region].code);
        for shop in session.rel(region, Region::SHOPS).load()? {
            printed += &format!(" {}(", session[shop].name);
            for good in session.rel(shop, Shop::GOODS).load()? {
                let mut shops = session.rel(good, Good::SHOPS).load()?;
                shops.sort_by_key(|shop| session[*shop].name.clone());
                let names: Vec<_> = shops.iter().map(|shop| session[*shop].name.as_str()).collect();
                printed += &format!("{}[{}]", session[good].name, names.join(" "));
            }
            printed += ")";
        }
        printed += "\n";
    }
    Ok(printed)
}

fn all_strategies_load_the_same_graph(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Region, Shop, Good])?);
    let mut random = fastrand::Rng::with_seed(7);
    random_graph(&mut session, &mut random)?;
    let sorted = select(entity::<Region>()).order_by((Region::COUNTRY, Region::CODE.desc()));
    let queries = [
        sorted.clone(),
        sorted.clone().filter(Region::COUNTRY.eq("c1")).limit(2),
        sorted.clone().join(Region::SHOPS).distinct(),
        sorted.offset(1).limit(3),
    ];
    for (number, query) in queries.into_iter().enumerate() {
        session.expunge_all();
        let regions = session.all(query.clone())?;
        let expected = print(&mut session, regions)?;
        for (first, shops) in strategies!(Region::SHOPS) {
            for (second, goods) in strategies!(Shop::GOODS) {
                let (third, back) = random.choice(strategies!(Good::SHOPS)).expect("there are some");
                let option = shops.clone().then(goods.then(back));
                session.expunge_all();
                let regions = session.all(query.clone().options(option))?;
                let printed = print(&mut session, regions)?;
                assert_eq!(printed, expected, "query {number} by {first}, {second}, {third}");
            }
        }
    }
    Ok(())
}
