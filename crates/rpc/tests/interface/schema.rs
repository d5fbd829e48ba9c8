//! Whether a value has the shape that a JSON Schema describes, of the part of
//! that language which the document uses.

use serde_json::Value;

/// Says where `value` differs from `schema`, whose references point into `document`.
///
/// Stricter than the language: a member that the schema does not name is a
/// difference, so that nothing is answered which is not described.
pub(crate) fn difference(document: &Value, schema: &Value, value: &Value, at: &str) -> Option<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = document.pointer(reference.strip_prefix('#').unwrap()).unwrap_or_else(|| panic!("{reference}"));
        return difference(document, target, value, at);
    }
    for word in ["anyOf", "oneOf"] {
        if let Some(choices) = schema[word].as_array() {
            let fits = choices.iter().any(|choice| difference(document, choice, value, at).is_none());
            return if fits { None } else { Some(format!("{at}: fits no choice of {word}: {value}")) };
        }
    }
    if let Some(parts) = schema["allOf"].as_array() {
        return parts.iter().find_map(|part| difference(document, part, value, at));
    }
    if let Some(allowed) = schema["enum"].as_array() {
        return (!allowed.contains(value)).then(|| format!("{at}: {value} is not one of {allowed:?}"));
    }
    if let Some(constant) = schema.get("const") {
        return (constant != value).then(|| format!("{at}: {value} is not {constant}"));
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(name) => vec![name],
        Value::Array(names) => names.iter().map(|name| name.as_str().unwrap()).collect(),
        _ => return None,
    };
    let found = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_u64() || number.is_i64() => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    if !types.contains(&found) {
        return Some(format!("{at}: {found} where {types:?} belongs"));
    }
    match value {
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(index, item)| difference(document, &schema["items"], item, &format!("{at}[{index}]"))),
        Value::Object(members) => {
            for needed in schema["required"].as_array().into_iter().flatten() {
                if !members.contains_key(needed.as_str().unwrap()) {
                    return Some(format!("{at}: {needed} is missing"));
                }
            }
            // An object without described members may hold anything.
            let described = schema["properties"].as_object()?;
            members.iter().find_map(|(name, member)| match described.get(name) {
                Some(schema) => difference(document, schema, member, &format!("{at}.{name}")),
                None => Some(format!("{at}: {name} is not described")),
            })
        }
        _ => None,
    }
}
