//! See `bartizan::testing::fuzz::sanitize_terminal`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bartizan::testing::fuzz::sanitize_terminal(data));
