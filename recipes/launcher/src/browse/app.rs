//! State of the browser, and what keys do to it. Knows no terminal and no clock.

use std::path::PathBuf;

use super::story::{self, Step};
use crate::catalog::{FAMILIES, Recipe};

/// Database that recipes play in at first.
pub(crate) const MEMORY: &str = "sqlite://";

/// A key, as the browser sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Up,
    Down,
    Left,
    Right,
    Enter,
    Escape,
    Tab,
    Backspace,
    Char(char),
}

/// What is to be done outside of the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Run a recipe on a database; the number says on which side the output is shown.
    Run { name: &'static str, url: String, side: usize },
    /// End what runs.
    Stop,
    /// Open the source in an editor.
    Edit(PathBuf),
    /// Copy a recipe to a folder, and check it there.
    Take { name: &'static str, folder: PathBuf },
    /// Leave.
    Quit,
}

/// What the pane on the right shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Pane {
    #[default]
    Story,
    Source,
    Notes,
    Tables,
}

impl Pane {
    pub(crate) const ALL: [Self; 4] = [Self::Story, Self::Source, Self::Notes, Self::Tables];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Story => "Story",
            Self::Source => "Source",
            Self::Notes => "Notes",
            Self::Tables => "Tables",
        }
    }
}

/// What is being typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Typing {
    Filter,
    Database(String),
    Second(String),
    Folder(String),
}

/// What became of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Nothing was run.
    #[default]
    Idle,
    /// Cargo builds, or the recipe runs: the last line of cargo.
    Running(String),
    /// It ended, with an exit code and what it wrote to its errors.
    Ended(i32, Vec<String>),
}

/// The output of a recipe on a database.
#[derive(Clone, Debug, Default)]
pub(crate) struct Output {
    pub(crate) url: String,
    pub(crate) lines: Vec<String>,
    pub(crate) errors: Vec<String>,
    pub(crate) progress: Progress,
    pub(crate) steps: Vec<Step>,
}

impl Output {
    fn on(url: &str) -> Self {
        Self { url: url.to_owned(), progress: Progress::Running("starting".to_owned()), ..Self::default() }
    }

    /// SELECT, INSERT, UPDATE and DELETE statements that the recipe counted at its end.
    pub(crate) fn counts(&self) -> Option<[usize; 4]> {
        let of = |kind: &str| {
            let line = self.lines.iter().rev().find(|line| line.starts_with(kind) && line.contains(" | "))?;
            line.split_whitespace().nth(1)?.parse().ok()
        };
        Some([of("SELECT")?, of("INSERT")?, of("UPDATE")?, of("DELETE").unwrap_or_default()])
    }
}

/// Files of the recipe that is chosen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Files {
    pub(crate) source: String,
    pub(crate) shown: String,
    pub(crate) readme: String,
}

/// The browser.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) filter: String,
    pub(crate) selected: usize,
    pub(crate) typing: Option<Typing>,
    pub(crate) pane: Pane,
    /// Whether the pane has the keys for up and down, and fills a narrow terminal.
    pub(crate) in_pane: bool,
    pub(crate) step: usize,
    pub(crate) scroll: usize,
    pub(crate) url: String,
    /// The run, and the one on a second database.
    pub(crate) outputs: Vec<Output>,
    /// The recipe that the outputs are of.
    pub(crate) ran: Option<&'static str>,
    pub(crate) watching: bool,
    pub(crate) help: bool,
    pub(crate) said: String,
    pub(crate) files: Files,
    pub(crate) root: PathBuf,
}

impl App {
    /// Starts with nothing chosen but the first recipe.
    pub(crate) fn new(root: PathBuf) -> Self {
        let mut app = Self {
            filter: String::new(),
            selected: 0,
            typing: None,
            pane: Pane::Story,
            in_pane: false,
            step: 0,
            scroll: 0,
            url: MEMORY.to_owned(),
            outputs: Vec::new(),
            ran: None,
            watching: false,
            help: false,
            said: String::new(),
            files: Files::default(),
            root,
        };
        app.read_files();
        app
    }

