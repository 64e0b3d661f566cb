//! What a test expects to have been sent.

use orm::StatementKind;
use orm::engine::Recorder;

use crate::Db;

/// Checks which kinds of statements were sent, in order, on every dialect: `"begin insert commit"`. Empties the record.
///
/// The question for generated keys does not count, nor does the savepoint by which a flush guards itself: where a single statement is all or nothing, there is none,
/// and where each flush has one, the text that sets the next savepoint lets go of it.
#[track_caller]
pub(crate) fn check_kinds(recorder: &Recorder, expected: &str) {
    let statements = recorder.take();
    let kinds: Vec<String> = statements
        .iter()
        // What a new connection is told.
        .filter(|statement| statement.kind != StatementKind::Other && !statement.sql.ends_with("SAVEPOINT flush"))
        // How keys are learned where INSERT does not say them.
        .filter(|statement| !statement.sql.starts_with("SELECT LAST_INSERT_ID()"))
        .map(|statement| match statement.kind {
            // BEGIN, COMMIT, SAVEPOINT x: by their verb.
            StatementKind::Transaction => {
                let sql = statement.sql.trim_start_matches("RELEASE SAVEPOINT flush; ");
                sql.split(' ').next().unwrap_or_default().to_lowercase()
            }
            kind => format!("{kind:?}").to_lowercase(),
        })
        .collect();
    assert_eq!(kinds.join(" "), expected, "\n{:#?}", statements.sql());
}

/// Checks that nothing was sent.
#[track_caller]
pub(crate) fn check_silence(recorder: &Recorder) {
    check_kinds(recorder, "");
}

/// Checks what was sent word for word, where the words are those of the tests. Empties the record on every dialect.
#[track_caller]
pub(crate) fn check_words(db: &Db, recorder: &Recorder, expected: &[&str]) {
    let statements = recorder.take();
    if db.abilities().words {
        orm::engine::check_statements(&statements, expected);
    }
}
