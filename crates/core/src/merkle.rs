//! The RFC 9162 SHA-256 tree: the log's entries, and the subjects' slots.
//!
//! A node is named by its level and its index there; level 0 holds the leaf
//! hashes. What is stored is the hash of every *complete* subtree, since only
//! those never change when a leaf is appended. With seven leaves:
//!
//! ```text
//! level 3                    root
//!                     ┌───────┴────────┐
//!       2           (2,0)              ·          · is incomplete and not
//!                ┌────┴────┐      ┌────┴───┐        stored: it is folded
//!       1      (1,0)     (1,1)  (1,2)      │        from (1,2) and (0,6)
//!              ┌─┴─┐     ┌─┴─┐  ┌─┴─┐      │
//!       0      0   1     2   3  4   5      6
//! ```
//!
//! * The root is folded from the complete subtrees at the right edge, one for
//!   each set bit of the size (7 = 111): `H((2,0), H((1,2), (0,6)))`.
//! * The inclusion path of leaf 4 is its siblings on the way up:
//!   `(0,5)`, `(0,6)`, `(2,0)`.
//! * The consistency path from size 3 to size 7 begins with the last complete
//!   subtree of the old tree, `(0,2)`, and goes on with its inclusion path
//!   `(0,3)`, `(1,0)`, `·`. Of these the left siblings alone fold to the old
//!   root, `H((1,0), (0,2))`, and all of them to the new one.
//! * Changing leaf 2 in place changes `(0,2)`, `(1,1)` and `(2,0)`.
//!
//! ```
//! use plenary_core::merkle::{Nodes, Tree, inclusion_path, leaf_hash, verify_inclusion};
//!
//! let mut tree = Tree::open(Nodes::new(), 0);
//! for entry in ["a", "b", "c", "d", "e", "f", "g"] {
//!     tree.append(leaf_hash(entry.as_bytes()))?;
//! }
//! let path = inclusion_path(&tree, 4, tree.size())?;
//! assert_eq!(path.len(), 3);
//! assert_eq!(verify_inclusion(leaf_hash(b"e"), 4, &tree.head()?, &path), Ok(()));
//! # Ok::<(), plenary_core::merkle::TreeError<std::convert::Infallible>>(())
//! ```

use std::{collections::BTreeMap, convert::Infallible};

use thiserror::Error;

use crate::{block::TreeHead, hash::Digest};

/// The longest path: a tree of less than 2^53 entries has so many levels.
pub const PATH_LENGTH_MAX: usize = 53;

/// Where a node stands: it covers the leaves from `index * 2^level` on, `2^level` of them.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct NodeId {
    /// Height above the leaves, which are at zero.
    pub level: u8,
    /// Position in the level, from zero.
    pub index: u64,
}

/// Complete subtrees and their hashes.
pub type Nodes = BTreeMap<NodeId, Digest>;

/// Where the hashes of complete subtrees are read.
pub trait TreeNodes {
    /// Why a hash cannot be read.
    type Error;

    /// The hash of the complete subtree `index` of `level`, if it is stored.
    fn node(&self, level: u8, index: u64) -> Result<Option<Digest>, Self::Error>;
}

/// Why a tree cannot be read or changed as asked.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum TreeError<E> {
    /// A complete subtree's hash is not stored.
    #[error("the tree's node {index} of level {level} is missing")]
    Missing {
        /// Its level.
        level: u8,
        /// Its position there.
        index: u64,
    },
    /// The tree has no such leaf.
    #[error("there is no leaf {index} in a tree of {size}")]
    Index {
        /// The leaf asked for.
        index: u64,
        /// Leaves that there are.
        size: u64,
    },
    /// No consistency path leads from one size to the other.
    #[error("a tree of {new} leaves does not extend one of {old}")]
    Sizes {
        /// The earlier size.
        old: u64,
        /// The later size.
        new: u64,
    },
    /// The tree has as many leaves as can be counted.
    #[error("the tree is full")]
    Full,
    /// The nodes could not be read.
    #[error("the tree's nodes cannot be read")]
    Nodes(#[source] E),
}

