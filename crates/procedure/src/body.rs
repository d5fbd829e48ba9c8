//! Bodies of records, from their typed form to the JSON of a record's line.

use plenary_core::json::Object;
use serde::Serialize;
use serde_json::Value;

/// The object that a record carries as its `body`; none if the type is not that of a body.
pub fn to_object<B: Serialize>(body: &B) -> Option<Object> {
    match serde_json::to_value(body) {
        Ok(Value::Object(object)) => Some(object),
        Ok(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) | Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        meeting::MeetingStep,
        text::{Label, Text},
    };

    #[test]
    fn a_body_is_an_object_without_null() {
        let body = MeetingStep { meeting: Text(Label::parse("1").unwrap()) };
        assert_eq!(to_object(&body).map(Value::Object), Some(serde_json::json!({"meeting": "1"})));
        assert_eq!(to_object(&"1"), None);
    }
}
