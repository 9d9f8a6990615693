//! See `bartizan::testing::fuzz::validate_args`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bartizan::testing::fuzz::validate_args(data));
