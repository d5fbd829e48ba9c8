//! Disclosures of patents: who holds them, on which text they bear, and what the holder declares.
//!
//! Whether a patent is valid, or needed to implement a text, is nobody's to say
//! here: a disclosure holds what was stated, and no record assesses it.

use std::collections::{BTreeMap, BTreeSet};

use plenary_core::{entry::Finding, hash::Digest, record::Name, subject::Subject, time::Moment};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    clock::{self, Arrival},
    contribution::Contribution,
    deliverable::{Deliverable, DeliverableStanding},
    document::Document,
    licence::{Licence, LicensingOption},
    organization::Organization,
    participant::Participant,
    patent::{MARKS_MAX, PatentMark},
    position,
    record_type::Capacity,
    refusal::Refusal,
    rules,
    text::{Label, Number, Pid, Text},
};

/// Body of `ipr.disclose`: patents that may bear on a text (Common Patent Policy, its form).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct IprDisclose {
    /// Whether the patents are the holder's own to license, or disclosed by a third party.
    pub claim: Claim,
    /// Whose they are: an organisation, or a participant's pid; a third party may not know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<Text<Name>>,
    /// The text, with its revision.
    pub object: PatentObject,
    /// What the holder declares; a third party can declare nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<Licence>,
    /// The patents; without any, the declaration is about all that the holder has on that text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub patents: Vec<PatentReference>,
    /// The form, signed.
    pub form: Document,
    /// When the secretariat received the form; stated where the secretariat enters it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<Text<Moment>>,
}

/// Body of `ipr.general`: a declaration on all texts, which replaces none on a single text.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct IprGeneral {
    /// The organisation that declares.
    pub holder: Text<Name>,
    /// What it declares: option 1 or 2.
    pub licence: Licence,
    /// The general form, signed.
    pub form: Document,
    /// When the secretariat received the form; stated where the secretariat enters it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<Text<Moment>>,
}

/// Body of `ipr.contact`: the holder was asked for a declaration, `at` says when; nothing is asserted by that.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct IprContact {
    /// The number of a third party's disclosure.
    pub disclosure: Text<Number>,
    /// The letter, as a restricted document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub letter: Option<Document>,
}

/// Who discloses.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Claim {
    /// The holder.
    Own,
    /// Somebody who knows of another's patents.
    ThirdParty,
}

/// The text that patents may bear on, and its revision.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum PatentObject {
    /// A contribution.
    Contribution {
        /// Its number.
        number: Text<Number>,
        /// Its revision; the first text is 1.
        revision: u32,
    },
    /// A deliverable.
    Deliverable {
        /// Its number.
        number: Text<Label>,
        /// Its version.
        version: u32,
        /// The manifest of that version.
        manifest: Text<Digest>,
    },
}

/// A patent or an application for one.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PatentReference {
    /// Granted or applied for.
    pub status: PatentStatus,
    /// Its number without spaces, such as `EP1234567B1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<Text<Label>>,
    /// The document that describes it, and names the portions of the text that it bears on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Document>,
}

/// Whether a patent is granted.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PatentStatus {
    /// Granted.
    Granted,
    /// Applied for.
    Pending,
}

/// The state of a disclosure.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Disclosure {
    /// Who disclosed.
    pub claim: Claim,
    /// Whose patents they are.
    pub holder: Option<Text<Name>>,
    /// The text; none for a general declaration.
    pub object: Option<PatentObject>,
    /// What the holder declares now.
    pub licence: Option<Licence>,
    /// The numbers of the patents that were named.
    pub patents: BTreeSet<Text<Label>>,
    /// The form in force.
    pub form: Text<Digest>,
    /// How often it was stated: first, superseded, corrected.
    pub statements: u32,
    /// How often the secretariat asked the holder.
    pub contacts: u32,
}

impl Disclosure {
    /// The most patents of one disclosure.
    pub const PATENTS_MAX: usize = 64;
}

/// The numbers of disclosures that were given.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct DisclosureRegister {
    /// How many.
    pub given: u32,
    /// The general declaration of each organisation that made one.
    pub general: BTreeMap<Text<Name>, Text<Number>>,
}

impl DisclosureRegister {
    /// The most organisations with a general declaration.
    pub const GENERAL_MAX: usize = 1_024;
}

impl PatentObject {
    fn subject(&self, act: &Act<'_>) -> Result<Subject, Stop> {
        match self {
            Self::Contribution { number, .. } => act.contribution_subject(&number.0),
            Self::Deliverable { number, .. } => act.deliverable_subject(&number.0),
        }
    }

    /// The revision or version.
    pub const fn revision(&self) -> u32 {
        match self {
            Self::Contribution { revision, .. } => *revision,
            Self::Deliverable { version, .. } => *version,
        }
    }

