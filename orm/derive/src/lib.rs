//! The derive macros of the `orm` crate.
//!
//! Three stages: `attribute` (the grammar), `model` and `check` (plain data, and the rules across fields), `expand`
//! (one file for each kind of generated item). All faults are reported at once, each at its token and with a fix. Code
//! that a trait or a function of `orm::__derive` can contain is not generated.

mod attribute;
mod check;
mod column_enum;
mod errors;
mod expand;
mod from_row;
mod model;
mod types;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

use crate::model::Derive;

/// Maps a struct to a table. Each field is a column, a relationship, an embedded struct, or skipped.
///
/// Generates the mapping (`User::entity_meta()`), the conversion between rows and fields, and a constant for each
/// field, in upper case: `User::NAME` is a `Column<User, String>`, `User::ADDRESSES` a `Relationship<User, Address,
/// ToMany>`. A `BelongsTo` field `user` has two constants: the relationship `Address::USER` and the column
/// `Address::USER_ID`. The constants have the visibility of the struct.
///
/// Counterpart: a class on a declarative base, its `__tablename__`, `mapped_column()`s and `relationship()`s.
///
/// ```
/// use orm::{Auto, BelongsTo, Entity, HasMany};
///
/// #[derive(Entity, Debug, Default)]
/// #[entity(table = "user_account")]
/// struct User {
///     #[entity(primary_key)]
///     id: Auto<i64>,
///     #[entity(length = 50, unique, index)]
///     name: String,
///     fullname: Option<String>,
///     #[entity(inverse = "user", cascade = "all, delete-orphan", order_by = "id")]
///     addresses: HasMany<Address>,
/// }
///
/// #[derive(Entity, Debug, Default)]
/// struct Address {
///     #[entity(primary_key)]
///     id: Auto<i64>,
///     email: String,
///     #[entity(inverse = "addresses")]
///     user: BelongsTo<User>,
/// }
///
/// assert_eq!(User::NAME.table(), "user_account");
/// assert_eq!(Address::USER_ID.name(), "user_id");
/// assert_eq!(User::ADDRESSES.meta().inverse, Some("user"));
/// ```
///
/// # On the struct
///
/// | attribute | effect | default | counterpart |
/// | --- | --- | --- | --- |
/// | `table = "user_account"` | names the table | the struct's name in snake case | `__tablename__` |
/// | `schema = "shop"` | the table's schema | the connection's | `__table_args__["schema"]` |
/// | `comment = "..."` | a comment on the table | none | `comment=` |
/// | `unique(name, kind)`, `unique(name = "uq", columns(name, kind))` | a unique constraint; may be repeated | none | `UniqueConstraint` |
/// | `index(name, kind)`, `index(name = "ix", columns(name, kind))` | an index; may be repeated | none | `Index` |
/// | `check = "sql"`, `check(name = "ck", sql = "sql")` | a CHECK constraint; may be repeated | none | `CheckConstraint` |
///
/// A constraint lists fields. A string (`unique("created", name)`) is a column by its database name, for columns of
/// embedded structs.
///
/// ```
/// use orm::{Auto, Entity};
///
/// #[derive(Entity)]
/// #[entity(schema = "shop", comment = "What is sold.", unique(name, kind))]
/// #[entity(index(name = "ix_price", columns(price)), check = "price > 0")]
/// struct Item {
///     #[entity(primary_key)]
///     id: Auto<i64>,
///     name: String,
///     kind: String,
///     price: i64,
/// }
///
/// assert_eq!(Item::entity_meta().uniques[0].columns, ["name", "kind"]);
/// assert_eq!(Item::entity_meta().checks, [(None, "price > 0")]);
/// ```
///
/// # On a column
///
/// The field's type decides the column's type: `Option<T>` is nullable, `Auto<T>` can be left out at insertion (a
/// generated key, a default). The type must implement [`ColumnType`](../orm/trait.ColumnType.html).
///
/// | attribute | effect | default | counterpart |
/// | --- | --- | --- | --- |
/// | `primary_key` | (a part of) the primary key; on a `BelongsTo` too | – | `primary_key=True` |
/// | `column = "user_id"` | the column's name | the field's | the name given to `mapped_column()` |
/// | `length = 50` | at most so many characters | any length | `String(50)` |
/// | `text` | the database's type for long text | a string | `Text` |
/// | `precision = 10`, `scale = 2` | digits in all, and behind the point: more behind it are rounded, more before it refused. On SQLite no index serves a condition on a decimal, a key neither: store whole cents as `i64` where tables are large | the database's; 0 | `Numeric(10, 2)` |
/// | `unique`, `index` | a constraint or an index on this column alone | neither | `unique=True`, `index=True` |
/// | `default = expression` | value of an unset `Auto<T>`, evaluated at each flush; a function path or a closure is called | the database's | `default=` |
/// | `onupdate = expression` | value of the column at each UPDATE that does not set it | unchanged | `onupdate=` |
/// | `server_default = "sql"` | the DEFAULT of the column | none | `server_default=` |
/// | `comment = "..."` | a comment on the column | none | `comment=` |
/// | `sensitive` | echo, recorder, errors and `Debug` mask the value, and values beside the column in an expression; foreign keys to the column are sensitive as well | shown | `hide_parameters`, for one column |
/// | `version` | version counter that detects concurrent changes (optimistic locking); `i64` or `i32`; a version that the program sets is written unchanged | none | `version_id_col` |
/// | `references = "table.column"` | a foreign key without a relationship | none | `ForeignKey` |
/// | `on_delete = "cascade"`, `on_update = "..."` | action of the database on a referring row: `cascade`, `set null`, `set default`, `restrict`, `no action` | the database's | `ondelete=`, `onupdate=` of `ForeignKey` |
/// | `skip` | not mapped: the field takes its `Default` when a row is loaded | mapped | a plain attribute |
///
/// ```
/// use orm::{Auto, DataType, Entity, Value};
///
/// #[derive(Entity, Default)]
/// struct Account {
///     #[entity(primary_key, column = "account_id")]
///     id: Auto<i64>,
///     #[entity(length = 50, unique, index, comment = "As on the door.")]
///     owner: String,
///     #[entity(text)]
///     notes: Option<String>,
///     #[entity(sensitive)]
///     password: String,
///     #[entity(default = 1 + 1, server_default = "2")]
///     level: Auto<i32>,
///     #[entity(default = "active")]
///     status: Auto<String>,
///     #[entity(default = uuid::Uuid::new_v4)]
///     token: Auto<uuid::Uuid>,
///     #[entity(default = now, onupdate = now())]
///     touched: Auto<chrono::NaiveDateTime>,
///     #[entity(precision = 10, scale = 2)]
///     balance: bigdecimal::BigDecimal,
///     #[entity(references = "branch.id", on_delete = "set null")]
///     branch_id: Option<i64>,
///     #[entity(version)]
///     revision: i32,
///     #[entity(skip)]
///     cached: Vec<String>,
/// }
///
/// fn now() -> chrono::NaiveDateTime {
///     chrono::Utc::now().naive_utc()
/// }
///
/// let columns = Account::entity_meta().columns.as_slice();
/// assert_eq!(columns[0].name, "account_id");
/// assert_eq!(columns[1].data_type, DataType::String(Some(50)));
/// assert_eq!(columns[4].default.map(|default| default()), Some(Value::I64(2)));
/// assert_eq!(columns[8].data_type, DataType::Numeric(Some((10, 2))));
/// assert_eq!(columns.len(), 11);
/// ```
///
/// # On a relationship
///
/// The field's type decides the kind: `BelongsTo<User>` is the foreign key (`BelongsTo<Option<User>>` if nullable),
/// `HasMany<Address>` and `HasOne<Profile>` are the other side of a foreign key, and `ManyToMany<Group>` uses a table
/// of two foreign keys. `ViewMany<Order>` and `ViewOne<Order>` are view-only, by a condition of your own.
///
/// | attribute | on | effect | default | counterpart |
/// | --- | --- | --- | --- | --- |
/// | `column = "user_id"` | `BelongsTo` | the foreign key | the field's name and `_id` | `ForeignKey` |
/// | `columns("a", "b")`, `column = "a, b"` | `BelongsTo` | a foreign key of several columns, in the order of the target's primary key | one column | `ForeignKeyConstraint` |
/// | `inverse = "user"` | all but views | the field at the other side; the session keeps both in step | none; required for `HasMany` and `HasOne` | `back_populates=` |
/// | `cascade = "all, delete-orphan"` | all but views | operations that continue at the related entities: `save-update`, `merge`, `refresh-expire`, `expunge`, `delete`, `delete-orphan`; `all` is the first five, `none` nothing | `save-update, merge` | `cascade=` |
/// | `lazy = "selectin"` | all | loader strategy, unless a query says otherwise: `select`, `peers`, `selectin`, `subquery`, `immediate`, `joined`, `raise`, `raise on sql` | `select` | `lazy=` |
/// | `on = Folder::is_below` | `ViewMany`, `ViewOne` | the condition: a function or closure of the aliases of owner and target | required | `primaryjoin=`, with `viewonly=True` |
/// | `order_by = "name desc, id"` | all but `BelongsTo`, `HasOne` | the order of the members, by their fields; `ViewOne` shows the first | none | `order_by=` |
/// | `key = "name"` | `HasMany`, `ManyToMany` | a map by a field of the members; the constant is a `Relationship<_, _, Keyed<String>>` | a list | `attribute_keyed_dict` |
/// | `set` | `HasMany`, `ManyToMany` | no member twice | a list | `collection_class=set` |
/// | `passive_deletes` | all but `BelongsTo` | lets ON DELETE of the database handle members that are not loaded | loads them | `passive_deletes=True` |
/// | `post_update` | `BelongsTo` | writes the foreign key by a separate UPDATE, to break a circle of rows | off | `post_update=True` |
/// | `secondary = "user_group"` | `ManyToMany` | the table between | required | `secondary=` |
/// | `local = "user_id"`, `remote = "group_id"` | `ManyToMany` | foreign key columns for this side and for the other | the structs' names in snake case and `_id` | `primaryjoin=`, `secondaryjoin=` |
/// | `on_delete`, `on_update` | `BelongsTo`, `ManyToMany` | as on a column, for the foreign keys | the database's | `ondelete=`, `onupdate=` |
/// | `primary_key`, `unique`, `index`, `comment`, `sensitive` | `BelongsTo` | as on a column | – | – |
///
/// ```
/// use orm::mapping::{ColumnPosition, Keyed, Relationship};
/// use orm::sql::Column;
/// use orm::{Auto, BelongsTo, Entity, HasMany, HasOne, ManyToMany};
///
/// #[derive(Entity)]
/// struct Node {
///     #[entity(primary_key)]
///     id: Auto<i64>,
///     name: String,
///     #[entity(inverse = "children", on_delete = "cascade", index)]
///     parent: BelongsTo<Option<Node>>,
///     #[entity(inverse = "parent", key = "name", cascade = "all, delete-orphan", lazy = "selectin")]
///     children: HasMany<Node>,
///     #[entity(secondary = "node_tag", inverse = "nodes", order_by = "word desc", set)]
///     tags: ManyToMany<Tag>,
///     #[entity(inverse = "node", passive_deletes)]
///     icon: HasOne<Icon>,
/// }
///
/// #[derive(Entity)]
/// struct Tag {
///     #[entity(primary_key)]
///     word: String,
///     #[entity(secondary = "node_tag", local = "tag_id", remote = "node_id", inverse = "tags")]
///     nodes: ManyToMany<Node>,
/// }
///
/// /// An association object: its key is made of two foreign keys.
/// #[derive(Entity)]
/// struct Icon {
///     #[entity(primary_key, column = "node_id")]
///     node: BelongsTo<Node>,
///     #[entity(primary_key, column = "tag_word")]
///     tag: BelongsTo<Tag>,
///     #[entity(columns("next_node", "next_tag"), post_update)]
///     next: BelongsTo<Option<Icon>>,
/// }
///
/// let _: Relationship<Node, Node, Keyed<String>> = Node::CHILDREN;
/// let _: Column<Icon, Option<String>> = Icon::NEXT_TAG;
/// assert_eq!(Node::TAGS.meta().secondary.as_ref().map(|between| between.local.clone()), Some(vec!["node_id"]));
/// assert_eq!(Icon::entity_meta().primary_key, [ColumnPosition(0), ColumnPosition(1)]);
/// ```
///
/// # On an embedded struct
///
/// | attribute | effect | default | counterpart |
/// | --- | --- | --- | --- |
/// | `embed` | embeds the columns and relationships of a struct that derives [`Embed`](derive@Embed) | – | a mixin, `composite()` |
/// | `embed(prefix = "home_")` | embeds with a prefix on the column names | none | – |
/// | `embed, primary_key` | embeds, and the embedded primary key is that of the entity | – | a mixin with the key |
///
/// # On an enum: a hierarchy of classes
///
/// The root of a hierarchy is an enum. Its variants hold the structs of the classes, the base class first. Each struct
/// names the root. Each struct but the base class has a field for the class that it extends.
///
/// A session stores the enum. A key of a class is a view of the same entity: with a `Key<Engineer>`, `session[key]` is
/// an `Engineer`; `key.upcast()` is the `Key<Employee>`, `key.as_a::<Person>()` the `Key<Person>`, and
/// `session.downcast::<Engineer>(key)` checks the class. A query for a class returns its subclasses as well; a query
/// for the base class or for the root returns all entities. A condition can use columns of every class: a column that
/// the row's class lacks is `NULL`.
///
/// | attribute | on | effect | default | counterpart |
/// | --- | --- | --- | --- | --- |
/// | `inheritance = "single"` | the enum | all classes in the table of the base class, whose other columns may be `NULL`; classes that name the same column share it | – | `__mapper_args__` without a table |
/// | `inheritance = "joined"` | the enum | each class has a table for its own columns, whose key refers to the table of the class above | – | a table with a foreign key to the parent's |
/// | `inheritance = "concrete"` | the enum | each class has a complete table; a query for a class with subclasses reads a `UNION ALL`. Keys of different tables can be equal, so the root's key begins with the identity of the class, `get::<Employee>(("engineer".to_owned(), 1))`. A foreign key refers to a class without subclasses, or to the root by two columns | – | `concrete=True`, `polymorphic_union()` |
/// | `discriminator = "type"` | the enum | the column with the class of a row (of the `UNION ALL` with concrete inheritance); written by the flush, queried as `Employee::TYPE` | `type` | `polymorphic_on` |
/// | `identity = "chief"` | a variant | discriminator value of the class | the variant in snake case | `polymorphic_identity` |
/// | `root = "Employee"` | the struct | the enum of the hierarchy | – | the base class |
/// | `base` | a field | the class that is extended | – | – |
/// | `base, column = "person_id"`, `base, columns("a", "b")` | a field | the key of its own table, in joined tables | as in the table above | the primary key column |
///
/// ```
/// use orm::prelude::*;
///
/// #[derive(Entity, Debug)]
/// #[entity(inheritance = "joined", discriminator = "type")]
/// enum Employee {
///     Person(Person),
///     Engineer(Engineer),
/// }
///
/// #[derive(Entity, Debug, Default)]
/// #[entity(table = "person", root = "Employee")]
/// struct Person {
///     #[entity(primary_key)]
///     id: Auto<i64>,
///     name: String,
/// }
///
/// #[derive(Entity, Debug, Default)]
/// #[entity(table = "engineer", root = "Employee")]
/// struct Engineer {
///     #[entity(base)]
///     person: Person,
///     language: String,
/// }
///
/// let engine = Engine::new("sqlite://")?;
/// engine.create_all(schema![Employee])?;
/// let mut session = Session::new(&engine);
/// let person = Person { name: "bob".into(), ..Person::default() };
/// let bob = session.add(Engineer { person, language: "java".into() });
/// session.commit()?; // INSERT INTO person .., INSERT INTO engineer ..
///
/// let person = session.query::<Person>().filter(Person::NAME.eq("bob")).one()?;
/// assert_eq!(person.upcast(), bob.upcast()); // the same row is the same entity, whichever class asked
/// assert_eq!(session.downcast::<Engineer>(person)?, Some(bob));
/// session[bob].language = "rust".into();
/// session.commit()?; // UPDATE engineer SET language = ? WHERE engineer.id = ?
///
/// for key in session.query::<Employee>().all()? {
///     match &session[key] {
///         Employee::Person(person) => println!("{}", person.name),
///         Employee::Engineer(engineer) => println!("{} writes {}", engineer.person.name, engineer.language),
///     }
/// }
/// # Ok::<(), orm::Error>(())
/// ```
#[proc_macro_derive(Entity, attributes(entity))]
pub fn derive_entity(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand::derive(&input, Derive::Entity).into()
}

