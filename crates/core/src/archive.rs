//! An archive of files that has one spelling: POSIX `ustar`, as GNU tar writes it.
//!
//! ```text
//! name[100] mode[8] uid[8] gid[8] size[12] time[12] sum[8] type[1] link[100]
//! "ustar" NUL "00" user[32] group[32] major[8] minor[8] prefix[155] pad[12]     one block of 512 bytes
//! content, filled up with NUL                                                   whole blocks
//! …
//! two blocks of NUL
//! ```
//!
//! Only name, size and sum differ between headers, so a header is read by
//! writing it again. Names ascend, and nothing follows the two last blocks:
//! the same files give the same bytes.

use thiserror::Error;

/// The largest archive, in bytes.
pub const ARCHIVE_BYTES_MAX: usize = 1 << 28;

/// The longest name of a file, in bytes.
pub const NAME_BYTES_MAX: usize = 100;

/// The bytes of a block, of which headers, contents and the end are made.
const BLOCK: usize = 512;

/// Why bytes are not an archive, or files cannot become one.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum ArchiveError {
    /// There are more bytes than an archive can have.
    #[error("{found} bytes exceed the limit of {ARCHIVE_BYTES_MAX} bytes")]
    TooLong {
        /// Bytes found, or needed.
        found: usize,
    },
    /// A block is wrong.
    #[error("block {block}: {fault}")]
    Block {
        /// The block, counted from one.
        block: usize,
        /// What is wrong with it.
        fault: ArchiveFault,
    },
    /// A file cannot be named so.
    #[error("{0:?} is not a name of 1 to 100 printable ASCII characters, or does not follow the one before")]
    Name(String),
}

/// What is wrong with a block of an archive.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum ArchiveFault {
    /// The bytes end before it does.
    #[error("the archive ends too early")]
    Missing,
    /// Not the header that a file of this name and size has.
    #[error("it is not the header of a file as an archive writes it")]
    Header,
    /// A file is there twice, or stands in another place than its name's.
    #[error("the name does not come after the one before")]
    Order,
    /// A content is filled up with something.
    #[error("the content is not filled up with zero bytes")]
    Padding,
    /// The archive does not end as it should.
    #[error("the archive does not end with two blocks of zero bytes and nothing after them")]
    End,
}

/// Reads the files of an archive: the one spelling that `write` gives.
pub fn read(bytes: &[u8]) -> Result<Vec<(&str, &[u8])>, ArchiveError> {
    if ARCHIVE_BYTES_MAX < bytes.len() {
        return Err(ArchiveError::TooLong { found: bytes.len() });
    }
    let mut files: Vec<(&str, &[u8])> = Vec::new();
    let mut rest = bytes;
    loop {
        let at = |rest: &[u8], fault| {
            let before = bytes.len().saturating_sub(rest.len()).checked_div(BLOCK).unwrap_or_default();
            ArchiveError::Block { block: before.saturating_add(1), fault }
        };
        let (block, after) = rest.split_at_checked(BLOCK).ok_or_else(|| at(rest, ArchiveFault::Missing))?;
        if is_zero(block) {
            let is_end = after.len() == BLOCK && is_zero(after);
            return if is_end { Ok(files) } else { Err(at(after, ArchiveFault::End)) };
        }
        let (name, size) = read_header(block).ok_or_else(|| at(rest, ArchiveFault::Header))?;
        if files.last().is_some_and(|(before, _)| name <= *before) {
            return Err(at(rest, ArchiveFault::Order));
        }
        let (content, padded) = after.split_at_checked(size).ok_or_else(|| at(after, ArchiveFault::Missing))?;
        let (padding, next) =
            padded.split_at_checked(padding(size)).ok_or_else(|| at(padded, ArchiveFault::Missing))?;
        if !is_zero(padding) {
            return Err(at(padded, ArchiveFault::Padding));
        }
        files.push((name, content));
        rest = next;
    }
}

/// Writes an archive of files, whose names ascend.
pub fn write<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Result<Vec<u8>, ArchiveError> {
    let mut bytes = Vec::new();
    let mut before: Option<&str> = None;
    for (name, content) in files {
        let follows = before.is_none_or(|before| before < name);
        let header = header(name, content.len()).filter(|_| follows);
        bytes.extend(header.ok_or_else(|| ArchiveError::Name(name.to_owned()))?);
        bytes.extend(content);
        bytes.resize(bytes.len().saturating_add(padding(content.len())), 0);
        if ARCHIVE_BYTES_MAX < bytes.len() {
            return Err(ArchiveError::TooLong { found: bytes.len() });
        }
        before = Some(name);
    }
    bytes.resize(bytes.len().saturating_add(BLOCK).saturating_add(BLOCK), 0);
    if ARCHIVE_BYTES_MAX < bytes.len() {
        return Err(ArchiveError::TooLong { found: bytes.len() });
    }
    Ok(bytes)
}

/// How many zero bytes fill up the last block of a content.
fn padding(size: usize) -> usize {
    size.checked_next_multiple_of(BLOCK).map_or(0, |end| end.saturating_sub(size))
}

fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0)
}

