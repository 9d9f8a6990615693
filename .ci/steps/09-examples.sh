#!/usr/bin/env bash
# timeout: 900
# Every example runs to its end, without arguments, input, network or feature flags. Those that measure take the path of
# a corpus: they are left to step 13.
. "$(dirname "$0")/../env.sh"

shopt -s nullglob
examples=(examples/*.rs examples/*/main.rs)
((${#examples[@]})) || skip "there are no examples yet"
cargo build --locked --release --examples
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for file in "${examples[@]}"; do
  name=${file#examples/} name=${name%/main.rs} name=${name%.rs}
  [[ $name == measure_* || $name == agentdojo ]] && continue
  title "cargo run --release --example $name"
  if ! timeout 120 cargo run --release --example "$name" >"$log"; then
    tail -n 60 "$log"
    fail "example $name"
  fi
  [[ -s $log ]] || fail "example $name printed nothing"
  head -n 40 "$log"
  echo "… $(wc -l <"$log") lines"
done
