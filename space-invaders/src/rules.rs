//! The rules: each question about the field is a query, each change of it an edit that the next query flushes.
//!
//! The rules know no terminal and no clock. Nothing is committed after the glyphs: the whole game is one transaction.

use orm::prelude::*;

use crate::bounds::{Bounds, MAX_X};
use crate::keys;
use crate::models::{Coordinate, Glyph, Picture};
use crate::pictures::add_glyphs;
use crate::why::{Rule, Trace};

/// Classes that a missile can hit.
const ENEMIES: [&str; 3] = ["enemy", "army", "saucer"];
/// Rows of the army from the top: picture, row, points.
const ARMY: [(&str, i32, i32); 5] =
    [("enemy3", 5, 50), ("enemy2", 9, 25), ("enemy1", 13, 10), ("enemy2", 17, 25), ("enemy1", 21, 10)];
/// Columns of the army.
const COLUMNS: [i32; 5] = [0, 10, 20, 30, 40];
/// Ticks between two saucers.
const SAUCER_EVERY: i32 = 500;
/// Ticks after which a splat disappears.
const SPLAT_LIFE: i32 = 10;

/// Side that the army moves to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Heading {
    /// Towards greater columns.
    #[default]
    Right,
    /// Towards column 0.
    Left,
}

/// State between two steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The start message waits for a key.
    Start,
    /// The game goes on.
    Playing,
    /// The pause message waits for a key.
    Paused,
    /// No enemy is left; [`Game::next_round`] starts the next round.
    Won,
    /// The army has landed; [`Game::next_round`] starts again without points.
    Lost,
}

/// Numbers of a round that are no row in the classic game, as in the original.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Ticks since the round began.
    pub tick: i32,
    /// Points.
    pub score: i32,
    /// Side that the army moves to.
    pub heading: Heading,
    /// Whether the army shows its second picture.
    pub flip: bool,
}

/// Events of a round, counted for the outcome line. No rule reads them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Moves of the army, drops included.
    pub moves: u32,
    /// Moves of the army towards the ground.
    pub drops: u32,
    /// Saucers that appeared.
    pub saucers: u32,
    /// Saucers that left the field unharmed.
    pub left: u32,
}

/// A running game: its session, and the keys of the rows that the rules return to.
#[derive(Debug)]
pub struct Game {
    pub(crate) session: Session,
    pub(crate) state: State,
    pub(crate) trace: Trace,
    tally: Tally,
    phase: Phase,
    /// Steps since the end of the round.
    pub(crate) rested: u32,
    ship: Option<Key<Coordinate>>,
    missile: Option<Key<Coordinate>>,
    saucer: Option<Key<Coordinate>>,
    message: Option<Key<Coordinate>>,
    /// Members of the army, as this tick's count said, less the one that was hit since.
    army: i64,
    /// Rows that the message covers.
    pub(crate) covered: Vec<Key<Coordinate>>,
    chance: fastrand::Rng,
}

/// Makes the tables anew and commits the glyphs.
///
/// # Errors
/// Whatever the database says.
pub fn set_up(engine: &Engine) -> orm::Result<()> {
    engine.drop_all(schema![Picture, Coordinate])?;
    engine.create_all(schema![Picture, Coordinate])?;
    let mut session = Session::new(engine);
    add_glyphs(&mut session);
    session.commit()
}

