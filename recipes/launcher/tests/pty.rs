//! The built browser in a terminal of its own: it finds and runs a recipe, and leaves the terminal as it was.
#![cfg(unix)]

use std::io::{Read, Write};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, PtySize, native_pty_system};

struct Browser {
    screen: Arc<Mutex<vt100::Parser>>,
    keys: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
}

impl Browser {
    fn start() -> Self {
        let size = PtySize { rows: 30, cols: 100, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a terminal");
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_recipe"));
        command.env("TERM", "xterm-256color");
        let child = pair.slave.spawn_command(command).expect("the browser");
        drop(pair.slave);
        let screen = Arc::new(Mutex::new(vt100::Parser::new(30, 100, 0)));
        let mut output = pair.master.try_clone_reader().expect("its output");
        let keys = pair.master.take_writer().expect("its keys");
        let shown = Arc::clone(&screen);
        std::thread::spawn(move || {
            // The terminal lives as long as somebody reads.
            let _terminal = pair.master;
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                shown.lock().expect("the screen").process(&bytes[..count]);
            }
        });
        Self { screen, keys, child }
    }

    fn text(&self) -> String {
        self.screen.lock().expect("the screen").screen().contents()
    }

    fn wait_for(&self, text: &str, seconds: u64) {
        let start = Instant::now();
        while !self.text().contains(text) {
            assert!(start.elapsed() < Duration::from_secs(seconds), "no `{text}` in:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).expect("a key");
        self.keys.flush().expect("a key");
    }

    fn ends_well(mut self) {
        let start = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("a status") {
                break status;
            }
            assert!(start.elapsed() < Duration::from_secs(20), "it goes on:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(10));
        };
        assert!(status.success(), "{status:?}\n{}", self.text());
        let restored = || {
            let parser = self.screen.lock().expect("the screen");
            !parser.screen().alternate_screen() && !parser.screen().hide_cursor()
        };
        while !restored() {
            assert!(start.elapsed() < Duration::from_secs(20), "the terminal is not restored");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// The first run may have to build the recipe.
#[test]
fn a_recipe_is_found_run_and_left() {
    let mut browser = Browser::start();
    browser.wait_for("Recipes", 20);
    browser.press("/graph");
    browser.wait_for("directed-graph", 20);
    browser.press("\r");
    browser.wait_for("1/", 600);
    for _ in 0..30 {
        if browser.text().contains("n3 -> n6") {
            break;
        }
        browser.press("\u{1b}[C");
        std::thread::sleep(Duration::from_millis(200));
        if browser.text().contains("Statements, here") {
            // The end: back to the step that is looked for.
            (0..20).for_each(|_| browser.press("\u{1b}[D"));
        }
    }
    browser.wait_for("n3 -> n6", 20);
    browser.press("q");
    browser.ends_well();
}

#[test]
fn escape_right_after_enter_leaves_no_child() {
    let mut browser = Browser::start();
    browser.wait_for("Recipes", 20);
    let id = browser.child.process_id().expect("a process").to_string();
    browser.press("\r");
    std::thread::sleep(Duration::from_millis(100));
    browser.press("\u{1b}");
    let start = Instant::now();
    loop {
        let children = Command::new("ps").args(["--no-headers", "--ppid", &id]).output().expect("ps");
        if children.stdout.is_empty() && start.elapsed() > Duration::from_millis(500) {
            break;
        }
        assert!(start.elapsed() < Duration::from_secs(20), "{}", String::from_utf8_lossy(&children.stdout));
        std::thread::sleep(Duration::from_millis(50));
    }
    browser.press("q");
    browser.ends_well();
}

#[test]
fn a_signal_leaves_a_sane_terminal() {
    for signal in ["-TERM", "-HUP"] {
        let browser = Browser::start();
        browser.wait_for("Recipes", 20);
        let id = browser.child.process_id().expect("a process").to_string();
        assert!(Command::new("kill").args([signal, &id]).status().expect("kill").success());
        browser.ends_well();
    }
}

/// Piped, or with `--list`, the recipes are listed.
#[test]
fn a_pipe_gets_the_list() {
    for arguments in [&[][..], &["--list"]] {
        let listed = Command::new(env!("CARGO_BIN_EXE_recipe")).args(arguments).output().expect("a list");
        let text = String::from_utf8_lossy(&listed.stdout).into_owned();
        assert!(listed.status.success() && text.contains("adjacency-list"), "{text}");
    }
}
