//! Topological sorting of small integer nodes: layers, cycles and strongly connected components.
//!
//! All functions are deterministic, iterative (a long chain does not overflow the stack) and linear in nodes and edges.
//! An edge `(before, after)` means that `before` comes first; repeated edges have no effect.

/// A cycle: each node must come before the next, and the last before the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cycle {
    /// The nodes, from the smallest on. A node with an edge to itself is alone.
    pub(crate) nodes: Vec<usize>,
}

/// Sorts the nodes `0..node_count` into layers: each node is in the first layer after all its predecessors.
///
/// Each layer is in the order of node numbers.
///
/// # Errors
/// One of the cycles.
///
/// # Panics
/// When an edge names a node that does not exist.
pub(crate) fn layers(node_count: usize, edges: &[(usize, usize)]) -> Result<Vec<Vec<usize>>, Cycle> {
    let after = Adjacency::new(node_count, edges.iter().copied());
    let mut open = vec![0_usize; node_count];
    for &(_, node) in edges {
        open[node] += 1;
    }
    let mut layer_of = vec![0_usize; node_count];
    let mut ready: Vec<usize> = (0..node_count).filter(|&node| open[node] == 0).collect();
    let mut done = 0;
    while let Some(node) = ready.pop() {
        done += 1;
        for &next in after.of(node) {
            layer_of[next] = layer_of[next].max(layer_of[node] + 1);
            open[next] -= 1;
            if open[next] == 0 {
                ready.push(next);
            }
        }
    }
    if done < node_count {
        return Err(find_cycle(&open, edges));
    }
    Ok(group(&layer_of))
}

/// Returns the strongly connected components of the nodes `0..node_count`, predecessors first.
///
/// A node outside of cycles is a component of its own. Members are in the order of node numbers. The order of
/// independent components is fixed; without edges it is that of the numbers.
///
/// # Panics
/// When an edge names a node that does not exist.
pub(crate) fn components(node_count: usize, edges: &[(usize, usize)]) -> Vec<Vec<usize>> {
    let after = Adjacency::new(node_count, edges.iter().copied());
    let mut search = Search::new(node_count);
    // Tarjan's algorithm finds the last component first; so start at the highest number, and turn the result round.
    for root in (0..node_count).rev() {
        if search.number[root] == UNSEEN {
            search.explore(root, &after);
        }
    }
    let last = search.found;
    let from_front: Vec<usize> = search.component.iter().map(|component| last - 1 - component).collect();
    group(&from_front)
}

/// Follows edges backwards among the remaining nodes until a node repeats.
fn find_cycle(open: &[usize], edges: &[(usize, usize)]) -> Cycle {
    // Every open node has an open predecessor; the smallest of them makes the answer independent of the edges' order.
    let mut before = vec![usize::MAX; open.len()];
    for &(first, second) in edges {
        if open[first] > 0 && open[second] > 0 {
            before[second] = before[second].min(first);
        }
    }
    let mut seen = vec![false; open.len()];
    let mut node = open.iter().position(|&count| count > 0).unwrap_or_default();
    while !seen[node] {
        seen[node] = true;
        node = before[node];
    }
    let mut nodes = vec![node];
    let mut previous = before[node];
    while previous != node {
        nodes.push(previous);
        previous = before[previous];
    }
    nodes.reverse();
    let smallest = (0..nodes.len()).min_by_key(|&at| nodes[at]).unwrap_or_default();
    nodes.rotate_left(smallest);
    Cycle { nodes }
}

/// Groups the nodes by group number, in order.
fn group(group_of: &[usize]) -> Vec<Vec<usize>> {
    let count = group_of.iter().max().map_or(0, |last| last + 1);
    let mut groups = vec![Vec::new(); count];
    for (node, &group) in group_of.iter().enumerate() {
        groups[group].push(node);
    }
    groups
}

/// Edges grouped by their first node, in one allocation.
struct Adjacency {
    starts: Vec<usize>,
    targets: Vec<usize>,
}

impl Adjacency {
    fn new(node_count: usize, edges: impl Iterator<Item = (usize, usize)> + Clone) -> Self {
        let mut starts = vec![0; node_count + 1];
        for (from, to) in edges.clone() {
            assert!(from < node_count && to < node_count, "edge ({from}, {to}) among {node_count} nodes");
            starts[from + 1] += 1;
        }
        for node in 0..node_count {
            starts[node + 1] += starts[node];
        }
        let mut free = starts.clone();
        let mut targets = vec![0; starts[node_count]];
        for (from, to) in edges {
            targets[free[from]] = to;
            free[from] += 1;
        }
        Self { starts, targets }
    }

    fn of(&self, node: usize) -> &[usize] {
        &self.targets[self.starts[node]..self.starts[node + 1]]
    }
}

const UNSEEN: usize = usize::MAX;

/// The state of Tarjan's algorithm, with the call stack as data.
struct Search {
    /// When a node was first seen.
    number: Vec<usize>,
    /// Earliest node that is known to be in the same component.
    low: Vec<usize>,
    /// Which component a node turned out to be in.
    component: Vec<usize>,
    /// The nodes whose component is not complete.
    open: Vec<usize>,
    /// Path from the root: each node, and the number of its edges that are left to follow.
    path: Vec<(usize, usize)>,
    seen: usize,
    found: usize,
}

impl Search {
    fn new(node_count: usize) -> Self {
        Self {
            number: vec![UNSEEN; node_count],
            low: vec![UNSEEN; node_count],
            component: vec![UNSEEN; node_count],
            open: Vec::new(),
            path: Vec::new(),
            seen: 0,
            found: 0,
        }
    }

