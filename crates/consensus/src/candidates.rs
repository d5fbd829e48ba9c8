//! The blocks proposed at one height: which were executed, and which proposals wait for that.
//!
//! The engine takes every proposal that it is given for valid, so it is given
//! those alone that were executed and found acceptable.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use plenary_core::block::{Block, BlockId};

use crate::{event::Verdict, limits::WITHHELD_MAX, message::Proposal};

/// A proposal whose block may be proposed as far as this replica's clock tells, or may not.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Timing {
    /// It is within the bound, or its time is not judged.
    Timely,
    /// It is not, and nobody has vouched for it.
    Untimely,
}

/// What becomes of a proposal.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fate {
    /// The engine may have it.
    Feed(Proposal),
    /// It is kept, and fed only if a quorum names its block.
    Withhold(Proposal),
}

/// The blocks of one height.
#[derive(Debug, Default)]
pub(crate) struct Candidates {
    blocks: BTreeMap<BlockId, Arc<Block>>,
    verdicts: BTreeMap<BlockId, Verdict>,
    waiting: Vec<(Proposal, Timing)>,
    withheld: Vec<Proposal>,
    named: BTreeSet<BlockId>,
}

impl Candidates {
    /// Takes in `block`; true if it must be executed.
    pub(crate) fn admit(&mut self, block: &Arc<Block>) -> bool {
        let id = block.id();
        if self.verdicts.contains_key(&id) {
            return false;
        }
        self.blocks.insert(id, Arc::clone(block)).is_none()
    }

    /// Takes in a block that is known to be acceptable: built here, or fed before a crash.
    pub(crate) fn accept(&mut self, block: &Arc<Block>) {
        self.blocks.insert(block.id(), Arc::clone(block));
        self.verdicts.insert(block.id(), Verdict::Accepted);
    }

    /// Takes in a proposal whose block was admitted; its fate, unless it has to wait.
    pub(crate) fn propose(&mut self, proposal: Proposal, timing: Timing) -> Option<Fate> {
        match self.verdicts.get(&proposal.head.block) {
            Some(verdict) => self.fate(proposal, timing, *verdict),
            None => {
                self.waiting.push((proposal, timing));
                None
            }
        }
    }

    /// Takes in the verdict on `block`, if it is asked for, and the fates of the proposals that waited for it.
    pub(crate) fn judge(&mut self, block: BlockId, verdict: Verdict) -> Vec<Fate> {
        if !self.blocks.contains_key(&block) || self.verdicts.contains_key(&block) {
            return Vec::new();
        }
        self.verdicts.insert(block, verdict);
        if verdict == Verdict::Refused {
            self.blocks.remove(&block);
        }
        let (judged, waiting) =
            std::mem::take(&mut self.waiting).into_iter().partition(|(proposal, _)| proposal.head.block == block);
        self.waiting = waiting;
        let judged: Vec<(Proposal, Timing)> = judged;
        judged.into_iter().filter_map(|(proposal, timing)| self.fate(proposal, timing, verdict)).collect()
    }

    /// Keeps a proposal that was withheld before a crash.
    pub(crate) fn withhold(&mut self, proposal: Proposal) {
        if self.withheld.len() >= WITHHELD_MAX {
            self.withheld.remove(0);
        }
        self.withheld.push(proposal);
    }

    /// A quorum names `block`: its proposals are withheld no longer.
    pub(crate) fn release(&mut self, block: BlockId) -> Vec<Proposal> {
        self.named.insert(block);
        let (released, withheld) =
            std::mem::take(&mut self.withheld).into_iter().partition(|proposal| proposal.head.block == block);
        self.withheld = withheld;
        released
    }

    /// The block of this id, unless it is unknown or refused.
    pub(crate) fn block(&self, id: &BlockId) -> Option<&Arc<Block>> {
        self.blocks.get(id)
    }

    /// What executing showed, if it was done.
    pub(crate) fn verdict(&self, id: &BlockId) -> Option<Verdict> {
        self.verdicts.get(id).copied()
    }

    fn fate(&mut self, proposal: Proposal, timing: Timing, verdict: Verdict) -> Option<Fate> {
        let vouched = proposal.head.valid_round.is_some() || self.named.contains(&proposal.head.block);
        match (verdict, timing) {
            (Verdict::Refused, _) => None,
            (Verdict::Accepted, Timing::Timely) => Some(Fate::Feed(proposal)),
            (Verdict::Accepted | Verdict::LeavesOut, _) if vouched => Some(Fate::Feed(proposal)),
            (Verdict::Accepted | Verdict::LeavesOut, _) => {
                self.withhold(proposal.clone());
                Some(Fate::Withhold(proposal))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use plenary_core::time::Moment;

    use super::*;
    use crate::testing::{block_on, genesis, proposal};

    #[test]
    fn the_engine_is_fed_what_is_acceptable() {
        use Timing::{Timely, Untimely};
        use Verdict::{Accepted, LeavesOut, Refused};
        //    verdict, timing, (valid round, named by a quorum), (is fed, is withheld)
        check(Accepted, Timely, (None, false), (true, false));
        check(Accepted, Untimely, (None, false), (false, true));
        check(LeavesOut, Timely, (None, false), (false, true));
        check(Refused, Timely, (None, false), (false, false));
        //    a quorum found it acceptable in an earlier round: not judged again
        check(LeavesOut, Untimely, (Some(0), false), (true, false));
        check(Refused, Timely, (Some(0), false), (false, false));
        //    a quorum prevotes it: what depends on clocks and on what was seen counts no more
        check(Accepted, Untimely, (None, true), (true, false));
        check(LeavesOut, Timely, (None, true), (true, false));
        check(Refused, Timely, (None, true), (false, false));
        fn check(verdict: Verdict, timing: Timing, (valid, named): (Option<u32>, bool), (fed, withheld): (bool, bool)) {
            let block = block_on(&genesis(), 1, Moment::from_ms(2_000_000).unwrap(), &[b"record"]);
            let proposal = proposal(1, 1, valid, &block);
            let mut candidates = Candidates::default();
            if named {
                candidates.release(block.id());
            }
            assert!(candidates.admit(&block));
            assert!(!candidates.admit(&block), "executed once");
            assert_eq!(candidates.propose(proposal.clone(), timing), None);
            let fates = candidates.judge(block.id(), verdict);
            let expected =
                [fed.then(|| Fate::Feed(proposal.clone())), withheld.then(|| Fate::Withhold(proposal.clone()))];
            assert_eq!(fates, expected.into_iter().flatten().collect::<Vec<_>>(), "{verdict:?} {timing:?}");
            assert_eq!(candidates.release(block.id()).len(), usize::from(withheld));
            assert_eq!(candidates.judge(block.id(), Accepted), vec![], "judged once");
        }
    }

    #[test]
    fn few_proposals_are_withheld() {
        let block = block_on(&genesis(), 1, Moment::from_ms(2_000_000).unwrap(), &[b"record"]);
        let mut candidates = Candidates::default();
        for round in 0..20 {
            candidates.withhold(proposal(1, round, None, &block));
        }
        let rounds: Vec<u32> = candidates.release(block.id()).iter().map(|kept| kept.head.round.as_u32()).collect();
        assert_eq!(rounds, (12..20).collect::<Vec<_>>());
    }
}
