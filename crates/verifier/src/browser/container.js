// The files of a dossier: which there are, that none is missing, and what those say that nothing proves by itself.

import { readArchive } from './archive.js';
import { lines, number, text, unhex } from './bytes.js';
import { readHashes, readPlace } from './checkpoint.js';
import { isDigest } from './hash.js';
import { readLine } from './json.js';
import { isSubject } from './record.js';
import { cannotTell, notVerified } from './verdict.js';

const ABOUT_BYTES_MAX = 1024;
const [HEX, INDEX] = ['[0-9a-f]{64}', '[0-9]{16}'];
const NAMES = new RegExp(
  `^(?:about|checkpoint|disclosures/${HEX}|documents/${HEX}|entries/${INDEX}|epochs/[0-9]{4}\\.(?:entry|proof)` +
    `|paths/${INDEX}|since/(?:checkpoint|path)|slot-paths/${INDEX}|slots/${INDEX})$`,
);

function malformed(problem) {
  notVerified(11, `the dossier is malformed: ${problem}`, 'fetch the dossier again: an archive packed anew may differ');
}

function missing(name) {
  const next = 'do not rely on this dossier; ask any validator for the dossier of this subject';
  notVerified(16, `the dossier is not whole: ${name} is missing`, next);
}

function readAbout(line) {
  const about = readLine(line, ABOUT_BYTES_MAX);
  if (about?.get('kind') !== 'dossier') malformed('about');
  if (about.get('v') !== 1) {
    cannotTell('the dossier has a format that this verifier does not know', 'use the newest version of the verifier');
  }
  if (about.size !== 4 || !isDigest(about.get('ledger')) || !isSubject(about.get('subject'))) malformed('about');
  return { ledger: about.get('ledger'), subject: about.get('subject') };
}

/** A path whose first line is the index in the file's name. */
function readPath(name, bytes, index) {
  const place = readPlace(bytes);
  if (place?.index !== index) malformed(`${name} is not the path of ${index}`);
  return place.path;
}

function readSlot(name, leaf) {
  const [subject, digits, head, ...more] = lines(text(leaf) ?? '') ?? [];
  const [count, hash] = [number(digits ?? ''), unhex(head ?? '', 32)];
  if (!isSubject(subject) || count === null || hash === null || more.length > 0) malformed(`${name} is no slot`);
  return { subject, count, head: hash, leaf };
}

/** Reads a dossier, each of whose files belongs to another or stands by itself. Stops where it is none. */
export function readContainer(bytes) {
  const files = readArchive(bytes);
  if (typeof files === 'string') malformed(files);
  // A format of another version may have other files.
  const about = files.has('about') && readAbout(files.get('about'));
  for (const name of files.keys()) if (!NAMES.test(name)) malformed(`${name} is no file of a dossier`);
  const need = (name) => files.get(name) ?? missing(name);
  need('about');
  const all = (folder) => [...files].filter(([name]) => name.startsWith(`${folder}/`));
  const numbered = (folder, paths, read) =>
    all(folder).map(([name, content]) => {
      const digits = name.slice(folder.length + 1);
      const index = number(digits.replace(/^0+(?=.)/, ''));
      if (index === null) malformed(name);
      const path = readPath(`${paths}/${digits}`, need(`${paths}/${digits}`), index);
      return { index, path, ...read(name, content) };
    });
  const checkpoint = need('checkpoint');
  const entries = numbered('entries', 'paths', (_, entry) => ({ entry }));
  const slots = numbered('slots', 'slot-paths', readSlot);
  need('entries/0000000000000000');
  // What stands alone belongs to something that is not there.
  for (const [of, to] of [['paths', 'entries'], ['slot-paths', 'slots']]) {
    all(of).forEach(([name]) => need(name.replace(of, to)));
  }
  const epochs = Array.from({ length: Math.ceil(all('epochs').length / 2) }, (_, at) => {
    const name = `epochs/${String(at + 1).padStart(4, '0')}`;
    return { entry: need(`${name}.entry`), proof: need(`${name}.proof`) };
  });
  let since = null;
  if (all('since').length > 0) {
    since = { checkpoint: need('since/checkpoint'), path: readHashes(text(need('since/path')) ?? ' ') };
    if (since.path === null) malformed('since/path is no path');
  }
  const named = (folder) => all(folder).map(([name, content]) => ({ name: name.slice(folder.length + 1), content }));
  return {
    about,
    checkpoint,
    entries,
    slots,
    epochs,
    since,
    documents: named('documents'),
    disclosures: named('disclosures'),
  };
}