    fn explore(&mut self, root: usize, after: &Adjacency) {
        self.enter(root, after);
        while let Some((node, left)) = self.path.last_mut() {
            let node = *node;
            if *left == 0 {
                self.path.pop();
                self.leave(node);
                continue;
            }
            *left -= 1;
            let next = after.of(node)[*left];
            if self.number[next] == UNSEEN {
                self.enter(next, after);
            } else if self.component[next] == UNSEEN {
                self.low[node] = self.low[node].min(self.number[next]);
            }
        }
    }

    fn enter(&mut self, node: usize, after: &Adjacency) {
        self.number[node] = self.seen;
        self.low[node] = self.seen;
        self.seen += 1;
        self.open.push(node);
        self.path.push((node, after.of(node).len()));
    }

    fn leave(&mut self, node: usize) {
        if let Some(&(parent, _)) = self.path.last() {
            self.low[parent] = self.low[parent].min(self.low[node]);
        }
        if self.low[node] != self.number[node] {
            return;
        }
        while let Some(member) = self.open.pop() {
            self.component[member] = self.found;
            if member == node {
                break;
            }
        }
        self.found += 1;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn layers_are_as_early_as_possible_and_in_order() {
        let edges = [(4, 1), (1, 0), (4, 0), (4, 1)];
        assert_eq!(layers(5, &edges), Ok(vec![vec![2, 3, 4], vec![1], vec![0]]));
        assert_eq!(layers(0, &[]), Ok(vec![]));
    }

    #[test]
    fn a_cycle_is_told_from_its_smallest_node() {
        let edges = [(0, 3), (3, 2), (2, 1), (1, 3), (1, 4)];
        assert_eq!(layers(5, &edges), Err(Cycle { nodes: vec![1, 3, 2] }));
        assert_eq!(layers(2, &[(1, 1)]), Err(Cycle { nodes: vec![1] }));
    }

    #[test]
    fn components_are_in_a_fixed_order() {
        assert_eq!(components(3, &[]), [[0], [1], [2]]);
        assert_eq!(components(4, &[(3, 1), (1, 3), (2, 0)]), [vec![2], vec![0], vec![1, 3]]);
    }

    #[test]
    fn a_long_chain_needs_no_stack() {
        let count = 100_000;
        let chain: Vec<(usize, usize)> = (1..count).map(|node| (node, node - 1)).collect();
        assert_eq!(layers(count, &chain).unwrap().len(), count);
        assert_eq!(components(count, &chain).len(), count);
        let ring: Vec<(usize, usize)> = (0..count).map(|node| (node, (node + 1) % count)).collect();
        assert_eq!(layers(count, &ring).unwrap_err().nodes.len(), count);
        assert_eq!(components(count, &ring), [(0..count).collect::<Vec<_>>()]);
    }

    fn graphs() -> impl Strategy<Value = (usize, Vec<(usize, usize)>)> {
        (1_usize..12).prop_flat_map(|count| (Just(count), prop::collection::vec((0..count, 0..count), 0..24)))
    }

    /// Which node can be reached from which, by one edge or more.
    fn reach(count: usize, edges: &[(usize, usize)]) -> Vec<Vec<bool>> {
        let mut reach = vec![vec![false; count]; count];
        for &(from, to) in edges {
            reach[from][to] = true;
        }
        for via in 0..count {
            for from in 0..count {
                for to in 0..count {
                    reach[from][to] |= reach[from][via] && reach[via][to];
                }
            }
        }
        reach
    }

    fn positions(count: usize, groups: &[Vec<usize>]) -> Vec<usize> {
        let mut position = vec![UNSEEN; count];
        for (at, group) in groups.iter().enumerate() {
            assert!(group.is_sorted() && !group.is_empty());
            for &node in group {
                assert_eq!(std::mem::replace(&mut position[node], at), UNSEEN, "{node} comes twice");
            }
        }
        assert!(!position.contains(&UNSEEN));
        position
    }

    proptest! {
        #[test]
        fn layers_respect_every_edge((count, edges) in graphs(), seed in any::<u64>()) {
            let reach = reach(count, &edges);
            match layers(count, &edges) {
                Ok(found) => {
                    let layer = positions(count, &found);
                    for node in 0..count {
                        let earliest = edges.iter().filter(|edge| edge.1 == node).map(|edge| layer[edge.0] + 1).max();
                        prop_assert_eq!(layer[node], earliest.unwrap_or(0));
                    }
                }
                Err(cycle) => {
                    for at in 0..cycle.nodes.len() {
                        let next = cycle.nodes[(at + 1) % cycle.nodes.len()];
                        prop_assert!(edges.contains(&(cycle.nodes[at], next)));
                    }
                    prop_assert_eq!(cycle.nodes.iter().min(), cycle.nodes.first());
                }
            }
            prop_assert_eq!(layers(count, &edges).is_err(), (0..count).any(|node| reach[node][node]));
            let mut shuffled = edges.clone();
            shuffled.sort_by_key(|&(a, b)| (a as u64 * 31 + b as u64).wrapping_mul(seed | 1));
            prop_assert_eq!(layers(count, &edges), layers(count, &shuffled));
        }

        #[test]
        fn components_are_exactly_the_circles((count, edges) in graphs()) {
            let reach = reach(count, &edges);
            let component = positions(count, &components(count, &edges));
            for a in 0..count {
                for b in 0..count {
                    let together = a == b || (reach[a][b] && reach[b][a]);
                    prop_assert_eq!(component[a] == component[b], together);
                }
            }
            for (from, to) in edges {
                prop_assert!(component[from] <= component[to]);
            }
        }
    }
}
