//! The flow rules that come with the crate; a policy takes them by their names.

/// Their text, as people would write it.
pub(super) const TEXT: &str = include_str!("presets/flows.yaml");

/// Their names, in the order of the text.
pub(super) const NAMES: &[&str] = &[
    "flow/untrusted-private-egress",
    "flow/secret-tool-egress",
    "flow/secret-file-egress",
    "flow/download-exec",
    "flow/write-exec",
    "flow/private-to-public",
    "flow/recipient-from-mail",
    "flow/agent-configuration",
    "flow/memory-write",
    "flow/approval-text",
    "flow/slow-leak",
    "flow/many-deletions",
    "flow/credential-then-transfer",
];
