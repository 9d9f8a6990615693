#!/usr/bin/env bash
# timeout: 1200
# Each fuzz target builds with its instrumentation and runs over its committed corpus. FUZZ_SECONDS=600 lets each search for
# that many seconds on top. A search is not part of every run: which inputs it tries changes with the binary, so that it
# would fail by luck, and on a change that has nothing to do with what it found. What it finds stays out of the corpus:
# inputs worth keeping are moved there by hand, and from then on every run tries them.
. "$(dirname "$0")/../env.sh"

[[ -f fuzz/Cargo.toml ]] || skip "there are no fuzz targets yet"
if [[ -n ${FUZZ_SECONDS:-} ]]; then
  how=(-max_total_time="$FUZZ_SECONDS")
else
  how=(-runs=0)
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
