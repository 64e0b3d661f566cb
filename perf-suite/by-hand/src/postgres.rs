//! libpq: prepared statements, parameters and results in binary.

use std::ffi::{CStr, CString, c_char, c_int};
use std::ptr;

use pq_sys as ffi;

use crate::{Error, Result};

/// An open connection.
#[derive(Debug)]
pub struct Postgres {
    handle: *mut ffi::PGconn,
}

/// A parameter, in PostgreSQL's binary format.
#[derive(Clone, Debug)]
pub struct Param(Vec<u8>);

/// A result, or a row of one.
#[derive(Debug)]
pub struct Rows {
    handle: *mut ffi::PGresult,
}

impl Param {
    /// `bigint`
    pub fn i64(value: i64) -> Self {
        Self(value.to_be_bytes().to_vec())
    }

    /// `bigint[]`
    pub fn i64_array(values: impl ExactSizeIterator<Item = i64>) -> Self {
        let mut out = array_header(20, values.len());
        out.reserve(values.len() * 12);
        for value in values {
            out.extend_from_slice(&8_i32.to_be_bytes());
            out.extend_from_slice(&value.to_be_bytes());
        }
        Self(out)
    }

    /// `text[]`
    pub fn text_array<'a>(values: impl ExactSizeIterator<Item = &'a str>) -> Self {
        let mut out = array_header(25, values.len());
        for value in values {
            out.extend_from_slice(&(value.len() as i32).to_be_bytes());
            out.extend_from_slice(value.as_bytes());
        }
        Self(out)
    }
}

/// One dimension, no NULLs, the type of a member, how many, counted from 1.
fn array_header(member: i32, len: usize) -> Vec<u8> {
    [1, 0, member, len as i32, 1].iter().flat_map(|word: &i32| word.to_be_bytes()).collect()
}

impl Postgres {
    /// Connects to a URL.
    ///
    /// # Errors
    /// What libpq says.
    pub fn connect(url: &str) -> Result<Self> {
        let url = text(url)?;
        // SAFETY: `url` ends in NUL and outlives the call.
        let connection = Self { handle: unsafe { ffi::PQconnectdb(url.as_ptr()) } };
        // SAFETY: libpq takes the handle, a null one too.
        let status = unsafe { ffi::PQstatus(connection.handle) };
        if status == ffi::ConnStatusType::CONNECTION_OK { Ok(connection) } else { Err(connection.error()) }
    }

    /// Runs statements without parameters and without results.
    ///
    /// # Errors
    /// What the server says.
    pub fn batch(&mut self, sql: &str) -> Result<()> {
        let sql = text(sql)?;
        // SAFETY: the connection is open; `sql` ends in NUL and outlives the call.
        let rows = Rows { handle: unsafe { ffi::PQexec(self.handle, sql.as_ptr()) } };
        self.check(rows).map(drop)
    }

    /// Prepares a statement under a name.
    ///
    /// # Errors
    /// What the server says.
    pub fn prepare(&mut self, name: &str, sql: &str) -> Result<()> {
        let (name, sql) = (text(name)?, text(sql)?);
        // SAFETY: the connection is open; both texts end in NUL and outlive the call; no parameter types are given.
        let handle = unsafe { ffi::PQprepare(self.handle, name.as_ptr(), sql.as_ptr(), 0, ptr::null()) };
        self.check(Rows { handle }).map(drop)
    }

    /// Runs a prepared statement and holds its whole result.
    ///
    /// # Errors
    /// What the server says.
    pub fn execute(&mut self, name: &str, params: &[Param]) -> Result<Rows> {
        let name = text(name)?;
        let (values, lengths, formats) = pointers(params);
        // SAFETY: the connection is open; the three arrays have as many members as there are parameters, and they, the parameters and the
        // name outlive the call. Results are asked for in binary.
        let handle = unsafe {
            ffi::PQexecPrepared(
                self.handle,
                name.as_ptr(),
                params.len() as c_int,
                values.as_ptr(),
                lengths.as_ptr(),
                formats.as_ptr(),
                1,
            )
        };
        self.check(Rows { handle })
    }