/// The name and the size in a header, if it is the one that a file of this name and size has.
fn read_header(block: &[u8]) -> Option<(&str, usize)> {
    let field = |from: usize, width: usize| block.get(from..from.checked_add(width)?);
    let name = field(0, NAME_BYTES_MAX)?;
    let end = name.iter().position(|byte| *byte == 0).unwrap_or(NAME_BYTES_MAX);
    let name = str::from_utf8(name.get(..end)?).ok()?;
    let size = str::from_utf8(field(124, 11)?).ok()?;
    let size = usize::from_str_radix(size, 8).ok()?;
    (header(name, size)?.as_slice() == block).then_some((name, size))
}

/// The header of a file, unless it cannot have that name or size.
fn header(name: &str, size: usize) -> Option<Vec<u8>> {
    let is_name = (1..=NAME_BYTES_MAX).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_name || ARCHIVE_BYTES_MAX < size {
        return None;
    }
    let mut before = name.as_bytes().to_vec();
    before.resize(NAME_BYTES_MAX, 0);
    before.extend(format!("0000644\x000000000\x000000000\x00{size:011o}\x0000000000000\x00").bytes());
    let mut after = b"0".to_vec();
    after.resize(101, 0);
    after.extend(b"ustar\x0000");
    after.resize(after.len().saturating_add(64), 0);
    after.extend(b"0000000\x000000000\x00");
    after.resize(BLOCK.saturating_sub(156), 0);
    // The sum is over the whole header, with spaces in its own place.
    let spaces = 8_u32.saturating_mul(u32::from(b' '));
    let sum = before.iter().chain(&after).fold(spaces, |sum, byte| sum.saturating_add(u32::from(*byte)));
    before.extend(format!("{sum:06o}\x00 ").bytes());
    before.extend(after);
    Some(before)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILES: [(&str, &[u8]); 4] =
        [("about", b"one\n"), ("entries/0", &[7; 512]), ("entries/1", &[8; 513]), ("since/path", b"")];

    fn archive() -> Vec<u8> {
        write(FILES).unwrap()
    }

    #[test]
    fn an_archive_is_read_as_it_was_written() {
        let bytes = archive();
        assert_eq!(bytes.len(), 512 * (2 + 2 + 3 + 1 + 2));
        assert_eq!(read(&bytes), Ok(FILES.to_vec()));
        assert_eq!(read(&write([]).unwrap()), Ok(vec![]));
    }

    #[test]
    fn any_changed_byte_is_refused_or_is_a_content_s() {
        let bytes = archive();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            if let Ok(files) = read(&changed) {
                let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
                assert_eq!(names, FILES.map(|(name, _)| name), "byte {at}");
                assert_ne!(files, FILES.to_vec(), "byte {at}");
            }
        }
    }

    #[test]
    fn a_fault_is_named_with_its_block() {
        let check = |change: fn(&mut Vec<u8>), block, fault| {
            let mut bytes = archive();
            change(&mut bytes);
            assert_eq!(read(&bytes), Err(ArchiveError::Block { block, fault }));
        };
        check(|bytes| bytes.clear(), 1, ArchiveFault::Missing);
        check(|bytes| bytes.truncate(511), 1, ArchiveFault::Missing);
        check(|bytes| bytes.truncate(512), 2, ArchiveFault::Missing);
        check(|bytes| bytes.truncate(516), 2, ArchiveFault::Missing);
        check(|bytes| bytes.truncate(1024), 3, ArchiveFault::Missing);
        check(|bytes| bytes.truncate(512 * 9), 10, ArchiveFault::End);
        check(|bytes| bytes.push(0), 10, ArchiveFault::End);
        check(|bytes| bytes.resize(512 * 20, 0), 10, ArchiveFault::End);
        check(|bytes| bytes[516] = 1, 2, ArchiveFault::Padding);
        check(|bytes| bytes[1024] = b'a', 3, ArchiveFault::Header);
        // Another mode, an owner, a time, and a link, each with its sum.
        for (at, with) in [(105, b'5'), (114, b'1'), (146, b'1'), (156, b'2'), (265, b'r')] {
            let mut bytes = archive();
            bytes[at] = with;
            let sum = bytes[..148].iter().chain(&bytes[156..512]).fold(256, |sum, byte| sum + u32::from(*byte));
            bytes[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
            assert_eq!(read(&bytes), Err(ArchiveError::Block { block: 1, fault: ArchiveFault::Header }), "{at}");
        }
        let twice = [archive()[..1024].repeat(2), vec![0; 1024]].concat();
        assert_eq!(read(&twice), Err(ArchiveError::Block { block: 3, fault: ArchiveFault::Order }));
    }

    #[test]
    fn a_size_that_is_claimed_is_not_allocated() {
        let mut bytes = header("about", ARCHIVE_BYTES_MAX).unwrap();
        bytes.resize(4096, 0);
        assert_eq!(read(&bytes), Err(ArchiveError::Block { block: 2, fault: ArchiveFault::Missing }));
        assert_eq!(header("about", ARCHIVE_BYTES_MAX + 1), None);
    }

    #[test]
    fn a_name_that_cannot_be_is_refused() {
        let long = "n".repeat(101);
        for names in [&["a", "a"][..], &["b", "a"], &[""], &["a b"], &["ä"], &[long.as_str()]] {
            assert!(
                matches!(write(names.iter().map(|name| (*name, &b""[..]))), Err(ArchiveError::Name(_))),
                "{names:?}"
            );
        }
        assert!(write([("n".repeat(100).as_str(), &b""[..])]).is_ok());
    }
}
