//! A new battle, a new level, and a seat in a battle that goes on.

use std::collections::BTreeMap;

use orm::prelude::*;

use super::guest::Guest;
use super::rules::{ATTEMPTS, Modern, Standing};
use super::tables::{Battle, PastBattle, PastCoordinate, PastPlayer, Player, Stage};
use crate::models::{Coordinate, Glyph, Picture};
use crate::pictures::{add_glyphs, add_modern_glyphs};
use crate::why::{Rule, Trace};

/// Rows of the army from the top: row, points.
const ARMY: [(i32, i32); 5] = [(5, 50), (9, 25), (13, 10), (17, 25), (21, 10)];
/// Pictures of these rows on odd and on even levels.
const ART: [[&str; 5]; 2] =
    [["enemy3", "enemy2", "enemy1", "enemy2", "enemy1"], ["enemy6", "enemy5", "enemy4", "enemy5", "enemy4"]];
/// Columns of the army.
const COLUMNS: [i32; 5] = [0, 10, 20, 30, 40];
/// Rows by which the army of a high level starts lower, at most.
const LOWEST_START: i32 = 3;
/// Left ends of the shields, and their cells.
const SHIELDS: [i32; 4] = [3, 20, 37, 54];
const SHIELD: [&str; 3] = [" ###### ", "########", "##    ##"];
/// Top of the shields.
const SHIELD_ROW: i32 = 25;
/// Ships of a player at the beginning.
pub(super) const LIVES: i32 = 3;
/// Ticks in which no bomb harms a new ship.
pub(super) const SAFETY: i32 = 120;
/// Row of the ships.
pub(super) const SHIP_ROW: i32 = 30;

/// A place at the controls.
#[derive(Clone, Debug)]
pub enum Seat {
    /// Begins a battle in tables of its own; what was there is dropped.
    New {
        /// Seed of the random numbers.
        seed: u64,
        /// Name of the player.
        name: String,
    },
    /// Goes on with the battle that was left.
    Resume,
    /// Takes part in the battle of another player as the second one.
    Join {
        /// Name of the player.
        name: String,
    },
}

/// Returns whether the database holds a battle that is not over.
///
/// # Errors
/// Whatever the database says.
pub fn is_unfinished(engine: &Engine) -> orm::Result<bool> {
    let unfinished = select(count(Battle::ID)).filter(Battle::STAGE.ne(Stage::Over));
    match Session::new(engine).one(unfinished) {
        Ok(battles) => Ok(battles > 0),
        Err(orm::Error::Database(error)) if error.kind != DatabaseErrorKind::Disconnected => Ok(false),
        Err(error) => Err(error),
    }
}

/// Drops the tables of the game, whichever exist.
///
/// # Errors
/// Whatever the database says.
pub fn drop_tables(engine: &Engine) -> orm::Result<()> {
    engine.drop_all(tables())
}

/// Drops and creates the tables. A guest who looks at them may cause a deadlock, which costs another attempt.
fn create_anew(engine: &Engine) -> orm::Result<()> {
    let mut left = ATTEMPTS;
    loop {
        match drop_tables(engine).and_then(|()| engine.create_all(tables())) {
            Err(error) if left > 0 && error.is_retryable() => left -= 1,
            outcome => return outcome,
        }
    }
}

fn tables() -> schema::Schema {
    schema![Picture, Coordinate, Battle, Player, PastCoordinate, PastBattle, PastPlayer]
}

