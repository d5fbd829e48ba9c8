//! `plenary vault`: what opens people's identity commitments, kept by the organisations entitled to it.
//!
//! Names never enter the ledger. The secretariat draws a salt for each field,
//! records the commitments, and keeps values and salts here.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, OpenOptions},
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use plenary_core::{
    commitment::{DISCLOSURE_BYTES_MAX, Disclosure},
    hash::Digest,
    record::Name,
};
use plenary_procedure::{
    erasure::{Destroyed, ErasureAcknowledge},
    participant::IdentityField,
    record_type::{Capacity, RecordType},
    text::{Pid, Text},
};
use plenary_rpc::group_answer::Participant;
use plenary_vault::vault::{Person, Vault, VaultError, commit};
use serde_json::json;

use crate::{
    args::{VaultArgs, VaultVerb},
    bundle,
    draft::Draft,
    exit::Exit,
    identity,
    problem::Problem,
    screen::{Screen, plain},
    send::{self, Aftermath},
    session::Session,
    settings::spelled,
};

/// The longest file with a person's identity, in bytes.
const IDENTITY_BYTES_MAX: u64 = 16_384;

/// Carries out a verb.
pub fn run(args: &VaultArgs, session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let vault = || -> Result<Vault, Problem> {
        let folder = match &args.vault {
            Some(folder) => folder.clone(),
            None => {
                let data = session.machine.data()?;
                fs::create_dir_all(&data).map_err(|error| Problem::file(&data, error))?;
                data.join("vault")
            }
        };
        Ok(Vault::open(&folder)?)
    };
    match &args.verb {
        VaultVerb::Commit { file, pid, out } => draw(file, pid.as_deref(), out, (session, screen)),
        VaultVerb::Import { files } => import(&vault()?, files, (session, screen)),
        VaultVerb::Show { pid } => show(&vault()?, pid, (session, screen)),
        VaultVerb::Disclose { pid, field, out } => disclose(&vault()?, (pid, field, out), (session, screen)),
        VaultVerb::Check { file } => check(file, (session, screen)),
        VaultVerb::Erase { pid, node_name } => erase(&vault()?, (pid, node_name), (session, screen)),
    }
}

/// A participant's commitments, as the node tells them.
struct Known {
    group: Name,
    pid: Pid,
    commitments: BTreeMap<IdentityField, Text<Digest>>,
    erased: Option<BTreeSet<IdentityField>>,
    request: Option<Digest>,
}

impl Known {
    fn ask(pid: &str, session: &Session<'_>) -> Result<Self, Problem> {
        let (group, pid) = (session.group()?.clone(), spelled::<Pid>("the participant", pid)?);
        let id = session.id(&pid.to_string())?;
        let Participant { commitments, erasure, .. } =
            session.remote.ask(async |client| client.noun::<Participant>(&id).await)?;
        let field = |word: &str| IdentityField::parse(word);
        let commitments =
            commitments.iter().filter_map(|(word, commitment)| Some((field(word)?, Text(commitment.0)))).collect();
        let request = erasure.as_ref().map(|erasure| erasure.request.0);
        let erased = erasure.map(|erasure| erasure.fields.iter().filter_map(|word| field(word)).collect());
        Ok(Self { group, pid, commitments, erased, request })
    }

    fn person(&self) -> Person<'_> {
        let Self { group, pid, commitments, erased, .. } = self;
        Person { group, pid, commitments, erased: erased.as_ref() }
    }
}

