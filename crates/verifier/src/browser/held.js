// The files that a reader holds, and which part of the check each is.

/** The parts of a check, and the words for them. */
export const PARTS = {
  genesis: 'Genesis',
  entry: 'Entry',
  proof: 'Proof',
  seal: 'Seal',
  path: 'Path of the seal',
  epochs: 'Change of validators',
  dossier: 'Dossier',
  document: 'Document',
  since: 'Older checkpoint',
};

/** Parts of a receipt's folder that this page has no use for. */
const UNUSED = ['record'];

/** Which part a file is, by its name; a dossier also by its first bytes. */
export async function partOf(file) {
  // Downloads are named `proof (1)` or `proof.txt` at times.
  const name = file.name.toLowerCase().replace(/\.txt$/, '').replace(/ ?\(\d+\)$/, '');
  if (['genesis', 'entry', 'proof', 'seal'].includes(name)) return name;
  if (name === 'seal.path') return 'path';
  if (/^[0-9]{4}\.(?:entry|proof)$/.test(name)) return 'epochs';
  if (/(^|\.)checkpoint$/.test(name)) return 'since';
  if (/(^|\.)dossier(\.tar)?$/.test(name)) return 'dossier';
  if (UNUSED.includes(name)) return 'unused';
  const start = new TextDecoder('latin1').decode(await file.slice(0, 512).arrayBuffer());
  return start.slice(257, 262) === 'ustar' && start.startsWith('about\0') ? 'dossier' : 'document';
}

/** The files of a folder that was dropped, and of folders in it. */
function filesIn(folder) {
  const reader = folder.createReader();
  const asFile = (entry) => new Promise((resolve, reject) => entry.file(resolve, reject));
  const more = () => new Promise((resolve, reject) => reader.readEntries(resolve, reject));
  const read = async (found) => {
    // A reader gives some entries at a time, and none at the end.
    const some = await more();
    if (some.length === 0) {
      const inner = found.map((entry) => (entry.isFile ? asFile(entry) : filesIn(entry)));
      return (await Promise.all(inner)).flat();
    }
    return read([...found, ...some]);
  };
  return read([]);
}

/** The files that were dropped, also those in a dropped folder. */
export async function dropped(transfer) {
  // Both must be asked for before the event has passed.
  const folders = Array.from(transfer.items, (item) => item.webkitGetAsEntry?.()).filter((it) => it?.isDirectory);
  const names = folders.map((folder) => folder.name);
  const files = Array.from(transfer.files).filter((file) => !names.includes(file.name));
  return [...files, ...(await Promise.all(folders.map(filesIn))).flat()];
}

/** A file's size as people read it. */
export function sizeOf({ size }) {
  if (size < 10000) return `${size} bytes`;
  return size < 10000000 ? `${Math.round(size / 1000)} kB` : `${Math.round(size / 1000000)} MB`;
}
