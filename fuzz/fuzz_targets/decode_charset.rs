//! See `bartizan::testing::fuzz::decode_charset`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bartizan::testing::fuzz::decode_charset(data));
