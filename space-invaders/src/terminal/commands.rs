//! What keys do: they steer the ship, or stop, explain and change the game.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::{Ending, Play};
use crate::keys::Key;
use crate::playable::run_sql;
use crate::screen::Mode;

/// Ticks by which `{` and `}` travel.
const STRIDE: i32 = 20;

impl Play<'_> {
    pub(super) fn press(&mut self, key: KeyEvent) -> orm::Result<()> {
        // Terminals that report releases send every key twice.
        if key.kind == KeyEventKind::Release {
            self.controls.release(key.code);
            return Ok(());
        }
        if key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL) {
            self.ending = Some(Ending::Leave);
            return Ok(());
        }
        if self.controls.has_postponed() || self.must_wait() {
            self.controls.postpone(key.code);
            return Ok(());
        }
        self.act(key.code, key.kind)
    }

    /// Returns whether a command would come before a key that was typed first: the key answers a message, or a single tick is due.
    fn must_wait(&self) -> bool {
        self.single || (self.mode == Mode::Playing && !self.game.is_playing() && self.controls.has_key())
    }

    /// Acts on the keys that had to wait.
    pub(super) fn catch_up_with_keys(&mut self) -> orm::Result<()> {
        while self.ending.is_none()
            && !self.must_wait()
            && let Some(code) = self.controls.postponed()
        {
            self.act(code, KeyEventKind::Press)?;
        }
        Ok(())
    }

    fn act(&mut self, code: KeyCode, kind: KeyEventKind) -> orm::Result<()> {
        match std::mem::take(&mut self.mode) {
            Mode::Console(typed) => self.type_sql(code, typed),
            Mode::Naming(name) => self.type_name(code, name)?,
            Mode::Scores(_) if code != KeyCode::Char('q') => self.ending = Some(Ending::Again),
            mode if code == KeyCode::Char('q') => (self.mode, self.ending) = (mode, Some(Ending::Leave)),
            Mode::Past(tick, range) => self.travel(code, tick, range)?,
            Mode::Planned(plan) => self.send(code, plan)?,
            mode => {
                self.mode = mode;
                self.said.clear();
                self.command(code, kind)?;
            }
        }
        Ok(())
    }

    fn command(&mut self, code: KeyCode, kind: KeyEventKind) -> orm::Result<()> {
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
        self.controls.press(code, pressed, kind);
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
