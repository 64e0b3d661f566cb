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
    /// The step as SQL, parameters as comments, and a count at the end.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut cause = Cause::Query;
        for statement in &self.statements {
            if tells(statement.cause) && statement.cause != cause {
                let _ = writeln!(text, "-- {}:", statement.cause);
            }
            cause = statement.cause;
            let sql = shorten(&statement.sql);
            for line in sql.lines().flat_map(|line| wrap(line, WIDTH)) {
                text.push_str(&line);
                text.push('\n');
            }
            for line in parameter_lines(&statement.sql, &statement.parameters) {
                text.push_str(&line);
                text.push('\n');
            }
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

/// Whether a statement is one that the program did not ask for by name, so that the reason says something.
fn tells(cause: Cause) -> bool {
    matches!(
        cause,
        Cause::Autoflush
            | Cause::Refresh
            | Cause::LazyLoad(_)
            | Cause::EagerLoad(_)
            | Cause::Merge
    )
}

/// The record of one run of a chapter.
#[derive(Debug, Default)]
pub struct Transcript {
    /// The steps in the order in which they ran.
    pub steps: Vec<Step>,
    /// Messages and other texts, by the name of their section.
    pub outputs: Vec<(&'static str, String)>,
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
        for (name, text) in &self.outputs {
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
