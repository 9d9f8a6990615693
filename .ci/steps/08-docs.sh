#!/usr/bin/env bash
# timeout: 600
. "$(dirname "$0")/../env.sh"

export RUSTDOCFLAGS="-D warnings"
title "public items"
cargo doc --locked --no-deps --all-features
title "private items too"
cargo doc --locked --no-deps --all-features --document-private-items
