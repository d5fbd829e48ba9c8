// Members' keys and signatures, as OpenSSH writes them.

import { base64, hex, join, same, text, unbase64, utf8 } from './bytes.js';
import { isSoundKey, verifies } from './ed25519.js';
import { sha256 } from './hash.js';
import { sha512 } from './vendor/noble-hashes/sha2.js';

const NAMESPACE = 'plenary-record';
const ARMOUR_BYTES_MAX = 1024;
const [BEGIN, END] = ['-----BEGIN SSH SIGNATURE-----\n', '-----END SSH SIGNATURE-----\n'];
const [PLAIN, HARDWARE] = ['ssh-ed25519', 'sk-ssh-ed25519@openssh.com'];

/** Bytes as SSH writes them: their number, and they. */
function string(bytes) {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, bytes.length);
  return join(length, bytes);
}

/** Reads what SSH has written; whoever asks for more than there is gets null from then on. */
class Reader {
  constructor(bytes) {
    this.rest = bytes;
  }

  take(length) {
    if (this.rest === null || this.rest.length < length) {
      this.rest = null;
      return null;
    }
    const taken = this.rest.subarray(0, length);
    this.rest = this.rest.subarray(length);
    return taken;
  }

  string() {
    const length = this.take(4);
    return length && this.take(new DataView(length.buffer, length.byteOffset).getUint32(0));
  }

  isAtEnd() {
    return this.rest !== null && this.rest.length === 0;
  }
}

const is = (bytes, wanted) => bytes !== null && same(bytes, utf8(wanted));

/** A public key as SSH writes it: its 32 bytes, and the application of a hardware key; or null. */
function readKey(blob) {
  const reader = new Reader(blob);
  const kind = reader.string();
  const key = reader.string();
  const isHardware = is(kind, HARDWARE);
  const application = isHardware ? reader.string() : null;
  if (!reader.isAtEnd() || !(isHardware || is(kind, PLAIN)) || key.length !== 32 || !isSoundKey(key)) return null;
  if (isHardware && text(application) === null) return null;
  return { kind: isHardware ? HARDWARE : PLAIN, key, application };
}

/** Whether a text is an OpenSSH public key without a comment. */
export function isPublicKey(value) {
  const found = typeof value === 'string' && /^([a-z0-9@.-]+) ([A-Za-z0-9+/]+={0,2})$/.exec(value);
  const blob = found && unbase64(found[2]);
  const key = blob && readKey(blob);
  return Boolean(key) && key.kind === found[1];
}

/** What a signature's bytes say: key, fingerprint, the 64 bytes and what a hardware key adds; or null. */
function readBlob(blob) {
  const reader = new Reader(blob);
  const [magic, version] = [reader.take(6), reader.take(4)];
  const keyBlob = reader.string();
  const [namespace, reserved, hash] = [reader.string(), reader.string(), reader.string()];
  const inner = reader.string();
  if (!reader.isAtEnd() || !is(magic, 'SSHSIG') || hex(version) !== '00000001') return null;
  if (!is(namespace, NAMESPACE) || !is(reserved, '') || !is(hash, 'sha512')) return null;
  const named = readKey(keyBlob);
  const parts = new Reader(inner);
  const [kind, signature] = [parts.string(), parts.string()];
  if (!named || !is(kind, named.kind) || signature === null || signature.length !== 64) return null;
  // A hardware key's flags and counter; the lowest flag says that it was touched.
  const trailer = named.kind === HARDWARE ? parts.take(5) : new Uint8Array(0);
  if (!parts.isAtEnd() || (named.kind === HARDWARE && (trailer[0] & 1) === 0)) return null;
  const fingerprint = `SHA256:${base64(sha256(keyBlob)).replace(/=*$/, '')}`;
  return { ...named, fingerprint, signature, trailer };
}

/** The one armour of a signature's bytes. */
function armoured(blob) {
  return `${BEGIN}${base64(blob).replace(/.{1,70}/g, '$&\n')}${END}`;
}

/** The signatures that stand one after the other in a text, or null if anything else does. */
function readAll(whole) {
  const found = [];
  for (let rest = whole; rest !== ''; ) {
    const at = rest.indexOf(END);
    if (at < 0) return null;
    const one = rest.slice(0, at + END.length);
    rest = rest.slice(one.length);
    const encoded = one.slice(BEGIN.length, -END.length).replaceAll('\n', '');
    const blob = ARMOUR_BYTES_MAX < one.length ? null : unbase64(encoded);
    if (!blob || armoured(blob) !== one) return null;
    found.push(readBlob(blob));
  }
  return found;
}

/** The fingerprints of the keys that signed a record's line, in order; or why a signature does not hold. */
export async function signedBy(line, armour, signers, subtle) {
  const whole = text(armour);
  const signatures = whole === null ? null : readAll(whole);
  if (signatures === null) return { fault: "the record's signatures are malformed" };
  if (signatures.length !== signers.length) {
    return { fault: `there are ${signatures.length} signatures where ${signers.length} belong` };
  }
  const signed = join(utf8('SSHSIG'), ...[utf8(NAMESPACE), utf8(''), utf8('sha512'), sha512(line)].map(string));
  for (const [at, it] of signatures.entries()) {
    const message = it?.kind === HARDWARE ? join(sha256(it.application), it.trailer, sha256(signed)) : signed;
    if (it === null || !(await verifies(subtle, it.key, it.signature, message))) {
      return { fault: `signature ${at + 1} over the record does not hold` };
    }
  }
  return { fingerprints: signatures.map((it) => it.fingerprint) };
}
