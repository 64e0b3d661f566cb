//! The browser of a terminal: choose a recipe, run it, read its story step by step with the SQL beside it.

mod app;
mod child;
mod diff;
mod draw;
mod highlight;
mod input;
mod story;
mod tables;
mod take;

use std::error::Error;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use self::app::{Action, App, Key};
use self::child::{News, Running};
use crate::run;

/// Time between two looks at what runs.
const PAUSE: Duration = Duration::from_millis(50);

/// Browses until the reader leaves or a signal ends the program. The terminal is restored in every case, and what runs is ended.
pub(crate) fn browse() -> Result<(), Box<dyn Error>> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in signals() {
        signal_hook::flag::register(*signal, Arc::clone(&stop))?;
    }
    let mut terminal = ratatui::try_init()?;
    let colours = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let mut browser =
        Browser { app: App::new(run::workspace()), runs: [None, None], check: None, seen: None, stale: true, colours };
    let outcome = browser.run(&mut terminal, &stop);
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

struct Browser {
    app: App,
    /// The recipe on the first and on the second database.
    runs: [Option<Running>; 2],
    /// The check of a copied recipe, and its folder.
    check: Option<(Running, String)>,
    /// When the source was saved last, in watch mode.
    seen: Option<SystemTime>,
    /// Whether something has changed since the last frame. An idle browser draws nothing.
    stale: bool,
    colours: bool,
}

