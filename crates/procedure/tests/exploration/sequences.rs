//! Long random sequences of records, shortened when one shows a violation.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
};

use plenary_core::hash::Digest;
use proptest::{
    arbitrary::any,
    collection::vec,
    test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner},
};

use crate::{
    chances::{self, Event},
    composer::Composer,
    scene::Scene,
    violation::Violation,
    world::{Fault, Taken, World},
};

/// What is thrown for one event: which, and the details.
type Throw = (u16, [u8; 4]);

/// The most events of a sequence; on average it has half as many.
const EVENTS_MAX: usize = 500;

/// What came of a sequence.
#[derive(Default)]
pub(crate) struct Played {
    /// The rows that were accepted.
    pub(crate) accepted: Vec<String>,
    pub(crate) refused: usize,
    /// Those that have been found, and the row.
    pub(crate) violation: Option<(Violation, String)>,
}

/// Plays a sequence to its end, or to a violation; with a fault, to the one that is wanted.
fn play(composer: &Composer, start: &World, throws: &[Throw], fault: (Fault, Option<Violation>)) -> Played {
    let (fault, wanted) = fault;
    let (mut world, mut played) = (start.clone(), Played::default());
    for (throw, dice) in throws {
        let time = world.time.plus_ms(1_000);
        let act = match chances::event(*throw, &Scene { world: &world, dice: *dice, time }) {
            Event::Wait(ms) => {
                world.time = time.plus_ms(ms);
                continue;
            }
            Event::Act(act) => act,
        };
        world.time = time;
        let row = format!("{time} {act}");
        let (file, context) = composer.made(&row, &world.last);
        let (taken, violations) = world.take(&file, &context, fault);
        let counts = |violation: &&Violation| wanted.is_none_or(|wanted| wanted == **violation);
        if let Some(violation) = violations.iter().find(counts) {
            played.violation = Some((*violation, row.clone()));
            played.accepted.push(row);
            return played;
        }
        match taken {
            Taken::Refused(_) => played.refused += 1,
            Taken::Accepted(next) => {
                world = *next;
                played.accepted.push(row);
            }
        }
    }
    // What was refused has changed nothing if the accepted rows alone lead to the same world.
    let accepted = played.accepted.iter();
    let again = accepted.fold(start.clone(), |world, row| world.after(composer, row, fault).unwrap_or(world));
    if again.states_digest() != world.states_digest() {
        played.violation = Some((Violation::OtherOutcome, "the accepted rows alone".to_owned()));
    }
    played
}

/// Random sequences, as many as there are cases.
pub(crate) struct Trial {
    pub(crate) seed: u64,
    pub(crate) cases: u32,
    pub(crate) fault: Fault,
    pub(crate) wanted: Option<Violation>,
}

/// How often a type was accepted.
pub(crate) type Counts = BTreeMap<String, usize>;

impl Trial {
    /// The rows to a violation, shortened; or how many records of each type were accepted, and how many refused.
    pub(crate) fn run(&self, composer: &Composer, start: &World) -> Result<(Counts, usize), Played> {
        let (counts, refused) = (RefCell::new(Counts::new()), Cell::new(0));
        let config = Config {
            cases: self.cases,
            failure_persistence: None,
            max_shrink_iters: if cfg!(debug_assertions) { 100 } else { 5_000 },
            ..Config::default()
        };
        let seed = Digest::of(format!("sequences/{}", self.seed).as_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, seed.as_bytes());
        let throws = vec((0..chances::total(), any::<[u8; 4]>()), 0..=EVENTS_MAX);
        let result = TestRunner::new_with_rng(config, rng).run(&throws, |throws| {
            let played = play(composer, start, &throws, (self.fault, self.wanted));
            for row in &played.accepted {
                let record_type = row.split(' ').nth(1).unwrap_or_default().to_owned();
                *counts.borrow_mut().entry(record_type).or_default() += 1;
            }
            refused.set(refused.get() + played.refused);
            match played.violation {
                Some((violation, _)) => Err(TestCaseError::fail(violation.to_string())),
                None => Ok(()),
            }
        });
        match result {
            Ok(()) => Ok((counts.into_inner(), refused.get())),
            Err(TestError::Fail(_, throws)) => Err(play(composer, start, &throws, (self.fault, self.wanted))),
            Err(TestError::Abort(reason)) => panic!("{reason}"),
        }
    }
}
