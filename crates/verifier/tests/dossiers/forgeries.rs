//! What a forger would hand to an auditor, and what an honest node would.

use plenary_core::{dossier::Dossier, entry::RecordEntry, genesis::Genesis, hash::Digest, record::RecordFile};

use crate::{
    bent,
    case::{Case, Edit, Files, unpacked},
    ledger::{Chronicle, checkpoint, pid, subject},
    story::{self, VALIDATORS},
};

pub(crate) const DELIVERABLE: &str = "fg-dlt/deliverable/D1.1";

/// Everything that the cases are made of.
pub(crate) struct Vectors {
    /// The files of the folder but the cases.
    pub(crate) folder: Files,
    pub(crate) cases: Vec<Case>,
    approved: Chronicle,
    earlier: Chronicle,
    /// The files of the approved deliverable's dossier, and of the one before its approval.
    files: Files,
    before: Files,
    anchor: String,
}

fn entry(index: u64) -> String {
    format!("entries/{index:016}")
}

fn path(index: u64) -> String {
    format!("paths/{index:016}")
}

fn slot(index: u64) -> String {
    format!("slots/{index:016}")
}

fn slot_path(index: u64) -> String {
    format!("slot-paths/{index:016}")
}

/// Changes one bit of a file.
fn flip(files: &Files, name: &str, offset: usize) -> Edit {
    Edit::Splice(name.to_owned(), offset, 1, vec![files[name][offset] ^ 1])
}

/// Replaces the first `from` in a file.
fn replace(files: &Files, name: &str, from: &str, to: &str) -> Edit {
    let content = &files[name];
    let at = content.windows(from.len()).position(|it| it == from.as_bytes());
    let at = at.unwrap_or_else(|| panic!("{from:?} is not in {name}"));
    Edit::Splice(name.to_owned(), at, from.len(), to.as_bytes().to_vec())
}

fn remove(name: &str) -> Edit {
    Edit::Remove(name.to_owned())
}

fn put(name: &str, content: &[u8]) -> Edit {
    Edit::Put(name.to_owned(), content.to_vec())
}

/// The line `number` of a file, counted from one, with its line feed.
fn line(files: &Files, name: &str, number: usize) -> String {
    let text = String::from_utf8(files[name].clone()).unwrap();
    text.split_inclusive('\n').nth(number - 1).unwrap().to_owned()
}

pub(crate) fn vectors() -> Vectors {
    let (approved, earlier, erased) = (story::approved(), story::called(), story::erased());
    let dossier = approved.dossier(DELIVERABLE, None).write().unwrap();
    let mut roster = erased.dossier("fg-dlt/roster", None);
    for who in ["anna", "chair"] {
        let disclosure = story::disclosure(who);
        roster.disclosures.insert(disclosure.commitment(), disclosure.to_line().unwrap().into());
    }
    let mut folder = Files::from([
        ("approved.tar".to_owned(), dossier.clone()),
        ("roster.tar".to_owned(), roster.write().unwrap()),
        ("earlier-checkpoint".to_owned(), earlier.checkpoint().to_string().into_bytes()),
        ("checkpoint".to_owned(), approved.checkpoint().to_string().into_bytes()),
        ("text".to_owned(), story::document("text")),
        ("statement".to_owned(), story::document("statement")),
        ("other-text".to_owned(), story::document("other text")),
    ]);
    let quorum = bent::dossiers();
    folder.extend(quorum.iter().map(|(name, _, _, bytes)| (format!("{name}.tar"), bytes.clone())));
    let before = unpacked(&earlier.dossier(DELIVERABLE, None).write().unwrap());
    let anchor = approved.ledger.id().to_string();
    let files = unpacked(&dossier);
    let mut vectors = Vectors { folder, cases: vec![], approved, earlier, files, before, anchor };
    vectors.honest();
    vectors.containers();
    vectors.archives();
    vectors.geneses();
    vectors.checkpoints();
    vectors.inclusions();
    vectors.places();
    vectors.paths();
    vectors.omissions();
    vectors.slots();
    vectors.missing_chains();
    vectors.documents();
    vectors.disclosures();
    vectors.growth();
    let anchor = Chronicle::found(bent::ALONE).ledger.id().to_string();
    for (name, code, check, _) in quorum {
        vectors.add(name, code, check, vec![]);
        let case = vectors.cases.last_mut().unwrap();
        (case.from, case.anchor) = (format!("{name}.tar"), anchor.clone());
    }
    vectors
}

