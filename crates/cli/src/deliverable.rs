//! `plenary deliverable`: a deliverable's way to its approval by consensus, and to the parent group.
//!
//! Nothing is approved by a count: positions are shown, and never added up.

use plenary_core::{record::Signer, time::Moment};
use plenary_procedure::{
    call::{CallClose, CallMode, CallOpen, IprCall},
    determination::{DeterminationResult, Determine},
    group::GroupEstablish,
    objection::{Disposition, Issue, ObjectionDispose, ObjectionRaise, ObjectionRespond, ObjectionWithdraw, Remedy},
    position::{Position, PositionValue},
    record_type::{Capacity, RecordType},
    role::Basis,
    text::{Label, Number, Text},
    transmission::Transmit,
};
use plenary_rpc::{
    answer::{Record, RecordLine},
    deliverable_answer::{Deliverable, ObjectionLine},
};
use serde::Serialize;

use crate::{
    args::{CallArgs, ConcludeArgs, DeliverableVerb, ObjectArgs, ObjectionVerb},
    contribution::word,
    document, dossier,
    draft::Draft,
    exit::Exit,
    history, identity,
    listing::{Fact, facts},
    nouns,
    problem::Problem,
    records,
    screen::{Screen, plain, table},
    send::{self, Aftermath},
    session::Session,
    settings::spelled,
    story::{Call, Story},
};

/// Carries out a verb.
pub fn run(verb: &DeliverableVerb, session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    match verb {
        DeliverableVerb::List => list(session, screen),
        DeliverableVerb::Show { id, objections } => show(id, *objections, session, screen),
        DeliverableVerb::Dossier { id, args } => {
            dossier::get(&session.subject(&format!("deliverable/{id}"))?, args, session, screen)
        }
        DeliverableVerb::Call(args) => open(args, session, screen),
        DeliverableVerb::Support { id, reservation } => {
            let text = document::read_optional(reservation.as_deref(), screen)?;
            let value = if text.is_some() { PositionValue::Reservation } else { PositionValue::Support };
            let body = Position { call: called(id, session)?.0, value, text };
            act(RecordType::Position, Capacity::Participant, (id, &body), (session, screen))
        }
        DeliverableVerb::Abstain { id } => {
            let body = Position { call: called(id, session)?.0, value: PositionValue::Abstain, text: None };
            act(RecordType::Position, Capacity::Participant, (id, &body), (session, screen))
        }
        DeliverableVerb::Object(args) => object(args, session, screen),
        DeliverableVerb::OnObjection(verb) => on_objection(verb, session, screen),
        DeliverableVerb::Patents { id, affirmative } => {
            let call = Some(called(id, session)?.0);
            let body = IprCall { meeting: None, call, affirmative: *affirmative, answers: Vec::new() };
            act(RecordType::IprCall, Capacity::Chair, (id, &body), (session, screen))
        }
        DeliverableVerb::Close { id } => {
            let body = CallClose { call: called(id, session)?.0 };
            act(RecordType::CallClose, Capacity::Participant, (id, &body), (session, screen))
        }
        DeliverableVerb::Conclude(args) => conclude(args, session, screen),
        DeliverableVerb::Transmit { ids, to, starts, document } => {
            let labels = ids.iter().map(|id| spelled::<Label>("the deliverable", id).map(Text));
            let body = Transmit {
                deliverables: labels.collect::<Result<_, _>>()?,
                parent_meeting: Text(spelled("--to", to)?),
                parent_starts: Text(spelled("--starts", starts)?),
                document: document.as_deref().map(|name| spelled("--document", name).map(Text)).transpose()?,
            };
            let first = ids.first().map(String::as_str).unwrap_or_default();
            together(RecordType::Transmit, (first, &body), (session, screen))
        }
    }
}

/// One person's act on a deliverable.
fn act<T: Serialize>(
    record_type: RecordType,
    usual: Capacity,
    (id, body): (&str, &T),
    (session, screen): (&Session<'_>, &mut Screen<'_>),
) -> Result<Exit, Problem> {
    let key = session.key()?;
    let signer = identity::signer(session, &key, usual)?;
    let draft = Draft::new(record_type, session.group()?, body, vec![signer])?;
    send::send(session, screen, Some(&key), &draft, &after(id))
}

/// An act of the chair that the secretariat signs as well.
fn together<T: Serialize>(
    record_type: RecordType,
    (id, body): (&str, &T),
    (session, screen): (&Session<'_>, &mut Screen<'_>),
) -> Result<Exit, Problem> {
    let key = session.key()?;
    let chair: Signer = identity::signer(session, &key, Capacity::Chair)?;
    let signers = vec![chair, identity::secretariat(session)?];
    let draft = Draft::new(record_type, session.group()?, body, signers)?;
    send::send(session, screen, Some(&key), &draft, &after(id))
}

fn after(id: &str) -> Aftermath {
    Aftermath::then(format!("plenary deliverable show {id}"))
}

