//! Loading from the query's own joins: no statement and no join is added.

use super::{Strategy, Timing};
use crate::error::{Error, Result};
use crate::load::option::Load;
use crate::load::source::IntoSource;
use crate::mapping::{Entity, EntityMeta, RelationPosition, Relationship};
use crate::sql::tree::Name;

/// Loads a relationship from the rows of a join that the query has already, as `.join(User::ADDRESSES)`.
///
/// Conditions of the query restrict the members, and its ORDER BY orders them. The collection then counts as loaded
/// with these members alone; a collection that was loaded before stays as it is, unless the query refreshes. The
/// session asks for all members again before it deletes an owner, so that a cascade reaches the members that the query
/// left out. `rel(..).set(..)` and `clear` know of no others: expire the owner first to replace all members.
///
/// An inner join leaves out owners without members; `left_join` gives them an empty collection.
///
/// No further statement. `limit` counts rows of the join, not owners.
///
/// # Errors
/// [`Error::InvalidRequest`] when the query runs, where it does not join the target under its own name, and where a
/// collection comes with several entities in a row, is streamed, or would move into a subquery (`distinct`, `group_by`,
/// or a `limit` beside a joined collection).
///
/// ```
/// use orm::prelude::*;
///
/// #[derive(Entity, Debug, Default)]
/// struct User {
///     #[entity(primary_key)]
///     id: Auto<i64>,
///     #[entity(inverse = "user")]
///     posts: HasMany<Post>,
/// }
///
/// #[derive(Entity, Debug, Default)]
/// struct Post {
///     #[entity(primary_key)]
///     id: Auto<i64>,
///     stars: i32,
///     #[entity(inverse = "posts")]
///     user: BelongsTo<User>,
/// }
///
/// # fn main() -> orm::Result<()> {
/// let engine = Engine::new("sqlite://")?;
/// engine.create_all(schema![User, Post])?;
/// let mut session = Session::new(&engine);
/// let user = session.add(User::default());
/// session.rel(user, User::POSTS).extend([1, 5].map(|stars| Post { stars, ..Post::default() }))?;
/// session.commit()?;
/// session.expunge_all();
///
/// let praised = select(entity::<User>()).join(User::POSTS).filter(Post::STARS.ge(4));
/// let users = session.all(praised.options(contains_eager(User::POSTS)))?;
/// assert_eq!(session.rel(users[0], User::POSTS).load()?.len(), 1, "read by the query, without a SELECT of its own");
/// # Ok(())
/// # }
/// ```
///
/// Counterpart: `sqlalchemy.orm.contains_eager`.
pub fn contains_eager<O: Entity, T: Entity, K>(relationship: Relationship<O, T, K>) -> Load<O, T> {
    Load::contained(relationship, Name::Borrowed(relationship.target_meta().table))
}

/// Loads a relationship from the rows of a join onto an alias or a subquery, as `.join(User::ADDRESSES.onto(&alias))`.
///
/// Everything else is as with [`contains_eager`].
///
/// Counterpart: `contains_eager(User.addresses.of_type(alias))`.
pub fn contains_eager_from<O: Entity, T: Entity, K>(
    relationship: Relationship<O, T, K>,
    source: impl IntoSource,
) -> Load<O, T> {
    Load::contained(relationship, source.into_source().name().clone())
}

pub(crate) struct ContainsEager;

impl Strategy for ContainsEager {
    fn timing(&self) -> Timing {
        Timing::InStatement
    }
}

/// A relationship that the rows of a query should contain, and where the query cannot give it.
pub(crate) fn refuse<T>(meta: &EntityMeta, relation: RelationPosition, why: &str) -> Result<T> {
    let (entity, relation) = (meta.name, &meta.relations[relation]);
    Err(Error::invalid(format!("contains_eager cannot load {entity}.{}: {why}", relation.name)))
}
