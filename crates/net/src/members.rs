//! Who is in the set, what each member may still use, and who is connected.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use tokio::{sync::Semaphore, time::Instant};

use crate::{
    bucket::Bucket,
    event::{PerTopic, Topic},
    identity::{Peer, PeerName},
    limits::{self, Budget},
};

/// The set without the node itself.
#[derive(Debug)]
pub(crate) struct Members {
    own: PeerName,
    members: BTreeMap<PeerName, Member>,
}

#[derive(Debug)]
struct Member {
    cut_until: Option<Instant>,
    requests: Bucket,
    shares: PerTopic<Share>,
}

/// What an author may use of a topic: bytes per second, and bytes that wait.
#[derive(Debug)]
pub(crate) struct Share {
    pub(crate) rate: Bucket,
    pub(crate) queue: Arc<Semaphore>,
}

/// Who came and who went when the set was replaced.
#[derive(Debug, Default)]
pub(crate) struct Change {
    pub(crate) joined: Vec<PeerName>,
    pub(crate) left: Vec<PeerName>,
}

impl Members {
    /// An empty set of the node `own`.
    pub(crate) const fn new(own: PeerName) -> Self {
        Self { own, members: BTreeMap::new() }
    }

    /// Keeps `peers` and no others. Who is cut off stays so.
    pub(crate) fn keep(&mut self, peers: &[Peer], now: Instant) -> Change {
        let own = self.own;
        let wanted: BTreeSet<PeerName> = peers.iter().map(|peer| peer.name).filter(|name| *name != own).collect();
        let mut change = Change::default();
        self.members.retain(|name, _| {
            let stays = wanted.contains(name);
            if !stays {
                change.left.push(*name);
            }
            stays
        });
        for name in wanted {
            self.members.entry(name).or_insert_with(|| {
                change.joined.push(name);
                Member::new(now)
            });
        }
        change
    }

    pub(crate) fn contains(&self, peer: PeerName) -> bool {
        self.members.contains_key(&peer)
    }

    /// What `author` may use of `topic`, or `None` if it is not in the set.
    pub(crate) fn share(&mut self, author: PeerName, topic: Topic) -> Option<&mut Share> {
        Some(self.members.get_mut(&author)?.shares.of_mut(topic))
    }

    /// Whether `peer` may make one more request now.
    pub(crate) fn take_request(&mut self, peer: PeerName, now: Instant) -> bool {
        self.members.get_mut(&peer).is_some_and(|member| member.requests.take(now, 1))
    }

    /// Keeps `peer` out from now on; `false` if it is out already.
    pub(crate) fn cut(&mut self, peer: PeerName, now: Instant) -> bool {
        let member = self.members.get_mut(&peer).filter(|member| member.cut_until.is_none());
        let Some(member) = member else { return false };
        member.cut_until = now.checked_add(limits::CUT_TIME);
        true
    }

    pub(crate) fn cut_until(&self, peer: PeerName) -> Option<Instant> {
        self.members.get(&peer)?.cut_until
    }

    /// When the first of those who were cut off may come back.
    pub(crate) fn next_return(&self) -> Option<Instant> {
        self.members.values().filter_map(|member| member.cut_until).min()
    }

    /// Those who may come back by now.
    pub(crate) fn take_returned(&mut self, now: Instant) -> Vec<PeerName> {
        let returned = self.members.iter_mut().filter(|(_, member)| member.cut_until.is_some_and(|until| until <= now));
        returned
            .map(|(name, member)| {
                member.cut_until = None;
                *name
            })
            .collect()
    }
}

impl Member {
    fn new(now: Instant) -> Self {
        let shares = PerTopic::each(|topic| {
            let budget = Budget::of(topic);
            Share {
                rate: Bucket::new(budget.received_bytes_per_second, budget.received_burst_bytes, now),
                queue: Arc::new(Semaphore::new(budget.author_queue_bytes)),
            }
        });
        let requests = Bucket::new(limits::REQUESTS_PER_SECOND, limits::REQUESTS_PER_SECOND, now);
        Self { cut_until: None, requests, shares }
    }
}

/// The connections that are open.
#[derive(Debug, Default)]
pub(crate) struct Links(BTreeMap<PeerName, Link>);

