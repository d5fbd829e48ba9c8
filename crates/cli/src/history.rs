//! What was recorded, read from the node: chains of subjects and whole records.

use plenary_core::{hash::Digest, subject::Subject};
use plenary_procedure::{
    record_type::RecordType,
    ruleset::{Parameters, RulesetBind},
};
use plenary_rpc::{
    answer::{Page, Record, RecordLine},
    client::{Client, ClientError, Part},
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{problem::Problem, session::Session};

/// How many records are asked for at once.
const PAGE: usize = 500;

/// All records about a subject, in order; none if it has not appeared.
pub fn chain(session: &Session<'_>, subject: &Subject) -> Result<Vec<RecordLine>, Problem> {
    match all(session, async |client, part| client.records(Some(subject), part).await) {
        Err(Problem::Node(ClientError::Refused { data, .. })) if data.reason == "no_such_subject" => Ok(Vec::new()),
        other => Ok(other?.items),
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

/// All records of the ledger, in order.
pub fn every(session: &Session<'_>) -> Result<Vec<RecordLine>, Problem> {
    Ok(all(session, async |client, part| client.records(None, part).await)?.items)
}

/// All records of one type in the ledger.
pub fn of_type(session: &Session<'_>, record_type: RecordType) -> Result<Vec<RecordLine>, Problem> {
    Ok(every(session)?.into_iter().filter(|line| line.record_type == record_type.as_str()).collect())
}

/// All pages of a list as one.
pub fn all<T>(
    session: &Session<'_>,
    list: impl AsyncFn(&Client, &Part) -> Result<Page<T>, ClientError>,
) -> Result<Page<T>, Problem> {
    let mut whole: Option<Page<T>> = None;
    let mut part = Part { limit: Some(PAGE), cursor: None };
    loop {
        let page = session.remote.ask(async |client| list(client, &part).await)?;
        part.cursor = page.next_cursor.clone();
        let mut sum = match whole {
            Some(Page { mut items, .. }) => {
                items.extend(page.items);
                Page { items, ..page }
            }
            None => page,
        };
        if part.cursor.is_none() {
            (sum.has_more, sum.next_cursor) = (false, None);
            return Ok(sum);
        }
        whole = Some(sum);
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
