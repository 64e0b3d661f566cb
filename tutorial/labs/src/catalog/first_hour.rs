//! Labs of the book's first part: a row in, a row out.

use super::Lab;

pub(super) const LABS: &[Lab] = &[
    Lab {
        number: "01",
        file: "01_first_mapping",
        title: "First mapping",
        page: "01-ten-minutes.md",
        fails: "PRIMARY KEY (name)",
        hints: [
            "Primary key.",
            "The attribute stands above the field `name`. Two people may have the same name: which field tells their rows apart?",
        ],
    },
    Lab {
        number: "02",
        file: "02_nullable_unique_long",
        title: "Nullable, unique, long",
        page: "03-struct-is-a-table.md",
        fails: "nickname VARCHAR NOT NULL",
        hints: [
            "`Option`, `unique`, `length`.",
            "A column may be NULL where the field's type is `Option<..>`. The other two are attributes: `#[entity(..)]` above the field.",
        ],
    },
    Lab {
        number: "03",
        file: "03_add_and_commit",
        title: "Add and commit",
        page: "04-adding.md",
        fails: "lab 3: add a user called Ed, then commit",
        hints: [
            "`add`, `commit`.",
            "`session.add(..)` takes a value and returns its key. Nothing is sent before `session.commit()?`.",
        ],
    },
    Lab {
        number: "04",
        file: "04_same_row_same_key",
        title: "Same row, same key",
        page: "05-keys.md",
        fails: "SELECT user.id, user.name FROM user WHERE user.id = ? LIMIT ?",
        hints: [
            "The identity map.",
            "`session.get::<User>(..)` takes a primary key. It asks the identity map first, and the database only for a row that the session does not hold.",
        ],
    },
    Lab {
        number: "05",
        file: "05_only_what_changed",
        title: "Only what changed",
        page: "06-changing.md",
        fails: "UPDATE user SET name = ?, email = ?",
        hints: [
            "Borrow, assign.",
            "`session[user]` is the entity itself. A field of it is assigned like any field of a struct; the session compares when it flushes.",
        ],
    },
    Lab {
        number: "06",
        file: "06_savepoint",
        title: "Savepoint",
        page: "07-taking-it-back.md",
        fails: "UNIQUE constraint failed: user.name",
        hints: [
            "`nested`.",
            "`session.nested(|session| ..)` runs a closure within a savepoint. When the closure gives an `Err`, the rows and the memory of that part are undone, and\nthe rest stays.",
        ],
    },
    Lab {
        number: "07",
        file: "07_does_not_compile",
        title: "Does not compile",
        page: "08-select.md",
        fails: "error[E0277]",
        hints: [
            "Types.",
            "`User::AGE` is a column of numbers. The compiler's message names the type on the right side of the comparison, and what may stand there instead.",
        ],
    },
];
