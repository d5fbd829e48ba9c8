// Disclosures: what opens a commitment, and which commitments are in force.

import { hex, unhex } from './bytes.js';
import { hmac } from './hash.js';
import { readLine, writeTexts } from './json.js';
import { isName } from './record.js';

const DISCLOSURE_BYTES_MAX = 2048;
const VALUE_BYTES_MAX = 512;
const FIELDS = ['name', 'title', 'email', 'affiliation'];

/** What a request for erasure of this scope covers. */
const SCOPES = { all: FIELDS, 'all-but-name': FIELDS.slice(1) };

/** A disclosure's subject, field, value and the commitment that it opens; or null. */
export function readDisclosure(line) {
  const read = readLine(line, DISCLOSURE_BYTES_MAX);
  if (read === null || read.size !== 7 || read.get('kind') !== 'disclosure' || read.get('v') !== 1) return null;
  const [group, pid, field, value, salt] = ['group', 'pid', 'field', 'value', 'salt'].map((name) => read.get(name));
  const key = typeof salt === 'string' ? unhex(salt, 32) : null;
  const isPid = typeof pid === 'string' && /^[0-9a-f]{32}$/.test(pid);
  if (!isName(group) || !isPid || !FIELDS.includes(field) || key === null || typeof value !== 'string') return null;
  const bytes = new TextEncoder().encode(value).length;
  if (bytes < 1 || VALUE_BYTES_MAX < bytes || value.includes('\n') || isBlankAround(value)) return null;
  const commitment = hex(hmac(key, writeTexts(['plenary/identity/v1', group, pid, field, value])));
  return { subject: `${group}/participant/${pid}`, pid, field, value, commitment };
}

/** Whether a text begins or ends with a blank (White_Space of Unicode). */
function isBlankAround(value) {
  return /^\p{White_Space}|\p{White_Space}$/u.test(value);
}

/** The commitments in force after these records, by participant and field. */
export function commitmentsAfter(records) {
  const inForce = new Map();
  for (const { record } of records) {
    const body = record.get('body');
    const of = (pid) => `${record.get('group')}/participant/${pid}`;
    const commitments = body.get('commitments') instanceof Map ? body.get('commitments') : new Map();
    switch (record.get('type')) {
      case 'participant.enroll':
        inForce.set(of(body.get('pid')), new Map(commitments));
        break;
      case 'participant.rectify':
        for (const [field, it] of commitments) inForce.get(of(body.get('participant')))?.set(field, it);
        break;
      case 'erasure.request':
        for (const field of SCOPES[body.get('scope')] ?? []) inForce.get(of(body.get('participant')))?.delete(field);
        break;
      default:
    }
  }
  return inForce;
}
