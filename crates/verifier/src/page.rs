//! The verifier for a browser, put together into one page that opens without a server.
//!
//! `browser/` holds it as modules, for people to read and for a server to serve. A page from a
//! disk cannot load modules, so here each becomes a function that is called once and gives what
//! the module exports, and all stand in one script. The page's policy names that script and the
//! style by their hashes, so nothing else runs in it, and it has no way to send anything.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use plenary_core::hash::Digest;

const PAGE: &str = include_str!("browser/page.html");
const STYLE: &str = include_str!("browser/page.css");
const STYLE_LINK: &str = "<link rel=\"stylesheet\" href=\"page.css\">";
const SCRIPT_LINK: &str = "<script type=\"module\" src=\"page.js\"></script>";

/// The licences of what is not ours, which must stay with it.
const LICENCES: [(&str, &str); 2] = [
    ("@noble/ed25519 3.2.0", include_str!("browser/vendor/noble-ed25519/LICENSE")),
    ("@noble/hashes 2.4.0", include_str!("browser/vendor/noble-hashes/LICENSE")),
];

/// Every module, after those that it imports.
const MODULES: [(&str, &str); 29] = [
    ("vendor/noble-hashes/utils.js", include_str!("browser/vendor/noble-hashes/utils.js")),
    ("vendor/noble-hashes/_u64.js", include_str!("browser/vendor/noble-hashes/_u64.js")),
    ("vendor/noble-hashes/_md.js", include_str!("browser/vendor/noble-hashes/_md.js")),
    ("vendor/noble-hashes/sha2.js", include_str!("browser/vendor/noble-hashes/sha2.js")),
    ("vendor/noble-ed25519/index.js", include_str!("browser/vendor/noble-ed25519/index.js")),
    ("bytes.js", include_str!("browser/bytes.js")),
    ("assigned.js", include_str!("browser/assigned.js")),
    ("unicode.js", include_str!("browser/unicode.js")),
    ("time.js", include_str!("browser/time.js")),
    ("json.js", include_str!("browser/json.js")),
    ("hash.js", include_str!("browser/hash.js")),
    ("ed25519.js", include_str!("browser/ed25519.js")),
    ("note.js", include_str!("browser/note.js")),
    ("policy.js", include_str!("browser/policy.js")),
    ("merkle.js", include_str!("browser/merkle.js")),
    ("checkpoint.js", include_str!("browser/checkpoint.js")),
    ("record.js", include_str!("browser/record.js")),
    ("archive.js", include_str!("browser/archive.js")),
    ("signature.js", include_str!("browser/signature.js")),
    ("verdict.js", include_str!("browser/verdict.js")),
    ("entry.js", include_str!("browser/entry.js")),
    ("epochs.js", include_str!("browser/epochs.js")),
    ("container.js", include_str!("browser/container.js")),
    ("disclosure.js", include_str!("browser/disclosure.js")),
    ("genesis.js", include_str!("browser/genesis.js")),
    ("receipt.js", include_str!("browser/receipt.js")),
    ("dossier.js", include_str!("browser/dossier.js")),
    ("held.js", include_str!("browser/held.js")),
    ("page.js", include_str!("browser/page.js")),
];

/// The page: one HTML file, the same bytes wherever it is written.
pub fn page() -> String {
    let licences = LICENCES.iter().map(|(name, text)| format!("/*\n{name}\n\n{}\n*/\n", text.trim_end()));
    let modules = MODULES.iter().map(|(path, text)| function(path, text));
    let script = format!("\n{}{}", licences.collect::<String>(), modules.collect::<String>());
    let style = format!("\n{STYLE}");
    PAGE.replace("script-src 'self'", &format!("script-src '{}'", source_hash(&script)))
        .replace("style-src 'self'", &format!("style-src '{}'", source_hash(&style)))
        .replace(STYLE_LINK, &format!("<style>{style}</style>"))
        .replace(SCRIPT_LINK, &format!("<script type=\"module\">{script}</script>"))
}

/// The hash of a script or a style as a content security policy names it.
fn source_hash(text: &str) -> String {
    format!("sha256-{}", BASE64_STANDARD.encode(Digest::of(text.as_bytes()).as_bytes()))
}

