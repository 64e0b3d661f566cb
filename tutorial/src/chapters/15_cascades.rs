//! Chapter 15: cascades: what a deletion or a removal takes along.

use orm::prelude::*;

use crate::Stage;

// ANCHOR: team
#[derive(Entity, Debug, Default)]
struct Team {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 30)]
    name: String,
    #[entity(inverse = "team", order_by = "id")] // the default: save-update, merge
    players: HasMany<Player>,
}

#[derive(Entity, Debug, Default)]
struct Player {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 30)]
    name: String,
    #[entity(inverse = "players")]
    team: BelongsTo<Option<Team>>, // may be without a team
}
// ANCHOR_END: team

// ANCHOR: order
#[derive(Entity, Debug, Default)]
#[entity(table = "orders")]
struct Order {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 30)]
    customer: String,
    #[entity(inverse = "order", order_by = "id", cascade = "all, delete-orphan")]
    lines: HasMany<Line>,
}

#[derive(Entity, Debug, Default)]
struct Line {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 30)]
    item: String,
    #[entity(inverse = "lines")]
    order: BelongsTo<Order>, // no line without an order
}
// ANCHOR_END: order

// ANCHOR: machine
#[derive(Entity, Debug, Default)]
struct Machine {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "machine", cascade = "all, delete-orphan", passive_deletes)]
    readings: HasMany<Reading>,
}

#[derive(Entity, Debug, Default)]
struct Reading {
    #[entity(primary_key)]
    id: Auto<i64>,
    value: i64,
    #[entity(inverse = "readings", on_delete = "cascade")]
    machine: BelongsTo<Machine>,
}
// ANCHOR_END: machine

// ANCHOR: house
#[derive(Entity, Debug, Default)]
struct House {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "house")] // no delete cascade ...
    rooms: HasMany<Room>,
}

#[derive(Entity, Debug, Default)]
struct Room {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "rooms")]
    house: BelongsTo<House>, // ... and a foreign key that may not be NULL
}
// ANCHOR_END: house

fn line(item: &str) -> Line {
    Line { item: item.into(), ..Line::default() }
}

fn order_of_two(session: &mut Session) -> Key<Order> {
    let lines = HasMany::of([line("mug"), line("hat")]);
    session.add(Order { customer: "john".into(), lines, ..Order::default() })
}

// ANCHOR: save
fn save(session: &mut Session) -> orm::Result<Key<Order>> {
    let lines = HasMany::of([line("mug"), line("hat")]);
    let order = session.add(Order { customer: "john".into(), lines, ..Order::default() });
    assert_eq!(session.pending::<Line>().len(), 2); // added with the order
    session.commit()?;
    Ok(order)
}
// ANCHOR_END: save

// ANCHOR: let-go
fn let_go(session: &mut Session, team: Key<Team>) -> orm::Result<()> {
    session.delete(team)?;
    session.commit()
}
// ANCHOR_END: let-go

// ANCHOR: delete
fn delete_order(session: &mut Session, order: Key<Order>) -> orm::Result<()> {
    session.delete(order)?;
    session.commit()
}
// ANCHOR_END: delete

// ANCHOR: orphan
fn orphan(session: &mut Session, order: Key<Order>) -> orm::Result<()> {
    let lines = session.rel(order, Order::LINES).load()?;
    session.rel(order, Order::LINES).remove(lines[0])?;
    session.commit()
}
// ANCHOR_END: orphan

// ANCHOR: passive
fn passive(session: &mut Session, machine: Key<Machine>) -> orm::Result<()> {
    session.delete(machine)?;
    session.commit()
}
// ANCHOR_END: passive

// ANCHOR: refused
fn tear_down(session: &mut Session, house: Key<House>) -> orm::Result<()> {
    session.delete(house)?;
    session.commit()
}
// ANCHOR_END: refused

pub(crate) fn run(stage: &Stage) -> crate::Result<()> {
    let engine = stage.engine();
    engine
        .create_all(schema![Team, Player, Order, Line, Machine, Reading, House, Room])?;
    let mut session = Session::new(engine);
    stage.step("save", || save(&mut session))?;
    let players =
        ["ann", "bob"].map(|name| Player { name: name.into(), ..Player::default() });
    let team =
        Team { name: "red".into(), players: HasMany::of(players), ..Team::default() };
    let team = session.add(team);
    let orders = [order_of_two(&mut session), order_of_two(&mut session)];
    let readings =
        HasMany::of((1..=50).map(|value| Reading { value, ..Reading::default() }));
    let machine = session.add(Machine { readings, ..Machine::default() });
    let rooms = HasMany::of([Room::default(), Room::default()]);
    let house = session.add(House { rooms, ..House::default() });
    session.commit()?;
    stage.step("let-go", || let_go(&mut session, team))?;
    stage.step("delete", || delete_order(&mut session, orders[0]))?;
    stage.step("orphan", || orphan(&mut session, orders[1]))?;
    let mut fresh = Session::new(engine);
    let machine_id = session.load(machine)?.id.get().unwrap_or_default();
    session.rollback()?; // a read that is open would keep SQLite from committing
    if let Some(machine) = fresh.get::<Machine>(machine_id)? {
        stage.step("passive", || passive(&mut fresh, machine))?;
    }
    assert_eq!(fresh.query::<Reading>().count()?, 0);
    fresh.rollback()?;
    stage.refused("refused", || tear_down(&mut session, house))?;
    Ok(())
}
