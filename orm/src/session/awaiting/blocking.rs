//! Code in blocking style on a session that is awaited: the same entities, the same connection, the same transaction, on a thread of its own.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

use super::AsyncSession;
use crate::engine::{ConnectionOf, Engine, EngineOf, Mode};
use crate::error::{Error, Result};
use crate::session::{Core, Session};
use crate::unit::UnitOfWork;

/// Where the blocking session comes back from its thread.
pub(in crate::session) type Away = oneshot::Receiver<Session>;

impl AsyncSession {
    /// Runs blocking code on this session, on a thread where it may block: its lazy loads and queries, its flushes, its transaction are those of this
    /// session. An error that it gives, and a panic, leave the session as they do in blocking code.
    ///
    /// The code is not stopped when the future is dropped. The session then stands without entities and asks for a [`rollback`](AsyncSession::rollback),
    /// which waits until the code is done, takes the entities back and undoes what it did.
    ///
    /// # Errors
    /// What `work` gives.
    ///
    /// Counterpart: `AsyncSession.run_sync`.
    pub async fn run_blocking<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Session) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.core.link.check()?;
        let engine = self.engine().clone();
        let blocking = engine.blocking()?;
        let (home, away) = oneshot::channel();
        let mut session = self.send_away(away, &blocking);
        let outcome = spawn_blocking(move || {
            let outcome = catch_unwind(AssertUnwindSafe(|| work(&mut session)));
            // Nobody is there to take it when the session was dropped: it then rolls back.
            let _ = home.send(session);
            outcome
        })
        .await;
        self.reclaim().await;
        match outcome {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(panic)) => resume_unwind(panic),
            Err(failure) => Err(Error::NotRun { work: "the blocking code was", source: failure.into() }),
        }
    }

    /// The session for the thread. What stays here knows that it is lost unless the other comes back.
    fn send_away(&mut self, away: Away, engine: &Engine) -> Session {
        let here = self.core.link.substitute("run_blocking() was given up, and its code may still be at work");
        let here = Core::new(UnitOfWork::new(), here, self.core.options.clone());
        let core = std::mem::replace(&mut self.core, here);
        self.core.away = Some(away);
        Session { core: core.map(engine.clone(), |connection| connection.into_blocking(engine)) }
    }

    /// Takes back what blocking code works on, when that is done.
    pub(super) async fn reclaim(&mut self) {
        let Some(away) = &mut self.core.away else { return };
        let back = away.await;
        self.core.away = None;
        if let Ok(Session { core }) = back {
            let engine = self.engine().clone();
            self.core = core.map(engine.clone(), |connection| connection.into_awaiting(&engine));
        }
    }
}

impl<M: Mode> Core<M> {
    /// The same over another engine, to which its connection is carried over.
    fn map<N: Mode>(self, engine: EngineOf<N>, carry: impl FnOnce(ConnectionOf<M>) -> ConnectionOf<N>) -> Core<N> {
        let Self { unit, link, options, savepoints, transactions, quiet, .. } = self;
        Core { savepoints, transactions, quiet, ..Core::new(unit, link.map(engine, carry), options) }
    }
}
