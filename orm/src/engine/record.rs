//! What is sent to the database, for eyes and for tests: echo and recorded statements. Costs one atomic load when nobody listens.

use std::cell::Cell;
use std::collections::VecDeque;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, TryLockError};
use std::time::{Duration, Instant};

use super::cause::Cause;
use super::flat::Flat;
use super::pretty;
use super::render::Rendered;
use super::statement::StatementKind;
use crate::error::{Error, Result};

/// A statement that was sent.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RecordedStatement {
    /// What it does.
    pub kind: StatementKind,
    /// Why it was sent: a query of the program, a flush, a lazy load.
    pub cause: Cause,
    /// Its text as it was sent.
    pub sql: String,
    /// Its parameters as text, sensitive ones masked.
    pub parameters: Vec<String>,
    /// How many rows it gave or changed.
    pub rows: usize,
    /// How long it took, reading its rows included.
    pub elapsed: Duration,
    /// What went wrong.
    pub error: Option<String>,
}

/// Statements in the order in which they were sent; reads as a slice.
#[derive(Clone, Debug, Default)]
pub struct Statements(Vec<RecordedStatement>);

impl Statements {
    /// How many there are of a kind.
    pub fn count(&self, kind: StatementKind) -> usize {
        self.iter().filter(|statement| statement.kind == kind).count()
    }

    /// The texts.
    pub fn sql(&self) -> Vec<&str> {
        self.iter().map(|statement| statement.sql.as_str()).collect()
    }

    /// The same without BEGIN, COMMIT, ROLLBACK and savepoints.
    #[must_use]
    pub fn without_transactions(mut self) -> Self {
        self.0.retain(|statement| statement.kind != StatementKind::Transaction);
        self
    }
}

impl Deref for Statements {
    type Target = [RecordedStatement];

    fn deref(&self) -> &[RecordedStatement] {
        &self.0
    }
}

/// Records every statement that an engine sends, on any of its connections, until it is dropped.
///
/// ```
/// use orm::StatementKind;
///
/// let engine = orm::Engine::new("sqlite://")?;
/// let recorder = engine.record();
/// engine.connect()?.query(&orm::text("SELECT 1"))?;
/// assert_eq!(recorder.statements().count(StatementKind::Select), 1);
/// orm::assert_statements!(recorder, ["SELECT 1"]);
/// # Ok::<(), orm::Error>(())
/// ```
#[must_use = "a recorder stops when it is dropped"]
pub struct Recorder {
    watch: Arc<Watch>,
    log: Log,
}

type Log = Arc<Mutex<Vec<RecordedStatement>>>;

impl Recorder {
    /// What was sent since the beginning, or since the last [`take`](Self::take).
    pub fn statements(&self) -> Statements {
        Statements(lock(&self.log).clone())
    }

    /// What was sent; the record is empty afterwards.
    pub fn take(&self) -> Statements {
        Statements(std::mem::take(&mut *lock(&self.log)))
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.watch.change(|listeners| {
            listeners.logs.retain(|log| !Arc::ptr_eq(log, &self.log));
        });
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").field("statements", &lock(&self.log).len()).finish_non_exhaustive()
    }
}

/// Where statements are shown, and how. The few questions that a connection asks about itself are not shown: whether it still answers (`pre_ping`), and
/// whether its transaction is still open after a failure or a statement by hand.
///
/// Counterpart: the `echo` argument of `create_engine()`, and its loggers.
#[derive(Clone)]
pub struct Echo {
    sink: Sink,
    pretty: bool,
    causes: bool,
    prefix: String,
}

#[derive(Clone)]
enum Sink {
    Off,
    Tracing,
    File(PathBuf),
    Writer(Arc<Outlet>),
}

impl Echo {
    /// Nowhere.
    pub fn off() -> Self {
        Self::to(Sink::Off)
    }

    /// On standard output.
    pub fn stdout() -> Self {
        Self::writer(std::io::stdout())
    }

