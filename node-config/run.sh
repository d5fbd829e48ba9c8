#!/usr/bin/env bash
# Installs what a build needs on Debian 12, then does one thing.
#
#   bash node-config/run.sh demo    four validators, FG DLT's records (arguments go to `plenary demo`)
#   bash node-config/run.sh test    the tests
#   bash node-config/run.sh packages    the Debian packages alone, with the browser that tests use
set -euo pipefail
cd "$(dirname "$0")/.."

packages() { # what is wanted besides what a build needs
  local wanted=(g++ make pkg-config libclang-dev openssl openssh-client "$@") missing=() package
  for package in "${wanted[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  if ((${#missing[@]} > 0)); then
    local as_root=()
    if ((EUID != 0)); then
      as_root=(sudo)
    fi
    echo "installing ${missing[*]}" >&2
    "${as_root[@]}" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
  fi
  command -v cargo >/dev/null || {
    echo "cargo is missing: install Rust from https://rustup.rs (Debian 12 ships an older one)" >&2
    exit 1
  }
}

case "${1:-}" in
packages) packages chromium ;;
demo)
  packages
  exec cargo run --release --locked -- demo "${@:2}"
  ;;
test)
  packages chromium
  cargo test --release --workspace --locked --no-fail-fast "${@:2}"
  ;;
*)
  sed -n 's/^# \{0,1\}//p' "$0" >&2
  exit 2
  ;;
esac
