//! Documents: a file on this machine, as a record names it.

use std::path::Path;

use plenary_procedure::{
    document::Document,
    text::{Text, Title},
};
use plenary_verifier::receipt::FileIdentity;

use crate::{
    bundle::read_file,
    problem::Problem,
    screen::{Screen, plain},
    settings::spelled,
};

/// The largest document that is hashed, in bytes.
pub const BYTES_MAX: u64 = 1 << 30;

/// File name endings and their media types; anything else is bytes.
const TYPES: [(&str, &str); 11] = [
    ("csv", "text/csv"),
    ("doc", "application/msword"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("html", "text/html"),
    ("json", "application/json"),
    ("md", "text/markdown"),
    ("pdf", "application/pdf"),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("txt", "text/plain"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("zip", "application/zip"),
];

/// Hashes a file, and says so.
///
/// Its name stays here, since file names often hold those of people.
pub fn read(file: &Path, screen: &mut Screen<'_>) -> Result<Document, Problem> {
    let identity = FileIdentity::of(&read_file(file, BYTES_MAX)?);
    screen.say(&format!("hashed     {}: {identity}", plain(&file.display().to_string())));
    let media_type: Title = spelled("the media type", media_type(file))?;
    Ok(Document { digest: Text(identity.digest), bytes: identity.bytes, media_type: Text(media_type), name: None })
}

/// Hashes several files, in their order.
pub fn read_all<P: AsRef<Path>>(files: &[P], screen: &mut Screen<'_>) -> Result<Vec<Document>, Problem> {
    files.iter().map(|file| read(file.as_ref(), screen)).collect()
}

/// Hashes a file, if one is given.
pub fn read_optional(file: Option<&Path>, screen: &mut Screen<'_>) -> Result<Option<Document>, Problem> {
    file.map(|file| read(file, screen)).transpose()
}

fn media_type(file: &Path) -> &'static str {
    let ending = file.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
    TYPES.iter().find(|(known, _)| *known == ending).map_or("application/octet-stream", |(_, media_type)| media_type)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screen::Form;

    #[test]
    fn a_file_is_named_by_its_digest_and_not_by_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("Jane Doe.PDF");
        std::fs::write(&path, "abc").unwrap();
        let (mut data, mut talk) = (Vec::new(), Vec::new());
        let document = read(&path, &mut Screen::new(&mut data, &mut talk, Form::default())).unwrap();
        assert_eq!(
            serde_json::to_string(&document).unwrap(),
            "{\"digest\":\"sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\",\"bytes\":3,\
             \"media_type\":\"application/pdf\"}"
        );
    }
}
