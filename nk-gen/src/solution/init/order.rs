//! The order in which tasks start: servers before their clients
//! (`docs/init.md` §3).
//!
//! It is that of the SDK's generated start-up code, so that logs and handle
//! numbers of a solution compare.

/// Positions of tasks in the order of their start.
///
/// `connections` are pairs (client, server) of positions; cycles are allowed,
/// and what is unrelated starts in descending order of names.
///
/// The rule that reproduces generated start-up code: walk depth first from
/// every task in ascending order of names, along the edges from a server to its
/// clients, these in descending order; note each task when it is finished, and
/// reverse the list. The walk has a stack of its own, since a chain may be as
/// long as the list of tasks.
///
/// ```
/// let order = nk_gen::solution::init::start_order(&["Client", "Server"], &[(0, 1)]);
/// assert_eq!(order, [1, 0]);
/// ```
#[must_use]
pub fn start_order(names: &[&str], connections: &[(usize, usize)]) -> Vec<usize> {
    let mut ascending: Vec<usize> = (0..names.len()).collect();
    ascending.sort_by_key(|task| names.get(*task));
    let clients = |server: usize| -> Vec<usize> {
        let is_client = |client: &usize| connections.contains(&(*client, server));
        ascending.iter().rev().copied().filter(is_client).collect()
    };
    let mut visited = vec![false; names.len()];
    let mut visit = |task: usize| {
        visited
            .get_mut(task)
            .is_some_and(|seen| !std::mem::replace(seen, true))
    };
    let mut finished = Vec::new();
    for root in &ascending {
        if !visit(*root) {
            continue;
        }
        let mut path = vec![(*root, clients(*root).into_iter())];
        while let Some((task, rest)) = path.last_mut() {
            if let Some(client) = rest.find(|client| visit(*client)) {
                let next = clients(client).into_iter();
                path.push((client, next));
            } else {
                finished.push(*task);
                path.pop();
            }
        }
    }
    finished.reverse();
    finished
}

#[cfg(test)]
mod tests {
    use super::start_order;

    /// The names in the order of their start; connections are (client, server).
    fn order<'n>(names: &[&'n str], connections: &[(&str, &str)]) -> Vec<&'n str> {
        let position = |name: &str| names.iter().position(|n| *n == name).unwrap_or(usize::MAX);
        let pairs: Vec<_> = connections
            .iter()
            .map(|(c, s)| (position(c), position(s)))
            .collect();
        start_order(names, &pairs)
            .into_iter()
            .filter_map(|i| names.get(i).copied())
            .collect()
    }

    #[test]
    fn the_five_tasks_of_the_traffic_light_start_servers_first() {
        let names = [
            "ControlSystem",
            "LightsGPIO",
            "Diagnostics",
            "KlogEntity",
            "KlogStorageEntity",
        ];
        let connections = [
            ("ControlSystem", "LightsGPIO"),
            ("LightsGPIO", "Diagnostics"),
            ("KlogEntity", "KlogStorageEntity"),
        ];
        let expected = [
            "KlogStorageEntity",
            "KlogEntity",
            "Diagnostics",
            "LightsGPIO",
            "ControlSystem",
        ];
        assert_eq!(order(&names, &connections), expected);
    }

    #[test]
    fn unrelated_tasks_start_in_descending_order() {
        assert_eq!(order(&["a", "b"], &[]), ["b", "a"]);
        assert_eq!(
            order(&["hello.Hello1", "hello.Hello2"], &[]),
            ["hello.Hello2", "hello.Hello1"]
        );
    }

    #[test]
    fn the_clients_of_a_server_are_visited_in_descending_order() {
        // reached from the server, and as roots of their own
        assert_eq!(
            order(&["b", "S", "a"], &[("b", "S"), ("a", "S")]),
            ["S", "a", "b"]
        );
        assert_eq!(
            order(&["b", "s", "a"], &[("b", "s"), ("a", "s")]),
            ["s", "b", "a"]
        );
    }

    #[test]
    fn the_order_of_the_file_does_not_matter() {
        // the worked example of `docs/psl.md` §13: board0 before demo.Panel
        assert_eq!(
            order(&["demo.Panel", "board0"], &[("demo.Panel", "board0")]),
            ["board0", "demo.Panel"]
        );
        assert_eq!(
            order(&["board0", "demo.Panel"], &[("demo.Panel", "board0")]),
            ["board0", "demo.Panel"]
        );
    }

    #[test]
    fn a_cycle_of_connections_ends() {
        // a is finished last: b is reached from it
        assert_eq!(order(&["a", "b"], &[("a", "b"), ("b", "a")]), ["a", "b"]);
        let names: Vec<String> = (0..1_000).map(|i| format!("t{i:04}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let ring: Vec<(usize, usize)> = (0..1_000).map(|i| (i, (i + 1) % 1_000)).collect();
        assert_eq!(start_order(&names, &ring).len(), 1_000);
    }
}
