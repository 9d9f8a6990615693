//! See `bartizan::testing::fuzz::outbound`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bartizan::testing::fuzz::outbound(data));
