//! Tests of database URLs: what they mean, and the error that each wrong one gets.
#![allow(clippy::unwrap_used, reason = "tests")]
use super::*;

fn path(url: &str) -> Option<String> {
    match DatabaseUrl::parse(url).unwrap().config {
        DriverConfig::Sqlite(config) => config.path,
        DriverConfig::Postgres(_) | DriverConfig::Mysql(_) => unreachable!("a SQLite URL"),
    }
}

fn refusal(url: &str) -> String {
    DatabaseUrl::parse(url).unwrap_err().to_string()
}

#[test]
fn sqlite_paths_are_spelled_as_in_sqlalchemy() {
    assert_eq!(path("sqlite://"), None);
    assert_eq!(path("sqlite:///"), None);
    assert_eq!(path("sqlite:///:memory:"), None);
    assert_eq!(path("sqlite:///a b.db").as_deref(), Some("a b.db"));
    assert_eq!(path("sqlite:///dir/file%3F.db").as_deref(), Some("dir/file?.db"));
    assert_eq!(path("sqlite:////abs/file.db").as_deref(), Some("/abs/file.db"));
    assert_eq!(path("sqlite+pysqlite:///file.db?timeout=2").as_deref(), Some("file.db"));
    assert!(DatabaseUrl::parse("sqlite://").unwrap().is_in_memory());
}

#[test]
fn what_is_not_known_is_refused_by_name() {
    assert_eq!(
        refusal("oracle://x"),
        "the scheme `oracle` is not known; accepted are sqlite, postgresql (or postgres), mariadb and mysql"
    );
    assert!(refusal("sqlite:///x?moda=ro").starts_with("the option `moda` is not known for SQLite; accepted are"));
    assert!(refusal("sqlite:///x?mode=hot").contains("accepted are ro, rw and rwc"));
    assert!(refusal("sqlite:///x?begin=now").contains("accepted are deferred, immediate and exclusive"));
    assert!(refusal("sqlite://file.db").contains("write `sqlite:///file.db`"));
    assert!(refusal("sqlite+aiosqlite://").contains("leave `+aiosqlite` out"));
    assert!(
        refusal("postgresql+pg8000://h/d").contains("accepted are libpq, psycopg, psycopg2, tokio-postgres, asyncpg")
    );
    assert!(refusal("file.db").contains("`file.db` has none"));
    assert!(!refusal("user:secret@host").contains("secret"));
}

#[cfg(not(feature = "postgres"))]
#[test]
fn a_feature_that_is_off_is_named() {
    assert!(refusal("postgresql://h/d").contains("cargo feature `postgres`"));
}

#[cfg(feature = "mysql")]
#[test]
fn urls_of_mariadb_and_mysql() {
    let parsed = DatabaseUrl::parse("mariadb+pymysql://ed:p%40s%2Fs@[::1]:3307/my%20shop?charset=utf8mb4").unwrap();
    assert_eq!(parsed.to_string(), "mariadb+pymysql://ed:***@[::1]:3307/my%20shop?charset=utf8mb4");
    assert_eq!(parsed.mask("no p@s/s, no p%40s%2Fs"), "no ***, no ***");
    let DriverConfig::Mysql(config) = parsed.config else { unreachable!("a MariaDB URL") };
    assert_eq!(parsed.dialect.name, "MariaDB");
    assert_eq!(config.database.as_deref(), Some("my shop"));
    assert_eq!(config.connection_url(), "mysql://ed:p%40s%2Fs@[::1]:3307/");
    let local = DatabaseUrl::parse("mysql:///shop?unix_socket=/run/my.sock").unwrap();
    let DriverConfig::Mysql(config) = local.config else { unreachable!("a MySQL URL") };
    assert_eq!(config.connection_url(), "mysql://@localhost/?unix_socket=%2Frun%2Fmy%2Esock");
    assert!(refusal("mysql://h/d?charset=latin1").contains("utf8mb4"));
    assert!(!refusal("mysql://ed:se/cret@host/d").contains("cret"));
    assert!(refusal("mysql+aiomysql://h/d").contains("leave `+aiomysql` out"));
}

