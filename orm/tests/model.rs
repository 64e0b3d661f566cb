//! The session against a plain model: thousands of random edits of an object graph, compared after every step and with the rows after every
//! commit and rollback. Guards rules 1 (one row, one key), 3 (what is unchanged sends nothing), 4 (rollbacks, savepoints and failed flushes give
//! memory back) and 5 (both sides agree after every step). `PROPTEST_CASES=20000 cargo test --release -p orm --test model` looks longer.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

#[path = "model/entities.rs"]
mod entities;
#[path = "model/pair.rs"]
mod pair;
#[path = "model/world.rs"]
mod world;

use proptest::prelude::*;

use orm::session::Session;
use orm::{Auto, Engine, schema};

use self::entities::{Badge, Node, Person, Profile, Tag, Task, Team};
use self::pair::Pair;
use self::world::Kind;

/// One step. Numbers pick among what there is, modulo.
#[derive(Clone, Debug)]
enum Op {
    /// A new entity, below a parent or alone; `push` puts it in by the collection.
    Add {
        kind: Kind,
        parent: Option<u8>,
        name: u8,
        push: bool,
    },
    /// Another size; the database refuses a negative one.
    Edit {
        id: u8,
        size: i8,
    },
    Rename {
        id: u8,
    },
    /// A person with a team, tasks, a profile and a tag, as one value.
    AddGraph {
        tasks: u8,
    },
    /// Other tasks and tags for a person, all at once.
    SetMembers {
        person: u8,
        tasks: Vec<u8>,
        tags: Vec<u8>,
    },
    Merge {
        id: u8,
        size: i8,
    },
    Expunge {
        id: u8,
    },
    SetParent {
        child: u8,
        parent: u8,
        from_child: bool,
    },
    ClearParent {
        child: u8,
        from_child: bool,
    },
    Link {
        person: u8,
        tag: u8,
        from_tag: bool,
    },
    Unlink {
        link: u8,
        from_tag: bool,
    },
    /// A tag that the person may or may not have.
    UnlinkAny {
        person: u8,
        tag: u8,
        from_tag: bool,
    },
    Delete {
        id: u8,
    },
    Load {
        id: u8,
    },
    Get {
        id: u8,
    },
    Query {
        kind: Kind,
    },
    Expire {
        id: u8,
    },
    Refresh {
        id: u8,
    },
    ExpireAll,
    Flush,
    Commit,
    Rollback,
    /// Rolls back, maybe to a savepoint, and adds what is handed back again, in another order.
    AddAgain {
        savepoint: Option<u8>,
        order: u64,
    },
    /// The last row of a kind goes behind the session, so that its number is given out again.
    DeleteBehind {
        kind: Kind,
    },
    BeginNested,
    Release {
        savepoint: u8,
    },
    RollbackTo {
        savepoint: u8,
    },
    /// Another session writes a row that a commit has expired here, and then this one edits it: by `set`, or plainly.
    Meanwhile {
        id: u8,
        assigned: bool,
    },
    /// A profile takes the place of another one from its own side, whatever is loaded, and is flushed.
    Succeed {
        profile: u8,
        person: u8,
    },
    /// Commits, and goes on with a session that holds nothing.
    Reopen,
}

fn kind() -> impl Strategy<Value = Kind> {
    prop::sample::select(Kind::ALL.to_vec())
}

