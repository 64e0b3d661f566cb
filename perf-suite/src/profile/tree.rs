//! The chains of phases of a run, and the subscriber that records them.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use perf_by_hand::counting::{counted, uncounted};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// The target of the spans that the ORM marks its phases with.
const TARGET: &str = "orm::phase";

/// A phase under the phases that led to it.
#[derive(Clone, Debug)]
pub struct Node {
    /// The name of the phase; none for the run itself.
    pub phase: Option<&'static Metadata<'static>>,
    /// The place of the phase around it in the tree.
    pub parent: usize,
    /// Number of times that the phase was entered here.
    pub calls: u64,
    /// Time within the phase and the phases under it.
    pub cumulative: Duration,
    /// Time within the phases right under it.
    pub below: Duration,
    /// Allocations within the phase and the phases under it.
    pub allocations: u64,
}

impl Node {
    /// Returns the time within the phase alone.
    pub fn own(&self) -> Duration {
        self.cumulative.saturating_sub(self.below)
    }

    /// Returns the name of the phase.
    pub fn name(&self) -> &'static str {
        self.phase.map_or("test", |phase| phase.name())
    }

    /// Returns the place in the source and the name, as `file:line(name)`.
    pub fn location(&self) -> String {
        match self.phase {
            Some(phase) => {
                format!("{}:{}({})", phase.file().unwrap_or("?"), phase.line().unwrap_or(0), phase.name())
            }
            None => "test".to_owned(),
        }
    }
}

/// Chains of phases.
#[derive(Clone, Debug)]
pub struct Tree {
    nodes: Vec<Node>,
}

impl Tree {
    /// Returns the nodes; each comes after its parent, and the first is the run itself.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Returns the names from the run down to a node.
    pub fn path(&self, mut at: usize) -> Vec<&'static str> {
        let mut path = vec![self.nodes[at].name()];
        while at > 0 {
            at = self.nodes[at].parent;
            path.push(self.nodes[at].name());
        }
        path.reverse();
        path
    }
}

thread_local! {
    /// What the subscriber of this thread records; a subscriber must be `Sync`, and one thread needs no lock.
    static STATE: RefCell<Option<State>> = const { RefCell::new(None) };
}

struct State {
    phases: Vec<&'static Metadata<'static>>,
    nodes: Vec<Node>,
    /// For each node the nodes under it, by the number of their phase.
    below: Vec<Vec<(usize, usize)>>,
    /// The phases that are under way: node, beginning, allocations at the beginning.
    stack: Vec<(usize, Instant, u64)>,
}

impl State {
    fn new() -> Self {
        let run = Node {
            phase: None,
            parent: 0,
            calls: 1,
            cumulative: Duration::ZERO,
            below: Duration::ZERO,
            allocations: 0,
        };
        Self { phases: Vec::new(), nodes: vec![run], below: vec![Vec::new()], stack: Vec::with_capacity(64) }
    }

    /// The number of a phase, from 1 as a span's number is never 0.
    fn number(&mut self, phase: &'static Metadata<'static>) -> u64 {
        let known = self.phases.iter().position(|known| std::ptr::eq(*known, phase));
        let place = known.unwrap_or_else(|| {
            self.phases.push(phase);
            self.phases.len() - 1
        });
        place as u64 + 1
    }

    fn enter(&mut self, number: u64) {
        let above = self.stack.last().map_or(0, |(node, ..)| *node);
        let phase = number as usize - 1;
        let known = self.below[above].iter().find(|(known, _)| *known == phase).map(|(_, node)| *node);
        let node = known.unwrap_or_else(|| {
            self.nodes.push(Node { phase: Some(self.phases[phase]), parent: above, calls: 0, ..self.nodes[0].clone() });
            self.below.push(Vec::new());
            let node = self.nodes.len() - 1;
            self.below[above].push((phase, node));
            node
        });
        self.nodes[node].calls += 1;
        self.stack.push((node, Instant::now(), counted().count));
    }

    fn exit(&mut self) {
        let Some((node, start, before)) = self.stack.pop() else { return };
        let (elapsed, allocations) = (start.elapsed(), counted().count - before);
        self.nodes[node].cumulative += elapsed;
        self.nodes[node].allocations += allocations;
        let above = self.stack.last().map_or(0, |(node, ..)| *node);
        self.nodes[above].below += elapsed;
    }
}

/// Records the phases of this thread until it is taken.
pub(super) struct Recording;

impl Recording {
    pub(super) fn new() -> Self {
        STATE.set(Some(State::new()));
        Self
    }

    pub(super) fn subscriber(&self) -> Phases {
        Phases
    }

    /// Runs the work as the first node.
    pub(super) fn whole<T>(&self, work: impl FnOnce() -> T) -> T {
        let (start, before) = (Instant::now(), counted().count);
        let value = work();
        with_state(|state| {
            state.nodes[0].cumulative = start.elapsed();
            state.nodes[0].allocations = counted().count - before;
        });
        value
    }

    pub(super) fn into_tree(self) -> Tree {
        Tree { nodes: STATE.take().map(|state| state.nodes).unwrap_or_default() }
    }
}

fn with_state<T>(work: impl FnOnce(&mut State) -> T) -> Option<T> {
    uncounted(|| STATE.with_borrow_mut(|state| state.as_mut().map(work)))
}

/// The subscriber: a span is the number of its phase, as all spans of a phase are alike.
pub(super) struct Phases;

impl Subscriber for Phases {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_span() && metadata.target() == TARGET
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::TRACE)
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        Id::from_u64(with_state(|state| state.number(attributes.metadata())).unwrap_or(1))
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {}

    fn enter(&self, span: &Id) {
        with_state(|state| state.enter(span.into_u64()));
    }

    fn exit(&self, _: &Id) {
        with_state(State::exit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Profile;

    fn phase(name: &'static str, work: impl FnOnce()) {
        let _span = match name {
            "flush" => tracing::trace_span!(target: "orm::phase", "flush").entered(),
            _ => tracing::trace_span!(target: "orm::phase", "bind").entered(),
        };
        work();
    }

    #[test]
    fn phases_are_counted_under_the_phases_around_them() -> crate::Result<()> {
        let work = || {
            for _ in 0..3 {
                phase("flush", || phase("bind", || drop(std::hint::black_box(vec![1_u8; 100]))));
            }
            phase("bind", || ());
            let _other = tracing::info_span!(target: "elsewhere", "other").entered();
            Ok(())
        };
        let profile = Profile::record(work)?;
        let nodes: Vec<(String, u64)> = (0..profile.tree.nodes().len())
            .map(|at| (profile.tree.path(at).join(";"), profile.tree.nodes()[at].calls))
            .collect();
        let expected = [("test", 1), ("test;flush", 3), ("test;flush;bind", 3), ("test;bind", 1)];
        assert_eq!(nodes, expected.map(|(path, calls)| (path.to_owned(), calls)));
        assert_eq!(profile.calls(), 7);
        let times: Vec<Duration> = profile.tree.nodes().iter().map(|node| node.cumulative).collect();
        assert!(times[0] >= times[1] + times[3] && times[1] >= times[2]);
        Ok(())
    }
}
