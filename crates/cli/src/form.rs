//! Forms: a record's body as a person fills it in, in TOML.
//!
//! There is one form for each type of record, an example with a comment for
//! each field. Whatever its type, a form is read in one way: TOML becomes the
//! JSON of the body, and a table of one of these shapes becomes what it names.
//!
//! ```toml
//! document = { file = "report.pdf" }                                # its digest, size and media type
//! documents = [{ file = "text.docx" }, { file = "data.bin", media_type = "text/csv" }]
//! manifest = { manifest_of = ["text.docx", "data.csv"] }            # the digest of a package, in its order
//! privacy_notice = { digest_of = "notice.pdf" }                     # the digest alone
//! key = { key_of = "delegate.pub" }                                 # a public key, without its comment
//! due = { by = "2017-10-10", zone = "Europe/Zurich" }               # or before: a deadline, with its instant
//! starts = { starts = "2017-10-17 09:30", zone = "Europe/Zurich" }  # a day and its instant
//! opened = { local = "2017-10-17 09:30", zone = "Europe/Zurich" }   # an instant
//! zone = { zone = "Europe/Zurich", from = "2017-01-01", to = "2019-12-31" }  # the offsets of a zone
//! ```

use std::path::Path;

use plenary_core::{
    hash::Digest,
    json::Object,
    time::{Date, Moment},
};
use plenary_procedure::{document::Document, form, meeting::Start, record_type::RecordType, text::Text};
use plenary_rpc::{client::ClientError, fault::Fault};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use toml::{Table, Value as Typed};

use crate::{
    bundle::read_file, document, keyfile, notice, problem::Problem, screen::Screen, settings::spelled, timezone,
};

/// The largest form, in bytes.
const BYTES_MAX: u64 = 65_536;

/// Makes the list of forms out of the types' words.
macro_rules! forms {
    ($($word:literal)+) => {
        &[$(($word, include_str!(concat!("../forms/", $word, ".toml")))),+]
    };
}

const FORMS: &[(&str, &str)] = forms! {
    "action.close" "action.open"
    "affiliation.change"
    "agenda.publish"
    "attendance.claim" "attendance.seal"
    "baseline.publish"
    "call.close" "call.extend" "call.open" "call.resume" "call.suspend" "call.void"
    "challenge.answer"
    "circular.publish"
    "coi.declare"
    "contribution.addendum" "contribution.allocate" "contribution.confirm" "contribution.corrigendum"
    "contribution.dispose" "contribution.dispute" "contribution.late-admit" "contribution.late-decide"
    "contribution.reserve" "contribution.return" "contribution.revise" "contribution.submit" "contribution.withdraw"
    "deadline.waive"
    "decision.record"
    "deliverable.publish" "deliverable.reopen"
    "determination.challenge"
    "determine"
    "document.attest" "document.dispose" "document.redact" "document.revise" "document.submit" "document.withdraw"
    "editorial.fix"
    "erasure.acknowledge" "erasure.request"
    "event.record"
    "final.report"
    "group.close" "group.conclude" "group.establish" "group.recharter" "group.transfer"
    "guideline.adopt"
    "ipr.call" "ipr.contact" "ipr.correct" "ipr.disclose" "ipr.general" "ipr.supersede"
    "key.entrust" "key.recover" "key.revoke" "key.rotate"
    "liaison.approve" "liaison.close" "liaison.draft" "liaison.record" "liaison.reply" "liaison.send"
    "lifetime.extend"
    "meeting.amend" "meeting.announce" "meeting.cancel" "meeting.close" "meeting.open" "meeting.register"
    "meeting.unregister"
    "objection.dispose" "objection.raise" "objection.respond" "objection.withdraw"
    "organization.register"
    "parent.acknowledge" "parent.dispose" "parent.note"
    "participant-list.report"
    "participant.enroll" "participant.merge" "participant.rectify"
    "position"
    "progress.report"
    "record.correct" "record.void"
    "report.approve" "report.submit"
    "role.act" "role.appoint" "role.end"
    "ruleset"
    "tor.amend"
    "transmit"
    "validators.change" "validators.close" "validators.prepare"
    "wg.amend" "wg.close" "wg.create"
    "workitem.adopt" "workitem.discontinue" "workitem.propose" "workitem.update" "workitem.withdraw"
};

