//! Association proxies (`Order::ITEMS`): an attribute of the entities at the other end of a relationship, seen from
//! the owner.

use std::fmt;
use std::marker::PhantomData;

use super::entity::Entity;
use super::relationship::{CollectionKind, Keyed, Relationship, ToMany, ToOne};
use crate::column_type::ColumnType;
use crate::key::{IsA, Key};
use crate::sql::{BaseOf, Column, Expr, Expression, IntoExpr, or_};

/// An attribute of the entities at the other end of a relationship, as if the owner had it: the items of an order,
/// the words of a user's keywords.
///
/// Declare a proxy as a constant beside those that the derive writes. `O` is the owner, `T` the entity at the other
/// end, `K` the kind of the relationship ([`ToOne`], [`ToMany`], [`Keyed`]). `V` is what the proxy shows: the type of
/// a column of `T`, a [`Key`] of the entity that a to-one relationship of `T` leads to, or a [`Relationship`] or
/// `Proxy` of `T`. The relationship makes the proxy ([`proxy_values`](Relationship::proxy_values),
/// [`proxy_entities`](Relationship::proxy_entities), [`proxy_inner`](Relationship::proxy_inner)), with a function
/// that creates a `T` for a new value. [`Session::proxy`](crate::Session::proxy) reads and changes the attribute of
/// one owner. Queries ask about the attribute with `contains`, `any`, `eq` and `has`.
///
/// ```
/// use orm::prelude::*;
///
/// #[derive(Entity, Debug, Default)]
/// struct User {
///     #[entity(primary_key)]
///     id: Auto<i64>,
///     name: String,
///     #[entity(inverse = "user", cascade = "all, delete-orphan")]
///     keywords: HasMany<Keyword>,
/// }
///
/// #[derive(Entity, Debug, Default)]
/// struct Keyword {
///     #[entity(primary_key)]
///     id: Auto<i64>,
///     word: String,
///     #[entity(inverse = "keywords")]
///     user: BelongsTo<User>,
/// }
///
/// impl User {
///     const WORDS: Proxy<User, Keyword, ToMany, String> =
///         User::KEYWORDS.proxy_values(Keyword::WORD, |word| Keyword { word, ..Keyword::default() });
/// }
///
/// # fn main() -> orm::Result<()> {
/// # let engine = Engine::new("sqlite://")?;
/// # engine.create_all(schema![User, Keyword])?;
/// let mut session = Session::new(&engine);
/// let ed = session.add(User { name: "ed".into(), ..User::default() });
/// session.proxy(ed, User::WORDS).extend(["rust", "sql"])?;
/// assert_eq!(session.proxy(ed, User::WORDS).load()?, ["rust", "sql"]);
/// let found = session.query::<User>().filter(User::WORDS.contains("sql")).one()?;
/// assert_eq!(found, ed);
/// # Ok(()) }
/// ```
///
/// A column of another entity does not compile:
/// ```compile_fail,E0271
/// # use orm::prelude::*;
/// # #[derive(Entity, Debug, Default)]
/// # struct User {
/// #     #[entity(primary_key)] id: Auto<i64>, name: String, #[entity(inverse = "user")] keywords: HasMany<Keyword>,
/// # }
/// # #[derive(Entity, Debug, Default)]
/// # struct Keyword {
/// #     #[entity(primary_key)] id: Auto<i64>, word: String, #[entity(inverse = "keywords")] user: BelongsTo<User>,
/// # }
/// const WORDS: Proxy<User, Keyword, ToMany, String, NoCreator> = Proxy::without_creator(User::KEYWORDS, User::NAME);
/// ```
///
/// Counterpart: `association_proxy()`.
pub struct Proxy<O: Entity, T: Entity, K: ProxyKind, V: ProxyTarget<T>, C = Creates> {
    relationship: Relationship<O, T, K>,
    path: V::Path,
    creator: Creator<V::Creator<K>, V::Reader<K>>,
    creates: PhantomData<fn() -> C>,
}

/// Marks a [`Proxy`] that creates the entity for a new value.
#[derive(Debug)]
pub enum Creates {}

/// Marks a [`Proxy`] that has no function to create entities: values are read and removed only.
#[derive(Debug)]
pub enum NoCreator {}

/// The function of a proxy that creates the entity at the other end.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum Creator<F, R> {
    /// None: values cannot be added.
    Absent,
    /// Creates an entity of the value.
    Value(F),
    /// Creates an entity of the value and the entity that the value is a key of.
    Entity(R),
}

