//! Builds a lab by way of cargo, runs its checks, and says what came out.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::home::Home;
use crate::catalog::Lab;
use crate::check::{Outcome, read_report};

/// Time that the checks of a lab may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What became of a lab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The lab does not compile: the compiler's message.
    Broken(String),
    /// The checks ran.
    Ran {
        /// One outcome a check.
        outcomes: Vec<Outcome>,
        /// What the lab printed.
        printed: String,
    },
    /// The program ended before its checks did: its last words.
    Crashed(String),
    /// The checks took longer than half a minute.
    Endless,
    /// The file changed meanwhile, or the reader left.
    Stopped,
}

impl Verdict {
    /// Whether every check has passed.
    pub fn passed(&self) -> bool {
        matches!(self, Self::Ran { outcomes, .. } if outcomes.iter().all(|outcome| outcome.failure.is_none()))
    }

    /// The first check that failed.
    pub fn failure(&self) -> Option<&Outcome> {
        let Self::Ran { outcomes, .. } = self else { return None };
        outcomes.iter().find(|outcome| outcome.failure.is_some())
    }
}

/// Builds and judges one lab at a time.
#[derive(Clone, Copy)]
pub struct Judge<'a> {
    /// The folder of the labs.
    pub home: &'a Home,
    /// Set from outside to stop.
    pub stop: &'a AtomicBool,
    /// Told about each line that cargo prints while it builds.
    pub progress: &'a (dyn Fn(&str) + Sync),
}

impl fmt::Debug for Judge<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Judge").field("home", self.home).finish_non_exhaustive()
    }
}

impl Judge<'_> {
    /// Judges the reader's copy of a lab.
    ///
    /// # Errors
    /// When cargo cannot be run or a file cannot be written.
    pub fn judge(self, lab: &Lab) -> io::Result<Verdict> {
        let file = self.home.begin(lab)?;
        self.judge_file(lab, &file)
    }

    /// Judges another file as a lab.
    ///
    /// # Errors
    /// When cargo cannot be run or a file cannot be written.
    pub fn judge_file(self, lab: &Lab, file: &Path) -> io::Result<Verdict> {
        let file = file.canonicalize()?;
        let built = self.build(&self.home.root(lab, &file)?)?;
        match built {
            Ok(program) => self.run(&program),
            Err(verdict) => Ok(verdict),
        }
    }

    /// Builds the program of a lab. The inner error is a verdict.
    fn build(self, root: &Path) -> io::Result<Result<PathBuf, Verdict>> {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        // `cargo run` says which cargo it is.
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(&cargo);
        command.args(["rustc", "--package", "labs", "--bin", "lab", "--manifest-path"]).arg(manifest);
        command.args(["--message-format=json-render-diagnostics", "--color=never", "--", "--cfg", "lab"]);
        command.env("LABS_ROOT", root).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        own_group(&mut command);
        let mut child = command
            .spawn()
            .map_err(|error| io::Error::new(error.kind(), format!("{} cannot be run: {error}", cargo.display())))?;
        let artifacts = child.stdout.take().map(collect);
        let said = std::thread::scope(|scope| {
            let said = child.stderr.take().map(|stderr| scope.spawn(|| self.listen(stderr)));
            let waited = wait(&mut child, self.stop, None);
            let said = said.and_then(|said| said.join().ok()).unwrap_or_default();
            waited.map(|ended| (ended, said))
        });
        let (ended, said) = said?;
        let artifacts = artifacts.and_then(|reader| reader.join().ok()).unwrap_or_default();
        Ok(match ended {
            None => Err(Verdict::Stopped),
            Some(true) => executable(&artifacts).ok_or_else(|| Verdict::Broken("cargo named no program".to_owned())),
            Some(false) => Err(Verdict::Broken(message(&said))),
        })
    }

    /// Passes on what cargo prints, and returns all of it.
    fn listen(self, stderr: impl Read) -> String {
        let mut said = String::new();
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            (self.progress)(line.trim());
            said.push_str(&line);
            said.push('\n');
        }
        said
    }

    /// Runs the program of a lab.
    fn run(self, program: &Path) -> io::Result<Verdict> {
        let mut command = Command::new(program);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        own_group(&mut command);
        let mut child = command.spawn()?;
        let output = child.stdout.take().map(collect);
        let errors = child.stderr.take().map(collect);
        let ended = wait(&mut child, self.stop, Some(PATIENCE))?;
        let stopped = self.stop.load(Ordering::Relaxed);
        let text =
            |reader: Option<JoinHandle<String>>| reader.and_then(|reader| reader.join().ok()).unwrap_or_default();
        let (output, errors) = (text(output), text(errors));
        Ok(match ended {
            None if stopped => Verdict::Stopped,
            None => Verdict::Endless,
            Some(false) => Verdict::Crashed(errors.trim().to_owned()),
            Some(true) => {
                let (outcomes, printed) = read_report(&output);
                Verdict::Ran { outcomes, printed }
            }
        })
    }
}

/// Waits for the end of a program. `None`: it was stopped, or took longer than its patience.
fn wait(child: &mut Child, stop: &AtomicBool, patience: Option<Duration>) -> io::Result<Option<bool>> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status.success()));
        }
        if stop.load(Ordering::Relaxed) || patience.is_some_and(|patience| start.elapsed() > patience) {
            end(child);
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A group of its own: ending cargo ends the compilers that it has started.
#[cfg(unix)]
fn own_group(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

#[cfg(not(unix))]
fn own_group(_: &mut Command) {}

#[cfg(unix)]
fn end(child: &mut Child) {
    let group = format!("-{}", child.id());
    let ended = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
    if !ended.is_ok_and(|status| status.success()) {
        // The child may have ended meanwhile.
        let _ = child.kill();
    }
}

#[cfg(not(unix))]
fn end(child: &mut Child) {
    // The child may have ended meanwhile.
    let _ = child.kill();
}

fn collect(stream: impl Read + Send + 'static) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // What a program printed before its pipe broke still counts.
        let _ = BufReader::new(stream).read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// The program that cargo has built, from its messages.
fn executable(messages: &str) -> Option<PathBuf> {
    let built = |line: &str| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        (message["target"]["name"] == "lab").then(|| message["executable"].as_str().map(PathBuf::from))?
    };
    messages.lines().filter_map(built).next_back()
}

/// The compiler's message without what cargo says about its work.
fn message(said: &str) -> String {
    let work =
        ["Compiling ", "Checking ", "Finished ", "Blocking ", "Updating ", "Downloading ", "Downloaded ", "Locking "];
    let told = |line: &&str| !work.iter().any(|word| line.trim_start().starts_with(word));
    let ended = |line: &&str| !line.starts_with("error: could not compile");
    said.lines().filter(told).take_while(ended).collect::<Vec<_>>().join("\n").trim().to_owned()
}
