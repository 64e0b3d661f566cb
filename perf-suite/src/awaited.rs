//! The ORM whose database is awaited.

use orm::prelude::*;
use tokio::runtime::{Builder, Runtime};

use crate::Result;
use crate::fixture::{self, Database, Digest, Fill, shuffled};
use crate::mapped::{Customer, new_customers};
use crate::workload::{Run, Side, Workload, timed};

/// How many tasks read at once.
pub(crate) const TASKS: usize = 64;

/// How many connections they share.
pub(crate) const CONNECTIONS: u32 = 16;

/// The ORM on a database, awaited.
pub(crate) struct Awaited {
    runtime: Runtime,
    engine: AsyncEngine,
    database: Database,
    /// Whether a task makes a session for each read, instead of one for all of them.
    session_each: bool,
}

impl Awaited {
    pub(crate) fn open(url: &str, session_each: bool) -> Result<Self> {
        let engine = AsyncEngine::builder(url).pool_size(CONNECTIONS).max_overflow(0).build_async()?;
        Ok(Self { runtime: runtime()?, engine, database: Database::of(url)?, session_each })
    }

    async fn digest(&self) -> Result<Digest> {
        let rows = self.engine.connect().await?.query(&text(self.database.digest())).await?;
        let row = rows.first().ok_or("no digest")?;
        Ok(Digest { rows: row.get(0)?, keys: row.get(1)?, bytes: row.get(2)? })
    }

    /// Flushes what the session holds, in a transaction that the clock does not see the ends of.
    fn flush(&self, mut session: AsyncSession, change: impl FnOnce(&mut AsyncSession) -> Result<()>) -> Result<Run> {
        let (elapsed, ()) = timed(|| {
            change(&mut session)?;
            Ok(self.runtime.block_on(session.flush())?)
        })?;
        self.runtime.block_on(async {
            session.commit().await?;
            drop(session);
            Ok(Run { elapsed, digest: self.digest().await? })
        })
    }

    /// A session that holds every customer, in the order of their keys.
    fn holding_all(&self) -> Result<(AsyncSession, Vec<Key<Customer>>)> {
        let mut session = AsyncSession::new(&self.engine);
        let keys = self.runtime.block_on(session.query::<Customer>().order_by(Customer::ID.asc()).all())?;
        Ok((session, keys))
    }

    fn insert(&self, rows: usize) -> Result<Run> {
        let customers = new_customers(rows, false);
        self.flush(AsyncSession::new(&self.engine), |session| {
            session.add_all(customers);
            Ok(())
        })
    }

    fn update(&self, rows: usize) -> Result<Run> {
        let descriptions = fixture::Customer::new_descriptions(rows);
        let (session, keys) = self.holding_all()?;
        self.flush(session, |session| {
            for (key, description) in keys.into_iter().zip(descriptions) {
                session[key].description = description;
            }
            Ok(())
        })
    }

    fn delete(&self) -> Result<Run> {
        let (session, keys) = self.holding_all()?;
        self.flush(session, |session| Ok(keys.into_iter().try_for_each(|key| session.delete(key))?))
    }

    fn get(&self, rows: usize) -> Result<Run> {
        let work = in_tasks(rows, |ids| {
            let engine = self.engine.clone();
            let session_each = self.session_each;
            async move {
                match session_each {
                    true => read_each(engine, ids).await,
                    false => read(&mut AsyncSession::new(&engine), &ids).await,
                }
            }
        });
        let (elapsed, digest) = timed(|| self.runtime.block_on(work))?;
        Ok(Run { elapsed, digest })
    }
}

/// Reads customers by their keys, and ends the transaction.
pub(crate) async fn read(session: &mut AsyncSession, ids: &[i64]) -> Result<Digest> {
    let mut digest = Digest::default();
    for id in ids {
        let key = session.get::<Customer>(*id).await?.ok_or("no such customer")?;
        let customer = &session[key];
        digest.add(*id, &[&customer.name, &customer.description]);
    }
    session.commit().await?;
    Ok(digest)
}

async fn read_each(engine: AsyncEngine, ids: Vec<i64>) -> Result<Digest> {
    let mut digest = Digest::default();
    for id in ids {
        digest.merge(read(&mut AsyncSession::new(&engine), &[id]).await?);
    }
    Ok(digest)
}

impl Side for Awaited {
    fn name(&self) -> &'static str {
        match self.session_each {
            true => "orm, a session each",
            false => "orm, awaited",
        }
    }

    fn reset(&mut self, fill: Fill) -> Result<()> {
        self.runtime.block_on(async {
            let mut connection = self.engine.connect().await?;
            for statement in self.database.reset(fill) {
                connection.execute(&text(statement)).await?;
            }
            Ok(())
        })
    }

    fn run(&mut self, workload: Workload, rows: usize) -> Result<Run> {
        match workload {
            Workload::InsertGenerated => self.insert(rows),
            Workload::Update => self.update(rows),
            Workload::Delete => self.delete(),
            Workload::Get => self.get(rows),
            _ => Err(format!("{} is not measured awaited", workload.name()).into()),
        }
    }
}

/// As programs have it: a worker for each processor.
pub(crate) fn runtime() -> Result<Runtime> {
    Ok(Builder::new_multi_thread().enable_all().build()?)
}

/// Deals the keys of so many customers out to tasks and adds up what they read.
pub(crate) async fn in_tasks<F>(rows: usize, read: impl Fn(Vec<i64>) -> F) -> Result<Digest>
where
    F: Future<Output = Result<Digest>> + Send + 'static,
{
    let ids = shuffled(rows);
    let tasks: Vec<_> = ids.chunks(rows.div_ceil(TASKS).max(1)).map(|ids| tokio::spawn(read(ids.to_vec()))).collect();
    let mut digest = Digest::default();
    for task in tasks {
        digest.merge(task.await??);
    }
    Ok(digest)
}
