//! What the nodes heard each other say, and whether anybody contradicted itself.

use std::{collections::BTreeMap, fs, path::Path};

/// One purpose for which a validator signs once: author, height, round and step.
type Place = (String, u64, u64, String);

/// What a node says when it sees for itself that something is wrong.
const TROUBLES: [&str; 3] = ["contradicted itself", "signs with this node's key", "the journal cannot be used"];

/// The statements in the logs of some nodes.
#[derive(Debug, Default)]
pub(crate) struct Transcript {
    said: BTreeMap<Place, String>,
    contradictions: Vec<String>,
    troubles: Vec<String>,
}

impl Transcript {
    /// Reads every log in a folder.
    pub(crate) fn read(folder: &Path) -> Self {
        let mut transcript = Self::default();
        for file in fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            transcript.add(&name, &String::from_utf8_lossy(&fs::read(&path).unwrap()));
        }
        transcript
    }

    /// Adds one node's log.
    pub(crate) fn add(&mut self, log: &str, text: &str) {
        // A killed node may leave half a line at the end.
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        for line in whole.lines() {
            if let Some((_, fields)) = line.split_once(" TRACE plenary::heard: ") {
                self.hear(log, fields);
            } else if TROUBLES.iter().any(|trouble| line.contains(trouble)) {
                self.troubles.push(format!("{log}: {line}"));
            }
        }
    }

    fn hear(&mut self, log: &str, fields: &str) {
        let fields: BTreeMap<&str, &str> = fields.split(' ').filter_map(|field| field.split_once('=')).collect();
        let field = |name: &str| fields.get(name).unwrap_or_else(|| panic!("{log}: no {name} in {fields:?}"));
        let number = |name: &str| field(name).parse::<u64>().unwrap();
        let place = ((*field("author")).to_owned(), number("height"), number("round"), (*field("step")).to_owned());
        let said = format!("{} of valid round {}", field("block"), field("valid_round"));
        let first = self.said.entry(place.clone()).or_insert_with(|| said.clone());
        if *first != said {
            self.contradictions.push(format!("{place:?}: {first}, and in {log}: {said}"));
        }
    }

    /// Whether nobody said two things for one height, round and step, and no node says that it happened.
    pub(crate) fn is_consistent(&self) -> bool {
        self.contradictions.is_empty() && self.troubles.is_empty()
    }

    /// Fails if somebody contradicted itself, if a node says so, or if there is too little to tell.
    pub(crate) fn must_be_consistent(&self, authors: usize, statements: usize) {
        let known: std::collections::BTreeSet<&str> = self.said.keys().map(|(author, ..)| author.as_str()).collect();
        assert_eq!(known.len(), authors, "validators that were heard");
        assert!(statements <= self.said.len(), "only {} statements were heard", self.said.len());
        assert!(self.contradictions.is_empty(), "{}", self.contradictions.join("\n"));
        assert!(self.troubles.is_empty(), "{}", self.troubles.join("\n"));
    }
}

#[test]
fn a_planted_double_vote_is_found() {
    let line = |step: &str, block: &str| {
        format!(
            "2026-01-01T00:00:00.000000Z TRACE plenary::heard: author=0a height=7 round=1 step={step} block={block} \
             valid_round=none\n"
        )
    };
    let mut transcript = Transcript::default();
    transcript.add("one", &line("prevote", "sha256:01"));
    transcript.add("one", &line("precommit", "sha256:02"));
    transcript.add("two", &line("prevote", "sha256:01"));
    transcript.must_be_consistent(1, 2);
    // The end of a killed node's log counts for nothing.
    transcript.add("two", line("prevote", "none").trim_end());
    transcript.must_be_consistent(1, 2);
    transcript.add("three", &line("prevote", "none"));
    assert_eq!(transcript.contradictions.len(), 1);
    assert!(transcript.contradictions[0].contains("sha256:01") && transcript.contradictions[0].contains("none"));
}
