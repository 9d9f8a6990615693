#!/usr/bin/env bash
# timeout: 900
# Each bench runs once. For numbers: `cargo bench --all-features`, on a quiet machine.
. "$(dirname "$0")/../env.sh"

compgen -G 'benches/*.rs' >/dev/null || compgen -G 'benches/*/main.rs' >/dev/null || skip "there are no benches yet"
cargo bench --locked --all-features --bench '*' -- --test
