//! See `bartizan::testing::fuzz::extraction`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bartizan::testing::fuzz::extraction(data));
