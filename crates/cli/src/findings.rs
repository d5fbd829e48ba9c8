//! How what the rules found is shown: the rule, its clause, and what was compared.

use plenary_procedure::rule::Rule;
use plenary_rpc::answer::{FindingWord, RuleFinding};
use serde_json::Value;

use crate::screen::plain;

/// The word for a result.
pub const fn word(result: FindingWord) -> &'static str {
    match result {
        FindingWord::Met => "met",
        FindingWord::Waived => "waived",
        FindingWord::Broken => "broken",
        FindingWord::Noted => "noted",
    }
}

/// Findings as lines: result, rule, clause and title; the facts under each.
pub fn describe(findings: &[RuleFinding]) -> String {
    findings.iter().map(one).collect()
}

fn one(finding: &RuleFinding) -> String {
    let title = Rule::find(&finding.rule).map_or("", |rule| rule.title);
    let head =
        format!("  {:<7} {:<5} {}: {title}\n", word(finding.result), plain(&finding.rule), plain(&finding.clause));
    let facts: Vec<String> = finding.facts.iter().map(|(name, value)| fact(name, value)).collect();
    if facts.is_empty() { head } else { format!("{head}                {}\n", facts.join("; ")) }
}

/// One fact in words: `days_needed` and 12 become `days needed 12`.
pub fn fact(name: &str, value: &Value) -> String {
    let value = value.as_str().map_or_else(|| plain(&value.to_string()), plain);
    format!("{} {value}", plain(name).replace('_', " "))
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;

    #[test]
    fn a_finding_shows_rule_clause_and_facts() {
        let facts = Map::from_iter([("days_before".to_owned(), json!(7)), ("days_needed".to_owned(), json!(12))]);
        let finding =
            RuleFinding { rule: "R31".into(), clause: "ToR 2.10 (2017)".into(), result: FindingWord::Broken, facts };
        assert_eq!(
            describe(&[finding]),
            "  broken  R31   ToR 2.10 (2017): Contributions are due the stated calendar days before the meeting takes place.\n                \
             days before 7; days needed 12\n"
        );
    }
}
