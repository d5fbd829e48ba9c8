#!/usr/bin/env bash
# Checks a receipt of a Plenary ledger without Plenary's software and without a network.
#
#   bash verify-receipt.sh GENESIS ENTRY PROOF ANCHOR [FILE]
#
#   GENESIS  the ledger's first line, as a file
#   ENTRY    the record, its signatures and its outcome, as a file
#   PROOF    where in the log the entry is, and who signed the log's head (C2SP tlog-proof), as a file
#   ANCHOR   the hash of the ledger that you trust, sha256:…, from a printed circular or another channel
#   FILE     the document that you hold, if it is to be checked as well
#
# In the folder of PROOF there may be what shows who was in office: seal and seal.path, and after changes of
# validators epochs/0001.entry, epochs/0001.proof and so on.
#
# Six checks are made in order, up to the first that does not hold. The last line is the verdict, and
# the exit code its reason: 0 VERIFIED; NOT VERIFIED because of 10 the file, 11 the entry or its place in the
# log, 12 the validators' signatures, 13 the record's signatures; 15 CANNOT TELL; 2 wrong usage.
#
# Needs bash, coreutils, cmp, grep, sed, awk, iconv, openssl and ssh-keygen, as Debian 12 has them.
# docs/protocol.md says what every line must look like; the words below are those used there.

# The form "this && that || give-up" is meant: whatever fails in it must end in giving up.
# shellcheck disable=SC2015,SC2034,SC2317

set -euo pipefail
export LC_ALL=C
unset OPENSSL_CONF CDPATH

if (($# < 4 || 5 < $#)); then
  printf 'usage: bash verify-receipt.sh GENESIS ENTRY PROOF ANCHOR [FILE]\n' >&2
  exit 2
fi
genesis=$1 entry=$2 proof=$3 anchor=$4 document=${5-} with_document=$(($# == 5))
name_width=12
with_tip=0
[[ ! -e $(dirname -- "$proof")/seal ]] || with_tip=1
