//! Records of any type, written by their forms.

use serde_json::{Value, json};

use plenary_cli::exit::Exit;

use crate::{
    CHAIR, MEMBER, announce, deliverable,
    desk::{Desk, june, late, october, serve, ssh_keygen},
    group,
    ledger::{Memory, moment},
};

/// The day on which the first meeting opens.
pub(crate) fn opening() -> plenary_core::time::Moment {
    moment("2017-10-17T08:00:00Z")
}

const VICE: &str = "0000000000000000000000000000000d";

/// Enrols a vice-chair and puts her in office.
fn vice_chair(memory: &Memory) {
    let key = plenary_core::signature::MemberKey::of(&crate::ledger::secret(VICE)).to_string();
    memory.record(
        "participant.enroll",
        &[("secretariat", "tsb")],
        "2017-05-22T11:00:00Z",
        json!({ "pid": VICE, "key": key, "country": "CH", "category": "non-member", "commitments": {},
            "privacy_notice": crate::document("notice")["digest"] }),
    );
    memory.record(
        "role.appoint",
        &[("chair", CHAIR)],
        "2017-05-23T11:00:00Z",
        json!({ "role": "vice-chair", "who": VICE, "membership": "member", "from": "2017-05-23T11:00:00Z",
            "decision": { "by": "group", "basis": "consensus" } }),
    );
}

#[test]
fn help_shows_the_verbs_of_a_noun_together() {
    let desk = Desk::new("http://127.0.0.1:1", june);
    let help = desk.must("meeting --help").data;
    for verb in ["announce  ", "show  ", "amend ", "cancel ", "open "] {
        assert!(help.contains(&format!("  {verb}")), "{verb}\n{help}");
    }
    assert!(help.contains("Amends the notice of a meeting\n"), "{help}");
    assert_eq!(help.matches("  announce").count(), 1, "{help}");
    let help = desk.must("liaison --help").data;
    assert!(help.contains("Exchange liaison statements") && help.contains("  send "), "{help}");
    let help = desk.must("liaison send --help").data;
    assert!(help.contains("--example") && help.contains("--unsigned") && help.contains("--dry-run"), "{help}");
    assert!(desk.must("--help").data.contains("\n  wg "));
    let told = desk.fails("liaison sned x.toml", Exit::Usage);
    assert!(told.contains("'send'") && told.contains("tip:"), "{told}");
    let told = desk.fails("laison send x.toml", Exit::Usage);
    assert!(told.contains("'liaison'"), "{told}");
    assert!(desk.fails("liaison send", Exit::Usage).contains("<FORM>"));
    assert!(desk.fails("liaison", Exit::Usage).contains("Usage: plenary liaison"));
    assert!(desk.fails("record make vote.cast x.toml", Exit::Usage).contains("which is no type"));
}

#[test]
fn an_example_is_printed_without_a_node() {
    let desk = Desk::new("http://127.0.0.1:1", june);
    let done = desk.must("wg create --example");
    assert!(done.data.starts_with("# wg.create: ") && done.data.contains("\n[decision]\n"), "{}", done.data);
    assert!(done.talk.starts_with("next: plenary wg create FORM.toml"), "{}", done.talk);
    let done = desk.must("record make contribution.submit --example");
    assert!(done.talk.starts_with("next: plenary record make contribution.submit FORM.toml"), "{}", done.talk);
    let written: Value = serde_json::from_str(&desk.must("wg create --example --json").data).unwrap();
    assert!(written["example"].as_str().unwrap().contains("[decision]"));
}

