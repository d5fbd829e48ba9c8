//! The acts of the exploration's cast: what somebody might do next, whether or not it is allowed.

use plenary_core::{hash::Digest, time::Moment};
use plenary_procedure::document::manifest;

use crate::{minutes::Minutes, rows::document, world::World};

/// The act of letting time pass.
pub(crate) const WAIT: &str = "wait";

/// How long that is: a call of 28 days is over after it.
const WAIT_MS: u64 = 29 * DAY_MS;

const DAY_MS: u64 = 24 * 3_600_000;

/// Texts of a deliverable: the old one and the new one.
pub(crate) const TEXTS: [&str; 2] = ["text-1", "text-2"];

/// The world after a while, up to half a year.
pub(crate) fn later(world: &World) -> Option<World> {
    let mut later = world.clone();
    later.time = later.time.plus_ms(WAIT_MS);
    (later.time < Moment::parse("2018-08-01T00:00:00Z").unwrap()).then_some(later)
}

/// The text that has this manifest.
pub(crate) fn text_of(wanted: &str) -> &'static str {
    let has = |text: &&&str| manifest(&[document(text)]) == Digest::parse(wanted).unwrap();
    TEXTS.iter().find(has).copied().unwrap_or("another")
}

/// Every act on these deliverables in this world, as rows.
pub(crate) fn possible(world: &World, labels: &[&str]) -> Vec<String> {
    let (minutes, closes) = (&world.minutes, world.time.plus_ms(28 * DAY_MS));
    let mut acts = vec!["ruleset tsag edition=2018 supersedes=id:ruleset parameters.call_days=14".to_owned()];
    for label in labels {
        of_text(&mut acts, minutes, label, closes);
        if let Some(call) = minutes.latest.get(*label) {
            of_call(&mut acts, minutes, call, closes);
        }
    }
    for (number, note) in &minutes.objections {
        let by = if note.by == crate::rows::who("anna") { "anna" } else { "ben" };
        acts.push(format!("objection.respond editor objection={number}"));
        acts.push(format!("objection.withdraw {by} objection={number}"));
        for disposition in ["resolved-by-change", "invalid", "rejected", "outweighed", "upheld"] {
            acts.push(format!("objection.dispose chair objection={number} disposition={disposition}"));
        }
        acts.push(format!("objection.dispose vice objection={number} disposition=rejected"));
    }
    for number in minutes.challenges.keys() {
        for result in ["confirmed", "upheld"] {
            acts.push(format!("challenge.answer chair challenge={number} result={result}"));
        }
    }
    acts.push(format!("transmit chair+tsb deliverables=list:{} parent_starts=2018-12-10", labels.join(",")));
    let mut rows: Vec<String> = acts.into_iter().map(|act| format!("{} {act}", world.time)).collect();
    rows.push(WAIT.to_owned());
    rows
}

fn of_text(acts: &mut Vec<String>, minutes: &Minutes, label: &str, closes: Moment) {
    let (version, current) =
        minutes.texts.get(label).map_or((0, TEXTS[0]), |(version, text)| (*version, text_of(text)));
    for text in TEXTS {
        let next = version + 1;
        acts.push(format!("baseline.publish editor deliverable={label} version={next} documents=docs:{text}"));
    }
    acts.push(format!("call.open chair deliverable={label} manifest=manifest:{current} closes={closes}"));
    acts.push(format!("deliverable.reopen chair deliverable={label} information=doc:{label}v{version}"));
    acts.push(format!("coi.declare chair deliverable={label}"));
    acts.push(format!("transmit chair+tsb deliverables=list:{label} parent_starts=2018-12-10"));
    for outcome in ["noted", "returned"] {
        acts.push(format!("parent.dispose tsag deliverable={label} outcome={outcome}"));
    }
}

fn of_call(acts: &mut Vec<String>, minutes: &Minutes, call: &str, closes: Moment) {
    let note = &minutes.calls[call];
    let (text, more) = (text_of(&note.manifest), note.closes.plus_ms(28 * DAY_MS));
    acts.extend([
        format!("position anna call={call}"),
        format!("position ben call={call} value=reservation text=doc:reservation"),
        format!("ipr.call chair call={call}"),
        format!("objection.raise anna call={call}"),
        format!("objection.raise ben call={call}"),
        format!("call.extend chair call={call} closes={more}"),
        format!("call.suspend chair call={call}"),
        format!("call.resume chair call={call} closes={closes}"),
        format!("call.void chair+tsb call={call}"),
        format!("call.close tsb call={call}"),
        format!("determination.challenge anna call={call}"),
    ]);
    for (signers, result) in [("chair+tsb", "approved"), ("vice+tsb", "approved"), ("chair+tsb", "not-approved")] {
        acts.push(format!(
            "determine {signers} call={call} manifest=manifest:{text} result={result} reservations=doc:annex"
        ));
    }
}
