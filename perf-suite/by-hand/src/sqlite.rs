//! libsqlite3: prepare once, then bind, step and reset in a loop.

use std::ffi::{CStr, CString, c_int};
use std::marker::PhantomData;
use std::ptr;

use libsqlite3_sys as ffi;

use crate::{Error, Result};

/// An open database.
#[derive(Debug)]
pub struct Sqlite {
    handle: *mut ffi::sqlite3,
}

/// A parameter.
#[derive(Clone, Copy, Debug)]
pub enum Bind<'b> {
    /// An integer.
    I64(i64),
    /// Text.
    Text(&'b str),
}

/// A prepared statement.
#[derive(Debug)]
pub struct Statement<'c> {
    handle: *mut ffi::sqlite3_stmt,
    parameters: usize,
    connection: PhantomData<&'c Sqlite>,
}

/// The row on which a statement stands.
#[derive(Debug)]
pub struct Row<'r> {
    handle: *mut ffi::sqlite3_stmt,
    statement: PhantomData<&'r ()>,
}

impl Sqlite {
    /// Opens a file, or `:memory:`.
    ///
    /// # Errors
    /// When SQLite cannot open it.
    pub fn open(file: &str) -> Result<Self> {
        let file = text(file)?;
        let mut handle = ptr::null_mut();
        let flags = ffi::SQLITE_OPEN_READWRITE | ffi::SQLITE_OPEN_CREATE | ffi::SQLITE_OPEN_URI;
        // SAFETY: `file` ends in NUL and outlives the call; `handle` is a place to write a pointer to.
        let code = unsafe { ffi::sqlite3_open_v2(file.as_ptr(), &raw mut handle, flags, ptr::null()) };
        // The handle is there even after a failure, for its message; dropping `connection` closes it.
        let connection = Self { handle };
        if code == ffi::SQLITE_OK { Ok(connection) } else { Err(connection.error()) }
    }

    /// Runs statements without parameters and without results.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn batch(&self, sql: &str) -> Result<()> {
        let sql = text(sql)?;
        // SAFETY: the handle is open; `sql` ends in NUL and outlives the call; there is no callback and no place for a message.
        let code = unsafe { ffi::sqlite3_exec(self.handle, sql.as_ptr(), None, ptr::null_mut(), ptr::null_mut()) };
        if code == ffi::SQLITE_OK { Ok(()) } else { Err(self.error()) }
    }

    /// Prepares a statement.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn prepare(&self, sql: &str) -> Result<Statement<'_>> {
        let sql = text(sql)?;
        let mut handle = ptr::null_mut();
        // SAFETY: the handle is open; `sql` ends in NUL, which -1 promises, and outlives the call; `handle` is a place to write a pointer to.
        let code = unsafe { ffi::sqlite3_prepare_v2(self.handle, sql.as_ptr(), -1, &raw mut handle, ptr::null_mut()) };
        if code != ffi::SQLITE_OK {
            return Err(self.error());
        }
        // SAFETY: the statement was prepared; SQLite gives 0 for the null pointer of an empty text.
        let parameters = unsafe { ffi::sqlite3_bind_parameter_count(handle) };
        Ok(Statement { handle, parameters: parameters as usize, connection: PhantomData })
    }

    /// The key of the row that was inserted last.
    pub fn last_insert_rowid(&self) -> i64 {
        // SAFETY: the handle is open.
        unsafe { ffi::sqlite3_last_insert_rowid(self.handle) }
    }

    fn error(&self) -> Error {
        error_of(self.handle)
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        // SAFETY: every statement borrows the connection, so none is left; closing a null handle does nothing.
        unsafe { ffi::sqlite3_close(self.handle) };
    }
}

