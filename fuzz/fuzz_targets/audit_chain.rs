//! See `bartizan::testing::fuzz::audit_chain`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bartizan::testing::fuzz::audit_chain(data));
