//! A throw-away MariaDB or MySQL from installed binaries.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::{Account, Purpose, Server};

/// Starts a MariaDB that only its own folder leads to.
pub(super) fn start_mariadb(purpose: Purpose) -> Result<Server, String> {
    let install = candidates("mariadb-install-db").next().ok_or("no `mariadb-install-db` in PATH or /usr/bin")?;
    let program = candidates("mariadbd").next().ok_or("no `mariadbd` in PATH, /usr/sbin or /usr/libexec")?;
    let make = ["--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"];
    start("mariadb", &install, &make, program, Vec::new(), purpose)
}

/// Starts a MySQL that only its own folder leads to. What MariaDB installs under the name `mysqld` is none.
pub(super) fn start_mysql(purpose: Purpose) -> Result<Server, String> {
    let program = candidates("mysqld").find(|program| !is_mariadb(program));
    let program = program.ok_or("no `mysqld` of MySQL in PATH, /usr/sbin or /usr/libexec")?;
    let run = vec!["--mysqlx=OFF", "--secure-file-priv=NULL", "--skip-log-bin"];
    start("mysql", &program, &["--initialize-insecure"], program.clone(), run, purpose)
}

/// Makes a folder of data by `install`, and starts `program` on it.
fn start(
    scheme: &str,
    install: &Path,
    make: &[&str],
    program: PathBuf,
    run: Vec<&'static str>,
    purpose: Purpose,
) -> Result<Server, String> {
    let folder = TempDir::new().map_err(|error| error.to_string())?;
    let account = Account::choose("mysql")?;
    account.own(folder.path())?;
    // Several at once disturb each other in a folder for temporary files that they share.
    let places = [("datadir", folder.path().join("data")), ("tmpdir", folder.path().to_owned())];
    let places = places.map(|(name, path)| format!("--{name}={}", path.display()));
    let mut made = account.command(install);
    made.arg("--no-defaults").args(&places).args(make);
    let made = made.current_dir(folder.path()).output().map_err(|error| format!("{}: {error}", install.display()))?;
    if !made.status.success() {
        return Err(format!("{}: {}", install.display(), String::from_utf8_lossy(&made.stderr).trim()));
    }
    let (socket, pid) = (folder.path().join("socket"), folder.path().join("pid"));
    let url = format!("{scheme}://root@localhost/?unix_socket={}", socket.display());
    let pid_file = pid.clone();
    let launch = move || {
        let mut command = account.command(&program);
        command.arg("--no-defaults").args(&places).args(&run);
        command.arg(format!("--socket={}", socket.display())).arg(format!("--pid-file={}", pid.display()));
        // 2 hands the log to the system at every COMMIT: it is safe when the process ends, if not when the machine does.
        let log = if purpose == Purpose::Crash { 2 } else { 0 };
        command.arg(format!("--innodb-flush-log-at-trx-commit={log}"));
        command.args(["--skip-networking", "--max-connections=500"]);
        command
    };
    Server::own(url, launch, pid_file, folder)
}

fn candidates(name: &str) -> impl Iterator<Item = PathBuf> {
    let mut folders: Vec<PathBuf> =
        std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default();
    folders.extend(["/usr/bin", "/usr/sbin", "/usr/libexec", "/usr/local/bin"].map(PathBuf::from));
    folders.into_iter().map(move |folder| folder.join(name)).filter(|file| file.is_file())
}

fn is_mariadb(program: &Path) -> bool {
    let told = Command::new(program).arg("--version").output();
    told.is_ok_and(|told| String::from_utf8_lossy(&told.stdout).contains("MariaDB"))
}
