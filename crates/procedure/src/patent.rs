//! Patents as a text remembers them: what was disclosed about it, and whether it may be agreed.

use plenary_core::{entry::Finding, hash::Digest, record::Name};
use serde::{Deserialize, Serialize};

use crate::{
    act::Act,
    licence::LicensingOption,
    refusal::Refusal,
    rules,
    text::{Label, Number, Text},
};

/// A disclosure, as the text that it is about remembers it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PatentMark {
    /// Its number, such as `DLT-IPR-001`.
    pub disclosure: Text<Number>,
    /// Whose patents they are, if that is known.
    pub holder: Option<Text<Name>>,
    /// The option in force; none if a third party disclosed them.
    pub option: Option<LicensingOption>,
    /// The revision or version of the text that it names.
    pub revision: u32,
    /// Whether the group had agreed to the text before.
    pub after_approval: bool,
    /// How often the secretariat asked the holder; for a third party's disclosure.
    pub contacts: u32,
    /// The record by which the chair waived rule R71 for it.
    pub waiver: Option<Text<Digest>>,
}

/// The most disclosures about one text.
pub const MARKS_MAX: usize = 256;

/// The declarations of option 3 that stand against a text.
pub fn refusals(marks: &[PatentMark]) -> impl Iterator<Item = &PatentMark> {
    marks.iter().filter(|mark| mark.option == Some(LicensingOption::Unwilling))
}

/// Rules R71 and R74, before a text is agreed.
///
/// A declaration stands against the deliverable in every version, not in the one
/// that it names alone: otherwise any new version would shake it off, and the
/// group is not to judge whether a changed text still needs the patent (the
/// chair may, and waives the rule with the reasons).
pub(crate) fn check_approval(act: &mut Act<'_>, label: &Label, marks: &[PatentMark]) -> Result<(), Refusal> {
    let mut waivers = Vec::new();
    for mark in refusals(marks) {
        let Some(waiver) = mark.waiver else {
            let disclosure = mark.disclosure.0.clone();
            return Err(Refusal::LicenceRefused { deliverable: label.clone(), disclosure });
        };
        waivers.push(waiver.to_string());
    }
    let result = if waivers.is_empty() { Finding::Met } else { Finding::Waived };
    act.find(&rules::R71, result, [("disclosures", marks.len().into()), ("option_3", waivers.len().into())]);
    if !waivers.is_empty() {
        waivers.dedup();
        act.add_fact("waiver", waivers.join(" ").into());
    }
    let third_party = marks.iter().filter(|mark| mark.option.is_none());
    let (asked, unasked): (Vec<_>, Vec<_>) = third_party.partition(|mark| 0 < mark.contacts);
    if !(asked.is_empty() && unasked.is_empty()) {
        let result = if unasked.is_empty() { Finding::Met } else { Finding::Broken };
        act.find(&rules::R74, result, [("asked", asked.len().into()), ("not_asked", unasked.len().into())]);
    }
    Ok(())
}

/// Waives rule R71 for the declarations that stand now, and for none that follows.
pub(crate) fn waive(marks: &mut [PatentMark], record: Text<Digest>) -> Result<(), Refusal> {
    let mut is_any = false;
    for mark in marks.iter_mut().filter(|mark| mark.option == Some(LicensingOption::Unwilling)) {
        mark.waiver = Some(record);
        is_any = true;
    }
    let problem = "has nothing to be waived for: no declaration of option 3 stands against the deliverable";
    if is_any { Ok(()) } else { Err(Refusal::Field { field: "rule", problem }) }
}