#[test]
fn a_form_is_read_checked_and_shown_before_anything_is_signed() {
    let memory = group();
    let desk = Desk::new(&serve(&memory), june);
    let key = desk.key(CHAIR);
    let form = desk.file("wg.toml", &desk.must("wg create --example").data);
    let dry = desk.must(&format!("wg create {form} --key {key} --dry-run --json --at 2017-06-01T10:00:00Z"));
    let dry: Value = serde_json::from_str(&dry.data).unwrap();
    let line: Value = serde_json::from_str(dry["line"].as_str().unwrap()).unwrap();
    assert_eq!(line["signers"], json!([{ "as": "chair", "who": CHAIR }]));
    assert_eq!((&line["body"]["id"], &line["at"]), (&json!("WG1"), &json!("2017-06-01T10:00:00Z")));
    let done = desk.must(&format!("wg create {form} --key {key}"));
    assert!(done.talk.contains("type       wg.create: Creates a working group."), "{}", done.talk);
    assert!(done.data.contains("met     R40") && done.talk.contains("wg.toml.receipt (VERIFIED)"), "{done:?}");
    assert!(done.talk.ends_with(&format!("next: plenary verify receipt {form}.receipt\n")), "{}", done.talk);
    desk.must(&format!("verify receipt {form}.receipt --anchor {}", memory.id()));

    let wrong = |text: &str| desk.file("wrong.toml", text);
    let refused = |text: &str, exit| desk.fails(&format!("wg create {} --key {key}", wrong(text)), exit);
    let told = refused("id = 1\n", Exit::Refused);
    assert!(told.contains("field id") && told.contains("rule: the ledger") || told.contains("rule: "), "{told}");
    assert!(refused("id = ", Exit::Usage).contains("plenary record make wg.create --example"));
    assert!(
        refused("id = \"WG2\"\ntitle = \"T\"\nterms = { file = \"none.pdf\" }\n", Exit::NotFound).contains("none.pdf")
    );
    desk.fails("wg create nothing.toml", Exit::NotFound);
}