/// Declares the constructors of proxies over a kind of relationship. They are methods of the relationship, so that a
/// closure becomes a function pointer.
macro_rules! constructors {
    ($([$($parameter:ident)?] $kind:ty, ($($name:ty)?);)+) => { $(
        impl<O: Entity, T: Entity $(, $parameter)?> Relationship<O, T, $kind> {
            /// Declares a proxy of a column of the entities there. `creator` makes such an entity for a new value;
            /// over a keyed relationship, for a key and a value.
            pub const fn proxy_values<V: ColumnType>(
                self,
                column: Column<T, V>,
                creator: fn($($name,)? V) -> T,
            ) -> Proxy<O, T, $kind, V> {
                Proxy { relationship: self, path: column, creator: Creator::Value(creator), creates: PhantomData }
            }

            /// Declares a proxy of the entities that a reference of the entities there leads to. `creator` makes an
            /// entity of the relationship for the key of one that the reference leads to; over a keyed relationship,
            /// for a key of the collection and that key.
            pub const fn proxy_entities<U: Entity>(
                self,
                reference: Relationship<T, U, ToOne>,
                creator: fn($($name,)? Key<U>) -> T,
            ) -> Proxy<O, T, $kind, Key<U>> {
                Proxy { relationship: self, path: reference, creator: Creator::Value(creator), creates: PhantomData }
            }

            /// Declares a proxy like [`proxy_entities`](Self::proxy_entities), for a creator that reads the entity
            /// which the reference leads to. An expired one is read again first.
            pub const fn proxy_entities_reading<U: Entity>(
                self,
                reference: Relationship<T, U, ToOne>,
                creator: fn($($name,)? Key<U>, &U) -> T,
            ) -> Proxy<O, T, $kind, Key<U>> {
                Proxy { relationship: self, path: reference, creator: Creator::Entity(creator), creates: PhantomData }
            }

            /// Declares a proxy that leads to a collection or a proxy of the entity there. `creator` makes an entity
            /// where there is none.
            pub const fn proxy_inner<P>(self, inner: P, creator: fn($($name)?) -> T) -> Proxy<O, T, $kind, P>
            where
                P: ProxyTarget<T, Path = P, Creator<$kind> = fn($($name)?) -> T>,
            {
                Proxy { relationship: self, path: inner, creator: Creator::Value(creator), creates: PhantomData }
            }
        }
    )+ };
}

constructors! {
    [] ToOne, ();
    [] ToMany, ();
    [Q] Keyed<Q>, (Q);
}

impl<O: Entity, T: Entity, K: ProxyKind, V: ProxyTarget<T>> Proxy<O, T, K, V, NoCreator> {
    /// Declares a proxy that creates nothing. To add a value to such a proxy does not compile.
    pub const fn without_creator(relationship: Relationship<O, T, K>, path: V::Path) -> Self {
        Self { relationship, path, creator: Creator::Absent, creates: PhantomData }
    }
}

impl<O: Entity, T: Entity, K: ProxyKind, V: ProxyTarget<T>, C> Proxy<O, T, K, V, C> {
    /// Returns the relationship that the proxy goes over.
    pub const fn relationship(self) -> Relationship<O, T, K> {
        self.relationship
    }

    /// Returns the attribute of the entities at the other end.
    pub const fn path(self) -> V::Path {
        self.path
    }

    pub(crate) const fn creator(self) -> Creator<V::Creator<K>, V::Reader<K>> {
        self.creator
    }
}

impl<O: Entity, T: Entity, K: ProxyKind, V: ProxyTarget<T>, C> Clone for Proxy<O, T, K, V, C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<O: Entity, T: Entity, K: ProxyKind, V: ProxyTarget<T>, C> Copy for Proxy<O, T, K, V, C> {}

impl<O: Entity, T: Entity, K: ProxyKind, V: ProxyTarget<T>, C> fmt::Debug for Proxy<O, T, K, V, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} -> {:?}", self.relationship, self.path)
    }
}

/// A kind of relationship that a [`Proxy`] goes over: [`ToOne`], [`ToMany`] or [`Keyed`].
pub trait ProxyKind: Sized {
    /// Key of a member: `()` where members have none.
    type Name;
    /// Function that creates the member for a value.
    type Creator<V, T>: Copy;
    /// Function that creates the member for an entity.
    type Reader<U: Entity, T>: Copy;
    /// Function that creates a member without a value.
    type Empty<T>: Copy;

