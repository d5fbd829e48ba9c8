// Names, keys and signature lines of signed notes.

import { hex, unbase64, utf8 } from './bytes.js';
import { isSoundKey } from './ed25519.js';
import { sha256 } from './hash.js';

export const LOG_KEY = 1;
export const COSIGNER_KEY = 4;

/** Whether a text can be the name of a key. */
export function isKeyName(name) {
  return /^[!-*,-~]{1,255}$/.test(name);
}

/** A verifier key of a type, `name+id+key`: its name, id and public key; or null. */
export function readKey(type, word) {
  const found = /^([!-*,-~]{1,255})\+([0-9a-f]{8})\+(.*)$/.exec(word);
  const bytes = found && unbase64(found[3], 33);
  if (!bytes || bytes[0] !== type || !isSoundKey(bytes.subarray(1))) return null;
  const [, name, id] = found;
  return hex(sha256(utf8(`${name}\n`), bytes).subarray(0, 4)) === id ? { name, id, key: bytes.subarray(1) } : null;
}

/** A signature line: its key's name, its key's id, and so many bytes; or null. */
export function readSignature(line, length) {
  const found = /^— ([!-*,-~]{1,255}) ([A-Za-z0-9+/=]+)$/.exec(line);
  const bytes = found && unbase64(found[2], 4 + length);
  return bytes ? { name: found[1], id: hex(bytes.subarray(0, 4)), bytes: bytes.subarray(4) } : null;
}