    /// Whether both are revisions of one text.
    pub(crate) fn is_same_text(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Contribution { number, .. }, Self::Contribution { number: other, .. }) => number == other,
            (Self::Deliverable { number, .. }, Self::Deliverable { number: other, .. }) => number == other,
            (Self::Contribution { .. }, Self::Deliverable { .. })
            | (Self::Deliverable { .. }, Self::Contribution { .. }) => false,
        }
    }

    /// Refuses a revision that the ledger does not have.
    pub(crate) fn check(&self, act: &mut Act<'_>) -> Result<(), Stop> {
        let subject = self.subject(act)?;
        let (current, is_text) = match self {
            Self::Contribution { .. } => (act.require::<Contribution>(&subject)?.revision, true),
            Self::Deliverable { version, manifest, .. } => {
                let deliverable = act.require::<Deliverable>(&subject)?;
                // What earlier versions held stands in the deliverable's chain, not in its state.
                let is_text = *version < deliverable.version || deliverable.manifest() == Some(manifest.0);
                (deliverable.version, is_text)
            }
        };
        let problem = if !(1..=current).contains(&self.revision()) {
            "names a revision that is not recorded"
        } else if !is_text {
            "names a manifest that is not that of the version"
        } else {
            return Ok(());
        };
        Err(Refusal::Field { field: "object", problem }.into())
    }

    pub(crate) fn marks(&self, act: &mut Act<'_>) -> Result<Vec<PatentMark>, Stop> {
        let subject = self.subject(act)?;
        Ok(match self {
            Self::Contribution { .. } => act.require::<Contribution>(&subject)?.patents,
            Self::Deliverable { .. } => act.require::<Deliverable>(&subject)?.patents,
        })
    }

    /// The disclosure joins the chain of the text that it is about.
    pub(crate) fn store_marks(&self, act: &mut Act<'_>, patents: Vec<PatentMark>) -> Result<(), Stop> {
        let subject = self.subject(act)?;
        match self {
            Self::Contribution { .. } => {
                let contribution = act.require::<Contribution>(&subject)?;
                act.put(subject, Contribution { patents, ..contribution });
            }
            Self::Deliverable { .. } => {
                let deliverable = act.require::<Deliverable>(&subject)?;
                act.put(subject, Deliverable { patents, ..deliverable });
            }
        }
        Ok(())
    }
}

pub(crate) fn subject(act: &Act<'_>, number: &Number) -> Result<Subject, Stop> {
    act.subject(&format!("ipr/{number}"))
}

/// Rules R38, R54, R70 to R72, R74 and R75.
pub(crate) fn disclose(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: IprDisclose = act.body()?;
    find_arrival(act, body.received)?;
    check_claim(act, &body)?;
    body.object.check(act)?;
    let patents = find_patents(act, &body.patents, body.licence.as_ref())?;
    let mut marks = body.object.marks(act)?;
    if let (Some(holder), Some(licence)) = (&body.holder, &body.licence) {
        find_earlier(act, &marks, &Declared { holder, licence, object: &body.object, patents: &patents })?;
    }
    let number = next_number(act)?;
    let option = body.licence.as_ref().map(|licence| licence.option);
    let after_approval = find_outset(act, &body.object, option)?;
    if body.claim == Claim::ThirdParty {
        let holder = body.holder.as_ref().map_or_else(|| "not known".to_owned(), ToString::to_string);
        act.find(&rules::R74, Finding::Noted, [("holder", holder.into())]);
    }
    if MARKS_MAX <= marks.len() {
        return Err(Refusal::Full(body.object.subject(act)?).into());
    }
    marks.push(PatentMark {
        disclosure: Text(number.clone()),
        holder: body.holder.clone(),
        option,
        revision: body.object.revision(),
        after_approval,
        contacts: 0,
        waiver: None,
    });
    body.object.store_marks(act, marks)?;
    let subject = subject(act, &number)?;
    act.put(
        subject,
        Disclosure {
            claim: body.claim,
            holder: body.holder,
            object: Some(body.object),
            licence: body.licence,
            patents,
            form: body.form.digest,
            statements: 1,
            contacts: 0,
        },
    );
    Ok(())
}

/// Rule R38, and that only the secretariat enters what others signed.
pub(crate) fn find_arrival(act: &mut Act<'_>, received: Option<Text<Moment>>) -> Result<(), Stop> {
    let received = received.map(|received| received.0);
    Arrival::of(act, received)?;
    let Some(received) = received else {
        return Ok(());
    };
    let zone = act.group()?.zone.clone();
    clock::find_entry(act, &zone, received)
}

