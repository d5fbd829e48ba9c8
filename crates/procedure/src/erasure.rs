//! Erasure of identities: who asked, who must erase, and who has.
//!
//! Values and salts are never on the ledger. A request names a pid and classes;
//! the nodes that hold the vault destroy what they have, and the organisation
//! that runs each of them signs that it did. That is its word, and no proof.

use std::collections::BTreeSet;

use plenary_core::{entry::Finding, hash::Digest, record::Name, time::Moment};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Signatory, Stop, words},
    organization::Organization,
    participant::{self, IdentityField, Participant},
    record_type::Capacity,
    refusal::Refusal,
    rules,
    text::{Pid, Text},
};

/// Body of `erasure.request`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ErasureRequest {
    /// Whose identity.
    pub participant: Text<Pid>,
    /// How much of it.
    pub scope: ErasureScope,
    /// On what ground.
    pub ground: ErasureGround,
    /// Whose nodes hold the vault: the group's secretariat and its parent, which
    /// are always among them, and others with a standing role on this ledger.
    /// Left out, it is those two.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holders: Vec<Text<Name>>,
}

/// Body of `erasure.acknowledge`: the operator of a node signs that it erased; `at` of the record says when.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ErasureAcknowledge {
    /// Whose identity.
    pub participant: Text<Pid>,
    /// The record that asked for it.
    pub request: Text<Digest>,
    /// The node, by the name that its operator gives it.
    pub node: Text<Name>,
    /// What was destroyed there; nothing if that node held none of it.
    pub destroyed: Vec<Destroyed>,
}

/// How much of an identity is erased.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErasureScope {
    /// Everything.
    All,
    /// Everything but the name, which may have to stay where somebody held a public role.
    AllButName,
}

/// On what ground an identity is erased.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErasureGround {
    /// It is needed no more.
    Unneeded,
    /// The person takes back a consent.
    ConsentWithdrawn,
    /// The person does not want it kept, and nothing outweighs that.
    PersonObjects,
    /// It was kept against the law.
    Unlawful,
    /// A law demands it.
    LegalDuty,
}

/// What a node destroyed.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Destroyed {
    /// The values.
    Values,
    /// The salts, without which no commitment opens.
    Salts,
    /// The key under which they were kept, and with it every copy in a backup.
    Key,
    /// Lists and files that held them.
    Exports,
}

/// What was asked to be erased of one participant, and who has erased it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Erasure {
    /// The last request.
    pub request: Text<Digest>,
    /// Its ledger time.
    pub requested: Text<Moment>,
    /// The fields that were ever erased.
    pub fields: BTreeSet<IdentityField>,
    /// The organisations that must erase.
    pub holders: BTreeSet<Text<Name>>,
    /// Who has, since the last request, in the order of the records.
    pub acknowledged: Vec<Acknowledgement>,
}

/// That one node erased.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Acknowledgement {
    /// The organisation that runs the node, and signed.
    pub by: Text<Name>,
    /// The node.
    pub node: Text<Name>,
    /// When it erased, as it says.
    pub at: Text<Moment>,
    /// What it destroyed.
    pub destroyed: BTreeSet<Destroyed>,
}

impl ErasureScope {
    /// The fields that it covers.
    pub const fn fields(self) -> &'static [IdentityField] {
        match self {
            Self::All => &IdentityField::ALL,
            Self::AllButName => &[IdentityField::Title, IdentityField::Email, IdentityField::Affiliation],
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::AllButName => "all-but-name",
        }
    }
}

impl ErasureGround {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Unneeded => "unneeded",
            Self::ConsentWithdrawn => "consent-withdrawn",
            Self::PersonObjects => "person-objects",
            Self::Unlawful => "unlawful",
            Self::LegalDuty => "legal-duty",
        }
    }
}

impl Destroyed {
    /// Everything that can be destroyed.
    pub const ALL: [Self; 4] = [Self::Values, Self::Salts, Self::Key, Self::Exports];

    /// Reads the word in a record.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.as_str() == text)
    }

    /// The word in a record.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Values => "values",
            Self::Salts => "salts",
            Self::Key => "key",
            Self::Exports => "exports",
        }
    }
}

impl Erasure {
    /// The most organisations that hold a vault.
    pub const HOLDERS_MAX: usize = 32;

    /// The most nodes that acknowledge one request.
    pub const NODES_MAX: usize = 128;

    /// The organisations of which no node has acknowledged yet.
    pub fn waiting_for(&self) -> impl Iterator<Item = &Text<Name>> {
        self.holders.iter().filter(|holder| self.acknowledged.iter().all(|one| one.by != **holder))
    }

    /// Those organisations, as a fact of a finding.
    fn waiting_list(&self) -> String {
        words(self.waiting_for().map(ToString::to_string))
    }
}

/// Refuses each of `fields` that was erased: it does not come back.
pub(crate) fn check_fields<'a>(
    act: &mut Act<'_>,
    pid: &Pid,
    fields: impl IntoIterator<Item = &'a IdentityField>,
) -> Result<(), Stop> {
    let subject = act.subject(&format!("participant/{pid}/erasure"))?;
    let Some(erasure) = act.load::<Erasure>(&subject)? else {
        return Ok(());
    };
    match fields.into_iter().find(|field| erasure.fields.contains(field)) {
        None => Ok(()),
        Some(field) => {
            let (who, request) = (pid.as_name().clone(), erasure.request.0);
            Err(Refusal::Erased { who, field: field.as_str(), request }.into())
        }
    }
}

