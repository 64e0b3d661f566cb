//! The questions of a tick: queries over the rows of the field. None of them edits a row.

use orm::prelude::*;

use super::rules::{Modern, Turn};
use super::tables::{Battle, Player};
use crate::bounds::Bounds;
use crate::models::{Coordinate, Glyph, Picture};
use crate::why::Rule;

/// The army in numbers: one aggregate.
pub(super) struct Army {
    pub(super) alive: i64,
    pub(super) left: i32,
    pub(super) right: i32,
}

impl Army {
    /// Ticks between two moves: fewer for a small army, and on a high level.
    pub(super) fn pace(&self, level: i32) -> i64 {
        (self.alive - 3 * i64::from(level - 1)).max(1)
    }
}

/// A shot and a target that meet, and the class of the target.
pub(super) struct Hit {
    pub(super) shot: Key<Coordinate>,
    pub(super) target: Key<Coordinate>,
    pub(super) class: String,
}

/// What a moving row is.
pub(super) enum Class {
    Missile,
    Bomb,
    Saucer,
    Splat,
    Other,
}

/// The questions of a tick.
impl Modern {
    /// Returns the rows of some classes, with their pictures.
    pub(super) fn of_class(&mut self, classes: &[&str]) -> orm::Result<Vec<Key<Coordinate>>> {
        let rows = self.session.query::<Coordinate>().join(Coordinate::GLYPH).options(joined(Coordinate::GLYPH));
        rows.filter(Picture::TYPE.in_(classes.iter().copied())).order_by(Coordinate::ID).all()
    }

    pub(super) fn army(&mut self) -> orm::Result<Army> {
        self.trace.rule(Rule::Army);
        let numbers = (count(Coordinate::ID), min(Coordinate::X), max(Bounds::columns().right()));
        let army = select(numbers).join(Coordinate::GLYPH).filter(Picture::TYPE.eq("army"));
        let (alive, left, right) = self.session.one(army)?;
        Ok(Army { alive, left: left.unwrap_or_default(), right: right.unwrap_or_default() })
    }

    /// Whether an enemy has reached the ground, or a ship.
    pub(super) fn has_landed(&mut self, turn: &Turn) -> orm::Result<bool> {
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
    pub(super) fn hits(&mut self, moving: &[Key<Coordinate>]) -> orm::Result<Vec<Hit>> {
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
    pub(super) fn marching(&mut self) -> orm::Result<Vec<Key<Coordinate>>> {
        self.trace.rule(Rule::Army);
        self.of_class(&["army"])
    }

    /// Returns the cells of shields that the army tramples down.
    pub(super) fn crushed(&mut self) -> orm::Result<Vec<Key<Coordinate>>> {
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
    pub(super) fn bomber(&mut self, turn: &Turn, alive: i64, tick: i32) -> orm::Result<Option<Key<Coordinate>>> {
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
    pub(super) fn chance(&mut self, battle: Key<Battle>, limit: i32) -> i32 {
        let row = &mut self.session[battle];
        let mut source = fastrand::Rng::with_seed(u64::from_ne_bytes(row.chance.to_ne_bytes()));
        let number = source.i32(0..limit);
        row.chance = i64::from_ne_bytes(source.get_seed().to_ne_bytes());
        number
    }

    /// Returns the box of a row whose picture is loaded.
    pub(super) fn bounds(&mut self, key: Key<Coordinate>) -> orm::Result<Bounds<i32>> {
        let glyph = self.session.rel(key, Coordinate::GLYPH).one()?;
        let (glyph, at) = (self.session[glyph].glyph(), &self.session[key]);
        Ok(Bounds { x: at.x, y: at.y, width: glyph.width, height: glyph.height })
    }

    pub(super) fn class(&mut self, key: Key<Coordinate>) -> orm::Result<Class> {
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
