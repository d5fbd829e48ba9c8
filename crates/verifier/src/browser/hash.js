// SHA-256: of bytes, of leaves, of large files piece by piece.

import { sha256 as vendored } from './vendor/noble-hashes/sha2.js';
import { hex, join, utf8 } from './bytes.js';

/** Above this a browser's own hash would need all of a file in memory. */
const WHOLE_BYTES_MAX = 32 * 1024 * 1024;

const PIECE_BYTES = 4 * 1024 * 1024;

/** The SHA-256 of bytes. */
export function sha256(...parts) {
  return vendored(join(...parts));
}

/** HMAC-SHA-256 (RFC 2104) under a key of at most 64 bytes. */
export function hmac(key, message) {
  const pad = (byte) => Uint8Array.from({ length: 64 }, (_, at) => (key[at] ?? 0) ^ byte);
  return sha256(pad(0x5c), sha256(pad(0x36), message));
}

/** The hash of an entry of the log. */
export function leafHash(entry) {
  return sha256(Uint8Array.of(0), entry);
}

/** The hash of a node of the tree. */
export function nodeHash(left, right) {
  return sha256(Uint8Array.of(1), left, right);
}

/** A digest as it is written in records. */
export function digest(hash) {
  return `sha256:${hex(hash)}`;
}

/** Whether a text is a digest as it is written in records. */
export function isDigest(value) {
  return typeof value === 'string' && /^sha256:[0-9a-f]{64}$/.test(value);
}

/** The head of a subject's chain after one more entry. */
export function chainHead(head, leaf) {
  return sha256(utf8('plenary/head/v1\n'), head, leaf);
}

/** The digest and the size of a file; `progress` is told the part that is done. */
export async function fileIdentity(file, subtle, progress) {
  if (subtle && file.size <= WHOLE_BYTES_MAX) {
    const hash = await subtle.digest('SHA-256', await file.arrayBuffer());
    return { digest: digest(new Uint8Array(hash)), bytes: file.size };
  }
  const hash = vendored.create();
  for (let at = 0; at < file.size; at += PIECE_BYTES) {
    progress(at / file.size);
    hash.update(new Uint8Array(await file.slice(at, at + PIECE_BYTES).arrayBuffer()));
  }
  return { digest: digest(hash.digest()), bytes: file.size };
}
