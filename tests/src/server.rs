//! Servers for the tests: those that the environment names, or throw-away ones from installed binaries.

pub(crate) mod fault;
mod mysql;
mod postgres;

use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use orm::Engine;
use orm::engine::Capabilities;
use tempfile::TempDir;

/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A database that lives in a server.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Product {
    Postgres,
    Mariadb,
    Mysql,
}

impl Product {
    pub(crate) const ALL: [Self; 3] = [Self::Postgres, Self::Mariadb, Self::Mysql];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Postgres => "PostgreSQL",
            Self::Mariadb => "MariaDB",
            Self::Mysql => "MySQL",
        }
    }

    pub(crate) fn capabilities(self) -> Capabilities {
        match self {
            Self::Postgres => Capabilities::postgres(),
            Self::Mariadb => Capabilities::mariadb(),
            Self::Mysql => Capabilities::mysql(),
        }
    }

    /// What `ORM_REQUIRE` calls it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Mariadb => "mariadb",
            Self::Mysql => "mysql",
        }
    }

    /// The cargo feature.
    fn feature(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Mariadb | Self::Mysql => "mysql",
        }
    }

    /// The variable that names a server.
    pub(crate) fn variable(self) -> &'static str {
        match self {
            Self::Postgres => "ORM_POSTGRES_URL",
            Self::Mariadb => "ORM_MARIADB_URL",
            Self::Mysql => "ORM_MYSQL_URL",
        }
    }

    /// The query for the words of its grammar.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Postgres => "SELECT word FROM pg_get_keywords()",
            Self::Mariadb | Self::Mysql => "SELECT WORD FROM information_schema.KEYWORDS",
        }
    }

    fn is_built_in(self) -> bool {
        match self {
            Self::Postgres => cfg!(feature = "postgres"),
            Self::Mariadb | Self::Mysql => cfg!(feature = "mysql"),
        }
    }
}

/// A server that answers.
pub(crate) struct Server {
    url: String,
    engine: Engine,
    own: Mutex<Option<Own>>,
}

/// A server that these tests have started, and its folder.
struct Own {
    /// What starts it, now or again.
    launch: Box<dyn Fn() -> Command + Send>,
    process: Child,
    pid_file: PathBuf,
    /// Deleted with the server.
    folder: TempDir,
}

/// What a server of our own is started for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To be fast: nothing has to outlive it.
    Speed,
    /// To be killed: what is committed outlives the process.
    Crash,
}

/// How a server goes down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// It ends what is under way, and itself.
    Orderly,
    /// It is gone from one moment to the next.
    Crash,
}

/// The server to test on, or in words why there is none.
pub(crate) fn find(product: Product) -> Result<Server, String> {
    if !product.is_built_in() {
        let feature = product.feature();
        return Err(format!("built without the feature `{feature}`: add `--features orm-tests/{feature}`"));
    }
    match std::env::var(product.variable()) {
        Ok(url) => named(product, url).map_err(|error| format!("{}: {error}", product.variable())),
        Err(_) => start(product, Purpose::Speed),
    }
}

/// The server that the environment names.
fn named(product: Product, url: String) -> Result<Server, String> {
    let server = Server::at(url, None)?;
    match server.engine.capabilities().name {
        name if name == product.name() => Ok(server),
        other => Err(format!("it names a {other}, not a {}", product.name())),
    }
}

/// Starts a server of our own, or says why that cannot be.
pub(crate) fn start(product: Product, purpose: Purpose) -> Result<Server, String> {
    match product {
        Product::Postgres => postgres::start(purpose),
        Product::Mariadb => mysql::start_mariadb(purpose),
        Product::Mysql => mysql::start_mysql(purpose),
    }
}

/// Whether the environment names a server, and the tests could use it.
pub(crate) fn is_named(product: Product) -> bool {
    product.is_built_in() && std::env::var_os(product.variable()).is_some()
}

impl Server {
    fn own(
        url: String,
        launch: impl Fn() -> Command + Send + 'static,
        pid_file: PathBuf,
        folder: TempDir,
    ) -> Result<Self, String> {
        let process = quietly(&mut launch(), &folder)?;
        Self::at(url, Some(Own { launch: Box::new(launch), process, pid_file, folder }))
    }

