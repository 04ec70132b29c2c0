//! A layered drawing: boxes in columns from left to right, lines between neighbouring columns only, nothing over anything.
//!
//! The steps are those of Sugiyama: edges that close a circle are turned around, every box gets a column, lines that pass a
//! column get a place there, places are put in an order with few crossings, and then each is moved to where its neighbours
//! are as far as the order allows. All numbers are pixels.

/// Between two columns, where the lines run.
const GAP: i64 = 56;
/// Between two places of a column.
const SPACE: i64 = 18;
/// The height of the place of a line that passes a column.
const LINE: i64 = 6;
/// How often places are put in order and moved.
const ROUNDS: usize = 24;

/// A box to draw: its width and height.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    pub(super) width: i64,
    pub(super) height: i64,
}

/// Where everything is.
#[derive(Debug)]
pub(super) struct Drawing {
    /// Left and upper edge of each box.
    pub(super) boxes: Vec<(i64, i64)>,
    /// For each edge its horizontal pieces `(from, to, y)` from the box that it leaves to the box that it reaches; between
    /// two pieces it is bent.
    pub(super) lines: Vec<Vec<(i64, i64, i64)>>,
    pub(super) width: i64,
    pub(super) height: i64,
}

/// Draws boxes and the edges between them.
pub(super) fn draw(sizes: &[Size], edges: &[(usize, usize)]) -> Drawing {
    let forward = without_circles(sizes.len(), edges);
    let columns = columns(sizes.len(), &forward);
    let mut grid = Grid::new(sizes, &forward, &columns);
    grid.order();
    grid.settle();
    grid.drawing(sizes, edges, &forward)
}

/// The edges, those that close a circle turned around.
fn without_circles(boxes: usize, edges: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let mut turned = edges.to_vec();
    let (mut open, mut done) = (vec![false; boxes], vec![false; boxes]);
    for root in 0..boxes {
        let mut path = vec![(root, 0)];
        while let Some((at, next)) = path.pop() {
            if next == 0 && std::mem::replace(&mut done[at], true) {
                continue;
            }
            open[at] = true;
            let leaving = edges
                .iter()
                .enumerate()
                .skip(next)
                .find(|(_, (from, _))| *from == at);
            let Some((edge, (_, to))) = leaving else {
                open[at] = false;
                continue;
            };
            path.push((at, edge + 1));
            if open[*to] {
                turned[edge] = (*to, at);
            } else if !done[*to] {
                path.push((*to, 0));
            }
        }
    }
    turned
}

/// The column of each box: behind all that lead to it, and then as near to what it leads to as that allows.
fn columns(boxes: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    let mut columns = vec![0; boxes];
    // the longest way has as many edges as there are boxes at most
    for _ in 0..boxes {
        for (from, to) in edges {
            columns[*to] = columns[*to].max(columns[*from] + 1);
        }
    }
    for _ in 0..boxes {
        for at in 0..boxes {
            let reached = edges
                .iter()
                .filter(|(from, _)| *from == at)
                .map(|(_, to)| columns[*to]);
            columns[at] = reached.min().map_or(columns[at], |nearest| nearest - 1);
        }
    }
    columns
}

/// A place in a column: a box or a line that passes.
#[derive(Debug, Clone)]
struct Spot {
    column: usize,
    height: i64,
    /// Upper edge.
    y: i64,
    before: Vec<usize>,
    behind: Vec<usize>,
}

impl Spot {
    const fn middle(&self) -> i64 {
        self.y + self.height / 2
    }
}

/// All places, the boxes first, and the columns in their order.
struct Grid {
    spots: Vec<Spot>,
    columns: Vec<Vec<usize>>,
    widths: Vec<i64>,
    /// The places that each edge goes through, from left to right.
    ways: Vec<Vec<usize>>,
}

