//! Servers: what is said when they cannot be reached, when they refuse, and when they go away.

use chrono::NaiveDate;
use orm::engine::{AsyncEngine, DialectName};
use orm::{DatabaseErrorKind, Result, text};

use super::{everywhere, insert, named, table};

#[cfg(feature = "postgres")]
#[tokio::test]
async fn a_server_that_is_not_there_is_told_with_the_reason_and_without_the_password() {
    for url in ["postgresql://ed:secret@127.0.0.1:1/d", "postgresql://ed:secret@/d?host=/nowhere"] {
        let orm::Error::Connect { url, message, .. } = AsyncEngine::new(url).unwrap().connect().await.unwrap_err()
        else {
            panic!("not an error of the connection");
        };
        assert!(message.contains("refused") || message.contains("No such file"), "{message}");
        assert!(!url.contains("secret") && !message.contains("secret"), "{url}: {message}");
    }
    let error = AsyncEngine::new("postgresql://h/d?sslmode=require").unwrap_err();
    assert!(error.to_string().contains("no TLS"), "{error}");
}

/// What libpq takes from the environment must not be passed over where it asks for more than the driver can do.
#[cfg(feature = "postgres")]
#[test]
fn an_environment_that_asks_for_tls_is_refused() {
    if std::env::var("PGSSLMODE").as_deref() == Ok("verify-full") {
        let error = AsyncEngine::new("postgresql://h/d").unwrap_err();
        assert!(error.to_string().contains("no TLS"), "{error}");
        assert!(AsyncEngine::new("postgresql://h/d?sslmode=disable").is_ok());
        return;
    }
    // A program's own environment is not for a test to change: the test runs again in another.
    let mut again = std::process::Command::new(std::env::current_exe().unwrap());
    again.args(["--exact", "servers::an_environment_that_asks_for_tls_is_refused"]).env("PGSSLMODE", "verify-full");
    let done = again.output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
}

/// Each of several hosts has its time, as with libpq, also where it accepts and says nothing.
#[cfg(feature = "postgres")]
#[tokio::test]
async fn a_server_that_is_silent_is_waited_for_as_long_as_the_url_says() {
    let silent = || std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (one, two) = (silent(), silent());
    let ports = [&one, &two].map(|listener| listener.local_addr().unwrap().port().to_string()).join(",");
    let url = format!("postgresql://ed@/d?host=127.0.0.1,127.0.0.1&port={ports}&connect_timeout=1");
    let engine = AsyncEngine::new(&url).unwrap();
    let connecting = tokio::time::timeout(std::time::Duration::from_secs(30), engine.connect());
    let error = connecting.await.unwrap().unwrap_err().to_string();
    assert_eq!(error.matches("timeout expired").count(), 2, "{error}");
    for listener in [one, two] {
        listener.set_nonblocking(true).unwrap();
        assert!(listener.accept().is_ok());
    }
}

#[cfg(feature = "mysql")]
#[tokio::test]
async fn a_mariadb_that_is_not_there_is_told_with_the_reason_and_without_the_password() {
    let engine = AsyncEngine::new("mariadb://ed:secret@127.0.0.1:1/d").unwrap();
    let orm::Error::Connect { url, message, .. } = engine.connect().await.unwrap_err() else {
        panic!("not an error of the connection");
    };
    assert!(message.contains("refused"), "{message}");
    assert!(!url.contains("secret") && !message.contains("secret"), "{url}: {message}");
}

#[tokio::test]
async fn what_is_refused_is_told_as_by_blocking_drivers() -> Result<()> {
    for engine in everywhere(|builder| builder) {
        table(&engine, "refused").await?;
        let mut connection = engine.connect().await?;
        insert(&mut connection, "refused", 1).await?;
        let kind = |outcome: Result<usize>| outcome.unwrap_err().database_kind();
        assert_eq!(kind(insert(&mut connection, "refused", 1).await), Some(DatabaseErrorKind::UniqueViolation));
        let missing = connection.execute(&text(format!("DELETE FROM {}", named(&engine, "no_table_of_ours")))).await;
        assert_eq!(kind(missing), Some(DatabaseErrorKind::MissingTable));
        let zero = connection.execute(&text("SELECT 1\0")).await.unwrap_err();
        assert!(zero.to_string().contains("zero byte"), "{zero}");
        assert!(!connection.is_broken());
        assert_eq!(connection.query(&text("SELECT 1")).await?.len(), 1);
    }
    Ok(())
}

/// The drivers of MariaDB and MySQL cut a year to 16 bits.
#[tokio::test]
async fn a_date_comes_back_or_is_refused() -> Result<()> {
    for engine in everywhere(|builder| builder) {
        for year in [-44, 0, 9_999, 12_026, 65_537, 67_562] {
            let day = NaiveDate::from_ymd_opt(year, 1, 2).unwrap();
            let statement = text("SELECT CAST(:day AS DATE)").bind("day", day);
            let statement =
                if engine.dialect() == DialectName::Sqlite { text("SELECT :day").bind("day", day) } else { statement };
            let mut connection = engine.connect().await?;
            match connection.query(&statement).await {
                Ok(rows) => assert_eq!(rows[0].get::<NaiveDate>(0)?, day),
                Err(error) => assert!(error.to_string().contains("the years 0 to 9999"), "{error}"),
            }
            assert_eq!(connection.query(&text("SELECT 1")).await?.len(), 1);
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_connection_that_the_server_ends_is_replaced() -> Result<()> {
    for engine in everywhere(|builder| builder.pre_ping(true)) {
        let (own_number, kill) = match engine.dialect() {
            DialectName::Postgres => ("SELECT pg_backend_pid()", "SELECT pg_terminate_backend(:number)"),
            DialectName::Mysql => ("SELECT connection_id()", "KILL :number"),
            _ => continue,
        };
        let mut connection = engine.connect().await?;
        let number: i64 = connection.query(&text(own_number)).await?[0].get(0)?;
        // A statement that KILL takes no parameter in.
        let kill = text(kill.replace(":number", &number.to_string()));
        engine.connect().await?.query(&kill).await?;
        let error = connection.query(&text("SELECT 1")).await.unwrap_err();
        assert!(error.is_disconnect(), "{error}");
        assert!(connection.is_broken());
        drop(connection);
        // One that ended while nobody used it is found out before it is handed out.
        let number: i64 = engine.connect().await?.query(&text(own_number)).await?[0].get(0)?;
        let other = AsyncEngine::new(
            std::env::var(match engine.capabilities().name {
                "PostgreSQL" => "ORM_POSTGRES_URL",
                "MariaDB" => "ORM_MARIADB_URL",
                _ => "ORM_MYSQL_URL",
            })
            .unwrap(),
        )?;
        let kill = match engine.dialect() {
            DialectName::Postgres => format!("SELECT pg_terminate_backend({number})"),
            _ => format!("KILL {number}"),
        };
        other.connect().await?.query(&text(kill)).await?;
        assert_ne!(engine.connect().await?.query(&text(own_number)).await?[0].get::<i64>(0)?, number);
    }
    Ok(())
}