impl Vectors {
    fn add(&mut self, name: &str, code: u8, check: &str, edits: Vec<Edit>) -> &mut Case {
        self.cases.push(Case {
            name: name.to_owned(),
            from: "approved.tar".to_owned(),
            edits,
            files: vec![],
            since: None,
            anchor: self.anchor.clone(),
            code,
            check: check.to_owned(),
        });
        self.cases.last_mut().unwrap()
    }

    /// The type of each record in the dossier, by the index of its entry.
    fn records(&self) -> Vec<(u64, String)> {
        let bytes = self.folder["approved.tar"].clone();
        let dossier = Dossier::read(&bytes).unwrap();
        let kind = |entry: &[u8]| {
            let file = RecordFile::parse(RecordEntry::split(entry)?.file).ok()?;
            Some(file.record().record_type.clone())
        };
        dossier.entries.iter().filter_map(|(index, it)| Some((*index, kind(&it.entry)?))).collect()
    }

    fn index_of(&self, kind: &str) -> u64 {
        self.records().iter().find(|(_, it)| it == kind).unwrap_or_else(|| panic!("no {kind}")).0
    }

    fn slot_of(&self, text: &str) -> u64 {
        self.approved.memory.slots[&subject(text)].index
    }

    /// The index of the last seal.
    fn last(&self) -> u64 {
        self.approved.memory.head.log.size - 1
    }

    /// Takes away entries with their paths, as if there were no such records.
    fn dropped(&self, indexes: &[u64]) -> Vec<Edit> {
        indexes.iter().flat_map(|index| [remove(&entry(*index)), remove(&path(*index))]).collect()
    }

    fn since(&self) -> Vec<Edit> {
        let dossier = self.approved.dossier(DELIVERABLE, Some(&self.earlier.checkpoint())).write().unwrap();
        let files = unpacked(&dossier);
        ["since/checkpoint", "since/path"].map(|name| put(name, &files[name])).to_vec()
    }

    fn honest(&mut self) {
        let document = |what: &str| {
            let content = story::document(what);
            put(&format!("documents/{}", Digest::of(&content).to_hex()), &content)
        };
        self.add("honest", 0, "-", vec![]);
        self.add("honest-with-documents", 0, "-", vec![document("text"), document("statement")]);
        self.add("honest-with-files", 0, "-", vec![]).files = vec!["text".to_owned(), "statement".to_owned()];
        self.add("honest-roster-with-disclosures", 0, "-", vec![]).from = "roster.tar".to_owned();
        let since = self.since();
        self.add("honest-since-a-checkpoint", 0, "-", since.clone());
        self.add("honest-since-the-reader-s", 0, "-", since).since = Some("earlier-checkpoint".to_owned());
        self.add("honest-since-the-same-head", 0, "-", vec![]).since = Some("checkpoint".to_owned());
    }

