#!/usr/bin/env bash
# timeout: 1200
# Each fuzz target for FUZZ_SECONDS (default 10), from its committed corpus. What it finds stays out of that corpus:
# inputs worth keeping are moved there by hand.
. "$(dirname "$0")/../env.sh"

[[ -f fuzz/Cargo.toml ]] || skip "there are no fuzz targets yet"
seconds=${FUZZ_SECONDS:-10}
if ! cargo fuzz --version 2>/dev/null; then
  title "installing cargo-fuzz"
  cargo install cargo-fuzz --locked --quiet
fi
# cargo-fuzz asks for unstable flags (coverage instrumentation); the stable compiler takes them under this variable.
export RUSTC_BOOTSTRAP=1
# No sanitizer: the crate forbids unsafe code, so there is nothing that one would see, and without it fuzzing is faster.
title "building"
# The targets are built from the versions that the crate is tested with: their lock file starts as a copy of its own.
cp Cargo.lock fuzz/Cargo.lock
cargo fuzz build --sanitizer none
for file in fuzz/fuzz_targets/*.rs; do
  target=$(basename "$file" .rs)
  title "$target, $seconds s"
  mkdir -p "fuzz/corpus/$target" "target/fuzz-found/$target"
  cargo fuzz run --sanitizer none "$target" "target/fuzz-found/$target" "fuzz/corpus/$target" -- \
    -seed=1 -max_total_time="$seconds" -max_len=4096 -timeout=60 -rss_limit_mb=2048 -print_final_stats=1 -verbosity=0
done
