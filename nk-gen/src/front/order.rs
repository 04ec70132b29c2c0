//! Puts the nodes of a graph into an order in which everything stands after
//! what it uses, and finds the cycles that prevent it. Works without recursion:
//! import chains and component bombs are input.

/// What [`order`] found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Order {
    /// All nodes; what a node uses stands before it, but for the edges that
    /// close a cycle.
    pub(crate) sequence: Vec<usize>,
    /// One entry for each edge that closes a cycle: the nodes from the edge's
    /// target round to its source.
    pub(crate) cycles: Vec<Vec<usize>>,
}

/// Orders the nodes `0..uses.len()`, where `uses[n]` lists what `n` uses. Nodes
/// are visited in number order and edges in list order, so that equal inputs
/// give equal outputs.
pub(crate) fn order(uses: &[Vec<usize>]) -> Order {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        Open,
        Done,
    }
    let mut found = Order::default();
    let mut state = vec![State::New; uses.len()];
    for start in 0..uses.len() {
        if state[start] != State::New {
            continue;
        }
        // the open nodes from `start` on, each with the position of its next edge
        let mut path = vec![(start, 0)];
        state[start] = State::Open;
        while let Some((node, next)) = path.last_mut() {
            let node = *node;
            let Some(&target) = uses[node].get(*next) else {
                state[node] = State::Done;
                found.sequence.push(node);
                path.pop();
                continue;
            };
            *next += 1;
            match state[target] {
                State::New => {
                    state[target] = State::Open;
                    path.push((target, 0));
                }
                State::Open => {
                    let cycle = path
                        .iter()
                        .map(|(n, _)| *n)
                        .skip_while(|n| *n != target)
                        .collect();
                    if !found.cycles.contains(&cycle) {
                        found.cycles.push(cycle);
                    }
                }
                State::Done => {}
            }
        }
    }
    found
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
