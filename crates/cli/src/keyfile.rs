//! Members' key files: read with care, and used to sign.
//!
//! An unprotected key signs in memory. One with a passphrase, in an agent or
//! in hardware signs through `ssh-keygen -Y sign`, which asks for what it needs.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use ed25519_dalek::SigningKey;
use plenary_core::{
    record::NAMESPACE,
    signature::{self, MemberKey},
};
use ssh_key::{
    LineEnding, PrivateKey, PublicKey,
    private::{Ed25519Keypair, Ed25519PrivateKey, KeypairData},
    public::Ed25519PublicKey,
};
use zeroize::Zeroizing;

use crate::problem::{KeyProblem, Problem};

/// The largest key file that is read, in bytes; real ones have less than 1,000.
const BYTES_MAX: u64 = 16_384;

/// A key that can sign.
#[derive(Debug)]
pub struct KeyFile {
    path: PathBuf,
    public: MemberKey,
    hold: Hold,
}

/// How the private half is reached.
#[derive(Debug)]
enum Hold {
    /// It is in memory.
    Memory(Box<SigningKey>),
    /// It needs a passphrase.
    Protected,
    /// It is in an agent or in hardware.
    Elsewhere,
}

impl KeyFile {
    /// Opens a private key, or a `.pub` file whose private half an agent holds.
    pub fn open(path: &Path) -> Result<Self, Problem> {
        let form = || KeyProblem::Form { path: path.to_path_buf() };
        if path.extension().is_some_and(|extension| extension == "pub") {
            let public = read_public(path)?;
            return Ok(Self { path: path.to_path_buf(), public, hold: Hold::Elsewhere });
        }
        check_mode(path)?;
        let text = Zeroizing::new(read_text(path)?);
        let key = PrivateKey::from_openssh(text.as_str()).map_err(|_| form())?;
        let line = PublicKey::from(key.public_key().key_data().clone()).to_openssh().map_err(|_| form())?;
        let public = MemberKey::parse(&line).map_err(|_| form())?;
        let hold = if let Some(pair) = key.key_data().ed25519() {
            Hold::Memory(Box::new(SigningKey::from_bytes(pair.private.as_ref())))
        } else if key.is_encrypted() {
            Hold::Protected
        } else {
            // A key in hardware: its file only says which.
            Hold::Elsewhere
        };
        Ok(Self { path: path.to_path_buf(), public, hold })
    }

    /// Writes a new unprotected key that only its owner can read.
    pub fn create(path: &Path) -> Result<Self, Problem> {
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(seed.as_mut_slice()).map_err(|_| KeyProblem::NoRandom)?;
        let form = |_| KeyProblem::Form { path: path.to_path_buf() };
        let public = Ed25519PublicKey(SigningKey::from_bytes(&seed).verifying_key().to_bytes());
        let pair = Ed25519Keypair { public, private: Ed25519PrivateKey::from_bytes(&seed) };
        let key = PrivateKey::new(KeypairData::Ed25519(pair), "").map_err(form)?;
        let text = key.to_openssh(LineEnding::LF).map_err(form)?;
        create_folder(path)?;
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
        let written = file.and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()));
        written.map_err(|error| exists_or(path, error))?;
        let opened = Self::open(path)?;
        write_public(path, &opened.public)?;
        Ok(opened)
    }

    /// Lets `ssh-keygen` make a new key, which asks for its passphrase.
    pub fn create_protected(path: &Path) -> Result<Self, Problem> {
        if path.exists() {
            return Err(KeyProblem::Exists { path: path.to_path_buf() }.into());
        }
        create_folder(path)?;
        let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-C", "", "-f"]).arg(path).status();
        match made {
            Ok(status) if status.success() => Self::open(path),
            Ok(status) => Err(KeyProblem::SshKeygen { task: "make a key", said: status.to_string() }.into()),
            Err(error) => Err(KeyProblem::SshKeygen { task: "start", said: error.to_string() }.into()),
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The public half.
    pub const fn public(&self) -> &MemberKey {
        &self.public
    }

    /// Where the private half is, in words.
    pub const fn hold(&self) -> &'static str {
        match self.hold {
            Hold::Memory(_) => "not protected",
            Hold::Protected => "passphrase",
            Hold::Elsewhere => "agent or hardware",
        }
    }

    /// Signs a record's line.
    ///
    /// `may_ask` says whether `ssh-keygen` may ask for a passphrase.
    pub fn sign(&self, line: &[u8], may_ask: bool) -> Result<String, Problem> {
        match &self.hold {
            Hold::Memory(secret) => signature::sign(secret, line, NAMESPACE)
                .map_err(|_| Problem::Defect("a signature could not be written")),
            Hold::Protected if !may_ask => Err(KeyProblem::Passphrase { path: self.path.clone() }.into()),
            Hold::Protected | Hold::Elsewhere => self.sign_by_ssh_keygen(line),
        }
    }

    fn sign_by_ssh_keygen(&self, line: &[u8]) -> Result<String, Problem> {
        let failed = |said: String| KeyProblem::SshKeygen { task: "sign", said };
        let child = Command::new("ssh-keygen")
            .args(["-q", "-Y", "sign", "-n", NAMESPACE, "-f"])
            .arg(&self.path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut child = child.map_err(|error| failed(error.to_string()))?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(line).map_err(|error| failed(error.to_string()))?;
        }
        let output = child.wait_with_output().map_err(|error| failed(error.to_string()))?;
        if !output.status.success() {
            return Err(failed(output.status.to_string()).into());
        }
        String::from_utf8(output.stdout).map_err(|_| failed("it wrote no text".to_owned()).into())
    }
}

