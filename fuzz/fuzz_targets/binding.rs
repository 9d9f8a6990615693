//! See `bartizan::testing::fuzz::binding`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bartizan::testing::fuzz::binding(data));
