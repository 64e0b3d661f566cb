//! Inheritance: an enum whose variants are the classes of a hierarchy, and the distribution of their rows over tables.
//!
//! All classes use the root's positions of columns and relationships, so that a position has the same meaning in every
//! class. The root's mapping contains the columns of the base class, the discriminator, then the columns of the other
//! classes.

use super::position::{ColumnPosition, RelationPosition};
use super::position::{IndexVec, TablePosition};
use std::any::TypeId;
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::entity::{Entity, Record};
use super::key::KeyValues;
use super::meta::{ColumnMeta, ConstraintMeta, EntityMeta};
use super::storage::Chunks;
use crate::key::{Key, Rooted};
use crate::row::{ReadError, RowReader};
use crate::value::{DataType, Value};

/// Distribution of the classes of a hierarchy over tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Inheritance {
    /// All in the table of the base class.
    Single,
    /// Each class has a table for its own columns, whose key refers to the table of the class above.
    Joined,
    /// Each class has a complete table that repeats the columns of the classes above; no table has a discriminator.
    ///
    /// Keys of different tables can be equal, so the root's primary key begins with the identity of the class.
    Concrete,
}

/// The hierarchy of a mapping, and the class that the mapping describes.
#[derive(Clone)]
pub struct Polymorphism {
    /// The mapping of the root.
    pub root: fn() -> &'static EntityMeta,
    /// Distribution of the classes over tables.
    pub inheritance: Inheritance,
    /// Position of the discriminator column.
    pub discriminator: ColumnPosition,
    /// The classes, in the order of the variants; the base class is the first.
    pub classes: Arc<[ClassMeta]>,
    /// The class that this mapping is about; the root's is about the base class, below which are all.
    pub class: usize,
    /// Columns of a row of this class and its subclasses, by position.
    pub selected: Vec<ColumnPosition>,
    /// Position in such a row of each column of the hierarchy.
    pub row_positions: IndexVec<ColumnPosition, Option<usize>>,
}

/// A class of a hierarchy.
#[derive(Clone, Debug)]
pub struct ClassMeta {
    /// Name of the struct.
    pub name: &'static str,
    /// Discriminator value of the class.
    pub identity: &'static str,
    /// The class that this class extends; `None` for the base class.
    pub base: Option<usize>,
    /// The class and its subclasses.
    pub subtree: Vec<usize>,
    /// Schema of the class's table.
    pub schema: Option<&'static str>,
    /// Table of the class's own columns.
    pub table: &'static str,
    /// A comment on that table.
    pub comment: Option<&'static str>,
    /// The key columns of that table, in order.
    pub key: Vec<&'static str>,
    /// Own columns of the class.
    pub own: Range<usize>,
    /// Own relationships of the class.
    pub relations: Range<usize>,
    /// Whether rows of the class have a column, by position.
    pub has: IndexVec<ColumnPosition, bool>,
    /// Whether the class's table has a column besides the key, by position.
    pub in_table: IndexVec<ColumnPosition, bool>,
    /// Tables of a row of the class, that of the base class first.
    pub tables: Vec<TablePosition>,
    /// Unique constraints over several columns.
    pub uniques: Vec<ConstraintMeta>,
    /// Indexes over several columns.
    pub indexes: Vec<ConstraintMeta>,
    /// CHECK constraints: name and SQL text.
    pub checks: Vec<(Option<&'static str>, &'static str)>,
}

/// A struct that is a class of a hierarchy. Written by `#[derive(Entity)]` for a struct with `root = "..."`.
#[doc(hidden)]
pub trait Class: Entity {
    /// Table name: the given one, or the struct's name in snake case.
    const OWN_TABLE: &'static str;
    /// Whether the struct names its table.
    const NAMES_TABLE: bool;
    /// Whether the class extends another.
    const EXTENDS: bool;
    /// Number of own columns.
    const COLUMNS: usize;
    /// Number of own relationships.
    const RELATIONS: usize;
    /// Names of the own columns, without those of embedded structs.
    const NAMES: &'static [&'static str];
    /// Key columns of the class's own table; empty to use the names of the base.
    const KEY: &'static [&'static str] = &[];

    /// The class that this class extends.
    fn base() -> Option<TypeId>;

    /// Adds the own columns and relationships to the root's mapping.
    fn describe(meta: &mut EntityMeta);
}

