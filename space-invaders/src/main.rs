//! The program: arguments, and which way to play.

#![allow(clippy::print_stdout, reason = "the outcome of a headless game is printed")]

use std::error::Error;
use std::path::PathBuf;

use clap::Parser;
use orm::{Echo, Engine};
use space_invaders::keys::Script;
use space_invaders::log::Log;
use space_invaders::rules::{Game, set_up};
use space_invaders::{headless, terminal};

/// Bytes that the log may take.
const LOG_LIMIT: usize = 10_000_000;

#[derive(Parser)]
#[command(about = "Space Invaders whose state is rows of a database.")]
struct Args {
    /// Plays the classic game: one life, no bombs, no shields. It is the only game so far.
    #[arg(long)]
    classic: bool,
    /// Plays without a screen and prints the outcome and the number of statements.
    #[arg(long)]
    headless: bool,
    /// Number of steps after which a headless game stops.
    #[arg(long, default_value_t = 100_000, requires = "headless")]
    ticks: u64,
    /// Keys of a headless game: a line `STEP KEY` for each, with a KEY of j, l, space, p.
    #[arg(long, value_name = "FILE", requires = "headless")]
    keys: Option<PathBuf>,
    /// Seed of the worth of saucers.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Database that holds the game. Its tables `glyph` and `glyph_coordinate` are dropped first.
    #[arg(long, value_name = "URL", default_value = "sqlite://")]
    db_url: String,
    /// Ticks a second.
    #[arg(long, default_value_t = 60)]
    speed: u32,
    /// File that every statement is logged to; 10 MB at most, an older half in `FILE.1`.
    #[arg(long, value_name = "FILE", default_value = "space_invaders.log")]
    log: PathBuf,
}

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let engine = Engine::new(&args.db_url)?;
    if !args.headless {
        engine.set_echo(Echo::writer(Log::create(&args.log, LOG_LIMIT)?))?;
    }
    set_up(&engine)?;
    let mut game = Game::new(&engine, args.seed)?;
    if !args.headless {
        return terminal::run(&engine, &mut game, args.speed);
    }
    let script = match &args.keys {
        Some(path) => Script::parse(&std::fs::read_to_string(path)?)?,
        None => Script::default(),
    };
    println!("{}", headless::play(&engine, &mut game, &script, args.ticks)?);
    Ok(())
}