/// Why a path proves nothing.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum ProofError {
    /// The tree has no such leaf.
    #[error("there is no leaf {index} in a tree of {size}")]
    Index {
        /// The leaf that the path is said to be of.
        index: u64,
        /// Leaves that there are.
        size: u64,
    },
    /// No consistency path leads from one size to the other.
    #[error("a tree of {new} leaves does not extend one of {old}")]
    Sizes {
        /// The earlier size.
        old: u64,
        /// The later size.
        new: u64,
    },
    /// The path has too few or too many hashes.
    #[error("the path has {found} hashes where {needed} belong")]
    Length {
        /// Hashes in the path.
        found: usize,
        /// Hashes that a path of this leaf or these sizes has.
        needed: usize,
    },
    /// The path leads to another root than the earlier head's.
    #[error("the path does not lead to the earlier root")]
    OldRoot,
    /// The path leads to another root.
    #[error("the path does not lead to the root")]
    Root,
}

/// A tree that grows and changes over nodes that stay as they are.
///
/// The changed nodes are kept apart until the caller stores them. A tree is
/// itself a source of nodes, so that blocks which are not yet committed can
/// stand on one another.
#[derive(Clone, Debug)]
pub struct Tree<N> {
    base: N,
    size: u64,
    changes: Nodes,
}

impl<N: TreeNodes> Tree<N> {
    /// The tree of `size` leaves whose complete subtrees are in `base`.
    pub const fn open(base: N, size: u64) -> Self {
        Self { base, size, changes: Nodes::new() }
    }

    /// Appends a leaf and returns its index.
    pub fn append(&mut self, leaf: Digest) -> Result<u64, TreeError<N::Error>> {
        let index = self.size;
        let size = index.checked_add(1).ok_or(TreeError::Full)?;
        let changes = self.changed_by(leaf, index, size)?;
        self.changes.extend(changes);
        self.size = size;
        Ok(index)
    }

    /// Puts another hash in the place of leaf `index`.
    pub fn update(&mut self, index: u64, leaf: Digest) -> Result<(), TreeError<N::Error>> {
        if self.size <= index {
            return Err(TreeError::Index { index, size: self.size });
        }
        let changes = self.changed_by(leaf, index, self.size)?;
        self.changes.extend(changes);
        Ok(())
    }

    /// The number of leaves.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The size and the root.
    pub fn head(&self) -> Result<TreeHead, TreeError<N::Error>> {
        Ok(TreeHead { size: self.size, root: root(self, self.size)? })
    }

    /// The nodes that are new or differ from the base.
    pub const fn changes(&self) -> &Nodes {
        &self.changes
    }

    /// Gives up the tree for the nodes that are new or differ from the base.
    pub fn into_changes(self) -> Nodes {
        self.changes
    }

    /// The leaf and those of its ancestors that are complete in a tree of `size`.
    fn changed_by(&self, leaf: Digest, index: u64, size: u64) -> Result<Vec<(NodeId, Digest)>, TreeError<N::Error>> {
        let mut id = NodeId { level: 0, index };
        let mut hash = leaf;
        let mut changes = vec![(id, hash)];
        for sibling in siblings(id, size) {
            if !is_complete(NodeId { level: sibling.id.level, index: sibling.id.index | 1 }, size) {
                break;
            }
            hash = sibling.join(hash, &stored(self, sibling.id)?);
            id = NodeId { level: sibling.id.level.saturating_add(1), index: sibling.id.index >> 1 };
            changes.push((id, hash));
        }
        Ok(changes)
    }
}

impl<N: TreeNodes> TreeNodes for Tree<N> {
    type Error = N::Error;

    fn node(&self, level: u8, index: u64) -> Result<Option<Digest>, Self::Error> {
        match self.changes.get(&NodeId { level, index }) {
            Some(hash) => Ok(Some(*hash)),
            None => self.base.node(level, index),
        }
    }
}

impl<N: TreeNodes + ?Sized> TreeNodes for &N {
    type Error = N::Error;

    fn node(&self, level: u8, index: u64) -> Result<Option<Digest>, Self::Error> {
        (**self).node(level, index)
    }
}

impl TreeNodes for Nodes {
    type Error = Infallible;

    fn node(&self, level: u8, index: u64) -> Result<Option<Digest>, Self::Error> {
        Ok(self.get(&NodeId { level, index }).copied())
    }
}

/// The hash of a leaf: of a zero byte and the entry.
pub fn leaf_hash(entry: &[u8]) -> Digest {
    Digest::of_parts(&[&[0], entry])
}

