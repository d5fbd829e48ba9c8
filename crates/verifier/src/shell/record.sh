# ---- Records -------------------------------------------------------------------------------------------------

NAME40='[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?'
PART='[A-Za-z0-9.-]+'
SUBJECT="$PART(/$PART){0,5}"
S='signers\\[0-9]+'
F='findings\\[0-9]+'
either() { local IFS='|' && printf %s "$*"; } # PATTERN…
RECORD=$(either '\\ object ' 'body( object |["\]).*' '(at|expires|signed) text .*' 'kind text record' \
  'ledger text sha256:[0-9a-f]{64}' "group text $NAME40" 'signers array ' "$S object " "$S\"(as|who) text $NAME40" \
  'type text .*' 'v number 1')
OUTCOME=$(either '\\ object ' 'kind text outcome' 'v number 1' 'height number .*' 'time text .*' 'number text .*' \
  'subjects array ' "subjects\\\\[0-9]+ text $SUBJECT" 'findings array ' "$F object " "$F\"facts( object |[\"\\]).*" \
  "$F\"(clause|rule) text .*" "$F\"result text (met|waived|broken|noted)")

# read_entry FILE NAMED: a record of this ledger and an outcome, into the arrays `record` and `outcome`; all their
# values are in $r and $o. It stops where the entry is none, with a reason that NAMED begins and with the code in
# $entry_code.
entry_code=11
declare -A record=() outcome=()
r=$work/line.values
o=$work/outcome.values
read_entry() {
  local e=$1 named=${2-} findings signed expires
  (($(bytes_of "$e") <= 65535)) || not_verified "$entry_code" "${named}the entry is larger than a ledger takes"
  (($(lines_of "$e") >= 2)) && ends_in_line_feed "$e" ||
    not_verified "$entry_code" "${named}the entry is not a record file and an outcome line, each line ended by a line feed"
  head -n 1 -- "$e" >"$work/line"
  tail -n 1 -- "$e" >"$work/outcome"
  head -c "-$(bytes_of "$work/outcome")" -- "$e" >"$work/file"
  tail -n +2 -- "$work/file" >"$work/armour"
  (($(bytes_of "$work/file") <= 49152)) || not_verified "$entry_code" "${named}the record file is larger than a ledger takes"

  read_json "$work/line" "$r" && load "$r" record '(at|expires|group|kind|ledger|signed|type) text|v number|body object' &&
    [[ ${record[kind text]-} == record ]] || not_verified "$entry_code" "${named}the record is malformed"
  [[ ${record[v number]-} == 1 ]] || cannot_tell "the record's line has a format that this verifier does not know"
  fits "$r" "$RECORD" || not_verified "$entry_code" "${named}the record is malformed: a field is unknown or not of its form"
  [[ -v record['body object'] && -v record['type text'] ]] || not_verified "$entry_code" "${named}the record is malformed"
  milliseconds "${record[at text]-}" && milliseconds "${record[signed text]-}" && signed=$ms &&
    milliseconds "${record[expires text]-}" && expires=$ms || not_verified "$entry_code" "${named}the record is malformed: a time"
  ((signed < expires && expires - signed <= 30 * 86400000)) ||
    not_verified "$entry_code" "${named}the record is malformed: expires must be after signed, by 30 days at most"
  signers=$(awk '$1 ~ /^signers.*"as$/ { as = $3 } $1 ~ /^signers.*"who$/ { print as, $3 }' "$r")
  n_signers=$(count "$r" "$S object ")
  # An object has a key once, so where the sum is right each has all.
  ((1 <= n_signers && n_signers <= 21 && $(count "$r" "$S\"(as|who) .*") == 2 * n_signers)) &&
    [[ $(sort -u <<<"$signers" | wc -l) == "$n_signers" ]] || not_verified "$entry_code" "${named}the record is malformed: its signers"

  read_json "$work/outcome" "$o" && load "$o" outcome '(kind|number|time) text|(height|v) number' &&
    [[ ${outcome[kind text]-} == outcome ]] || not_verified "$entry_code" "${named}the outcome is malformed"
  [[ ${outcome[v number]-} == 1 ]] || cannot_tell 'the outcome line has a format that this verifier does not know'
  fits "$o" "$OUTCOME" || not_verified "$entry_code" "${named}the outcome is malformed: a field"
  [[ $(count "$o" 'subjects.* text .{129,}') == 0 ]] || not_verified "$entry_code" "${named}the outcome is malformed: a subject"
  findings=$(count "$o" "$F object ")
  (($(count "$o" "$F\"((clause|rule|result) text|facts object) .*") == 4 * findings)) ||
    not_verified "$entry_code" "${named}the outcome is malformed: a finding"
  (($(count "$o" '(height number|time text|subjects array|findings array) .*') == 4)) ||
    not_verified "$entry_code" "${named}the outcome is malformed: a field is missing"
  milliseconds "${outcome[time text]}" || not_verified "$entry_code" "${named}the outcome is malformed: its time"
  [[ -v record['ledger text'] ]] || not_verified "$entry_code" "${named}the record is malformed"
  [[ ${record[ledger text]} == "$ledger" ]] ||
    not_verified "$entry_code" "${named}the record was signed for the ledger ${record[ledger text]}, not for this one"
  taken=${outcome[time text]}
  number=${outcome[number text]+ $(shown "${outcome[number text]}")}
}

