#!/usr/bin/env bash
# timeout: 1200
# Detection and overlap on large sets of real material, which are not part of the project. BARTIZAN_CORPORA names their
# folder; without it nothing is measured, and the step says so (exit code 77).
. "$(dirname "$0")/../env.sh"

corpora=${BARTIZAN_CORPORA:-}
[[ -n $corpora ]] || skip "BARTIZAN_CORPORA is not set: quality was not measured"
[[ -d $corpora ]] || skip "BARTIZAN_CORPORA names no folder ($corpora): quality was not measured"
compgen -G 'examples/measure_*.rs' >/dev/null || skip "nothing measures on corpora yet"
for file in examples/measure_*.rs; do
  name=$(basename "$file" .rs)
  title "$name"
  cargo run --release --all-features --example "$name" -- "$corpora"
done