impl Game {
    /// Opens a game on tables that [`set_up`] has made, and shows the start message. Chance, which is the worth of
    /// saucers, follows from the seed.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn new(engine: &Engine, seed: u64) -> orm::Result<Self> {
        let mut game = Self {
            session: Session::new(engine),
            state: State::default(),
            trace: Trace::default(),
            tally: Tally::default(),
            phase: Phase::Start,
            rested: 0,
            ship: None,
            missile: None,
            saucer: None,
            message: None,
            army: 0,
            covered: Vec::new(),
            chance: fastrand::Rng::with_seed(seed),
        };
        game.show("start_message", 15, 20)?;
        Ok(game)
    }

    /// Returns the numbers of the round.
    pub fn state(&self) -> State {
        self.state
    }

    /// Returns the events of the round.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// Returns what the game waits for.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// Returns the session, to look at the rows.
    pub fn session(&mut self) -> &mut Session {
        &mut self.session
    }

    /// Returns whether a missile is in the air.
    pub fn has_missile(&self) -> bool {
        self.missile.is_some()
    }

    /// Advances the game by one step: a tick while it is playing, else a look at the key that a message waits for.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn step(&mut self, key: Option<keys::Key>) -> orm::Result<Phase> {
        match (self.phase, key) {
            (Phase::Playing, key) => self.update(key)?,
            (Phase::Start, Some(_)) => self.field_of_play()?,
            (Phase::Paused, Some(_)) => self.resume()?,
            (Phase::Start | Phase::Paused, None) | (Phase::Won | Phase::Lost, _) => {}
        }
        Ok(self.phase)
    }

    /// Starts the next round after the end of one. Points are kept after a win.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn next_round(&mut self) -> orm::Result<()> {
        if self.phase == Phase::Lost {
            self.state.score = 0;
        }
        self.field_of_play()
    }

    /// Returns the leftmost column of the army.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn leftmost(&mut self) -> orm::Result<Option<i32>> {
        self.session.one(select(min(Coordinate::X)).join(Coordinate::GLYPH).filter(Picture::TYPE.eq("army")))
    }

    /// Clears the field and sets up the ship and 25 enemies.
    fn field_of_play(&mut self) -> orm::Result<()> {
        self.trace.rule(Rule::SetUp);
        self.session.execute(&delete(Coordinate::ID.table()))?;
        // The statement passed the session by, and the database may give the ids of the deleted rows to new ones.
        for gone in self.session.held::<Coordinate>() {
            self.session.expunge(gone)?;
        }
        (self.missile, self.saucer, self.message) = (None, None, None);
        self.covered.clear();
        self.state = State { score: self.state.score, ..State::default() };
        self.tally = Tally::default();
        self.place("ship", 33, 30)?;
        for (name, y, points) in ARMY {
            for x in COLUMNS {
                let enemy = self.place(name, x, y)?;
                self.session[enemy].score = Some(points);
            }
        }
        let ships = self.session.query::<Coordinate>().join(Coordinate::GLYPH);
        self.ship = Some(ships.filter(Picture::TYPE.eq("player")).one()?);
        self.phase = Phase::Playing;
        Ok(())
    }

    /// Puts a glyph on the field: one SELECT for the glyph, and an INSERT with the next query.
    fn place(&mut self, name: &str, x: i32, y: i32) -> orm::Result<Key<Coordinate>> {
        let glyph = self.session.query::<Glyph>().filter(Glyph::NAME.eq(name)).one()?;
        Ok(self.session.add(Coordinate { glyph: BelongsTo::to(glyph.upcast()), x, y, ..Coordinate::default() }))
    }

    /// Returns the box of a row. The glyphs stay in the session, so this sends nothing.
    pub(crate) fn bounds(&mut self, key: Key<Coordinate>) -> orm::Result<Bounds<i32>> {
        let glyph = self.session.rel(key, Coordinate::GLYPH).one()?;
        let (glyph, at) = (self.session[glyph].glyph(), &self.session[key]);
        Ok(Bounds { x: at.x, y: at.y, width: glyph.width, height: glyph.height })
    }

    /// One tick: is it over, then ship, missile, army, saucer and splats in this order.
    fn update(&mut self, key: Option<keys::Key>) -> orm::Result<()> {
        self.trace.rule(Rule::Turn);
        let army = || select(count(Coordinate::ID)).join(Coordinate::GLYPH).filter(Picture::TYPE.eq("army"));
        self.army = self.session.one(army())?;
        if self.army == 0 {
            self.phase = Phase::Won;
            return self.show("win_message", 15, 15);
        }
        let Some(ship) = self.ship else { return Ok(()) };
        let ship_box = self.bounds(ship)?.bound();
        let landed = Bounds::columns().intersects(&ship_box).or(Bounds::columns().bottom_bound());
        if self.session.one(army().filter(landed))? > 0 {
            self.phase = Phase::Lost;
            return self.show("lose_message", 15, 15);
        }
        self.state.tick += 1;
        if self.steer(ship, key)? == Phase::Paused {
            self.phase = Phase::Paused;
            return self.show("pause_message", 15, 15);
        }
        self.advance()
    }

    /// Moves everything but the ship.
    fn advance(&mut self) -> orm::Result<()> {
        self.fly()?;
        self.march()?;
        self.pass_by()?;
        self.fade()
    }

    /// Takes the pause message away; the tick that was interrupted goes on.
    fn resume(&mut self) -> orm::Result<()> {
        if let Some(message) = self.message.take() {
            self.session.delete(message)?;
        }
        self.covered.clear();
        self.phase = Phase::Playing;
        self.advance()
    }

    fn steer(&mut self, ship: Key<Coordinate>, key: Option<keys::Key>) -> orm::Result<Phase> {
        self.trace.rule(Rule::Steer);
        match key {
            Some(keys::Key::Left) if !self.bounds(ship)?.left_bound() => self.session[ship].x -= 1,
            Some(keys::Key::Right) if !self.bounds(ship)?.right_bound() => self.session[ship].x += 1,
            Some(keys::Key::Fire) if self.missile.is_none() => {
                let (x, y) = (self.session[ship].x, self.session[ship].y);
                self.missile = Some(self.place("missile", x + 3, y - 1)?);
            }
            Some(keys::Key::Pause) => return Ok(Phase::Paused),
            _ => {}
        }
        Ok(Phase::Playing)
    }

    fn fly(&mut self) -> orm::Result<()> {
        self.trace.rule(Rule::Missile);
        let Some(missile) = self.missile.filter(|_| self.state.tick % 2 == 0) else { return Ok(()) };
        let missile_box = self.bounds(missile)?;
        let hit = Bounds::columns().intersects(&missile_box.bound());
        let enemies = self.session.query::<Coordinate>().join(Coordinate::GLYPH).filter(Picture::TYPE.in_(ENEMIES));
        match enemies.filter(hit).order_by(Coordinate::ID).first()? {
            Some(enemy) => self.hit(missile, enemy),
            None if missile_box.top_bound() => {
                self.missile = None;
                self.session.delete(missile)
            }
            None => {
                self.session[missile].y -= 1;
                Ok(())
            }
        }
    }

    fn hit(&mut self, missile: Key<Coordinate>, enemy: Key<Coordinate>) -> orm::Result<()> {
        let Coordinate { x, y, score, .. } = self.session[enemy];
        let points = score.unwrap_or_default();
        self.missile = None;
        match self.saucer {
            Some(saucer) if saucer == enemy => self.saucer = None,
            _ => self.army -= 1,
        }
        self.state.score += points;
        self.session.delete(missile)?;
        self.session.delete(enemy)?;
        let splat = self.place("splat1", x, y)?;
        self.session[splat].tick = Some(self.state.tick);
        self.session[splat].label = Some(points.to_string());
        Ok(())
    }

    /// Moves the army on every n-th tick, n being the number of its members: the fewer, the faster.
    fn march(&mut self) -> orm::Result<()> {
        if self.army == 0 || i64::from(self.state.tick) % self.army != 0 {
            return Ok(());
        }
        self.trace.rule(Rule::Army);
        self.state.flip = !self.state.flip;
        self.tally.moves += 1;
        let army = Picture::TYPE.eq("army");
        let ends = select((min(Coordinate::X), max(Bounds::columns().right()))).join(Coordinate::GLYPH);
        let (left, right) = self.session.one(ends.filter(army.clone()))?;
        let (left, right) = (left.unwrap_or_default(), right.unwrap_or_default());
        let drops = match self.state.heading {
            Heading::Right => right + 1 >= MAX_X,
            Heading::Left => left - 1 <= 0,
        };
        let (dx, dy) = match (self.state.heading, drops) {
            (_, true) => (0, 1),
            (Heading::Right, false) => (1, 0),
            (Heading::Left, false) => (-1, 0),
        };
        if drops {
            self.tally.drops += 1;
            self.state.heading = if self.state.heading == Heading::Right { Heading::Left } else { Heading::Right };
        }
        for member in self.session.query::<Coordinate>().join(Coordinate::GLYPH).filter(army).all()? {
            let at = self.session.edit(member)?;
            at.x += dx;
            at.y += dy;
        }
        Ok(())
    }

    fn pass_by(&mut self) -> orm::Result<()> {
        self.trace.rule(Rule::Saucer);
        let Some(saucer) = self.saucer else {
            if self.state.tick % SAUCER_EVERY == 0 {
                let saucer = self.place("saucer", -6, 1)?;
                self.session[saucer].score = Some(100 * self.chance.i32(1..=5));
                self.saucer = Some(saucer);
                self.tally.saucers += 1;
            }
            return Ok(());
        };
        if self.state.tick % 4 != 0 {
            return Ok(());
        }
        self.session[saucer].x += 1;
        if self.bounds(saucer)?.right_edge_bound() {
            self.session.delete(saucer)?;
            self.saucer = None;
            self.tally.left += 1;
        }
        Ok(())
    }

    fn fade(&mut self) -> orm::Result<()> {
        self.trace.rule(Rule::Splats);
        let splats = self.session.query::<Coordinate>().join(Coordinate::GLYPH).filter(Picture::TYPE.eq("splat"));
        for splat in splats.all()? {
            let born = self.session[splat].tick.unwrap_or_default();
            if self.state.tick - born > SPLAT_LIFE {
                self.session.delete(splat)?;
            }
        }
        Ok(())
    }

    /// Shows a message, which is a row too, and finds what it covers.
    fn show(&mut self, name: &str, x: i32, y: i32) -> orm::Result<()> {
        self.trace.rule(Rule::Message);
        let message = self.place(name, x, y)?;
        let message_box = self.bounds(message)?.bound();
        let covered = Bounds::columns().intersects(&message_box);
        let others = self.session.query::<Coordinate>().join(Coordinate::GLYPH);
        let keys = others.filter(covered).all()?;
        self.covered = keys.into_iter().filter(|key| *key != message).collect();
        self.message = Some(message);
        Ok(())
    }
}
