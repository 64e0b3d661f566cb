//! The state of the screen and what keys do to it. It knows no terminal and no clock.

use std::io;

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::home::{Home, State, story};
use super::judge::Verdict;
use super::plain;
use crate::catalog::{self, HINTS, Lab};

/// What the loop around the screen must do after a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Nothing.
    Nothing,
    /// Judge the current lab.
    Judge,
    /// Judge all labs that were begun.
    CheckAll,
    /// Open the reader's editor.
    Edit,
    /// Leave.
    Quit,
}

/// Which page is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// The current lab.
    Lab,
    /// The list of labs.
    List,
    /// The solution of the current lab.
    Solution,
    /// Verdicts on all labs that were begun.
    All,
}

/// The screen's state.
#[derive(Debug)]
pub struct App {
    /// The folder of the labs.
    pub home: Home,
    /// How far the reader is.
    pub state: State,
    /// Which page is shown.
    pub view: View,
    /// What became of the current lab.
    pub verdict: Option<Verdict>,
    /// What is going on: the line that cargo printed last.
    pub working: Option<String>,
    /// A line for the reader.
    pub note: Option<String>,
    /// First line of the page that is shown.
    pub scroll: usize,
    /// Whether the page is scrolled to what came out, once there is something.
    pub follow: bool,
    /// Position of the marked lab in the list.
    pub marked: usize,
    /// Text that labs of the list contain.
    pub filter: String,
    /// Whether keys go to the filter.
    pub filtering: bool,
    /// Lines of the page of all verdicts.
    pub all: Vec<String>,
    /// Number of hints that are shown. It begins at none, also where some were seen before.
    pub hints: usize,
    /// The key that waits for being pressed a second time.
    confirm: Option<char>,
}

