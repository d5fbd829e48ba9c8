// A dossier and a trusted genesis in, a verdict out: twelve checks in their order, but for the rules.

import { same, unhex, utf8 } from './bytes.js';
import { Malformed, acceptanceFault, readCheckpoint, readLegible } from './checkpoint.js';
import { readContainer } from './container.js';
import { commitmentsAfter, readDisclosure } from './disclosure.js';
import { entryOf } from './entry.js';
import { isOfTerm, walk } from './epochs.js';
import { genesisFound, timesNotChecked, trustedGenesis } from './genesis.js';
import { chainHead, digest, leafHash, sha256 } from './hash.js';
import { inclusionFault, isPrefix } from './merkle.js';
import { seatsFound } from './receipt.js';
import { documentsWithin, readSeal } from './record.js';
import { signedBy } from './signature.js';
import { isBrowserOlder, plain } from './unicode.js';
import { cannotTell, notVerified, passedOver, reported } from './verdict.js';

const NEWER = 'use the newest version of the verifier';
const AGAIN = 'ask any node for the dossier of this subject again';
const OTHER_VALIDATOR = 'ask another validator for the dossier of this subject';
const DO_NOT_RELY = 'do not rely on this dossier; ask any validator for the dossier of this subject';
const EVIDENCE = 'keep this dossier as evidence, and ask each validator for its own';
const OF_THIS_LEDGER = 'use a checkpoint of this ledger, as its reports print it';

function genesisOf(dossier, anchor) {
  const trusted = trustedGenesis(dossier.entries[0].entry, anchor);
  const { ledger } = dossier.about;
  if (ledger !== trusted.ledger) {
    notVerified(11, `the dossier says that it is of the ledger ${ledger}, and its genesis is of another`, AGAIN);
  }
  return trusted;
}

function epochsFound({ epoch }) {
  if (epoch === 0) return 'no change: the validators are those of genesis';
  return `${epoch} changes of validators, each signed by the ones before`;
}

/** A checkpoint that the policy accepts, or why it is none. */
async function accepted(bytes, policy, subtle) {
  try {
    const checkpoint = readCheckpoint(readLegible(bytes));
    const fault = await acceptanceFault(checkpoint, policy, subtle);
    return fault ? { fault } : { checkpoint };
  } catch (error) {
    if (error instanceof Malformed) return { fault: error.message };
    throw error;
  }
}

async function checkpointOf(dossier, policy, subtle) {
  const { fault, checkpoint } = await accepted(dossier.checkpoint, policy, subtle);
  if (fault) notVerified(12, `not enough validators signed, or not as the format asks: ${fault}`, OTHER_VALIDATOR);
  return checkpoint;
}

function inclusionFound({ entries }, head) {
  for (const { index, entry, path } of entries) {
    const fault = inclusionFault(leafHash(entry), index, head, path);
    if (fault) notVerified(11, `entry ${index} is not in the log as the dossier says: ${fault}`, AGAIN);
  }
  return `${entries.length} entries are in the log of ${head.size} with root ${digest(head.root)}`;
}

function sealOf({ entries }, head, term) {
  const last = entries.find((it) => it.index === head.size - 1);
  if (!last) {
    const name = `entries/${String(head.size - 1).padStart(16, '0')}`;
    notVerified(16, `the dossier is not whole: ${name} is missing`, DO_NOT_RELY);
  }
  const seal = readSeal(last.entry);
  if (seal === 'newer') cannotTell('the seal line has a format that this verifier does not know', NEWER);
  if (seal === null) notVerified(11, 'the log does not end with a seal', AGAIN);
  if (!isOfTerm(seal, term)) {
    const of = `epoch ${seal.get('epoch')}; the changes of validators lead to epoch ${term.epoch}`;
    notVerified(12, `the seal is of another policy, or of ${of}`, OTHER_VALIDATOR);
  }
  return seal;
}

/** The records of a dossier whose signatures hold; the page draws itself anew from time to time. */
async function recordsOf({ entries }, ledger, head, subtle, progress) {
  const records = [];
  const others = entries.filter(({ index }) => index !== 0 && index !== head.size - 1);
  for (const [at, { index, entry }] of others.entries()) {
    const named = (reason) => `entry ${index}: ${reason}`;
    const read = entryOf(entry, ledger, named);
    const signers = read.record.get('signers');
    const { fault } = await signedBy(read.line, read.armour, signers, subtle);
    if (fault) {
      const next = 'do not rely on the record; ask its signers and any validator for the original';
      notVerified(13, named(fault), next);
    }
    records.push({ index, entry, signatures: signers.length, ...read });
    if (at % 32 === 31) {
      progress(at / others.length);
      await new Promise((resolve) => setTimeout(resolve));
    }
  }
  return records;
}

