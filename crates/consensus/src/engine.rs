//! The engine at one height: inputs go in, and what it wants done comes out in our terms.
//!
//! A new engine is made for each height, so nothing of one height can leak
//! into the next. It has no clock and does no IO; signing goes through the
//! guard of `signer`, verifying through `memo`.

use std::{fmt, sync::Arc};

use arc_malachitebft_core_consensus as core;
use arc_malachitebft_core_types as types;
use core::{Effect, Error, Input, Resumable as _, Resume, SignedConsensusMsg};
use plenary_core::{
    block::{Block, Height},
    keys::ValidatorKey,
};
use types::{CertificateError, SignedMessage, Timeout, TimeoutKind};

use crate::{
    certificate::CommitCertificate,
    journal::{Entry, Wait},
    memo::Memo,
    message::{Message, Proposal, Round, Signature, Step, Vote},
    signer::{Kind, Signer},
    terms::{self as ours, Address, Ballot, Body, Ledger, Motion, Position, Seats},
    validators::ValidatorSet,
};

/// The targets under which the engine logs about ten lines a vote; a node keeps them at `warn`.
pub const NOISY_LOG_TARGETS: [&str; 4] = [
    "arc_malachitebft_core_consensus",
    "arc_malachitebft_core_driver",
    "arc_malachitebft_core_state_machine",
    "arc_malachitebft_core_votekeeper",
];

/// What the engine is given.
#[derive(Clone, Debug)]
pub(crate) enum Feed {
    Vote(Vote),
    Proposal(Proposal),
    /// Prevotes of a quorum for one block.
    Polka(Vec<Vote>),
    /// Votes of one round by more validators than can be faulty.
    Jump(Vec<Vote>),
    Propose {
        round: Round,
        block: Arc<Block>,
    },
    Elapsed(Alarm),
}

/// What the engine waits for.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Alarm {
    Wait(Wait, Round),
    Resend(Round),
}

/// What the engine wants done, in order.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    Journal(Entry),
    Say(Message),
    Set(Alarm),
    Cancel(Alarm),
    CancelAll,
    Build(Round),
    Entered,
    Decided { certificate: CommitCertificate, block: Arc<Block> },
}

/// What the engine needs of the replica while it runs.
pub(crate) struct Desk<'a> {
    pub(crate) signer: Option<&'a mut Signer>,
    pub(crate) memo: &'a mut Memo,
}

/// The engine derived, from the journal, another message than the journal says was signed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Diverged;

/// The engine at one height.
pub(crate) struct Engine {
    state: core::State<Ledger>,
}

/// The engine dropped an input.
enum Trouble {
    /// A replay led elsewhere.
    Diverged,
    /// It was refused a signature, or the input did not fit; the next one is as good as any.
    Dropped,
}

impl From<Error<Ledger>> for Trouble {
    fn from(error: Error<Ledger>) -> Self {
        if matches!(error, Error::ReplayDivergence(..)) { Self::Diverged } else { Self::Dropped }
    }
}

/// The handler refuses what it is asked for, and the engine drops the step.
#[derive(Debug)]
struct Refused;

struct Handler<'a, 'b> {
    desk: &'a mut Desk<'b>,
    seats: Seats,
    /// The journal is being replayed: what it holds is not written again.
    replaying: bool,
    /// What was signed for the first time in this run.
    fresh: Vec<(Round, Kind)>,
    acts: Vec<Act>,
    decided: Option<CommitCertificate>,
}

impl Engine {
    /// An engine for `height`. Without `me` it follows and never speaks.
    pub(crate) fn new(height: Height, set: &ValidatorSet, me: Option<ValidatorKey>) -> Self {
        let thresholds = |least: usize| {
            let (least, size) = (u64::try_from(least).unwrap_or(u64::MAX), u64::try_from(set.size()).unwrap_or(1));
            // The engine asks for `weight * size > numerator * size / size`, that is for `least` or more.
            types::ThresholdParam::new(least.saturating_sub(1), size)
        };
        let seats = Seats::new(set);
        let params = core::Params {
            address: Address(me.unwrap_or_else(|| set.proposer(height, Round::FIRST))),
            threshold_params: types::ThresholdParams {
                quorum: thresholds(set.quorum()),
                honest: thresholds(set.some_correct()),
            },
            value_payload: types::ValuePayload::ProposalOnly,
            enabled: me.is_some(),
        };
        // Messages of other heights never reach this engine, so its queue stays empty.
        Self { state: core::State::new(Ledger, Position(height), seats, params, 1, 1) }
    }

