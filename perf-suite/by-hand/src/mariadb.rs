//! libmariadb: prepared statements, parameters and results in binary.

use std::ffi::{CStr, CString, c_char, c_uint, c_ulong, c_void};
use std::marker::PhantomData;
use std::ptr;

use mysqlclient_sys as ffi;

use crate::{Error, Result};

/// An open connection.
#[derive(Debug)]
pub struct Mariadb {
    handle: *mut ffi::MYSQL,
}

/// Where a server is, and as whom to work there.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// The host; a name or an address.
    pub host: String,
    /// The port; 0 for the usual one.
    pub port: u16,
    /// A socket to use instead.
    pub socket: Option<String>,
    /// The user.
    pub user: String,
    /// The password, if any.
    pub password: Option<String>,
    /// The database.
    pub database: String,
}

/// A prepared statement.
#[derive(Debug)]
pub struct Statement<'c> {
    handle: *mut ffi::MYSQL_STMT,
    connection: PhantomData<&'c Mariadb>,
}

/// A parameter, borrowed from whoever runs the statement.
#[derive(Clone, Copy, Debug)]
pub enum Bind<'b> {
    /// `BIGINT`
    I64(i64),
    /// A text.
    Text(&'b str),
}

/// What a column of a result is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `BIGINT`
    I64,
    /// A text of at most 255 characters.
    Text,
}

/// The longest text of 255 characters.
const LONGEST: usize = 1020;

/// The buffers that a row is fetched into.
#[derive(Debug)]
pub struct Row {
    numbers: Vec<i64>,
    texts: Vec<[u8; LONGEST]>,
    lengths: Vec<c_ulong>,
}

impl Mariadb {
    /// Connects.
    ///
    /// # Errors
    /// What libmariadb says.
    pub fn connect(place: &Place) -> Result<Self> {
        let (host, user, database) = (text(&place.host)?, text(&place.user)?, text(&place.database)?);
        let password = place.password.as_deref().map(text).transpose()?;
        let socket = place.socket.as_deref().map(text).transpose()?;
        // SAFETY: a null pointer asks for a new handle.
        let connection = Self { handle: unsafe { ffi::mysql_init(ptr::null_mut()) } };
        if connection.handle.is_null() {
            return Err(Error("libmariadb has no memory left".to_owned()));
        }
        let or_null = |text: &Option<CString>| text.as_ref().map_or(ptr::null(), |text| text.as_ptr());
        // SAFETY: the handle is open; each text ends in NUL and outlives the calls, or is null, which means none.
        let connected = unsafe {
            let charset: *const c_char = c"utf8mb4".as_ptr();
            ffi::mysql_options(connection.handle, ffi::mysql_option::MYSQL_SET_CHARSET_NAME, charset.cast::<c_void>());
            ffi::mysql_real_connect(
                connection.handle,
                host.as_ptr(),
                user.as_ptr(),
                or_null(&password),
                database.as_ptr(),
                c_uint::from(place.port),
                or_null(&socket),
                0,
            )
        };
        if connected.is_null() { Err(connection.error()) } else { Ok(connection) }
    }

    /// Runs a statement without parameters and without results.
    ///
    /// # Errors
    /// What the server says.
    pub fn batch(&self, sql: &str) -> Result<()> {
        // SAFETY: the connection is open; the text lives as long as the call, which is told its length.
        let code = unsafe { ffi::mysql_real_query(self.handle, sql.as_ptr().cast(), sql.len() as c_ulong) };
        if code == 0 { Ok(()) } else { Err(self.error()) }
    }

    /// Prepares a statement.
    ///
    /// # Errors
    /// What the server says.
    pub fn prepare(&self, sql: &str) -> Result<Statement<'_>> {
        // SAFETY: the connection is open, and outlives the statement by its lifetime.
        let statement = Statement { handle: unsafe { ffi::mysql_stmt_init(self.handle) }, connection: PhantomData };
        if statement.handle.is_null() {
            return Err(self.error());
        }
        // SAFETY: the statement is open; the text lives as long as the call, which is told its length.
        unsafe { ffi::mysql_stmt_prepare(statement.handle, sql.as_ptr().cast(), sql.len() as c_ulong) };
        statement.check()?;
        Ok(statement)
    }

    /// The first key that the last INSERT generated.
    pub fn insert_id(&self) -> i64 {
        // SAFETY: the connection is open.
        unsafe { ffi::mysql_insert_id(self.handle) as i64 }
    }

    fn error(&self) -> Error {
        // SAFETY: the handle is not null; the message lives until the next call and is copied here.
        Error(unsafe { CStr::from_ptr(ffi::mysql_error(self.handle)) }.to_string_lossy().into_owned())
    }
}

impl Drop for Mariadb {
    fn drop(&mut self) {
        // SAFETY: the handle is used no more; a null one is taken, too.
        unsafe { ffi::mysql_close(self.handle) }
    }
}

