//! Positions in a mapping. Each kind of position has a type of its own, so that the position of a column does not index
//! the relationships.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

/// Position of a column in the mapping of its entity, in the order of the fields. Each column of an embedded struct and
/// of a foreign key counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ColumnPosition(pub usize);

impl Position for ColumnPosition {
    fn at(position: usize) -> Self {
        Self(position)
    }

    fn get(self) -> usize {
        self.0
    }
}

impl ColumnPosition {
    /// Position of the column that is so many columns behind this one, as in an embedded struct that begins here.
    pub const fn plus(self, columns: usize) -> Self {
        Self(self.0 + columns)
    }
}

/// Position of a relationship in the mapping of its entity, in the order of the fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelationPosition(pub usize);

impl Position for RelationPosition {
    fn at(position: usize) -> Self {
        Self(position)
    }

    fn get(self) -> usize {
        self.0
    }
}

/// Position of a table among the tables of a hierarchy: that of the class that adds the table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TablePosition(pub usize);

impl TablePosition {
    /// The table of the base class, and of an entity outside hierarchies.
    pub const BASE: Self = Self(0);
}

/// A number that is the position of one kind of thing.
pub trait Position: Copy {
    /// Makes the position from its number.
    fn at(position: usize) -> Self;
    /// Number of things before this one.
    fn get(self) -> usize;
}

/// A list that is indexed by positions of type `I` and by nothing else.
pub struct IndexVec<I, T> {
    items: Vec<T>,
    index: PhantomData<fn(I)>,
}

impl<I: Position, T> IndexVec<I, T> {
    /// Makes an empty list.
    pub const fn new() -> Self {
        Self { items: Vec::new(), index: PhantomData }
    }

    /// Adds an item behind the others and returns its position.
    pub fn push(&mut self, item: T) -> I {
        self.items.push(item);
        I::at(self.items.len() - 1)
    }

    /// Number of items.
    pub const fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether the list has no item.
    pub const fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Returns an item, or `None` beyond the last.
    pub fn get(&self, position: I) -> Option<&T> {
        self.items.get(position.get())
    }

    /// All items, in order.
    pub fn as_slice(&self) -> &[T] {
        &self.items
    }

    /// All items, in order, for a change.
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        &mut self.items
    }

    /// All items, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.items.iter()
    }

    /// Positions of all items, in order. The iterator does not borrow the list.
    pub fn positions(&self) -> impl DoubleEndedIterator<Item = I> + ExactSizeIterator + use<I, T> {
        (0..self.items.len()).map(I::at)
    }

    /// All items with their positions, in order.
    pub fn enumerate(&self) -> impl Iterator<Item = (I, &T)> {
        self.items.iter().enumerate().map(|(position, item)| (I::at(position), item))
    }

    /// Returns the first position whose item fulfils a condition.
    pub fn position(&self, condition: impl FnMut(&T) -> bool) -> Option<I> {
        self.items.iter().position(condition).map(I::at)
    }
}

impl<I: Position, T> Default for IndexVec<I, T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<I, T: Clone> Clone for IndexVec<I, T> {
    fn clone(&self) -> Self {
        Self { items: self.items.clone(), index: PhantomData }
    }
}

impl<I, T: fmt::Debug> fmt::Debug for IndexVec<I, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.items.fmt(f)
    }
}

impl<I: Position, T> IntoIterator for IndexVec<I, T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

impl<I, T> From<Vec<T>> for IndexVec<I, T> {
    fn from(items: Vec<T>) -> Self {
        Self { items, index: PhantomData }
    }
}

impl<I, T> FromIterator<T> for IndexVec<I, T> {
    fn from_iter<A: IntoIterator<Item = T>>(items: A) -> Self {
        Self { items: items.into_iter().collect(), index: PhantomData }
    }
}

impl<'v, I, T> IntoIterator for &'v IndexVec<I, T> {
    type Item = &'v T;
    type IntoIter = std::slice::Iter<'v, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter()
    }
}

impl<I: Position, T> Index<I> for IndexVec<I, T> {
    type Output = T;

    #[inline]
    fn index(&self, position: I) -> &T {
        &self.items[position.get()]
    }
}

impl<I: Position, T> IndexMut<I> for IndexVec<I, T> {
    #[inline]
    fn index_mut(&mut self, position: I) -> &mut T {
        &mut self.items[position.get()]
    }
}
