//! Bulk statements that memory follows: hierarchies, columns of several types, and members of a map.

use bigdecimal::BigDecimal;
use orm::Result;
use orm::prelude::*;

use crate::Db;
use crate::sent::check_kinds;

cases![
    classes_of_one_table_follow,
    classes_of_joined_tables_follow,
    classes_of_whole_tables_follow,
    numbers_are_as_their_columns_hold_them,
    a_map_finds_members_under_their_new_keys,
];

mod zoo {
    use orm::prelude::*;

    #[derive(Entity, Debug)]
    #[entity(inheritance = "single")]
    pub(super) enum Animal {
        Beast(Beast),
        Bird(Bird),
    }

    #[derive(Entity, Debug, Default)]
    #[entity(table = "beast", root = "Animal")]
    pub(super) struct Beast {
        #[entity(primary_key)]
        pub(super) id: Auto<i64>,
        pub(super) weight: i64,
    }

    #[derive(Entity, Debug, Default)]
    #[entity(root = "Animal")]
    pub(super) struct Bird {
        #[entity(base)]
        pub(super) beast: Beast,
        pub(super) wings: i64,
    }
}

fn classes_of_one_table_follow(db: &Db) -> Result<()> {
    use zoo::{Animal, Beast, Bird};
    let mut session = Session::new(&db.engine(schema![Animal])?);
    let cow = session.add(Beast { weight: 500, ..Beast::default() });
    let owl = session.add(Bird { beast: Beast { weight: 2, ..Beast::default() }, wings: 2 });
    session.flush()?;
    let recorder = session.engine().record();
    session.execute_synchronized(update("beast").set(Beast::WEIGHT, Beast::WEIGHT + 1), Synchronize::Evaluate)?;
    let lame = update("beast").set(Bird::WINGS, 1).filter(Bird::WINGS.eq(2));
    assert_eq!(session.execute_synchronized(lame, Synchronize::Evaluate)?, 1);
    assert_eq!((session[cow].weight, session[owl].beast.weight, session[owl].wings), (501, 3, 1));
    session.execute_synchronized(delete("beast").filter(Beast::WEIGHT.gt(100)), Synchronize::Evaluate)?;
    assert_eq!((session.state(cow)?, session.state(owl)?), (State::Deleted, State::Persistent));
    session.load(owl)?;
    check_kinds(&recorder, "update update delete");
    session.rollback()?;
    Ok(())
}

mod staff {
    use orm::prelude::*;

    #[derive(Entity, Debug)]
    #[entity(inheritance = "joined")]
    pub(super) enum Person {
        Employee(Employee),
        Manager(Manager),
    }

    #[derive(Entity, Debug, Default)]
    #[entity(table = "employee", root = "Person")]
    pub(super) struct Employee {
        #[entity(primary_key)]
        pub(super) id: Auto<i64>,
        pub(super) salary: i64,
    }

    #[derive(Entity, Debug, Default)]
    #[entity(table = "manager", root = "Person")]
    pub(super) struct Manager {
        #[entity(base)]
        pub(super) employee: Employee,
        pub(super) bonus: i64,
    }
}

fn classes_of_joined_tables_follow(db: &Db) -> Result<()> {
    use staff::{Employee, Manager, Person};
    let mut session = Session::new(&db.engine(schema![Person])?);
    let clerk = session.add(Employee { salary: 10, ..Employee::default() });
    let boss = session.add(Manager { employee: Employee { salary: 20, ..Employee::default() }, bonus: 7 });
    session.commit()?;
    session.query::<Person>().all()?;
    let recorder = session.engine().record();
    session
        .execute_synchronized(update("employee").set(Employee::SALARY, Employee::SALARY * 2), Synchronize::Evaluate)?;
    session.execute_synchronized(
        update("manager").set(Manager::BONUS, 8).filter(Manager::BONUS.eq(7)),
        Synchronize::Evaluate,
    )?;
    assert_eq!((session[clerk].salary, session[boss].employee.salary, session[boss].bonus), (20, 40, 8));
    session.load(boss)?;
    check_kinds(&recorder, "update update");
    let id = session[clerk].id.get().unwrap_or_default();
    session.execute_synchronized(delete("employee").filter(Employee::ID.eq(id)), Synchronize::Evaluate)?;
    assert!(session.load(clerk).is_err());
    assert_eq!(session.load(boss)?.bonus, 8);
    session.rollback()?;
    assert_eq!(session.load(clerk)?.salary, 10);
    Ok(())
}

mod fleet {
    use orm::prelude::*;

    #[derive(Entity, Debug)]
    #[entity(inheritance = "concrete")]
    pub(super) enum Vehicle {
        Cart(Cart),
        Truck(Truck),
    }

    #[derive(Entity, Debug, Default)]
    #[entity(table = "cart", root = "Vehicle")]
    pub(super) struct Cart {
        #[entity(primary_key)]
        pub(super) id: Auto<i64>,
        pub(super) load: i64,
    }

    #[derive(Entity, Debug, Default)]
    #[entity(table = "truck", root = "Vehicle")]
    pub(super) struct Truck {
        #[entity(base)]
        pub(super) cart: Cart,
        pub(super) axles: i64,
    }
}