/// The hash of two subtrees: of a one byte and their hashes.
fn node_hash(left: &Digest, right: &Digest) -> Digest {
    Digest::of_parts(&[&[1], left.as_bytes(), right.as_bytes()])
}

/// The root of the first `size` leaves.
pub fn root<N: TreeNodes>(nodes: &N, size: u64) -> Result<Digest, TreeError<N::Error>> {
    Ok(edge(nodes, size, 64)?.unwrap_or_else(|| Digest::of(b"")))
}

/// The path that proves leaf `index` to be in the tree of the first `size` leaves.
pub fn inclusion_path<N: TreeNodes>(nodes: &N, index: u64, size: u64) -> Result<Vec<Digest>, TreeError<N::Error>> {
    if size <= index {
        return Err(TreeError::Index { index, size });
    }
    siblings(NodeId { level: 0, index }, size).iter().map(|sibling| hash_at(nodes, sibling.id, size)).collect()
}

/// The path that proves the tree of `new` leaves to begin with that of `old`.
///
/// An empty tree says nothing, so `old` is at least one.
pub fn consistency_path<N: TreeNodes>(nodes: &N, old: u64, new: u64) -> Result<Vec<Digest>, TreeError<N::Error>> {
    if old == 0 || new < old {
        return Err(TreeError::Sizes { old, new });
    }
    if old == new {
        return Ok(Vec::new());
    }
    let start = lowest_peak(old);
    let begins = if start.index == 0 { None } else { Some(start) };
    let climb = siblings(start, new).into_iter().map(|sibling| sibling.id);
    begins.into_iter().chain(climb).map(|id| hash_at(nodes, id, new)).collect()
}

/// Checks that the leaf with hash `leaf` has position `index` in the tree with `head`.
///
/// A path does not bind the size: two sizes may ask for the same siblings. The
/// size counts only because it is signed together with the root.
pub fn verify_inclusion(leaf: Digest, index: u64, head: &TreeHead, path: &[Digest]) -> Result<(), ProofError> {
    if head.size <= index {
        return Err(ProofError::Index { index, size: head.size });
    }
    let siblings = siblings(NodeId { level: 0, index }, head.size);
    if path.len() != siblings.len() {
        return Err(ProofError::Length { found: path.len(), needed: siblings.len() });
    }
    let root = siblings.iter().zip(path).fold(leaf, |hash, (sibling, other)| sibling.join(hash, other));
    if root == head.root { Ok(()) } else { Err(ProofError::Root) }
}

/// Checks that the tree with head `new` begins with the tree with head `old`.
pub fn verify_consistency(old: &TreeHead, new: &TreeHead, path: &[Digest]) -> Result<(), ProofError> {
    if old.size == 0 || new.size < old.size {
        return Err(ProofError::Sizes { old: old.size, new: new.size });
    }
    if old.size == new.size {
        return match path.len() {
            0 if old.root == new.root => Ok(()),
            0 => Err(ProofError::Root),
            found => Err(ProofError::Length { found, needed: 0 }),
        };
    }
    let start = lowest_peak(old.size);
    let siblings = siblings(start, new.size);
    // A complete old tree is itself the start, and the path leaves it out.
    let (first, climb) = match path.split_first() {
        Some((first, climb)) if start.index != 0 => (first, climb),
        Some(_) | None => (&old.root, path),
    };
    if climb.len() != siblings.len() {
        let needed = siblings.len().saturating_add(usize::from(start.index != 0));
        return Err(ProofError::Length { found: path.len(), needed });
    }
    let (mut old_root, mut new_root) = (*first, *first);
    for (sibling, other) in siblings.iter().zip(climb) {
        new_root = sibling.join(new_root, other);
        if sibling.side == Side::Left {
            old_root = sibling.join(old_root, other);
        }
    }
    if old_root != old.root {
        return Err(ProofError::OldRoot);
    }
    if new_root == new.root { Ok(()) } else { Err(ProofError::Root) }
}

/// On which side of a node its sibling stands.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Side {
    Left,
    Right,
}

/// The node with which a node on the way up is joined.
struct Sibling {
    id: NodeId,
    side: Side,
}

