//! The record of a chapter as text: one section a step, between anchors that the book's pages include.

use std::fmt::Write;

use orm::StatementKind;
use orm::engine::{Cause, RecordedStatement};

use crate::sql_text::{WIDTH, parameter_lines, shorten, wrap, wrap_text};

/// The statements that one step sent.
#[derive(Debug)]
pub struct Step {
    /// The name of the step, which is the name of its anchors.
    pub name: &'static str,
    /// The statements in the order in which they were sent.
    pub statements: Vec<RecordedStatement>,
}

impl Step {
    /// The step as SQL, parameters as comments, and a count at the end. Of many equal statements the first is shown.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut cause = Cause::Query;
        let mut rest = self.statements.as_slice();
        while let [first, ..] = rest {
            let alike = rest.iter().take_while(|it| it.sql == first.sql).count();
            let (alike, behind) = rest.split_at(alike);
            let shown = if alike.len() < MANY { alike.len() } else { 1 };
            for statement in &alike[..shown] {
                if tells(statement.cause) && statement.cause != cause {
                    let _ = writeln!(text, "-- {}:", statement.cause);
                }
                cause = statement.cause;
                write_statement(&mut text, statement);
            }
            if shown < alike.len() {
                let more = alike.len() - shown;
                let _ = writeln!(text, "-- … the same statement {more} times more");
            }
            rest = behind;
        }
        text.push_str(&self.count());
        text
    }

    /// The number of statements by kind, as a comment. Statements about transactions are not counted.
    fn count(&self) -> String {
        let kinds = [
            (StatementKind::Select, "SELECT"),
            (StatementKind::Insert, "INSERT"),
            (StatementKind::Update, "UPDATE"),
            (StatementKind::Delete, "DELETE"),
        ];
        let number = |kind| self.statements.iter().filter(|it| it.kind == kind).count();
        let counts: Vec<String> = kinds
            .into_iter()
            .map(|(kind, word)| (number(kind), word))
            .filter(|(number, _)| *number > 0)
            .map(|(number, word)| format!("{number} {word}"))
            .collect();
        match (counts.is_empty(), self.statements.is_empty()) {
            (true, true) => "-- nothing is sent\n".to_owned(),
            (true, false) => String::new(),
            (false, _) => format!("-- sent: {}\n", counts.join(", ")),
        }
    }
}

/// Number of equal statements from which only the first is shown.
const MANY: usize = 5;

/// Adds a statement on lines that fit a page, and its parameters as comments.
fn write_statement(text: &mut String, statement: &RecordedStatement) {
    let sql = shorten(&statement.sql);
    let lines = sql.lines().flat_map(|line| wrap(line, WIDTH));
    for line in lines.chain(parameter_lines(&statement.sql, &statement.parameters)) {
        text.push_str(&line);
        text.push('\n');
    }
}

/// Whether a statement is one that the program did not ask for by name, so that the reason says something.
fn tells(cause: Cause) -> bool {
    matches!(
        cause,
        Cause::Autoflush
            | Cause::Refresh
            | Cause::LazyLoad(_)
            | Cause::EagerLoad(_)
            | Cause::LoadColumn(_)
            | Cause::Merge
    )
}

/// A message or another text that a chapter shows.
#[derive(Debug)]
pub struct Output {
    /// The name of its section, which is that of a step where the text belongs to a step.
    pub name: &'static str,
    /// The text.
    pub text: String,
    /// Number of steps that ran before.
    pub steps_before: usize,
}

/// The record of one run of a chapter.
#[derive(Debug, Default)]
pub struct Transcript {
    /// The steps in the order in which they ran.
    pub steps: Vec<Step>,
    /// Messages and other texts, in the order in which the chapter shows them.
    pub outputs: Vec<Output>,
}

impl Transcript {
    /// The file of the statements.
    pub fn sql(&self, chapter: &str, product: &str) -> String {
        let mut file = format!(
            "-- {chapter} on {product}: renewed by `cargo run -p tutorial -- write`.\n"
        );
        for step in &self.steps {
            section(&mut file, "--", step.name, &step.text());
        }
        file
    }

    /// The file of the messages and other texts; empty when the chapter has none.
    pub fn output(&self) -> String {
        let mut file = String::new();
        for Output { name, text, .. } in &self.outputs {
            let wrapped: Vec<String> =
                text.lines().flat_map(|line| wrap_text(line, WIDTH)).collect();
            section(&mut file, "#", name, &(wrapped.join("\n") + "\n"));
        }
        file
    }
}

fn section(file: &mut String, comment: &str, name: &str, text: &str) {
    // Writing into a String does not fail.
    let _ =
        write!(file, "\n{comment} ANCHOR: {name}\n{text}{comment} ANCHOR_END: {name}\n");
}