/// A holder declares for itself, with a licence; a third party cannot declare any.
fn check_claim(act: &mut Act<'_>, body: &IprDisclose) -> Result<(), Stop> {
    if let Some(holder) = &body.holder {
        check_holder(act, &holder.0)?;
    }
    let (field, problem) = match (body.claim, &body.holder, &body.licence) {
        (Claim::Own, Some(holder), Some(licence)) => {
            licence.check()?;
            return check_speaks_for(act, &holder.0);
        }
        (Claim::Own, None, _) => ("holder", "is missing: whose patents are they?"),
        (Claim::Own, Some(_), None) => ("licence", "is missing: the holder declares option 1, 2 or 3"),
        (Claim::ThirdParty, _, Some(_)) => ("licence", "is the holder's to declare, not a third party's"),
        (Claim::ThirdParty, Some(holder), None) if is_speaker(act, &holder.0)? => {
            ("claim", "is third-party, while you speak for the holder: disclose them as your own")
        }
        (Claim::ThirdParty, _, None) => return Ok(()),
    };
    Err(Refusal::Field { field, problem }.into())
}

/// A holder is a registered organisation or an enrolled participant.
pub(crate) fn check_holder(act: &mut Act<'_>, holder: &Name) -> Result<(), Stop> {
    match Pid::parse(holder.as_str()) {
        Some(pid) => {
            let subject = act.participant_subject(&pid)?;
            act.require::<Participant>(&subject).map(|_| ())
        }
        None => {
            let subject = act.organization_subject(holder)?;
            act.require::<Organization>(&subject).map(|_| ())
        }
    }
}

fn is_speaker(act: &mut Act<'_>, holder: &Name) -> Result<bool, Stop> {
    Ok(position::speaker(act)?.who == *holder)
}

/// The holder's delegate, its own key or the person signs; or the secretariat, for a form that it received.
pub(crate) fn check_speaks_for(act: &mut Act<'_>, holder: &Name) -> Result<(), Stop> {
    if act.signed_as(Capacity::Secretariat).is_some() && act.signatories().len() == 1 {
        return Ok(());
    }
    let speaker = position::speaker(act)?;
    if speaker.who == *holder { Ok(()) } else { Err(Refusal::NotYours { who: speaker.who }.into()) }
}

/// Rule R72: option 3 names each patent, its portions of the text and its description.
pub(crate) fn find_patents(
    act: &mut Act<'_>,
    references: &[PatentReference],
    licence: Option<&Licence>,
) -> Result<BTreeSet<Text<Label>>, Stop> {
    let numbers: Vec<_> = references.iter().filter_map(|reference| reference.number.clone()).collect();
    let patents: BTreeSet<_> = numbers.iter().cloned().collect();
    if patents.len() != numbers.len() || Disclosure::PATENTS_MAX < references.len() {
        return Err(Refusal::List { field: "patents" }.into());
    }
    if licence.map(|licence| licence.option) == Some(LicensingOption::Unwilling) {
        if references.is_empty() || patents.len() < references.len() {
            return Err(Refusal::PatentsUnnamed("the number of each patent").into());
        }
        if references.iter().any(|reference| reference.document.is_none()) {
            return Err(Refusal::PatentsUnnamed("a document that describes it and names the portions").into());
        }
        act.find(&rules::R72, Finding::Met, [("patents", patents.len().into())]);
    }
    Ok(patents)
}

struct Declared<'a> {
    holder: &'a Text<Name>,
    licence: &'a Licence,
    object: &'a PatentObject,
    patents: &'a BTreeSet<Text<Label>>,
}

/// Rule R70: a fresh declaration takes nothing back of an earlier one by the same holder on the same text.
///
/// It is held to an earlier one that names one of its patents, whatever the revision, and to
/// one that names none, which covers all that the holder has on that revision and those before.
fn find_earlier(act: &mut Act<'_>, marks: &[PatentMark], declared: &Declared<'_>) -> Result<(), Stop> {
    let mut compared = 0_u32;
    for mark in marks.iter().filter(|mark| mark.holder.as_ref() == Some(declared.holder)) {
        let earlier_subject = subject(act, &mark.disclosure.0)?;
        let earlier = act.require::<Disclosure>(&earlier_subject)?;
        let Some(licence) = &earlier.licence else { continue };
        let covers_all = earlier.patents.is_empty() && declared.object.revision() <= mark.revision;
        if covers_all || earlier.patents.intersection(declared.patents).next().is_some() {
            check_keeps(&mark.disclosure.0, declared.licence, licence)?;
            compared = compared.saturating_add(1);
        }
    }
    if 0 < compared {
        act.find(&rules::R70, Finding::Met, [("earlier_declarations", compared.into())]);
    }
    Ok(())
}

/// Rule R70.
pub(crate) fn check_keeps(number: &Number, licence: &Licence, earlier: &Licence) -> Result<(), Refusal> {
    if licence.keeps(earlier) {
        return Ok(());
    }
    let (stands, found) = (earlier.option.number(), licence.option.number());
    Err(Refusal::LessFavourable { disclosure: number.clone(), stands, found })
}

