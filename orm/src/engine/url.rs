//! Database URLs in SQLAlchemy's spelling, parsed once; the password never shows.

use std::fmt;
use std::time::Duration;

use super::dialect::form::Driver;
use super::dialect::{Capabilities, DialectName};
use super::transaction::BeginMode;
use crate::error::{Error, Result};

/// The URL of a database. `Display` and `Debug` mask the password.
///
/// | URL | database |
/// | --- | --- |
/// | `sqlite://`, `sqlite:///:memory:` | SQLite in memory, gone with the engine |
/// | `sqlite:///file.db` | SQLite, relative to the working directory |
/// | `sqlite:////var/lib/file.db` | SQLite, absolute |
/// | `postgresql://user:password@host:5432/name` | PostgreSQL; an [`Engine`](super::Engine) speaks to it through libpq, an `AsyncEngine` through tokio-postgres |
/// | `postgresql+tokio-postgres://user@host/name` | PostgreSQL through tokio-postgres wherever the engine blocks too (feature `async`): large results arrive faster; no TLS |
/// | `mariadb://user:password@host:3306/name` | MariaDB |
/// | `mysql://user:password@host:3306/name` | MySQL |
///
/// Counterpart: `sqlalchemy.engine.URL`.
#[derive(Clone)]
pub struct DatabaseUrl {
    masked: String,
    dialect: &'static Capabilities,
    pub(super) config: DriverConfig,
}

/// Settings of a URL for its driver, by database.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum DriverConfig {
    /// A file, or memory.
    Sqlite(SqliteConfig),
    /// A server.
    Postgres(PostgresConfig),
    /// A server of MariaDB or MySQL.
    Mysql(MysqlConfig),
}

/// Settings of a SQLite URL.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct SqliteConfig {
    /// The file; `None` in memory.
    pub(super) path: Option<String>,
    /// `mode` and `immutable`, in SQLite's spelling.
    pub(super) parameters: Vec<(String, String)>,
    /// Time to wait for a lock.
    pub(super) timeout: Option<Duration>,
    /// When a transaction locks the database for writing.
    pub(super) begin: Option<BeginMode>,
}

/// Settings of a PostgreSQL URL: libpq's keywords and their values.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct PostgresConfig {
    /// In the order of the URL.
    pub(super) parameters: Vec<(String, String)>,
    /// Secrets to mask, decoded and in the URL's spelling.
    pub(super) secrets: Vec<String>,
    /// Whether the driver is tokio-postgres, also for blocking engines.
    pub(super) awaited: bool,
}

/// Settings of a URL of MariaDB or MySQL.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct MysqlConfig {
    user: String,
    password: Option<String>,
    /// Host and port in the URL's spelling.
    host: String,
    pub(super) database: Option<String>,
    unix_socket: Option<String>,
    /// Secrets to mask, decoded and in the URL's spelling.
    secrets: Vec<String>,
}

/// Accepted options. `charset` may only repeat the default.
const MYSQL_OPTIONS: &[&str] = &["charset", "unix_socket"];

const SQLITE_OPTIONS: &[&str] = &["begin", "immutable", "mode", "timeout"];

/// libpq's connection keywords that are accepted after the `?`. `client_encoding` is missing: the driver speaks UTF-8.
const POSTGRES_OPTIONS: &[&str] = &[
    "application_name",
    "channel_binding",
    "connect_timeout",
    "dbname",
    "fallback_application_name",
    "gssencmode",
    "host",
    "hostaddr",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "krbsrvname",
    "options",
    "passfile",
    "password",
    "port",
    "require_auth",
    "service",
    "sslcert",
    "sslcrl",
    "sslkey",
    "sslmode",
    "sslpassword",
    "sslrootcert",
    "target_session_attrs",
    "tcp_user_timeout",
    "user",
];

/// Names of the async driver of PostgreSQL: its own, and that of SQLAlchemy's equivalent.
const TOKIO_POSTGRES: [&str; 2] = ["tokio-postgres", "asyncpg"];

/// Those whose value must never show.
const SECRET_OPTIONS: &[&str] = &["password", "sslpassword"];