/// A module as a function's result: what it exports, under a name made of its path.
fn function(path: &str, text: &str) -> String {
    let mut exports = Vec::new();
    let mut body = String::new();
    for line in text.lines() {
        match imported(line, path).or_else(|| exported(line, &mut exports)) {
            Some(other) => body.push_str(&other),
            None => body.push_str(line),
        }
        body.push('\n');
    }
    format!("const {} = (() => {{\n{body}return {{ {} }};\n}})();\n", name(path), exports.join(", "))
}

/// `import { a, b as c } from './m.js';` as `const { a, b: c } = m_js;`.
fn imported(line: &str, path: &str) -> Option<String> {
    let (what, from) = line.strip_prefix("import ")?.split_once(" from ")?;
    let from = from.trim_matches(['\'', '"', ';']);
    let mut place: Vec<&str> = path.split('/').collect();
    place.pop();
    for part in from.strip_prefix('.').map(|_| from)?.split('/') {
        match part {
            "." => {}
            ".." => drop(place.pop()),
            part => place.push(part),
        }
    }
    let what = what.strip_prefix("* as ").map_or_else(|| what.replace(" as ", ": "), str::to_owned);
    Some(format!("const {what} = {};", name(&place.join("/"))))
}

/// A declaration without its `export`, whose name is kept; a list of exports is kept whole.
fn exported(line: &str, exports: &mut Vec<String>) -> Option<String> {
    let rest = line.strip_prefix("export ")?;
    if let Some(list) = rest.strip_prefix('{') {
        exports.push(list.trim_matches(['}', ';', ' ', ',']).to_owned());
        return Some(String::new());
    }
    let declared = rest.strip_prefix("async ").unwrap_or(rest);
    let declared = ["const ", "function ", "class "].iter().find_map(|word| declared.strip_prefix(*word))?;
    let end = declared.find(|character: char| !character.is_alphanumeric() && !"_$".contains(character));
    exports.push(declared.split_at_checked(end.unwrap_or(declared.len())).map_or("", |(name, _)| name).to_owned());
    Some(rest.to_owned())
}

fn name(path: &str) -> String {
    let plain = |character: char| if character.is_ascii_alphanumeric() { character } else { '_' };
    format!("module_{}", path.chars().map(plain).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_one_file_that_asks_for_nothing() {
        let page = page();
        for word in
            ["src=", "href=", "'self'", "unsafe-", "http-equiv=\"refresh\"", "innerHTML", "\nimport {", "\nexport "]
        {
            assert!(!page.contains(word), "{word}");
        }
        for tag in ["<script", "</script>", "<style", "</style>"] {
            assert_eq!(page.matches(tag).count(), 1, "{tag}");
        }
        assert_eq!(page.matches("'sha256-").count(), 2);
        assert!(LICENCES.iter().all(|(_, text)| page.contains(text.trim_end())));
    }

    #[test]
    fn every_file_is_in_the_page() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/browser");
        let mut found = Vec::new();
        let mut folders = vec![folder.clone()];
        while let Some(inner) = folders.pop() {
            for entry in std::fs::read_dir(inner).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "js") {
                    found.push(path.strip_prefix(&folder).unwrap().to_str().unwrap().to_owned());
                }
            }
        }
        found.sort();
        let mut listed: Vec<&str> = MODULES.iter().map(|(path, _)| *path).collect();
        listed.sort_unstable();
        assert_eq!(found, listed);
    }

    #[test]
    fn a_module_becomes_a_function() {
        let module = "import { a, b as c } from '../x.js';\nimport * as d from \"./e.js\";\n\nexport const f = 1;\n\
            export async function g() {}\nexport class H {}\nexport { i, j, };\n";
        let expected = "const module_y_z_js = (() => {\nconst { a, b: c } = module_x_js;\nconst d = module_y_e_js;\n\n\
            const f = 1;\nasync function g() {}\nclass H {}\n\nreturn { f, g, H, i, j };\n})();\n";
        assert_eq!(function("y/z.js", module), expected);
    }
}