impl Sibling {
    /// The parent's hash, given the node's own and its sibling's.
    fn join(&self, hash: Digest, sibling: &Digest) -> Digest {
        match self.side {
            Side::Left => node_hash(sibling, &hash),
            Side::Right => node_hash(&hash, sibling),
        }
    }
}

/// The siblings of `node` and of its ancestors in a tree of `size` leaves, from below.
///
/// At the right edge an even node has no sibling and rises as it is.
fn siblings(node: NodeId, size: u64) -> Vec<Sibling> {
    let mut siblings = Vec::new();
    let mut index = node.index;
    for level in node.level..64 {
        let last = at_level(size.saturating_sub(1), level);
        if last == 0 {
            break;
        }
        let id = NodeId { level, index: index ^ 1 };
        if index & 1 == 1 {
            siblings.push(Sibling { id, side: Side::Left });
        } else if index < last {
            siblings.push(Sibling { id, side: Side::Right });
        }
        index >>= 1;
    }
    siblings
}

/// The last and smallest complete subtree that a root of `size` leaves, not zero, is folded from.
fn lowest_peak(size: u64) -> NodeId {
    let level = u8::try_from(size.trailing_zeros()).unwrap_or(64);
    NodeId { level, index: at_level(size, level) ^ 1 }
}

/// The hash of any node of the tree of `size` leaves, complete or not.
fn hash_at<N: TreeNodes>(nodes: &N, id: NodeId, size: u64) -> Result<Digest, TreeError<N::Error>> {
    if is_complete(id, size) {
        return stored(nodes, id);
    }
    edge(nodes, size, id.level)?.ok_or(TreeError::Missing { level: id.level, index: id.index })
}

/// What the complete subtrees below `level` at the right edge fold to, if there are any.
fn edge<N: TreeNodes>(nodes: &N, size: u64, level: u8) -> Result<Option<Digest>, TreeError<N::Error>> {
    let mut hash = None;
    for level in 0..level {
        let count = at_level(size, level);
        if count & 1 == 1 {
            let peak = stored(nodes, NodeId { level, index: count ^ 1 })?;
            hash = Some(hash.map_or(peak, |right| node_hash(&peak, &right)));
        }
    }
    Ok(hash)
}

/// The hash of a complete subtree.
fn stored<N: TreeNodes>(nodes: &N, id: NodeId) -> Result<Digest, TreeError<N::Error>> {
    let NodeId { level, index } = id;
    nodes.node(level, index).map_err(TreeError::Nodes)?.ok_or(TreeError::Missing { level, index })
}

/// Whether all leaves under a node are among the first `size`.
fn is_complete(id: NodeId, size: u64) -> bool {
    id.index < at_level(size, id.level)
}