    /// Starts the height. Called once.
    pub(crate) fn start(&mut self, desk: &mut Desk<'_>) -> Vec<Act> {
        let (height, seats) = (self.state.height(), self.state.validator_set().clone());
        let policy = types::VoteExtensionPolicy::Disabled;
        self.run(desk, Input::StartHeight(height, seats, false, None, policy), false).0
    }

    /// Gives the engine one input.
    pub(crate) fn feed(&mut self, desk: &mut Desk<'_>, feed: Feed) -> Vec<Act> {
        let input = self.input(feed);
        self.run(desk, input, false).0
    }

    /// Gives the engine what the journal holds, in order.
    pub(crate) fn replay(&mut self, desk: &mut Desk<'_>, entries: &[Entry]) -> Result<Vec<Act>, Diverged> {
        let inputs: Vec<_> = entries.iter().filter_map(|entry| self.recorded(entry)).collect();
        self.state.index_wal_entries(inputs.iter());
        let mut acts = Vec::new();
        for input in inputs {
            let (wanted, result) = self.run(desk, input, true);
            acts.extend(wanted);
            if let Err(Trouble::Diverged) = result {
                return Err(Diverged);
            }
        }
        self.state.reset_entries_index();
        Ok(acts)
    }

    /// The round that the engine is in.
    pub(crate) fn round(&self) -> Round {
        ours::round(self.state.round()).unwrap_or_default()
    }

    /// Whether the engine still waits for a proposal of its round.
    pub(crate) fn awaits_proposal(&self) -> bool {
        self.state.driver.step_is_propose()
    }

    fn run(&mut self, desk: &mut Desk<'_>, input: Input<Ledger>, replaying: bool) -> (Vec<Act>, Result<(), Trouble>) {
        let seats = self.state.validator_set().clone();
        let mut handler = Handler { desk, seats, replaying, fresh: Vec::new(), acts: Vec::new(), decided: None };
        let result = process(&mut self.state, input, &mut handler);
        let Handler { mut acts, decided, .. } = handler;
        if let (Some(certificate), Some((_, body))) = (decided, self.state.decided_value()) {
            acts.push(Act::Decided { certificate, block: body.block });
        }
        (acts, result)
    }

    fn input(&self, feed: Feed) -> Input<Ledger> {
        let height = self.state.height();
        match feed {
            Feed::Vote(vote) => Input::Vote(ours::to_engine_vote(&vote)),
            Feed::Proposal(proposal) => Input::Proposal(ours::to_engine_proposal(&proposal)),
            Feed::Polka(votes) => Input::PolkaCertificate(polka(height, &votes)),
            Feed::Jump(votes) => Input::RoundCertificate(types::RoundCertificate::new_from_votes(
                height,
                votes.first().map_or(types::Round::Nil, |vote| ours::to_engine_round(vote.round)),
                types::RoundCertificateType::Skip,
                votes.iter().map(ours::to_engine_vote).collect(),
            )),
            Feed::Propose { round, block } => {
                Input::Propose(core::LocallyProposedValue::new(height, ours::to_engine_round(round), Body::new(block)))
            }
            Feed::Elapsed(alarm) => Input::TimeoutElapsed(match alarm {
                Alarm::Wait(wait, round) => timeout(wait, round),
                Alarm::Resend(round) => Timeout::rebroadcast(ours::to_engine_round(round)),
            }),
        }
    }

    /// The input that `entry` was made of; what was withheld never was one.
    fn recorded(&self, entry: &Entry) -> Option<Input<Ledger>> {
        match entry {
            Entry::Vote(vote) => Some(self.input(Feed::Vote(vote.clone()))),
            Entry::Proposal(proposal) => Some(self.input(Feed::Proposal(proposal.clone()))),
            Entry::Polka(votes) => Some(self.input(Feed::Polka(votes.clone()))),
            Entry::Timeout { round, wait } => Some(self.input(Feed::Elapsed(Alarm::Wait(*wait, *round)))),
            Entry::Withheld(_) => None,
        }
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("height", &self.state.height()).field("round", &self.round()).finish()
    }
}

