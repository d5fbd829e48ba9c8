// A receipt and a trusted genesis in, a verdict out: six checks in their order, up to the first that does not hold.

import { Malformed, acceptanceFault, readReceipt } from './checkpoint.js';
import { entryOf } from './entry.js';
import { tipOf, walk } from './epochs.js';
import { genesisFound, timesNotChecked, trustedGenesis } from './genesis.js';
import { digest, leafHash } from './hash.js';
import { inclusionFault } from './merkle.js';
import { seatOf } from './policy.js';
import { documents } from './record.js';
import { signedBy } from './signature.js';
import { isBrowserOlder, plain } from './unicode.js';
import { cannotTell, notVerified, passedOver, reported } from './verdict.js';

const PROOF_AGAIN = 'ask any node for the receipt of this entry again';
const OTHER_VALIDATOR = 'ask another validator for the receipt of this entry';

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

async function validatorsFound({ checkpoint }, trusted, { epochs, tip }, subtle) {
  const term = await walk(trusted, epochs, subtle);
  const { cosignatures, head } = checkpoint;
  // Every epoch has keys of its own, so a later epoch's head has no signer in common with this one.
  if (cosignatures.length > 0 && cosignatures.every((it) => !seatOf(term.policy, it))) {
    const next = 'if validators have changed since, ask for the record of those changes';
    cannotTell("the log's head is signed by no validator of the last epoch that is shown", next);
  }
  const fault = await acceptanceFault(checkpoint, term.policy, subtle);
  if (fault) notVerified(12, `not enough validators signed, or not as the format asks: ${fault}`, OTHER_VALIDATOR);
  const found = seatsFound(checkpoint, term.policy);
  if (tip) return `${found}; in office in epoch ${term.epoch} at block ${tipOf(head, tip, term).get('height')}`;
  if (epochs.length > 0) {
    const next = 'ask any node for the receipt again: it comes with the files seal and seal.path';
    cannotTell("the seal under the log's head is not here, so that nothing shows whose term it was", next);
  }
  return found;
}

/** Which seats signed a checkpoint that the policy accepts. */
export function seatsFound({ cosignatures }, policy) {
  const signed = policy.seats.filter((it) => cosignatures.some((line) => line.name === it.cosigner.name));
  const names = signed.map((it) => it.seat).join(', ');
  return `${signed.length} of ${policy.seats.length} signed, ${policy.quorum} needed: ${names}`;
}

/** What no receipt can show, so that nobody reads more into a verdict than it says. */
function notChecked(file, tip, trusted) {
  return [
    ...(file ? [] : ['any file: none was given']),
    'that the signers held these roles and keys at that time: a dossier shows it',
    "that the outcome follows from the group's rules: a dossier shows it",
    'that no later record withdrew or replaced this one: a dossier shows it',
    ...(tip ? [] : ['that these validators were still in office when they signed']),
    "that the validators' keys belong to the organisations named",
    'that the validators did not tell somebody else another story',
    ...(trusted ? [timesNotChecked(trusted.genesis)] : []),
    ...(isBrowserOlder() ? ['that newer characters are in Unicode Normalization Form C: this browser is too old'] : []),
  ];
}

/**
 * Checks a receipt: `genesis`, `entry` and `proof` are bytes, `file` the identity of a document or null, `epochs` the
 * changes of validators as entries and proofs, `tip` the last seal and its path or null.
 */
export async function checkReceipt({ genesis, entry, proof, file, epochs, tip }, anchor, subtle) {
  let trusted;
  const report = await reported(async (steps) => {
    let read;
    let receipt;
    await steps.take('genesis', () => genesisFound((trusted = trustedGenesis(genesis, anchor))));
    await steps.take('entry', () => entryFound((read = entryOf(entry, trusted.ledger))));
    await steps.take('file', () => (file ? fileFound(file, read.record) : passedOver('none was given')));
    await steps.take('signatures', () => signaturesFound(read, subtle));
    await steps.take('inclusion', () => inclusionFound(entry, (receipt = receiptOf(proof)), trusted.policy));
    await steps.take('validators', () => validatorsFound(receipt, trusted, { epochs, tip }, subtle));
  });
  return { ...report, anchor: anchor || 'none', notChecked: notChecked(file, tip, trusted) };
}