/** The chains that the entries give, by subject: count and head. */
function chainsHeld(dossier, genesis, records) {
  const held = new Map();
  const founding = ['validators', ...genesis.get('authorities').map((it) => `organization/${it.get('who')}`)];
  const first = { entry: dossier.entries[0].entry, subjects: new Set(founding) };
  const others = records.map(({ entry, outcome }) => ({ entry, subjects: outcome.get('subjects') }));
  for (const { entry, subjects } of [first, ...others]) {
    const leaf = leafHash(entry);
    for (const subject of subjects) {
      const { count, head } = held.get(subject) ?? { count: 0, head: new Uint8Array(32) };
      held.set(subject, { count: count + 1, head: chainHead(head, leaf) });
    }
  }
  return held;
}

function completenessFound(dossier, genesis, records, seal) {
  const [size, root] = seal.get('slots');
  const slots = { size, root: unhex(root.slice('sha256:'.length), 32) };
  for (const { index, leaf, path, subject } of dossier.slots) {
    const fault = inclusionFault(leafHash(leaf), index, slots, path);
    if (fault) notVerified(11, `the slot of ${subject} is not in the ledger as the dossier says: ${fault}`, AGAIN);
  }
  const counted = new Map();
  for (const slot of dossier.slots) {
    if (counted.has(slot.subject)) notVerified(14, `two slots are of ${slot.subject}`, EVIDENCE);
    counted.set(slot.subject, slot);
  }
  const held = chainsHeld(dossier, genesis, records);
  const { subject: own } = dossier.about;
  for (const subject of [...[...held.keys()].sort(), own]) {
    if (!counted.has(subject)) {
      notVerified(16, `records about ${subject} may have been left out: its slot is missing`, DO_NOT_RELY);
    }
  }
  for (const subject of [...counted.keys()].sort()) {
    const { count, head } = counted.get(subject);
    const found = held.get(subject) ?? { count: 0, head: new Uint8Array(32) };
    if (found.count < count) {
      const short = `the dossier holds ${found.count} of ${count} entries`;
      notVerified(16, `records about ${subject} were left out: ${short}`, DO_NOT_RELY);
    }
    if (count < found.count) {
      notVerified(14, `the ledger counts ${count} entries about ${subject}, and ${found.count} are in its log`, EVIDENCE);
    }
    if (!same(found.head, head)) {
      notVerified(14, `the entries about ${subject} are not those that the ledger says`, EVIDENCE);
    }
  }
  const all = `all ${counted.get(own).count} entries about ${own}, and all of ${counted.size} chains`;
  return `nothing is left out: ${all}`;
}

/** The documents that nobody has given, of those that the subject's records name. */
function documentsNotGiven(dossier, records, files) {
  const { subject } = dossier.about;
  const key = (it) => `${it.digest} of ${it.bytes} bytes`;
  const named = new Map();
  for (const { record, outcome } of records) {
    if (!outcome.get('subjects').includes(subject)) continue;
    for (const it of documentsWithin([...record.get('body').values()])) named.set(key(it), it.digest);
  }
  const held = dossier.documents.map(({ name, content }) => {
    const found = { digest: digest(sha256(content)), bytes: content.length };
    if (found.digest !== `sha256:${name}`) {
      const next = 'compare with the documents that the records name, or ask where this copy came from';
      notVerified(10, `a document in the dossier is named sha256:${name}, and is ${key(found)}`, next);
    }
    return found;
  });
  for (const it of [...files, ...held]) {
    if (!named.has(key(it))) {
      const next = 'compare with the documents that the records name, or ask where this copy came from';
      notVerified(10, `this is no document that a record of ${subject} names: ${key(it)}`, next);
    }
  }
  for (const it of [...files, ...held]) named.delete(key(it));
  return [...named.values()];
}

function documentsFound({ documents }, files, notGiven) {
  const given = documents.length + files.length;
  if (given === 0) return passedOver('none was given');
  if (notGiven.length === 0) return `${given} were given, and are the recorded ones`;
  return `${given} were given, and are recorded ones; ${notGiven.length} were not given`;
}

function disclosed({ disclosures }, records) {
  const inForce = commitmentsAfter(records);
  return disclosures.map(({ name, content }) => {
    const next = 'ask whoever disclosed it for the disclosure in force';
    const found = readDisclosure(content);
    if (found?.commitment !== name) notVerified(10, 'a disclosure does not hold: it opens no such commitment', next);
    if (inForce.get(found.subject)?.get(found.field) !== `sha256:${name}`) {
      notVerified(10, `a disclosure opens sha256:${name}, which is no commitment in force in these records`, next);
    }
    return found;
  });
}

function notGrown(old) {
  notVerified(14, `the log of ${old.size} entries is not the beginning of this one`, EVIDENCE);
}

