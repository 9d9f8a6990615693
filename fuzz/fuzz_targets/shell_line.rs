//! See `bartizan::testing::fuzz::shell_line`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bartizan::testing::fuzz::shell_line(data));
