// Which characters a text may hold: those of one pinned Unicode table, in Normalization Form C.

import { RUNS } from './assigned.js';

/** Where runs of assigned and of other code points begin, in turn; the first run is of assigned ones. */
const BOUNDARIES = (() => {
  let at = 0;
  return Uint32Array.from(RUNS.split(' '), (length) => (at += parseInt(length, 36)));
})();

/** Whether the table assigns a code point. */
function isInTable(point) {
  let [low, high] = [0, BOUNDARIES.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (BOUNDARIES[middle] <= point) low = middle + 1;
    else high = middle;
  }
  return low % 2 === 0;
}

/** Whether the table assigns every character of a text. */
export function isAssigned(text) {
  return /^[\0-\x7f]*$/.test(text) || Array.from(text).every((character) => isInTable(character.codePointAt(0)));
}

/** Whether a text is in Normalization Form C. */
export function isNormalized(text) {
  return text.normalize('NFC') === text;
}

/** Whether this browser's own tables are older than the pinned one, so that it could misjudge what is normalized. */
export function isBrowserOlder() {
  // Assigned in Unicode 16.0, the version of the pinned table.
  return /\p{Cn}/u.test('\u{10D40}');
}

/** A text of the ledger as one line that no character of it can move, turn or end. */
export function plain(text) {
  const unsafe = /[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\u{e0000}-\u{e007f}]/gu;
  return text.replace(unsafe, '\ufffd');
}
