//! Puts the nodes of a graph into an order in which everything stands after
//! what it uses, and finds the cycles that prevent it. Works without recursion:
//! import chains and component bombs are input.
//!
//! Used for three graphs: descriptions that import or embed each other, the
//! constants of a package, and its types.

/// What [`order`] found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Order {
    /// All nodes; what a node uses stands before it, but for the edges that
    /// close a cycle.
    ///
    /// Every node stands in it exactly once, so it can be used as a
    /// renumbering.
    pub(crate) sequence: Vec<usize>,
    /// One entry for each edge that closes a cycle: the nodes from the edge's
    /// target round to its source.
    ///
    /// Found in the order in which the walk closes them; an edge from a node to
    /// itself is a cycle of one node. Each must be reported (E104) and cut by
    /// whoever needs an order without cycles.
    pub(crate) cycles: Vec<Vec<usize>>,
}

/// Orders the nodes `0..uses.len()`, where `uses[n]` lists what `n` uses. Nodes
/// are visited in number order and edges in list order, so that equal inputs
/// give equal outputs.
pub(crate) fn order(uses: &[Vec<usize>]) -> Order {
    let mut walk = Walk {
        uses,
        state: vec![State::New; uses.len()],
        path: Vec::new(),
        found: Order::default(),
    };
    for start in 0..uses.len() {
        if walk.state[start] == State::New {
            walk.open(start);
            while walk.step() {}
        }
    }
    walk.found
}

/// What is known about a node during the walk.
#[derive(Clone, Copy, PartialEq)]
enum State {
    /// Not visited.
    New,
    /// On the path: an edge to it closes a cycle.
    Open,
    /// It and all that it uses stand in the sequence.
    Done,
}

/// A depth-first walk with its stack on the heap.
struct Walk<'u> {
    /// For each node what it uses; every number must be below the number of
    /// nodes.
    uses: &'u [Vec<usize>],
    /// One for each node.
    state: Vec<State>,
    /// The open nodes, each with the position of its next edge.
    path: Vec<(usize, usize)>,
    /// The result so far.
    found: Order,
}

impl Walk<'_> {
    /// Puts a node at the end of the path.
    fn open(&mut self, node: usize) {
        self.state[node] = State::Open;
        self.path.push((node, 0));
    }

    /// Follows one edge of the last node of the path, or leaves the node when
    /// it has no more. `false` when the path is empty.
    fn step(&mut self) -> bool {
        let Some((node, next)) = self.path.last_mut() else {
            return false;
        };
        let node = *node;
        if let Some(&target) = self.uses[node].get(*next) {
            *next += 1;
            self.follow(target);
        } else {
            self.state[node] = State::Done;
            self.found.sequence.push(node);
            self.path.pop();
        }
        true
    }

    /// Follows an edge of the last node of the path to `target`.
    fn follow(&mut self, target: usize) {
        match self.state[target] {
            State::New => self.open(target),
            State::Open => self.close_cycle(target),
            State::Done => {}
        }
    }

    /// Keeps the nodes of the path from `target` on, unless another edge
    /// between the same two nodes has closed the same cycle.
    fn close_cycle(&mut self, target: usize) {
        let nodes = self.path.iter().map(|(node, _)| *node);
        let cycle = nodes.skip_while(|node| *node != target).collect();
        if !self.found.cycles.contains(&cycle) {
            self.found.cycles.push(cycle);
        }
    }
}

/// The chain of a cycle as the user reads it: `` `A` → `B` → `A` ``.
pub(crate) fn chain<'n>(cycle: &[usize], name: impl Fn(usize) -> &'n str) -> String {
    let closed = cycle.iter().chain(cycle.first());
    closed
        .map(|node| format!("`{}`", name(*node)))
        .collect::<Vec<_>>()
        .join(" → ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_stands_before_its_user() {
        let found = order(&[vec![2, 1], vec![3], vec![3], vec![]]);
        assert_eq!(
            found,
            Order {
                sequence: vec![3, 2, 1, 0],
                cycles: vec![]
            }
        );
    }

    #[test]
    fn every_cycle_is_found_once_and_the_rest_is_still_ordered() {
        let found = order(&[vec![1], vec![2, 2], vec![0, 3], vec![3], vec![0]]);
        assert_eq!(found.sequence, [3, 2, 1, 0, 4]);
        assert_eq!(found.cycles, [vec![0, 1, 2], vec![3]]);
        assert_eq!(
            chain(&found.cycles[0], |n| ["a", "b", "c", "d", "e"][n]),
            "`a` → `b` → `c` → `a`"
        );
    }

    #[test]
    fn a_chain_of_a_million_nodes_needs_no_deep_stack() {
        let uses: Vec<Vec<usize>> = (0..1_000_000)
            .map(|n| {
                if n + 1 < 1_000_000 {
                    vec![n + 1]
                } else {
                    vec![]
                }
            })
            .collect();
        let found = order(&uses);
        assert_eq!(
            (found.sequence.first(), found.sequence.last()),
            (Some(&999_999), Some(&0))
        );
    }
}
