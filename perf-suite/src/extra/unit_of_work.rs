//! The unit of work where it holds much: one change among many, a commit of what is clean, a tree that is deep.

use std::cell::RefCell;
use std::rc::Rc;

use orm::prelude::*;

use crate::Result;
use crate::mapped::Customer;
use crate::suite::{Context, Suite};

/// A node of a tree.
#[derive(Entity, Debug, Default)]
#[entity(table = "tree_node")]
struct Node {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 50)]
    name: String,
    #[entity(column = "parent_id", inverse = "children")]
    parent: BelongsTo<Option<Self>>,
    #[entity(inverse = "parent", cascade = "all, delete-orphan")]
    children: HasMany<Self>,
}

/// Changes that one run flushes.
const CHANGES: usize = 100;

/// A session that holds every customer.
type Held = Rc<RefCell<Option<(Session, Vec<Key<Customer>>)>>>;

pub(super) fn suite() -> Suite {
    let held = Held::default();
    let (of_setup, of_change, of_commit, of_tree) = (held.clone(), held.clone(), held.clone(), held);
    Suite::new("unit_of_work", 100_000)
        .about("flushes of a session that holds many entities")
        .setup(move |context| set_up(context, &of_setup))
        .test("test_one_change", "one change among all entities, 100 flushes", move |_| one_change(&of_change))
        .test("test_clean_commit", "commit of a session in which nothing changed", move |_| clean_commit(&of_commit))
        .test("test_deep_tree", "flush of a tree, 1000 levels deep at most", move |context| {
            // A session that reads would keep SQLite from committing.
            of_tree.take();
            deep_tree(context)
        })
}

fn set_up(context: &Context, held: &Held) -> Result<()> {
    // The session of the run before would keep the table locked.
    held.take();
    crate::originals::filled(context, context.num())?;
    context.recreate(schema![Node])?;
    let mut session = context.session();
    let keys = session.query::<Customer>().limit(context.num() as u64).all()?;
    held.replace(Some((session, keys)));
    Ok(())
}

/// Flushes one change of an entity in the middle, again and again.
fn one_change(held: &Held) -> Result<()> {
    let (mut session, keys) = held.take().ok_or("no session is held")?;
    let key = *keys.get(keys.len() / 2).ok_or("no customer is held")?;
    for change in 0..CHANGES {
        session[key].description = format!("change {change}");
        session.flush()?;
    }
    session.rollback()?;
    Ok(())
}

fn clean_commit(held: &Held) -> Result<()> {
    let (mut session, _) = held.take().ok_or("no session is held")?;
    Ok(session.commit()?)
}

/// A chain of nodes, each the child of the one before, begun anew after 1000.
fn deep_tree(context: &Context) -> Result<()> {
    const DEPTH: usize = 1_000;
    let mut session = context.session();
    let mut last = None;
    for n in 0..context.num().min(10 * DEPTH) {
        let node = Node { name: format!("node {n}"), ..Node::default() };
        let above = last.take().filter(|_| n % DEPTH > 0);
        last = Some(match above {
            Some(above) => session.rel(above, Node::CHILDREN).push(node)?,
            None => session.add(node),
        });
    }
    Ok(session.commit()?)
}
