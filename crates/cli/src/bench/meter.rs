//! What the machine is, and what processes have used of it, as Linux tells in `/proc`.

use std::{fs, hint, path::Path, thread};

use ed25519_dalek::{Signer as _, SigningKey};
use plenary_core::hash::Digest;
use serde::Serialize;

use crate::problem::Problem;

/// Bytes of a message that is verified.
const MESSAGE_BYTES: usize = 300;

/// How many keys sign.
const KEYS: u16 = 256;

/// How long signatures are verified, in nanoseconds of the core's time.
const VERIFY_NS: u64 = 1_000_000_000;

/// Microseconds of a tick in `/proc/PID/stat`, which Linux fixes at a hundredth of a second.
const TICK_US: u64 = 10_000;

/// The machine.
#[derive(Clone, Debug, Serialize)]
pub struct Host {
    /// The processor's name.
    pub processor: String,
    /// Cores that this program may use.
    pub cores: u64,
    /// Main memory.
    pub memory_mib: u64,
    /// The file system of the network's folder.
    pub file_system: String,
    /// The kernel's release.
    pub kernel: String,
    /// Processes that wanted to run in the last minute, before anything was measured.
    pub load: String,
}

impl Host {
    /// This machine, and the file system that `home` is on.
    pub fn of(home: &Path) -> Result<Self, Problem> {
        let unknown = || "unknown".to_owned();
        let memory = field("/proc/meminfo", "MemTotal")?.and_then(|text| text.split(' ').next()?.parse::<u64>().ok());
        let first = |path: &str| read(path).map(|text| text.split_whitespace().next().map(str::to_owned));
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Ok(Self {
            processor: field("/proc/cpuinfo", "model name")?.unwrap_or_else(unknown),
            cores: u64::try_from(cores).unwrap_or(1),
            memory_mib: memory.unwrap_or_default() / 1_024,
            file_system: file_system(&read("/proc/self/mounts")?, home).unwrap_or_else(unknown),
            kernel: first("/proc/sys/kernel/osrelease")?.unwrap_or_else(unknown),
            load: first("/proc/loadavg")?.unwrap_or_else(unknown),
        })
    }
}

/// How many signatures a core verifies strictly in a second of its time.
pub fn verified_per_second() -> Result<u64, Problem> {
    let signed: Vec<_> = (0..KEYS)
        .map(|number| {
            let secret = SigningKey::from_bytes(Digest::of(&number.to_be_bytes()).as_bytes());
            let message: Vec<u8> = number.to_be_bytes().into_iter().cycle().take(MESSAGE_BYTES).collect();
            let signature = secret.sign(&message);
            (secret.verifying_key(), message, signature)
        })
        .collect();
    let begun = thread_ns()?;
    let (mut verified, mut spent) = (0_u64, 0);
    while spent < VERIFY_NS {
        for (key, message, signature) in &signed {
            let result = hint::black_box(key).verify_strict(message, signature);
            result.map_err(|_| Problem::Defect("a signature of the benchmark does not verify"))?;
            verified = verified.saturating_add(1);
        }
        spent = thread_ns()?.saturating_sub(begun);
    }
    let per_second = u128::from(verified).saturating_mul(1_000_000_000).checked_div(u128::from(spent));
    Ok(per_second.and_then(|rate| u64::try_from(rate).ok()).unwrap_or_default())
}

/// Processor time that a process has used, in microseconds.
pub fn process_us(pid: u32) -> Result<u64, Problem> {
    let path = format!("/proc/{pid}/stat");
    let text = read(&path)?;
    ticks(&text)
        .map(|ticks| ticks.saturating_mul(TICK_US))
        .ok_or(Problem::Defect("the system tells the time of a process in another form"))
}

/// The ticks of a process in user and in system mode. Its name, in brackets, may hold anything.
fn ticks(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let (user, system) = (fields.next()?.parse::<u64>().ok()?, fields.next()?.parse::<u64>().ok()?);
    user.checked_add(system)
}

/// Processor time that this thread has used, in nanoseconds.
fn thread_ns() -> Result<u64, Problem> {
    let text = read("/proc/thread-self/schedstat")?;
    let first = text.split_whitespace().next().and_then(|number| number.parse().ok());
    first.ok_or(Problem::Defect("the system tells the time of a thread in another form"))
}

fn read(path: &str) -> Result<String, Problem> {
    fs::read_to_string(path).map_err(|error| Problem::file(path, error))
}

/// The text after the first `name` and its colon.
fn field(path: &str, name: &str) -> Result<Option<String>, Problem> {
    let text = read(path)?;
    let mut lines = text.lines().filter_map(|line| line.split_once(':'));
    Ok(lines.find(|(found, _)| found.trim() == name).map(|(_, value)| value.trim().to_owned()))
}

/// The type of the file system that holds `path`: the one mounted nearest to it.
fn file_system(mounts: &str, path: &Path) -> Option<String> {
    let mounted = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ').skip(1);
        Some((words.next()?, words.next()?))
    });
    let holding = mounted.filter(|(point, _)| path.starts_with(point));
    holding.max_by_key(|(point, _)| point.len()).map(|(_, kind)| kind.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_may_have_any_name() {
        let stat = "7 (a ) b) S 1 7 7 0 -1 4194560 900 0 0 0 31 11 5 5 20 0 9 0 100 0 0";
        assert_eq!(ticks(stat), Some(42));
        assert_eq!(ticks("7 (short) S 1"), None);
    }

    #[test]
    fn the_nearest_mount_holds_a_file() {
        let mounts = "/dev/a / ext4 rw 0 0\nnone /run tmpfs rw 0 0\nnone /runner xfs rw 0 0\n";
        assert_eq!(file_system(mounts, Path::new("/run/x")).as_deref(), Some("tmpfs"));
        assert_eq!(file_system(mounts, Path::new("/runner/x")).as_deref(), Some("xfs"));
        assert_eq!(file_system(mounts, Path::new("/home")).as_deref(), Some("ext4"));
    }
}