impl DatabaseUrl {
    /// Parses a URL.
    ///
    /// ```
    /// use orm::engine::DatabaseUrl;
    /// let url = DatabaseUrl::parse("sqlite://")?;
    /// assert!(url.is_in_memory());
    /// assert!(DatabaseUrl::parse("oracle://db").is_err());
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Configuration`] for an unknown scheme, driver or option, and for a database whose cargo feature is off.
    pub fn parse(url: &str) -> Result<Self> {
        let Some((scheme, rest)) = url.split_once("://") else {
            return Err(configuration(format!(
                "a database URL begins with a scheme, such as `sqlite:///file.db` or `postgresql://user@host/name`; `{}` has none",
                // The text may contain a password, also as `password=...`, unless it is a SQLite path.
                if url.contains(['@', '=', ':']) && !url.starts_with("sqlite:") { "***" } else { url }
            )));
        };
        let (database, driver) = scheme.split_once('+').map_or((scheme, None), |(name, driver)| (name, Some(driver)));
        let knows = |dialect: &&&'static Capabilities| dialect.schemes.contains(&database);
        let Some(dialect) = Capabilities::ALL.iter().find(knows).copied() else {
            return Err(configuration(format!(
                "the scheme `{database}` is not known; accepted are {}",
                accepted_schemes()
            )));
        };
        check_driver(database, driver, dialect)?;
        let awaited = driver.is_some_and(|driver| TOKIO_POSTGRES.contains(&driver));
        let (masked, config) = match dialect.driver {
            Driver::Sqlite => sqlite_target(rest)?,
            Driver::Postgres => postgres_target(url, rest, awaited)?,
            Driver::Mysql => mysql_target(url, rest)?,
        };
        let parsed = Self { masked, dialect, config };
        #[cfg(all(feature = "postgres", feature = "async"))]
        if awaited {
            super::awaiting::check_settings(&parsed)?;
        }
        Ok(parsed)
    }

    /// Which database.
    pub fn dialect(&self) -> DialectName {
        self.dialect.dialect
    }

    /// The dialect that the scheme names.
    pub(super) fn capabilities(&self) -> &'static Capabilities {
        self.dialect
    }

    /// Whether the database is in memory and ends with its connection.
    pub fn is_in_memory(&self) -> bool {
        matches!(&self.config, DriverConfig::Sqlite(SqliteConfig { path: None, .. }))
    }

    /// Time of the write lock, if the URL sets it.
    pub(super) fn begin_mode(&self) -> Option<BeginMode> {
        match &self.config {
            DriverConfig::Sqlite(config) => config.begin,
            _ => None,
        }
    }

    /// Timeout for locks, if the URL sets one.
    pub(super) fn busy_timeout(&self) -> Option<Duration> {
        match &self.config {
            DriverConfig::Sqlite(config) => config.timeout,
            _ => None,
        }
    }

    /// The database of the URL, where the driver does not select it.
    pub(super) fn unselected_database(&self) -> Option<&str> {
        match &self.config {
            DriverConfig::Mysql(config) => config.database.as_deref(),
            _ => None,
        }
    }

    /// Connect error with the driver's message.
    pub(super) fn cannot_connect(&self, message: &str) -> Error {
        Error::Connect { url: self.to_string(), message: self.mask(message.trim()) }
    }

    /// Masks all secrets in a driver's message.
    pub(super) fn mask(&self, message: &str) -> String {
        let secrets = match &self.config {
            DriverConfig::Sqlite(_) => return message.to_owned(),
            DriverConfig::Postgres(config) => &config.secrets,
            DriverConfig::Mysql(config) => &config.secrets,
        };
        secrets.iter().fold(message.to_owned(), |text, secret| text.replace(secret.as_str(), "***"))
    }
}

/// URLs are equal when their masked texts and their secrets are equal.
impl PartialEq for DatabaseUrl {
    fn eq(&self, other: &Self) -> bool {
        self.masked == other.masked && self.config == other.config && self.dialect.name == other.dialect.name
    }
}

impl Eq for DatabaseUrl {}

fn sqlite_target(rest: &str) -> Result<(String, DriverConfig)> {
    feature(cfg!(feature = "sqlite"), "sqlite")?;
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let mut config = SqliteConfig::default();
    match path.strip_prefix('/') {
        _ if path.is_empty() => {}
        Some("" | ":memory:") => {}
        Some(file) => config.path = Some(decode(file)?),
        None => {
            return Err(configuration(format!(
                "`sqlite://{path}` names a host, and SQLite has none: \
                 write `sqlite:///{path}` for a relative file, `sqlite:////{path}` for an absolute one"
            )));
        }
    }
    for (name, value) in options(query, SQLITE_OPTIONS, "SQLite")? {
        match name.as_str() {
            "timeout" => config.timeout = Some(seconds(&value)?),
            "begin" => config.begin = Some(begin_mode(&value)?),
            "mode" if !["ro", "rw", "rwc"].contains(&value.as_str()) => {
                return Err(configuration(format!("`mode={value}` is not known; accepted are ro, rw and rwc")));
            }
            "immutable" if !["0", "1"].contains(&value.as_str()) => {
                return Err(configuration(format!("`immutable={value}` is not known; accepted are 0 and 1")));
            }
            _ => config.parameters.push((name, value)),
        }
    }
    Ok((format!("sqlite://{rest}"), DriverConfig::Sqlite(config)))
}

