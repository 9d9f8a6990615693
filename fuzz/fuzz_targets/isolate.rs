//! See `bartizan::testing::fuzz::isolate`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bartizan::testing::fuzz::isolate(data));
