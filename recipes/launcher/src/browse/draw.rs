//! The browser as a frame. Drawing changes nothing.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Line;
use ratatui::widgets::{Block, Clear, Paragraph, Wrap};

use super::app::{App, Output, Pane, Progress, Typing};
use super::diff::{self, differing};
use super::highlight::{self, Language};
use super::story;
use super::tables::{KINDS, tables};

/// Columns and rows below which nothing is shown but a line that says so.
const LEAST: (u16, u16) = (20, 8);
/// Columns below which one pane is shown at a time.
const NARROW: u16 = 80;
/// Columns of a pane from which on its title has room for the name of the recipe.
const NAME_FROM: u16 = 60;
/// Columns of the list.
const LIST: u16 = 36;
/// The keys, for a line of at least so many columns.
const KEYS: [(u16, &str); 3] = [
    (97, " Enter run  ←→ step  / find  Tab pane  d database  D second  w watch  e editor  t take  ? help  q "),
    (79, " Enter run  ←→ step  / find  Tab pane  d D database  w watch  t take  ? help  q "),
    (0, " Enter run  ←→ step  / find  Tab pane  ? help  q "),
];
const HELP: &str = "\
Enter    run the recipe, again if it ran before
Esc      stop a recipe that runs, watch mode too
Up Down  choose a recipe; scroll within a pane
Left Right  step through the story
/        find by name, caption, family, file or feature
Tab      list, story, source, notes, tables
d        database: sqlite://, sqlite:///FILE, postgresql://.., mariadb://..
D        the same recipe on a second database, beside the first
w        run again whenever the source is saved; lines that differ from output.txt are shown
e        open the source in $VISUAL or $EDITOR
t        copy the recipe out as a package that stands alone, and check it
q        leave";

/// Draws everything.
pub(crate) fn draw(frame: &mut Frame<'_>, app: &App, colours: bool) {
    let area = frame.area();
    if area.width < LEAST.0 || area.height < LEAST.1 {
        frame.render_widget(Paragraph::new(format!("needs {} x {}", LEAST.0, LEAST.1)), area);
        return;
    }
    let [main, keys] = Layout::vertical([Constraint::Min(3), Constraint::Length(1)]).areas(area);
    if area.width < NARROW {
        if app.in_pane { draw_pane(frame, main, app, colours) } else { draw_left(frame, main, app, colours) }
    } else {
        let [left, right] = Layout::horizontal([Constraint::Length(LIST), Constraint::Min(20)]).areas(main);
        draw_left(frame, left, app, colours);
        draw_pane(frame, right, app, colours);
    }
    frame.render_widget(Paragraph::new(bottom(app, keys.width)), keys);
    if app.help {
        let box_area = centred(area, 84, 14);
        frame.render_widget(Clear, box_area);
        frame.render_widget(
            Paragraph::new(HELP).wrap(Wrap { trim: false }).block(Block::bordered().title(" keys ")),
            box_area,
        );
    }
}

fn bottom(app: &App, width: u16) -> String {
    match &app.typing {
        Some(Typing::Filter) => format!("/{}_", app.filter),
        Some(Typing::Database(text)) => format!("database: {text}_"),
        Some(Typing::Second(text)) => format!("second database: {text}_"),
        Some(Typing::Folder(text)) => format!("copy to: {text}_"),
        None if !app.said.is_empty() => app.said.clone(),
        None => {
            KEYS.iter().find(|(columns, _)| width >= *columns).map_or_else(String::new, |(_, keys)| (*keys).to_owned())
        }
    }
}

fn centred(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height }
}

fn bold() -> Style {
    Style::new().add_modifier(Modifier::BOLD)
}

/// The list, and below it the counts.
fn draw_left(frame: &mut Frame<'_>, area: Rect, app: &App, colours: bool) {
    let counts = if area.height > 14 { 7 } else { 0 };
    let [list, below] = Layout::vertical([Constraint::Min(3), Constraint::Length(counts)]).areas(area);
    draw_list(frame, list, app, colours);
    if counts > 0 {
        draw_counts(frame, below, app);
    }
}

fn draw_list(frame: &mut Frame<'_>, area: Rect, app: &App, colours: bool) {
    let listed = app.listed();
    let filter = if app.filter.is_empty() { String::new() } else { format!("/{} ", app.filter) };
    let title = format!(" Recipes {} of {} {filter}", listed.len(), crate::catalog::recipes().count());
    let block = Block::bordered().title(title);
    let (mut lines, mut chosen, mut family) = (Vec::new(), 0, "");
    for (at, (of, recipe)) in listed.iter().enumerate() {
        if of.name != family {
            family = of.name;
            lines.push(Line::styled(of.title, bold()));
        }
        let mark = if app.ran == Some(recipe.name) { outcome(app) } else { ' ' };
        let text = format!("{} {} {mark}", if at == app.selected { '>' } else { ' ' }, recipe.name);
        let style = match (at == app.selected, colours) {
            (true, true) => Style::new().fg(Color::Yellow).add_modifier(Modifier::BOLD),
            (true, false) => bold(),
            _ => Style::new(),
        };
        if at == app.selected {
            chosen = lines.len();
        }
        lines.push(Line::styled(text, style));
    }
    let height = usize::from(block.inner(area).height);
    let scroll = (chosen + 2).saturating_sub(height).min(lines.len());
    let shown: Vec<Line<'_>> = lines.into_iter().skip(scroll).collect();
    frame.render_widget(Paragraph::new(shown).block(block), area);
}