impl Grid {
    fn new(sizes: &[Size], edges: &[(usize, usize)], columns: &[usize]) -> Self {
        let spot = |column, height| Spot {
            column,
            height,
            y: 0,
            before: Vec::new(),
            behind: Vec::new(),
        };
        let mut spots: Vec<Spot> = sizes
            .iter()
            .zip(columns)
            .map(|(size, column)| spot(*column, size.height))
            .collect();
        let mut ways = Vec::new();
        for (from, to) in edges {
            let mut way = vec![*from];
            for column in columns[*from] + 1..columns[*to] {
                way.push(spots.len());
                spots.push(spot(column, LINE));
            }
            way.push(*to);
            for pair in way.windows(2) {
                spots[pair[0]].behind.push(pair[1]);
                spots[pair[1]].before.push(pair[0]);
            }
            ways.push(way);
        }
        let count = columns.iter().max().map_or(0, |last| last + 1);
        let mut in_columns = vec![Vec::new(); count];
        for (at, spot) in spots.iter().enumerate() {
            in_columns[spot.column].push(at);
        }
        let width = |column: usize| {
            let inside = sizes.iter().zip(columns).filter(|(_, own)| **own == column);
            inside.map(|(size, _)| size.width).max().unwrap_or(0)
        };
        Self {
            spots,
            columns: in_columns,
            widths: (0..count).map(width).collect(),
            ways,
        }
    }

    /// Puts each column in the order of the middles of its neighbours, from left to right and back, and keeps the best.
    fn order(&mut self) {
        let mut best = (self.crossings(), self.columns.clone());
        for round in 0..ROUNDS {
            let rightwards = round % 2 == 0;
            let mut order: Vec<usize> = (0..self.columns.len()).collect();
            if !rightwards {
                order.reverse();
            }
            for column in order {
                let positions = self.positions();
                let spots = &self.spots;
                self.columns[column].sort_by_key(|at| {
                    let neighbours = if rightwards {
                        &spots[*at].before
                    } else {
                        &spots[*at].behind
                    };
                    let sum: i64 = neighbours.iter().map(|other| positions[*other]).sum();
                    let count = i64::try_from(neighbours.len()).unwrap_or(i64::MAX);
                    // in thousandths of a place
                    if count == 0 {
                        positions[*at] * 1000
                    } else {
                        sum * 1000 / count
                    }
                });
            }
            let crossings = self.crossings();
            if crossings < best.0 {
                best = (crossings, self.columns.clone());
            }
        }
        self.columns = best.1;
    }

    /// The position of each place in its column.
    fn positions(&self) -> Vec<i64> {
        let mut positions = vec![0; self.spots.len()];
        for column in &self.columns {
            for (position, at) in (0..).zip(column) {
                positions[*at] = position;
            }
        }
        positions
    }

    fn crossings(&self) -> usize {
        let positions = self.positions();
        let cross =
            |a: &(i64, i64), b: &(i64, i64)| (a.0 < b.0 && a.1 > b.1) || (a.0 > b.0 && a.1 < b.1);
        let in_gap = |column: &Vec<usize>| {
            let leaving = |at: &usize| {
                let from = positions[*at];
                self.spots[*at]
                    .behind
                    .iter()
                    .map(|to| (from, positions[*to]))
                    .collect::<Vec<_>>()
            };
            let lines: Vec<(i64, i64)> = column.iter().flat_map(leaving).collect();
            let crossed = |(at, line): (usize, &(i64, i64))| {
                lines.iter().skip(at).filter(|b| cross(line, b)).count()
            };
            lines.iter().enumerate().map(crossed).sum::<usize>()
        };
        self.columns.iter().map(in_gap).sum()
    }