fn classes_of_whole_tables_follow(db: &Db) -> Result<()> {
    use fleet::{Cart, Truck, Vehicle};
    let mut session = Session::new(&db.engine(schema![Vehicle])?);
    // Both have the key 1, each in a table of its own.
    let cart = session.add(Cart { load: 10, ..Cart::default() });
    let truck = session.add(Truck { cart: Cart { load: 900, ..Cart::default() }, axles: 3 });
    session.flush()?;
    let recorder = session.engine().record();
    let load = table("truck").column::<i64>("load");
    let heavier = update("truck").set(load.clone(), load.clone() + 1).filter(load.gt(5));
    assert_eq!(session.execute_synchronized(heavier, Synchronize::Evaluate)?, 1);
    assert_eq!((session[cart].load, session[truck].cart.load), (10, 901));
    session.execute_synchronized(update("truck").set(Truck::AXLES, 4), Synchronize::Evaluate)?;
    session.execute_synchronized(update("cart").set(Cart::LOAD, 11), Synchronize::Evaluate)?;
    assert_eq!((session[cart].load, session[truck].cart.load, session[truck].axles), (11, 901, 4));
    session.execute_synchronized(delete("cart").filter(Cart::ID.eq(1)), Synchronize::Evaluate)?;
    assert_eq!((session.state(cart)?, session.state(truck)?), (State::Deleted, State::Persistent));
    check_kinds(&recorder, "update update update delete");
    // Keys that the database returns do not tell the class.
    session.execute_synchronized(update("truck").set(Truck::AXLES, 5), Synchronize::Fetch)?;
    assert!(session.is_expired(truck)?);
    assert_eq!(session.load(truck)?.axles, 5);
    session.rollback()?;
    assert_eq!(session.query::<Vehicle>().count()?, 0);
    Ok(())
}

#[derive(Entity, Debug, Default)]
struct Reading {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(precision = 10, scale = 2)]
    amount: BigDecimal,
    ratio: f64,
    small: i16,
    is_final: bool,
}

fn numbers_are_as_their_columns_hold_them(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Reading])?);
    let number = |text: &str| text.parse::<BigDecimal>().unwrap_or_default();
    let readings = [("1.11", 0.5, 7), ("-1.11", -2.25, -7), ("0.03", 0.0, 0)].map(|(amount, ratio, small)| Reading {
        amount: number(amount),
        ratio,
        small,
        ..Reading::default()
    });
    let keys = session.add_all(readings);
    session.flush()?;
    let changed = update("reading")
        .set(Reading::AMOUNT, Reading::AMOUNT * number("1.5"))
        .set(Reading::RATIO, Reading::RATIO * 3.0)
        .set(Reading::SMALL, Reading::SMALL / 2)
        .set(Reading::IS_FINAL, true);
    let recorder = session.engine().record();
    session.execute_synchronized(changed.clone(), Synchronize::Evaluate)?;
    session.execute_synchronized(changed.filter(Reading::AMOUNT.gt(number("0.04"))), Synchronize::Evaluate)?;
    check_kinds(&recorder, "update update");
    for key in &keys {
        assert!(!session.is_expired(*key)?);
    }
    let in_memory: Vec<_> = keys.iter().map(|key| copy(&session[*key])).collect();
    session.expire_all();
    for (key, memory) in keys.iter().zip(in_memory) {
        let row = session.load(*key)?;
        let values = |it: &Reading| (it.amount.clone(), it.ratio, it.small, it.is_final);
        assert_eq!(values(&memory), values(row));
    }
    assert_eq!(session[keys[1]].amount, number("-1.67"));
    Ok(())
}

fn copy(it: &Reading) -> Reading {
    let (amount, ratio) = (it.amount.clone(), it.ratio);
    Reading { amount, ratio, small: it.small, is_final: it.is_final, ..Reading::default() }
}

#[derive(Entity, Debug, Default)]
struct Rack {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "rack", key = "place", order_by = "id")]
    boxes: HasMany<Chest>,
}

#[derive(Entity, Debug, Default)]
struct Chest {
    #[entity(primary_key)]
    id: Auto<i64>,
    place: i64,
    #[entity(inverse = "boxes")]
    rack: BelongsTo<Rack>,
}

fn a_map_finds_members_under_their_new_keys(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Rack, Chest])?);
    let rack = session.add(Rack::default());
    let mut chests = Vec::new();
    for place in 0..20 {
        chests.push(session.rel(rack, Rack::BOXES).insert(Chest { place, ..Chest::default() })?);
    }
    session.flush()?;
    assert_eq!(session.rel(rack, Rack::BOXES).get(&3)?, Some(chests[3]));
    let recorder = session.engine().record();
    session.execute_synchronized(update("chest").set(Chest::PLACE, Chest::PLACE + 100), Synchronize::Evaluate)?;
    assert_eq!(session.rel(rack, Rack::BOXES).get(&103)?, Some(chests[3]));
    assert_eq!(session.rel(rack, Rack::BOXES).get(&3)?, None);
    session.execute_synchronized(delete("chest").filter(Chest::PLACE.eq(103)), Synchronize::Evaluate)?;
    assert_eq!(session.rel(rack, Rack::BOXES).get(&103)?, None);
    assert_eq!(session.rel(rack, Rack::BOXES).load()?.len(), 19);
    check_kinds(&recorder, "update delete");
    Ok(())
}