    /// At the end of a file, each statement with the time of day.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self::to(Sink::File(path.into()))
    }

    /// As events of `tracing` at level INFO, target `orm::sql`, when the statement is done: with rows and time. A subscriber may use the engine; statements
    /// that it sends itself are not shown.
    pub fn tracing() -> Self {
        Self::to(Sink::Tracing)
    }

    /// On a writer of your own. What it cannot take is lost without an error. The writer may use the engine; statements that it sends itself are not shown.
    pub fn writer(writer: impl Write + Send + 'static) -> Self {
        Self::to(Sink::Writer(Arc::new(Outlet::new(writer))))
    }

    /// A line for each clause of a statement that would be longer than 100 characters, and for the parameters of each row of an INSERT. Of more than three
    /// rows the first is written out and the others are counted; ten lines of parameters are shown.
    #[must_use]
    pub fn pretty(mut self) -> Self {
        self.pretty = true;
        self
    }

    /// Writes the [`Cause`] of each statement as a comment above the statement: `-- lazy load of User.addresses`. Events of `tracing` always have it.
    #[must_use]
    pub fn causes(mut self) -> Self {
        self.causes = true;
        self
    }

    /// Begins every line with this, so that SQL stands apart from what a program prints itself.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    fn to(sink: Sink) -> Self {
        Self { sink, pretty: false, causes: false, prefix: String::new() }
    }
}

impl From<bool> for Echo {
    fn from(on: bool) -> Self {
        if on { Self::stdout() } else { Self::off() }
    }
}

impl fmt::Debug for Echo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sink = match &self.sink {
            Sink::Off => "off".to_owned(),
            Sink::Tracing => "tracing".to_owned(),
            Sink::File(path) => path.display().to_string(),
            Sink::Writer(_) => "writer".to_owned(),
        };
        f.debug_struct("Echo").field("to", &sink).field("pretty", &self.pretty).field("causes", &self.causes).finish()
    }
}

/// What pretty echo leaves on one line: it reads better than a tower of short ones.
const WIDTH: usize = 100;

/// Who listens to an engine.
#[derive(Default)]
pub(super) struct Watch {
    /// How many listen; read before every statement.
    listening: AtomicUsize,
    listeners: RwLock<Listeners>,
}

#[derive(Default)]
struct Listeners {
    logs: Vec<Log>,
    writer: Option<Arc<EchoWriter>>,
    tracing: bool,
}

struct EchoWriter {
    outlet: Arc<Outlet>,
    pretty: bool,
    causes: bool,
    prefix: String,
    timed: bool,
}

thread_local! {
    /// Whether this thread runs the code of somebody who listens. What such code sends itself is not told, or there would be no end.
    static TELLING: Cell<bool> = const { Cell::new(false) };
}

/// Runs the code of somebody who listens. No lock of an engine is held meanwhile: the code may use the engine.
fn tell(listener: impl FnOnce()) {
    struct Told;
    impl Drop for Told {
        fn drop(&mut self) {
            TELLING.set(false);
        }
    }
    if !TELLING.replace(true) {
        let _told = Told;
        listener();
    }
}

/// A statement that is under way while somebody listens.
pub(super) struct Watched {
    kind: StatementKind,
    cause: Cause,
    rendered: Rendered,
    start: Instant,
}

impl Watch {
    /// Shows statements there from now on.
    pub(super) fn set_echo(&self, echo: Echo) -> Result<()> {
        let outlet = match &echo.sink {
            Sink::Off | Sink::Tracing => None,
            Sink::Writer(writer) => Some(Arc::clone(writer)),
            Sink::File(path) => {
                let file: File = OpenOptions::new().create(true).append(true).open(path).map_err(|error| {
                    Error::Configuration { message: format!("echo cannot be written to {}: {error}", path.display()) }
                })?;
                Some(Arc::new(Outlet::new(file)))
            }
        };
        let (pretty, causes, prefix) = (echo.pretty, echo.causes, echo.prefix);
        let timed = matches!(echo.sink, Sink::File(_));
        let mut writer = outlet.map(|outlet| Arc::new(EchoWriter { outlet, pretty, causes, prefix, timed }));
        self.change(|listeners| {
            std::mem::swap(&mut listeners.writer, &mut writer);
            listeners.tracing = matches!(echo.sink, Sink::Tracing);
        });
        // The writer of before is dropped here, where no lock is held.
        Ok(())
    }

    pub(super) fn record(self: &Arc<Self>) -> Recorder {
        let log = Log::default();
        self.change(|listeners| listeners.logs.push(Arc::clone(&log)));
        Recorder { watch: Arc::clone(self), log }
    }

    fn change(&self, change: impl FnOnce(&mut Listeners)) {
        let mut listeners = self.listeners.write().unwrap_or_else(PoisonError::into_inner);
        change(&mut listeners);
        let count = listeners.logs.len() + usize::from(listeners.writer.is_some()) + usize::from(listeners.tracing);
        self.listening.store(count, Ordering::Release);
    }

