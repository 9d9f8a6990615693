//! See `bartizan::testing::fuzz::sanitize_json`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bartizan::testing::fuzz::sanitize_json(data));
