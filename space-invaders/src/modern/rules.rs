//! The rules of the modern game. A step asks its questions first, then edits; nothing is written before the flush at its end.

use std::collections::{BTreeMap, HashSet};

use orm::prelude::*;

use super::setup::SAFETY;
use super::tables::{Battle, Player, Stage};
use crate::bounds::{Bounds, MAX_X};
use crate::keys;
use crate::models::{Coordinate, Glyph, Picture};
use crate::why::{Rule, Trace};

/// How often a step that lost a race is taken again.
const ATTEMPTS: usize = 20;
/// Ticks between two saucers.
const SAUCER_EVERY: i32 = 500;
/// Ticks after which a splat disappears.
const SPLAT_LIFE: i32 = 10;
/// Ticks that a cleared level stays.
const CLEARED_FOR: i32 = 90;
/// Points for a bomb that is shot.
const BOMB_POINTS: i32 = 5;
/// Points after which a player gets another ship.
const LIFE_EVERY: i32 = 1000;

/// A game at the controls of one player: its session, and the keys of the pictures. Everything else is rows.
#[derive(Debug)]
pub struct Modern {
    pub(crate) session: Session,
    pub(crate) trace: Trace,
    /// Number of the player that sits here.
    pub(super) number: i32,
    /// Keys of the pictures by name.
    pub(super) pictures: BTreeMap<String, Key<Picture>>,
    /// Steps that lost a race and were taken again.
    pub(super) races: u32,
    /// Whether the step locks the battle before it reads: it has lost a race before.
    pub(super) insists: bool,
    /// The game in numbers, as the last picture showed it.
    pub(super) shown: Standing,
    /// What a step has to write: whether rows of the field are among it.
    pub(super) prepared: Option<(Key<Battle>, bool)>,
}

/// The game in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// State between two steps.
    pub stage: Stage,
    /// Level, from 1.
    pub level: i32,
    /// Tick.
    pub tick: i32,
    /// Name, points and ships of each player.
    pub players: Vec<(String, i32, i32)>,
}

/// Rows that a step looks at.
struct Turn {
    battle: Key<Battle>,
    players: Vec<Key<Player>>,
}

