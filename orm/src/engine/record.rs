//! Observers of statements: echo and recorders. Without an observer a statement costs one atomic load.

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
use super::compiled::CompiledStatement;
use super::event::EngineListener;
use super::listeners::{EngineListenerToken, EngineListeners, Heard};
use super::pretty;
use super::render::Rendered;
use super::statement::StatementKind;
use crate::error::{Error, Result};

/// A statement that was sent.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RecordedStatement {
    /// Kind of the statement.
    pub kind: StatementKind,
    /// Reason for the statement: a query of the program, a flush, a lazy load.
    pub cause: Cause,
    /// SQL text as it was sent.
    pub sql: String,
    /// Parameters as text; sensitive ones are masked.
    pub parameters: Vec<String>,
    /// Number of rows that the statement returned or changed.
    pub rows: usize,
    /// Duration, including the reading of the rows.
    pub elapsed: Duration,
    /// Error of the statement.
    pub error: Option<String>,
}

/// Recorded statements in the order in which they were sent. Dereferences to a slice.
#[derive(Clone, Debug, Default)]
pub struct Statements(Vec<RecordedStatement>);

impl Statements {
    /// Number of statements of a kind.
    ///
    /// ```
    /// use orm::StatementKind;
    /// let engine = orm::Engine::new("sqlite://")?;
    /// let recorder = engine.record();
    /// engine.begin(|connection| connection.query(&orm::text("SELECT 1")))?;
    /// let statements = recorder.take();
    /// assert_eq!(statements.count(StatementKind::Transaction), 2);
    /// assert_eq!(statements.without_transactions().sql(), ["SELECT 1"]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn count(&self, kind: StatementKind) -> usize {
        self.iter().filter(|statement| statement.kind == kind).count()
    }

    /// The texts.
    pub fn sql(&self) -> Vec<&str> {
        self.iter().map(|statement| statement.sql.as_str()).collect()
    }

    /// Removes BEGIN, COMMIT, ROLLBACK and savepoint statements.
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

/// Records every statement of an engine, on all of its connections, until the recorder is dropped.
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
    observers: Arc<StatementObservers>,
    log: Log,
}

type Log = Arc<Mutex<Vec<RecordedStatement>>>;

impl Recorder {
    /// The statements since the start of the recording, or since the last [`take`](Self::take).
    pub fn statements(&self) -> Statements {
        Statements(lock(&self.log).clone())
    }

    /// Returns the recorded statements and clears the record.
    pub fn take(&self) -> Statements {
        Statements(std::mem::take(&mut *lock(&self.log)))
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.observers.change(|list| {
            list.logs.retain(|log| !Arc::ptr_eq(log, &self.log));
        });
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").field("statements", &lock(&self.log).len()).finish_non_exhaustive()
    }
}

/// Destination and format of the echo. Questions of a connection about its own state are not echoed: the ping of
/// `pre_ping`, and the question whether the transaction is still open.
///
/// ```
/// use orm::{Echo, Engine};
/// let engine = Engine::builder("sqlite://").echo(Echo::stdout().pretty().causes().prefix("  ")).build()?;
/// engine.set_echo(false)?;
/// # Ok::<(), orm::Error>(())
/// ```
///
/// Counterpart: the `echo` argument of `create_engine()`, and its loggers.
#[derive(Clone)]
pub struct Echo {
    target: EchoTarget,
    pretty: bool,
    causes: bool,
    prefix: String,
}

#[derive(Clone)]
enum EchoTarget {
    Off,
    Tracing,
    File(PathBuf),
    Writer(Arc<SharedWriter>),
}

impl Echo {
    /// Sends statements nowhere.
    pub fn off() -> Self {
        Self::to(EchoTarget::Off)
    }

    /// Writes statements to standard output.
    pub fn stdout() -> Self {
        Self::writer(std::io::stdout())
    }

