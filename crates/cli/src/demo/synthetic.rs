//! Synthetic acts beside the known history, read from `synthetic.toml`, so that more of the procedure is seen at work.

use serde::Deserialize;
use serde_json::Value;

use crate::problem::Problem;

/// The synthetic acts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Synthetic {
    /// In the order in which they happen.
    pub act: Vec<SyntheticAct>,
}

/// A synthetic act.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SyntheticAct {
    /// When it happens and is signed.
    pub at: String,
    /// Its type.
    #[serde(rename = "type")]
    pub record_type: String,
    /// The roles and people that sign, such as `participant delegate-a`.
    pub by: Vec<String>,
    /// The word under which later acts name this one.
    #[serde(rename = "as")]
    pub label: Option<String>,
    /// Its body; `pid NAME`, `manifest NUMBER` and `record WORD` stand for what
    /// is not known before, and a table of `paper` and `says` for a document.
    pub body: Value,
}

impl Synthetic {
    /// Reads the acts.
    pub fn read() -> Result<Self, Problem> {
        toml::from_str(include_str!("synthetic.toml"))
            .map_err(|_| Problem::Defect("the demonstration's synthetic acts cannot be read"))
    }
}

/// Replaces what stands for something else in a body, from the innermost part outwards.
pub fn fill_in(value: Value, replace: &mut dyn FnMut(Value) -> Result<Value, Problem>) -> Result<Value, Problem> {
    let value = match value {
        Value::Object(members) => {
            let mut filled = serde_json::Map::new();
            for (name, member) in members {
                filled.insert(name, fill_in(member, replace)?);
            }
            Value::Object(filled)
        }
        Value::Array(items) => {
            let items: Result<Vec<Value>, Problem> = items.into_iter().map(|item| fill_in(item, replace)).collect();
            Value::Array(items?)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    };
    replace(value)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_part_of_a_body_is_filled_in() {
        let body = json!({"who": "pid anna", "list": [{"who": "pid anna"}, 1]});
        let mut replace = |value: Value| Ok(if value == "pid anna" { json!("0001") } else { value });
        let filled = fill_in(body, &mut replace).unwrap();
        assert_eq!(filled, json!({"who": "0001", "list": [{"who": "0001"}, 1]}));
    }

    #[test]
    fn the_acts_are_read() {
        let acts = Synthetic::read().unwrap().act;
        assert!(acts.is_sorted_by_key(|act| act.at.clone()), "each follows the one before");
        assert!(acts.iter().all(|act| !act.by.is_empty()));
    }
}
