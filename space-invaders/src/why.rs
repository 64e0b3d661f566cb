//! The reason for each statement of a tick: the rule that asked, and what the rule is about.

use orm::engine::RecordedStatement;
use orm::{Engine, Recorder};

/// A rule of the game, in the words of the SQL pane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// No rule: a statement of the program around the game.
    #[default]
    None,
    /// The tables, the pictures, a new level.
    SetUp,
    /// Whose turn it is, and whether the round is over.
    Turn,
    /// The ship moves or fires.
    Steer,
    /// A missile flies.
    Missile,
    /// Missiles, bombs, the saucer and marks of hits, which move or fade.
    Flight,
    /// Shots meet what stands in their way.
    Hits,
    /// The army marches.
    Army,
    /// The army drops a bomb.
    Bombs,
    /// The saucer crosses the sky.
    Saucer,
    /// Marks of hits disappear.
    Splats,
    /// A message appears or disappears.
    Message,
    /// The changes of the tick are written.
    Flush,
    /// The field is remembered for time travel.
    Past,
    /// The field is drawn.
    Draw,
    /// The player typed SQL.
    Console,
}

impl Rule {
    /// Returns the rule in a word.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "program",
            Self::SetUp => "set-up",
            Self::Turn => "turn",
            Self::Steer => "ship",
            Self::Missile => "missile",
            Self::Flight => "flight",
            Self::Hits => "hits",
            Self::Army => "army",
            Self::Bombs => "bombs",
            Self::Saucer => "saucer",
            Self::Splats => "splats",
            Self::Message => "message",
            Self::Flush => "flush",
            Self::Past => "past",
            Self::Draw => "draw",
            Self::Console => "console",
        }
    }

    /// Explains the rule, and why it asks the database.
    pub fn explanation(self) -> &'static str {
        match self {
            Self::None => "A statement of the program around the game.",
            Self::SetUp => "A new field: one row for each glyph.",
            Self::Turn => "Is the round over? The rows of the game, its players and the army say so.",
            Self::Steer => "The ship moves by a change of its row, and a shot is a new row.",
            Self::Missile => "A missile hits the first enemy whose rectangle meets its own: a query.",
            Self::Flight => "Missiles, bombs, saucer and splats: the rows that move by themselves.",
            Self::Hits => "Shots and targets are joined on rectangles that meet: all hits by one query.",
            Self::Army => {
                "The army moves on ticks that its size divides. Its edges are one aggregate, its moves one UPDATE."
            }
            Self::Bombs => "The lowest enemy of a column drops a bomb: ORDER BY y DESC, and a random OFFSET.",
            Self::Saucer => "A saucer appears every 500 ticks and moves on every fourth.",
            Self::Splats => "A mark is a row that remembers its tick; old ones are deleted.",
            Self::Message => "A message is a row too. It covers the rows that it meets.",
            Self::Flush => "The unit of work writes every change of the tick, in the order of the foreign keys.",
            Self::Past => "What differs from the tick before is remembered, so that [ and ] can show it.",
            Self::Draw => "One SELECT gives every row with its picture. Drawing changes nothing.",
            Self::Console => "A statement of the player.",
        }
    }
}

/// A statement with the rule that asked for it.
#[derive(Clone, Debug)]
pub struct Told {
    /// Rule that was at work.
    pub rule: Rule,
    /// Statement that was sent.
    pub statement: RecordedStatement,
}

/// The statements since somebody last looked, by rule. Without a recorder nothing is kept.
#[derive(Debug, Default)]
pub struct Trace {
    recorder: Option<Recorder>,
    rule: Rule,
    told: Vec<Told>,
}

impl Trace {
    /// Begins to record the statements of an engine.
    pub fn watch(&mut self, engine: &Engine) {
        self.recorder = Some(engine.record());
    }

    /// Says which rule asks from now on.
    pub fn rule(&mut self, rule: Rule) {
        self.collect();
        self.rule = rule;
    }

    /// Returns the statements since the last call.
    pub fn take(&mut self) -> Vec<Told> {
        self.collect();
        self.rule = Rule::None;
        std::mem::take(&mut self.told)
    }

    fn collect(&mut self) {
        let Some(recorder) = &self.recorder else { return };
        let rule = self.rule;
        self.told.extend(recorder.take().iter().map(|statement| Told { rule, statement: statement.clone() }));
    }
}
