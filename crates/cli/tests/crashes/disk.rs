//! A disk that keeps only what was synced, under a node's home, and power cuts.
//!
//! `kill -9` keeps what the kernel holds, so it shows nothing about syncs. Here
//! `unsynced.c`, preloaded into the node, keeps beside the home what a disk
//! would hold for certain; a power cut kills the node and puts that in the
//! home's place.

use std::{
    collections::BTreeMap,
    fs::{self, File, Permissions},
    os::unix::fs::{FileExt as _, MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    process::Command,
};

use crate::random::Random;

/// What a disk writes as a whole.
const PAGE: usize = 4_096;

/// The compiled shim.
pub(crate) struct Shim {
    library: PathBuf,
    lies: Option<Lie>,
}

/// What a disk only says that it keeps.
#[derive(Clone, Copy)]
pub(crate) struct Lie {
    /// The end of the paths of these files and folders.
    pub(crate) end: &'static str,
    /// From which byte on.
    pub(crate) from: u32,
}

impl Shim {
    /// Compiles the shim into `folder`.
    pub(crate) fn compile(folder: &Path, lies: Option<Lie>) -> Self {
        let library = folder.join("unsynced.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/crashes/unsynced.c");
        let mut compiler = Command::new("cc");
        compiler.args(["-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-o"]).arg(&library).arg(&source);
        let done = compiler.args(["-ldl", "-pthread"]).status();
        assert!(
            done.as_ref().is_ok_and(std::process::ExitStatus::success),
            "{} was not compiled ({done:?}); this test needs cc, on Debian from the package g++, and Linux",
            source.display()
        );
        Self { library, lies }
    }

    /// Has a node run above `disk`.
    pub(crate) fn preload(&self, command: &mut Command, home: &Path, disk: &Disk) {
        command.env("LD_PRELOAD", &self.library).env("UNSYNCED_HOME", home).env("UNSYNCED_DISK", &disk.folder);
        if let Some(lie) = self.lies {
            command.env("UNSYNCED_LIES", lie.end).env("UNSYNCED_LIES_FROM", lie.from.to_string());
        }
    }
}

/// What a power cut leaves of what was not synced.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cut {
    /// Nothing of it.
    Nothing,
    /// Some pages and some entries of folders, in no order, as this seed has it.
    Some(u64),
}

/// A file or a folder, by its inode.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Item {
    File { inode: u64, mode: u32 },
    Folder { inode: u64 },
}

/// What the disk under one home holds for certain.
pub(crate) struct Disk {
    folder: PathBuf,
    root: u64,
}

/// What a disk has seen of its node.
pub(crate) struct Seen {
    /// How often the node has synced its journal, write-ahead logs, tables, folders and other files.
    pub(crate) syncs: BTreeMap<String, u64>,
    /// What the node did that the shim cannot follow.
    pub(crate) complaints: String,
}

/// Where what is being put together comes from, and by which chance.
struct Rebuilding<'a> {
    disk: &'a Disk,
    chance: Option<Random>,
}

impl Disk {
    /// A disk that holds all of `home`, kept in `folder`.
    pub(crate) fn begin(home: &Path, folder: &Path) -> Self {
        for part in ["files", "dirs", "kept"] {
            fs::create_dir_all(folder.join(part)).unwrap();
        }
        let disk = Self { folder: folder.to_path_buf(), root: fs::metadata(home).unwrap().ino() };
        disk.take(home, disk.root);
        disk
    }

    fn take(&self, path: &Path, inode: u64) {
        let mut listing = String::new();
        for (name, item) in live(path) {
            let path = path.join(&name);
            match item {
                Item::Folder { inode } => {
                    self.take(&path, inode);
                    listing.push_str(&format!("d {inode} 0 {name}\n"));
                }
                Item::File { inode, mode } => {
                    write(&self.file(inode), &fs::read(&path).unwrap());
                    listing.push_str(&format!("f {inode} {mode:o} {name}\n"));
                }
            }
        }
        fs::write(self.folder.join("dirs").join(inode.to_string()), listing).unwrap();
    }

    /// Puts what the disk holds in the place of `home`, whose node has been killed.
    pub(crate) fn cut(self, home: &Path, cut: Cut) -> Seen {
        let seen = Seen { syncs: self.syncs(), complaints: self.complaints() };
        let chance = match cut {
            Cut::Nothing => None,
            Cut::Some(seed) => Some(Random::new(seed)),
        };
        let after = home.with_extension("after");
        Rebuilding { disk: &self, chance }.folder(self.root, Some(home), &after);
        fs::remove_dir_all(home).unwrap();
        fs::rename(&after, home).unwrap();
        fs::remove_dir_all(&self.folder).unwrap();
        seen
    }