    fn containers(&mut self) {
        let files = self.files.clone();
        let about = |from: &str, to: &str| vec![replace(&files, "about", from, to)];
        let (zero, last) = (path(0), self.last());
        let rows = [
            ("about-of-another-kind", 11, about("dossier", "receipt")),
            ("about-with-another-field", 11, about(",\"subject\"", ",\"size\":1,\"subject\"")),
            ("about-without-subject", 11, about(&format!(",\"subject\":\"{DELIVERABLE}\""), "")),
            ("about-with-a-space", 11, about(",\"ledger\"", ", \"ledger\"")),
            ("about-without-line-feed", 11, about("}\n", "}")),
            ("about-of-a-malformed-subject", 11, about("fg-dlt/", "fg-dlt//")),
            ("about-empty", 11, vec![put("about", b"")]),
            ("about-missing", 16, vec![remove("about")]),
            ("about-of-another-version", 15, about("\"v\":1", "\"v\":2")),
            ("name-unknown", 11, vec![put("notes", b"")]),
            ("name-of-a-folder", 11, vec![put("entries/", b"")]),
            ("name-of-an-entry-too-short", 11, vec![Edit::Copy(entry(0), "entries/0".to_owned())]),
            ("name-that-leads-away", 11, vec![put("entries/../../x", b"")]),
            ("checkpoint-missing", 16, vec![remove("checkpoint")]),
            ("genesis-missing", 16, vec![remove(&entry(0)), remove(&zero)]),
            ("path-missing", 16, vec![remove(&path(2))]),
            ("path-without-entry", 16, vec![remove(&entry(2))]),
            ("path-of-another-index", 11, vec![Edit::Swap(path(2), path(4))]),
            ("path-without-index", 11, vec![replace(&files, &zero, "index 0\n", "")]),
            ("path-index-with-a-zero", 11, vec![replace(&files, &zero, "index 0", "index 00")]),
            ("path-of-short-hashes", 11, vec![replace(&files, &zero, "=\n", "\n")]),
            ("path-without-line-feed", 11, vec![Edit::Splice(zero.clone(), files[&zero].len() - 1, 1, vec![])]),
            ("path-too-long", 11, vec![put(&zero, &long_path())]),
            ("slot-missing", 16, vec![remove(&slot(1))]),
            ("slot-path-missing", 16, vec![remove(&slot_path(1))]),
            ("slot-count-with-a-zero", 11, vec![replace(&files, &slot(1), "\n1\n", "\n01\n")]),
            ("slot-without-head", 11, vec![put(&slot(1), b"organization/tsb\n1\n")]),
            ("slot-with-another-line", 11, vec![put(&slot(1), &[files[&slot(1)].clone(), b"x\n".to_vec()].concat())]),
            ("epoch-without-proof", 16, vec![put("epochs/0001.entry", b"")]),
            ("epoch-out-of-order", 16, vec![put("epochs/0002.entry", b""), put("epochs/0002.proof", b"")]),
            ("since-without-path", 16, vec![put("since/checkpoint", b"")]),
            ("since-without-checkpoint", 16, vec![put("since/path", b"")]),
            ("seal-missing", 16, self.dropped(&[last])),
        ];
        for (name, code, edits) in rows {
            let check = if name == "seal-missing" { "seal" } else { "container" };
            self.add(name, code, check, edits);
        }
    }

    fn archives(&mut self) {
        let bytes = self.folder["approved.tar"].clone();
        // The second header: that of the checkpoint.
        let second = 1_024;
        let header = |at: usize, with: &[u8]| {
            let mut block = bytes[second..second + 512].to_vec();
            block.splice(at..at + with.len(), with.iter().copied());
            let sum = block[..148].iter().chain(&block[156..]).fold(256, |sum, byte| sum + u32::from(*byte));
            block.splice(148..156, format!("{sum:06o}\0 ").into_bytes());
            vec![Edit::Bytes(second, 512, block)]
        };
        let files = bytes.len();
        let rows = [
            ("archive-empty", vec![Edit::Bytes(0, files, vec![])]),
            ("archive-cut", vec![Edit::Bytes(files - 1, 1, vec![])]),
            ("archive-cut-at-a-block", vec![Edit::Bytes(files - 512, 512, vec![])]),
            ("archive-cut-in-the-middle", vec![Edit::Bytes(files / 2, files - files / 2, vec![])]),
            ("archive-with-more-after-it", vec![Edit::Bytes(files, 0, vec![0; 512])]),
            ("archive-with-a-byte-after-it", vec![Edit::Bytes(files, 0, vec![b'x'])]),
            ("archive-before-another", vec![Edit::Bytes(files, 0, bytes[..1_024].to_vec())]),
            ("archive-with-a-file-twice", vec![Edit::Bytes(0, 0, bytes[..1_024].to_vec())]),
            ("archive-of-another-mode", header(105, b"5")),
            ("archive-of-an-owner", header(114, b"1")),
            ("archive-of-a-time", header(146, b"1")),
            ("archive-with-a-link", header(156, b"2")),
            ("archive-with-a-folder", header(156, b"5")),
            ("archive-with-an-owner-s-name", header(265, b"root")),
            ("archive-of-gnu", header(257, b"ustar  \0")),
            ("archive-with-a-prefix", header(345, b"x")),
            ("archive-of-a-wrong-sum", vec![Edit::Bytes(second + 150, 1, vec![b'7'])]),
            ("archive-of-a-false-size", header(124, b"77777777777")),
            ("archive-with-padding", vec![Edit::Bytes(1_023, 1, vec![b'x'])]),
        ];
        for (name, edits) in rows {
            self.add(name, 11, "container", edits);
        }
    }

