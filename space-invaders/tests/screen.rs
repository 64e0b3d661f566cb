//! Frames on a terminal that is only a buffer.

mod common;

use common::{engine, game, tick, waiting};
use expect_test::expect_file;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::style::Color;
use space_invaders::keys::Key;
use space_invaders::rules::Game;
use space_invaders::screen::{View, draw};

fn frame(game: &mut Game, width: u16, height: u16, colours: bool) -> Buffer {
    let scene = game.scene().expect("a picture");
    let view = View { scene: &scene, tick: game.state().tick, statements: &[], stepping: false, colours };
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a terminal");
    terminal.draw(|frame| draw(frame, &view)).expect("a frame");
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
fn three_sizes() {
    let mut game = game(&engine());
    tick(&mut game, Some(Key::Left));
    tick(&mut game, Some(Key::Fire));
    (0..49).for_each(|_| tick(&mut game, None));
    assert_eq!(game.state().score, 10);
    expect_file!["screens/80x38.txt"].assert_eq(&text(&frame(&mut game, 80, 38, true)));
    expect_file!["screens/120x45.txt"].assert_eq(&text(&frame(&mut game, 120, 45, true)));
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
