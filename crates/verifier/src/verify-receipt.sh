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
# Six checks are made in order, up to the first that does not hold. The last line is the verdict, and
# the exit code its reason: 0 VERIFIED; NOT VERIFIED because of 10 the file, 11 the entry or its place in the
# log, 12 the validators' signatures, 13 the record's signatures; 15 CANNOT TELL; 2 wrong usage.
#
# Needs bash, coreutils, cmp, grep, sed, awk, iconv, openssl and ssh-keygen, as Debian 12 has them.
# docs/protocol.md says what every line must look like; the words below are those used there.

# The form "this && that || give-up" is meant: whatever fails in it must end in giving up.
# shellcheck disable=SC2015,SC2317

set -euo pipefail
export LC_ALL=C
unset OPENSSL_CONF CDPATH

if (($# < 4 || 5 < $#)); then
  printf 'usage: bash verify-receipt.sh GENESIS ENTRY PROOF ANCHOR [FILE]\n' >&2
  exit 2
fi
anchor=$4 document=${5-} with_document=$(($# == 5))
work=$(mktemp -d)

# ---- Verdicts ------------------------------------------------------------------------------------------------

# Whatever ends the script before a verdict is a gap of ours, and never VERIFIED.
decided=
finish() {
  local status=$?
  rm -rf -- "$work"
  if [[ -z $decided ]]; then
    printf 'CANNOT TELL   this script stopped before it was done (status %d)\n' "$status"
    exit 15
  fi
}
trap finish EXIT

check=
held() { printf '  %s %s\n' "$check" "$1"; } # WHAT WAS FOUND

not_checked() {
  local lines=() clock_line='' line label='not checked'
  case ${clock-} in
    replay) clock_line='times: this ledger replays history, and its times prove nothing' ;;
    wall) clock_line="that the validators' clocks were right" ;;
  esac
  ((with_document)) || lines+=('any file: none was given')
  lines+=(
    'that the signers held these roles and keys at that time: a dossier shows it'
    "that the outcome follows from the group's rules: a dossier shows it"
    'that no later record withdrew or replaced this one: a dossier shows it'
    'that these validators were still in office when they signed'
    "that the validators' keys belong to the organisations named"
    'that the validators did not tell somebody else another story'
  )
  [[ -z $clock_line ]] || lines+=("$clock_line")
  lines+=('that text is in Unicode Normalization Form C: plenary verify checks it')
  printf '  anchor        %s\n' "$anchor"
  for line in "${lines[@]}"; do
    printf '  %-14s%s\n' "$label" "$line"
    label=
  done
}

verdict() { # CODE WORDS
  not_checked
  printf '%s\n' "$2"
  decided=yes
  exit "$1"
}
verified() { verdict 0 VERIFIED; }
not_verified() { held "$2" && verdict "$1" "NOT VERIFIED   $2"; } # CODE WHY
cannot_tell() { held "$1" && verdict 15 "CANNOT TELL   $1"; }     # WHY

# ---- Bytes ---------------------------------------------------------------------------------------------------

bytes_of() { wc -c <"$1"; }
lines_of() { wc -l <"$1"; }
ends_in_line_feed() { [[ $(tail -c 1 -- "$1" | od -An -v -tx1) == ' 0a' ]]; }
unhex() { basenc --base16 -d <<<"${1^^}"; }

hex() {
  local digits
  digits=$(basenc --base16 -w 0) && printf %s "${digits,,}"
}

sha256() {
  local line
  line=$(sha256sum) && printf %s "${line%% *}"
}

# is_text FILE: UTF-8 without zero bytes, which bash would drop.
is_text() { cmp -s -- "$1" <(tr -d '\0' <"$1") && iconv -f UTF-8 -t UTF-16 <"$1" >/dev/null 2>&1; }

# unbase64 TEXT BYTES: the hexadecimal digits of so many bytes, if TEXT is their one spelling: padded, and with
# the bits that the last character has over being zero.
unbase64() {
  local digits
  [[ $1 =~ ^[A-Za-z0-9+/]*([A-Za-z0-9+/]|[AEIMQUYcgkosw048]=|[AQgw]==)$ ]] || return 1
  digits=$(base64 -d <<<"$1" 2>/dev/null | basenc --base16 -w 0) && [[ ${#digits} == $((2 * $2)) ]] || return 1
  printf %s "${digits,,}"
}

# is_number TEXT: decimal, below 2^53, in its one spelling. Nothing else may reach shell arithmetic.
is_number() { [[ $1 =~ ^(0|[1-9][0-9]{0,15})$ ]] && (($1 < 1 << 53)); }

# milliseconds TEXT: since 1970, if TEXT is the one spelling of a time.
milliseconds() {
  local base fraction seconds total
  [[ $1 =~ ^([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]{3})?Z$ ]] || return 1
  base=${BASH_REMATCH[1]} fraction=${BASH_REMATCH[2]}
  [[ $fraction != .000 ]] || return 1
  seconds=$(date -u -d "${base}Z" +%s 2>/dev/null) || return 1
  [[ $seconds =~ ^[0-9]{1,12}$ && $(date -u -d "@$seconds" +%Y-%m-%dT%H:%M:%S) == "$base" ]] || return 1
  fraction=${fraction#.}
  total=$((10#$seconds * 1000 + 10#${fraction:-0}))
  ((total <= 253402207200000)) || return 1
  printf %d "$total"
}

# ---- JSON lines ----------------------------------------------------------------------------------------------

# read_json FILE VALUES: reads one canonical line, and writes a line for each value in it: path, kind and text,
# such as `signers\0"who text tsb`. In a path, " stands before a key and \ before a place in a list; keys hold
# neither of them, nor spaces. The path of the whole is a full stop. Texts stay escaped. Fails on every other
# spelling.
read_json() {
  [[ $(lines_of "$1") == 1 ]] && ends_in_line_feed "$1" && is_text "$1" || return 1
  awk '
    function take(character) { if (substr(s, p, 1) != character) exit 1; p++ }
    function text(   from) {
      take("\"")
      for (from = p; ; p++) {
        if (!match(substr(s, p), /["\\]/)) exit 1
        p += RSTART
        if (substr(s, p - 1, 1) == "\"") return substr(s, from, p - 1 - from)
        if (substr(s, p, 1) !~ /["\\n]/) exit 1
      }
    }
    function value(path, depth,   opened, closing, n, key, last) {
      opened = substr(s, p, 1)
      if (opened == "{" || opened == "[") {
        if (depth == 0) exit 1
        closing = opened == "{" ? "}" : "]"
        print path (opened == "{" ? " object " : " array ")
        p++
        if (substr(s, p, 1) == closing) { p++; return }
        for (n = 0; ; n++) {
          if (opened == "{") {
            key = text()
            if (key !~ /^[!-~]+$/ || key ~ /\\/ || (0 < n && key "" <= last "")) exit 1
            last = key
            take(":")
            value(path == "." ? key : path "\"" key, depth - 1)
          } else value(path "\\" n, depth - 1)
          if (substr(s, p, 1) == closing) { p++; return }
          take(",")
        }
      } else if (opened == "\"") {
        print path " text " text()
      } else if (match(substr(s, p, 5), /^(true|false)/)) {
        print path " flag " substr(s, p, RLENGTH)
        p += RLENGTH
      } else if (match(substr(s, p, 17), /^(0|[1-9][0-9]*)/)) {
        key = substr(s, p, RLENGTH) ""
        if (16 < length(key) || (length(key) == 16 && "9007199254740992" <= key)) exit 1
        print path " number " key
        p += RLENGTH
      } else exit 1
    }
    # Control characters: below 20, 7f, and c2 80 to c2 9f.
    /[\001-\037\177]/ || /\302[\200-\237]/ || !/^{/ { exit 1 }
    { s = $0; p = 1; value(".", 16); if (p != length(s) + 1) exit 1 }
  ' "$1" >"$2"
}

# field VALUES PATH KIND: the text of a value that is there and of that kind.
field() {
  local line
  line=$(grep -a -m 1 -e "^$2 $3 " -- "$1") && printf %s "${line#"$2 $3 "}"
}

# shown TEXT: a text of the ledger as one line that no character of it can move, turn or end.
shown() {
  sed -E -e 's/\\\\/\x01/g; s/\\n/\xef\xbf\xbd/g; s/\\"/"/g; s/\x01/\\/g' -e 's/\xd8\x9c|\xef\xbb\xbf/\xef\xbf\xbd/g' \
    -e 's/\xe2\x80[\x8b-\x8f\xa8-\xae]|\xe2\x81[\xa6-\xa9]|\xf3\xa0[\x80\x81][\x80-\xbf]/\xef\xbf\xbd/g' <<<"$1"
}

# count VALUES PATTERN: how many values fit; fits: whether all do.
count() { grep -acE -e "^($2)\$" -- "$1" || true; }
fits() { [[ $(count "$1" "$2") == "$(lines_of "$1")" ]]; }

# ---- Ed25519 -------------------------------------------------------------------------------------------------

# OpenSSH takes S + L for S, and both tools take points of small order, under which a signature says nothing.
# So these are refused here first. L is the order of the group, P that of the field; y of the points of small
# order, of which there are eight: 0 (two points), 1, -1 and two numbers (two points each).
L=1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed
P=7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed
SMALL_ORDER=(
  0000000000000000000000000000000000000000000000000000000000000000
  0000000000000000000000000000000000000000000000000000000000000001
  7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec
  05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826
  7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7
)

# reverse HEX: 32 little-endian bytes as a number that can be compared digit by digit.
reverse() {
  local at out=
  for ((at = 62; 0 <= at; at -= 2)); do out+=${1:at:2}; done
  printf %s "$out"
}

# is_sound_point HEX: its y is canonical, and not that of a point of small order. The highest bit belongs to x.
is_sound_point() {
  local y small
  y=$(reverse "$1") && [[ ${#y} == 64 ]] || return 1
  y=$((16#${y:0:1} & 7))${y:1}
  [[ $y < $P ]] || return 1
  for small in "${SMALL_ORDER[@]}"; do [[ $y != "$small" ]] || return 1; done
}

# is_strict KEY SIGNATURE: what must hold before a tool is asked.
is_strict() {
  is_sound_point "$1" && is_sound_point "${2:0:64}" && [[ $(reverse "${2:64}") < $L ]]
}

# verifies KEY SIGNATURE MESSAGE-FILE. The digits before the key are those that X.509 puts there.
verifies() {
  is_strict "$1" "$2" || return 1
  unhex "302a300506032b6570032100$1" >"$work/key" && unhex "$2" >"$work/signature" || return 1
  openssl pkeyutl -verify -pubin -inkey "$work/key" -keyform DER -rawin -in "$3" -sigfile "$work/signature" \
    >/dev/null 2>&1
}

# ---- Notes ---------------------------------------------------------------------------------------------------

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

# ---- 1 genesis: it is the one that you trust, and names validators -------------------------------------------

check='1 genesis    '
# Each file is read once, and no further than any may be long.
copy() { head -c 70000 <"$1" >"$work/$2" 2>/dev/null || cannot_tell "the file $1 cannot be read"; }
copy "$1" genesis
copy "$2" entry
copy "$3" proof.bytes
# Bash drops zero bytes; another byte that is allowed nowhere takes their place.
tr '\0' '\1' <"$work/proof.bytes" >"$work/proof"

[[ $anchor != none && -n $anchor ]] || cannot_tell 'you have not said which ledger you trust'
[[ $anchor =~ ^sha256:[0-9a-f]{64}$ ]] || cannot_tell 'the anchor is not sha256: and 64 hexadecimal digits'
ledger=sha256:$({ printf '\0' && cat -- "$work/genesis"; } | sha256)
[[ $ledger == "$anchor" ]] || cannot_tell "this receipt is of another ledger, $ledger, than the one that you trust"

g=$work/genesis.values
unread='the genesis that you trust cannot be read'
(($(bytes_of "$work/genesis") <= 65535)) && read_json "$work/genesis" "$g" || cannot_tell "$unread"
[[ $(field "$g" kind text) == genesis ]] || cannot_tell "$unread"
[[ $(field "$g" v number) == 1 ]] || cannot_tell 'the genesis line has a format that this verifier does not know'
clock=$(field "$g" clock text) && origin=$(field "$g" origin text) && policy=$(field "$g" policy text) ||
  cannot_tell "$unread"
[[ $clock == wall || $clock == replay ]] || cannot_tell "$unread"

# The policy: n log lines, n witness lines, the group and the quorum.
mapfile -t policy_lines < <(printf %s "${policy//\\n/$'\n'}")
n=$(((${#policy_lines[@]} - 2) / 2))
((1 <= n && n <= 21 && ${#policy_lines[@]} == 2 * n + 2)) && [[ $policy == *\\n ]] || cannot_tell "$unread: its policy"
quorum=$((n * 2 / 3 + 1))
log_ids=() log_keys=() cosigners=() cosigner_keys=() seats=() group="group validators $quorum"
for ((at = 0; at < n; at++)); do
  line=${policy_lines[at]}
  [[ $line == 'log '* ]] && key=$(key_of 01 "${line#log }") || cannot_tell "$unread: line $((at + 1)) of its policy"
  read -r name id key <<<"$key"
  [[ $name == "$origin" ]] || cannot_tell "$unread: its policy has another origin"
  log_ids+=("$id") log_keys+=("$key")

  line=${policy_lines[n + at]}
  pattern='^witness ([a-z0-9.-]{1,64}) ([!-~]+)( https?://[!-~]+)?$'
  [[ $line =~ $pattern ]] || cannot_tell "$unread: line $((n + at + 1)) of its policy"
  seats+=("${BASH_REMATCH[1]}") group+=" ${BASH_REMATCH[1]}"
  key=$(key_of 04 "${BASH_REMATCH[2]}") || cannot_tell "$unread: line $((n + at + 1)) of its policy"
  read -r name id key <<<"$key"
  cosigners+=("$name $id") cosigner_keys+=("$key")
done
[[ ${policy_lines[2 * n]} == "$group" && ${policy_lines[2 * n + 1]} == 'quorum validators' ]] ||
  cannot_tell "$unread: the group or the quorum of its policy"
for list in "${log_ids[*]}" "${log_keys[*]} ${cosigner_keys[*]}"; do
  [[ -z $(tr ' ' '\n' <<<"$list" | sort | uniq -d) ]] || cannot_tell "$unread: its policy has a key twice"
done
notice=$(field "$g" notice text) && notice="; notice: $(shown "$notice")" || notice=
held "is the one that you trust: $origin, $n validators$notice"

# ---- 2 entry: a record of this ledger, and an outcome --------------------------------------------------------

check='2 entry      '
e=$work/entry
(($(bytes_of "$e") <= 65535)) || not_verified 11 'the entry is larger than a ledger takes'
(($(lines_of "$e") >= 2)) && ends_in_line_feed "$e" ||
  not_verified 11 'the entry is not a record file and an outcome line, each line ended by a line feed'
head -n 1 -- "$e" >"$work/line"
tail -n 1 -- "$e" >"$work/outcome"
head -c "-$(bytes_of "$work/outcome")" -- "$e" >"$work/file"
tail -n +2 -- "$work/file" >"$work/armour"
(($(bytes_of "$work/file") <= 49152)) || not_verified 11 'the record file is larger than a ledger takes'

NAME40='[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?'
S='signers\\[0-9]+'
r=$work/line.values
read_json "$work/line" "$r" && [[ $(field "$r" kind text) == record ]] || not_verified 11 "the record is malformed"
[[ $(field "$r" v number) == 1 ]] || cannot_tell "the record's line has a format that this verifier does not know"
fits "$r" "\\. object |body( object |[\"\\\\]).*|(at|expires|signed) text .*|kind text record|ledger text sha256:[0-9a-f]{64}\
|group text $NAME40|signers array |$S object |$S\"(as|who) text $NAME40\
|type text .*|v number 1" || not_verified 11 'the record is malformed: a field is unknown or not of its form'
field "$r" body object >/dev/null && field "$r" type text >/dev/null || not_verified 11 'the record is malformed'
milliseconds "$(field "$r" at text)" >/dev/null && signed=$(milliseconds "$(field "$r" signed text)") &&
  expires=$(milliseconds "$(field "$r" expires text)") || not_verified 11 'the record is malformed: a time'
((signed < expires && expires - signed <= 30 * 86400000)) ||
  not_verified 11 'the record is malformed: expires must be after signed, by 30 days at most'
signers=$(awk '$1 ~ /^signers.*"as$/ { as = $3 } $1 ~ /^signers.*"who$/ { print as, $3 }' "$r")
n_signers=$(count "$r" "$S object ")
((1 <= n_signers && n_signers <= 21)) && [[ $(count "$r" "$S\"as .*") == "$n_signers" &&
  $(count "$r" "$S\"who .*") == "$n_signers" && $(sort -u <<<"$signers" | wc -l) == "$n_signers" ]] ||
  not_verified 11 'the record is malformed: its signers'

o=$work/outcome.values
read_json "$work/outcome" "$o" && [[ $(field "$o" kind text) == outcome ]] || not_verified 11 'the outcome is malformed'
[[ $(field "$o" v number) == 1 ]] || cannot_tell 'the outcome line has a format that this verifier does not know'
PART='[A-Za-z0-9.-]+'
F='findings\\[0-9]+'
fits "$o" "\\. object |kind text outcome|v number 1|height number .*|time text .*|number text .*|subjects array \
|subjects\\\\[0-9]+ text $PART(/$PART){0,5}|findings array |$F object |$F\"facts( object |[\"\\\\]).*\
|$F\"(clause|rule) text .*|$F\"result text (met|waived|broken|noted)" || not_verified 11 'the outcome is malformed: a field'
[[ $(count "$o" 'subjects.* text .{129,}') == 0 ]] || not_verified 11 'the outcome is malformed: a subject'
findings=$(count "$o" "$F object ")
for part in 'clause text .*' 'rule text .*' 'result text .*' 'facts object '; do
  [[ $(count "$o" "$F\"$part") == "$findings" ]] || not_verified 11 'the outcome is malformed: a finding'
done
for part in 'height number' 'time text' 'subjects array' 'findings array'; do
  [[ $(count "$o" "$part .*") == 1 ]] || not_verified 11 'the outcome is malformed: a field is missing'
done
taken=$(field "$o" time text) && milliseconds "$taken" >/dev/null ||
  not_verified 11 'the outcome is malformed: its time'
found=$(field "$r" ledger text) || not_verified 11 'the record is malformed'
[[ $found == "$ledger" ]] || not_verified 11 "the record was signed for the ledger $found, not for this one"
number=$(field "$o" number text) && number=" as $(shown "$number")" || number=
held "is a record $(shown "$(field "$r" type text)") that the ledger took$number in block $(field "$o" height number) \
at $taken"

# ---- 3 file: it is one of the documents that the record names ------------------------------------------------

check='3 file       '
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

check='4 signatures '
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

is_text "$work/armour" || not_verified 13 "the record's signatures are malformed"
: >"$work/rewritten"
n_signatures=0 body='' signed_by=''
while IFS= read -r line; do
  case $line in
    '-----BEGIN SSH SIGNATURE-----') body= ;;
    '-----END SSH SIGNATURE-----')
      n_signatures=$((n_signatures + 1))
      ((n_signatures <= n_signers)) || not_verified 13 'there are more signatures than signers'
      signature_holds "$body" || not_verified 13 "signature $n_signatures over the record does not hold"
      signed_by+=", $(sed -n "${n_signatures}p" <<<"$signers") with $fingerprint"
      ;;
    *) body+=$line ;;
  esac
done <"$work/armour"
cmp -s -- "$work/armour" "$work/rewritten" || not_verified 13 "the record's signatures are malformed"
((n_signatures == n_signers)) || not_verified 13 "there are $n_signatures signatures where $n_signers belong"
held "hold: ${signed_by#, }"

# ---- 5 inclusion: the entry is in the log whose head the proof shows, where the proof says -------------------

check='5 inclusion  '
p=$work/proof
malformed='the proof is malformed'
(($(bytes_of "$p") <= 12288)) || not_verified 11 "$malformed: it is too long"
mapfile -t lines <"$p"
[[ ${lines[0]-} == c2sp.org/tlog-proof@v1 && ${lines[1]-} == 'index '* ]] || not_verified 11 "$malformed: line 1 or 2"
index=${lines[1]#index }
is_number "$index" || not_verified 11 "$malformed: its index"
path=()
for ((at = 2; at < ${#lines[@]}; at++)); do
  [[ -n ${lines[at]} ]] || break
  ((${#path[@]} < 53)) && one=$(unbase64 "${lines[at]}" 32) && path+=("$one") ||
    not_verified 11 "$malformed: line $((at + 1))"
done
((at < ${#lines[@]})) || not_verified 11 "$malformed: there is no empty line"

# The checkpoint: origin, size, root, an empty line, the log's line, and cosignatures.
head_at=$((at + 1))
n_lines=$((${#lines[@]} - head_at))
head=("${lines[@]:head_at}")
tail -n "+$((head_at + 1))" -- "$p" >"$work/head"
(($(bytes_of "$work/head") <= 8192)) || not_verified 11 "$malformed: its checkpoint is too long"
# Lines 1 to 4 say where the head is; from line 5 on they are signatures.
complete=$n_lines
ends_in_line_feed "$p" || complete=$((n_lines - 1))
((4 <= complete)) || not_verified 11 "$malformed: its checkpoint has too few lines"
((5 <= complete && complete == n_lines)) ||
  not_verified 12 "the checkpoint's last line is missing or not ended by a line feed"
[[ ${head[0]} =~ ^$NAME$ ]] || not_verified 11 "$malformed: the checkpoint's origin"
size=${head[1]}
is_number "$size" || not_verified 11 "$malformed: the checkpoint's size"
root=$(unbase64 "${head[2]}" 32) || not_verified 11 "$malformed: the checkpoint's root"
[[ -z ${head[3]} ]] || not_verified 11 "$malformed: the checkpoint's line 4 is not empty"

log=$(signature_of "${head[4]}" 68) || not_verified 12 "the log's line is malformed"
[[ ${log% *} == "${head[0]}" ]] || not_verified 12 "the log's line is of another log"
log=${log##* }
names=() cosignatures=()
for line in "${head[@]:5}"; do
  ((${#names[@]} < 15)) && one=$(signature_of "$line" 76) ||
    not_verified 12 'a cosignature is malformed or one too many'
  digits=${one##* }
  [[ ${digits:8:6} == 000000 ]] && ((16#${digits:8:16} <= 253402207200)) ||
    not_verified 12 'the time of a cosignature is after the year 9999'
  names+=("${one% *} ${digits:0:8}") cosignatures+=("${digits:8}")
done
[[ -z $(printf '%s\n' "${names[@]}" | sort | uniq -d) ]] || not_verified 12 'a key has cosigned twice'
[[ ${head[0]} == "$origin" ]] || not_verified 11 'the proof is of another log'

# RFC 9162, section 2.1.3.2.
((index < size)) || not_verified 11 "there is no entry $index in a log of $size"
node=$index last=$((size - 1))
hash=$({ printf '\0' && cat -- "$work/entry"; } | sha256)
for sibling in "${path[@]}"; do
  ((0 < last)) || not_verified 11 'the inclusion path is too long'
  if ((node % 2 == 1 || node == last)); then
    hash=$(unhex "01$sibling$hash" | sha256)
    while ((node % 2 == 0 && 0 < node)); do node=$((node / 2)) last=$((last / 2)); done
  else
    hash=$(unhex "01$hash$sibling" | sha256)
  fi
  node=$((node / 2)) last=$((last / 2))
done
((last == 0)) || not_verified 11 'the inclusion path is too short'
[[ $hash == "$root" ]] || not_verified 11 'the inclusion path does not lead to the root'
held "entry $index of $size is in the log with root sha256:$root"

# ---- 6 validators: a quorum of those that genesis names has signed the log's head ----------------------------

check='6 validators '
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

known=0
for name in "${names[@]}"; do ! place "$name" "${cosigners[@]}" >/dev/null || known=$((known + 1)); done
((${#names[@]} == 0 || 0 < known)) ||
  cannot_tell "the log's head is signed by no validator that genesis names; they may have changed since"
printf '%s\n' "${head[@]:0:3}" >"$work/body"
at=$(place "${log:0:8}" "${log_ids[@]}") && verifies "${log_keys[at]}" "${log:8}" "$work/body" ||
  not_verified 12 "the log's line is by no log key of genesis, or does not hold"
((${#names[@]} == quorum)) || not_verified 12 "${#names[@]} cosignatures where exactly $quorum belong"
signed_seats=()
for ((line = 0; line < quorum; line++)); do
  seconds=$((16#${cosignatures[line]:0:16}))
  { printf 'cosignature/v1\ntime %d\n' "$seconds" && cat -- "$work/body"; } >"$work/cosigned"
  at=$(place "${names[line]}" "${cosigners[@]}") &&
    verifies "${cosigner_keys[at]}" "${cosignatures[line]:16}" "$work/cosigned" ||
    not_verified 12 "cosignature $((line + 1)) is by no validator of genesis, or does not hold"
  signed_seats[at]=${seats[at]}
done
validators=$(printf ', %s' "${signed_seats[@]}")
held "$quorum of $n signed, $quorum needed: ${validators#, }"

verified