    /// Moves every place towards its neighbours, the order kept.
    fn settle(&mut self) {
        for round in 0..ROUNDS {
            for column in 0..self.columns.len() {
                let column = if round % 2 == 0 {
                    column
                } else {
                    self.columns.len() - 1 - column
                };
                let wishes: Vec<i64> = self.columns[column]
                    .iter()
                    .map(|at| self.wish(*at, round))
                    .collect();
                let heights: Vec<i64> = self.columns[column]
                    .iter()
                    .map(|at| self.spots[*at].height)
                    .collect();
                for (at, y) in self.columns[column]
                    .clone()
                    .into_iter()
                    .zip(nearest(&wishes, &heights))
                {
                    self.spots[at].y = y;
                }
            }
        }
        let top = self.spots.iter().map(|spot| spot.y).min().unwrap_or(0);
        self.spots.iter_mut().for_each(|spot| spot.y -= top);
    }

    /// Where a place would have its upper edge if it were alone.
    fn wish(&self, at: usize, round: usize) -> i64 {
        let spot = &self.spots[at];
        // the first rounds follow one side, so that the columns find each other
        let sides = match round {
            0 => [&spot.before[..], &[]],
            1 => [&[], &spot.behind[..]],
            _ => [&spot.before[..], &spot.behind[..]],
        };
        let neighbours: Vec<i64> = sides
            .concat()
            .iter()
            .map(|other| self.spots[*other].middle())
            .collect();
        let count = i64::try_from(neighbours.len()).unwrap_or(i64::MAX);
        if count == 0 {
            spot.y
        } else {
            neighbours.iter().sum::<i64>() / count - spot.height / 2
        }
    }

    fn drawing(
        &self,
        sizes: &[Size],
        edges: &[(usize, usize)],
        forward: &[(usize, usize)],
    ) -> Drawing {
        let mut lefts = vec![0];
        for width in &self.widths {
            lefts.push(lefts[lefts.len() - 1] + width + GAP);
        }
        let edges_of = |at: usize| {
            let (left, column) = (
                lefts[self.spots[at].column],
                self.widths[self.spots[at].column],
            );
            let width = sizes.get(at).map_or(column, |size| size.width);
            let inside = left + (column - width) / 2;
            ((left, inside), (inside + width, left + column))
        };
        let boxes = (0..sizes.len())
            .map(|at| (edges_of(at).0.1, self.spots[at].y))
            .collect();
        let mut lines = Vec::new();
        for (edge, way) in self.ways.iter().enumerate() {
            let mut line = Vec::new();
            for (step, at) in way.iter().enumerate() {
                let ((left, box_left), (box_right, right)) = edges_of(*at);
                let y = self.spots[*at].middle();
                line.push(match step {
                    0 => (box_right, right, self.port(edge, *at, true)),
                    _ if step + 1 == way.len() => (left, box_left, self.port(edge, *at, false)),
                    _ => (left, right, y),
                });
            }
            if edges[edge] != forward[edge] {
                line = line
                    .into_iter()
                    .rev()
                    .map(|(from, to, y)| (to, from, y))
                    .collect();
            }
            lines.push(line);
        }
        let width = (lefts[lefts.len() - 1] - GAP).max(0);
        let height = self
            .spots
            .iter()
            .map(|spot| spot.y + spot.height)
            .max()
            .unwrap_or(0);
        Drawing {
            boxes,
            lines,
            width,
            height,
        }
    }

    /// Where an edge meets the side of a box: the edges of a side are spread over it in the order of their other ends.
    fn port(&self, edge: usize, at: usize, right: bool) -> i64 {
        let next = |way: &[usize]| if right { way[1] } else { way[way.len() - 2] };
        let meets = |way: &[usize]| {
            if right {
                way[0] == at
            } else {
                way[way.len() - 1] == at
            }
        };
        let mut meeting: Vec<(i64, usize)> = self
            .ways
            .iter()
            .enumerate()
            .filter(|(_, way)| meets(way))
            .map(|(edge, way)| (self.spots[next(way)].middle(), edge))
            .collect();
        meeting.sort_unstable();
        let position = meeting
            .iter()
            .position(|(_, other)| *other == edge)
            .unwrap_or(0);
        let part = |n: usize| i64::try_from(n + 1).unwrap_or(i64::MAX);
        self.spots[at].y + self.spots[at].height * part(position) / part(meeting.len())
    }
}

