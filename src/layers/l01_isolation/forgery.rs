//! What poses as something outside: names of our tag, tokens of chat templates, tags and turns of roles.

use crate::base::{Folded, Original, Span};
use crate::text::{LiteralSet, fold};

/// What a literal poses as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Forgery {
    /// The name of our tag; a forgery when something that opens a tag stands before it.
    Tag,
    /// A token of a chat template, opened by its first sign.
    Token,
    /// The beginning of a token of the form `<|name|>`.
    Bar,
    /// A tag that some prompts give to a role, and documents to other things.
    Role,
    /// The name of a role and a colon, a turn of a dialogue when it begins a paragraph.
    Turn,
}

/// How its name may be spelled to be read as it.
const NAMES: &[&str] = &["untrusted_content", "untrusted-content", "untrusted content", "untrustedcontent"];
/// What may stand for the sign that opens a tag.
const OPENERS: &[&str] = &[
    "<", "&lt;", "&lt", "&#60;", "&#60", "&#x3c;", "&#x3c", "\\u003c", "\\x3c", "%3c", "&#060;", "&#x03c;",
    "‹", "〈", "⟨", "«",
];
/// The longest name in a token of the form `<|name|>`.
const MAX_TOKEN: usize = 48;
/// Tokens of the templates of ChatML, Llama 2 to 4, Mistral, Gemma, Phi, `DeepSeek` and tool calls in XML.
const TOKENS: &[&str] = &[
    "[INST]",
    "[/INST]",
    "<<SYS>>",
    "<</SYS>>",
    "</s>",
    "<start_of_turn>",
    "<end_of_turn>",
    "<bos>",
    "<eos>",
    "[TOOL_CALLS]",
    "[AVAILABLE_TOOLS]",
    "[/AVAILABLE_TOOLS]",
    "[TOOL_RESULTS]",
    "[/TOOL_RESULTS]",
    "[SYSTEM_PROMPT]",
    "[/SYSTEM_PROMPT]",
    "<tool_call>",
    "</tool_call>",
    "<tool_response>",
    "</tool_response>",
    "<function_calls>",
    "</function_calls>",
    "<function_results>",
    "</function_results>",
    "<invoke name=",
    "<parameter name=",
    "<system_prompt>",
    "</system_prompt>",
    "[TOOL_CONTENT]",
    "[SYSTEM]",
    "[/SYSTEM]",
    "<tool_use>",
    "</tool_use>",
    "<tool_result>",
    "</tool_result>",
    "<tool_calls>",
    "</tool_calls>",
    "<tool_code>",
    "</tool_code>",
    "<tool_output>",
    "</tool_output>",
    "<function_call>",
    "</function_call>",
    "<function_response>",
    "</function_response>",
    "<function_result>",
    "</function_result>",
    "<function=",
    "<antml:function_calls>",
    "</antml:function_calls>",
    "<antml:invoke name=",
    "<antml:parameter name=",
    "</invoke>",
    "<system_message>",
    "</system_message>",
    "<system-reminder>",
    "</system-reminder>",
    "[gMASK]",
    "<developer_message>",
    "</developer_message>",
];
/// Tags of roles. Many documents have them for something else, so they are told quietly.
const ROLES: &[&str] = &[
    "<system>",
    "</system>",
    "<assistant>",
    "</assistant>",
    "<human>",
    "</human>",
    "<think>",
    "</think>",
    "<s>[",
    "<sop>",
    "### Instruction:",
    "### Response:",
];
/// What begins a turn in templates without signs of their own.
const TURNS: &[&str] = &["human:", "assistant:", "system:"];
/// All that something inside may pose as.
pub(super) fn literals() -> LiteralSet<Forgery> {
    let names = NAMES.iter().map(|name| (*name, Forgery::Tag));
    let tokens = TOKENS.iter().map(|token| (*token, Forgery::Token));
    let roles = ROLES.iter().map(|role| (*role, Forgery::Role));
    let turns = TURNS.iter().map(|turn| (*turn, Forgery::Turn));
    LiteralSet::new(names.chain(tokens).chain(roles).chain(turns).chain([("<|", Forgery::Bar)]))
}

/// What may stand for the sign that opens a tag, as matchers read it.
pub(super) fn openers() -> Vec<String> {
    OPENERS.iter().map(|opener| fold(opener).into_owned()).collect()
}

/// The colon of a turn, when the role begins a paragraph and is all that stands before the colon.
pub(super) fn turn(text: &str, place: Span<Original>) -> Option<Span<Original>> {
    let before = text.get(..place.start())?;
    let begins = before.is_empty() || before.trim_end_matches([' ', '\t']).ends_with("\n\n");
    let colon = place.of(text)?.chars().next_back()?;
    let start = place.end().checked_sub(colon.len_utf8())?;
    begins.then(|| Span::new(start, place.end())).flatten()
}

/// The opener of a tag whose name stands at `name`, when there is one.
pub(super) fn opener_before(folded: &str, name: Span<Folded>, openers: &[String]) -> Option<Span<Folded>> {
    let before = folded.get(..name.start())?;
    let gap = |c: char| c.is_whitespace() || matches!(c, '/' | '\\' | '!' | '?');
    // However long it is: no two names have the same gap before them, so all of them together are read once.
    let trimmed = before.trim_end_matches(gap);
    // A backslash of `\/` or a slash before may belong to the opener's own spelling: look with and without.
    let opener = openers
        .iter()
        .filter(|opener| trimmed.ends_with(opener.as_str()))
        .max_by_key(|opener| opener.len())?;
    Span::new(trimmed.len().checked_sub(opener.len())?, trimmed.len())
}

fn first_sign(folded: &str, token: Span<Folded>) -> Option<Span<Folded>> {
    let first = token.of(folded)?.chars().next()?;
    Span::new(token.start(), token.start().saturating_add(first.len_utf8()))
}

/// The first sign of a token; not where it is an index into something: `list[inst]`.
pub(super) fn token(folded: &str, span: Span<Folded>) -> Option<Span<Folded>> {
    let is_index = span.of(folded)?.starts_with('[')
        && folded
            .get(..span.start())?
            .ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | ')' | ']'));
    if is_index { None } else { first_sign(folded, span) }
}

/// The first sign of `<|name|>` when the whole token is there.
pub(super) fn bar_token(folded: &str, start: Span<Folded>) -> Option<Span<Folded>> {
    let close = fold("|>");
    let rest = folded.get(start.end()..)?;
    let window = rest.get(..rest.floor_char_boundary(MAX_TOKEN))?;
    let name = window.get(..window.find(&*close)?)?;
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '▁' | ':' | '.' | '/');
    (!name.is_empty() && name.chars().all(plain)).then(|| first_sign(folded, start)).flatten()
}
