//! See `bartizan::testing::fuzz::sql_text`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bartizan::testing::fuzz::sql_text(data));