string() { printf '%08x' "${#1}" && printf %s "$1" | hex; } # TEXT, as SSH writes it
MAGIC=$(printf SSHSIG | hex)00000001
ED=$(string ssh-ed25519)00000020
SK=$(string sk-ssh-ed25519@openssh.com)00000020
PURPOSE=$(string plenary-record)00000000$(string sha512)
ED_SIGNATURE="$PURPOSE"00000053$(string ssh-ed25519)00000040
SK_SIGNATURE="$PURPOSE"00000067$(string sk-ssh-ed25519@openssh.com)00000040
H='[0-9a-f]'
ED_BLOB="^${MAGIC}00000033($ED($H{64}))$ED_SIGNATURE($H{128})\$"
SK_BLOB="^${MAGIC}000000($H{2})($SK($H{64})000000($H{2})($H*))$SK_SIGNATURE($H{128})${H}[13579bdf]$H{8}\$"

# signature_holds BASE64: one signature over the record's line; it leaves the key's fingerprint.
signature_holds() {
  local blob kind key point signature application
  blob=$(printf %s "$1" | base64 -d 2>/dev/null | hex) || return 1
  if [[ $blob =~ $ED_BLOB ]]; then
    kind=ssh-ed25519 key=${BASH_REMATCH[1]} point=${BASH_REMATCH[2]} signature=${BASH_REMATCH[3]}
  elif [[ $blob =~ $SK_BLOB ]]; then
    # A hardware key's: it is bound to an application, and its lowest flag says that it was touched.
    kind=sk-ssh-ed25519@openssh.com
    key=${BASH_REMATCH[2]} point=${BASH_REMATCH[3]} application=${BASH_REMATCH[5]} signature=${BASH_REMATCH[6]}
    ((${#application} == 2 * 16#${BASH_REMATCH[4]} && 16#${BASH_REMATCH[1]} == 70 + ${#application} / 2)) || return 1
    unhex "$application" >"$work/application" && is_text "$work/application" || return 1
  else
    return 1
  fi
  is_strict "$point" "$signature" || return 1
  fingerprint=SHA256:$(unhex "$(unhex "$key" | sha256)" | base64 -w 0) && fingerprint=${fingerprint%%=*}
  printf 'signer namespaces="plenary-record" %s %s\n' "$kind" "$(unhex "$key" | base64 -w 0)" >"$work/allowed"
  printf '%s\n' '-----BEGIN SSH SIGNATURE-----' "$(unhex "$blob" | base64 -w 70)" '-----END SSH SIGNATURE-----' \
    >"$work/one"
  # What was read must be what ssh-keygen would have written.
  cat -- "$work/one" >>"$work/rewritten"
  (($(bytes_of "$work/one") <= 1024)) || return 1
  ssh-keygen -Y verify -f "$work/allowed" -I signer -n plenary-record -s "$work/one" <"$work/line" >/dev/null 2>&1
}

# check_signatures NAMED: each signer's signature over the record's line, under the key that it names. It leaves who
# signed with which key, and stops where one does not hold, with a reason that NAMED begins.
check_signatures() {
  local named=${1-} n_signatures=0 body='' line
  signed_by=
  is_text "$work/armour" || not_verified 13 "${named}the record's signatures are malformed"
  : >"$work/rewritten"
  while IFS= read -r line; do
    case $line in
      '-----BEGIN SSH SIGNATURE-----') body= ;;
      '-----END SSH SIGNATURE-----')
        n_signatures=$((n_signatures + 1))
        ((n_signatures <= n_signers)) || not_verified 13 "${named}there are more signatures than signers"
        signature_holds "$body" || not_verified 13 "${named}signature $n_signatures over the record does not hold"
        signed_by+=", $(sed -n "${n_signatures}p" <<<"$signers") with $fingerprint"
        ;;
      *) body+=$line ;;
    esac
  done <"$work/armour"
  cmp -s -- "$work/armour" "$work/rewritten" || not_verified 13 "${named}the record's signatures are malformed"
  ((n_signatures == n_signers)) || not_verified 13 "${named}there are $n_signatures signatures where $n_signers belong"
}

