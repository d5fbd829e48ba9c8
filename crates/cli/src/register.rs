//! `plenary register`: somebody takes part in a meeting.

use plenary_procedure::{
    record_type::{Capacity, RecordType},
    registration::{MeetingRegister, Mode},
    text::Text,
};

use crate::{
    args::{Entered, RegisterArgs},
    draft::Draft,
    exit::Exit,
    identity,
    problem::Problem,
    screen::Screen,
    send::{self, Aftermath},
    session::Session,
    settings::spelled,
};

/// Registers for a meeting.
pub fn run(args: &RegisterArgs, session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let key = session.key()?;
    let signer = identity::signer(session, &key, Capacity::Participant)?;
    let Entered { participant, received } = &args.entered;
    let body = MeetingRegister {
        meeting: Text(spelled("the meeting", &args.meeting)?),
        mode: if args.mode == "onsite" { Mode::OnSite } else { Mode::Remote },
        instead_of: None,
        participant: participant.as_deref().map(|pid| spelled("--for-participant", pid).map(Text)).transpose()?,
        received: received.as_deref().map(|time| spelled("--received", time).map(Text)).transpose()?,
    };
    let draft = Draft::new(RecordType::MeetingRegister, session.group()?, &body, vec![signer])?;
    send::send(session, screen, Some(&key), &draft, &Aftermath::then(format!("plenary meeting show {}", body.meeting)))
}