fn postgres_target(url: &str, rest: &str, awaited: bool) -> Result<(String, DriverConfig)> {
    feature(cfg!(feature = "postgres"), "postgres")?;
    feature(!awaited || cfg!(feature = "async"), "async")?;
    let Location { user, password, host, name, query } = Location::of(rest);
    let mut config = PostgresConfig { parameters: Vec::new(), secrets: Vec::new(), awaited };
    config.set("user", user)?;
    if let Some(password) = password {
        config.set("password", password)?;
    }
    config.set_host(host)?;
    config.set("dbname", name)?;
    for (name, value) in options(query, POSTGRES_OPTIONS, "PostgreSQL")? {
        if SECRET_OPTIONS.contains(&name.as_str()) {
            config.add_secret(&value);
        }
        config.parameters.push((name, value));
    }
    // An option may contain the secret in its percent-encoded form.
    for pair in query.split('&') {
        if let Some((name, value)) = pair.split_once('=')
            && SECRET_OPTIONS.contains(&name)
        {
            config.add_secret(value);
        }
    }
    Ok((mask_url(url), DriverConfig::Postgres(config)))
}

fn mysql_target(url: &str, rest: &str) -> Result<(String, DriverConfig)> {
    feature(cfg!(feature = "mysql"), "mysql")?;
    let Location { user, password, host, name, query } = Location::of(rest);
    split_port(host)?;
    let mut config = MysqlConfig {
        user: decode(user)?,
        password: password.map(decode).transpose()?,
        host: if host.is_empty() { "localhost".to_owned() } else { host.to_owned() },
        database: Some(decode(name)?).filter(|name| !name.is_empty()),
        unix_socket: None,
        secrets: Vec::new(),
    };
    let spellings = [config.password.clone(), password.map(str::to_owned)];
    config.secrets.extend(spellings.into_iter().flatten().filter(|secret| !secret.is_empty()));
    for (name, value) in options(query, MYSQL_OPTIONS, "MySQL and MariaDB")? {
        match name.as_str() {
            "charset" if value != "utf8mb4" => {
                return Err(configuration(format!("`charset={value}`: the driver speaks utf8mb4, and nothing else")));
            }
            "charset" => {}
            _ => config.unix_socket = Some(value),
        }
    }
    Ok((mask_url(url), DriverConfig::Mysql(config)))
}

/// The parts of a server's URL, still percent-encoded.
struct Location<'u> {
    user: &'u str,
    password: Option<&'u str>,
    host: &'u str,
    name: &'u str,
    query: &'u str,
}

impl<'u> Location<'u> {
    /// `user:password@host:port/name?query`, of which every part may be missing.
    fn of(rest: &'u str) -> Self {
        let (location, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, name) = location.split_once('/').unwrap_or((location, ""));
        let (user, host) = authority.rsplit_once('@').map_or(("", authority), |(user, host)| (user, host));
        let (user, password) = user.split_once(':').map_or((user, None), |(user, password)| (user, Some(password)));
        Self { user, password, host, name, query }
    }
}

impl MysqlConfig {
    /// The URL for diesel. The database is selected by a statement, because diesel does not decode its name.
    #[cfg(feature = "mysql")]
    pub(super) fn connection_url(&self) -> String {
        match &self.unix_socket {
            Some(socket) => format!("{}?unix_socket={}", self.slot(), encode(socket)),
            None => self.slot(),
        }
    }

    /// The URL for mysql_async. `localhost` means the server's socket, as with the blocking driver.
    #[cfg(all(feature = "async", feature = "mysql"))]
    pub(super) fn async_url(&self) -> String {
        match &self.unix_socket {
            Some(socket) => format!("{}?socket={}", self.slot(), encode(socket)),
            None => format!("{}?prefer_socket={}", self.slot(), self.host == "localhost"),
        }
    }

    #[cfg(feature = "mysql")]
    fn slot(&self) -> String {
        let mut url = format!("mysql://{}", encode(&self.user));
        if let Some(password) = &self.password {
            url.push_str(&format!(":{}", encode(password)));
        }
        url.push_str(&format!("@{}/", self.host));
        url
    }
}