    fn syncs(&self) -> BTreeMap<String, u64> {
        let counts = fs::read_to_string(self.folder.join("counts")).unwrap_or_default();
        let count = |line: &str| line.split_once(' ').map(|(what, count)| (what.to_owned(), count.parse().unwrap()));
        counts.lines().filter_map(count).collect()
    }

    fn complaints(&self) -> String {
        fs::read_to_string(self.folder.join("complaints")).unwrap_or_default()
    }

    fn file(&self, inode: u64) -> PathBuf {
        self.folder.join("files").join(inode.to_string())
    }

    fn listing(&self, inode: u64) -> BTreeMap<String, Item> {
        let text = fs::read_to_string(self.folder.join("dirs").join(inode.to_string())).unwrap_or_default();
        let item = |line: &str| {
            let words: Vec<&str> = line.splitn(4, ' ').collect();
            let [kind, inode, mode, name] = words[..] else { panic!("{line}") };
            let inode = inode.parse().unwrap();
            let file = Item::File { inode, mode: u32::from_str_radix(mode, 8).unwrap() };
            (name.to_owned(), if kind == "d" { Item::Folder { inode } } else { file })
        };
        text.lines().map(item).collect()
    }
}

impl Rebuilding<'_> {
    fn coin(&mut self) -> bool {
        self.chance.as_mut().is_some_and(Random::coin)
    }

    /// Puts a folder together from its synced entries and, as chance has it, from those it had at the end.
    fn folder(&mut self, inode: u64, at: Option<&Path>, target: &Path) {
        fs::create_dir(target).unwrap();
        let synced = self.disk.listing(inode);
        let last = at.map(live).unwrap_or_default();
        let names: std::collections::BTreeSet<&String> = synced.keys().chain(last.keys()).collect();
        for name in names {
            let (synced, last) = (synced.get(name), last.get(name));
            let chosen = if synced != last && self.coin() { last } else { synced };
            let path = at.filter(|_| chosen == last).map(|at| at.join(name));
            match chosen {
                Some(Item::Folder { inode }) => self.folder(*inode, path.as_deref(), &target.join(name)),
                Some(Item::File { inode, mode }) => {
                    let bytes = self.content(*inode, path.as_deref());
                    write(&target.join(name), &bytes);
                    fs::set_permissions(target.join(name), Permissions::from_mode(*mode)).unwrap();
                }
                None => {}
            }
        }
    }

    /// The synced bytes of a file, with some of the pages that it had at the end.
    fn content(&mut self, inode: u64, at: Option<&Path>) -> Vec<u8> {
        let mut bytes = fs::read(self.disk.file(inode)).unwrap_or_default();
        let Some(last) = at.filter(|_| self.chance.is_some()).map(|at| fs::read(at).unwrap()) else { return bytes };
        if bytes.len() != last.len() && self.coin() {
            bytes.resize(last.len(), 0);
        }
        for (page, last) in bytes.chunks_mut(PAGE).zip(last.chunks(PAGE)) {
            let length = page.len().min(last.len());
            if page[..length] != last[..length] && self.coin() {
                page[..length].copy_from_slice(&last[..length]);
            }
        }
        bytes
    }
}

/// The entries of a folder as they are.
fn live(folder: &Path) -> BTreeMap<String, Item> {
    let entry = |entry: std::io::Result<fs::DirEntry>| {
        let entry = entry.unwrap();
        let data = entry.metadata().unwrap();
        let (inode, mode) = (data.ino(), data.mode() & 0o7777);
        let item = if data.is_dir() { Item::Folder { inode } } else { Item::File { inode, mode } };
        (entry.file_name().into_string().unwrap(), item)
    };
    fs::read_dir(folder).unwrap().map(entry).collect()
}

/// Writes a file whose empty pages need no room.
fn write(path: &Path, bytes: &[u8]) {
    let file = File::create(path).unwrap();
    file.set_len(u64::try_from(bytes.len()).unwrap()).unwrap();
    for (number, page) in (0_u64..).zip(bytes.chunks(PAGE)) {
        if page.iter().any(|byte| *byte != 0) {
            file.write_all_at(page, number * u64::try_from(PAGE).unwrap()).unwrap();
        }
    }
}
