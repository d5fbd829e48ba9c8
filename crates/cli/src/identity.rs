//! Who signs: the holder of a key, as the ledger knows it.

use plenary_core::{
    record::{Name, Signer},
    signature::MemberKey,
};
use plenary_procedure::record_type::{Capacity, RecordType};
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
/// keys, records of enrolment those of participants.
pub fn signer(session: &Session<'_>, key: &KeyFile, usual: Capacity) -> Result<Signer, Problem> {
    let capacity = session.settings.role.unwrap_or(usual);
    let who = match &session.settings.who {
        Some(who) => who.clone(),
        None => holder(session, capacity, key.public())?,
    };
    as_signer(capacity, who)
}

/// A signer in a role.
pub fn as_signer(capacity: Capacity, who: Name) -> Result<Signer, Problem> {
    let role = Name::parse(capacity.as_str()).ok_or(Problem::Defect("a role's word is no name"))?;
    Ok(Signer { role, who })
}

/// The secretariat that the genesis line names, as a signer; the group has one.
pub fn secretariat(session: &Session<'_>) -> Result<Signer, Problem> {
    let named = session.authorities(Capacity::Secretariat.as_str())?;
    let who = named.into_iter().next().ok_or_else(|| Problem::NotFound {
        what: "the genesis line names no secretariat".to_owned(),
        remedy: "ask the parent group which organisation it is".to_owned(),
    })?;
    as_signer(Capacity::Secretariat, who)
}

fn holder(session: &Session<'_>, capacity: Capacity, key: &MemberKey) -> Result<Name, Problem> {
    let found = match capacity {
        Capacity::Parent | Capacity::Secretariat => session.authority(capacity.as_str(), key)?,
        Capacity::Organization => by_record(session, RecordType::OrganizationRegister, "id", key)?,
        Capacity::Chair
        | Capacity::ActingChair
        | Capacity::ViceChair
        | Capacity::Editor
        | Capacity::Participant
        | Capacity::Delegate
        | Capacity::NewKey => by_record(session, RecordType::ParticipantEnroll, "pid", key)?,
    };
    let found = match found {
        Some(who) => Some(who),
        None => by_record(session, RecordType::KeyRotate, "who", key)?,
    };
    match found {
        Some(who) => Ok(who),
        None => {
            let (group, fingerprint) = (session.group()?.to_string(), key.fingerprint());
            Err(KeyProblem::UnknownHolder { group, fingerprint }.into())
        }
    }
}

/// Looks for a record of `record_type` that puts the key in force, the latest first.
fn by_record(
    session: &Session<'_>,
    record_type: RecordType,
    field: &str,
    key: &MemberKey,
) -> Result<Option<Name>, Problem> {
    let lines = if record_type == RecordType::ParticipantEnroll {
        history::chain(session, &session.subject("roster")?)?
    } else {
        history::of_any_group(session, record_type)?
    };
    let key = key.to_string();
    for line in lines.iter().rev().filter(|line| line.record_type == record_type.as_str()) {
        let body = history::full(session, line.id.0)?.body;
        if body.get("key").and_then(Value::as_str) == Some(key.as_str()) {
            return Ok(body.get(field).and_then(Value::as_str).and_then(Name::parse));
        }
    }
    Ok(None)
}
