# What every step starts from. Sourced, not run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export CI=${CI:-true}           # Snapshots and compiler messages are compared, never rewritten.
export CARGO_INCREMENTAL=0      # Nothing is built twice from the same state: smaller and faster.
export CARGO_TERM_COLOR=never
export CARGO_NET_RETRY=5
export RUST_BACKTRACE=1

title() { printf '\n-- %s\n' "$*"; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }
skip() { printf '\n!!!!!!!! NOT DONE: %s !!!!!!!!\n\n' "$*"; exit 77; }
