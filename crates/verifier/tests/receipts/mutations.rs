//! Receipts altered at random, on which Rust and shell must agree.
//!
//! `MUTATIONS=2000` tries more of them; the number of a case is its seed.

use crate::{
    forgeries::{announced, taken, taken_line},
    ledger::{announcement, outcome, signed},
    vector::{Files, Vector},
};

/// A generator of numbers that are the same on every machine (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap() % end.max(1)
    }
}

/// Bytes on which readers of text tend to differ.
const STRANGE: &[u8] = b"\0\x01\t\n\r \"\\'$`*[]{}()#,:;=+-/.~019azAZ\x7f\x80\x9f\xc2\xe2\xff";

fn mutate(bytes: &mut Vec<u8>, dice: &mut Dice) {
    let at = dice.below(bytes.len());
    match dice.below(7) {
        0 => bytes[at] ^= 1 << dice.below(8),
        1 => drop(bytes.remove(at)),
        2 => bytes.insert(at, STRANGE[dice.below(STRANGE.len())]),
        3 => bytes[at] = STRANGE[dice.below(STRANGE.len())],
        4 => bytes.truncate(at),
        5 | 6 => {
            let mut lines: Vec<Vec<u8>> = bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
            let (from, to) = (dice.below(lines.len()), dice.below(lines.len()));
            if dice.below(2) == 0 {
                lines.swap(from, to)
            } else {
                lines.insert(to, lines[from].clone())
            }
            *bytes = lines.concat();
        }
        _ => unreachable!(),
    }
}

fn case(seed: u64) -> Files {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut files = announced();
    let line = announcement().to_line().unwrap();
    match dice.below(6) {
        0 => mutate(&mut files.entry, &mut dice),
        1 | 2 => mutate(&mut files.proof, &mut dice),
        3 => {
            let mut line = line;
            mutate(&mut line, &mut dice);
            files = taken_line(&line);
        }
        4 => {
            let mut outcome = outcome("fg-dlt/meeting/1", None);
            mutate(&mut outcome, &mut dice);
            files = taken([signed(&line, &["tsb"]), outcome].concat());
        }
        5 => {
            let mut armour = signed(&line, &["tsb"])[line.len()..].to_vec();
            mutate(&mut armour, &mut dice);
            files = taken([line, armour, outcome("fg-dlt/meeting/1", None)].concat());
        }
        _ => unreachable!(),
    }
    files
}

#[test]
fn rust_and_shell_agree_on_altered_receipts() {
    let count = std::env::var("MUTATIONS").map_or(12, |count| count.parse().unwrap());
    for seed in 1..=count {
        let code = Vector::new("", 0, case(seed)).report().verdict.exit_code();
        Vector::new(&format!("mutation {seed}"), code, case(seed)).check_shell();
    }
}