#[derive(Debug)]
struct Link {
    since: Instant,
    topics: BTreeSet<Topic>,
    reported: bool,
}

impl Links {
    /// A connection with `peer` has opened.
    pub(crate) fn opened(&mut self, peer: PeerName, now: Instant) {
        self.0.insert(peer, Link { since: now, topics: BTreeSet::new(), reported: false });
    }

    /// The connection with `peer` has closed. Says whether it had joined.
    pub(crate) fn closed(&mut self, peer: PeerName) -> bool {
        self.0.remove(&peer).is_some_and(|link| link.is_joined())
    }

    /// `peer` has joined `topic`. Says whether this was the last one missing.
    pub(crate) fn join(&mut self, peer: PeerName, topic: Topic) -> bool {
        self.0.get_mut(&peer).is_some_and(|link| link.topics.insert(topic) && link.is_joined())
    }

    pub(crate) fn is_joined(&self, peer: PeerName) -> bool {
        self.0.get(&peer).is_some_and(Link::is_joined)
    }

    /// Whether a connection with `peer` is old enough to give way to another.
    pub(crate) fn is_stale(&self, peer: PeerName, now: Instant) -> bool {
        self.0.get(&peer).is_some_and(|link| limits::STALE_CONNECTION_AGE <= now.saturating_duration_since(link.since))
    }

    /// Whether nothing was said yet about `peer` speaking something else.
    pub(crate) fn mark_incompatible(&mut self, peer: PeerName) -> bool {
        self.0.get_mut(&peer).is_some_and(|link| !std::mem::replace(&mut link.reported, true))
    }

    /// When the first connection is overdue that has not joined every topic.
    pub(crate) fn next_overdue(&self) -> Option<Instant> {
        self.0.values().filter_map(Link::overdue_at).min()
    }

    /// The connections that are overdue; each is named once.
    pub(crate) fn take_overdue(&mut self, now: Instant) -> Vec<PeerName> {
        let overdue = self.0.iter_mut().filter(|(_, link)| link.overdue_at().is_some_and(|at| at <= now));
        overdue
            .map(|(name, link)| {
                link.since = now;
                *name
            })
            .collect()
    }
}

impl Link {
    fn is_joined(&self) -> bool {
        self.topics.len() == Topic::ALL.len()
    }

    fn overdue_at(&self) -> Option<Instant> {
        if self.is_joined() { None } else { self.since.checked_add(limits::JOIN_TIME) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Identity;

    fn peers(seeds: &[u8]) -> Vec<Peer> {
        let name = |seed: &u8| Identity::from_secret([*seed; 32]).unwrap().peer_name();
        seeds.iter().map(|seed| Peer { name: name(seed), address: None }).collect()
    }

    #[tokio::test]
    async fn an_author_uses_up_its_own_share_only() {
        let now = Instant::now();
        let set = peers(&[1, 2, 3]);
        let mut members = Members::new(set[0].name);
        members.keep(&set, now);
        let burst = usize::try_from(Budget::of(Topic::Records).received_burst_bytes).unwrap();
        let share = members.share(set[1].name, Topic::Records).unwrap();
        assert!(share.rate.take(now, burst));
        assert!(!share.rate.take(now, 1));
        // Neither its votes nor another's records suffer.
        assert!(members.share(set[1].name, Topic::Agreement).unwrap().rate.take(now, burst));
        assert!(members.share(set[2].name, Topic::Records).unwrap().rate.take(now, burst));
        assert!(members.share(set[0].name, Topic::Records).is_none(), "a node is no author to itself");
    }

    #[tokio::test]
    async fn who_stays_in_the_set_stays_cut_off() {
        let now = Instant::now();
        let set = peers(&[1, 2, 3]);
        let mut members = Members::new(set[0].name);
        assert_eq!(members.keep(&set, now).joined.len(), 2);
        assert!(members.cut(set[1].name, now) && !members.cut(set[1].name, now));
        let change = members.keep(&set[..2], now);
        assert_eq!((change.joined, change.left), (vec![], vec![set[2].name]));
        let back = now + limits::CUT_TIME;
        assert_eq!(members.next_return(), Some(back));
        assert_eq!(members.take_returned(now), []);
        assert_eq!(members.take_returned(back), [set[1].name]);
        assert_eq!(members.cut_until(set[1].name), None);
    }
}
