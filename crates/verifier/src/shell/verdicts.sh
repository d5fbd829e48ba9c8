# ---- Verdicts ------------------------------------------------------------------------------------------------

work=$(mktemp -d)

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

check_column=
held() { printf '  %s%s\n' "$check_column" "$1"; } # WHAT WAS FOUND

# check_name NUMBER NAME: which check is being made.
check_name() { printf -v check_column '%*d %-*s' "${number_width:-1}" "$1" "$name_width" "$2"; }

# What is said of a ledger's times; clock is what its genesis says.
times_not_checked() {
  case ${clock-} in
    replay) printf 'times: this ledger replays history, and its times prove nothing\n' ;;
    wall) printf "that the validators' clocks were right\n" ;;
  esac
}

report_end() {
  local line label='not checked' width=$((${number_width:-1} + 1 + name_width))
  printf '  %-*s%s\n' "$width" anchor "$anchor"
  while IFS= read -r line; do
    printf '  %-*s%s\n' "$width" "$label" "$line"
    label=
  done < <(not_checked && printf 'that text is in Unicode Normalization Form C: plenary verify checks it\n')
}

verdict() { # CODE WORDS
  report_end
  printf '%s\n' "$2"
  decided=yes
  exit "$1"
}
verified() { verdict 0 VERIFIED; }
not_verified() { held "$2" && verdict "$1" "NOT VERIFIED   $2"; } # CODE WHY
cannot_tell() { held "$1" && verdict 15 "CANNOT TELL   $1"; }     # WHY

