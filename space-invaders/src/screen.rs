//! Drawing: the window of the game and, where there is room, a pane with the statements of the last tick.

use orm::engine::RecordedStatement;
use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Line;
use ratatui::widgets::{Block, Paragraph};

use crate::scene::{Cell, HEIGHT, Scene, WIDTH};

/// Columns of the window of the game.
pub const COLUMNS: u16 = WIDTH as u16;
/// Rows of the window of the game.
pub const ROWS: u16 = HEIGHT as u16;
/// Columns that the SQL pane needs.
const PANE: u16 = 30;

/// Everything that a frame shows. Drawing changes nothing.
#[derive(Debug)]
pub struct View<'v> {
    /// Field.
    pub scene: &'v Scene,
    /// Tick of the round.
    pub tick: i32,
    /// Statements of the last tick.
    pub statements: &'v [RecordedStatement],
    /// Whether ticks are run one by one.
    pub stepping: bool,
    /// Whether colours may be used.
    pub colours: bool,
}

/// Returns whether the window of the game fits.
pub fn fits(columns: u16, rows: u16) -> bool {
    columns >= COLUMNS && rows >= ROWS
}

/// Draws a frame. A terminal that is too small gets a line that says so.
pub fn draw(frame: &mut Frame<'_>, view: &View<'_>) {
    let area = frame.area();
    if !fits(area.width, area.height) {
        let need = format!("needs {COLUMNS} x {ROWS}, has {} x {}", area.width, area.height);
        frame.render_widget(Paragraph::new(vec![need.into(), "q leaves".into()]).alignment(Alignment::Center), area);
        return;
    }
    let side = if area.width >= COLUMNS + PANE { area.width - COLUMNS } else { 0 };
    let [window, pane] = Layout::horizontal([Constraint::Length(COLUMNS), Constraint::Length(side)]).areas(area);
    draw_window(frame, Rect { height: ROWS, ..window }, view);
    if side > 0 {
        draw_pane(frame, pane, view);
    }
}

fn draw_window(frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
    let buffer = frame.buffer_mut();
    for (row, y) in view.scene.rows().zip(area.y..) {
        for (Cell { colour, symbol }, x) in row.iter().zip(area.x..) {
            if let Some(cell) = buffer.cell_mut((x, y)) {
                cell.set_char(*symbol);
                if view.colours {
                    cell.set_style(Style::new().fg(colour_of(*colour)).bg(Color::Black));
                }
            }
        }
    }
    frame.render_widget(Block::bordered(), area);
}

fn draw_pane(frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
    let spent: std::time::Duration = view.statements.iter().map(|statement| statement.elapsed).sum();
    let mode = if view.stepping { " . one tick, p goes on " } else { " . one tick " };
    let title = format!(" tick {}: {} statements, {:.2} ms ", view.tick, view.statements.len(), millis(spent));
    let block = Block::bordered().title(title).title_bottom(mode);
    let inner = block.inner(area);
    let width = usize::from(inner.width);
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let lines = view.statements.iter().flat_map(|statement| {
        let numbers = format!("{} rows {:.2} ms", statement.rows, millis(statement.elapsed));
        let kind = format!("{:?}", statement.kind);
        let fill = width.saturating_sub(kind.len());
        let sql = wrapped(&statement.sql, width, 3).into_iter().map(Line::from);
        std::iter::once(Line::styled(format!("{kind}{numbers:>fill$}"), bold)).chain(sql)
    });
    frame.render_widget(Paragraph::new(lines.collect::<Vec<_>>()).block(block), area);
}

fn millis(time: std::time::Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// Breaks a text into lines of a width, and ends it with an ellipsis after a number of lines.
fn wrapped(text: &str, width: usize, lines: usize) -> Vec<String> {
    let symbols: Vec<char> = text.chars().collect();
    let mut broken: Vec<String> = symbols.chunks(width.max(1)).take(lines).map(String::from_iter).collect();
    if symbols.len() > width * lines
        && let Some(last) = broken.last_mut()
    {
        last.pop();
        last.push('…');
    }
    broken
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
