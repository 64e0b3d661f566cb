//! Cascades through one-to-one, many-to-one and many-to-many, and the rows between.

use orm::prelude::*;
use orm::{DatabaseErrorKind, Result};

use crate::Db;
use crate::sent::{check_kinds, check_silence};

cases![
    a_replaced_one_to_one_is_an_orphan,
    a_one_to_one_goes_with_its_owner,
    a_cascade_from_the_child_reaches_its_parent,
    a_cascade_through_many_to_many_deletes_members,
    without_an_inverse_rows_between_go_too,
    both_sides_are_deleted_in_one_flush,
    a_link_made_on_both_sides_is_one_row,
    a_link_that_is_known_is_not_made_again,
    links_of_many_owners_share_statements,
    a_deleted_member_leaves_loaded_collections,
    clearing_many_to_many,
    expunge_and_save_update_through_many_to_many,
];

#[derive(Entity, Debug, Default)]
struct Car {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "car", cascade = "all, delete-orphan")]
    engine: HasOne<Motor>,
    #[entity(secondary = "car_driver", inverse = "cars", order_by = "id")]
    drivers: ManyToMany<Driver>,
    #[entity(secondary = "car_sticker", cascade = "all", order_by = "id")]
    stickers: ManyToMany<Sticker>,
}

#[derive(Entity, Debug, Default)]
struct Motor {
    #[entity(primary_key)]
    id: Auto<i64>,
    power: i32,
    #[entity(inverse = "engine")]
    car: BelongsTo<Car>,
}

#[derive(Entity, Debug, Default)]
struct Driver {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(secondary = "car_driver", inverse = "drivers", order_by = "id")]
    cars: ManyToMany<Car>,
}

/// Knows nothing of the cars that it is on.
#[derive(Entity, Debug, Default)]
struct Sticker {
    #[entity(primary_key)]
    id: Auto<i64>,
}

/// A ticket takes its stub along.
#[derive(Entity, Debug, Default)]
struct Ticket {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(cascade = "all")]
    stub: BelongsTo<Stub>,
}

#[derive(Entity, Debug, Default)]
struct Stub {
    #[entity(primary_key)]
    id: Auto<i64>,
}

fn cars(db: &Db) -> Result<Session> {
    Ok(Session::new(&db.engine(schema![Car, Motor, Driver, Sticker])?))
}

fn motor(power: i32) -> Motor {
    Motor { power, ..Motor::default() }
}

fn rows_of(session: &mut Session, name: &'static str) -> Result<i64> {
    session.one(select(count_all()).select_from(table(name)))
}

fn a_replaced_one_to_one_is_an_orphan(db: &Db) -> Result<()> {
    let mut session = cars(db)?;
    let car = session.add(Car { engine: HasOne::new(motor(50)), ..Car::default() });
    session.commit()?;
    let new = session.rel(car, Car::ENGINE).set(motor(90))?;
    session.commit()?;
    assert_eq!(session.all(select(Motor::POWER))?, [90]);
    assert_eq!(session.rel(car, Car::ENGINE).load()?, Some(new));
    session.rel(car, Car::ENGINE).clear()?;
    session.commit()?;
    assert_eq!(session.query::<Motor>().count()?, 0);
    Ok(())
}

fn a_one_to_one_goes_with_its_owner(db: &Db) -> Result<()> {
    let mut session = cars(db)?;
    let car = session.add(Car { engine: HasOne::new(motor(50)), ..Car::default() });
    session.commit()?;
    session.delete(car)?;
    session.commit()?;
    assert_eq!(session.query::<Motor>().count()?, 0);
    Ok(())
}

fn a_cascade_from_the_child_reaches_its_parent(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Ticket, Stub])?);
    let held = session.add(Ticket { stub: BelongsTo::new(Stub::default()), ..Ticket::default() });
    session.add(Ticket { stub: BelongsTo::new(Stub::default()), ..Ticket::default() });
    session.commit()?;
    session.delete(held)?;
    session.commit()?;
    // Also when the stub is not in memory.
    session.expunge_all();
    let other = session.query::<Ticket>().one()?;
    session.delete(other)?;
    assert_eq!(session.flush_plan()?.loads, ["Ticket.stub of 1 deleted"]);
    session.commit()?;
    assert_eq!(session.query::<Stub>().count()?, 0);
    Ok(())
}

fn a_cascade_through_many_to_many_deletes_members(db: &Db) -> Result<()> {
    let mut session = cars(db)?;
    let stickers = ManyToMany::of([Sticker::default(), Sticker::default()]);
    let car = session.add(Car { stickers, ..Car::default() });
    session.commit()?;
    session.delete(car)?;
    session.commit()?;
    assert_eq!(session.query::<Sticker>().count()?, 0);
    assert_eq!(rows_of(&mut session, "car_sticker")?, 0);
    Ok(())
}