/// The permission bits of a key file, if it is there.
pub fn mode(path: &Path) -> Option<u32> {
    fs::metadata(path).ok().map(|data| data.permissions().mode() & 0o7777)
}

fn check_mode(path: &Path) -> Result<(), Problem> {
    match mode(path) {
        None => Err(KeyProblem::Missing { path: path.to_path_buf() }.into()),
        Some(mode) if mode & 0o077 != 0 => Err(KeyProblem::Readable { path: path.to_path_buf(), mode }.into()),
        Some(_) => Ok(()),
    }
}

fn read_text(path: &Path) -> Result<String, Problem> {
    let data = fs::metadata(path).map_err(|error| missing_or(path, error))?;
    if BYTES_MAX < data.len() {
        return Err(KeyProblem::Form { path: path.to_path_buf() }.into());
    }
    let bytes = fs::read(path).map_err(|error| missing_or(path, error))?;
    String::from_utf8(bytes).map_err(|_| KeyProblem::Form { path: path.to_path_buf() }.into())
}

/// Reads a public key; its comment stays in the file.
pub fn read_public(path: &Path) -> Result<MemberKey, Problem> {
    let text = read_text(path)?;
    let words: Vec<&str> = text.split_whitespace().take(2).collect();
    MemberKey::parse(&words.join(" ")).map_err(|_| KeyProblem::Form { path: path.to_path_buf() }.into())
}

fn write_public(path: &Path, key: &MemberKey) -> Result<(), Problem> {
    let mut name = path.as_os_str().to_owned();
    name.push(".pub");
    let path = PathBuf::from(name);
    fs::write(&path, format!("{key}\n")).map_err(|error| Problem::file(path, error))
}

fn create_folder(path: &Path) -> Result<(), Problem> {
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists()) else {
        return Ok(());
    };
    fs::create_dir_all(folder)
        .and_then(|()| fs::set_permissions(folder, fs::Permissions::from_mode(0o700)))
        .map_err(|error| Problem::file(folder, error))
}

fn missing_or(path: &Path, error: std::io::Error) -> Problem {
    if error.kind() == std::io::ErrorKind::NotFound {
        return KeyProblem::Missing { path: path.to_path_buf() }.into();
    }
    Problem::file(path, error)
}

fn exists_or(path: &Path, error: std::io::Error) -> Problem {
    if error.kind() == std::io::ErrorKind::AlreadyExists {
        return KeyProblem::Exists { path: path.to_path_buf() }.into();
    }
    Problem::file(path, error)
}

#[cfg(test)]
mod tests {
    use plenary_core::signature::Signature;

    use super::*;
    use crate::exit::Exit;

    fn keygen(path: &Path, passphrase: &str) {
        let made = Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-C", "a.person@example.org", "-N", passphrase, "-f"])
            .arg(path)
            .status();
        assert!(made.unwrap().success());
    }

    #[test]
    fn a_key_signs_in_memory_as_ssh_keygen_does() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        keygen(&path, "");
        let key = KeyFile::open(&path).unwrap();
        assert_eq!(key.hold(), "not protected");
        assert!(!key.public().to_string().contains("example"), "the comment stays in the file");
        let line = b"{\"a\":1}\n";
        let ours = key.sign(line, false).unwrap();
        let theirs = key.sign_by_ssh_keygen(line).unwrap();
        assert_eq!(ours, theirs);
        assert!(Signature::parse(&ours, NAMESPACE).unwrap().verify(line, NAMESPACE).is_ok());
    }

    #[test]
    fn a_key_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        KeyFile::create(&path).unwrap();
        for (mode, is_refused) in [(0o600, false), (0o400, false), (0o640, true), (0o604, true), (0o644, true)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            match KeyFile::open(&path) {
                Ok(_) => assert!(!is_refused, "{mode:o}"),
                Err(problem) => {
                    assert!(is_refused, "{mode:o}");
                    assert_eq!(problem.exit(), Exit::Key);
                    assert!(problem.told().contains(&format!("do: chmod 600 {}", path.display())));
                }
            }
        }
    }

    #[test]
    fn a_new_key_has_no_comment_and_takes_no_ones_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys/key");
        let key = KeyFile::create(&path).unwrap();
        assert_eq!(mode(&path), Some(0o600));
        let public = fs::read_to_string(folder.path().join("keys/key.pub")).unwrap();
        assert_eq!(public, format!("{}\n", key.public()));
        assert_eq!(public.split_whitespace().count(), 2);
        assert!(matches!(KeyFile::create(&path), Err(Problem::Key(KeyProblem::Exists { .. }))));
        assert!(matches!(KeyFile::create_protected(&path), Err(Problem::Key(KeyProblem::Exists { .. }))));
    }

    #[test]
    fn a_protected_key_is_not_asked_for_where_that_is_forbidden() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        keygen(&path, "a passphrase");
        let key = KeyFile::open(&path).unwrap();
        assert_eq!(key.hold(), "passphrase");
        let problem = key.sign(b"x", false).unwrap_err();
        assert!(problem.told().contains("ssh-add"), "{}", problem.told());
        let public = KeyFile::open(&folder.path().join("key.pub")).unwrap();
        assert_eq!(public.public(), key.public());
    }

    #[test]
    fn what_is_no_key_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        assert!(matches!(KeyFile::open(&path), Err(Problem::Key(KeyProblem::Missing { .. }))));
        fs::write(&path, "no key").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(matches!(KeyFile::open(&path), Err(Problem::Key(KeyProblem::Form { .. }))));
    }
}
