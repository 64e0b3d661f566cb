//! Checks of lab 19.

use labs::check;
use orm::prelude::*;

use super::{Author, Book, change, guess};

labs::checks![the_guess_is_the_plan, the_plan_is_what_is_sent];

/// A session with the changes, not flushed yet.
fn changed() -> orm::Result<Session> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![Author, Book])?;
    let mut session = Session::builder(&engine).expire_on_commit(false).build();
    let jane = session.add(Author { name: "Jane".into(), ..Author::default() });
    let emma = session.add(Book { title: "Emma".into(), author: BelongsTo::to(jane), ..Book::default() });
    session.commit()?;
    change(&mut session, emma, jane)?;
    Ok(session)
}

fn the_guess_is_the_plan() -> orm::Result<()> {
    let plan = changed()?.flush_plan()?;
    let steps: Vec<String> = plan.steps.iter().map(|step| format!("{} {}", step.operation, step.table)).collect();
    let guess = guess();
    // The plan itself is not shown: it is the answer.
    for (number, (guessed, step)) in (1..).zip(guess.iter().zip(&steps)) {
        assert!(guessed == step, "line {number} of the guess is `{guessed}`, and the plan has something else there");
    }
    assert_eq!(guess.len(), steps.len(), "number of statements");
    Ok(())
}

fn the_plan_is_what_is_sent() -> orm::Result<()> {
    let mut session = changed()?;
    let recorder = session.engine().record();
    session.commit()?;
    let kinds = guess().iter().filter_map(|line| line.split(' ').next()).collect::<Vec<_>>().join(" ");
    check::kinds(&recorder, &format!("begin {kinds} commit"));
    Ok(())
}