    /// Appends statements to a file, each with the time of day.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self::to(EchoTarget::File(path.into()))
    }

    /// Emits an event of `tracing` (level INFO, target `orm::sql`) at the end of each statement, with rows and
    /// duration. A subscriber may use the engine; the subscriber's own statements are not echoed.
    pub fn tracing() -> Self {
        Self::to(EchoTarget::Tracing)
    }

    /// Writes statements to a writer. Write errors are ignored. The writer may use the engine; the writer's own
    /// statements are not echoed.
    pub fn writer(writer: impl Write + Send + 'static) -> Self {
        Self::to(EchoTarget::Writer(Arc::new(SharedWriter::new(writer))))
    }

    /// Breaks statements of more than 100 characters: one line for each clause, and one for the parameters of each row
    /// of an INSERT. Of more than three rows only the first is written, with the number of rows; at most ten lines of
    /// parameters are written.
    #[must_use]
    pub fn pretty(mut self) -> Self {
        self.pretty = true;
        self
    }

    /// Writes the [`Cause`] of each statement as a comment above the statement: `-- lazy load of User.addresses`.
    /// Events of `tracing` always contain the cause.
    #[must_use]
    pub fn causes(mut self) -> Self {
        self.causes = true;
        self
    }

    /// Begins every line with `prefix`, which separates the SQL from the program's own output.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    fn to(target: EchoTarget) -> Self {
        Self { target, pretty: false, causes: false, prefix: String::new() }
    }
}

impl From<bool> for Echo {
    fn from(on: bool) -> Self {
        if on { Self::stdout() } else { Self::off() }
    }
}

impl fmt::Debug for Echo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let target = match &self.target {
            EchoTarget::Off => "off".to_owned(),
            EchoTarget::Tracing => "tracing".to_owned(),
            EchoTarget::File(path) => path.display().to_string(),
            EchoTarget::Writer(_) => "writer".to_owned(),
        };
        f.debug_struct("Echo").field("to", &target).field("pretty", &self.pretty).field("causes", &self.causes).finish()
    }
}

/// Statements up to this length stay on one line.
const WIDTH: usize = 100;

/// The observers of an engine: recorders, echo and listeners.
#[derive(Default)]
pub(super) struct StatementObservers {
    /// Number of observers; loaded before every statement.
    observed: AtomicUsize,
    list: RwLock<ObserverList>,
    listeners: EngineListeners,
}

#[derive(Default)]
struct ObserverList {
    logs: Vec<Log>,
    writer: Option<Arc<EchoWriter>>,
    tracing: bool,
}

struct EchoWriter {
    shared: Arc<SharedWriter>,
    pretty: bool,
    causes: bool,
    prefix: String,
    timed: bool,
}

thread_local! {
    /// Whether this thread runs an observer's code. Statements of that code are not observed, as that would recurse.
    static NOTIFYING: Cell<bool> = const { Cell::new(false) };
}

/// Runs an observer's code. No lock is held meanwhile, as the code may use the engine.
pub(super) fn notify(listener: impl FnOnce()) {
    struct NotifyGuard;
    impl Drop for NotifyGuard {
        fn drop(&mut self) {
            NOTIFYING.set(false);
        }
    }
    if !NOTIFYING.replace(true) {
        let _guard = NotifyGuard;
        listener();
    }
}

/// An observed statement that is running.
pub(super) struct RunningStatement {
    kind: StatementKind,
    cause: Cause,
    rendered: Rendered,
    start: Instant,
}

impl StatementObservers {
    /// Shows statements there from now on.
    pub(super) fn set_echo(&self, echo: Echo) -> Result<()> {
        let shared = match &echo.target {
            EchoTarget::Off | EchoTarget::Tracing => None,
            EchoTarget::Writer(writer) => Some(Arc::clone(writer)),
            EchoTarget::File(path) => {
                let file: File = OpenOptions::new().create(true).append(true).open(path).map_err(|error| {
                    Error::Configuration { message: format!("echo cannot be written to {}: {error}", path.display()) }
                })?;
                Some(Arc::new(SharedWriter::new(file)))
            }
        };
        let (pretty, causes, prefix) = (echo.pretty, echo.causes, echo.prefix);
        let timed = matches!(echo.target, EchoTarget::File(_));
        let mut writer = shared.map(|shared| Arc::new(EchoWriter { shared, pretty, causes, prefix, timed }));
        self.change(|list| {
            std::mem::swap(&mut list.writer, &mut writer);
            list.tracing = matches!(echo.target, EchoTarget::Tracing);
        });
        // The writer of before is dropped here, where no lock is held.
        Ok(())
    }

