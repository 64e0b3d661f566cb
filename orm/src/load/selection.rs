//! What a query gives back for each row, typed: entities as keys, columns as values, several as tuples.

use std::marker::PhantomData;
use std::sync::Arc;

use super::read::locate;
use super::sink::EntitySink;
use super::strategy::joined::Graph;
use crate::column_type::ColumnType;
use crate::error::{Error, Result};
use crate::key::{Key, Slot};
use crate::mapping::rows::{RowSource, push_columns};
use crate::mapping::{Entity, EntityMeta, PlacedReader, RowShape, TablePosition};
use crate::row::RowReader;
use crate::sql::mask::is_sensitive;
use crate::sql::tree::{ColumnRef, FromItem, Name, Node, Origin, SelectItem, SelectTree, TableRef};
use crate::sql::visit::Visitor;
use crate::sql::{Alias, Column, Expr, Expression, Hybrid, Labeled, NamedColumn};

/// What can be selected: entities, columns, expressions, and tuples of up to eight of them.
///
/// Counterpart: the arguments of `select()`.
pub trait Selection {
    /// What each row gives.
    type Row: 'static;
    /// Reads it.
    #[doc(hidden)]
    type Decoder: Decode<Row = Self::Row> + 'static;

    /// Adds what is selected to a statement.
    #[doc(hidden)]
    fn select(self, items: &mut Items) -> Self::Decoder;
}

/// Reads what was selected from a row.
#[doc(hidden)]
pub trait Decode: Send + Sync {
    /// What it reads.
    type Row;

    /// Reads it.
    fn decode(&self, row: &mut RowContext<'_>) -> Result<Self::Row>;
}

/// What was selected so far.
#[doc(hidden)]
#[derive(Clone, Debug, Default)]
pub struct Items {
    pub(crate) items: Vec<SelectItem>,
    pub(crate) entities: Vec<Selected>,
    /// Entities with deferred columns that are selected as values.
    pub(crate) values: Vec<Selected>,
    pub(crate) sources: Vec<Source>,
    /// Tables that expressions name, of which no more is known than the entity whose column stands there.
    pub(crate) mentioned: Vec<TableRef>,
    /// The first thing that cannot be selected.
    pub(crate) fault: Option<String>,
}

/// A selected entity that the session will own.
#[derive(Clone, Debug)]
pub(crate) struct Selected {
    pub(crate) meta: &'static EntityMeta,
    /// The first of its columns.
    pub(crate) at: usize,
    /// The name its table goes by.
    pub(crate) name: Name,
}

/// Something that rows are taken from, and the entity it holds if it holds one.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Source {
    pub(crate) item: FromItem,
    pub(crate) meta: Option<&'static EntityMeta>,
    /// Which of the rows are of the entity's class.
    pub(crate) criterion: Option<Node>,
}

impl Source {
    /// The table of an entity, under its own name or an alias.
    pub(crate) fn entity(meta: &'static EntityMeta, alias: Option<Name>) -> Self {
        let RowSource { item, criterion } = RowSource::of(meta, alias);
        Self { item, meta: Some(meta), criterion }
    }

    /// Rows that are no entity's.
    pub(crate) fn plain(item: FromItem) -> Self {
        Self { item, meta: None, criterion: None }
    }

    /// Whether it goes by its table's name, and has the columns of another that does too.
    fn takes_in(&self, other: &Self) -> bool {
        let plain = |source: &Self| source.meta.filter(|meta| source.name() == meta.table);
        plain(self).zip(plain(other)).is_some_and(|(meta, other)| {
            meta.is_kin(other) && meta.polymorphism.as_ref().is_some_and(|polymorphism| polymorphism.is_concrete())
        })
    }

    /// Whether it has the rows of a class below that of another.
    fn is_below(&self, other: &Self) -> bool {
        let class = |source: &Self| source.meta?.polymorphism.as_ref().map(|polymorphism| polymorphism.class);
        let includes =
            |class: usize| other.meta?.polymorphism.as_ref().map(|polymorphism| polymorphism.includes(class));
        class(self) != class(other) && class(self).and_then(includes) == Some(true)
    }

    /// What it goes by.
    pub(crate) fn name(&self) -> &Name {
        self.item.name()
    }
}

impl Items {
    /// Rows are to be taken from this too, unless they are already.
    pub(crate) fn add_source(&mut self, source: Source) {
        let selected = |name: &Name| self.entities.iter().any(|entity| entity.name == *name);
        match self.sources.iter().position(|other| other.name() == source.name() || other.takes_in(&source)) {
            None => self.sources.push(source),
            // Columns of a class narrow the rows to that class, unless an entity is selected there.
            Some(at) if !selected(self.sources[at].name()) && source.is_below(&self.sources[at]) => {
                self.sources[at] = source
            }
            Some(_) => {}
        }
    }