/** The older head from which the log has only grown, or null if none was given. */
async function grownFrom(dossier, checkpoint, term, reader, subtle) {
  const { head } = checkpoint;
  /** An older checkpoint, which a quorum of some epoch so far has signed. */
  const older = async (bytes) => {
    const found = await accepted(bytes, term.policy, subtle);
    for (const policy of term.earlier) {
      const other = await accepted(bytes, policy, subtle);
      if (other.checkpoint) return other;
    }
    return found;
  };
  let grown = null;
  if (dossier.since) {
    const { fault, checkpoint: found } = await older(dossier.since.checkpoint);
    if (fault) notVerified(12, `the older checkpoint is not signed by a quorum: ${fault}`, OF_THIS_LEDGER);
    if (!isPrefix(found.head, head, dossier.since.path)) notGrown(found.head);
    grown = found.head;
  }
  if (!reader) return grown;
  const { fault, checkpoint: own } = await older(reader);
  if (fault) cannotTell(`your older checkpoint is none of this ledger's: ${fault}`, OF_THIS_LEDGER);
  const { size } = own.head;
  if (head.size < size) {
    const next = 'fetch the dossier again: yours is older than your checkpoint';
    cannotTell(`your checkpoint has ${size} entries, more than the dossier's`, next);
  }
  if (size !== head.size && grown?.size !== size) {
    const next = 'fetch the dossier with --since and that checkpoint';
    cannotTell(`the dossier does not say how the log grew from your checkpoint of ${size} entries`, next);
  }
  if (!isPrefix(own.head, head, size === head.size ? [] : dossier.since.path)) notGrown(own.head);
  return own.head;
}

/** What the subject's records say, a line each, and the rules that they did not meet. */
function account({ about }, records, opened) {
  const own = records.filter(({ outcome }) => outcome.get('subjects').includes(about.subject));
  const lines = own.flatMap(({ index, record, outcome }) => {
    const number = outcome.has('number') ? ` ${plain(outcome.get('number'))}` : '';
    const by = record.get('signers').map((it) => `${it.get('as')} ${it.get('who')}`).join(', ');
    const findings = outcome.get('findings').filter((it) => ['broken', 'waived'].includes(it.get('result')));
    return [
      `${index} ${plain(record.get('type'))}${number} at ${outcome.get('time')} by ${by}`,
      ...findings.map((it) => plain(`rule ${it.get('rule')} ${it.get('result')} in entry ${index} (${it.get('clause')})`)),
    ];
  });
  return [...opened.map((it) => plain(`${it.field} of ${it.pid}: ${it.value}`)), ...lines];
}

function notChecked({ trusted, notGiven }) {
  return [
    "that the outcomes follow from the group's rules: plenary verify checks it",
    ...(notGiven.length > 0 ? [`documents that were not given: ${notGiven.join(', ')}`] : []),
    'that each subject has one slot: a quorum of the validators enforced it',
    "that the validators' keys belong to the organisations named",
    'that the validators did not tell somebody else another story',
    ...(trusted ? [timesNotChecked(trusted.genesis)] : []),
    ...(isBrowserOlder() ? ['that newer characters are in Unicode Normalization Form C: this browser is too old'] : []),
  ];
}

/** Checks a dossier's bytes; `files` are identities of documents, `since` the bytes of an older checkpoint or null. */
export async function checkDossier({ dossier: bytes, files, since }, anchor, subtle, progress) {
  const told = { notGiven: [], shown: [] };
  const report = await reported(async (steps) => {
    let [dossier, term, checkpoint, seal, records, opened] = [];
    await steps.take('container', () => {
      dossier = readContainer(bytes);
      const { entries, slots, about } = dossier;
      return `is a dossier of ${about.subject}: ${entries.length} entries, ${slots.length} chains`;
    });
    await steps.take('genesis', () => genesisFound((told.trusted = genesisOf(dossier, anchor))));
    const { ledger, genesis } = told.trusted;
    await steps.take('epochs', async () => epochsFound((term = await walk(told.trusted, dossier.epochs, subtle))));
    await steps.take('validators', async () => {
      checkpoint = await checkpointOf(dossier, term.policy, subtle);
      return seatsFound(checkpoint, term.policy);
    });
    await steps.take('inclusion', () => inclusionFound(dossier, checkpoint.head));
    await steps.take('seal', () => {
      seal = sealOf(dossier, checkpoint.head, term);
      return `closes block ${seal.get('height')} at ${seal.get('time')}, in epoch ${seal.get('epoch')}`;
    });
    await steps.take('signatures', async () => {
      records = await recordsOf(dossier, ledger, checkpoint.head, subtle, progress);
      const signatures = records.reduce((total, it) => total + it.signatures, 0);
      return `hold: ${signatures} under ${records.length} records`;
    });
    await steps.take('completeness', () => completenessFound(dossier, genesis, records, seal));
    await steps.take('rules', () => passedOver('plenary verify checks them'));
    await steps.take('documents', () => {
      told.notGiven = documentsNotGiven(dossier, records, files);
      return documentsFound(dossier, files, told.notGiven);
    });
    await steps.take('disclosures', () => {
      opened = disclosed(dossier, records);
      return opened.length === 0
        ? passedOver('none was given')
        : `${opened.length} open commitments that are in force`;
    });
    await steps.take('since', async () => {
      const old = await grownFrom(dossier, checkpoint, term, since, subtle);
      if (old === null) return passedOver('no older checkpoint was given');
      return `the log of ${old.size} entries with root ${digest(old.root)} has only grown`;
    });
    told.shown = account(dossier, records, opened);
  });
  return { ...report, anchor: anchor || 'none', notChecked: notChecked(told), shown: told.shown };
}
