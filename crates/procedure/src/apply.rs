//! Applies one record to the state before it.

use std::collections::BTreeSet;

use plenary_core::{
    block::Height,
    entry::{Finding, FindingLine},
    hash::Digest,
    record::RecordFile,
    subject::Subject,
    time::Moment,
};
use thiserror::Error;

use crate::{
    act::{Act, Source, Stop},
    action, affiliation, agenda, amendment, attendance, call, cancellation, challenge, circular, claim, closing,
    confirmation, contribution, correction, decision, deliverable, determination, disclosure, disposal, draft, ending,
    erasure, event, extension,
    group::{self, Group},
    holding, interest, key, lateness, liaison, meeting, meeting_report, objection, organization, paper, participant,
    position, preparation, proposal, publication,
    record_type::{Capacity, Reach, RecordType},
    redaction,
    refusal::Refusal,
    registration, reopening, report, reservation, revision, role, rules, ruleset, scope, signing,
    state::SubjectState,
    succession, supersession, suspension, terms, transmission, treatment, voiding, waiver, working_group,
};

/// What is the same for all records of a block.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Context {
    /// The ledger's identity.
    pub ledger: Digest,
    /// The height of the block.
    pub height: Height,
    /// Ledger time, the only clock.
    pub time: Moment,
    /// How long after a deadline a submission that was signed in time is still on time, in milliseconds.
    pub grace_ms: u64,
}

/// The state before the record.
pub trait View {
    /// Why a state cannot be read.
    type Error;

    /// The state of `subject`, if it was ever recorded.
    fn state(&self, subject: &Subject) -> Result<Option<SubjectState>, Self::Error>;

    /// The entry of the log that holds the record with this id, if it was taken.
    ///
    /// It is asked for records in the chain of a subject that is read as well.
    fn entry(&self, record: &Digest) -> Result<Option<Vec<u8>>, Self::Error>;

    /// How many entries the chain of `subject` has; none if it was never recorded.
    fn chain_length(&self, subject: &Subject) -> Result<u64, Self::Error>;
}

/// A view, and the error that it gave if it failed.
struct Viewed<'v, V: View> {
    view: &'v V,
    failure: Option<V::Error>,
}

impl<V: View> Viewed<'_, V> {
    fn note<T>(&mut self, result: Result<T, V::Error>) -> Result<T, Stop> {
        result.map_err(|error| {
            self.failure = Some(error);
            Stop::View
        })
    }
}

impl<V: View> Source for Viewed<'_, V> {
    fn state(&mut self, subject: &Subject) -> Result<Option<SubjectState>, Stop> {
        self.note(self.view.state(subject))
    }

    fn entry(&mut self, record: &Digest) -> Result<Option<Vec<u8>>, Stop> {
        self.note(self.view.entry(record))
    }

    fn chain_length(&mut self, subject: &Subject) -> Result<u64, Stop> {
        self.note(self.view.chain_length(subject))
    }
}

/// What a record does.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    /// The number that was given, such as `DLT-I-001`.
    pub number: Option<String>,
    /// What the rules found, in the order in which they were asked.
    pub findings: Vec<FindingLine>,
    /// The subjects whose chains the record joins, in order and each once.
    pub subjects: Vec<Subject>,
    /// The new states of those subjects.
    pub changes: Vec<(Subject, SubjectState)>,
    /// The subjects that were read: what a dossier needs in order to replay the record.
    pub reads: BTreeSet<Subject>,
}

/// Why a record was not applied.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum ApplyError<E> {
    /// A rule forbids the record.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// The state could not be read.
    #[error("the state could not be read")]
    View(E),
}

/// Applies the record in `file`, whose signatures have been verified, to the state in `view`.
pub fn apply<V: View>(file: &RecordFile, context: &Context, view: &V) -> Result<Applied, ApplyError<V::Error>> {
    let mut viewed = Viewed { view, failure: None };
    let result = run(file, context, &mut viewed);
    match (result, viewed.failure) {
        (_, Some(error)) => Err(ApplyError::View(error)),
        (Ok(applied), None) => Ok(applied),
        (Err(Stop::Refused(refusal)), None) => Err(ApplyError::Refused(refusal)),
        (Err(Stop::View), None) => unreachable!("only a failing view stops so"),
    }
}

fn run<'a>(file: &'a RecordFile, context: &'a Context, source: &'a mut (dyn Source + 'a)) -> Result<Applied, Stop> {
    let record = file.record();
    if record.ledger != context.ledger {
        return Err(Refusal::WrongLedger { found: record.ledger, expected: context.ledger }.into());
    }
    check_times(file, context)?;
    let record_type = RecordType::parse(&record.record_type)
        .ok_or_else(|| Stop::from(Refusal::UnknownType(record.record_type.clone())))?;
    let mut act = Act::new(file, record_type, context, source)?;
    enter_group(&mut act)?;
    signing::check(&mut act)?;
    ending::check(&act)?;
    group::check_lifetime(&mut act)?;
    dispatch(&mut act)?;
    Ok(act.finish())
}

