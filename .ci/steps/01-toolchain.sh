#!/usr/bin/env bash
# timeout: 600
# The toolchain is there, and Cargo.lock is in step with Cargo.toml.
. "$(dirname "$0")/../env.sh"

rustc --version
cargo --version
cargo clippy --version
cargo fmt --version
title "packages"
cargo fetch --locked
