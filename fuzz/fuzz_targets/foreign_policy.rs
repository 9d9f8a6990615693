//! See `bartizan::testing::fuzz::foreign_policy`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bartizan::testing::fuzz::foreign_policy(data));
