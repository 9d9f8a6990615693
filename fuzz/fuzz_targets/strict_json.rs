//! See `bartizan::testing::fuzz::strict_json`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bartizan::testing::fuzz::strict_json(data));
