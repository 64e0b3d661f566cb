//! A list that grows without moving what is in it.

/// Values by position. A list that doubles leaves a hole behind each time, of which an allocator makes slow work where millions of small
/// values are put in between; this one grows by whole chunks.
pub(super) struct Chunked<T> {
    /// All but the last are full.
    chunks: Vec<Vec<T>>,
}

const CHUNK: usize = 1024;

impl<T> Default for Chunked<T> {
    fn default() -> Self {
        Self { chunks: Vec::new() }
    }
}

impl<T> Chunked<T> {
    pub(super) fn len(&self) -> usize {
        self.chunks.last().map_or(0, |last| (self.chunks.len() - 1) * CHUNK + last.len())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    pub(super) fn get(&self, position: usize) -> Option<&T> {
        self.chunks.get(position / CHUNK)?.get(position % CHUNK)
    }

    pub(super) fn get_mut(&mut self, position: usize) -> Option<&mut T> {
        self.chunks.get_mut(position / CHUNK)?.get_mut(position % CHUNK)
    }

    pub(super) fn last(&self) -> Option<&T> {
        self.chunks.last()?.last()
    }

    pub(super) fn last_mut(&mut self) -> Option<&mut T> {
        self.chunks.last_mut()?.last_mut()
    }

    pub(super) fn push(&mut self, value: T) {
        match self.chunks.last_mut() {
            Some(last) if last.len() < last.capacity().min(CHUNK) => last.push(value),
            _ => self.make_room().push(value),
        }
    }

    /// The last chunk, with room for one more.
    #[cold]
    fn make_room(&mut self) -> &mut Vec<T> {
        let full = self.chunks.last().is_none_or(|last| last.len() == CHUNK);
        if full {
            self.chunks.push(Vec::new());
        }
        let (first, at) = (self.chunks.len() == 1, self.chunks.len() - 1);
        let last = &mut self.chunks[at];
        // A session of a few entities should not pay for a whole chunk.
        let room = if first { (last.len() / 2).max(16) } else { CHUNK };
        last.reserve_exact(room.min(CHUNK - last.len()));
        last
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.chunks.iter().flatten()
    }

    /// The first position at which this no longer holds, in a list where it holds up to there.
    pub(super) fn partition_point(&self, mut holds: impl FnMut(&T) -> bool) -> usize {
        let chunk = self.chunks.partition_point(|chunk| chunk.last().is_some_and(&mut holds));
        match self.chunks.get(chunk) {
            Some(last) => chunk * CHUNK + last.partition_point(holds),
            None => self.len(),
        }
    }

    pub(super) fn clear(&mut self) {
        self.chunks.clear();
    }

    /// Bytes allocated, spare room included.
    pub(super) fn bytes(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.capacity() * size_of::<T>()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_pushed_is_found_in_its_place() {
        let mut list = Chunked::default();
        assert!(list.is_empty() && list.partition_point(|_| true) == 0);
        for number in 0..3 * CHUNK + 5 {
            assert_eq!((list.len(), list.get(number)), (number, None));
            list.push(2 * number);
            assert_eq!(list.get(number), Some(&(2 * number)));
        }
        assert!(list.iter().copied().eq((0..3 * CHUNK + 5).map(|number| 2 * number)));
        for number in [0, 1, 15, 16, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 4] {
            assert_eq!(list.partition_point(|value| *value < 2 * number), number);
            if let Some(value) = list.get_mut(number) {
                *value += 1;
            }
            assert_eq!(list.get(number), Some(&(2 * number + 1)));
        }
        assert_eq!(list.partition_point(|_| true), list.len());
        list.clear();
        assert!(list.is_empty() && list.bytes() == 0);
    }

    #[test]
    fn a_few_values_take_little_room() {
        let mut list = Chunked::default();
        (0..20_u64).for_each(|number| list.push(number));
        assert!(list.bytes() <= 32 * 8, "{} bytes", list.bytes());
    }
}
