//! The screen without a terminal: keys in, text out.

mod folder;

use expect_test::{Expect, expect};
use labs::catalog;
use labs::check::Outcome;
use labs::runner::app::{App, Task, View};
use labs::runner::home::Home;
use labs::runner::judge::Verdict;
use labs::runner::screen;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{KeyCode, KeyEvent};
use ratatui::style::Color;
use tempfile::TempDir;

fn app() -> (App, TempDir) {
    let folder = folder::copy();
    let app = App::new(Home::at(folder.path()), catalog::labs()[0]).expect("an app");
    (app, folder)
}

fn press(app: &mut App, code: KeyCode) -> Task {
    app.press(KeyEvent::from(code)).expect("a key")
}

fn terminal(app: &mut App, width: u16, height: u16, colours: bool) -> Terminal<TestBackend> {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a terminal");
    terminal.draw(|frame| screen::draw(frame, app, colours)).expect("a frame");
    terminal
}

fn text(app: &mut App, width: u16, height: u16) -> String {
    let terminal = terminal(app, width, height, true);
    let rows = terminal.backend().buffer().content().chunks(usize::from(width));
    let row = |row: &[ratatui::buffer::Cell]| {
        row.iter().map(ratatui::buffer::Cell::symbol).collect::<String>().trim_end().to_owned()
    };
    rows.map(row).collect::<Vec<_>>().join("\n")
}

fn shows(app: &mut App, width: u16, height: u16, expected: &Expect, folder: &TempDir) {
    expected.assert_eq(&text(app, width, height).replace(&folder.path().display().to_string(), "."));
}

fn failed() -> Verdict {
    let lines = |lines: &[&str]| lines.iter().map(|&line| line.to_owned()).collect::<Vec<_>>();
    Verdict::Ran {
        outcomes: vec![
            Outcome { name: "books know their author".into(), ..Outcome::default() },
            Outcome {
                name: "both sides agree".into(),
                failure: Some("the SQL differs: 2 statements expected, 2 sent".into()),
                expected: Some(lines(&["BEGIN", "INSERT INTO book (author_id, title) VALUES (?, ?)  [1, 'Emma']"])),
                sent: lines(&["BEGIN", "INSERT INTO book (author_id, title) VALUES (?, ?)  [NULL, 'Emma']"]),
            },
        ],
        printed: String::new(),
    }
}

fn passed() -> Verdict {
    Verdict::Ran { outcomes: vec![Outcome { name: "one is one".into(), ..Outcome::default() }], printed: String::new() }
}

