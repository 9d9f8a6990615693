#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects, clippy::string_slice, reason = "tests may panic"))]

pub mod audit;
pub mod base;
pub mod detect;
pub mod guard;
pub mod layers;
pub mod pipeline;
pub mod policy;
pub mod state;
#[cfg(any(test, feature = "test-util"))]
pub mod testing;
pub mod text;
pub mod values;

/// The documents whose blocks of Rust are compiled and run with the doc tests.
#[cfg(all(doctest, feature = "yaml"))]
mod documents {
    #[doc = include_str!("../docs/getting-started.md")]
    struct GettingStarted;
    #[doc = include_str!("../docs/cookbook.md")]
    struct Cookbook;
    #[doc = include_str!("../docs/oauth.md")]
    struct Oauth;
    #[doc = include_str!("../docs/layers/l08_scopes.md")]
    struct Scopes;
}
