//! The group before which the benchmark plays: synthetic, and as small as the procedure permits.

use std::{path::Path, time::Duration};

use ed25519_dalek::SigningKey;
use plenary_core::{
    genesis::{Clock, Genesis},
    hash::Digest,
    record::Name,
    signature::MemberKey,
    time::{Date, Moment},
};
use plenary_procedure::zone::{Deadline, Words, Zone};
use plenary_rpc::{answer::SubmissionState, client::Client};
use serde_json::{Value, json};

use super::{
    nodes::Nodes,
    supply::{self, Participant, Supply},
};
use crate::{
    problem::Problem,
    testnet::{Founding, Testnet, VALIDATORS},
};

/// The group's name.
pub const GROUP: &str = "fg-bench";

/// The meeting that contributions are for.
pub const MEETING: &str = "1";

/// Days until the meeting, so that every contribution is in time.
const DAYS_AHEAD: u32 = 60;

/// Days before the meeting at which contributions are due.
const CONTRIBUTION_DAYS: u32 = 12;

/// How long one record of the founding may take.
const PATIENCE: Duration = Duration::from_secs(9);

/// Founds the network in `home`.
pub fn found(home: &Path, now: Moment) -> Result<Testnet, Problem> {
    let founding = Founding {
        origin: "plenary.example/bench",
        notice: "A network for a measurement; all of its records are synthetic.",
        clock: Clock::Wall,
        time: now,
        validators: &VALIDATORS.map(str::to_owned),
    };
    Ok(Testnet::found(home, &founding)?)
}

/// Establishes the group, enrols everybody and announces the meeting.
pub async fn set(network: &Testnet, nodes: &Nodes, supply: &Supply, now: Moment) -> Result<(), Problem> {
    let url = nodes.urls().first().ok_or(Problem::Defect("a network has no nodes"))?;
    let clerk = Clerk { ledger: Genesis::ledger(&network.genesis()?), now, client: Client::new(url)? };
    let parent = Office { role: "parent", name: name("tsag")?, key: network.person("tsag")? };
    let secretariat = Office { role: "secretariat", name: name("tsb")?, key: network.person("tsb")? };
    let ruleset = clerk.record(&parent, "ruleset", ruleset()).await?;
    clerk.record(&parent, "group.establish", group(ruleset, now)?).await?;
    for participant in supply.participants() {
        clerk.record(&secretariat, "participant.enroll", enrolment(participant)).await?;
    }
    clerk.record(&secretariat, "meeting.announce", meeting(now)?).await?;
    Ok(())
}

/// Who signs for an organisation.
struct Office {
    role: &'static str,
    name: Name,
    key: SigningKey,
}

/// Records what the founding needs, one after the other.
struct Clerk {
    ledger: Digest,
    now: Moment,
    client: Client,
}

impl Clerk {
    async fn record(&self, office: &Office, record_type: &str, body: Value) -> Result<Digest, Problem> {
        let signer = (office.role, &office.name, &office.key);
        let (id, file) = supply::sign(self.ledger, self.now, record_type, signer, body)?;
        match self.client.submit(&file, PATIENCE).await?.state {
            SubmissionState::Final => Ok(id),
            SubmissionState::Pending | SubmissionState::Unknown | SubmissionState::Refused => {
                Err(Problem::Pending { id, later: "look at the nodes' logs".to_owned() })
            }
        }
    }
}

fn name(text: &str) -> Result<Name, Problem> {
    Name::parse(text).ok_or(Problem::Defect("an organisation has no name"))
}

fn digest(text: &str) -> String {
    Digest::of(text.as_bytes()).to_string()
}

fn ruleset() -> Value {
    json!({
        "title": "Synthetic terms of reference", "edition": "synthetic",
        "document": { "digest": digest("terms"), "bytes": 5, "media_type": "text/plain" },
        "parameters": {
            "contribution_days": CONTRIBUTION_DAYS, "notice_days": 28, "registration_days": 7, "entry_days": 3,
            "lifetime_months": 18, "call_days": 28, "recall_days": 21, "transmission_days": 28,
            "vice_chairs": "first-meeting", "language": "en", "first_meeting_by": [],
        },
    })
}

fn zone() -> Value {
    json!({ "name": "UTC", "offsets": [{ "from": "2017-01-01T00:00:00Z", "offset": "+00:00" }] })
}

fn group(ruleset: Digest, now: Moment) -> Result<Value, Problem> {
    let today = Date::at(now, 0).ok_or(Problem::Defect("today has no date"))?.to_string();
    Ok(json!({
        "title": "Synthetic group", "prefix": "BEN", "secretariat": "tsb", "ruleset": ruleset.to_string(),
        "zone": zone(), "decision": { "meeting": "Synthetic meeting", "from": today, "to": today },
    }))
}

fn enrolment(participant: &Participant) -> Value {
    json!({
        "pid": participant.pid.as_str(), "key": MemberKey::of(&participant.key).to_string(), "country": "CH",
        "category": "non-member", "commitments": {}, "privacy_notice": digest("notice"),
    })
}

fn meeting(now: Moment) -> Result<Value, Problem> {
    let none = || Problem::Defect("the meeting has no date");
    let zone_table: Zone = serde_json::from_value(zone()).map_err(|_| none())?;
    let first = Date::at(now, 0).and_then(|today| today.plus_days(DAYS_AHEAD)).ok_or_else(none)?;
    let due = first.minus_days(CONTRIBUTION_DAYS).ok_or_else(none)?;
    let due = Deadline::resolve(Words::By, due, &zone_table).ok_or_else(none)?;
    let due = serde_json::to_value(due).map_err(|_| none())?;
    let opens = first.begins(0).ok_or_else(none)?;
    Ok(json!({
        "meeting": MEETING, "kind": "electronic", "title": "Synthetic meeting",
        "starts": { "date": first.to_string(), "instant": opens.to_string() }, "ends": first.to_string(),
        "participation": "remote", "zone": zone(), "contributions": due,
    }))
}
