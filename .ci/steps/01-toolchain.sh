#!/usr/bin/env bash
# timeout: 600
# The toolchain is there, and Cargo.lock is in step with Cargo.toml.
. "$(dirname "$0")/../env.sh"

rustc --version
cargo --version
cargo clippy --version
cargo fmt --version
title "packages of both lock files"
cargo fetch --locked
if [[ -f fuzz/Cargo.toml ]]; then
  cargo fetch --locked --manifest-path fuzz/Cargo.toml
fi