fn op() -> impl Strategy<Value = Op> {
    let n = any::<u8>;
    prop_oneof![
        10 => (kind(), prop::option::weighted(0.8, n()), 0..4_u8, any::<bool>())
            .prop_map(|(kind, parent, name, push)| Op::Add { kind, parent, name, push }),
        4 => (n(), prop_oneof![9 => 0..5_i8, 1 => Just(-1_i8)]).prop_map(|(id, size)| Op::Edit { id, size }),
        2 => n().prop_map(|id| Op::Rename { id }),
        1 => (0..3_u8).prop_map(|tasks| Op::AddGraph { tasks }),
        2 => (n(), prop::collection::vec(n(), 0..3), prop::collection::vec(n(), 0..3))
            .prop_map(|(person, tasks, tags)| Op::SetMembers { person, tasks, tags }),
        1 => (n(), 0..5_i8).prop_map(|(id, size)| Op::Merge { id, size }),
        1 => n().prop_map(|id| Op::Expunge { id }),
        6 => (n(), n(), any::<bool>())
            .prop_map(|(child, parent, from_child)| Op::SetParent { child, parent, from_child }),
        3 => (n(), any::<bool>()).prop_map(|(child, from_child)| Op::ClearParent { child, from_child }),
        4 => (n(), n(), any::<bool>()).prop_map(|(person, tag, from_tag)| Op::Link { person, tag, from_tag }),
        2 => (n(), any::<bool>()).prop_map(|(link, from_tag)| Op::Unlink { link, from_tag }),
        1 => (n(), n(), any::<bool>()).prop_map(|(person, tag, from_tag)| Op::UnlinkAny { person, tag, from_tag }),
        4 => n().prop_map(|id| Op::Delete { id }),
        3 => n().prop_map(|id| Op::Load { id }),
        1 => n().prop_map(|id| Op::Get { id }),
        1 => kind().prop_map(|kind| Op::Query { kind }),
        1 => n().prop_map(|id| Op::Expire { id }),
        1 => n().prop_map(|id| Op::Refresh { id }),
        1 => Just(Op::ExpireAll),
        3 => Just(Op::Flush),
        2 => Just(Op::Commit),
        2 => Just(Op::Rollback),
        2 => (prop::option::of(n()), any::<u64>()).prop_map(|(savepoint, order)| Op::AddAgain { savepoint, order }),
        2 => kind().prop_map(|kind| Op::DeleteBehind { kind }),
        2 => Just(Op::BeginNested),
        1 => n().prop_map(|savepoint| Op::Release { savepoint }),
        2 => n().prop_map(|savepoint| Op::RollbackTo { savepoint }),
        1 => Just(Op::Reopen),
        2 => (n(), any::<bool>()).prop_map(|(id, assigned)| Op::Meanwhile { id, assigned }),
        2 => (n(), n()).prop_map(|(profile, person)| Op::Succeed { profile, person }),
    ]
}

fn choose(among: &[usize], pick: u8) -> Option<usize> {
    (!among.is_empty()).then(|| among[pick as usize % among.len()])
}

fn run(pair: &mut Pair, op: &Op, step: usize) {
    if !matches!(
        op,
        Op::Rollback
            | Op::AddAgain { .. }
            | Op::RollbackTo { .. }
            | Op::Edit { .. }
            | Op::Rename { .. }
            | Op::Delete { .. }
    ) {
        // With autoflush these may flush on the way, after which what was picked may be gone.
        pair.may_load();
    }
    let all: Vec<usize> = pair.now.items.keys().copied().collect();
    let children: Vec<usize> = all.iter().copied().filter(|id| pair.now.items[id].kind.parent().is_some()).collect();
    let parent_of = |pair: &Pair, kind: Kind, pick: u8| choose(&pair.now.of_kind(kind.parent()?), pick);
    match *op {
        Op::AddGraph { tasks } => pair.add_graph(tasks, &format!("g{step}")),
        Op::SetMembers { person, ref tasks, ref tags } => {
            let chosen = |pair: &Pair, kind: Kind, picks: &[u8]| {
                let mut chosen: Vec<usize> =
                    picks.iter().filter_map(|pick| choose(&pair.now.of_kind(kind), *pick)).collect();
                chosen.sort_unstable();
                chosen.dedup();
                chosen
            };
            if let Some(person) = choose(&pair.now.of_kind(Kind::Person), person) {
                pair.set_members(person, &chosen(pair, Kind::Task, tasks), &chosen(pair, Kind::Tag, tags));
            }
        }
        Op::Merge { id, size } => choose(&all, id).into_iter().for_each(|id| pair.merge(id, size.into())),
        Op::Expunge { id } => choose(&all, id).into_iter().for_each(|id| pair.expunge(id)),
        Op::Add { kind, parent, name, push } => {
            let parent = parent.and_then(|pick| parent_of(pair, kind, pick));
            pair.add(kind, parent, &format!("n{name}"), push);
        }
        Op::Edit { id, size } => {
            if let Some(id) = choose(&all, id) {
                pair.edit(id, size.into());
            }
        }
        Op::Rename { id } => {
            if let Some(id) = choose(&all, id) {
                pair.rename(id, &format!("r{step}"));
            }
        }
        Op::SetParent { child, parent, from_child } => {
            if let Some(child) = choose(&children, child)
                && let Some(parent) = parent_of(pair, pair.now.items[&child].kind, parent)
            {
                pair.set_parent(child, parent, from_child);
            }
        }
        Op::ClearParent { child, from_child } => {
            if let Some(child) = choose(&children, child) {
                pair.clear_parent(child, from_child);
            }
        }
        Op::Link { person, tag, from_tag } => {
            if let (Some(person), Some(tag)) =
                (choose(&pair.now.of_kind(Kind::Person), person), choose(&pair.now.of_kind(Kind::Tag), tag))
            {
                pair.link(person, tag, from_tag, true);
            }
        }
        Op::Unlink { link, from_tag } => {
            let links: Vec<_> = pair.now.links.iter().copied().collect();
            if !links.is_empty() {
                let (person, tag) = links[link as usize % links.len()];
                pair.link(person, tag, from_tag, false);
            }
        }
        Op::UnlinkAny { person, tag, from_tag } => {
            if let (Some(person), Some(tag)) =
                (choose(&pair.now.of_kind(Kind::Person), person), choose(&pair.now.of_kind(Kind::Tag), tag))
            {
                pair.link(person, tag, from_tag, false);
            }
        }
        Op::Delete { id } => choose(&all, id).into_iter().for_each(|id| pair.delete(id)),
        Op::Load { id } => choose(&all, id).into_iter().for_each(|id| {
            pair.load(id);
        }),
        Op::Get { id } => choose(&all, id).into_iter().for_each(|id| pair.get(id)),
        Op::Query { kind } => pair.query(kind),
        Op::Expire { id } => choose(&all, id).into_iter().for_each(|id| pair.expire(id, false)),
        Op::Refresh { id } => choose(&all, id).into_iter().for_each(|id| pair.expire(id, true)),
        Op::ExpireAll => pair.expire_all(),
        Op::Flush => {
            pair.flush();
        }
        Op::Commit => pair.commit(),
        Op::Rollback => pair.rollback(),
        Op::AddAgain { savepoint, order } => pair.add_again(savepoint, order),
        Op::DeleteBehind { kind } => pair.delete_behind(kind),
        Op::BeginNested => pair.begin_nested(),
        Op::Release { savepoint } => pair.release(savepoint),
        Op::RollbackTo { savepoint } => pair.rollback_to(savepoint),
        Op::Reopen => pair.reopen(),
        Op::Meanwhile { id, assigned } => choose(&all, id).into_iter().for_each(|id| pair.meanwhile(id, assigned)),
        Op::Succeed { profile, person } => {
            if let (Some(profile), Some(person)) =
                (choose(&pair.now.of_kind(Kind::Profile), profile), choose(&pair.now.of_kind(Kind::Person), person))
            {
                pair.succeed(profile, person);
            }
        }
    }
}

