# ---- The log ---------------------------------------------------------------------------------------------------

NAME='[!-*,-~]{1,255}'
WORD='[A-Za-z0-9+/]+=*'
DASH=$'\xe2\x80\x94'

# key_of TYPE WORD: "name id key" of a verifier key whose id is right and whose key is sound.
key_of() {
  local pattern="^($NAME)\\+([0-9a-f]{8})\\+($WORD)\$" name id key
  [[ $2 =~ $pattern ]] || return 1
  name=${BASH_REMATCH[1]} id=${BASH_REMATCH[2]}
  key=$(unbase64 "${BASH_REMATCH[3]}" 33) || return 1
  [[ ${key:0:2} == "$1" ]] && is_sound_point "${key:2}" || return 1
  [[ $({ printf '%s\n' "$name" && unhex "$key"; } | sha256) == "$id"* ]] || return 1
  printf '%s %s %s' "$name" "$id" "${key:2}"
}

# signature_of LINE BYTES: "name digits" of a signature line.
signature_of() {
  local pattern="^$DASH ($NAME) ($WORD)\$" name digits
  [[ $1 =~ $pattern ]] || return 1
  name=${BASH_REMATCH[1]}
  digits=$(unbase64 "${BASH_REMATCH[2]}" "$2") || return 1
  printf '%s %s' "$name" "$digits"
}

