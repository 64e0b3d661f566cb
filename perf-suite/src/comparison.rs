//! Who is measured beside whom.

use crate::fixture::Database;
use crate::mapped::Mapped;
use crate::workload::{Side, Workload};
use crate::{Result, by_hand_sqlite, typed_diesel};

/// A line of the tables: a workload, and those who do it in turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// What is done.
    pub workload: Workload,
    /// Who does it.
    pub contest: Contest,
}

/// Those who are measured in turns; the first is the yardstick of the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contest {
    /// The C library, the ORM, over each driver that it has, and typed diesel.
    Libraries,
    /// The ORM that blocks, and the one that is awaited.
    #[cfg(feature = "async")]
    Awaiting,
    /// Many tasks over one pool, by diesel-async and by the ORM.
    #[cfg(feature = "async")]
    Tasks,
}

impl Comparison {
    /// Every comparison that there is on a database, in the order of the tables.
    ///
    /// # Errors
    /// When the suite does not know the database.
    pub fn all(url: &str) -> Result<Vec<Self>> {
        let database = Database::of(url)?;
        let lines = |contest: &Contest| {
            let contest = *contest;
            contest.workloads(database).iter().map(move |workload| Self { workload: *workload, contest })
        };
        Ok(Contest::ALL.iter().flat_map(lines).collect())
    }

    /// The name on the command line.
    pub fn name(self) -> String {
        match self.contest {
            Contest::Libraries => self.workload.name().to_owned(),
            #[cfg(feature = "async")]
            Contest::Awaiting => format!("awaited-{}", self.workload.name()),
            #[cfg(feature = "async")]
            Contest::Tasks => format!("tasks-{}", self.workload.name()),
        }
    }

    /// What is done, in words.
    pub fn title(self) -> String {
        match self.contest {
            #[cfg(feature = "async")]
            Contest::Tasks => format!("{}, by {} tasks", self.workload.title(), crate::awaited::TASKS),
            _ => self.workload.title().to_owned(),
        }
    }

    /// How many rows the ratios are taken at.
    pub fn rows(self) -> usize {
        match self.contest {
            #[cfg(feature = "async")]
            Contest::Tasks => crate::awaited::TASKS * 200,
            _ => self.workload.rows(),
        }
    }
}

impl Contest {
    const ALL: &[Self] = &[
        Self::Libraries,
        #[cfg(feature = "async")]
        Self::Awaiting,
        #[cfg(feature = "async")]
        Self::Tasks,
    ];

    /// What is measured on a database.
    #[cfg_attr(not(feature = "async"), expect(unused_variables, reason = "libraries are compared on all"))]
    fn workloads(self, database: Database) -> &'static [Workload] {
        match self {
            Self::Libraries => &Workload::ALL,
            #[cfg(feature = "async")]
            Self::Awaiting => &[Workload::InsertGenerated, Workload::Update, Workload::Delete],
            // A database in memory has one connection.
            #[cfg(feature = "async")]
            Self::Tasks if database == Database::Sqlite => &[],
            #[cfg(feature = "async")]
            Self::Tasks => &[Workload::Get],
        }
    }

    /// Every side, the yardstick first.
    ///
    /// # Errors
    /// When a database cannot be opened.
    pub fn sides(self, url: &str) -> Result<Vec<Box<dyn Side>>> {
        match self {
            Self::Libraries => libraries(url),
            #[cfg(feature = "async")]
            Self::Awaiting => {
                Ok(vec![Box::new(Mapped::open(url)?), Box::new(crate::awaited::Awaited::open(url, false)?)])
            }
            #[cfg(feature = "async")]
            Self::Tasks => Ok(vec![
                diesel_tasks(url)?,
                Box::new(crate::awaited::Awaited::open(url, false)?),
                Box::new(crate::awaited::Awaited::open(url, true)?),
            ]),
        }
    }
}

/// The C library first and the ORM second.
fn libraries(url: &str) -> Result<Vec<Box<dyn Side>>> {
    match Database::of(url)? {
        Database::Sqlite => Ok(vec![
            Box::new(by_hand_sqlite::ByHand::open(url)?),
            Box::new(Mapped::open(url)?),
            Box::new(typed_diesel::OnSqlite::open(url)?),
        ]),
        #[cfg(feature = "postgres")]
        Database::Postgres => Ok(vec![
            Box::new(crate::by_hand_postgres::ByHand::open(url)?),
            Box::new(Mapped::open(url)?),
            Box::new(Mapped::over_tokio_postgres(url)?),
            Box::new(typed_diesel::OnPostgres::open(url)?),
        ]),
        // Typed diesel knows no RETURNING there. The other yardstick is one statement for each row.
        #[cfg(feature = "mysql")]
        Database::Mariadb => Ok(vec![
            Box::new(crate::by_hand_mariadb::ByHand::open(url, false)?),
            Box::new(Mapped::open(url)?),
            Box::new(crate::by_hand_mariadb::ByHand::open(url, true)?),
        ]),
    }
}

#[cfg(feature = "async")]
fn diesel_tasks(url: &str) -> Result<Box<dyn Side>> {
    match Database::of(url)? {
        Database::Sqlite => Err("a database in memory has one connection: tasks are measured on servers".into()),
        #[cfg(feature = "postgres")]
        Database::Postgres => Ok(Box::new(crate::diesel_tasks::OnPostgres::open(url, Database::Postgres)?)),
        #[cfg(feature = "mysql")]
        Database::Mariadb => {
            // mysql_async has names of its own for the scheme and the socket.
            let url = url.replacen("mariadb", "mysql", 1).replacen("unix_socket=", "socket=", 1);
            Ok(Box::new(crate::diesel_tasks::OnMariadb::open(&url, Database::Mariadb)?))
        }
    }
}
