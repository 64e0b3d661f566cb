//! Sets of positions: the columns by which rows share a statement, or the relationships that changed.

use std::marker::PhantomData;

use smallvec::SmallVec;

use crate::mapping::{ColumnPosition, Position, RelationPosition};

/// A set of columns.
pub(super) type ColumnSet = PositionSet<ColumnPosition>;

/// A set of relationships.
pub(super) type RelationSet = PositionSet<RelationPosition>;

/// Positions of one kind. Equal sets are equal whatever was put in first.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct PositionSet<I> {
    words: SmallVec<[u64; 2]>,
    index: PhantomData<fn(I)>,
}

impl<I: Position> PositionSet<I> {
    pub(super) fn insert(&mut self, position: I) {
        let position = position.get();
        let word = position / 64;
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
        }
        self.words[word] |= 1 << (position % 64);
    }

    pub(super) fn contains(&self, position: I) -> bool {
        let position = position.get();
        self.words.get(position / 64).is_some_and(|word| word >> (position % 64) & 1 == 1)
    }

    pub(super) fn is_empty(&self) -> bool {
        // No word is ever cleared, so that an empty set has none.
        self.words.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = I> + '_ {
        (0..self.words.len() * 64).map(I::at).filter(|position| self.contains(*position))
    }
}

impl<I> Default for PositionSet<I> {
    fn default() -> Self {
        Self { words: SmallVec::new(), index: PhantomData }
    }
}

impl<I: Position> FromIterator<I> for PositionSet<I> {
    fn from_iter<A: IntoIterator<Item = I>>(positions: A) -> Self {
        let mut set = Self::default();
        positions.into_iter().for_each(|position| set.insert(position));
        set
    }
}
