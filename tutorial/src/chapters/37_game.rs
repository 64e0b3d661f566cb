//! Chapter 37: a game in the database: the ideas of Space Invaders, in rows and queries.

use orm::prelude::*;

use crate::Stage;

// ANCHOR: classes
#[derive(Entity, Debug)]
#[entity(inheritance = "single", discriminator = "type")]
enum Glyph {
    Picture(Picture),
    Army(Army),
    Missile(Missile),
}

#[derive(Entity, Debug, Default)]
#[entity(table = "glyph", root = "Glyph")]
struct Picture {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 10)]
    name: String,
    width: i32,
    height: i32,
}

#[derive(Entity, Debug, Default)]
#[entity(root = "Glyph")]
struct Army {
    #[entity(base)]
    picture: Picture,
}

#[derive(Entity, Debug, Default)]
#[entity(root = "Glyph")]
struct Missile {
    #[entity(base)]
    picture: Picture,
}
// ANCHOR_END: classes

// ANCHOR: coordinate
#[derive(Entity, Debug, Default)]
#[entity(table = "glyph_coordinate")]
struct Coordinate {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(lazy = "joined")] // a row of the field comes with its picture
    glyph: BelongsTo<Glyph>,
    x: i32,
    y: i32,
    score: Option<i32>,
}
// ANCHOR_END: coordinate

fn picture(name: &str, width: i32, height: i32) -> Picture {
    Picture { name: name.into(), width, height, ..Picture::default() }
}

// ANCHOR: start
fn start(session: &mut Session) -> orm::Result<Key<Coordinate>> {
    let enemy = session.add(Army { picture: picture("enemy", 7, 3) });
    let shot = session.add(Missile { picture: picture("missile", 1, 1) });
    for x in [0, 10, 20] {
        let glyph = BelongsTo::to(enemy);
        session.add(Coordinate {
            glyph,
            x,
            y: 12,
            score: Some(25),
            ..Coordinate::default()
        });
    }
    let glyph = BelongsTo::to(shot);
    let missile =
        session.add(Coordinate { glyph, x: 13, y: 18, ..Coordinate::default() });
    session.flush()?;
    Ok(missile)
}
// ANCHOR_END: start

// ANCHOR: march
fn march(session: &mut Session, by: i32) -> orm::Result<()> {
    let army = Coordinate::GLYPH.has(Glyph::TYPE.eq("army"));
    for enemy in session.query::<Coordinate>().filter(army).all()? {
        session[enemy].x += by; // three edits, one UPDATE
    }
    session.flush()
}
// ANCHOR_END: march

// ANCHOR: hit
fn hit(
    session: &mut Session,
    missile: Key<Coordinate>,
) -> orm::Result<Option<Key<Coordinate>>> {
    let (x, y) = (session[missile].x, session[missile].y);
    let right = Coordinate::X + Picture::WIDTH;
    let bottom = Coordinate::Y + Picture::HEIGHT;
    let query = session.query::<Coordinate>().join(Coordinate::GLYPH);
    let inside =
        Coordinate::X.le(x).and(right.gt(x)).and(Coordinate::Y.le(y)).and(bottom.gt(y));
    query.filter(Glyph::TYPE.eq("army").and(inside)).first()
}
// ANCHOR_END: hit

// ANCHOR: tick
fn tick(session: &mut Session, missile: Key<Coordinate>) -> orm::Result<i32> {
    session[missile].y -= 4; // the query below flushes the move
    let Some(enemy) = hit(session, missile)? else { return Ok(0) };
    let score = session[enemy].score.unwrap_or(0);
    session.delete(enemy)?;
    session.delete(missile)?;
    session.flush()?;
    Ok(score)
}
// ANCHOR_END: tick

// ANCHOR: state
fn left(session: &mut Session) -> orm::Result<(i64, Option<i32>)> {
    let army = Coordinate::GLYPH.has(Glyph::TYPE.eq("army"));
    session.one(select((count_all(), max(Coordinate::X))).filter(army))
}
// ANCHOR_END: state

pub(crate) fn run(stage: &Stage) -> crate::Result<()> {
    let engine = stage.engine();
    engine.create_all(schema![Glyph, Coordinate])?;
    let mut session = Session::new(engine);
    let missile = stage.step("start", || start(&mut session))?;
    stage.step("march", || march(&mut session, 1))?;
    assert_eq!(tick(&mut session, missile)?, 25);
    session.rollback()?;
    let mut session = Session::new(engine);
    let missile = start(&mut session)?;
    assert_eq!(stage.step("tick", || tick(&mut session, missile))?, 25);
    assert_eq!(stage.step("state", || left(&mut session))?, (2, Some(20)));
    Ok(())
}
