# ---- 1 container: an archive in its one spelling, with nothing missing ---------------------------------------

not_checked() {
  printf '%s\n' "that the outcomes follow from the group's rules: plenary verify checks it"
  [[ -z ${not_given-} ]] || printf 'documents that were not given: %s\n' "$not_given"
  printf '%s\n' 'that each subject has one slot: a quorum of the validators enforced it' \
    "that the validators' keys belong to the organisations named" \
    'that the validators did not tell somebody else another story'
  times_not_checked
}

check_name 1 container
malformed() { not_verified 11 "the dossier is malformed: $1"; }          # WHY
missing() { not_verified 16 "the dossier is not whole: $1 is missing"; } # NAME
need() { [[ -f $work/d/$1 ]] || missing "$1"; }                          # NAME

N='[0-9]{16}'
NAMES="^(about|checkpoint|disclosures/$D|documents/$D|entries/$N|epochs/[0-9]{4}\\.(entry|proof)|paths/$N\
|since/(checkpoint|path)|slot-paths/$N|slots/$N)\$"
LISTED='^-rw-r--r-- 0/0 +([0-9]+) 1970-01-01 00:00:00 ([!-~]+)$'

copy "$dossier" dossier 268435457
length=$(bytes_of "$work/dossier")
((length <= 268435456)) || malformed 'it is too long'
# Only what is listed as a regular file with a known name is unpacked. Read from standard input, an archive is
# not taken for a compressed one.
tar --utc --numeric-owner --full-time -tvf - <"$work/dossier" >"$work/listed" 2>/dev/null || malformed 'it is no archive'
declare -A size_of=()
names=() unknown='' total=0
while IFS= read -r line; do
  [[ $line =~ $LISTED ]] || malformed 'it holds what is no file as archives of dossiers have them'
  name=${BASH_REMATCH[2]} size=${BASH_REMATCH[1]}
  is_number "$size" && ((size <= length && (total += size) <= length)) || malformed 'it ends too early'
  [[ $name =~ $NAMES ]] || unknown=${unknown:-$name}
  names+=("$name") size_of[$name]=$size
done <"$work/listed"
mkdir "$work/d"
if [[ -n $unknown ]]; then
  [[ -z ${size_of[about]-} ]] || tar --no-same-owner -C "$work/d" -xf - about <"$work/dossier" 2>/dev/null || malformed about
else
  tar --no-same-owner -C "$work/d" -xf - <"$work/dossier" 2>/dev/null || malformed 'it cannot be unpacked'
  # Packed again in the one order and spelling that there is, it must be the same.
  printf '%s\n' "${names[@]}" | sort -u >"$work/sorted"
  tar --format=ustar --owner=0 --group=0 --numeric-owner --mtime=@0 --mode=0644 -b 1 --no-recursion \
    --hard-dereference -C "$work/d" -T "$work/sorted" -cf "$work/again" && cmp -s "$work/dossier" "$work/again" ||
    malformed 'it is not in the one spelling of archives'
fi

b=$work/about.values
if [[ -f $work/d/about ]]; then
  (($(bytes_of "$work/d/about") <= 65535)) && read_json "$work/d/about" "$b" &&
    [[ $(field "$b" kind text) == dossier ]] || malformed about
  [[ $(field "$b" v number) == 1 ]] || cannot_tell 'the dossier has a format that this verifier does not know'
fi
# A format of another version may have other files.
[[ -z $unknown ]] || malformed "$unknown is no file of a dossier"
need about
fits "$b" "$(either '\\ object ' 'kind text dossier' 'v number 1' "ledger text sha256:$D" "subject text $SUBJECT")" &&
  (($(lines_of "$b") == 5 && $(bytes_of "$work/d/about") <= 1024)) || malformed about
