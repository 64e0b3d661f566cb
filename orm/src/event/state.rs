//! Listeners of changes of state: an entity is added, loaded, inserted, deleted, or leaves the session.

use std::any::TypeId;

use super::listener::{Event, Listener, Rows};
use super::scope::{EntityKey, MixinKey, StateScope};
use crate::key::Key;
use crate::mapping::{Embedded, Entity};
use crate::unit::Transition;

pub(super) type Changed = Box<dyn Fn(&StateScope<'_>, EntityKey, Transition) + Send + Sync>;

/// Called when the state of an `E`, or of a class below `E`, has changed, at the end of the call that changed the
/// state.
///
/// The listener looks, and cannot refuse. A flush that fails has changed no state. An entity that left the session is
/// known by its key alone.
///
/// ```
/// use std::sync::{Arc, Mutex};
///
/// use orm::event::{Transition, on_transition};
/// use orm::prelude::*;
///
/// #[derive(Entity, Debug, Default)]
/// struct User {
///     #[entity(primary_key)]
///     id: Auto<i64>,
/// }
///
/// # fn main() -> orm::Result<()> {
/// let engine = Engine::new("sqlite://")?;
/// engine.create_all(schema![User])?;
/// let mut session = Session::new(&engine);
/// let seen = Arc::new(Mutex::new(Vec::new()));
/// let noted = seen.clone();
/// session.listen(on_transition::<User>(move |_, _, transition| noted.lock().unwrap().push(transition)));
/// session.add(User::default());
/// session.flush()?;
/// session.rollback()?;
/// use Transition::{PendingToPersistent, PersistentToTransient, TransientToPending};
/// assert_eq!(*seen.lock().unwrap(), [TransientToPending, PendingToPersistent, PersistentToTransient]);
/// # Ok(()) }
/// ```
///
/// Counterpart: `SessionEvents.transient_to_pending` and the nine others of its kind.
#[track_caller]
pub fn on_transition<E: Entity>(
    listener: impl Fn(&StateScope<'_>, Key<E>, Transition) + Send + Sync + 'static,
) -> Listener {
    let call = move |scope: &StateScope<'_>, entity: EntityKey, transition: Transition| {
        if let Some(key) = entity.key::<E>() {
            listener(scope, key, transition);
        }
    };
    Listener::new("on_transition", Event::State(Rows::Of(E::entity_meta), Box::new(call)))
}

/// Called when the state of any entity has changed, as [`on_transition`].
///
/// Counterpart: `SessionEvents.transient_to_pending` and the nine others of its kind.
#[track_caller]
pub fn on_any_transition(
    listener: impl Fn(&StateScope<'_>, EntityKey, Transition) + Send + Sync + 'static,
) -> Listener {
    Listener::new("on_any_transition", Event::State(Rows::All, Box::new(listener)))
}

/// Called when the state of an entity that embeds `M` has changed, as [`on_transition`].
///
/// Counterpart: `SessionEvents.transient_to_pending` and the nine others of its kind.
#[track_caller]
pub fn on_mixin_transition<M: Embedded>(
    listener: impl Fn(&StateScope<'_>, MixinKey<M>, Transition) + Send + Sync + 'static,
) -> Listener {
    let call = move |scope: &StateScope<'_>, entity: EntityKey, transition: Transition| {
        if let Some(key) = entity.mixin::<M>() {
            listener(scope, key, transition);
        }
    };
    Listener::new("on_mixin_transition", Event::State(Rows::Embedding(TypeId::of::<M>()), Box::new(call)))
}
