//! Listeners of the SELECTs of entities.

use super::listener::{Event, Listener};
use crate::error::Result;
use crate::load::StatementHook;
pub use crate::load::{ExecutedStatement, ExecutionOption, execution_option};

/// Called before each SELECT of entities that a session sends: queries, `get`, lazy and eager loads, and the read of an
/// expired entity. The listener may add criteria, rewrite the statement, or fail the read. The reads of a
/// flush, which look for rows that a cascade deletes, are no such statements.
///
/// ```
/// use orm::event::{execution_option, on_execute};
/// use orm::prelude::*;
///
/// #[derive(Entity, Debug, Default)]
/// struct Post {
///     #[entity(primary_key)]
///     id: Auto<i64>,
///     public: bool,
/// }
///
/// /// Shows private posts.
/// struct IncludePrivate;
///
/// # fn main() -> orm::Result<()> {
/// let engine = Engine::new("sqlite://")?;
/// engine.create_all(schema![Post])?;
/// let mut session = Session::new(&engine);
/// session.listen(on_execute(|statement| {
///     if statement.option::<IncludePrivate>().is_none() {
///         statement.add_criterion(criterion::<Post>(Post::PUBLIC.eq(true)));
///     }
///     Ok(())
/// }));
/// session.add_all([true, false].map(|public| Post { public, ..Post::default() }));
/// assert_eq!(session.query::<Post>().count()?, 1);
/// assert_eq!(session.query::<Post>().options(execution_option(IncludePrivate)).count()?, 2);
/// # Ok(()) }
/// ```
///
/// Counterpart: `SessionEvents.do_orm_execute`.
#[track_caller]
pub fn on_execute(listener: impl Fn(&mut ExecutedStatement<'_>) -> Result<()> + Send + Sync + 'static) -> Listener {
    Listener::new("on_execute", Event::Execute(Box::new(listener)))
}

impl StatementHook for super::Listeners {
    fn on_execute(&self, statement: &mut ExecutedStatement<'_>) -> Result<()> {
        Self::on_execute(self, statement)
    }
}
