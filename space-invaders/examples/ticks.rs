//! Measures ticks of both games, drawing included, and the same statements by hand: `cargo run --release -p space-invaders --example ticks -- URL`.
//!
//! By hand, a connection runs the texts that the game sent, with their parameters, and reads the rows: no session, no unit of work, no entities.

#![allow(clippy::print_stdout, reason = "the figures are printed")]

use std::error::Error;
use std::time::{Duration, Instant};

use orm::engine::{BeginMode, Connection, RecordedStatement, TextClause};
use orm::{Engine, StatementKind, Value, text};
use space_invaders::keys::Key;
use space_invaders::modern::{Modern, Seat, drop_tables};
use space_invaders::playable::Playable;
use space_invaders::rules::{Game, set_up};

/// Ticks of a run. The army of the modern game needs more to end it.
const TICKS: u32 = 1000;

/// A statement that is ready to be sent by hand.
enum Ready {
    Begin,
    Commit,
    Rollback,
    Query(TextClause),
    Write(TextClause),
}

fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().nth(1).unwrap_or_else(|| "sqlite://".to_owned());
    let engine = Engine::new(&url)?;
    for classic in [true, false] {
        let recorder = engine.record();
        let mut game = open(&engine, classic)?;
        recorder.take();
        play(&mut *game)?;
        let statements: Vec<Ready> = recorder.take().iter().filter_map(ready).collect();
        drop((game, recorder));

        let mut game = open(&engine, classic)?;
        let played = timed(|| play(&mut *game))?;
        drop(game);

        drop(open(&engine, classic)?);
        let mut connection = engine.connect()?;
        if !matches!(statements.first(), Some(Ready::Begin)) {
            // The classic game is one transaction, which its start message began.
            connection.begin()?;
        }
        // Arrays, by which a flush writes many rows on PostgreSQL, cannot be told from their text.
        let by_hand = timed(|| statements.iter().try_for_each(|statement| send(&mut connection, statement)));
        let ratio = match by_hand {
            Ok(by_hand) => format!("{:.2} times the SQL by hand", played.as_secs_f64() / by_hand.as_secs_f64()),
            Err(error) => format!("not sent by hand: {}", error.to_string().lines().next().unwrap_or_default()),
        };
        let tick = played / TICKS;
        println!(
            "{}: {:.0} ticks a second, {tick:.2?} a tick, {:.1} statements a tick, {ratio}",
            if classic { "classic" } else { "modern" },
            1.0 / tick.as_secs_f64(),
            statements.len() as f64 / f64::from(TICKS),
        );
    }
    Ok(())
}

/// A game that waits for a key.
fn open(engine: &Engine, classic: bool) -> orm::Result<Box<dyn Playable>> {
    if classic {
        drop_tables(engine)?;
        set_up(engine)?;
        return Ok(Box::new(Game::new(engine, 1)?));
    }
    Ok(Box::new(Modern::open(engine, &Seat::New { seed: 1, name: "ann".to_owned() })?))
}

fn play(game: &mut dyn Playable) -> orm::Result<()> {
    game.step(Some(Key::Other))?;
    for tick in 1..=TICKS {
        let key = match tick % 40 {
            0 => Some(Key::Fire),
            1..10 => Some(Key::Left),
            20..29 => Some(Key::Right),
            _ => None,
        };
        game.step(key)?;
        game.scene()?;
    }
    Ok(())
}

fn timed(work: impl FnOnce() -> orm::Result<()>) -> orm::Result<Duration> {
    let start = Instant::now();
    work()?;
    Ok(start.elapsed())
}

/// A recorded statement with its parameters, each under a name.
fn ready(recorded: &RecordedStatement) -> Option<Ready> {
    match recorded.kind {
        StatementKind::Transaction if recorded.sql.starts_with("BEGIN") => return Some(Ready::Begin),
        StatementKind::Transaction if recorded.sql == "COMMIT" => return Some(Ready::Commit),
        StatementKind::Transaction if recorded.sql == "ROLLBACK" => return Some(Ready::Rollback),
        StatementKind::Transaction | StatementKind::Ddl | StatementKind::Other => return None,
        _ => {}
    }
    let (mut sql, mut number) = (String::new(), 0);
    let mut symbols = recorded.sql.chars().peekable();
    while let Some(symbol) = symbols.next() {
        if symbol != '?' && symbol != '$' {
            sql.push(symbol);
            continue;
        }
        while symbol == '$' && symbols.next_if(char::is_ascii_digit).is_some() {}
        number += 1;
        sql.push_str(&format!(":p{number}"));
    }
    let bind =
        |statement: TextClause, (at, shown): (usize, &String)| statement.bind(&format!("p{}", at + 1), value(shown));
    let statement = recorded.parameters.iter().enumerate().fold(text(&sql), bind);
    let returns = recorded.kind == StatementKind::Select || recorded.sql.contains(" RETURNING ");
    Some(if returns { Ready::Query(statement) } else { Ready::Write(statement) })
}

/// The value of a parameter, from its text in the record.
fn value(shown: &str) -> Value {
    match shown.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')) {
        Some(text) => Value::Text(text.replace("''", "'")),
        None if shown.eq_ignore_ascii_case("true") => Value::Bool(true),
        None if shown.eq_ignore_ascii_case("false") => Value::Bool(false),
        None => shown.parse().map_or(Value::Null, Value::I64),
    }
}

fn send(connection: &mut Connection, statement: &Ready) -> orm::Result<()> {
    match statement {
        Ready::Begin => connection.begin_with(BeginMode::Immediate),
        Ready::Commit => connection.commit(),
        Ready::Rollback => connection.rollback(),
        Ready::Query(query) => connection.query(query).map(drop),
        Ready::Write(write) => connection.execute(write).map(drop),
    }
}
