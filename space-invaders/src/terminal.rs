//! The loop of a terminal: keys in, fixed ticks, frames out. A slow terminal loses frames and never ticks.

use std::collections::VecDeque;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use orm::Engine;
use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::keys::Key;
use crate::playable::{Playable, run_sql};
use crate::replay::Recording;
use crate::scene::Scene;
use crate::scores::Scores;
use crate::screen::{self, Mode, View};
use crate::why::Told;

/// Ticks that a late loop makes up for before it draws again; later ones are dropped from the clock.
const CATCH_UP: u32 = 5;
/// Keys that wait for their tick at most.
const WAITING: usize = 4;
/// Ticks by which `{` and `}` travel.
const STRIDE: i32 = 20;

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
    let outcome = work(&mut terminal, &|| stop.load(Ordering::Relaxed));
    // After SIGHUP there may be no terminal left to restore.
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
        keys: VecDeque::new(),
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
    keys: VecDeque<Key>,
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
            if event::poll(next.saturating_duration_since(Instant::now()))? {
                if let Event::Key(key) = event::read()? {
                    self.press(key)?;
                }
                continue;
            }
            let size = terminal.size()?;
            for _ in 0..CATCH_UP {
                if screen::fits(size.width, size.height) {
                    self.tick()?;
                }
                next += period;
                if Instant::now() < next {
                    break;
                }
            }
            next = next.max(Instant::now());
            self.draw(terminal)?;
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
        let typed = self.keys.pop_front();
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