    #[doc(hidden)]
    fn create<V, T>(creator: Self::Creator<V, T>, name: Self::Name, value: V) -> T;
    #[doc(hidden)]
    fn create_for<U: Entity, T>(creator: Self::Reader<U, T>, name: Self::Name, key: Key<U>, entity: &U) -> T;
    #[doc(hidden)]
    fn create_empty<T>(creator: Self::Empty<T>, name: Self::Name) -> T;
    /// Whether a criterion holds for an entity at the other end.
    #[doc(hidden)]
    fn ask<O: Entity, T: Entity>(relationship: Relationship<O, T, Self>, criterion: Expr<bool>) -> Expr<bool>;
}

macro_rules! unnamed_kinds {
    ($($kind:ty => $ask:ident),+) => { $(
        impl ProxyKind for $kind {
            type Name = ();
            type Creator<V, T> = fn(V) -> T;
            type Reader<U: Entity, T> = fn(Key<U>, &U) -> T;
            type Empty<T> = fn() -> T;

            fn create<V, T>(creator: fn(V) -> T, (): (), value: V) -> T {
                creator(value)
            }

            fn create_for<U: Entity, T>(creator: fn(Key<U>, &U) -> T, (): (), key: Key<U>, entity: &U) -> T {
                creator(key, entity)
            }

            fn create_empty<T>(creator: fn() -> T, (): ()) -> T {
                creator()
            }

            fn ask<O: Entity, T: Entity>(relationship: Relationship<O, T, Self>, criterion: Expr<bool>) -> Expr<bool> {
                relationship.$ask(criterion)
            }
        }
    )+ };
}

unnamed_kinds!(ToOne => has, ToMany => any);

impl<Q> ProxyKind for Keyed<Q> {
    type Name = Q;
    type Creator<V, T> = fn(Q, V) -> T;
    type Reader<U: Entity, T> = fn(Q, Key<U>, &U) -> T;
    type Empty<T> = fn(Q) -> T;

    fn create<V, T>(creator: fn(Q, V) -> T, name: Q, value: V) -> T {
        creator(name, value)
    }

    fn create_for<U: Entity, T>(creator: fn(Q, Key<U>, &U) -> T, name: Q, key: Key<U>, entity: &U) -> T {
        creator(name, key, entity)
    }

    fn create_empty<T>(creator: fn(Q) -> T, name: Q) -> T {
        creator(name)
    }

    fn ask<O: Entity, T: Entity>(relationship: Relationship<O, T, Self>, criterion: Expr<bool>) -> Expr<bool> {
        relationship.any(criterion)
    }
}

/// The attribute that a [`Proxy`] shows of the entity `T` at the other end: the type of a column, the [`Key`] of an
/// entity, a [`Relationship`], or a proxy of `T`.
#[diagnostic::on_unimplemented(
    message = "a proxy cannot show `{Self}` of `{T}`",
    note = "a proxy shows the type of a column of `{T}`, a `Key` that a to-one relationship of `{T}` leads to, a `Relationship<{T}, _, _>`, \
            or a `Proxy<{T}, _, _, _>`"
)]
pub trait ProxyTarget<T: Entity>: Sized {
    /// Constant that names the attribute: a `Column`, a `Relationship`, a `Proxy`.
    type Path: Copy + fmt::Debug;
    /// Function that creates a `T` for a value.
    type Creator<K: ProxyKind>: Copy;
    /// Function that creates a `T` for an entity.
    type Reader<K: ProxyKind>: Copy;

    /// A criterion over what the attribute leads to, as one over `T`.
    #[doc(hidden)]
    fn criterion(path: Self::Path, criterion: Expr<bool>) -> Expr<bool>;
}

/// A creator that cannot be, as the attribute is no entity.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum NoReader {}

impl<T: Entity, V: ColumnType> ProxyTarget<T> for V {
    type Path = Column<T, V>;
    type Creator<K: ProxyKind> = K::Creator<V, T>;
    type Reader<K: ProxyKind> = NoReader;

    fn criterion(_: Self::Path, criterion: Expr<bool>) -> Expr<bool> {
        criterion
    }
}

impl<T: Entity, U: Entity> ProxyTarget<T> for Key<U> {
    type Path = Relationship<T, U, ToOne>;
    type Creator<K: ProxyKind> = K::Creator<Self, T>;
    type Reader<K: ProxyKind> = K::Reader<U, T>;

    fn criterion(path: Self::Path, criterion: Expr<bool>) -> Expr<bool> {
        path.has(criterion)
    }
}

impl<T: Entity + IsA<B>, B: Entity, U: Entity, I: ProxyKind> ProxyTarget<T> for Relationship<B, U, I> {
    type Path = Self;
    type Creator<K: ProxyKind> = K::Empty<T>;
    type Reader<K: ProxyKind> = NoReader;

