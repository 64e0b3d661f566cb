//! The log file: every statement with its time, in a form that `tail -f` reads, and of bounded size.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A log file. When half the limit is written, the file is renamed to `NAME.1` and a new one is begun.
#[derive(Debug)]
pub struct Log {
    path: PathBuf,
    file: File,
    written: usize,
    limit: usize,
}

impl Log {
    /// Creates a log file, or empties an old one. Both files together stay below the limit in bytes.
    ///
    /// # Errors
    /// [`io::Error`] when the file cannot be created.
    pub fn create(path: &Path, limit: usize) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), file: File::create(path)?, written: 0, limit })
    }

    fn begin_anew(&mut self) -> io::Result<()> {
        let mut old = self.path.clone().into_os_string();
        old.push(".1");
        std::fs::rename(&self.path, old)?;
        self.file = File::create(&self.path)?;
        self.written = 0;
        Ok(())
    }
}

impl Write for Log {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        let time = chrono::Local::now().format("%H:%M:%S,%3f");
        let mut lines = String::new();
        for line in String::from_utf8_lossy(text).lines() {
            lines.push_str(&format!("{time} INFO {}\n", line.trim()));
        }
        if self.written + lines.len() > self.limit / 2 {
            self.begin_anew()?;
        }
        self.file.write_all(lines.as_bytes())?;
        self.written += lines.len();
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_stay_below_the_limit() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("game.log");
        let mut log = Log::create(&path, 1000).expect("a log");
        for number in 0..100 {
            log.write_all(format!("SELECT {number}\n").as_bytes()).expect("a line");
        }
        let size = |name: &str| std::fs::metadata(folder.path().join(name)).expect("a file").len();
        assert!(size("game.log") + size("game.log.1") <= 1000);
        let text = std::fs::read_to_string(&path).expect("a text");
        assert!(text.ends_with(" INFO SELECT 99\n"), "{text}");
    }
}
