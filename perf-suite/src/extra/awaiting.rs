//! 64 tasks over one pool: each reads, or each commits.

use std::cell::RefCell;
use std::rc::Rc;

use orm::Recorder;
use orm::prelude::*;
use tokio::runtime::Runtime;

use crate::awaited::{CONNECTIONS, TASKS, in_tasks, read, runtime};
use crate::mapped::Customer;
use crate::suite::{Context, Suite};
use crate::{Result, fixture};

/// The engine whose connections are awaited, opened by the setup.
type Shared = Rc<RefCell<Option<(Runtime, AsyncEngine)>>>;

pub(super) fn suite() -> Suite {
    let shared = Shared::default();
    let (of_setup, of_get, of_commit) = (Rc::clone(&shared), Rc::clone(&shared), shared);
    Suite::new("async", 10_000)
        .about("64 tasks over a pool of 16 connections")
        .setup(move |context| set_up(context, &of_setup))
        .test("test_tasks_get", "64 tasks, `get` of one entity at a time", move |context| get(context, &of_get))
        .test("test_tasks_commit", "64 tasks, one commit each", move |context| commit(context, &of_commit))
}

fn set_up(context: &Context, shared: &Shared) -> Result<()> {
    // The connections of the run before would keep the tables locked.
    shared.take();
    crate::originals::filled(context, context.num())?;
    let runtime = runtime()?;
    let engine = AsyncEngine::builder(context.url()).pool_size(CONNECTIONS).max_overflow(0).build_async()?;
    shared.replace(Some((runtime, engine)));
    Ok(())
}

fn get(context: &Context, shared: &Shared) -> Result<()> {
    let shared = shared.borrow();
    let (runtime, engine) = shared.as_ref().ok_or("no engine is open")?;
    let recorder = context.is_counting().then(|| engine.record());
    let digest = runtime.block_on(in_tasks(context.num(), |ids| {
        let engine = engine.clone();
        async move { read(&mut AsyncSession::new(&engine), &ids).await }
    }))?;
    count(context, recorder);
    match digest.rows as usize == context.num() {
        true => Ok(()),
        false => Err(format!("{} customers were read", digest.rows).into()),
    }
}

fn commit(context: &Context, shared: &Shared) -> Result<()> {
    let shared = shared.borrow();
    let (runtime, engine) = shared.as_ref().ok_or("no engine is open")?;
    let recorder = context.is_counting().then(|| engine.record());
    runtime.block_on(async {
        let each = context.num().div_ceil(TASKS);
        let write = |task: usize| {
            let engine = engine.clone();
            tokio::spawn(async move {
                let mut session = AsyncSession::new(&engine);
                session.add_all((0..each).map(|n| {
                    let fixture::Customer { name, description, .. } = fixture::Customer::new(task * each + n);
                    Customer { id: Auto::Unset, name, description }
                }));
                session.commit().await
            })
        };
        for task in (0..TASKS).map(write).collect::<Vec<_>>() {
            task.await??;
        }
        Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
    })?;
    count(context, recorder);
    Ok(())
}

/// Reports what the awaited engine sent, of which the suite's own engine knows nothing.
fn count(context: &Context, recorder: Option<Recorder>) {
    let recorded = recorder.map(|recorder| recorder.take()).unwrap_or_default();
    recorded.iter().for_each(|statement| context.sent_by_hand(statement.kind, 1, statement.rows));
}
