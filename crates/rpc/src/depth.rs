//! How deeply a JSON text is nested, told before anything parses it.

/// Whether arrays and objects are nested more than `limit` deep.
///
/// Brackets in strings do not count. What is not JSON may come out either way;
/// the parser that follows refuses it.
pub(crate) fn exceeds(text: &[u8], limit: usize) -> bool {
    let mut depth = 0_usize;
    let mut in_string = false;
    let mut escaped = false;
    for byte in text {
        match (in_string, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (true, b'"') => in_string = false,
            (true, _) => {}
            (false, b'"') => in_string = true,
            (false, b'[' | b'{') => {
                depth = depth.saturating_add(1);
                if limit < depth {
                    return true;
                }
            }
            (false, b']' | b'}') => depth = depth.saturating_sub(1),
            (false, _) => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_in_strings_do_not_count() {
        //    text, exceeds two
        check("[[1]]", false);
        check("[[[1]]]", true);
        check("[{\"a\":[]}]", true);
        check("[[], [], []]", false);
        check("[\"[[[[\"]", false);
        check("[\"\\\"[[[\"]", false);
        check("[\"\\\\\",[[", true);
        fn check(text: &str, expected: bool) {
            assert_eq!(exceeds(text.as_bytes(), 2), expected, "{text}");
        }
    }
}