impl Modern {
    /// Sits down at a game.
    ///
    /// # Errors
    /// Whatever the database says; [`orm::Error::InvalidRequest`] where there is no battle to resume. A guest waits for a battle.
    pub fn open(engine: &Engine, seat: &Seat) -> orm::Result<Self> {
        if let Seat::New { .. } = seat {
            create_anew(engine)?;
        }
        // One flush a step, which no query may anticipate. On SQLite, writers wait for each other at BEGIN.
        let session = Session::builder(engine).autoflush(false).begin_mode(BeginMode::Immediate).build();
        let guest = match seat {
            Seat::Join { name } => Some(Guest { name: name.clone(), waits: Some(String::new()) }),
            _ => None,
        };
        let mut game = Self {
            session,
            number: if guest.is_some() { 2 } else { 1 },
            guest,
            pictures: BTreeMap::new(),
            trace: Trace::default(),
            races: 0,
            insists: false,
            prepared: None,
            shown: Standing::default(),
        };
        match seat {
            Seat::New { seed, name } => game.begin(*seed, name)?,
            Seat::Resume => game.resume()?,
            Seat::Join { .. } => game.sit_down()?,
        }
        Ok(game)
    }

    fn begin(&mut self, seed: u64, name: &str) -> orm::Result<()> {
        add_glyphs(&mut self.session);
        add_modern_glyphs(&mut self.session);
        self.session.commit()?;
        self.look_pictures_up()?;
        let chance = i64::from_ne_bytes(seed.to_ne_bytes());
        let battle = self.session.add(Battle { level: 1, heading: 1, chance, ..Battle::default() });
        let player = Player { battle: BelongsTo::to(battle), number: 1, name: name.to_owned(), ..Player::default() };
        let player = self.session.add(Player { lives: LIVES, ..player });
        self.set_field(&[player], 1)?;
        self.put("modern_start", 12, 12);
        self.session.flush()?;
        self.remember(battle, true)?;
        self.session.commit()
    }

    /// Goes on with a battle. One that was left while it went on waits for a key.
    fn resume(&mut self) -> orm::Result<()> {
        self.look_pictures_up()?;
        // A guest who stayed may press a key meanwhile.
        self.retry(|game| {
            let Some(battle) = game.session.query::<Battle>().first()? else {
                return Err(orm::Error::invalid("there is no battle to resume in this database: start one with --new"));
            };
            if game.session[battle].stage == Stage::Playing {
                game.session[battle].stage = Stage::Paused;
                game.put("pause_message", 15, 15);
            }
            game.session.commit()
        })
    }

    /// Sets up a level: ships, army and shields.
    pub(super) fn set_field(&mut self, players: &[Key<Player>], level: i32) -> orm::Result<()> {
        self.trace.rule(Rule::SetUp);
        for player in players {
            let player_row = &self.session[*player];
            if player_row.lives == 0 {
                continue;
            }
            let (name, x) = if player_row.number == 1 { ("ship", 33) } else { ("ship2", 50) };
            let ship = self.put(name, x, SHIP_ROW);
            self.session.rel(*player, Player::SHIP).set(ship)?;
        }
        let lower = (level - 1).min(LOWEST_START);
        let art = ART[usize::try_from((level - 1) % 2).unwrap_or_default()];
        for ((row, points), name) in ARMY.into_iter().zip(art) {
            for column in COLUMNS {
                let enemy = self.put(name, column, row + lower);
                self.session[enemy].score = Some(points);
            }
        }
        for left in SHIELDS {
            for (row, cells) in (SHIELD_ROW..).zip(SHIELD) {
                for (column, cell) in (left..).zip(cells.chars()) {
                    if cell == '#' {
                        self.put("shield", column, row);
                    }
                }
            }
        }
        Ok(())
    }

    /// Puts a picture on the field: a new row. The keys of the pictures are known, so that nothing is asked.
    pub(super) fn put(&mut self, name: &str, x: i32, y: i32) -> Key<Coordinate> {
        let glyph = self.pictures.get(name).copied().map(BelongsTo::to).unwrap_or_default();
        self.session.add(Coordinate { glyph, x, y, ..Coordinate::default() })
    }

    /// Reads the keys of the pictures by name.
    pub(super) fn look_pictures_up(&mut self) -> orm::Result<()> {
        let glyphs = self.session.all(select((Glyph::NAME, entity::<Picture>())))?;
        self.pictures = glyphs.into_iter().collect();
        Ok(())
    }
}