    fn geneses(&mut self) {
        let files = self.files.clone();
        let genesis = entry(0);
        self.add("genesis-changed", 15, "genesis", vec![flip(&files, &genesis, 40)]);
        self.add(
            "genesis-of-another-ledger",
            15,
            "genesis",
            vec![Edit::Take("quorum-straight.tar".to_owned(), genesis.clone(), genesis.clone())],
        );
        self.add("anchor-of-another-ledger", 15, "genesis", vec![]).anchor = Digest::of(b"other").to_string();
        self.add("anchor-none", 15, "genesis", vec![]).anchor = "none".to_owned();
        let ledger = self.anchor.clone();
        let other = Digest::of(b"other").to_string();
        self.add("about-of-another-ledger", 11, "genesis", vec![replace(&files, "about", &ledger, &other)]);
        let newer = String::from_utf8(files[&genesis].clone()).unwrap().replace(",\"v\":1,", ",\"v\":2,");
        let anchor = Genesis::ledger(newer.as_bytes()).to_string();
        self.add("genesis-of-another-version", 15, "genesis", vec![put(&genesis, newer.as_bytes())]).anchor = anchor;
    }

    fn checkpoints(&mut self) {
        let files = self.files.clone();
        let name = "checkpoint";
        let whole = String::from_utf8(files[name].clone()).unwrap();
        let line = |number| line(&files, name, number);
        let (fifth, sixth, seventh) = (line(5), line(6), line(7));
        let change = |from: &str, to: &str| vec![replace(&files, name, from, to)];
        let all = checkpoint(VALIDATORS, self.approved.memory.head.log);
        let others = checkpoint(&["dune", "cirrus", "borealis", "aurora"], self.approved.memory.head.log);
        let mut four = all.clone();
        four.cosignatures.push(others.cosignatures[0].clone());
        let stranger = checkpoint(bent::ALONE, self.approved.memory.head.log);
        let mut split = all.clone();
        split.cosignatures[2] = checkpoint(VALIDATORS, self.earlier.memory.head.log).cosignatures[2].clone();
        let rows = [
            ("checkpoint-empty", vec![put(name, b"")]),
            ("checkpoint-of-another-log", change("plenary.example/ledger\n", "other.example/ledger\n")),
            ("checkpoint-of-another-size", change("\n40\n", "\n41\n")),
            ("checkpoint-of-another-root", vec![flip(&files, name, whole.find("\n40\n").unwrap() + 6)]),
            ("checkpoint-with-an-extension", change("\n\n", "\nextension\n\n")),
            ("checkpoint-without-the-log-s-line", change(&fifth, "")),
            ("checkpoint-with-the-log-s-line-changed", vec![flip(&files, name, whole.find(&fifth).unwrap() + 60)]),
            ("checkpoint-of-two-validators", change(&sixth, "")),
            ("checkpoint-of-a-validator-twice", change(&sixth, &seventh)),
            ("checkpoint-of-four-validators", vec![put(name, four.to_string().as_bytes())]),
            ("checkpoint-of-one-validator", vec![put(name, stranger.to_string().as_bytes())]),
            ("checkpoint-of-another-head-by-one", vec![put(name, split.to_string().as_bytes())]),
            ("checkpoint-with-a-cosignature-changed", vec![flip(&files, name, whole.find(&sixth).unwrap() + 80)]),
            ("checkpoint-without-line-feed", vec![Edit::Splice(name.to_owned(), whole.len() - 1, 1, vec![])]),
            ("checkpoint-with-carriage-returns", vec![put(name, whole.replace('\n', "\r\n").as_bytes())]),
        ];
        for (name, edits) in rows {
            self.add(name, 12, "validators", edits);
        }
        self.add(
            "epoch-that-nobody-signed",
            12,
            "epochs",
            vec![put("epochs/0001.entry", b""), put("epochs/0001.proof", b"")],
        );
        let older = self.earlier.checkpoint().to_string();
        self.add("checkpoint-of-an-earlier-head", 11, "inclusion", vec![put(name, older.as_bytes())]);
    }

