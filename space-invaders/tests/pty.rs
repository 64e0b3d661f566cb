//! The built program in a terminal of its own: it plays, and leaves the terminal as it was.
#![cfg(unix)]

use std::io::{Read, Write};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// A program that runs, and what its terminal shows.
struct Played {
    screen: Arc<Mutex<vt100::Parser>>,
    keys: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    terminal: Box<dyn MasterPty + Send>,
    folder: Option<tempfile::TempDir>,
    /// Tells the reader to let go of the terminal.
    closing: Arc<AtomicBool>,
}

fn size(rows: u16, cols: u16) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}

impl Played {
    fn start(rows: u16, columns: u16) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self::start_in(folder, rows, columns, &["--classic"])
    }

    fn start_in(folder: tempfile::TempDir, rows: u16, columns: u16, arguments: &[&str]) -> Self {
        Self::start_program(env!("CARGO_BIN_EXE_space-invaders"), folder, rows, columns, arguments)
    }

    fn start_program(program: &str, folder: tempfile::TempDir, rows: u16, columns: u16, arguments: &[&str]) -> Self {
        let pair = native_pty_system().openpty(size(rows, columns)).expect("a terminal");
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.cwd(folder.path());
        command.env("TERM", "xterm-256color");
        let child = pair.slave.spawn_command(command).expect("the program");
        drop(pair.slave);
        let screen = Arc::new(Mutex::new(vt100::Parser::new(rows, columns, 0)));
        let mut output = pair.master.try_clone_reader().expect("its output");
        let shown = Arc::clone(&screen);
        let closing = Arc::new(AtomicBool::new(false));
        let closed = Arc::clone(&closing);
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                shown.lock().expect("the screen").process(&bytes[..count]);
                if closed.load(Ordering::Relaxed) {
                    return;
                }
            }
        });
        let keys = pair.master.take_writer().expect("its keys");
        Self { screen, keys, child, terminal: pair.master, folder: Some(folder), closing }
    }

    fn text(&self) -> String {
        self.screen.lock().expect("the screen").screen().contents()
    }

    fn wait_for(&self, text: &str) {
        let start = Instant::now();
        while !self.text().contains(text) {
            assert!(start.elapsed() < Duration::from_secs(20), "no `{text}` in:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn wait_until_gone(&self, text: &str) {
        let start = Instant::now();
        while self.text().contains(text) {
            assert!(start.elapsed() < Duration::from_secs(20), "`{text}` stays:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).expect("a key");
        self.keys.flush().expect("a key");
    }

    fn signal(&self, name: &str) {
        let id = self.child.process_id().expect("a process").to_string();
        assert!(Command::new("kill").args([name, &id]).status().expect("kill").success());
    }

    /// Waits for the end: exit code 0, terminal restored.
    fn ends_well(self) {
        let (succeeded, text) = self.ends();
        assert!(succeeded, "{text}");
    }

    /// Waits for the end: terminal restored. Returns whether the exit code was 0, and what the screen shows behind the program.
    fn ends(mut self) -> (bool, String) {
        let start = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("a status") {
                break status;
            }
            assert!(start.elapsed() < Duration::from_secs(20), "it goes on:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(10));
        };
        // The last bytes may still be on their way.
        let restored = || {
            let parser = self.screen.lock().expect("the screen");
            !parser.screen().alternate_screen() && !parser.screen().hide_cursor()
        };
        while !restored() {
            assert!(start.elapsed() < Duration::from_secs(20), "the terminal is not restored");
            std::thread::sleep(Duration::from_millis(10));
        }
        assert!(self.echoes(), "the terminal is still raw");
        std::thread::sleep(Duration::from_millis(100));
        (status.success(), self.text())
    }

    /// Whether the terminal echoes and reads lines, as it did before the program.
    fn echoes(&self) -> bool {
        let terminal = self.terminal.tty_name().expect("a name");
        let settings = Command::new("stty").args(["-a", "-F"]).arg(terminal).output().expect("stty");
        let settings = String::from_utf8_lossy(&settings.stdout).into_owned();
        !settings.is_empty() && !settings.contains("-echo ") && !settings.contains("-icanon ")
    }
}

#[test]
fn a_hit_gives_points_and_q_leaves() {
    let mut played = Played::start(45, 120);
    played.wait_for("press any key");
    played.press("x");
    played.wait_for("=====");
    played.press("j ");
    played.wait_for("Score: 0010");
    assert!(played.text().contains("SELECT") || played.text().contains("Select"), "{}", played.text());
    played.press("q");
    played.ends_well();
}

#[test]
fn control_c_leaves() {
    let mut played = Played::start(38, 80);
    played.wait_for("press any key");
    played.press("\u{3}");
    played.ends_well();
}

#[test]
fn signals_leave_a_sane_terminal() {
    for signal in ["-TERM", "-HUP"] {
        let played = Played::start(38, 80);
        played.wait_for("press any key");
        played.signal(signal);
        played.ends_well();
    }
}

#[test]
fn a_small_terminal_says_so_and_plays_on_after_a_resize() {
    let mut played = Played::start(24, 70);
    played.wait_for("needs 80 x 38, has 70 x 24");
    played.screen.lock().expect("the screen").screen_mut().set_size(38, 80);
    played.terminal.resize(size(38, 80)).expect("a resize");
    played.wait_for("press any key");
    played.press("x");
    played.wait_for("=====");
    played.press("q");
    played.ends_well();
}

#[test]
fn the_modern_game_steps_plans_looks_back_and_takes_sql() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut played = Played::start_in(folder, 45, 120, &["--speed", "30"]);
    played.wait_for("press any key");
    // Keys behind the one that starts the game wait for the game, however fast they come.
    played.press("x.");
    played.wait_for(". next tick");
    played.wait_for("LEVEL 1   ♥♥♥ player 0000");
    played.wait_for("turn: Is the round over?");
    played.press("F");
    played.wait_for("the flush of this tick, not sent yet");
    played.wait_for("UPDATE battle");
    played.press("\r");
    played.press("[");
    played.wait_for(" back  ] on");
    std::thread::sleep(Duration::from_millis(500));
    let drawn = played.text().lines().find(|line| line.contains(" statements, ")).map(str::to_owned);
    let counted =
        drawn.as_deref().and_then(|line| line.split(" statements").next()?.rsplit(' ').next()?.parse::<usize>().ok());
    assert!(counted.is_some_and(|count| count < 10), "a look back sends a handful of statements: {drawn:?}");
    played.press("\u{1b}");
    std::thread::sleep(Duration::from_millis(200));
    played.press(":");
    played.wait_for("Enter runs it");
    played.press("UPDATE player SET lives = 9\r");
    played.wait_for("1 rows");
    played.press("UPDATE nothing SET x = 1\r");
    played.wait_for("refused (");
    played.wait_for("♥x9 player");
    played.press("\u{1b}");
    played.wait_until_gone("Enter runs it");
    played.press("q");
    played.ends_well();
}

#[test]
fn commands_typed_at_once_are_all_carried_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut played = Played::start_in(folder, 45, 120, &["--speed", "30"]);
    played.wait_for("press any key");
    // Starts the game, plays a tick, shows the plan of the next one.
    played.press("x.F");
    played.wait_for("the flush of this tick, not sent yet");
    played.press("\r:UPDATE player SET lives = 7\r");
    played.wait_for("1 rows");
    played.wait_for("♥x7 player");
    played.press("\u{1b}");
    // A key that came along with Esc would be read as Alt and that key.
    std::thread::sleep(Duration::from_millis(300));
    played.press("q");
    played.ends_well();
}

/// A window that is closed takes its terminal along: the program ends, and does not read the end of input for ever.
#[test]
fn a_closed_terminal_ends_the_game() {
    let mut played = Played::start(38, 80);
    played.wait_for("press any key");
    played.press("x");
    played.wait_for("=====");
    let Played { keys, mut child, terminal, closing, .. } = played;
    closing.store(true, Ordering::Relaxed);
    drop((keys, terminal));
    let start = Instant::now();
    while child.try_wait().expect("a status").is_none() {
        assert!(start.elapsed() < Duration::from_secs(20), "the game goes on without a terminal");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_panic_restores_the_terminal() {
    let programs = std::path::Path::new(env!("CARGO_BIN_EXE_space-invaders")).parent().expect("a folder");
    let program = programs.join("examples/panic");
    let folder = tempfile::tempdir().expect("a folder");
    let mut played = Played::start_program(program.to_str().expect("a path"), folder, 38, 80, &[]);
    played.wait_for("press any key");
    played.press("x");
    let (succeeded, text) = played.ends();
    assert!(!succeeded);
    assert!(text.contains("a rule is broken at tick 10"), "{text}");
}

#[test]
fn a_lost_file_restores_the_terminal() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("game.db");
    let url = format!("sqlite:///{}", file.display());
    let mut played = Played::start_in(folder, 38, 80, &["--db-url", &url]);
    played.wait_for("press any key");
    played.press("x");
    played.wait_for("=====");
    std::fs::write(&file, [b'x'; 40_000]).expect("the file of the game");
    let (succeeded, text) = played.ends();
    assert!(!succeeded);
    assert!(text.contains("Error: "), "{text}");
}

/// The server drops the database of a game.
#[test]
fn a_lost_server_restores_the_terminal() {
    let ways = [
        (cfg!(feature = "postgres"), "ORM_POSTGRES_URL", "DROP DATABASE IF EXISTS space_lost WITH (FORCE)"),
        (cfg!(feature = "mysql"), "ORM_MARIADB_URL", "DROP DATABASE IF EXISTS space_lost"),
    ];
    for (_, variable, drop_database) in ways.into_iter().filter(|(on, ..)| *on) {
        let Ok(url) = std::env::var(variable) else { continue };
        let server = orm::Engine::new(&url).expect("a server");
        let run = |sql: &str| server.connect().and_then(|mut it| it.execute(&orm::text(sql))).expect("a database");
        run(drop_database);
        run("CREATE DATABASE space_lost");
        // The parameters may name a socket, which has slashes of its own.
        let (place, parameters) =
            url.split_once('?').map_or((&*url, String::new()), |(place, it)| (place, format!("?{it}")));
        let (before, _) = place.rsplit_once('/').expect("a URL with a database");
        let folder = tempfile::tempdir().expect("a folder");
        let mut played = Played::start_in(folder, 38, 80, &["--db-url", &format!("{before}/space_lost{parameters}")]);
        played.wait_for("press any key");
        played.press("x");
        played.wait_for("=====");
        run(drop_database);
        let (succeeded, text) = played.ends();
        assert!(!succeeded);
        assert!(text.contains("Error: "), "{variable}: {text}");
    }
}

#[test]
fn a_game_that_was_left_goes_on_and_can_be_watched() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite:///{}", folder.path().join("game.db").display());
    let mut played = Played::start_in(folder, 38, 80, &["--db-url", &url, "--speed", "30", "--name", "ann"]);
    played.wait_for("press any key");
    played.press("x");
    played.wait_for("=====");
    let elsewhere = tempfile::tempdir().expect("a folder");
    let mut watching = Played::start_in(elsewhere, 38, 80, &["watch", &url]);
    watching.wait_for("♥♥♥ ann 0000");
    watching.wait_for("watching, q leaves");
    watching.press("q");
    watching.ends_well();
    played.press("q");
    let folder = played.folder.take().expect("the folder");
    played.ends_well();
    let mut again = Played::start_in(folder, 38, 80, &["--db-url", &url]);
    again.wait_for("P A U S E D");
    again.wait_for("ann");
    again.press("q");
    again.ends_well();
}

#[test]
fn a_recorded_game_ends_in_the_same_rows_when_it_is_replayed() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("game.keys");
    let file = file.to_str().expect("a path").to_owned();
    let mut played = Played::start_in(folder, 38, 80, &["--record", &file, "--seed", "3", "--speed", "30"]);
    played.wait_for("press any key");
    played.press("x");
    played.wait_for("=====");
    played.press("j j ");
    played.wait_for("0010");
    played.press("q");
    let folder = played.folder.take().expect("the folder");
    played.ends_well();
    let recorded = std::fs::read_to_string(&file).expect("a recording");
    assert!(recorded.starts_with("# space-invaders modern seed 3\n"), "{recorded}");
    assert!(recorded.contains(" space\n"), "{recorded}");
    let replayed = || {
        let arguments = ["--headless", "--replay", &file, "--ticks", "300"];
        recipe_testing::output(env!("CARGO_BIN_EXE_space-invaders"), &arguments)
    };
    let printed = replayed();
    assert!(printed.contains("player has"), "{printed}");
    assert!(!printed.contains("has 0 points"), "the hit is replayed too: {printed}");
    assert_eq!(replayed(), printed);
    drop(folder);
}

#[test]
fn a_lost_terminal_or_a_bad_url_is_one_clear_line() {
    let run = Command::new(env!("CARGO_BIN_EXE_space-invaders"))
        .args(["--headless", "--db-url", "nonsense://x"])
        .output()
        .expect("the program");
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    assert!(!run.status.success() && said.contains("nonsense"), "{said}");
}
