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

# reverse HEX: 32 little-endian bytes, into `reversed` as a number that can be compared digit by digit.
reverse() {
  local at
  reversed=
  for ((at = 62; 0 <= at; at -= 2)); do reversed+=${1:at:2}; done
}

# is_sound_point HEX: its y is canonical, and not that of a point of small order. The highest bit belongs to x.
is_sound_point() {
  local small y
  reverse "$1" && [[ ${#reversed} == 64 ]] || return 1
  y=$((16#${reversed:0:1} & 7))${reversed:1}
  [[ $y < $P ]] || return 1
  for small in "${SMALL_ORDER[@]}"; do [[ $y != "$small" ]] || return 1; done
}

# is_strict KEY SIGNATURE: what must hold before a tool is asked.
is_strict() {
  is_sound_point "$1" && is_sound_point "${2:0:64}" && reverse "${2:64}" && [[ $reversed < $L ]]
}

# verifies KEY SIGNATURE MESSAGE-FILE. The digits before the key are those that X.509 puts there.
verifies() {
  is_strict "$1" "$2" || return 1
  unhex "302a300506032b6570032100$1" >"$work/key" && unhex "$2" >"$work/signature" || return 1
  openssl pkeyutl -verify -pubin -inkey "$work/key" -keyform DER -rawin -in "$3" -sigfile "$work/signature" \
    >/dev/null 2>&1
}

