//! The loop of a terminal: keys in, fixed ticks, frames out. A slow terminal loses frames and never ticks.

use std::collections::VecDeque;
use std::error::Error;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use orm::engine::RecordedStatement;
use orm::{Engine, Recorder};
use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::keys::Key;
use crate::rules::{Game, Phase};
use crate::screen::{self, View};

/// Ticks that a late loop makes up for before it draws again; later ones are dropped from the clock.
const CATCH_UP: u32 = 5;
/// Keys that wait for their tick at most.
const WAITING: usize = 4;
/// Seconds that the message at the end of a round stays.
const REST: u32 = 2;

/// Plays in the terminal until the player leaves or a signal ends the program. The terminal is restored in every case.
///
/// # Errors
/// Whatever the terminal or the database says.
pub fn run(engine: &Engine, game: &mut Game, speed: u32) -> Result<(), Box<dyn Error>> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in signals() {
        signal_hook::flag::register(*signal, Arc::clone(&stop))?;
    }
    // This also restores the terminal on a panic.
    let mut terminal = ratatui::try_init()?;
    let speed = speed.clamp(1, 1000);
    let colours = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let mut play = Play {
        recorder: engine.record(),
        game,
        statements: Vec::new(),
        ticked: 0,
        keys: VecDeque::new(),
        resting: 0,
        rest: REST * speed,
        stepping: false,
        single: false,
        leaving: false,
        colours,
    };
    let outcome = play.run(&mut terminal, Duration::from_secs(1) / speed, &stop);
    // After SIGHUP there may be no terminal left to restore.
    let _ = ratatui::try_restore();
    outcome
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

/// State of the terminal loop. No part of the game is in it.
struct Play<'g> {
    recorder: Recorder,
    game: &'g mut Game,
    statements: Vec<RecordedStatement>,
    /// Number of statements that the tick sent. The others were sent to draw.
    ticked: usize,
    keys: VecDeque<Key>,
    /// Ticks since the end of the round.
    resting: u32,
    /// Ticks that the message at the end of a round stays.
    rest: u32,
    /// Whether ticks are run one by one.
    stepping: bool,
    /// Whether one tick was asked for.
    single: bool,
    leaving: bool,
    colours: bool,
}

impl Play<'_> {
    fn run(
        &mut self,
        terminal: &mut DefaultTerminal,
        period: Duration,
        stop: &AtomicBool,
    ) -> Result<(), Box<dyn Error>> {
        let mut next = Instant::now();
        self.draw(terminal)?;
        while !stop.load(Ordering::Relaxed) && !self.leaving {
            if event::poll(next.saturating_duration_since(Instant::now()))? {
                if let Event::Key(key) = event::read()? {
                    self.press(key);
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

    fn press(&mut self, key: KeyEvent) {
        // Terminals that report releases send every key twice.
        if key.kind == KeyEventKind::Release {
            return;
        }
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let pressed = match key.code {
            KeyCode::Char('c') if control => return self.leaving = true,
            KeyCode::Char('q') => return self.leaving = true,
            KeyCode::Char('.') if self.game.phase() == Phase::Playing => {
                (self.stepping, self.single) = (true, true);
                return;
            }
            KeyCode::Char('p') if self.stepping => return self.stepping = false,
            KeyCode::Char('j') | KeyCode::Left => Key::Left,
            KeyCode::Char('l') | KeyCode::Right => Key::Right,
            KeyCode::Char(' ') => Key::Fire,
            KeyCode::Char('p') => Key::Pause,
            _ => Key::Other,
        };
        if self.keys.len() < WAITING {
            self.keys.push_back(pressed);
        }
    }

    fn tick(&mut self) -> orm::Result<()> {
        if self.stepping && !std::mem::take(&mut self.single) {
            return Ok(());
        }
        self.recorder.take();
        match self.game.phase() {
            Phase::Won | Phase::Lost if self.resting < self.rest => self.resting += 1,
            Phase::Won | Phase::Lost => {
                self.resting = 0;
                self.keys.clear();
                self.game.next_round()?;
            }
            Phase::Start | Phase::Playing | Phase::Paused => {
                let key = self.keys.pop_front();
                self.game.step(key)?;
            }
        }
        self.statements = self.recorder.take().to_vec();
        self.ticked = self.statements.len();
        Ok(())
    }

    fn draw(&mut self, terminal: &mut DefaultTerminal) -> Result<(), Box<dyn Error>> {
        self.recorder.take();
        let scene = self.game.scene()?;
        self.statements.truncate(self.ticked);
        self.statements.extend(self.recorder.take().iter().cloned());
        let view = View {
            scene: &scene,
            tick: self.game.state().tick,
            statements: &self.statements,
            stepping: self.stepping,
            colours: self.colours,
        };
        terminal.draw(|frame| screen::draw(frame, &view)).map(drop).map_err(io::Error::into)
    }
}