/// Rule L02.
fn check_times(file: &RecordFile, context: &Context) -> Result<(), Refusal> {
    let (record, time) = (file.record(), context.time);
    if record.signed < record.at {
        return Err(Refusal::HappenedLater { at: record.at, signed: record.signed });
    }
    if time < record.signed {
        return Err(Refusal::SignedLater { signed: record.signed, time });
    }
    if record.expires < time {
        return Err(Refusal::Expired { expires: record.expires, time });
    }
    Ok(())
}

fn enter_group(act: &mut Act<'_>) -> Result<(), Stop> {
    let names_group = act.record().group.is_some();
    match (act.record_type().reach(), names_group) {
        (Reach::Ledger, true) => Err(Refusal::NamesGroup(act.record_type()).into()),
        (Reach::Group | Reach::Founding, false) => Err(Refusal::NamesNoGroup(act.record_type()).into()),
        (Reach::Ledger | Reach::Either, false) => Ok(()),
        (Reach::Group | Reach::Either | Reach::Founding, true) => {
            let subject = act.subject("group")?;
            match act.load::<Group>(&subject)? {
                Some(group) => act.set_group(group),
                None if act.record_type().reach() == Reach::Founding => {}
                None => return Err(Refusal::Unknown(subject).into()),
            }
            Ok(())
        }
    }
}

