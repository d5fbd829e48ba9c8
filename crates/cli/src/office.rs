//! Who signs a record: by its type, by the key, and by who is in office.

use plenary_core::{
    json::Object,
    record::{Name, Signer},
    time::Moment,
};
use plenary_procedure::{
    deliverable::WorkItemAdopt,
    participant::ParticipantMerge,
    record_type::{Capacity, RecordType, Signing},
    role::{RoleAct, RoleAppoint, RoleEnd, RoleName},
    ruleset::ChairSigning,
    text::{Pid, Text},
};
use plenary_rpc::answer::Record;
use serde_json::Value;

use crate::{
    history,
    identity::{self, as_signer},
    keyfile::KeyFile,
    problem::{KeyProblem, Problem},
    session::Session,
    settings::{capacity, spelled},
};

/// A record that is to be signed.
#[derive(Debug)]
pub struct Asked<'a> {
    /// Its type.
    pub record_type: RecordType,
    /// The group that it names.
    pub group: Option<&'a Name>,
    /// Its body.
    pub body: &'a Object,
    /// The signers that were named beside the first.
    pub others: Vec<(Capacity, Option<Name>)>,
}

/// Reads signers as they are typed: `vice-chair`, or `vice-chair=ID`.
pub fn others(typed: &[String]) -> Result<Vec<(Capacity, Option<Name>)>, Problem> {
    let read = |text: &String| {
        let (role, who) = text.split_once('=').map_or((text.as_str(), None), |(role, who)| (role, Some(who)));
        Ok((capacity("--with", role)?, who.map(|who| spelled("--with", who)).transpose()?))
    };
    typed.iter().map(read).collect()
}

/// Who signs: the first set of the type's signers that the holder of `key` can begin.
///
/// Without a key nobody signs yet, and the first signer is found as the others are.
pub fn signers(asked: &Asked<'_>, key: Option<&KeyFile>, session: &Session<'_>) -> Result<Vec<Signer>, Problem> {
    let sets = sets(asked, session)?;
    let mut is_known = false;
    for set in &sets {
        let Some(needed) = set.first().copied() else { continue };
        let first = match (&session.settings.who, key) {
            (Some(who), _) => named(asked, needed, who, session)?,
            (None, Some(key)) => match find(asked, needed, key, session)? {
                Some(who) => {
                    is_known = true;
                    in_role(asked, needed, who, session)?
                }
                None => None,
            },
            (None, None) => Some(given_or_only(asked, needed, session)?),
        };
        if let Some(first) = first {
            return complete(asked, set, first, session);
        }
    }
    match key {
        Some(key) if session.settings.who.is_none() && !is_known => Err(identity::unknown(session, key.public())),
        Some(_) | None => Err(KeyProblem::NoOffice { record_type: asked.record_type, asked: describe(&sets) }.into()),
    }
}

/// The sets that begin with the role that was named, and hold the others that were.
fn sets(asked: &Asked<'_>, session: &Session<'_>) -> Result<Vec<Signing>, Problem> {
    let all = asked.record_type.signing();
    let begins = |set: &Signing| match (session.settings.role, set.first()) {
        (Some(role), Some(first)) => role.serves_as(*first),
        (None, Some(_)) => true,
        (_, None) => false,
    };
    let holds = |set: &Signing| asked.others.iter().all(|(role, _)| set.iter().any(|needed| role.serves_as(*needed)));
    let sets: Vec<Signing> = all.iter().copied().filter(|set| begins(set) && holds(set)).collect();
    if !sets.is_empty() {
        return Ok(sets);
    }
    Err(Problem::usage(
        format!("{} is not signed by these roles", asked.record_type),
        format!("it is signed by {}: correct --as and --with", describe(all)),
    ))
}

/// Sets in words: `participant; or chair and secretariat`.
fn describe(sets: &[Signing]) -> String {
    let set = |set: &Signing| set.iter().map(|capacity| capacity.as_str()).collect::<Vec<_>>().join(" and ");
    sets.iter().map(set).collect::<Vec<_>>().join("; or ")
}

/// The person or organisation that was named, if such a one can sign in this role.
fn named(asked: &Asked<'_>, needed: Capacity, who: &Name, session: &Session<'_>) -> Result<Option<Signer>, Problem> {
    let is_person = Pid::parse(who.as_str()).is_some();
    if needed != Capacity::NewKey && is_person != is_personal(needed) {
        return Ok(None);
    }
    let role = match session.settings.role {
        Some(role) => role,
        // Who acts as chair signs as that.
        None if needed == Capacity::Chair && in_office(asked, Capacity::ActingChair, session)?.contains(who) => {
            Capacity::ActingChair
        }
        None => needed,
    };
    Ok(Some(as_signer(role, who.clone())?))
}

/// The holder of the key, as such a role would name it.
fn find(asked: &Asked<'_>, needed: Capacity, key: &KeyFile, session: &Session<'_>) -> Result<Option<Name>, Problem> {
    // Only groups have participants.
    if is_personal(needed) && asked.group.is_none() {
        return Ok(None);
    }
    identity::find(session, needed, key.public())
}

