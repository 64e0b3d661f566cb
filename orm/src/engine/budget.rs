//! `budget!`: a limit of the statements that a part of a program may send.

use std::fmt;

use super::record::{Recorder, Statements};
use super::statement::StatementKind;

/// Limits the number of statements that an engine, or a session's engine, sends while the guard is alive.
///
/// Kinds are `select`, `insert`, `update`, `delete`, `ddl`, `transaction`, `other`, and `statements` for all but BEGIN,
/// COMMIT and similar ones. The guard checks the limits when it is dropped, or at
/// [`check`](crate::engine::Budget::check).
///
/// ```
/// use orm::prelude::*;
///
/// #[derive(Entity, Debug, Default)]
/// struct User {
///     #[entity(primary_key)]
///     id: Auto<i64>,
/// }
///
/// let engine = Engine::new("sqlite://")?;
/// engine.create_all(schema![User])?;
/// let mut session = Session::new(&engine);
/// let budget = orm::budget!(session, insert <= 1, select <= 0);
/// session.add_all([User::default(), User::default()]);
/// session.commit()?;
/// budget.check();
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Panics
/// When more statements were sent than a limit allows; the message lists them. A guard that is dropped during a panic
/// checks nothing.
#[macro_export]
macro_rules! budget {
    ($recorded:expr, $($kind:ident <= $limit:expr),+ $(,)?) => {
        $crate::engine::Budget::new(
            $crate::engine::Recorded::recorder(&$recorded),
            [$(($crate::engine::BudgetKind::$kind, $limit)),+],
        )
    };
}

/// An engine whose statements can be recorded, or a session, whose engine is recorded.
pub trait Recorded {
    /// Records every statement from now on, until the recorder is dropped.
    fn recorder(&self) -> Recorder;
}

impl<R: Recorded + ?Sized> Recorded for &R {
    fn recorder(&self) -> Recorder {
        (**self).recorder()
    }
}

/// The statements that a budget counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[expect(non_camel_case_types, reason = "named by the words of `budget!`")]
pub enum BudgetKind {
    /// Reads rows.
    select,
    /// Adds rows.
    insert,
    /// Changes rows.
    update,
    /// Deletes rows.
    delete,
    /// Changes the schema.
    ddl,
    /// BEGIN, COMMIT and the like.
    transaction,
    /// Any other statement.
    other,
    /// Every statement but BEGIN, COMMIT and the like.
    statements,
}

impl BudgetKind {
    fn includes(self, kind: StatementKind) -> bool {
        match self {
            Self::select => kind == StatementKind::Select,
            Self::insert => kind == StatementKind::Insert,
            Self::update => kind == StatementKind::Update,
            Self::delete => kind == StatementKind::Delete,
            Self::ddl => kind == StatementKind::Ddl,
            Self::transaction => kind == StatementKind::Transaction,
            Self::other => kind == StatementKind::Other,
            Self::statements => kind != StatementKind::Transaction,
        }
    }
}

/// Guard of [`budget!`](crate::budget).
#[must_use = "a budget that is dropped at once limits nothing"]
#[derive(Debug)]
pub struct Budget {
    recorder: Recorder,
    limits: Vec<(BudgetKind, usize)>,
}

impl Budget {
    /// Limits the statements of a recorder; [`budget!`](crate::budget) calls this.
    pub fn new(recorder: Recorder, limits: impl IntoIterator<Item = (BudgetKind, usize)>) -> Self {
        Self { recorder, limits: limits.into_iter().collect() }
    }

    /// Checks the limits now. The count continues.
    ///
    /// # Panics
    /// When more statements were sent than a limit allows.
    #[track_caller]
    pub fn check(&self) {
        let sent = self.recorder.statements();
        for (kind, limit) in &self.limits {
            let overspent = Overspent { sent: &sent, kind: *kind, limit: *limit };
            assert!(overspent.count() <= *limit, "{overspent}");
        }
    }
}

impl Drop for Budget {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.check();
        }
    }
}

/// The statements of a kind, beside the limit of a budget.
struct Overspent<'s> {
    sent: &'s Statements,
    kind: BudgetKind,
    limit: usize,
}

impl Overspent<'_> {
    fn count(&self) -> usize {
        self.sent.iter().filter(|statement| self.kind.includes(statement.kind)).count()
    }
}

impl fmt::Display for Overspent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sent, kind, limit } = self;
        write!(f, "the budget is {kind:?} <= {limit}, and {} were sent:", self.count())?;
        let counted = sent.iter().filter(|statement| kind.includes(statement.kind));
        counted.into_iter().try_for_each(|statement| write!(f, "\n  {} -- {}", statement.sql, statement.cause))
    }
}
