// Canonical JSON lines: RFC 8785, restricted so that a text has one spelling.

import { number, text, utf8 } from './bytes.js';
import { isAssigned, isNormalized } from './unicode.js';

const DEPTH_MAX = 16;

/** Thrown where a line is not canonical; never leaves this module. */
class Malformed extends Error {}

class Reader {
  constructor(line) {
    this.line = line;
    this.at = 0;
  }

  take(character) {
    if (this.line[this.at] !== character) throw new Malformed();
    this.at += 1;
  }

  value(depth) {
    switch (this.line[this.at]) {
      case '{':
        return this.object(depth);
      case '[':
        return this.array(depth);
      case '"':
        return this.text();
      default:
        return this.word();
    }
  }

  object(depth) {
    if (depth === 0) throw new Malformed();
    const object = new Map();
    this.take('{');
    let last = '';
    while (this.line[this.at] !== '}') {
      if (object.size > 0) this.take(',');
      const from = this.at;
      const key = this.text();
      // As it was written, without escapes; in ascending order, and so none twice.
      if (!/^"[!#-[\]-~]+"$/.test(this.line.slice(from, this.at)) || key <= last) throw new Malformed();
      last = key;
      this.take(':');
      object.set(key, this.value(depth - 1));
    }
    this.take('}');
    return object;
  }

  array(depth) {
    if (depth === 0) throw new Malformed();
    const items = [];
    this.take('[');
    while (this.line[this.at] !== ']') {
      if (items.length > 0) this.take(',');
      items.push(this.value(depth - 1));
    }
    this.take(']');
    return items;
  }

  text() {
    const literal = /"([^"\\]*(?:\\["\\n][^"\\]*)*)"/y;
    literal.lastIndex = this.at;
    const found = literal.exec(this.line);
    if (found === null) throw new Malformed();
    this.at = literal.lastIndex;
    const value = found[1].replace(/\\(.)/g, (_, escaped) => (escaped === 'n' ? '\n' : escaped));
    if (!isAssigned(value) || !isNormalized(value)) throw new Malformed();
    return value;
  }

  word() {
    const literal = /true|false|[0-9]+/y;
    literal.lastIndex = this.at;
    const found = literal.exec(this.line);
    if (found === null) throw new Malformed();
    this.at = literal.lastIndex;
    if (found[0] === 'true' || found[0] === 'false') return found[0] === 'true';
    const value = number(found[0]);
    if (value === null) throw new Malformed();
    return value;
  }
}

/** The object of one canonical line that ends with a line feed, as a Map; null for every other spelling. */
export function readLine(bytes, limit) {
  if (bytes.length > limit || bytes.at(-1) !== 0x0a) return null;
  const line = text(bytes.subarray(0, -1));
  // No control characters: what a line feed in a text is written as is read below.
  if (line === null || /[\u0000-\u001f\u007f-\u009f]/.test(line)) return null;
  const reader = new Reader(line);
  try {
    const object = reader.object(DEPTH_MAX);
    return reader.at === line.length ? object : null;
  } catch (error) {
    if (error instanceof Malformed) return null;
    throw error;
  }
}

/** The canonical bytes of an array of texts, without a line feed. */
export function writeTexts(texts) {
  const literal = (value) => `"${value.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`;
  return utf8(`[${texts.map(literal).join(',')}]`);
}