/// Somebody as a signer in this role, if they hold it now.
fn in_role(asked: &Asked<'_>, needed: Capacity, who: Name, session: &Session<'_>) -> Result<Option<Signer>, Problem> {
    if let Some(role) = session.settings.role {
        return Ok(Some(as_signer(role, who)?));
    }
    if office(needed).is_none() {
        return Ok(Some(as_signer(needed, who)?));
    }
    let roles = if needed == Capacity::Chair { vec![Capacity::Chair, Capacity::ActingChair] } else { vec![needed] };
    for role in roles {
        let is_held = if is_scoped(role) && scope(asked, role).is_none() {
            // Which working group or organisation it is, the ledger finds.
            was_appointed(&who, role, session)?
        } else {
            in_office(asked, role, session)?.contains(&who)
        };
        if is_held {
            return Ok(Some(as_signer(role, who)?));
        }
    }
    Ok(None)
}

/// The first signer and the others of the set.
fn complete(asked: &Asked<'_>, set: Signing, first: Signer, session: &Session<'_>) -> Result<Vec<Signer>, Problem> {
    let mut signers = vec![first];
    for needed in set.iter().skip(1) {
        signers.push(given_or_only(asked, *needed, session)?);
    }
    add_operators(asked, &mut signers)?;
    add_chairs(asked, &mut signers, session)?;
    Ok(signers)
}

/// Validators are changed by as many operators as were named.
fn add_operators(asked: &Asked<'_>, signers: &mut Vec<Signer>) -> Result<(), Problem> {
    if asked.record_type != RecordType::ValidatorsChange {
        return Ok(());
    }
    for (role, who) in &asked.others {
        if let Some(who) = who.as_ref().filter(|who| signers.iter().all(|signer| signer.who != **who)) {
            signers.push(as_signer(*role, who.clone())?);
        }
    }
    Ok(())
}

/// Where co-chairs sign together, those who are missing.
fn add_chairs(asked: &Asked<'_>, signers: &mut Vec<Signer>, session: &Session<'_>) -> Result<(), Problem> {
    let is_chair = |signer: &Signer| signer.role.as_str() == Capacity::Chair.as_str();
    let Some(at) = signers.iter().rposition(is_chair) else { return Ok(()) };
    if asked.group.is_none() || history::parameters(session)?.chairs != ChairSigning::All {
        return Ok(());
    }
    let signed: Vec<Name> = signers.iter().filter(|signer| is_chair(signer)).map(|signer| signer.who.clone()).collect();
    for who in in_office(asked, Capacity::Chair, session)?.into_iter().filter(|who| !signed.contains(who)) {
        signers.insert(at.saturating_add(1), as_signer(Capacity::Chair, who)?);
    }
    Ok(())
}

/// Who was named for this role, or else the only one who can sign in it.
fn given_or_only(asked: &Asked<'_>, needed: Capacity, session: &Session<'_>) -> Result<Signer, Problem> {
    match asked.others.iter().find(|(role, _)| role.serves_as(needed)) {
        Some((role, Some(who))) => as_signer(*role, who.clone()),
        Some((role, None)) => only(asked, *role, session),
        None => only(asked, needed, session),
    }
}

/// The only one who can sign in this role.
fn only(asked: &Asked<'_>, needed: Capacity, session: &Session<'_>) -> Result<Signer, Problem> {
    if needed == Capacity::Chair
        && let [acting] = in_office(asked, Capacity::ActingChair, session)?.as_slice()
    {
        return as_signer(Capacity::ActingChair, acting.clone());
    }
    let found = candidates(asked, needed, session)?;
    match found.as_slice() {
        [who] => as_signer(needed, who.clone()),
        [] => Err(Problem::usage(
            format!("nobody is found who signs {} as {needed}", asked.record_type),
            format!("name them with --with {needed}=ID"),
        )),
        several => {
            let ids: Vec<&str> = several.iter().map(Name::as_str).collect();
            Err(Problem::usage(
                format!("several can sign {} as {needed}: {}", asked.record_type, ids.join(", ")),
                format!("name one with --with {needed}=ID"),
            ))
        }
    }
}

/// Everybody who can sign in this role.
fn candidates(asked: &Asked<'_>, needed: Capacity, session: &Session<'_>) -> Result<Vec<Name>, Problem> {
    let field = |name: &str| asked.body.get(name).and_then(Value::as_str).and_then(Name::parse);
    if needed == Capacity::Parent || needed == Capacity::Secretariat {
        return identity::authorities(session, needed, asked.group);
    }
    if office(needed).is_some() {
        let is_open = is_scoped(needed) && scope(asked, needed).is_none();
        return if is_open { Ok(Vec::new()) } else { in_office(asked, needed, session) };
    }
    if let Some(who) = NAMING.iter().filter(|(role, _)| *role == needed).find_map(|(_, name)| field(name)) {
        return Ok(vec![who]);
    }
    match field("who").filter(|_| needed == Capacity::Organization && asked.group.is_some()) {
        Some(who) => identity::organization_of(session, &who),
        None => Ok(Vec::new()),
    }
}

