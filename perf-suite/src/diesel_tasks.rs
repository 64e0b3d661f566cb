//! Many tasks by hand: diesel-async over a deadpool of connections, as its guides write it.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use diesel_async::pooled_connection::deadpool::Pool;
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod};
use tokio::runtime::Runtime;

use crate::Result;
use crate::awaited::{CONNECTIONS, in_tasks, runtime};
use crate::fixture::{Database, Digest, Fill};
use crate::typed_diesel::{Customer, customer};
use crate::workload::{Run, Side, Workload, timed};

/// Written out for each connection: being generic over backends takes more bounds than code.
macro_rules! side {
    ($name:ident, $connection:ty) => {
        pub(crate) struct $name {
            runtime: Runtime,
            pool: Pool<$connection>,
            database: Database,
        }

        impl $name {
            pub(crate) fn open(url: &str, database: Database) -> Result<Self> {
                let mut config = ManagerConfig::default();
                // The pool of the ORM does not ask either whether a connection is still there.
                config.recycling_method = RecyclingMethod::Fast;
                let manager = AsyncDieselConnectionManager::<$connection>::new_with_config(url, config);
                let pool = Pool::builder(manager).max_size(CONNECTIONS as usize).build()?;
                Ok(Self { runtime: runtime()?, pool, database })
            }

            async fn read(pool: Pool<$connection>, ids: Vec<i64>) -> Result<Digest> {
                let mut connection = pool.get().await?;
                let mut digest = Digest::default();
                for id in ids {
                    let customer: Customer = customer::table.find(id).get_result(&mut connection).await?;
                    digest.add(customer.id, &[&customer.name, &customer.description]);
                }
                Ok(digest)
            }
        }

        impl Side for $name {
            fn name(&self) -> &'static str {
                "diesel-async"
            }

            fn reset(&mut self, fill: Fill) -> Result<()> {
                self.runtime.block_on(async {
                    let mut connection = self.pool.get().await?;
                    for statement in self.database.reset(fill) {
                        diesel::sql_query(statement).execute(&mut connection).await?;
                    }
                    Ok(())
                })
            }

            fn run(&mut self, workload: Workload, rows: usize) -> Result<Run> {
                if workload != Workload::Get {
                    return Err(format!("{} is not what tasks do here", workload.name()).into());
                }
                let pool = &self.pool;
                let work = in_tasks(rows, |ids| Self::read(pool.clone(), ids));
                let (elapsed, digest) = timed(|| self.runtime.block_on(work))?;
                Ok(Run { elapsed, digest })
            }
        }
    };
}

#[cfg(feature = "postgres")]
side!(OnPostgres, diesel_async::AsyncPgConnection);

#[cfg(feature = "mysql")]
side!(OnMariadb, diesel_async::AsyncMysqlConnection);