/// Every byte that is not a letter or digit percent-encoded.
#[cfg(feature = "mysql")]
fn encode(text: &str) -> String {
    let byte = |byte: u8| match byte.is_ascii_alphanumeric() {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

impl SqliteConfig {
    /// The file name for SQLite, or a `file:` URI when there are parameters.
    #[cfg(feature = "sqlite")]
    pub(super) fn file_name(&self) -> String {
        let Some(path) = &self.path else { return ":memory:".to_owned() };
        // A file whose name begins so would be taken for a URI.
        let ambiguous = path.starts_with("file:") || path.starts_with("sqlite://") || path.starts_with(':');
        if self.parameters.is_empty() && !ambiguous {
            return path.clone();
        }
        let mut uri = String::from("file:");
        for character in path.chars() {
            match character {
                '%' => uri.push_str("%25"),
                '?' => uri.push_str("%3F"),
                '#' => uri.push_str("%23"),
                _ => uri.push(character),
            }
        }
        for (position, (name, value)) in self.parameters.iter().enumerate() {
            uri.push(if position == 0 { '?' } else { '&' });
            uri.push_str(name);
            uri.push('=');
            uri.push_str(value);
        }
        uri
    }
}

impl PostgresConfig {
    /// The connection string for libpq.
    #[cfg(feature = "postgres")]
    pub(super) fn connection_string(&self) -> String {
        keywords(self.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())))
    }

    fn set(&mut self, name: &str, encoded: &str) -> Result<()> {
        if encoded.is_empty() {
            return Ok(());
        }
        let value = decode(encoded)?;
        if SECRET_OPTIONS.contains(&name) {
            self.add_secret(encoded);
            self.add_secret(&value);
        }
        self.parameters.push((name.to_owned(), value));
        Ok(())
    }

    fn set_host(&mut self, text: &str) -> Result<()> {
        let (host, port) = split_port(text)?;
        if let Some(port) = port {
            self.set("port", port)?;
        }
        self.set("host", host)
    }

    fn add_secret(&mut self, secret: &str) {
        if !secret.is_empty() && !self.secrets.iter().any(|known| known == secret) {
            self.secrets.push(secret.to_owned());
            // Longest first: otherwise a short secret would be masked within a longer one, and the rest would show.
            self.secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        }
    }
}

/// `keyword='value' ...`
#[cfg(feature = "postgres")]
pub(super) fn keywords<'p>(parameters: impl Iterator<Item = (&'p str, &'p str)>) -> String {
    let pairs = parameters.map(|(name, value)| {
        let escaped = value.replace('\\', "\\\\").replace('\'', "\\'");
        format!("{name}='{escaped}'")
    });
    pairs.collect::<Vec<_>>().join(" ")
}

/// The parts of `host`, `host:port` or `[::1]:port`.
fn split_port(text: &str) -> Result<(&str, Option<&str>)> {
    let bracketed = text.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let (host, port) = match bracketed {
        Some((host, "")) => (host, None),
        Some((host, rest)) => (host, Some(rest.strip_prefix(':').unwrap_or(rest))),
        None => text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
    };
    if port.is_some_and(|port| !port.is_empty() && port.parse::<u16>().is_err()) {
        // Not shown, as the text may be part of a password with an unescaped `@` or `/`.
        return Err(configuration(
            "the port of the URL is not a number; percent-encode `@`, `/` and `:` within a user name or password"
                .to_owned(),
        ));
    }
    Ok((host, port))
}

/// The URL with `***` for the password and every secret option.
fn mask_url(url: &str) -> String {
    let (location, query) = url.split_once('?').map_or((url, None), |(location, query)| (location, Some(query)));
    let mut masked = match (location.find("://"), location.rfind('@')) {
        (Some(scheme), Some(at)) => match location[scheme + 3..at].find(':') {
            Some(colon) => format!("{}:***{}", &location[..scheme + 3 + colon], &location[at..]),
            None => location.to_owned(),
        },
        _ => location.to_owned(),
    };
    if let Some(query) = query {
        let has_secret = SECRET_OPTIONS.iter().any(|secret| query.contains(secret));
        let pairs = query.split('&').map(|pair| match pair.split_once('=') {
            Some((name, _)) if SECRET_OPTIONS.contains(&name) => format!("{name}=***"),
            // The text may be the rest of a secret with an `&`.
            None if has_secret => "***".to_owned(),
            Some((name, _)) if has_secret && !is_option(name) => "***".to_owned(),
            _ => pair.to_owned(),
        });
        masked.push('?');
        masked.push_str(&pairs.collect::<Vec<_>>().join("&"));
    }
    masked
}