about_ledger=$(field "$b" ledger text) && subject=$(field "$b" subject text) && ((${#subject} <= 128)) ||
  malformed about
need checkpoint

# read_lines NAME: a file's lines, which hold no zero bytes and all end in a line feed.
read_lines() {
  local line total=0
  mapfile -t lines <"$work/d/$1"
  for line in "${lines[@]}"; do ((total += ${#line} + 1)); done
  ((total == size_of[$1]))
}

# numbered FOLDER PATHS: the numbers of the files in a folder, into `numbers`. For each there is its path, whose
# lines are kept in `path_lines`.
declare -A path_lines=()
numbered() {
  local name number
  numbers=()
  for name in "${names[@]}"; do
    [[ $name == "$1"/* ]] || continue
    number=${name#*/} && number=${number#"${number%%[!0]*}"} && number=${number:-0}
    is_number "$number" || malformed "$name"
    need "$2/${name#*/}"
    read_lines "$2/${name#*/}" && [[ ${lines[0]-} == "index $number" ]] && are_hashes "${lines[@]:1}" ||
      malformed "$2/${name#*/} is not the path of $number"
    numbers+=("$number")
    path_lines["$1 $number"]=${lines[*]:1}
  done
}

# take_path FOLDER NUMBER: such a path, into `path`.
take_path() {
  local lines
  read -ra lines <<<"${path_lines[$1 $2]}"
  hashes_of "${lines[@]}"
}

# leaves_of FOLDER: the hashes of its files as leaves, by number, into `leaf`.
leaves_of() {
  local number hash name
  mkdir -p "$work/leaves/$1"
  printf '\0' >"$work/zero"
  for number in "${numbers[@]}"; do cat -- "$work/zero" "$(file "$1" "$number")" >"$work/leaves/$1/$number"; done
  while read -r hash name; do leaf["$1 ${name##*/}"]=$hash; done < <(sha256sum -- "$work/leaves/$1"/*)
}
declare -A leaf=()
file() { printf '%s/d/%s/%016d' "$work" "$1" "$2"; } # FOLDER NUMBER

declare -A slot_count=() slot_head=()
numbered entries paths
entries=("${numbers[@]}")
leaves_of entries
numbered slots slot-paths
slots=("${numbers[@]}")
leaves_of slots
slot_subjects=()
for slot in "${slots[@]}"; do
  read_lines "$(printf 'slots/%016d' "$slot")" && ((${#lines[@]} == 3)) && [[ ${lines[0]} =~ ^$SUBJECT$ ]] &&
    ((${#lines[0]} <= 128)) && is_number "${lines[1]}" && [[ ${lines[2]} =~ ^$D$ ]] || malformed "slot $slot"
  slot_subjects+=("${lines[0]}")
  slot_count[${lines[0]}]=${lines[1]} slot_head[${lines[0]}]=${lines[2]}
done
need entries/0000000000000000
epochs=0
for name in "${names[@]}"; do
  case $name in
    paths/*) need "entries/${name#*/}" ;;
    slot-paths/*) need "slots/${name#*/}" ;;
    since/*) need since/checkpoint && need since/path ;;
    epochs/*.entry)
      epochs=$((epochs + 1))
      need "$(printf 'epochs/%04d.entry' "$epochs")"
      need "${name%.entry}.proof"
      ;;
    epochs/*.proof) need "${name%.proof}.entry" ;;
  esac
done
since_path=()
if [[ -f $work/d/since/path ]]; then
  read_lines since/path && are_hashes "${lines[@]}" && hashes_of "${lines[@]}" || malformed 'since/path is no path'
  since_path=("${path[@]}")
fi
held "is a dossier of $subject: ${#entries[@]} entries, ${#slots[@]} chains"

# ---- 2 genesis: it is the one that you trust, and the dossier is of its ledger -------------------------------

check_name 2 genesis
trust_genesis "$(file entries 0)"
[[ $about_ledger == "$ledger" ]] ||
  not_verified 11 "the dossier says that it is of the ledger $about_ledger, and its genesis is of another"
held "$genesis_found"

# ---- 3 epochs: each change of validators was signed by the ones before ---------------------------------------

check_name 3 epochs
walk_epochs "$work/d/epochs" "$epochs"
if ((epochs)); then
  held "$epochs changes of validators, each signed by the ones before"
else
  held 'no change: the validators are those of genesis'
fi

# ---- 4 validators: a quorum of them has signed the log's head ------------------------------------------------

check_name 4 validators
read_checkpoint "$work/d/checkpoint" && accept_checkpoint || not_verified 12 "the checkpoint: $fault"
size=$head_size root=$head_root
held "$validators_found"

# ---- 5 inclusion: each entry is in the log, where the dossier says -------------------------------------------

check_name 5 inclusion
for index in "${entries[@]}"; do
  take_path entries "$index" && is_included "${leaf[entries $index]}" "$index" "$size" "$root" ||
    not_verified 11 "entry $index is not in the log as the dossier says: $fault"
done
held "${#entries[@]} entries are in the log of $size with root sha256:$root"

# ---- 6 seal: the last entry closes a block of this epoch -----------------------------------------------------

check_name 6 seal
end=$((size - 1))
[[ -n ${leaf[entries $end]-} ]] || missing "$(printf 'entries/%016d' "$end")"
if ! read_seal "$(file entries "$end")"; then
  [[ -z $seal_is_newer ]] || cannot_tell 'the seal line has a format that this verifier does not know'
  not_verified 11 'the log does not end with a seal'
fi
is_of_term "$epochs" ||
  not_verified 12 "the seal is of another policy, or of epoch ${seal[epoch number]}; the changes lead to epoch $epochs"
slots_size=${seal['slots\0 number']} slots_root=${seal['slots\1 text']}
closed="block ${seal[height number]} at ${seal[time text]}"
held "closes $closed, in epoch $epochs"

# ---- 7 signatures: all other entries are records, and each signer's signature holds --------------------------

check_name 7 signatures
declare -A held_count=() held_head=()
CHAIN=$(printf 'plenary/head/v1\n' | basenc --base16)
# chain ENTRY SUBJECT: one more entry about a subject.
chain() {
  local head=${held_head[$2]:-0000000000000000000000000000000000000000000000000000000000000000}
  head=$(basenc --base16 -d <<<"$CHAIN${head^^}${leaf[entries $1]^^}" | sha256sum)
  held_head[$2]=${head%% *}
  held_count[$2]=$((${held_count[$2]:-0} + 1))
}
while IFS= read -r one; do chain 0 "$one"; done < <(
  printf 'validators\n' && sed -nE 's/^authorities\\[0-9]+"who text (.*)$/organization\/\1/p' "$g" | sort -u
)

: >"$work/documents"
: >"$work/shown"
# take_commitments TYPE GROUP: what the record that was read says of commitments to an identity.
declare -A in_force=()
take_commitments() {
  local type=$1 who field scope
  case $1 in participant.enroll | participant.rectify | erasure.request) ;; *) return 0 ;; esac
  who=$(field "$r" 'body"participant' text) || who=$(field "$r" 'body"pid' text) || return 0
  [[ $who =~ ^[0-9a-f]{32}$ ]] || return 0
  who=$2/participant/$who
  case $type in
    participant.enroll | participant.rectify)
      while read -r field scope; do in_force["$who $field"]=$scope; done < <(
        sed -nE 's/^body"commitments"([a-z]+) text (sha256:[0-9a-f]{64})$/\1 \2/p' "$r"
      )
      ;;
    erasure.request)
      scope=$(field "$r" 'body"scope' text) || return 0
      for field in name title email affiliation; do
        [[ $scope == all-but-name && $field == name ]] || unset "in_force[$who $field]"
      done
      ;;
  esac
}

signatures=0 records=0
for index in "${entries[@]}"; do
  [[ $index != 0 && $index != "$end" ]] || continue
  read_entry "$(file entries "$index")" "entry $index: "
  check_signatures "entry $index: "
  records=$((records + 1)) signatures=$((signatures + n_signers))
  is_own=
  while IFS= read -r one; do
    chain "$index" "$one"
    [[ $one != "$subject" ]] || is_own=yes
  done < <(sed -nE 's/^subjects\\[0-9]+ text (.*)$/\1/p' "$o")
  [[ -z ${record[group text]-} ]] || take_commitments "${record[type text]}" "${record[group text]}"
  [[ -n $is_own ]] || continue
  # Every object of the body with a digest and a number of bytes; in a sorted object "bytes" stands first.
  awk '
    $1 ~ /^body["\\].*"bytes$/ && $2 == "number" { of = $1; sub(/"bytes$/, "", of); bytes[of] = $3 }
    $1 ~ /^body["\\].*"digest$/ && $2 == "text" && $3 ~ /^sha256:[0-9a-f]+$/ && length($3) == 71 && NF == 3 {
      sub(/"digest$/, "", $1)
      if ($1 in bytes) print $3, bytes[$1]
    }' "$r" >>"$work/documents"
  printf '%s %s%s at %s by %s\n' "$index" "$(shown "${record[type text]}")" "$number" "$taken" "${signers//$'\n'/, }" >>"$work/shown"
done
held "hold: $signatures under $records records"

# ---- 8 completeness: no record was left out ------------------------------------------------------------------

check_name 8 completeness
for at in "${!slots[@]}"; do
  take_path slots "${slots[at]}" && is_included "${leaf[slots ${slots[at]}]}" "${slots[at]}" "$slots_size" "${slots_root#sha256:}" ||
    not_verified 11 "the slot of ${slot_subjects[at]} is not in the ledger as the dossier says: $fault"
done
twice=$(printf '%s\n' "${slot_subjects[@]}" | sort | uniq -d | head -n 1)
[[ -z $twice ]] || not_verified 14 "two slots are of $twice"
while IFS= read -r one; do
  [[ -n ${slot_count[$one]-} ]] || not_verified 16 "records about $one may have been left out: its slot is missing"
done < <(printf '%s\n' "${!held_count[@]}" | sort && printf '%s\n' "$subject")
while IFS= read -r one; do
  found=${held_count[$one]:-0} count=${slot_count[$one]}
  ((count <= found)) ||
    not_verified 16 "records about $one were left out: the dossier holds $found of $count entries"
  ((found <= count)) || not_verified 14 "the ledger counts $count entries about $one, and $found are in its log"
  ((count == 0)) || [[ ${held_head[$one]} == "${slot_head[$one]}" ]] ||
    not_verified 14 "the entries about $one are not those that the ledger says"
done < <(printf '%s\n' "${slot_subjects[@]}" | sort)
held "nothing is left out: all ${slot_count[$subject]} entries about $subject, and all of ${#slots[@]} chains"

# ---- 9 rules: passed over ------------------------------------------------------------------------------------

check_name 9 rules
held 'plenary verify checks them'

# ---- 10 documents: each is one that a record of the subject names --------------------------------------------

check_name 10 documents
# take_document FILE: it is named by a record.
take_document() {
  content="sha256:$(sha256 <"$1") $(bytes_of "$1")" || cannot_tell "the file $1 cannot be read"
  printf '%s\n' "$content" >>"$work/given"
}
: >"$work/given"
for name in "${names[@]}"; do
  [[ $name == documents/* ]] || continue
  take_document "$work/d/$name"
  [[ ${content% *} == "sha256:${name#*/}" ]] ||
    not_verified 10 "a document in the dossier is named sha256:${name#*/}, and is ${content% *}"
done
for name in "${given[@]}"; do
  [[ -r $name && -f $name ]] || cannot_tell "the file $name cannot be read"
  take_document "$name"
done
while IFS= read -r content; do
  grep -aFxq -e "$content" "$work/documents" ||
    not_verified 10 "this is no document that a record of $subject names: ${content/ / of } bytes"
done <"$work/given"
not_given=$(awk '!seen[$0]++' "$work/documents" | grep -avFx -f "$work/given" | cut -d ' ' -f 1 | paste -s -d , || true)
not_given=${not_given//,/, }
n_given=$(lines_of "$work/given")
case $n_given/$not_given in
  0/*) held 'none was given' ;;
  */) held "$n_given were given, and are the recorded ones" ;;
  *) held "$n_given were given, and are recorded ones; $(grep -o sha256 <<<"$not_given" | wc -l) were not given" ;;
esac

# ---- 11 disclosures: each opens a commitment that is in force ------------------------------------------------

check_name 11 disclosures
# Blanks of Unicode: one that begins or ends a value is refused.
BLANK=$' |\xc2\xa0|\xe1\x9a\x80|\xe2\x80[\x80-\x8a\xa8\xa9\xaf]|\xe2\x81\x9f|\xe3\x80\x80'
# opens FILE COMMITMENT: a disclosure of that commitment; it leaves whose and which.
opens() {
  local v=$work/disclosure.values key text length
  (($(bytes_of "$1") <= 2048)) && read_json "$1" "$v" || return 1
  fits "$v" "$(either '\\ object ' 'kind text disclosure' 'v number 1' "group text $NAME40" 'pid text [0-9a-f]{32}' \
    "field text $NAME40" "salt text $D" 'value text .*')" && (($(lines_of "$v") == 8)) || return 1
  text=$(field "$v" value text) || return 1
  length=${text//\\[\"\\]/x} && length=${#length}
  [[ $text != *\\n* && ! $text =~ ^($BLANK) && ! $text =~ ($BLANK)$ ]] && ((1 <= length && length <= 512)) || return 1
  opened="$(field "$v" group text)/participant/$(field "$v" pid text) $(field "$v" field text)"
  shown_as="$(field "$v" field text) of $(field "$v" pid text): $(shown "$text")"
  printf '["plenary/identity/v1","%s","%s","%s","%s"]' "$(field "$v" group text)" "$(field "$v" pid text)" \
    "$(field "$v" field text)" "$text" >"$work/committed"
  key=$(field "$v" salt text)
  [[ $(openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -r "$work/committed") == "$2 "* ]]
}
disclosures=0
for name in "${names[@]}"; do
  [[ $name == disclosures/* ]] || continue
  opens "$work/d/$name" "${name#*/}" || not_verified 10 'a disclosure does not hold: it opens no such commitment'
  [[ ${in_force[$opened]-} == "sha256:${name#*/}" ]] ||
    not_verified 10 "a disclosure opens sha256:${name#*/}, which is no commitment in force in these records"
  disclosures=$((disclosures + 1))
  printf '%s\n' "$shown_as" >>"$work/opened"
done
if ((disclosures)); then held "$disclosures open commitments that are in force"; else held 'none was given'; fi

# ---- 12 since: the log has only grown ------------------------------------------------------------------------

check_name 12 since
# has_grown SIZE ROOT HASH…: whether the path shows it from an older head (RFC 9162, 2.1.4.2).
has_grown() {
  local old_size=$1 old_root=$2 node=$(($1 - 1)) last=$((size - 1)) before after hash
  shift 2
  ((0 < old_size && old_size <= size)) || return 1
  if ((old_size == size)); then (($# == 0)) && [[ $old_root == "$root" ]] && return 0 || return 1; fi
  while ((node % 2 == 1)); do node=$((node / 2)) last=$((last / 2)); done
  before=$old_root
  if ((node != 0)); then
    (($#)) || return 1
    before=$1
    shift
  fi
  after=$before
  while ((0 < last)); do
    if ((node % 2 == 1 || node < last)); then
      (($#)) || return 1
      hash=$1
      shift
      if ((node % 2 == 1)); then
        join "$hash" "$before" && before=$joined && join "$hash" "$after" && after=$joined
      else
        join "$after" "$hash" && after=$joined
      fi
    fi
    node=$((node / 2)) last=$((last / 2))
  done
  (($# == 0)) && [[ $before == "$old_root" && $after == "$root" ]]
}
# older FILE: reads a checkpoint that a quorum of some epoch so far has signed.
older() {
  local at
  read_checkpoint "$1" || return 1
  ! accept_checkpoint || return 0
  for ((at = epochs - 1; 0 <= at; at--)); do
    read_policy "${policies[at]}" && accept_checkpoint && return 0
  done
  return 1
}
not_grown() { not_verified 14 "the log of $head_size entries is not the beginning of this one"; }

grown=
if [[ -f $work/d/since/checkpoint ]]; then
  older "$work/d/since/checkpoint" || not_verified 12 "the older checkpoint: $fault"
  has_grown "$head_size" "$head_root" "${since_path[@]}" || not_grown
  grown=$head_size
fi
if [[ -n $since ]]; then
  copy "$since" since
  read_policy "${policies[epochs]}" && older "$work/since" || cannot_tell "your older checkpoint is none of this ledger's: $fault"
  ((head_size <= size)) || cannot_tell "your checkpoint has $head_size entries, more than the dossier's"
  ((head_size == size)) || [[ $grown == "$head_size" ]] ||
    cannot_tell "the dossier does not say how the log grew from your checkpoint of $head_size entries"
  ((head_size < size)) || since_path=()
  has_grown "$head_size" "$head_root" "${since_path[@]}" || not_grown
  grown=$head_size
fi
if [[ -n $grown ]]; then
  held "the log of $head_size entries with root sha256:$head_root has only grown"
else
  held 'no older checkpoint was given'
fi

printf '\nWhat the records show of %s, up to %s:\n\n' "$subject" "$closed"
[[ ! -f $work/opened ]] || sed 's/^/  identity       /' "$work/opened"
sed 's/^/  record         /' "$work/shown"
printf '\n'

verified