fn process(
    state: &mut core::State<Ledger>,
    input: Input<Ledger>,
    handler: &mut Handler<'_, '_>,
) -> Result<(), Trouble> {
    core::process!(input: input, state: state, metrics: &(), with: effect => handler.handle(effect))
}

fn timeout(wait: Wait, round: Round) -> Timeout {
    let round = ours::to_engine_round(round);
    match wait {
        Wait::Propose => Timeout::propose(round),
        Wait::Prevote => Timeout::prevote(round),
        Wait::Precommit => Timeout::precommit(round),
    }
}

/// What `timeout` waits for; the engine never waits before it finalizes, as heights have no target time.
fn alarm(timeout: Timeout) -> Option<Alarm> {
    let round = ours::round(timeout.round)?;
    match timeout.kind {
        TimeoutKind::Propose => Some(Alarm::Wait(Wait::Propose, round)),
        TimeoutKind::Prevote => Some(Alarm::Wait(Wait::Prevote, round)),
        TimeoutKind::Precommit => Some(Alarm::Wait(Wait::Precommit, round)),
        TimeoutKind::Rebroadcast => Some(Alarm::Resend(round)),
        TimeoutKind::FinalizeHeight(_) => None,
    }
}

fn polka(height: Position, votes: &[Vote]) -> types::PolkaCertificate<Ledger> {
    let named = votes.first().and_then(|vote| vote.block.map(|block| (vote.round, block)));
    let (round, block) = named.unzip();
    types::PolkaCertificate {
        height,
        round: round.map_or(types::Round::Nil, ours::to_engine_round),
        value_id: block.unwrap_or_else(|| plenary_core::block::BlockId::from_digest(Default::default())),
        polka_signatures: votes
            .iter()
            .filter(|vote| vote.step == Step::Prevote && vote.block == block)
            .map(|vote| types::PolkaSignature::new(Address(vote.author), vote.signature))
            .collect(),
    }
}

impl Handler<'_, '_> {
    /// Answers one effect. An error makes the engine drop the step that asked;
    /// it never stops the engine.
    fn handle(&mut self, effect: Effect<Ledger>) -> Result<Resume<Ledger>, Refused> {
        match effect {
            Effect::CancelAllTimeouts(resume) => self.act(Some(Act::CancelAll), resume),
            Effect::CancelTimeout(timeout, resume) => self.act(alarm(timeout).map(Act::Cancel), resume),
            Effect::ScheduleTimeout(timeout, resume) => self.act(alarm(timeout).map(Act::Set), resume),
            Effect::StartRound(_, _, _, _, resume) => self.act(Some(Act::Entered), resume),
            Effect::PublishConsensusMsg(message, resume) => self.act(said(&message), resume),
            Effect::PublishLivenessMsg(message, resume) => self.act(said_for_liveness(&message), resume),
            Effect::RepublishVote(vote, resume) => {
                self.act(ours::vote(&vote.message, vote.signature).map(Message::Vote).map(Act::Say), resume)
            }
            Effect::RepublishRoundCertificate(certificate, resume) => {
                self.act(bundle(certificate.votes(&Ledger)), resume)
            }
            Effect::GetValue(_, round, _, resume) => self.act(ours::round(round).map(Act::Build), resume),
            // A proposal carries its block, so there is nothing else to send again.
            Effect::RestreamProposal(_, _, _, _, _, resume) => self.act(None, resume),
            // Certified blocks never pass through the engine, see `replica`.
            Effect::CertVerifiedSyncValue(_, _, resume) => self.act(None, resume),
            Effect::CertRejectedSyncValue(_, _, _, resume) => self.act(None, resume),
            Effect::Decide(certificate, _, resume) => {
                self.decided = decided(certificate);
                self.act(None, resume)
            }
            Effect::Finalize(_, _, _, resume) => self.act(None, resume),
            Effect::WalAppend(_, input, resume) => {
                let entry = self.entry(&input).map(Act::Journal);
                self.act(entry, resume)
            }
            Effect::SignVote(ballot, resume) => {
                let signed = self.sign_vote(&ballot).ok_or(Refused)?;
                Ok(resume.resume_with(SignedMessage::new(ballot, signed)))
            }
            Effect::SignProposal(motion, resume) => {
                let signature = self.sign_proposal(&motion).ok_or(Refused)?;
                Ok(resume.resume_with(SignedMessage::new(motion, signature)))
            }
            Effect::VerifySignature(message, _, resume) => {
                let valid = match &message.message {
                    core::ConsensusMsg::Vote(ballot) => self.is_valid(ballot, message.signature),
                    core::ConsensusMsg::Proposal(motion) => {
                        ours::head(motion, message.signature).is_some_and(|head| self.desk.memo.proposal(&head))
                    }
                };
                Ok(resume.resume_with(valid))
            }
            Effect::VerifyCommitCertificate(certificate, _, _, resume) => {
                let votes: Vec<_> = decided(certificate).iter().flat_map(CommitCertificate::votes).collect();
                let valid = self.check(&votes, self.seats.set().quorum());
                Ok(resume.resume_with(valid.then_some(()).ok_or(CertificateError::VerificationError(None))))
            }
            Effect::VerifyPolkaCertificate(certificate, _, _, resume) => {
                let votes = ours_of(certificate.votes(&Ledger));
                let valid = self.check(&votes, self.seats.set().quorum());
                Ok(resume.resume_with(valid.then_some(()).ok_or(CertificateError::VerificationError(None))))
            }
            Effect::VerifyRoundCertificate(certificate, _, _, resume) => {
                let needed = match certificate.cert_type {
                    types::RoundCertificateType::Skip => self.seats.set().some_correct(),
                    types::RoundCertificateType::Precommit => self.seats.set().quorum(),
                };
                let votes = ours_of(certificate.votes(&Ledger));
                let valid = self.check(&votes, needed);
                Ok(resume.resume_with(valid.then_some(()).ok_or(CertificateError::VerificationError(None))))
            }
            // Certificates of other nodes and extensions of votes are not fed to the engine.
            Effect::VerifyExtendedCommitCertificate(_, _, _, _, resume) => {
                Ok(resume.resume_with(Err(CertificateError::VerificationError(None))))
            }
            Effect::ExtendVote(_, _, _, _, resume) => Ok(resume.resume_with(None)),
            Effect::VerifyVoteExtension(_, _, _, _, _, _, resume) => {
                Ok(resume.resume_with(Err(core::VoteExtensionError::InvalidVoteExtension)))
            }
        }
    }

