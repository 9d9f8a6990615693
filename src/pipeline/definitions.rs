//! What a server says of its tools: read as untrusted text, remembered by digest.

use super::{Delta, Outcome, SecurityPipeline};
use crate::base::{
    Digest, Disposition, Finding, IdError, Report, ServerId, SourceKind, ToolName, Verdict, sha256,
};
use crate::detect::{Likeness, Marks, Score};
use crate::layers::l00_sanitizer::Media;
use crate::layers::l09_tool_firewall::{ToolFirewall, claimed};
use crate::layers::l10_validation::Schema;
use crate::policy::{CapabilitySet, InboundAction};
use crate::state::{SessionFacts, ToolFacts};
use crate::text::json::{Json, Node};

/// A tool as its server describes it: an item of MCP's `tools/list`.
#[derive(Debug, Clone)]
pub struct ToolDefinition {
    name: ToolName,
    json: Json,
}

/// Why something is no tool definition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DefinitionError {
    /// It is not an object with a string `name`.
    #[error("a tool definition must be an object with a string `name`")]
    NoName,
    /// The name cannot be a tool's.
    #[error(transparent)]
    Name(#[from] IdError),
}

impl ToolDefinition {
    /// Takes an item of `tools/list`. Members that are not known are kept and judged like the others.
    ///
    /// # Errors
    /// When it has no name, or one that a tool cannot have.
    pub fn new(json: Json) -> Result<Self, DefinitionError> {
        let name = json.get("name").and_then(Json::as_str).ok_or(DefinitionError::NoName)?;
        Ok(Self { name: ToolName::new(name)?, json })
    }

    /// The tool's name.
    pub const fn name(&self) -> &ToolName {
        &self.name
    }

    /// The digest of the definition's canonical form: every member counts, their order does not.
    pub fn fingerprint(&self) -> Digest {
        sha256(&[self.json.to_canonical().as_bytes()])
    }
}

/// What the guard says of one definition.
#[derive(Debug, Clone)]
pub struct ToolReport {
    name: ToolName,
    disposition: Disposition,
    findings: Vec<Finding>,
    capabilities: CapabilitySet,
    fingerprint: Digest,
}

impl ToolReport {
    /// The tool's name.
    pub const fn name(&self) -> &ToolName {
        &self.name
    }

    /// Allow, or block: then the tool must not be shown to the model, and its calls are refused.
    pub const fn disposition(&self) -> Disposition {
        self.disposition
    }

    /// What was noticed, with the place in the definition.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// What the tool can do, as far as the policy or the definition says.
    pub const fn capabilities(&self) -> CapabilitySet {
        self.capabilities
    }

    /// The digest of the definition.
    pub const fn fingerprint(&self) -> Digest {
        self.fingerprint
    }
}

/// A definition's digest, and the schema that it has.
pub type DefinedSchema = (Digest, Option<Schema>);

impl SecurityPipeline {
    /// Judges what `server` says of its tools. Every string and every key is read: whatever a definition holds
    /// may reach the model.
    pub fn definitions(
        &self,
        server: Option<&ServerId>,
        tools: &[ToolDefinition],
        facts: &SessionFacts,
    ) -> (Outcome<Vec<ToolReport>>, Vec<DefinedSchema>) {
        let mut delta = Delta::default();
        let mut schemas = Vec::with_capacity(tools.len());
        let mut reports = Vec::with_capacity(tools.len());
        for tool in tools {
            let (mut findings, poisoned) = self.read(&tool.json);
            let fingerprint = tool.fingerprint();
            let mut told =
                ToolFacts::new(fingerprint, claimed(&tool.json).unwrap_or(CapabilitySet::ALL).to_bits());
            let schema = Schema::of_definition(&tool.json).transpose();
            let unreadable = schema.is_err();
            match schema {
                Ok(schema) => schemas.push((fingerprint, schema)),
                Err(finding) => {
                    schemas.push((fingerprint, None));
                    findings.push(*finding);
                }
            }
            // SECURITY: where nobody can say whether arguments fit, no call of the tool is judged.
            if poisoned || unreadable {
                told = told.refused();
            }
            delta.facts =
                std::mem::take(&mut delta.facts).described(server.cloned(), tool.name.clone(), told);
            // Judged with what was known before, so that a definition that changes twice in one list shows.
            let known = facts.merge(&delta.facts);
            let known = known.tool(server, &tool.name).copied().unwrap_or(told);
            findings.extend(ToolFirewall::definition(&known));
            let refused = known.is_changed() || known.is_refused();
            let claimed = || Some(CapabilitySet::from_bits(known.capabilities()));
            let (_, capabilities) = self.policy.capabilities_of(&tool.name, server, claimed);
            reports.push(ToolReport {
                name: tool.name.clone(),
                disposition: if refused { Disposition::Block } else { Disposition::Allow },
                findings,
                capabilities,
                fingerprint,
            });
        }
        let disposition = reports.iter().map(|tool| tool.disposition).max().unwrap_or_default();
        let findings = reports.iter().flat_map(|tool| tool.findings.iter().cloned()).collect();
        let report = Report::new(disposition, findings, self.policy.digest());
        (Outcome { verdict: Verdict::Pass(reports, report), delta }, schemas)
    }

    /// Reads every string and key of `json`; whether its tool must not be used.
    fn read(&self, json: &Json) -> (Vec<Finding>, bool) {
        let settings = self.policy.settings().inbound_for(&SourceKind::MCP_SERVER);
        let reports_only = settings.on_attack == InboundAction::Report;
        let marks = Marks::new(settings.suspect_min, settings.attack_min);
        let judge_min = Score::thousandths(settings.judge_min);
        let mut findings = Vec::new();
        let mut poisoned = false;
        for (pointer, node) in json.walk() {
            let text = match node {
                Node::Key(key) => key,
                Node::Leaf(leaf) => match leaf.as_str() {
                    Some(text) => text,
                    None => continue,
                },
            };
            let sanitized = self.sanitizer.sanitize(text, Media::Text, &self.limits);
            let assessment = self.assess(&sanitized, sanitized.normalized(), marks, judge_min);
            poisoned |= sanitized.is_truncated() || !assessment.failed().is_empty();
            poisoned |= assessment.likeness() == Likeness::Attack && !reports_only;
            let here = |finding: Finding| finding.in_argument(pointer.clone());
            findings.extend(sanitized.findings().iter().cloned().map(here));
            findings.extend(assessment.findings().into_iter().map(here));
        }
        (findings, poisoned)
    }
}