/// Draws salts, writes what opens the commitments, and prints those for the form of `participant enroll`.
fn draw(
    file: &Path,
    pid: Option<&str>,
    out: &Path,
    (session, screen): (&Session<'_>, &mut Screen<'_>),
) -> Result<Exit, Problem> {
    let text = bundle::read_file(file, IDENTITY_BYTES_MAX)?;
    let identity: BTreeMap<String, String> = toml::from_str(&String::from_utf8_lossy(&text)).map_err(|_| {
        let shown = file.display();
        Problem::usage(
            format!("{shown} is no identity"),
            "write a line each of name, title, email and affiliation, as name = \"…\"; leave out what is not needed",
        )
    })?;
    let pid = match pid {
        Some(pid) => spelled::<Pid>("--for-participant", pid)?,
        None => fresh_pid()?,
    };
    let mut commitments = serde_json::Map::new();
    let mut shown = format!("pid = \"{pid}\"\n\n[commitments]\n");
    for (word, value) in identity {
        let field = IdentityField::parse(&word).ok_or_else(|| {
            Problem::usage(format!("{word} is no field of an identity"), "use name, title, email and affiliation")
        })?;
        let disclosure = commit(session.group()?, &pid, field, value)?;
        let path = write_disclosure(out, &disclosure)?;
        screen.say(&format!("written    {}", path.display()));
        let commitment = disclosure.commitment().to_string();
        shown.push_str(&format!("{word} = \"{commitment}\"\n"));
        commitments.insert(word, commitment.into());
    }
    screen.show(&shown)?;
    screen.json(&json!({ "pid": pid.to_string(), "commitments": commitments }))?;
    screen.say("the files open the commitments: nobody but you can read them; keep it so, and import them");
    screen.next("put this into the form of plenary participant enroll, and plenary vault import FILES then");
    Ok(Exit::Done)
}

fn fresh_pid() -> Result<Pid, Problem> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| Problem::from(VaultError::Randomness(error)))?;
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Pid::parse(&digits).ok_or(Problem::Defect("random digits are no pid"))
}

/// Writes a disclosure that only its owner can read; nothing is replaced.
fn write_disclosure(folder: &Path, disclosure: &Disclosure) -> Result<PathBuf, Problem> {
    let path = folder.join(format!("{}.{}.disclosure", disclosure.pid(), disclosure.field()));
    let line = disclosure.to_line().map_err(VaultError::Commitment)?;
    let written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
    written
        .and_then(|mut file| file.write_all(&line).and_then(|()| file.sync_all()))
        .map_err(|error| Problem::file(&path, error))?;
    Ok(path)
}

fn read_disclosure(path: &Path) -> Result<Disclosure, Problem> {
    let limit = u64::try_from(DISCLOSURE_BYTES_MAX).unwrap_or(u64::MAX);
    Ok(Disclosure::read_line(&bundle::read_file(path, limit)?).map_err(VaultError::Commitment)?)
}

fn import(
    vault: &Vault,
    files: &[PathBuf],
    (session, screen): (&Session<'_>, &mut Screen<'_>),
) -> Result<Exit, Problem> {
    let mut people: BTreeMap<Name, Vec<Disclosure>> = BTreeMap::new();
    for file in files {
        let disclosure = read_disclosure(file)?;
        people.entry(disclosure.pid().clone()).or_default().push(disclosure);
    }
    for (pid, disclosures) in &people {
        let known = Known::ask(pid.as_str(), session)?;
        if session.settings.is_dry_run {
            screen.say("nothing was taken in (dry run)");
            continue;
        }
        vault.import(&known.person(), disclosures)?;
        let fields: Vec<&str> = disclosures.iter().map(|disclosure| disclosure.field().as_str()).collect();
        screen.show(&format!("taken in   {} of {pid}\n", fields.join(", ")))?;
    }
    screen.json(&json!({ "participants": people.keys().map(Name::as_str).collect::<Vec<_>>() }))?;
    screen.say("the files that were taken in can be deleted now");
    screen.next("plenary vault show PID");
    Ok(Exit::Done)
}

