//! The acts of random sequences: how often each is tried, and its row.

use plenary_procedure::contribution::Standing;

use crate::{acts::TEXTS, desk, rows::who, scene::Scene};

/// What happens next.
pub(crate) enum Event {
    /// Milliseconds pass.
    Wait(u64),
    /// Somebody tries a record; the row without its time.
    Act(String),
}

pub(crate) type Make = fn(&Scene<'_>) -> Event;

/// Each act with its weight. The first ones come first when a sequence is shortened.
const CHANCES: [(u16, Make); 46] = [
    (14, wait),
    (5, baseline),
    (8, open),
    (2, open_in_meeting),
    (6, |scene| act("ipr.call", &scene.by("chair"), format!("call={}", scene.call().number))),
    (1, |scene| act("ipr.call", &scene.by("chair"), format!("meeting={}", scene.meeting()))),
    (4, position),
    (7, |scene| act("objection.raise", &scene.by(scene.anybody(1)), format!("call={}", scene.call().number))),
    (2, respond),
    (4, |scene| act("objection.withdraw", &scene.by(scene.anybody(1)), format!("objection={}", scene.objection()))),
    (7, dispose),
    (1, |scene| {
        act(
            "coi.declare",
            &scene.by(scene.pick(1, &["anna", "ben", "carla", "anna", "ben", "vice", "chair"])),
            format!("deliverable={}", scene.label()),
        )
    }),
    (2, extend),
    (2, |scene| act("call.suspend", &scene.by("chair"), format!("call={}", scene.call().number))),
    (4, |scene| {
        act("call.resume", &scene.by("chair"), format!("call={} closes={}", scene.call().number, scene.after_days(20)))
    }),
    (1, |scene| act("call.void", &together(scene, "chair"), format!("call={}", scene.call().number))),
    (9, |scene| act("call.close", scene.pick(1, &["tsb", "tsb", "anna"]), format!("call={}", scene.call().number))),
    (12, determine),
    (2, challenge),
    (2, answer),
    (1, reopen),
    (1, |scene| act("deadline.waive", &together(scene, "chair"), format!("rule=R100 deliverable={}", scene.label()))),
    (5, |scene| {
        act(
            "transmit",
            &together(scene, "chair"),
            format!("deliverables=list:{} parent_starts={}", scene.label(), scene.day(40)),
        )
    }),
    (5, parent),
    (1, |scene| act("workitem.adopt", &scene.by("chair"), format!("number={} editors=list:who:editor", scene.label()))),
    (1, ruleset),
    (3, announce),
    (4, |scene| act("meeting.open", &scene.by("chair"), format!("meeting={}", scene.meeting()))),
    (2, |scene| act("meeting.close", &scene.by("chair"), format!("meeting={}", scene.meeting()))),
    (4, |scene| {
        act("meeting.register", &scene.by(scene.pick(0, &super::scene::PEOPLE)), format!("meeting={}", scene.meeting()))
    }),
    (2, |scene| {
        act(
            "meeting.register",
            "tsb",
            format!("meeting={} participant=who:{} received={}", scene.meeting(), scene.anybody(0), ago(scene)),
        )
    }),
    (7, submit),
    (4, enter),
    (3, revise),
    (1, |scene| {
        act("contribution.withdraw", &scene.by(scene.anybody(0)), format!("contribution={}", scene.contribution(None)))
    }),
    (3, |scene| {
        act("contribution.late-admit", "tsb", format!("contribution={}", scene.contribution(Some(Standing::Late))))
    }),
    (3, decide),
    (2, treat),
    (1, |scene| act("deadline.waive", &together(scene, "chair"), format!("rule=R51 meeting={}", scene.meeting()))),
    (2, appoint),
    (1, end),
    (1, |scene| act("role.act", &scene.by("chair"), format!("from={} until={}", scene.time, scene.after_days(20)))),
    (1, rotate),
    (1, |scene| {
        act(
            "key.revoke",
            "tsb",
            format!("who=who:{0} key=key:{1}", scene.keyless(0), scene.world.minutes.key_name(scene.keyless(0))),
        )
    }),
    (3, recover),
    (2, erase),
];

/// The sum of all weights.
pub(crate) fn total() -> u16 {
    CHANCES.iter().chain(&desk::CHANCES).map(|(weight, _)| weight).sum()
}

/// The event of a throw below `total`.
pub(crate) fn event(mut throw: u16, scene: &Scene<'_>) -> Event {
    for (weight, make) in CHANCES.into_iter().chain(desk::CHANCES) {
        if throw < weight {
            return make(scene);
        }
        throw -= weight;
    }
    unreachable!("a throw is below the sum of the weights")
}

pub(crate) fn act(record_type: &str, signers: &str, fields: String) -> Event {
    Event::Act(format!("{record_type} {signers} {fields}"))
}

pub(crate) fn together(scene: &Scene<'_>, name: &str) -> String {
    format!("{}+tsb", scene.by(name))
}

fn wait(scene: &Scene<'_>) -> Event {
    const HOUR: u64 = 3_600_000;
    Event::Wait(scene.pick(0, &[HOUR / 4, HOUR, 24 * HOUR, 3 * 24 * HOUR, 8 * 24 * HOUR, 29 * 24 * HOUR]))
}

/// Up to five days ago, as the secretariat says.
pub(crate) fn ago(scene: &Scene<'_>) -> String {
    scene.time.minus_ms(u64::from(scene.dice[3]) * 1_800_000).to_string()
}

fn baseline(scene: &Scene<'_>) -> Event {
    let (label, text) = (scene.label(), scene.pick(1, &TEXTS));
    let version = scene.text(label).0 + u64::from(!scene.seldom(2, 8));
    let stability = if scene.seldom(3, 4) { "draft" } else { "stable" };
    let fields = format!("deliverable={label} version={version} documents=docs:{text} stability={stability}");
    act("baseline.publish", &scene.by("editor"), fields)
}

fn open(scene: &Scene<'_>) -> Event {
    let label = scene.label();
    let text = if scene.seldom(2, 16) { "text-2" } else { scene.text(label).1 };
    let closes = scene.after_days(scene.pick(1, &[28, 30, 21, 10]));
    act("call.open", &scene.by("chair"), format!("deliverable={label} manifest=manifest:{text} closes={closes}"))
}

fn challenge(scene: &Scene<'_>) -> Event {
    act("determination.challenge", &scene.by(scene.anybody(1)), format!("call={}", scene.call().number))
}

fn answer(scene: &Scene<'_>) -> Event {
    let open = scene.world.minutes.challenges.iter().find(|(_, is_open)| **is_open);
    let number = open.map_or("D1.1-CH-1", |(number, _)| number.as_str());
    let result = scene.pick(1, &["confirmed", "upheld"]);
    act("challenge.answer", &scene.by("chair"), format!("challenge={number} result={result}"))
}

fn reopen(scene: &Scene<'_>) -> Event {
    let fields = format!("deliverable={} information=doc:i{}", scene.label(), scene.dice[1]);
    act("deliverable.reopen", &scene.by("chair"), fields)
}

fn open_in_meeting(scene: &Scene<'_>) -> Event {
    let (label, meeting) = (scene.label(), scene.meeting());
    let (text, closes) = (scene.text(label).1, scene.after_days(1));
    let fields = format!("deliverable={label} manifest=manifest:{text} closes={closes} mode=meeting meeting={meeting}");
    act("call.open", &scene.by("chair"), fields)
}

fn position(scene: &Scene<'_>) -> Event {
    let value = scene.pick(2, &["support", "no-objection", "reservation text=doc:reservation"]);
    act("position", &scene.by(scene.anybody(1)), format!("call={} value={value}", scene.call().number))
}

fn respond(scene: &Scene<'_>) -> Event {
    let (signer, until) = if scene.seldom(1, 2) {
        ("chair", format!(" answer_by={}", scene.after_days(5)))
    } else {
        (scene.anybody(2), String::new())
    };
    act("objection.respond", &scene.by(signer), format!("objection={}{until}", scene.objection()))
}

fn dispose(scene: &Scene<'_>) -> Event {
    let disposition = scene.pick(1, &["rejected", "upheld", "resolved-by-change", "invalid", "outweighed"]);
    let signer = if scene.seldom(2, 4) { "vice" } else { "chair" };
    act("objection.dispose", &scene.by(signer), format!("objection={} disposition={disposition}", scene.objection()))
}

fn extend(scene: &Scene<'_>) -> Event {
    let (call, who) = (scene.call(), scene.anybody(1));
    let closes = call.closes.plus_ms(14 * super::scene::DAY_MS);
    act("call.extend", &scene.by("chair"), format!("call={} requester=who:{who} closes={closes}", call.number))
}

fn determine(scene: &Scene<'_>) -> Event {
    let call = scene.call();
    let signers = together(scene, if scene.seldom(1, 4) { "vice" } else { "chair" });
    let result = if scene.seldom(2, 6) { "not-approved" } else { "approved" };
    let annex = if scene.seldom(3, 4) { "" } else { " reservations=doc:annex" };
    act("determine", &signers, format!("call={} manifest=manifest:{} result={result}{annex}", call.number, call.text))
}

fn parent(scene: &Scene<'_>) -> Event {
    let outcome = scene.pick(1, &["returned", "returned", "acknowledged", "noted"]);
    act("parent.dispose", "tsag", format!("deliverable={} outcome={outcome}", scene.label()))
}

/// Rare, since it ends every call.
fn ruleset(scene: &Scene<'_>) -> Event {
    if !scene.seldom(1, 4) {
        return wait(scene);
    }
    let days = scene.pick(0, &[28, 21]);
    act("ruleset", "tsag", format!("edition=2018 supersedes=id:ruleset parameters.call_days={days}"))
}

fn announce(scene: &Scene<'_>) -> Event {
    let number = scene.world.minutes.meetings.len() + 1;
    let ahead = scene.pick(0, &[40, 20, 29]);
    let (starts, ends) = (scene.day(ahead), scene.day(ahead + 2));
    let (due, register) = (scene.day(ahead - scene.pick(1, &[12, 16, 5])), scene.day(ahead - 7));
    let word = scene.pick(2, &["by", "before"]);
    let fields = format!(
        "meeting={number} starts={starts} ends={ends} contributions=\"{word} {due}\" registration=\"by {register}\""
    );
    act("meeting.announce", "tsb", fields)
}

fn submit(scene: &Scene<'_>) -> Event {
    let signed = scene.time.minus_ms(scene.pick(2, &[0, 300_000, 1_200_000, 7_200_000]));
    let signer = scene.by(scene.anybody(0));
    act(
        "contribution.submit",
        &signer,
        format!("meeting={} documents=docs:c{} @signed={signed}", scene.meeting(), scene.dice[3]),
    )
}

/// The secretariat enters what came by mail.
fn enter(scene: &Scene<'_>) -> Event {
    let (meeting, author) = (scene.meeting(), scene.anybody(0));
    act("contribution.submit", "tsb", format!("meeting={meeting} author=who:{author} received={}", ago(scene)))
}

fn revise(scene: &Scene<'_>) -> Event {
    let revision = scene.pick(1, &[2, 2, 3]);
    let fields =
        format!("contribution={} revision={revision} documents=docs:r{}", scene.contribution(None), scene.dice[3]);
    act("contribution.revise", &scene.by(scene.anybody(0)), fields)
}

fn decide(scene: &Scene<'_>) -> Event {
    let (number, result) = (scene.contribution(Some(Standing::Admitted)), scene.pick(1, &["accept", "hold"]));
    act("contribution.late-decide", &scene.by("chair"), format!("contribution={number} result={result}"))
}

fn treat(scene: &Scene<'_>) -> Event {
    let (number, meeting) = (scene.contribution(Some(Standing::OnTime)), scene.meeting());
    let disposition = match scene.pick(0, &["noted", "agreed", "postponed"]) {
        "postponed" => format!("postponed next={meeting}"),
        other => other.to_owned(),
    };
    act("contribution.dispose", &scene.by("chair"), format!("contribution={number} disposition={disposition}"))
}

fn appoint(scene: &Scene<'_>) -> Event {
    let (role, signer) = match scene.pick(0, &["vice-chair", "editor", "chair"]) {
        "editor" => (format!("editor who=who:editor scope={}", scene.pick(1, &["D1.1", "D1.2"])), scene.by("chair")),
        "chair" => ("chair who=who:chair".to_owned(), "tsag".to_owned()),
        other => (format!("{other} who=who:vice"), "tsag".to_owned()),
    };
    act("role.appoint", &signer, format!("role={role} from={}", scene.time))
}

fn end(scene: &Scene<'_>) -> Event {
    let roles = ["vice-chair who=who:vice", "editor who=who:editor scope=D1.1"];
    let role = if scene.seldom(1, 6) { "chair who=who:chair" } else { scene.pick(0, &roles) };
    act("role.end", "tsag", format!("role={role}"))
}

fn rotate(scene: &Scene<'_>) -> Event {
    let name = scene.pick(0, &super::scene::PEOPLE);
    let next = scene.world.minutes.next_key(name);
    let signers = format!("{}+{name}/new-key~{next}", scene.by(&format!("{name}/participant")));
    act("key.rotate", &signers, format!("who=who:{name} key=key:{next}"))
}

/// For those of Swisscom it confirms; for the others their new key does.
fn recover(scene: &Scene<'_>) -> Event {
    let name = scene.keyless(0);
    let next = scene.world.minutes.next_key(name);
    let other = if ["chair", "editor", "carla"].contains(&name) {
        "swisscom".to_owned()
    } else {
        format!("{name}/new-key~{next}")
    };
    act("key.recover", &format!("tsb+{other}"), format!("who=who:{name} key=key:{next}"))
}

fn erase(scene: &Scene<'_>) -> Event {
    let name = scene.anybody(0);
    if scene.world.last.contains_key("erasure.request") && scene.seldom(1, 2) {
        let signer = scene.pick(2, &["tsb", "tsag"]);
        return act("erasure.acknowledge", signer, format!("participant=who:{name} request=id:erasure.request"));
    }
    act("erasure.request", &scene.by(&format!("{name}/participant")), format!("participant={}", who(name)))
}
