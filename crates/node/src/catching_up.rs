//! Catching up: blocks that others ask for, and blocks that this node asks for.

use std::sync::Arc;

use plenary_consensus::{CommitCertificate, Input};
use plenary_core::block::{Block, Height};
use plenary_net::{PeerName, QueryId, RequestId};
use tracing::{debug, error};

use crate::{
    blocks::{Answer, Request},
    error::NodeError,
    node::Node,
};

impl Node {
    /// Looks for another peer if the last answer led no further.
    pub(crate) fn judge_answer(&mut self) {
        let Some((peer, tip)) = self.answered.take() else { return };
        self.fetched.clear();
        if self.shared.store.head().height <= tip {
            debug!(%peer, "a peer sent no blocks, or none that can be used");
            self.fetching.failed(peer);
        }
        self.fetch();
    }

    pub(crate) fn on_request(&mut self, peer: PeerName, id: RequestId, bytes: &[u8]) -> Result<(), NodeError> {
        let request = match Request::decode(bytes) {
            Ok(request) => request,
            Err(error) => {
                self.report(peer, "request", &error.into());
                return Ok(());
            }
        };
        let view = self.shared.store.view()?;
        let mut answer = Answer::default();
        let mut next = Some(request.from.max(Height::GENESIS.next().unwrap_or_default()));
        while let Some(height) = next {
            let (Some(block), Some(certificate)) = (view.block(height)?, view.certificate(height)?) else { break };
            let Ok(block) = block.encode() else { break };
            if !answer.push(block, certificate) {
                break;
            }
            next = height.next();
        }
        drop(view);
        match answer.encode() {
            Ok(bytes) => {
                if let Err(error) = self.net.respond(id, bytes) {
                    debug!(%error, "a request for blocks was not answered");
                }
            }
            Err(error) => error!(%error, "an answer cannot be encoded"),
        }
        Ok(())
    }

    pub(crate) fn on_response(&mut self, peer: PeerName, id: QueryId, bytes: &[u8]) {
        if self.fetching.asked.take_if(|(asked, _)| *asked == id).is_none() {
            return;
        }
        let tip = self.shared.store.head().height;
        match Answer::decode(bytes) {
            Ok(blocks) => {
                self.answered = Some((peer, tip));
                self.fetched = blocks.into();
            }
            Err(error) => {
                self.fetching.failed(peer);
                self.report(peer, "answer", &error.into());
            }
        }
        if let Some((block, certificate)) = self.next_fetched(tip) {
            self.inputs.push_back(Input::Certified { block: Arc::new(block), certificate });
        }
    }

    /// The fetched block after `tip`, if there is one.
    pub(crate) fn next_fetched(&mut self, tip: Height) -> Option<(Block, CommitCertificate)> {
        let wanted = tip.next()?;
        while let Some((block, certificate)) = self.fetched.pop_front() {
            if block.header.height == wanted {
                return Some((block, certificate));
            }
        }
        None
    }

    /// Asks somebody for the blocks that this node has not got, if there are any.
    pub(crate) fn fetch(&mut self) {
        let tip = self.shared.store.head().height;
        let is_busy = self.fetching.asked.is_some() || !self.fetched.is_empty() || self.is_disk_full();
        if is_busy || self.fetching.target.is_none_or(|target| target <= tip) {
            return self.note_target();
        }
        let (Some(from), Some(peer)) = (tip.next(), self.fetching.choose(&self.connected)) else {
            return self.note_target();
        };
        let asked = Request { from }.encode().ok().and_then(|bytes| self.net.request(peer, bytes).ok());
        self.fetching.asked = asked.map(|id| (id, peer));
        self.note_target();
    }

    /// Writes down how far the others are, if this node is more than the last block behind.
    pub(crate) fn note_target(&self) {
        let (target, last) = (self.fetching.target, self.shared.store.head().height.next());
        let enough = self.roll.present.set.some_correct();
        self.shared.board.note(|facts| {
            let reached = facts.reached_by(enough).min(target);
            facts.target = reached.filter(|reached| last.is_some_and(|last| last < *reached));
        });
    }
}
