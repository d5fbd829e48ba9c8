//! The rules, as data: what each says, where it comes from, and who may waive it.
//!
//! Numbers such as the twelve days are not here but in the group's rule set.
//! `docs/rules.md` is written from this table.

use crate::rule::{Rule, Waiver};

/// Makes the rules, and the list of them all, out of one table.
macro_rules! rules {
    ($($(#[$doc:meta])* $id:ident = $rule:expr;)+) => {
        $($(#[$doc])* pub const $id: Rule = $rule;)+

        /// Every rule, in the order of ids.
        pub const RULES: &[&Rule] = &[$(&$id),+];
    };
}

rules! {
    /// The record belongs to this ledger.
    L01 = Rule::ledger("L01", "A record is taken by the ledger that it names, and by no other.");
    /// The record's times fit ledger time.
    L02 = Rule::ledger("L02", "It happened before it was signed, and the ledger takes it between `signed` and `expires`.");
    /// The keys are in force.
    L03 = Rule::ledger("L03", "Each signature is made with a key that its signer holds at ledger time.");
    /// The roles are in force.
    L04 = Rule::ledger("L04", "Each record type has its signers, who hold the role that they sign in.");
    /// The body has the form of its type.
    L05 = Rule::ledger("L05", "The body has exactly the fields of its type, each of the form described.");
    /// What the record names is known.
    L06 = Rule::ledger("L06", "What a record refers to is recorded already.");
    /// Nothing is recorded twice.
    L07 = Rule::ledger("L07", "Nothing is recorded twice; a later record names what it supersedes.");
    /// A deadline's instant follows from its words.
    L08 = Rule::ledger("L08", "The instants of a notice follow from its words and its own table of offsets.");
    /// A step follows the one before it.
    L09 = Rule::ledger("L09", "Each step follows the one that its subject is at.");
    /// One change of validators at a time.
    L10 = Rule::ledger("L10", "The validators change one epoch at a time, two blocks after the record; the closing checkpoint of the epoch before is recorded first.");
    /// A quorum of the seats agrees.
    L11 = Rule::ledger("L11", "Who runs a quorum of the present seats signs a change of validators.");
    /// Policy and validators fit.
    L12 = Rule::ledger("L12", "A policy and its validators name the same 1 to 21 seats and this log, and no two purposes share a key.");
    /// Keys are fresh and proven.
    L13 = Rule::ledger("L13", "Every seat has keys that were published and proven before, and a cosigning key that no policy has had.");
    /// Newcomers follow the ledger.
    L14 = Rule::ledger("L14", "A newcomer has cosigned a head of the present epoch that is 10,000 heights old at most.");
    /// An epoch is closed.
    L15 = Rule::ledger("L15", "An epoch is closed by the checkpoint of its last block, which a quorum of its validators cosigned.");

    /// Group ids are unique.
    R01 = Rule::hard("R01", "A group is established once.", "circular 1", "2017");
    /// The parent group acts for itself.
    R02 = Rule::hard("R02", "What the parent group decides, the parent group signs.", "ToR 2.4", "2017");
    /// A circular follows the decision.
    R03 = Rule::hard("R03", "A circular announces what the parent group has decided.", "circular 1", "2017").flag();
    /// Terms are amended by a decision.
    R04 = Rule::hard(
        "R04",
        "The parent group amends the terms by a rule set that supersedes the one before; a call opened under that one is not determined under the new.",
        "ToR 2.4",
        "2017",
    );
    /// Extension in time.
    R05 = Rule::hard("R05", "An extension is decided while the group lives.", "ToR 2.16", "2017").flag();
    /// No call is left open.
    R06 = Rule::ledger("R06", "A group concludes when no deliverable is in a call, names what it leaves unfinished, and opens no call after.");
    /// The group lives.
    R07 = Rule::hard(
        "R07",
        "The group works within its lifetime, counted in months from its first meeting.",
        "ToR 2.16",
        "2017",
    )
    .waived_by(Waiver::Parent);
    /// Milestones.
    R08 = Rule::hard("R08", "The first meeting takes place by the milestone of the terms.", "ToR 2.16", "2017").flag();
    /// The parent can extend in time.
    R09 = Rule::hard(
        "R09",
        "The parent group, which alone extends the lifetime, meets before it ends.",
        "ToR 2.16",
        "2017",
    )
    .flag();
    /// The chair comes from the parent.
    R10 = Rule::hard("R10", "The parent group appoints the chair.", "circular 4", "2017");
    /// Vice-chairs come from the group.
    R11 = Rule::hard(
        "R11",
        "Vice-chairs are appointed by whom the terms name; members or not makes no difference.",
        "circular 4",
        "2017",
    )
    .waived_by(Waiver::Parent);
    /// Who may act as chair.
    R12 = Rule::hard("R12", "A vice-chair acts for the chair, until a stated day.", "Resolution 1, 3.3", "Hammamet 2016")
            .analogy()
            .flag();
    /// No gap in the chair.
    R14 = Rule::ledger("R14", "When a chair's role ends somebody else chairs, or the calls that run are suspended.").flag();
    /// Interests change with the employer.
    R15 = Rule::hard(
        "R15",
        "Roles are re-evaluated when their holder's affiliation changes.",
        "W3C Process, conflict of interest",
        "2026",
    )
    .analogy()
    .flag();
    /// Interests are declared.
    R16 = Rule::hard(
        "R16",
        "Who has an interest in a matter declares it, and does not decide on it.",
        "W3C Process, conflict of interest",
        "2026",
    )
    .analogy();
    /// Co-chairs.
    R17 = Rule::ledger("R17", "Co-chairs sign as the rule set says: any of them, or all who are in office.");
    /// No personal data.
    R20 = Rule::hard("R20", "No personal data enters the ledger: fields that are not listed are refused.", "Annex 2", "2017");
    /// Participants come from member countries.
    R21 = Rule::hard("R21", "The secretariat attests that a participant's country is a member of ITU.", "circular 5", "2017");
    /// Revocation does not reach back.
    R22 = Rule::ledger("R22", "A key signs until it is replaced or revoked; what it signed before stays signed.");
    /// Registration in time.
    R23 = Rule::hard("R23", "Participants register the stated days before the meeting.", "circular 10", "2017").flag();
    /// Attendance adds up.
    R24 = Rule::ledger("R24", "A participant list's counts add up, and none is so small that it points at somebody.");
    /// Claims of attendance.
    R25 = Rule::ledger("R25", "Attendance is claimed after the meeting and until its report is approved, self-attested.");
    /// People's data can be corrected and erased.
    R27 = Rule::ledger(
        "R27",
        "Identity can be corrected and erased; the records of that name a pid and classes, and what was erased does not come back.",
    );
    /// Notice of meetings.
    R30 = Rule::hard("R30", "A meeting is announced the stated days before it starts.", "ToR 2.9", "2017")
        .waived_by(Waiver::ChairAndSecretariat);
    /// The terms' days for contributions.
    R31 = Rule::hard(
        "R31",
        "Contributions are due the stated calendar days before the meeting takes place.",
        "ToR 2.10",
        "2017",
    )
    .waived_by(Waiver::ChairAndSecretariat);
    /// Deadlines stay.
    R32 = Rule::ledger("R32", "A deadline that was published is moved later, never earlier.").flag();
    /// The authority to waive.
    R33 = Rule::ledger("R33", "A waiver is signed by who may waive that rule.");
    /// The agenda.
    R34 = Rule::hard("R34", "The agenda allocates documents that are on time or admitted.", "A.1 3.2.5", "2016")
        .analogy()
        .flag();
    /// Meetings open and close in order.
    R35 = Rule::ledger("R35", "A meeting is opened, and then closed, by its chair.");
    /// The patent question.
    R36 = Rule::hard("R36", "The chair has asked the patent question before a text is agreed.", "A.1 1.4.6", "2016")
            .analogy();
    /// Approval of reports.
    R37 = Rule::hard(
        "R37",
        "A meeting approves its report before it ends, or else the chair does so afterwards.",
        "A.1 1.7.3",
        "2016",
    )
    .analogy();
    /// Entered soon after receipt.
    R38 = Rule::hard("R38", "What the secretariat receives is entered within the stated days.", "A.1 3.2.4", "2016")
            .analogy()
            .flag();
    /// Temporary documents in time.
    R39 = Rule::hard(
        "R39",
        "A temporary document is there seven days before the meeting, or two before a report's discussion; the chairs' at any time.",
        "A.1 3.3.3",
        "2016",
    )
    .analogy()
    .flag();
    /// Decisions have a basis.
    R40 = Rule::hard("R40", "A decision states its basis.", "TSB tutorial on consensus", "2016").analogy();
    /// Cancelled meetings.
    R41 = Rule::hard(
        "R41",
        "A meeting is cancelled by the secretariat in agreement with the chair; its contributions are held for the next one.",
        "A.1 1.3.3",
        "2016",
    )
    .analogy();
    /// Action items in time.
    R42 = Rule::ledger("R42", "An action item is closed by its due day.").flag();
    /// The minimum contents of a report.
    R43 = Rule::hard(
        "R43",
        "A meeting's report holds the organization of work, references, results, future work, meetings and liaisons.",
        "A.1 1.7.1",
        "2016",
    )
    .analogy()
    .flag();
    /// Closed working groups.
    R45 = Rule::ledger("R45", "A working group that is closed is given no new work.");
    /// Reservations.
    R50 = Rule::ledger("R50", "A number that was reserved lapses with the meeting's deadline; the reservation explains the gap.");
    /// The deadline of the notice.
    R51 = Rule::hard(
        "R51",
        "A contribution meets the deadline that the meeting's notice states; a late one is held for the next meeting.",
        "A.1 3.2.5",
        "2016",
    )
    .analogy()
    .waived_by(Waiver::ChairAndSecretariat);
    /// The working language.
    R52 = Rule::hard("R52", "Contributions are in the working language.", "ToR 2.11", "2017").waived_by(Waiver::Chair);
    /// The template.
    R53 = Rule::hard("R53", "Contributions use the template.", "circular 8", "2017").flag();
    /// Numbers.
    R54 = Rule::ledger("R54", "A number is given once and never again, also after withdrawal.");
    /// Revisions.
    R55 = Rule::ledger("R55", "A revision continues the current one, from the same source; who merges texts is one of their sources, or an editor.");
    /// Late revisions.
    R56 = Rule::hard(
        "R56",
        "A revision or addendum meets the deadline too; a late one is marked, beside the last one on time.",
        "A.1 3.2.5",
        "2016",
    )
    .analogy()
    .flag();
    /// Corrigenda.
    R57 = Rule::hard(
        "R57",
        "A corrigendum corrects, and comes from the source; obvious errors the secretariat corrects with the chair.",
        "A.1 1.8.2.5",
        "2016",
    )
    .analogy();
    /// Withdrawal.
    R58 = Rule::ledger("R58", "A contribution is withdrawn before the meeting has decided on it.");
    /// Late contributions in two steps.
    R59 = Rule::hard("R59", "A late contribution is admitted first; the meeting decides then.", "A.1 3.2.5", "2016")
            .analogy();
    /// Dispositions.
    R60 = Rule::ledger(
        "R60",
        "A contribution is disposed of once its meeting is open, or by an electronic or working-group meeting that is.",
    );
    /// Redactions.
    R61 = Rule::ledger("R61", "A text that must go gives way to another; number and record stay, and redactions are counted.");
    /// Holders.
    R62 = Rule::ledger("R62", "Who runs a validator attests to hold a text, which is available when the stated number of them do.");
    /// Dormant items.
    R63 = Rule::hard(
        "R63",
        "A work item may be discontinued when two meetings brought no contribution to it.",
        "A.1 1.4.7",
        "2016",
    )
    .analogy()
    .flag();
    /// Gaps.
    R64 = Rule::ledger("R64", "A gap in the numbers of deliverables is explained by a record.").flag();
    /// Scope.
    R65 = Rule::ledger("R65", "A changed scope rests on a decision of the group, of a working group or of the parent.").flag();
    /// Returns.
    R66 = Rule::hard(
        "R66",
        "A contribution that does not meet a rule of form is returned by the secretariat with the chair, naming the rule.",
        "A.1 3.2.7",
        "2016",
    )
    .analogy();
    /// Software.
    R67 = Rule::hard("R67", "Software is submitted together with its software copyright statement.", "A.1 3.1.7", "2016")
        .analogy()
        .flag();
    /// Restricted documents.
    R68 = Rule::hard("R68", "A document is restricted by a decision of the group.", "A.1 1.7.6", "2016").analogy().flag();
    /// What came by e-mail.
    R69 = Rule::ledger("R69", "What the secretariat enters for somebody, its author confirms or disputes.").flag();
    /// One way only.
    R70 = Rule::hard(
        "R70",
        "A declaration on patents is irrevocable: only a more favourable one supersedes it (option 3 by 2 or 1, 2 by 1, or with a condition less).",
        "Common Patent Policy, guidelines",
        "2022",
    )
    .analogy();
    /// Option 3 blocks.
    R71 = Rule::hard(
        "R71",
        "No text is agreed while a declaration of option 3 stands against it, in whatever version; without a waiver the determination is refused.",
        "Common Patent Policy 2.3",
        "2022",
    )
    .analogy()
    .waived_by(Waiver::Chair);
    /// Option 3 names the patents.
    R72 = Rule::hard(
        "R72",
        "A declaration of option 3 names each patent, describes it, and names the portions of the text.",
        "Common Patent Policy, form",
        "2022",
    )
    .analogy();
    /// General declarations promise.
    R73 = Rule::hard("R73", "A general declaration is of option 1 or 2.", "Common Patent Policy, general form", "2022")
        .analogy();
    /// Third parties' patents.
    R74 = Rule::hard(
        "R74",
        "Who holds patents that a third party disclosed is asked; nothing is asserted about them.",
        "Common Patent Policy, guidelines",
        "2022",
    )
    .analogy()
    .flag();
    /// From the outset.
    R75 = Rule::hard(
        "R75",
        "Patents are disclosed from the outset; a disclosure after approval is taken, and stays visible on the text.",
        "Common Patent Policy 1",
        "2022",
    )
    .analogy()
    .flag();
    /// Actions have a date.
    R80 = Rule::hard("R80", "A liaison statement for action says until when a reply is asked for.", "A.1 1.5.1", "2016")
        .analogy();
    /// Who approves a liaison statement.
    R81 = Rule::hard(
        "R81",
        "A liaison statement is approved by a meeting, or between meetings by the chair after consulting the management team.",
        "A.1 1.5.1",
        "2016",
    )
    .analogy();
    /// Liaison statements are answered in time.
    R82 = Rule::hard("R82", "What a liaison statement asks for is done by its reply date.", "A.1 1.5.1", "2016")
        .analogy()
        .flag();
    /// One report for each meeting.
    R85 = Rule::hard("R85", "Each meeting of the parent group gets one progress report.", "A.1 Appendix I", "2016")
        .analogy()
        .flag();
    /// Reports in time.
    R86 = Rule::hard(
        "R86",
        "A report is sent the stated calendar days before the parent group's meeting; seven where the rule set states none.",
        "A.1 3.3.3",
        "2016",
    )
    .analogy()
    .flag();
    /// The final report comes before the end.
    R87 = Rule::ledger("R87", "A group is closed when it has sent its final report.").flag();
    /// The final report is complete.
    R88 = Rule::ledger("R88", "The final report lists every meeting, every deliverable and every disclosure of patents.").flag();
    /// Nothing is rewritten.
    R90 = Rule::ledger("R90", "A correction names a field of the original and another value of its kind; the original is never rewritten.");
    /// Both are shown.
    R91 = Rule::ledger("R91", "A correction is listed beside what it corrects, and both are shown.");
    /// Voiding.
    R92 = Rule::ledger("R92", "A record is voided by its author with the secretariat while nothing depends on it, and stays in the ledger, marked.");
    /// Evidence of an extension.
    R93 = Rule::hard("R93", "An extension names the document that holds the decision.", "ToR 2.16", "2017").flag();
    /// The past stands.
    R95 = Rule::ledger("R95", "A rule set judges what is recorded after it, whatever day its decision names, and never what stands before it.").flag();
    /// A closed group.
    R99 = Rule::ledger("R99", "When the parent group has closed a group, only corrections, erasures, keys and attestations are recorded in it.");
    /// Length of a call.
    R100 = Rule::hard("R100", "A call runs the stated days, or within a meeting.", "A.8 4", "2008")
        .analogy()
        .waived_by(Waiver::ChairAndSecretariat);
    /// The text is frozen.
    R101 = Rule::hard(
        "R101",
        "What is agreed is the text that was called, in its final form.",
        "Resolution 1, 9.5.5",
        "Hammamet 2016",
    )
    .analogy();
    /// Objections have grounds.
    R102 = Rule::hard(
        "R102",
        "An objection names the clause, its reasons, and the change that would resolve it or that none would.",
        "A.8 4",
        "2008",
    )
    .analogy();
    /// Objections are disposed of.
    R103 = Rule::hard(
        "R103",
        "Every objection is disposed of with a reason, and none is upheld, before a text is agreed.",
        "ToR 2.12",
        "2017",
    );
    /// No conflict.
    R104 = Rule::hard(
        "R104",
        "Who determines is neither editor nor objector; a vice-chair stands in.",
        "W3C Process, conflict of interest",
        "2026",
    )
    .analogy();
    /// No counting.
    R105 = Rule::hard("R105", "Nothing is approved by a count: the chair determines, and says why.", "ToR 2.12", "2017");
    /// Reservations are annexed.
    R106 = Rule::hard("R106", "Reservations are annexed to what is agreed.", "Resolution 1, 9.5.4", "Hammamet 2016").analogy();
    /// Challenges.
    R107 = Rule::ledger(
        "R107",
        "A determination is challenged within the days of the rule set, to the meeting first and then to the parent group.",
    );
    /// Reopening.
    R108 = Rule::hard(
        "R108",
        "What was agreed is reopened only for new information, by a call that names the one before.",
        "W3C Process, reopening a decision",
        "2026",
    )
    .analogy();
    /// Obvious errors.
    R109 = Rule::hard(
        "R109",
        "The secretariat corrects obvious errors in an agreed text with the chair's agreement; any other change needs a call.",
        "A.1 1.8.2.5",
        "2016",
    )
    .analogy();
    /// Transmission in time.
    R110 = Rule::hard(
        "R110",
        "Deliverables are sent the stated calendar days before the parent group's meeting.",
        "ToR 2.3",
        "2017",
    )
    .waived_by(Waiver::Parent);
    /// Only approved texts are transmitted.
    R111 = Rule::hard("R111", "Only approved deliverables are sent to the parent group.", "ToR 2.3", "2017");
    /// The participant list goes along.
    R112 = Rule::hard("R112", "The participant list is reported to the parent group.", "ToR 2.6", "2017").flag();
    /// What is published is what was agreed.
    R113 = Rule::ledger("R113", "What is published is the text that was agreed, with the corrections on record.");
    /// Who states positions.
    R114 = Rule::ledger("R114", "Who took part in the group when a call was opened states a position in it; what others state is a comment.").flag();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Severity;

    #[test]
    fn ids_are_different_and_only_waivable_rules_have_a_waiver() {
        for (at, rule) in RULES.iter().enumerate() {
            assert!(RULES[..at].iter().all(|other| other.id != rule.id), "{} stands twice", rule.id);
            let is_waivable = rule.severity == Severity::Waivable;
            assert_eq!(is_waivable, rule.waiver != Waiver::Nobody, "{}", rule.id);
            assert_eq!(Rule::find(rule.id), Some(*rule));
        }
    }

    #[test]
    fn a_citation_names_the_edition() {
        assert_eq!(R31.cite(), "ToR 2.10 (2017)");
        assert_eq!(R51.cite(), "A.1 3.2.5 (2016), by analogy");
    }
}
