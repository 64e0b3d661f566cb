//! A log of every row that is inserted, changed or deleted, written by the flush that does it.
//!
//! What to notice: one listener sees all entities, whatever their type, with their values before and after. The rows of the log are one INSERT of the same flush,
//! so a log without its change, or a change without its log, cannot be.

#![allow(clippy::print_stdout, reason = "a recipe tells its story on the screen")]

#[cfg(test)]
mod tests;

use clap::Parser;
use orm::StatementKind;
use orm::engine::Statements;
use orm::event::{EntityKey, FlushedScope, after_flush};
use orm::prelude::*;
use orm::session::SessionBuilder;

#[derive(Entity, Debug, Default)]
struct Account {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 30)]
    owner: String,
    balance: i64,
}

#[derive(Entity, Debug, Default)]
struct Transfer {
    #[entity(primary_key)]
    id: Auto<i64>,
    cents: i64,
    account: BelongsTo<Account>,
}

#[derive(Entity, Debug, Default)]
struct AuditLog {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 30)]
    entity: String,
    row_id: i64,
    #[entity(length = 10)]
    action: String,
    #[entity(length = 200)]
    changes: String,
}

/// A factory of sessions that log what they write.
fn sessions(engine: &Engine) -> SessionBuilder {
    Session::builder(engine).listen(after_flush(|scope| {
        let mut rows = Vec::new();
        for (action, entities) in
            [("insert", scope.inserted()), ("update", scope.updated()), ("delete", scope.deleted())]
        {
            for entity in entities {
                rows.push(log_of(scope, entity, action)?);
            }
        }
        let columns = (AuditLog::ENTITY, AuditLog::ROW_ID, AuditLog::ACTION, AuditLog::CHANGES);
        scope.execute(insert("audit_log").rows(columns, rows));
        Ok(())
    }))
}

/// Entity, key, action and changes of one row of the log.
type Log = (String, i64, String, String);

fn log_of(scope: &FlushedScope<'_>, entity: EntityKey, action: &str) -> orm::Result<Log> {
    let changes = match action {
        "update" => scope.history(entity)?.iter().map(change).collect(),
        _ => Vec::new(),
    };
    let row_id = match scope.value(entity, "id") {
        Some(Value::I64(id)) => id,
        _ => 0,
    };
    Ok((entity.entity().to_owned(), row_id, action.to_owned(), changes.join(", ")))
}

/// `balance: 1000 -> 750`
fn change(change: &orm::unit::History) -> String {
    let text = |value: &Value| match value {
        Value::I64(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        other => format!("{other:?}"),
    };
    format!("{}: {} -> {}", change.column, change.before.as_ref().map_or_else(String::new, text), text(&change.after))
}

#[derive(Parser)]
#[command(about = "A log of every row that is inserted, changed or deleted, written by the flush that does it.")]
struct Args {
    /// The database to play in. Its tables `account`, `transfer` and `audit_log` are dropped first, and stay afterwards.
    #[arg(long, value_name = "URL", default_value = "sqlite://")]
    db_url: String,
    /// Shows every statement that is sent.
    #[arg(long, conflicts_with = "quiet")]
    echo: bool,
    /// Shows the story alone, as without `--echo`.
    #[arg(long)]
    quiet: bool,
}

fn main() -> orm::Result<()> {
    sigpipe::reset(); // A closed pipe, `| head -1`, ends the program without a word.
    let args = Args::parse();
    let engine = Engine::new(args.db_url)?;
    engine.drop_all(schema![Account, Transfer, AuditLog])?; // What an earlier run left in a file.
    if args.echo && !args.quiet {
        engine.set_echo(Echo::stdout().pretty().prefix("    | "))?;
    }
    engine.create_all(schema![Account, Transfer, AuditLog])?;
    let recorder = engine.record();

    title("Opening two accounts");
    let mut session = sessions(&engine).build();
    let (ann, bob) = open(&mut session)?;

    title("A transfer: two rows change, one is new");
    let transfer = pay(&mut session, (ann, bob), 250)?;
    session.commit()?;

    title("A second one is rolled back, and its log with it");
    session.load(ann)?;
    session[ann].balance -= 5000;
    session.flush()?;
    session.rollback()?;

    title("The first transfer is deleted");
    session.delete(transfer)?;
    session.commit()?;

    title("The log");
    for line in log(&mut session)? {
        println!("{line}");
    }
    drop(session);

    compare(&recorder.take(), [5, 10, 3, 1]);
    Ok(())
}

fn open(session: &mut Session) -> orm::Result<(Key<Account>, Key<Account>)> {
    let account = |owner: &str, balance| Account { owner: owner.to_owned(), balance, ..Account::default() };
    let (ann, bob) = (session.add(account("ann", 1000)), session.add(account("bob", 0)));
    session.commit()?;
    Ok((ann, bob))
}

fn pay(session: &mut Session, (from, to): (Key<Account>, Key<Account>), cents: i64) -> orm::Result<Key<Transfer>> {
    session.load(from)?;
    session.load(to)?;
    session[from].balance -= cents;
    session[to].balance += cents;
    Ok(session.add(Transfer { cents, account: BelongsTo::to(to), ..Transfer::default() }))
}

fn log(session: &mut Session) -> orm::Result<Vec<String>> {
    let rows = session.query::<AuditLog>().order_by(AuditLog::ID).all()?;
    let line = |key: Key<AuditLog>| {
        let AuditLog { id, entity, row_id, action, changes } = &session[key];
        let changes = if changes.is_empty() { String::new() } else { format!(" ({changes})") };
        format!("{}. {action} {entity} {row_id}{changes}", id.get().unwrap_or_default())
    };
    Ok(rows.into_iter().map(line).collect())
}

/// Prints the statements of this run beside those of a program that does the same with SQLAlchemy.
fn compare(sent: &Statements, theirs: [usize; 4]) {
    title("Statements, here and in SQLAlchemy");
    let kinds = [StatementKind::Select, StatementKind::Insert, StatementKind::Update, StatementKind::Delete];
    for ((kind, name), theirs) in kinds.into_iter().zip(["SELECT", "INSERT", "UPDATE", "DELETE"]).zip(theirs) {
        println!("{name} {:>2} | {theirs:>2}", sent.count(kind));
    }
}

fn title(text: &str) {
    println!("\n{text}");
}