    fn act<R: core::Resumable<Ledger, Value = ()>>(
        &mut self,
        act: Option<Act>,
        resume: R,
    ) -> Result<Resume<Ledger>, Refused> {
        self.acts.extend(act);
        Ok(resume.resume_with(()))
    }

    fn sign_vote(&mut self, ballot: &Ballot) -> Option<Signature> {
        let vote = ours::vote(ballot, Signature::from_bytes([0; 64]))?;
        let signer = self.desk.signer.as_mut()?;
        if !signer.has_signed(vote.round, Kind::Vote(vote.step)) {
            self.fresh.push((vote.round, Kind::Vote(vote.step)));
        }
        Some(signer.vote(vote)?.signature)
    }

    fn sign_proposal(&mut self, motion: &Motion) -> Option<Signature> {
        let head = ours::head(motion, Signature::from_bytes([0; 64]))?;
        let signer = self.desk.signer.as_mut()?;
        if !signer.has_signed(head.round, Kind::Proposal) {
            self.fresh.push((head.round, Kind::Proposal));
        }
        Some(signer.proposal(head)?.signature)
    }

    fn is_valid(&mut self, ballot: &Ballot, signature: Signature) -> bool {
        ours::vote(ballot, signature).is_some_and(|vote| self.desk.memo.vote(&vote))
    }

    /// Checks votes of one certificate: of `needed` validators or more, all signatures valid.
    fn check(&mut self, votes: &[Vote], needed: usize) -> bool {
        let mut signers: Vec<ValidatorKey> = votes.iter().map(|vote| vote.author).collect();
        signers.sort();
        signers.dedup();
        let known = signers.iter().all(|signer| self.seats.set().contains(signer));
        let enough = needed <= signers.len();
        known && enough && votes.iter().all(|vote| self.desk.memo.vote(vote))
    }