impl Statement<'_> {
    /// Runs the statement and drops its rows.
    ///
    /// # Errors
    /// What SQLite says; when the number of parameters is not the statement's.
    #[inline]
    pub fn execute(&mut self, binds: &[Bind<'_>]) -> Result<()> {
        self.query(binds, |_| Ok(()))
    }

    /// Runs the statement and hands over its rows.
    ///
    /// # Errors
    /// What SQLite or `each` says; when the number of parameters is not the statement's.
    #[inline]
    pub fn query(&mut self, binds: &[Bind<'_>], mut each: impl FnMut(&Row<'_>) -> Result<()>) -> Result<()> {
        self.bind(binds)?;
        let outcome = loop {
            // SAFETY: the statement is prepared, and what it is bound to is borrowed for the whole of this call.
            match unsafe { ffi::sqlite3_step(self.handle) } {
                ffi::SQLITE_ROW => {
                    if let Err(error) = each(&Row { handle: self.handle, statement: PhantomData }) {
                        break Err(error);
                    }
                }
                ffi::SQLITE_DONE => break Ok(()),
                _ => break Err(self.error()),
            }
        };
        // SAFETY: the statement is prepared. After this it is not stepped before every parameter is bound anew.
        unsafe { ffi::sqlite3_reset(self.handle) };
        outcome
    }

    #[inline]
    fn bind(&mut self, binds: &[Bind<'_>]) -> Result<()> {
        if binds.len() != self.parameters {
            return Err(Error(format!("{} parameters for {} places", binds.len(), self.parameters)));
        }
        for (index, bind) in binds.iter().enumerate() {
            let index = index as c_int + 1;
            // SAFETY: the statement is prepared and reset. A text is bound in place (`SQLITE_STATIC`): the caller's borrow lasts until the
            // reset at the end of `query`, and whoever steps again binds every parameter before.
            let code = unsafe {
                match bind {
                    Bind::I64(value) => ffi::sqlite3_bind_int64(self.handle, index, *value),
                    Bind::Text(value) => ffi::sqlite3_bind_text(
                        self.handle,
                        index,
                        value.as_ptr().cast(),
                        value.len() as c_int,
                        ffi::SQLITE_STATIC(),
                    ),
                }
            };
            if code != ffi::SQLITE_OK {
                return Err(self.error());
            }
        }
        Ok(())
    }

    #[cold]
    fn error(&self) -> Error {
        // SAFETY: the statement is prepared, so its connection is open.
        error_of(unsafe { ffi::sqlite3_db_handle(self.handle) })
    }
}

impl Drop for Statement<'_> {
    fn drop(&mut self) {
        // SAFETY: the statement is finalized here and nowhere else; a null one does nothing.
        unsafe { ffi::sqlite3_finalize(self.handle) };
    }
}

impl Row<'_> {
    /// An integer.
    #[inline]
    pub fn i64(&self, column: c_int) -> i64 {
        // SAFETY: the statement stands on a row; SQLite gives 0 for a column that is not there.
        unsafe { ffi::sqlite3_column_int64(self.handle, column) }
    }

    /// Text; empty for `NULL`.
    ///
    /// # Errors
    /// When it is not UTF-8.
    #[inline]
    pub fn text(&self, column: c_int) -> Result<&str> {
        // SAFETY: the statement stands on a row, and `self` cannot outlive that. `sqlite3_column_text` gives null or as many bytes as
        // `sqlite3_column_bytes` says right after it.
        let bytes = unsafe {
            let start = ffi::sqlite3_column_text(self.handle, column);
            if start.is_null() {
                return Ok("");
            }
            std::slice::from_raw_parts(start, ffi::sqlite3_column_bytes(self.handle, column) as usize)
        };
        std::str::from_utf8(bytes).map_err(|error| Error(error.to_string()))
    }
}

fn text(text: &str) -> Result<CString> {
    CString::new(text).map_err(|error| Error(error.to_string()))
}

fn error_of(handle: *mut ffi::sqlite3) -> Error {
    // SAFETY: `sqlite3_errmsg` takes any handle that was opened, a null one too, and gives text that ends in NUL.
    let message = unsafe { CStr::from_ptr(ffi::sqlite3_errmsg(handle)) };
    Error(message.to_string_lossy().into_owned())
}
