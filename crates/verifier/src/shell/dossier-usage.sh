#!/usr/bin/env bash
# Checks a dossier of a Plenary ledger without Plenary's software and without a network.
#
#   bash verify-dossier.sh DOSSIER ANCHOR [--since CHECKPOINT] [DOCUMENT…]
#
#   DOSSIER     all records about one subject, and what proves them, as one file
#   ANCHOR      the hash of the ledger that you trust, sha256:…, from a printed circular or another channel
#   CHECKPOINT  a head of the log that you have seen before, if it is to be checked that the log has only grown
#   DOCUMENT    documents that you hold, if they are to be checked as well
#
# Twelve checks are made in order, up to the first that does not hold; the ninth, whether the group's rules give
# what was recorded, is passed over. The last line is the verdict, and the exit code its reason: 0 VERIFIED; NOT
# VERIFIED because of 10 a document or a disclosure, 11 an entry or its place in the log, 12 the validators'
# signatures, 13 a record's signatures, 14 a ledger that contradicts itself, 16 something left out; 15 CANNOT TELL;
# 2 wrong usage.
#
# Needs bash, coreutils, tar, cmp, grep, sed, awk, iconv, openssl and ssh-keygen, as Debian 12 has them.
# docs/protocol.md says what every line must look like; the words below are those used there.

# The form "this && that || give-up" is meant: whatever fails in it must end in giving up.
# shellcheck disable=SC2015,SC2034,SC2317

set -euo pipefail
export LC_ALL=C
unset OPENSSL_CONF CDPATH

usage() {
  printf 'usage: bash verify-dossier.sh DOSSIER ANCHOR [--since CHECKPOINT] [DOCUMENT…]\n' >&2
  exit 2
}
(($# >= 2)) || usage
dossier=$1 anchor=$2 since=
shift 2
if [[ ${1-} == --since ]]; then
  (($# >= 2)) || usage
  since=$2
  shift 2
fi
given=("$@")
number_width=2 name_width=14

