//! What the vault holds, what it gives out, and what is left after an erasure.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a failing test may panic")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use plenary_core::{commitment::Disclosure, hash::Digest, record::Name, time::Moment};
use plenary_procedure::{
    erasure::{Destroyed, Erasure, ErasureScope},
    key::Keys,
    organization::Category,
    participant::{IdentityField, Participant},
    text::{Country, Pid, Text},
};
use plenary_vault::vault::{Person, Vault, VaultError, commit};

/// Words that stand nowhere but in the values.
const CANARY: [(IdentityField, &str); 3] = [
    (IdentityField::Name, "Zoé Canary-Kanarienvogel"),
    (IdentityField::Email, "canary.zoe@example.org"),
    (IdentityField::Title, "Professor Canary"),
];

/// A person, as the ledger and the secretariat know her.
struct Case {
    group: Name,
    pid: Pid,
    participant: Participant,
    erasure: Option<Erasure>,
    disclosures: Vec<Disclosure>,
}

impl Case {
    fn new() -> Self {
        let (group, pid) = (Name::parse("fg-dlt").unwrap(), Pid::parse("a0a1a2a3a4a5a6a7a8a9aaabacadaeaf").unwrap());
        let fresh = |(field, value): (IdentityField, &str)| commit(&group, &pid, field, value.to_owned()).unwrap();
        let disclosures: Vec<Disclosure> = CANARY.into_iter().map(fresh).collect();
        let participant = Participant {
            keys: Keys::default(),
            country: Text(Country::parse("CH").unwrap()),
            category: Category::Academia,
            organization: None,
            commitments: BTreeMap::new(),
            merged_into: None,
        };
        let mut case = Self { group, pid, participant, erasure: None, disclosures };
        for at in 0..CANARY.len() {
            case.record(&case.disclosures[at].clone());
        }
        case
    }

    /// The ledger takes a commitment.
    fn record(&mut self, disclosure: &Disclosure) {
        let field = IdentityField::parse(disclosure.field().as_str()).unwrap();
        self.participant.commitments.insert(field, Text(disclosure.commitment()));
    }

    /// The ledger takes a request for erasure.
    fn request(&mut self, scope: ErasureScope) {
        let fields = BTreeSet::from_iter(scope.fields().iter().copied());
        self.participant.commitments.retain(|field, _| !fields.contains(field));
        self.erasure = Some(Erasure {
            request: Text(Digest::of(b"request")),
            requested: Text(Moment::parse("2019-09-01T00:00:00Z").unwrap()),
            fields,
            holders: BTreeSet::new(),
            acknowledged: Vec::new(),
        });
    }

    fn person(&self) -> Person<'_> {
        let Self { group, pid, participant, erasure, .. } = self;
        let erased = erasure.as_ref().map(|erasure| &erasure.fields);
        Person { group, pid, commitments: &participant.commitments, erased }
    }

    fn other(&self, field: IdentityField, value: &str) -> Disclosure {
        commit(&self.group, &self.pid, field, value.to_owned()).unwrap()
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// No file and no name of a file holds a value, or a salt in bytes or digits.
fn check_no_canary(folder: &Path, case: &Case) {
    for path in files(folder) {
        let name = path.display().to_string().into_bytes();
        let bytes = [name, fs::read(&path).unwrap()].concat();
        let holds = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
        for disclosure in &case.disclosures {
            let salt = disclosure.salt().as_bytes();
            let needles =
                [disclosure.value().as_bytes(), salt, Digest::from_bytes(*salt).to_hex().as_bytes()].map(holds);
            assert_eq!(needles, [false; 3], "{} of {disclosure:?}", path.display());
        }
        assert!(!holds(b"anary"), "{}", path.display());
    }
}

fn everything() -> BTreeSet<Destroyed> {
    BTreeSet::from([Destroyed::Values, Destroyed::Salts, Destroyed::Key])
}

const NAME: &[IdentityField] = &[IdentityField::Name];

#[test]
fn what_goes_in_comes_out_and_lies_encrypted() {
    let (folder, case) = (tempfile::tempdir().unwrap(), Case::new());
    let vault = Vault::open(&folder.path().join("vault")).unwrap();
    vault.import(&case.person(), &case.disclosures).unwrap();
    let fields = CANARY.map(|(field, _)| field);
    assert_eq!(vault.disclose(&case.person(), &fields).unwrap(), case.disclosures);
    check_no_canary(folder.path(), &case);
    for path in files(folder.path()) {
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600, "{}", path.display());
    }
    // Another node, or this one after a restart, finds the same.
    let again = Vault::open(&folder.path().join("vault")).unwrap();
    assert_eq!(again.disclose(&case.person(), NAME).unwrap(), case.disclosures[..1]);
    assert!(matches!(
        again.disclose(&case.person(), &[IdentityField::Affiliation]),
        Err(VaultError::NotHeld { field: IdentityField::Affiliation, .. })
    ));
}