/// A class that is a variant of the root `R`. Written by `#[derive(Entity)]` for the enum.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no variant of `{R}`, which it names as its root",
    label = "missing in the enum `{R}`",
    note = "add the variant `{Self}({Self})` to the enum `{R}`, or correct `root = \"...\"`"
)]
pub trait ClassOf<R>: Sized {
    /// The position of the variant.
    const VARIANT: usize;
    /// Table of the own columns.
    const TABLE: &'static str;
    /// Whether the class's table differs from that of the base class.
    const APART: bool;
    /// Position of the first own column.
    const FIRST_COLUMN: usize;
    /// Position of the first own relationship.
    const FIRST_RELATION: usize;

    /// Wraps the class in its root.
    fn wrap(self) -> R;

    /// Takes the class out of its root.
    ///
    /// # Errors
    /// The root, when it holds another class.
    fn unwrap(root: R) -> Result<Self, R>;
}

/// The root of a hierarchy. Written by `#[derive(Entity)]` for an enum.
#[doc(hidden)]
pub trait Hierarchy: Entity {
    /// Position of the discriminator column.
    const DISCRIMINATOR: ColumnPosition;
    /// Discriminator values, in the order of the variants.
    const IDENTITIES: &'static [&'static str];

    /// Position of the variant, and its entity.
    fn variant(&self) -> (usize, &dyn Record);
    /// The entity of the variant, for a change.
    fn variant_mut(&mut self) -> &mut dyn Record;
    /// Makes a variant from a row.
    ///
    /// # Errors
    /// When a column holds a value of another type.
    fn hydrate_variant(variant: usize, row: &mut dyn RowReader, at: usize) -> Result<Self, ReadError>;
    /// The classes, in the order of the variants.
    fn classes() -> Vec<ClassSpec>;
}

/// Description of a class, made from its type.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct ClassSpec {
    name: &'static str,
    type_id: TypeId,
    base: Option<TypeId>,
    table: &'static str,
    key: &'static [&'static str],
    describe: fn(&mut EntityMeta),
}

impl ClassSpec {
    /// Describes the class `C`.
    pub fn of<C: Class>(name: &'static str) -> Self {
        Self {
            name,
            type_id: TypeId::of::<C>(),
            base: C::base(),
            table: C::OWN_TABLE,
            key: C::KEY,
            describe: C::describe,
        }
    }
}

/// Makes the mapping of a root, with the columns of all classes.
#[doc(hidden)]
pub fn root_meta<R: Hierarchy>(
    name: &'static str,
    inheritance: Inheritance,
    discriminator: &'static str,
) -> EntityMeta {
    let specs = R::classes();
    let mut meta = EntityMeta::bare(name, specs[0].table, TypeId::of::<R>, Chunks::<R>::boxed);
    let mut classes: Vec<ClassMeta> = Vec::new();
    for (spec, identity) in specs.iter().zip(R::IDENTITIES) {
        let base = spec.base.and_then(|base| specs.iter().position(|other| other.type_id == base));
        let class = describe_class(&mut meta, spec, identity, base, inheritance, &classes);
        classes.push(class);
        if classes.len() == 1 {
            meta.columns.push(discriminator_column(discriminator, R::IDENTITIES));
        }
    }
    for class in 0..classes.len() {
        place_columns(&mut classes, class, inheritance, R::DISCRIMINATOR, meta.columns.len());
    }
    let base = &classes[0];
    (meta.schema, meta.comment) = (base.schema, base.comment);
    if inheritance == Inheritance::Concrete {
        meta.primary_key.insert(0, R::DISCRIMINATOR);
    }
    meta.polymorphism =
        Some(Polymorphism::new(R::entity_meta, inheritance, R::DISCRIMINATOR, classes.into(), 0, &meta));
    meta
}