fn story(id: &str, session: &Session<'_>) -> Result<(Story, Vec<Record>), Problem> {
    let lines = history::chain_of(session, &format!("deliverable/{id}"), &format!("deliverable {id}"))?;
    let records = history::all_full(session, &lines)?;
    Ok((Story::tell(&records)?, records))
}

/// The latest call on a deliverable.
fn called(id: &str, session: &Session<'_>) -> Result<(Text<Number>, Call), Problem> {
    let call = story(id, session)?.0.call.ok_or_else(|| Problem::NotFound {
        what: format!("no call was opened on {id}"),
        remedy: format!("the chair opens one: plenary deliverable call {id}"),
    })?;
    Ok((Text(spelled("the call", &call.number)?), call))
}

fn open(args: &CallArgs, session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let (story, _) = story(&args.id, session)?;
    let manifest = story.manifest.ok_or_else(|| Problem::NotFound {
        what: format!("{} has no text yet", args.id),
        remedy: "an editor publishes a stable version first".to_owned(),
    })?;
    let days = match (&args.meeting, args.days) {
        (Some(_), _) => 0,
        (None, Some(days)) => days,
        (None, None) => history::parameters(session)?.call_days,
    };
    let body = CallOpen {
        deliverable: Text(spelled("the deliverable", &args.id)?),
        manifest: Text(manifest),
        level: word::<Basis>("--level", &args.level)?,
        mode: if args.meeting.is_some() { CallMode::Meeting } else { CallMode::Electronic },
        meeting: args.meeting.as_deref().map(|label| spelled("--meeting", label).map(Text)).transpose()?,
        closes: Text(end_of_day(session, days)?),
        question: document::read_optional(args.question.as_deref(), screen)?,
    };
    screen.say(&format!("the call runs until {}", body.closes));
    act(RecordType::CallOpen, Capacity::Chair, (&args.id, &body), (session, screen))
}

/// The last second of the day that is `days` from now, in the group's zone.
fn end_of_day(session: &Session<'_>, days: u32) -> Result<Moment, Problem> {
    let lines = history::chain_of(session, "group", "record of its establishment")?;
    let established = lines.iter().find(|line| line.record_type == RecordType::GroupEstablish.as_str());
    let established = established.ok_or(Problem::Defect("a group's chain does not begin with its establishment"))?;
    let body: GroupEstablish = history::body(&history::full(session, established.id.0)?)?;
    let today = body.zone.date(session.machine.now());
    let end = today.and_then(|today| today.plus_days(days)).and_then(|day| body.zone.ends(day));
    end.ok_or_else(|| Problem::usage("the day lies too far in the future", "give fewer days"))
}

fn object(args: &ObjectArgs, session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let change = document::read_optional(args.change.as_deref(), screen)?;
    let body = ObjectionRaise {
        call: called(&args.id, session)?.0,
        issue: word::<Issue>("--issue", &args.issue)?,
        clause: Some(Text(spelled("--clause", &args.clause)?)),
        reasons: Some(document::read(&args.reasons, screen)?),
        remedy: Some(if change.is_some() { Remedy::Change } else { Remedy::NonePossible }),
        change,
    };
    screen.say(&format!("{} cannot be concluded while the objection is open", args.id));
    let key = session.key()?;
    let signer = identity::signer(session, &key, Capacity::Participant)?;
    let draft = Draft::new(RecordType::ObjectionRaise, session.group()?, &body, vec![signer])?;
    let next = "plenary deliverable withdraw {number}    (yours alone, when you are satisfied)";
    send::send(session, screen, Some(&key), &draft, &Aftermath::then(next))
}

fn on_objection(verb: &ObjectionVerb, session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let number = |text: &str| spelled::<Number>("the objection", text).map(Text);
    // D1.1-OBJ-1 is an objection to D1.1.
    let of = |objection: &str| objection.split('-').next().unwrap_or_default().to_owned();
    match verb {
        ObjectionVerb::Withdraw { objection, satisfied_by } => {
            let body = ObjectionWithdraw { objection: number(objection)?, satisfied_by: *satisfied_by };
            act(RecordType::ObjectionWithdraw, Capacity::Participant, (&of(objection), &body), (session, screen))
        }
        ObjectionVerb::Reply { objection, file, change, answer_by } => {
            let time = |time: &String| spelled("--answer-by", time).map(Text);
            let body = ObjectionRespond {
                objection: number(objection)?,
                response: document::read(file, screen)?,
                change: document::read_optional(change.as_deref(), screen)?,
                answer_by: answer_by.as_ref().map(time).transpose()?,
            };
            // Only the chair asks for an answer.
            let usual = if answer_by.is_some() { Capacity::Chair } else { Capacity::Participant };
            act(RecordType::ObjectionRespond, usual, (&of(objection), &body), (session, screen))
        }
        ObjectionVerb::Dispose { objection, disposition, reason } => {
            let body = ObjectionDispose {
                objection: number(objection)?,
                disposition: word::<Disposition>("--as-being", disposition)?,
                reason: document::read(reason, screen)?,
            };
            act(RecordType::ObjectionDispose, Capacity::Chair, (&of(objection), &body), (session, screen))
        }
    }
}

