//! What a run is exposed to, drawn from its seed.

use super::random::Random;

/// A validator that does not follow the protocol.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Liar {
    /// It never says anything.
    Silent,
    /// It runs twice with one key, and shows one face to some and the other to the rest.
    TwoFaced,
    /// It signs whatever comes to its mind: other rounds, other heights, wrong blocks.
    Babbler,
    /// It follows the protocol, but its clock is an hour ahead.
    WrongClock,
}

/// A defence that is taken away, to show that the checks would find what it prevents.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Cut {
    /// All defences stand.
    Nothing,
    /// A restarted node does not read its journal.
    Replay,
    /// A node does not wait for its journal to reach the disk.
    Sync,
}

/// What comes before the calm.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Trial {
    /// All kinds of faults, until two thirds of the heights are decided.
    Chaos,
    /// Half a second after the start, the first `group` validators and the others lose each other.
    Split {
        /// How many are on the first side.
        group: usize,
        /// For how long.
        lasts_ms: u64,
    },
    /// The last validator starts when the others have tried so many rounds, and it alone has something to propose.
    Sleeper {
        /// The round that the others are in.
        rounds: u32,
    },
}

/// One run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Decides everything that chance decides.
    pub seed: u64,
    /// How many validators there are.
    pub validators: usize,
    /// The validators that lie: the first ones.
    pub liars: Vec<Liar>,
    /// How many blocks to decide.
    pub heights: u64,
    /// A million times the probability that a message is lost.
    pub loss: u64,
    /// A million times the probability that it comes twice.
    pub duplication: u64,
    /// The longest usual delay; one in a hundred messages takes up to twenty times as long.
    pub delay_ms: u64,
    /// A million times the probability that a node dies before an effect.
    pub crash: u64,
    /// The mean time from one partition to the next, or zero for none.
    pub partition_every_ms: u64,
    /// How far the clocks of honest nodes are apart.
    pub skew_ms: u64,
    /// A million times the probability that a node finds that a block leaves records out.
    pub leaves_out: u64,
    /// What comes before the calm.
    pub trial: Trial,
    /// What is taken away.
    pub cut: Cut,
    /// Whether validators change three times: one is replaced, one added, one removed. There are four at first.
    pub succession: bool,
}

impl Plan {
    /// A plan of `heights` blocks, with all that a correct ledger must bear.
    pub fn from_seed(seed: u64, heights: u64) -> Self {
        let mut random = Random::new(seed);
        let validators = *random.pick(&[4, 4, 5, 6, 7]);
        let faulty = (validators - 1) / 3;
        let kinds = [Liar::Silent, Liar::TwoFaced, Liar::TwoFaced, Liar::Babbler, Liar::WrongClock];
        let liars = (0..random.below(faulty + 1) + usize::from(faulty == 1 && random.chance(300_000)))
            .take(faulty)
            .map(|_| *random.pick(&kinds))
            .collect();
        Self {
            seed,
            validators,
            liars,
            heights,
            loss: *random.pick(&[0, 1_000, 20_000, 100_000, 200_000]),
            duplication: *random.pick(&[0, 10_000, 200_000]),
            delay_ms: *random.pick(&[2, 10, 60]),
            crash: *random.pick(&[0, 200, 1_000, 4_000]),
            partition_every_ms: *random.pick(&[0, 2_000, 6_000]),
            skew_ms: *random.pick(&[0, 50, 2_000]),
            leaves_out: *random.pick(&[0, 20_000]),
            trial: Trial::Chaos,
            cut: Cut::Nothing,
            succession: false,
        }
    }

    /// A quiet network of `validators`, none of which lies.
    pub fn quiet(seed: u64, validators: usize, heights: u64) -> Self {
        Self {
            seed,
            validators,
            liars: Vec::new(),
            heights,
            loss: 0,
            duplication: 0,
            delay_ms: 2,
            crash: 0,
            partition_every_ms: 0,
            skew_ms: 0,
            leaves_out: 0,
            trial: Trial::Chaos,
            cut: Cut::Nothing,
            succession: false,
        }
    }

    /// The same faults while validators change.
    pub fn with_succession(self) -> Self {
        Self { validators: 4, liars: self.liars.into_iter().take(1).collect(), succession: true, ..self }
    }

    /// The command that runs this seed again.
    pub fn command(&self) -> String {
        let Self { seed, heights, .. } = self;
        format!(
            "SEED={seed} HEIGHTS={heights} cargo test --release -p plenary-tests --test simulation one_seed -- --nocapture"
        )
    }
}
