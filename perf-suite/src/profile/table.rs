//! The table of phases with the columns of Python's profiler, and the table of their callers.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use super::{Node, Profile};
use crate::suite::SortKey;

/// A phase wherever it was entered.
#[derive(Clone, Debug, Default)]
struct Line {
    location: String,
    calls: u64,
    own: Duration,
    cumulative: Duration,
    allocations: u64,
}

/// Writes the table of a run, a line for each phase.
pub(crate) fn table(profile: &Profile, sort: &[SortKey]) -> String {
    let mut text = format!(
        "   {} span calls in {:.3} seconds, {} allocations\n\n   Ordered by: {}\n\n",
        profile.calls(),
        profile.elapsed().as_secs_f64(),
        profile.allocations.count,
        sort.iter().map(|key| words(*key)).collect::<Vec<_>>().join(", "),
    );
    text.push_str("   ncalls  tottime  percall  cumtime  percall   allocs filename:lineno(function)\n");
    for line in sorted(profile, sort) {
        let per_call = |time: Duration| time.as_secs_f64() / line.calls.max(1) as f64;
        let _ = writeln!(
            text,
            "{:>9} {:>8.3} {:>8.6} {:>8.3} {:>8.6} {:>8} {}",
            line.calls,
            line.own.as_secs_f64(),
            per_call(line.own),
            line.cumulative.as_secs_f64(),
            per_call(line.cumulative),
            line.allocations,
            line.location
        );
    }
    text.push('\n');
    text
}

/// Writes who entered each phase, how often, and for how long.
pub(crate) fn callers(profile: &Profile) -> String {
    let nodes = profile.tree.nodes();
    let mut entered: BTreeMap<(String, String), (u64, Duration)> = BTreeMap::new();
    for node in nodes.iter().skip(1) {
        let by = entered.entry((node.location(), nodes[node.parent].location())).or_default();
        *by = (by.0 + node.calls, by.1 + node.cumulative);
    }
    let mut text = String::from("   Function was called by...\n       ncalls  cumtime\n");
    for ((callee, caller), (calls, cumulative)) in entered {
        let _ = writeln!(text, "   {callee} <- {calls:>9} {:>8.3} {caller}", cumulative.as_secs_f64());
    }
    text.push('\n');
    text
}

/// The lines, by the keys.
fn sorted(profile: &Profile, sort: &[SortKey]) -> Vec<Line> {
    let mut lines: BTreeMap<String, Line> = BTreeMap::new();
    for node in profile.tree.nodes() {
        let location = node.location();
        let line = lines.entry(location.clone()).or_insert_with(|| Line { location, ..Line::default() });
        line.calls += node.calls;
        line.own += node.own();
        // A phase within itself counts once.
        if !is_within_itself(profile, node) {
            line.cumulative += node.cumulative;
            line.allocations += node.allocations;
        }
    }
    let mut lines: Vec<Line> = lines.into_values().collect();
    for key in sort.iter().rev() {
        match key {
            SortKey::Cumulative => lines.sort_by_key(|line| std::cmp::Reverse(line.cumulative)),
            SortKey::Time => lines.sort_by_key(|line| std::cmp::Reverse(line.own)),
            SortKey::Calls => lines.sort_by_key(|line| std::cmp::Reverse(line.calls)),
            SortKey::Name => lines.sort_by(|one, other| one.location.cmp(&other.location)),
        }
    }
    lines
}

fn is_within_itself(profile: &Profile, node: &Node) -> bool {
    let nodes = profile.tree.nodes();
    let mut at = node.parent;
    while at > 0 {
        if nodes[at].location() == node.location() {
            return true;
        }
        at = nodes[at].parent;
    }
    false
}

fn words(key: SortKey) -> &'static str {
    match key {
        SortKey::Cumulative => "cumulative time",
        SortKey::Time => "internal time",
        SortKey::Calls => "call count",
        SortKey::Name => "name",
    }
}
