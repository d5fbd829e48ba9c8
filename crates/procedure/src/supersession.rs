//! What may follow a declaration on patents: a more favourable one, or the correction of an obvious error.

use plenary_core::{entry::Finding, record::Name, time::Moment};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    disclosure::{self, Claim, Disclosure, DisclosureRegister, PatentObject, PatentReference},
    document::Document,
    licence::Licence,
    refusal::Refusal,
    rules,
    text::{Number, Text},
};

/// Body of `ipr.supersede`: a more favourable declaration on the same patents and the same text.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct IprSupersede {
    /// The number of the declaration, which it keeps.
    pub disclosure: Text<Number>,
    /// What the holder declares now.
    pub licence: Licence,
    /// Who holds the patents now, if they were transferred.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<Text<Name>>,
    /// The document that shows the transfer, which the earlier declaration binds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer: Option<Document>,
    /// The form, signed.
    pub form: Document,
    /// When the secretariat received the form; stated where the secretariat enters it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<Text<Moment>>,
}

/// Body of `ipr.correct`: an obvious error is corrected; what is not stated stays as it is.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct IprCorrect {
    /// The number of the disclosure, which it keeps.
    pub disclosure: Text<Number>,
    /// What was wrong.
    pub error: ObviousError,
    /// What the holder declares, as it was meant: never less favourable than it stood.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<Licence>,
    /// All the patents, as they were meant; none is dropped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub patents: Vec<PatentReference>,
    /// The same text, with the revision that was meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<PatentObject>,
    /// The form as corrected, signed.
    pub form: Document,
}

/// An error that anybody can see.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ObviousError {
    /// In the spelling of a number, a title or an address.
    Typographical,
    /// In the revision of the text.
    Revision,
    /// In entering what the form says.
    Entry,
}

fn load(act: &mut Act<'_>, number: &Number) -> Result<Disclosure, Stop> {
    let subject = disclosure::subject(act, number)?;
    act.require::<Disclosure>(&subject)
}

/// Stores a disclosure that was stated anew, and shows it on its text.
fn store(act: &mut Act<'_>, number: &Number, mut disclosure: Disclosure) -> Result<(), Stop> {
    disclosure.statements = disclosure.statements.saturating_add(1);
    if let Some(object) = &disclosure.object {
        let mut marks = object.marks(act)?;
        for mark in marks.iter_mut().filter(|mark| mark.disclosure.0 == *number) {
            mark.holder = disclosure.holder.clone();
            mark.option = disclosure.licence.as_ref().map(|licence| licence.option);
            mark.revision = object.revision();
        }
        object.store_marks(act, marks)?;
    }
    let subject = disclosure::subject(act, number)?;
    act.give_number(number.as_str());
    act.put(subject, disclosure);
    Ok(())
}

/// Rules R38 and R70.
pub(crate) fn supersede(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: IprSupersede = act.body()?;
    disclosure::find_arrival(act, body.received)?;
    let number = body.disclosure.0;
    let mut disclosure = load(act, &number)?;
    let (Some(holder), Some(stands)) = (disclosure.holder.clone(), disclosure.licence.clone()) else {
        let problem = "is a third party's, and declares nothing: the holder declares with ipr.disclose";
        return Err(Refusal::Field { field: "disclosure", problem }.into());
    };
    let holder = match (body.holder, &body.transfer) {
        (None, None) => holder,
        (Some(transferee), Some(_)) => transferee,
        (Some(_), None) => return Err(field("transfer", "is missing: which document shows it?")),
        (None, Some(_)) => return Err(field("holder", "is missing: to whom were the patents transferred?")),
    };
    disclosure::check_holder(act, &holder.0)?;
    disclosure::check_speaks_for(act, &holder.0)?;
    body.licence.check()?;
    disclosure::check_keeps(&number, &body.licence, &stands)?;
    let (from, to) = (stands.option.number(), body.licence.option.number());
    if stands.keeps(&body.licence) {
        return Err(Refusal::LessFavourable { disclosure: number, stands: from, found: to }.into());
    }
    act.find(&rules::R70, Finding::Met, [("from_option", from.into()), ("to_option", to.into())]);
    if disclosure.object.is_none() {
        move_general(act, &number, &holder)?;
    }
    disclosure.holder = Some(holder);
    disclosure.licence = Some(body.licence);
    disclosure.form = body.form.digest;
    store(act, &number, disclosure)
}

fn field(field: &'static str, problem: &'static str) -> Stop {
    Refusal::Field { field, problem }.into()
}

/// The general declaration of an organisation that became another one's.
fn move_general(act: &mut Act<'_>, number: &Number, holder: &Text<Name>) -> Result<(), Stop> {
    let subject = act.subject("ipr")?;
    let mut register = act.require::<DisclosureRegister>(&subject)?;
    if let Some(other) = register.general.get(holder).filter(|other| other.0 != *number) {
        return Err(Refusal::AlreadyRecorded(disclosure::subject(act, &other.0)?).into());
    }
    register.general.retain(|_, general| general.0 != *number);
    register.general.insert(holder.clone(), Text(number.clone()));
    act.put(subject, register);
    Ok(())
}

/// Rules R70 and R72.
pub(crate) fn correct(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: IprCorrect = act.body()?;
    let number = body.disclosure.0;
    let mut disclosure = load(act, &number)?;
    if let (Claim::Own, Some(holder)) = (disclosure.claim, &disclosure.holder) {
        disclosure::check_speaks_for(act, &holder.0)?;
    }
    if let Some(licence) = body.licence {
        let Some(stands) = &disclosure.licence else {
            return Err(field("licence", "is the holder's to declare, not a third party's"));
        };
        licence.check()?;
        disclosure::check_keeps(&number, &licence, stands)?;
        disclosure.licence = Some(licence);
    }
    if !body.patents.is_empty() {
        let patents = disclosure::find_patents(act, &body.patents, disclosure.licence.as_ref())?;
        // Patents that are not named any more would not be licensed any more.
        if disclosure.patents.is_empty() || patents.len() < disclosure.patents.len() {
            return Err(field("patents", "drop some that the declaration is about"));
        }
        disclosure.patents = patents;
    }
    if let Some(object) = body.object {
        if !disclosure.object.as_ref().is_some_and(|stands| object.is_same_text(stands)) {
            return Err(field("object", "is another text: disclose it for that text"));
        }
        object.check(act)?;
        disclosure.object = Some(object);
    }
    disclosure.form = body.form.digest;
    let error = match body.error {
        ObviousError::Typographical => "typographical",
        ObviousError::Revision => "revision",
        ObviousError::Entry => "entry",
    };
    act.find(&rules::R70, Finding::Noted, [("corrected", error.into())]);
    store(act, &number, disclosure)
}