fn describe_class(
    meta: &mut EntityMeta,
    spec: &ClassSpec,
    identity: &'static str,
    base: Option<usize>,
    inheritance: Inheritance,
    before: &[ClassMeta],
) -> ClassMeta {
    let (columns, relations) = (meta.columns.len(), meta.relations.len());
    (spec.describe)(meta);
    let own = columns..meta.columns.len();
    if inheritance == Inheritance::Single && base.is_some() {
        // The rows of other classes have nothing there.
        meta.columns.as_mut_slice()[own.clone()].iter_mut().for_each(|column| column.nullable = true);
    }
    let key = match (spec.key, base) {
        ([], Some(base)) => before[base].key.clone(),
        ([], None) => meta.primary_key.iter().map(|position| meta.columns[*position].name).collect(),
        (names, _) => names.to_vec(),
    };
    let table = match inheritance {
        Inheritance::Single => before.first().map_or(spec.table, |base| base.table),
        Inheritance::Joined | Inheritance::Concrete => spec.table,
    };
    ClassMeta {
        name: spec.name,
        identity,
        base,
        subtree: Vec::new(),
        schema: meta.schema.take(),
        table,
        comment: meta.comment.take(),
        key,
        own,
        relations: relations..meta.relations.len(),
        has: IndexVec::new(),
        in_table: IndexVec::new(),
        tables: Vec::new(),
        uniques: std::mem::take(&mut meta.uniques),
        indexes: std::mem::take(&mut meta.indexes),
        checks: std::mem::take(&mut meta.checks),
    }
}

/// Computes the columns, tables and subclasses of a class.
fn place_columns(
    classes: &mut [ClassMeta],
    class: usize,
    inheritance: Inheritance,
    discriminator: ColumnPosition,
    columns: usize,
) {
    let mut has = IndexVec::from(vec![false; columns]);
    has[discriminator] = true;
    let mut tables = Vec::new();
    let mut above = Some(class);
    while let Some(at) = above {
        has.as_mut_slice()[classes[at].own.clone()].fill(true);
        if !classes[at].subtree.contains(&class) {
            classes[at].subtree.push(class);
        }
        tables.insert(0, TablePosition(at));
        above = classes[at].base.filter(|base| *base < at);
    }
    let (in_table, tables) = match inheritance {
        Inheritance::Single => (has.clone(), vec![TablePosition(class)]),
        Inheritance::Concrete => {
            (has.enumerate().map(|(at, has)| *has && at != discriminator).collect(), vec![TablePosition(class)])
        }
        Inheritance::Joined => {
            let own = &classes[class].own;
            let in_table = has.positions().map(|at| own.contains(&at.0) || (class == 0 && at == discriminator));
            (in_table.collect(), tables)
        }
    };
    let class = &mut classes[class];
    (class.has, class.in_table, class.tables) = (has, in_table, tables);
}

fn discriminator_column(name: &'static str, identities: &[&str]) -> ColumnMeta {
    let longest = identities.iter().map(|identity| identity.chars().count()).max().unwrap_or(0);
    let length = u32::try_from(longest.max(50)).unwrap_or(u32::MAX);
    ColumnMeta { data_type: DataType::String(Some(length)), ..ColumnMeta::bare(name, name, DataType::Text) }
}

/// Makes the mapping of a class: the root's mapping, restricted to the class.
#[doc(hidden)]
pub fn class_meta<C: Class>(name: &'static str) -> EntityMeta {
    let root = C::Root::entity_meta();
    let class = root
        .polymorphism
        .as_ref()
        .and_then(|polymorphism| polymorphism.classes.iter().position(|class| class.name == name));
    let mut meta = root.seen_as(name);
    if let (Some(polymorphism), Some(class)) = (&root.polymorphism, class) {
        let classes = Arc::clone(&polymorphism.classes);
        if polymorphism.inheritance == Inheritance::Concrete {
            let own = &classes[class];
            (meta.schema, meta.table, meta.comment) = (own.schema, own.table, own.comment);
            meta.primary_key.remove(0);
        }
        meta.polymorphism = Some(Polymorphism::new(
            polymorphism.root,
            polymorphism.inheritance,
            polymorphism.discriminator,
            classes,
            class,
            root,
        ));
    }
    meta
}

