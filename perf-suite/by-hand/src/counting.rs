//! Allocator that counts allocations and bytes of one thread while it is told to, and costs a test of a flag otherwise.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// Allocator that passes every call on to the system's and counts on the threads that ask for it.
#[derive(Debug)]
pub struct CountingAllocator;

/// Allocations of a thread while [`measure`] ran.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allocations {
    /// Number of allocations; a reallocation counts as one.
    pub count: u64,
    /// Bytes that were asked for; of a reallocation, the bytes that it adds.
    pub bytes: u64,
    /// Bytes that are still held; negative when more was freed than taken.
    pub held: i64,
    /// Most bytes that were held at one time.
    pub peak: i64,
}

thread_local! {
    static COUNTING: Cell<bool> = const { Cell::new(false) };
    static COUNTED: Cell<Allocations> = const { Cell::new(Allocations { count: 0, bytes: 0, held: 0, peak: 0 }) };
}

/// Counts the allocations of this thread while `work` runs. Not to be nested.
///
/// Counts nothing in a program whose global allocator is not a [`CountingAllocator`].
pub fn measure<T>(work: impl FnOnce() -> T) -> (Allocations, T) {
    struct Off;
    impl Drop for Off {
        fn drop(&mut self) {
            COUNTING.set(false);
        }
    }
    COUNTED.set(Allocations::default());
    COUNTING.set(true);
    let off = Off;
    let value = work();
    drop(off);
    (COUNTED.get(), value)
}

/// What was counted so far.
pub fn counted() -> Allocations {
    COUNTED.get()
}

/// Runs `work` without counting, for code that watches what is counted.
pub fn uncounted<T>(work: impl FnOnce() -> T) -> T {
    struct Before(bool);
    impl Drop for Before {
        fn drop(&mut self) {
            COUNTING.set(self.0);
        }
    }
    let _before = Before(COUNTING.replace(false));
    work()
}

#[inline]
fn note(taken: usize, freed: usize) {
    // A thread that ends frees after its counters are gone.
    if COUNTING.try_with(Cell::get).unwrap_or(false) {
        let mut counted = COUNTED.get();
        counted.count += u64::from(taken > 0);
        counted.bytes += taken.saturating_sub(freed) as u64;
        counted.held += taken as i64 - freed as i64;
        counted.peak = counted.peak.max(counted.held);
        COUNTED.set(counted);
    }
}

// SAFETY: every call is the system allocator's; counting allocates nothing, as the counters are constants in the thread's own memory.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size(), 0);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        note(0, layout.size());
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(layout.size(), 0);
        // SAFETY: as the caller promises.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(size, layout.size());
        // SAFETY: as the caller promises.
        unsafe { System.realloc(pointer, layout, size) }
    }
}
