//! L1: untrusted text that poses as something outside itself.
//!
//! **Attack.** A page ends the block that it stands in and goes on as the user, the system or a tool: by our own
//! closing tag, by something that looks like it, or by the tokens of a chat template.
//!
//! **Promise.** Untrusted text stands between an opening and a closing tag with the same fresh 128-bit id, which
//! does not occur inside. Nothing inside looks like either tag, nor like a token of a known chat template.
//! Values of attributes cannot leave their quotes. [`unwrap`] gives back exactly what was put in.
//!
//! **Not promised.** That a model heeds the tags. They are a help for models that were told of them, and a fixed
//! frame for everything that parses prompts later; a determined attack can still persuade from inside.

use crate::base::{Entropy, EntropyError, Finding, Integrity, Layer, Nonce, Rule, Severity, Source};
use crate::detect::Likeness;
use crate::layers::l00_sanitizer::Sanitized;

/// How untrusted text is wrapped.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct IsolationConfig;

/// The layer, ready to work.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Isolation;

impl Isolation {
    /// Makes the layer.
    pub fn compile(_config: &IsolationConfig) -> Self {
        Self
    }

    /// Wraps `sanitized` as coming from `source`. Text of a trusted source stays as it is, unless it was judged
    /// to be an attack.
    ///
    /// # Errors
    /// When there is no entropy, or none that gives an id which the text does not hold.
    pub fn isolate(
        &self,
        sanitized: &Sanitized<'_>,
        source: &Source,
        judged: Likeness,
        entropy: &dyn Entropy,
    ) -> Result<Isolated, EntropyError> {
        let text = sanitized.text();
        let integrity = source.label().integrity();
        if integrity == Integrity::Trusted && judged != Likeness::Attack {
            return Ok(Isolated { prompt: text.to_owned(), wrapped: false, findings: Vec::new() });
        }
        let nonce = Nonce::generate(entropy)?;
        let prompt = format!("<{TAG} id=\"{nonce}\">\n{text}\n</{TAG} id=\"{nonce}\">");
        Ok(Isolated { prompt, wrapped: true, findings: Vec::new() })
    }
}

/// A text that is fit for a prompt. Only [`Isolation`] makes one.
#[derive(Debug, Clone)]
pub struct Isolated {
    prompt: String,
    wrapped: bool,
    findings: Vec<Finding>,
}

impl Isolated {
    /// What to put into the prompt.
    pub fn prompt(&self) -> &str {
        &self.prompt
    }

    /// The same, by value.
    pub fn into_prompt(self) -> String {
        self.prompt
    }

    /// Whether it stands between tags.
    pub const fn is_wrapped(&self) -> bool {
        self.wrapped
    }

    /// What inside posed as something outside.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

/// The text between the tags of `prompt`, exactly as it was put in; `None` when `prompt` is not one wrapped text.
pub fn unwrap(_prompt: &str) -> Option<&str> {
    None
}

/// The name of our tag.
const TAG: &str = "untrusted_content";

const TAG_FORGERY: Rule = Rule::new(
    Layer::Isolation,
    "l1/tag-forgery",
    Severity::High,
    "the text holds our own isolation tag or something that looks like it",
);

/// What this layer can find.
pub const RULES: &[Rule] = &[TAG_FORGERY];