impl Polymorphism {
    fn new(
        root: fn() -> &'static EntityMeta,
        inheritance: Inheritance,
        discriminator: ColumnPosition,
        classes: Arc<[ClassMeta]>,
        class: usize,
        meta: &EntityMeta,
    ) -> Self {
        let mut selected: Vec<ColumnPosition> = Vec::new();
        let mut place = |(position, column): (ColumnPosition, &ColumnMeta)| {
            // A table of one class does not say of which.
            let known = inheritance == Inheritance::Concrete && classes[class].subtree.len() == 1;
            let has = classes[class].subtree.iter().any(|below| classes[*below].has[position]);
            if !has || (known && position == discriminator) {
                return None;
            }
            // Classes that share a table also share columns of the same name.
            let shared =
                |other: &ColumnPosition| inheritance != Inheritance::Joined && meta.columns[*other].name == column.name;
            let place = selected.iter().position(shared).unwrap_or(selected.len());
            if place == selected.len() {
                selected.push(position);
            }
            Some(place)
        };
        let row_positions = meta.columns.enumerate().map(&mut place).collect();
        Self { root, inheritance, discriminator, classes, class, selected, row_positions }
    }

    /// Whether the classes have joined tables.
    pub fn is_joined(&self) -> bool {
        self.inheritance == Inheritance::Joined
    }

    /// Whether each class has a complete table.
    pub fn is_concrete(&self) -> bool {
        self.inheritance == Inheritance::Concrete
    }

    /// The class that this mapping describes.
    pub fn this(&self) -> &ClassMeta {
        &self.classes[self.class]
    }

    /// Whether a class is this class or a subclass.
    pub fn includes(&self, class: usize) -> bool {
        self.this().subtree.contains(&class)
    }

    /// The class that adds a column.
    pub fn owner_of(&self, position: ColumnPosition) -> usize {
        self.classes.iter().position(|class| class.own.contains(&position.0)).unwrap_or(0)
    }

    /// The class that adds a relationship.
    pub fn owner_of_relation(&self, position: RelationPosition) -> usize {
        self.classes.iter().position(|class| class.relations.contains(&position.0)).unwrap_or(0)
    }

    /// Whether this class or a subclass has a relationship.
    pub fn has_relation(&self, position: RelationPosition) -> bool {
        let owner = self.owner_of_relation(position);
        self.classes[owner].subtree.contains(&self.class) || self.includes(owner)
    }

    /// Discriminator values of this class and its subclasses; `None` when these are all classes.
    pub fn identities(&self) -> Option<Vec<&'static str>> {
        let subtree = &self.this().subtree;
        (subtree.len() < self.classes.len())
            .then(|| subtree.iter().map(|class| self.classes[*class].identity).collect())
    }
}

impl fmt::Debug for Polymorphism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} inheritance, {}", self.inheritance, self.this().name)
    }
}

impl EntityMeta {
    /// The mapping under which a session stores entities: the root's, or this one outside of hierarchies.
    pub fn root(&'static self) -> &'static Self {
        self.polymorphism.as_ref().map_or(self, |polymorphism| (polymorphism.root)())
    }

    /// The name of the root of the hierarchy, or the entity's own.
    pub(crate) fn root_name(&self) -> &'static str {
        self.polymorphism.as_ref().map_or(self.name, |polymorphism| (polymorphism.root)().name)
    }

    /// Whether both mappings belong to the same hierarchy, or are the same mapping.
    pub fn is_kin(&self, other: &Self) -> bool {
        self == other
            || match (&self.polymorphism, &other.polymorphism) {
                (Some(one), Some(other)) => one.root as usize == other.root as usize || (one.root)() == (other.root)(),
                _ => false,
            }
    }

    /// Number of columns of a row, without deferred ones.
    pub fn width(&self) -> usize {
        match (self.shape(), &self.polymorphism) {
            (Some(shape), _) => shape.columns.len(),
            (None, Some(polymorphism)) => polymorphism.selected.len(),
            (None, None) => self.columns.len(),
        }
    }