    fn add_entity(&mut self, meta: &'static EntityMeta, source: Source) -> usize {
        let (at, name) = (self.items.len(), source.name().clone());
        if matches!(source.item, FromItem::Select { .. }) && meta.polymorphism.as_ref().is_some_and(|it| it.is_joined())
        {
            self.fault.get_or_insert_with(|| {
                format!(
                    "{} stands in several tables, whose columns a subquery cannot tell apart: \
                     select its key there, and the entity by `.filter(.. .in_select(..))`",
                    meta.name
                )
            });
        }
        push_columns(&mut self.items, meta, &name);
        self.add_source(source);
        self.entities.push(Selected { meta, at, name });
        self.entities.len() - 1
    }

    fn add_item(&mut self, item: SelectItem) -> usize {
        let mut mentions = Mentions(&mut self.mentioned);
        mentions.visit_node(&item.node);
        self.items.push(item);
        self.items.len() - 1
    }
}

/// Collects the tables that an expression names; a subquery names its own.
struct Mentions<'m>(&'m mut Vec<TableRef>);

impl<'t> Visitor<'t> for Mentions<'_> {
    fn visit_select(&mut self, _select: &'t SelectTree) {}

    fn visit_column(&mut self, column: &'t ColumnRef) {
        if let Some(table) = &column.table
            && self.0.iter().all(|other| other.name != *table)
        {
            let origin = column.owner.mapping::<EntityMeta>().map(origin_of_table);
            self.0.push(TableRef { origin, ..TableRef::named(table.clone()) });
        }
    }
}

/// The rows of a table that is named by a column of an entity alone: of all classes that share the table.
fn origin_of_table(meta: &'static EntityMeta) -> Origin {
    match &meta.polymorphism {
        Some(polymorphism) if polymorphism.is_concrete() => Origin::new(meta, Some(polymorphism.class)),
        Some(polymorphism) if !meta.is_joined_table(TablePosition(polymorphism.class)) => {
            Origin::new((polymorphism.root)(), None)
        }
        _ => Origin::new(meta, None),
    }
}

/// A row that is being read, and who takes its entities.
#[doc(hidden)]
pub struct RowContext<'r> {
    pub(crate) row: &'r mut dyn RowReader,
    pub(crate) sink: &'r mut dyn EntitySink,
    pub(crate) graphs: &'r mut [Graph],
    /// The columns of the entities that are selected as values, where that is not every column.
    pub(crate) shapes: &'r [Arc<RowShape>],
    /// The first entity of the row.
    pub(crate) root: Option<Slot>,
    /// What the statement selects.
    pub(crate) items: &'r [SelectItem],
}

impl RowContext<'_> {
    fn entity(&mut self, number: usize) -> Result<Option<Slot>> {
        let slot = self.graphs[number].accept(self.sink, self.row)?;
        if number == 0 {
            self.root = slot;
        }
        Ok(slot)
    }

    /// Whether a sensitive column takes part in a column of the row.
    pub(crate) fn is_sensitive(&self, at: usize) -> bool {
        self.items.get(at).is_some_and(|item| is_sensitive(&item.node))
    }

    fn column<T: ColumnType>(&mut self, at: usize) -> Result<T> {
        T::read(self.row, at).map_err(|error| {
            let name = self.row.column_name(at).map_or_else(|| format!("column {at}"), str::to_owned);
            error.hidden(self.is_sensitive(at)).locate("row", name)
        })
    }
}

/// The entity `E`, as the key under which the session owns it.
///
/// Counterpart: a mapped class as an argument of `select()`.
pub fn entity<E: Entity>() -> Tracked<E> {
    Tracked::from_source(Source::entity(E::entity_meta(), None))
}

/// The entity `E` as an owned value that never enters the identity map: for large results that are only read.
pub fn untracked<E: Entity>() -> Untracked<E> {
    entity::<E>().untracked()
}

/// What may be absent from a row, as the right side of an outer join is: `Option<Key<E>>` for an entity, `Option<T>` for a column.
pub fn optional<S>(selection: S) -> Optional<S> {
    Optional(selection)
}

/// An entity that the session will own; see [`entity`].
#[derive(Clone, Debug)]
pub struct Tracked<E> {
    source: Source,
    entity: PhantomData<fn() -> E>,
}

/// An entity as an owned value; see [`untracked`].
#[derive(Clone, Debug)]
pub struct Untracked<E>(Tracked<E>);

