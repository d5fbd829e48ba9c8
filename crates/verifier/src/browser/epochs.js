// The walk from the genesis line to the validators who signed: one change after another.

import { hex, utf8 } from './bytes.js';
import { Malformed, acceptanceFault, readPlace, readReceipt } from './checkpoint.js';
import { entryOf } from './entry.js';
import { digest, leafHash, sha256 } from './hash.js';
import { inclusionFault } from './merkle.js';
import { readPolicy } from './policy.js';
import { readSeal } from './record.js';
import { Stop, notVerified } from './verdict.js';

const CHANGE = 'validators.change';
const NEXT = 'ask another validator for it, with every change of validators before it';

/** The receipt of a change under the policy of the epoch before it, or why it does not hold. */
async function receiptFault(entry, proof, policy, subtle) {
  try {
    const { index, path, checkpoint } = readReceipt(proof);
    const fault = inclusionFault(leafHash(entry), index, checkpoint.head, path);
    return fault ?? (await acceptanceFault(checkpoint, policy, subtle));
  } catch (error) {
    if (error instanceof Malformed) return error.message;
    throw error;
  }
}

/** A change's record; whatever is wrong with it speaks against the change. */
function changeOf(entry, ledger, refuse) {
  try {
    return entryOf(entry, ledger).record;
  } catch (error) {
    if (error instanceof Stop && error.word === 'NOT VERIFIED') refuse(error.message);
    throw error;
  }
}

/** The epoch that changes of validators lead to: its number, its policy and the policies before it. */
export async function walk({ ledger, policy: first }, changes, subtle) {
  const earlier = [];
  const spent = new Set();
  let policy = first;
  for (const [at, { entry, proof }] of changes.entries()) {
    const number = at + 1;
    const refuse = (fault) => notVerified(12, `the change of validators to epoch ${number}: ${fault}`, NEXT);
    const record = changeOf(entry, ledger, refuse);
    if (record.get('type') !== CHANGE) refuse('the record is another, and changes no validators');
    if (record.get('body').get('epoch') !== number) refuse(`the record is not that of epoch ${number}`);
    const text = record.get('body').get('policy');
    const next = typeof text === 'string' ? readPolicy(text) : null;
    if (next === null) refuse('its policy cannot be read');
    if (next.origin !== policy.origin) refuse('its policy is that of another log');
    policy.seats.forEach((it) => spent.add(hex(it.cosigner.key)));
    if (next.seats.some((it) => spent.has(hex(it.cosigner.key)))) {
      refuse('its policy has a cosigning key of an earlier epoch');
    }
    const fault = await receiptFault(entry, proof, policy, subtle);
    if (fault) refuse(`it is not in the log that the validators before it signed: ${fault}`);
    earlier.push(policy);
    policy = next;
  }
  return { epoch: changes.length, policy, earlier };
}

/** Whether a seal names the epoch that was walked to, and its policy. */
export function isOfTerm(seal, { epoch, policy }) {
  return seal.get('epoch') === epoch && seal.get('policy') === digest(sha256(utf8(policy.text)));
}

/** The seal that closes the log with this head, if it is of the epoch that was walked to. Stops where it is not. */
export function tipOf(head, { seal: line, path: text }, term) {
  const refuse = (code, fault) =>
    notVerified(code, `the head of the log is not of the epoch of its validators: ${fault}`, NEXT);
  const place = readPlace(text);
  if (place === null) refuse(11, 'the path to the seal cannot be read');
  if (place.index !== head.size - 1) refuse(11, `the seal is entry ${place.index}, and the last of ${head.size} closes the log`);
  const fault = inclusionFault(leafHash(line), place.index, head, place.path);
  if (fault) refuse(11, `the seal is not proven to be in the log: ${fault}`);
  const seal = readSeal(line);
  if (!(seal instanceof Map)) refuse(11, 'it is no seal');
  if (!isOfTerm(seal, term)) refuse(12, `the seal is of epoch ${seal.get('epoch')}, not of epoch ${term.epoch}, or of another policy`);
  return seal;
}