#[test]
fn only_what_opens_the_ledgers_commitments_goes_in() {
    let (folder, case) = (tempfile::tempdir().unwrap(), Case::new());
    let vault = Vault::open(&folder.path().join("vault")).unwrap();
    let refusal = |disclosures: &[Disclosure]| vault.import(&case.person(), disclosures).unwrap_err().to_string();
    let other = case.other(IdentityField::Name, "Somebody Else");
    assert!(refusal(&[other]).contains("the commitment is sha256:"));
    let uncommitted = case.other(IdentityField::Affiliation, "Somewhere");
    assert!(refusal(&[uncommitted]).contains("participant.rectify"));
    let repeated = [case.disclosures[0].clone(), case.disclosures[0].clone()];
    assert!(refusal(&repeated).contains("stands twice"));
    let stranger = Pid::parse("b0a1a2a3a4a5a6a7a8a9aaabacadaeaf").unwrap();
    let theirs = commit(&case.group, &stranger, IdentityField::Name, "X".to_owned()).unwrap();
    assert!(refusal(&[theirs]).contains("a disclosure is for fg-dlt/participant/b0"));
    let salt = case.disclosures[0].salt().clone();
    let phone = Disclosure::new(case.group.clone(), case.pid.as_name().clone(), "phone", "1".to_owned(), salt).unwrap();
    assert!(refusal(&[phone]).contains("no field of an identity"));
    // One that is wrong keeps all out.
    let mixed = [case.disclosures[0].clone(), case.other(IdentityField::Email, "x@example.org")];
    refusal(&mixed);
    assert!(matches!(vault.disclose(&case.person(), NAME), Err(VaultError::NotHeld { .. })));
}

#[test]
fn a_correction_destroys_the_old_value_and_its_key() {
    let (folder, mut case) = (tempfile::tempdir().unwrap(), Case::new());
    let vault = Vault::open(&folder.path().join("vault")).unwrap();
    vault.import(&case.person(), &case.disclosures).unwrap();
    let old = case.disclosures[1].clone();
    let [key, record] =
        ["keys", "records"].map(|part| fs::read(&files(&folder.path().join("vault").join(part))[0]).unwrap());
    let corrected = case.other(IdentityField::Email, "zoe@example.org");
    case.record(&corrected);
    // Between the record and the import, the old address is given out no more.
    assert!(matches!(vault.disclose(&case.person(), &[IdentityField::Email]), Err(VaultError::Commitment(_))));
    vault.import(&case.person(), std::slice::from_ref(&corrected)).unwrap();
    assert_eq!(vault.disclose(&case.person(), &[IdentityField::Email]).unwrap(), [corrected]);
    assert_eq!(vault.disclose(&case.person(), NAME).unwrap(), case.disclosures[..1]);
    assert!(vault.import(&case.person(), &[old]).is_err());
    for path in files(folder.path()) {
        let bytes = fs::read(&path).unwrap();
        assert!(bytes != key && bytes != record, "{}", path.display());
    }
    assert_eq!(files(folder.path()).len(), 2, "one key and one record");
}

