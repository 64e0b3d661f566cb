//! A game without a screen: keys come from a script, and the outcome is text.

use std::fmt;

use orm::{Engine, StatementKind};

use crate::keys::{Key, Script};
use crate::modern::{Modern, Stage, Standing};
use crate::rules::{Game, Heading, Phase, State, Tally};

/// Statements that the ticks of a game sent, by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Number of SELECT statements.
    pub select: usize,
    /// Number of INSERT statements.
    pub insert: usize,
    /// Number of UPDATE statements.
    pub update: usize,
    /// Number of DELETE statements.
    pub delete: usize,
}

impl Counts {
    /// Counts recorded statements.
    pub fn of(statements: &orm::engine::Statements) -> Self {
        Self {
            select: statements.count(StatementKind::Select),
            insert: statements.count(StatementKind::Insert),
            update: statements.count(StatementKind::Update),
            delete: statements.count(StatementKind::Delete),
        }
    }

    fn add(&mut self, other: Self) {
        self.select += other.select;
        self.insert += other.insert;
        self.update += other.update;
        self.delete += other.delete;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { select, insert, update, delete } = self;
        write!(f, "SELECT {select} INSERT {insert} UPDATE {update} DELETE {delete}")
    }
}

/// Result of a game that was played to its end, or to the last tick that was asked for.
#[derive(Clone, Debug)]
pub struct Report {
    /// Last phase.
    pub phase: Phase,
    /// Numbers of the last round.
    pub state: State,
    /// Events of the last round.
    pub tally: Tally,
    /// Leftmost column of the army.
    pub leftmost: Option<i32>,
    /// Number of rounds that were won.
    pub cleared: u32,
    /// Number of ticks of all rounds.
    pub ticks: u64,
    /// Statements of all ticks.
    pub counts: Counts,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = match self.phase {
            Phase::Lost => "lost",
            Phase::Won => "level cleared",
            Phase::Paused => "paused",
            Phase::Start | Phase::Playing => "playing",
        };
        let Tally { moves, drops, saucers, left } = self.tally;
        write!(f, "{end} after tick {}: {moves} moves, {drops} drops, ", self.state.tick)?;
        if let Some(leftmost) = self.leftmost {
            write!(f, "leftmost {leftmost}, ")?;
        }
        let heading = if self.state.heading == Heading::Right { "right" } else { "left" };
        writeln!(f, "heading {heading}, {saucers} saucers, {left} left, score {}", self.state.score)?;
        write!(f, "{}", self.counts)
    }
}

/// Plays a round by a script until it is lost, cleared, or has had so many steps. Each step draws, as the original does.
///
/// # Errors
/// Whatever the database says.
pub fn play(engine: &Engine, game: &mut Game, script: &Script, steps: u64) -> orm::Result<Report> {
    if game.phase() == Phase::Start {
        game.step(Some(Key::Other))?;
        game.scene()?;
    }
    let recorder = engine.record();
    let (mut counts, mut ticks) = (Counts::default(), 0);
    for step in 1..=steps {
        let phase = game.step(script.at(step))?;
        if matches!(phase, Phase::Won | Phase::Lost) {
            break;
        }
        game.scene()?;
        ticks = step;
        counts.add(Counts::of(&recorder.take()));
    }
    let cleared = u32::from(game.phase() == Phase::Won);
    let (phase, state, tally, leftmost) = (game.phase(), game.state(), game.tally(), game.leftmost()?);
    Ok(Report { phase, state, tally, leftmost, cleared, ticks, counts })
}

/// Result of a modern game.
#[derive(Clone, Debug)]
pub struct ModernReport {
    /// Game in numbers.
    pub standing: Standing,
    /// Number of steps.
    pub steps: u64,
    /// Statements of all steps and pictures.
    pub counts: Counts,
}

impl fmt::Display for ModernReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Standing { stage, level, tick, players } = &self.standing;
        let end = match stage {
            Stage::Over => "over",
            Stage::Cleared => "level cleared",
            Stage::Paused => "paused",
            Stage::Start | Stage::Playing => "playing",
        };
        write!(f, "{end} after tick {tick}: level {level}")?;
        for (name, score, lives) in players {
            write!(f, ", {name} has {score} points and {lives} ships")?;
        }
        write!(f, "\n{}", self.counts)
    }
}

/// Plays a modern game by a script until it is over or has had so many steps. Each step draws. Where the script is
/// empty, a key starts the battle.
///
/// # Errors
/// Whatever the database says.
pub fn play_modern(engine: &Engine, game: &mut Modern, script: &Script, steps: u64) -> orm::Result<ModernReport> {
    let recorder = engine.record();
    let (mut counts, mut taken) = (Counts::default(), 0);
    for step in 1..=steps {
        let starts = script.is_empty() && step == 1;
        game.step(script.at(step).or(starts.then_some(Key::Other)))?;
        game.scene()?;
        taken = step;
        counts.add(Counts::of(&recorder.take()));
        if game.shown().stage == Stage::Over {
            break;
        }
    }
    Ok(ModernReport { standing: game.shown().clone(), steps: taken, counts })
}
