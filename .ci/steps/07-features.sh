#!/usr/bin/env bash
# timeout: 900
# Every feature alone, none, and the default: the library and the binary build without a warning.
. "$(dirname "$0")/../env.sh"

check() {
  title "features: $*"
  cargo clippy --locked --lib --bins "$@" -- -D warnings
}

check --no-default-features
for feature in $(sed -n '/^\[features\]/,/^\[dep/s/^\([a-z][a-z0-9-]*\) *=.*/\1/p' Cargo.toml); do
  [[ $feature == default ]] || check --no-default-features --features "$feature"
done
title "default features, all targets that they build"
cargo clippy --locked --lib --bins --examples -- -D warnings