/// The index of the node of `level` that covers leaf `leaf`; or, of a number of
/// leaves, the number of complete subtrees of that level.
fn at_level(leaf: u64, level: u8) -> u64 {
    leaf.checked_shr(u32::from(level)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use ct_merkle::mem_backed_tree::MemoryBackedTree;
    use sha2::Sha256;

    use super::*;

    type Reference = MemoryBackedTree<Sha256, Vec<u8>>;

    const SIZE_MAX: u64 = 65;

    fn entry(index: u64) -> Vec<u8> {
        format!("entry {index}").into_bytes()
    }

    fn tree(size: u64) -> Tree<Nodes> {
        let mut tree = Tree::open(Nodes::new(), 0);
        for index in 0..size {
            assert_eq!(tree.append(leaf_hash(&entry(index))), Ok(index));
        }
        tree
    }

    fn reference(size: u64) -> Reference {
        let mut reference = Reference::new();
        (0..size).for_each(|index| reference.push(entry(index)));
        reference
    }

    fn head(nodes: &Tree<Nodes>, size: u64) -> TreeHead {
        TreeHead { size, root: root(nodes, size).unwrap() }
    }

    fn joined(path: &[Digest]) -> Vec<u8> {
        path.iter().flat_map(|hash| *hash.as_bytes()).collect()
    }

    #[test]
    fn roots_are_those_of_the_rfc_6962_vectors() {
        let entries =
            ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
        let roots = [
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let mut tree = Tree::open(Nodes::new(), 0);
        assert_eq!(tree.head().unwrap().root.to_hex(), roots[0]);
        for (entry, root) in entries.iter().zip(&roots[1..]) {
            tree.append(leaf_hash(&hex::decode(entry).unwrap())).unwrap();
            assert_eq!(tree.head().unwrap().root.to_hex(), *root, "size {}", tree.size());
        }
    }

    #[test]
    fn roots_and_paths_are_those_of_another_implementation() {
        let tree = tree(SIZE_MAX);
        for size in 0..=SIZE_MAX {
            let reference = reference(size);
            let head = head(&tree, size);
            assert_eq!(head.root.as_bytes()[..], reference.root().as_bytes()[..], "root of {size}");
            for index in 0..size {
                let path = inclusion_path(&tree, index, size).unwrap();
                let theirs = reference.prove_inclusion(usize::try_from(index).unwrap());
                assert_eq!(joined(&path), theirs.as_bytes(), "leaf {index} of {size}");
                assert_eq!(verify_inclusion(leaf_hash(&entry(index)), index, &head, &path), Ok(()));
            }
            for old in 1..size {
                let path = consistency_path(&tree, old, size).unwrap();
                let theirs = reference.prove_consistency(usize::try_from(size - old).unwrap());
                assert_eq!(joined(&path), theirs.as_bytes(), "from {old} to {size}");
                assert_eq!(verify_consistency(&self::head(&tree, old), &head, &path), Ok(()));
            }
        }
    }

    /// The path with one byte of one hash changed, with one hash less and with one more.
    fn altered(path: &[Digest]) -> Vec<Vec<Digest>> {
        let mut all = Vec::new();
        for place in 0..path.len() {
            for byte in 0..32 {
                let mut bytes = *path[place].as_bytes();
                bytes[byte] ^= 1;
                let mut other = path.to_vec();
                other[place] = Digest::from_bytes(bytes);
                all.push(other);
            }
            let mut shorter = path.to_vec();
            shorter.remove(place);
            all.push(shorter);
        }
        all.push([path, &[Digest::ZERO]].concat());
        all
    }

    #[test]
    fn an_altered_inclusion_path_is_refused() {
        let tree = tree(20);
        for size in 1..=20 {
            let head = head(&tree, size);
            for index in 0..size {
                let leaf = leaf_hash(&entry(index));
                let path = inclusion_path(&tree, index, size).unwrap();
                for other in altered(&path) {
                    assert!(verify_inclusion(leaf, index, &head, &other).is_err(), "{index} {size}");
                }
                for other in (0..=size).filter(|other| *other != index) {
                    assert!(verify_inclusion(leaf, other, &head, &path).is_err(), "{index} as {other} of {size}");
                }
                assert_eq!(verify_inclusion(Digest::ZERO, index, &head, &path), Err(ProofError::Root));
                for other in (0..=40).filter(|other| *other != size) {
                    let claimed = TreeHead { size: other, root: head.root };
                    // Only a size that asks for the same siblings goes through.
                    let same = index < other && sides(index, other) == sides(index, size);
                    assert_eq!(verify_inclusion(leaf, index, &claimed, &path).is_ok(), same, "{index} {size} {other}");
                }
            }
        }
    }

    fn sides(index: u64, size: u64) -> Vec<bool> {
        siblings(NodeId { level: 0, index }, size).iter().map(|sibling| sibling.side == Side::Left).collect()
    }

    #[test]
    fn an_altered_consistency_path_is_refused() {
        let tree = tree(20);
        for size in 2..=20 {
            let new = head(&tree, size);
            for before in 1..size {
                let old = head(&tree, before);
                let path = consistency_path(&tree, before, size).unwrap();
                for other in altered(&path) {
                    assert!(verify_consistency(&old, &new, &other).is_err(), "{before} {size}");
                }
                for other in (0..=size).filter(|other| *other != before) {
                    let claimed = TreeHead { size: other, root: old.root };
                    assert!(verify_consistency(&claimed, &new, &path).is_err(), "{before} as {other} of {size}");
                }
                let forged = TreeHead { root: Digest::ZERO, ..old };
                assert!(verify_consistency(&forged, &new, &path).is_err(), "{before} {size}");
                let forged = TreeHead { root: Digest::ZERO, ..new };
                assert_eq!(verify_consistency(&old, &forged, &path), Err(ProofError::Root));
            }
        }
    }

    #[test]
    fn the_same_size_is_the_same_tree() {
        let tree = tree(5);
        let head = head(&tree, 5);
        assert_eq!(consistency_path(&tree, 5, 5), Ok(vec![]));
        assert_eq!(verify_consistency(&head, &head, &[]), Ok(()));
        let other = TreeHead { root: Digest::ZERO, ..head };
        assert_eq!(verify_consistency(&head, &other, &[]), Err(ProofError::Root));
        let found = verify_consistency(&head, &head, &[Digest::ZERO]);
        assert_eq!(found, Err(ProofError::Length { found: 1, needed: 0 }));
    }

    #[test]
    fn an_update_gives_the_tree_that_building_anew_gives() {
        for size in 1..=SIZE_MAX {
            for index in 0..size {
                let base = tree(size).into_changes();
                let mut changed = Tree::open(&base, size);
                changed.update(index, leaf_hash(b"other")).unwrap();
                let mut anew = Tree::open(Nodes::new(), 0);
                for leaf in 0..size {
                    let entry = if leaf == index { b"other".to_vec() } else { entry(leaf) };
                    anew.append(leaf_hash(&entry)).unwrap();
                }
                assert_eq!(changed.head(), anew.head(), "leaf {index} of {size}");
                let mut nodes = base.clone();
                nodes.extend(changed.into_changes());
                assert_eq!(nodes, anew.into_changes(), "leaf {index} of {size}");
            }
        }
    }

    #[test]
    fn trees_stand_on_one_another() {
        let base = tree(3).into_changes();
        let mut first = Tree::open(&base, 3);
        first.append(leaf_hash(&entry(3))).unwrap();
        let mut second = Tree::open(&first, first.size());
        second.append(leaf_hash(&entry(4))).unwrap();
        second.update(0, leaf_hash(b"other")).unwrap();
        assert_eq!(first.head().unwrap(), head(&tree(5), 4));
        assert_eq!(second.changes().len(), 4);
        let mut other = tree(5);
        other.update(0, leaf_hash(b"other")).unwrap();
        assert_eq!(second.head(), other.head());
    }

    #[test]
    fn what_does_not_exist_is_named() {
        let mut tree = tree(6);
        assert_eq!(tree.update(6, Digest::ZERO), Err(TreeError::Index { index: 6, size: 6 }));
        assert_eq!(inclusion_path(&tree, 7, 7), Err(TreeError::Index { index: 7, size: 7 }));
        assert_eq!(inclusion_path(&tree, 5, 7), Err(TreeError::Missing { level: 0, index: 6 }));
        assert_eq!(consistency_path(&tree, 0, 6), Err(TreeError::Sizes { old: 0, new: 6 }));
        assert_eq!(consistency_path(&tree, 6, 5), Err(TreeError::Sizes { old: 6, new: 5 }));
        let mut full = Tree::open(Nodes::new(), u64::MAX);
        assert_eq!(full.append(Digest::ZERO), Err(TreeError::Full));
        assert_eq!(full.size(), u64::MAX);
    }

    #[test]
    fn a_failed_change_changes_nothing() {
        let mut nodes = tree(3).into_changes();
        nodes.remove(&NodeId { level: 1, index: 0 });
        let mut tree = Tree::open(nodes, 3);
        assert_eq!(tree.append(Digest::ZERO), Err(TreeError::Missing { level: 1, index: 0 }));
        assert_eq!((tree.size(), tree.changes().len()), (3, 0));
    }

    #[test]
    fn the_largest_numbers_do_not_overflow() {
        let sizes = [0, 1, 2, (1 << 63) - 1, 1 << 63, (1 << 63) + 1, u64::MAX - 1, u64::MAX];
        for size in sizes {
            for index in sizes {
                let head = TreeHead { size, root: Digest::ZERO };
                let old = TreeHead { size: index, root: Digest::ZERO };
                for length in [0, 1, 63, 64, 65, 66] {
                    let path = vec![Digest::ZERO; length];
                    assert!(verify_inclusion(leaf_hash(b""), index, &head, &path).is_err());
                    let same = index == size && size != 0 && length == 0;
                    assert_eq!(verify_consistency(&old, &head, &path).is_ok(), same, "{index} {size} {length}");
                }
                assert!(siblings(NodeId { level: 0, index }, size).len() <= 64);
            }
        }
    }
}
