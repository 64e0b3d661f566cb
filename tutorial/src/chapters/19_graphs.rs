//! Chapter 19: graphs: two foreign keys to one table.

use orm::prelude::*;

use crate::Stage;

// ANCHOR: model
#[derive(Entity, Debug, Default)]
struct Town {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 30)]
    name: String,
    #[entity(inverse = "origin", order_by = "target", lazy = "peers")]
    departures: HasMany<Flight>,
    #[entity(inverse = "target", order_by = "origin", lazy = "peers")]
    arrivals: HasMany<Flight>,
}

#[derive(Entity, Debug, Default)]
struct Flight {
    #[entity(primary_key, inverse = "departures", lazy = "peers")]
    origin: BelongsTo<Town>,
    #[entity(primary_key, inverse = "arrivals", lazy = "peers")]
    target: BelongsTo<Town>,
    minutes: i32,
}
// ANCHOR_END: model

// ANCHOR: build
fn build(session: &mut Session) -> orm::Result<()> {
    let town = |name: &str| Town { name: name.into(), ..Town::default() };
    let towns = session.add_all(["Oslo", "Rome", "Paris", "Cork"].map(town));
    for (from, to, minutes) in [(0, 1, 190), (0, 2, 150), (2, 1, 125), (1, 0, 190)] {
        let [origin, target] = [from, to].map(|at: usize| BelongsTo::to(towns[at]));
        session.add(Flight { origin, target, minutes });
    }
    session.commit()
}
// ANCHOR_END: build

// ANCHOR: from
fn reached_from(session: &mut Session, town: Key<Town>) -> orm::Result<Vec<String>> {
    let mut names = Vec::new();
    for flight in session.rel(town, Town::DEPARTURES).load()? {
        let target = session.rel(flight, Flight::TARGET).one()?;
        names.push(session[target].name.clone());
    }
    Ok(names)
}
// ANCHOR_END: from

// ANCHOR: search
fn hops(session: &mut Session, from: Key<Town>) -> orm::Result<Vec<(Key<Town>, usize)>> {
    let mut reached = vec![(from, 0)];
    let mut at = 0;
    while let Some((town, steps)) = reached.get(at).copied() {
        for flight in session.rel(town, Town::DEPARTURES).load()? {
            let target = session.rel(flight, Flight::TARGET).one()?;
            if !reached.iter().any(|(known, _)| *known == target) {
                reached.push((target, steps + 1));
            }
        }
        at += 1;
    }
    Ok(reached)
}
// ANCHOR_END: search

// ANCHOR: join
fn two_hops(session: &mut Session) -> orm::Result<Vec<(String, String)>> {
    let (first, second) = (alias::<Flight>("first"), alias::<Flight>("second"));
    let end = alias::<Town>("destination");
    let follows = second.column(Flight::ORIGIN_ID).eq(first.column(Flight::TARGET_ID));
    let query = select((Town::NAME, end.column(Town::NAME)))
        .join(Town::DEPARTURES.onto(&first))
        .join_to(&second, follows)
        .join_to(&end, end.column(Town::ID).eq(second.column(Flight::TARGET_ID)))
        .filter(end.column(Town::ID).ne(Town::ID))
        .order_by((Town::NAME, end.column(Town::NAME)));
    session.all(query)
}
// ANCHOR_END: join

// ANCHOR: ambiguous
fn ambiguous(session: &mut Session) -> orm::Result<Vec<(String, i32)>> {
    session.all(select((Town::NAME, Flight::MINUTES)).join_entity::<Flight>())
}
// ANCHOR_END: ambiguous

pub(crate) fn run(stage: &Stage) -> crate::Result<()> {
    let engine = stage.engine();
    engine.create_all(schema![Town, Flight])?;
    stage.step("build", || build(&mut Session::new(engine)))?;
    let mut session = Session::new(engine);
    let towns = session.query::<Town>().order_by(Town::ID).all()?;
    assert_eq!(
        stage.step("from", || reached_from(&mut session, towns[0]))?,
        ["Rome", "Paris"]
    );
    let reached = stage.step("search", || hops(&mut session, towns[2]))?;
    assert_eq!(reached, [(towns[2], 0), (towns[1], 1), (towns[0], 2)]);
    let pairs = stage.step("join", || two_hops(&mut session))?;
    assert_eq!(pairs.len(), 3);
    stage.refused("ambiguous", || ambiguous(&mut session))?;
    Ok(())
}
