# ---- 1 genesis: it is the one that you trust, and names validators -------------------------------------------

not_checked() {
  ((with_document)) || printf 'any file: none was given\n'
  printf '%s\n' 'that the signers held these roles and keys at that time: a dossier shows it' \
    "that the outcome follows from the group's rules: a dossier shows it" \
    'that no later record withdrew or replaced this one: a dossier shows it'
  ((with_tip)) || printf 'that these validators were still in office when they signed\n'
  printf '%s\n' "that the validators' keys belong to the organisations named" \
    'that the validators did not tell somebody else another story'
  times_not_checked
}

check_name 1 genesis
copy "$genesis" genesis
copy "$entry" entry
copy "$proof" proof
# What shows who was in office stands beside the proof.
beside=$(dirname -- "$proof")
if ((with_tip)); then
  copy "$beside/seal" seal
  copy "$beside/seal.path" seal.path
fi
mkdir "$work/epochs"
epochs=0
for name in "$beside"/epochs/*; do
  [[ $name =~ /([0-9]{4}\.(entry|proof))$ ]] && copy "$name" "epochs/${BASH_REMATCH[1]}" || continue
  [[ $name != *.entry ]] || epochs=$((epochs + 1))
done
trust_genesis "$work/genesis"
held "$genesis_found"

# ---- 2 entry: a record of this ledger, and an outcome --------------------------------------------------------

check_name 2 entry
read_entry "$work/entry"
held "is a record $(shown "${record[type text]}") that the ledger took${number:+ as$number} in block \
${outcome[height number]} at $taken"

# ---- 3 file: it is one of the documents that the record names ------------------------------------------------

check_name 3 file
if ((with_document)); then
  content=sha256:$(sha256 <"$document") && size=$(bytes_of "$document") ||
    cannot_tell "the file $document cannot be read"
  # In a sorted object "bytes" stands before "digest".
  awk '
    $1 ~ /^body"(document|documents\\[0-9]+)"bytes$/ && $2 == "number" { of = $1; sub(/"bytes$/, "", of); bytes = $3 }
    $1 ~ /^body"(document|documents\\[0-9]+)"digest$/ && $2 == "text" && NF == 3 {
      sub(/"digest$/, "", $1); if ($1 == of) print $3, bytes
    }' "$r" >"$work/documents"
  grep -aFxq -e "$content $size" "$work/documents" ||
    not_verified 10 "this is not the recorded file: yours is $content of $size bytes"
  held "is the recorded file, $content of $size bytes"
else
  held 'none was given'
fi

# ---- 4 signatures: each signer's, over the record's line, under the key that it names ------------------------

check_name 4 signatures
check_signatures
held "hold: ${signed_by#, }"

# ---- 5 inclusion: the entry is in the log whose head the proof shows, where the proof says -------------------

check_name 5 inclusion
read_receipt "$work/proof" ||
  case $fault_in in
    head) not_verified 11 "the proof is malformed: $fault" ;;
    signatures) not_verified 12 "the checkpoint is malformed: $fault" ;;
  esac
[[ $head_origin == "$origin" ]] || not_verified 11 'the proof is of another log'
is_included "$(leaf_hash "$work/entry")" "$index" "$head_size" "$head_root" || not_verified 11 "$fault"
held "entry $index of $head_size is in the log with root sha256:$head_root"

# ---- 6 validators: a quorum of those in office has signed the log's head -------------------------------------

check_name 6 validators
for ((at = 1; at <= epochs; at++)); do
  for name in entry proof; do
    [[ -f $(printf '%s/epochs/%04d.%s' "$work" "$at" "$name") ]] ||
      cannot_tell "$(printf 'epochs/%04d.%s is missing' "$at" "$name")"
  done
done
walk_epochs "$work/epochs" "$epochs"
read_receipt "$work/proof"
known=0
for name in "${head_names[@]}"; do ! place "$name" "${cosigners[@]}" >/dev/null || known=$((known + 1)); done
((${#head_names[@]} == 0 || 0 < known)) ||
  cannot_tell "the log's head is signed by no validator of the last epoch that is shown"
accept_checkpoint || not_verified 12 "$fault"
if ((with_tip)); then
  wrong='the head of the log is not of the epoch of its validators'
  tr '\0' '\1' <"$work/seal.path" >"$work/place"
  mapfile -t lines <"$work/place"
  (($(bytes_of "$work/place") <= 4096)) && ends_in_line_feed "$work/place" && [[ ${lines[0]} == 'index '* ]] &&
    is_number "${lines[0]#index }" && are_hashes "${lines[@]:1}" && hashes_of "${lines[@]:1}" ||
    not_verified 11 "$wrong: the path to the seal is malformed"
  ((${lines[0]#index } == head_size - 1)) || not_verified 11 "$wrong: the seal is not the last entry"
  is_included "$(leaf_hash "$work/seal")" "${lines[0]#index }" "$head_size" "$head_root" ||
    not_verified 11 "$wrong: $fault"
  read_seal "$work/seal" || not_verified 11 "$wrong: the seal is none"
  is_of_term "$epochs" || not_verified 12 "$wrong: the seal names another epoch or policy"
  validators_found+="; in office in epoch $epochs at block ${seal[height number]}"
elif ((epochs)); then
  cannot_tell "the seal under the log's head is not here, so that nothing shows whose term it was"
fi
held "$validators_found"

verified
