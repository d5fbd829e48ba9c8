// A receipt and a trusted genesis in, a verdict out: six checks in their order, up to the first that does not hold.

import { Malformed, acceptanceFault, readReceipt } from './checkpoint.js';
import { genesisFound, timesNotChecked, trustedGenesis } from './genesis.js';
import { digest, leafHash } from './hash.js';
import { inclusionFault } from './merkle.js';
import { seatOf } from './policy.js';
import { documents, readOutcome, readRecord, splitEntry } from './record.js';
import { signedBy } from './signature.js';
import { isBrowserOlder, plain } from './unicode.js';
import { cannotTell, notVerified, reported } from './verdict.js';

const NEWER = 'use the newest version of the verifier';
const ENTRY_AGAIN = 'fetch the entry again as a file, since mail and editors change line ends';
const PROOF_AGAIN = 'ask any node for the receipt of this entry again';
const OTHER_VALIDATOR = 'ask another validator for the receipt of this entry';

/** A record of this ledger and its outcome; stops where an entry is none, with a reason that `named` completes. */
export function entryOf(bytes, ledger, named = (reason) => reason) {
  const { fault, line, armour, outcome: written } = splitEntry(bytes);
  if (fault) notVerified(11, named(fault), ENTRY_AGAIN);
  const record = readRecord(line);
  if (record === 'newer') cannotTell("the record's line has a format that this verifier does not know", NEWER);
  if (record === null) notVerified(11, named('the record is malformed'), ENTRY_AGAIN);
  const outcome = readOutcome(written);
  if (outcome === 'newer') cannotTell('the outcome line has a format that this verifier does not know', NEWER);
  if (outcome === null) notVerified(11, named('the outcome is malformed'), ENTRY_AGAIN);
  if (record.get('ledger') !== ledger) {
    const next = 'use the genesis of the ledger that the record names';
    notVerified(11, named(`the record was signed for the ledger ${record.get('ledger')}, not for this one`), next);
  }
  return { line, armour, record, outcome };
}

function entryFound({ record, outcome }) {
  const number = outcome.has('number') ? ` as ${plain(outcome.get('number'))}` : '';
  const block = `in block ${outcome.get('height')} at ${outcome.get('time')}`;
  return `is a record ${plain(record.get('type'))} that the ledger took${number} ${block}`;
}

function fileFound(file, record) {
  const recorded = documents(record);
  const said = (it) => `${it.digest} of ${it.bytes} bytes`;
  if (recorded.length === 0) {
    const next = 'look for the record that names this file, or check the receipt without the file';
    notVerified(10, 'this is not a recorded file: the record names no document', next);
  }
  if (!recorded.some((it) => it.digest === file.digest && it.bytes === file.bytes)) {
    const names = recorded.map(said).join(', ');
    const next = 'compare with the other revisions of the document, or ask where this copy came from';
    notVerified(10, `this is not the recorded file: yours is ${said(file)}; the record names ${names}`, next);
  }
  return `is the recorded file, ${said(file)}`;
}

async function signaturesFound({ line, armour, record }, subtle) {
  const signers = record.get('signers');
  const { fault, fingerprints } = await signedBy(line, armour, signers, subtle);
  if (fault) notVerified(13, fault, 'do not rely on the record; ask its signers and any validator for the original');
  const each = signers.map((it, at) => `${it.get('as')} ${it.get('who')} with ${fingerprints[at]}`);
  return `hold: ${each.join(', ')}`;
}

function receiptOf(bytes) {
  try {
    return readReceipt(bytes);
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    if (error.inSignatures) notVerified(12, `the checkpoint is malformed: ${error.message}`, OTHER_VALIDATOR);
    return notVerified(11, `the proof is malformed: ${error.message}`, PROOF_AGAIN);
  }
}

function inclusionFound(entry, { index, path, checkpoint }, policy) {
  const { origin, head } = checkpoint;
  if (origin !== policy.origin) notVerified(11, "the proof is of another log, not of this ledger's", PROOF_AGAIN);
  const fault = inclusionFault(leafHash(entry), index, head, path);
  if (fault) notVerified(11, `the entry is not where the proof says: ${fault}`, PROOF_AGAIN);
  return `entry ${index} of ${head.size} is in the log with root ${digest(head.root)}`;
}

async function validatorsFound({ checkpoint }, policy, subtle) {
  const { cosignatures } = checkpoint;
  // Every epoch has keys of its own, so a later epoch's head has no signer in common with genesis.
  if (cosignatures.length > 0 && cosignatures.every((it) => !seatOf(policy, it))) {
    const next = 'if validators have changed since genesis, ask for the record of those changes';
    cannotTell("the log's head is signed by no validator that genesis names", next);
  }
  const fault = await acceptanceFault(checkpoint, policy, subtle);
  if (fault) notVerified(12, `not enough validators signed, or not as the format asks: ${fault}`, OTHER_VALIDATOR);
  return seatsFound(checkpoint, policy);
}

/** Which seats signed a checkpoint that the policy accepts. */
export function seatsFound({ cosignatures }, policy) {
  const signed = policy.seats.filter((it) => cosignatures.some((line) => line.name === it.cosigner.name));
  const names = signed.map((it) => it.seat).join(', ');
  return `${signed.length} of ${policy.seats.length} signed, ${policy.quorum} needed: ${names}`;
}

/** What no receipt can show, so that nobody reads more into a verdict than it says. */
function notChecked(file, trusted) {
  return [
    ...(file ? [] : ['any file: none was given']),
    'that the signers held these roles and keys at that time: a dossier shows it',
    "that the outcome follows from the group's rules: a dossier shows it",
    'that no later record withdrew or replaced this one: a dossier shows it',
    'that these validators were still in office when they signed',
    "that the validators' keys belong to the organisations named",
    'that the validators did not tell somebody else another story',
    ...(trusted ? [timesNotChecked(trusted.genesis)] : []),
    ...(isBrowserOlder() ? ['that newer characters are in Unicode Normalization Form C: this browser is too old'] : []),
  ];
}

/** Checks a receipt: `genesis`, `entry` and `proof` are bytes, `file` the identity of a document or null. */
export async function checkReceipt({ genesis, entry, proof, file }, anchor, subtle) {
  let trusted;
  const report = await reported(async (steps) => {
    let read;
    let receipt;
    await steps.take('genesis', () => genesisFound((trusted = trustedGenesis(genesis, anchor))));
    await steps.take('entry', () => entryFound((read = entryOf(entry, trusted.ledger))));
    if (file) await steps.take('file', () => fileFound(file, read.record));
    else steps.pass('file', 'none was given');
    await steps.take('signatures', () => signaturesFound(read, subtle));
    await steps.take('inclusion', () => inclusionFound(entry, (receipt = receiptOf(proof)), trusted.policy));
    await steps.take('validators', () => validatorsFound(receipt, trusted.policy, subtle));
  });
  return { ...report, anchor: anchor || 'none', notChecked: notChecked(file, trusted) };
}
