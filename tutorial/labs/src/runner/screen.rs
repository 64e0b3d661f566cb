//! Draws the state of the screen.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Text};
use ratatui::widgets::Paragraph;

use super::app::{App, View};
use super::document::{FILE, Page};
use crate::catalog;
use crate::diff;

/// Smallest screen that shows anything.
const SMALLEST: (u16, u16) = (20, 6);

/// Draws the head, the page that is open, the note and the keys. Without `colours`, no cell has a colour.
pub fn draw(frame: &mut Frame<'_>, app: &mut App, colours: bool) {
    let area = frame.area();
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        frame.render_widget(Line::raw("too small"), area);
        return;
    }
    let keys = diff::wrap(keys(app), usize::from(area.width));
    let keys_height = u16::try_from(keys.len()).unwrap_or(1).min(area.height / 3);
    let [head, page, note, foot] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Min(1),
        Constraint::Length(1),
        Constraint::Length(keys_height),
    ])
    .areas(area);
    frame.render_widget(Line::styled(title(app, area.width), reversed()), head);
    frame.render_widget(body(app, page), page);
    frame.render_widget(Line::styled(below(app), Style::new().fg(Color::Yellow)), note);
    frame.render_widget(Text::from(keys.into_iter().map(Line::raw).collect::<Vec<_>>()), foot);
    if !colours {
        for cell in &mut frame.buffer_mut().content {
            (cell.fg, cell.bg) = (Color::Reset, Color::Reset);
        }
    }
}

fn reversed() -> Style {
    Style::new().add_modifier(Modifier::REVERSED)
}

/// Progress and the lab's title, filled up to the width.
fn title(app: &App, width: u16) -> String {
    let labs = catalog::labs();
    let done = labs.iter().filter(|lab| app.state.done.contains(lab.number)).count();
    let bar: String = labs.iter().map(|lab| if app.state.done.contains(lab.number) { '█' } else { '░' }).collect();
    let lab = app.lab();
    let name = format!(" {} {}", lab.number, lab.title);
    let counted = format!(" {done} of {} done ", labs.len());
    let width = usize::from(width);
    let room = width.saturating_sub(name.chars().count() + counted.chars().count());
    let bar = if room > bar.chars().count() { bar } else { String::new() };
    let blanks = room.saturating_sub(bar.chars().count());
    format!("{name}{}{bar}{counted}", " ".repeat(blanks))
}

/// The line above the keys.
fn below(app: &App) -> String {
    match (&app.working, &app.note) {
        (_, Some(note)) => note.clone(),
        (Some(line), None) => line.clone(),
        (None, None) => String::new(),
    }
}

fn keys(app: &App) -> &'static str {
    match (app.view, app.filtering) {
        (View::List, true) => "type a word · Enter opens · Esc ends the search",
        (View::List, false) => "↑↓ choose · Enter open · / search · Esc back · q quit",
        (View::Solution | View::All, _) => "↑↓ scroll · Esc back · l list · q quit",
        (View::Lab, _) => {
            "h hint · n next · l list · r reset · s solution · c check all · e editor · ↑↓ scroll · q quit"
        }
    }
}

fn body(app: &mut App, area: Rect) -> Paragraph<'static> {
    let (width, height) = (usize::from(area.width), usize::from(area.height));
    let lines = match app.view {
        View::Lab => lab(app, width),
        View::List => list(app),
        View::Solution => {
            let text = app.home.solution(app.lab()).unwrap_or_else(|error| error.to_string());
            diff::wrap(&text, width).into_iter().map(Line::raw).collect()
        }
        View::All => app.all.iter().flat_map(|line| diff::wrap(line, width)).map(Line::raw).collect(),
    };
    if app.view == View::List {
        // The marked line stays visible.
        app.scroll = (app.marked + 1).saturating_sub(height);
    }
    if app.view == View::Lab && app.follow {
        app.scroll = lines.iter().position(begins_outcome).unwrap_or(0);
    }
    app.scroll = app.scroll.min(lines.len().saturating_sub(height));
    let shown: Vec<_> = lines.into_iter().skip(app.scroll).take(height).collect();
    Paragraph::new(shown)
}

/// Whether a line is the last one before what came out.
fn begins_outcome(line: &Line<'_>) -> bool {
    line.spans.first().is_some_and(|span| span.content.starts_with(FILE))
}

fn lab(app: &App, width: usize) -> Vec<Line<'static>> {
    let (task, file) = (app.task(), app.home.shown(app.lab()));
    let verdict = app.verdict.as_ref();
    let hints = app.home.hints(app.lab()).unwrap_or_default();
    Page { lab: app.lab(), story: &task, file: &file, verdict, hints: &hints[..app.hints], width }.lines()
}

fn list(app: &App) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    for (position, lab) in app.listed().into_iter().enumerate() {
        let mark = if app.state.done.contains(lab.number) { "✓" } else { " " };
        let here = if lab == app.lab() { ">" } else { " " };
        let style = if position == app.marked { reversed() } else { Style::new() };
        lines.push(Line::styled(format!("{here} {mark} {:<5} {}", lab.number, lab.title), style));
    }
    if app.filtering || !app.filter.is_empty() {
        lines.push(Line::raw(format!("search: {}", app.filter)));
    }
    lines
}