    fn inclusions(&mut self) {
        let files = self.files.clone();
        let mut indexes: Vec<u64> = self.records().into_iter().map(|(index, _)| index).collect();
        indexes.push(self.last());
        for index in &indexes {
            let name = entry(*index);
            let middle = files[&name].len() / 2;
            self.add(&format!("entry-{index}-changed"), 11, "inclusion", vec![flip(&files, &name, middle)]);
        }
        for pair in indexes.windows(2) {
            let name = format!("entries-{}-and-{}-exchanged", pair[0], pair[1]);
            self.add(&name, 11, "inclusion", vec![Edit::Swap(entry(pair[0]), entry(pair[1]))]);
        }
    }

    /// Records that stand elsewhere, or more than once.
    fn places(&mut self) {
        let files = self.files.clone();
        let (one, other) = (self.index_of("objection.raise"), self.index_of("objection.withdraw"));
        let exchanged =
            |from: u64, to: u64| replace(&files, &path(from), &format!("index {from}\n"), &format!("index {to}\n"));
        self.add(
            "records-exchanged-with-their-paths",
            11,
            "inclusion",
            vec![
                Edit::Swap(entry(one), entry(other)),
                exchanged(one, other),
                exchanged(other, one),
                Edit::Swap(path(one), path(other)),
            ],
        );
        let free = one + 1;
        self.add(
            "record-at-another-index",
            11,
            "inclusion",
            vec![exchanged(one, free), Edit::Rename(entry(one), entry(free)), Edit::Rename(path(one), path(free))],
        );
        self.add(
            "record-twice",
            11,
            "inclusion",
            vec![
                Edit::Copy(entry(one), entry(free)),
                put(
                    &path(free),
                    String::from_utf8(files[&path(one)].clone())
                        .unwrap()
                        .replace(&format!("index {one}"), &format!("index {free}"))
                        .as_bytes(),
                ),
            ],
        );
        let beyond = self.last() + 1;
        self.add(
            "record-beyond-the-log",
            11,
            "inclusion",
            vec![Edit::Copy(entry(one), entry(beyond)), put(&path(beyond), format!("index {beyond}\n").as_bytes())],
        );
    }

    /// Paths that lead elsewhere, or nowhere.
    fn paths(&mut self) {
        let files = self.files.clone();
        let one = self.index_of("objection.raise");
        let shortened = line(&files, &path(one), 2);
        self.add("path-too-short", 11, "inclusion", vec![replace(&files, &path(one), &shortened, "")]);
        self.add(
            "path-with-a-hash-twice",
            11,
            "inclusion",
            vec![replace(&files, &path(one), &shortened, &shortened.repeat(2))],
        );
        self.add("path-with-a-hash-changed", 11, "inclusion", vec![flip(&files, &path(one), 20)]);
        self.add(
            "path-under-an-earlier-head",
            11,
            "inclusion",
            vec![put(&path(one), &self.before[&path(one)].clone())],
        );
        self.add(
            "path-of-another-ledger",
            11,
            "inclusion",
            vec![Edit::Take("quorum-straight.tar".to_owned(), path(0), path(0))],
        );
        self.add("entry-empty", 11, "inclusion", vec![put(&entry(one), b"")]);
        self.add("entry-cut", 11, "inclusion", vec![Edit::Splice(entry(one), 900, 1, vec![])]);
    }

    /// Records that were left out as if they had never been.
    fn omissions(&mut self) {
        for (index, kind) in self.records() {
            let edits = self.dropped(&[index]);
            self.add(&format!("without-{index}-{kind}"), 16, "completeness", edits);
        }
        let [raised, answered, withdrawn] =
            ["objection.raise", "objection.respond", "objection.withdraw"].map(|kind| self.index_of(kind));
        let objection = self.dropped(&[raised, withdrawn]);
        self.add("without-objection-and-withdrawal", 16, "completeness", objection);
        let objection = self.dropped(&[raised, answered, withdrawn]);
        self.add("without-all-about-the-objection", 16, "completeness", objection);
        let own: Vec<u64> = self.records().into_iter().map(|(index, _)| index).collect();
        let all = self.dropped(&own);
        self.add("without-any-record", 16, "completeness", all);
    }

