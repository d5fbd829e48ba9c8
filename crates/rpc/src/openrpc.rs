//! The OpenRPC document, written from the table of methods.

use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use crate::{fault::FaultData, method::Method, params::Param, reason::Reason, table};

/// One example for each method, as a test ledger answers it.
const EXAMPLES: &str = include_str!("examples.json");

/// What can go wrong with any method.
const ALWAYS: [Reason; 4] = [Reason::RATE_LIMITED, Reason::TIMED_OUT, Reason::INTERNAL, Reason::UNKNOWN_PARAM];

/// The document's text, with a line feed at its end.
pub fn document() -> String {
    let document = value(&table::methods());
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

fn value(methods: &[Method]) -> Value {
    let examples: Map<String, Value> = serde_json::from_str(EXAMPLES).unwrap_or_default();
    let mut settings = SchemaSettings::draft07();
    settings.definitions_path = "/components/schemas".into();
    let mut generator = settings.into_generator();
    generator.subschema_for::<FaultData>();
    let methods: Vec<Value> =
        methods.iter().map(|method| describe(method, examples.get(method.about.name), &mut generator)).collect();
    let errors: Map<String, Value> =
        Reason::ALL.iter().map(|reason| (reason.as_str().to_owned(), error(*reason))).collect();
    json!({
        "openrpc": "1.3.2",
        "info": {
            "title": "Plenary",
            "description": "A permissioned ledger for the records of a standards focus group. \
                Final means that the validators agreed on the order of records, and says nothing about what the group agreed on.",
            "license": { "name": "Apache-2.0" },
            "version": env!("CARGO_PKG_VERSION"),
        },
        "methods": methods,
        "components": { "errors": errors, "schemas": generator.take_definitions(true) },
    })
}

fn describe(method: &Method, example: Option<&Value>, generator: &mut SchemaGenerator) -> Value {
    let about = method.about;
    let params: Vec<Value> = about.params.iter().map(describe_param).collect();
    let errors: Vec<Value> = about
        .errors
        .iter()
        .chain(&ALWAYS)
        .map(|reason| json!({ "$ref": format!("#/components/errors/{}", reason.as_str()) }))
        .collect();
    let mut description = json!({
        "name": about.name,
        "summary": about.summary,
        "paramStructure": "either",
        "params": params,
        "result": { "name": "result", "schema": (method.result)(generator) },
        "errors": errors,
    });
    if let (Some(example), Some(members)) = (example, description.as_object_mut()) {
        members.insert("examples".into(), json!([describe_example(about.params, example)]));
    }
    description
}

fn describe_param(param: &Param) -> Value {
    json!({
        "name": param.name,
        "description": param.about,
        "required": param.required,
        "schema": param.kind.schema(),
    })
}

fn describe_example(params: &[Param], example: &Value) -> Value {
    let given = params.iter().filter_map(|param| {
        let value = example.get("params")?.get(param.name)?;
        Some(json!({ "name": param.name, "value": value }))
    });
    json!({
        "name": "example",
        "params": given.collect::<Vec<_>>(),
        "result": { "name": "result", "value": example.get("result") },
    })
}

fn error(reason: Reason) -> Value {
    json!({
        "code": reason.code(),
        "message": reason.as_str(),
        "data": { "reason": reason.as_str(), "rule": reason.rule(), "remedy": reason.remedy() },
    })
}