fn play(ops: &[Op]) {
    let mut pair = Pair::new(false, true);
    for (step, op) in ops.iter().enumerate() {
        run(&mut pair, op, step);
        pair.check_memory();
        pair.check_ghosts();
    }
    pair.commit();
    pair.rollback();
}

fn add(kind: Kind, parent: Option<u8>) -> Op {
    Op::Add { kind, parent, name: 0, push: true }
}

/// Rule 5: what a collection was while a savepoint was set is not what it is afterwards.
#[test]
fn a_collection_that_was_loaded_within_a_savepoint_is_loaded_again() {
    let (person, task) = (add(Kind::Person, None), add(Kind::Task, Some(0)));
    let clear = Op::ClearParent { child: 1, from_child: true };
    play(&[
        person,
        task,
        Op::Reopen,
        Op::BeginNested,
        clear,
        Op::Flush,
        Op::Load { id: 0 },
        Op::RollbackTo { savepoint: 0 },
    ]);
}

/// Rule 4: the badge was edited before the flush took its person away.
#[test]
fn a_failed_flush_gives_an_edited_row_its_parent_back() {
    let (person, badge, edit) = (add(Kind::Person, None), add(Kind::Badge, Some(0)), Op::Edit { id: 1, size: 4 });
    play(&[person, badge, Op::Flush, Op::Delete { id: 0 }, edit, Op::Flush]);
}

/// Rule 5: the tag knows its people, the person does not know its tags.
#[test]
fn a_deleted_entity_leaves_a_collection_of_which_it_did_not_know() {
    let link = |from_tag| Op::Link { person: 0, tag: 0, from_tag };
    play(&[
        add(Kind::Tag, None),
        add(Kind::Person, None),
        link(false),
        Op::Reopen,
        link(false),
        Op::Delete { id: 1 },
        Op::Flush,
    ]);
}