impl App {
    /// Begins with a lab.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn new(home: Home, lab: &Lab) -> io::Result<Self> {
        let mut app = Self {
            state: home.state(),
            home,
            view: View::Lab,
            verdict: None,
            working: None,
            note: None,
            scroll: 0,
            follow: false,
            marked: 0,
            filter: String::new(),
            filtering: false,
            all: Vec::new(),
            hints: 0,
            confirm: None,
        };
        app.go_to(lab)?;
        Ok(app)
    }

    /// The current lab.
    pub fn lab(&self) -> &'static Lab {
        self.state.lab()
    }

    /// The task of the current lab.
    pub fn task(&self) -> String {
        self.home.start(self.lab()).map_or_else(|error| error.to_string(), |text| story(&text))
    }

    /// Labs of the list that the filter leaves.
    pub fn listed(&self) -> Vec<&'static Lab> {
        let word = self.filter.to_lowercase();
        let wanted = |lab: &&Lab| format!("{} {}", lab.number, lab.title).to_lowercase().contains(&word);
        catalog::labs().into_iter().filter(wanted).collect()
    }

    /// Takes in the outcome of the current lab.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub fn judged(&mut self, verdict: Verdict) -> io::Result<()> {
        self.working = None;
        let lab = self.lab();
        plain::record(&mut self.state, lab, &verdict);
        if verdict.passed() {
            self.note = Some(match self.state.next(self.lab()) {
                Some(next) => format!("n goes on to lab {}: {}", next.number, next.title),
                None => "All labs are done.".to_owned(),
            });
        }
        // The task of a lab that was not begun is still to be read.
        self.follow = self.begun();
        self.verdict = Some(verdict);
        self.home.save(&self.state)
    }

    /// Whether the reader has changed the file of the current lab.
    fn begun(&self) -> bool {
        let mine = std::fs::read_to_string(self.home.mine(self.lab())).ok();
        mine != self.home.start(self.lab()).ok()
    }

    /// Does what a key asks for.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub fn press(&mut self, key: KeyEvent) -> io::Result<Task> {
        if key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL) {
            return Ok(Task::Quit);
        }
        self.note = None;
        self.follow = false;
        if self.filtering {
            return self.type_filter(key.code);
        }
        let confirmed = self.confirm.take();
        match key.code {
            KeyCode::Char('q') => return Ok(Task::Quit),
            KeyCode::Char('l') => self.open_list(),
            KeyCode::Char('c') => return Ok(Task::CheckAll),
            KeyCode::PageDown | KeyCode::Char(' ') => self.scroll += 10,
            KeyCode::PageUp => self.scroll = self.scroll.saturating_sub(10),
            _ if self.view == View::List => return self.press_in_list(key.code),
            KeyCode::Esc => self.view = View::Lab,
            KeyCode::Down | KeyCode::Char('j') => self.scroll += 1,
            KeyCode::Up | KeyCode::Char('k') => self.scroll = self.scroll.saturating_sub(1),
            KeyCode::Char('h') => return self.hint(),
            KeyCode::Char('n') => return self.next(),
            KeyCode::Char('e') => return Ok(Task::Edit),
            KeyCode::Char('r') => return self.reset(confirmed),
            KeyCode::Char('s') => self.solution(confirmed),
            _ => {}
        }
        Ok(Task::Nothing)
    }

    fn hint(&mut self) -> io::Result<Task> {
        self.view = View::Lab;
        let lab = self.lab();
        self.hints = (self.hints + 1).min(HINTS);
        let seen = self.hints.max(self.state.seen(lab));
        self.state.hints.insert(lab.number.to_owned(), seen);
        // Hints stand at the end of the page.
        self.scroll = usize::MAX;
        self.home.save(&self.state)?;
        Ok(Task::Nothing)
    }

    fn next(&mut self) -> io::Result<Task> {
        match self.state.next(self.lab()) {
            Some(next) if next == self.lab() => self.note = Some("This is the only lab that is open.".to_owned()),
            Some(next) => return self.go_to(next),
            None => self.note = Some("All labs are done.".to_owned()),
        }
        Ok(Task::Nothing)
    }

    fn reset(&mut self, confirmed: Option<char>) -> io::Result<Task> {
        if confirmed != Some('r') {
            self.confirm = Some('r');
            self.note = Some("r again makes a fresh copy; your text is kept beside it.".to_owned());
            return Ok(Task::Nothing);
        }
        let lab = self.lab();
        self.home.reset(lab)?;
        self.state.hints.remove(lab.number);
        self.go_to(lab)
    }

    fn solution(&mut self, confirmed: Option<char>) {
        if confirmed == Some('s') || self.verdict.as_ref().is_some_and(Verdict::passed) {
            (self.view, self.scroll) = (View::Solution, 0);
        } else {
            self.confirm = Some('s');
            self.note = Some("This lab is open. s again shows the solution, h a hint.".to_owned());
        }
    }

    fn open_list(&mut self) {
        self.filter.clear();
        (self.view, self.marked, self.scroll) = (View::List, catalog::position(self.lab()), 0);
    }

    fn press_in_list(&mut self, code: KeyCode) -> io::Result<Task> {
        let last = self.listed().len().saturating_sub(1);
        match code {
            KeyCode::Down | KeyCode::Char('j') => self.marked = (self.marked + 1).min(last),
            KeyCode::Up | KeyCode::Char('k') => self.marked = self.marked.saturating_sub(1),
            KeyCode::Char('/') => (self.filtering, self.marked) = (true, 0),
            KeyCode::Esc => self.view = View::Lab,
            KeyCode::Enter => {
                if let Some(lab) = self.listed().get(self.marked).copied() {
                    return self.go_to(lab);
                }
            }
            _ => {}
        }
        Ok(Task::Nothing)
    }

    fn type_filter(&mut self, code: KeyCode) -> io::Result<Task> {
        match code {
            KeyCode::Enter => {
                self.filtering = false;
                return self.press_in_list(code);
            }
            KeyCode::Esc => {
                self.filtering = false;
                self.filter.clear();
            }
            KeyCode::Backspace => drop(self.filter.pop()),
            KeyCode::Char(letter) => self.filter.push(letter),
            _ => {}
        }
        self.marked = 0;
        Ok(Task::Nothing)
    }

    /// Makes a lab the current one.
    fn go_to(&mut self, lab: &Lab) -> io::Result<Task> {
        self.home.begin(lab)?;
        lab.number.clone_into(&mut self.state.current);
        (self.view, self.verdict, self.note) = (View::Lab, None, None);
        (self.scroll, self.follow, self.hints) = (0, false, 0);
        self.home.save(&self.state)?;
        Ok(Task::Judge)
    }
}
