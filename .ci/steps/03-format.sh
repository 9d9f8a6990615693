#!/usr/bin/env bash
# timeout: 120
. "$(dirname "$0")/../env.sh"

cargo fmt --all --check
if [[ -f fuzz/Cargo.toml ]]; then
  cargo fmt --manifest-path fuzz/Cargo.toml --check
fi
for script in .ci/run .ci/env.sh .ci/steps/*.sh; do
  bash -n "$script"
done
