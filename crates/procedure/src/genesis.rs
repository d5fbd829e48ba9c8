//! The state that the genesis line begins with.

use std::collections::{BTreeMap, BTreeSet};

use plenary_core::{genesis::Genesis, record::Name, subject::Subject};

use crate::{
    key::Keys,
    organization::{Category, Organization},
    state::SubjectState,
    text::Text,
    validators::Validators,
};

/// The subjects that exist before the first record: the authorities and the validators.
///
/// An authority that is named twice has both roles, and both keys if they differ.
pub fn genesis_states(genesis: &Genesis) -> Vec<(Subject, SubjectState)> {
    let mut organizations: BTreeMap<&Name, Organization> = BTreeMap::new();
    for authority in &genesis.authorities {
        let organization = organizations.entry(&authority.who).or_insert_with(|| Organization {
            title: None,
            country: None,
            category: Category::Itu,
            registered: Text(genesis.time),
            keys: Keys::default(),
            standing: BTreeSet::new(),
            related: BTreeSet::new(),
            nodes: BTreeMap::new(),
        });
        organization.standing.insert(Text(authority.role.clone()));
        // False if the key is there already, under the other role.
        let _is_new = organization.keys.add(&authority.key, genesis.time);
    }
    let validators = SubjectState::Validators(Box::new(Validators::founded(genesis)));
    let named = organizations.into_iter().filter_map(|(who, organization)| {
        let subject = Subject::parse(&format!("organization/{who}"))?;
        Some((subject, SubjectState::Organization(organization)))
    });
    named.chain(Validators::subject().map(|subject| (subject, validators))).collect()
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;
    use plenary_core::{
        genesis::{Authority, Clock},
        hash::Digest,
        signature::MemberKey,
        time::Moment,
    };

    use super::*;

    #[test]
    fn an_authority_named_twice_has_both_roles() {
        let secret = |seed: &[u8]| SigningKey::from_bytes(Digest::of(seed).as_bytes());
        let authority = |role: &str, key: &[u8]| Authority {
            who: Name::parse("itu").unwrap(),
            role: Name::parse(role).unwrap(),
            key: MemberKey::of(&secret(key)),
        };
        let genesis = Genesis {
            authorities: vec![authority("parent", b"1"), authority("secretariat", b"1"), authority("parent", b"2")],
            clock: Clock::Replay,
            grace_s: 600,
            heartbeat_s: 600,
            notice: None,
            origin: "ledger.example".into(),
            policy: String::new(),
            time: Moment::default(),
            validators: vec![],
        };
        let states = genesis_states(&genesis);
        let names: Vec<&str> = states.iter().map(|(subject, _)| subject.as_str()).collect();
        assert_eq!(names, ["organization/itu", "validators"]);
        let SubjectState::Organization(organization) = &states[0].1 else { panic!("no organisation") };
        assert_eq!((organization.standing.len(), organization.keys.periods().len()), (2, 2));
        assert_eq!(SubjectState::decode(&states[0].1.encode().unwrap()).as_ref(), Ok(&states[0].1));
    }
}
