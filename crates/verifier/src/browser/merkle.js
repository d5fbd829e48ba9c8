// The tree of RFC 9162: where a leaf stands, and that an older tree is the beginning of a newer one.

import { same } from './bytes.js';
import { nodeHash } from './hash.js';

const half = (value) => Math.floor(value / 2);

/** Why a path does not lead from a leaf to the root of a tree, or null if it does. */
export function inclusionFault(leaf, index, { size, root }, path) {
  if (size <= index) return `there is no entry ${index} in a log of ${size}`;
  const rest = path.slice();
  let [node, last, hash] = [index, size - 1, leaf];
  while (last > 0) {
    if (node % 2 === 1 || node < last) {
      const sibling = rest.shift();
      if (!sibling) return 'the inclusion path is too short';
      hash = node % 2 === 1 ? nodeHash(sibling, hash) : nodeHash(hash, sibling);
    }
    [node, last] = [half(node), half(last)];
  }
  if (rest.length > 0) return 'the inclusion path is too long';
  return same(hash, root) ? null : 'the inclusion path does not lead to the root';
}

/** Whether a path shows that the old head's log is the beginning of the new head's. */
export function isPrefix(old, current, path) {
  if (old.size === 0 || current.size < old.size) return false;
  if (old.size === current.size) return path.length === 0 && same(old.root, current.root);
  const rest = path.slice();
  let [node, last] = [old.size - 1, current.size - 1];
  while (node % 2 === 1) [node, last] = [half(node), half(last)];
  const first = node === 0 ? old.root : rest.shift();
  if (!first) return false;
  let [before, after] = [first, first];
  while (last > 0) {
    if (node % 2 === 1 || node < last) {
      const next = rest.shift();
      if (!next) return false;
      if (node % 2 === 1) [before, after] = [nodeHash(next, before), nodeHash(next, after)];
      else after = nodeHash(after, next);
    }
    [node, last] = [half(node), half(last)];
  }
  return rest.length === 0 && same(before, old.root) && same(after, current.root);
}
