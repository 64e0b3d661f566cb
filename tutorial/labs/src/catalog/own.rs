//! The stages of the last lab: a unit of work of the reader's own.

use super::Lab;

pub(super) const LABS: &[Lab] = &[
    Lab {
        number: "28.1",
        file: "28_1_identity_map",
        title: "Your own 1: identity map",
        page: "38-unit-of-work.md",
        fails: "the key of the row that was read again: expected Key(0), found Key(1)",
        hints: [
            "Look before you add.",
            "`self.places` knows the key of each row that has an id: ask it with the name of the table and the id before you add.",
        ],
    },
    Lab {
        number: "28.2",
        file: "28_2_snapshots",
        title: "Your own 2: snapshots",
        page: "38-unit-of-work.md",
        fails: "the row as it was before the edits: expected Some(\"Jane\"), found None",
        hints: [
            "Copy once.",
            "`self.before.entry(key).or_insert_with(..)` inserts a copy unless there is one. The second edit must not replace the first copy.",
        ],
    },
    Lab {
        number: "28.3",
        file: "28_3_dirty_columns",
        title: "Your own 3: dirty columns",
        page: "38-unit-of-work.md",
        fails: "UPDATE author SET name = ?, born = ? WHERE id = ?",
        hints: [
            "Compare.",
            "Keep the positions at which the two rows have different values: `before.values[column] != now.values[column]`.",
        ],
    },
    Lab {
        number: "28.4",
        file: "28_4_order_by_foreign_key",
        title: "Your own 4: order by foreign key",
        page: "38-unit-of-work.md",
        fails: "tables in the order of their foreign keys: expected [\"author\", \"book\", \"review\"], found [\"review\", \"book\", \"author\"]",
        hints: [
            "A topological sort.",
            "Take the first table whose parents are all taken already, and begin again. When no table can be taken, the rest is a circle: an error that names it.",
        ],
    },
    Lab {
        number: "28.5",
        file: "28_5_keys_to_children",
        title: "Your own 5: keys to children",
        page: "38-unit-of-work.md",
        fails: "Key(0) is no value",
        hints: [
            "`Value::Of`.",
            "A value `Value::Of(key)` stands for the id of another row. By the time the book is inserted, its author has one: look it up in the map. A row without an id\nis an error.",
        ],
    },
    Lab {
        number: "28.6",
        file: "28_6_batches",
        title: "Your own 6: batches",
        page: "38-unit-of-work.md",
        fails: "3 x INSERT INTO author (name) VALUES (?) RETURNING id",
        hints: [
            "One statement a table.",
            "The keys come ordered by table. A key joins the last batch when that batch is of the same table and not full; else it begins a new one.",
        ],
    },
    Lab {
        number: "28.7",
        file: "28_7_deletes_backwards",
        title: "Your own 7: deletes backwards",
        page: "38-unit-of-work.md",
        fails: "FOREIGN KEY constraint failed",
        hints: [
            "Children first.",
            "The tables come in the order in which rows are inserted. Rows are deleted in the other order: `tables.iter().rev()`.",
        ],
    },
    Lab {
        number: "28.8",
        file: "28_8_journal_for_rollback",
        title: "Your own 8: a journal for rollback",
        page: "38-unit-of-work.md",
        fails: "the author's name after the rollback: expected \"Jane\", found \"Jane Austen\"",
        hints: [
            "Undo backwards.",
            "The journal holds the inverse of each change, oldest first. `pop` takes the newest: undo it, and go on until the journal is empty. Nothing is new, edited or\ndeleted afterwards.",
        ],
    },
];
