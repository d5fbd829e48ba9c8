//! Who hears whom, and when.

use super::{plan::Plan, random::Random};

/// The links between validators, and the faces that liars show.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    /// `blocked[from][to]`.
    blocked: Vec<Vec<bool>>,
    /// Which face of a two-faced liar each validator sees.
    sees: Vec<usize>,
    calm: bool,
}

impl Network {
    pub(crate) fn new(validators: usize) -> Self {
        // Every other validator sees the other face, so that both have listeners.
        let sees = (0..validators).map(|validator| validator % 2).collect();
        Self { blocked: vec![vec![false; validators]; validators], sees, calm: false }
    }

    /// Cuts links: between two groups, of one validator, or of one direction.
    pub(crate) fn cut(&mut self, random: &mut Random) {
        let count = self.sees.len();
        let group: Vec<bool> = (0..count).map(|_| random.chance(500_000)).collect();
        let alone = random.below(count);
        let kind = random.below(4);
        for from in 0..count {
            for to in 0..count {
                self.blocked[from][to] = match kind {
                    0 | 1 => group[from] != group[to],
                    2 => from != to && (from == alone || to == alone),
                    _ => group[from] && !group[to],
                };
            }
        }
    }

    /// Two groups that hear nothing of each other: the first `size` validators, and the others.
    pub(crate) fn split(&mut self, size: usize) {
        for (from, row) in self.blocked.iter_mut().enumerate() {
            for (to, blocked) in row.iter_mut().enumerate() {
                *blocked = (from < size) != (to < size);
            }
        }
    }

    /// Mends all links.
    pub(crate) fn heal(&mut self) {
        for row in &mut self.blocked {
            row.fill(false);
        }
    }

    /// From now on nothing is lost and nothing is late.
    pub(crate) fn calm(&mut self) {
        self.heal();
        self.calm = true;
    }

    pub(crate) fn connects(&self, from: usize, to: usize) -> bool {
        !self.blocked[from][to]
    }

    /// Whether `validator` sees this face of a liar.
    pub(crate) fn sees(&self, validator: usize, face: usize) -> bool {
        self.sees[validator] == face
    }

    /// The delays after which the copies of one message arrive: none, one, or two.
    pub(crate) fn delays(&self, plan: &Plan, random: &mut Random) -> Vec<u64> {
        if self.calm {
            return vec![random.between(1, plan.delay_ms)];
        }
        let mut delays = Vec::new();
        for chance in [1_000_000 - plan.loss, plan.duplication] {
            if random.chance(chance) {
                let late = if random.chance(10_000) { 20 } else { 1 };
                delays.push(random.between(1, plan.delay_ms * late));
            }
        }
        delays
    }
}
