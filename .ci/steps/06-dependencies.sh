#!/usr/bin/env bash
# timeout: 300
# Licences, bans, sources, and a reason for each direct dependency.
. "$(dirname "$0")/../env.sh"

cargo test --locked --all-features --test suite dependencies
if command -v cargo-deny >/dev/null; then
  title "cargo deny"
  cargo deny --offline check licenses bans sources
fi
title "crates in more than one version, for the reader"
cargo tree --locked --all-features --edges normal,build --duplicates --depth 0 || true