    /// Returns the recipes that the filter leaves, each with its family.
    pub(crate) fn listed(&self) -> Vec<(&'static crate::catalog::Family, &'static Recipe)> {
        let words: Vec<String> = self.filter.to_lowercase().split_whitespace().map(str::to_owned).collect();
        let all = FAMILIES.iter().flat_map(|family| family.recipes.iter().map(move |recipe| (family, recipe)));
        let fits = |(family, recipe): &(&crate::catalog::Family, &Recipe)| {
            let text = format!("{} {} {} {} {}", recipe.name, recipe.caption, family.name, family.title, recipe.tags);
            let text = format!("{text} {}", recipe.name.replace('-', "_")).to_lowercase();
            words.iter().all(|word| text.contains(word))
        };
        all.filter(fits).collect()
    }

    /// Returns the recipe that is chosen.
    pub(crate) fn chosen(&self) -> Option<(&'static crate::catalog::Family, &'static Recipe)> {
        self.listed().get(self.selected).copied()
    }

    /// Returns the folder of the recipe that is chosen.
    pub(crate) fn folder(&self) -> Option<PathBuf> {
        let (family, recipe) = self.chosen()?;
        Some(self.root.join("recipes").join(family.name).join(recipe.name))
    }

    /// Reads the files of the recipe that is chosen.
    pub(crate) fn read_files(&mut self) {
        let Some(folder) = self.folder() else { return self.files = Files::default() };
        let read = |path: PathBuf| std::fs::read_to_string(path).unwrap_or_default();
        let readme = folder.parent().map(|family| read(family.join("README.md"))).unwrap_or_default();
        self.files = Files { source: read(folder.join("src/main.rs")), shown: read(folder.join("output.txt")), readme };
    }

    /// Returns whether the outputs belong to the recipe that is chosen.
    pub(crate) fn has_output(&self) -> bool {
        !self.outputs.is_empty() && self.chosen().is_some_and(|(_, recipe)| self.ran == Some(recipe.name))
    }

    /// Returns the line of the source, from 1, at which the step begins.
    pub(crate) fn line_of_step(&self) -> Option<usize> {
        let step = self.outputs.first().filter(|_| self.has_output())?.steps.get(self.step)?;
        story::line_of(&step.title, &self.files.source)
    }

    /// Returns "What to notice" of the program, as plain text.
    pub(crate) fn notes(&self) -> Vec<String> {
        let docs = self.files.source.lines().take_while(|line| line.starts_with("//!"));
        docs.map(|line| line.trim_start_matches("//!").trim().to_owned()).collect()
    }

    /// Takes a line that a run printed.
    pub(crate) fn told(&mut self, side: usize, line: String) {
        if let Some(output) = self.outputs.get_mut(side) {
            output.lines.push(line);
            output.steps = story::steps(&output.lines);
        }
    }

    /// Takes a line of a run's errors: cargo says there what it builds.
    pub(crate) fn warned(&mut self, side: usize, line: String) {
        if let Some(output) = self.outputs.get_mut(side) {
            output.progress = Progress::Running(line.trim().to_owned());
            output.errors.push(line);
        }
    }

    /// Notes the end of a run.
    pub(crate) fn ended(&mut self, side: usize, code: i32) {
        if let Some(output) = self.outputs.get_mut(side) {
            output.progress = Progress::Ended(code, std::mem::take(&mut output.errors));
        }
    }

    /// Runs the recipe that is chosen.
    pub(crate) fn run(&mut self, side: usize, url: &str) -> Vec<Action> {
        let Some((_, recipe)) = self.chosen() else { return Vec::new() };
        if side == 0 {
            self.outputs.clear();
            self.step = 0;
        }
        self.ran = Some(recipe.name);
        self.scroll = 0;
        self.outputs.truncate(side);
        self.outputs.push(Output::on(url));
        let run = Action::Run { name: recipe.name, url: url.to_owned(), side };
        if side == 0 { vec![Action::Stop, run] } else { vec![run] }
    }

    /// Takes a key; says what is to be done.
    pub(crate) fn press(&mut self, key: Key) -> Vec<Action> {
        if std::mem::take(&mut self.help) {
            return Vec::new();
        }
        match self.typing.take() {
            Some(typing) => self.type_on(typing, key),
            None => self.command(key),
        }
    }