#[test]
fn a_failure_shows_expected_beside_sent() {
    let (mut app, folder) = app();
    app.judged(failed()).expect("a verdict");
    shows(
        &mut app,
        100,
        24,
        &expect![[r#"
             01 First mapping                                  ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░ 0 of 35 done
            Lab 1: First mapping.

            A struct with `#[derive(Entity)]` is a table: each field is a column, each value a row. The primary
            key tells the rows apart. Here the wrong field is the key: as soon as two people are called Ed, the
            second one cannot be saved.

            Give the key to the right field. Save this file, and the runner looks again.

            Your file: ./mine/01_first_mapping.rs
            The book:  book/src/01-ten-minutes.md

            ✓ books know their author
            ✗ both sides agree

            both sides agree: the SQL differs: 2 statements expected, 2 sent

              SQL expected                                    │ SQL sent
              BEGIN                                           │ BEGIN
            ≠ INSERT INTO book (author_id, title) VALUES (?,  │ INSERT INTO book (author_id, title) VALUES (?,
              ?)  [1, 'Emma']                                 │ ?)  [NULL, 'Emma']


            h hint · n next · l list · r reset · s solution · c check all · e editor · ↑↓ scroll · q quit"#]],
        &folder,
    );
    app.scroll = usize::MAX;
    shows(
        &mut app,
        60,
        16,
        &expect![[r#"
             01 First mapping                              0 of 35 done
            both sides agree: the SQL differs: 2 statements expected, 2
            sent

            SQL expected
              BEGIN
            ≠ INSERT INTO book (author_id, title) VALUES (?, ?)  [1,
              'Emma']
            SQL sent
              BEGIN
            ≠ INSERT INTO book (author_id, title) VALUES (?, ?)  [NULL,
              'Emma']


            h hint · n next · l list · r reset · s solution · c check
            all · e editor · ↑↓ scroll · q quit"#]],
        &folder,
    );
}

#[test]
fn a_small_screen_shows_what_came_out_once_the_file_has_changed() {
    let (mut app, _folder) = app();
    app.judged(failed()).expect("a verdict");
    assert!(text(&mut app, 80, 12).contains("Lab 1: First mapping"), "the task is still to be read");
    std::fs::write(app.home.mine(app.lab()), "changed").expect("a file");
    app.judged(failed()).expect("a verdict");
    assert!(text(&mut app, 80, 12).contains("both sides agree"));
    press(&mut app, KeyCode::PageUp);
    press(&mut app, KeyCode::PageUp);
    assert!(text(&mut app, 80, 12).contains("Lab 1: First mapping"));
}

#[test]
fn three_hints_come_one_by_one() {
    let (mut app, _folder) = app();
    for seen in 1..=4 {
        assert_eq!(press(&mut app, KeyCode::Char('h')), Task::Nothing);
        let text = text(&mut app, 100, 40);
        assert_eq!(text.matches("Hint ").count(), seen.min(3), "{text}");
    }
    assert_eq!(app.home.state().hints["01"], 3);
}

#[test]
fn a_lab_that_passes_is_done_and_n_goes_on() {
    let (mut app, folder) = app();
    app.judged(passed()).expect("a verdict");
    shows(
        &mut app,
        80,
        24,
        &expect![[r#"
             01 First mapping              █░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░ 1 of 35 done
            Lab 1: First mapping.

            A struct with `#[derive(Entity)]` is a table: each field is a column, each value
            a row. The primary key tells the rows apart. Here the wrong field is the key: as
            soon as two people are called Ed, the second one cannot be saved.

            Give the key to the right field. Save this file, and the runner looks again.

            Your file: ./mine/01_first_mapping.rs
            The book:  book/src/01-ten-minutes.md

            ✓ one is one


            Lab 1 is done.





            n goes on to lab 02: Nullable, unique, long
            h hint · n next · l list · r reset · s solution · c check all · e editor · ↑↓
            scroll · q quit"#]],
        &folder,
    );
    assert!(app.home.state().done.contains("01"));
    assert_eq!(press(&mut app, KeyCode::Char('n')), Task::Judge);
    assert_eq!(app.lab().number, "02");
    assert!(app.home.mine(app.lab()).exists());
}

#[test]
fn a_lab_that_fails_again_is_no_longer_done() {
    let (mut app, _folder) = app();
    app.judged(passed()).expect("a verdict");
    app.judged(failed()).expect("a verdict");
    assert!(app.home.state().done.is_empty());
}

#[test]
fn the_solution_comes_when_asked_twice_or_when_done() {
    let (mut app, _folder) = app();
    press(&mut app, KeyCode::Char('s'));
    assert_eq!(app.view, View::Lab);
    press(&mut app, KeyCode::Down);
    press(&mut app, KeyCode::Char('s'));
    assert_eq!(app.view, View::Lab, "another key came between");
    press(&mut app, KeyCode::Char('s'));
    assert_eq!(app.view, View::Solution);
    assert!(text(&mut app, 100, 24).contains("Solution."));
    press(&mut app, KeyCode::Esc);
    app.judged(passed()).expect("a verdict");
    press(&mut app, KeyCode::Char('s'));
    assert_eq!(app.view, View::Solution);
}

#[test]
fn a_reset_keeps_the_old_text() {
    let (mut app, _folder) = app();
    let file = app.home.mine(app.lab());
    std::fs::write(&file, "mine").expect("a file");
    press(&mut app, KeyCode::Char('r'));
    assert_eq!(std::fs::read_to_string(&file).expect("a file"), "mine");
    assert_eq!(press(&mut app, KeyCode::Char('r')), Task::Judge);
    assert_eq!(std::fs::read_to_string(&file).expect("a file"), app.home.start(app.lab()).expect("a file"));
    assert_eq!(std::fs::read_to_string(file.with_extension("rs.old")).expect("a file"), "mine");
}

#[test]
fn the_list_is_searched_and_opens_any_lab() {
    let (mut app, _folder) = app();
    press(&mut app, KeyCode::Char('l'));
    assert!(text(&mut app, 80, 24).contains(">   01    First mapping"));
    press(&mut app, KeyCode::Char('/'));
    for letter in "nullable".chars() {
        press(&mut app, KeyCode::Char(letter));
    }
    assert_eq!(app.listed().iter().map(|lab| lab.number).collect::<Vec<_>>(), ["02"]);
    assert_eq!(press(&mut app, KeyCode::Enter), Task::Judge);
    assert_eq!((app.lab().number, app.view), ("02", View::Lab));
    assert_eq!(app.home.state().current, "02");
}

#[test]
fn every_size_is_drawn_and_without_colours_no_cell_has_one() {
    let (mut app, _folder) = app();
    app.judged(failed()).expect("a verdict");
    for width in 0..=120 {
        for height in (0..=45).step_by(3) {
            terminal(&mut app, width, height, true);
        }
    }
    let colours = |app: &mut App, on| {
        let terminal = terminal(app, 100, 30, on);
        terminal.backend().buffer().content().iter().filter(|cell| cell.fg != Color::Reset).count()
    };
    assert!(colours(&mut app, true) > 0);
    assert_eq!(colours(&mut app, false), 0);
}
