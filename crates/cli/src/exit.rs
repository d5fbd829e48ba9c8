//! The exit codes: one cause each, and all of them here.

use plenary_rpc::fault::FaultData;
use plenary_verifier::verdict::Verdict;

/// How a command ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Exit {
    /// It is done, or the verdict is VERIFIED.
    Done,
    /// Something that should not happen: a defect, or the system failed.
    Unexpected,
    /// What was typed cannot be understood.
    Usage,
    /// A setting is wrong.
    Configuration,
    /// A key, its passphrase, or the permissions of a file.
    Key,
    /// It is not there.
    NotFound,
    /// A rule forbids it.
    Refused,
    /// It conflicts with what is there, or is there already.
    Conflict,
    /// No node answers.
    Unreachable,
    /// The node answers, and is not ready.
    NotReady,
    /// NOT VERIFIED: the content differs.
    ContentDiffers,
    /// NOT VERIFIED: it is not in the ledger as claimed.
    NotInLedger,
    /// NOT VERIFIED: not enough validators signed.
    NotEnoughValidators,
    /// NOT VERIFIED: an author's signature or role.
    WrongAuthor,
    /// NOT VERIFIED: the ledger contradicts itself.
    Contradiction,
    /// CANNOT TELL: the trust anchor or data is missing, or a format is newer.
    CannotTell,
    /// NOT VERIFIED: the group's process is incomplete.
    ProcessIncomplete,
    /// Sent, and not final in time.
    Pending,
    /// Interrupted by the person at the keyboard.
    Interrupted,
}

impl Exit {
    /// Every exit, by code.
    pub const ALL: [Self; 19] = [
        Self::Done,
        Self::Unexpected,
        Self::Usage,
        Self::Configuration,
        Self::Key,
        Self::NotFound,
        Self::Refused,
        Self::Conflict,
        Self::Unreachable,
        Self::NotReady,
        Self::ContentDiffers,
        Self::NotInLedger,
        Self::NotEnoughValidators,
        Self::WrongAuthor,
        Self::Contradiction,
        Self::CannotTell,
        Self::ProcessIncomplete,
        Self::Pending,
        Self::Interrupted,
    ];

    /// The code that the shell sees.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Unexpected => 1,
            Self::Usage => 2,
            Self::Configuration => 3,
            Self::Key => 4,
            Self::NotFound => 5,
            Self::Refused => 6,
            Self::Conflict => 7,
            Self::Unreachable => 8,
            Self::NotReady => 9,
            Self::ContentDiffers => 10,
            Self::NotInLedger => 11,
            Self::NotEnoughValidators => 12,
            Self::WrongAuthor => 13,
            Self::Contradiction => 14,
            Self::CannotTell => 15,
            Self::ProcessIncomplete => 16,
            Self::Pending => 20,
            Self::Interrupted => 130,
        }
    }

    /// What the code means, as the help shows it.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done, or VERIFIED",
            Self::Unexpected => "unexpected error",
            Self::Usage => "usage",
            Self::Configuration => "configuration",
            Self::Key => "key, passphrase or permission",
            Self::NotFound => "not found",
            Self::Refused => "refused by a rule",
            Self::Conflict => "conflict, or already there",
            Self::Unreachable => "node unreachable",
            Self::NotReady => "node not ready",
            Self::ContentDiffers => "NOT VERIFIED: content differs",
            Self::NotInLedger => "NOT VERIFIED: not in the ledger as claimed",
            Self::NotEnoughValidators => "NOT VERIFIED: not enough validator signatures",
            Self::WrongAuthor => "NOT VERIFIED: author signature or role",
            Self::Contradiction => "NOT VERIFIED: the ledger contradicts itself",
            Self::CannotTell => "CANNOT TELL: trust anchor or data missing, or format newer",
            Self::ProcessIncomplete => "NOT VERIFIED: group process incomplete",
            Self::Pending => "sent, not final in time: check later",
            Self::Interrupted => "interrupted",
        }
    }

    /// The exit of a node's refusal, by its JSON-RPC code and reason.
    pub fn of_fault(code: i32, data: &FaultData) -> Self {
        match (code, data.reason.as_str()) {
            (-32_600, "unknown_host" | "foreign_origin") => Self::Configuration,
            (-32_001, _) => Self::NotFound,
            (-32_002 | -32_005 | 1_006, _) => Self::NotReady,
            (-32_602 | -32_601, _) => Self::Usage,
            (1_001, _) => Self::Key,
            (1_002 | 1_003 | 1_005, _) => Self::Refused,
            (1_004, _) => Self::Conflict,
            (_, _) => Self::Unexpected,
        }
    }

    /// The exit of a verdict on a receipt, which brings its own code.
    pub fn of_verdict(verdict: &Verdict) -> Self {
        let code = verdict.exit_code();
        Self::ALL.into_iter().find(|exit| exit.code() == code).unwrap_or(Self::CannotTell)
    }

    /// The table of codes, for the help.
    pub fn table() -> String {
        let lines = Self::ALL.iter().map(|exit| format!("  {:>3}  {}\n", exit.code(), exit.meaning()));
        format!("Exit codes:\n{}", lines.collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use plenary_verifier::verdict::{Failure, Gap};

    use super::*;

    #[test]
    fn every_code_is_given_once() {
        let codes: Vec<u8> = Exit::ALL.iter().map(|exit| exit.code()).collect();
        assert!(codes.is_sorted_by(|one, two| one < two), "{codes:?}");
        assert_eq!(codes.last(), Some(&130));
    }

    #[test]
    fn the_verifier_gives_the_same_codes() {
        use plenary_core::{checkpoint::CheckpointError, merkle::ProofError, record::RecordError};
        for verdict in [
            Verdict::Verified,
            Verdict::NotVerified(Failure::NoDocument),
            Verdict::NotVerified(Failure::EntryForm),
            Verdict::NotVerified(Failure::Inclusion(ProofError::Root)),
            Verdict::NotVerified(Failure::Cosignatures(CheckpointError::Quorum { found: 2, needed: 3 })),
            Verdict::NotVerified(Failure::Signatures(RecordError::Trailing)),
            Verdict::CannotTell(Gap::NoAnchor),
        ] {
            assert_eq!(Exit::of_verdict(&verdict).code(), verdict.exit_code(), "{verdict}");
        }
    }

    #[test]
    fn a_nodes_refusal_has_the_exit_of_its_cause() {
        let exit = |code, reason: &str| {
            let data = FaultData {
                reason: reason.to_owned(),
                message: String::new(),
                remedy: String::new(),
                rule: String::new(),
                docs: String::new(),
                retry_after_ms: None,
                missing: Vec::new(),
                facts: serde_json::Map::new(),
            };
            Exit::of_fault(code, &data)
        };
        assert_eq!(exit(1_003, "objection_open"), Exit::Refused);
        assert_eq!(exit(1_002, "needs_chair"), Exit::Refused);
        assert_eq!(exit(1_001, "unknown_key"), Exit::Key);
        assert_eq!(exit(1_004, "already_recorded"), Exit::Conflict);
        assert_eq!(exit(1_006, "no_quorum"), Exit::NotReady);
        assert_eq!(exit(-32_001, "no_such_record"), Exit::NotFound);
        assert_eq!(exit(-32_600, "unknown_host"), Exit::Configuration);
        assert_eq!(exit(-32_603, "internal"), Exit::Unexpected);
    }
}
