#!/usr/bin/env bash
# timeout: 1200
# Each fuzz target from its committed corpus: FUZZ_RUNS inputs (default 2,000) that are the same in every run, so that a
# change is what makes this step fail and not luck. FUZZ_SECONDS=600 fuzzes each target that long instead, with a
# new seed. What it finds stays out of the corpus: inputs worth keeping are moved there by hand.
. "$(dirname "$0")/../env.sh"

[[ -f fuzz/Cargo.toml ]] || skip "there are no fuzz targets yet"
if [[ -n ${FUZZ_SECONDS:-} ]]; then
  how=(-max_total_time="$FUZZ_SECONDS")
else
  # Slow targets end after their time, with the first of the same inputs.
  how=(-seed=1 -runs="${FUZZ_RUNS:-2000}" -max_total_time=10)
fi
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
  title "$target"
  found=target/fuzz-found/$target
  rm -rf "$found" && mkdir -p "$found"
  # By name: the order in which a directory is read differs between machines.
  seeds=$(find "fuzz/corpus/$target" -type f | LC_ALL=C sort | paste -sd,)
  cargo fuzz run --sanitizer none "$target" "$found" -- \
    "${how[@]}" -seed_inputs="$seeds" -max_len=4096 -timeout=60 -rss_limit_mb=2048 -print_final_stats=1 -verbosity=0
done