    /// The entry that makes `input` survive a crash, unless the journal holds it.
    fn entry(&self, input: &Input<Ledger>) -> Option<Entry> {
        match input {
            Input::Vote(vote) => {
                let vote = ours::vote(&vote.message, vote.signature)?;
                self.is_unrecorded(vote.author, vote.round, Kind::Vote(vote.step)).then_some(Entry::Vote(vote))
            }
            Input::Proposal(proposal) => {
                let proposal = ours::proposal(&proposal.message, proposal.signature)?;
                let (author, round) = (proposal.head.author, proposal.head.round);
                self.is_unrecorded(author, round, Kind::Proposal).then_some(Entry::Proposal(proposal))
            }
            Input::PolkaCertificate(certificate) if !self.replaying => {
                Some(Entry::Polka(ours_of(certificate.votes(&Ledger))))
            }
            Input::TimeoutElapsed(timeout) if !self.replaying => match alarm(*timeout)? {
                Alarm::Wait(wait, round) => Some(Entry::Timeout { round, wait }),
                Alarm::Resend(_) => None,
            },
            // A block of our own is journaled with its proposal, which follows in the same step.
            Input::ProposedValue(..)
            | Input::PolkaCertificate(_)
            | Input::TimeoutElapsed(_)
            | Input::StartHeight(..)
            | Input::RoundCertificate(_)
            | Input::Propose(_)
            | Input::SyncValueResponse(_) => None,
        }
    }

    /// Whether the journal lacks a message. While it is replayed it holds all but what the crash kept
    /// from it, which is our own and is signed anew.
    fn is_unrecorded(&self, author: ValidatorKey, round: Round, kind: Kind) -> bool {
        let own = self.desk.signer.as_ref().is_some_and(|signer| signer.key() == author);
        !self.replaying || (own && self.fresh.contains(&(round, kind)))
    }
}

fn said(message: &SignedConsensusMsg<Ledger>) -> Option<Act> {
    let message = match message {
        SignedConsensusMsg::Vote(vote) => Message::Vote(ours::vote(&vote.message, vote.signature)?),
        SignedConsensusMsg::Proposal(proposal) => {
            Message::Proposal(ours::proposal(&proposal.message, proposal.signature)?)
        }
    };
    Some(Act::Say(message))
}

fn said_for_liveness(message: &core::LivenessMsg<Ledger>) -> Option<Act> {
    match message {
        core::LivenessMsg::Vote(vote) => ours::vote(&vote.message, vote.signature).map(Message::Vote).map(Act::Say),
        core::LivenessMsg::PolkaCertificate(certificate) => bundle(certificate.votes(&Ledger)),
        core::LivenessMsg::SkipRoundCertificate(certificate) => bundle(certificate.votes(&Ledger)),
    }
}

fn bundle(votes: impl Iterator<Item = SignedMessage<Ledger, Ballot>>) -> Option<Act> {
    Some(ours_of(votes)).filter(|votes| !votes.is_empty()).map(Message::Bundle).map(Act::Say)
}

fn ours_of(votes: impl Iterator<Item = SignedMessage<Ledger, Ballot>>) -> Vec<Vote> {
    votes.filter_map(|vote| ours::vote(&vote.message, vote.signature)).collect()
}

fn decided(certificate: types::CommitCertificate<Ledger>) -> Option<CommitCertificate> {
    let mut signatures: Vec<_> =
        certificate.commit_signatures.into_iter().map(|signature| (signature.address.0, signature.signature)).collect();
    signatures.sort();
    Some(CommitCertificate {
        height: certificate.height.0,
        round: ours::round(certificate.round)?,
        block: certificate.value_id,
        signatures,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::ROUNDS_AHEAD_MAX;

    #[test]
    fn we_follow_as_many_rounds_ahead_as_the_engine_does() {
        assert_eq!(ROUNDS_AHEAD_MAX, core::MAX_FUTURE_ROUND_LOOKAHEAD);
    }

    #[test]
    fn obligation_13_the_engines_log_can_be_kept_quiet() {
        let module = std::any::type_name::<core::State<Ledger>>();
        assert!(NOISY_LOG_TARGETS.iter().any(|target| module.starts_with(target)), "{module}");
    }

    #[test]
    fn quorums_are_ours() {
        for size in 1..=21 {
            let set = crate::testing::set(size);
            let engine = Engine::new(crate::testing::height(1), &set, None);
            let thresholds = engine.state.params.threshold_params;
            let total = u64::from(size);
            let least = |threshold: types::ThresholdParam| (0..=total).find(|weight| threshold.is_met(*weight, total));
            assert_eq!(least(thresholds.quorum), u64::try_from(set.quorum()).ok(), "{size}");
            assert_eq!(least(thresholds.honest), u64::try_from(set.some_correct()).ok(), "{size}");
        }
    }
}
