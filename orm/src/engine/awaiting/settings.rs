//! Settings of a tokio-postgres connection: libpq's keywords that the driver supports, and libpq's defaults.

use std::borrow::Cow;
use std::time::Duration;

use diesel_async::{AsyncConnection, AsyncPgConnection};
#[cfg(unix)]
use tokio::net::UnixStream;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use crate::engine::url::{DatabaseUrl, DriverConfig, PostgresConfig, keywords};
use crate::error::Error;

/// The keywords that mean the same to both.
const SHARED: &str = "application_name channel_binding connect_timeout dbname host hostaddr keepalives keepalives_idle \
                      keepalives_interval options password port target_session_attrs tcp_user_timeout user";

/// libpq's defaults from the environment, for settings that the URL leaves out.
const VARIABLES: &str = "application_name=PGAPPNAME connect_timeout=PGCONNECT_TIMEOUT dbname=PGDATABASE host=PGHOST \
                         options=PGOPTIONS password=PGPASSWORD port=PGPORT sslmode=PGSSLMODE user=PGUSER";

/// Socket directories of a local server: that of Debian, then that of PostgreSQL.
const SOCKETS: &str = "/var/run/postgresql,/tmp";

/// Refuses a URL that the driver cannot follow.
///
/// # Errors
/// [`Error::Configuration`], with the option.
pub(in crate::engine) fn check(url: &DatabaseUrl) -> Result<(), Error> {
    match &url.config {
        DriverConfig::Postgres(config) => {
            postgres(config).map(drop).map_err(|message| Error::Configuration { message })
        }
        _ => Ok(()),
    }
}

/// Opens a connection; the error is the reason as text. Hosts are tried one by one with our own timeout: the driver's
/// timeout ends when a host accepts, although the host may never answer.
pub(super) async fn establish(config: &PostgresConfig) -> Result<AsyncPgConnection, String> {
    let settings = settings(config)?;
    let value = |wanted: &str| settings.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.as_ref());
    let limit = value("connect_timeout").and_then(|seconds| seconds.parse().ok()).filter(|seconds| *seconds > 0);
    let mut failures = Vec::new();
    for (at, host) in value("hostaddr").or(value("host")).unwrap_or_default().split(',').enumerate() {
        let own = |list| str::split(list, ',').nth(at).unwrap_or(list);
        let keywords = keywords(settings.iter().map(|(name, value)| match *name {
            "host" | "hostaddr" | "port" => (*name, own(value)),
            name => (name, value.as_ref()),
        }));
        let opening = open(&keywords, host, own(value("port").unwrap_or("5432")));
        let opened = match limit.map(Duration::from_secs) {
            None => opening.await,
            Some(limit) => {
                // For each address that the host has.
                let limit = lookup_host((host, 0)).await.map_or(limit, |found| found.map(|_| limit).sum());
                timeout(limit, opening).await.unwrap_or_else(|_| Err(format!("{host}: timeout expired")))
            }
        };
        match opened {
            Ok(connection) => return Ok(connection),
            Err(message) => failures.push(message),
        }
    }
    Err(failures.join("; "))
}

/// Opens a connection to one host. The driver does not report why a host cannot be reached, so a failed address is
/// tried once more to get the reason.
async fn open(keywords: &str, host: &str, port: &str) -> Result<AsyncPgConnection, String> {
    let error = match AsyncPgConnection::establish(keywords).await {
        Ok(connection) => return Ok(connection),
        Err(error) => error.to_string(),
    };
    let tried = match host.starts_with('/') {
        #[cfg(unix)]
        true => UnixStream::connect(format!("{host}/.s.PGSQL.{port}")).await.map(drop),
        _ => TcpStream::connect((host, port.parse().unwrap_or_default())).await.map(drop),
    };
    Err(tried.map_or_else(|why| format!("{error} ({host}, port {port}: {why})"), |()| error.clone()))
}

/// The settings as a connection string; the error names an unknown option.
fn postgres(config: &PostgresConfig) -> Result<String, String> {
    let settings = settings(config)?;
    Ok(keywords(settings.iter().map(|(name, value)| (*name, value.as_ref()))))
}

fn settings(config: &PostgresConfig) -> Result<Vec<(&str, Cow<'_, str>)>, String> {
    let mut settings: Vec<(&str, Cow<'_, str>)> = Vec::new();
    let names = |wanted: &str| config.parameters.iter().any(|(name, _)| name == wanted);
    let of_url = config.parameters.iter().map(|(name, value)| (name.as_str(), Cow::from(value)));
    let variables = VARIABLES.split(' ').filter_map(|pair| pair.split_once('=')).filter(|(name, _)| !names(name));
    let of_environment = variables.filter_map(|(name, variable)| Some((name, std::env::var(variable).ok()?.into())));
    for (name, value) in of_url.chain(of_environment) {
        let name = match (name, &*value) {
            // With TLS, the driver would try in this order as well.
            ("sslmode", "allow" | "disable" | "prefer") | ("gssencmode", "disable" | "prefer") => continue,
            ("sslmode", _) => {
                return Err(format!(
                    "`sslmode={value}`: tokio-postgres speaks no TLS here; use an `Engine` over libpq, or a proxy"
                ));
            }
            ("keepalives_count", _) => "keepalives_retries",
            ("fallback_application_name", _) if names("application_name") => continue,
            ("fallback_application_name", _) => "application_name",
            (name, _) if SHARED.split(' ').any(|shared| shared == name) => name,
            (name, _) => {
                return Err(format!("tokio-postgres does not know the option `{name}`; use an `Engine` over libpq"));
            }
        };
        settings.push((name, value));
    }
    if !settings.iter().any(|(name, _)| matches!(*name, "host" | "hostaddr")) {
        settings.push(("host", SOCKETS.into()));
    }
    Ok(settings)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn told(url: &str) -> Result<String, String> {
        match DatabaseUrl::parse(url).unwrap().config {
            DriverConfig::Postgres(config) => postgres(&config),
            _ => unreachable!("a PostgreSQL URL"),
        }
    }

    #[test]
    fn what_both_drivers_know_is_passed_on() {
        let settings =
            told("postgresql://ed:it%27s@h:5433/d?sslmode=disable&keepalives_count=3&application_name=a").unwrap();
        assert_eq!(
            settings,
            r"user='ed' password='it\'s' port='5433' host='h' dbname='d' keepalives_retries='3' application_name='a'"
        );
        assert!(told("postgresql:///d").unwrap().contains("host='"));
    }

    #[test]
    fn what_the_driver_cannot_do_is_refused_by_name() {
        assert!(
            told("postgresql://h/d?sslmode=verify-full")
                .unwrap_err()
                .starts_with("`sslmode=verify-full`: tokio-postgres")
        );
        assert!(told("postgresql://h/d?sslcert=x").unwrap_err().contains("`sslcert`"));
        assert!(told("postgresql://h/d?service=x").unwrap_err().contains("`service`"));
    }
}
