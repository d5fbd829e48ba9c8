//! A change of affiliation, which puts the roles of who changes up for re-evaluation.

use plenary_core::{entry::Finding, record::Name, time::Date};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop, words},
    organization::{Category, Organization},
    record_type::Capacity,
    refusal::Refusal,
    role, rules,
    text::{Pid, Text},
};

/// Body of `affiliation.change`: the signer belongs elsewhere now.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AffiliationChange {
    /// The new organisation; none if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<Text<Name>>,
    /// What the person is to ITU now.
    pub category: Category,
    /// Since which day, in the group's zone, as the person states it.
    pub since: Text<Date>,
}

/// Rule R15. Who spoke for the old organisation speaks for it no more.
pub(crate) fn change(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: AffiliationChange = act.body()?;
    let Some(pid) = act.signed_as(Capacity::Participant).and_then(|holder| Pid::parse(holder.who.as_str())) else {
        let needed = Capacity::Participant;
        return Err(Refusal::SignerMissing { record_type: act.record_type(), needed }.into());
    };
    let mut participant = act.participant(&pid)?;
    if participant.organization == body.organization && participant.category == body.category {
        return Err(Refusal::Field { field: "organization", problem: "and category are those recorded" }.into());
    }
    if act.date(act.time())? < body.since.0 {
        return Err(Refusal::Field { field: "since", problem: "lies after ledger time; record it on that day" }.into());
    }
    if let Some(organization) = &body.organization {
        let subject = act.organization_subject(&organization.0)?;
        act.require::<Organization>(&subject)?;
    }
    let confirmed_by = confirmed_by(act, body.organization.as_ref())?;
    let from = participant.organization.filter(|from| body.organization.as_ref() != Some(from));
    let spoke_for = match &from {
        Some(from) => role::end_holding(act, &pid, &format!("role/delegate/{from}"))?,
        None => false,
    };
    let roles = role::held_by(act, &pid)?;
    let result = if roles.is_empty() { Finding::Met } else { Finding::Broken };
    let or_none = |name: Option<&Text<Name>>| name.map_or_else(|| "none".to_owned(), ToString::to_string);
    act.find(
        &rules::R15,
        result,
        [
            ("to_re_evaluate", words(roles).into()),
            ("to", or_none(body.organization.as_ref()).into()),
            ("since", body.since.to_string().into()),
            ("confirmed_by", confirmed_by.into()),
        ],
    );
    if let (true, Some(from)) = (spoke_for, &from) {
        act.add_fact("ended", format!("delegate/{from}").into());
    }
    participant.organization = body.organization;
    participant.category = body.category;
    let subject = act.participant_subject(&pid)?;
    act.put(subject, participant);
    Ok(())
}

/// Who confirms what the holder states: the new organisation, the secretariat, or nobody.
fn confirmed_by(act: &Act<'_>, organization: Option<&Text<Name>>) -> Result<String, Refusal> {
    if let Some(signatory) = act.signed_as(Capacity::Organization) {
        let is_new = organization.is_some_and(|organization| organization.0 == signatory.who);
        return if is_new {
            Ok(signatory.who.to_string())
        } else {
            Err(Refusal::NotYours { who: signatory.who.clone() })
        };
    }
    Ok(act.signed_as(Capacity::Secretariat).map_or_else(|| "nobody".to_owned(), |signatory| signatory.who.to_string()))
}
