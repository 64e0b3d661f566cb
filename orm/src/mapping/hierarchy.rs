//! Inheritance: an enum whose variants hold the classes of a hierarchy, and how their rows are spread over tables.
//!
//! Every class counts columns and relationships as the root does, so that a position means the same whichever class is asked. The root's
//! mapping has them all: those of the base class, the discriminator, then those that each class adds.

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

/// How the classes of a hierarchy are spread over tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Inheritance {
    /// All in the table of the base class.
    Single,
    /// Each class in a table of its own, which has what the class adds and shares its key with the table of the class above.
    Joined,
    /// Each class in a whole table of its own, with the columns of the classes above repeated; no table says of which class a row is.
    ///
    /// A row is known by its class and its key, as tables count for themselves: the primary key of the root has the identity of the class in front.
    Concrete,
}

/// The hierarchy that a mapping is of, and which part of it the mapping is about.
#[derive(Clone)]
pub struct Lineage {
    /// The mapping of the root.
    pub root: fn() -> &'static EntityMeta,
    /// How the classes are spread over tables.
    pub inheritance: Inheritance,
    /// The position of the column that tells the classes apart.
    pub discriminator: usize,
    /// The classes, in the order of the variants; the base class is the first.
    pub classes: Arc<[ClassMeta]>,
    /// The class that this mapping is about; the root's is about the base class, below which are all.
    pub class: usize,
    /// The columns that a row of this class, or of one below it, gives: by position, in order.
    pub selected: Vec<usize>,
    /// Where each column of the hierarchy stands among those.
    pub places: Vec<Option<usize>>,
}

/// A class of a hierarchy.
#[derive(Clone, Debug)]
pub struct ClassMeta {
    /// The struct's name.
    pub name: &'static str,
    /// What the discriminator says for it.
    pub identity: &'static str,
    /// The class that it extends; none for the base class.
    pub base: Option<usize>,
    /// Itself and the classes below it.
    pub subtree: Vec<usize>,
    /// The schema of its table.
    pub schema: Option<&'static str>,
    /// The table that holds what it adds.
    pub table: &'static str,
    /// A comment on that table.
    pub comment: Option<&'static str>,
    /// The key columns of that table, in order.
    pub key: Vec<&'static str>,
    /// The columns that it adds.
    pub own: Range<usize>,
    /// The relationships that it adds.
    pub relations: Range<usize>,
    /// By position: whether its rows have the column.
    pub has: Vec<bool>,
    /// By position: whether one row of its table has the column, besides the key.
    pub part: Vec<bool>,
    /// The classes whose tables its rows are spread over, the base class first.
    pub parts: Vec<usize>,
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
    /// The table that it names, or its own name in snake case.
    const OWN_TABLE: &'static str;
    /// Whether it names its table.
    const NAMES_TABLE: bool;
    /// Whether it extends another class.
    const EXTENDS: bool;
    /// How many columns it adds.
    const COLUMNS: usize;
    /// How many relationships it adds.
    const RELATIONS: usize;
    /// The names of the columns that it adds, without those of embedded structs.
    const NAMES: &'static [&'static str];
    /// The names of the key columns of its own table; none to take those of the class that it extends.
    const KEY: &'static [&'static str] = &[];

    /// The class that it extends.
    fn base() -> Option<TypeId>;

    /// Adds what it adds to the mapping of the root.
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
    /// The table of the columns that it adds.
    const TABLE: &'static str;
    /// Whether that is another than the table of the base class.
    const APART: bool;
    /// The position of the first column that it adds.
    const FIRST_COLUMN: usize;
    /// The position of the first relationship that it adds.
    const FIRST_RELATION: usize;

    /// As the root.
    fn wrap(self) -> R;

    /// Out of the root.
    ///
    /// # Errors
    /// The root, when it holds another class.
    fn unwrap(root: R) -> Result<Self, R>;
}

/// The root of a hierarchy. Written by `#[derive(Entity)]` for an enum.
#[doc(hidden)]
pub trait Hierarchy: Entity {
    /// The position of the column that tells the classes apart.
    const DISCRIMINATOR: usize;
    /// What that column says, in the order of the variants.
    const IDENTITIES: &'static [&'static str];

    /// Which variant it is, and what that holds.
    fn variant(&self) -> (usize, &dyn Record);
    /// What the variant holds.
    fn variant_mut(&mut self) -> &mut dyn Record;
    /// Makes a variant from a row.
    ///
    /// # Errors
    /// When a column holds something else.
    fn hydrate_variant(variant: usize, row: &mut dyn RowReader, at: usize) -> Result<Self, ReadError>;
    /// The classes, in the order of the variants.
    fn classes() -> Vec<ClassSpec>;
}