fn conclude(args: &ConcludeArgs, session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let (story, _) = story(&args.id, session)?;
    let missing = story.missing(session.machine.now());
    if !args.not_approved && !missing.is_empty() {
        return Err(Problem::InTheWay { deliverable: args.id.clone(), missing });
    }
    let (call, opened) = called(&args.id, session)?;
    let result = if args.not_approved { DeterminationResult::NotApproved } else { DeterminationResult::Approved };
    let body = Determine {
        call,
        manifest: Text(opened.manifest),
        result,
        level: word::<Basis>("--level", &args.level)?,
        statement: document::read(&args.statement, screen)?,
        reservations: document::read_optional(args.reservations.as_deref(), screen)?,
    };
    together(RecordType::Determine, (&args.id, &body), (session, screen))
}

fn list(session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let group = session.group()?;
    let page = history::all(session, async |client, part| client.nouns::<Deliverable>(Some(group), part).await)?;
    screen.json(&page)?;
    let mut rows = vec![["deliverable", "title", "version", "standing", "in the way"].map(str::to_owned).to_vec()];
    for deliverable in page.items {
        let is_in_the_way = |objection: &&ObjectionLine| {
            objection.standing == "raised" || objection.disposition.as_deref() == Some(Disposition::Upheld.as_str())
        };
        let open: Vec<&str> =
            deliverable.objections.iter().filter(is_in_the_way).map(|objection| objection.id.as_str()).collect();
        let open = if open.is_empty() { "no objection".to_owned() } else { open.join(", ") };
        let version = deliverable.version.to_string();
        rows.push(vec![deliverable.id, deliverable.title, version, deliverable.standing, open]);
    }
    screen.show(&table(&rows))?;
    session.label(screen)?;
    screen.next("plenary deliverable show ID");
    Ok(Exit::Done)
}

/// A deliverable with its records, whose findings say how each act was judged.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    deliverable: Deliverable,
    records: Vec<RecordLine>,
}

fn show(id: &str, is_short: bool, session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let (story, records) = story(id, session)?;
    let lines: Vec<RecordLine> = records.into_iter().map(|record| record.line).collect();
    let named = session.id(id)?;
    let deliverable: Deliverable = session.remote.ask(async |client| client.noun(&named).await)?;
    screen.show(&describe(id, &story, session.machine.now()))?;
    screen.show(&facts(&more(&deliverable)))?;
    if !is_short {
        screen.show(&records::acts(&lines))?;
    }
    screen.json(&Shown { deliverable, records: lines })?;
    session.label(screen)?;
    screen.next(&format!("plenary receipt get {}", plain(id)));
    Ok(Exit::Done)
}

fn describe(id: &str, story: &Story, now: Moment) -> String {
    let mut text =
        format!("{}   {}\n  {}, version {}\n", plain(id), plain(&story.title), story.standing, story.version);
    if let Some(call) = &story.call {
        text.push_str(&format!("  call {} until {}\n", plain(&call.number), call.closes));
        for (who, value) in &call.positions {
            text.push_str(&format!("    {}: {}\n", plain(who), plain(value)));
        }
    }
    for objection in &story.objections {
        text.push_str(&format!(
            "  objection {} to clause {} by {}: {}, {} replies\n",
            plain(&objection.number),
            plain(&objection.clause),
            plain(&objection.by),
            plain(&objection.standing),
            objection.replies
        ));
    }
    if story.standing == "in a call" {
        let missing = story.missing(now);
        text.push_str(if missing.is_empty() {
            "  nothing is in the way of a determination\n"
        } else {
            "  in the way\n"
        });
        for line in missing {
            text.push_str(&format!("    {}\n", plain(&line)));
        }
    }
    text
}

/// What was recorded of a deliverable beside its calls and objections.
fn more(deliverable: &Deliverable) -> Vec<Fact> {
    let Deliverable { call, challenges, interests, patents, .. } = deliverable;
    let suspended = call.as_ref().and_then(|call| call.suspended);
    let mut facts = vec![
        ("target", deliverable.target.clone()),
        ("suspended", suspended.map(|since| format!("the call, since {since}"))),
        ("reopens", deliverable.reopens.clone()),
        ("corrected", Some(deliverable.fixes.0).filter(|times| *times > 0).map(|times| format!("{times} times"))),
        ("published", deliverable.publication.map(|record| format!("by record {record}"))),
        ("received", deliverable.acknowledged.as_ref().map(|day| format!("by the parent group on {day}"))),
    ];
    facts.extend(challenges.iter().map(|it| {
        let result = it.result.as_deref().unwrap_or("not answered yet");
        ("challenge", Some(format!("{} of {} by {} ({}): {result}", it.id, it.call, it.by, it.ground)))
    }));
    facts.extend(interests.iter().map(|it| {
        let about = it.objection.as_ref().map(|objection| format!(", in {objection}")).unwrap_or_default();
        ("interest", Some(format!("{}: {}{about}", it.who, it.nature)))
    }));
    facts.extend(patents.iter().map(|patent| ("patents", Some(nouns::declared(patent)))));
    facts
}