    fn slots(&mut self) {
        let files = self.files.clone();
        let own = self.slot_of(DELIVERABLE);
        let chair = self.slot_of("fg-dlt/role/chair");
        let earlier = self.before.clone();
        let before = |name: &str| earlier[name].clone();
        let count = format!("\n{}\n", self.approved.memory.slots[&subject(DELIVERABLE)].chain.count);
        let cut = line(&files, &slot_path(own), 2);
        let rows = [
            ("slot-of-a-smaller-count", 11, vec![replace(&files, &slot(own), &count, "\n9\n")]),
            ("slot-of-another-head", 11, vec![flip(&files, &slot(own), files[&slot(own)].len() - 2)]),
            ("slot-of-another-subject", 11, vec![replace(&files, &slot(own), "D1.1", "D1.2")]),
            ("slot-of-an-earlier-time", 11, vec![put(&slot(own), &before(&slot(own)))]),
            (
                "slot-of-an-earlier-time-with-its-path",
                11,
                vec![put(&slot(own), &before(&slot(own))), put(&slot_path(own), &before(&slot_path(own)))],
            ),
            ("slots-exchanged", 11, vec![Edit::Swap(slot(own), slot(chair))]),
            ("slot-path-changed", 11, vec![flip(&files, &slot_path(own), 30)]),
            ("slot-path-too-short", 11, vec![replace(&files, &slot_path(own), &cut, "")]),
            (
                "slot-at-another-index",
                11,
                vec![
                    replace(&files, &slot_path(own), &format!("index {own}\n"), &format!("index {}\n", own + 50)),
                    Edit::Rename(slot(own), slot(own + 50)),
                    Edit::Rename(slot_path(own), slot_path(own + 50)),
                ],
            ),
            ("slot-left-out", 16, vec![remove(&slot(own)), remove(&slot_path(own))]),
            (
                "slot-of-the-validators-left-out",
                16,
                vec![remove(&slot(self.slot_of("validators"))), remove(&slot_path(self.slot_of("validators")))],
            ),
            ("about-a-subject-that-is-not-here", 16, vec![replace(&files, "about", "D1.1", "D1.2")]),
        ];
        for (name, code, edits) in rows {
            self.add(name, code, "completeness", edits);
        }
        let mut edits = self.dropped(&[self.index_of("determine")]);
        edits.extend([put(&slot(own), &before(&slot(own))), put(&slot_path(own), &before(&slot_path(own)))]);
        self.add("without-the-determination-and-the-slot-before-it", 11, "completeness", edits);
    }

    /// Chains that no entry names, and that the rules read.
    fn missing_chains(&mut self) {
        let mut edits = self.dropped(&[self.index_of("role.appoint")]);
        let duties = format!("fg-dlt/participant/{}/roles", pid("chair"));
        for chain in ["fg-dlt/role/chair", &duties] {
            edits.extend([remove(&slot(self.slot_of(chain))), remove(&slot_path(self.slot_of(chain)))]);
        }
        self.add("without-the-chair-s-appointment", 15, "rules", edits);
    }

    fn documents(&mut self) {
        let content = story::document("text");
        let name = format!("documents/{}", Digest::of(&content).to_hex());
        let other = story::document("other text");
        let changed = [content.clone(), b"!".to_vec()].concat();
        self.add("document-changed", 10, "documents", vec![put(&name, &changed)]);
        self.add("document-exchanged", 10, "documents", vec![put(&name, &other)]);
        self.add("document-empty", 10, "documents", vec![put(&name, b"")]);
        let strange = format!("documents/{}", Digest::of(&other).to_hex());
        self.add("document-that-no-record-names", 10, "documents", vec![put(&strange, &other)]);
        // The terms of reference are named by a record of another chain.
        let terms = story::document("terms");
        let named = format!("documents/{}", Digest::of(&terms).to_hex());
        self.add("document-of-another-subject", 10, "documents", vec![put(&named, &terms)]);
        self.add("file-that-no-record-names", 10, "documents", vec![]).files = vec!["other-text".to_owned()];
        let both = vec!["text".to_owned(), "other-text".to_owned()];
        self.add("file-beside-the-recorded-one", 10, "documents", vec![]).files = both;
    }