/// How many disclosures were given a number.
pub(crate) fn given(act: &mut Act<'_>) -> Result<u64, Stop> {
    let subject = act.subject("ipr")?;
    Ok(act.load::<DisclosureRegister>(&subject)?.unwrap_or_default().given.into())
}

/// Rule R54.
fn next_number(act: &mut Act<'_>) -> Result<Number, Stop> {
    let subject = act.subject("ipr")?;
    let mut register = act.load::<DisclosureRegister>(&subject)?.unwrap_or_default();
    let full = || Stop::from(Refusal::Full(subject.clone()));
    register.given = register.given.checked_add(1).ok_or_else(full)?;
    let prefix = act.group()?.prefix.clone();
    let number = Number::parse(&format!("{prefix}-IPR-{:03}", register.given)).ok_or_else(full)?;
    act.find(&rules::R54, Finding::Met, [("number", number.to_string().into())]);
    act.give_number(number.as_str());
    act.put(subject, register);
    Ok(number)
}

/// Rules R75 and R71: whether the group had agreed to the text, and what follows from that under option 3.
fn find_outset(act: &mut Act<'_>, object: &PatentObject, option: Option<LicensingOption>) -> Result<bool, Stop> {
    let PatentObject::Deliverable { .. } = object else {
        return Ok(false);
    };
    let subject = object.subject(act)?;
    let deliverable = act.require::<Deliverable>(&subject)?;
    let standing = deliverable.standing.as_str();
    let is_agreed = matches!(
        deliverable.standing,
        DeliverableStanding::Approved | DeliverableStanding::Transmitted | DeliverableStanding::Disposed
    );
    let result = if is_agreed { Finding::Broken } else { Finding::Met };
    act.find(&rules::R75, result, [("deliverable", standing.into())]);
    if option == Some(LicensingOption::Unwilling) {
        let (result, follows) = if is_agreed {
            (Finding::Broken, "the group considers whether to reopen it")
        } else {
            (Finding::Noted, "it is not agreed while the declaration stands")
        };
        act.find(&rules::R71, result, [("deliverable", standing.into()), ("follows", follows.into())]);
    }
    Ok(is_agreed)
}

/// Rules R54 and R73.
pub(crate) fn declare_in_general(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: IprGeneral = act.body()?;
    find_arrival(act, body.received)?;
    let organization = act.organization_subject(&body.holder.0)?;
    act.require::<Organization>(&organization)?;
    check_speaks_for(act, &body.holder.0)?;
    body.licence.check()?;
    if body.licence.option == LicensingOption::Unwilling {
        return Err(Refusal::GeneralUnwilling.into());
    }
    let register_subject = act.subject("ipr")?;
    let register = act.load::<DisclosureRegister>(&register_subject)?.unwrap_or_default();
    if let Some(number) = register.general.get(&body.holder) {
        return Err(Refusal::AlreadyRecorded(subject(act, &number.0)?).into());
    }
    if DisclosureRegister::GENERAL_MAX <= register.general.len() {
        return Err(Refusal::Full(register_subject).into());
    }
    act.find(&rules::R73, Finding::Met, [("option", body.licence.option.number().into())]);
    let number = next_number(act)?;
    let mut register = act.require::<DisclosureRegister>(&register_subject)?;
    register.general.insert(body.holder.clone(), Text(number.clone()));
    act.put(register_subject, register);
    let subject = subject(act, &number)?;
    act.put(
        subject,
        Disclosure {
            claim: Claim::Own,
            holder: Some(body.holder),
            object: None,
            licence: Some(body.licence),
            patents: BTreeSet::new(),
            form: body.form.digest,
            statements: 1,
            contacts: 0,
        },
    );
    Ok(())
}

/// Rule R74.
pub(crate) fn contact(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: IprContact = act.body()?;
    let number = body.disclosure.0;
    let subject = subject(act, &number)?;
    let mut disclosure = act.require::<Disclosure>(&subject)?;
    let (Claim::ThirdParty, Some(object)) = (disclosure.claim, disclosure.object.clone()) else {
        let problem = "is the holder's own: there is nobody else to ask";
        return Err(Refusal::Field { field: "disclosure", problem }.into());
    };
    let contacted = act.date(act.record().at)?;
    act.find(&rules::R74, Finding::Met, [("contacted", contacted.to_string().into())]);
    disclosure.contacts = disclosure.contacts.saturating_add(1);
    let mut marks = object.marks(act)?;
    for mark in marks.iter_mut().filter(|mark| mark.disclosure.0 == number) {
        mark.contacts = disclosure.contacts;
    }
    object.store_marks(act, marks)?;
    act.give_number(number.as_str());
    act.put(subject, disclosure);
    Ok(())
}