/// Keys.
impl Play<'_> {
    fn press(&mut self, key: KeyEvent) -> orm::Result<()> {
        // Terminals that report releases send every key twice.
        if key.kind == KeyEventKind::Release {
            return Ok(());
        }
        if key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL) {
            self.ending = Some(Ending::Leave);
            return Ok(());
        }
        match std::mem::take(&mut self.mode) {
            Mode::Console(typed) => self.type_sql(key.code, typed),
            Mode::Naming(name) => self.type_name(key.code, name)?,
            Mode::Scores(_) if key.code != KeyCode::Char('q') => self.ending = Some(Ending::Again),
            mode if key.code == KeyCode::Char('q') => (self.mode, self.ending) = (mode, Some(Ending::Leave)),
            Mode::Past(tick, range) => self.travel(key.code, tick, range)?,
            Mode::Planned(plan) => self.send(key.code, plan)?,
            mode => {
                self.mode = mode;
                self.said.clear();
                self.command(key.code)?;
            }
        }
        Ok(())
    }

    fn command(&mut self, code: KeyCode) -> orm::Result<()> {
        let stepping = self.mode == Mode::Stepping;
        let pressed = match code {
            KeyCode::Char('.') if self.game.is_playing() => {
                (self.mode, self.single) = (Mode::Stepping, true);
                return Ok(());
            }
            KeyCode::Char('p') if stepping => {
                self.mode = Mode::Playing;
                return Ok(());
            }
            KeyCode::Char(':') => {
                self.steps_on = stepping;
                self.mode = Mode::Console(String::new());
                return Ok(());
            }
            KeyCode::Char('s') => {
                self.pane = !self.pane;
                return Ok(());
            }
            KeyCode::Char('F') if self.game.is_playing() => return self.plan(),
            KeyCode::Char('[') => return self.look_back(),
            KeyCode::Char('j') | KeyCode::Left => Key::Left,
            KeyCode::Char('l') | KeyCode::Right => Key::Right,
            KeyCode::Char(' ') => Key::Fire,
            KeyCode::Char('p') => Key::Pause,
            _ => Key::Other,
        };
        if self.keys.len() < WAITING {
            self.keys.push_back(pressed);
        }
        Ok(())
    }

    /// Prepares a step, and shows its flush.
    fn plan(&mut self) -> orm::Result<()> {
        self.game.trace().take();
        let key = self.next_key();
        match self.game.plan(key)? {
            Some(plan) if plan.is_empty() => {
                self.mode = Mode::Planned("nothing: no row changes in this tick\n".to_owned())
            }
            Some(plan) => self.mode = Mode::Planned(plan),
            None => {
                self.steps -= 1;
                self.said = "The classic game flushes before each query: play without --classic for plans.".to_owned();
            }
        }
        self.told = self.game.trace().take();
        self.ticked = self.told.len();
        Ok(())
    }

    /// Sends the flush that was shown.
    fn send(&mut self, code: KeyCode, plan: String) -> orm::Result<()> {
        if !matches!(code, KeyCode::Enter | KeyCode::Char('F' | '.' | 'p')) {
            self.mode = Mode::Planned(plan);
            return Ok(());
        }
        self.mode = if code == KeyCode::Char('p') { Mode::Playing } else { Mode::Stepping };
        if let Err(error) = self.game.write() {
            self.game.session().rollback()?;
            self.said = format!("The step was lost: {}", first_line(&error));
        }
        self.told.truncate(self.ticked);
        self.told.extend(self.game.trace().take());
        self.ticked = self.told.len();
        if code == KeyCode::Char('F') { self.plan() } else { Ok(()) }
    }

    fn look_back(&mut self) -> orm::Result<()> {
        self.ticked = 0;
        match self.game.remembered()? {
            Some((first, last)) => self.mode = Mode::Past((last - 1).max(first), (first, last)),
            None => self.said = "The classic game has no past: play without --classic.".to_owned(),
        }
        Ok(())
    }

    fn travel(&mut self, code: KeyCode, tick: i32, range: (i32, i32)) -> orm::Result<()> {
        let tick = match code {
            KeyCode::Char('[') => tick - 1,
            KeyCode::Char(']') => tick + 1,
            KeyCode::Char('{') => tick - STRIDE,
            KeyCode::Char('}') => tick + STRIDE,
            KeyCode::Enter => {
                self.mode = Mode::Stepping;
                self.said = format!("Back at tick {tick}: p plays on.");
                return self.game.rewind(tick);
            }
            KeyCode::Esc => {
                self.mode = Mode::Stepping;
                return Ok(());
            }
            _ => tick,
        };
        self.mode = if tick > range.1 { Mode::Stepping } else { Mode::Past(tick.max(range.0), range) };
        Ok(())
    }

    fn type_sql(&mut self, code: KeyCode, mut typed: String) {
        match code {
            KeyCode::Esc => return self.leave_console(),
            KeyCode::Enter if typed.is_empty() => return self.leave_console(),
            KeyCode::Enter => {
                self.game.trace().take();
                self.said = match run_sql(self.game, &typed) {
                    Ok(said) => said,
                    Err(error) => format!("refused ({}): {}", error.code(), first_line(&error)),
                };
                self.told = self.game.trace().take();
                self.ticked = self.told.len();
                typed.clear();
            }
            KeyCode::Backspace => drop(typed.pop()),
            KeyCode::Char(symbol) => typed.push(symbol),
            _ => {}
        }
        self.mode = Mode::Console(typed);
    }

    fn leave_console(&mut self) {
        self.said.clear();
        self.mode = if self.steps_on { Mode::Stepping } else { Mode::Playing };
    }

    fn type_name(&mut self, code: KeyCode, mut name: String) -> orm::Result<()> {
        match code {
            KeyCode::Backspace => drop(name.pop()),
            KeyCode::Char(symbol) if name.chars().count() < 20 => name.push(symbol),
            KeyCode::Enter | KeyCode::Esc => {
                let Some(scores) = &self.options.scores else { return Ok(()) };
                if let (KeyCode::Enter, Some((_, score, level))) = (code, self.game.result().first()) {
                    scores.add(&name, *score, *level)?;
                }
                self.mode = Mode::Scores(scores.best()?);
                return Ok(());
            }
            _ => {}
        }
        self.mode = Mode::Naming(name);
        Ok(())
    }
}

fn first_line(error: &orm::Error) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}
