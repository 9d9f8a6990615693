//! The bodies of the fuzz targets. Here rather than in `fuzz/`, so that `cargo test` replays the corpora without a fuzzer.
//!
//! Each takes any bytes and panics when a law does not hold. That nothing else panics is what fuzzing shows.
//!
//! Not promised: stability. These change with the laws.
#![expect(clippy::panic, clippy::expect_used, reason = "a law that does not hold is told by a panic")]

mod arguments;
mod audit;
#[cfg(feature = "yaml")]
mod binding;
mod canary;
mod documents;
mod errors;
mod extraction;
mod markup;
mod meaning;
mod outbound;
#[cfg(feature = "yaml")]
mod session;
mod spelling;
mod texts;
#[cfg(feature = "yaml")]
mod tool_call;

use std::borrow::Cow;

pub use arguments::validate_args;
pub use audit::audit_chain;
#[cfg(feature = "yaml")]
pub use binding::binding;
pub use canary::canary;
#[cfg(feature = "yaml")]
pub use documents::policy_yaml;
pub use documents::strict_json;
pub use errors::sanitize_error;
pub use extraction::extraction;
pub use markup::{
    decode_charset, isolate, sanitize_html, sanitize_json, sanitize_mail, sanitize_markdown,
    sanitize_terminal,
};
#[cfg(feature = "yaml")]
pub use meaning::foreign_policy;
pub use meaning::{shell_line, sql_text};
pub use outbound::outbound;
#[cfg(feature = "yaml")]
pub use session::guard_session;
pub use texts::{decode_views, normalize};
#[cfg(feature = "yaml")]
pub use tool_call::tool_call;

/// The body of a target.
pub type Target = fn(&[u8]);

/// The targets by name; `fuzz/fuzz_targets/` has a file, and `fuzz/corpus/` a folder, for each.
pub const TARGETS: &[(&str, Target)] = &[
    ("audit_chain", audit_chain),
    #[cfg(feature = "yaml")]
    ("binding", binding),
    ("canary", canary),
    ("decode_charset", decode_charset),
    ("decode_views", decode_views),
    ("extraction", extraction),
    #[cfg(feature = "yaml")]
    ("foreign_policy", foreign_policy),
    #[cfg(feature = "yaml")]
    ("guard_session", guard_session),
    ("isolate", isolate),
    ("normalize", normalize),
    ("outbound", outbound),
    #[cfg(feature = "yaml")]
    ("policy_yaml", policy_yaml),
    ("sanitize_error", sanitize_error),
    ("sanitize_html", sanitize_html),
    ("sanitize_json", sanitize_json),
    ("sanitize_mail", sanitize_mail),
    ("sanitize_markdown", sanitize_markdown),
    ("sanitize_terminal", sanitize_terminal),
    ("shell_line", shell_line),
    ("sql_text", sql_text),
    ("strict_json", strict_json),
    #[cfg(feature = "yaml")]
    ("tool_call", tool_call),
    ("validate_args", validate_args),
];

/// The fuzzer's bytes, read as choices. Where they end, every choice is the first one and every text is empty.
#[derive(Debug, Clone, Copy)]
struct Choices<'d>(&'d [u8]);

impl<'d> Choices<'d> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn is_over(&self) -> bool {
        self.0.is_empty()
    }

    fn flag(&mut self) -> bool {
        self.byte() % 2 == 1
    }

    /// A number below `end`, or 0.
    fn below(&mut self, end: usize) -> usize {
        usize::from(self.byte()).checked_rem(end).unwrap_or(0)
    }

    /// A number of two bytes below `end`, or 0.
    fn far_below(&mut self, end: usize) -> usize {
        let number = usize::from(self.byte()) << 8 | usize::from(self.byte());
        number.checked_rem(end).unwrap_or(0)
    }

    /// One of these.
    fn of<T, const N: usize>(&mut self, from: [T; N]) -> T {
        const { assert!(N > 0) }
        from.into_iter().nth(self.below(N)).expect("below N")
    }

    /// The next bytes as text: as many as the next byte says.
    fn text(&mut self) -> Cow<'d, str> {
        let len = usize::from(self.byte()).min(self.0.len());
        let (text, rest) = self.0.split_at_checked(len).unwrap_or((self.0, &[]));
        self.0 = rest;
        String::from_utf8_lossy(text)
    }

    /// All that is left, as text.
    fn rest(self) -> Cow<'d, str> {
        String::from_utf8_lossy(self.0)
    }
}

/// A text as YAML writes it on one line, so that what failed can be pasted into a case.
fn quoted(text: &str) -> String {
    let written = text.chars().map(|c| match c {
        '"' | '\\' => format!("\\{c}"),
        ' '..='~' => c.into(),
        c if u32::from(c) < 0x1_0000 => format!("\\u{:04X}", u32::from(c)),
        c => format!("\\U{:08X}", u32::from(c)),
    });
    ["\"", &written.collect::<String>(), "\""].concat()
}