fn outcome(app: &App) -> char {
    match app.outputs.first().map(|output| &output.progress) {
        Some(Progress::Ended(0, _)) => '✓',
        Some(Progress::Ended(..)) => '✗',
        Some(Progress::Running(_)) => '…',
        _ => ' ',
    }
}

fn draw_counts(frame: &mut Frame<'_>, area: Rect, app: &App) {
    let theirs = app.chosen().map(|(_, recipe)| recipe.beside);
    let ours = app.outputs.first().filter(|_| app.has_output()).and_then(Output::counts);
    let rows = ["SELECT", "INSERT", "UPDATE", "DELETE"].iter().enumerate().map(|(at, kind)| {
        let ours = ours.map_or_else(|| "-".to_owned(), |ours| ours[at].to_string());
        let theirs = theirs.map_or_else(|| "-".to_owned(), |theirs| theirs[at].to_string());
        Line::from(format!("{kind:8} {ours:>6} {theirs:>12}"))
    });
    let head = Line::styled(format!("{:8} {:>6} {:>12}", "", "here", "SQLAlchemy"), bold());
    let lines: Vec<Line<'_>> = std::iter::once(head).chain(rows).collect();
    frame.render_widget(Paragraph::new(lines).block(Block::bordered().title(" Statements ")), area);
}

fn draw_pane(frame: &mut Frame<'_>, area: Rect, app: &App, colours: bool) {
    let Some((_, recipe)) = app.chosen() else {
        frame.render_widget(Paragraph::new("Nothing fits the filter.").block(Block::bordered()), area);
        return;
    };
    let tab = |pane: Pane| if pane == app.pane { format!("[{}]", pane.name()) } else { pane.name().to_owned() };
    let tabs: Vec<String> = Pane::ALL.into_iter().map(tab).collect();
    let watching = if app.watching { " watching" } else { "" };
    // The list beside a small pane has the name too.
    let name = if area.width >= NAME_FROM || area.width == frame.area().width {
        format!("{} ── ", recipe.name)
    } else {
        String::new()
    };
    let block = Block::bordered().title(format!(" {name}{} ── {}{watching} ", tabs.join(" "), app.url));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    match app.pane {
        Pane::Source => draw_source(frame, inner, app, colours),
        Pane::Tables => draw_tables(frame, inner, app, colours),
        Pane::Notes => draw_text(frame, inner, app, &app.notes().join("\n"), &app.files.readme),
        Pane::Story if app.has_output() => draw_outputs(frame, inner, app, colours),
        Pane::Story => draw_text(
            frame,
            inner,
            app,
            recipe.caption,
            "Enter runs it. The output of a run that is known:\n\n{shown}"
                .replace("{shown}", app.files.shown.trim())
                .as_str(),
        ),
    }
}

fn draw_text(frame: &mut Frame<'_>, area: Rect, app: &App, first: &str, second: &str) {
    let text = format!("{first}\n\n{second}");
    let lines: Vec<Line<'_>> = text.lines().skip(app.scroll).map(|line| Line::from(line.to_owned())).collect();
    frame.render_widget(Paragraph::new(lines).wrap(Wrap { trim: false }), area);
}

/// The source, from a few lines before the step on, or from where it is scrolled to.
fn draw_source(frame: &mut Frame<'_>, area: Rect, app: &App, colours: bool) {
    let at = app.line_of_step();
    let first = at.map_or(0, |line| line.saturating_sub(4)) + app.scroll;
    let lines = app.files.source.lines().enumerate().skip(first).map(|(number, text)| {
        let mark = if at == Some(number + 1) { '>' } else { ' ' };
        highlight::line(&format!("{mark}{:4}  {text}", number + 1), Language::Rust, colours)
    });
    frame.render_widget(Paragraph::new(lines.collect::<Vec<_>>()), area);
}

fn draw_outputs(frame: &mut Frame<'_>, area: Rect, app: &App, colours: bool) {
    let differing = if app.watching { lines_that_differ(app, colours) } else { Vec::new() };
    let source = match (differing.is_empty(), area.height > 24) {
        (false, _) => area.height / 2,
        (true, true) => 8,
        (true, false) => 0,
    };
    let [steps, below] = Layout::vertical([Constraint::Min(3), Constraint::Length(source)]).areas(area);
    match app.outputs.as_slice() {
        [first, second, ..] => {
            let [left, right] =
                Layout::horizontal([Constraint::Percentage(50), Constraint::Percentage(50)]).areas(steps);
            draw_step(frame, left, app, first, Some(second), colours);
            draw_step(frame, right, app, second, Some(first), colours);
        }
        [only] => draw_step(frame, steps, app, only, None, colours),
        [] => {}
    }
    if !differing.is_empty() {
        let block = Block::bordered().title(" output.txt - | this run + ");
        frame.render_widget(Paragraph::new(differing).block(block), below);
    } else if source > 0 {
        let line = app.line_of_step().map_or_else(String::new, |line| format!(":{line}"));
        let block = Block::bordered().title(format!(" src/main.rs{line} "));
        let inner = block.inner(below);
        frame.render_widget(block, below);
        draw_source(frame, inner, app, colours);
    }
}