/// The form of a type: an example that is to be filled in anew.
pub fn example(record_type: RecordType) -> Result<&'static str, Problem> {
    let form = FORMS.iter().find(|(word, _)| *word == record_type.as_str());
    form.map(|(_, form)| *form).ok_or(Problem::Defect("a type of record has no form"))
}

/// Reads a form that was filled in, and checks the body as the ledger will.
pub fn read(record_type: RecordType, path: &Path, screen: &mut Screen<'_>) -> Result<Object, Problem> {
    let bytes = read_file(path, BYTES_MAX)?;
    let wrong = |why: String| {
        Problem::usage(
            format!("{} cannot be read: {}", path.display(), why.trim_end()),
            format!("plenary record make {record_type} --example prints the form"),
        )
    };
    let text = String::from_utf8(bytes).map_err(|_| wrong("it is not UTF-8 text".to_owned()))?;
    let table: Table = text.parse().map_err(|error: toml::de::Error| wrong(error.to_string()))?;
    let folder = path.with_file_name("");
    let body = Reader { folder: &folder, screen }.fields(table, "")?;
    check(record_type, &body)?;
    Ok(body)
}

/// Refuses a body as the ledger would, and says which field it is.
pub fn check(record_type: RecordType, body: &Object) -> Result<(), Problem> {
    let Err(refusal) = form::check(record_type, body) else { return Ok(()) };
    // The field without which something else is wrong.
    let is_it = |name: &&String| {
        let mut rest = body.clone();
        rest.remove(*name);
        form::check(record_type, &rest).err().as_ref() != Some(&refusal)
    };
    let field = body.keys().find(is_it).cloned();
    let Fault { code, mut data } = Fault::from(refusal);
    data.facts.extend(field.map(|name| ("field".to_owned(), name.into())));
    Err(ClientError::Refused { code, data }.into())
}

/// `{ file = … }`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    file: String,
    media_type: Option<String>,
    name: Option<String>,
}

/// A file of a package: its path alone, or with its media type.
#[derive(Deserialize)]
#[serde(untagged)]
enum Part {
    Path(String),
    File(File),
}

/// Reads the values of a form; paths are relative to the file that names them.
struct Reader<'a, 's> {
    folder: &'a Path,
    screen: &'a mut Screen<'s>,
}

impl Reader<'_, '_> {
    fn fields(&mut self, table: Table, at: &str) -> Result<Object, Problem> {
        let mut fields = Object::new();
        for (name, value) in table {
            let at = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
            fields.insert(name, self.value(value, &at)?);
        }
        Ok(fields)
    }

    fn value(&mut self, value: Typed, at: &str) -> Result<Value, Problem> {
        match value {
            Typed::String(text) => Ok(text.into()),
            Typed::Boolean(flag) => Ok(flag.into()),
            Typed::Integer(number) => {
                let number = u64::try_from(number).map_err(|_| wrong(at, "is a negative number"))?;
                Ok(number.into())
            }
            Typed::Float(_) => Err(wrong(at, "is a number with a fraction, which no record holds")),
            Typed::Datetime(time) => Ok(time_of(&time, at)?.into()),
            Typed::Array(list) => {
                let each =
                    list.into_iter().enumerate().map(|(number, value)| self.value(value, &format!("{at}[{number}]")));
                Ok(Value::Array(each.collect::<Result<_, _>>()?))
            }
            Typed::Table(table) => self.table(table, at),
        }
    }