    fn type_on(&mut self, typing: Typing, key: Key) -> Vec<Action> {
        match typing {
            Typing::Filter => {
                let Some(typed) = edited(std::mem::take(&mut self.filter), key) else {
                    self.select_best();
                    // Enter runs what the filter found.
                    return if key == Key::Enter { self.enter() } else { Vec::new() };
                };
                self.filter = typed.text;
                self.typing = typed.goes_on.then_some(Typing::Filter);
                self.select_best();
                if key == Key::Enter { self.enter() } else { Vec::new() }
            }
            Typing::Database(text) => self.type_text(text, key, Typing::Database, |app, url| {
                app.url = url;
                app.enter()
            }),
            Typing::Second(text) => self.type_text(text, key, Typing::Second, |app, url| {
                let first = if app.has_output() { Vec::new() } else { app.enter() };
                first.into_iter().chain(app.run(1, &url)).collect()
            }),
            Typing::Folder(text) => self.type_text(text, key, Typing::Folder, |app, folder| match app.chosen() {
                Some((_, recipe)) => {
                    app.said = format!("copying to {folder} ..");
                    vec![Action::Take { name: recipe.name, folder: PathBuf::from(folder) }]
                }
                None => Vec::new(),
            }),
        }
    }

    fn type_text(
        &mut self,
        text: String,
        key: Key,
        typing: fn(String) -> Typing,
        done: impl FnOnce(&mut Self, String) -> Vec<Action>,
    ) -> Vec<Action> {
        match edited(text, key) {
            None => Vec::new(),
            Some(Edited { text, goes_on: true }) => {
                self.typing = Some(typing(text));
                Vec::new()
            }
            Some(Edited { text, .. }) if text.is_empty() => Vec::new(),
            Some(Edited { text, .. }) => done(self, text),
        }
    }

    fn enter(&mut self) -> Vec<Action> {
        let url = self.url.clone();
        self.said.clear();
        self.run(0, &url)
    }

    fn command(&mut self, key: Key) -> Vec<Action> {
        match key {
            Key::Char('q') => return vec![Action::Stop, Action::Quit],
            Key::Escape => {
                self.watching = false;
                self.said.clear();
                return vec![Action::Stop];
            }
            Key::Enter => return self.enter(),
            Key::Char('e') => {
                let source = self.folder().map(|folder| folder.join("src/main.rs"));
                return source.map(Action::Edit).into_iter().collect();
            }
            Key::Char('/') => self.typing = Some(Typing::Filter),
            Key::Char('d') => self.typing = Some(Typing::Database(self.url.clone())),
            Key::Char('D') => self.typing = Some(Typing::Second("postgresql://postgres@127.0.0.1/postgres".to_owned())),
            Key::Char('t') => {
                self.typing = Some(Typing::Folder(self.chosen().map_or_else(String::new, |it| it.1.name.to_owned())))
            }
            Key::Char('w') => {
                self.watching = !self.watching;
                return if self.watching { self.enter() } else { Vec::new() };
            }
            Key::Char('?') => self.help = true,
            Key::Tab => self.next_pane(),
            Key::Left => self.go_to(self.step.saturating_sub(1)),
            Key::Right => self.go_to(self.step + 1),
            Key::Up | Key::Char('k') => self.up_or_down(-1),
            Key::Down | Key::Char('j') => self.up_or_down(1),
            Key::Backspace | Key::Char(_) => {}
        }
        Vec::new()
    }

    /// The list, then each pane in turn.
    fn next_pane(&mut self) {
        let at = Pane::ALL.iter().position(|pane| *pane == self.pane).unwrap_or_default();
        self.scroll = 0;
        match (self.in_pane, at + 1 < Pane::ALL.len()) {
            (false, _) => (self.in_pane, self.pane) = (true, Pane::Story),
            (true, true) => self.pane = Pane::ALL[at + 1],
            (true, false) => (self.in_pane, self.pane) = (false, Pane::Story),
        }
    }

    fn go_to(&mut self, step: usize) {
        let last = self.outputs.first().map_or(0, |output| output.steps.len()).saturating_sub(1);
        self.step = step.min(last);
        self.scroll = 0;
    }