/// Whether any database has an option of this name.
fn is_option(name: &str) -> bool {
    [SQLITE_OPTIONS, POSTGRES_OPTIONS, MYSQL_OPTIONS].iter().any(|options| options.contains(&name))
}

/// The schemes of all dialects, for a message.
fn accepted_schemes() -> String {
    let names: Vec<String> = Capabilities::ALL
        .iter()
        .map(|dialect| match dialect.schemes {
            [] => String::new(),
            [only] => (*only).to_owned(),
            [first, others @ ..] => format!("{first} (or {})", others.join(", ")),
        })
        .collect();
    match names.split_last() {
        Some((last, names)) => format!("{} and {last}", names.join(", ")),
        None => String::new(),
    }
}

fn check_driver(database: &str, driver: Option<&str>, dialect: &Capabilities) -> Result<()> {
    let (accepted, note) = dialect.url_drivers;
    match driver {
        Some(driver) if !accepted.contains(&driver) => Err(configuration(format!(
            "`{database}+{driver}`: the driver is not known, so leave `+{driver}` out; accepted {} {}{note}",
            if accepted.len() == 1 { "is" } else { "are" },
            accepted.join(", "),
        ))),
        _ => Ok(()),
    }
}

fn options(query: &str, accepted: &[&str], database: &str) -> Result<Vec<(String, String)>> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let options: Vec<(String, String)> = pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            if name.contains(['@', '/', ':']) || !accepted.contains(&name) && query.contains('@') {
                // Not shown, as the text may be the end of a password.
                return Err(configuration("percent-encode `?` within a user name or password (`%3F`)".to_owned()));
            }
            if !accepted.contains(&name) && SECRET_OPTIONS.iter().any(|secret| query.contains(secret)) {
                // Not shown, as the text may be the rest of a secret.
                return Err(configuration(format!(
                    "an option is not known for {database}, or a secret among the options has an `&` that is not \
                     percent-encoded (`%26`); accepted are {}",
                    accepted.join(", ")
                )));
            }
            if !accepted.contains(&name) {
                return Err(configuration(format!(
                    "the option `{name}` is not known for {database}; accepted are {}",
                    accepted.join(", ")
                )));
            }
            Ok((name.to_owned(), decode(value)?))
        })
        .collect::<Result<_>>()?;
    let is_twice = |(at, (name, _)): &(usize, &(String, String))| options[..*at].iter().any(|(other, _)| other == name);
    match options.iter().enumerate().find(is_twice) {
        // In SQLAlchemy this means several hosts; our drivers would use only the last.
        Some((_, (name, _))) => Err(configuration(format!(
            "the option `{name}` stands twice; remove one (several hosts stand in one option: `host=a,b`)"
        ))),
        None => Ok(options),
    }
}

fn seconds(text: &str) -> Result<Duration> {
    let parsed = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    parsed.ok_or_else(|| configuration(format!("`timeout={text}`: write a number of seconds, such as `timeout=2.5`")))
}

fn begin_mode(text: &str) -> Result<BeginMode> {
    match text.to_ascii_lowercase().as_str() {
        "deferred" => Ok(BeginMode::Deferred),
        "immediate" => Ok(BeginMode::Immediate),
        "exclusive" => Ok(BeginMode::Exclusive),
        _ => Err(configuration(format!("`begin={text}` is not known; accepted are deferred, immediate and exclusive"))),
    }
}

/// Undoes percent-encoding.
fn decode(text: &str) -> Result<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| byte.and_then(|b| char::from(b).to_digit(16)).and_then(|d| u8::try_from(d).ok());
        match (digit(rest.next()), digit(rest.next())) {
            (Some(high), Some(low)) => bytes.push(high * 16 + low),
            _ => return Err(configuration("a `%` in the URL stands alone; write `%25` for it".to_owned())),
        }
    }
    let decoded = String::from_utf8(bytes).ok().filter(|decoded| !decoded.contains('\0'));
    decoded.ok_or_else(|| configuration("a percent-encoded part of the URL is not UTF-8 text".to_owned()))
}

fn feature(enabled: bool, name: &str) -> Result<()> {
    if enabled {
        return Ok(());
    }
    Err(configuration(format!("this program was built without it: switch on the cargo feature `{name}` of `orm`")))
}

fn configuration(message: String) -> Error {
    Error::Configuration { message }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked)
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({})", self.masked)
    }
}

#[cfg(test)]
mod tests;