/// What a class says about itself.
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
    /// What a class says about itself.
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

/// The mapping of a root: what all its classes have.
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
    meta.lineage = Some(Lineage::new(R::entity_meta, inheritance, R::DISCRIMINATOR, classes.into(), 0, &meta));
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
        meta.columns[own.clone()].iter_mut().for_each(|column| column.nullable = true);
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
        has: Vec::new(),
        part: Vec::new(),
        parts: Vec::new(),
        uniques: std::mem::take(&mut meta.uniques),
        indexes: std::mem::take(&mut meta.indexes),
        checks: std::mem::take(&mut meta.checks),
    }
}

/// Says which columns a class has, which of them stand in its table, and who is below it.
fn place_columns(
    classes: &mut [ClassMeta],
    class: usize,
    inheritance: Inheritance,
    discriminator: usize,
    columns: usize,
) {
    let mut has = vec![false; columns];
    has[discriminator] = true;
    let mut parts = Vec::new();
    let mut above = Some(class);
    while let Some(at) = above {
        has[classes[at].own.clone()].fill(true);
        if !classes[at].subtree.contains(&class) {
            classes[at].subtree.push(class);
        }
        parts.insert(0, at);
        above = classes[at].base.filter(|base| *base < at);
    }
    let (part, parts) = match inheritance {
        Inheritance::Single => (has.clone(), vec![class]),
        Inheritance::Concrete => ((0..columns).map(|at| has[at] && at != discriminator).collect(), vec![class]),
        Inheritance::Joined => {
            let own = &classes[class].own;
            let part = (0..columns).map(|at| own.contains(&at) || (class == 0 && at == discriminator));
            (part.collect(), parts)
        }
    };
    let class = &mut classes[class];
    (class.has, class.part, class.parts) = (has, part, parts);
}

fn discriminator_column(name: &'static str, identities: &[&str]) -> ColumnMeta {
    let longest = identities.iter().map(|identity| identity.chars().count()).max().unwrap_or(0);
    let length = u32::try_from(longest.max(50)).unwrap_or(u32::MAX);
    ColumnMeta { data_type: DataType::String(Some(length)), ..ColumnMeta::bare(name, name, DataType::Text) }
}

/// The mapping of a class: that of its root, seen from the class.
#[doc(hidden)]
pub fn class_meta<C: Class>(name: &'static str) -> EntityMeta {
    let root = C::Root::entity_meta();
    let class = root.lineage.as_ref().and_then(|lineage| lineage.classes.iter().position(|class| class.name == name));
    let mut meta = root.seen_as(name);
    if let (Some(lineage), Some(class)) = (&root.lineage, class) {
        let classes = Arc::clone(&lineage.classes);
        if lineage.inheritance == Inheritance::Concrete {
            let own = &classes[class];
            (meta.schema, meta.table, meta.comment) = (own.schema, own.table, own.comment);
            meta.primary_key.remove(0);
        }
        meta.lineage =
            Some(Lineage::new(lineage.root, lineage.inheritance, lineage.discriminator, classes, class, root));
    }
    meta
}

impl Lineage {
    fn new(
        root: fn() -> &'static EntityMeta,
        inheritance: Inheritance,
        discriminator: usize,
        classes: Arc<[ClassMeta]>,
        class: usize,
        meta: &EntityMeta,
    ) -> Self {
        let mut selected: Vec<usize> = Vec::new();
        let mut place = |(position, column): (usize, &ColumnMeta)| {
            // A table of one class does not say of which.
            let known = inheritance == Inheritance::Concrete && classes[class].subtree.len() == 1;
            let has = classes[class].subtree.iter().any(|below| classes[*below].has[position]);
            if !has || (known && position == discriminator) {
                return None;
            }
            // Classes of one table that name the same column share it.
            let shared = |other: &usize| inheritance != Inheritance::Joined && meta.columns[*other].name == column.name;
            let place = selected.iter().position(shared).unwrap_or(selected.len());
            if place == selected.len() {
                selected.push(position);
            }
            Some(place)
        };
        let places = meta.columns.iter().enumerate().map(&mut place).collect();
        Self { root, inheritance, discriminator, classes, class, selected, places }
    }

