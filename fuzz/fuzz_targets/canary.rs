//! See `bartizan::testing::fuzz::canary`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bartizan::testing::fuzz::canary(data));