#[test]
fn after_an_erasure_nothing_is_left_and_nothing_comes_back() {
    let (folder, mut case) = (tempfile::tempdir().unwrap(), Case::new());
    let root = folder.path().join("vault");
    let vault = Vault::open(&root).unwrap();
    let before = Case { erasure: None, participant: case.participant.clone(), ..Case::new() };
    vault.import(&case.person(), &case.disclosures).unwrap();
    assert!(matches!(vault.erase(&case.person()), Err(VaultError::NotRequested { .. })));
    let record = files(&root.join("records"))[0].clone();
    let backup = fs::read(&record).unwrap();
    case.request(ErasureScope::All);
    assert!(matches!(vault.disclose(&case.person(), NAME), Err(VaultError::Erased { .. })));
    assert_eq!(vault.erase(&case.person()).unwrap(), everything());
    assert_eq!(vault.erase(&case.person()).unwrap(), everything(), "who was cut off asks again, and hears the same");
    check_no_canary(folder.path(), &case);
    let left = files(&root);
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(fs::read_to_string(&left[0]).unwrap(), "name\ntitle\nemail\naffiliation\nvalues\nsalts\nkey\n");
    // Neither with the ledger's state of now, nor with an old one that a stale node may show.
    assert!(matches!(vault.import(&case.person(), &case.disclosures), Err(VaultError::Erased { .. })));
    assert!(matches!(vault.import(&before.person(), &case.disclosures), Err(VaultError::Erased { .. })));
    // A backup of the record, without its key, opens nothing; erasing again removes it too.
    fs::write(&record, backup).unwrap();
    fs::set_permissions(&record, fs::Permissions::from_mode(0o600)).unwrap();
    assert!(vault.disclose(&before.person(), NAME).is_err());
    assert_eq!(vault.erase(&case.person()).unwrap(), everything());
    assert_eq!(files(&root), left);
    check_no_canary(folder.path(), &case);
}

#[test]
fn a_name_may_stay_where_the_rest_is_erased() {
    let (folder, mut case) = (tempfile::tempdir().unwrap(), Case::new());
    let root = folder.path().join("vault");
    let vault = Vault::open(&root).unwrap();
    vault.import(&case.person(), &case.disclosures).unwrap();
    case.request(ErasureScope::AllButName);
    assert_eq!(vault.erase(&case.person()).unwrap(), everything());
    assert_eq!(vault.disclose(&case.person(), NAME).unwrap(), case.disclosures[..1]);
    assert!(matches!(vault.disclose(&case.person(), &[IdentityField::Email]), Err(VaultError::Erased { .. })));
    let [record] = files(&root.join("records")).try_into().unwrap();
    assert_eq!(vault.erase(&case.person()).unwrap(), everything());
    assert_eq!(files(&root.join("records")), [record], "the name lies where it lay");
    case.request(ErasureScope::All);
    assert_eq!(vault.erase(&case.person()).unwrap(), everything());
    assert!(matches!(vault.disclose(&case.person(), NAME), Err(VaultError::Erased { .. })));
}

#[test]
fn what_others_can_read_or_have_changed_is_refused() {
    let (folder, case) = (tempfile::tempdir().unwrap(), Case::new());
    let root = folder.path().join("vault");
    let vault = Vault::open(&root).unwrap();
    vault.import(&case.person(), &case.disclosures).unwrap();
    let [key, record] = ["keys", "records"].map(|part| files(&root.join(part))[0].clone());
    let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    for path in [&key, &record] {
        mode(path, 0o640);
        let error = vault.disclose(&case.person(), NAME).unwrap_err().to_string();
        assert!(error.contains("mode 0640") && error.contains("do: chmod go="), "{error}");
        mode(path, 0o600);
    }
    mode(&root, 0o755);
    assert!(matches!(Vault::open(&root), Err(VaultError::Readable { .. })));
    mode(&root, 0o700);
    for path in [&key, &record] {
        let whole = fs::read(path).unwrap();
        let changed: Vec<u8> = whole.iter().enumerate().map(|(at, byte)| byte ^ u8::from(at == 80)).collect();
        for damaged in [&whole[..whole.len() - 1], &[], &vec![0; whole.len()], &changed[..]] {
            if damaged == whole {
                continue;
            }
            fs::write(path, damaged).unwrap();
            assert!(matches!(vault.disclose(&case.person(), NAME), Err(VaultError::Damaged { .. })));
        }
        fs::write(path, vec![0; 70_000]).unwrap();
        assert!(matches!(vault.disclose(&case.person(), NAME), Err(VaultError::Damaged { .. })));
        fs::write(path, whole).unwrap();
    }
    fs::remove_file(&key).unwrap();
    std::os::unix::fs::symlink(&record, &key).unwrap();
    assert!(matches!(vault.disclose(&case.person(), NAME), Err(VaultError::Link { .. })));
}

