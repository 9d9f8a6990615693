//! See `bartizan::testing::fuzz::decode_views`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bartizan::testing::fuzz::decode_views(data));