/// Makes a struct of columns and relationships that entities can embed: a mixin.
///
/// The fields have the same attributes as those of an [`Entity`](derive@Entity). The constants are used through the
/// constant of the embedding field: `User::TIMES.column(Timestamps::CREATED)`, `.relationship(..)`, and `.embedded(..)`
/// for nested embedded structs.
///
/// Counterpart: a declarative mixin, or `composite()`.
///
/// ```
/// use orm::sql::Column;
/// use orm::{Auto, Embed, Entity};
///
/// #[derive(Embed, Default)]
/// struct Place {
///     street: String,
///     city: Option<String>,
/// }
///
/// #[derive(Entity, Default)]
/// struct User {
///     #[entity(primary_key)]
///     id: Auto<i64>,
///     #[entity(embed)]
///     home: Place,
///     #[entity(embed(prefix = "work_"))]
///     work: Place,
/// }
///
/// let city: Column<User, Option<String>> = User::WORK.column(Place::CITY);
/// assert_eq!(city.name(), "work_city");
/// assert_eq!(User::HOME.column(Place::CITY).name(), "city");
/// ```
#[proc_macro_derive(Embed, attributes(entity))]
pub fn derive_embed(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand::derive(&input, Derive::Embed).into()
}

/// Stores an enum without fields as text: the name of the variant in snake case, or the name in `#[column_enum(name =
/// "...")]`.
///
/// A row with another text is a read error, which lists the accepted texts. To use the enum in a primary key, derive
/// `Clone`, `Debug`, `Eq` and `Hash`, and add `impl orm::mapping::KeyPart for Status {}`.
///
/// Counterpart: `sqlalchemy.Enum` over a Python enum.
///
/// ```
/// use orm::{ColumnEnum, ColumnType, DataType, Value};
///
/// #[derive(ColumnEnum, Debug, PartialEq)]
/// enum Status {
///     Active,
///     OnLeave,
///     #[column_enum(name = "gone")]
///     Left,
/// }
///
/// assert_eq!(Status::data_type(), DataType::Enum(vec!["active", "on_leave", "gone"]));
/// assert_eq!(Status::from_value(Value::Text("on_leave".into())), Ok(Status::OnLeave));
/// assert_eq!(Status::from_value(Value::Text("?".into())), Err("one of `active`, `on_leave`, `gone`".to_owned()));
/// ```
#[proc_macro_derive(ColumnEnum, attributes(column_enum))]
pub fn derive_column_enum(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    column_enum::derive(&input).into()
}

