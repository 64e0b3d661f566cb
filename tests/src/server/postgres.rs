//! A throw-away PostgreSQL from installed binaries.

use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use super::{Account, Purpose, Server};

/// Starts a server that only its own folder leads to.
pub(super) fn start(purpose: Purpose) -> Result<Server, String> {
    let binaries = binaries().ok_or("no `initdb` and `postgres` in PATH, /usr/lib/postgresql or pg_config --bindir")?;
    let folder = TempDir::new().map_err(|error| error.to_string())?;
    let account = Account::choose("postgres")?;
    account.own(folder.path())?;
    let data = folder.path().join("data");
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
    let url = format!("postgresql://postgres@/postgres?host={}", folder.path().display());
    let (pid_file, sockets) = (data.join("postmaster.pid"), folder.path().to_owned());
    let launch = move || {
        let mut postgres = account.command(&binaries.join("postgres"));
        postgres.arg("-D").arg(&data).arg("-k").arg(&sockets);
        // With `on`, the log is with the system at every COMMIT: it is safe when the process ends, if not when the machine does.
        let commit = if purpose == Purpose::Crash { "synchronous_commit=on" } else { "synchronous_commit=off" };
        for setting in ["listen_addresses=", "fsync=off", commit, "full_page_writes=off"] {
            postgres.args(["-c", setting]);
        }
        postgres
    };
    Server::own(url, launch, pid_file, folder)
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