    /// Runs a prepared statement and hands over its rows one by one, as they arrive.
    ///
    /// # Errors
    /// What the server or `each` says.
    pub fn stream(&mut self, name: &str, params: &[Param], mut each: impl FnMut(&Rows) -> Result<()>) -> Result<()> {
        let name = text(name)?;
        let (values, lengths, formats) = pointers(params);
        // SAFETY: as in `execute`; libpq has copied everything when it returns.
        let sent = unsafe {
            ffi::PQsendQueryPrepared(
                self.handle,
                name.as_ptr(),
                params.len() as c_int,
                values.as_ptr(),
                lengths.as_ptr(),
                formats.as_ptr(),
                1,
            )
        };
        // SAFETY: the connection is open, and a query was just sent.
        if sent != 1 || unsafe { ffi::PQsetSingleRowMode(self.handle) } != 1 {
            return Err(self.error());
        }
        let mut outcome = Ok(());
        loop {
            // SAFETY: the connection is open; null says that the result is at its end.
            let rows = Rows { handle: unsafe { ffi::PQgetResult(self.handle) } };
            if rows.handle.is_null() {
                return outcome;
            }
            // What comes after a failure is read to its end, or the connection could not go on.
            if outcome.is_ok() {
                outcome = self.check(rows).and_then(|rows| if rows.is_empty() { Ok(()) } else { each(&rows) });
            }
        }
    }

    fn check(&self, rows: Rows) -> Result<Rows> {
        // SAFETY: libpq takes any result, a null one too.
        match unsafe { ffi::PQresultStatus(rows.handle) } {
            ffi::ExecStatusType::PGRES_COMMAND_OK
            | ffi::ExecStatusType::PGRES_TUPLES_OK
            | ffi::ExecStatusType::PGRES_SINGLE_TUPLE => Ok(rows),
            _ => Err(self.error()),
        }
    }

    #[cold]
    fn error(&self) -> Error {
        // SAFETY: libpq takes the handle, a null one too, and gives text that ends in NUL and lasts until the next call.
        let message = unsafe { CStr::from_ptr(ffi::PQerrorMessage(self.handle)) };
        Error(message.to_string_lossy().trim().to_owned())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // SAFETY: the connection is closed here and nowhere else.
        unsafe { ffi::PQfinish(self.handle) };
    }
}

impl Rows {
    /// How many rows.
    pub fn len(&self) -> usize {
        // SAFETY: libpq takes any result, a null one too.
        unsafe { ffi::PQntuples(self.handle) as usize }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A `bigint`.
    ///
    /// # Errors
    /// When it has not eight bytes.
    #[inline]
    pub fn i64(&self, row: usize, column: c_int) -> Result<i64> {
        let bytes = self.bytes(row, column).try_into().map_err(|_| Error("not a bigint".to_owned()))?;
        Ok(i64::from_be_bytes(bytes))
    }

    /// Text; empty for `NULL`.
    ///
    /// # Errors
    /// When it is not UTF-8.
    #[inline]
    pub fn text(&self, row: usize, column: c_int) -> Result<&str> {
        std::str::from_utf8(self.bytes(row, column)).map_err(|error| Error(error.to_string()))
    }

    #[inline]
    fn bytes(&self, row: usize, column: c_int) -> &[u8] {
        let row = row as c_int;
        // SAFETY: libpq gives null for a place outside the result, else as many bytes as it says, which last as long as the result.
        unsafe {
            let start = ffi::PQgetvalue(self.handle, row, column);
            if start.is_null() {
                return &[];
            }
            std::slice::from_raw_parts(start.cast(), ffi::PQgetlength(self.handle, row, column) as usize)
        }
    }
}

impl Drop for Rows {
    fn drop(&mut self) {
        // SAFETY: the result is freed here and nowhere else; a null one does nothing.
        unsafe { ffi::PQclear(self.handle) };
    }
}

fn pointers(params: &[Param]) -> (Vec<*const c_char>, Vec<c_int>, Vec<c_int>) {
    (
        params.iter().map(|param| param.0.as_ptr().cast()).collect(),
        params.iter().map(|param| param.0.len() as c_int).collect(),
        vec![1; params.len()],
    )
}

fn text(text: &str) -> Result<CString> {
    CString::new(text).map_err(|error| Error(error.to_string()))
}
