//! The lines of tables, as the record files that they mean.

use std::collections::BTreeMap;

use ed25519_dalek::SigningKey;
use plenary_core::{
    block::Height,
    genesis::{Authority, Clock, Genesis, GenesisValidator},
    hash::Digest,
    json::Object,
    keys::ValidatorKey,
    record::{Name, Record, RecordFile, Signer},
    signature::MemberKey,
    time::{Date, Moment},
};
use plenary_procedure::{
    apply::Context,
    document::{Document, manifest},
    record_type::{Reach, RecordType},
    text::{Text, Title},
    zone::{Deadline, Words, Zone},
};
use serde_json::Value;

use crate::samples;

pub(crate) mod validators;

/// Signs a line with the key of a name.
pub(crate) type Sign<'a> = &'a dyn Fn(&str, &[u8]) -> String;

/// The genesis line of every table.
pub(crate) fn genesis() -> Genesis {
    let authority = |who: &str, role: &str| Authority {
        who: Name::parse(who).unwrap(),
        role: Name::parse(role).unwrap(),
        key: MemberKey::of(&secret(who)),
    };
    let validator = |name: &str, organization: &str| GenesisValidator {
        name: Name::parse(name).unwrap(),
        organization: Name::parse(organization).unwrap(),
        key: ValidatorKey::of(&secret(name)),
        peer: secret(&format!("{name}/peer")).verifying_key().to_bytes(),
    };
    Genesis {
        authorities: vec![
            authority("tsag", "parent"),
            authority("sg17", "parent"),
            authority("tsb", "secretariat"),
            authority("itu", "secretariat"),
        ],
        clock: Clock::Replay,
        grace_s: 600,
        heartbeat_s: 600,
        notice: None,
        origin: "ledger.example".into(),
        policy: validators::policy(&["one", "two", "three"], 0),
        time: Moment::parse("2017-05-01T00:00:00Z").unwrap(),
        validators: vec![validator("one", "swisscom"), validator("two", "tsb"), validator("three", "tsag")],
    }
}

fn ledger() -> Digest {
    Digest::of(b"ledger")
}

/// The record file of one line, and what is the same for its block. `last` holds the id of the last record of each type.
pub(crate) fn compose(line: &str, last: &BTreeMap<String, Digest>, sign: Sign<'_>) -> (RecordFile, Context) {
    let words = words(line);
    let [time, type_word, signers, fields @ ..] = words.as_slice() else { panic!("{line:?} is no record") };
    let time = moment(time);
    let (mut body, mut own) = (samples::body(type_word), BTreeMap::new());
    for field in fields {
        let (path, value) = field.split_once('=').map_or((field.as_str(), None), |(path, value)| (path, Some(value)));
        match (path.strip_prefix('@'), path.strip_prefix('-'), value) {
            (Some(name), _, Some(value)) => {
                own.insert(name.to_owned(), value.to_owned());
            }
            (None, Some(path), None) => place(&mut body, path, None),
            (None, None, Some(text)) => place(&mut body, path, Some(meaning(last, path, text))),
            _ => panic!("{field:?} in {line:?}"),
        }
    }
    expand(type_word, &mut body);
    validators::expand(type_word, &mut body);
    let file = file(type_word, signers, &own, (time, body), sign);
    let height = own.get("height").map_or(1, |text| text.parse().unwrap());
    let context = Context { ledger: ledger(), height: Height::new(height).unwrap(), time, grace_ms: 600_000 };
    (file, context)
}

/// Signs a body at the time of its line.
fn file(
    type_word: &str,
    signers: &str,
    own: &BTreeMap<String, String>,
    row: (Moment, Value),
    sign: Sign<'_>,
) -> RecordFile {
    let (time, body) = row;
    let own_time = |name: &str, usual: Moment| own.get(name).map_or(usual, |text| moment(text));
    let signed = own_time("signed", time);
    let reach = RecordType::parse(type_word).map_or(Reach::Group, RecordType::reach);
    let group = own.get("group").map_or(if reach == Reach::Ledger { "-" } else { "fg-dlt" }, String::as_str);
    let mut keys = Vec::new();
    let signers = signers.split('+').map(|signer| {
        let (signer, key) = signer.split_once('~').unwrap_or((signer, ""));
        let (name, role) = signer.split_once('/').unwrap_or_else(|| (signer, usual_role(signer)));
        keys.push(if key.is_empty() { name } else { key });
        Signer { role: Name::parse(role).unwrap(), who: Name::parse(&who(name)).unwrap() }
    });
    let record = Record {
        signers: signers.collect(),
        at: own_time("at", signed),
        body: body.as_object().unwrap().clone(),
        expires: own_time("expires", signed.plus_ms(24 * 3_600_000)),
        group: Name::parse(group),
        ledger: own.get("ledger").map_or_else(ledger, |text| Digest::of(text.as_bytes())),
        signed,
        record_type: type_word.to_owned(),
    };
    let line = record.to_line().unwrap();
    let signatures: Vec<String> = keys.iter().map(|key| sign(key, &line)).collect();
    RecordFile::assemble(&line, &signatures).unwrap()
}