    fn up_or_down(&mut self, by: isize) {
        if self.in_pane {
            self.scroll = self.scroll.saturating_add_signed(by);
        } else {
            self.select(self.selected.saturating_add_signed(by));
        }
    }

    /// Chooses the first recipe whose name or family the filter is about, else the first that is listed.
    fn select_best(&mut self) {
        let filter = self.filter.trim().to_lowercase().replace('_', "-");
        let listed = self.listed();
        let named = listed.iter().position(|(_, recipe)| recipe.name.contains(&filter));
        let of_family = || listed.iter().position(|(family, _)| family.name.replace('_', "-").contains(&filter));
        self.select(named.or_else(of_family).unwrap_or_default());
    }

    fn select(&mut self, at: usize) {
        self.selected = at.min(self.listed().len().saturating_sub(1));
        (self.step, self.scroll) = (0, 0);
        self.read_files();
    }
}

struct Edited {
    text: String,
    goes_on: bool,
}

/// A text after a key; `None` when it is given up.
fn edited(mut text: String, key: Key) -> Option<Edited> {
    match key {
        Key::Escape => return None,
        Key::Enter => return Some(Edited { text, goes_on: false }),
        Key::Backspace => drop(text.pop()),
        Key::Char(symbol) => text.push(symbol),
        _ => {}
    }
    Some(Edited { text, goes_on: true })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app() -> App {
        App::new(crate::run::workspace())
    }

    fn type_in(app: &mut App, text: &str) -> Vec<Action> {
        text.chars().flat_map(|symbol| app.press(Key::Char(symbol))).collect()
    }

    #[test]
    fn a_filter_finds_by_name_caption_family_file_and_tag() {
        for (word, name) in [
            ("adjacency", "adjacency-list"),
            ("directed_graph", "directed-graph"),
            ("thirty", "gather-orm-statements"),
            ("joined tables", "inheritance-joined"),
            ("orphan", "adjacency-list"),
        ] {
            let mut app = app();
            type_in(&mut app, &format!("/{word}"));
            assert_eq!(app.chosen().map(|it| it.1.name), Some(name), "{word}");
        }
        let mut app = app();
        type_in(&mut app, "/nothing like that");
        assert_eq!((app.chosen().is_none(), app.press(Key::Enter)), (true, Vec::new()));
    }

    #[test]
    fn enter_runs_and_escape_stops() {
        let mut app = app();
        type_in(&mut app, "/graph");
        let actions = app.press(Key::Enter);
        let run = Action::Run { name: "directed-graph", url: "sqlite://".to_owned(), side: 0 };
        assert_eq!(actions, [Action::Stop, run]);
        assert!(app.has_output());
        assert_eq!(app.press(Key::Escape), [Action::Stop]);
    }

    #[test]
    fn steps_stay_within_the_output() {
        let mut app = app();
        app.press(Key::Enter);
        for line in ["", "One", "a", "", "Two", "    | SELECT 1", "SELECT  1 |  2", "INSERT  0 |  0", "UPDATE  0 |  0"]
        {
            app.told(0, line.to_owned());
        }
        app.press(Key::Right);
        app.press(Key::Right);
        assert_eq!(app.step, 1);
        assert_eq!(app.outputs[0].counts(), Some([1, 0, 0, 0]));
        app.ended(0, 0);
        assert_eq!(app.outputs[0].progress, Progress::Ended(0, Vec::new()));
    }

    #[test]
    fn a_second_database_stands_beside_the_first() {
        let mut app = app();
        app.press(Key::Enter);
        app.press(Key::Char('D'));
        let actions = app.press(Key::Enter);
        assert!(matches!(actions.as_slice(), [Action::Run { side: 1, .. }]), "{actions:?}");
        assert_eq!(app.outputs.len(), 2);
    }

    #[test]
    fn taking_along_asks_for_a_folder() {
        let mut app = app();
        app.press(Key::Char('t'));
        let actions = app.press(Key::Enter);
        assert_eq!(actions, [Action::Take { name: "adjacency-list", folder: PathBuf::from("adjacency-list") }]);
    }
}
