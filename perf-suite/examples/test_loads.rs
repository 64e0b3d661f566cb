//! A suite of one's own: parents with 100 children each, loaded in three ways.
//!
//! `cargo run --release -p perf-suite --example test_loads -- --num 1000`
//!
//! Counterpart: `test_loads.py` in the documentation of SQLAlchemy's performance suite.

use std::process::ExitCode;

use orm::prelude::*;
use perf_suite::{Context, Result, Suite};

#[derive(Entity, Debug, Default)]
struct Parent {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "parent")]
    children: HasMany<Child>,
}

#[derive(Entity, Debug, Default)]
struct Child {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(column = "parent_id", inverse = "children")]
    parent: BelongsTo<Parent>,
}

/// Number of children of each parent.
const CHILDREN: usize = 100;

fn main() -> ExitCode {
    suite().main()
}

/// The suite with its default number of parents.
pub(crate) fn suite() -> Suite {
    Suite::new("test_loads", 1000)
        .about("parents with 100 children each, loaded in three ways")
        .setup_once(fill)
        .test("lazyload", "no eager loading: one SELECT a parent", |context| load(context, lazy(Parent::CHILDREN)))
        .test("joinedload", "one SELECT with a join", |context| load(context, joined(Parent::CHILDREN)))
        .test("subqueryload", "one SELECT for the children of all parents", |context| {
            load(context, subquery(Parent::CHILDREN))
        })
}

fn fill(context: &Context) -> Result<()> {
    context.recreate(schema![Parent, Child])?;
    let mut session = context.session();
    for _ in 0..context.num() {
        let parent = session.add(Parent::default());
        session.rel(parent, Parent::CHILDREN).extend((0..CHILDREN).map(|_| Child::default()))?;
    }
    Ok(session.commit()?)
}

fn load(context: &Context, strategy: impl orm::load::LoadOptions) -> Result<()> {
    let mut session = context.session();
    for parent in session.query::<Parent>().options(strategy).all()? {
        let children = session.rel(parent, Parent::CHILDREN).load()?;
        assert_eq!(children.len(), CHILDREN);
    }
    Ok(())
}
