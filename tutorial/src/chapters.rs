//! The chapters, in order, and the parts of the book.

#[path = "chapters/04_adding.rs"]
mod adding;
#[path = "chapters/30_async.rs"]
mod awaited;
#[path = "chapters/12_bulk.rs"]
mod bulk;
#[path = "chapters/15_cascades.rs"]
mod cascades;
#[path = "chapters/06_changing.rs"]
mod changing;
#[path = "chapters/20_collections.rs"]
mod collections;
#[path = "chapters/02_engine_and_url.rs"]
mod engine_and_url;
#[path = "chapters/23_flush.rs"]
mod flush;
#[path = "chapters/37_game.rs"]
mod game;
#[path = "chapters/19_graphs.rs"]
mod graphs;
#[path = "chapters/10_groups.rs"]
mod groups;
#[path = "chapters/21_hierarchies.rs"]
mod hierarchies;
#[path = "chapters/26_hooks.rs"]
mod hooks;
#[path = "chapters/35_how_fast.rs"]
mod how_fast;
#[path = "chapters/09_joins.rs"]
mod joins;
#[path = "chapters/25_keeping_the_past.rs"]
mod keeping_the_past;
#[path = "chapters/05_keys.rs"]
mod keys;
#[path = "chapters/16_loading.rs"]
mod loading;
#[path = "chapters/17_many_to_many.rs"]
mod many_to_many;
#[path = "chapters/36_messages.rs"]
mod messages;
#[path = "chapters/14_one_to_many.rs"]
mod one_to_many;
#[path = "chapters/13_own_sql.rs"]
mod own_sql;
#[path = "chapters/27_own_types.rs"]
mod own_types;
#[path = "chapters/22_pointing.rs"]
mod pointing;
#[path = "chapters/34_pools.rs"]
mod pools;
#[path = "chapters/39_sans_io.rs"]
mod sans_io;
#[path = "chapters/08_select.rs"]
mod select;
#[path = "chapters/03_struct_is_a_table.rs"]
mod struct_is_a_table;
#[path = "chapters/11_subqueries.rs"]
mod subqueries;
#[path = "chapters/07_taking_it_back.rs"]
mod taking_it_back;
#[path = "chapters/31_tasks.rs"]
mod tasks;
#[path = "chapters/01_ten_minutes.rs"]
mod ten_minutes;
#[path = "chapters/32_tests.rs"]
mod tests;
#[path = "chapters/18_trees.rs"]
mod trees;
#[path = "chapters/24_two_writers.rs"]
mod two_writers;
#[path = "chapters/38_unit_of_work.rs"]
mod unit_of_work;

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
    chapter!(9, "09_joins", "Joins", joins),
    chapter!(10, "10_groups", "Groups and functions", groups),
    chapter!(11, "11_subqueries", "Subqueries", subqueries),
    chapter!(12, "12_bulk", "INSERT, UPDATE, DELETE of many rows", bulk),
    chapter!(13, "13_own_sql", "Your own SQL", own_sql),
    chapter!(14, "14_one_to_many", "One to many", one_to_many),
    chapter!(15, "15_cascades", "Who goes along", cascades),
    chapter!(16, "16_loading", "Loading: the N+1 chapter", loading),
    chapter!(17, "17_many_to_many", "Many to many", many_to_many),
    chapter!(18, "18_trees", "Trees", trees),
    chapter!(19, "19_graphs", "Graphs", graphs),
    chapter!(20, "20_collections", "Maps, sets, large collections", collections),
    chapter!(21, "21_hierarchies", "One class, many tables", hierarchies),
    chapter!(22, "22_pointing", "Pointing at anything", pointing),
    chapter!(23, "23_flush", "What a flush does", flush),
    chapter!(24, "24_two_writers", "Two writers", two_writers),
    chapter!(25, "25_keeping_the_past", "Keeping the past", keeping_the_past),
    chapter!(26, "26_hooks", "Hooks", hooks),
    chapter!(27, "27_own_types", "Own attributes and types", own_types),
    chapter!(30, "30_async", "The same, awaited", awaited),
    chapter!(31, "31_tasks", "Tasks, streams, cancellation", tasks),
    chapter!(32, "32_tests", "Tests of your own", tests),
    chapter!(34, "34_pools", "Pools and servers", pools),
    chapter!(35, "35_how_fast", "How fast", how_fast),
    chapter!(36, "36_messages", "Reading our messages", messages),
    chapter!(37, "37_game", "A game in the database", game),
    chapter!(38, "38_unit_of_work", "Build a unit of work", unit_of_work),
    chapter!(39, "39_sans_io", "Sans-IO, two loops", sans_io),
];