/// Who signs follows from the type, the key and who is in office.
#[allow(clippy::too_many_lines, reason = "a test tells one story")]
#[test]
fn the_holder_of_a_key_signs_in_a_role_that_the_type_asks_for() {
    let memory = group();
    vice_chair(&memory);
    let desk = Desk::new(&serve(&memory), june);
    announce(&desk);
    deliverable(&memory);
    let desk = desk.at(october);
    let signers = |line: &str| -> Vec<(String, String)> {
        let done = desk.must(&format!("{line} --dry-run --json"));
        let line: Value = serde_json::from_str(&done.data).unwrap();
        let record: Value = serde_json::from_str(line["line"].as_str().unwrap()).unwrap();
        let each = record["signers"].as_array().unwrap().iter();
        each.map(|it| (it["as"].as_str().unwrap().to_owned(), it["who"].as_str().unwrap().to_owned())).collect()
    };
    let is = |expected: &[(&str, &str)]| -> Vec<(String, String)> {
        expected.iter().map(|(role, who)| ((*role).to_owned(), (*who).to_owned())).collect()
    };
    let (chair, member, vice, tsb) = (desk.key(CHAIR), desk.key(MEMBER), desk.key(VICE), desk.key("tsb"));
    let form = |record_type: &str| {
        let text = desk.must(&format!("record make {record_type} --example")).data;
        for name in ["document.pdf", "statement.pdf", "text.docx", "data.csv", "reasons.pdf", "notice.pdf"] {
            desk.file(name, name);
        }
        desk.file(&format!("{record_type}.toml"), &text)
    };
    let (waive, cancel, draft) = (form("deadline.waive"), form("meeting.cancel"), form("liaison.draft"));
    let baseline = form("baseline.publish");

    assert_eq!(signers(&format!("deadline waive {waive} --key {chair}")), is(&[("chair", CHAIR)]));
    let both = is(&[("chair", CHAIR), ("secretariat", "tsb")]);
    assert_eq!(signers(&format!("deadline waive {waive} --key {chair} --with secretariat")), both);
    // The secretariat signs second, and the only chair is found.
    assert_eq!(signers(&format!("meeting cancel {cancel} --key {chair}")), both);
    assert_eq!(signers(&format!("meeting cancel {cancel} --unsigned")), both);
    assert_eq!(signers(&format!("liaison draft {draft} --key {vice}")), is(&[("vice-chair", VICE)]));
    assert_eq!(signers(&format!("liaison draft {draft} --key {member}")), is(&[("participant", MEMBER)]));
    assert_eq!(signers(&format!("liaison draft {draft} --key {chair}")), is(&[("chair", CHAIR)]));
    let own = is(&[("participant", CHAIR)]);
    assert_eq!(signers(&format!("liaison draft {draft} --key {chair} --as participant")), own);
    assert_eq!(signers(&format!("liaison draft {draft} --key {tsb}")), is(&[("secretariat", "tsb")]));
    assert_eq!(signers(&format!("baseline publish {baseline} --key {member}")), is(&[("editor", MEMBER)]));

    let told = desk.fails(&format!("meeting cancel {cancel} --key {member}"), Exit::Key);
    assert!(told.contains("it is signed by chair and secretariat") && told.contains("rule: "), "{told}");
    let told = desk.fails(&format!("meeting cancel {cancel} --key {tsb}"), Exit::Key);
    assert!(told.contains("--as ROLE --who ID"), "{told}");
    assert!(
        desk.fails(&format!("meeting cancel {cancel} --key {}", desk.key("stranger")), Exit::Key).contains("enrol")
    );
    let told = desk.fails(&format!("deadline waive {waive} --key {chair} --with editor"), Exit::Usage);
    assert!(told.contains("it is signed by chair; or chair and secretariat; or parent"), "{told}");
    let told = desk.fails(&format!("deadline waive {waive} --key {chair} --with voter"), Exit::Usage);
    assert!(told.contains("--with is \"voter\""), "{told}");

    // Who acts as chair signs as that, and is found where a chair is asked for.
    memory.record(
        "role.act",
        &[("chair", CHAIR)],
        "2017-10-02T09:00:00Z",
        json!({ "who": VICE, "from": "2017-10-02T09:00:00Z", "until": "2017-11-01T09:00:00Z", "reason": "unable" }),
    );
    let acting = is(&[("acting-chair", VICE), ("secretariat", "tsb")]);
    assert_eq!(signers(&format!("meeting cancel {cancel} --key {vice}")), acting);
    assert_eq!(signers(&format!("meeting cancel {cancel} --unsigned")), acting);
    // Two vice-chairs: one is named.
    memory.record(
        "role.appoint",
        &[("chair", CHAIR)],
        "2017-10-03T11:00:00Z",
        json!({ "role": "vice-chair", "who": MEMBER, "membership": "member", "from": "2017-10-03T11:00:00Z",
            "decision": { "by": "group", "basis": "consensus" } }),
    );
    let determine = form("determine");
    let unsigned = format!("deliverable determine {determine} --unsigned --as vice-chair");
    let told = desk.fails(&unsigned, Exit::Usage);
    assert!(told.contains(&format!("several can sign determine as vice-chair: {VICE}, {MEMBER}")), "{told}");
    let named = is(&[("vice-chair", VICE), ("secretariat", "tsb")]);
    assert_eq!(signers(&format!("{unsigned} --with vice-chair={VICE}")), named);
    assert_eq!(signers(&format!("{unsigned} --who {VICE}")), named);
}

/// Nobody but `ssh-keygen` signs: the record is prepared unsigned and goes from hand to hand.
#[test]
fn two_sign_with_ssh_keygen_alone() {
    let memory = group();
    let desk = Desk::new(&serve(&memory), june);
    announce(&desk);
    let desk = desk.at(late);
    let form = desk.file("cancel.toml", &desk.must("meeting cancel --example").data);
    let written: Value =
        serde_json::from_str(&desk.must(&format!("meeting cancel {form} --unsigned --json")).data).unwrap();
    let name = written["file"].as_str().unwrap();
    let record = desk.path(name).display().to_string();
    std::fs::rename(name, &record).unwrap();
    assert_eq!(written["missing"], json!({ "as": "chair", "who": CHAIR }));
    for (who, role) in [(CHAIR, "chair"), ("tsb", "secretariat")] {
        let printed = desk.must(&format!("record print {record}"));
        assert!(printed.data.contains(&format!("to sign it as the {role} {who}")), "{}", printed.data);
        let printed = desk.must(&format!("record print {record} --json"));
        let printed: Value = serde_json::from_str(&printed.data).unwrap();
        // The commands as they stand there, with this desk's key.
        let [line, sign, attach] = [0, 1, 2].map(|at| printed["commands"][at].as_str().unwrap().to_owned());
        let shell = format!("{line} && {}", sign.replace("KEY", &desk.key(who)));
        assert!(std::process::Command::new("sh").args(["-c", &shell]).output().unwrap().status.success(), "{shell}");
        assert_eq!(std::fs::read_to_string(format!("{record}.line")).unwrap(), printed["line"].as_str().unwrap());
        desk.must(&format!("{} --dry-run", attach.strip_prefix("plenary ").unwrap()));
        desk.must(attach.strip_prefix("plenary ").unwrap());
        std::fs::remove_file(format!("{record}.line.sig")).unwrap();
    }
    assert!(desk.fails(&format!("record print {record}"), Exit::Usage).contains("all signers"));
    let sent = desk.must(&format!("record submit {record}"));
    assert!(sent.data.contains("recorded"), "{}", sent.data);
    assert!(desk.must("meeting show 1").data.contains("meeting.cancel"));
}

