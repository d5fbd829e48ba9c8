//! Everything that the interface of a node answers, by the list of methods that it gives itself.

use std::time::Duration;

use plenary_cli::testnet::VALIDATORS;
use plenary_rpc::{answer::Dossier, client::Client};
use serde::Deserialize as _;
use serde_json::{Map, Value, json};

use crate::{
    office::{GROUP, Office, Person},
    search::Canary,
};

/// The one method that writes.
const WRITES: &str = "ledger_submitRecord";

/// What may be asked about.
struct Pool {
    names: Vec<Value>,
    digests: Vec<Value>,
    numbers: Vec<Value>,
}

impl Pool {
    async fn gather(client: &Client, person: &Person) -> Self {
        let size = client.head().await.unwrap().log.size.0;
        let mut digests = Vec::new();
        for index in 0..size {
            // Seals and the genesis line are no records.
            digests.extend(client.record_at(index).await.ok().map(|record| json!(record.line.id.0.to_string())));
        }
        let (pid, group) = (&person.pid, GROUP);
        let names = [
            pid.clone(),
            group.to_owned(),
            "1".to_owned(),
            format!("{group}/{pid}"),
            format!("{group}/participant/{pid}"),
            format!("{group}/participant/{pid}/erasure"),
            "organization/tsb".to_owned(),
        ];
        Self {
            names: names.into_iter().map(Value::from).collect(),
            digests,
            numbers: (0..=size).map(Value::from).collect(),
        }
    }

    /// What a parameter is given; null stands for leaving it out.
    fn values(&self, param: &Value) -> Vec<Value> {
        let schema = &param["schema"];
        let is_left_out = ["limit", "cursor", "order", "wait_ms"].contains(&param["name"].as_str().unwrap());
        let mut values = if param["required"] == true { Vec::new() } else { vec![Value::Null] };
        if is_left_out {
            return values;
        }
        let forms = schema["oneOf"].as_array().cloned().unwrap_or_else(|| vec![schema.clone()]);
        for form in forms {
            if let Some(words) = form["enum"].as_array() {
                values.extend(words.iter().cloned());
                continue;
            }
            values.extend(match (form["type"].as_str(), form["pattern"].as_str()) {
                (Some("integer"), _) => self.numbers.clone(),
                (Some("string"), Some(pattern)) if pattern.contains("sha256") => self.digests.clone(),
                (Some("string"), _) => self.names.clone(),
                _ => panic!("nothing is known to ask for {param}"),
            });
        }
        values
    }

    /// Every combination of values for these parameters.
    fn calls(&self, params: &[Value]) -> Vec<Map<String, Value>> {
        let mut calls = vec![Map::new()];
        for param in params {
            let name = param["name"].as_str().unwrap();
            let with = |call: &Map<String, Value>, value: Value| {
                let mut call = call.clone();
                if !value.is_null() {
                    call.insert(name.to_owned(), value);
                }
                call
            };
            calls = calls
                .iter()
                .flat_map(|call| self.values(param).into_iter().map(move |value| with(call, value)))
                .collect();
        }
        calls
    }
}

/// Asks every node with every method, and looks for `canaries` in what it says.
pub(crate) async fn check(office: &Office, person: &Person, canaries: &[Canary]) {
    for node in VALIDATORS {
        let client = office.network.client(node);
        let pool = Pool::gather(&client, person).await;
        let document = client.discover().await.unwrap();
        let (mut answered, mut told_of_person, mut dossiers) = (0, 0, 0);
        for method in document["methods"].as_array().unwrap() {
            let name = method["name"].as_str().unwrap();
            if name == WRITES {
                continue;
            }
            for call in pool.calls(method["params"].as_array().unwrap()) {
                let answer = client.call(name, Value::Object(call.clone()), Duration::ZERO).await;
                answered += usize::from(answer.is_ok());
                // A dossier is written in base64, in which nothing could be found.
                let file = answer.as_ref().ok().and_then(|value| Dossier::deserialize(value).ok());
                let file = file.map_or_else(Vec::new, |dossier| dossier.file.0);
                let said = answer.map_or_else(|error| format!("{error:?}"), |value| value.to_string());
                told_of_person += usize::from(said.contains(&person.pid));
                dossiers += usize::from(!file.is_empty());
                for canary in canaries {
                    let is_told = canary.is_in(said.as_bytes()) || canary.is_in(&file);
                    assert!(!is_told, "{node} tells {} by {name} {call:?}", canary.what);
                }
            }
        }
        assert!(100 < answered && 10 < told_of_person, "{node} answered {answered} and {told_of_person}");
        assert!(0 < dossiers, "{node} gave no dossier");
    }
}
