//! How each server is made to fail: the statements that do what a test asks for.

use orm::{Engine, Result, text};

use super::Product;

/// What a lock is on, for whoever asks for it next to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Obstacle {
    /// The row of an order: who reads it to write it, or deletes it.
    Order(i64),
    /// The entry of an order: who inserts it.
    Entry(i64, i64),
    /// The row of an account: who updates it.
    Account(i64),
    /// Every COMMIT that writes, of the whole server.
    Commit,
}

impl Product {
    /// What asks a connection for the number by which others kill it.
    pub(crate) fn connection_id(self) -> &'static str {
        match self {
            Self::Postgres => "SELECT CAST(pg_backend_pid() AS BIGINT)",
            Self::Mariadb | Self::Mysql => "SELECT CONNECTION_ID()",
        }
    }

    /// How its URLs begin.
    pub(crate) fn scheme(self) -> &'static str {
        match self {
            Self::Postgres => "postgresql",
            Self::Mariadb => "mariadb",
            Self::Mysql => "mysql",
        }
    }

    /// What makes a user whose password is `right`.
    pub(crate) fn create_user(self, name: &str) -> String {
        match self {
            Self::Postgres => format!("CREATE ROLE {name} LOGIN PASSWORD 'right'"),
            Self::Mariadb | Self::Mysql => format!("CREATE USER {name} IDENTIFIED BY 'right'"),
        }
    }

    /// What drops that user.
    pub(crate) fn drop_user(self, name: &str) -> String {
        match self {
            Self::Postgres => format!("DROP ROLE {name}"),
            Self::Mariadb | Self::Mysql => format!("DROP USER {name}"),
        }
    }

    /// What ends a connection from another one.
    pub(crate) fn kill(self, id: i64) -> String {
        match self {
            Self::Postgres => format!("SELECT pg_terminate_backend({id})"),
            Self::Mariadb | Self::Mysql => format!("KILL {id}"),
        }
    }

    /// What stops the statement of a connection from another one.
    pub(crate) fn cancel(self, id: i64) -> String {
        match self {
            Self::Postgres => format!("SELECT pg_cancel_backend({id})"),
            Self::Mariadb | Self::Mysql => format!("KILL QUERY {id}"),
        }
    }

    /// What gives a row as long as a connection lives.
    pub(crate) fn lives(self, id: i64) -> String {
        match self {
            Self::Postgres => format!("SELECT 1 FROM pg_stat_activity WHERE pid = {id}"),
            Self::Mariadb | Self::Mysql => format!("SELECT 1 FROM information_schema.PROCESSLIST WHERE ID = {id}"),
        }
    }

    /// What gives a row as long as a connection waits for a lock.
    pub(crate) fn waits(self, id: i64) -> String {
        match self {
            Self::Postgres => format!("SELECT 1 FROM pg_stat_activity WHERE pid = {id} AND wait_event_type = 'Lock'"),
            Self::Mariadb | Self::Mysql => format!(
                "SELECT 1 FROM information_schema.PROCESSLIST AS p \
                 LEFT JOIN information_schema.INNODB_TRX AS t ON t.trx_mysql_thread_id = p.ID \
                 WHERE p.ID = {id} AND (t.trx_state = 'LOCK WAIT' OR p.STATE LIKE 'Waiting for%')"
            ),
        }
    }

    /// What makes a connection give up waiting for a lock after a second.
    pub(crate) fn lock_timeout(self) -> &'static str {
        match self {
            Self::Postgres => "SET lock_timeout = 1000",
            Self::Mariadb | Self::Mysql => "SET innodb_lock_wait_timeout = 1",
        }
    }

    /// What makes a column of text ignore case.
    pub(crate) fn caseless_collation(self) -> &'static str {
        match self {
            Self::Postgres => "",
            Self::Mariadb | Self::Mysql => "CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci",
        }
    }

    /// What makes a connection cut values that do not fit, if anything does.
    pub(crate) fn lax_mode(self) -> Option<&'static str> {
        match self {
            Self::Postgres => None,
            Self::Mariadb | Self::Mysql => Some("SET SESSION sql_mode = ''"),
        }
    }

    /// What prepares the tables for an obstacle.
    pub(crate) fn prepare(self, obstacle: Obstacle) -> &'static [&'static str] {
        match (self, obstacle) {
            (Self::Postgres, Obstacle::Commit) => &[
                "CREATE FUNCTION wait_at_commit() RETURNS trigger LANGUAGE plpgsql AS \
                 $$ BEGIN PERFORM pg_advisory_xact_lock(hashtext(current_schema())); RETURN NULL; END $$",
                "CREATE CONSTRAINT TRIGGER wait_at_commit AFTER INSERT ON ledger_entry DEFERRABLE INITIALLY DEFERRED \
                 FOR EACH ROW EXECUTE FUNCTION wait_at_commit()",
            ],
            _ => &[],
        }
    }

    /// What puts an obstacle in the way, within a transaction.
    pub(crate) fn block(self, obstacle: Obstacle) -> Vec<String> {
        match (self, obstacle) {
            (_, Obstacle::Order(number)) => {
                vec![format!("SELECT number FROM ledger_order WHERE number = {number} FOR UPDATE")]
            }
            (_, Obstacle::Account(id)) => vec![format!("SELECT id FROM ledger_account WHERE id = {id} FOR UPDATE")],
            (_, Obstacle::Entry(number, account)) => {
                vec![format!("INSERT INTO ledger_entry (number, account, amount) VALUES ({number}, {account}, 0)")]
            }
            (Self::Postgres, Obstacle::Commit) => {
                vec!["SELECT 1 FROM (SELECT pg_advisory_xact_lock(hashtext(current_schema()))) AS locked".to_owned()]
            }
            (Self::Mariadb, Obstacle::Commit) => {
                ["BACKUP STAGE START", "BACKUP STAGE BLOCK_COMMIT"].map(str::to_owned).to_vec()
            }
            (Self::Mysql, Obstacle::Commit) => vec!["FLUSH TABLES WITH READ LOCK".to_owned()],
        }
    }

    /// What takes an obstacle out of the way, after its transaction is rolled back.
    pub(crate) fn unblock(self, obstacle: Obstacle) -> &'static [&'static str] {
        match (self, obstacle) {
            (Self::Mariadb, Obstacle::Commit) => &["BACKUP STAGE END"],
            (Self::Mysql, Obstacle::Commit) => &["UNLOCK TABLES"],
            _ => &[],
        }
    }
}

/// Whether a query gives a row.
pub(crate) fn holds(engine: &Engine, sql: &str) -> Result<bool> {
    Ok(!engine.connect()?.query(&text(sql))?.is_empty())
}
