//! Labs of the part about relationships.

use super::Lab;

pub(super) const LABS: &[Lab] = &[
    Lab {
        number: "08",
        file: "08_both_sides",
        title: "Both sides",
        page: "14-one-to-many.md",
        fails: "Book.author is required and not set",
        hints: [
            "`rel`, `push`.",
            "The foreign key is on the book's side. `session.rel(author, Author::BOOKS)` is the author's side: what is pushed there gets the author on its own side.",
        ],
    },
    Lab {
        number: "13",
        file: "13_orphans",
        title: "Orphans",
        page: "15-cascades.md",
        fails: "Book.author is required",
        hints: [
            "`delete-orphan`.",
            "A book without its author has no other place to be. The attribute of `books` says what goes on from an author to the books: `cascade = \"..\"`.",
        ],
    },
    Lab {
        number: "14",
        file: "14_kill_the_n_plus_1",
        title: "Kill the N+1",
        page: "16-loading.md",
        fails: "2 SELECT expected, 101 sent",
        hints: [
            "`options`.",
            "`.options(selectin(..))` on the query loads a relationship of all authors at once, in one statement a level.",
        ],
    },
    Lab {
        number: "15",
        file: "15_the_link_has_a_price",
        title: "The link has a price",
        page: "17-many-to-many.md",
        fails: "a ticket for this concert stands on the order twice",
        hints: [
            "A key of two foreign keys.",
            "A line belongs to one order and one concert, and there is at most one line for both together. `#[entity(primary_key)]` may stand on a `BelongsTo`, and on two.",
        ],
    },
    Lab {
        number: "16",
        file: "16_four_levels",
        title: "Four levels",
        page: "18-trees.md",
        fails: "5 SELECT expected",
        hints: [
            "`recurse`.",
            "`selectin(Folder::CHILDREN)` loads one level. `.recurse(..)` says how many levels below the first are loaded in the same way.",
        ],
    },
    Lab {
        number: "17",
        file: "17_a_map_by_name",
        title: "A map by name",
        page: "20-collections.md",
        fails: "number of notes called todo: expected 1, found 2",
        hints: [
            "`key`.",
            "`key = \"..\"` on the collection makes it a map by a field of its members. Then `insert` takes the place of `push`, and a member that has the same name leaves.",
        ],
    },
    Lab {
        number: "18",
        file: "18_who_am_i",
        title: "Who am I?",
        page: "21-hierarchies.md",
        fails: "1 SELECT expected, 3 sent",
        hints: [
            "`match`.",
            "A query for the enum, `session.query::<Employee>()`, finds rows of every class in one statement. `session[key]` is the enum: `match` it.",
        ],
    },
];
