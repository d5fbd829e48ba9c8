//! `plenary group rules`: the rules that records are judged by.

use plenary_procedure::rules::RULES;
use serde::Serialize;

use crate::{
    exit::Exit,
    problem::Problem,
    screen::{Screen, table},
};

/// A rule, for programs.
#[derive(Serialize)]
struct Line {
    rule: &'static str,
    says: &'static str,
    clause: &'static str,
    edition: &'static str,
    source: &'static str,
    severity: &'static str,
    waived_by: &'static str,
}

/// Lists them.
pub fn list(screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let mut rows = vec![["rule", "clause", "severity", "waived by", "says"].map(str::to_owned).to_vec()];
    let mut lines = Vec::with_capacity(RULES.len());
    for rule in RULES {
        let (severity, waived_by) = (rule.severity.as_str(), rule.waiver.as_str());
        rows.push([rule.id, &rule.cite(), severity, waived_by, rule.title].map(str::to_owned).to_vec());
        lines.push(Line {
            rule: rule.id,
            says: rule.title,
            clause: rule.clause,
            edition: rule.edition,
            source: rule.source.as_str(),
            severity,
            waived_by,
        });
    }
    screen.show(&table(&rows))?;
    screen.json(&lines)?;
    screen.next("plenary deadline waive --example    (the form with which a rule is waived)");
    Ok(Exit::Done)
}
