//! Labs of the part about queries, and of writing many rows at once.

use super::Lab;

pub(super) const LABS: &[Lab] = &[
    Lab {
        number: "09",
        file: "09_join_without_on",
        title: "A join without ON",
        page: "09-joins.md",
        fails: "no such column: author.name",
        hints: [
            "`join`.",
            "There is only one foreign key between books and authors. A relationship names it: `Book::AUTHOR`.",
        ],
    },
    Lab {
        number: "10",
        file: "10_totals",
        title: "Totals",
        page: "10-groups.md",
        fails: "found [(\"Wendy\", Some(150))]",
        hints: [
            "`group_by`, `having`.",
            "`filter` looks at single rows before they are summed up. `having` takes a condition on a group: on `sum(Order::AMOUNT)`.",
        ],
    },
    Lab {
        number: "11",
        file: "11_not_one_order",
        title: "Not one order",
        page: "11-subqueries.md",
        fails: "found [\"Ed\", \"Wendy\"]",
        hints: ["`not_`.", "`exists()` makes a condition of a select. `not_(..)` turns a condition around."],
    },
    Lab {
        number: "12",
        file: "12_a_thousand_rows",
        title: "A thousand rows",
        page: "12-bulk.md",
        fails: "1 to 10 INSERT expected, 1000 sent",
        hints: [
            "`insert`, `rows`.",
            "`insert(table).rows(columns, values)` is one statement of many rows. The columns are a tuple, the values an iterator of tuples.",
        ],
    },
];