/// A crash between the new record and its key leaves the old pair in force, and one after it leaves the new pair.
#[test]
fn a_change_that_was_cut_off_leaves_one_pair_in_force() {
    let (folder, mut case) = (tempfile::tempdir().unwrap(), Case::new());
    let root = folder.path().join("vault");
    let vault = Vault::open(&root).unwrap();
    vault.import(&case.person(), &case.disclosures).unwrap();
    let key = files(&root.join("keys"))[0].clone();
    for (path, content) in [
        (key.with_added_extension("new"), [7; 32]),
        (files(&root.join("records"))[0].with_extension("0123456789abcdef"), [8; 32]),
    ] {
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }
    assert_eq!(vault.disclose(&case.person(), NAME).unwrap(), case.disclosures[..1]);
    assert!(!vault.forget(&case.person(), &BTreeSet::new()).unwrap());
    assert_eq!(files(&root).len(), 2, "what was left is swept up");
    assert_eq!(vault.disclose(&case.person(), NAME).unwrap(), case.disclosures[..1]);
    case.request(ErasureScope::All);
    assert_eq!(vault.erase(&case.person()).unwrap(), everything());
}

/// What a crash cut off is finished by asking again, and what was destroyed before it is still known.
#[test]
fn an_erasure_that_was_cut_off_is_finished() {
    for left in [0, 1] {
        let (folder, mut case) = (tempfile::tempdir().unwrap(), Case::new());
        let root = folder.path().join("vault");
        let vault = Vault::open(&root).unwrap();
        vault.import(&case.person(), &case.disclosures).unwrap();
        let kept = [files(&root.join("records")), files(&root.join("keys"))].concat();
        let bytes = fs::read(&kept[left]).unwrap();
        case.request(ErasureScope::All);
        vault.erase(&case.person()).unwrap();
        // As if the last step had not been taken.
        fs::write(&kept[left], bytes).unwrap();
        fs::set_permissions(&kept[left], fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(vault.people().unwrap().len(), 1);
        assert_eq!(vault.erase(&case.person()).unwrap(), everything());
        assert!(vault.people().unwrap().is_empty());
        // Nor may a tombstone that cannot be read stand in the way.
        let tombstone = files(&root.join("erased"))[0].clone();
        fs::write(&tombstone, "what").unwrap();
        assert!(matches!(vault.import(&case.person(), &[]), Err(VaultError::Damaged { .. })));
        vault.erase(&case.person()).unwrap();
        assert_eq!(fs::read_to_string(&tombstone).unwrap(), "name\ntitle\nemail\naffiliation\n");
    }
    let (folder, mut case) = (tempfile::tempdir().unwrap(), Case::new());
    let vault = Vault::open(&folder.path().join("vault")).unwrap();
    case.request(ErasureScope::All);
    assert_eq!(vault.erase(&case.person()).unwrap(), BTreeSet::new(), "it held nothing");
}

#[test]
fn what_was_replaced_is_forgotten_and_what_is_newer_stays() {
    let (folder, mut case) = (tempfile::tempdir().unwrap(), Case::new());
    let vault = Vault::open(&folder.path().join("vault")).unwrap();
    let email = &[IdentityField::Email];
    vault.import(&case.person(), &case.disclosures).unwrap();
    let old = BTreeSet::from([case.disclosures[1].commitment()]);
    let stale = case.participant.clone();
    let corrected = case.other(IdentityField::Email, "zoe@example.org");
    case.record(&corrected);
    assert!(vault.forget(&case.person(), &old).unwrap());
    assert!(!vault.forget(&case.person(), &old).unwrap());
    assert!(matches!(vault.disclose(&case.person(), email), Err(VaultError::NotHeld { .. })));
    assert_eq!(vault.disclose(&case.person(), NAME).unwrap(), case.disclosures[..1]);
    // Somebody imports the correction before the node has heard of it.
    vault.import(&case.person(), std::slice::from_ref(&corrected)).unwrap();
    let now = std::mem::replace(&mut case.participant, stale);
    assert!(!vault.forget(&case.person(), &BTreeSet::new()).unwrap());
    case.participant = now;
    assert_eq!(vault.disclose(&case.person(), email).unwrap(), [corrected]);
    // Once nothing is left, there is nobody.
    let all = case.participant.commitments.values().map(|commitment| commitment.0).collect();
    assert!(vault.forget(&case.person(), &all).unwrap());
    assert!(vault.people().unwrap().is_empty());
}
