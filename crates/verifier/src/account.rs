//! What the records of a dossier show, once it is verified.
//!
//! Every line repeats what a record or an outcome says, with its date; nothing
//! is added up, and no position weighs more than another. All dates are ledger
//! time.

use std::{collections::BTreeMap, fmt};

use plenary_core::{
    commitment::Disclosure,
    entry::{Finding, FindingLine, Seal},
    json::Object,
    subject::Subject,
    time::Moment,
};
use plenary_procedure::{
    call::Call, deliverable::Deliverable, objection::ObjectionStanding, participant::Participant, state::SubjectState,
};
use serde_json::Value;

use crate::{
    questions::{SignedEntries, SignedEntry},
    report::plain,
};

/// One thing that the records show.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fact {
    /// What it is about, such as `objection`.
    pub about: &'static str,
    /// What the records show of it, as a sentence without its stop.
    pub text: String,
}

/// What the records of a subject show.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Account {
    /// Whose records.
    pub subject: Subject,
    /// The block up to which the ledger was looked at, and its time.
    pub until: String,
    /// What they show.
    pub facts: Vec<Fact>,
}

/// Tells what the records of `subject` show up to the block that `seal` closes.
pub fn tell(
    subject: &Subject,
    seal: &Seal,
    records: &SignedEntries,
    states: &BTreeMap<Subject, SubjectState>,
    disclosures: &[Disclosure],
) -> Account {
    let chain: Vec<Deed<'_>> = records
        .iter()
        .filter(|(_, signed)| signed.outcome.subjects.contains(subject))
        .map(|(index, signed)| Deed { index: *index, signed })
        .collect();
    let mut facts = Vec::new();
    if let Some(SubjectState::Deliverable(deliverable)) = states.get(subject) {
        facts.extend(deliverable_facts(deliverable, &chain));
    }
    if let Some(SubjectState::Roster(_)) = states.get(subject) {
        facts.extend(participants(subject, states));
    }
    facts.extend(disclosures.iter().map(|disclosure| Fact {
        about: "identity",
        text: format!("{} of {}: {}", disclosure.field(), disclosure.pid(), plain(disclosure.value())),
    }));
    for deed in &chain {
        facts.push(Fact { about: "record", text: deed.told() });
        let findings = deed.signed.outcome.findings.iter();
        facts.extend(findings.filter(|line| is_remarkable(line)).map(|line| finding_fact(deed, line)));
    }
    Account { subject: subject.clone(), until: format!("block {} at {}", seal.height, seal.time), facts }
}

impl Account {
    /// Writes the account as people read it.
    pub fn write_text(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        writeln!(out, "\nWhat the records show of {}, up to {}:\n", self.subject, self.until)?;
        self.facts.iter().try_for_each(|Fact { about, text }| writeln!(out, "  {about:<15}{text}"))
    }

    /// The account as a JSON object.
    pub fn to_json(&self) -> Object {
        let facts = self.facts.iter().map(|Fact { about, text }| {
            Value::Object(Object::from_iter([
                ("about".to_owned(), (*about).into()),
                ("text".to_owned(), text.as_str().into()),
            ]))
        });
        Object::from_iter([
            ("facts".to_owned(), facts.collect()),
            ("subject".to_owned(), self.subject.as_str().into()),
            ("until".to_owned(), self.until.as_str().into()),
        ])
    }
}

/// A record of the subject's chain.
#[derive(Clone, Copy)]
struct Deed<'a> {
    index: u64,
    signed: &'a SignedEntry,
}

impl Deed<'_> {
    fn record_type(&self) -> &str {
        &self.signed.record.file().record().record_type
    }

    fn time(&self) -> Moment {
        self.signed.outcome.time
    }

    /// A text of the record's body.
    fn text(&self, field: &str) -> &str {
        let body = &self.signed.record.file().record().body;
        body.get(field).and_then(Value::as_str).unwrap_or_default()
    }

    /// A fact of the record's findings.
    fn found(&self, name: &str) -> Option<&str> {
        self.signed.outcome.findings.iter().find_map(|line| line.facts.get(name).and_then(Value::as_str))
    }

    fn number(&self) -> &str {
        self.signed.outcome.number.as_deref().unwrap_or_default()
    }

    fn signers(&self) -> String {
        let signers = self.signed.record.file().record().signers.iter();
        signers.map(|signer| format!("{} {}", signer.role, signer.who)).collect::<Vec<_>>().join(", ")
    }

    fn told(&self) -> String {
        let number = self.signed.outcome.number.as_ref().map_or(String::new(), |number| format!(" {}", plain(number)));
        let Self { index, .. } = self;
        format!("{index} {}{number} at {} by {}", plain(self.record_type()), self.time(), self.signers())
    }
}

/// Whether a finding is one that a reader should not have to look for.
const fn is_remarkable(line: &FindingLine) -> bool {
    match line.result {
        Finding::Broken | Finding::Waived => true,
        Finding::Met | Finding::Noted => false,
    }
}

