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
        let by_hand = timed(|| statements.iter().try_for_each(|statement| send(&mut connection, statement)))?;
        let ratio = played.as_secs_f64() / by_hand.as_secs_f64();
        let tick = played / TICKS;
        println!(
            "{}: {:.0} ticks a second, {tick:.2?} a tick, {:.1} statements a tick, {ratio:.2} times the SQL by hand",
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
        let array = recorded.parameters.get(number).and_then(|shown| array_type(shown));
        number += 1;
        match array {
            Some(array) => sql.push_str(&format!("CAST(:p{number} AS {array})")),
            None => sql.push_str(&format!(":p{number}")),
        }
    }
    let bind =
        |statement: TextClause, (at, shown): (usize, &String)| statement.bind(&format!("p{}", at + 1), value(shown));
    let statement = recorded.parameters.iter().enumerate().fold(text(&sql), bind);
    let returns = recorded.kind == StatementKind::Select || recorded.sql.contains(" RETURNING ");
    Some(if returns { Ready::Query(statement) } else { Ready::Write(statement) })
}

/// The value of a parameter, from its text in the record.
fn value(shown: &str) -> Value {
    if array_type(shown).is_some() {
        return Value::Text(array_literal(shown));
    }
    match shown.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')) {
        Some(text) => Value::Text(text.replace("''", "'")),
        None if shown.eq_ignore_ascii_case("true") => Value::Bool(true),
        None if shown.eq_ignore_ascii_case("false") => Value::Bool(false),
        None => shown.parse().map_or(Value::Null, Value::I64),
    }
}

/// The PostgreSQL type of a parameter that is an array: a flush writes many rows by one statement so.
fn array_type(shown: &str) -> Option<&'static str> {
    let first = shown.strip_prefix('[')?;
    Some(match first.as_bytes().first()? {
        b'\'' => "text[]",
        b'T' | b'F' => "bool[]",
        _ => "int8[]",
    })
}

/// An array as PostgreSQL reads it. The record shows ten members: after them, numbers that ascend, as keys do, go on
/// ascending, and others are repeated.
fn array_literal(shown: &str) -> String {
    let shown = shown.trim_matches(['[', ']']);
    let (shown, more) = match shown.split_once(", ... (") {
        Some((shown, more)) => (shown, more.trim_end_matches(" more)").parse().unwrap_or(0)),
        None => (shown, 0),
    };
    let mut members: Vec<String> = shown.split(", ").map(|member| member.trim_matches('\'').to_owned()).collect();
    let numbers: Vec<i64> = members.iter().map_while(|member| member.parse().ok()).collect();
    match numbers.last() {
        Some(last) if numbers.len() == members.len() && numbers.is_sorted_by(|a, b| a < b) => {
            members.extend((1..=more).map(|step| (last + step).to_string()));
        }
        _ => {
            let repeated: Vec<String> = members.iter().cycle().take(more as usize).cloned().collect();
            members.extend(repeated);
        }
    }
    format!("{{{}}}", members.join(","))
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
