//! Drawing: the window of the game and, where there is room, the SQL pane. Drawing changes nothing.

use ratatui::Frame;
use ratatui::layout::{Alignment, Rect};
use ratatui::style::{Color, Style};
use ratatui::text::Line;
use ratatui::widgets::{Block, Clear, Paragraph, Wrap};

use crate::pane;
use crate::scene::{Cell, HALF_HEIGHT, HEIGHT, Scene, WIDTH};
use crate::why::Told;

/// Columns of the window of the game.
pub const COLUMNS: u16 = WIDTH as u16;
/// Rows of the window of the game.
pub const ROWS: u16 = HEIGHT as u16;
/// Rows of the window at half its height, for terminals with fewer rows.
pub const HALF_ROWS: u16 = HALF_HEIGHT as u16;
/// Columns that the SQL pane needs beside the window.
const PANE: u16 = 30;
/// Rows that the SQL pane needs below the window.
const PANE_ROWS: u16 = 4;

/// What the terminal is doing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// The game goes on.
    #[default]
    Playing,
    /// Ticks are run one by one.
    Stepping,
    /// A step is prepared, and its flush is shown.
    Planned(String),
    /// A statement is typed.
    Console(String),
    /// A tick of the past is shown: the tick, and the first and last that are remembered.
    Past(i32, (i32, i32)),
    /// A name for the list of high scores is typed.
    Naming(String),
    /// The list of high scores is shown.
    Scores(Vec<(String, i32, i32)>),
    /// Somebody else's game is shown.
    Watching,
}

/// Everything that a frame shows.
#[derive(Debug)]
pub struct View<'v> {
    /// Field.
    pub scene: &'v Scene,
    /// Tick of the game.
    pub tick: i32,
    /// Statements of the last tick.
    pub told: &'v [Told],
    /// What the terminal is doing.
    pub mode: &'v Mode,
    /// Answer of the console, or another message.
    pub said: &'v str,
    /// Steps that lost a race.
    pub races: u32,
    /// Whether the pane covers the field where there is no room beside it.
    pub pane: bool,
    /// Whether colours may be used.
    pub colours: bool,
}

impl<'v> View<'v> {
    /// Returns a view of a field and nothing else.
    pub fn of(scene: &'v Scene) -> Self {
        Self { scene, tick: 0, told: &[], mode: &Mode::Playing, said: "", races: 0, pane: false, colours: true }
    }
}

/// Returns whether the window of the game fits, at half its height if need be.
pub fn fits(columns: u16, rows: u16) -> bool {
    columns >= COLUMNS && rows >= HALF_ROWS
}

/// Draws a frame. A terminal that is too small gets a line that says so.
pub fn draw(frame: &mut Frame<'_>, view: &View<'_>) {
    let area = frame.area();
    if !fits(area.width, area.height) {
        let need = format!("needs {COLUMNS} x {ROWS}, has {} x {}", area.width, area.height);
        let half = format!("{COLUMNS} x {HALF_ROWS} show the field at half its height");
        let lines = vec![need.into(), half.into(), "the game waits; q leaves".into()];
        frame.render_widget(Paragraph::new(lines).alignment(Alignment::Center).wrap(Wrap { trim: true }), area);
        return;
    }
    let height = if area.height >= ROWS { ROWS } else { HALF_ROWS };
    let window = Rect { width: COLUMNS, height, ..area };
    draw_window(frame, window, view);
    if let Some(place) = pane_place(area, window).filter(|_| *view.mode != Mode::Watching) {
        pane::draw(frame, place, view);
    }
    if view.pane && area.width < COLUMNS + PANE {
        // The keys at the bottom stay.
        let covered = Rect { x: window.x + COLUMNS / 2, width: COLUMNS / 2, height: height - 1, ..window };
        frame.render_widget(Clear, covered);
        pane::draw(frame, covered, view);
    }
    draw_box(frame, window, view);
}

/// Returns where the SQL pane is drawn: beside the window, or below it where the terminal is too narrow for that.
fn pane_place(area: Rect, window: Rect) -> Option<Rect> {
    let (columns, rows) = (area.width - window.width, area.height - window.height);
    match (columns >= PANE, rows >= PANE_ROWS) {
        (true, _) => Some(Rect { x: window.right(), width: columns, ..area }),
        (false, true) => Some(Rect { y: window.bottom(), height: rows, ..area }),
        (false, false) => None,
    }
}

fn draw_window(frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
    let buffer = frame.buffer_mut();
    let rows: Box<dyn Iterator<Item = &[Cell]>> = match area.height {
        ROWS => Box::new(view.scene.rows()),
        _ => Box::new(view.scene.half_rows()),
    };
    for (row, y) in rows.zip(area.y..) {
        for (Cell { colour, symbol }, x) in row.iter().zip(area.x..) {
            if let Some(cell) = buffer.cell_mut((x, y)) {
                cell.set_char(*symbol);
                if view.colours {
                    cell.set_style(Style::new().fg(colour_of(*colour)).bg(Color::Black));
                }
            }
        }
    }
    let help = match view.mode {
        Mode::Watching => " watching, q leaves ",
        Mode::Past(..) => " [ back  ] on  { } by 20  Enter plays on from here  Esc now ",
        Mode::Planned(_) => " Enter sends it ",
        Mode::Stepping => " . next tick  F flush plan  p plays on  : SQL  [ past  s pane  q leave ",
        _ => " ←→ move  space fire  p pause  . step  F plan  : SQL  [ past  s pane  q leave ",
    };
    let mut block = Block::bordered().title_bottom(help);
    if let Mode::Past(tick, (first, last)) = view.mode {
        block = block.title(format!(" tick {tick} of {first} to {last} "));
    }
    frame.render_widget(block, area);
}

/// Draws what covers the field: plan, console, scores.
fn draw_box(frame: &mut Frame<'_>, window: Rect, view: &View<'_>) {
    let (title, text) = match view.mode {
        Mode::Planned(plan) => (" the flush of this tick, not sent yet ", plan.clone()),
        Mode::Console(typed) => (" SQL: Enter runs it, Esc leaves ", format!(": {typed}_\n{}", view.said)),
        Mode::Naming(name) => (" game over ", format!("Your name: {name}_\nEnter saves the score, Esc does not.")),
        Mode::Scores(scores) => {
            let row = |(place, (name, score, level)): (usize, &(String, i32, i32))| {
                format!("{:>2}. {name:<20} {score:>6}  level {level}", place + 1)
            };
            let rows: Vec<String> = scores.iter().enumerate().map(row).collect();
            (" high scores ", format!("{}\nAny key starts a new game, q leaves.", rows.join("\n")))
        }
        _ if !view.said.is_empty() => (" ", view.said.to_owned()),
        _ => return,
    };
    let height = u16::try_from(text.lines().count()).unwrap_or(u16::MAX).saturating_add(2).clamp(3, window.height - 4);
    let area = Rect { y: window.bottom() - height - 1, height, ..window };
    frame.render_widget(Clear, area);
    let lines: Vec<Line<'_>> = text.lines().map(Line::from).collect();
    frame.render_widget(Paragraph::new(lines).wrap(Wrap { trim: false }).block(Block::bordered().title(title)), area);
}

fn colour_of(letter: char) -> Color {
    match letter {
        'K' => Color::Black,
        'B' => Color::Blue,
        'C' => Color::Cyan,
        'G' => Color::Green,
        'M' => Color::Magenta,
        'R' => Color::Red,
        'Y' => Color::Yellow,
        _ => Color::White,
    }
}
