//! Policy for N+1 loads, an option of engines and sessions.

/// Policy for N+1 loads: in one transaction, a relationship is lazily loaded for one entity after another, with a
/// SELECT each. An eager option or `peers` loads the same with one or two SELECTs.
///
/// Off by default. Set the policy of an engine with [`EngineBuilder::n_plus_one`](super::EngineBuilder::n_plus_one),
/// that of a session with [`SessionBuilderOf::n_plus_one`](crate::session::SessionBuilderOf::n_plus_one). In tests, one
/// line turns every N+1 load into an error:
///
/// ```
/// use orm::prelude::*;
/// use orm::engine::NPlusOne;
///
/// #[derive(Entity, Debug, Default)]
/// struct User {
///     #[entity(primary_key)]
///     id: Auto<i64>,
///     #[entity(inverse = "user")]
///     addresses: HasMany<Address>,
/// }
///
/// #[derive(Entity, Debug, Default)]
/// struct Address {
///     #[entity(primary_key)]
///     id: Auto<i64>,
///     #[entity(inverse = "addresses")]
///     user: BelongsTo<User>,
/// }
///
/// let engine = Engine::builder("sqlite://").n_plus_one(NPlusOne::refuse()).build()?;
/// engine.create_all(schema![User, Address])?;
/// let mut session = Session::new(&engine);
/// session.add_all([User::default(), User::default()]);
/// session.commit()?;
///
/// let users = session.query::<User>().all()?;
/// session.rel(users[0], User::ADDRESSES).load()?;
/// let refused = session.rel(users[1], User::ADDRESSES).load().unwrap_err();
/// assert_eq!(refused.code(), "repeated-load");
///
/// let users = session.query::<User>().options(selectin(User::ADDRESSES)).all()?;
/// session.rel(users[1], User::ADDRESSES).load()?;
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NPlusOne {
    pub(crate) action: RepeatedLoadAction,
    pub(crate) allowed: usize,
}

/// Reaction to a repeated load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RepeatedLoadAction {
    Allow,
    Count,
    Warn,
    Refuse,
}

impl NPlusOne {
    /// Allows repeated loads and does not count them, at no cost.
    #[must_use]
    pub const fn allow() -> Self {
        Self { action: RepeatedLoadAction::Allow, allowed: 1 }
    }

    /// Counts repeated loads for [`repeated_loads`](crate::session::SessionOf::repeated_loads).
    #[must_use]
    pub const fn count() -> Self {
        Self { action: RepeatedLoadAction::Count, allowed: 1 }
    }

    /// Counts repeated loads, and warns of each relationship once a transaction, by an event of `tracing` with the
    /// target `orm::n_plus_one`.
    #[must_use]
    pub const fn warn() -> Self {
        Self { action: RepeatedLoadAction::Warn, allowed: 1 }
    }

    /// Refuses repeated loads with [`Error::RepeatedLoad`](crate::Error::RepeatedLoad).
    #[must_use]
    pub const fn refuse() -> Self {
        Self { action: RepeatedLoadAction::Refuse, allowed: 1 }
    }

    /// Allows `loads` SELECTs of the same relationship in a transaction; 1 by default.
    #[must_use]
    pub const fn after(self, loads: usize) -> Self {
        Self { allowed: loads, ..self }
    }
}

impl Default for NPlusOne {
    fn default() -> Self {
        Self::allow()
    }
}
