//! `ViewMany` and `ViewOne`: view-only relationships by a condition of the program's own.

use std::fmt;
use std::marker::PhantomData;

use super::collection::{Collection, CollectionField};
use super::entity::{Entity, Record};
use crate::key::Key;

macro_rules! view_field {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        pub struct $name<T: Entity> {
            collection: Collection,
            target: PhantomData<fn() -> T>,
        }

        impl<T: Entity> Default for $name<T> {
            fn default() -> Self {
                Self { collection: Collection::default(), target: PhantomData }
            }
        }

        impl<T: Entity> CollectionField for $name<T> {
            fn collection(&self) -> &Collection {
                &self.collection
            }

            fn collection_mut(&mut self) -> &mut Collection {
                &mut self.collection
            }

            fn has_new(&self) -> bool {
                false
            }

            fn take_new(&mut self) -> Vec<Box<dyn Record>> {
                Vec::new()
            }
        }

        impl<T: Entity> $name<T> {
            /// The entities that were found when the relationship was loaded last, however long ago; none when
            /// it never was.
            fn found(&self) -> Option<impl ExactSizeIterator<Item = Key<T>> + '_> {
                let session = self.collection.session.filter(|_| self.collection.epoch > 0)?;
                Some(self.collection.members.iter().map(move |slot| Key::from_parts(session, *slot)))
            }
        }

        impl<T: Entity> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self.found() {
                    None => f.write_str("(not loaded)"),
                    Some(found) => f.debug_list().entries(found).finish(),
                }
            }
        }
    };
}

view_field! {
    /// A view-only relationship to many entities: those for which the condition `on` holds.
    ///
    /// The condition is any expression over the columns of both ends, with constants, casts, ranges and subqueries. It
    /// is asked of the database, so the relationship shows what the rows say: a load flushes first, and what a later
    /// flush writes makes it load again. It is never written, and no cascade follows it. Every loader strategy loads
    /// it, and conditions of queries (`any`) and joins go along it.
    ///
    /// ```
    /// use orm::prelude::*;
    /// use orm::sql::{Alias, Expr};
    ///
    /// #[derive(Entity, Debug, Default)]
    /// struct Folder {
    ///     #[entity(primary_key)]
    ///     id: Auto<i64>,
    ///     path: String,
    ///     #[entity(on = Folder::is_below, order_by = "path")]
    ///     below: ViewMany<Folder>,
    /// }
    ///
    /// impl Folder {
    ///     fn is_below(folder: &Alias<Folder>, other: &Alias<Folder>) -> Expr<bool> {
    ///         other.column(Folder::PATH).like(folder.column(Folder::PATH).concat("/%"))
    ///     }
    /// }
    ///
    /// # let engine = Engine::new("sqlite://")?;
    /// # engine.create_all(schema![Folder])?;
    /// let mut session = Session::new(&engine);
    /// let folders = ["home", "home/ann", "home/ann/letters", "tmp"];
    /// let folders = folders.map(|path| session.add(Folder { path: path.into(), ..Folder::default() }));
    /// let below = session.rel(folders[0], Folder::BELOW).load()?;
    /// assert_eq!(below, folders[1..3]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// Counterpart: a `relationship()` with `primaryjoin=` and `viewonly=True`.
    ViewMany
}

view_field! {
    /// A view-only relationship to the first entity, in the order of `order_by`, for which the condition `on` holds.
    ///
    /// It shows one entity where [`ViewMany`] shows all: the newest order of a customer, the row that is valid today.
    ///
    /// Counterpart: a `relationship()` with `primaryjoin=`, `viewonly=True` and `uselist=False`.
    ViewOne
}

impl<T: Entity> ViewMany<T> {
    /// Returns the entities that were found when the relationship was loaded last, or `None` when it never was. Sends
    /// no statement, and does not know what was written since: [`Rel::load`](crate::session::RelOf::load) does.
    pub fn loaded(&self) -> Option<impl ExactSizeIterator<Item = Key<T>> + '_> {
        self.found()
    }
}

impl<T: Entity> ViewOne<T> {
    /// Returns the entity that was found when the relationship was loaded last, or `None` when it never was. Sends no
    /// statement, and does not know what was written since: [`Rel::load`](crate::session::RelOf::load) does.
    pub fn loaded(&self) -> Option<Option<Key<T>>> {
        self.found().map(|mut found| found.next())
    }
}
