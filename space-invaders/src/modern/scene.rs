//! The picture of a battle, from the tables alone: of the battle that goes on, of one that somebody else plays, of a tick in the past.

use orm::prelude::*;

use super::rules::{Modern, Standing};
use super::tables::{Battle, PastBattle, PastCoordinate, PastPlayer, Player, Stage};
use crate::models::{Coordinate, Picture};
use crate::scene::{Scene, Sprite};
use crate::why::Rule;

/// Ticks between two blinks of a ship that no bomb harms.
const BLINK: i32 = 6;

/// A game that somebody else plays, read from its tables.
#[derive(Debug)]
pub struct Spectator {
    session: Session,
}

/// What the picture shows beside the field.
struct Status {
    level: i32,
    tick: i32,
    flip: bool,
    /// Name, points, ships, key of the ship, tick until which it blinks.
    players: Vec<(String, i32, i32, Option<i64>, i32)>,
}

/// A row of the field, present or past.
struct Shown {
    id: Option<i64>,
    glyph: Key<Picture>,
    x: i32,
    y: i32,
    tick: Option<i32>,
    label: Option<String>,
}

impl Spectator {
    /// Looks at the game of a database.
    pub fn new(engine: &Engine) -> Self {
        Self { session: Session::new(engine) }
    }

    /// Draws the game as its tables are now, and tells whether it is over. `None` while there is no game.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn scene(&mut self) -> orm::Result<Option<(Scene, Stage)>> {
        let stage = self.session.scalar(select(Battle::STAGE).limit(1))?;
        let scene = match stage {
            Some(stage) => Some((present(&mut self.session)?.0, stage)),
            None => None,
        };
        self.session.close()?;
        Ok(scene)
    }
}

impl Modern {
    /// Draws the field: one SELECT for the players and one for the rows. Drawing changes nothing.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn scene(&mut self) -> orm::Result<Scene> {
        self.trace.rule(Rule::Draw);
        if self.waits().is_none() {
            let drawn = present(&mut self.session);
            if let Some((scene, shown)) = self.unless_begun_anew(drawn)? {
                if self.guest.is_some() && shown.players.len() < 2 {
                    self.wait_for(Some(String::new()));
                }
                self.shown = shown;
                if self.prepared.is_none() {
                    self.session.rollback()?;
                }
                return Ok(scene);
            }
        }
        self.shown = Standing::default();
        Ok(self.waiting_room())
    }

    /// Draws what a guest sees while there is no battle.
    fn waiting_room(&self) -> Scene {
        let error = self.waits().unwrap_or_default().lines().take(3);
        Scene::of_lines(["waiting for the first player", ""].into_iter().chain(error))
    }

    /// Draws a tick that is remembered.
    ///
    /// # Errors
    /// Whatever the database says; [`orm::Error::NoResultFound`] for a tick that is not remembered.
    pub fn scene_at(&mut self, tick: i32) -> orm::Result<Scene> {
        self.trace.rule(Rule::Past);
        let scene = past(&mut self.session, tick)?;
        self.session.rollback()?;
        Ok(scene)
    }
}

fn present(session: &mut Session) -> orm::Result<(Scene, Standing)> {
    let players = session.query::<Player>().options(joined(Player::BATTLE)).order_by(Player::NUMBER).all()?;
    let mut standing = Standing::default();
    let mut status = Status { level: 0, tick: 0, flip: false, players: Vec::new() };
    for key in players {
        let battle = session.rel(key, Player::BATTLE).one()?;
        let Battle { level, tick, flip, stage, .. } = session[battle];
        standing.stage = stage;
        (status.level, status.tick, status.flip) = (level, tick, flip);
        let Player { name, score, lives, ship, safe_until, .. } = &session[key];
        standing.players.push((name.clone(), *score, *lives));
        status.players.push((name.clone(), *score, *lives, ship.id().copied(), *safe_until));
    }
    let rows = session.query::<Coordinate>().options(joined(Coordinate::GLYPH)).order_by(Coordinate::ID).all()?;
    let mut shown = Vec::with_capacity(rows.len());
    for key in rows {
        let glyph = session.rel(key, Coordinate::GLYPH).one()?;
        let Coordinate { id, x, y, tick, label, .. } = &session[key];
        shown.push(Shown { id: id.get(), glyph, x: *x, y: *y, tick: *tick, label: label.clone() });
    }
    (standing.level, standing.tick) = (status.level, status.tick);
    Ok((draw(session, &status, shown), standing))
}

fn past(session: &mut Session, at: i32) -> orm::Result<Scene> {
    let (level, flip) = session.one(select((PastBattle::LEVEL, PastBattle::FLIP)).filter(PastBattle::TICK.eq(at)))?;
    let names = (Player::NAME, PastPlayer::SCORE, PastPlayer::LIVES, PastPlayer::SHIP_ID, PastPlayer::SAFE_UNTIL);
    let players = select(names).join_on::<PastPlayer>(PastPlayer::PLAYER_ID.eq(Player::ID));
    let players = session.all(players.filter(PastPlayer::TICK.eq(at)).order_by(Player::NUMBER))?;
    let status = Status { level, tick: at, flip, players };
    let valid = PastCoordinate::FROM_TICK.le(at).and(PastCoordinate::TO_TICK.gt(at));
    let rows = session.query::<PastCoordinate>().filter(valid).options(joined(PastCoordinate::GLYPH));
    let mut shown = Vec::new();
    for key in rows.order_by(PastCoordinate::COORDINATE_ID).all()? {
        let glyph = session.rel(key, PastCoordinate::GLYPH).one()?;
        let PastCoordinate { coordinate_id, x, y, tick, label, .. } = &session[key];
        shown.push(Shown { id: Some(*coordinate_id), glyph, x: *x, y: *y, tick: *tick, label: label.clone() });
    }
    Ok(draw(session, &status, shown))
}

fn draw(session: &Session, status: &Status, mut shown: Vec<Shown>) -> Scene {
    let mut scene = Scene::empty();
    // A message covers what stands below it.
    shown.sort_by_key(|row| matches!(session[row.glyph], Picture::Message(_)));
    for row in &shown {
        let blinks = |(_, _, _, ship, until): &(String, i32, i32, Option<i64>, i32)| {
            *ship == row.id && *until > status.tick && status.tick / BLINK % 2 == 1
        };
        if row.id.is_some() && status.players.iter().any(blinks) {
            continue;
        }
        let age = status.tick - row.tick.unwrap_or_default();
        let sprite = Sprite { x: row.x, y: row.y, picture: &session[row.glyph], age, label: row.label.as_deref() };
        scene.place(&sprite, status.flip);
    }
    let line = status.players.iter().map(|(name, score, lives, ..)| {
        let ships = usize::try_from(*lives).unwrap_or_default();
        format!("{} {name} {score:04}", if ships > 5 { format!("♥x{ships}") } else { "♥".repeat(ships) })
    });
    let line = line.collect::<Vec<_>>().join("   ");
    scene.write(2, 1, &format!("LEVEL {}   {}", status.level, line.trim_start()));
    scene
}
