//! Labs of the parts about the unit of work, async, and programs in earnest.

use super::Lab;

pub(super) const LABS: &[Lab] = &[
    Lab {
        number: "19",
        file: "19_guess_the_plan",
        title: "Guess the plan",
        page: "23-flush.md",
        fails: "line 1 of the guess is `INSERT book`",
        hints: [
            "Parents first, deletions last.",
            "A book needs the number of its author: the author is inserted before. Tables are written one after the other, in each the changed rows\nbefore the new ones. Deletions come at the end.",
        ],
    },
    Lab {
        number: "20",
        file: "20_two_tills",
        title: "Two tills",
        page: "24-two-writers.md",
        fails: "stock after two sales: expected 8, found 9",
        hints: [
            "A version column.",
            "`#[entity(version)]` on a number makes each UPDATE ask for the version that was read. A stale one is `Error::StaleData`: roll back, `refresh` the product, and\nsell again.",
        ],
    },
    Lab {
        number: "21",
        file: "21_who_changed_it",
        title: "Who changed it?",
        page: "25-keeping-the-past.md",
        fails: "old texts, and who replaced them: expected",
        hints: [
            "A listener before the flush.",
            "`before_update::<Page>(|scope, page| ..)` is called for each page that is written. `scope.history(scope.entity_key(page)?)?` has the columns that change,\nwith the value before; `scope.add(..)` adds a `Version`. `Session::builder(engine).listen(..)` takes the listener.",
        ],
    },
    Lab {
        number: "22",
        file: "22_soft_delete",
        title: "Soft delete",
        page: "26-hooks.md",
        fails: "photos that a query shows",
        hints: [
            "A loader criterion.",
            "`mixin_criterion::<Trash>(..)` restricts all entities that embed `Trash`; `.named(\"trash\")` gives it a name, and `Session::builder(engine).criterion(..)` makes\nit hold for each session.",
        ],
    },
    Lab {
        number: "23",
        file: "23_await_it",
        title: "Await it",
        page: "30-async.md",
        fails: "lab 23: write transfer once more",
        hints: [
            "`.await`.",
            "Only what may ask the database is awaited: `one()` and `commit()`. Reading and editing memory, `session[account]`, is as it was.",
        ],
    },
    Lab {
        number: "24",
        file: "24_a_budget",
        title: "A budget",
        page: "32-tests.md",
        fails: "the page that sends a SELECT for each order was let through",
        hints: [
            "A recorder.",
            "`session.engine().record()` records what is sent from then on. `orm::assert_statements!(recorder, [..])` compares word for word and panics where it differs;\n`recorder.take().count(StatementKind::Select)` only counts.",
        ],
    },
    Lab {
        number: "25",
        file: "25_twice_as_fast",
        title: "Twice as fast",
        page: "35-how-fast.md",
        fails: "1 to 20 SELECT expected, 40 sent",
        hints: [
            "`in_`.",
            "One query finds all users whose id is in a list: `User::ID.in_(..)`. Afterwards the session holds them, and `get` asks nothing.",
        ],
    },
    Lab {
        number: "26",
        file: "26_read_the_message",
        title: "Read the message",
        page: "36-messages.md",
        fails: "program 1 ends with another code than `?`",
        hints: [
            "`Error::code()`.",
            "The message is shown with the failure: what happened, and to which entity or column. The codes are among these: `no-result`, `multiple-results`,\n`unique-violation`, `stale-data`, `raised-load`, `unset-relationship`.",
        ],
    },
    Lab {
        number: "27",
        file: "27_a_new_invader",
        title: "A new invader",
        page: "37-game.md",
        fails: "lab 27: find the ship, add the picture, put it on the field",
        hints: [
            "Two rows and a query.",
            "The ship is the coordinate whose picture is of the class `player`: join `Coordinate::GLYPH` and ask for `Picture::TYPE`. A picture of the class\n`ArmyGlyph` can be hit. `BelongsTo::to(boss.upcast())` refers to it as a `Picture`.",
        ],
    },
];
