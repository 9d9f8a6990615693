//! The thirteen layers. Each file stands alone: it may name only output types of layers with lower numbers,
//! and the pipeline puts them in order.
//!
//! | layer | promise |
//! |---|---|
//! | L0 `l00_sanitizer` | what is handed on is what a person would see; what was hidden is reported and kept for the detectors |
//! | L1 `l01_isolation` | untrusted text is wrapped, and nothing inside can close the wrapping or pose as another speaker |
//! | L2 `l02_source_gate` | what may be extracted into long-term memory, by where it came from |
//! | L3 `l03_outbound_dlp` | secrets, personal data and copies of protected text do not leave |
//! | L4 `l04_provenance` | each text, and each argument of a call, knows where it came from |
//! | L5 `l05_canary` | planted tokens that come back are seen, encoded ones too |
//! | L6 `l06_rate_limit` | how much and how often is bounded |
//! | L7 `l07_error_sanitizer` | errors tell nothing of the inside |
//! | L8 `l08_scopes` | a tool runs only under the scopes that the host granted |
//! | L9 `l09_tool_firewall` | a tool call is decided by the policy |
//! | L10 `l10_validation` | a call's arguments are what its tool's schema says |
//! | L11 `l11_binding` | the call that was judged is the call that runs, once |
//! | L12 `l12_action_gate` | a person is asked, or the answer is no |

pub mod l00_sanitizer;
pub mod l01_isolation;
pub mod l02_source_gate;
pub mod l03_outbound_dlp;
pub mod l04_provenance;
pub mod l05_canary;
pub mod l06_rate_limit;
pub mod l07_error_sanitizer;
pub mod l08_scopes;
pub mod l09_tool_firewall;
pub mod l10_validation;
pub mod l11_binding;
pub mod l12_action_gate;
