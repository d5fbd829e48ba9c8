//! `plenary export tiles`: the whole log as static files, which any web server can serve (C2SP `tlog-tiles`).
//!
//! ```text
//! checkpoint                 the newest signed head
//! tile/0/000.p/23            hashes of the leaves, 256 to a full tile; the last one holds 23
//! tile/1/000.p/1             hashes of the full tiles below
//! tile/entries/000.p/23      the entries, each behind its length as two bytes
//! ```
//!
//! The log is replayed first, so that nothing is exported that does not follow from its records.

use std::{fs, path::Path};

use plenary_core::{
    block::TreeHead,
    merkle::{Nodes, TreeNodes as _},
};
use serde_json::json;

use crate::{
    args::ExportVerb,
    bundle::replace,
    exit::Exit,
    problem::Problem,
    replay::{self, Asked},
    screen::Screen,
    session::Session,
};

/// Hashes of a full tile, and entries of a full bundle.
const WIDTH: u64 = 256;

/// Levels of the tree between two levels of tiles.
const HEIGHT: u8 = 8;

/// Levels of tiles of the largest log.
const LEVELS: u8 = 7;

/// Carries out a verb.
pub fn run(verb: &ExportVerb, session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let ExportVerb::Tiles { folder, from, anchor } = verb;
    let asked = Asked { from: from.as_deref(), since: None, anchor: anchor.as_deref() };
    let replayed = match replay::replayed(asked, session, screen)? {
        Ok(replayed) => replayed,
        Err(exit) => return Ok(exit),
    };
    let head = replayed.signed.checkpoint.head;
    let size = usize::try_from(head.size).map_err(|_| Problem::Defect("the log is larger than memory"))?;
    let entries = replayed.memory.entries.get(..size).ok_or(Problem::Defect("the log is shorter than its head"))?;
    let mut files = write_hashes(folder, &replayed.memory.log_nodes, head)?;
    files = files.saturating_add(write_entries(folder, entries)?);
    // Last, so that a reader finds everything that it names.
    write(folder, "checkpoint", replayed.signed.checkpoint.to_string().as_bytes())?;
    screen.json(&json!({ "folder": folder.display().to_string(), "size": head.size, "tiles": files }))?;
    screen.show(&format!("written    {}: {} entries in {files} tiles", folder.display(), head.size))?;
    screen.next("plenary checkpoint show");
    Ok(Exit::Done)
}

fn write_hashes(folder: &Path, nodes: &Nodes, head: TreeHead) -> Result<u64, Problem> {
    let mut files = 0_u64;
    for level in 0..LEVELS {
        let depth = level.saturating_mul(HEIGHT);
        let count = head.size.checked_shr(u32::from(depth)).unwrap_or_default();
        for (number, width) in tiles(count) {
            let mut bytes = Vec::new();
            let first = number.saturating_mul(WIDTH);
            for index in first..first.saturating_add(width) {
                let node = nodes.node(depth, index).unwrap_or_else(|never| match never {});
                bytes.extend(node.ok_or(Problem::Defect("a node of the tree is missing"))?.as_bytes());
            }
            write(folder, &format!("tile/{level}/{}", place(number, width)), &bytes)?;
            files = files.saturating_add(1);
        }
    }
    Ok(files)
}

fn write_entries(folder: &Path, entries: &[Vec<u8>]) -> Result<u64, Problem> {
    let mut files = 0_u64;
    for bundle in entries.chunks(256) {
        let mut bytes = Vec::new();
        for entry in bundle {
            let length = u16::try_from(entry.len()).map_err(|_| Problem::Defect("an entry is too long"))?;
            bytes.extend(length.to_be_bytes());
            bytes.extend(entry);
        }
        let width = u64::try_from(bundle.len()).unwrap_or(WIDTH);
        write(folder, &format!("tile/entries/{}", place(files, width)), &bytes)?;
        files = files.saturating_add(1);
    }
    Ok(files)
}

/// The tiles of one level that has `count` hashes: each one's number and width.
fn tiles(count: u64) -> impl Iterator<Item = (u64, u64)> {
    (0..count.div_ceil(WIDTH))
        .map(move |number| (number, WIDTH.min(count.saturating_sub(number.saturating_mul(WIDTH)))))
}

/// The path of a tile: its number in groups of three digits, and its width if it is not full.
fn place(number: u64, width: u64) -> String {
    let mut groups = vec![format!("{:03}", number % 1_000)];
    let mut rest = number / 1_000;
    while rest > 0 {
        groups.push(format!("x{:03}", rest % 1_000));
        rest /= 1_000;
    }
    groups.reverse();
    let path = groups.join("/");
    if width == WIDTH { path } else { format!("{path}.p/{width}") }
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), Problem> {
    let path = folder.join(name);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| Problem::file(folder, error))?;
    }
    replace(&path, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_are_numbered_in_groups_of_three_digits() {
        assert_eq!(place(0, 256), "000");
        assert_eq!(place(1_234_067, 256), "x001/x234/067");
        assert_eq!(place(999, 7), "999.p/7");
        assert_eq!(place(1_000, 256), "x001/000");
    }

    #[test]
    fn the_last_tile_of_a_level_may_be_narrower() {
        assert_eq!(tiles(0).count(), 0);
        assert_eq!(tiles(256).collect::<Vec<_>>(), [(0, 256)]);
        assert_eq!(tiles(600).collect::<Vec<_>>(), [(0, 256), (1, 256), (2, 88)]);
    }
}
