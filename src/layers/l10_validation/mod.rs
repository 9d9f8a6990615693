//! L10: an argument that the tool was not written for.
//!
//! **Attack.** A path climbs out of the directory that it should stay in. A control character ends a field, a line of a
//! log or a command early. A value of another type, an argument that nobody declared, or nesting without end meets a
//! tool that takes it as it comes. Or the tool's own schema is written so that checking against it never ends.
//!
//! **Promise.** A call goes on only where its arguments are what the tool's schema says, within the policy's sizes,
//! without control characters, and without a path that climbs, however it is encoded. Checking a call costs time in
//! proportion to the call; a schema that cannot be judged is refused when it is read, and its tool with it. Messages
//! name the place and what was expected there, never the value.
//!
//! **Not promised.** That a path which does not climb is harmless: symbolic links cannot be seen from here, and which
//! directories a tool may use is the policy's to say. `format` is a note for people, as the standard has it.
//!
//! Up: `docs/layers/l10_validation.md`. Down: `tests/cases/l10_validation/`.

mod paths;
mod schema;
mod tree;

pub use schema::Schema;

use self::paths::climbs;
use self::tree::{TooMuch, Tree};
use crate::base::{Finding, JsonPointer, Layer, Original, Rule, Severity, Span};
use crate::policy::{ReportOrBlock, ValidationSettings};
use crate::text::json::shown;
use crate::values::ToolCall;

/// Most findings that one call gets. Who has read so many knows what to do.
const MAX_FINDINGS: usize = 16;
/// Most of them that the refusal repeats in words.
const MAX_TOLD: usize = 4;

/// The layer, ready to work.
#[derive(Debug, Clone, Copy)]
pub struct Validation {
    settings: ValidationSettings,
}

impl Validation {
    /// The layer under these settings.
    pub const fn compile(settings: ValidationSettings) -> Self {
        Self { settings }
    }

    /// Checks a call's arguments, against the tool's schema too where there is one.
    ///
    /// # Errors
    /// What is wrong with them, each with its place.
    pub fn validate(&self, call: &ToolCall, schema: Option<&Schema>) -> Result<Validated, Invalid> {
        let mut noticed = Noticed::default();
        let tree = match Tree::of(call.args(), self.settings.max_depth, self.settings.max_values) {
            Ok(tree) => tree,
            Err(too_much) => {
                noticed.refuse(self.too_much(&too_much));
                return noticed.into_result();
            }
        };
        self.check_texts(&tree, &mut noticed);
        if let Some(schema) = schema {
            schema.check(&tree, self.settings.undeclared, &mut noticed);
        }
        noticed.into_result()
    }

    fn too_much(&self, too_much: &TooMuch) -> Finding {
        match too_much {
            TooMuch::Deep => TOO_DEEP.finding().saying(format!(
                "the arguments nest too deeply; at most {} open arrays and objects are allowed",
                self.settings.max_depth
            )),
            TooMuch::Many => TOO_MANY.finding().saying(format!(
                "the arguments hold too many values; at most {} are allowed",
                self.settings.max_values
            )),
        }
    }

    /// Everything that holds for any tool: lengths, control characters, paths. Of values and of keys.
    fn check_texts(&self, tree: &Tree<'_>, noticed: &mut Noticed) {
        for id in 0..tree.len() {
            if noticed.is_full() {
                return;
            }
            let key = tree.key(id).map(|key| (key, "", true));
            let text = tree.json(id).as_str().map(|text| (text, tree.name(id), false));
            for (text, name, is_key) in key.into_iter().chain(text) {
                let spot = || Spot { pointer: tree.pointer(id), is_key };
                if text.len() > self.settings.max_string {
                    noticed.refuse(spot().finding(
                        &TOO_LONG,
                        format_args!(
                            "has {} bytes; at most {} are allowed",
                            text.len(),
                            self.settings.max_string
                        ),
                    ));
                }
                // SECURITY: a text ends at a NUL for one reader and goes on for another; an escape rewrites the
                // terminal of whoever reads the log.
                if let Some((at, c)) = text.char_indices().find(|(_, c)| is_forbidden(*c)) {
                    let found = spot().finding(
                        &CONTROL,
                        format_args!("holds the control character U+{:04X}; leave it out", u32::from(c)),
                    );
                    let span = Span::<Original>::new(at, at.saturating_add(c.len_utf8()));
                    noticed.refuse(match span {
                        Some(span) if !is_key => found.at(span).in_argument(tree.pointer(id)),
                        _ => found,
                    });
                }
                if climbs(text, name) {
                    let found = spot().finding(
                        &TRAVERSAL,
                        format_args!(
                            "is a path that climbs out of where it begins; give one in which no `..` leads above its beginning"
                        ),
                    );
                    match self.settings.traversal {
                        ReportOrBlock::Block => noticed.refuse(found),
                        ReportOrBlock::Report => noticed.report(found),
                    }
                }
            }
        }
    }
}