impl Statement<'_> {
    /// Runs the statement; it gives no rows.
    ///
    /// # Errors
    /// What the server says; another number of parameters than the statement has.
    pub fn execute(&mut self, binds: &[Bind<'_>]) -> Result<()> {
        // SAFETY: the statement is prepared.
        let expected = unsafe { ffi::mysql_stmt_param_count(self.handle) } as usize;
        if expected != binds.len() {
            return Err(Error(format!("{expected} parameters are expected, {} given", binds.len())));
        }
        let mut buffers: Vec<ffi::MYSQL_BIND> = binds.iter().map(parameter).collect();
        // SAFETY: there are as many buffers as parameters; what they point to is borrowed from `binds`, which outlives both calls. libmariadb
        // copies the buffers and only reads what they point to, until the statement is executed.
        unsafe {
            ffi::mysql_stmt_bind_param(self.handle, buffers.as_mut_ptr());
        }
        self.check()?;
        // SAFETY: the statement is prepared and its parameters are bound.
        unsafe { ffi::mysql_stmt_execute(self.handle) };
        self.check()
    }

    /// Runs the statement and hands over its rows, as they arrive.
    ///
    /// # Errors
    /// What the server or `each` says; a column of another number or a text too long for the buffers.
    pub fn query(
        &mut self,
        binds: &[Bind<'_>],
        kinds: &[Kind],
        mut each: impl FnMut(&Row) -> Result<()>,
    ) -> Result<()> {
        self.execute(binds)?;
        // SAFETY: the statement has been executed.
        let columns = unsafe { ffi::mysql_stmt_field_count(self.handle) } as usize;
        if columns != kinds.len() {
            return Err(Error(format!("{} columns are expected, {columns} given", kinds.len())));
        }
        let mut row = Row { numbers: vec![0; columns], texts: vec![[0; LONGEST]; columns], lengths: vec![0; columns] };
        let mut buffers: Vec<ffi::MYSQL_BIND> = (0..columns).map(|column| row.buffer(column, kinds[column])).collect();
        // SAFETY: there are as many buffers as columns, each with its size; the row that they point into is not moved or changed while
        // rows are fetched, and outlives them.
        unsafe {
            ffi::mysql_stmt_bind_result(self.handle, buffers.as_mut_ptr());
        }
        self.check()?;
        loop {
            // SAFETY: the statement has been executed, and its columns are bound to `row`, which nobody borrows now.
            match unsafe { ffi::mysql_stmt_fetch(self.handle) } as u32 {
                0 => each(&row)?,
                ffi::MYSQL_NO_DATA => break,
                ffi::MYSQL_DATA_TRUNCATED => return Err(Error("a column does not fit its buffer".to_owned())),
                _ => return self.check(),
            }
        }
        // SAFETY: the statement has been executed.
        unsafe { ffi::mysql_stmt_free_result(self.handle) };
        Ok(())
    }

    fn check(&self) -> Result<()> {
        // SAFETY: the handle is not null; the message lives until the next call and is copied here.
        unsafe {
            if ffi::mysql_stmt_errno(self.handle) == 0 {
                return Ok(());
            }
            Err(Error(CStr::from_ptr(ffi::mysql_stmt_error(self.handle)).to_string_lossy().into_owned()))
        }
    }
}

impl Drop for Statement<'_> {
    fn drop(&mut self) {
        // SAFETY: the handle is used no more.
        unsafe { ffi::mysql_stmt_close(self.handle) };
    }
}

impl Row {
    /// A number.
    pub fn i64(&self, column: usize) -> i64 {
        self.numbers[column]
    }

    /// A text.
    ///
    /// # Errors
    /// When it is not UTF-8.
    pub fn text(&self, column: usize) -> Result<&str> {
        let bytes = &self.texts[column][..self.lengths[column] as usize];
        std::str::from_utf8(bytes).map_err(|error| Error(error.to_string()))
    }

    fn buffer(&mut self, column: usize, kind: Kind) -> ffi::MYSQL_BIND {
        let mut bind = empty();
        match kind {
            Kind::I64 => {
                bind.buffer_type = ffi::enum_field_types::MYSQL_TYPE_LONGLONG;
                bind.buffer = ptr::from_mut(&mut self.numbers[column]).cast();
                bind.buffer_length = size_of::<i64>() as c_ulong;
            }
            Kind::Text => {
                bind.buffer_type = ffi::enum_field_types::MYSQL_TYPE_STRING;
                bind.buffer = self.texts[column].as_mut_ptr().cast();
                bind.buffer_length = LONGEST as c_ulong;
            }
        }
        bind.length = ptr::from_mut(&mut self.lengths[column]);
        bind
    }
}

/// A buffer that says where a parameter is.
fn parameter(bind: &Bind<'_>) -> ffi::MYSQL_BIND {
    let mut buffer = empty();
    match bind {
        Bind::I64(value) => {
            buffer.buffer_type = ffi::enum_field_types::MYSQL_TYPE_LONGLONG;
            buffer.buffer = ptr::from_ref(value).cast_mut().cast();
            buffer.buffer_length = size_of::<i64>() as c_ulong;
        }
        Bind::Text(value) => {
            buffer.buffer_type = ffi::enum_field_types::MYSQL_TYPE_STRING;
            buffer.buffer = value.as_ptr().cast_mut().cast();
            buffer.buffer_length = value.len() as c_ulong;
        }
    }
    buffer
}

fn empty() -> ffi::MYSQL_BIND {
    // SAFETY: plain data: null pointers, zeros, and 0 is a member of its enum. The library's manual asks for it.
    unsafe { std::mem::zeroed() }
}

fn text(text: &str) -> Result<CString> {
    CString::new(text).map_err(|error| Error(error.to_string()))
}
