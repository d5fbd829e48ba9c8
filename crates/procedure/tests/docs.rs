//! Holds `docs/rules.md` to the tables of rules and record types; `UPDATE=1` writes it.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a failing test may panic"
)]

use std::{cmp::Reverse, collections::BTreeMap, fmt::Write as _, fs, path::PathBuf};

use plenary_procedure::{
    record_type::{Reach, RecordType},
    rule::Source,
    rules::RULES,
};

/// The most tables that are named for a rule.
const TABLES_MAX: usize = 3;

/// The tables of `tests/rules` that have rows for each rule, those with the most rows first.
fn tables() -> BTreeMap<String, Vec<String>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/rules");
    let mut rows: BTreeMap<(String, String), usize> = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let table = path.file_stem().unwrap().to_str().unwrap().to_owned();
        // The cases and limits across all nouns are no rule's own table.
        if ["edge-cases", "limits"].contains(&table.as_str()) {
            continue;
        }
        for line in fs::read_to_string(&path).unwrap().lines() {
            let rule = line.split(' ').find(|word| *word != "refused").unwrap_or_default();
            *rows.entry((rule.to_owned(), table.clone())).or_default() += 1;
        }
    }
    let mut rows: Vec<_> = rows.into_iter().collect();
    rows.sort_by_key(|(_, count)| Reverse(*count));
    let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for ((rule, table), _) in rows {
        tables.entry(rule).or_default().push(table);
    }
    tables
}

/// How days are counted; the rows of the vectors are those of the tables that are named.
const TIME: &str = "
## Time

A day is a day of the calendar in the zone of the notice, or in the group's zone where there is no notice.
The notice carries the zone's offsets as a table, so that the same dates follow from it in any year, without a time-zone database.

- **Days before** are dates subtracted, not hours: 20 March is twelve days before 1 April also where the clocks change in between, and a day may have 23 or 25 hours.
- **By** a day, or not later than it, includes the day: its last whole second in the zone, up to its end. **Before** a day excludes it.
- A notice states the words, the date and the instant. An instant that does not follow from the other two is refused (L08).
- **Weeks** are seven days each: four calendar weeks are 28 days.
- **Months** are counted from the first day of the first meeting, to the same day of the month or, where that month has none, to its last: eighteen months from 31 August 2017 end on 28 February 2019.
- That last day still belongs to the lifetime.

Three clocks can say when something came, and the finding names the one that counted:

| clock | who says so | counts |
| --- | --- | --- |
| ledger time | the validators together | always, if no other does |
| `signature, within the grace` | who signed | where the signature is in time and the record was taken within the grace of the genesis line after the deadline |
| `attested by` the secretariat | the secretariat, in `received` or `at` | where it was entered within the days of the rule set (`entry_days`), else ledger time does |

Those days are days of the calendar, although A.1 3.2.4 counts working days: no holidays are on the ledger.

The vectors, with the day of receipt in the zone of the notice:

| | what | received or sent | days before | by the terms | by the notice | row |
| --- | --- | --- | --- | --- | --- | --- |
| 1 | meeting of 17 October 2017 | 5 October | 12 | in time | in time | [contributions](../tests/rules/contributions.txt) |
| 2 | the same | 6 October | 11 | late | in time | [contributions](../tests/rules/contributions.txt) |
| 3 | the same, \"by 10 October\" | 10 October, 23:59:59 | 7 | late | in time | [contributions](../tests/rules/contributions.txt) |
| 4 | the same | 11 October, 00:00:00 | 6 | late | late | [contributions](../tests/rules/contributions.txt) |
| 5 | meeting of 14 January 2019, \"before 4 January\" | 3 January | 11 | late | in time | [contributions](../tests/rules/contributions.txt) |
| 6 | the same | 4 January | 10 | late | late | [contributions](../tests/rules/contributions.txt) |
| 7 | Madrid, 1 April 2019, across the change of clocks | 20 March, 23:30 | 12 | in time | in time | [contributions](../tests/rules/contributions.txt) |
| 8 | parent group's meeting of 23 September 2019 | 26 August | 28 | in time | | [transmission](../tests/rules/transmission.txt) |
| 9 | the same | 27 August | 27 | late | | [transmission](../tests/rules/transmission.txt) |

Leap days, ends of months and days of 23 and 25 hours stand in [time](../tests/rules/time.txt).
";

fn document() -> String {
    let tables = tables();
    let mut text = String::from(
        "# Rules\n\
         \n\
         This page is written from the tables in `crates/procedure/src/rules.rs` and `record_type.rs`, and a test holds it to them.\n\
         What each rule does to a record stands in the tables of `tests/rules`, row by row.\n\
         \n\
         The rules come from the group's terms of reference (ToR) and the circular that announced it, from Recommendations A.1 and A.8 and Resolution 1, and from the ledger itself.\n\
         \"By analogy\" means that the text governs other groups and is taken over where the group's own is silent.\n\
         The body of Recommendation A.7 was not available, and nothing here claims to implement it.\n\
         Numbers such as the twelve days come from the group's rule set (a record `ruleset`), and are no part of this page.\n\
         \n\
         - **hard**: a record that breaks the rule is refused.\n\
         - **waivable**: the record is taken with a finding, `broken`, or `waived` where who may waive the rule has done so.\n\
         - **flag**: the record is taken, and the finding shows it.\n\
         \n\
         Nothing is approved by a count: no state holds one, and no code leads from positions to a determination (R105).\n\
         \n\
         ## The rules\n\
         \n\
         | rule | says | clause | severity | waived by | tables |\n\
         | --- | --- | --- | --- | --- | --- |\n",
    );
    for rule in RULES {
        let severity = rule.severity.as_str();
        let clause = if rule.source == Source::Ledger { "the ledger".to_owned() } else { rule.cite() };
        let waiver = rule.waiver.as_str();
        let link = |name: &String| format!("[{name}](../tests/rules/{name}.txt)");
        let links: Vec<String> = tables[rule.id].iter().take(TABLES_MAX).map(link).collect();
        let links = links.join(", ");
        writeln!(text, "| {} | {} | {clause} | {severity} | {waiver} | {links} |", rule.id, rule.title).unwrap();
    }
    text.push_str(TIME);
    text.push_str(
        "\n## The types of records\n\
         \n\
         Each line of signers is enough; who acts as chair for a time signs as `acting-chair` wherever `chair` stands.\n\
         Where a line names two, both sign the same record.\n\
         \n\
         | type | says | concerns | signers |\n\
         | --- | --- | --- | --- |\n",
    );
    for record_type in RecordType::ALL {
        let reach = match record_type.reach() {
            Reach::Group => "a group",
            Reach::Founding => "a group, or one to be",
            Reach::Ledger => "the ledger",
            Reach::Either => "a group or the ledger",
        };
        let sets = record_type.signing().iter().map(|set| {
            let words: Vec<String> = set.iter().map(|capacity| format!("`{capacity}`")).collect();
            words.join(" and ")
        });
        let (says, signers) = (record_type.says(), sets.collect::<Vec<_>>().join("; "));
        writeln!(text, "| `{record_type}` | {says} | {reach} | {signers} |").unwrap();
    }
    text
}

#[test]
fn the_page_says_what_the_tables_say() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/rules.md");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, document()).unwrap();
    }
    let stands = fs::read_to_string(&path).unwrap();
    assert!(stands == document(), "docs/rules.md differs from the tables: run this test with UPDATE=1");
}
