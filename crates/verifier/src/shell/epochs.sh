# ---- Epochs --------------------------------------------------------------------------------------------------

# read_receipt FILE: reads a receipt into `index`, `path` and the variables of its checkpoint. Where it fails, `fault`
# and `fault_in` say why, as for a checkpoint.
read_receipt() {
  local lines at
  # Bash drops zero bytes; another byte that is allowed nowhere takes their place.
  tr '\0' '\1' <"$1" >"$work/receipt"
  fault_in='head' fault='it is too long'
  (($(bytes_of "$work/receipt") <= 12288)) || return 1
  mapfile -t lines <"$work/receipt"
  fault='line 1 or 2'
  [[ ${lines[0]-} == c2sp.org/tlog-proof@v1 && ${lines[1]-} == 'index '* ]] || return 1
  index=${lines[1]#index }
  fault='its index'
  is_number "$index" || return 1
  for ((at = 2; at < ${#lines[@]}; at++)); do [[ -n ${lines[at]} ]] || break; done
  fault='there is no empty line'
  ((at < ${#lines[@]})) || return 1
  fault='its path'
  are_hashes "${lines[@]:2:at-2}" && hashes_of "${lines[@]:2:at-2}" || return 1
  tail -n "+$((at + 2))" -- "$work/receipt" >"$work/checkpoint"
  read_checkpoint "$work/checkpoint"
}

# walk_epochs FOLDER NUMBER: from the policy of genesis through so many changes of validators, each signed by the ones
# before, to the policy of the last epoch; `policies` are those of all epochs. It stops where a change does not hold.
walk_epochs() {
  local step next of spent
  spent=" ${cosigner_keys[*]} "
  policies=("$policy")
  entry_code=12
  for ((step = 1; step <= $2; step++)); do
    printf -v of '%s/%04d' "$1" "$step"
    local named="the change of validators to epoch $step: "
    read_entry "$of.entry" "$named"
    [[ ${record[type text]} == validators.change ]] || not_verified 12 "${named}the record is another"
    [[ $(field "$r" 'body"epoch' number) == "$step" ]] || not_verified 12 "${named}the record is of another epoch"
    next=$(field "$r" 'body"policy' text) || not_verified 12 "${named}it has no policy"
    read_receipt "$of.proof" && is_included "$(leaf_hash "$of.entry")" "$index" "$head_size" "$head_root" &&
      accept_checkpoint ||
      not_verified 12 "${named}it is not in the log that the validators before it signed: $fault"
    read_policy "$next" || not_verified 12 "$named$fault"
    [[ $policy_origin == "$origin" ]] || not_verified 12 "${named}its policy is that of another log"
    for next in "${cosigner_keys[@]}"; do
      [[ $spent != *" $next "* ]] || not_verified 12 "${named}its policy has a cosigning key of an earlier epoch"
    done
    spent+="${cosigner_keys[*]} "
    policies+=("$policy")
  done
  entry_code=11
}

# read_seal FILE: reads a seal into the array `seal`. It fails if the line is none, and leaves `seal_is_newer`.
declare -A seal=()
D='[0-9a-f]{64}'
read_seal() {
  local l=$work/seal.values
  seal_is_newer=
  (($(bytes_of "$1") <= 65535)) && read_json "$1" "$l" &&
    load "$l" seal '(kind|policy|time) text|(epoch|height|v) number|slots\\0 number|slots\\1 text' &&
    [[ ${seal[kind text]-} == seal ]] || return 1
  [[ ${seal[v number]-} == 1 ]] || { seal_is_newer=yes && return 1; }
  fits "$l" "$(either '\\ object ' '(count|epoch|first|height) number .*' 'kind text seal' "(policy|prev) text sha256:$D" \
    "proposer text $NAME40" 'slots array ' 'slots\\0 number .*' "slots\\\\1 text sha256:$D" 'time text .*' 'v number 1')" &&
    (($(count "$l" '(count|epoch|first|height|time|policy|prev|slots|slots\\[01]) .*') == 10)) &&
    milliseconds "${seal[time text]-}"
}

# is_of_term EPOCH: whether that seal is of this epoch, and of the policy that was read last.
is_of_term() { [[ ${seal[epoch number]} == "$1" && ${seal[policy text]} == $(policy_digest) ]]; }

