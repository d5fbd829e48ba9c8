//! A breadth-first search over worlds: every act in every world, level by level.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    acts,
    composer::Composer,
    violation::Violation,
    world::{Fault, Taken, World},
};

/// What a search has found.
#[derive(Default)]
pub(crate) struct Found {
    /// Different worlds.
    pub(crate) states: usize,
    /// How many acts lie between the start and the last of them.
    pub(crate) depth: usize,
    /// How many records of each type were accepted.
    pub(crate) accepted: BTreeMap<String, usize>,
    pub(crate) refused: usize,
    /// The shortest rows to each violation.
    pub(crate) violations: BTreeMap<Violation, Vec<String>>,
}

/// What to explore.
pub(crate) struct Plan<'a> {
    /// The rows before.
    pub(crate) rows: &'a [&'a str],
    /// The deliverables on which something is done.
    pub(crate) labels: &'a [&'a str],
    /// How many acts follow one another.
    pub(crate) depth: usize,
    pub(crate) fault: Fault,
    /// The violation that the fault should show in; the search ends with it.
    pub(crate) wanted: Option<Violation>,
}

/// How a world was come by: the number of the one before it, and the act.
type Step = (usize, String);

struct Search<'a> {
    composer: &'a Composer,
    fault: Fault,
    steps: Vec<Step>,
    found: Found,
}

/// Takes every act in every world up to the plan's depth after `start`.
///
/// A world in which a violation was found is not followed further, unless that is of a planted fault.
pub(crate) fn search(composer: &Composer, start: World, plan: &Plan<'_>) -> Found {
    let start = start.settled();
    let mut seen = BTreeSet::from([start.digest()]);
    let mut level = vec![(0, start)];
    let steps = vec![(0, String::new())];
    let mut search = Search { composer, fault: plan.fault, steps, found: Found::default() };
    while search.found.depth < plan.depth && !level.is_empty() && !search.has_found(plan.wanted) {
        let mut next_level = Vec::new();
        for (number, world) in level {
            if search.has_found(plan.wanted) {
                break;
            }
            for row in acts::possible(&world, plan.labels) {
                let Some(next) = search.follow(number, &world, &row) else { continue };
                // The worlds of the last level lead nowhere, and are many.
                if seen.insert(next.digest()) && search.found.depth + 1 < plan.depth {
                    next_level.push((search.steps.len(), next));
                    search.steps.push((number, row));
                }
            }
        }
        level = next_level;
        search.found.depth += 1;
    }
    Found { states: seen.len(), ..search.found }
}

impl Search<'_> {
    fn has_found(&self, wanted: Option<Violation>) -> bool {
        wanted.is_some_and(|wanted| self.found.violations.contains_key(&wanted))
    }

    /// The world after one act, if there is one to follow.
    fn follow(&mut self, number: usize, world: &World, row: &str) -> Option<World> {
        if row == acts::WAIT {
            return acts::later(world);
        }
        let made = self.composer.kept(row, &world.last);
        let (taken, violations) = world.take(&made.0, &made.1, self.fault);
        for violation in &violations {
            if !self.found.violations.contains_key(violation) {
                self.found.violations.insert(*violation, self.path(number, row));
            }
        }
        match taken {
            Taken::Refused(_) => {
                self.found.refused += 1;
                None
            }
            Taken::Accepted(next) => {
                *self.found.accepted.entry(made.0.record().record_type.clone()).or_default() += 1;
                (violations.is_empty() || self.fault != Fault::None).then_some(*next)
            }
        }
    }

    /// The rows from the start to `last`.
    fn path(&self, mut number: usize, last: &str) -> Vec<String> {
        let mut rows = vec![last.to_owned()];
        while number != 0 {
            let (before, row) = &self.steps[number];
            rows.push(row.clone());
            number = *before;
        }
        rows.reverse();
        rows
    }
}
