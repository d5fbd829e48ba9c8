//! Who signs: the holder of a key, as the ledger knows it.

use plenary_core::{
    record::{Name, Signer},
    signature::MemberKey,
};
use plenary_procedure::record_type::{Capacity, RecordType};
use plenary_rpc::{client::ClientError, group_answer::Participant};
use serde_json::Value;

use crate::{
    history,
    keyfile::KeyFile,
    problem::{KeyProblem, Problem},
    session::Session,
};

/// The signer of a record: in the role that was named or else in `usual`.
///
/// Who that is follows from the key: the genesis line names the authorities'
/// keys, and the group's list those of participants.
pub fn signer(session: &Session<'_>, key: &KeyFile, usual: Capacity) -> Result<Signer, Problem> {
    let capacity = session.settings.role.unwrap_or(usual);
    let who = match &session.settings.who {
        Some(who) => who.clone(),
        None => find(session, capacity, key.public())?.ok_or_else(|| unknown(session, key.public()))?,
    };
    as_signer(capacity, who)
}

/// A signer in a role.
pub fn as_signer(capacity: Capacity, who: Name) -> Result<Signer, Problem> {
    let role = Name::parse(capacity.as_str()).ok_or(Problem::Defect("a role's word is no name"))?;
    Ok(Signer { role, who })
}

/// The group's secretariat as a signer.
pub fn secretariat(session: &Session<'_>) -> Result<Signer, Problem> {
    let named = authorities(session, Capacity::Secretariat, Some(session.group()?))?;
    let who = named.into_iter().next().ok_or_else(|| Problem::NotFound {
        what: "the genesis line names no secretariat".to_owned(),
        remedy: "ask the parent group which organisation it is".to_owned(),
    })?;
    as_signer(Capacity::Secretariat, who)
}

/// The secretariat or the parent of a group, or those that the genesis line names.
pub fn authorities(session: &Session<'_>, capacity: Capacity, group: Option<&Name>) -> Result<Vec<Name>, Problem> {
    let founded = match group {
        Some(group) => session.remote.ask(async |client| client.group(Some(group)).await),
        None => return session.authorities(capacity.as_str()),
    };
    match founded {
        Ok(group) if capacity == Capacity::Parent => Ok(Name::parse(&group.parent).into_iter().collect()),
        Ok(group) => Ok(Name::parse(&group.secretariat).into_iter().collect()),
        // The group is only to be founded.
        Err(Problem::Node(ClientError::Refused { data, .. })) if data.reason == "no_such_group" => {
            session.authorities(capacity.as_str())
        }
        Err(problem) => Err(problem),
    }
}

/// The organisation that a participant belongs to.
pub fn organization_of(session: &Session<'_>, who: &Name) -> Result<Vec<Name>, Problem> {
    let id = session.id(who.as_str())?;
    let participant = session.remote.ask(async |client| client.noun::<Participant>(&id).await)?;
    Ok(participant.organization.as_deref().and_then(Name::parse).into_iter().collect())
}

/// The problem that nobody is known to hold a key.
pub fn unknown(session: &Session<'_>, key: &MemberKey) -> Problem {
    let group = session.group().map_or_else(|_| "the ledger".to_owned(), ToString::to_string);
    KeyProblem::UnknownHolder { group, fingerprint: key.fingerprint() }.into()
}

/// Who holds the key, as somebody in this role would be named; whether they are in office is not asked.
pub fn find(session: &Session<'_>, capacity: Capacity, key: &MemberKey) -> Result<Option<Name>, Problem> {
    match capacity {
        Capacity::Parent | Capacity::Secretariat => match session.authority(capacity.as_str(), key)? {
            Some(who) => Ok(Some(who)),
            None => by_record(session, RecordType::KeyRotate, "who", key),
        },
        Capacity::NewParent => session.authority(Capacity::Parent.as_str(), key),
        Capacity::Organization => match by_record(session, RecordType::OrganizationRegister, "id", key)? {
            Some(who) => Ok(Some(who)),
            None => by_record(session, RecordType::KeyRotate, "who", key),
        },
        Capacity::Operator => operator(session, key),
        // A node signs so by itself.
        Capacity::Validator => Ok(None),
        Capacity::Chair
        | Capacity::ActingChair
        | Capacity::ViceChair
        | Capacity::WorkingGroupLead
        | Capacity::Editor
        | Capacity::Participant
        | Capacity::Delegate
        | Capacity::PrivacyOfficer
        | Capacity::NewKey => participant(session, key),
    }
}

/// The organisation whose key this is, an authority of the genesis line or another.
fn operator(session: &Session<'_>, key: &MemberKey) -> Result<Option<Name>, Problem> {
    for standing in [Capacity::Parent, Capacity::Secretariat] {
        if let Some(who) = session.authority(standing.as_str(), key)? {
            return Ok(Some(who));
        }
    }
    find(session, Capacity::Organization, key)
}

/// The participant whose key this is, and who has not lost it.
fn participant(session: &Session<'_>, key: &MemberKey) -> Result<Option<Name>, Problem> {
    let group = session.group()?;
    let page = history::all(session, async |client, part| client.nouns::<Participant>(Some(group), part).await)?;
    let key = key.to_string();
    let holds =
        |participant: &&Participant| participant.keys.iter().any(|line| line.key == key && line.until.is_none());
    Ok(page.items.iter().find(holds).and_then(|participant| Name::parse(&participant.id)))
}

/// Looks for a record of `record_type` that puts the key in force, the latest first.
fn by_record(
    session: &Session<'_>,
    record_type: RecordType,
    field: &str,
    key: &MemberKey,
) -> Result<Option<Name>, Problem> {
    let key = key.to_string();
    for line in history::of_type(session, record_type)?.iter().rev() {
        let body = history::full(session, line.id.0)?.body;
        if body.get("key").and_then(Value::as_str) == Some(key.as_str()) {
            return Ok(body.get(field).and_then(Value::as_str).and_then(Name::parse));
        }
    }
    Ok(None)
}