    /// Whether its classes have tables that are joined.
    pub fn is_joined(&self) -> bool {
        self.inheritance == Inheritance::Joined
    }

    /// Whether each of its classes has a whole table.
    pub fn is_concrete(&self) -> bool {
        self.inheritance == Inheritance::Concrete
    }

    /// The class that this mapping is about.
    pub fn this(&self) -> &ClassMeta {
        &self.classes[self.class]
    }

    /// Whether an entity of a class is one of this class, or of one below it.
    pub fn includes(&self, class: usize) -> bool {
        self.this().subtree.contains(&class)
    }

    /// The class that adds a column.
    pub fn owner_of(&self, position: usize) -> usize {
        self.classes.iter().position(|class| class.own.contains(&position)).unwrap_or(0)
    }

    /// The class that adds a relationship.
    pub fn owner_of_relation(&self, position: usize) -> usize {
        self.classes.iter().position(|class| class.relations.contains(&position)).unwrap_or(0)
    }

    /// Whether entities of this class, or of one below it, have a relationship.
    pub fn has_relation(&self, position: usize) -> bool {
        let owner = self.owner_of_relation(position);
        self.classes[owner].subtree.contains(&self.class) || self.includes(owner)
    }

    /// What the discriminator says for this class and those below it; none where that is all of them.
    pub fn identities(&self) -> Option<Vec<&'static str>> {
        let subtree = &self.this().subtree;
        (subtree.len() < self.classes.len())
            .then(|| subtree.iter().map(|class| self.classes[*class].identity).collect())
    }
}

impl fmt::Debug for Lineage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} inheritance, {}", self.inheritance, self.this().name)
    }
}

impl EntityMeta {
    /// The mapping by which entities are held: that of the root of the hierarchy, or this one.
    pub fn root(&'static self) -> &'static Self {
        self.lineage.as_ref().map_or(self, |lineage| (lineage.root)())
    }

    /// The name of the root of the hierarchy, or the entity's own.
    pub(crate) fn root_name(&self) -> &'static str {
        self.lineage.as_ref().map_or(self.name, |lineage| (lineage.root)().name)
    }

    /// Whether entities of both mappings are of one hierarchy; outside hierarchies, whether the mappings are the same.
    pub fn is_kin(&self, other: &Self) -> bool {
        self == other
            || match (&self.lineage, &other.lineage) {
                (Some(one), Some(other)) => one.root as usize == other.root as usize || (one.root)() == (other.root)(),
                _ => false,
            }
    }

    /// How many columns a row has.
    pub fn width(&self) -> usize {
        self.lineage.as_ref().map_or(self.columns.len(), |lineage| lineage.selected.len())
    }

    /// The columns of the primary key that stand in a table: all but the class.
    pub fn row_key(&self) -> &[usize] {
        match &self.lineage {
            Some(lineage) if self.primary_key.first() == Some(&lineage.discriminator) => &self.primary_key[1..],
            _ => &self.primary_key,
        }
    }

    /// A primary key of the root, as this class has it.
    pub(crate) fn key_from_root(&self, mut key: KeyValues) -> KeyValues {
        if key.len() > self.primary_key.len() {
            key.remove(0);
        }
        key
    }