/// C0 but tab, line feed, form feed and carriage return; DEL; C1.
fn is_forbidden(c: char) -> bool {
    c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\x0c')
}

/// What a finding is about.
#[derive(Debug, Clone)]
struct Spot {
    pointer: JsonPointer,
    is_key: bool,
}

impl Spot {
    fn finding(self, rule: &Rule, says: std::fmt::Arguments<'_>) -> Finding {
        let pointer = shown(&self.pointer);
        let what = match (self.is_key, pointer.as_str()) {
            (true, pointer) => format!("the name of `{pointer}`"),
            (false, "") => "the arguments as a whole".to_owned(),
            (false, pointer) => format!("`{pointer}`"),
        };
        rule.finding().saying(format!("{what} {says}")).in_argument(self.pointer)
    }
}

/// Findings as they come.
#[derive(Debug, Default)]
struct Noticed {
    refused: Vec<Finding>,
    reported: Vec<Finding>,
}

impl Noticed {
    fn refuse(&mut self, finding: Finding) {
        if self.refused.len() < MAX_FINDINGS {
            self.refused.push(finding);
        }
    }

    fn report(&mut self, finding: Finding) {
        if self.reported.len() < MAX_FINDINGS {
            self.reported.push(finding);
        }
    }

    /// Nothing that comes now can change anything: what only reports never hides what refuses.
    fn is_full(&self) -> bool {
        self.refused.len() >= MAX_FINDINGS
    }

    fn into_result(self) -> Result<Validated, Invalid> {
        let Self { mut refused, reported } = self;
        if refused.is_empty() {
            return Ok(Validated { findings: reported });
        }
        let mut message = String::from("the arguments are not accepted: ");
        for (at, finding) in refused.iter().take(MAX_TOLD).enumerate() {
            if at > 0 {
                message.push_str("; ");
            }
            message.push_str(&finding.message);
        }
        if refused.len() > MAX_TOLD {
            message = format!("{message}; and {} more", refused.len().saturating_sub(MAX_TOLD));
        }
        refused.extend(reported);
        Err(Invalid { message, findings: refused })
    }
}

/// Proof that a call's arguments were checked, and what was noticed besides. Made by [`Validation`] alone.
#[must_use = "what was only reported is in here"]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validated {
    findings: Vec<Finding>,
}

impl Validated {
    /// What was noticed and only reported.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

/// Why a call's arguments may not go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    message: String,
    findings: Vec<Finding>,
}

impl Invalid {
    /// What is wrong with them, in words that are safe for a model and with which it can correct the call.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What is wrong, and then what was noticed besides. Never empty.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

const SCHEMA: Rule = Rule::new(
    Layer::Validation,
    "l10/schema",
    Severity::Medium,
    "an argument is not what the tool's schema says",
);
const UNDECLARED: Rule = Rule::new(
    Layer::Validation,
    "l10/undeclared",
    Severity::Low,
    "an argument is not among those that the tool's schema declares",
);
const TOO_LONG: Rule = Rule::new(
    Layer::Validation,
    "l10/too-long",
    Severity::Medium,
    "a text among the arguments is longer than the policy allows",
);
const TOO_DEEP: Rule = Rule::new(
    Layer::Validation,
    "l10/too-deep",
    Severity::Medium,
    "the arguments are nested more deeply than the policy allows",
);
const TOO_MANY: Rule = Rule::new(
    Layer::Validation,
    "l10/too-many",
    Severity::Medium,
    "the arguments hold more values than the policy allows",
);
const TOO_COSTLY: Rule = Rule::new(
    Layer::Validation,
    "l10/too-costly",
    Severity::Medium,
    "checking the arguments against the tool's schema takes too many steps; send fewer or shorter values at once",
);
const CONTROL: Rule = Rule::new(
    Layer::Validation,
    "l10/control-character",
    Severity::High,
    "an argument holds a control character",
);
const TRAVERSAL: Rule = Rule::new(
    Layer::Validation,
    "l10/traversal",
    Severity::High,
    "an argument is a path that climbs out of where it begins",
);
const SCHEMA_REFUSED: Rule = Rule::new(
    Layer::Validation,
    "l10/schema-refused",
    Severity::High,
    "the tool's schema cannot be judged, so its calls are refused",
);

/// What this layer can find.
pub const RULES: &[Rule] =
    &[SCHEMA, UNDECLARED, TOO_LONG, TOO_DEEP, TOO_MANY, TOO_COSTLY, CONTROL, TRAVERSAL, SCHEMA_REFUSED];

#[cfg(test)]
mod tests;
