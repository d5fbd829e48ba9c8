//! What personal data and secrets look like in a line of text.

use crate::check::Kind;

/// Words before a telephone number.
const PHONE: [&str; 7] = ["tel", "phone", "fax", "mobile", "mob.", "téléphone", "gsm"];

/// Words before a number or date that identifies a person.
const IDENTITY: [&str; 9] =
    ["passport", "passeport", "pasaporte", "identity card", "id card", "id no", "date of birth", "born on", "visa no"];

/// Words before a secret.
const SECRET: [&str; 10] = [
    "password",
    "passphrase",
    "passcode",
    "wpa",
    "wep key",
    "wireless key",
    "wi-fi key",
    "wifi key",
    "wlan key",
    "network key",
];

/// Everything in `text` that looks like something to warn of, in order of kinds.
pub(crate) fn search(text: &str) -> Vec<(Kind, &str)> {
    // ASCII alone changes case, so that places stay the same.
    let lower = text.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let mut found: Vec<(Kind, &str)> = emails(text).map(|email| (Kind::Email, email)).collect();
    let named = has(&PHONE);
    let phones = runs(text).filter(|run| is_phone(run, named));
    found.extend(phones.map(|run| (Kind::Phone, run)));
    let named = has(&IDENTITY);
    let numbers = text.split(|letter: char| letter.is_whitespace() || ",;:()\"".contains(letter));
    found.extend(numbers.filter(|number| is_identity(number, named)).map(|number| (Kind::Identity, number)));
    for word in SECRET {
        for (at, _) in lower.match_indices(word) {
            let after = at.checked_add(word.len()).and_then(|end| text.get(end..)).unwrap_or_default();
            found.extend(secret(after).map(|secret| (Kind::Secret, secret)));
        }
    }
    // Two words may stand before one secret.
    found.dedup_by(|left, right| left.0 == right.0 && std::ptr::eq(left.1, right.1));
    found
}

fn emails(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices('@').filter_map(|(at, _)| {
        let (before, after) = (text.get(..at)?, text.get(at.checked_add(1)?..)?);
        let is_local = |letter: char| letter.is_alphanumeric() || "._%+-'".contains(letter);
        let is_domain = |letter: char| letter.is_alphanumeric() || ".-".contains(letter);
        let begin = before.trim_end_matches(is_local).len();
        let rest = after.trim_start_matches(is_domain).len();
        let domain = after.get(..after.len().checked_sub(rest)?)?.trim_end_matches(['.', '-']);
        let top = domain.rsplit_once('.')?.1;
        let is_email = begin < at && 2 <= top.len() && top.chars().all(char::is_alphabetic);
        let end = at.checked_add(1)?.checked_add(domain.len())?;
        text.get(begin..end).filter(|_| is_email)
    })
}

/// Runs of digits with what stands between the digits of a telephone number.
fn runs(text: &str) -> impl Iterator<Item = &str> {
    let is_part = |letter: char| letter.is_ascii_digit() || "+()-./ \u{a0}".contains(letter);
    let runs = text.split(move |letter: char| !is_part(letter));
    // A number does not begin or end with what only separates.
    runs.map(|run| run.trim_matches([' ', '-', '.', '/', '\u{a0}', ')']).trim_end_matches('('))
        .filter(|run| !run.is_empty())
}

/// International numbers always; others only where a word says so, since dates and clauses have digits too.
fn is_phone(run: &str, named: bool) -> bool {
    let digits = run.bytes().filter(u8::is_ascii_digit).count();
    let international = run.trim_start_matches('(').starts_with('+') && (8..=15).contains(&digits);
    international || (named && (7..=15).contains(&digits))
}

/// One or two capital letters and six to nine digits, a passport's machine-readable
/// line, or, where a word says so, any long number or a date.
fn is_identity(number: &str, named: bool) -> bool {
    let number = number.trim_matches(['.', '-', '/']);
    let letters = number.bytes().take_while(u8::is_ascii_uppercase).count();
    let rest = number.get(letters..).unwrap_or_default();
    let is_digits = rest.bytes().all(|byte| byte.is_ascii_digit());
    let is_passport = (1..=2).contains(&letters) && is_digits && (6..=9).contains(&rest.len());
    let is_machine_read = 30 <= number.len() && number.contains("<<") && number.is_ascii();
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    let is_plain = number.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-./".contains(&byte));
    is_passport || is_machine_read || (named && is_plain && (6..=12).contains(&digits))
}

/// The first word after `:`, `=` or `is`, if one of them follows.
fn secret(after: &str) -> Option<&str> {
    // What may stand between the word and its colon, as in "WPA2-PSK key:".
    let is_between = |letter: char| letter.is_ascii_digit() || " \"')-".contains(letter);
    let after = ["PSK", "key", "code"].into_iter().fold(after.trim_start_matches(is_between), |after, word| {
        after.strip_prefix(word).map_or(after, |after| after.trim_start_matches(is_between))
    });
    let value = after.strip_prefix([':', '=']).or_else(|| after.strip_prefix("is "))?;
    let word = value.split_whitespace().next()?.trim_matches(['"', '\'', ',', ';', '.']);
    (!word.is_empty()).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(Kind, &str)]) {
        assert_eq!(search(text), expected, "{text}");
    }

    #[test]
    fn addresses_are_found_whole() {
        check("mail <zoé.m+x@mail.example.org>.", &[(Kind::Email, "zoé.m+x@mail.example.org")]);
        check("a@b.ch, c@d.int", &[(Kind::Email, "a@b.ch"), (Kind::Email, "c@d.int")]);
        check("see @example.org, a@b, a@b.1 and 5 @ 3", &[]);
    }

    #[test]
    fn numbers_are_telephones_where_they_say_so() {
        check("+41 22 730 51 11", &[(Kind::Phone, "+41 22 730 51 11")]);
        check("Tel: 022 730 5111", &[(Kind::Phone, "022 730 5111")]);
        check("on 2017-10-17, clause 2.10.1 of 1 234 567 890", &[]);
        check("+1 2", &[]);
    }

    #[test]
    fn passports_and_dates_of_birth() {
        check("X1234567", &[(Kind::Identity, "X1234567")]);
        check("passport: 123456789", &[(Kind::Identity, "123456789")]);
        check("Date of birth 1970-01-31", &[(Kind::Identity, "1970-01-31")]);
        let line = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<";
        check(line, &[(Kind::Identity, line)]);
        check("DLT-I-001, D1.1, TD475, 2017-10-17, ISO 20022", &[]);
    }

    #[test]
    fn secrets_follow_their_words() {
        check("Wireless network FOCUS, WPA2 key: s3cretKey", &[(Kind::Secret, "s3cretKey")]);
        check("WPA2-PSK key = s3cretKey", &[(Kind::Secret, "s3cretKey")]);
        check("The wireless key: s3cretKey", &[(Kind::Secret, "s3cretKey")]);
        check("WPA key = \"s3cretKey\"", &[(Kind::Secret, "s3cretKey")]);
        check("the password is hunter2.", &[(Kind::Secret, "hunter2")]);
        check("A password protects it", &[]);
    }
}
