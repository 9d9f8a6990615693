#!/usr/bin/env bash
# timeout: 1500
# The command that the README gives: units, suite, misuse that must not compile, documentation.
. "$(dirname "$0")/../env.sh"

cargo test --all-features