fn meaning(last: &BTreeMap<String, Digest>, path: &str, text: &str) -> Value {
    let is_count = ["parameters.", "counts.", "licence.", "object."].iter().any(|parent| path.starts_with(parent))
        || [
            "epoch",
            "from",
            "seen",
            "days",
            "revision",
            "version",
            "walk_ins",
            "affirmative",
            "satisfied_by",
            "new.count",
        ]
        .contains(&path);
    match text.split_once(':') {
        Some(("doc", name)) => serde_json::to_value(document(name)).unwrap(),
        Some(("docs", names)) => entries(names).map(|name| serde_json::to_value(document(&name)).unwrap()).collect(),
        Some(("manifest", names)) => manifest(&names.split('+').map(document).collect::<Vec<_>>()).to_string().into(),
        Some(("key", name)) => MemberKey::of(&secret(name)).to_string().into(),
        Some(("who", name)) => who(name).into(),
        Some(("digest", name)) => Digest::of(name.as_bytes()).to_string().into(),
        Some(("id", record_type)) => last[record_type].to_string().into(),
        Some(("to", addressees)) => entries(addressees).map(|text| addressee(&text)).collect(),
        Some(("patents", numbers)) => entries(numbers).map(|number| patent(&number)).collect(),
        Some(("tens", names)) => entries(names).map(|name| (name, Value::from(10))).collect(),
        Some(("left", numbers)) => entries(numbers)
            .map(|number| serde_json::json!({"contribution": number, "reason": document("reason")}))
            .collect(),
        Some(("refs", records)) => entries(records).map(|record| reference(last, &record)).collect(),
        Some(("departs", rule)) => serde_json::json!([{"rule": rule, "reason": "notice"}]),
        Some(("items", numbers)) => samples::items(meaning(last, "", &format!("list:{numbers}"))),
        Some(("list", "")) => Value::Array(vec![]),
        Some(("list", items)) => entries(items).map(|item| meaning(last, "", &item)).collect(),
        // A name within a subject, such as `fg-dlt/participant/who:anna`.
        Some((before, name)) if before.ends_with("/who") => {
            format!("{}{}", before.trim_end_matches("who"), who(name)).into()
        }
        _ if is_count => text.parse::<u64>().map_or_else(|_| text.into(), Value::from),
        _ => text.into(),
    }
}

/// The entries of a list; `D1..3` is `D1,D2,D3`.
fn entries(list: &str) -> impl Iterator<Item = String> {
    list.split(',').flat_map(|entry| {
        let Some((first, rest)) = entry.split_once("..") else { return vec![entry.to_owned()] };
        let stem = first.trim_end_matches(|character: char| character.is_ascii_digit());
        let (first, width) = (&first[stem.len()..], first.len() - stem.len());
        let end = rest.trim_start_matches(|character: char| character.is_ascii_digit());
        let numbers = first.parse::<u32>().unwrap()..=rest[..rest.len() - end.len()].parse().unwrap();
        numbers.map(|number| format!("{stem}{number:0width$}{end}")).collect()
    })
}

/// An addressee of a liaison statement and what it is for; `_` stands for a space.
fn addressee(text: &str) -> Value {
    let (to, purpose) = text.split_once('=').unwrap();
    serde_json::json!({"to": to.replace('_', " "), "purpose": purpose})
}

/// The last record of a type, and a subject that it joined: `workitem.adopt@fg-dlt/deliverable/D1.1`.
fn reference(last: &BTreeMap<String, Digest>, text: &str) -> Value {
    let (record_type, subject) = text.split_once('@').unwrap();
    serde_json::json!({"record": last[record_type].to_string(), "subject": subject})
}