fn finding_fact(deed: &Deed<'_>, line: &FindingLine) -> Fact {
    let facts = line.facts.iter().map(|(name, fact)| match fact.as_str() {
        Some(text) => format!("{name} {text}"),
        None => format!("{name} {fact}"),
    });
    let facts = facts.collect::<Vec<_>>().join(", ");
    let FindingLine { rule, clause, result, .. } = line;
    let text = format!("rule {rule} {} in entry {} ({clause}): {facts}", result.as_str(), deed.index);
    Fact { about: "finding", text: plain(&text) }
}

/// Everybody of the group whose roster it is.
fn participants(roster: &Subject, states: &BTreeMap<Subject, SubjectState>) -> Vec<Fact> {
    let group = roster.as_str().strip_suffix("roster").unwrap_or_default();
    let mut facts = Vec::new();
    for (subject, state) in states {
        let pid = subject.as_str().strip_prefix(group).and_then(|rest| rest.strip_prefix("participant/"));
        let (Some(pid), SubjectState::Participant(participant)) = (pid, state) else { continue };
        let Participant { country, category, organization, commitments, merged_into, .. } = participant;
        let of = organization.as_ref().map_or(String::new(), |organization| format!(" of {organization}"));
        let into = merged_into.as_ref().map_or(String::new(), |into| format!(", enrolled once more as {into}"));
        let fields: Vec<&str> = commitments.keys().map(|field| field.as_str()).collect();
        let identity = if fields.is_empty() { "nothing any more".to_owned() } else { fields.join(", ") };
        let category = serde_json::to_value(category).unwrap_or_default();
        let category = category.as_str().unwrap_or_default();
        let text = format!("{pid}{of}, {country}, {category}{into}; identity committed to: {identity}");
        facts.push(Fact { about: "participant", text });
    }
    facts
}

fn deliverable_facts(deliverable: &Deliverable, chain: &[Deed<'_>]) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut fact = |about, text: String| facts.push(Fact { about, text: plain(&text) });
    let since = chain.last().map_or_else(String::new, |deed| format!(", last changed at {}", deed.time()));
    let standing = deliverable.standing.as_str();
    fact("title", format!("{}, version {}", deliverable.title, deliverable.version));
    fact("standing", format!("{standing}{since}"));
    for deed in chain.iter().filter(|deed| deed.record_type() == "call.open") {
        let is_latest = deliverable.call.as_ref().filter(|call| call.number.to_string() == deed.number());
        fact("call", call_told(deed, is_latest, chain));
    }
    for deed in chain.iter().filter(|deed| deed.record_type() == "position") {
        let mut text = format!("{} in {} by {}", deed.text("value"), deed.text("call"), deed.signers());
        text.extend(deed.found("organization").map(|it| format!(", of {it}")));
        text.extend(deed.found("taken_as").map(|it| format!(", taken as {it}")));
        fact("position", format!("{text}, at {}", deed.time()));
    }
    for objection in &deliverable.objections {
        let number = objection.number.to_string();
        let raised = chain.iter().find(|deed| deed.record_type() == "objection.raise" && deed.number() == number);
        let end = match objection.standing {
            ObjectionStanding::Raised => "open".to_owned(),
            ObjectionStanding::Withdrawn => format!("withdrawn{}", ended(chain, "objection.withdraw", &number)),
            ObjectionStanding::Disposed(disposition) => {
                format!("disposed of as {}{}", disposition.as_str(), ended(chain, "objection.dispose", &number))
            }
        };
        let clause = raised.map(|deed| deed.text("clause")).unwrap_or_default();
        let by = raised.map_or_else(String::new, |deed| format!("by {} at {}", deed.signers(), deed.time()));
        let answered = match objection.responses {
            0 => "not answered".to_owned(),
            1 => "answered once".to_owned(),
            times => format!("answered {times} times"),
        };
        fact("objection", format!("{number} against clause {clause} {by}, {answered}: {end}"));
    }
    for deed in chain.iter().filter(|deed| deed.record_type() == "determine") {
        let (result, level, call) = (deed.text("result"), deed.text("level"), deed.text("call"));
        fact(
            "determination",
            format!("{result} by {level} in {call} at {}, signed by {}", deed.time(), deed.signers()),
        );
    }
    facts
}

/// A call: from when to when it ran, and how it ended.
fn call_told(opened: &Deed<'_>, latest: Option<&Call>, chain: &[Deed<'_>]) -> String {
    let closes = latest.map_or_else(|| opened.text("closes").to_owned(), |call| call.closes.to_string());
    let number = opened.number();
    let ends = ["call.close", "call.void"];
    let end = chain.iter().find(|deed| ends.contains(&deed.record_type()) && deed.text("call") == number);
    let end = end.map_or_else(String::new, |deed| format!(", {} at {}", deed.record_type(), deed.time()));
    format!("{number} on {} from {} until {closes}{end}", opened.text("manifest"), opened.time())
}

fn ended(chain: &[Deed<'_>], record_type: &str, objection: &str) -> String {
    let mut deeds = chain.iter().filter(|deed| deed.record_type() == record_type);
    let end = deeds.find(|deed| deed.text("objection") == objection);
    end.map_or_else(String::new, |deed| format!(" by {} at {}", deed.signers(), deed.time()))
}
