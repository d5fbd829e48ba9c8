// Times as records and the ledger write them.

const LAST_MS = 253402207200000;

/** Milliseconds since 1970 of which `text` is the one spelling, or null. */
export function milliseconds(text) {
  const form = /^([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{3}))?Z$/;
  const found = typeof text === 'string' && form.exec(text);
  if (!found || found[7] === '000') return null;
  const [year, month, day, hour, minute, second, fraction] = found.slice(1).map((digits) => Number(digits ?? 0));
  if (year < 1970) return null;
  const ms = Date.UTC(year, month - 1, day, hour, minute, second, fraction);
  // A day or a second that does not exist comes back as another.
  const rewritten = new Date(ms).toISOString().replace('.000Z', 'Z');
  return rewritten === text && ms <= LAST_MS ? ms : null;
}