    fn at(url: String, own: Option<Own>) -> Result<Self, String> {
        let engine = Engine::new(&url).map_err(|error| error.to_string())?;
        let server = Self { url, engine, own: Mutex::new(own) };
        server.wait()?;
        Ok(server)
    }

    /// Waits until the server answers; somebody else's does at once.
    fn wait(&self) -> Result<(), String> {
        let waiting = Instant::now();
        loop {
            match self.engine.connect().and_then(|mut connection| connection.query(&orm::text("SELECT 1"))) {
                Ok(_) => return Ok(()),
                Err(error) if !self.is_own() || waiting.elapsed() > PATIENCE => return Err(error.to_string()),
                Err(_) => std::thread::sleep(Duration::from_millis(50)),
            }
        }
    }

    /// Stops a server that the tests have started, and starts it again on what it left.
    pub(crate) fn restart(&self, product: Product, stop: Stop) -> Result<(), String> {
        {
            let mut own = self.own.lock().map_err(|error| error.to_string())?;
            let own = own.as_mut().ok_or("a server of somebody else's is not restarted")?;
            own.signal(match (stop, product) {
                (Stop::Orderly, Product::Postgres) => "-INT",
                (Stop::Orderly, Product::Mariadb | Product::Mysql) => "-TERM",
                // Killed outright, its children would go on for a while and keep a new one from starting.
                (Stop::Crash, Product::Postgres) => "-QUIT",
                (Stop::Crash, Product::Mariadb | Product::Mysql) => "-KILL",
            });
            own.process.wait().map_err(|error| error.to_string())?;
            own.process = quietly(&mut (own.launch)(), &own.folder)?;
        }
        self.wait()
    }

    fn is_own(&self) -> bool {
        self.own.lock().is_ok_and(|own| own.is_some())
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// What the server says that it is.
    pub(crate) fn version(&self) -> String {
        let said =
            || self.engine.connect()?.query(&orm::text("SELECT version()"))?.first().map(|row| row.get(0)).transpose();
        match said() {
            Ok(version) => version.unwrap_or_default(),
            Err(error) => error.to_string(),
        }
    }

    /// An engine of the server's own, for what is done beside the tests.
    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Stops the server if the tests have started it.
    pub(crate) fn stop(&self) {
        if let Ok(mut own) = self.own.lock() {
            *own = None;
        }
    }
}

impl Own {
    fn signal(&mut self, signal: &str) {
        let file = std::fs::read_to_string(&self.pid_file).unwrap_or_default();
        match file.lines().next() {
            Some(pid) => drop(Command::new("kill").args([signal, pid]).status()),
            None => drop(self.process.kill()),
        }
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        // The fastest shutdown that all know: nothing is worth saving.
        self.signal("-QUIT");
        let _ = self.process.wait();
    }
}

/// Starts a server in its folder, without a word.
fn quietly(command: &mut Command, folder: &TempDir) -> Result<Child, String> {
    command.current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().map_err(|error| format!("{}: {error}", command.get_program().display()))
}

/// Whose account the server runs under: none of them runs as root.
enum Account {
    Ours,
    Other { user: u32, group: u32 },
}

impl Account {
    fn choose(name: &str) -> Result<Self, String> {
        if id(&["-u"]) != Some(0) {
            return Ok(Self::Ours);
        }
        match (id(&["-u", name]), id(&["-g", name])) {
            (Some(user), Some(group)) => Ok(Self::Other { user, group }),
            _ => Err(format!("the server does not run as root, and there is no account `{name}` to use instead")),
        }
    }

    fn own(&self, folder: &Path) -> Result<(), String> {
        match self {
            Self::Ours => Ok(()),
            Self::Other { user, group } => chown(folder, Some(*user), Some(*group)).map_err(|error| error.to_string()),
        }
    }

    /// A command under the account, which ends when the tests end even if they are killed.
    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "QUIT"]);
        match self {
            Self::Ours if !is_installed("setpriv") => return Command::new(program),
            Self::Ours => {}
            Self::Other { user, group } => {
                command.args([format!("--reuid={user}"), format!("--regid={group}"), "--clear-groups".to_owned()]);
            }
        }
        command.arg(program);
        command
    }
}

fn is_installed(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok()
}

fn id(arguments: &[&str]) -> Option<u32> {
    let told = Command::new("id").args(arguments).output().ok()?;
    String::from_utf8_lossy(&told.stdout).trim().parse().ok()
}
