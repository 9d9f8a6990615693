//! See `bartizan::testing::fuzz::guard_session`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bartizan::testing::fuzz::guard_session(data));
