// Who may sign checkpoints in one epoch.

import { hex, lines, utf8 } from './bytes.js';
import { COSIGNER_KEY, LOG_KEY, readKey } from './note.js';

const POLICY_BYTES_MAX = 24576;
const VALIDATORS_MAX = 21;

/** How many of so many validators must agree. */
export function quorumOf(validators) {
  return Math.floor((2 * validators) / 3) + 1;
}

function readWitness(line) {
  const found = /^witness ([a-z0-9.-]{1,64}) ([!-~]+)(?: (https?:\/\/[!-~]*))?$/.exec(line);
  if (!found || ['none', 'validators'].includes(found[1]) || (found[3] ?? '').length > 255) return null;
  const cosigner = readKey(COSIGNER_KEY, found[2]);
  return cosigner && { seat: found[1], cosigner };
}

function differ(values) {
  return new Set(values).size === values.length;
}

/** The policy of which `text` is the one spelling, or null: origin, quorum, log keys and seats. */
export function readPolicy(text) {
  const all = utf8(text).length <= POLICY_BYTES_MAX ? lines(text) : null;
  const n = all && all.findIndex((line) => !line.startsWith('log '));
  if (!all || n < 1 || VALIDATORS_MAX < n || all.length !== 2 * n + 2) return null;
  const logs = all.slice(0, n).map((line) => readKey(LOG_KEY, line.slice('log '.length)));
  const seats = all.slice(n, 2 * n).map(readWitness);
  if (logs.includes(null) || seats.includes(null)) return null;
  const [origin, quorum] = [logs[0].name, quorumOf(n)];
  const keyNames = [origin, ...seats.map((it) => it.cosigner.name)];
  const keys = [...logs.map((log) => hex(log.key)), ...seats.map((it) => hex(it.cosigner.key))];
  const isSound =
    logs.every((log) => log.name === origin) &&
    [logs.map((log) => log.id), keys, keyNames, seats.map((it) => it.seat)].every(differ) &&
    all[2 * n] === `group validators ${quorum} ${seats.map((it) => it.seat).join(' ')}` &&
    all[2 * n + 1] === 'quorum validators';
  return isSound ? { origin, quorum, logs, seats, text } : null;
}

/** The seat whose cosigner's key has this name and id, if there is one. */
export function seatOf(policy, { name, id }) {
  return policy.seats.find((it) => it.cosigner.name === name && it.cosigner.id === id);
}