#[cfg(feature = "postgres")]
#[test]
fn secrets_never_show() {
    let url = "postgresql+psycopg2://ed:p%40ss:w@db.example:5433/shop?sslmode=require&sslpassword=k%65y";
    let parsed = DatabaseUrl::parse(url).unwrap();
    let shown = format!("{parsed} {parsed:?}");
    assert!(!shown.contains("p%40ss") && !shown.contains("p@ss") && !shown.contains("k%65y"), "{shown}");
    assert_eq!(parsed.to_string(), "postgresql+psycopg2://ed:***@db.example:5433/shop?sslmode=require&sslpassword=***");
    assert_eq!(parsed.mask("no p@ss:w, no p%40ss:w, no key, no k%65y"), "no ***, no ***, no ***, no ***");
    let DriverConfig::Postgres(config) = parsed.config else { unreachable!("a PostgreSQL URL") };
    let pairs = [
        ("user", "ed"),
        ("password", "p@ss:w"),
        ("port", "5433"),
        ("host", "db.example"),
        ("dbname", "shop"),
        ("sslmode", "require"),
        ("sslpassword", "key"),
    ];
    assert_eq!(config.parameters, pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[test]
fn an_option_stands_once() {
    assert!(refusal("sqlite:///f.db?mode=ro&timeout=1&mode=rw").starts_with("the option `mode` stands twice"));
    #[cfg(feature = "postgres")]
    assert!(refusal("postgresql:///d?host=a&host=b").ends_with("`host=a,b`)"));
}

#[test]
fn what_is_no_url_is_not_echoed_where_it_may_hold_a_password() {
    for url in ["host=db password=hunter2", "postgresql:ed:hunter2", "mysql:/ed:hunter2/shop"] {
        assert!(!refusal(url).contains("hunter2"), "{url}");
    }
    assert!(refusal("shop.db").ends_with("`shop.db` has none"));
    assert!(refusal("sqlite:shop.db").ends_with("`sqlite:shop.db` has none"));
}

#[cfg(feature = "postgres")]
#[test]
fn the_driver_of_postgresql_that_is_awaited_follows_fewer_options() {
    for driver in TOKIO_POSTGRES {
        let url = |rest: &str| DatabaseUrl::parse(&format!("postgresql+{driver}://{rest}"));
        if cfg!(feature = "async") {
            assert_eq!(url("ed@h/d").unwrap().to_string(), format!("postgresql+{driver}://ed@h/d"));
            assert!(url("h/d?sslmode=verify-full").unwrap_err().to_string().contains("no TLS"));
        } else {
            assert!(url("ed@h/d").unwrap_err().to_string().contains("cargo feature `async`"));
        }
    }
    assert!(DatabaseUrl::parse("postgresql+libpq://h/d?sslmode=verify-full").is_ok());
}

#[cfg(feature = "postgres")]
#[test]
fn nothing_stands_between_an_address_and_its_port() {
    assert!(DatabaseUrl::parse("postgresql://[::1]/d").is_ok() && DatabaseUrl::parse("postgresql://[::1]:5/d").is_ok());
    assert!(refusal("postgresql://[::1]x:5/d").contains("port"));
}

#[cfg(feature = "postgres")]
#[test]
fn the_rest_of_a_secret_option_is_not_echoed() {
    for url in [
        "postgresql://h/d?password=ab&cd",
        "postgresql://h/d?password=ab&cd=ef",
        "postgresql://h/d?sslpassword=ab&cd&x=1",
    ] {
        let refused = refusal(url);
        assert!(refused.contains("%26") && !refused.contains("cd"), "{refused}");
        assert!(!mask_url(url).contains("cd"), "{}", mask_url(url));
    }
    assert_eq!(
        mask_url("postgresql://h/d?password=a&sslmode=require"),
        "postgresql://h/d?password=***&sslmode=require"
    );
}

#[test]
fn a_password_that_is_not_encoded_is_not_echoed() {
    assert!(!refusal("postgresql://ed:se/cret@host/d").contains("cret"));
    assert!(!refusal("postgresql://ed:se?cret@host/d").contains("cret"));
    assert!(!refusal("postgresql://ed:1?cret=x@host/d").contains("cret"));
    assert!(!refusal("postgresql://ed:1?cret&x@host/d").contains("cret"));
    if cfg!(feature = "postgres") {
        assert!(refusal("postgresql://h/d?pool=3").starts_with("the option `pool` is not known for PostgreSQL"));
    }
}
