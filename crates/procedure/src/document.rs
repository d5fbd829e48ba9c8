//! Documents: named by their digest, so that their bytes can be kept elsewhere and erased.

use plenary_core::hash::Digest;
use serde::{Deserialize, Serialize};

use crate::{
    refusal::Refusal,
    text::{Text, Title},
};

/// A document that a record names.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// SHA-256 of its bytes, or a salted commitment to a restricted one.
    pub digest: Text<Digest>,
    /// Its size, in bytes.
    pub bytes: u64,
    /// Its media type, such as `application/pdf`.
    pub media_type: Text<Title>,
    /// Its file name, which names no person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Text<Title>>,
}

/// The most documents of one package.
pub const PACKAGE_MAX: usize = 64;

/// The digest of a package of documents, in their order.
///
/// A deliverable may be several files; what is called and agreed on is all of
/// them. The bytes that are hashed are a domain line, then for each document
/// its digest, size and media type, a line each.
pub fn manifest(documents: &[Document]) -> Digest {
    let mut text = "plenary/manifest/v1\n".to_owned();
    for document in documents {
        text.push_str(&format!("{}\n{}\n{}\n", document.digest, document.bytes, document.media_type));
    }
    Digest::of(text.as_bytes())
}

/// The manifest of a package that a record brings, which is neither empty nor too long.
pub(crate) fn package(documents: &[Document]) -> Result<Digest, Refusal> {
    if (1..=PACKAGE_MAX).contains(&documents.len()) {
        return Ok(manifest(documents));
    }
    Err(Refusal::List { field: "documents" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(content: &str) -> Document {
        Document {
            digest: Text(Digest::of(content.as_bytes())),
            bytes: 1,
            media_type: Text(Title::parse("text/plain").unwrap()),
            name: None,
        }
    }

    #[test]
    fn content_and_order_decide_the_manifest() {
        let [one, two] = [document("1"), document("2")];
        assert_ne!(manifest(&[one.clone(), two.clone()]), manifest(&[two.clone(), one.clone()]));
        assert_ne!(manifest(std::slice::from_ref(&one)), manifest(&[two]));
        let renamed = Document { name: Title::parse("a.txt").map(Text), ..one.clone() };
        assert_eq!(manifest(&[renamed]), manifest(&[one]), "a file name is not content");
    }
}
