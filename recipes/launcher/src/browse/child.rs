//! A recipe that runs: cargo builds and starts it in a process group of its own, threads read what it prints.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

/// What comes from a program that runs.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// A line of its output.
    Told(String),
    /// A line of its errors; cargo says there how far the build is.
    Warned(String),
}

/// A program that runs. It ends with this value, its children included.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    news: Receiver<News>,
}

impl Running {
    /// Starts a command in a process group of its own.
    pub(crate) fn start(mut command: Command) -> std::io::Result<Self> {
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let (sender, news) = channel();
        if let Some(output) = child.stdout.take() {
            read(output, sender.clone(), News::Told);
        }
        if let Some(errors) = child.stderr.take() {
            read(errors, sender, News::Warned);
        }
        Ok(Self { child, news })
    }

    /// Takes what has come. The second value is the exit code, once the program has ended and all was taken.
    pub(crate) fn take(&mut self) -> (Vec<News>, Option<i32>) {
        let ended = self.child.try_wait().ok().flatten();
        let news: Vec<News> = match ended {
            // The threads end with the pipes.
            Some(_) => self.news.iter().collect(),
            None => self.news.try_iter().collect(),
        };
        (news, ended.map(|status| status.code().unwrap_or(-1)))
    }

    /// Ends the program and all that it started.
    fn stop(&mut self) {
        #[cfg(unix)]
        if let Some(group) = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw) {
            // Fails where the group has ended already.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}

fn read(pipe: impl Read + Send + 'static, sender: Sender<News>, news: impl Fn(String) -> News + Send + 'static) {
    thread::spawn(move || {
        let lines = BufReader::new(pipe).split(b'\n').map_while(Result::ok);
        for line in lines {
            // Nobody listens any more when the program was stopped.
            if sender.send(news(String::from_utf8_lossy(&line).into_owned())).is_err() {
                return;
            }
        }
    });
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use std::time::{Duration, Instant};

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn output_errors_and_exit_code_arrive() {
        let mut running = Running::start(shell("echo one; echo two >&2; exit 3")).unwrap();
        let (mut all, start) = (Vec::new(), Instant::now());
        let code = loop {
            let (news, code) = running.take();
            all.extend(news);
            if let Some(code) = code {
                break code;
            }
            assert!(start.elapsed() < Duration::from_secs(20));
            thread::sleep(Duration::from_millis(5));
        };
        assert_eq!(code, 3);
        assert!(all.contains(&News::Told("one".to_owned())) && all.contains(&News::Warned("two".to_owned())));
    }

    #[test]
    fn what_a_program_started_ends_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("alive");
        let script = format!("(while true; do date >> {}; sleep 0.02; done) & wait", file.display());
        let running = Running::start(shell(&script)).unwrap();
        let start = Instant::now();
        while !file.exists() {
            assert!(start.elapsed() < Duration::from_secs(20));
            thread::sleep(Duration::from_millis(5));
        }
        drop(running);
        let size = || std::fs::metadata(&file).unwrap().len();
        let before = size();
        thread::sleep(Duration::from_millis(200));
        assert_eq!(size(), before, "the grandchild is still at work");
    }
}
