// The page: takes files, has them checked, and shows the verdict.

import { checkDossier } from './dossier.js';
import { fileIdentity } from './hash.js';
import { PARTS, dropped, partOf, sizeOf } from './held.js';
import { checkReceipt } from './receipt.js';

const RECEIPT = ['genesis', 'entry', 'proof'];
/** More than any part of a receipt may have: what is longer is refused by its length. */
const PART_BYTES_MAX = 70000;
const DOSSIER_BYTES_MAX = 300000000;
const MARKS = { VERIFIED: '✓', 'NOT VERIFIED': '✗', 'CANNOT TELL': '?' };

const at = (id) => document.getElementById(id);
/** The files that are held: one of each part, and of documents as many as a dossier's reader has. */
const held = new Map();
let runs = 0;

function element(name, { text = '', ...attributes } = {}, ...children) {
  const made = document.createElement(name);
  made.textContent = text;
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  made.append(...children);
  return made;
}

/** Takes a file as a part; a receipt is of one document, a dossier of many. */
function hold(part, file) {
  const isMore = part === 'epochs' || (part === 'document' && held.has('dossier'));
  const others = (held.get(part) ?? []).filter((other) => isMore && other.name !== file.name);
  held.set(part, [...others, file]);
}

function removal(part, file) {
  const button = element('button', { type: 'button', text: 'Remove', 'aria-label': `Remove ${file.name}` });
  button.addEventListener('click', () => {
    const others = held.get(part).filter((other) => other !== file);
    if (others.length > 0) held.set(part, others);
    else held.delete(part);
    changed();
    at('files').focus();
  });
  return button;
}

function picker(part) {
  const input = element('input', { type: 'file', id: `pick-${part}` });
  input.addEventListener('change', () => {
    if (input.files.length > 0) hold(part, input.files[0]);
    changed();
    at('held').querySelector(`.of-${part} button`)?.focus();
  });
  const label = element('label', { for: input.id, text: 'Choose', 'aria-label': `Choose ${PARTS[part]}` });
  return element('span', { class: 'pick' }, input, label);
}

function row(part, file) {
  const missing = RECEIPT.includes(part) ? 'missing' : 'none: optional';
  const what = element('span', { class: 'what', text: PARTS[part] });
  const name = element('span', { class: 'file', text: file ? `${file.name}, ${sizeOf(file)}` : missing });
  const acts = element('span', { class: 'acts' }, file ? removal(part, file) : picker(part));
  return element('li', { class: `of-${part}` }, what, name, acts);
}

function showHeld() {
  const terms = ['seal', 'path', 'epochs'].filter((part) => held.has(part));
  const parts = held.has('dossier') ? ['dossier', 'document', 'since'] : [...RECEIPT, 'document', ...terms];
  const rows = parts.flatMap((part) => (held.get(part) ?? [undefined]).map((file) => row(part, file)));
  at('held').replaceChildren(...(held.size > 0 ? rows : []));
}

/** A finding, in which hashes are set apart. */
function finding(text) {
  const parts = text.split(/((?:sha256:[0-9a-f]{64}|SHA256:[A-Za-z0-9+/]{43}))/);
  return parts.map((part, at) => (at % 2 === 1 ? element('code', { text: part }) : part));
}

/** A reason as a sentence. */
function sentence(text) {
  return text === '' ? '' : `${text[0].toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`;
}

function showStep(step, word) {
  const failed = { 'NOT VERIFIED': ['failed', '✗ does not hold'], 'CANNOT TELL': ['unsure', '? cannot tell'] }[word];
  const [kind, mark] = step.isPassed ? ['passed', '– passed over'] : step.holds ? ['held', '✓ holds'] : failed;
  const name = element('span', { class: 'name', text: step.name }, element('span', { class: 'mark-word', text: mark }));
  const number = element('span', { class: 'number', text: String(step.number) });
  return element('li', { class: kind }, number, name, element('span', { class: 'found' }, ...finding(step.found)));
}

function showList(id, texts) {
  at(id).replaceChildren(...texts.map((text) => element('li', { text })));
}

function show(report) {
  const section = at('verdict');
  if (report.word) section.dataset.word = report.word;
  else delete section.dataset.word;
  section.dataset.code = report.code ?? '';
  at('word').textContent = report.word ? `${MARKS[report.word]} ${report.word}` : 'No verdict yet';
  at('reason').replaceChildren(...finding(sentence(report.reason || 'every check that was made holds')));
  at('next').textContent = sentence(report.next ?? '');
  at('steps').replaceChildren(...(report.steps ?? []).map((step) => showStep(step, report.word)));
  showList('not-checked', report.notChecked ?? []);
  showList('shown-list', report.shown ?? []);
  at('shown').hidden = !report.shown?.length;
  at('trusted').textContent = report.anchor ?? '';
  const how = globalThis.crypto?.subtle
    ? 'Signatures are checked with this browser’s own cryptography.'
    : 'This address offers no cryptography of the browser’s own, so the library in this page checks signatures.';
  at('means').textContent = how;
  at('rest').hidden = !report.word;
}

