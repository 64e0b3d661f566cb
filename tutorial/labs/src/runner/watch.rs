//! The loop of the terminal: keys in, frames out. A thread judges the lab whenever its file has changed.

use std::io::{self, IsTerminal};
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event, KeyEventKind};

use super::app::{App, Task, View};
use super::home::Home;
use super::judge::{Judge, Verdict};
use super::plain::line;
use super::screen;
use crate::catalog::{self, Lab};

/// Pause between looks at the keyboard and the file.
const PAUSE: Duration = Duration::from_millis(100);

/// Watches a lab until the reader leaves or a signal ends the program. The terminal is restored in every case.
///
/// # Errors
/// When there is no terminal, cargo cannot be run or a file cannot be written.
pub fn run(home: &Home, lab: &Lab) -> io::Result<ExitCode> {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return Err(io::Error::other("watching needs a terminal: `labs 08` runs lab 8 once"));
    }
    let stop = Arc::new(AtomicBool::new(false));
    for signal in signals() {
        signal_hook::flag::register(*signal, Arc::clone(&stop))?;
    }
    let app = App::new(home.clone(), lab)?;
    // This also restores the terminal on a panic.
    let mut terminal = ratatui::try_init()?;
    let colours = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let (news, letters) = channel();
    let mut watch = Watch { app, seen: None, work: None, news, letters, colours };
    let outcome = watch.run(&mut terminal, &stop);
    watch.end_work();
    // After SIGHUP there may be no terminal left to restore.
    let _ = ratatui::try_restore();
    outcome.map(|()| ExitCode::SUCCESS)
}

#[cfg(unix)]
fn signals() -> &'static [i32] {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    &[SIGTERM, SIGHUP, SIGINT]
}

#[cfg(not(unix))]
fn signals() -> &'static [i32] {
    &[signal_hook::consts::SIGTERM]
}

/// What the thread that judges tells the loop.
enum News {
    Progress(String),
    Judged(io::Result<Verdict>),
    One(String),
    All,
}

/// The thread that judges, and the flag that stops it.
struct Work {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

struct Watch {
    app: App,
    /// When the file that was judged last had been written.
    seen: Option<SystemTime>,
    work: Option<Work>,
    news: Sender<News>,
    letters: Receiver<News>,
    colours: bool,
}

impl Watch {
    fn run(&mut self, terminal: &mut DefaultTerminal, stop: &AtomicBool) -> io::Result<()> {
        self.judge();
        while !stop.load(Ordering::Relaxed) {
            terminal.draw(|frame| screen::draw(frame, &mut self.app, self.colours))?;
            if event::poll(PAUSE)? {
                match event::read()? {
                    // Terminals that report releases send every key twice.
                    Event::Key(key) if key.kind != KeyEventKind::Release => match self.app.press(key)? {
                        Task::Quit => return Ok(()),
                        Task::Judge => self.judge(),
                        Task::CheckAll => self.check_all(),
                        Task::Edit => self.edit(terminal)?,
                        Task::Nothing => {}
                    },
                    _ => {}
                }
            }
            self.read_news()?;
            if self.written() != self.seen && self.app.view != View::All {
                self.judge();
            }
        }
        Ok(())
    }

    /// When the file of the current lab was written.
    fn written(&self) -> Option<SystemTime> {
        std::fs::metadata(self.app.home.mine(self.app.lab())).and_then(|file| file.modified()).ok()
    }

    fn read_news(&mut self) -> io::Result<()> {
        while let Ok(news) = self.letters.try_recv() {
            match news {
                // Without the folder of the package.
                News::Progress(line) => self.app.working = line.split(" (").next().map(str::to_owned),
                News::Judged(verdict) => self.app.judged(verdict?)?,
                News::One(line) => self.app.all.push(line),
                News::All => {
                    self.app.working = None;
                    self.app.state = self.app.home.state();
                }
            }
        }
        Ok(())
    }

    /// Stops what is under way, and forgets what it has told.
    fn end_work(&mut self) {
        if let Some(work) = self.work.take() {
            work.stop.store(true, Ordering::Relaxed);
            // A panic of the thread has told what it had to tell.
            let _ = work.thread.join();
        }
        while self.letters.try_recv().is_ok() {}
    }

    fn start_work(&mut self, work: impl FnOnce(Judge<'_>, &Sender<News>) + Send + 'static) {
        self.end_work();
        self.seen = self.written();
        self.app.working = Some("building ..".to_owned());
        let stop = Arc::new(AtomicBool::new(false));
        let (home, news, flag) = (self.app.home.clone(), self.news.clone(), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            let told = news.clone();
            // The loop that listens may have ended.
            let progress = move |line: &str| drop(told.send(News::Progress(line.to_owned())));
            work(Judge { home: &home, stop: &flag, progress: &progress }, &news);
        });
        self.work = Some(Work { stop, thread });
    }

    fn judge(&mut self) {
        let lab = self.app.lab();
        self.start_work(move |judge, news| {
            // The loop that listens may have ended.
            let _ = news.send(News::Judged(judge.judge(lab)));
        });
    }

    fn check_all(&mut self) {
        self.app.all.clear();
        (self.app.view, self.app.scroll) = (View::All, 0);
        self.start_work(|judge, news| {
            let mut state = judge.home.state();
            for lab in catalog::labs().into_iter().filter(|lab| judge.home.mine(lab).exists()) {
                let told = match judge.judge(lab) {
                    Ok(Verdict::Stopped) => return,
                    Ok(verdict) => {
                        super::plain::record(&mut state, lab, &verdict);
                        line(lab, &verdict)
                    }
                    Err(error) => error.to_string(),
                };
                let _ = news.send(News::One(told));
            }
            let saved = judge.home.save(&state).map_or_else(|error| error.to_string(), |()| "That is all.".to_owned());
            let _ = news.send(News::One(saved));
            let _ = news.send(News::All);
        });
    }

    /// Lends the terminal to the reader's editor.
    fn edit(&mut self, terminal: &mut DefaultTerminal) -> io::Result<()> {
        let named =
            ["VISUAL", "EDITOR"].into_iter().find_map(|name| std::env::var(name).ok().filter(|it| !it.is_empty()));
        let Some(editor) = named else {
            self.app.note = Some("Set EDITOR to open an editor from here, or open the file in yours.".to_owned());
            return Ok(());
        };
        ratatui::try_restore()?;
        let mut words = editor.split_whitespace();
        let mut command = Command::new(words.next().unwrap_or_default());
        let ran = command.args(words).arg(self.app.home.mine(self.app.lab())).status();
        *terminal = ratatui::try_init()?;
        terminal.clear()?;
        if let Err(error) = ran {
            self.app.note = Some(format!("{editor} cannot be run: {error}"));
        }
        Ok(())
    }
}
