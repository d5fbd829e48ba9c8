// The signed head of the log, and the receipt that ends in one.

import { join, lines, number, text, unbase64, utf8 } from './bytes.js';
import { verifies } from './ed25519.js';
import { isKeyName, readSignature } from './note.js';
import { seatOf } from './policy.js';

const CHECKPOINT_BYTES_MAX = 8192;
const RECEIPT_BYTES_MAX = 12288;
const PLACE_BYTES_MAX = 4096;
const PATH_LENGTH_MAX = 53;
const COSIGNATURES_MAX = 15;
const SECONDS_MAX = 253402207200n;

/** Why a text is no checkpoint; `inSignatures` tells what is signed from who signed. */
export class Malformed extends Error {
  constructor(reason, inSignatures) {
    super(reason);
    this.inSignatures = inSignatures;
  }
}

const inHead = (reason) => new Malformed(reason, false);
const inSignatures = (reason) => new Malformed(reason, true);

/** Bytes as text, with a character that stands in no proof for what is no text. */
export function readLegible(bytes) {
  return text(bytes) ?? new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes).replaceAll('\ufffd', '\0');
}

function readCosignature(line) {
  const found = readSignature(line, 72);
  if (!found) throw inSignatures('a cosignature is malformed');
  const seconds = found.bytes.subarray(0, 8).reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
  if (SECONDS_MAX < seconds) throw inSignatures('the time of a cosignature is after the year 9999');
  return { name: found.name, id: found.id, seconds, signature: found.bytes.subarray(8) };
}

/** Reads a checkpoint; checks no signature. Throws Malformed. */
export function readCheckpoint(whole) {
  if (utf8(whole).length > CHECKPOINT_BYTES_MAX) throw inHead('the checkpoint is too long');
  const all = lines(whole);
  // Lines 1 to 4 say where the head is; from line 5 on they are signatures.
  if (!all || all.length < 5) {
    const complete = whole.split('\n').length - 1;
    throw complete < 4 ? inHead('the checkpoint has too few lines') : inSignatures('the last line is not complete');
  }
  const [origin, size, root, blank, own, ...others] = all;
  const head = { size: number(size), root: unbase64(root, 32) };
  if (!isKeyName(origin)) throw inHead("the checkpoint's origin");
  if (head.size === null) throw inHead("the checkpoint's size");
  if (head.root === null) throw inHead("the checkpoint's root");
  if (blank !== '') throw inHead("the checkpoint's line 4 is not empty");
  const log = readSignature(own, 64);
  if (!log) throw inSignatures("the log's line is malformed");
  if (log.name !== origin) throw inSignatures("the log's line is of another log");
  if (others.length > COSIGNATURES_MAX) throw inSignatures('there is a cosignature too many');
  const cosignatures = others.map(readCosignature);
  if (new Set(cosignatures.map((it) => `${it.name} ${it.id}`)).size !== cosignatures.length) {
    throw inSignatures('a key has cosigned twice');
  }
  return { origin, head, log, cosignatures, body: `${origin}\n${size}\n${root}\n` };
}

/** Hashes as lines of base64, or null. */
export function readHashes(whole) {
  const all = whole === '' ? [] : lines(whole);
  const hashes = all?.map((line) => unbase64(line, 32));
  return !hashes || hashes.includes(null) || PATH_LENGTH_MAX < hashes.length ? null : hashes;
}

/** Reads where an entry stands: its index and its path; or null. */
export function readPlace(bytes) {
  const found = bytes.length <= PLACE_BYTES_MAX && /^index ([0-9]+)\n([^]*)$/.exec(text(bytes) ?? '');
  const index = found ? number(found[1]) : null;
  const path = found ? readHashes(found[2]) : null;
  return index === null || path === null ? null : { index, path };
}

/** Reads a receipt: index, path and checkpoint. Throws Malformed. */
export function readReceipt(bytes) {
  const whole = readLegible(bytes);
  if (bytes.length > RECEIPT_BYTES_MAX) throw inHead('it is too long');
  const found = /^c2sp\.org\/tlog-proof@v1\nindex ([0-9]+)\n((?:[^\n]+\n)*)\n([^]*)$/.exec(whole);
  const index = found && number(found[1]);
  if (index === null) throw inHead('its first lines');
  const path = readHashes(found[2]);
  if (path === null) throw inHead('its path');
  return { index, path, checkpoint: readCheckpoint(found[3]) };
}

/** Why a policy does not accept a checkpoint, or null if it does; `subtle` is the browser's cryptography. */
export async function acceptanceFault(checkpoint, policy, subtle) {
  const { origin, log, cosignatures, body } = checkpoint;
  if (origin !== policy.origin) return 'the origin is not that of the policy';
  const own = policy.logs.find((it) => it.id === log.id);
  if (!own || !(await verifies(subtle, own.key, log.bytes, utf8(body)))) {
    return "the log's line is by no log key of the policy, or does not hold";
  }
  if (cosignatures.length !== policy.quorum) {
    return `${cosignatures.length} cosignatures where exactly ${policy.quorum} belong`;
  }
  for (const [at, it] of cosignatures.entries()) {
    const seat = seatOf(policy, it);
    const signed = join(utf8(`cosignature/v1\ntime ${it.seconds}\n`), utf8(body));
    if (!seat || !(await verifies(subtle, seat.cosigner.key, it.signature, signed))) {
      return `cosignature ${at + 1} is by no validator of the policy, or does not hold`;
    }
  }
  return null;
}
