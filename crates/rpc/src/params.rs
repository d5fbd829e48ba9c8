//! What callers give: parameters by name or by position, each of a known kind.

use std::{collections::BTreeMap, fmt};

use plenary_core::{block::Height, hash::Digest, record::Name, subject::Subject};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_json::{Value, json};

use crate::{
    fault::{Fault, page_too_large},
    json::INTEGER_MAX,
    limits,
    reason::Reason,
};

/// What form a parameter has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    /// A digest.
    Digest,
    /// A record's id, or its entry's place in the log.
    Entry,
    /// A height or a size.
    Number,
    /// A short lower-case name.
    Name,
    /// A subject.
    Subject,
    /// An id within a group, such as `D1.1`; `fg-dlt/D1.1` where the ledger has several.
    Id,
    /// The text of a record file.
    Record,
    /// How many items.
    Limit,
    /// Where to go on.
    Cursor,
    /// How long to wait for finality.
    Wait,
    /// Which end of a list comes first.
    Order,
    /// Whether a dossier is of now, or of an approval.
    At,
}

/// A parameter of a method.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Param {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its form.
    pub(crate) kind: Kind,
    /// Whether it must be given.
    pub(crate) required: bool,
    /// What it is, in a sentence.
    pub(crate) about: &'static str,
}

/// A parameter that must be given.
pub(crate) const fn required(name: &'static str, kind: Kind, about: &'static str) -> Param {
    Param { name, kind, required: true, about }
}

/// A parameter that may be left out.
pub(crate) const fn optional(name: &'static str, kind: Kind, about: &'static str) -> Param {
    Param { name, kind, required: false, about }
}

/// How many items of a list.
pub(crate) const LIMIT: Param = optional("limit", Kind::Limit, "How many items; 50 if absent.");

/// Where a list goes on.
pub(crate) const CURSOR: Param = optional("cursor", Kind::Cursor, "The next_cursor of the page before.");

impl Kind {
    /// The JSON Schema of the parameter.
    pub(crate) fn schema(self) -> Value {
        match self {
            Self::Digest => json!({ "type": "string", "pattern": "^sha256:[0-9a-f]{64}$" }),
            Self::Entry => json!({ "oneOf": [
                { "type": "string", "pattern": "^sha256:[0-9a-f]{64}$" },
                { "type": "integer", "minimum": 0, "maximum": INTEGER_MAX },
            ] }),
            Self::Number => json!({ "type": "integer", "minimum": 0, "maximum": INTEGER_MAX }),
            Self::Name => json!({ "type": "string", "pattern": "^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$" }),
            Self::Subject | Self::Id => {
                json!({ "type": "string", "maxLength": 128, "pattern": "^[A-Za-z0-9.-]+(/[A-Za-z0-9.-]+){0,5}$" })
            }
            Self::Record => json!({ "type": "string", "maxLength": plenary_core::record::FILE_BYTES_MAX }),
            Self::Limit => {
                json!({ "type": "integer", "minimum": 1, "maximum": limits::PAGE_MAX, "default": limits::PAGE_DEFAULT })
            }
            Self::Cursor => json!({ "type": "string", "maxLength": limits::CURSOR_BYTES_MAX }),
            Self::Wait => json!({ "type": "integer", "minimum": 0, "maximum": limits::WAIT_MS_MAX, "default": 0 }),
            Self::Order => json!({ "enum": ["oldest", "newest"], "default": "oldest" }),
            Self::At => json!({ "enum": ["head", "approval"], "default": "head" }),
        }
    }

    /// What the form is, in words.
    const fn words(self) -> &'static str {
        match self {
            Self::Digest => "sha256: and 64 lower-case hexadecimal digits",
            Self::Entry => "a record's id (sha256: and 64 digits), or an entry's index",
            Self::Number => "an integer from 0 to 2^53 - 1",
            Self::Name => "1 to 40 lower-case letters, digits and hyphens",
            Self::Subject => "a subject such as fg-dlt/deliverable/D1.1",
            Self::Id => "an id such as D1.1, or fg-dlt/D1.1 with its group",
            Self::Record => "the text of a record file",
            Self::Limit => "an integer from 1 to 500",
            Self::Cursor => "the next_cursor of the page before",
            Self::Wait => "an integer from 0 to 9000",
            Self::Order => "\"oldest\" or \"newest\"",
            Self::At => "\"head\" or \"approval\"",
        }
    }

    fn accepts(self, value: &Value) -> bool {
        let text = value.as_str();
        let number = value.as_u64().filter(|number| *number <= INTEGER_MAX);
        match self {
            Self::Digest => text.and_then(Digest::parse).is_some(),
            Self::Entry => text.and_then(Digest::parse).is_some() || number.is_some(),
            Self::Number => number.is_some(),
            Self::Name => text.and_then(Name::parse).is_some(),
            Self::Subject | Self::Id => text.and_then(Subject::parse).is_some(),
            Self::Record => text.is_some(),
            Self::Limit => number.is_some_and(|number| number > 0),
            Self::Cursor => text.is_some_and(|text| text.len() <= limits::CURSOR_BYTES_MAX),
            Self::Wait => number.is_some_and(|number| number <= limits::WAIT_MS_MAX),
            Self::Order => matches!(text, Some("oldest" | "newest")),
            Self::At => matches!(text, Some("head" | "approval")),
        }
    }
}