# read_policy TEXT: reads a policy, as a JSON text, into the variables that its checkpoints are checked with. Where it
# fails, `fault` says why.
read_policy() {
  local lines line name id key pattern list group at
  mapfile -t lines < <(printf %s "${1//\\n/$'\n'}")
  n=$(((${#lines[@]} - 2) / 2))
  fault='its policy has not two lines for each of 1 to 21 validators and two more'
  ((1 <= n && n <= 21 && ${#lines[@]} == 2 * n + 2 && ${#1} <= 32768)) && [[ $1 == *\\n ]] || return 1
  quorum=$((n * 2 / 3 + 1))
  policy=$1 policy_origin='' log_ids=() log_keys=() cosigners=() cosigner_keys=() seats=()
  group="group validators $quorum"
  for ((at = 0; at < n; at++)); do
    line=${lines[at]}
    fault="line $((at + 1)) of its policy"
    [[ $line == 'log '* ]] && key=$(key_of 01 "${line#log }") || return 1
    read -r name id key <<<"$key"
    policy_origin=${policy_origin:-$name}
    fault='its policy names two logs'
    [[ $name == "$policy_origin" ]] || return 1
    log_ids+=("$id") log_keys+=("$key")

    line=${lines[n + at]}
    fault="line $((n + at + 1)) of its policy"
    pattern='^witness ([a-z0-9.-]{1,64}) ([!-~]+)( https?://[!-~]+)?$'
    [[ $line =~ $pattern ]] || return 1
    seats+=("${BASH_REMATCH[1]}") group+=" ${BASH_REMATCH[1]}"
    key=$(key_of 04 "${BASH_REMATCH[2]}") || return 1
    read -r name id key <<<"$key"
    cosigners+=("$name $id") cosigner_keys+=("$key")
  done
  fault='the group or the quorum of its policy'
  [[ ${lines[2 * n]} == "$group" && ${lines[2 * n + 1]} == 'quorum validators' ]] || return 1
  fault='its policy has a key twice'
  for list in "${log_ids[*]}" "${log_keys[*]} ${cosigner_keys[*]}"; do
    [[ -z $(tr ' ' '\n' <<<"$list" | sort | uniq -d) ]] || return 1
  done
}

# trust_genesis FILE: the genesis is the one that the reader trusts, and names validators. It stops where the genesis
# is another or cannot be read.
trust_genesis() {
  local text notice unread='the genesis that you trust cannot be read'
  [[ $anchor != none && -n $anchor ]] || cannot_tell 'you have not said which ledger you trust'
  [[ $anchor =~ ^sha256:[0-9a-f]{64}$ ]] || cannot_tell 'the anchor is not sha256: and 64 hexadecimal digits'
  ledger=sha256:$(leaf_hash "$1")
  [[ $ledger == "$anchor" ]] || cannot_tell "this is of another ledger, $ledger, than the one that you trust"

  g=$work/genesis.values
  (($(bytes_of "$1") <= 65535)) && read_json "$1" "$g" || cannot_tell "$unread"
  [[ $(field "$g" kind text) == genesis ]] || cannot_tell "$unread"
  [[ $(field "$g" v number) == 1 ]] || cannot_tell 'the genesis line has a format that this verifier does not know'
  clock=$(field "$g" clock text) && origin=$(field "$g" origin text) && text=$(field "$g" policy text) ||
    cannot_tell "$unread"
  [[ $clock == wall || $clock == replay ]] || cannot_tell "$unread"
  read_policy "$text" || cannot_tell "$unread: $fault"
  [[ $policy_origin == "$origin" ]] || cannot_tell "$unread: its policy has another origin"
  notice=$(field "$g" notice text) && notice="; notice: $(shown "$notice")" || notice=
  genesis_found="is the one that you trust: $origin, $n validators$notice"
}

# policy_digest: what seals say of the policy that was read last.
policy_digest() { printf sha256: && printf %s "${policy//\\n/$'\n'}" | sha256; }

# read_checkpoint FILE: reads a checkpoint into the variables named head_…, and checks no signature. Where it fails,
# `fault` says why and `fault_in` whether in the head or in the signatures.
read_checkpoint() {
  local lines line one digits complete
  tr '\0' '\1' <"$1" >"$work/head"
  fault_in='head'
  fault='it is too long'
  (($(bytes_of "$work/head") <= 8192)) || return 1
  mapfile -t lines <"$work/head"
  # Lines 1 to 4 say where the head is; from line 5 on they are signatures.
  complete=${#lines[@]}
  ends_in_line_feed "$work/head" || complete=$((complete - 1))
  fault='it has too few lines'
  ((4 <= complete)) || return 1
  fault_in=signatures fault='its last line is missing or not ended by a line feed'
  ((5 <= complete && complete == ${#lines[@]})) || return 1
  fault_in='head' fault='its origin'
  [[ ${lines[0]} =~ ^$NAME$ ]] || return 1
  fault='its size'
  head_origin=${lines[0]} head_size=${lines[1]}
  is_number "$head_size" || return 1
  fault='its root'
  head_root=$(unbase64 "${lines[2]}" 32) || return 1
  fault='its line 4 is not empty'
  [[ -z ${lines[3]} ]] || return 1
  fault_in=signatures fault="the log's line is malformed"
  head_log=$(signature_of "${lines[4]}" 68) || return 1
  fault="the log's line is of another log"
  [[ ${head_log% *} == "$head_origin" ]] || return 1
  head_log=${head_log##* }
  head_names=() head_cosignatures=()
  for line in "${lines[@]:5}"; do
    fault='a cosignature is malformed or one too many'
    ((${#head_names[@]} < 15)) && one=$(signature_of "$line" 76) || return 1
    digits=${one##* }
    fault='the time of a cosignature is after the year 9999'
    [[ ${digits:8:6} == 000000 ]] && ((16#${digits:8:16} <= 253402207200)) || return 1
    head_names+=("${one% *} ${digits:0:8}") head_cosignatures+=("${digits:8}")
  done
  fault='a key has cosigned twice'
  [[ -z $(printf '%s\n' "${head_names[@]}" | sort | uniq -d) ]] || return 1
  printf '%s\n' "${lines[@]:0:3}" >"$work/body"
}

# place WORD LIST…: where in the list a word stands.
place() {
  local word=$1 at=0 item
  shift
  for item in "$@"; do
    [[ $item != "$word" ]] || { printf %d "$at" && return 0; }
    at=$((at + 1))
  done
  return 1
}

# accept_checkpoint: whether the policy that was read last accepts the checkpoint that was read; it leaves who signed.
accept_checkpoint() {
  local at line seconds signed=()
  fault='its origin is not that of the policy'
  [[ $head_origin == "$origin" ]] || return 1
  fault="the log's line is by no log key of the policy, or does not hold"
  at=$(place "${head_log:0:8}" "${log_ids[@]}") && verifies "${log_keys[at]}" "${head_log:8}" "$work/body" || return 1
  fault="${#head_names[@]} cosignatures where exactly $quorum belong"
  ((${#head_names[@]} == quorum)) || return 1
  for ((line = 0; line < quorum; line++)); do
    fault="cosignature $((line + 1)) is by no validator of the policy, or does not hold"
    seconds=$((16#${head_cosignatures[line]:0:16}))
    { printf 'cosignature/v1\ntime %d\n' "$seconds" && cat -- "$work/body"; } >"$work/cosigned"
    at=$(place "${head_names[line]}" "${cosigners[@]}") &&
      verifies "${cosigner_keys[at]}" "${head_cosignatures[line]:16}" "$work/cosigned" || return 1
    signed[at]=${seats[at]}
  done
  validators_found=$(printf ', %s' "${signed[@]}")
  validators_found="$quorum of $n signed, $quorum needed: ${validators_found#, }"
}

# ---- The tree ------------------------------------------------------------------------------------------------

leaf_hash() { { printf '\0' && cat -- "$1"; } | sha256; } # FILE

# join LEFT RIGHT: the hash of a node, in `joined`. Paths share their upper nodes, so each is hashed once.
declare -A nodes=()
join() {
  local line
  if [[ -z ${nodes[$1$2]-} ]]; then
    line=$(basenc --base16 -d <<<"01${1^^}${2^^}" | sha256sum) || return 1
    nodes[$1$2]=${line%% *}
  fi
  joined=${nodes[$1$2]}
}

# are_hashes LINE…: whether these are the lines of a path.
are_hashes() {
  local line
  (($# <= 53)) || return 1
  for line in "$@"; do [[ $line =~ $BASE64_32 ]] || return 1; done
}

# hashes_of LINE…: such lines as hexadecimal digits, one by one, into `path`.
hashes_of() {
  path=()
  (($# == 0)) || mapfile -t path < <(printf '%s\n' "$@" | base64 -d | basenc --base16 -w 64)
  ((${#path[@]} == $#)) && path=("${path[@],,}")
}

# is_included HASH INDEX SIZE ROOT: whether `path` leads from a leaf's hash to the root (RFC 9162, 2.1.3.2).
is_included() {
  local hash=$1 node=$2 last=$(($3 - 1)) sibling
  fault="there is no entry $2 in a log of $3"
  (($2 < $3)) || return 1
  for sibling in "${path[@]}"; do
    fault='the inclusion path is too long'
    ((0 < last)) || return 1
    if ((node % 2 == 1 || node == last)); then
      join "$sibling" "$hash"
      while ((node % 2 == 0 && 0 < node)); do node=$((node / 2)) last=$((last / 2)); done
    else
      join "$hash" "$sibling"
    fi
    hash=$joined node=$((node / 2)) last=$((last / 2))
  done
  fault='the inclusion path is too short'
  ((last == 0)) || return 1
  fault='the inclusion path does not lead to the root'
  [[ $hash == "$4" ]]
}

