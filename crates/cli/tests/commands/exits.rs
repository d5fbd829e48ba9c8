//! Exit codes: a table of what is typed and what comes of it, with each code in it.

use std::fs;

use plenary_cli::exit::Exit;

use crate::{
    MEMBER, announce, deliverable,
    desk::{Desk, june, october, serve},
    group,
    ledger::{Memory, Mood},
};

/// What is seen elsewhere, or cannot be seen yet.
const ELSEWHERE: [Exit; 3] = [
    // A disk that is full, and somebody who says no: `tests/testnet.rs`.
    Exit::Unexpected,
    Exit::Interrupted,
    // A dossier will say it; there is none yet.
    Exit::ProcessIncomplete,
];

/// A desk, and the exits that were seen at it.
struct Seen {
    desk: Desk,
    exits: Vec<Exit>,
}

impl Seen {
    fn check(&mut self, line: &str, exit: Exit) {
        let done = self.desk.type_in(line);
        assert_eq!(done.exit, exit, "{line}\n{}{}", done.data, done.talk);
        self.exits.push(exit);
    }

    /// With one file of the receipt in `folder` altered, and put back.
    fn check_altered(&mut self, line: &str, path: &str, alter: fn(&str) -> String, exit: Exit) {
        let whole = fs::read_to_string(path).unwrap();
        let altered = alter(&whole);
        assert_ne!(altered, whole, "{path}");
        fs::write(path, altered).unwrap();
        self.check(line, exit);
        fs::write(path, whole).unwrap();
    }
}

#[test]
fn each_exit_code_has_its_cause() {
    let memory = group();
    let desk = Desk::new(&serve(&memory), june);
    announce(&desk);
    deliverable(&memory);
    let mut seen = Seen { desk: desk.at(october), exits: Vec::new() };
    of_answers(&mut seen);
    of_moods(&mut seen, &memory);
    of_verdicts(&mut seen, &memory);
    for exit in Exit::ALL {
        assert_ne!(seen.exits.contains(&exit), ELSEWHERE.contains(&exit), "{exit:?}");
    }
}

fn of_answers(seen: &mut Seen) {
    let (member, stranger) = (seen.desk.key(MEMBER), seen.desk.key("stranger"));
    let file = seen.desk.file("statement.txt", "because");
    seen.check("records list", Exit::Done);
    seen.check("frobnicate", Exit::Usage);
    seen.check("records list --type vote", Exit::Usage);
    seen.check("status --node ftp://a", Exit::Configuration);
    seen.check(&format!("register 1 --mode remote --key {stranger}"), Exit::Key);
    seen.check("contribution show DLT-I-099", Exit::NotFound);
    seen.check(&format!("deliverable conclude D1.1 --statement {file} --key {member}"), Exit::Refused);
    seen.check(&format!("register 1 --mode remote --key {member}"), Exit::Done);
    seen.check(&format!("register 1 --mode onsite --key {member}"), Exit::Conflict);
    seen.check("status --node http://127.0.0.1:1", Exit::Unreachable);
}

fn of_moods(seen: &mut Seen, memory: &Memory) {
    let (file, key) = (seen.desk.file("late.txt", "text"), seen.desk.key(MEMBER));
    memory.feel(Mood::Short);
    seen.check("status", Exit::NotReady);
    memory.feel(Mood::Stuck);
    seen.check(&format!("contribution submit {file} --meeting 1 --title A --wait 1 --key {key}"), Exit::Pending);
    memory.feel(Mood::Lying);
    seen.check(&format!("verify ledger --anchor {}", memory.id()), Exit::Contradiction);
    memory.feel(Mood::Well);
}

fn of_verdicts(seen: &mut Seen, memory: &Memory) {
    let (file, key) = (seen.desk.file("a.txt", "text"), seen.desk.key(MEMBER));
    let other = seen.desk.file("b.txt", "other");
    let anchor = memory.id();
    seen.check(&format!("contribution submit {file} --meeting 1 --title A --key {key}"), Exit::Done);
    let line = format!("verify {file} --anchor {anchor}");
    seen.check(&line, Exit::Done);
    seen.check(&format!("verify {file}"), Exit::CannotTell);
    seen.check(&format!("verify {file} --anchor none"), Exit::CannotTell);
    seen.check(&format!("verify {other} --anchor {anchor}"), Exit::CannotTell);
    seen.check(&format!("verify {other} --receipt {file}.receipt --anchor {anchor}"), Exit::ContentDiffers);
    seen.check(&format!("verify {file}-that-is-not-there --anchor {anchor}"), Exit::NotFound);
    let (proof, entry) = (format!("{file}.receipt/proof"), format!("{file}.receipt/entry"));
    seen.check_altered(&line, &proof, |text| text.replacen("index ", "index 1", 1), Exit::NotInLedger);
    let without_last_line = |text: &str| {
        let end = text.trim_end().rfind('\n').unwrap();
        text[..=end].to_owned()
    };
    seen.check_altered(&line, &proof, without_last_line, Exit::NotEnoughValidators);
    let other_title = |text: &str| text.replacen("\"title\":\"A\"", "\"title\":\"B\"", 1);
    seen.check_altered(&line, &entry, other_title, Exit::WrongAuthor);
    seen.check(&line, Exit::Done);
}