fn number_of_differences(app: &App, output: &Output) -> usize {
    let told = story::told(&output.lines);
    differing(&app.files.shown, &told).iter().filter(|line| !matches!(line, diff::Line::Same(_))).count()
}

/// Lines of the first run that differ from output.txt, once the run has ended.
fn lines_that_differ(app: &App, colours: bool) -> Vec<Line<'static>> {
    let Some(output) = app.outputs.first().filter(|output| matches!(output.progress, Progress::Ended(0, _))) else {
        return Vec::new();
    };
    let coloured = |color| if colours { Style::new().fg(color) } else { Style::new() };
    let told = story::told(&output.lines);
    let line = |line: diff::Line<'_>| match line {
        diff::Line::Same(text) => Line::from(format!("  {text}")),
        diff::Line::Missing(text) => Line::styled(format!("- {text}"), coloured(Color::Red)),
        diff::Line::New(text) => Line::styled(format!("+ {text}"), coloured(Color::Green)),
    };
    differing(&app.files.shown, &told).into_iter().map(line).collect()
}

/// The tables of the run: columns, and statements of the step and of the whole run.
fn draw_tables(frame: &mut Frame<'_>, area: Rect, app: &App, colours: bool) {
    let steps = app.outputs.first().filter(|_| app.has_output()).map_or(&[][..], |output| &output.steps);
    let mut lines = Vec::new();
    for table in tables(steps, app.step) {
        lines.push(Line::styled(table.name, bold()));
        lines
            .extend(table.columns.iter().map(|column| highlight::line(&format!("  {column}"), Language::Sql, colours)));
        lines.push(Line::from("            step    all"));
        let used = KINDS.iter().zip(table.here.iter().zip(table.in_all)).filter(|(_, (_, all))| *all > 0);
        lines.extend(used.map(|(kind, (here, all))| Line::from(format!("  {kind} {here:>6} {all:>6}"))));
        lines.push(Line::default());
    }
    if lines.is_empty() {
        lines.push(Line::from("Enter runs the recipe: its tables, and the statements that use them, stand here then."));
    }
    let shown: Vec<Line<'_>> = lines.into_iter().skip(app.scroll).collect();
    frame.render_widget(Paragraph::new(shown).wrap(Wrap { trim: false }), area);
}

/// A step of an output: what was told, and the SQL. Lines of SQL that the other database did not get are marked.
fn draw_step(frame: &mut Frame<'_>, area: Rect, app: &App, output: &Output, other: Option<&Output>, colours: bool) {
    let mut lines = Vec::new();
    if other.is_some() {
        lines.push(Line::styled(output.url.clone(), bold()));
    }
    match (&output.progress, output.steps.get(app.step)) {
        (Progress::Ended(code, errors), _) if *code != 0 => {
            lines.push(Line::styled(format!("ended with exit code {code}"), bold()));
            lines.extend(errors.iter().map(|line| Line::from(line.clone())));
        }
        (progress, None) => {
            if let Progress::Running(line) = progress {
                lines.push(Line::from(line.clone()));
                lines.push(Line::from("A recipe is built once; the first build takes a while. Esc stops it."));
            }
        }
        (_, Some(step)) => {
            let differs = match (&output.progress, number_of_differences(app, output)) {
                (Progress::Ended(..), count @ 1..) => format!("  ({count} lines differ from output.txt)"),
                _ => String::new(),
            };
            lines
                .push(Line::styled(format!("{}/{} {}{differs}", app.step + 1, output.steps.len(), step.title), bold()));
            lines.push(Line::default());
            lines.extend(step.told.iter().map(|line| Line::from(line.clone())));
            if !step.sql.is_empty() && !step.told.is_empty() {
                lines.push(Line::default());
            }
            let theirs = other.and_then(|other| other.steps.get(app.step)).map(|step| step.sql.as_slice());
            lines.extend(step.sql.iter().map(|sql| {
                let differs = theirs.is_some_and(|theirs| !theirs.contains(sql));
                let mark = if differs { "≠ " } else { "  " };
                highlight::line(&format!("{mark}{sql}"), Language::Sql, colours)
            }));
        }
    }
    let shown: Vec<Line<'_>> = lines.into_iter().skip(app.scroll).collect();
    frame.render_widget(Paragraph::new(shown).wrap(Wrap { trim: false }), area);
}
