//! Organisations: who they are, and the keys and standing roles of some.

use std::collections::{BTreeMap, BTreeSet};

use plenary_core::{entry::Finding, record::Name, signature::MemberKey, time::Moment};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Signatory, Stop},
    key::Keys,
    record_type::{Capacity, RecordType},
    refusal::Refusal,
    rules,
    text::{Country, Text, Title},
};

/// Body of `organization.register`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct OrganizationRegister {
    /// Its id, such as `caict`; not of the form of a pid.
    pub id: Text<Name>,
    /// Its name.
    pub title: Text<Title>,
    /// Its country.
    pub country: Text<Country>,
    /// What it is to ITU (circular 5).
    pub category: Category,
    /// Its own key, if it signs itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Text<MemberKey>>,
    /// Organisations that it belongs to or that belong to it, so that their positions are seen together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<Text<Name>>,
}

/// What somebody is to ITU (circular 5).
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Category {
    /// A Member State.
    MemberState,
    /// A Sector Member.
    SectorMember,
    /// An Associate.
    Associate,
    /// An academic member.
    Academia,
    /// Somebody from a member country who is no member: participation is open to them.
    NonMember,
    /// Another standards organisation.
    StandardsBody,
    /// The parent group, the secretariat or another part of ITU.
    Itu,
}

/// The state of an organisation.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Organization {
    /// Its name; none for an authority that only the genesis line names.
    pub title: Option<Text<Title>>,
    /// Its country.
    pub country: Option<Text<Country>>,
    /// What it is to ITU.
    pub category: Category,
    /// Since when it is on record, by ledger time.
    pub registered: Text<Moment>,
    /// Its keys.
    pub keys: Keys,
    /// The roles that the genesis line gives it: `parent`, `secretariat`.
    pub standing: BTreeSet<Text<Name>>,
    /// Related organisations.
    pub related: BTreeSet<Text<Name>>,
    /// The keys of its nodes, which sign attestations alone.
    pub nodes: BTreeMap<Text<Name>, Keys>,
}

impl Organization {
    /// The most related organisations.
    pub const RELATED_MAX: usize = 32;

    /// The most nodes of one organisation that have keys.
    pub const NODES_MAX: usize = 32;

    /// The node that has, or had, this key.
    pub fn node_of(&self, key: &str) -> Option<&Name> {
        self.nodes.iter().find(|(_, keys)| keys.has(key)).map(|(node, _)| &node.0)
    }

    /// Whether this organisation may sign a record of this type so at `time`.
    pub(crate) fn check_key(
        &self,
        signatory: &Signatory,
        record_type: RecordType,
        time: Moment,
    ) -> Result<(), Refusal> {
        let Signatory { who, capacity, key } = signatory;
        match self.nodes.values().find(|keys| keys.has(key)) {
            None => self.keys.check(who, key, time),
            Some(keys) if record_type.is_attestation() && *capacity == Capacity::Organization => {
                keys.check(who, key, time)
            }
            Some(_) => Err(Refusal::NodeKey(who.clone())),
        }
    }
}

pub(crate) fn register(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: OrganizationRegister = act.body()?;
    let subject = act.organization_subject(&body.id.0)?;
    let known = act.load::<Organization>(&subject)?;
    // The genesis line names authorities without a title, which a record may add once.
    let (registered, keys, standing, nodes) = match known {
        None => (Text(act.time()), Keys::default(), BTreeSet::new(), BTreeMap::new()),
        Some(Organization { title: None, registered, keys, standing, nodes, .. }) if body.key.is_none() => {
            (registered, keys, standing, nodes)
        }
        Some(_) => return Err(Refusal::AlreadyRecorded(subject).into()),
    };
    let related: BTreeSet<_> = body.related.iter().cloned().collect();
    if related.len() != body.related.len() || Organization::RELATED_MAX < related.len() {
        return Err(Refusal::List { field: "related" }.into());
    }
    let keys = body.key.map_or(keys, |key| Keys::new(&key.0, act.time()));
    act.find(&rules::R21, Finding::Met, [("country", body.country.to_string().into())]);
    act.put(
        subject,
        Organization {
            title: Some(body.title),
            country: Some(body.country),
            category: body.category,
            registered,
            keys,
            standing,
            related,
            nodes,
        },
    );
    Ok(())
}