    pub(super) fn record(self: &Arc<Self>) -> Recorder {
        let log = Log::default();
        self.change(|list| list.logs.push(Arc::clone(&log)));
        Recorder { observers: Arc::clone(self), log }
    }

    /// Adds a listener of the engine.
    pub(super) fn listen(&self, listener: EngineListener) -> EngineListenerToken {
        let token = self.listeners.add(listener);
        self.change(|_| {});
        token
    }

    /// Removes a listener of the engine; returns whether it was there.
    pub(super) fn unlisten(&self, token: EngineListenerToken) -> bool {
        let removed = self.listeners.remove(token);
        self.change(|_| {});
        removed
    }

    /// The listeners of the engine.
    #[inline]
    pub(super) fn listeners(&self) -> &EngineListeners {
        &self.listeners
    }

    fn change(&self, change: impl FnOnce(&mut ObserverList)) {
        let mut list = self.list.write().unwrap_or_else(PoisonError::into_inner);
        change(&mut list);
        let listened = self.listeners.hear(Heard::AfterExecute);
        let count =
            list.logs.len() + [list.writer.is_some(), list.tracing, listened].map(usize::from).iter().sum::<usize>();
        self.observed.store(count, Ordering::Release);
    }

    /// Whether there is any observer.
    #[inline]
    pub(super) fn is_observed(&self) -> bool {
        self.observed.load(Ordering::Acquire) > 0
    }

    /// Begins an observed statement. Returns `None` without observers.
    #[inline]
    pub(super) fn start(&self, statement: &CompiledStatement<'_>, cause: Cause) -> Option<Box<RunningStatement>> {
        match self.is_observed() {
            false => None,
            true => self.start_observed(statement, cause),
        }
    }

    fn start_observed(&self, statement: &CompiledStatement<'_>, cause: Cause) -> Option<Box<RunningStatement>> {
        let rendered = statement.rendered();
        let cause = cause.of(statement.kind, &rendered.sql);
        let echo = self.list.read().unwrap_or_else(PoisonError::into_inner).writer.clone();
        if let Some(echo) = echo {
            notify(|| echo.write(&rendered, cause));
        }
        Some(Box::new(RunningStatement { kind: statement.kind, cause, rendered, start: Instant::now() }))
    }

    /// The statement is done.
    pub(super) fn finish(&self, running: RunningStatement, result: Result<usize, &Error>) {
        let RunningStatement { kind, cause, rendered: Rendered { sql, parameters }, start } = running;
        let error = result.as_ref().err().map(ToString::to_string);
        let rows = result.unwrap_or_default();
        let recorded = RecordedStatement { kind, cause, sql, parameters, rows, elapsed: start.elapsed(), error };
        let traces = {
            let list = self.list.read().unwrap_or_else(PoisonError::into_inner);
            for log in &list.logs {
                lock(log).push(recorded.clone());
            }
            list.tracing
        };
        if self.listeners.hear(Heard::AfterExecute) {
            self.listeners.after_execute(&recorded);
        }
        if traces {
            notify(|| {
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
        self.shared.write(text);
    }
}

/// A writer shared by threads, and a queue of texts. The thread that holds the writer writes the whole queue, so that
/// no other thread waits for the writer.
struct SharedWriter {
    waiting: Mutex<VecDeque<String>>,
    writer: Mutex<Box<dyn Write + Send>>,
}

impl SharedWriter {
    fn new(writer: impl Write + Send + 'static) -> Self {
        Self { waiting: Mutex::default(), writer: Mutex::new(Box::new(writer)) }
    }

    fn write(&self, text: String) {
        lock(&self.waiting).push_back(text);
        while !lock(&self.waiting).is_empty() {
            let mut writer = match self.writer.try_lock() {
                Ok(writer) => writer,
                Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
                // The thread that holds the writer checks the queue again afterwards.
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
    // A panic under one of these locks leaves no half-changed value, so a poisoned lock can be used.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