/// The upper edges nearest to the wishes at which nothing overlaps: neighbours that would are moved together, to the mean of
/// what they wish (the pool-adjacent-violators algorithm).
fn nearest(wishes: &[i64], heights: &[i64]) -> Vec<i64> {
    let mut offsets = vec![0];
    for height in heights {
        offsets.push(offsets[offsets.len() - 1] + height + SPACE);
    }
    // sum of what the members of a block wish, and their number
    let mut blocks: Vec<(i64, i64)> = Vec::new();
    for (wish, offset) in wishes.iter().zip(&offsets) {
        blocks.push((wish - offset, 1));
        while let [.., (a, m), (b, n)] = blocks[..]
            && a * n > b * m
        {
            blocks.pop();
            blocks.pop();
            blocks.push((a + b, m + n));
        }
    }
    let starts = blocks
        .iter()
        .flat_map(|(sum, count)| (0..*count).map(move |_| sum.div_euclid(*count)));
    starts
        .zip(&offsets)
        .map(|(start, offset)| start + offset)
        .collect()
}

impl Drawing {
    /// Pairs of boxes that overlap, and boxes that a line crosses. There are none.
    #[cfg(test)]
    pub(super) fn faults(&self, sizes: &[Size], edges: &[(usize, usize)]) -> Vec<String> {
        let area = |at: usize| {
            let (x, y) = self.boxes[at];
            (x, y, x + sizes[at].width, y + sizes[at].height)
        };
        let meet = |a: (i64, i64, i64, i64), b: (i64, i64, i64, i64)| {
            a.0 < b.2 && b.0 < a.2 && a.1 < b.3 && b.1 < a.3
        };
        let mut faults = Vec::new();
        for a in 0..sizes.len() {
            for b in a + 1..sizes.len() {
                if meet(area(a), area(b)) {
                    faults.push(format!("boxes {a} and {b} overlap"));
                }
            }
            for (edge, line) in self.lines.iter().enumerate() {
                let crossing = line.iter().any(|(from, to, y)| {
                    meet(area(a), (*from.min(to), y - 1, *from.max(to), y + 1))
                });
                if crossing && edges[edge].0 != a && edges[edge].1 != a {
                    faults.push(format!("line {edge} crosses box {a}"));
                }
            }
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::{Size, draw};
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn nothing_overlaps_and_no_line_crosses_a_box(
            boxes in prop::collection::vec((20_i64..300, 20_i64..200), 1..16),
            ends in prop::collection::vec((0_usize..16, 0_usize..16), 0..30),
        ) {
            let sizes: Vec<Size> = boxes.iter().map(|(width, height)| Size { width: *width, height: *height }).collect();
            let edges: Vec<(usize, usize)> = ends.iter().map(|(a, b)| (a % sizes.len(), b % sizes.len()))
                .filter(|(a, b)| a != b).collect();
            let drawing = draw(&sizes, &edges);
            prop_assert_eq!(drawing.faults(&sizes, &edges), Vec::<String>::new());
            // every line leaves the one box and reaches the other
            for (line, (from, to)) in drawing.lines.iter().zip(&edges) {
                let edge = |at: usize| (drawing.boxes[at].0, drawing.boxes[at].0 + sizes[at].width);
                let (start, end) = (line[0].0, line[line.len() - 1].1);
                prop_assert!(start == edge(*from).0 || start == edge(*from).1);
                prop_assert!(end == edge(*to).0 || end == edge(*to).1);
            }
        }
    }

    #[test]
    fn a_row_of_processes_stands_in_a_row() {
        let sizes = [Size {
            width: 100,
            height: 40,
        }; 3];
        let drawing = draw(&sizes, &[(0, 1), (1, 2)]);
        assert_eq!(drawing.boxes, [(0, 0), (156, 0), (312, 0)]);
        assert_eq!(drawing.lines[0], [(100, 100, 20), (156, 156, 20)]);
    }
}