/// What the vault holds of a person, to who may look into it.
fn show(vault: &Vault, pid: &str, (session, screen): (&Session<'_>, &mut Screen<'_>)) -> Result<Exit, Problem> {
    let known = Known::ask(pid, session)?;
    let mut held = serde_json::Map::new();
    for field in IdentityField::ALL {
        let word = field.as_str();
        match vault.disclose(&known.person(), &[field]) {
            Ok(disclosures) => {
                for disclosure in disclosures {
                    screen.show(&format!("{word:<12} {}\n", plain(disclosure.value())))?;
                    held.insert(word.to_owned(), disclosure.value().into());
                }
            }
            Err(VaultError::Erased { .. }) => screen.show(&format!("{word:<12} (erased)\n"))?,
            Err(VaultError::Commitment(_)) => screen.show(&format!("{word:<12} (replaced)\n"))?,
            Err(VaultError::NotHeld { .. } | VaultError::NotCommitted { .. }) => {
                screen.show(&format!("{word:<12} (not held)\n"))?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    screen.json(&json!({ "participant": known.pid.to_string(), "held": held }))?;
    screen.next(&format!("plenary vault disclose {} --field name --out FOLDER", known.pid));
    Ok(Exit::Done)
}

fn disclose(
    vault: &Vault,
    (pid, fields, out): (&str, &[String], &Path),
    (session, screen): (&Session<'_>, &mut Screen<'_>),
) -> Result<Exit, Problem> {
    let known = Known::ask(pid, session)?;
    let fields: Option<Vec<IdentityField>> = fields.iter().map(|word| IdentityField::parse(word)).collect();
    let fields =
        fields.ok_or_else(|| Problem::usage("--field names no field", "use name, title, email or affiliation"))?;
    let mut paths = Vec::new();
    for disclosure in vault.disclose(&known.person(), &fields)? {
        let path = write_disclosure(out, &disclosure)?;
        screen.show(&format!("written    {}\n", path.display()))?;
        paths.push(path.display().to_string());
    }
    screen.json(&json!({ "files": paths }))?;
    screen.say("whoever gets such a file can pass it on, and no erasure reaches it");
    screen.next("plenary vault check FILE    (by who gets it)");
    Ok(Exit::Done)
}

/// Whether a disclosure opens what stands on the ledger; this needs no vault.
fn check(file: &Path, (session, screen): (&Session<'_>, &mut Screen<'_>)) -> Result<Exit, Problem> {
    let disclosure = read_disclosure(file)?;
    let known = Known::ask(disclosure.pid().as_str(), session)?;
    let person = known.person();
    let field = person.check(&disclosure)?;
    screen.show(&format!(
        "OPENS      the {} of participant {}: {}\n",
        field.as_str(),
        known.pid,
        plain(disclosure.value())
    ))?;
    screen.json(&json!({ "opens": true, "participant": known.pid.to_string(), "field": field.as_str() }))?;
    screen.say("not checked: whether the value is true, which the secretariat attests");
    screen.next(&format!("plenary records list    (of participant {})", known.pid));
    Ok(Exit::Done)
}

/// Destroys what the ledger's request covers, then says so on the ledger.
fn erase(
    vault: &Vault,
    (pid, node): (&str, &str),
    (session, screen): (&Session<'_>, &mut Screen<'_>),
) -> Result<Exit, Problem> {
    let known = Known::ask(pid, session)?;
    let who = || known.pid.to_string();
    let request = known.request.ok_or_else(|| VaultError::NotRequested { who: who() })?;
    let node = spelled::<Name>("--node-name", node)?;
    let key = session.key()?;
    let signer = identity::signer(session, &key, Capacity::Secretariat)?;
    let destroyed: Vec<Destroyed> = if session.settings.is_dry_run {
        screen.say("nothing was destroyed (dry run)");
        Vec::new()
    } else {
        vault.erase(&known.person())?.into_iter().collect()
    };
    let words: Vec<String> = destroyed.iter().map(|part| part.as_str().to_owned()).collect();
    screen.say(&format!(
        "destroyed  {}",
        if words.is_empty() { "nothing: none was held".to_owned() } else { words.join(", ") }
    ));
    let body = ErasureAcknowledge {
        participant: Text(known.pid.clone()),
        request: Text(request),
        node: Text(node),
        destroyed,
    };
    let draft = Draft::new(RecordType::ErasureAcknowledge, session.group()?, &body, vec![signer])?;
    send::send(session, screen, Some(&key), &draft, &Aftermath::then(format!("plenary vault show {}", known.pid)))
}
