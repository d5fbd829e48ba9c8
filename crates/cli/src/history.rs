//! What was recorded, read from the node: chains of subjects and whole records.

use std::collections::BTreeSet;

use plenary_core::{hash::Digest, record::Name, subject::Subject};
use plenary_procedure::{
    record_type::RecordType,
    ruleset::{Parameters, RulesetBind},
};
use plenary_rpc::{
    answer::{Page, Record, RecordLine},
    client::{ClientError, Part},
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{problem::Problem, session::Session};

/// How many records are asked for at once.
const PAGE: usize = 500;

/// All records about a subject, in order; none if it has not appeared.
pub fn chain(session: &Session<'_>, subject: &Subject) -> Result<Vec<RecordLine>, Problem> {
    match pages(session, Some(subject), |_| true) {
        Err(Problem::Node(ClientError::Refused { data, .. })) if data.reason == "no_such_subject" => Ok(Vec::new()),
        other => other,
    }
}

/// All records about a subject that must have appeared; `what` names it in the error.
pub fn chain_of(session: &Session<'_>, path: &str, what: &str) -> Result<Vec<RecordLine>, Problem> {
    let records = chain(session, &session.subject(path)?)?;
    if !records.is_empty() {
        return Ok(records);
    }
    let group = session.group()?;
    let list = path.split('/').next().unwrap_or_default();
    Err(Problem::NotFound {
        what: format!("{group} has no {what}"),
        remedy: format!("plenary {list} list shows those that there are"),
    })
}

/// All records of the group that are of one type, in order.
pub fn of_type(session: &Session<'_>, record_type: RecordType) -> Result<Vec<RecordLine>, Problem> {
    let group = session.group()?.clone();
    let is_its =
        |line: &RecordLine| line.record_type == record_type.as_str() && line.group.as_deref() == Some(group.as_str());
    pages(session, None, is_its)
}

/// All records of one type, of this group and of none.
pub fn of_any_group(session: &Session<'_>, record_type: RecordType) -> Result<Vec<RecordLine>, Problem> {
    pages(session, None, |line| line.record_type == record_type.as_str())
}

fn pages(
    session: &Session<'_>,
    subject: Option<&Subject>,
    keep: impl Fn(&RecordLine) -> bool,
) -> Result<Vec<RecordLine>, Problem> {
    let mut kept = Vec::new();
    let mut cursor = None;
    loop {
        let part = Part { limit: Some(PAGE), cursor };
        let Page { items, next_cursor, .. } =
            session.remote.ask(async |client| client.records(subject, &part).await)?;
        kept.extend(items.into_iter().filter(&keep));
        match next_cursor {
            Some(next) => cursor = Some(next),
            None => return Ok(kept),
        }
    }
}

/// The only group that the ledger's first records name.
pub fn only_group(session: &Session<'_>) -> Result<Name, Problem> {
    let part = Part { limit: Some(PAGE), cursor: None };
    let page = session.remote.ask(async |client| client.records(None, &part).await)?;
    let groups: BTreeSet<Name> =
        page.items.iter().filter_map(|line| line.group.as_deref()).filter_map(Name::parse).collect();
    let names: Vec<&str> = groups.iter().map(Name::as_str).collect();
    match groups.first() {
        Some(group) if groups.len() == 1 => Ok(group.clone()),
        Some(_) => Err(Problem::usage("the ledger has several groups", format!("give --group: {}", names.join(", ")))),
        None => Err(Problem::NotFound {
            what: "the ledger has no group yet".to_owned(),
            remedy: "the parent group establishes one first".to_owned(),
        }),
    }
}

/// A record with all that it says.
pub fn full(session: &Session<'_>, id: Digest) -> Result<Record, Problem> {
    session.remote.ask(async |client| client.record(id).await)
}

/// Each record with all that it says.
pub fn all_full(session: &Session<'_>, lines: &[RecordLine]) -> Result<Vec<Record>, Problem> {
    lines.iter().map(|line| full(session, line.id.0)).collect()
}

/// Reads a record's body as that of its type.
pub fn body<T: DeserializeOwned>(record: &Record) -> Result<T, Problem> {
    serde_json::from_value(Value::Object(record.body.clone())).map_err(|_| Problem::NotFound {
        what: format!("record {} has a body that this program cannot read", record.line.id),
        remedy: "use a program of the node's version".to_owned(),
    })
}

/// The numbers of the group's rule set in force.
pub fn parameters(session: &Session<'_>) -> Result<Parameters, Problem> {
    let lines = chain_of(session, "ruleset", "rule set")?;
    let bound = lines.iter().rfind(|line| line.record_type == RecordType::Ruleset.as_str());
    let line = bound.ok_or(Problem::Defect("a rule set's chain holds no rule set"))?;
    let bound: RulesetBind = body(&full(session, line.id.0)?)?;
    Ok(bound.parameters)
}