    fn disclosures(&mut self) {
        let of = |who: &str| {
            let disclosure = story::disclosure(who);
            (disclosure.commitment(), disclosure.to_line().unwrap())
        };
        let name = |commitment: Digest| format!("disclosures/{}", commitment.to_hex());
        let (anna, chair, ben, stranger) = (of("anna"), of("chair"), of("ben"), of("stranger"));
        let text = String::from_utf8(anna.1.clone()).unwrap();
        let rows = [
            (
                "disclosure-of-another-value",
                vec![put(&name(anna.0), text.replace("of the tests", "of a test").as_bytes())],
            ),
            ("disclosure-of-another-person", vec![Edit::Swap(name(anna.0), name(chair.0))]),
            ("disclosure-that-is-none", vec![put(&name(anna.0), b"{}\n")]),
            (
                "disclosure-with-another-field",
                vec![put(&name(anna.0), text.replace("\"v\":1", "\"u\":1,\"v\":1").as_bytes())],
            ),
            ("disclosure-that-was-erased", vec![put(&name(ben.0), &ben.1)]),
            ("disclosure-that-no-record-commits-to", vec![put(&name(stranger.0), &stranger.1)]),
        ];
        for (name, edits) in rows {
            self.add(name, 10, "disclosures", edits).from = "roster.tar".to_owned();
        }
        let disclosure = put(&name(anna.0), &anna.1);
        self.add("disclosure-in-another-dossier", 0, "-", vec![disclosure]);
    }

    fn growth(&mut self) {
        let since = self.since();
        let files = match since.as_slice() {
            [Edit::Put(_, text), Edit::Put(_, path)] => {
                Files::from([("since/checkpoint".to_owned(), text.clone()), ("since/path".to_owned(), path.clone())])
            }
            _ => unreachable!(),
        };
        let with = |edits: Vec<Edit>| [since.clone(), edits].concat();
        let first = line(&files, "since/path", 1);
        let rows = [
            ("since-path-changed", 14, with(vec![flip(&files, "since/path", 3)])),
            ("since-path-too-short", 14, with(vec![replace(&files, "since/path", &first, "")])),
            ("since-path-empty", 14, with(vec![put("since/path", b"")])),
            ("since-of-another-root", 12, with(vec![flip(&files, "since/checkpoint", 30)])),
            (
                "since-of-two-validators",
                12,
                with(vec![replace(&files, "since/checkpoint", &line(&files, "since/checkpoint", 6), "")]),
            ),
            ("since-that-is-no-checkpoint", 12, with(vec![put("since/checkpoint", b"")])),
        ];
        for (name, code, edits) in rows {
            self.add(name, code, "since", edits);
        }
        let fork = self.fork();
        self.folder.insert("fork-checkpoint".to_owned(), fork.clone());
        self.folder.insert(
            "unsigned-checkpoint".to_owned(),
            checkpoint(bent::ALONE, self.approved.memory.head.log).to_string().into_bytes(),
        );
        self.folder.insert("later-checkpoint".to_owned(), self.later());
        self.add("since-a-fork", 14, "since", with(vec![put("since/checkpoint", &fork)]));
        for (name, code, checkpoint, edits) in [
            ("reader-s-checkpoint-of-a-fork", 14, "fork-checkpoint", with(vec![])),
            ("reader-s-checkpoint-without-path", 15, "earlier-checkpoint", vec![]),
            ("reader-s-checkpoint-later", 15, "later-checkpoint", vec![]),
            ("reader-s-checkpoint-of-other-validators", 15, "unsigned-checkpoint", vec![]),
        ] {
            self.add(name, code, "since", edits).since = Some(checkpoint.to_owned());
        }
    }

    /// A head of the earlier size, signed by a quorum, of a log that went another way.
    fn fork(&self) -> Vec<u8> {
        let head = plenary_core::block::TreeHead { root: Digest::of(b"fork"), ..self.earlier.memory.head.log };
        checkpoint(VALIDATORS, head).to_string().into_bytes()
    }

    fn later(&self) -> Vec<u8> {
        let head = plenary_core::block::TreeHead { size: self.last() + 10, root: Digest::of(b"later") };
        checkpoint(VALIDATORS, head).to_string().into_bytes()
    }
}

/// A path of one hash more than any tree is high.
fn long_path() -> Vec<u8> {
    let hash = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
    format!("index 0\n{}", hash.repeat(54)).into_bytes()
}