fn without_an_inverse_rows_between_go_too(db: &Db) -> Result<()> {
    let mut session = cars(db)?;
    let car = session.add(Car::default());
    let stickers = session.rel(car, Car::STICKERS).extend([Sticker::default(), Sticker::default()])?;
    session.commit()?;
    session.rel(car, Car::STICKERS).remove(stickers[0])?;
    session.commit()?;
    assert_eq!(session.rel(car, Car::STICKERS).load()?, stickers[1..]);
    assert_eq!((rows_of(&mut session, "car_sticker")?, session.query::<Sticker>().count()?), (1, 2));
    Ok(())
}

fn both_sides_are_deleted_in_one_flush(db: &Db) -> Result<()> {
    let mut session = cars(db)?;
    let car = session.add(Car::default());
    let driver = session.rel(car, Car::DRIVERS).push(Driver::default())?;
    session.commit()?;
    session.delete(car)?;
    session.delete(driver)?;
    session.commit()?;
    assert_eq!(rows_of(&mut session, "car_driver")?, 0);
    assert_eq!(session.memory().entities, 0);
    Ok(())
}

fn a_link_made_on_both_sides_is_one_row(db: &Db) -> Result<()> {
    let mut session = cars(db)?;
    let (car, driver) = (session.add(Car::default()), session.add(Driver::default()));
    session.commit()?;
    session.rel(car, Car::DRIVERS).push(driver)?;
    session.rel(driver, Driver::CARS).push(car)?;
    session.commit()?;
    assert_eq!(rows_of(&mut session, "car_driver")?, 1);
    assert_eq!(session.rel(driver, Driver::CARS).load()?, [car]);
    Ok(())
}

fn a_link_that_is_known_is_not_made_again(db: &Db) -> Result<()> {
    let mut session = cars(db)?;
    let car = session.add(Car::default());
    session.rel(car, Car::DRIVERS).push(Driver::default())?;
    session.commit()?;
    session.expunge_all();
    let (car, driver) = (session.query::<Car>().one()?, session.query::<Driver>().one()?);
    // Nothing is loaded, and a push loads nothing: only the database knows of the row.
    session.rel(car, Car::DRIVERS).push(driver)?;
    let refused = session.flush().unwrap_err();
    assert_eq!(refused.database_kind(), Some(DatabaseErrorKind::UniqueViolation), "{refused}");
    session.rollback()?;
    session.rel(car, Car::DRIVERS).load()?;
    session.rel(car, Car::DRIVERS).push(driver)?;
    session.commit()?;
    assert_eq!(rows_of(&mut session, "car_driver")?, 1);
    Ok(())
}

fn links_of_many_owners_share_statements(db: &Db) -> Result<()> {
    let mut session = cars(db)?;
    let drivers = session.add_all((0..10).map(|_| Driver::default()));
    for _ in 0..20 {
        let car = session.add(Car::default());
        session.rel(car, Car::DRIVERS).extend(drivers.clone())?;
    }
    let recorder = session.engine().record();
    session.commit()?;
    check_kinds(&recorder, "begin insert insert insert commit");
    assert_eq!(rows_of(&mut session, "car_driver")?, 200);
    Ok(())
}

fn a_deleted_member_leaves_loaded_collections(db: &Db) -> Result<()> {
    let engine = db.engine(schema![Car, Motor, Driver, Sticker])?;
    let mut session = Session::builder(&engine).expire_on_commit(false).build();
    let car = session.add(Car::default());
    let drivers = session.rel(car, Car::DRIVERS).extend([Driver::default(), Driver::default()])?;
    session.commit()?;
    session.delete(drivers[0])?;
    session.commit()?;
    let recorder = engine.record();
    assert_eq!(session.rel(car, Car::DRIVERS).load()?, drivers[1..]);
    check_silence(&recorder);
    Ok(())
}

fn clearing_many_to_many(db: &Db) -> Result<()> {
    let mut session = cars(db)?;
    let car = session.add(Car::default());
    session.rel(car, Car::DRIVERS).extend([Driver::default(), Driver::default()])?;
    session.commit()?;
    session.rel(car, Car::DRIVERS).set(Vec::<Key<Driver>>::new())?;
    session.commit()?;
    assert_eq!((rows_of(&mut session, "car_driver")?, session.query::<Driver>().count()?), (0, 2));
    Ok(())
}

fn expunge_and_save_update_through_many_to_many(db: &Db) -> Result<()> {
    let mut session = cars(db)?;
    let stickers = ManyToMany::of([Sticker::default()]);
    let car = session.add(Car { stickers, drivers: ManyToMany::of([Driver::default()]), ..Car::default() });
    session.commit()?;
    session.load(car)?;
    session.rel(car, Car::STICKERS).load()?;
    session.rel(car, Car::DRIVERS).load()?;
    // `all` takes the sticker along; the driver stays.
    session.expunge(car)?;
    assert_eq!((session.held::<Sticker>().len(), session.held::<Driver>().len()), (0, 1));
    Ok(())
}
