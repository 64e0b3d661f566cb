//! A set of columns: the shape by which rows share a statement.

use smallvec::SmallVec;

/// Columns by position. Equal sets are equal whatever was put in first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct ColumnSet {
    words: SmallVec<[u64; 2]>,
}

impl ColumnSet {
    pub(super) fn insert(&mut self, column: usize) {
        let word = column / 64;
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
        }
        self.words[word] |= 1 << (column % 64);
    }

    pub(super) fn contains(&self, column: usize) -> bool {
        self.words.get(column / 64).is_some_and(|word| word >> (column % 64) & 1 == 1)
    }

    pub(super) fn is_empty(&self) -> bool {
        // No word is ever cleared, so that an empty set has none.
        self.words.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.words.len() * 64).filter(|column| self.contains(*column))
    }
}

impl FromIterator<usize> for ColumnSet {
    fn from_iter<I: IntoIterator<Item = usize>>(columns: I) -> Self {
        let mut set = Self::default();
        columns.into_iter().for_each(|column| set.insert(column));
        set
    }
}
