//! Parents with 100 children each, by every loader strategy.

use std::hint::black_box;

use orm::prelude::*;

use crate::Result;
use crate::mapped::{Child, Parent};
use crate::suite::{Context, Suite};
use crate::workload::CHILDREN;

pub(super) fn suite() -> Suite {
    Suite::new("relationships", 1_000)
        .about("collections of 100 children, by loader strategy")
        .setup_once(set_up)
        .test("test_lazy", "one SELECT a parent", |context| each(context, lazy(Parent::CHILDREN)))
        .test("test_peers", "one SELECT for all parents, on first access", |context| {
            each(context, peers(Parent::CHILDREN))
        })
        .test("test_selectin", "one SELECT for 500 parents, with the query", |context| {
            each(context, selectin(Parent::CHILDREN))
        })
        .test("test_subquery", "one SELECT that repeats the query", |context| each(context, subquery(Parent::CHILDREN)))
        .test("test_joined", "one SELECT with a join", |context| each(context, joined(Parent::CHILDREN)))
}

fn set_up(context: &Context) -> Result<()> {
    context.recreate(schema![Parent, Child])?;
    let parents = context.num();
    let mut session = context.session();
    let row = |id: usize| Parent { id: Auto::Set(id as i64), name: format!("parent {id}"), ..Parent::default() };
    session.add_all((1..=parents).map(row));
    session.flush()?;
    session.expunge_all();
    session.add_all((1..=parents * CHILDREN).map(|id| Child {
        id: Auto::Set(id as i64),
        name: format!("child {id}"),
        parent: BelongsTo::by_id(((id - 1) / CHILDREN + 1) as i64),
    }));
    Ok(session.commit()?)
}

/// Looks at every child of every parent.
fn each(context: &Context, strategy: impl orm::load::LoadOptions) -> Result<()> {
    let mut session = context.session();
    let mut seen = 0;
    for parent in session.query::<Parent>().options(strategy).all()? {
        for child in session.rel(parent, Parent::CHILDREN).load()? {
            black_box(&session[child].name);
            seen += 1;
        }
    }
    match seen == context.num() * CHILDREN {
        true => Ok(()),
        false => Err(format!("{seen} children were loaded").into()),
    }
}