    fn criterion(path: Self, criterion: Expr<bool>) -> Expr<bool> {
        I::ask(path, criterion)
    }
}

impl<T: Entity + IsA<B>, B: Entity, U: Entity, I: ProxyKind, V: ProxyTarget<U>, C> ProxyTarget<T>
    for Proxy<B, U, I, V, C>
{
    type Path = Self;
    type Creator<K: ProxyKind> = K::Empty<T>;
    type Reader<K: ProxyKind> = NoReader;

    fn criterion(path: Self, criterion: Expr<bool>) -> Expr<bool> {
        I::ask(path.relationship, V::criterion(path.path, criterion))
    }
}

/// Questions about a proxy over a collection.
impl<O: Entity, T: Entity, K: ProxyKind + CollectionKind, V: ProxyTarget<T>, C> Proxy<O, T, K, V, C> {
    /// Whether a criterion holds for an entity there: over the columns of `T` for a proxy of a column, else over
    /// those of the entity that the attribute leads to.
    ///
    /// Counterpart: `Order.items.any(..)`.
    pub fn any(self, criterion: impl IntoExpr<bool>) -> Expr<bool> {
        self.relationship.any(V::criterion(self.path, Expr::new(criterion.into_node())))
    }

    /// Whether there is no entity at the other end.
    pub fn is_empty(self) -> Expr<bool> {
        self.relationship.is_empty()
    }
}

impl<O: Entity, T: Entity, K: ProxyKind + CollectionKind, V: ColumnType, C> Proxy<O, T, K, V, C> {
    /// Whether a value is among the values: `EXISTS (.. WHERE word = value)`.
    ///
    /// Counterpart: `User.words.contains(..)`.
    pub fn contains(self, value: impl IntoExpr<BaseOf<Column<T, V>>>) -> Expr<bool> {
        self.relationship.any(self.path.eq(value))
    }
}

impl<O: Entity, T: Entity, K: ProxyKind + CollectionKind, U: Entity, C> Proxy<O, T, K, Key<U>, C> {
    /// Whether the entity with this primary key is among the entities.
    ///
    /// Counterpart: `Order.items.contains(item)`.
    pub fn contains(self, id: impl Into<U::PrimaryKey>) -> Expr<bool> {
        self.relationship.any(self.path.is(id))
    }
}

/// Questions about a proxy over a reference.
impl<O: Entity, T: Entity, V: ProxyTarget<T>, C> Proxy<O, T, ToOne, V, C> {
    /// Whether a criterion holds for the entity there, as in [`any`](Self::any); false when there is none.
    ///
    /// Counterpart: `Address.parent.has(..)`.
    pub fn has(self, criterion: impl IntoExpr<bool>) -> Expr<bool> {
        self.relationship.has(V::criterion(self.path, Expr::new(criterion.into_node())))
    }
}

impl<O: Entity, T: Entity, V: ColumnType, C> Proxy<O, T, ToOne, V, C> {
    /// Whether there is an entity at the other end and its column has this value.
    ///
    /// Counterpart: `User.word == value`.
    pub fn eq(self, value: impl IntoExpr<BaseOf<Column<T, V>>>) -> Expr<bool> {
        self.relationship.has(self.path.eq(value))
    }

    /// Whether there is an entity at the other end and its column has another value.
    ///
    /// Counterpart: `User.word != value`.
    pub fn ne(self, value: impl IntoExpr<BaseOf<Column<T, V>>>) -> Expr<bool> {
        self.relationship.has(self.path.ne(value))
    }

    /// Whether the column is `NULL`, or there is no entity at the other end.
    ///
    /// Counterpart: `User.word == None`.
    pub fn is_null(self) -> Expr<bool> {
        or_([self.relationship.is_null(), self.relationship.has(self.path.is_null())])
    }
}

impl<O: Entity, T: Entity, U: Entity, C> Proxy<O, T, ToOne, Key<U>, C> {
    /// Whether the attribute leads to the entity with this primary key.
    ///
    /// Counterpart: `Address.parent == customer`.
    pub fn is(self, id: impl Into<U::PrimaryKey>) -> Expr<bool> {
        self.relationship.has(self.path.is(id))
    }

    /// Whether the attribute leads to no entity.
    ///
    /// Counterpart: `Address.parent == None`.
    pub fn is_null(self) -> Expr<bool> {
        or_([self.relationship.is_null(), self.relationship.has(self.path.is_null())])
    }
}
