//! The program: arguments, and which way to play.

#![allow(clippy::print_stdout, reason = "the outcome of a headless game is printed")]

use std::error::Error;
use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand};
use orm::{Echo, Engine};
use space_invaders::log::Log;
use space_invaders::modern::{Modern, Seat, drop_tables, is_unfinished};
use space_invaders::playable::Playable;
use space_invaders::replay::Recording;
use space_invaders::rules::{Game, set_up};
use space_invaders::scores::Scores;
use space_invaders::terminal::{Ending, Options};
use space_invaders::{headless, keys, terminal, watch};

/// Bytes that the log may take.
const LOG_LIMIT: usize = 10_000_000;

#[derive(Parser)]
#[command(about = "Space Invaders whose state is rows of a database.", args_conflicts_with_subcommands = true)]
struct Args {
    #[command(subcommand)]
    way: Option<Way>,
    /// Plays the classic game: one life, no bombs, no shields.
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
    /// Seed of the random numbers.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Writes seed and keys to a file when the game ends.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Plays a recorded game again.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["record", "keys"])]
    replay: Option<PathBuf>,
    /// Database that holds the game. A game that was left there goes on.
    #[arg(long, value_name = "URL", default_value = "sqlite://")]
    db_url: String,
    /// Begins anew, even if the database holds a game that was left. Drops the tables of that game.
    #[arg(long)]
    new: bool,
    /// Name for the list of high scores.
    #[arg(long, default_value = "player")]
    name: String,
    /// File that keeps the high scores.
    #[arg(long, value_name = "FILE", default_value = "space_invaders_scores.db")]
    scores: PathBuf,
    /// Ticks a second.
    #[arg(long, default_value_t = 60)]
    speed: u32,
    /// File that every statement is logged to; 10 MB at most, an older half in `FILE.1`.
    #[arg(long, value_name = "FILE", default_value = "space_invaders.log")]
    log: PathBuf,
}

#[derive(Subcommand)]
enum Way {
    /// Shows a running game, from its tables alone.
    Watch {
        /// Database of the game.
        url: String,
    },
    /// Joins a running game as the second player.
    Join {
        /// Database of the game.
        url: String,
        /// Name of the player.
        #[arg(long, default_value = "guest")]
        name: String,
    },
}

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    match &args.way {
        Some(Way::Watch { url }) => watch::run(&Engine::new(url)?),
        Some(Way::Join { url, name }) => {
            let engine = Engine::new(url)?;
            let mut game = Modern::open(&engine, &Seat::Join { name: name.clone() })?;
            let mut options = Options { speed: 60, replay: None, scores: None, recording: Recording::default() };
            terminal::run(&engine, &mut game, &mut options).map(drop)
        }
        None if args.headless => play_headless(&args),
        None => play(&args),
    }
}

/// What the arguments say about seed and keys.
fn recording(args: &Args) -> Result<Recording, Box<dyn Error>> {
    let read = |path: &Path| std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()));
    if let Some(path) = &args.replay {
        return Ok(Recording::parse(&read(path)?).map_err(|problem| format!("{}: {problem}", path.display()))?);
    }
    let keys = match &args.keys {
        Some(path) => keys::Script::parse(&read(path)?)?,
        None => keys::Script::default(),
    };
    Ok(Recording { seed: args.seed, classic: args.classic, keys })
}

fn play_headless(args: &Args) -> Result<(), Box<dyn Error>> {
    let engine = Engine::new(&args.db_url)?;
    let recording = recording(args)?;
    if recording.classic {
        // Tables of a modern game refer to those of the classic one.
        drop_tables(&engine)?;
        set_up(&engine)?;
        let mut game = Game::new(&engine, recording.seed)?;
        println!("{}", headless::play(&engine, &mut game, &recording.keys, args.ticks)?);
    } else {
        let mut game = Modern::open(&engine, &Seat::New { seed: recording.seed, name: args.name.clone() })?;
        println!("{}", headless::play_modern(&engine, &mut game, &recording.keys, args.ticks)?);
    }
    Ok(())
}

fn play(args: &Args) -> Result<(), Box<dyn Error>> {
    let engine = Engine::new(&args.db_url)?;
    engine.set_echo(Echo::writer(Log::create(&args.log, LOG_LIMIT)?))?;
    let replay = args.replay.is_some().then(|| recording(args)).transpose()?;
    let classic = replay.as_ref().map_or(args.classic, |recording| recording.classic);
    let seed = replay.as_ref().map_or(args.seed, |recording| recording.seed);
    let mut anew = args.new || args.record.is_some() || replay.is_some();
    loop {
        let mut game = open(&engine, args, classic, seed, anew)?;
        let scores = (!classic && replay.is_none()).then(|| Scores::open(&args.scores)).transpose()?;
        let recording = Recording { seed, classic, keys: keys::Script::default() };
        let mut options = Options { speed: args.speed, replay: replay.clone(), scores, recording };
        let ending = terminal::run(&engine, &mut *game, &mut options);
        if let Some(path) = &args.record {
            std::fs::write(path, options.recording.to_string())?;
        }
        match ending? {
            Ending::Leave => return Ok(()),
            Ending::Again => anew = true,
        }
    }
}

fn open(engine: &Engine, args: &Args, classic: bool, seed: u64, anew: bool) -> orm::Result<Box<dyn Playable>> {
    if classic {
        drop_tables(engine)?;
        set_up(engine)?;
        return Ok(Box::new(Game::new(engine, seed)?));
    }
    let seat = match !anew && is_unfinished(engine)? {
        true => Seat::Resume,
        false => Seat::New { seed, name: args.name.clone() },
    };
    Ok(Box::new(Modern::open(engine, &seat)?))
}
