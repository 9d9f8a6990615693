//! Misuse that must not compile. Each case is named for the property it tries to break, and its `.stderr` shows that it
//! fails for that reason, not for a typo.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a test asks what compiler it runs under"
)]

/// The compiler whose words the `.stderr` files hold.
const WORDED_BY: &str = "rustc 1.95.";

#[test]
fn misuse_does_not_compile() {
    let version = std::process::Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .arg("--version")
        .output()
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
        .unwrap_or_default();
    // Compilers word one error differently, and a user's fresh clone should not fail for that. CI always compares.
    if !version.starts_with(WORDED_BY) && std::env::var_os("CI").is_none() {
        eprintln!("skipped: the expected messages are those of {WORDED_BY}x, this is {version}");
        return;
    }
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
