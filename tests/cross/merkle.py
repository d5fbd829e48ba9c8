"""Checks our tree with other people's code: pymerkle and scitt-cose.

Reads a JSON file of entries, roots, inclusion paths and consistency paths, all
of bytes in hexadecimal, and ends with the number of proofs that were checked.
"""

import json
import sys

import pymerkle
import scitt_cose


def altered(digests):
    """The path with one bit of its last hash changed."""
    last = bytearray.fromhex(digests[-1])
    last[-1] ^= 1
    return digests[:-1] + [last.hex()]


def check_roots(entries, roots):
    tree = pymerkle.InmemoryTree()
    for size, root in enumerate(roots, start=1):
        tree.append_entry(bytes.fromhex(entries[size - 1]))
        assert tree.get_root().hex() == root, f"pymerkle: root of {size}"
        assert scitt_cose.merkle_root(entries[:size]) == root, f"scitt-cose: root of {size}"
    return tree


def check_inclusion(tree, entries, roots, proofs):
    for proof in proofs:
        size, index, path = proof["size"], proof["index"], proof["path"]
        entry, root = entries[index], roots[size - 1]
        # pymerkle counts from one, and its path begins with the leaf.
        theirs = tree.prove_inclusion(index + 1, size)
        assert [digest.hex() for digest in theirs.path[1:]] == path, f"pymerkle: path of {index} in {size}"
        theirs.path = theirs.path[:1] + [bytes.fromhex(digest) for digest in path]
        leaf, head = tree.get_leaf(index + 1), bytes.fromhex(root)
        pymerkle.verify_inclusion(leaf, head, theirs, index=index + 1, size=size)
        assert scitt_cose.verify_inclusion(entry, index, size, path, root), f"scitt-cose: {index} in {size}"
        if path:
            assert not scitt_cose.verify_inclusion(entry, index, size, altered(path), root), "an altered path"
    return len(proofs)


def check_consistency(roots, proofs):
    for proof in proofs:
        old, new, path = proof["old"], proof["new"], proof["path"]
        heads = roots[old - 1], roots[new - 1], old, new
        assert scitt_cose.verify_consistency(*heads, path), f"scitt-cose: {old} to {new}"
        if path:
            assert not scitt_cose.verify_consistency(*heads, altered(path)), "an altered path"
    return len(proofs)


def main():
    with open(sys.argv[1], encoding="ascii") as file:
        given = json.load(file)
    entries, roots = given["entries"], given["roots"]
    tree = check_roots(entries, roots)
    checked = check_inclusion(tree, entries, roots, given["inclusion"])
    checked += check_consistency(roots, given["consistency"])
    print(checked)


main()