/// Fills a plain struct from the columns of a query, by name. The struct is a projection and belongs to no session.
///
/// A field is read from the column of the same name, or of the name in `#[from_row(column = "...")]`: the label of an
/// expression, else the column's name. `Option<T>` accepts NULL; any type must implement
/// [`ColumnType`](../orm/trait.ColumnType.html). Names are matched once for each query. A missing, duplicate or unused
/// column is an error when the query runs.
///
/// `rows_as` returns such structs from a query; `unpack` reads one from a row of hand-written SQL.
///
/// Counterpart: `Result.mappings()`, or a class that a `Bundle` makes; with types.
///
/// ```
/// use orm::prelude::*;
///
/// # #[derive(Entity, Default)]
/// # struct User {
/// #     #[entity(primary_key)]
/// #     id: Auto<i64>,
/// #     name: String,
/// #     fullname: Option<String>,
/// #     #[entity(inverse = "user")]
/// #     addresses: HasMany<Address>,
/// # }
/// # #[derive(Entity, Default)]
/// # struct Address {
/// #     #[entity(primary_key)]
/// #     id: Auto<i64>,
/// #     #[entity(inverse = "addresses")]
/// #     user: BelongsTo<User>,
/// # }
/// #[derive(FromRow, Debug, PartialEq)]
/// struct PositionKind {
///     name: String,
///     n: i64,
///     #[from_row(column = "fullname")]
///     full: Option<String>,
/// }
///
/// # let engine = Engine::new("sqlite://")?;
/// # engine.create_all(schema![User, Address])?;
/// # let mut session = Session::new(&engine);
/// # let ed = session.add(User { name: "ed".into(), ..User::default() });
/// # session.rel(ed, User::ADDRESSES).push(Address::default())?;
/// let counts: Vec<PositionKind> = session.all(
///     select((User::NAME, User::FULLNAME, count(Address::ID).label("n")))
///         .join(User::ADDRESSES)
///         .group_by((User::NAME, User::FULLNAME))
///         .rows_as(),
/// )?;
/// assert_eq!(counts, [PositionKind { name: "ed".into(), n: 1, full: None }]);
/// # Ok::<(), orm::Error>(())
/// ```
#[proc_macro_derive(FromRow, attributes(from_row))]
pub fn derive_from_row(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    from_row::derive(&input).into()
}
