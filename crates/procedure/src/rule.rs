//! What a rule is: where it comes from, what happens when it is not met, and who may waive it.

use crate::rules::RULES;

/// Where a rule comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Source {
    /// A text that binds the group.
    Binding,
    /// A text that governs other groups, taken over where the group's own is silent.
    Analogy,
    /// The ledger itself: without it, a record could not be judged at all.
    Ledger,
}

impl Source {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Binding => "binding",
            Self::Analogy => "analogy",
            Self::Ledger => "ledger",
        }
    }
}

/// What happens when a rule is not met.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Severity {
    /// The record is refused.
    Hard,
    /// The record is taken with a finding, which cites a waiver if there is one.
    Waivable,
    /// The record is taken, and the finding shows it.
    Flag,
}

impl Severity {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hard => "hard",
            Self::Waivable => "waivable",
            Self::Flag => "flag",
        }
    }
}

/// Who may waive a rule.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Waiver {
    /// Nobody.
    Nobody,
    /// The chair, or who acts as chair.
    Chair,
    /// The chair together with the secretariat.
    ChairAndSecretariat,
    /// The parent group.
    Parent,
}

impl Waiver {
    /// The authority, in words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::Chair => "the chair",
            Self::ChairAndSecretariat => "the chair with the secretariat",
            Self::Parent => "the parent group",
        }
    }
}

/// One rule.
#[derive(Debug, Eq, PartialEq)]
pub struct Rule {
    /// Its id, such as `R51`.
    pub id: &'static str,
    /// What it says, in a sentence.
    pub title: &'static str,
    /// The clause that it comes from.
    pub clause: &'static str,
    /// The edition of that text.
    pub edition: &'static str,
    /// How that text bears on the group.
    pub source: Source,
    /// What happens when it is not met.
    pub severity: Severity,
    /// Who may waive it.
    pub waiver: Waiver,
}

impl Rule {
    /// The clause with its edition, such as `ToR 2.10 (2017)`.
    pub fn cite(&self) -> String {
        let by_analogy = match self.source {
            Source::Analogy => ", by analogy",
            Source::Binding | Source::Ledger => "",
        };
        format!("{} ({}){by_analogy}", self.clause, self.edition)
    }

    /// The rule with this id.
    pub fn find(id: &str) -> Option<&'static Self> {
        RULES.iter().copied().find(|rule| rule.id == id)
    }

    pub(crate) const fn ledger(id: &'static str, title: &'static str) -> Self {
        Self {
            id,
            title,
            clause: "Plenary",
            edition: "2026",
            source: Source::Ledger,
            severity: Severity::Hard,
            waiver: Waiver::Nobody,
        }
    }

    pub(crate) const fn hard(
        id: &'static str,
        title: &'static str,
        clause: &'static str,
        edition: &'static str,
    ) -> Self {
        Self { clause, edition, source: Source::Binding, ..Self::ledger(id, title) }
    }

    pub(crate) const fn analogy(self) -> Self {
        Self { source: Source::Analogy, ..self }
    }

    pub(crate) const fn flag(self) -> Self {
        Self { severity: Severity::Flag, ..self }
    }

    pub(crate) const fn waived_by(self, waiver: Waiver) -> Self {
        Self { severity: Severity::Waivable, waiver, ..self }
    }
}
