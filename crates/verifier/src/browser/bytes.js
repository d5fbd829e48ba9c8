// Bytes as text: hexadecimal digits, base64, UTF-8 and numbers, each in its one spelling.

/** The bytes of all parts, one after the other. */
export function join(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Whether two byte strings are the same. */
export function same(one, other) {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

/** The lower-case hexadecimal digits of bytes. */
export function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The bytes of lower-case hexadecimal digits, or null if there are not exactly so many. */
export function unhex(text, length) {
  if (text.length !== 2 * length || !/^[0-9a-f]*$/.test(text)) return null;
  return Uint8Array.from({ length }, (_, at) => parseInt(text.slice(2 * at, 2 * at + 2), 16));
}

/** The base64 of bytes, with padding. */
export function base64(bytes) {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

/** The bytes of which `text` is the one base64 spelling, or null. */
export function unbase64(text, length) {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) return null;
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return (length === undefined || bytes.length === length) && base64(bytes) === text ? bytes : null;
}

/** The bytes of a text. */
export function utf8(text) {
  return new TextEncoder().encode(text);
}

/** The text of bytes that are UTF-8, or null. */
export function text(bytes) {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** The number of which `digits` is the one decimal spelling, below 2^53, or null. */
export function number(digits) {
  if (!/^(0|[1-9][0-9]{0,15})$/.test(digits)) return null;
  const value = Number(digits);
  return Number.isSafeInteger(value) && String(value) === digits ? value : null;
}

/** The lines of a text, each of which must end in a line feed, or null. */
export function lines(whole) {
  return whole.endsWith('\n') ? whole.slice(0, -1).split('\n') : null;
}