#[test]
fn a_signature_that_is_not_right_is_not_attached() {
    let memory = group();
    let desk = Desk::new(&serve(&memory), june);
    announce(&desk);
    let form = desk.file("cancel.toml", &desk.must("meeting cancel --example").data);
    let done = desk.must(&format!("meeting cancel {form} --key {}", desk.key(CHAIR)));
    let name = done.data.lines().find_map(|line| line.strip_prefix("written    ")).unwrap().to_owned();
    let record = desk.path(&name).display().to_string();
    std::fs::rename(&name, &record).unwrap();
    let other = desk.file("other.line", "{}\n");
    ssh_keygen(&["-q", "-Y", "sign", "-n", "plenary-record", "-f", &desk.key("tsb"), &other]);
    let whole = std::fs::read(&record).unwrap();
    desk.fails(&format!("record attach {record} {other}.sig"), Exit::Usage);
    desk.fails(&format!("record attach {record} {other}"), Exit::Usage);
    desk.fails(&format!("record attach {record} {other}.none"), Exit::NotFound);
    assert_eq!(std::fs::read(&record).unwrap(), whole);
}

#[test]
fn the_group_and_the_rules_are_shown() {
    let memory = group();
    let desk = Desk::new(&serve(&memory), june);
    announce(&desk);
    let shown = desk.must("group show").data;
    for words in ["FG DLT", "tsag", CHAIR, "group.establish"] {
        assert!(shown.contains(words), "{words}\n{shown}");
    }
    let rules: Value = serde_json::from_str(&desk.must("group rules --json").data).unwrap();
    assert_eq!(rules.as_array().unwrap().len(), plenary_procedure::rules::RULES.len());
    let shown = desk.must("group rules").data;
    let row = shown.lines().find(|line| line.contains(" R31 ")).unwrap();
    assert!(row.contains("ToR 2.10 (2017)") && row.contains("waivable") && row.contains("chair"), "{row}");
}

#[test]
fn a_chair_asks_the_objector_for_an_answer() {
    let memory = group();
    let desk = Desk::new(&serve(&memory), june);
    announce(&desk);
    deliverable(&memory);
    let desk = desk.at(october);
    let (chair, member) = (desk.key(CHAIR), desk.key(MEMBER));
    let text = desk.file("text.txt", "because");
    desk.must(&format!("deliverable call D1.1 --key {chair}"));
    desk.must(&format!("deliverable object D1.1 --clause 6.2 --reasons {text} --key {member}"));
    let reply = format!("deliverable reply D1.1-OBJ-1 {text} --answer-by 2017-10-20T12:00:00Z");
    let done = desk.must(&format!("{reply} --key {chair} --dry-run"));
    assert!(
        done.data.contains("\"answer_by\":\"2017-10-20T12:00:00Z\"") && done.data.contains("\"as\":\"chair\""),
        "{done:?}"
    );
    desk.must(&format!("{reply} --key {chair}"));
    desk.fails(&format!("deliverable reply D1.1-OBJ-1 {text} --answer-by tomorrow --key {chair}"), Exit::Usage);
}
