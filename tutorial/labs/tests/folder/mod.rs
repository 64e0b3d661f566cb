//! A folder of labs to play in: the reader's own stays as it is.
#![allow(dead_code, reason = "each test file uses a part")]

use std::fs;
use std::path::Path;

use tempfile::TempDir;

/// A copy of the labs without any file of a reader.
pub(crate) fn copy() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for kind in ["start", "checks", "solutions"] {
        fs::create_dir(folder.path().join(kind)).expect("a folder");
        for file in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(kind)).expect("a folder") {
            let file = file.expect("a file");
            fs::copy(file.path(), folder.path().join(kind).join(file.file_name())).expect("a copy");
        }
    }
    folder
}
