//! Frames on a terminal that is only a buffer.

mod common;

use common::{engine, game, tick, waiting};
use expect_test::expect_file;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::style::Color;
use space_invaders::keys::Key;
use space_invaders::modern::{Modern, Seat};
use space_invaders::rules::Game;
use space_invaders::scene::Scene;
use space_invaders::screen::{Mode, View, draw};

fn frame(game: &mut Game, width: u16, height: u16, colours: bool) -> Buffer {
    let scene = game.scene().expect("a picture");
    shown(&View { tick: game.state().tick, colours, ..View::of(&scene) }, width, height)
}

fn shown(view: &View<'_>, width: u16, height: u16) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a terminal");
    terminal.draw(|frame| draw(frame, view)).expect("a frame");
    terminal.backend().buffer().clone()
}

fn text(buffer: &Buffer) -> String {
    let rows = buffer.content().chunks(usize::from(buffer.area.width.max(1)));
    let line = |row: &[ratatui::buffer::Cell]| {
        row.iter().map(ratatui::buffer::Cell::symbol).collect::<String>().trim_end().to_owned()
    };
    rows.map(line).collect::<Vec<_>>().join("\n") + "\n"
}

#[test]
fn five_sizes() {
    let mut game = game(&engine());
    tick(&mut game, Some(Key::Left));
    tick(&mut game, Some(Key::Fire));
    (0..49).for_each(|_| tick(&mut game, None));
    assert_eq!(game.state().score, 10);
    expect_file!["screens/80x38.txt"].assert_eq(&text(&frame(&mut game, 80, 38, true)));
    expect_file!["screens/120x45.txt"].assert_eq(&text(&frame(&mut game, 120, 45, true)));
    expect_file!["screens/100x30.txt"].assert_eq(&text(&frame(&mut game, 100, 30, true)));
    expect_file!["screens/80x24.txt"].assert_eq(&text(&frame(&mut game, 80, 24, true)));
    expect_file!["screens/70x24.txt"].assert_eq(&text(&frame(&mut game, 70, 24, true)));
}

#[test]
fn start_message_covers_what_stands_below_it() {
    let mut game = waiting(&engine());
    let start = text(&frame(&mut game, 80, 38, true));
    assert!(start.contains("press any key to start the battle"), "{start}");
}

#[test]
fn colours_are_those_of_the_pictures() {
    let mut game = game(&engine());
    let buffer = frame(&mut game, 80, 38, true);
    // The ship stands at 33, 30: padding moves its green row to 38, 33 and its yellow caret to 40, 32.
    assert_eq!((buffer[(38, 33)].symbol(), buffer[(38, 33)].fg), ("=", Color::Green));
    assert_eq!((buffer[(40, 32)].symbol(), buffer[(40, 32)].fg), ("^", Color::Yellow));
    assert_eq!((buffer[(5, 7)].symbol(), buffer[(5, 7)].fg), ("(", Color::Yellow));
}

#[test]
fn without_colours_no_cell_has_one() {
    let mut game = game(&engine());
    let buffer = frame(&mut game, 120, 45, false);
    assert!(buffer.content().iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
}

#[test]
fn no_size_is_a_panic() {
    let mut game = game(&engine());
    for width in (0..=130).step_by(3) {
        for height in 0..=46 {
            frame(&mut game, width, height, true);
        }
    }
}

/// A modern battle, some ticks old.
fn battle() -> (orm::Engine, Modern) {
    let engine = engine();
    let mut game = Modern::open(&engine, &Seat::New { seed: 1, name: "ann".to_owned() }).expect("a battle");
    game.step(Some(Key::Other)).expect("a start");
    for step in 0..115 {
        let key = if step < 12 { Some(Key::Left) } else { (step == 60).then_some(Key::Fire) };
        game.step(key).expect("a step");
    }
    (engine, game)
}

#[test]
fn modern_game() {
    let (_engine, mut game) = battle();
    let scene = game.scene().expect("a picture");
    let view = View { tick: game.shown().tick, ..View::of(&scene) };
    expect_file!["screens/modern.txt"].assert_eq(&text(&shown(&view, 80, 38)));
    expect_file!["screens/modern-half.txt"].assert_eq(&text(&shown(&view, 80, 20)));
    // What the README shows is what the game draws.
    let readme = include_str!("../README.md");
    let window = text(&shown(&view, 80, 38));
    let body = window.lines().skip(1).take(36);
    assert!(body.clone().all(|line| readme.contains(line)), "copy screens/modern.txt into README.md");
}

/// Rule, cause and text of each statement, and why the rules asked.
#[test]
fn pane_says_why() {
    let (engine, mut game) = battle();
    space_invaders::playable::Playable::trace(&mut game).watch(&engine);
    game.step(Some(Key::Left)).expect("a step");
    let mut told = space_invaders::playable::Playable::trace(&mut game).take();
    for told in &mut told {
        told.statement.elapsed = std::time::Duration::ZERO;
    }
    let scene = game.scene().expect("a picture");
    let view = View { tick: game.shown().tick, told: &told, mode: &Mode::Stepping, ..View::of(&scene) };
    let buffer = text(&shown(&view, 120, 45));
    for part in ["turn · query", "turn: Is the round over?", "army · query", "1 row 0.00 ms", "SELECT"] {
        assert!(buffer.contains(part), "no `{part}` in\n{buffer}");
    }
    // The rules of a terminal with few rows, and one line for each statement where there are columns but few rows.
    assert!(text(&shown(&view, 80, 24)).contains("│turn 3 · "), "{}", text(&shown(&view, 80, 24)));
    let wide = text(&shown(&view, 100, 30));
    assert!(wide.contains("army · query                SELECT … FROM glyph_coordinate JOIN"), "{wide}");
    let view = View { pane: true, ..view };
    assert!(text(&shown(&view, 80, 38)).contains("turn · query"), "the pane covers the field where there is no room");
}

#[test]
fn boxes_cover_the_field() {
    let scene = Scene::empty();
    let modes = [
        (Mode::Planned("1. UPDATE battle (tick)".to_owned()), "not sent yet"),
        (Mode::Console("UPDATE x".to_owned()), ": UPDATE x_"),
        (Mode::Past(7, (1, 9)), "tick 7 of 1 to 9"),
        (Mode::Naming("ann".to_owned()), "Your name: ann_"),
        (Mode::Scores(vec![("ann".to_owned(), 600, 2)]), " 1. ann                     600  level 2"),
    ];
    for (mode, part) in modes {
        let view = View { mode: &mode, ..View::of(&scene) };
        let buffer = text(&shown(&view, 80, 38));
        assert!(buffer.contains(part), "no `{part}` in\n{buffer}");
        for width in (0..=130).step_by(7) {
            for height in (0..=46).step_by(3) {
                shown(&view, width, height);
            }
        }
    }
}