/// What may be absent from a row; see [`optional`].
#[derive(Clone, Copy, Debug)]
pub struct Optional<S>(S);

impl<E: Entity> Tracked<E> {
    /// As owned values that never enter the identity map.
    pub fn untracked(self) -> Untracked<E> {
        Untracked(self)
    }

    pub(crate) fn from_source(source: Source) -> Self {
        Self { source, entity: PhantomData }
    }

    pub(crate) fn into_source(self) -> Source {
        self.source
    }
}

impl<E: Entity> From<&Alias<E>> for Tracked<E> {
    fn from(alias: &Alias<E>) -> Self {
        Self::from_source(Source::entity(E::entity_meta(), Some(alias.name().clone())))
    }
}

/// Reads the key of an entity.
#[doc(hidden)]
pub struct KeyDecoder<E> {
    number: usize,
    entity: PhantomData<fn() -> E>,
}

impl<E: Entity> Selection for Tracked<E> {
    type Row = Key<E>;
    type Decoder = KeyDecoder<E>;

    fn select(self, items: &mut Items) -> KeyDecoder<E> {
        KeyDecoder { number: items.add_entity(E::entity_meta(), self.source), entity: PhantomData }
    }
}

impl<E: Entity> Selection for &Alias<E> {
    type Row = Key<E>;
    type Decoder = KeyDecoder<E>;

    fn select(self, items: &mut Items) -> KeyDecoder<E> {
        Tracked::from(self).select(items)
    }
}

impl<E: Entity> Selection for Optional<&Alias<E>> {
    type Row = Option<Key<E>>;
    type Decoder = OptionalKeyDecoder<E>;

    fn select(self, items: &mut Items) -> Self::Decoder {
        OptionalKeyDecoder(self.0.select(items))
    }
}

impl<E: Entity> Decode for KeyDecoder<E> {
    type Row = Key<E>;

    fn decode(&self, row: &mut RowContext<'_>) -> Result<Key<E>> {
        match row.entity(self.number)? {
            Some(slot) => Ok(Key::from_parts(row.sink.session(), slot)),
            None => Err(absent::<E>()),
        }
    }
}

#[cold]
fn absent<E: Entity>() -> Error {
    Error::MissingEntity { entity: E::entity_meta().name }
}

/// Reads the key of an entity that may be absent.
#[doc(hidden)]
pub struct OptionalKeyDecoder<E>(KeyDecoder<E>);

impl<E: Entity> Selection for Optional<Tracked<E>> {
    type Row = Option<Key<E>>;
    type Decoder = OptionalKeyDecoder<E>;

    fn select(self, items: &mut Items) -> Self::Decoder {
        OptionalKeyDecoder(self.0.select(items))
    }
}

impl<E: Entity> Decode for OptionalKeyDecoder<E> {
    type Row = Option<Key<E>>;

    fn decode(&self, row: &mut RowContext<'_>) -> Result<Self::Row> {
        let slot = row.entity(self.0.number)?;
        Ok(slot.map(|slot| Key::from_parts(row.sink.session(), slot)))
    }
}

/// Reads an entity as a value.
#[doc(hidden)]
pub struct ValueDecoder<E> {
    at: usize,
    /// Number among the values with deferred columns.
    number: usize,
    entity: PhantomData<fn() -> E>,
}

impl<E: Entity> Selection for Untracked<E> {
    type Row = E;
    type Decoder = ValueDecoder<E>;

    fn select(self, items: &mut Items) -> ValueDecoder<E> {
        let source = self.0.into_source();
        let (at, number, meta) = (items.items.len(), items.values.len(), E::entity_meta());
        push_columns(&mut items.items, meta, source.name());
        if meta.shape().is_some() {
            items.values.push(Selected { meta, at, name: source.name().clone() });
        }
        items.add_source(source);
        ValueDecoder { at, number, entity: PhantomData }
    }
}

impl<E: Entity> Decode for ValueDecoder<E> {
    type Row = E;

    fn decode(&self, row: &mut RowContext<'_>) -> Result<E> {
        let meta = E::entity_meta();
        let mut placed = match (meta.shape(), &meta.polymorphism) {
            (Some(base), _) => {
                let shape = row.shapes.get(self.number).unwrap_or(base);
                PlacedReader::of_shape(row.row, self.at, meta, shape)
            }
            (None, Some(polymorphism)) => PlacedReader::of_class(row.row, self.at, polymorphism),
            (None, None) => return E::hydrate(row.row, self.at).map_err(|error| locate(error, meta, self.at)),
        };
        E::hydrate(&mut placed, 0).map_err(|error| locate(error, meta, 0))
    }
}

