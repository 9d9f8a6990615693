//! See `bartizan::testing::fuzz::policy_yaml`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bartizan::testing::fuzz::policy_yaml(data));