/// Rule 3: an entity whose edit was dropped and that is edited again is written once.
#[test]
fn an_edit_after_a_dropped_one_is_written_once() {
    let edit = |size| Op::Edit { id: 0, size };
    play(&[
        add(Kind::Task, None),
        Op::Rollback,
        add(Kind::Team, None),
        Op::Flush,
        edit(2),
        Op::Expire { id: 0 },
        edit(3),
        Op::Flush,
    ]);
}

/// Rule 5: what was put in stays in, though what was known is expired.
#[test]
fn members_that_are_not_flushed_outlive_an_expiry() {
    let task = || add(Kind::Task, Some(0));
    play(&[add(Kind::Person, None), task(), Op::ExpireAll, task(), Op::Commit]);
    play(&[add(Kind::Person, None), Op::Flush, task(), Op::ExpireAll, task(), Op::Load { id: 0 }, Op::Commit]);
}

/// Rule 5: the person is another object when its task comes back.
#[test]
fn a_reference_to_whoever_left_goes_by_its_key() {
    let (person, task) = (add(Kind::Person, None), add(Kind::Task, Some(0)));
    play(&[
        person,
        task,
        Op::Commit,
        Op::Delete { id: 1 },
        Op::Flush,
        Op::Expunge { id: 0 },
        Op::Rollback,
        Op::Load { id: 0 },
    ]);
}

/// Cascades: what hangs on a newcomer that goes before it has a row goes with it.
#[test]
fn a_dropped_newcomer_takes_its_own_along() {
    let node = |parent| add(Kind::Node, parent);
    let clear = Op::ClearParent { child: 1, from_child: true };
    play(&[node(None), node(Some(0)), node(Some(1)), clear, Op::Flush]);
    let new = |parent| Op::Add { kind: Kind::Node, parent: Some(parent), name: 0, push: false };
    play(&[node(None), Op::Reopen, Op::Delete { id: 0 }, new(0), new(1), Op::ExpireAll]);
}

/// Cascades: who is expired before it has ever had its parent in a row was not taken from it.
#[test]
fn an_edit_that_is_expired_makes_no_orphan() {
    for id in [0, 1] {
        let node = || add(Kind::Node, None);
        let set = Op::SetParent { child: 1, parent: 0, from_child: false };
        play(&[node(), node(), Op::Flush, set, Op::Expire { id }, Op::ClearParent { child: 1, from_child: false }]);
    }
}

/// Something new that depends on nothing.
#[derive(Clone, Debug)]
enum New {
    Team,
    TeamWithKey,
    Person,
    Tag,
    Node,
}

fn statements_of(order: &[New]) -> usize {
    let engine = Engine::new("sqlite://").unwrap();
    engine.create_all(schema![Team, Person, Task, Badge, Profile, Tag, Node]).unwrap();
    let mut session = Session::new(&engine);
    for (number, new) in order.iter().enumerate() {
        match new {
            New::Team => _ = session.add(Team::default()),
            New::TeamWithKey => _ = session.add(Team { id: Auto::Set(1_000 + number as i64), ..Team::default() }),
            New::Person => _ = session.add(Person::default()),
            New::Tag => _ = session.add(Tag::default()),
            New::Node => _ = session.add(Node::default()),
        }
    }
    let recorder = engine.record();
    session.flush().unwrap();
    recorder.take().without_transactions().len()
}

/// A thousand cases, or as many as `PROPTEST_CASES` says.
fn config() -> ProptestConfig {
    let said = ProptestConfig::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { said.cases } else { 1_000 };
    ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 4_000, ..said }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn memory_and_rows_are_as_the_model_says(autoflush: bool, expire: bool, ops in prop::collection::vec(op(), 1..40)) {
        let mut pair = Pair::new(autoflush, expire);
        for (step, op) in ops.iter().enumerate() {
            run(&mut pair, op, step);
            pair.check_memory();
            pair.check_ghosts();
        }
        pair.commit();
        pair.rollback();
    }

    /// Rule 8: what the same entities cost does not depend on the order in which they were added.
    #[test]
    fn the_order_of_insertion_does_not_change_the_number_of_statements(
        (some, shuffled) in prop::collection::vec(
            prop::sample::select(vec![New::Team, New::TeamWithKey, New::Person, New::Tag, New::Node]), 1..30,
        ).prop_flat_map(|some| (Just(some.clone()), Just(some).prop_shuffle()))
    ) {
        let shapes: std::collections::BTreeSet<String> = some.iter().map(|new| format!("{new:?}")).collect();
        prop_assert_eq!(statements_of(&some), shapes.len());
        prop_assert_eq!(statements_of(&shuffled), shapes.len());
    }
}
