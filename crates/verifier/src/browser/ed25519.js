// Ed25519 as docs/protocol.md has it: canonical encodings, no small order, S below the order of the group.
//
// A browser's own verification may take a key or a commitment of small order, and libraries multiply by the
// cofactor; so the encodings are checked here first, and without a browser's own the equation is checked as
// it is written: R must be, byte for byte, the encoding of S·B - k·A.

import { Point } from './vendor/noble-ed25519/index.js';
import { sha512 } from './vendor/noble-hashes/sha2.js';
import { join, same } from './bytes.js';

const ORDER = 0x1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3edn;

function integer(bytes) {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

/** The point of which the bytes are the canonical encoding, unless it is of small order; else null. */
function soundPoint(bytes) {
  try {
    const point = Point.fromBytes(bytes, false);
    return point.double().double().double().is0() ? null : point;
  } catch {
    return null;
  }
}

/** Whether 32 bytes are a public key that may sign. */
export function isSoundKey(bytes) {
  return soundPoint(bytes) !== null;
}

/** [n]P by doubling and adding; nothing here is secret. */
function times(point, scalar) {
  let product = Point.ZERO;
  for (let doubled = point; scalar > 0n; scalar >>= 1n, doubled = doubled.double()) {
    if (scalar & 1n) product = product.add(doubled);
  }
  return product;
}

function equationHolds(point, key, signature, message) {
  const commitment = signature.subarray(0, 32);
  const challenge = integer(sha512(join(commitment, key, message))) % ORDER;
  const found = times(Point.BASE, integer(signature.subarray(32))).add(times(point, challenge).negate());
  return same(found.toBytes(), commitment);
}

/** What the browser says, or null if it has no Ed25519. */
async function browserSays(subtle, key, signature, message) {
  if (!subtle) return null;
  try {
    const imported = await subtle.importKey('raw', key, 'Ed25519', false, ['verify']);
    return await subtle.verify('Ed25519', imported, signature, message);
  } catch {
    return null;
  }
}

/** Whether a signature of 64 bytes over a message is valid under a key of 32 bytes. */
export async function verifies(subtle, key, signature, message) {
  const point = soundPoint(key);
  if (point === null || soundPoint(signature.subarray(0, 32)) === null) return false;
  if (ORDER <= integer(signature.subarray(32))) return false;
  return (await browserSays(subtle, key, signature, message)) ?? equationHolds(point, key, signature, message);
}
