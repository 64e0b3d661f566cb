//! The chapters, in order, and the parts of the book.

#[path = "chapters/04_adding.rs"]
mod adding;
#[path = "chapters/06_changing.rs"]
mod changing;
#[path = "chapters/02_engine_and_url.rs"]
mod engine_and_url;
#[path = "chapters/05_keys.rs"]
mod keys;
#[path = "chapters/08_select.rs"]
mod select;
#[path = "chapters/03_struct_is_a_table.rs"]
mod struct_is_a_table;
#[path = "chapters/07_taking_it_back.rs"]
mod taking_it_back;
#[path = "chapters/01_ten_minutes.rs"]
mod ten_minutes;

use crate::Stage;

/// A chapter of the book: functions that run, and that the page includes.
pub struct Chapter {
    /// The number of the chapter in the book.
    pub number: u8,
    /// The name of the files of the chapter, without an ending: `04_adding`.
    pub file: &'static str,
    /// The title of the page.
    pub title: &'static str,
    /// The source of the chapter.
    pub source: &'static str,
    /// Runs the chapter, step by step.
    pub run: fn(&Stage) -> crate::Result<()>,
}

/// A part of the book: a range of chapters.
pub struct Part {
    /// The title of the part.
    pub title: &'static str,
    first: u8,
    last: u8,
}

impl Part {
    /// Whether a chapter stands in this part.
    pub fn has(&self, chapter: &Chapter) -> bool {
        (self.first..=self.last).contains(&chapter.number)
    }
}

/// The parts of the book, in order.
pub const PARTS: &[Part] = &[
    Part { title: "I. The first hour", first: 1, last: 7 },
    Part { title: "II. Asking", first: 8, last: 13 },
    Part { title: "III. Relationships", first: 14, last: 22 },
    Part { title: "IV. The unit of work", first: 23, last: 29 },
    Part { title: "V. Async", first: 30, last: 31 },
    Part { title: "VI. In earnest", first: 32, last: 37 },
    Part { title: "VII. Under the floor", first: 38, last: 40 },
];

macro_rules! chapter {
    ($number:literal, $file:literal, $title:literal, $module:ident) => {
        Chapter {
            number: $number,
            file: $file,
            title: $title,
            source: include_str!(concat!("chapters/", $file, ".rs")),
            run: $module::run,
        }
    };
}

/// The chapters, in order.
pub const CHAPTERS: &[Chapter] = &[
    chapter!(1, "01_ten_minutes", "Ten minutes", ten_minutes),
    chapter!(2, "02_engine_and_url", "Engine and URL", engine_and_url),
    chapter!(3, "03_struct_is_a_table", "A struct is a table", struct_is_a_table),
    chapter!(4, "04_adding", "Adding and committing", adding),
    chapter!(5, "05_keys", "Keys, not objects", keys),
    chapter!(6, "06_changing", "Changing and deleting", changing),
    chapter!(7, "07_taking_it_back", "Taking it back", taking_it_back),
    chapter!(8, "08_select", "Select", select),
];