/// The fields of bodies that name who signs in a role.
const NAMING: [(Capacity, &str); 5] = [
    (Capacity::NewParent, "to"),
    (Capacity::NewKey, "pid"),
    (Capacity::NewKey, "who"),
    (Capacity::Participant, "participant"),
    (Capacity::Organization, "organization"),
];

/// The office of this name, if somebody is appointed to it.
fn office(capacity: Capacity) -> Option<RoleName> {
    serde_json::from_value(capacity.as_str().into()).ok()
}

fn is_personal(capacity: Capacity) -> bool {
    capacity == Capacity::Participant || office(capacity).is_some()
}

/// The fields of bodies that name what an office is for; of a number such as `D1.1-C2` the deliverable.
const SCOPES: [(Capacity, &str); 5] = [
    (Capacity::Editor, "deliverable"),
    (Capacity::Editor, "call"),
    (Capacity::Editor, "objection"),
    (Capacity::WorkingGroupLead, "working_group"),
    (Capacity::Delegate, "organization"),
];

fn is_scoped(capacity: Capacity) -> bool {
    SCOPES.iter().any(|(role, _)| *role == capacity)
}

fn scope<'a>(asked: &Asked<'a>, capacity: Capacity) -> Option<&'a str> {
    let field = |name: &str| asked.body.get(name).and_then(Value::as_str);
    let named = SCOPES.iter().filter(|(role, _)| *role == capacity).find_map(|(_, name)| field(name))?;
    if capacity == Capacity::Editor { named.split('-').next() } else { Some(named) }
}

/// Who holds the office now.
fn in_office(asked: &Asked<'_>, capacity: Capacity, session: &Session<'_>) -> Result<Vec<Name>, Problem> {
    if asked.group.is_none() || office(capacity).is_none() {
        return Ok(Vec::new());
    }
    let name = if capacity == Capacity::WorkingGroupLead { "wg-lead" } else { capacity.as_str() };
    let path = scope(asked, capacity).map_or_else(|| format!("role/{name}"), |scope| format!("role/{name}/{scope}"));
    holders(&path, session)
}

/// Who holds the office at `path` now, by its records.
pub fn holders(path: &str, session: &Session<'_>) -> Result<Vec<Name>, Problem> {
    let now = session.machine.now();
    let mut held: Vec<Name> = Vec::new();
    for record in history::all_full(session, &history::chain(session, &session.subject(path)?)?)? {
        let (named, is_held) = named_by(&record, now)?;
        held.retain(|who| !named.contains(who));
        held.extend(named.into_iter().filter(|_| is_held));
    }
    Ok(held)
}

/// Whom a record of an office's chain names, and whether they hold the office by it now.
fn named_by(record: &Record, now: Moment) -> Result<(Vec<Name>, bool), Problem> {
    let pid = |who: Text<Pid>| who.0.as_name().clone();
    Ok(match RecordType::parse(&record.line.record_type) {
        Some(RecordType::RoleAppoint) => {
            let body: RoleAppoint = history::body(record)?;
            (vec![pid(body.who)], body.from.0 <= now && body.until.is_none_or(|until| now < until.0))
        }
        Some(RecordType::RoleAct) => {
            let body: RoleAct = history::body(record)?;
            (vec![pid(body.who)], body.from.0 <= now && now < body.until.0)
        }
        Some(RecordType::WorkItemAdopt) => {
            (history::body::<WorkItemAdopt>(record)?.editors.into_iter().map(pid).collect(), true)
        }
        Some(RecordType::RoleEnd) => (vec![pid(history::body::<RoleEnd>(record)?.who)], false),
        Some(RecordType::ParticipantMerge) => (vec![pid(history::body::<ParticipantMerge>(record)?.supersedes)], false),
        // Who changes the organisation speaks for it no more.
        Some(RecordType::AffiliationChange) => {
            (record.line.signers.iter().filter_map(|signer| Name::parse(&signer.who)).collect(), false)
        }
        Some(_) | None => (Vec::new(), false),
    })
}

/// Whether somebody was ever appointed to such an office, for whatever scope.
fn was_appointed(who: &Name, capacity: Capacity, session: &Session<'_>) -> Result<bool, Problem> {
    let lines = history::chain(session, &session.subject(&format!("participant/{who}/roles"))?)?;
    let wanted = office(capacity);
    for record in history::all_full(session, &lines)? {
        let role = match RecordType::parse(&record.line.record_type) {
            Some(RecordType::RoleAppoint) => history::body::<RoleAppoint>(&record)?.role,
            Some(RecordType::WorkItemAdopt) => RoleName::Editor,
            Some(_) | None => continue,
        };
        if Some(role) == wanted {
            return Ok(true);
        }
    }
    Ok(false)
}