#[expect(clippy::too_many_lines, reason = "a table with a row for each type")]
fn dispatch(act: &mut Act<'_>) -> Result<(), Stop> {
    match act.record_type() {
        RecordType::Ruleset => ruleset::bind(act),
        RecordType::GroupEstablish => group::establish(act),
        RecordType::CircularPublish => circular::publish(act),
        RecordType::LifetimeExtend => group::extend(act),
        RecordType::TermsAmend | RecordType::GroupRecharter => terms::amend(act),
        RecordType::GroupTransfer => terms::transfer(act),
        RecordType::GuidelineAdopt => terms::adopt_guideline(act),
        RecordType::GroupConclude => ending::conclude(act),
        RecordType::GroupClose => ending::close(act),
        RecordType::RecordCorrect => correction::correct(act),
        RecordType::RecordVoid => voiding::void(act),
        RecordType::OrganizationRegister => organization::register(act),
        RecordType::ParticipantEnroll => participant::enroll(act),
        RecordType::ParticipantRectify => participant::rectify(act),
        RecordType::ParticipantMerge => participant::merge(act),
        RecordType::AffiliationChange => affiliation::change(act),
        RecordType::ErasureRequest => erasure::request(act),
        RecordType::ErasureAcknowledge => erasure::acknowledge(act),
        RecordType::KeyRotate => key::rotate(act),
        RecordType::KeyRevoke => key::revoke(act),
        RecordType::KeyRecover => key::recover(act),
        RecordType::KeyEntrust => key::entrust(act),
        RecordType::RoleAppoint => role::appoint(act),
        RecordType::RoleAct => role::act_as_chair(act),
        RecordType::RoleEnd => role::end(act),
        RecordType::WorkingGroupCreate => working_group::create(act),
        RecordType::WorkingGroupAmend => working_group::amend(act),
        RecordType::WorkingGroupClose => working_group::close(act),
        RecordType::MeetingAnnounce => meeting::announce(act),
        RecordType::MeetingAmend => amendment::amend(act),
        RecordType::MeetingCancel => cancellation::cancel(act),
        RecordType::MeetingRegister => registration::register(act),
        RecordType::MeetingUnregister => registration::unregister(act),
        RecordType::AgendaPublish => agenda::publish(act),
        RecordType::MeetingOpen => meeting::open(act),
        RecordType::MeetingClose => meeting::close(act),
        RecordType::DecisionRecord => decision::record(act),
        RecordType::ActionOpen => action::open(act),
        RecordType::ActionClose => action::close(act),
        RecordType::ReportSubmit => meeting_report::submit(act),
        RecordType::ReportApprove => meeting_report::approve(act),
        RecordType::EventRecord => event::record(act),
        RecordType::AttendanceSeal => attendance::seal(act),
        RecordType::AttendanceClaim => claim::claim(act),
        RecordType::ParticipantListReport => attendance::report(act),
        RecordType::IprCall => call::ask_patents(act),
        RecordType::IprDisclose => disclosure::disclose(act),
        RecordType::IprGeneral => disclosure::declare_in_general(act),
        RecordType::IprSupersede => supersession::supersede(act),
        RecordType::IprCorrect => supersession::correct(act),
        RecordType::IprContact => disclosure::contact(act),
        RecordType::DeadlineWaive => waiver::waive(act),
        RecordType::ContributionReserve => reservation::reserve(act),
        RecordType::ContributionSubmit => contribution::submit(act),
        RecordType::ContributionRevise => revision::revise(act),
        RecordType::ContributionAddendum => revision::add(act),
        RecordType::ContributionCorrigendum => revision::correct(act),
        RecordType::ContributionConfirm => confirmation::confirm(act),
        RecordType::ContributionDispute => confirmation::dispute(act),
        RecordType::ContributionWithdraw => treatment::withdraw(act),
        RecordType::ContributionLateAdmit => lateness::admit(act),
        RecordType::ContributionLateDecide => lateness::decide(act),
        RecordType::ContributionReturn => treatment::send_back(act),
        RecordType::ContributionAllocate => treatment::allocate(act),
        RecordType::ContributionDispose => treatment::dispose(act),
        RecordType::DocumentSubmit => paper::submit(act),
        RecordType::DocumentRevise => paper::revise(act),
        RecordType::DocumentWithdraw => paper::withdraw(act),
        RecordType::DocumentDispose => disposal::dispose(act),
        RecordType::DocumentRedact => redaction::redact(act),
        RecordType::DocumentAttest => holding::attest(act),
        RecordType::WorkItemPropose => proposal::propose(act),
        RecordType::WorkItemWithdraw => proposal::withdraw(act),
        RecordType::WorkItemAdopt => deliverable::adopt(act),
        RecordType::WorkItemUpdate => scope::update(act),
        RecordType::WorkItemDiscontinue => deliverable::discontinue(act),
        RecordType::BaselinePublish => deliverable::publish(act),
        RecordType::CallOpen => call::open(act),
        RecordType::Position => position::state(act),
        RecordType::ObjectionRaise => objection::raise(act),
        RecordType::ObjectionRespond => objection::respond(act),
        RecordType::ObjectionWithdraw => objection::withdraw(act),
        RecordType::ObjectionDispose => objection::dispose(act),
        RecordType::CoiDeclare => interest::declare(act),
        RecordType::CallExtend => extension::extend(act),
        RecordType::CallSuspend => suspension::suspend(act),
        RecordType::CallResume => suspension::resume(act),
        RecordType::CallVoid => call::void(act),
        RecordType::CallClose => call::close(act),
        RecordType::Determine => determination::determine(act),
        RecordType::DeterminationChallenge => challenge::raise(act),
        RecordType::ChallengeAnswer => challenge::answer(act),
        RecordType::DeliverableReopen => reopening::reopen(act),
        RecordType::EditorialFix => publication::fix(act),
        RecordType::DeliverablePublish => publication::publish(act),
        RecordType::LiaisonRecord => liaison::record(act),
        RecordType::LiaisonDraft => draft::draft(act),
        RecordType::LiaisonApprove => draft::approve(act),
        RecordType::LiaisonSend => draft::send(act),
        RecordType::LiaisonReply => liaison::reply(act),
        RecordType::LiaisonClose => liaison::close(act),
        RecordType::ProgressReport => report::progress(act),
        RecordType::FinalReport => report::conclude(act),
        RecordType::ParentNote => report::note(act),
        RecordType::Transmit => transmission::transmit(act),
        RecordType::ParentAcknowledge => transmission::acknowledge(act),
        RecordType::ParentDispose => transmission::dispose(act),
        RecordType::ValidatorsPrepare => preparation::prepare(act),
        RecordType::ValidatorsChange => succession::change(act),
        RecordType::ValidatorsClose => closing::close(act),
    }?;
    if let Some(parent) = act.signed_as(Capacity::Parent) {
        let who = parent.who.to_string();
        act.find(&rules::R02, Finding::Met, [("signed_by", who.into())]);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;
    use plenary_core::{
        json::Object,
        record::{NAMESPACE, Name, Record, Signer},
        signature::sign,
    };

    use super::*;

    struct Broken;

    impl View for Broken {
        type Error = &'static str;

        fn state(&self, _subject: &Subject) -> Result<Option<SubjectState>, Self::Error> {
            Err("the disk is gone")
        }

        fn entry(&self, _record: &Digest) -> Result<Option<Vec<u8>>, Self::Error> {
            Err("the disk is gone")
        }

        fn chain_length(&self, _subject: &Subject) -> Result<u64, Self::Error> {
            Err("the disk is gone")
        }
    }

    /// A state that cannot be read is nobody's fault, and no refusal.
    #[test]
    fn an_unreadable_state_is_no_refusal() {
        let time = Moment::parse("2017-06-07T09:30:00Z").unwrap();
        let record = Record {
            at: time,
            body: Object::new(),
            expires: time.plus_ms(1_000),
            group: Name::parse("fg-dlt"),
            ledger: Digest::ZERO,
            signed: time,
            signers: vec![Signer { role: Name::parse("chair").unwrap(), who: Name::parse("tsb").unwrap() }],
            record_type: "wg.create".to_owned(),
        };
        let line = record.to_line().unwrap();
        let signature = sign(&SigningKey::from_bytes(&[1; 32]), &line, NAMESPACE).unwrap();
        let file = RecordFile::assemble(&line, &[signature]).unwrap();
        let context = Context { ledger: Digest::ZERO, height: Height::GENESIS, time, grace_ms: 0 };
        assert_eq!(apply(&file, &context, &Broken), Err(ApplyError::View("the disk is gone")));
    }
}
