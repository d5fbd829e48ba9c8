# ---- Bytes ---------------------------------------------------------------------------------------------------

bytes_of() { wc -c <"$1"; }
lines_of() { wc -l <"$1"; }
ends_in_line_feed() { [[ $(tail -c 1 -- "$1" | od -An -v -tx1) == ' 0a' ]]; }
unhex() { basenc --base16 -d <<<"${1^^}"; }

# copy FILE AS: a file is read once, and no further than any of its kind may be long.
copy() { head -c "${3:-70000}" <"$1" >"$work/$2" 2>/dev/null || cannot_tell "the file $1 cannot be read"; }

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

# is_line FILE: one such line, ended by a line feed.
is_line() {
  local lines
  mapfile lines <"$1"
  [[ ${#lines[@]} == 1 && ${lines[0]} == *$'\n' ]] && ((${#lines[0]} == $(bytes_of "$1"))) &&
    iconv -f UTF-8 -t UTF-16 <"$1" >/dev/null 2>&1
}

# unbase64 TEXT BYTES: the hexadecimal digits of so many bytes, if TEXT is their one spelling: padded, and with
# the bits that the last character has over being zero.
unbase64() {
  local digits
  [[ $1 =~ ^[A-Za-z0-9+/]*([A-Za-z0-9+/]|[AEIMQUYcgkosw048]=|[AQgw]==)$ ]] || return 1
  digits=$(base64 -d <<<"$1" 2>/dev/null | basenc --base16 -w 0) && [[ ${#digits} == $((2 * $2)) ]] || return 1
  printf %s "${digits,,}"
}

# BASE64_32: the one base64 spelling of 32 bytes.
BASE64_32='^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$'

# is_number TEXT: decimal, below 2^53, in its one spelling. Nothing else may reach shell arithmetic.
is_number() { [[ $1 =~ ^(0|[1-9][0-9]{0,15})$ ]] && (($1 < 1 << 53)); }

# milliseconds TEXT: since 1970, into `ms`, if TEXT is the one spelling of a time that there is.
milliseconds() {
  local year month day seconds days=(0 31 28 31 30 31 30 31 31 30 31 30 31)
  [[ $1 =~ ^([0-9]{4})-([0-9]{2})-([0-9]{2})T([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9])(\.([0-9]{3}))?Z$ &&
    ${BASH_REMATCH[7]} != .000 ]] || return 1
  year=$((10#${BASH_REMATCH[1]})) month=$((10#${BASH_REMATCH[2]})) day=$((10#${BASH_REMATCH[3]}))
  seconds=$(((10#${BASH_REMATCH[4]} * 60 + 10#${BASH_REMATCH[5]}) * 60 + 10#${BASH_REMATCH[6]}))
  ms=$((10#${BASH_REMATCH[8]:-0}))
  ((year % 4 != 0 || (year % 100 == 0 && year % 400 != 0))) || days[2]=29
  ((1970 <= year && 1 <= month && month <= 12 && 1 <= day && day <= days[month])) || return 1
  # Days since 1970, by the usual count of leap years in years that begin in March.
  ((month > 2 ? (month -= 3) : (month += 9, year -= 1))) || :
  day=$((year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 719469))
  ms=$(((day * 86400 + seconds) * 1000 + ms))
  ((ms <= 253402207200000))
}

# ---- JSON lines ----------------------------------------------------------------------------------------------

# read_json FILE VALUES: reads one canonical line, and writes a line for each value in it: path, kind and text,
# such as `signers\0"who text tsb`. In a path, " stands before a key and \ before a place in a list; keys hold
# neither of them, nor spaces. The path of the whole is \. Texts stay escaped. Fails on every other
# spelling.
read_json() {
  is_line "$1" || return 1
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
            value(path == "\\" ? key : path "\"" key, depth - 1)
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
    { s = $0; p = 1; value("\\", 16); if (p != length(s) + 1) exit 1 }
  ' "$1" >"$2"
}

# field VALUES PATH KIND: the text of a value that is there and of that kind.
field() {
  local line
  line=$(grep -a -m 1 -e "^$2 $3 " -- "$1") && printf %s "${line#"$2 $3 "}"
}

# load VALUES ARRAY PATTERN: the texts of the values that fit, by path and kind, into an array.
load() {
  local -n into=$2
  local line path kind
  into=()
  while IFS= read -r line; do
    path=${line%% *} && line=${line#* } && kind=${line%% *}
    into["$path $kind"]=${line#"$kind "}
  done < <(grep -aE -e "^($3) " -- "$1")
}

# shown TEXT: a text of the ledger as one line that no character of it can move, turn or end.
shown() {
  sed -E -e 's/\\\\/\x01/g; s/\\n/\xef\xbf\xbd/g; s/\\"/"/g; s/\x01/\\/g' -e 's/\xd8\x9c|\xef\xbb\xbf/\xef\xbf\xbd/g' \
    -e 's/\xe2\x80[\x8b-\x8f\xa8-\xae]|\xe2\x81[\xa6-\xa9]|\xf3\xa0[\x80\x81][\x80-\xbf]/\xef\xbf\xbd/g' <<<"$1"
}

# count VALUES PATTERN: how many values fit; fits: whether all do.
count() { grep -acE -e "^($2)\$" -- "$1" || true; }
fits() { [[ $(grep -acvE -e "^($2)\$" -- "$1") == 0 ]]; }

