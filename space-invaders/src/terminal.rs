//! The loop of a terminal: keys in, fixed ticks, frames out. A slow terminal loses frames and never ticks.

mod commands;
mod controls;
mod input;

use std::error::Error;
use std::io::stdout;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use orm::Engine;
use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{
    Event, KeyboardEnhancementFlags, PopKeyboardEnhancementFlags, PushKeyboardEnhancementFlags,
};
use ratatui::crossterm::execute;

use self::controls::Controls;
pub use self::input::next_event;
use crate::keys::Key;
use crate::playable::Playable;
use crate::replay::Recording;
use crate::scene::Scene;
use crate::scores::Scores;
use crate::screen::{self, Mode, View};
use crate::why::Told;

/// Ticks that a late loop makes up for before it draws again; later ones are dropped from the clock.
const CATCH_UP: u32 = 5;

/// How a game is played.
#[derive(Debug)]
pub struct Options {
    /// Ticks a second.
    pub speed: u32,
    /// Recording that takes the player's place.
    pub replay: Option<Recording>,
    /// List of high scores.
    pub scores: Option<Scores>,
    /// Seed and keys of this game.
    pub recording: Recording,
}

/// What a player leaves a game for.
#[derive(Debug)]
pub enum Ending {
    /// The player leaves.
    Leave,
    /// The player wants another game.
    Again,
}

/// Runs a loop in the terminal, which is restored in every case. The loop is to end when its second argument says so: a signal came.
///
/// # Errors
/// Whatever the terminal or the loop says.
pub fn within<T>(
    work: impl FnOnce(&mut DefaultTerminal, &dyn Fn() -> bool) -> Result<T, Box<dyn Error>>,
) -> Result<T, Box<dyn Error>> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in signals() {
        signal_hook::flag::register(*signal, Arc::clone(&stop))?;
    }
    // This also restores the terminal on a panic.
    let mut terminal = ratatui::try_init()?;
    // A terminal with kitty's protocol says when a key is released; others ignore the request.
    let _ = execute!(stdout(), PushKeyboardEnhancementFlags(KeyboardEnhancementFlags::REPORT_EVENT_TYPES));
    let outcome = work(&mut terminal, &|| stop.load(Ordering::Relaxed));
    // After SIGHUP there may be no terminal left to restore. A panic leaves the alternate screen, and its flags with it.
    let _ = execute!(stdout(), PopKeyboardEnhancementFlags);
    let _ = ratatui::try_restore();
    outcome
}

/// Returns whether the environment allows colours.
pub fn has_colours() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

#[cfg(unix)]
fn signals() -> &'static [i32] {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    &[SIGTERM, SIGHUP, SIGINT]
}

#[cfg(not(unix))]
fn signals() -> &'static [i32] {
    &[signal_hook::consts::SIGTERM]
}

/// Plays in the terminal until the player leaves or a signal ends the program. `options.recording` has the keys afterwards.
///
/// # Errors
/// Whatever the terminal or the database says.
pub fn run(engine: &Engine, game: &mut dyn Playable, options: &mut Options) -> Result<Ending, Box<dyn Error>> {
    game.trace().watch(engine);
    let period = Duration::from_secs(1) / options.speed.clamp(1, 1000);
    let mut play = Play {
        scene: Scene::empty(),
        game,
        options,
        told: Vec::new(),
        ticked: 0,
        controls: Controls::default(),
        steps: 0,
        mode: Mode::Playing,
        steps_on: false,
        single: false,
        pane: false,
        said: String::new(),
        ending: None,
        colours: has_colours(),
    };
    within(|terminal, stop| play.run(terminal, period, stop))?;
    Ok(play.ending.unwrap_or(Ending::Leave))
}

/// State of the terminal loop. No part of the game is in it.
struct Play<'g> {
    game: &'g mut dyn Playable,
    options: &'g mut Options,
    scene: Scene,
    told: Vec<Told>,
    /// Number of statements of the last step. The others were sent to draw.
    ticked: usize,
    controls: Controls,
    steps: u64,
    mode: Mode,
    /// Whether ticks are run one by one again after the console.
    steps_on: bool,
    /// Whether one tick was asked for.
    single: bool,
    pane: bool,
    said: String,
    ending: Option<Ending>,
    colours: bool,
}

impl Play<'_> {
    fn run(
        &mut self,
        terminal: &mut DefaultTerminal,
        period: Duration,
        stop: &dyn Fn() -> bool,
    ) -> Result<(), Box<dyn Error>> {
        let mut next = Instant::now();
        self.draw(terminal)?;
        while !stop() && self.ending.is_none() {
            if let Some(event) = next_event(next.saturating_duration_since(Instant::now()))? {
                if let Event::Key(key) = event {
                    self.press(key)?;
                }
                continue;
            }
            if Instant::now() < next {
                continue;
            }
            let size = terminal.size()?;
            for _ in 0..CATCH_UP {
                if screen::fits(size.width, size.height) {
                    self.tick()?;
                } else {
                    self.single = false;
                    self.controls.clear();
                }
                next += period;
                if Instant::now() < next {
                    break;
                }
            }
            next = next.max(Instant::now());
            self.draw(terminal)?;
            self.catch_up_with_keys()?;
        }
        Ok(())
    }

    /// Takes a step, unless the terminal is doing something else.
    fn tick(&mut self) -> orm::Result<()> {
        match self.mode {
            Mode::Playing => {}
            Mode::Stepping if std::mem::take(&mut self.single) => {}
            _ => return Ok(()),
        }
        self.game.trace().take();
        let key = self.next_key();
        self.game.step(key)?;
        self.told = self.game.trace().take();
        self.ticked = self.told.len();
        Ok(())
    }

    /// The key of the next step: the player's, or that of the recording.
    fn next_key(&mut self) -> Option<Key> {
        self.steps += 1;
        let typed = self.controls.next(self.steps);
        let key = match &self.options.replay {
            Some(recording) => recording.keys.at(self.steps),
            None => typed,
        };
        self.options.recording.press(self.steps, key);
        key
    }

    fn draw(&mut self, terminal: &mut DefaultTerminal) -> Result<(), Box<dyn Error>> {
        self.game.trace().take();
        self.scene = match self.mode {
            Mode::Past(tick, _) => self.game.scene_at(tick)?,
            _ => self.game.scene()?,
        };
        let drawn = self.game.trace().take();
        self.told.truncate(self.ticked);
        self.told.extend(drawn);
        if self.mode == Mode::Playing
            && self.options.scores.is_some()
            && let Some((name, ..)) = self.game.result().first()
        {
            self.mode = Mode::Naming(name.clone());
        }
        let view = View {
            scene: &self.scene,
            tick: if let Mode::Past(tick, _) = self.mode { tick } else { self.game.tick() },
            told: &self.told,
            mode: &self.mode,
            said: &self.said,
            races: self.game.races(),
            pane: self.pane,
            colours: self.colours,
        };
        terminal.draw(|frame| screen::draw(frame, &view))?;
        Ok(())
    }
}