/// Which entry is meant.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum EntryAt {
    /// That of a record.
    Record(Digest),
    /// The one at a place in the log.
    Index(u64),
}

/// Which end of a list comes first.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Order {
    /// As the ledger grew.
    Oldest,
    /// Backwards.
    Newest,
}

/// A call's parameters, each of the form that the method asks for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Arguments(BTreeMap<&'static str, Value>);

impl Arguments {
    /// Reads the `params` member of a call.
    pub(crate) fn read(params: &'static [Param], raw: Option<&str>) -> Result<Self, Fault> {
        let given = match raw {
            None => Given::Names(Vec::new()),
            Some(raw) => serde_json::from_str(raw).map_err(|error| Fault::new(Reason::BAD_PARAM, error.to_string()))?,
        };
        let mut arguments = Self::default();
        match given {
            Given::Names(members) => {
                for (name, value) in members {
                    let param = params.iter().find(|param| param.name == name).ok_or_else(|| unknown(params, &name))?;
                    arguments.put(param, value)?;
                }
            }
            Given::Positions(values) => {
                if params.len() < values.len() {
                    let message = format!("{} parameters were given; the method has {}", values.len(), params.len());
                    return Err(Fault::new(Reason::TOO_MANY_PARAMS, message));
                }
                for (param, value) in params.iter().zip(values) {
                    arguments.put(param, value)?;
                }
            }
        }
        match params.iter().find(|param| param.required && !arguments.0.contains_key(param.name)) {
            Some(param) => {
                Err(Fault::new(Reason::MISSING_PARAM, format!("{} is missing: {}", param.name, param.kind.words())))
            }
            None => Ok(arguments),
        }
    }

    fn put(&mut self, param: &Param, value: Value) -> Result<(), Fault> {
        if value.is_null() && !param.required {
            return Ok(());
        }
        if !param.kind.accepts(&value) {
            return Err(Fault::new(Reason::BAD_PARAM, format!("{} is not {}", param.name, param.kind.words())));
        }
        match value.as_u64() {
            Some(limit)
                if param.kind == Kind::Limit && usize::try_from(limit).map_or(true, |l| limits::PAGE_MAX < l) =>
            {
                return Err(page_too_large(limit));
            }
            Some(_) | None => {}
        }
        if self.0.insert(param.name, value).is_some() {
            return Err(Fault::new(Reason::BAD_PARAM, format!("{} is given twice", param.name)));
        }
        Ok(())
    }

    /// A text, if given.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    /// A number, if given.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.0.get(name).and_then(Value::as_u64)
    }

    /// A height, if given.
    pub(crate) fn height(&self, name: &str) -> Option<Height> {
        self.number(name).and_then(Height::new)
    }

    /// A digest, if given.
    pub(crate) fn digest(&self, name: &str) -> Option<Digest> {
        self.text(name).and_then(Digest::parse)
    }

    /// An entry, if given.
    pub(crate) fn entry(&self, name: &str) -> Option<EntryAt> {
        self.digest(name).map(EntryAt::Record).or_else(|| self.number(name).map(EntryAt::Index))
    }

    /// A subject, if given.
    pub(crate) fn subject(&self, name: &str) -> Option<Subject> {
        self.text(name).and_then(Subject::parse)
    }

    /// How many items are asked for.
    pub(crate) fn limit(&self) -> usize {
        self.number(LIMIT.name).and_then(|limit| usize::try_from(limit).ok()).unwrap_or(limits::PAGE_DEFAULT)
    }

    /// Where to go on, if given.
    pub(crate) fn cursor(&self) -> Option<&str> {
        self.text(CURSOR.name)
    }

    /// Which end of the list comes first.
    pub(crate) fn order(&self, name: &str) -> Order {
        if self.text(name) == Some("newest") { Order::Newest } else { Order::Oldest }
    }
}

fn unknown(params: &[Param], name: &str) -> Fault {
    let known: Vec<&str> = params.iter().map(|param| param.name).collect();
    let message = match known.as_slice() {
        [] => "the method has no parameters".to_owned(),
        known => format!("there is no parameter of this name; those that there are: {}", known.join(", ")),
    };
    let mut fault = Fault::new(Reason::UNKNOWN_PARAM, message);
    // What the caller sent goes into a field of its own, cut to a sane length.
    fault.data.facts.insert("param".into(), name.chars().take(40).collect::<String>().into());
    fault
}

/// `params` as they came: with names, which may repeat, or with positions.
enum Given {
    Names(Vec<(String, Value)>),
    Positions(Vec<Value>),
}

impl<'de> Deserialize<'de> for Given {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(GivenVisitor)
    }
}

struct GivenVisitor;

impl<'de> Visitor<'de> for GivenVisitor {
    type Value = Given;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or an array")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Given, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Given::Names(members))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Given, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = seq.next_element()? {
            values.push(value);
        }
        Ok(Given::Positions(values))
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Given, E> {
        Err(E::custom("params must be an object or an array"))
    }
}
