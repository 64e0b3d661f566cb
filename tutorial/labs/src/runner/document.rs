//! A lab and its outcome as lines of text: the screen shows them, and without a terminal they are printed.

use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};

use super::judge::Verdict;
use crate::catalog::Lab;
use crate::check::Outcome;
use crate::diff;

/// Width from which expected and sent statements stand beside each other.
const SIDE_BY_SIDE: usize = 80;

/// Beginning of the line that names the reader's file.
pub(super) const FILE: &str = "Your file:";

/// What is shown of a lab.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// The lab.
    pub lab: &'a Lab,
    /// The task, from the head of the file.
    pub story: &'a str,
    /// The file to edit.
    pub file: &'a str,
    /// What became of the lab, once it was judged.
    pub verdict: Option<&'a Verdict>,
    /// The hints to show.
    pub hints: &'a [String],
    /// Width to fill.
    pub width: usize,
}

impl Page<'_> {
    /// The task, what became of it, the statements, the hints.
    pub fn lines(self) -> Vec<Line<'static>> {
        let mut lines = Vec::new();
        for line in diff::wrap(self.story, self.width.min(110)) {
            let style = if lines.is_empty() { bold() } else { Style::new() };
            lines.push(Line::styled(line, style));
        }
        lines.push(Line::default());
        self.wrapped(&mut lines, &format!("{FILE} {}", self.file), colour(Color::Cyan));
        self.wrapped(&mut lines, &format!("The book:  book/src/{}", self.lab.page), Style::new());
        lines.push(Line::default());
        if let Some(verdict) = self.verdict {
            self.verdict(&mut lines, verdict);
        }
        for (number, hint) in (1..).zip(self.hints) {
            self.wrapped(&mut lines, &format!("Hint {number} of 3: {hint}"), colour(Color::Yellow));
            lines.push(Line::default());
        }
        lines
    }

    fn wrapped(self, lines: &mut Vec<Line<'static>>, text: &str, style: Style) {
        lines.extend(diff::wrap(text, self.width).into_iter().map(|line| Line::styled(line, style)));
    }

    fn verdict(self, lines: &mut Vec<Line<'static>>, verdict: &Verdict) {
        match verdict {
            Verdict::Broken(message) => {
                self.wrapped(lines, "The file does not compile:", colour(Color::Red));
                self.wrapped(lines, message, Style::new());
            }
            Verdict::Crashed(words) => {
                self.wrapped(lines, "The program ended before its checks:", colour(Color::Red));
                self.wrapped(lines, words, Style::new());
            }
            Verdict::Endless => {
                self.wrapped(
                    lines,
                    "The checks take longer than 30 seconds: is there a loop without an end?",
                    colour(Color::Red),
                );
            }
            Verdict::Stopped => {}
            Verdict::Ran { outcomes, printed } => self.outcomes(lines, outcomes, printed),
        }
        if !matches!(verdict, Verdict::Stopped) {
            lines.push(Line::default());
        }
        if verdict.passed() {
            let done = format!("Lab {} is done.", self.lab.number.trim_start_matches('0'));
            self.wrapped(lines, &done, colour(Color::Green).add_modifier(Modifier::BOLD));
            lines.push(Line::default());
        }
    }

    fn outcomes(self, lines: &mut Vec<Line<'static>>, outcomes: &[Outcome], printed: &str) {
        for outcome in outcomes {
            let (mark, style) = match outcome.failure {
                None => ("✓", colour(Color::Green)),
                Some(_) => ("✗", colour(Color::Red)),
            };
            self.wrapped(lines, &format!("{mark} {}", outcome.name), style);
        }
        lines.push(Line::default());
        let failed = outcomes.iter().find(|outcome| outcome.failure.is_some());
        if let Some(Outcome { name, failure: Some(failure), .. }) = failed {
            self.wrapped(lines, &format!("{name}: {failure}"), colour(Color::Red));
            lines.push(Line::default());
        }
        let shown = failed.or_else(|| outcomes.iter().rev().find(|outcome| outcome.expected.is_some()));
        if let Some(outcome) = shown {
            self.statements(lines, outcome);
        }
        if !printed.trim().is_empty() {
            lines.push(Line::default());
            self.wrapped(lines, &format!("The lab printed:\n{printed}"), Style::new());
        }
    }

    /// Expected and sent statements: beside each other where there is room, else one below the other.
    fn statements(self, lines: &mut Vec<Line<'static>>, outcome: &Outcome) {
        let Some(expected) = &outcome.expected else { return };
        let rows = diff::rows(expected, &outcome.sent);
        if self.width < SIDE_BY_SIDE {
            for (title, right) in [("SQL expected", false), ("SQL sent", true)] {
                lines.push(Line::styled(title, bold()));
                for (expected, sent) in &rows {
                    let Some(statement) = (if right { sent } else { expected }) else { continue };
                    let (mark, style) = mark(expected == sent);
                    let text = diff::wrap(statement, self.width.saturating_sub(2));
                    let marks = std::iter::once(mark).chain(std::iter::repeat(" "));
                    lines.extend(marks.zip(text).map(|(mark, line)| Line::styled(format!("{mark} {line}"), style)));
                }
            }
            return;
        }
        let left = (self.width - 5) / 2;
        let beside = |left_text: &str, right_text: &str, mark: &str, style: Style| {
            let pad = left.saturating_sub(left_text.chars().count());
            let text = format!("{mark} {left_text}{}", " ".repeat(pad));
            Line::from(vec![Span::styled(text, style), Span::raw(" │ "), Span::styled(right_text.to_owned(), style)])
        };
        lines.push(beside("SQL expected", "SQL sent", " ", bold()));
        for (expected, sent) in rows {
            let (mark, style) = mark(expected == sent);
            let cell = |text: Option<&str>| text.map_or_else(Vec::new, |text| diff::wrap(text, left));
            let (expected, sent) = (cell(expected), cell(sent));
            for row in 0..expected.len().max(sent.len()) {
                let text = |cell: &[String]| cell.get(row).cloned().unwrap_or_default();
                lines.push(beside(&text(&expected), &text(&sent), if row == 0 { mark } else { " " }, style));
            }
        }
    }
}

/// How a statement is marked.
fn mark(same: bool) -> (&'static str, Style) {
    if same { (" ", Style::new()) } else { ("≠", colour(Color::Red)) }
}

fn bold() -> Style {
    Style::new().add_modifier(Modifier::BOLD)
}

fn colour(colour: Color) -> Style {
    Style::new().fg(colour)
}

/// The text of lines, without colours.
pub fn plain(lines: &[Line<'_>]) -> String {
    let mut text = String::new();
    for line in lines {
        let words: String = line.spans.iter().map(|span| span.content.as_ref()).collect();
        text.push_str(words.trim_end());
        text.push('\n');
    }
    text
}
