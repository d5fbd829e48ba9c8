//! The acts of random sequences around the texts: liaison, patents, papers, corrections and voidings.

use crate::{
    chances::{Event, Make, act, ago, together},
    rows::who,
    scene::{PEOPLE, Scene},
};

/// Each act with its weight.
pub(crate) const CHANCES: [(u16, Make); 18] = [
    (1, receive),
    (2, draft),
    (2, approve),
    (2, |scene| act("liaison.send", "tsb", format!("liaison={}", scene.liaison()))),
    (1, |scene| act("liaison.reply", "tsb", format!("liaison={} reply_to={}", scene.liaison(), scene.liaison_in()))),
    (1, close),
    (1, |scene| {
        act("coi.declare", &scene.by(scene.pick(1, &["chair", "vice"])), format!("liaison={}", scene.liaison()))
    }),
    (1, disclose),
    (1, supersede),
    (1, |scene| act("ipr.contact", "tsb", format!("disclosure={}", scene.disclosure()))),
    (1, |scene| {
        let fields = format!("rule=R71 deliverable={} document=doc:reasons", scene.label());
        act("deadline.waive", &scene.by("chair"), fields)
    }),
    (2, |scene| {
        let series = scene.pick(0, &["TD", "O", "R"]);
        act("document.submit", "tsb", format!("series={series} meeting={}", scene.meeting()))
    }),
    (1, |scene| {
        let revision = scene.pick(1, &[2, 2, 3]);
        let fields = format!("document={} revision={revision} documents=docs:p{}", scene.paper(), scene.dice[3]);
        act("document.revise", "tsb", fields)
    }),
    (1, |scene| act("document.withdraw", "tsb", format!("document={}", scene.paper()))),
    (2, treat),
    (1, redact),
    (3, correct),
    (3, void),
];

fn receive(scene: &Scene<'_>) -> Event {
    let sent = scene.time.minus_ms(u64::from(scene.dice[3]) * 1_800_000 + 86_400_000);
    let (sent, reply_by) = (&sent.to_string()[..10], scene.day(30));
    act("liaison.record", "tsb", format!("sent={sent} received={} reply_by={reply_by}", ago(scene)))
}

fn draft(scene: &Scene<'_>) -> Event {
    let reply = if scene.seldom(1, 3) { format!(" reply_to={}", scene.liaison_in()) } else { String::new() };
    act("liaison.draft", &scene.by("chair"), format!("reply_by={}{reply}", scene.day(40)))
}

fn approve(scene: &Scene<'_>) -> Event {
    let signer = if scene.seldom(1, 4) { "vice" } else { "chair" };
    let decision = if scene.seldom(2, 2) {
        format!("decision.meeting={}", scene.meeting())
    } else {
        "decision.by=chair decision.basis=chair -decision.meeting consultation=doc:consultation".to_owned()
    };
    act("liaison.approve", &scene.by(signer), format!("liaison={} {decision}", scene.liaison()))
}

fn close(scene: &Scene<'_>) -> Event {
    let number = if scene.seldom(1, 2) { scene.liaison() } else { scene.liaison_in() };
    let outcome = scene.pick(2, &["done", "noted", "dropped"]);
    act("liaison.close", "tsb", format!("liaison={number} outcome={outcome}"))
}

/// Mostly on a text as it is; an organisation declares, or somebody else says that it holds patents.
fn disclose(scene: &Scene<'_>) -> Event {
    let label = scene.label();
    let (version, text) = scene.text(label);
    let claim = match scene.pick(1, &[1, 2, 3, 4]) {
        4 => "claim=third-party -licence".to_owned(),
        option => format!("licence.option={option} patents=patents:EP{}", scene.dice[2] % 4),
    };
    let fields = format!(
        "received={} holder={} {claim} object.deliverable.number={label} object.deliverable.version={version} \
         object.deliverable.manifest=manifest:{text}",
        ago(scene),
        scene.pick(3, &["caict", "swisscom"]),
    );
    act("ipr.disclose", "tsb", fields)
}

fn supersede(scene: &Scene<'_>) -> Event {
    let fields =
        format!("disclosure={} licence.option={} received={}", scene.disclosure(), scene.pick(1, &[1, 2]), ago(scene));
    act("ipr.supersede", "tsb", fields)
}

fn treat(scene: &Scene<'_>) -> Event {
    let disposition = match scene.pick(0, &["noted", "agreed", "postponed", "superseded"]) {
        "postponed" => format!("postponed next={}", scene.meeting()),
        "superseded" => format!("superseded into={}", scene.contribution(None)),
        other => other.to_owned(),
    };
    act("document.dispose", &scene.by("chair"), format!("document={} disposition={disposition}", scene.paper()))
}

fn redact(scene: &Scene<'_>) -> Event {
    let signers = format!("tsb+{}", scene.by("carla/privacy-officer"));
    let (number, before) = if scene.seldom(0, 2) {
        (scene.paper().to_owned(), "agenda")
    } else {
        let label = scene.label();
        (label.to_owned(), scene.text(label).1)
    };
    let fields = format!("document={number} before=manifest:{before} after=docs:redacted{}", scene.dice[3]);
    act("document.redact", &signers, fields)
}

/// The time of the last record of some type was another one.
fn correct(scene: &Scene<'_>) -> Event {
    let kept: Vec<_> = scene.world.kept().iter().collect();
    if kept.is_empty() {
        return receive(scene);
    }
    let (record_type, kept) = kept[usize::from(scene.dice[0]) % kept.len()];
    let subject = &kept.subjects[usize::from(scene.dice[1]) % kept.subjects.len()];
    let moment = scene.time.minus_ms(u64::from(scene.dice[2]) * 60_000);
    act("record.correct", "tsb", format!("record=id:{record_type} subject={subject} field=at new.moment={moment}"))
}

/// The last record of a type that can be void, by who signed it and the secretariat.
fn void(scene: &Scene<'_>) -> Event {
    let record_type = scene.pick(0, &["meeting.announce", "meeting.register", "contribution.submit"]);
    let Some(kept) = scene.world.kept().get(record_type) else { return receive(scene) };
    let subject = &kept.subjects[usize::from(scene.dice[1]) % kept.subjects.len()];
    let signed_by = kept.file.record().signers[0].who.as_str();
    let signers = match PEOPLE.iter().find(|name| who(name) == signed_by) {
        Some(name) => together(scene, &format!("{name}/participant")),
        None => "tsb".to_owned(),
    };
    act("record.void", &signers, format!("record=id:{record_type} subject={subject}"))
}