    /// A table is what its shape names, or else the fields of a struct.
    fn table(&mut self, table: Table, at: &str) -> Result<Value, Problem> {
        let names: Vec<&str> = table.keys().map(String::as_str).collect();
        let text = |name: &str| match table.get(name) {
            Some(Typed::String(text)) => Ok(text.clone()),
            Some(Typed::Datetime(time)) => Ok(time.to_string()),
            Some(_) | None => Err(wrong(at, &format!("has a {name} that is no text"))),
        };
        match names.as_slice() {
            names if names.contains(&"file") => {
                let file = table.clone().try_into().map_err(|error| wrong(at, &error.to_string()))?;
                written(&self.document(&file, at)?)
            }
            ["manifest_of"] => self.manifest(table, at),
            ["digest_of"] => {
                let file = File { file: text("digest_of")?, media_type: None, name: None };
                written(&self.document(&file, at)?.digest)
            }
            ["key_of"] => written(&Text(keyfile::read_public(&self.folder.join(text("key_of")?))?)),
            ["by", "zone"] => written(&notice::resolved(&format!("by {}", text("by")?), &text("zone")?)?),
            ["before", "zone"] => written(&notice::resolved(&format!("before {}", text("before")?), &text("zone")?)?),
            ["starts", "zone"] => start(&text("starts")?, &text("zone")?),
            ["local", "zone"] => written(&Text(timezone::instant(&text("zone")?, &text("local")?)?)),
            ["from", "to", "zone"] => zone(&text("zone")?, &text("from")?, &text("to")?),
            _ => Ok(Value::Object(self.fields(table, at)?)),
        }
    }

    fn document(&mut self, file: &File, at: &str) -> Result<Document, Problem> {
        let mut found = document::read(&self.folder.join(&file.file), self.screen)?;
        if let Some(media_type) = &file.media_type {
            found.media_type = Text(spelled(&format!("the media type of {at}"), media_type)?);
        }
        found.name = match &file.name {
            Some(name) => Some(Text(spelled(&format!("the name of {at}"), name)?)),
            None => None,
        };
        Ok(found)
    }

    fn manifest(&mut self, mut table: Table, at: &str) -> Result<Value, Problem> {
        let list = table.remove("manifest_of").unwrap_or(Typed::Array(Vec::new()));
        let parts: Vec<Part> = list.try_into().map_err(|_| wrong(at, "has a manifest_of that is no list of files"))?;
        let mut documents = Vec::with_capacity(parts.len());
        for part in parts {
            let file = match part {
                Part::Path(file) => File { file, media_type: None, name: None },
                Part::File(file) => file,
            };
            documents.push(self.document(&file, at)?);
        }
        let digest: Digest = plenary_procedure::document::manifest(&documents);
        written(&Text(digest))
    }
}

fn wrong(at: &str, what: &str) -> Problem {
    Problem::usage(format!("{at} {}", what.trim_end()), "correct the field; the form's example shows it")
}

fn written<T: Serialize>(value: &T) -> Result<Value, Problem> {
    serde_json::to_value(value).map_err(|_| Problem::Defect("a value of a form cannot be written"))
}

/// A date, or a moment with its offset.
fn time_of(time: &toml::value::Datetime, at: &str) -> Result<String, Problem> {
    match (time.date, time.time, time.offset) {
        (Some(_), None, None) => Ok(time.to_string()),
        (Some(_), Some(_), Some(_)) => Ok(timezone::moment(&time.to_string())?.to_string()),
        _ => Err(wrong(at, "is a time without its offset: write 2017-10-17T07:30:00Z or 2017-10-17T09:30:00+02:00")),
    }
}

fn start(local: &str, zone: &str) -> Result<Value, Problem> {
    let instant: Moment = timezone::instant(zone, local)?;
    let table = timezone::table(zone, instant, instant)?;
    let date = table.date(instant).ok_or_else(notice::out_of_range)?;
    written(&Start { date: Text(date), instant: Text(instant) })
}