/// Rule R27. A wider request takes the place of a narrower one.
pub(crate) fn request(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: ErasureRequest = act.body()?;
    let pid = &body.participant.0;
    let participant_subject = act.participant_subject(pid)?;
    let mut participant = act.require::<Participant>(&participant_subject)?;
    check_requester(act, pid, &participant)?;
    let subject = act.subject(&format!("participant/{pid}/erasure"))?;
    let known = act.load::<Erasure>(&subject)?;
    let mut fields = known.map(|known| known.fields).unwrap_or_default();
    let before = fields.len();
    fields.extend(body.scope.fields());
    if before == fields.len() {
        return Err(Refusal::AlreadyRecorded(subject).into());
    }
    let holders = holders(act, &body.holders)?;
    participant.commitments.retain(|field, _| !fields.contains(field));
    let erasure =
        Erasure { request: Text(act.id()), requested: Text(act.time()), fields, holders, acknowledged: Vec::new() };
    act.find(
        &rules::R27,
        Finding::Noted,
        [
            ("scope", body.scope.as_str().into()),
            ("ground", body.ground.as_str().into()),
            ("erased", participant::list(&erasure.fields).into()),
            ("waiting_for", erasure.waiting_list().into()),
        ],
    );
    act.put(participant_subject, participant);
    act.put(subject, erasure);
    Ok(())
}

/// The person, also under the enrolment that this one was merged into, or the privacy officer.
fn check_requester(act: &Act<'_>, pid: &Pid, participant: &Participant) -> Result<(), Refusal> {
    let Some(person) = act.signed_as(Capacity::Participant) else {
        return Ok(());
    };
    let is_merged = participant.merged_into.as_ref().is_some_and(|into| *into.0.as_name() == person.who);
    if person.who == *pid.as_name() || is_merged {
        return Ok(());
    }
    Err(Refusal::NotYours { who: person.who.clone() })
}

/// The organisations that must erase, each of which has a standing role on this ledger.
fn holders(act: &mut Act<'_>, stated: &[Text<Name>]) -> Result<BTreeSet<Text<Name>>, Stop> {
    let group = act.group()?;
    let own = BTreeSet::from([group.secretariat.clone(), group.parent.clone()]);
    if stated.is_empty() {
        return Ok(own);
    }
    let holders: BTreeSet<_> = stated.iter().cloned().collect();
    if holders.len() != stated.len() || Erasure::HOLDERS_MAX < holders.len() {
        return Err(Refusal::List { field: "holders" }.into());
    }
    if !own.is_subset(&holders) {
        return Err(Refusal::Field { field: "holders", problem: "lacks the group's secretariat or its parent" }.into());
    }
    for holder in &holders {
        let subject = act.organization_subject(&holder.0)?;
        if act.require::<Organization>(&subject)?.standing.is_empty() {
            let problem = "names an organisation without a standing role, which holds no vault";
            return Err(Refusal::Field { field: "holders", problem }.into());
        }
    }
    Ok(holders)
}

/// A node that signs speaks for itself alone.
fn check_node(act: &mut Act<'_>, actor: &Signatory, named: &Name) -> Result<(), Stop> {
    let subject = act.organization_subject(&actor.who)?;
    let organization = act.require::<Organization>(&subject)?;
    match organization.node_of(&actor.key) {
        Some(node) if node != named => {
            Err(Refusal::Field { field: "node", problem: "is another one than the node whose key signs" }.into())
        }
        Some(_) | None => Ok(()),
    }
}

/// Rule R27: each organisation answers for its own nodes.
pub(crate) fn acknowledge(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: ErasureAcknowledge = act.body()?;
    let subject = act.subject(&format!("participant/{}/erasure", body.participant))?;
    let mut erasure = act.require::<Erasure>(&subject)?;
    let actor = act.actor()?;
    check_node(act, &actor, &body.node.0)?;
    let (by, at) = (Text(actor.who), act.record().at);
    if erasure.request != body.request {
        return Err(Refusal::Field { field: "request", problem: "is not the last request for that person" }.into());
    }
    if !erasure.holders.contains(&by) {
        return Err(Refusal::NotYours { who: by.0 }.into());
    }
    if at < erasure.requested.0 {
        return Err(Refusal::Order { earlier: "the request", later: "at" }.into());
    }
    let participant = act.participant_subject(&body.participant.0)?;
    act.join(participant)?;
    if erasure.acknowledged.iter().any(|one| one.by == by && one.node == body.node) {
        return Err(Refusal::AlreadyRecorded(subject).into());
    }
    if Erasure::NODES_MAX <= erasure.acknowledged.len() {
        return Err(Refusal::Full(subject).into());
    }
    let destroyed: BTreeSet<_> = body.destroyed.iter().copied().collect();
    if destroyed.len() != body.destroyed.len() {
        return Err(Refusal::List { field: "destroyed" }.into());
    }
    let words = words(destroyed.iter().map(|destroyed| destroyed.as_str().to_owned()));
    erasure.acknowledged.push(Acknowledgement { by, node: body.node.clone(), at: Text(at), destroyed });
    act.find(
        &rules::R27,
        if erasure.waiting_for().next().is_none() { Finding::Met } else { Finding::Noted },
        [
            ("node", body.node.to_string().into()),
            ("destroyed", words.into()),
            ("waiting_for", erasure.waiting_list().into()),
        ],
    );
    act.put(subject, erasure);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_destroyed_is_read_as_it_is_written() {
        for part in Destroyed::ALL {
            assert_eq!(Destroyed::parse(part.as_str()), Some(part));
        }
        assert_eq!(Destroyed::parse("paper"), None);
    }
}
