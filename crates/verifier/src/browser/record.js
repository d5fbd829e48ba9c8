// A record's line, and what the ledger wrote under it.

import { isDigest } from './hash.js';
import { readLine } from './json.js';
import { milliseconds } from './time.js';

const ENTRY_BYTES_MAX = 65535;
const FILE_BYTES_MAX = 49152;
const SIGNERS_MAX = 21;
const VALIDITY_MS_MAX = 30 * 24 * 60 * 60 * 1000;

/** Whether a value is a short lower-case name. */
export function isName(value) {
  return typeof value === 'string' && /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/.test(value);
}

/** Whether a value is the name of a subject. */
export function isSubject(value) {
  return typeof value === 'string' && value.length <= 128 && /^[A-Za-z0-9.-]+(?:\/[A-Za-z0-9.-]+){0,5}$/.test(value);
}

const isText = (value) => typeof value === 'string';
const isNumber = (value) => typeof value === 'number';
const isMoment = (value) => milliseconds(value) !== null;
const isObject = (value) => value instanceof Map;

/** Whether an object has these fields, of these forms, and no others but optional ones. */
function hasFields(object, forms, optional = {}) {
  const known = { ...forms, ...optional };
  return (
    isObject(object) &&
    Object.keys(forms).every((field) => object.has(field)) &&
    [...object].every(([field, value]) => Object.hasOwn(known, field) && known[field](value))
  );
}

/** A line of the ledger or of signers: its fields; 'newer' for another version than 1; or null. */
function read(line, limit, kind, forms, optional) {
  const object = readLine(line, limit);
  if (object === null || object.get('kind') !== kind) return null;
  if (object.get('v') !== 1) return 'newer';
  return hasFields(object, { kind: isText, v: isNumber, ...forms }, optional) ? object : null;
}

function isSigners(value) {
  if (!Array.isArray(value) || value.length < 1 || SIGNERS_MAX < value.length) return false;
  const areSigners = value.every((signer) => hasFields(signer, { as: isName, who: isName }));
  return areSigners && new Set(value.map((it) => `${it.get('as')} ${it.get('who')}`)).size === value.length;
}

/** A record's line: a Map of its fields; 'newer'; or null. */
export function readRecord(line) {
  const times = { at: isMoment, expires: isMoment, signed: isMoment };
  const forms = { ...times, body: isObject, ledger: isDigest, signers: isSigners, type: isText };
  const record = read(line, FILE_BYTES_MAX, 'record', forms, { group: isName });
  if (!isObject(record)) return record;
  const validity = milliseconds(record.get('expires')) - milliseconds(record.get('signed'));
  return 0 < validity && validity <= VALIDITY_MS_MAX ? record : null;
}

function isFinding(value) {
  const isResult = (result) => ['met', 'waived', 'broken', 'noted'].includes(result);
  return hasFields(value, { clause: isText, facts: isObject, result: isResult, rule: isText });
}

/** An outcome line: a Map of its fields; 'newer'; or null. */
export function readOutcome(line) {
  const isFindings = (value) => Array.isArray(value) && value.every(isFinding);
  const isSubjects = (value) => Array.isArray(value) && value.every(isSubject);
  const forms = { findings: isFindings, height: isNumber, subjects: isSubjects, time: isMoment };
  return read(line, ENTRY_BYTES_MAX, 'outcome', forms, { number: isText });
}

/** A seal line: a Map of its fields; 'newer'; or null. */
export function readSeal(line) {
  const isHead = (value) => Array.isArray(value) && value.length === 2 && isNumber(value[0]) && isDigest(value[1]);
  const numbers = { count: isNumber, epoch: isNumber, first: isNumber, height: isNumber };
  const forms = { ...numbers, policy: isDigest, prev: isDigest, slots: isHead, time: isMoment };
  return read(line, ENTRY_BYTES_MAX, 'seal', forms, { proposer: isName });
}

/** Fields of the genesis line, as far as their forms go; 'newer'; or null. */
export function readGenesisLine(line, isAuthority, isValidator) {
  const isClock = (value) => value === 'wall' || value === 'replay';
  const are = (isItem) => (value) => Array.isArray(value) && value.every((item) => isItem(item, hasFields));
  const forms = {
    authorities: are(isAuthority),
    clock: isClock,
    grace_s: isNumber,
    heartbeat_s: (value) => isNumber(value) && 0 < value,
    origin: isText,
    policy: isText,
    time: isMoment,
    validators: are(isValidator),
  };
  return read(line, ENTRY_BYTES_MAX, 'genesis', forms, { notice: isText });
}

/** The parts of an entry: the record file, its first line, its signatures and the outcome line; or why there are none. */
export function splitEntry(entry) {
  if (entry.length > ENTRY_BYTES_MAX) return { fault: 'the entry is larger than a ledger takes' };
  const lastFrom = entry.at(-1) === 0x0a ? entry.lastIndexOf(0x0a, entry.length - 2) + 1 : 0;
  if (entry.length < 2 || lastFrom === 0) {
    return { fault: 'the entry is not a record file and an outcome line, each line ended by a line feed' };
  }
  const file = entry.subarray(0, lastFrom);
  if (file.length > FILE_BYTES_MAX) return { fault: 'the record file is larger than a ledger takes' };
  const lineEnd = file.indexOf(0x0a) + 1;
  return { line: file.subarray(0, lineEnd), armour: file.subarray(lineEnd), outcome: entry.subarray(lastFrom) };
}

const isDocument = (it) => isObject(it) && isDigest(it.get('digest')) && isNumber(it.get('bytes'));
const identity = (it) => ({ digest: it.get('digest'), bytes: it.get('bytes') });

/** The documents that a value names, however deep: every object with a digest and a number of bytes. */
export function documentsWithin(value) {
  const inner = isObject(value) ? [...value.values()] : Array.isArray(value) ? value : [];
  return [...(isDocument(value) ? [identity(value)] : []), ...inner.flatMap(documentsWithin)];
}

/** The documents that a record names, under `document` and `documents` of its body: digest and size. */
export function documents(record) {
  const body = record.get('body');
  const many = body.get('documents');
  const all = [body.get('document'), ...(Array.isArray(many) ? many : [])];
  return all.filter(isDocument).map(identity);
}
