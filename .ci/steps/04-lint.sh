#!/usr/bin/env bash
# timeout: 900
. "$(dirname "$0")/../env.sh"

cargo clippy --locked --all-targets --all-features -- -D warnings