fn zone(name: &str, from: &str, to: &str) -> Result<Value, Problem> {
    let [from, to] = [("from", from), ("to", to)].map(|(what, date)| spelled::<Date>(what, date));
    let [from, to] = [from?, to?].map(|date| date.begins(0).ok_or_else(notice::out_of_range));
    written(&timezone::table(name, from?, to?)?)
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs};

    use ed25519_dalek::SigningKey;
    use plenary_core::signature::MemberKey;
    use plenary_procedure::refusal::Refusal;
    use serde_json::json;

    use super::*;
    use crate::{exit::Exit, screen::Form};

    /// A public key as OpenSSH writes it, with a comment.
    fn key() -> String {
        format!("{} a.key@example.org\n", MemberKey::of(&SigningKey::from_bytes(&[1; 32])))
    }

    /// Fills a form in, with each file that it names beside it, and reads it.
    fn filled(record_type: RecordType, text: &str) -> Result<Object, Problem> {
        let folder = tempfile::tempdir().unwrap();
        for name in text.split('"').filter(|word| word.contains('.') && !word.contains([' ', '/', '#'])) {
            fs::write(folder.path().join(name), if name.ends_with(".pub") { key() } else { "text".to_owned() })
                .unwrap();
        }
        let path = folder.path().join("form.toml");
        fs::write(&path, text).unwrap();
        let (mut data, mut talk) = (Vec::new(), Vec::new());
        read(record_type, &path, &mut Screen::new(&mut data, &mut talk, Form::default()))
    }

    /// The form with its optional fields filled in, too.
    fn in_full(form: &str) -> String {
        let is_field = |line: &str| {
            let name = line.split(" = ").next().unwrap_or_default();
            line.starts_with('[') || (line.contains(" = ") && name.chars().all(|c| c == '_' || c.is_ascii_lowercase()))
        };
        let lines = form.lines().map(|line| line.strip_prefix("# ").filter(|rest| is_field(rest)).unwrap_or(line));
        lines.map(|line| format!("{line}\n")).collect()
    }

    /// The fields that a body of the type can have.
    fn fields(record_type: RecordType) -> BTreeSet<String> {
        let unknown = Object::from_iter([("?".to_owned(), Value::Null)]);
        let Err(Refusal::UnknownField { problem, .. }) = form::check(record_type, &unknown) else {
            panic!("{record_type} takes any field");
        };
        problem.split('`').skip(3).step_by(2).map(str::to_owned).collect()
    }

    #[test]
    fn every_type_has_a_form_that_its_own_check_takes() {
        for record_type in RecordType::ALL {
            let form = example(record_type).unwrap_or_else(|_| panic!("{record_type} has no form in FORMS"));
            // What the form leaves out is optional, since the check takes it without.
            filled(record_type, form).unwrap_or_else(|problem| panic!("{record_type}: {}", problem.told()));
            let full = filled(record_type, &in_full(form));
            let full = full.unwrap_or_else(|problem| panic!("{record_type} in full: {}", problem.told()));
            assert_eq!(full.keys().cloned().collect::<BTreeSet<_>>(), fields(record_type), "{record_type}");
        }
        assert_eq!(FORMS.len(), RecordType::ALL.len());
    }

    #[test]
    fn every_field_of_a_form_is_explained_and_every_line_is_short() {
        for (word, form) in FORMS {
            let lines: Vec<&str> = form.lines().collect();
            assert!(lines[0].starts_with(&format!("# {word}: ")), "{word}");
            for (above, line) in lines.iter().zip(lines.iter().skip(1)) {
                assert!(line.len() <= 120, "{word}: {line}");
                let is_field = !line.starts_with('#') && !line.is_empty();
                assert!(!is_field || above.starts_with("# "), "{word}: nothing explains {line}");
            }
        }
    }

    fn one(text: &str) -> Result<Value, Problem> {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.pdf", "b"] {
            fs::write(folder.path().join(name), name).unwrap();
        }
        fs::write(folder.path().join("k.pub"), key()).unwrap();
        let (mut data, mut talk) = (Vec::new(), Vec::new());
        let mut screen = Screen::new(&mut data, &mut talk, Form::default());
        let table: Table = format!("x = {text}").parse().unwrap();
        let mut read = Reader { folder: folder.path(), screen: &mut screen }.fields(table, "")?;
        Ok(read.remove("x").unwrap())
    }

    #[test]
    fn a_table_becomes_what_its_shape_names() {
        let digest = |text: &str| Digest::of(text.as_bytes()).to_string();
        let check = |text: &str, expected: Value| assert_eq!(one(text).unwrap(), expected, "{text}");
        let pdf = json!({ "digest": digest("a.pdf"), "bytes": 5, "media_type": "application/pdf" });
        let bin = json!({ "digest": digest("b"), "bytes": 1, "media_type": "text/plain", "name": "b.txt" });
        check("{ file = \"a.pdf\" }", pdf.clone());
        check("{ file = \"b\", media_type = \"text/plain\", name = \"b.txt\" }", bin.clone());
        check("[{ file = \"a.pdf\" }]", json!([pdf]));
        check("{ digest_of = \"a.pdf\" }", json!(digest("a.pdf")));
        check("{ key_of = \"k.pub\" }", json!(key().rsplit_once(' ').unwrap().0));
        let package: Vec<Document> =
            [pdf, bin].into_iter().map(|document| serde_json::from_value(document).unwrap()).collect();
        let manifest = plenary_procedure::document::manifest(&package).to_string();
        check("{ manifest_of = [\"a.pdf\", { file = \"b\", media_type = \"text/plain\" }] }", json!(manifest));
        let due = json!({ "date": "2017-10-10", "words": "by", "instant": "2017-10-10T21:59:59Z" });
        check("{ by = \"2017-10-10\", zone = \"Europe/Zurich\" }", due.clone());
        check("{ by = 2017-10-10, zone = \"Europe/Zurich\" }", due);
        let due = json!({ "date": "2019-01-04", "words": "before", "instant": "2019-01-04T01:59:59Z" });
        check("{ before = \"2019-01-04\", zone = \"America/Sao_Paulo\" }", due);
        let starts = json!({ "date": "2017-10-17", "instant": "2017-10-17T07:30:00Z" });
        check("{ starts = \"2017-10-17 09:30\", zone = \"Europe/Zurich\" }", starts);
        check("{ local = \"2017-10-17 09:30\", zone = \"Europe/Zurich\" }", json!("2017-10-17T07:30:00Z"));
        check("2017-10-17T09:30:00+02:00", json!("2017-10-17T07:30:00Z"));
        check("2017-10-17", json!("2017-10-17"));
        let zone = one("{ zone = \"UTC\", from = \"2019-01-01\", to = \"2019-12-31\" }").unwrap();
        assert_eq!((zone["name"].as_str(), zone["offsets"].as_array().unwrap().len()), (Some("UTC"), 1));
        // What has no such shape is a struct of the body.
        check("{ by = \"group\", basis = \"consensus\" }", json!({ "by": "group", "basis": "consensus" }));
    }

    #[test]
    fn what_no_record_can_hold_is_named_by_its_field() {
        for text in
            ["1.5", "-1", "[1, -1]", "2017-10-17T09:30:00", "09:30:00", "{ file = 1 }", "{ file = \"b\", x = 1 }"]
        {
            let problem = one(text).unwrap_err();
            assert_eq!(problem.exit(), Exit::Usage, "{text}");
            assert!(problem.told().contains("error: x"), "{text}\n{}", problem.told());
        }
        assert_eq!(one("{ file = \"c.pdf\" }").unwrap_err().exit(), Exit::NotFound);
    }

    #[test]
    fn a_wrong_body_is_refused_as_by_the_ledger_and_its_field_named() {
        let told = |text: &str| filled(RecordType::RoleEnd, text).unwrap_err().told();
        let right = "role = \"chair\"\nwho = \"00000000000000000000000000000001\"\nreason = \"resigned\"\n";
        assert!(filled(RecordType::RoleEnd, right).is_ok());
        let wrong = told(&right.replace("00000000000000000000000000000001", "anna"));
        assert!(wrong.contains("field who") && wrong.contains("rule: ") && wrong.contains("do: "), "{wrong}");
        assert!(told(&right.replace("resigned", "tired")).contains("field reason"));
        assert!(told(&format!("{right}name = \"x\"\n")).contains("unknown field `name`"));
        assert!(told(&right.replace("who", "# who")).contains("missing field `who`"));
    }
}
