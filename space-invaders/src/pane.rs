//! The SQL pane: the statements of a tick with rule, cause, rows and time, and below them why the rules asked.

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::Line;
use ratatui::widgets::{Block, Paragraph, Wrap};

use crate::screen::{Mode, View};
use crate::why::{Rule, Told};

/// Rows of a statement while the game goes on, and while ticks are run one by one.
const LINES: [usize; 2] = [2, 5];
/// Columns from which a statement takes a single line while the game goes on.
const WIDE: usize = 76;
/// Columns of a rule and its cause in such a line.
const HEAD: usize = 28;
/// Rows of the pane from which it explains, and rows of the explanation.
const WHY: [(u16, u16); 2] = [(25, 12), (18, 7)];
/// Rows of the list below which it is a summary.
const SUMMARY: u16 = 4;

/// Draws the pane.
pub fn draw(frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
    let rows = WHY.iter().find(|(height, _)| area.height >= *height).map_or(0, |(_, rows)| *rows);
    let [list, why] = Layout::vertical([Constraint::Min(3), Constraint::Length(rows)]).areas(area);
    draw_list(frame, list, view);
    if rows > 0 {
        draw_why(frame, why, view.told);
    }
}

fn draw_list(frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
    let spent: Duration = view.told.iter().map(|told| told.statement.elapsed).sum();
    let mut title = format!(" tick {}: {} statements, {:.2} ms ", view.tick, view.told.len(), millis(spent));
    if view.races > 0 {
        title.push_str(&format!("{} races lost ", view.races));
    }
    let block = Block::bordered().title(title);
    let inner = block.inner(area);
    if inner.height < SUMMARY {
        frame.render_widget(Paragraph::new(summary(view.told)).wrap(Wrap { trim: true }).block(block), area);
        return;
    }
    let stepping = matches!(view.mode, Mode::Stepping | Mode::Planned(_));
    let (most, height) = (LINES[usize::from(stepping)], usize::from(inner.height));
    let mut lines = fitting(view.told, usize::from(inner.width), height, most);
    if lines.len() > height && height > 0 {
        let hidden = lines.len() - height + 1;
        lines.truncate(height - 1);
        lines.push(Line::from(format!(".. {hidden} more")));
    }
    frame.render_widget(Paragraph::new(lines).block(block), area);
}

/// The number of statements of each rule, in the order in which the rules asked.
fn summary(told: &[Told]) -> String {
    let count = |rule: &Rule| told.iter().filter(|told| told.rule == *rule).count();
    let counts = rules(told).iter().map(|rule| format!("{} {}", rule.name(), count(rule))).collect::<Vec<_>>();
    counts.join(" · ")
}

/// The rules that asked, in the order of their first statements.
fn rules(told: &[Told]) -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    for Told { rule, .. } in told {
        if !rules.contains(rule) {
            rules.push(*rule);
        }
    }
    rules
}

/// Gives each statement a line of its text, and more of them, in turn, while all statements stay on the screen.
fn fitting(told: &[Told], width: usize, height: usize, most: usize) -> Vec<Line<'static>> {
    let mut shown: Vec<Vec<Line<'static>>> = told.iter().map(|told| statement(told, width, 1)).collect();
    let mut total: usize = shown.iter().map(Vec::len).sum();
    for most in 2..=most {
        for (lines, told) in shown.iter_mut().zip(told) {
            let longer = statement(told, width, most);
            let grown = total - lines.len() + longer.len();
            if grown <= height {
                (*lines, total) = (longer, grown);
            }
        }
    }
    shown.into_iter().flatten().collect()
}

/// A statement: rule and numbers in bold, its cause if that is not the rule itself, and the text.
fn statement(told: &Told, width: usize, most: usize) -> Vec<Line<'static>> {
    let Told { rule, statement } = told;
    let numbers = match statement.error {
        Some(_) => "refused".to_owned(),
        None => {
            let rows = if statement.rows == 1 { "row" } else { "rows" };
            format!("{} {rows} {:.2} ms", statement.rows, millis(statement.elapsed))
        }
    };
    let head = format!("{} · {}", rule.name(), statement.cause);
    let wide = width >= WIDE && most <= LINES[0];
    let head = if wide { format!("{head:<HEAD$}{}", shortened(&statement.sql)) } else { head };
    let head: String = head.chars().take(width.saturating_sub(numbers.len() + 1)).collect();
    let fill = width.saturating_sub(head.chars().count());
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let mut lines = vec![Line::styled(format!("{head}{numbers:>fill$}"), bold)];
    if wide {
        return lines;
    }
    let sql = if most > LINES[0] { statement.sql.clone() } else { shortened(&statement.sql) };
    lines.extend(wrapped(&sql, width, most).into_iter().map(Line::from));
    if most > LINES[0] && !statement.parameters.is_empty() {
        lines.extend(wrapped(&format!("[{}]", statement.parameters.join(", ")), width, 2).into_iter().map(Line::from));
    }
    lines
}

fn draw_why(frame: &mut Frame<'_>, area: Rect, told: &[Told]) {
    let lines: Vec<Line<'_>> =
        rules(told).iter().map(|rule| Line::from(format!("{}: {}", rule.name(), rule.explanation()))).collect();
    let block = Block::bordered().title(" why ");
    frame.render_widget(Paragraph::new(lines).wrap(Wrap { trim: true }).block(block), area);
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// Leaves the list of columns out of a query, and the name of the table of coordinates out of its columns.
fn shortened(sql: &str) -> String {
    let sql = match (sql.strip_prefix("SELECT "), sql.find(" FROM ")) {
        (Some(_), Some(from)) if from > 40 => format!("SELECT …{}", &sql[from..]),
        _ => sql.to_owned(),
    };
    sql.replace("glyph_coordinate.", "")
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