    /// A primary key of this class, as the root has it.
    pub(crate) fn key_in_root<'k>(&self, key: &'k [Value]) -> Cow<'k, [Value]> {
        match &self.lineage {
            Some(lineage) if lineage.is_concrete() && self.primary_key.first() != Some(&lineage.discriminator) => {
                let class = Value::Text(lineage.this().identity.to_owned());
                std::iter::once(class).chain(key.iter().cloned()).collect::<Vec<_>>().into()
            }
            _ => Cow::Borrowed(key),
        }
    }

    /// Where a column stands in a row.
    pub(crate) fn place(&self, position: usize) -> usize {
        match &self.lineage {
            Some(lineage) => lineage.places[position].unwrap_or(position),
            None => position,
        }
    }

    /// Whether an entity, of whatever class of the hierarchy, is one of this mapping.
    pub fn includes(&self, record: &dyn Record) -> bool {
        self.lineage.as_ref().is_none_or(|lineage| lineage.includes(record.class()))
    }

    /// Whether the entities of a class have a column.
    pub fn has_column(&self, class: usize, position: usize) -> bool {
        self.lineage.as_ref().is_none_or(|lineage| lineage.classes[class].has[position])
    }

    /// The tables over which a row of a class is spread, by the classes that add them.
    pub fn parts_of(&self, class: usize) -> &[usize] {
        self.lineage.as_ref().map_or(&[0], |lineage| &lineage.classes[class].parts)
    }

    /// The part that stands for all of the same table, where the columns do not matter.
    pub fn shared_part(&self, part: usize) -> usize {
        match &self.lineage {
            Some(lineage) if lineage.inheritance == Inheritance::Single => 0,
            _ => part,
        }
    }

    /// Whether a table has a column, besides the key.
    pub fn is_in_part(&self, part: usize, position: usize) -> bool {
        self.lineage.as_ref().is_none_or(|lineage| lineage.classes[part].part[position])
    }

    /// The part that holds the foreign key of a relationship.
    pub fn part_of_relation(&self, class: usize, relation: usize) -> usize {
        match &self.lineage {
            Some(lineage) if lineage.is_joined() => lineage.owner_of_relation(relation),
            Some(_) => class,
            None => 0,
        }
    }

    /// The schema and the name of the table of a part.
    pub fn table_of_part(&self, part: usize) -> (Option<&'static str>, &'static str) {
        match &self.lineage {
            // All classes of a single table name it as the base class does.
            Some(lineage) if lineage.inheritance == Inheritance::Single => (self.schema, lineage.classes[part].table),
            Some(lineage) => (lineage.classes[part].schema, lineage.classes[part].table),
            None => (self.schema, self.table),
        }
    }

    /// The names of the key columns of a part.
    pub fn key_of_part(&self, part: usize) -> impl Iterator<Item = &'static str> + '_ {
        let named = self.lineage.as_ref().map(|lineage| &lineage.classes[part].key);
        self.row_key().iter().enumerate().map(move |(at, position)| match named {
            Some(names) => names[at],
            None => self.columns[*position].name,
        })
    }

    /// Whether a part has no more than what a class adds, and so takes its key from the base class.
    pub fn is_apart(&self, part: usize) -> bool {
        part > 0 && self.lineage.as_ref().is_some_and(|lineage| lineage.inheritance == Inheritance::Joined)
    }

    /// The name for messages about a part: the class's.
    pub fn name_of_part(&self, part: usize) -> &'static str {
        self.lineage.as_ref().map_or(self.name, |lineage| lineage.classes[part].name)
    }
}

impl<E: Entity> Rooted for E {
    type Root = E::Root;
}

impl<E: Entity> Key<E> {
    /// The same entity as one of the root of its hierarchy; outside any, the key itself.
    ///
    /// Keys of different classes are compared by this: `engineer.upcast() == person.upcast()`.
    pub fn upcast(self) -> Key<E::Root> {
        Key::from_parts(self.session(), self.slot())
    }
}

/// The class within a root.
#[doc(hidden)]
pub fn view<C: Entity>(root: &C::Root) -> Option<&C> {
    root.as_class(TypeId::of::<C>())?.downcast_ref()
}

/// The same, to change it.
#[doc(hidden)]
pub fn view_mut<C: Entity>(root: &mut C::Root) -> Option<&mut C> {
    root.as_class_mut(TypeId::of::<C>())?.downcast_mut()
}

/// Reads the discriminator, and makes the variant that it names.
///
/// # Errors
/// When it names none; when a column holds something else.
#[doc(hidden)]
pub fn hydrate<R: Hierarchy>(row: &mut dyn RowReader, at: usize) -> Result<R, ReadError> {
    R::hydrate_variant(read_class::<R>(row, at)?, row, at)
}

/// Overwrites an entity from a row. A row that has become one of another class makes another variant of it.
///
/// # Errors
/// As [`hydrate`].
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
    let column = at + R::DISCRIMINATOR;
    let identity = row.string(column)?;
    let class = R::IDENTITIES.iter().position(|known| Some(*known) == identity.as_deref());
    class.ok_or_else(|| {
        let found = identity.map_or_else(|| "NULL".to_owned(), |identity| format!("`{identity}`"));
        ReadError::new(column, format!("one of `{}`", R::IDENTITIES.join("`, `")), found)
    })
}

/// Whether a discriminator has the name of a column.
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