impl Browser {
    fn run(&mut self, terminal: &mut DefaultTerminal, stop: &AtomicBool) -> Result<(), Box<dyn Error>> {
        while !stop.load(Ordering::Relaxed) {
            if std::mem::take(&mut self.stale) {
                terminal.draw(|frame| draw::draw(frame, &self.app, self.colours))?;
            }
            let mut actions = self.news();
            let event = input::next_event(PAUSE)?;
            self.stale |= event.is_some() || !actions.is_empty();
            if let Some(Event::Key(key)) = event
                && key.kind != KeyEventKind::Release
            {
                if key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL) {
                    return Ok(());
                }
                actions.extend(translated(key).map(|key| self.app.press(key)).unwrap_or_default());
            }
            for action in actions {
                if !self.carry_out(action, terminal)? {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Takes what the programs printed; a saved source asks for another run.
    fn news(&mut self) -> Vec<Action> {
        for (side, slot) in self.runs.iter_mut().enumerate() {
            let Some(running) = slot else { continue };
            let (news, ended) = running.take();
            self.stale |= !news.is_empty() || ended.is_some();
            for line in news {
                match line {
                    News::Told(line) => self.app.told(side, line),
                    News::Warned(line) => self.app.warned(side, line),
                }
            }
            if let Some(code) = ended {
                *slot = None;
                self.app.ended(side, code);
            }
        }
        if let Some((running, folder)) = &mut self.check
            && let (news, Some(code)) = running.take()
        {
            let last =
                news.into_iter().map(|(News::Told(line) | News::Warned(line))| line).next_back().unwrap_or_default();
            self.app.said = match code {
                0 => format!("{folder} stands alone: `cargo check` succeeded"),
                _ => format!("{folder}: cargo check fails: {last}"),
            };
            (self.check, self.stale) = (None, true);
        }
        self.watch()
    }

    fn watch(&mut self) -> Vec<Action> {
        if !self.app.watching {
            self.seen = None;
            return Vec::new();
        }
        let saved = self.app.folder().and_then(|folder| folder.join("src/main.rs").metadata().ok()?.modified().ok());
        let before = std::mem::replace(&mut self.seen, saved);
        if before.is_none() || before == saved {
            return Vec::new();
        }
        self.app.read_files();
        let url = self.app.url.clone();
        self.app.run(0, &url)
    }

    /// Does what a key asks for; false to leave.
    fn carry_out(&mut self, action: Action, terminal: &mut DefaultTerminal) -> Result<bool, Box<dyn Error>> {
        match action {
            Action::Quit => return Ok(false),
            Action::Stop => self.runs = [None, None],
            Action::Run { name, url, side } => {
                let command = run::command(name, vec!["--db-url".to_owned(), url]);
                match Running::start(command) {
                    Ok(running) => self.runs[side] = Some(running),
                    Err(error) => self.app.said = format!("cargo cannot be run: {error}"),
                }
            }
            Action::Edit(path) => {
                ratatui::try_restore()?;
                self.app.said = edit(&path);
                *terminal = ratatui::try_init()?;
                self.app.read_files();
            }
            Action::Take { name, folder } => self.take(name, &folder),
        }
        Ok(true)
    }

    fn take(&mut self, name: &str, folder: &Path) {
        let Some(recipe) = self.app.folder() else { return };
        let copied = take::copy(&recipe, &self.app.root, folder);
        let mut check = Command::new(run::cargo());
        check.args(["check", "--manifest-path"]).arg(folder.join("Cargo.toml"));
        // What is built already is not built again.
        let built = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| self.app.root.join("target"), Into::into);
        check.env("CARGO_TARGET_DIR", built);
        self.app.said = match copied.and_then(|()| Running::start(check)) {
            Ok(running) => {
                self.check = Some((running, folder.display().to_string()));
                format!("{name} was copied to {}; cargo check runs ..", folder.display())
            }
            Err(error) => format!("{name} was not copied: {error}"),
        };
    }
}

/// Opens a file in the reader's editor.
fn edit(path: &Path) -> String {
    let editor = ["VISUAL", "EDITOR"].iter().find_map(std::env::var_os).unwrap_or_else(|| "vi".into());
    match Command::new(&editor).arg(path).status() {
        Ok(_) => String::new(),
        Err(error) => format!("{} cannot be run: {error}; set EDITOR", editor.display()),
    }
}

fn translated(key: KeyEvent) -> Option<Key> {
    Some(match key.code {
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Escape,
        KeyCode::Tab => Key::Tab,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Char(symbol) => Key::Char(symbol),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use expect_test::expect_file;
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;
    use ratatui::buffer::Buffer;
    use ratatui::style::Color;

    use super::app::{App, Key};
    use super::draw;
    use crate::run;

    fn frame(app: &App, width: u16, height: u16, colours: bool) -> Buffer {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| draw::draw(frame, app, colours)).unwrap();
        terminal.backend().buffer().clone()
    }

    fn text(buffer: &Buffer) -> String {
        let rows = buffer.content().chunks(usize::from(buffer.area.width.max(1)));
        let row = |row: &[ratatui::buffer::Cell]| {
            row.iter().map(ratatui::buffer::Cell::symbol).collect::<String>().trim_end().to_owned()
        };
        rows.map(row).collect::<Vec<_>>().join("\n") + "\n"
    }

    /// A run whose second step is shown. The output is made up, so that the pictures do not change with the recipes.
    fn ran() -> App {
        let mut app = App::new(run::workspace());
        "/directed".chars().for_each(|symbol| drop(app.press(Key::Char(symbol))));
        app.press(Key::Enter);
        for line in [
            "",
            "Creating the tables",
            "    | CREATE TABLE node (node_id INTEGER PRIMARY KEY)",
            "",
            "Loading the edges of n3: one SELECT answers for every node",
            "    | SELECT edge.lower_id, edge.higher_id FROM edge WHERE edge.lower_id IN (?, ?)",
            "    |   [1, 2]",
            "n3 -> n6",
            "",
            "Statements, here and in SQLAlchemy",
            "SELECT  3 | 10",
            "INSERT  2 |  8",
            "UPDATE  0 |  0",
            "DELETE  0 |  0",
        ] {
            app.told(0, line.to_owned());
        }
        app.ended(0, 0);
        app.press(Key::Right);
        app.files.source.clear();
        let story = app.outputs[0].lines.iter().filter(|line| !line.starts_with("    | "));
        app.files.shown = story.cloned().collect::<Vec<_>>().join("\n");
        app
    }

    #[test]
    fn three_sizes() {
        let mut app = ran();
        // The number of recipes grows: the list shows what the filter leaves.
        app.root = "/".into();
        let shown = |width, height| {
            text(&frame(&app, width, height, true))
                .replace(&format!("of {} ", crate::catalog::recipes().count()), "of N ")
        };
        expect_file!["../tests/screens/100x30.txt"].assert_eq(&shown(100, 30));
        expect_file!["../tests/screens/80x24.txt"].assert_eq(&shown(80, 24));
        expect_file!["../tests/screens/60x16.txt"].assert_eq(&shown(60, 16));
    }

    #[test]
    fn counts_stand_beside_sqlalchemys() {
        let screen = text(&frame(&ran(), 100, 30, true));
        assert!(screen.contains("SELECT        3           10"), "{screen}");
        assert!(screen.contains("n3 -> n6"), "{screen}");
    }

    #[test]
    fn colours_are_by_kind_of_word_and_none_without_colours() {
        let app = ran();
        let buffer = frame(&app, 100, 30, true);
        let select =
            buffer.content().iter().zip(0..).filter(|(cell, _)| cell.symbol() == "S" && cell.fg == Color::Yellow);
        assert!(select.count() >= 1, "SELECT is yellow");
        let plain = frame(&app, 100, 30, false);
        assert!(plain.content().iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
    }

    #[test]
    fn differences_between_databases_are_marked() {
        let mut app = ran();
        app.press(Key::Char('D'));
        app.press(Key::Enter);
        for line in [
            "",
            "Creating the tables",
            "",
            "Loading the edges of n3",
            "    | SELECT edge.lower_id FROM edge WHERE x = $1",
        ] {
            app.told(1, line.to_owned());
        }
        app.step = 1;
        assert!(text(&frame(&app, 120, 40, true)).contains("≠ SELECT edge.lower_id"));
    }

    #[test]
    fn watch_mode_shows_the_lines_that_differ_from_the_known_output() {
        let mut app = ran();
        app.watching = true;
        assert!(!text(&frame(&app, 100, 30, true)).contains("output.txt"), "nothing differs");
        app.files.shown = app.files.shown.replace("n3 -> n6", "n3 -> n7");
        let screen = text(&frame(&app, 100, 30, true));
        assert!(screen.contains("2 lines differ from output.txt"), "{screen}");
        assert!(screen.contains("- n3 -> n7") && screen.contains("+ n3 -> n6"), "{screen}");
        let red = frame(&app, 100, 30, true).content().iter().any(|cell| cell.symbol() == "-" && cell.fg == Color::Red);
        assert!(red, "a missing line is red");
    }

    #[test]
    fn tables_have_their_columns_and_the_statements_that_use_them() {
        let mut app = ran();
        for _ in 0..4 {
            app.press(Key::Tab);
        }
        let screen = text(&frame(&app, 100, 30, true));
        assert!(screen.contains("[Tables]"), "{screen}");
        assert!(screen.contains("node_id INTEGER PRIMARY KEY"), "{screen}");
        assert!(screen.contains("edge") && screen.contains("SELECT      1      1"), "{screen}");
    }

    #[test]
    fn no_size_is_a_panic() {
        let mut app = ran();
        for pane in 0..5 {
            for width in (0..=120).step_by(if pane == 0 { 1 } else { 7 }) {
                for height in (0..=45).step_by(3) {
                    frame(&app, width, height, true);
                }
            }
            app.press(Key::Tab);
        }
        app.press(Key::Char('?'));
        assert!(text(&frame(&app, 100, 30, true)).contains("Esc      stop a recipe"));
    }
}
