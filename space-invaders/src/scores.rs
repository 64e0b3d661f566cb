//! High scores, in a database of their own.

use std::path::Path;

use orm::prelude::*;

/// Scores that are shown.
const SHOWN: u64 = 10;

/// A finished game.
#[derive(Entity, Debug, Default)]
#[entity(table = "high_score")]
pub struct HighScore {
    /// Generated key.
    #[entity(primary_key)]
    pub id: Auto<i64>,
    /// Player.
    #[entity(length = 20)]
    pub name: String,
    /// Points.
    pub score: i32,
    /// Level that the player reached.
    pub level: i32,
}

/// The file of high scores.
#[derive(Clone, Debug)]
pub struct Scores {
    engine: Engine,
}

impl Scores {
    /// Opens a file of high scores. The first score makes the file.
    ///
    /// # Errors
    /// [`orm::Error::Configuration`] for a path that no URL can name.
    pub fn open(path: &Path) -> orm::Result<Self> {
        Ok(Self { engine: Engine::new(format!("sqlite:///{}", path.display()))? })
    }

    /// Adds a score.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn add(&self, name: &str, score: i32, level: i32) -> orm::Result<()> {
        self.engine.create_all(schema![HighScore])?;
        let mut session = Session::new(&self.engine);
        session.add(HighScore { name: name.chars().take(20).collect(), score, level, ..HighScore::default() });
        session.commit()
    }

    /// Returns the best scores, the best first: name, points, level.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn best(&self) -> orm::Result<Vec<(String, i32, i32)>> {
        self.engine.create_all(schema![HighScore])?;
        let best = select((HighScore::NAME, HighScore::SCORE, HighScore::LEVEL));
        Session::new(&self.engine).all(best.order_by((HighScore::SCORE.desc(), HighScore::ID)).limit(SHOWN))
    }
}
