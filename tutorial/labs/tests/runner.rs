//! The built program: in a terminal of its own, and with its output piped. It builds labs by way of cargo.
#![cfg(unix)]

mod folder;

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Output};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use labs::catalog;
use labs::runner::home::Home;
use labs::runner::judge::{Judge, Verdict};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// Time that building a lab may take: `orm` is built first, where its features differ from those of the whole workspace.
const PATIENCE: Duration = Duration::from_secs(900);

/// A runner in a terminal, and what the terminal shows.
struct Watched {
    screen: Arc<Mutex<vt100::Parser>>,
    keys: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    _terminal: Box<dyn MasterPty + Send>,
}

impl Watched {
    fn start(home: &Path) -> Self {
        let size = PtySize { rows: 40, cols: 100, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a terminal");
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_labs"));
        command.env("LABS_HOME", home);
        command.env("TERM", "xterm-256color");
        let child = pair.slave.spawn_command(command).expect("the runner");
        drop(pair.slave);
        let screen = Arc::new(Mutex::new(vt100::Parser::new(40, 100, 0)));
        let mut output = pair.master.try_clone_reader().expect("its output");
        let shown = Arc::clone(&screen);
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                shown.lock().expect("the screen").process(&bytes[..count]);
            }
        });
        let keys = pair.master.take_writer().expect("its keys");
        Self { screen, keys, child, _terminal: pair.master }
    }

    fn text(&self) -> String {
        self.screen.lock().expect("the screen").screen().contents()
    }

    fn wait_for(&self, text: &str) {
        let start = Instant::now();
        while !self.text().contains(text) {
            assert!(start.elapsed() < PATIENCE, "no `{text}` in:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).expect("a key");
        self.keys.flush().expect("a key");
    }

    /// Waits for the end: exit code 0, alternate screen left, cursor shown.
    fn ends_well(mut self) {
        let start = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("a status") {
                break status;
            }
            assert!(start.elapsed() < Duration::from_secs(20), "it goes on:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(20));
        };
        assert!(status.success(), "{status:?}\n{}", self.text());
        let restored = || {
            let parser = self.screen.lock().expect("the screen");
            !parser.screen().alternate_screen() && !parser.screen().hide_cursor()
        };
        while !restored() {
            assert!(start.elapsed() < Duration::from_secs(20), "the terminal is not restored");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn run(home: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_labs")).args(arguments).env("LABS_HOME", home).output().expect("the runner")
}

fn printed(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Writes the solution of a lab where the reader would.
fn solve(home: &Path, file: &str) {
    fs::copy(home.join(format!("solutions/{file}.rs")), home.join(format!("mine/{file}.rs"))).expect("a copy");
}

#[test]
fn the_first_lab_is_solved_by_writing_its_file() {
    let folder = folder::copy();
    let mut watched = Watched::start(folder.path());
    watched.wait_for("✗ two people called ed are two rows");
    watched.press("h");
    watched.wait_for("Hint 1 of 3");
    let mine = folder.path().join("mine/01_first_mapping.rs");
    fs::write(&mine, "no rust").expect("a file");
    watched.wait_for("The file does not compile");
    solve(folder.path(), "01_first_mapping");
    watched.wait_for("Lab 1 is done.");
    watched.wait_for("1 of ");
    watched.press("q");
    watched.ends_well();
    let state = fs::read_to_string(folder.path().join(".labs-state")).expect("the state");
    assert_eq!(state, "current 01\ndone 01\nhints 01 1\n");
}

#[test]
fn a_signal_leaves_a_sane_terminal() {
    let folder = folder::copy();
    let watched = Watched::start(folder.path());
    watched.wait_for("01 First mapping");
    let id = watched.child.process_id().expect("a process").to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().expect("kill").success());
    watched.ends_well();
}

#[test]
fn without_a_terminal_every_command_prints_and_ends() {
    let folder = folder::copy();
    let home = folder.path();
    let open = run(home, &[]);
    assert_eq!(open.status.code(), Some(1), "{}", String::from_utf8_lossy(&open.stderr));
    assert!(printed(&open).contains("✗ id is the key of the table"), "{}", printed(&open));
    assert!(printed(&open).contains("SQL expected"), "{}", printed(&open));
    for seen in 1..=3 {
        assert_eq!(printed(&run(home, &["hint", "1"])).matches("Hint ").count(), seen);
    }
    solve(home, "01_first_mapping");
    let done = run(home, &["01"]);
    assert!(done.status.success());
    assert!(printed(&done).contains("Lab 1 is done."), "{}", printed(&done));
    assert!(printed(&run(home, &["list"])).contains("> ✓ 01    First mapping"));
    let all = run(home, &["check"]);
    assert!(printed(&all).contains("✓ 01    First mapping") && all.status.success(), "{}", printed(&all));
    assert!(printed(&run(home, &["solution", "1"])).contains("Solution."));
    assert!(run(home, &["reset", "1"]).status.success());
    assert!(printed(&run(home, &["list"])).contains(">   01    First mapping"));
    let unknown = run(home, &["99"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("there is no lab `99`"));
}

#[test]
fn a_lab_that_is_to_be_made_to_compile_does_not() {
    let folder = folder::copy();
    let (home, stop) = (Home::at(folder.path()), AtomicBool::new(false));
    for lab in catalog::labs().into_iter().filter(|lab| lab.fails.starts_with("error[")) {
        match (Judge { home: &home, stop: &stop, progress: &|_| () }).judge(lab).expect("cargo") {
            Verdict::Broken(message) => assert!(message.contains(lab.fails), "{message}"),
            other => panic!("{}: {other:#?}", lab.file),
        }
    }
}

#[test]
fn a_lab_that_ends_the_program_is_told_from_one_that_fails() {
    let folder = folder::copy();
    let home = folder.path();
    run(home, &["reset", "1"]);
    let text = fs::read_to_string(home.join("solutions/01_first_mapping.rs")).expect("a file");
    let exits = "impl Drop for Person { fn drop(&mut self) { eprintln!(\"gone\"); std::process::exit(3) } }\n";
    fs::write(home.join("mine/01_first_mapping.rs"), text + exits).expect("a file");
    let told = printed(&run(home, &["1"]));
    assert!(told.contains("The program ended before its checks") && told.contains("gone"), "{told}");
}
