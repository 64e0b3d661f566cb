//! A PostgreSQL for the tests: the one that the environment names, or a throw-away one from installed binaries.

use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use orm::Engine;
use tempfile::TempDir;

/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A PostgreSQL that answers.
pub(crate) struct Server {
    url: String,
    engine: Engine,
    own: Mutex<Option<Own>>,
}

/// A server that these tests have started, and its folder.
struct Own {
    process: Child,
    folder: TempDir,
}

/// The server to test on, or in words why there is none.
pub(crate) fn find() -> Result<Server, String> {
    if !cfg!(feature = "postgres") {
        return Err("built without the feature `postgres`: add `--features orm-tests/postgres`".to_owned());
    }
    match std::env::var("ORM_POSTGRES_URL") {
        Ok(url) => Server::at(url, None).map_err(|error| format!("ORM_POSTGRES_URL: {error}")),
        Err(_) => start(),
    }
}

/// Whether the environment names a server, and the tests could use it.
pub(crate) fn is_named() -> bool {
    cfg!(feature = "postgres") && std::env::var_os("ORM_POSTGRES_URL").is_some()
}

impl Server {
    fn at(url: String, own: Option<Own>) -> Result<Self, String> {
        let engine = Engine::new(&url).map_err(|error| error.to_string())?;
        let server = Self { url, engine, own: Mutex::new(own) };
        let waiting = Instant::now();
        loop {
            match server.engine.connect() {
                Ok(_) => return Ok(server),
                Err(error) if !server.is_own() || waiting.elapsed() > PATIENCE => return Err(error.to_string()),
                Err(_) => std::thread::sleep(Duration::from_millis(50)),
            }
        }
    }

    fn is_own(&self) -> bool {
        self.own.lock().is_ok_and(|own| own.is_some())
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
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

impl Drop for Own {
    fn drop(&mut self) {
        let file = std::fs::read_to_string(data_of(self.folder.path()).join("postmaster.pid")).unwrap_or_default();
        match file.lines().next() {
            // SIGQUIT is PostgreSQL's immediate shutdown: nothing is worth saving.
            Some(pid) => drop(Command::new("kill").args(["-QUIT", pid]).status()),
            None => drop(self.process.kill()),
        }
        let _ = self.process.wait();
    }
}

fn data_of(folder: &Path) -> PathBuf {
    folder.join("data")
}

fn start() -> Result<Server, String> {
    let binaries = binaries().ok_or("no `initdb` and `postgres` in PATH, /usr/lib/postgresql or pg_config --bindir")?;
    let folder = TempDir::new().map_err(|error| error.to_string())?;
    let account = Account::choose()?;
    account.own(folder.path())?;
    let data = data_of(folder.path());
    let mut initdb = account.command(&binaries.join("initdb"));
    initdb.arg("-D").arg(&data);
    initdb.args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"]);
    let made = initdb.current_dir(folder.path()).output().map_err(|error| format!("initdb: {error}"))?;
    if !made.status.success() {
        return Err(format!("initdb: {}", String::from_utf8_lossy(&made.stderr).trim()));
    }
    // The tests are trusted; anybody else needs a password, so that a wrong one can be tested.
    let access = "local all postgres trust\nlocal all all scram-sha-256\n";
    std::fs::write(data.join("pg_hba.conf"), access).map_err(|error| format!("pg_hba.conf: {error}"))?;
    let mut postgres = account.command(&binaries.join("postgres"));
    postgres.arg("-D").arg(&data).arg("-k").arg(folder.path());
    for setting in ["listen_addresses=", "fsync=off", "synchronous_commit=off", "full_page_writes=off"] {
        postgres.args(["-c", setting]);
    }
    postgres.current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let process = postgres.spawn().map_err(|error| format!("postgres: {error}"))?;
    let url = format!("postgresql://postgres@/postgres?host={}", folder.path().display());
    Server::at(url, Some(Own { process, folder }))
}

/// The folder of `initdb` and `postgres`; of several versions the newest.
fn binaries() -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> =
        std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default();
    let version = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
    let installed = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<PathBuf> = installed.map(|entry| entry.path()).collect();
    versions.sort_by_key(|path| std::cmp::Reverse(version(path)));
    folders.extend(versions.into_iter().map(|path| path.join("bin")));
    if let Ok(told) = Command::new("pg_config").arg("--bindir").output() {
        folders.push(PathBuf::from(String::from_utf8_lossy(&told.stdout).trim()));
    }
    folders.into_iter().find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}

/// Whose account the server runs under: PostgreSQL refuses root's.
enum Account {
    Ours,
    Postgres { user: u32, group: u32 },
}

impl Account {
    fn choose() -> Result<Self, String> {
        if id(&["-u"]) != Some(0) {
            return Ok(Self::Ours);
        }
        match (id(&["-u", "postgres"]), id(&["-g", "postgres"])) {
            (Some(user), Some(group)) => Ok(Self::Postgres { user, group }),
            _ => Err("PostgreSQL does not run as root, and there is no account `postgres` to use instead".to_owned()),
        }
    }

    fn own(&self, folder: &Path) -> Result<(), String> {
        match self {
            Self::Ours => Ok(()),
            Self::Postgres { user, group } => {
                chown(folder, Some(*user), Some(*group)).map_err(|error| error.to_string())
            }
        }
    }

    /// A command under the account, which ends when the tests end even if they are killed.
    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "QUIT"]);
        match self {
            Self::Ours if !is_installed("setpriv") => return Command::new(program),
            Self::Ours => {}
            Self::Postgres { user, group } => {
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
