//! See `bartizan::testing::fuzz::tool_call`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bartizan::testing::fuzz::tool_call(data));