async function bytesOf(part, limit, [file] = held.get(part)) {
  return new Uint8Array(await file.slice(0, limit).arrayBuffer());
}

/** The files of each change of validators, by name, from epoch 1 on. */
function changes() {
  const files = new Map((held.get('epochs') ?? []).map((file) => [file.name.toLowerCase(), file]));
  return Array.from({ length: Math.ceil(files.size / 2) }, (_, at) => {
    const name = String(at + 1).padStart(4, '0');
    return ['entry', 'proof'].map((kind) => [`${name}.${kind}`, files.get(`${name}.${kind}`)]);
  });
}

function progress(done) {
  at('progress').hidden = false;
  at('progress').value = done;
}

async function identities(subtle) {
  const found = [];
  // One after the other, since each may be large.
  for (const file of held.get('document') ?? []) found.push(await fileIdentity(file, subtle, progress));
  return found;
}

/** What comes of the files that are held. */
async function judge(subtle) {
  const anchor = at('anchor').value.replace(/\s/g, '');
  if (held.size === 0) return { reason: 'nothing has been given to check' };
  if (held.has('dossier')) {
    const dossier = await bytesOf('dossier', DOSSIER_BYTES_MAX);
    const since = held.has('since') ? await bytesOf('since', PART_BYTES_MAX) : null;
    return checkDossier({ dossier, files: await identities(subtle), since }, anchor, subtle, progress);
  }
  const parts = held.has('seal') || held.has('path') ? [...RECEIPT, 'seal', 'path'] : RECEIPT;
  const missing = parts.filter((part) => !held.has(part)).map((part) => PARTS[part].toLowerCase());
  missing.push(...changes().flat().filter(([, file]) => !file).map(([name]) => name));
  if (missing.length > 0) {
    const words = missing.join(', ');
    return { reason: `still needed of the receipt: ${words}`, next: 'plenary receipt get FILE fetches a receipt' };
  }
  const [genesis, entry, proof] = await Promise.all(RECEIPT.map((part) => bytesOf(part, PART_BYTES_MAX)));
  const [file = null] = await identities(subtle);
  const epochs = [];
  for (const [[, change], [, receipt]] of changes()) {
    const [of, by] = [await bytesOf('epochs', PART_BYTES_MAX, [change]), await bytesOf('epochs', PART_BYTES_MAX, [receipt])];
    epochs.push({ entry: of, proof: by });
  }
  const tip = held.has('seal')
    ? { seal: await bytesOf('seal', PART_BYTES_MAX), path: await bytesOf('path', PART_BYTES_MAX) }
    : null;
  return checkReceipt({ genesis, entry, proof, file, epochs, tip }, anchor, subtle);
}

/** Checks anew; what an earlier run finds after that is dropped. */
async function changed() {
  runs += 1;
  const run = runs;
  showHeld();
  at('verdict').setAttribute('aria-busy', 'true');
  let report;
  try {
    report = await judge(globalThis.crypto?.subtle);
  } catch (error) {
    report = { word: 'CANNOT TELL', code: 15, reason: `a file cannot be read: ${error}`, next: 'choose it again' };
  }
  if (run !== runs) return;
  at('progress').hidden = true;
  show(report);
  at('verdict').setAttribute('aria-busy', 'false');
}

async function take(files) {
  runs += 1;
  at('verdict').setAttribute('aria-busy', 'true');
  const parts = await Promise.all(files.map(async (file) => [await partOf(file), file]));
  const unused = parts.filter(([part]) => part === 'unused').map(([, file]) => file.name);
  at('said').textContent = unused.length > 0 ? `Not needed: ${unused.join(', ')}.` : '';
  // What else is given depends on whether a dossier is.
  parts.sort(([one], [other]) => (other === 'dossier') - (one === 'dossier'));
  for (const [part, file] of parts) if (part !== 'unused') hold(part, file);
  await changed();
}

function start() {
  for (const id of ['files', 'folder']) {
    at(id).addEventListener('change', (event) => take(Array.from(event.target.files)));
  }
  at('anchor').addEventListener('input', changed);
  // A file that misses the zone must not replace the page.
  addEventListener('dragover', (event) => {
    event.preventDefault();
    at('drop').classList.add('over');
  });
  addEventListener('dragleave', () => at('drop').classList.remove('over'));
  addEventListener('drop', async (event) => {
    event.preventDefault();
    at('drop').classList.remove('over');
    try {
      await take(await dropped(event.dataTransfer));
    } catch {
      // A page from a disk may not look into a folder that is dropped.
      at('said').textContent = 'This browser does not open the folder here: choose it with the button, or drop its files.';
    }
  });
  show({ reason: 'nothing has been given to check' });
}

start();