    /// Whether anybody listens.
    #[inline]
    pub(super) fn is_listening(&self) -> bool {
        self.listening.load(Ordering::Acquire) > 0
    }

    /// A statement is about to be sent; `None` when nobody listens.
    #[inline]
    pub(super) fn start(&self, statement: &Flat<'_>, cause: Cause) -> Option<Box<Watched>> {
        match self.is_listening() {
            false => None,
            true => self.start_listening(statement, cause),
        }
    }

    fn start_listening(&self, statement: &Flat<'_>, cause: Cause) -> Option<Box<Watched>> {
        let rendered = statement.rendered();
        let cause = cause.of(statement.kind, &rendered.sql);
        let echo = self.listeners.read().unwrap_or_else(PoisonError::into_inner).writer.clone();
        if let Some(echo) = echo {
            tell(|| echo.write(&rendered, cause));
        }
        Some(Box::new(Watched { kind: statement.kind, cause, rendered, start: Instant::now() }))
    }

    /// The statement is done.
    pub(super) fn finish(&self, watched: Watched, result: Result<usize, &Error>) {
        let Watched { kind, cause, rendered: Rendered { sql, parameters }, start } = watched;
        let error = result.as_ref().err().map(ToString::to_string);
        let rows = result.unwrap_or_default();
        let recorded = RecordedStatement { kind, cause, sql, parameters, rows, elapsed: start.elapsed(), error };
        let traces = {
            let listeners = self.listeners.read().unwrap_or_else(PoisonError::into_inner);
            for log in &listeners.logs {
                lock(log).push(recorded.clone());
            }
            listeners.tracing
        };
        if traces {
            tell(|| {
                tracing::info!(
                    target: "orm::sql",
                    sql = %recorded.sql,
                    parameters = ?recorded.parameters,
                    rows = recorded.rows,
                    elapsed = ?recorded.elapsed,
                    cause = %recorded.cause,
                    error = recorded.error.as_deref(),
                );
            });
        }
    }
}

impl EchoWriter {
    fn write(&self, rendered: &Rendered, cause: Cause) {
        let mut text = if self.causes { format!("-- {cause}\n") } else { String::new() };
        if self.timed {
            text.push_str(&chrono::Local::now().format("%H:%M:%S%.3f ").to_string());
        }
        let shortened = if self.pretty { pretty::shorten_rows(&rendered.sql) } else { None };
        let sql = shortened.as_ref().unwrap_or(&rendered.sql);
        if self.pretty && sql.len() > WIDTH {
            text.push_str(&pretty::break_clauses(sql));
        } else {
            text.push_str(sql);
        }
        text.push('\n');
        let lines = match (rendered.parameters.is_empty(), self.pretty) {
            (true, _) => Vec::new(),
            (false, true) => pretty::parameter_lines(&rendered.sql, &rendered.parameters),
            (false, false) => vec![format!("[{}]", rendered.parameters.join(", "))],
        };
        for line in lines {
            text.push_str(&format!("  {line}\n"));
        }
        if !self.prefix.is_empty() {
            text = text.lines().map(|line| format!("{}{line}\n", self.prefix)).collect();
        }
        self.outlet.write(text);
    }
}

/// A writer, and the texts that wait for it: whoever holds the writer writes all of them, so that nobody waits for somebody else's code.
struct Outlet {
    waiting: Mutex<VecDeque<String>>,
    writer: Mutex<Box<dyn Write + Send>>,
}

impl Outlet {
    fn new(writer: impl Write + Send + 'static) -> Self {
        Self { waiting: Mutex::default(), writer: Mutex::new(Box::new(writer)) }
    }

    fn write(&self, text: String) {
        lock(&self.waiting).push_back(text);
        while !lock(&self.waiting).is_empty() {
            let mut writer = match self.writer.try_lock() {
                Ok(writer) => writer,
                Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
                // Who holds it looks again when it is free.
                Err(TryLockError::WouldBlock) => return,
            };
            while let Some(text) = self.next() {
                // Echo is a courtesy: a full disk or a closed pipe must not fail the statement.
                let _ = writer.write_all(text.as_bytes()).and_then(|()| writer.flush());
            }
        }
    }

    fn next(&self) -> Option<String> {
        lock(&self.waiting).pop_front()
    }
}

fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is behind these locks is whole after every call.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