/// A patent as a form names it; `EP1?` leaves out its description, and `-` its number.
fn patent(number: &str) -> Value {
    let reference = serde_json::json!({"status": "granted", "number": number.trim_end_matches('?')});
    let mut reference = reference.as_object().unwrap().clone();
    if number == "-" {
        reference.remove("number");
    }
    if !number.ends_with('?') {
        reference.insert("document".to_owned(), serde_json::to_value(document(number)).unwrap());
    }
    Value::Object(reference)
}

/// Puts `value` at a path such as `decision.meeting`, or takes away what is there.
fn place(body: &mut Value, path: &str, value: Option<Value>) {
    let (parent, name) = path.rsplit_once('.').unwrap_or(("", path));
    let mut at = body;
    for part in parent.split('.').filter(|part| !part.is_empty()) {
        at = at.as_object_mut().unwrap().entry(part).or_insert_with(|| Value::Object(Object::new()));
    }
    let object = at.as_object_mut().unwrap();
    match value {
        Some(value) => object.insert(name.to_owned(), value),
        None => object.remove(name),
    };
}

/// Turns the words of a notice into what they mean: zones, starts and deadlines.
fn expand(type_word: &str, body: &mut Value) {
    let stated = body.get("zone").and_then(Value::as_str).map(samples::zone);
    // An amendment that states no zone leaves the meeting in the usual one.
    let usual = (type_word == "meeting.amend").then(|| samples::zone("Europe/Zurich"));
    if let Some(zone) = &stated {
        place(body, "zone", Some(zone.clone()));
    }
    let Some(zone) = stated.or(usual) else { return };
    let zone: Zone = serde_json::from_value(zone).unwrap();
    if let Some(text) = body.get("starts").and_then(Value::as_str).map(str::to_owned) {
        let (date, stated) = text.split_once(" = ").unwrap_or((&text, ""));
        let opening = zone.begins(Date::parse(date).unwrap()).unwrap().plus_ms(34_200_000).to_string();
        let instant = if stated.is_empty() { &opening } else { stated };
        place(body, "starts", Some(serde_json::json!({"date": date, "instant": instant})));
    }
    for field in ["contributions", "registration"] {
        let Some(text) = body.get(field).and_then(Value::as_str).map(str::to_owned) else { continue };
        let (text, stated) = text.split_once(" = ").unwrap_or((&text, ""));
        let (word, date) = text.split_once(' ').unwrap();
        let word = if word == "before" { Words::Before } else { Words::By };
        let deadline = Deadline::resolve(word, Date::parse(date).unwrap(), &zone).unwrap();
        place(body, field, Some(serde_json::to_value(deadline).unwrap()));
        if !stated.is_empty() {
            place(body, &format!("{field}.instant"), Some(stated.into()));
        }
    }
}

/// The key of somebody; `anna2` is another one than `anna`.
pub(crate) fn secret(name: &str) -> SigningKey {
    SigningKey::from_bytes(Digest::of(format!("key/{name}").as_bytes()).as_bytes())
}

/// The `who` of somebody: organisations by their id, people by a pid that hides the name.
pub(crate) fn who(name: &str) -> String {
    let known = ["tsag", "tsb", "sg17", "caict", "swisscom", "itu", "univ", "one", "two", "three", "four"];
    if known.contains(&name) {
        return name.to_owned();
    }
    Digest::of(format!("pid/{name}").as_bytes()).to_hex()[..32].to_owned()
}

/// The role in which somebody usually signs.
fn usual_role(name: &str) -> &str {
    match name {
        "tsag" | "sg17" => "parent",
        "tsb" | "itu" => "secretariat",
        "chair" | "editor" => name,
        "vice" => "vice-chair",
        "lead" => "working-group-lead",
        "caict" | "swisscom" => "organization",
        _ => "participant",
    }
}

pub(crate) fn moment(text: &str) -> Moment {
    let text = if text.len() == 10 { format!("{text}T12:00:00Z") } else { text.to_owned() };
    Moment::parse(&text).unwrap_or_else(|| panic!("{text} is no time"))
}

pub(crate) fn document(name: &str) -> Document {
    Document {
        digest: Text(Digest::of(name.as_bytes())),
        bytes: 1_024,
        media_type: Text(Title::parse("application/pdf").unwrap()),
        name: None,
    }
}

/// Splits at spaces that are not in quotation marks.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for character in line.chars() {
        match character {
            '"' => quoted = !quoted,
            ' ' if !quoted => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            other => word.push(other),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}