    /// Columns of the primary key in a table: all but the discriminator.
    pub fn row_key(&self) -> &[ColumnPosition] {
        match &self.polymorphism {
            Some(polymorphism) if self.primary_key.first() == Some(&polymorphism.discriminator) => {
                &self.primary_key[1..]
            }
            _ => &self.primary_key,
        }
    }

    /// Converts a primary key of the root to one of this class.
    pub(crate) fn key_from_root(&self, mut key: KeyValues) -> KeyValues {
        if key.len() > self.primary_key.len() {
            key.remove(0);
        }
        key
    }

    /// Converts a primary key of this class to one of the root.
    pub(crate) fn key_in_root<'k>(&self, key: &'k [Value]) -> Cow<'k, [Value]> {
        match &self.polymorphism {
            Some(polymorphism)
                if polymorphism.is_concrete() && self.primary_key.first() != Some(&polymorphism.discriminator) =>
            {
                let class = Value::Text(polymorphism.this().identity.to_owned());
                std::iter::once(class).chain(key.iter().cloned()).collect::<Vec<_>>().into()
            }
            _ => Cow::Borrowed(key),
        }
    }

    /// Position of a column in a row.
    pub(crate) fn row_position(&self, position: ColumnPosition) -> usize {
        match (self.shape(), &self.polymorphism) {
            (Some(shape), _) => shape.places[position].unwrap_or(position.0),
            (None, Some(polymorphism)) => polymorphism.row_positions[position].unwrap_or(position.0),
            (None, None) => position.0,
        }
    }

    /// Whether an entity belongs to this mapping's class or a subclass.
    pub fn includes(&self, record: &dyn Record) -> bool {
        self.polymorphism.as_ref().is_none_or(|polymorphism| polymorphism.includes(record.class()))
    }

    /// Whether entities of a class have a column.
    pub fn has_column(&self, class: usize, position: ColumnPosition) -> bool {
        self.polymorphism.as_ref().is_none_or(|polymorphism| polymorphism.classes[class].has[position])
    }

    /// Tables that contain a row of a class.
    pub fn table_indexes_of(&self, class: usize) -> &[TablePosition] {
        self.polymorphism.as_ref().map_or(&[TablePosition::BASE], |polymorphism| &polymorphism.classes[class].tables)
    }

    /// The table that stands for all classes of a shared table.
    pub fn shared_table(&self, table: TablePosition) -> TablePosition {
        match &self.polymorphism {
            Some(polymorphism) if polymorphism.inheritance == Inheritance::Single => TablePosition::BASE,
            _ => table,
        }
    }

    /// Whether a table has a column, besides the key.
    pub fn is_in_table(&self, table: TablePosition, position: ColumnPosition) -> bool {
        self.polymorphism.as_ref().is_none_or(|polymorphism| polymorphism.classes[table.0].in_table[position])
    }

    /// The table with the foreign key of a relationship.
    pub fn table_of_relation(&self, class: usize, relation: RelationPosition) -> TablePosition {
        match &self.polymorphism {
            Some(polymorphism) if polymorphism.is_joined() => TablePosition(polymorphism.owner_of_relation(relation)),
            Some(_) => TablePosition(class),
            None => TablePosition::BASE,
        }
    }

    /// Schema and name of a table.
    pub fn table_name(&self, table: TablePosition) -> (Option<&'static str>, &'static str) {
        match &self.polymorphism {
            // With single-table inheritance all classes have the schema of the base class.
            Some(polymorphism) if polymorphism.inheritance == Inheritance::Single => {
                (self.schema, polymorphism.classes[table.0].table)
            }
            Some(polymorphism) => (polymorphism.classes[table.0].schema, polymorphism.classes[table.0].table),
            None => (self.schema, self.table),
        }
    }

    /// Key columns of a table.
    pub fn key_columns_of_table(&self, table: TablePosition) -> impl Iterator<Item = &'static str> + '_ {
        let named = self.polymorphism.as_ref().map(|polymorphism| &polymorphism.classes[table.0].key);
        self.row_key().iter().enumerate().map(move |(at, position)| match named {
            Some(names) => names[at],
            None => self.columns[*position].name,
        })
    }

    /// Whether a table is joined to that of the base class and takes its key from there.
    pub fn is_joined_table(&self, table: TablePosition) -> bool {
        table != TablePosition::BASE
            && self.polymorphism.as_ref().is_some_and(|polymorphism| polymorphism.inheritance == Inheritance::Joined)
    }

    /// Position of the class that the mapping describes; 0 outside of hierarchies.
    pub(crate) fn class(&self) -> usize {
        self.polymorphism.as_ref().map_or(0, |polymorphism| polymorphism.class)
    }

    /// Positions of all tables of the hierarchy.
    pub(crate) fn table_positions(&self) -> impl Iterator<Item = TablePosition> + use<> {
        (0..self.polymorphism.as_ref().map_or(1, |polymorphism| polymorphism.classes.len())).map(TablePosition)
    }

    /// Name for messages about a table: that of its class.
    pub fn class_of_table(&self, table: TablePosition) -> &'static str {
        self.class_name(table.0)
    }

    /// Name of a class; outside of hierarchies, of the entity.
    pub fn class_name(&self, class: usize) -> &'static str {
        self.polymorphism.as_ref().map_or(self.name, |polymorphism| polymorphism.classes[class].name)
    }
}

