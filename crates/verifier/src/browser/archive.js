// An archive of files that has one spelling: POSIX ustar, as GNU tar writes it.

import { same, utf8 } from './bytes.js';

const ARCHIVE_BYTES_MAX = 268435456;
const BLOCK = 512;

const octal = (value, digits) => value.toString(8).padStart(digits, '0');
const zeros = (length) => '\0'.repeat(length);
const isZero = (bytes) => bytes.every((byte) => byte === 0);

/** The one header of a file of this name and size. */
function header(name, size) {
  const before = `${name}${zeros(100 - name.length)}0000644\x000000000\x000000000\0${octal(size, 11)}\0${octal(0, 11)}\0`;
  const after = `0${zeros(100)}ustar\x0000${zeros(64)}0000000\x000000000\0${zeros(167)}`;
  // The sum is over the whole header, with spaces in its own place.
  const sum = utf8(`${before}        ${after}`).reduce((total, byte) => total + byte, 0);
  return utf8(`${before}${octal(sum, 6)}\0 ${after}`);
}

/** The files of an archive, by name in their order, as a Map; or why it is none, as a text. */
export function readArchive(bytes) {
  if (ARCHIVE_BYTES_MAX < bytes.length) return 'it is too long';
  const files = new Map();
  let last = '';
  for (let at = 0; at + BLOCK <= bytes.length; ) {
    const block = bytes.subarray(at, at + BLOCK);
    if (isZero(block)) {
      const isEnd = bytes.length === at + 2 * BLOCK && isZero(bytes.subarray(at));
      return isEnd ? files : 'it does not end with two blocks of zero bytes and nothing after them';
    }
    const start = String.fromCharCode(...block.subarray(0, 136));
    const found = /^([!-~]{1,100})\0*$/.exec(start.slice(0, 100));
    const digits = start.slice(124, 135);
    const size = /^[0-7]{11}$/.test(digits) ? parseInt(digits, 8) : Infinity;
    if (!found || size > bytes.length || !same(block, header(found[1], size))) return `block ${at / BLOCK + 1} is no header`;
    const [, name] = found;
    if (name <= last) return `${name} does not come after the name before`;
    const [from, end] = [at + BLOCK, at + BLOCK + size];
    at = from + Math.ceil(size / BLOCK) * BLOCK;
    if (bytes.length < at || !isZero(bytes.subarray(end, at))) return `${name} is not filled up with zero bytes`;
    files.set(name, bytes.subarray(from, end));
    last = name;
  }
  return 'it ends too early';
}
