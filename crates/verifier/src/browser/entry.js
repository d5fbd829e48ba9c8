// An entry of the log that is a record of this ledger.

import { readOutcome, readRecord, splitEntry } from './record.js';
import { cannotTell, notVerified } from './verdict.js';

const NEWER = 'use the newest version of the verifier';
const ENTRY_AGAIN = 'fetch the entry again as a file, since mail and editors change line ends';

/** A record of this ledger and its outcome; stops where an entry is none, with a reason that `named` completes. */
export function entryOf(bytes, ledger, named = (reason) => reason) {
  const { fault, line, armour, outcome: written } = splitEntry(bytes);
  if (fault) notVerified(11, named(fault), ENTRY_AGAIN);
  const record = readRecord(line);
  if (record === 'newer') cannotTell("the record's line has a format that this verifier does not know", NEWER);
  if (record === null) notVerified(11, named('the record is malformed'), ENTRY_AGAIN);
  const outcome = readOutcome(written);
  if (outcome === 'newer') cannotTell('the outcome line has a format that this verifier does not know', NEWER);
  if (outcome === null) notVerified(11, named('the outcome is malformed'), ENTRY_AGAIN);
  if (record.get('ledger') !== ledger) {
    const next = 'use the genesis of the ledger that the record names';
    notVerified(11, named(`the record was signed for the ledger ${record.get('ledger')}, not for this one`), next);
  }
  return { line, armour, record, outcome };
}
