//! A throw-away MariaDB from installed binaries.

use std::path::PathBuf;

use tempfile::TempDir;

use super::{Account, Purpose, Server};

/// Starts a server that only its own folder leads to.
pub(super) fn start(purpose: Purpose) -> Result<Server, String> {
    let install = binary("mariadb-install-db").ok_or("no `mariadb-install-db` in PATH or /usr/bin")?;
    let program = binary("mariadbd").ok_or("no `mariadbd` in PATH, /usr/sbin or /usr/libexec")?;
    let folder = TempDir::new().map_err(|error| error.to_string())?;
    let account = Account::choose("mysql")?;
    account.own(folder.path())?;
    let data = folder.path().join("data");
    let mut made = account.command(&install);
    made.arg("--no-defaults").arg(format!("--datadir={}", data.display()));
    // Several at once disturb each other in a folder that they share.
    let temporary = format!("--tmpdir={}", folder.path().display());
    made.arg(&temporary);
    made.args(["--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"]);
    let made = made.current_dir(folder.path()).output().map_err(|error| format!("mariadb-install-db: {error}"))?;
    if !made.status.success() {
        return Err(format!("mariadb-install-db: {}", String::from_utf8_lossy(&made.stderr).trim()));
    }
    let (socket, pid) = (folder.path().join("socket"), folder.path().join("pid"));
    let url = format!("mariadb://root@localhost/?unix_socket={}", socket.display());
    let pid_file = pid.clone();
    let launch = move || {
        let mut mariadbd = account.command(&program);
        mariadbd.arg("--no-defaults").arg(format!("--datadir={}", data.display()));
        mariadbd.arg(&temporary);
        mariadbd.arg(format!("--socket={}", socket.display())).arg(format!("--pid-file={}", pid.display()));
        // 2 hands the log to the system at every COMMIT: it is safe when the process ends, if not when the machine does.
        let log = if purpose == Purpose::Crash { 2 } else { 0 };
        mariadbd.arg(format!("--innodb-flush-log-at-trx-commit={log}"));
        mariadbd.args(["--skip-networking", "--max-connections=500"]);
        mariadbd
    };
    Server::own(url, launch, pid_file, folder)
}

fn binary(name: &str) -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> =
        std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default();
    folders.extend(["/usr/bin", "/usr/sbin", "/usr/libexec", "/usr/local/bin"].map(PathBuf::from));
    folders.into_iter().map(|folder| folder.join(name)).find(|file| file.is_file())
}