impl<E: Entity> Rooted for E {
    type Root = E::Root;
}

impl<E: Entity> Key<E> {
    /// Converts the key to one of the root of the hierarchy; outside of hierarchies, returns the key itself.
    ///
    /// Use this to compare keys of different classes: `engineer.upcast() == person.upcast()`.
    pub fn upcast(self) -> Key<E::Root> {
        Key::from_parts(self.session(), self.slot())
    }
}

/// Returns the class inside a root.
#[doc(hidden)]
pub fn view<C: Entity>(root: &C::Root) -> Option<&C> {
    root.as_class(TypeId::of::<C>())?.downcast_ref()
}

/// Returns the class inside a root, for a change.
#[doc(hidden)]
pub fn view_mut<C: Entity>(root: &mut C::Root) -> Option<&mut C> {
    root.as_class_mut(TypeId::of::<C>())?.downcast_mut()
}

/// Reads the discriminator and makes the variant.
///
/// # Errors
/// When the discriminator has an unknown value, or a column holds a value of another type.
#[doc(hidden)]
pub fn hydrate<R: Hierarchy>(row: &mut dyn RowReader, at: usize) -> Result<R, ReadError> {
    R::hydrate_variant(read_class::<R>(row, at)?, row, at)
}

/// Overwrites an entity from a row. If the row's class has changed, the entity becomes the other variant.
///
/// # Errors
/// The errors of [`hydrate`].
#[doc(hidden)]
pub fn refresh<R: Hierarchy>(root: &mut R, row: &mut dyn RowReader, at: usize) -> Result<(), ReadError> {
    let class = read_class::<R>(row, at)?;
    if root.variant().0 == class {
        return root.variant_mut().refresh(row, at);
    }
    *root = R::hydrate_variant(class, row, at)?;
    Ok(())
}

fn read_class<R: Hierarchy>(row: &mut dyn RowReader, at: usize) -> Result<usize, ReadError> {
    let column = at + R::DISCRIMINATOR.0;
    let identity = row.string(column)?;
    let class = R::IDENTITIES.iter().position(|known| Some(*known) == identity.as_deref());
    class.ok_or_else(|| {
        let found = identity.map_or_else(|| "NULL".to_owned(), |identity| format!("`{identity}`"));
        ReadError::new(column, format!("one of `{}`", R::IDENTITIES.join("`, `")), found)
    })
}

/// Whether a discriminator has the name of another column.
#[doc(hidden)]
pub const fn collides(name: &str, columns: &[&str]) -> bool {
    let mut at = 0;
    while at < columns.len() {
        if same(name.as_bytes(), columns[at].as_bytes()) {
            return true;
        }
        at += 1;
    }
    false
}

const fn same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let mut at = 0;
    while at < one.len() {
        if one[at] != other[at] {
            return false;
        }
        at += 1;
    }
    true
}