/// Reads an entity that may be absent, as a value.
#[doc(hidden)]
pub struct OptionalValueDecoder<E>(ValueDecoder<E>);

impl<E: Entity> Selection for Optional<Untracked<E>> {
    type Row = Option<E>;
    type Decoder = OptionalValueDecoder<E>;

    fn select(self, items: &mut Items) -> Self::Decoder {
        OptionalValueDecoder(self.0.select(items))
    }
}

impl<E: Entity> Decode for OptionalValueDecoder<E> {
    type Row = Option<E>;

    fn decode(&self, row: &mut RowContext<'_>) -> Result<Option<E>> {
        let (meta, at) = (E::entity_meta(), self.0.at);
        for position in &meta.primary_key {
            if row.row.is_null(at + meta.row_position(*position)).map_err(|error| locate(error, meta, at))? {
                return Ok(None);
            }
        }
        self.0.decode(row).map(Some)
    }
}

/// Reads a column.
#[doc(hidden)]
pub struct ColumnDecoder<T> {
    at: usize,
    value: PhantomData<fn() -> T>,
}

impl<T: ColumnType> ColumnDecoder<T> {
    const fn new(at: usize) -> Self {
        Self { at, value: PhantomData }
    }
}

impl<T: ColumnType> Decode for ColumnDecoder<T> {
    type Row = T;

    fn decode(&self, row: &mut RowContext<'_>) -> Result<T> {
        row.column(self.at)
    }
}

impl<E: Entity, T: ColumnType, L> Selection for Column<E, T, L> {
    type Row = T;
    type Decoder = ColumnDecoder<T>;

    fn select(self, items: &mut Items) -> ColumnDecoder<T> {
        items.add_source(Source::entity(E::entity_meta(), None));
        ColumnDecoder::new(items.add_item(Expression::into_item(self)))
    }
}

impl<E: Entity, T: ColumnType, W> Selection for Hybrid<E, T, W> {
    type Row = T;
    type Decoder = ColumnDecoder<T>;

    fn select(self, items: &mut Items) -> ColumnDecoder<T> {
        items.add_source(Source::entity(E::entity_meta(), None));
        ColumnDecoder::new(items.add_item(Expression::into_item(self)))
    }
}

impl<E: Entity, T: ColumnType, W> Selection for Optional<Hybrid<E, T, W>> {
    type Row = Option<T>;
    type Decoder = ColumnDecoder<Option<T>>;

    fn select(self, items: &mut Items) -> Self::Decoder {
        ColumnDecoder::new(self.0.select(items).at)
    }
}

impl<E: Entity, T: ColumnType, L> Selection for Optional<Column<E, T, L>> {
    type Row = Option<T>;
    type Decoder = ColumnDecoder<Option<T>>;

    fn select(self, items: &mut Items) -> Self::Decoder {
        ColumnDecoder::new(self.0.select(items).at)
    }
}

macro_rules! expression_selection {
    ($($expression:ident),+) => {
        $(
            impl<T: ColumnType> Selection for $expression<T> {
                type Row = T;
                type Decoder = ColumnDecoder<T>;

                fn select(self, items: &mut Items) -> ColumnDecoder<T> {
                    ColumnDecoder::new(items.add_item(Expression::into_item(self)))
                }
            }

            impl<T: ColumnType> Selection for Optional<$expression<T>> {
                type Row = Option<T>;
                type Decoder = ColumnDecoder<Option<T>>;

                fn select(self, items: &mut Items) -> Self::Decoder {
                    ColumnDecoder::new(self.0.select(items).at)
                }
            }
        )+
    };
}

expression_selection!(Expr, Labeled, NamedColumn);

macro_rules! tuple_selection {
    ($($part:ident $index:tt),+) => {
        impl<$($part: Selection),+> Selection for ($($part,)+) {
            type Row = ($($part::Row,)+);
            type Decoder = ($($part::Decoder,)+);

            fn select(self, items: &mut Items) -> Self::Decoder {
                ($(self.$index.select(items),)+)
            }
        }

        impl<$($part: Decode),+> Decode for ($($part,)+) {
            type Row = ($($part::Row,)+);

            fn decode(&self, row: &mut RowContext<'_>) -> Result<Self::Row> {
                Ok(($(self.$index.decode(row)?,)+))
            }
        }
    };
}

tuple_selection!(A 0);
tuple_selection!(A 0, B 1);
tuple_selection!(A 0, B 1, C 2);
tuple_selection!(A 0, B 1, C 2, D 3);
tuple_selection!(A 0, B 1, C 2, D 3, E 4);
tuple_selection!(A 0, B 1, C 2, D 3, E 4, F 5);
tuple_selection!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuple_selection!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
