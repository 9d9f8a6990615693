#!/usr/bin/env bash
# timeout: 600
# What would be published holds what it must, nothing else, and builds by itself. Runs on a clean checkout only.
. "$(dirname "$0")/../env.sh"

list=$(cargo package --locked --list)
printf '%s\n' "$list" | awk -F/ '{ count[NF > 1 ? $1 "/" : $1]++ } END { for (top in count) print count[top], top }' | sort -k2
for file in Cargo.toml Cargo.lock README.md CHANGELOG.md LICENSE-MIT LICENSE-APACHE src/lib.rs; do
  grep -qxF "$file" <<<"$list" || fail "the package lacks $file"
done
if grep -E '^(\.ci/|fuzz/|tests/|target/)|(^|/)\.env|\.(pem|key|snap\.new)$' <<<"$list"; then
  fail "the package holds what is no user's business"
fi
title "building from the package"
cargo package --locked
