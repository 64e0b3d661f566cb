//! Folded stacks, one line a chain of phases: what `inferno-flamegraph` and `flamegraph.pl` read.

use std::fmt::Write;

use super::Profile;

/// Writes the own time of each chain in nanoseconds, under the name of the test.
pub(crate) fn folded(test: &str, profile: &Profile) -> String {
    let mut text = String::new();
    for (at, node) in profile.tree.nodes().iter().enumerate() {
        let mut path = profile.tree.path(at);
        path[0] = test;
        let _ = writeln!(text, "{} {}", path.join(";"), node.own().as_nanos());
    }
    text
}
