//! One throw of the dice in a world: who is picked, which text, which meeting, what time.

use plenary_core::time::{Date, Moment};
use plenary_procedure::{contribution::Standing, state::SubjectState};

use crate::{acts::text_of, rows::who, world::World};

pub(crate) const DAY_MS: u64 = 24 * 3_600_000;

/// Who takes part; all but the first three sign as participants alone.
pub(crate) const PEOPLE: [&str; 6] = ["chair", "vice", "editor", "anna", "ben", "carla"];

/// A world, and dice for the details of one act in it.
pub(crate) struct Scene<'a> {
    pub(crate) world: &'a World,
    pub(crate) dice: [u8; 4],
    /// When the ledger takes it.
    pub(crate) time: Moment,
}

/// A call that somebody acts on.
pub(crate) struct Called<'a> {
    pub(crate) number: &'a str,
    pub(crate) text: &'static str,
    pub(crate) closes: Moment,
}

impl<'a> Scene<'a> {
    /// One of several, by one of the dice.
    pub(crate) fn pick<T: Copy>(&self, die: usize, of: &[T]) -> T {
        of[usize::from(self.dice[die]) % of.len()]
    }

    /// True once in `times` throws.
    pub(crate) fn seldom(&self, die: usize, times: u8) -> bool {
        self.dice[die] % times == times - 1
    }

    /// The date some days from now.
    pub(crate) fn day(&self, days: u32) -> Date {
        Date::at(self.time, 0).and_then(|date| date.plus_days(days)).unwrap()
    }

    pub(crate) fn after_days(&self, days: u64) -> Moment {
        self.time.plus_ms(days * DAY_MS)
    }

    /// Somebody with the key that is in force now.
    pub(crate) fn by(&self, signer: &str) -> String {
        let name = signer.split('/').next().unwrap();
        let key = self.world.minutes.key_name(name);
        if key == name { signer.to_owned() } else { format!("{signer}~{key}") }
    }

    /// Somebody other than the officers.
    pub(crate) fn anybody(&self, die: usize) -> &'static str {
        self.pick(die, &PEOPLE[3..])
    }

    /// Somebody whose key was revoked, if there is one.
    pub(crate) fn keyless(&self, die: usize) -> &'static str {
        let is_keyless = |name: &&&str| self.world.minutes.is_keyless(&who(name));
        PEOPLE.iter().find(is_keyless).copied().unwrap_or_else(|| self.pick(die, &PEOPLE))
    }

    pub(crate) fn label(&self) -> &'static str {
        self.pick(0, &["D1.1", "D1.2", "D1.1", "D1.2", "D1.3"])
    }

    /// The version and the name of the current text of a deliverable.
    pub(crate) fn text(&self, label: &str) -> (u64, &'static str) {
        self.world.minutes.texts.get(label).map_or((0, "text-1"), |(version, text)| (*version, text_of(text)))
    }

    /// The latest call of a deliverable, or of another one if that has none.
    pub(crate) fn call(&self) -> Called<'a> {
        let minutes = &self.world.minutes;
        let number = minutes.latest.get(self.label()).or_else(|| minutes.latest.values().next());
        let Some(number) = number else {
            return Called { number: "D1.1-C1", text: "text-1", closes: self.time };
        };
        let note = &minutes.calls[number];
        Called { number, text: text_of(&note.manifest), closes: note.closes }
    }

    /// An objection; mostly one that is open or upheld.
    pub(crate) fn objection(&self) -> &'a str {
        let objections = &self.world.minutes.objections;
        let is_live = |standing: &str| self.seldom(3, 8) || ["open", "upheld"].contains(&standing);
        let live: Vec<&str> =
            objections.iter().filter(|(_, note)| is_live(&note.standing)).map(|(number, _)| number.as_str()).collect();
        if live.is_empty() { "D1.1-OBJ-1" } else { self.pick(0, &live) }
    }

    /// One of the last liaison statements of the group's own.
    pub(crate) fn liaison(&self) -> &'a str {
        self.last(&self.world.minutes.statements, "DLT-LS-001")
    }

    /// One of the last that were received.
    pub(crate) fn liaison_in(&self) -> &'a str {
        self.last(&self.world.minutes.received, "DLT-LS-I-001")
    }

    /// One of the last disclosures of patents.
    pub(crate) fn disclosure(&self) -> &'a str {
        let numbers: Vec<&str> = self.world.minutes.patents.keys().rev().take(3).map(String::as_str).collect();
        if numbers.is_empty() { "DLT-IPR-001" } else { self.pick(0, &numbers) }
    }

    /// One of the last documents that are no contributions.
    pub(crate) fn paper(&self) -> &'a str {
        self.last(&self.world.minutes.papers, "DLT-TD-001")
    }

    fn last(&self, of: &'a [String], otherwise: &'a str) -> &'a str {
        let last: Vec<&str> = of.iter().rev().take(3).map(String::as_str).collect();
        if last.is_empty() { otherwise } else { self.pick(0, &last) }
    }

    /// One of the last three meetings.
    pub(crate) fn meeting(&self) -> &'a str {
        let meetings: Vec<&str> = self.world.minutes.meetings.iter().rev().take(3).map(String::as_str).collect();
        self.pick(1, &meetings)
    }

    /// One of the last contributions, in this standing if there is any.
    pub(crate) fn contribution(&self, wanted: Option<Standing>) -> &'a str {
        let last = self.world.minutes.contributions.iter().rev().map(String::as_str);
        let stands = |number: &&str| match self.world.state(&format!("fg-dlt/contribution/{number}")) {
            Some(SubjectState::Contribution(contribution)) => {
                wanted.is_none_or(|wanted| contribution.standing == wanted)
            }
            _ => false,
        };
        let found: Vec<&str> = last.filter(stands).take(4).collect();
        if found.is_empty() { "DLT-I-001" } else { self.pick(2, &found) }
    }
}