impl Modern {
    /// Takes a step: a transaction. One that loses a race for a row that another player changed is taken again.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn step(&mut self, key: Option<keys::Key>) -> orm::Result<()> {
        if self.number != 1 && key.is_none() {
            return Ok(());
        }
        self.retry(|game| {
            game.prepare(key)?;
            game.write()
        })
    }

    /// Prepares a step and returns what it would write; [`write`](Self::write) sends it.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn plan(&mut self, key: Option<keys::Key>) -> orm::Result<String> {
        self.prepare(key)?;
        Ok(self.session.flush_plan()?.to_string())
    }

    /// Returns how many steps lost a race.
    pub fn races(&self) -> u32 {
        self.races
    }

    /// Returns the game in numbers.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn standing(&mut self) -> orm::Result<Standing> {
        let Turn { battle, players } = self.turn()?;
        let Battle { stage, level, tick, .. } = self.session[battle];
        let player = |key: &Key<Player>| {
            let player = &self.session[*key];
            (player.name.clone(), player.score, player.lives)
        };
        let players = players.iter().map(player).collect();
        self.session.rollback()?;
        Ok(Standing { stage, level, tick, players })
    }

    /// Returns the game in numbers as the last picture showed it: no statement.
    pub fn shown(&self) -> &Standing {
        &self.shown
    }

    /// Returns the session, to look at the rows.
    pub fn session(&mut self) -> &mut Session {
        &mut self.session
    }

    /// Takes a transaction again while it loses races.
    pub(super) fn retry(&mut self, mut work: impl FnMut(&mut Self) -> orm::Result<()>) -> orm::Result<()> {
        let mut left = ATTEMPTS;
        loop {
            let error = match work(self) {
                Ok(()) => {
                    self.insists = false;
                    return Ok(());
                }
                Err(error) => error,
            };
            self.prepared = None;
            self.session.rollback()?;
            let lost = matches!(error, orm::Error::StaleData { .. } | orm::Error::ObjectDeleted { .. });
            left -= 1;
            if left == 0 || !(lost || error.is_retryable()) {
                return Err(error);
            }
            self.races += 1;
            // A long step would lose to a short one again and again.
            self.insists = true;
        }
    }

    /// Reads the battle, its players and their ships: one SELECT.
    fn turn(&mut self) -> orm::Result<Turn> {
        self.trace.rule(Rule::Turn);
        if self.insists {
            self.session.execute(&text("UPDATE battle SET presses = presses"))?;
        }
        let ships = joined(Player::SHIP).then(joined(Coordinate::GLYPH));
        let players = self.session.query::<Player>().options((joined(Player::BATTLE), ships)).order_by(Player::NUMBER);
        let players = players.all()?;
        let Some(first) = players.first() else {
            return Err(orm::Error::invalid("the game has no player: its tables were emptied"));
        };
        let battle = self.session.rel(*first, Player::BATTLE).one()?;
        Ok(Turn { battle, players })
    }

    /// Asks and edits; writes nothing.
    fn prepare(&mut self, key: Option<keys::Key>) -> orm::Result<()> {
        let turn = self.turn()?;
        let battle = turn.battle;
        // The guest moves a ship; time and everything else are the first player's.
        let changed = match (self.session[battle].stage, key) {
            (Stage::Start | Stage::Paused, Some(_)) => self.go_on(&turn)?,
            (Stage::Playing, Some(keys::Key::Pause)) => self.pause(&turn),
            (Stage::Playing, key) if self.number == 1 => self.tick(&turn, key)?,
            (Stage::Playing, Some(key)) => self.steer(&turn, key)?,
            (Stage::Cleared, _) if self.number == 1 => self.wait(&turn)?,
            _ => return self.session.rollback().map(drop),
        };
        if self.number == 1 {
            self.session[battle].tick += 1;
        } else {
            self.session[battle].presses += 1;
        }
        self.prepared = Some((battle, changed));
        Ok(())
    }

    /// Writes what a step prepared, and remembers it.
    ///
    /// # Errors
    /// Whatever the database says; [`orm::Error::StaleData`] where another player was faster.
    pub fn write(&mut self) -> orm::Result<()> {
        let Some((battle, changed)) = self.prepared.take() else { return Ok(()) };
        self.trace.rule(Rule::Flush);
        self.session.flush()?;
        if self.number == 1 {
            self.remember(battle, changed)?;
        }
        self.trace.rule(Rule::Flush);
        self.session.commit()
    }

    fn pause(&mut self, turn: &Turn) -> bool {
        self.session[turn.battle].stage = Stage::Paused;
        self.put("pause_message", 15, 15);
        true
    }

    fn go_on(&mut self, turn: &Turn) -> orm::Result<bool> {
        self.trace.rule(Rule::Message);
        for message in self.of_class(&["message"])? {
            self.session.delete(message)?;
        }
        self.session[turn.battle].stage = Stage::Playing;
        Ok(true)
    }

    /// Waits after a cleared level, then sets up the next.
    fn wait(&mut self, turn: &Turn) -> orm::Result<bool> {
        self.session[turn.battle].wait -= 1;
        if self.session[turn.battle].wait > 0 {
            return Ok(false);
        }
        let gone = self.session.query::<Coordinate>().all()?;
        for player in &turn.players {
            self.session.rel(*player, Player::MISSILE).clear()?;
            self.session.rel(*player, Player::SHIP).clear()?;
            let safe_until = self.session[turn.battle].tick + SAFETY;
            self.session[*player].safe_until = safe_until;
        }
        for row in gone {
            self.session.delete(row)?;
        }
        let battle = &mut self.session[turn.battle];
        battle.level += 1;
        battle.stage = Stage::Playing;
        (battle.heading, battle.flip) = (1, false);
        let level = battle.level;
        self.set_field(&turn.players, level)?;
        Ok(true)
    }

    /// One tick of the battle: all questions, then all edits. Returns whether a row of the field changes.
    fn tick(&mut self, turn: &Turn, key: Option<keys::Key>) -> orm::Result<bool> {
        let army = self.army()?;
        let landed = army.alive > 0 && self.has_landed(turn)?;
        self.trace.rule(Rule::Flight);
        let moving = self.of_class(&["missile", "bomb", "saucer", "splat"])?;
        let hits = self.hits(&moving)?;
        let tick = self.session[turn.battle].tick + 1;
        let level = self.session[turn.battle].level;
        let marching =
            if army.alive > 0 && i64::from(tick) % army.pace(level) == 0 { self.marching()? } else { Vec::new() };
        let crushed = if marching.is_empty() { Vec::new() } else { self.crushed()? };
        let bomber = self.bomber(turn, army.alive, tick)?;

        let mut gone = HashSet::new();
        let mut changed = self.strike(turn, &hits, &mut gone)?;
        changed |= self.fly(turn, &moving, tick, &mut gone)?;
        if !marching.is_empty() {
            self.march(turn, &army, &marching, &gone)?;
            for cell in crushed.into_iter().filter(|cell| gone.insert(*cell)) {
                self.session.delete(cell)?;
            }
            changed = true;
        }
        if let Some(bomber) = bomber.filter(|bomber| !gone.contains(bomber)) {
            let Bounds { x, y, width, height } = self.bounds(bomber)?;
            self.put("bomb", x + width / 2, y + height - 1);
            changed = true;
        }
        if tick % SAUCER_EVERY == 0 {
            let points = 100 * self.chance(turn.battle, 5) + 100;
            let saucer = self.put("saucer", -6, 1);
            self.session[saucer].score = Some(points);
            changed = true;
        }
        if let Some(key) = key {
            changed |= self.steer(turn, key)?;
        }
        changed |= self.judge(turn, &army, landed);
        Ok(changed)
    }

    /// Ends the level or the battle.
    fn judge(&mut self, turn: &Turn, army: &Army, landed: bool) -> bool {
        let over = landed || turn.players.iter().all(|player| self.session[*player].lives == 0);
        let (stage, message) = match (over, army.alive) {
            (true, _) => (Stage::Over, "lose_message"),
            (false, 0) => (Stage::Cleared, "win_message"),
            _ => return false,
        };
        let battle = &mut self.session[turn.battle];
        (battle.stage, battle.wait) = (stage, CLEARED_FOR);
        self.put(message, 15, 15);
        true
    }

    /// Moves the ship of the player who sits here, or fires.
    fn steer(&mut self, turn: &Turn, key: keys::Key) -> orm::Result<bool> {
        self.trace.rule(Rule::Steer);
        let mine = turn.players.iter().find(|player| self.session[**player].number == self.number);
        let Some(player) = mine.copied() else { return Ok(false) };
        let Some(ship) = self.session.rel(player, Player::SHIP).load()? else { return Ok(false) };
        let bounds = self.bounds(ship)?;
        match key {
            keys::Key::Left if !bounds.left_bound() => self.session[ship].x -= 1,
            keys::Key::Right if !bounds.right_bound() => self.session[ship].x += 1,
            keys::Key::Fire if self.session[player].missile.id().is_none() => {
                let missile = self.put("missile", bounds.x + 2, bounds.y - 1);
                self.session.rel(player, Player::MISSILE).set(missile)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Applies the hits: each shot has one target, and each target one shot.
    fn strike(&mut self, turn: &Turn, hits: &[Hit], gone: &mut HashSet<Key<Coordinate>>) -> orm::Result<bool> {
        let before = gone.len();
        for Hit { shot, target, class } in hits {
            if gone.contains(shot) || gone.contains(target) {
                continue;
            }
            let shooter = self.shooter(turn, *shot);
            if class == "player" {
                self.sink(turn, *target)?;
            } else {
                gone.insert(*target);
                self.score(turn, shooter, *target, class)?;
                self.session.delete(*target)?;
            }
            gone.insert(*shot);
            if let Some(player) = shooter {
                self.session.rel(player, Player::MISSILE).clear()?;
            }
            self.session.delete(*shot)?;
        }
        Ok(gone.len() > before)
    }

    fn shooter(&self, turn: &Turn, shot: Key<Coordinate>) -> Option<Key<Player>> {
        let id = self.session[shot].id.get();
        turn.players.iter().copied().find(|player| id.is_some() && self.session[*player].missile.id() == id.as_ref())
    }

    /// Adds the points of a hit, and shows them.
    fn score(
        &mut self,
        turn: &Turn,
        shooter: Option<Key<Player>>,
        target: Key<Coordinate>,
        class: &str,
    ) -> orm::Result<()> {
        let (Some(player), Coordinate { x, y, score, .. }) = (shooter, &self.session[target]) else { return Ok(()) };
        let (x, y) = (*x, *y);
        let points = if class == "bomb" { BOMB_POINTS } else { score.unwrap_or_default() };
        let before = self.session[player].score;
        self.session[player].score = before + points;
        if (before + points) / LIFE_EVERY > before / LIFE_EVERY {
            self.session[player].lives += 1;
        }
        if class == "army" || class == "saucer" {
            let splat = self.put("splat1", x, y);
            let tick = self.session[turn.battle].tick + 1;
            let row = self.session.edit(splat)?;
            (row.tick, row.label) = (Some(tick), Some(points.to_string()));
        }
        Ok(())
    }

    /// Takes a life; the next ship starts where the first did, unharmed for a while.
    fn sink(&mut self, turn: &Turn, ship: Key<Coordinate>) -> orm::Result<()> {
        let tick = self.session[turn.battle].tick + 1;
        let id = self.session[ship].id.get();
        let owner = turn.players.iter().copied().find(|player| self.session[*player].ship.id() == id.as_ref());
        let Some(player) = owner.filter(|player| self.session[*player].safe_until < tick) else { return Ok(()) };
        let (x, y) = (self.session[ship].x, self.session[ship].y);
        let splat = self.put("splat1", x, y);
        self.session[splat].tick = Some(tick);
        let row = self.session.edit(player)?;
        row.lives -= 1;
        row.safe_until = tick + SAFETY;
        match (row.lives, row.number) {
            (0, _) => {
                self.session.rel(player, Player::SHIP).clear()?;
                self.session.delete(ship)
            }
            (_, number) => {
                self.session[ship].x = if number == 1 { 33 } else { 50 };
                Ok(())
            }
        }
    }

    /// Moves missiles, bombs and the saucer, and lets old splats fade.
    fn fly(
        &mut self,
        turn: &Turn,
        moving: &[Key<Coordinate>],
        tick: i32,
        gone: &mut HashSet<Key<Coordinate>>,
    ) -> orm::Result<bool> {
        let mut changed = false;
        for row in moving.iter().copied().filter(|row| !gone.contains(row)) {
            let bounds = self.bounds(row)?;
            let (dx, dy, left) = match self.class(row)? {
                Class::Missile if tick % 2 == 0 => (0, -1, bounds.top_bound()),
                Class::Bomb if tick % 3 == 0 => (0, 1, bounds.bottom_bound()),
                Class::Saucer if tick % 4 == 0 => (1, 0, bounds.right_edge_bound()),
                Class::Splat => {
                    let age = tick - self.session[row].tick.unwrap_or_default();
                    (0, 0, age > SPLAT_LIFE)
                }
                _ => continue,
            };
            if left {
                if let Some(player) = self.shooter(turn, row) {
                    self.session.rel(player, Player::MISSILE).clear()?;
                }
                self.session.delete(row)?;
            } else if (dx, dy) != (0, 0) {
                let at = self.session.edit(row)?;
                (at.x, at.y) = (at.x + dx, at.y + dy);
            } else {
                continue;
            }
            changed = true;
        }
        Ok(changed)
    }

    fn march(
        &mut self,
        turn: &Turn,
        army: &Army,
        marching: &[Key<Coordinate>],
        gone: &HashSet<Key<Coordinate>>,
    ) -> orm::Result<()> {
        let battle = &mut self.session[turn.battle];
        battle.flip = !battle.flip;
        let drops = if battle.heading > 0 { army.right + 1 >= MAX_X } else { army.left - 1 <= 0 };
        let (dx, dy) = if drops { (0, 1) } else { (battle.heading, 0) };
        if drops {
            battle.heading = -battle.heading;
        }
        for member in marching.iter().copied().filter(|member| !gone.contains(member)) {
            let at = self.session.edit(member)?;
            (at.x, at.y) = (at.x + dx, at.y + dy);
        }
        Ok(())
    }
}

/// The army in numbers: one aggregate.
struct Army {
    alive: i64,
    left: i32,
    right: i32,
}

impl Army {
    /// Ticks between two moves: fewer for a small army, and on a high level.
    fn pace(&self, level: i32) -> i64 {
        (self.alive - 3 * i64::from(level - 1)).max(1)
    }
}

/// A shot and a target that meet, and the class of the target.
struct Hit {
    shot: Key<Coordinate>,
    target: Key<Coordinate>,
    class: String,
}

/// What a moving row is.
enum Class {
    Missile,
    Bomb,
    Saucer,
    Splat,
    Other,
}

/// The questions of a tick.
impl Modern {
    /// Returns the rows of some classes, with their pictures.
    fn of_class(&mut self, classes: &[&str]) -> orm::Result<Vec<Key<Coordinate>>> {
        let rows = self.session.query::<Coordinate>().join(Coordinate::GLYPH).options(joined(Coordinate::GLYPH));
        rows.filter(Picture::TYPE.in_(classes.iter().copied())).order_by(Coordinate::ID).all()
    }

    fn army(&mut self) -> orm::Result<Army> {
        self.trace.rule(Rule::Army);
        let numbers = (count(Coordinate::ID), min(Coordinate::X), max(Bounds::columns().right()));
        let army = select(numbers).join(Coordinate::GLYPH).filter(Picture::TYPE.eq("army"));
        let (alive, left, right) = self.session.one(army)?;
        Ok(Army { alive, left: left.unwrap_or_default(), right: right.unwrap_or_default() })
    }

    /// Whether an enemy has reached the ground, or a ship.
    fn has_landed(&mut self, turn: &Turn) -> orm::Result<bool> {
        self.trace.rule(Rule::Turn);
        let mut landed = Bounds::columns().bottom_bound();
        for player in &turn.players {
            if let Some(ship) = self.session.rel(*player, Player::SHIP).load()? {
                landed = landed.or(Bounds::columns().intersects(&self.bounds(ship)?.bound()));
            }
        }
        let army = select(count(Coordinate::ID)).join(Coordinate::GLYPH).filter(Picture::TYPE.eq("army"));
        Ok(self.session.one(army.filter(landed))? > 0)
    }

    /// Joins shots and targets on rectangles that meet. Nothing is asked while nothing flies.
    fn hits(&mut self, moving: &[Key<Coordinate>]) -> orm::Result<Vec<Hit>> {
        let mut shots = Vec::new();
        for row in moving {
            if matches!(self.class(*row)?, Class::Missile | Class::Bomb) {
                shots.extend(self.session[*row].id.get());
            }
        }
        if shots.is_empty() {
            return Ok(Vec::new());
        }
        self.trace.rule(Rule::Hits);
        let (shot, shape) = (alias::<Coordinate>("shot"), alias::<Picture>("shape"));
        let kind = || shape.column(Picture::TYPE);
        let fired = kind().eq("missile").and(Picture::TYPE.in_(["army", "saucer", "shield", "bomb"]));
        let dropped = kind().eq("bomb").and(Picture::TYPE.in_(["player", "shield"]));
        let meet = Bounds::columns().intersects(&Bounds::of(&shot, &shape));
        let hits = select((entity::<Coordinate>(), &shot, Picture::TYPE))
            .join(Coordinate::GLYPH)
            .join_to(&shot, shot.column(Coordinate::ID).in_(shots))
            .join_to(&shape, shape.column(Glyph::ID).eq(shot.column(Coordinate::GLYPH_ID)))
            .filter(meet.and(fired.or(dropped)))
            .order_by((shot.column(Coordinate::ID), Coordinate::ID));
        let hits = self.session.all(hits)?;
        Ok(hits.into_iter().map(|(target, shot, class)| Hit { shot, target, class }).collect())
    }

    /// Returns the members of the army.
    fn marching(&mut self) -> orm::Result<Vec<Key<Coordinate>>> {
        self.trace.rule(Rule::Army);
        self.of_class(&["army"])
    }

    /// Returns the cells of shields that the army tramples down.
    fn crushed(&mut self) -> orm::Result<Vec<Key<Coordinate>>> {
        let (enemy, shape) = (alias::<Coordinate>("enemy"), alias::<Picture>("shape"));
        let trampled = select(enemy.column(Coordinate::ID))
            .select_from(&enemy)
            .join_to(&shape, shape.column(Glyph::ID).eq(enemy.column(Coordinate::GLYPH_ID)))
            .filter(shape.column(Picture::TYPE).eq("army"))
            .filter(Bounds::columns().intersects(&Bounds::of(&enemy, &shape)));
        let cells = self.session.query::<Coordinate>().join(Coordinate::GLYPH).filter(Picture::TYPE.eq("shield"));
        cells.filter(trampled.exists()).all()
    }

    /// Returns the enemy that drops the next bomb: one of the lowest.
    fn bomber(&mut self, turn: &Turn, alive: i64, tick: i32) -> orm::Result<Option<Key<Coordinate>>> {
        let level = self.session[turn.battle].level;
        if alive == 0 || tick % (60 - 5 * level).max(20) != 0 {
            return Ok(None);
        }
        self.trace.rule(Rule::Bombs);
        let which = self.chance(turn.battle, i32::try_from(alive.min(5)).unwrap_or(1));
        let army = self.session.query::<Coordinate>().join(Coordinate::GLYPH).options(joined(Coordinate::GLYPH));
        let lowest = army.filter(Picture::TYPE.eq("army")).order_by((Coordinate::Y.desc(), Coordinate::X));
        lowest.offset(u64::try_from(which).unwrap_or_default()).first()
    }

    /// Returns a random number below a limit. Its source is a column, so that a replay has the same.
    fn chance(&mut self, battle: Key<Battle>, limit: i32) -> i32 {
        let row = &mut self.session[battle];
        let mut source = fastrand::Rng::with_seed(u64::from_ne_bytes(row.chance.to_ne_bytes()));
        let number = source.i32(0..limit);
        row.chance = i64::from_ne_bytes(source.get_seed().to_ne_bytes());
        number
    }

    /// Returns the box of a row whose picture is loaded.
    fn bounds(&mut self, key: Key<Coordinate>) -> orm::Result<Bounds<i32>> {
        let glyph = self.session.rel(key, Coordinate::GLYPH).one()?;
        let (glyph, at) = (self.session[glyph].glyph(), &self.session[key]);
        Ok(Bounds { x: at.x, y: at.y, width: glyph.width, height: glyph.height })
    }

    fn class(&mut self, key: Key<Coordinate>) -> orm::Result<Class> {
        let glyph = self.session.rel(key, Coordinate::GLYPH).one()?;
        Ok(match &self.session[glyph] {
            Picture::Missile(_) => Class::Missile,
            Picture::Bomb(_) => Class::Bomb,
            Picture::Saucer(_) => Class::Saucer,
            Picture::Splat(_) => Class::Splat,
            _ => Class::Other,
        })
    }
}
